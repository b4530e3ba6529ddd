//! The checked form of a draft that passed.

use crate::Text;
use crate::expr::Expr;
use crate::workflow::{
    Asks, Draft, DraftAsks, DraftExpr, DraftKind, DraftState, DraftVariable, Placed, State, StateIndex,
    StateKind, Transition, Variable, Workflow, WorkflowRef, stage_of,
};

/// Builds the checked form. Only called when every name was found.
pub(super) fn build(draft: &Draft) -> Workflow {
    Workflow {
        reference: WorkflowRef { name: draft.name.clone(), version: draft.version, hash: draft.hash.clone() },
        start: index(draft, &draft.start),
        history: index(draft, draft.history.as_ref().unwrap_or(&draft.start)),
        variables: draft.variables.iter().map(build_variable).collect(),
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

fn build_variable(variable: &DraftVariable) -> Variable {
    Variable { name: variable.name.value.clone(), kind: variable.kind, default: variable.default.clone() }
}

/// What could not be read is told by its reader, so that nothing is missing in a draft that passes.
fn expressions(all: &[DraftExpr]) -> Vec<(Text, Expr)> {
    let read =
        |own: &DraftExpr| own.value.value.as_ref().map(|(expr, _)| (own.name.value.clone(), expr.clone()));
    all.iter().filter_map(read).collect()
}

fn kept(asks: &DraftAsks) -> Vec<(Text, Text)> {
    asks.keep.iter().map(|(own, theirs)| (own.value.clone(), theirs.value.clone())).collect()
}

fn build_asks(draft: &Draft, asks: &DraftAsks) -> Asks {
    Asks {
        input: expressions(&asks.input),
        keep: kept(asks),
        retry: asks.retry.as_ref().map(|retry| retry.value),
        timeout: asks.timeout.as_ref().map(|timeout| timeout.value),
        on_error: asks.on_error.as_ref().map(|target| index(draft, target)),
    }
}

fn build_state(draft: &Draft, state: &DraftState) -> State {
    let transitions = state.then.iter();
    State {
        name: state.name.value.clone(),
        note: state.note.value.clone(),
        set: expressions(&state.set),
        then: transitions.map(|t| Transition { when: t.when.clone(), to: index(draft, &t.to) }).collect(),
        kind: build_kind(draft, &state.kind),
    }
}

fn build_kind(draft: &Draft, kind: &DraftKind) -> StateKind {
    match kind {
        DraftKind::Work { action, asks } => StateKind::Work {
            action: action.value.clone(),
            asks: stage_of(&action.value).is_none().then(|| Box::new(build_asks(draft, asks))),
        },
        DraftKind::Call { workflow, asks } => StateKind::Call {
            workflow: workflow.value.clone(),
            input: expressions(&asks.input),
            keep: kept(asks),
        },
        DraftKind::Choice => StateKind::Choice,
        DraftKind::Wait { events, at_most, otherwise } => StateKind::Wait {
            events: values(events),
            deadline: at_most.zip(otherwise.as_ref().map(|target| index(draft, target))),
        },
        DraftKind::WorkItem { resume, ask, category, owner, within, escalate_to, pend_at_most } => {
            StateKind::WorkItem {
                resume: values(resume),
                ask: ask.clone(),
                category: category.clone(),
                owner: owner.clone(),
                within: *within,
                escalate_to: escalate_to.clone(),
                pend_at_most: *pend_at_most,
            }
        }
        DraftKind::Final { reopen, result } => {
            StateKind::Final { reopen: values(reopen), result: result.clone() }
        }
    }
}
