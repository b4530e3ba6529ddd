//! What a landing means for a claim: its work items, its deadline, and what people should know of it.

use super::{DeadlineIs, Items, Landing, Remark};
use crate::workflow::{State, StateIndex, StateKind, Workflow};
use crate::{DueIn, Text};

/// What claims that stay in a state wait for: the plugin's action, or the workflow that is called.
pub(super) fn under_way(state: &State) -> Option<&Text> {
    match &state.kind {
        StateKind::Work { action, asks: Some(_) } => Some(action),
        StateKind::Call { workflow, .. } => Some(workflow),
        _ => None,
    }
}

/// True when a state does something as soon as a claim enters it.
pub(super) fn acts(state: &State) -> bool {
    matches!(state.kind, StateKind::Work { .. } | StateKind::Call { .. } | StateKind::Choice)
}

pub(super) fn action(state: &State) -> Option<&Text> {
    match &state.kind {
        StateKind::Work { action, .. } => Some(action),
        _ => None,
    }
}

pub(super) fn landing(
    (from, source): (Option<&Workflow>, Option<&State>),
    to: &Workflow,
    name: &Text,
    target: &State,
) -> Landing {
    let goes_on = source.and_then(under_way).is_some();
    let redo = acts(target) && !goes_on;
    let mut remarks = Vec::new();
    let items = if goes_on { Items::Keep } else { items(source, target, redo, &mut remarks) };
    let deadline = deadline((from, source), to, target, items, &mut remarks);
    if let Some(source) = source {
        let lost: Vec<Text> =
            source.events().iter().filter(|event| !redo && !target.takes(event)).cloned().collect();
        if !lost.is_empty() {
            remarks.push(Remark::EventsLost(lost));
        }
    }
    if redo {
        remarks
            .push(Remark::Redone(under_way(target).or_else(|| action(target)).cloned().unwrap_or_default()));
    }
    Landing {
        from: name.clone(),
        to: target.name.clone(),
        items,
        deadline,
        redo,
        takes_submitted: target.takes("submitted"),
        remarks,
    }
}

fn items(source: Option<&State>, target: &State, redo: bool, remarks: &mut Vec<Remark>) -> Items {
    let person = |state: &State| matches!(state.kind, StateKind::WorkItem { .. });
    match (source, person(target)) {
        (Some(source), true) if person(source) => {
            let other = other_items(&source.kind, &target.kind);
            if other.is_empty() {
                return Items::Keep;
            }
            remarks.push(Remark::ItemsReopened(other));
            Items::Reopen
        }
        (Some(_), true) => {
            remarks.push(Remark::ItemsOpened);
            Items::Open
        }
        // What the old state was is not known: whoever has work keeps it.
        (None, true) => Items::Keep,
        (Some(source), false) if person(source) => {
            if !redo {
                remarks.push(Remark::ItemsClosed);
            }
            Items::Close
        }
        (_, false) => Items::Close,
    }
}

/// What two work-item states ask for otherwise, in words.
fn other_items(before: &StateKind, now: &StateKind) -> Vec<&'static str> {
    let (
        StateKind::WorkItem { ask, category, owner, within, .. },
        StateKind::WorkItem {
            ask: new_ask,
            category: new_category,
            owner: new_owner,
            within: new_within,
            ..
        },
    ) = (before, now)
    else {
        return Vec::new();
    };
    let parts = [
        ("what to do", ask != new_ask),
        ("category", category != new_category),
        ("owner", owner != new_owner),
        ("time to do it", within != new_within),
    ];
    parts.into_iter().filter(|(_, other)| *other).map(|(part, _)| part).collect()
}

fn deadline(
    (from, source): (Option<&Workflow>, Option<&State>),
    to: &Workflow,
    target: &State,
    items: Items,
    remarks: &mut Vec<Remark>,
) -> DeadlineIs {
    match &target.kind {
        StateKind::Wait { deadline: now, .. } => {
            let Some(source) = source else {
                return now.map_or(DeadlineIs::None, |(span, _)| DeadlineIs::From(span));
            };
            let before = wait(source);
            let (old, new) = (before.map(|(span, _)| span), now.map(|(span, _)| span));
            if let (Some((_, old)), Some((_, new)), Some(from)) = (before, *now, from) {
                let (old, new) = (&from.state(old).name, &to.state(new).name);
                if old != new {
                    remarks.push(Remark::Then(old.clone(), new.clone()));
                }
            }
            if old == new && matches!(source.kind, StateKind::Wait { .. }) {
                return DeadlineIs::Kept;
            }
            remarks.push(Remark::Waits(old, new));
            new.map_or(DeadlineIs::None, DeadlineIs::From)
        }
        StateKind::WorkItem { escalate_to: now, .. } => {
            let before = source.and_then(|source| match &source.kind {
                StateKind::WorkItem { escalate_to, .. } => Some(escalate_to.is_empty()),
                _ => None,
            });
            match (items, before) {
                (Items::Keep, Some(before)) if before == now.is_empty() => DeadlineIs::Kept,
                _ => DeadlineIs::OfItems,
            }
        }
        StateKind::Final { .. } => DeadlineIs::None,
        _ => DeadlineIs::Kept,
    }
}

pub(super) fn wait(state: &State) -> Option<(DueIn, StateIndex)> {
    match &state.kind {
        StateKind::Wait { deadline, .. } => *deadline,
        _ => None,
    }
}
