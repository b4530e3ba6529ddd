//! Workflows that others call: what each takes and gives, and the proof that no call goes on for ever.

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{ActionSpec, Draft, DraftKind, DraftState, Placed, Slot};
use crate::step::DEEPEST;
use crate::{Diagnostic, Text};

/// A workflow as one that calls it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// Its name, what it takes (`takes`), what can be kept of it (its variables), and how it can end.
    pub spec: ActionSpec,
    /// True when a claim can go through it without waiting anywhere.
    pub passes: bool,
}

impl Called {
    /// Every workflow of these as others see it: the newest version of each name.
    pub fn all<'d>(drafts: impl IntoIterator<Item = &'d Draft>) -> Vec<Self> {
        let newest = newest(drafts);
        let mut all: Vec<Self> =
            newest.iter().map(|draft| Self { spec: spec(draft), passes: false }).collect();
        // What passes makes others pass that call it; each round finds at least one more, or ends.
        for _ in 0..=newest.len() {
            let found: Vec<bool> = newest.iter().map(|draft| passes(draft, &all)).collect();
            let changed = all.iter().zip(&found).any(|(own, found)| own.passes != *found);
            all.iter_mut().zip(found).for_each(|(own, found)| own.passes = found);
            if !changed {
                break;
            }
        }
        all
    }
}

fn newest<'d>(drafts: impl IntoIterator<Item = &'d Draft>) -> Vec<&'d Draft> {
    let mut newest: Vec<&Draft> = Vec::new();
    for draft in drafts {
        match newest.iter_mut().find(|own| own.name == draft.name) {
            Some(own) if own.version < draft.version => *own = draft,
            Some(_) => {}
            None => newest.push(draft),
        }
    }
    newest
}

fn spec(draft: &Draft) -> ActionSpec {
    let slot = |own: &super::DraftVariable, required| Slot {
        required,
        ..Slot::required(own.name.value.clone(), own.kind)
    };
    let outcomes = draft.states.iter().filter_map(|state| match &state.kind {
        DraftKind::Final { result, .. } if result.is_empty() => Some(state.name.value.clone()),
        DraftKind::Final { result, .. } => Some(result.clone()),
        _ => None,
    });
    let variables = || draft.variables.iter();
    ActionSpec {
        name: draft.name.clone(),
        does: Text::from(format!("goes through the workflow `{}`", draft.name)),
        inputs: variables().filter(|own| own.given).map(|own| slot(own, !own.default.is_known())).collect(),
        outputs: variables().map(|own| slot(own, own.given || own.default.is_known())).collect(),
        outcomes: outcomes.collect(),
    }
}

/// True when a claim can go from the start to an end through states that do not wait.
fn passes(draft: &Draft, called: &[Called]) -> bool {
    let find = |name: &Placed<Text>| draft.states.iter().position(|own| own.name.value == name.value);
    let mut seen = vec![false; draft.states.len()];
    let mut next: Vec<usize> = find(&draft.start).into_iter().collect();
    while let Some(place) = next.pop() {
        let Some(state) = draft.states.get(place).filter(|_| seen.get(place) == Some(&false)) else {
            continue;
        };
        if let Some(seen) = seen.get_mut(place) {
            *seen = true;
        }
        if matches!(state.kind, DraftKind::Final { .. }) {
            return true;
        }
        if does_not_wait(state, called) {
            next.extend(state.targets().filter_map(find));
        }
    }
    false
}

/// True when a claim may leave a state in the step in which it came, whatever a plugin takes.
pub(super) fn does_not_wait(state: &DraftState, called: &[Called]) -> bool {
    match &state.kind {
        DraftKind::Work { .. } | DraftKind::Choice => true,
        DraftKind::Call { workflow, .. } => {
            called.iter().any(|own| own.spec.name == workflow.value && own.passes)
        }
        DraftKind::Wait { .. } | DraftKind::WorkItem { .. } | DraftKind::Final { .. } => false,
    }
}

/// Proves that no workflow comes back into itself by calls, and that calls are not within each other too deep. Faults stand
/// at the calls.
pub fn check_calls<'d>(drafts: impl IntoIterator<Item = &'d Draft>) -> Vec<Diagnostic> {
    let newest = newest(drafts);
    let mut graph: DiGraph<usize, ()> = DiGraph::new();
    let nodes: Vec<NodeIndex> = (0..newest.len()).map(|place| graph.add_node(place)).collect();
    let place_of = |name: &Text| newest.iter().position(|draft| draft.name == *name);
    for (from, draft) in nodes.iter().zip(&newest) {
        for called in calls(draft).filter_map(|name| place_of(&name.value)) {
            graph.update_edge(*from, NodeIndex::new(called), ());
        }
    }
    // Components come with what they call before them.
    let mut depth = vec![0_usize; newest.len()];
    let mut faults = Vec::new();
    for part in tarjan_scc(&graph) {
        let members: Vec<usize> = part.iter().map(|node| node.index()).collect();
        let round = members.len() > 1 || part.iter().any(|node| graph.contains_edge(*node, *node));
        for member in &members {
            let below = graph.neighbors(NodeIndex::new(*member)).filter_map(|node| depth.get(node.index()));
            let own = below.copied().max().map_or(0, |below| below + 1);
            let Some(draft) = newest.get(*member) else { continue };
            if round {
                faults.extend(
                    calls(draft)
                        .filter(|name| place_of(&name.value).is_some_and(|p| members.contains(&p)))
                        .map(|name| endless(draft, name)),
                );
            } else if own > DEEPEST {
                faults.extend(calls(draft).next().map(|name| too_deep(draft, name)));
            }
            if let Some(depth) = depth.get_mut(*member) {
                *depth = own;
            }
        }
    }
    faults
}

fn calls(draft: &Draft) -> impl Iterator<Item = &Placed<Text>> {
    draft.states.iter().filter_map(|state| match &state.kind {
        DraftKind::Call { workflow, .. } => Some(workflow),
        _ => None,
    })
}

fn endless(draft: &Draft, name: &Placed<Text>) -> Diagnostic {
    let message = if name.value == draft.name {
        format!("`{}` calls itself: a claim would never come back", draft.name)
    } else {
        format!("`{}` comes back to `{}`: a claim would never come back from it", name.value, draft.name)
    };
    Diagnostic::error("W014", &draft.path, name.line, name.column, message)
        .help("lead back to a state of this workflow instead")
}

fn too_deep(draft: &Draft, name: &Placed<Text>) -> Diagnostic {
    let message = format!("more than {DEEPEST} workflows would be within each other here");
    Diagnostic::error("W014", &draft.path, name.line, name.column, message)
        .help("put the states of one of them into the one that calls it")
}
