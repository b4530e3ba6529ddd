//! Where everything stands: layers from top to bottom, straight trunks between them.
//!
//! Ways over several layers to one state pass each layer at one spot, side by side: each has a lane of its own there, and
//! can be followed from its beginning to its end.

// INVARIANT: places of states, spots, layers and edges are only made from the lists they index.

use super::boxes::{StateBox, TEXT_SIZE, boxes, count, shortened, slot, text_width};
use super::edges::{Edge, edges};
use super::order::{Ranks, layers};
use super::routes::{LANE, Route, routes};
use crate::workflow::Workflow;

/// What takes up a place in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// A state, by its place in the workflow.
    State(usize),
    /// The ways to a state further down pass here.
    Passing(usize),
}

/// A piece of a way, from one layer to the next.
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The edge that begins here, for its label.
    pub(super) edge: Option<usize>,
    /// How far from the middle of its spot it begins.
    pub(super) offset: f64,
}

/// Everything in its place. Spots of states come first, by the states' places.
pub(super) struct Layout {
    pub(super) boxes: Vec<StateBox>,
    pub(super) edges: Vec<Edge>,
    pub(super) spots: Vec<Spot>,
    pub(super) layer_of: Vec<usize>,
    /// The middle of each spot.
    pub(super) x: Vec<f64>,
    pub(super) links: Vec<Link>,
    /// Where each way down runs.
    pub(super) routes: Vec<Route>,
    /// How many lanes pass at each spot.
    pub(super) lanes: Vec<usize>,
    /// Edges drawn sideways, from a state that waits to its deadline's target.
    pub(super) sideways: Vec<usize>,
    /// Top and height of each layer's boxes.
    pub(super) layers: Vec<(f64, f64)>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Free margin around the picture.
pub(super) const MARGIN: f64 = 28.0;
/// Below a layer, room for the labels of what leaves it.
pub(super) const LABELS: f64 = 24.0;
/// Above the first layer, room for the heading.
const HEADING: f64 = 64.0;
/// Below the last layer, room for the legend.
const LEGEND: f64 = 48.0;

/// Lays a workflow out.
pub(super) fn lay_out(workflow: &Workflow) -> Layout {
    let edges = edges(workflow);
    let states = workflow.states().len();
    let layer = layers(states, &edges);
    let is_sideways = |edge: &Edge| !edge.back && layer[edge.from] == layer[edge.to];
    let sideways = places(&edges, &is_sideways);
    let boxes = boxes(workflow, &edges, &|edge| !edge.back && !is_sideways(edge));
    let mut layout = Layout {
        boxes,
        edges,
        spots: (0..states).map(Spot::State).collect(),
        layer_of: layer,
        x: Vec::new(),
        links: Vec::new(),
        routes: Vec::new(),
        lanes: vec![0; states],
        sideways,
        layers: Vec::new(),
        width: 0.0,
        height: 0.0,
    };
    layout.link();
    let rows = layout.arrange();
    layout.spread(&rows);
    layout.stack(rows.len());
    layout.routes = routes(&layout);
    layout
}

fn places(edges: &[Edge], wanted: &dyn Fn(&Edge) -> bool) -> Vec<usize> {
    edges.iter().enumerate().filter(|(_, edge)| wanted(edge)).map(|(place, _)| place).collect()
}

impl Layout {
    /// Leads every way down through the layers between its states.
    fn link(&mut self) {
        for place in 0..self.edges.len() {
            let Edge { from, to, back, .. } = self.edges[place];
            if back || self.sideways.contains(&place) {
                continue;
            }
            let mut last = from;
            for layer in self.layer_of[from] + 1..self.layer_of[to] {
                let passing = self.passing(to, layer);
                self.lanes[passing] += 1;
                self.connect(last, passing, (last == from).then_some(place));
                last = passing;
            }
            self.connect(last, to, (last == from).then_some(place));
        }
    }

    fn passing(&mut self, to: usize, layer: usize) -> usize {
        let there = |spot: usize| self.spots[spot] == Spot::Passing(to) && self.layer_of[spot] == layer;
        (0..self.spots.len()).find(|spot| there(*spot)).unwrap_or_else(|| {
            self.spots.push(Spot::Passing(to));
            self.layer_of.push(layer);
            self.lanes.push(0);
            self.spots.len() - 1
        })
    }

    fn connect(&mut self, from: usize, to: usize, edge: Option<usize>) {
        if !self.links.iter().any(|link| link.from == from && link.to == to) {
            self.links.push(Link { from, to, edge, offset: 0.0 });
        }
    }

    fn arrange(&self) -> Vec<Vec<usize>> {
        let deepest = self.layer_of.iter().max().map_or(0, |layer| layer + 1);
        let mut rows = vec![Vec::new(); deepest];
        for (spot, layer) in self.layer_of.iter().enumerate() {
            rows[*layer].push(spot);
        }
        let mut beside = vec![None; self.spots.len()];
        for place in &self.sideways {
            beside[self.edges[*place].from] = Some(self.edges[*place].to);
        }
        let links = self.links.iter().map(|link| (link.from, link.to)).collect();
        let mut ranks = Ranks { rows, links, beside };
        ranks.arrange();
        ranks.rows
    }

    fn width_of(&self, spot: usize) -> f64 {
        match self.spots[spot] {
            Spot::State(state) => self.boxes[state].width,
            Spot::Passing(_) => LANE * count(self.lanes[spot]),
        }
    }

    /// How far apart the middles of two neighbours must be.
    fn distance(&self, left: usize, right: usize) -> f64 {
        let between = self.sideways.iter().map(|place| &self.edges[*place]);
        let label = between
            .filter(|edge| edge.from == left && edge.to == right)
            .map(|edge| text_width(&shortened(&edge.label), TEXT_SIZE) + 30.0);
        (self.width_of(left) + self.width_of(right)) / 2.0 + label.fold(26.0, f64::max)
    }

    /// Gives every spot its middle: near what it is linked to, far enough from its neighbours.
    fn spread(&mut self, rows: &[Vec<usize>]) {
        self.x = vec![0.0; self.spots.len()];
        for row in rows {
            let mut at = 0.0;
            for pair in row.windows(2) {
                at += self.distance(pair[0], pair[1]);
                self.x[pair[1]] = at;
            }
        }
        for sweep in 0..200 {
            self.set_ports();
            for step in 0..rows.len() {
                let row = if sweep % 2 == 0 { step } else { rows.len() - 1 - step };
                self.settle(&rows[row]);
            }
        }
        self.set_ports();
        let edges = (0..self.spots.len()).map(|spot| (self.x[spot], self.width_of(spot) / 2.0));
        let left = edges.clone().map(|(x, half)| x - half).fold(f64::INFINITY, f64::min);
        let right = edges.map(|(x, half)| x + half).fold(f64::NEG_INFINITY, f64::max);
        self.x.iter_mut().for_each(|x| *x += MARGIN - left);
        self.width = (right - left).max(420.0) + 2.0 * MARGIN;
    }

    /// Moves one layer's spots to where they are drawn, as near as the distances allow (least squares, exactly).
    fn settle(&mut self, row: &[usize]) {
        let mut offsets = Vec::with_capacity(row.len());
        let mut offset = 0.0;
        for (place, spot) in row.iter().enumerate() {
            if place > 0 {
                offset += self.distance(row[place - 1], *spot);
            }
            offsets.push(offset);
        }
        let wanted = row.iter().zip(&offsets).map(|(spot, offset)| {
            let (pull, weight) = self.wanted(*spot);
            (pull - offset, weight)
        });
        let settled = in_order(wanted);
        for ((spot, offset), at) in row.iter().zip(&offsets).zip(settled) {
            self.x[*spot] = at + offset;
        }
    }

    /// Where a spot is drawn to, and how strongly. A trunk wants to be straight more than a box wants to be centred.
    fn wanted(&self, spot: usize) -> (f64, f64) {
        let passes = |spot: usize| matches!(self.spots[spot], Spot::Passing(_));
        let (mut sum, mut weight) = (0.0, 0.0);
        for link in &self.links {
            let (other, straight) = match spot {
                spot if link.from == spot => (link.to, self.x[link.to] - link.offset),
                spot if link.to == spot => (link.from, self.x[link.from] + link.offset),
                _ => continue,
            };
            let main = link.edge.is_some_and(|edge| self.edges[edge].main);
            let pull = match (passes(spot), passes(other)) {
                (true, true) => 24.0 * count(self.lanes[spot]),
                (false, false) if main => 40.0,
                (false, false) => 2.0,
                _ => 1.0,
            };
            sum += pull * straight;
            weight += pull;
        }
        if weight > 0.0 { (sum / weight, weight) } else { (self.x[spot], 0.1) }
    }

    /// Puts the layers below each other.
    fn stack(&mut self, rows: usize) {
        let mut top = HEADING;
        for layer in 0..rows {
            let here = |state: &usize| self.layer_of[*state] == layer;
            let heights = (0..self.boxes.len()).filter(here).map(|state| self.boxes[state].height);
            let height = heights.fold(0.0, f64::max);
            self.layers.push((top, height));
            let crowd = self.links.iter().filter(|link| self.layer_of[link.from] == layer).count();
            top += height + LABELS + (26.0 + 4.0 * count(crowd)).min(80.0);
        }
        let bottom = self.layers.last().map_or(top, |(top, height)| top + height);
        self.height = bottom + LEGEND;
    }

    fn set_ports(&mut self) {
        for state in 0..self.boxes.len() {
            for (link, offset) in self.ports(state) {
                self.links[link].offset = offset;
            }
        }
    }

    /// Where the links that leave a state at its bottom begin: in the order of where they go, the main one in the middle
    /// where the box is wide enough.
    fn ports(&self, state: usize) -> Vec<(usize, f64)> {
        let mut leaving: Vec<(usize, &Edge)> = self
            .links
            .iter()
            .enumerate()
            .filter(|(_, link)| link.from == state)
            .filter_map(|(place, link)| Some((place, &self.edges[link.edge?])))
            .collect();
        leaving.sort_by(|a, b| self.x[self.links[a.0].to].total_cmp(&self.x[self.links[b.0].to]));
        let total: f64 = leaving.iter().map(|(_, edge)| slot(edge)).sum();
        let to_main: f64 =
            leaving.iter().take_while(|(_, edge)| !edge.main).map(|(_, edge)| slot(edge)).sum();
        let main = leaving.iter().find(|(_, edge)| edge.main).map(|(_, edge)| slot(edge));
        let before = main.map_or(total / 2.0, |main| to_main + main / 2.0);
        let half = self.boxes[state].width.max(total) / 2.0;
        let mut left = -before.clamp(total - half, half);
        let port = |(link, edge): (usize, &Edge)| {
            let middle = left + slot(edge) / 2.0;
            left += slot(edge);
            (link, middle)
        };
        leaving.into_iter().map(port).collect()
    }
}

/// The values nearest to the wanted ones that never fall: where neighbours want to be the other way round, they meet at
/// their weighted middle (pool adjacent violators).
fn in_order(wanted: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (value, weight) in wanted {
        pools.push((value, weight, 1));
        while let [.., (before, heavy, many), (after, light, few)] = pools.as_slice() {
            if before <= after {
                break;
            }
            let weight = heavy + light;
            let met = ((before * heavy + after * light) / weight, weight, many + few);
            pools.truncate(pools.len() - 2);
            pools.push(met);
        }
    }
    pools.into_iter().flat_map(|(value, _, size)| std::iter::repeat_n(value, size)).collect()
}
