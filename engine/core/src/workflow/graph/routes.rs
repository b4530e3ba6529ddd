//! The lane of each way down: from its state, past the layers between, to a point of its own at the top of its target.

// INVARIANT: places of spots, layers and edges are only made from the lists they index.

use super::boxes::count;
use super::layout::{Layout, Link, Spot};

/// How far apart lanes are that run side by side.
pub(super) const LANE: f64 = 9.0;

/// Where one way down runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Route {
    /// Place of the edge.
    pub(super) edge: usize,
    /// Layer of the state it leaves.
    pub(super) layer: usize,
    /// Where it leaves, then where it is at the top of each layer below, to its target's.
    pub(super) points: Vec<f64>,
}

/// A route that is not yet at its end, with the spot it has come to.
struct Under {
    route: Route,
    spot: usize,
}

/// The routes of all edges that lead down, in the order of the edges.
pub(super) fn routes(layout: &Layout) -> Vec<Route> {
    let mut under: Vec<Under> = Vec::new();
    let mut done: Vec<Route> = Vec::new();
    for layer in 0..layout.layers.len() {
        under.extend(leaving(layout, layer));
        let mut arriving: Vec<Vec<Under>> = (0..layout.spots.len()).map(|_| Vec::new()).collect();
        for way in under.drain(..) {
            if let Some(next) = next(layout, &way) {
                arriving[next].push(Under { spot: next, ..way });
            }
        }
        for (spot, mut ways) in arriving.into_iter().enumerate().filter(|(_, ways)| !ways.is_empty()) {
            // As they come, so they go on: lanes to one state never cross each other.
            ways.sort_by(|a, b| last(a).total_cmp(&last(b)).then(a.route.edge.cmp(&b.route.edge)));
            let (first, step) = stride(layout, spot, ways.len());
            for (place, way) in ways.iter_mut().enumerate() {
                way.route.points.push(first + step * count(place));
            }
            match layout.spots[spot] {
                Spot::State(_) => done.extend(ways.into_iter().map(|way| way.route)),
                Spot::Passing(_) => under.append(&mut ways),
            }
        }
    }
    done.sort_by_key(|route| route.edge);
    done
}

/// The ways that begin in a layer.
fn leaving(layout: &Layout, layer: usize) -> impl Iterator<Item = Under> + '_ {
    let here = move |link: &&Link| layout.layer_of[link.from] == layer;
    layout.links.iter().filter(here).filter_map(move |link| {
        let start = layout.x[link.from] + link.offset;
        Some(Under { route: Route { edge: link.edge?, layer, points: vec![start] }, spot: link.from })
    })
}

fn last(way: &Under) -> f64 {
    way.route.points.last().copied().unwrap_or_default()
}

/// The spot that comes next on the way to its target.
fn next(layout: &Layout, way: &Under) -> Option<usize> {
    let to = layout.edges[way.route.edge].to;
    let leads =
        |link: &&Link| link.from == way.spot && (link.to == to || layout.spots[link.to] == Spot::Passing(to));
    layout.links.iter().find(leads).map(|link| link.to)
}

/// The first of so many points at a spot, and how far on each next one is.
fn stride(layout: &Layout, spot: usize, ways: usize) -> (f64, f64) {
    let gaps = count(ways.saturating_sub(1));
    let step = match layout.spots[spot] {
        Spot::Passing(_) => LANE,
        Spot::State(state) if gaps > 0.0 => ((layout.boxes[state].width - 40.0) / gaps).min(16.0),
        Spot::State(_) => 0.0,
    };
    (layout.x[spot] - step * gaps / 2.0, step)
}
