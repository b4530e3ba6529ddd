//! The checked form of a draft that passed.

use crate::Text;
use crate::workflow::{
    Draft, DraftKind, DraftState, Placed, State, StateIndex, StateKind, Transition, Workflow, WorkflowRef,
};

/// Builds the checked form. Only called when every name was found.
pub(super) fn build(draft: &Draft) -> Workflow {
    Workflow {
        reference: WorkflowRef { name: draft.name.clone(), version: draft.version, hash: draft.hash.clone() },
        start: index(draft, &draft.start),
        history: index(draft, draft.history.as_ref().unwrap_or(&draft.start)),
        states: draft.states.iter().map(|state| build_state(draft, state)).collect(),
    }
}

fn index(draft: &Draft, name: &Placed<Text>) -> StateIndex {
    // INVARIANT: the checker found every target, so the fallback to the first state is never taken.
    StateIndex(draft.states.iter().position(|state| state.name.value == name.value).unwrap_or(0))
}

fn values(names: &[Placed<Text>]) -> Vec<Text> {
    names.iter().map(|name| name.value.clone()).collect()
}

fn build_state(draft: &Draft, state: &DraftState) -> State {
    let transitions = state.then.iter();
    State {
        name: state.name.value.clone(),
        note: state.note.clone(),
        then: transitions.map(|t| Transition { when: t.when.clone(), to: index(draft, &t.to) }).collect(),
        kind: build_kind(draft, &state.kind),
    }
}

fn build_kind(draft: &Draft, kind: &DraftKind) -> StateKind {
    match kind {
        DraftKind::Work { action, retry } => StateKind::Work { action: action.value.clone(), retry: *retry },
        DraftKind::Choice => StateKind::Choice,
        DraftKind::Wait { events, at_most, otherwise } => StateKind::Wait {
            events: values(events),
            deadline: at_most.zip(otherwise.as_ref().map(|target| index(draft, target))),
        },
        DraftKind::WorkItem { resume, ask, category, owner, within, escalate_to } => StateKind::WorkItem {
            resume: values(resume),
            ask: ask.clone(),
            category: category.clone(),
            owner: owner.clone(),
            within: *within,
            escalate_to: escalate_to.clone(),
        },
        DraftKind::Final { reopen } => StateKind::Final { reopen: values(reopen) },
    }
}
