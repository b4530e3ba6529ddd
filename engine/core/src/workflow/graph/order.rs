//! In which layer each state stands, and in which order within it.

// INVARIANT: states, spots, layers and edges are named by their places, which are only made from the lists they index; so
// indexing here and in the layout finds what it names.

use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};

use super::edges::Edge;

/// The layer of each state, from 0: the longest way to it. A deadline's target stands beside the state that waits, where
/// it is that deadline's alone.
pub(super) fn layers(states: usize, edges: &[Edge]) -> Vec<usize> {
    let mut graph: DiGraph<(), usize> = DiGraph::new();
    let nodes: Vec<NodeIndex> = (0..states).map(|_| graph.add_node(())).collect();
    for edge in edges.iter().filter(|edge| !edge.back) {
        graph.add_edge(nodes[edge.from], nodes[edge.to], usize::from(!may_stand_beside(edge, edges)));
    }
    let mut layers = vec![0; states];
    // Without the ways back there is no cycle.
    for node in toposort(&graph, None).unwrap_or_default() {
        let here = layers[node.index()];
        let mut onward = graph.neighbors(node).detach();
        while let Some((edge, to)) = onward.next(&graph) {
            let step = graph.edge_weight(edge).copied().unwrap_or(1);
            layers[to.index()] = layers[to.index()].max(here + step);
        }
    }
    layers
}

fn may_stand_beside(edge: &Edge, edges: &[Edge]) -> bool {
    let rivals = edges.iter().filter(|other| other.deadline && !other.back);
    edge.deadline
        && rivals.clone().filter(|other| other.to == edge.to).count() == 1
        && rivals.filter(|other| other.from == edge.from).count() == 1
}

/// What stands in the layers, and what leads from one to the next.
pub(super) struct Ranks {
    /// Spots of each layer, from left to right.
    pub(super) rows: Vec<Vec<usize>>,
    /// From a spot to a spot of the next layer.
    pub(super) links: Vec<(usize, usize)>,
    /// For a spot, the one that must stand at its right.
    pub(super) beside: Vec<Option<usize>>,
}

/// How often all layers are gone through.
const SWEEPS: usize = 24;

impl Ranks {
    /// Orders each layer by the middle of what it is linked to, down and up, and keeps the order with fewest crossings.
    pub(super) fn arrange(&mut self) {
        self.keep_together();
        let (mut best, mut fewest) = (self.rows.clone(), self.crossings());
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 0;
            for step in 0..self.rows.len() {
                let row = if down { step } else { self.rows.len() - 1 - step };
                self.by_middle(row, down);
            }
            self.keep_together();
            let crossings = self.crossings();
            if crossings < fewest {
                (best, fewest) = (self.rows.clone(), crossings);
            }
        }
        self.rows = best;
    }

    /// The place of each spot in its row.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.beside.len()];
        for row in &self.rows {
            for (place, spot) in row.iter().enumerate() {
                places[*spot] = place;
            }
        }
        places
    }

    fn by_middle(&mut self, row: usize, down: bool) {
        let places = self.places();
        let Some(spots) = self.rows.get_mut(row) else { return };
        let links = &self.links;
        let middle = |spot: usize| {
            let near = links.iter().filter_map(|(from, to)| match down {
                true => (*to == spot).then_some(*from),
                false => (*from == spot).then_some(*to),
            });
            let (sum, count) = near.fold((0, 0), |(sum, count), other| (sum + places[other], count + 1));
            // A fraction as thousandths, so that the order is total.
            (sum * 1000_usize).checked_div(count).unwrap_or(places[spot] * 1000)
        };
        spots.sort_by_cached_key(|spot| middle(*spot));
    }

    /// Puts each deadline's target at the right of the state that waits.
    fn keep_together(&mut self) {
        for row in &mut self.rows {
            let led: Vec<usize> = row.iter().filter_map(|spot| self.beside[*spot]).collect();
            let mut kept = Vec::with_capacity(row.len());
            for spot in row.iter().filter(|spot| !led.contains(spot)) {
                let mut next = Some(*spot);
                while let Some(spot) = next {
                    kept.push(spot);
                    next = self.beside[spot];
                }
            }
            *row = kept;
        }
    }

    fn crossings(&self) -> usize {
        let places = self.places();
        let mut layer_of = vec![0; self.beside.len()];
        for (layer, row) in self.rows.iter().enumerate() {
            row.iter().for_each(|spot| layer_of[*spot] = layer);
        }
        let crosses = |(a, b): &(usize, usize), (c, d): &(usize, usize)| {
            layer_of[*a] == layer_of[*c]
                && (places[*a] < places[*c]) != (places[*b] < places[*d])
                && a != c
                && b != d
        };
        let pairs = self.links.iter().enumerate();
        pairs.map(|(at, one)| self.links[..at].iter().filter(|other| crosses(one, other)).count()).sum()
    }
}
