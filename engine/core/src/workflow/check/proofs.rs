//! The proofs about the whole graph: every state is reachable, every claim can end, none goes round for ever.

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, EdgeFiltered, EdgeRef, Reversed};

use super::{Checker, DraftKind, DraftState};
use crate::workflow::called::does_not_wait;

type Graph = DiGraph<usize, ()>;

impl Checker<'_> {
    pub(super) fn prove(&mut self) {
        let graph = self.graph();
        if !self.torn {
            self.reachable(&graph);
            self.ending(&graph);
        }
        // A cycle is one whatever other names lead nowhere.
        self.immediate_cycles(&graph);
    }

    /// One node a state in file order; an edge for each transition and deadline that a claim can take.
    fn graph(&self) -> Graph {
        let mut graph = Graph::new();
        let nodes: Vec<NodeIndex> = (0..self.draft.states.len()).map(|place| graph.add_node(place)).collect();
        for (from, state) in nodes.iter().zip(&self.draft.states) {
            if matches!(&state.kind, DraftKind::Final { reopen, .. } if reopen.is_empty()) {
                continue;
            }
            for target in state.targets() {
                if let Some(to) = self.position(&target.value).and_then(|place| nodes.get(place)) {
                    graph.add_edge(*from, *to, ());
                }
            }
        }
        graph
    }

    fn state_at(&self, node: NodeIndex) -> Option<&DraftState> {
        self.draft.states.get(node.index())
    }

    fn reachable(&mut self, graph: &Graph) {
        let starts = [Some(&self.draft.start), self.draft.history.as_ref()];
        let from: Vec<NodeIndex> = starts
            .into_iter()
            .flatten()
            .filter_map(|start| self.position(&start.value))
            .map(NodeIndex::new)
            .collect();
        let reached = visit(graph, &from);
        let draft = self.draft;
        for (_, state) in
            draft.states.iter().enumerate().filter(|(place, _)| !reached.contains(&NodeIndex::new(*place)))
        {
            let message = format!("no claim can ever reach `{}`", state.name.value);
            self.fault("W002", &state.name, message, "lead a transition there, or remove it".to_owned());
        }
    }

    fn ending(&mut self, graph: &Graph) {
        let is_final = |node: &NodeIndex| {
            self.state_at(*node).is_some_and(|state| matches!(state.kind, DraftKind::Final { .. }))
        };
        let finals: Vec<NodeIndex> = graph.node_indices().filter(is_final).collect();
        let ending = visit(Reversed(graph), &finals);
        let draft = self.draft;
        for (_, state) in
            draft.states.iter().enumerate().filter(|(place, _)| !ending.contains(&NodeIndex::new(*place)))
        {
            let message = format!("a claim in `{}` can never end: no final state follows", state.name.value);
            let help = "add a transition on the way to a final state".to_owned();
            self.fault("W003", &state.name, message, help);
        }
    }

    fn immediate_cycles(&mut self, graph: &Graph) {
        let draft = self.draft;
        for cycle in self.cycles(graph) {
            let states: Vec<&DraftState> =
                cycle.iter().filter_map(|place| draft.states.get(*place)).collect();
            let names: Vec<String> = states.iter().map(|state| format!("`{}`", state.name.value)).collect();
            let Some(first) = states.first() else { continue };
            let message = match names.as_slice() {
                [own] => format!("{own} leads into itself without waiting: a claim would go round for ever"),
                _ => format!(
                    "{} lead into each other without waiting: a claim would go round for ever",
                    names.join(", ")
                ),
            };
            let help = "put a `wait` or a `work-item` between them".to_owned();
            self.fault("W004", &first.name, message, help);
        }
    }

    /// Places of the states of each cycle of states that do not wait.
    fn cycles(&self, graph: &Graph) -> Vec<Vec<usize>> {
        let immediate = |node: NodeIndex| {
            self.state_at(node).is_some_and(|state| does_not_wait(state, self.offered.calls))
        };
        let only = EdgeFiltered::from_fn(graph, |edge| immediate(edge.source()) && immediate(edge.target()));
        tarjan_scc(&only)
            .into_iter()
            .filter(|part| {
                part.len() > 1
                    || part.iter().any(|node| graph.contains_edge(*node, *node) && immediate(*node))
            })
            .map(|part| {
                let mut places: Vec<usize> = part.into_iter().map(NodeIndex::index).collect();
                places.sort_unstable();
                places
            })
            .collect()
    }
}

fn visit<G>(graph: G, from: &[NodeIndex]) -> Vec<NodeIndex>
where
    G: petgraph::visit::IntoNeighbors<NodeId = NodeIndex> + petgraph::visit::Visitable<NodeId = NodeIndex>,
{
    let mut seen = Vec::new();
    for start in from {
        let mut walk = Dfs::new(graph, *start);
        while let Some(node) = walk.next(graph) {
            seen.push(node);
        }
    }
    seen
}
