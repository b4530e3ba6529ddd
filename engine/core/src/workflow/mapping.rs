//! Which state of one version of a workflow a claim lands in that was in a state of another, and what that means for it.
//!
//! States of the same name map by themselves. What would lose a claim, or do its work a second time, is a fault.

use super::{State, StateKind, Workflow};
use crate::{DueIn, Text, nearest};

/// What becomes of claims in one state.
#[derive(Debug, Clone, PartialEq)]
pub struct Landing {
    /// The state they are in.
    pub from: Text,
    /// The state they get.
    pub to: Text,
    /// What becomes of their work items.
    pub items: Items,
    /// What becomes of their deadline.
    pub deadline: DeadlineIs,
    /// True when the state's work is done (again) on arrival; such a move cannot be taken back.
    pub redo: bool,
    /// True when the new state takes `submitted`, so that a claim which is queued can go out from it.
    pub takes_submitted: bool,
    /// What people should know before they agree.
    pub remarks: Vec<Remark>,
}

impl Landing {
    /// Of claims that have come in and are in no state yet, since their first step failed: they begin where the new version
    /// does, when that step is tried again.
    fn not_begun() -> Self {
        Self {
            from: Text::default(),
            to: Text::default(),
            items: Items::Keep,
            deadline: DeadlineIs::Kept,
            redo: false,
            takes_submitted: true,
            remarks: Vec::new(),
        }
    }
}

/// What becomes of open work items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Items {
    /// They stay as they are.
    Keep,
    /// They are closed, and opened anew as the new state has them, counted from when the old ones were opened.
    Reopen,
    /// There were none: the new state's are opened.
    Open,
    /// They are closed: nobody has to do anything in the new state.
    Close,
}

/// What becomes of a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadlineIs {
    /// It stays.
    Kept,
    /// The new state's time to wait, counted from when the claim came into the old state.
    From(DueIn),
    /// The new state has none.
    None,
    /// When the first of the work items is overdue.
    OfItems,
}

/// Something that people should know of a landing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// Events that the old state takes and the new one does not.
    EventsLost(Vec<Text>),
    /// Another time to wait: before and now.
    Waits(Option<DueIn>, Option<DueIn>),
    /// Another state when the wait is over: before and now.
    Then(Text, Text),
    /// Work items are opened anew; what of them is another, in words.
    ItemsReopened(Vec<&'static str>),
    /// Work items are opened where there were none.
    ItemsOpened,
    /// Work items are closed.
    ItemsClosed,
    /// The work of a state is done again: the action, or empty for a choice.
    Redone(Text),
}

/// Why claims in a state cannot land.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingFault {
    /// The new version has no such state, and nobody says which to take.
    #[error("the new version has no state `{from}`, and {claims} {} in it", if *.claims == 1 { "claim is" } else { "claims are" })]
    NotMapped {
        /// State.
        from: Text,
        /// Claims in it.
        claims: u64,
        /// A state that is much like it, or empty.
        suggestion: Text,
    },
    /// A map names a state that the new version does not have.
    #[error("the new version has no state `{to}`, which `{from}` is mapped to")]
    NoTarget {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
        /// One with a name much like it, or empty.
        suggestion: Text,
    },
    /// A map names a state that the old version does not have.
    #[error("the old version has no state `{from}`, which is mapped to `{to}`")]
    NoSource {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
        /// One with a name much like it, or empty.
        suggestion: Text,
    },
    /// The target does its work at once.
    #[error("`{to}` does its work as soon as a claim comes there ({}), so claims in `{from}` would have it done again", worded(.action))]
    Redo {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
        /// The action, or empty for a choice.
        action: Text,
    },
    /// Claims wait there for a plugin or another workflow, and the target is not about the same.
    #[error("claims in `{from}` wait for `{what}` to be done, which `{to}` is not about")]
    UnderWay {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
        /// The action, or the workflow that is called.
        what: Text,
    },
    /// Open claims would end.
    #[error("`{to}` is an end, and claims in `{from}` are not at theirs: what they wait for would be lost")]
    Ends {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
    },
    /// Ended claims would be open.
    #[error("`{from}` is an end and `{to}` is none: claims that are done with would be open again")]
    Reopens {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
    },
}

fn worded(action: &str) -> String {
    if action.is_empty() { "it chooses where to go on".to_owned() } else { format!("`{action}`") }
}

impl MappingFault {
    /// What mends it, in a sentence; empty when nothing does.
    pub fn help(&self) -> String {
        match self {
            Self::NotMapped { from, suggestion, .. } if suggestion.is_empty() => {
                format!("say where they go: `--map {from}=STATE`")
            }
            Self::NotMapped { from, suggestion, .. } => {
                format!("the state most like it is `{suggestion}`: `--map {from}={suggestion}`")
            }
            Self::NoTarget { suggestion, .. } | Self::NoSource { suggestion, .. }
                if !suggestion.is_empty() =>
            {
                format!("did you mean `{suggestion}`?")
            }
            Self::NoTarget { .. } | Self::NoSource { .. } => {
                "`claimflow workflow list` shows the states".to_owned()
            }
            Self::Redo { from, to, .. } => {
                format!("map `{from}` to a state that waits, or say `--redo {to}` when that is what you want")
            }
            Self::UnderWay { from, what, .. } => {
                format!("map `{from}` to a state for `{what}`, or wait until that is done for these claims")
            }
            Self::Ends { from, .. } => {
                format!(
                    "map `{from}` to a state that waits or that somebody works on; write off what is to end"
                )
            }
            Self::Reopens { from, .. } => format!("map `{from}` to an end"),
        }
    }
}

/// States that the new version maps claims to, or every reason why it cannot.
///
/// `from` is the version that the claims are on; `None` when its content is lost, and then only names are known. `held`
/// are the states with claims in them (an empty name for claims that have not begun), `orders` pairs of an old and a new state, `redo` the states whose work may be done
/// again.
///
/// # Errors
/// Every fault of every state, in the order of `held`.
pub fn map_states(
    from: Option<&Workflow>,
    to: &Workflow,
    held: &[(Text, u64)],
    orders: &[(Text, Text)],
    redo: &[Text],
) -> Result<Vec<Landing>, Vec<MappingFault>> {
    let mut faults = unknown_sources(from, held, orders);
    let mut landings = Vec::new();
    for (name, claims) in held {
        if name.is_empty() {
            landings.push(Landing::not_begun());
            continue;
        }
        match land(from, to, name, *claims, orders, redo) {
            Ok(landing) => landings.push(landing),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(landings) } else { Err(faults) }
}

fn unknown_sources(
    from: Option<&Workflow>,
    held: &[(Text, u64)],
    orders: &[(Text, Text)],
) -> Vec<MappingFault> {
    let names: Vec<&str> = match from {
        Some(from) => from.states().iter().map(|state| state.name.as_str()).collect(),
        None => held.iter().map(|(name, _)| name.as_str()).collect(),
    };
    let unknown = orders.iter().filter(|(name, _)| !names.contains(&name.as_str()));
    unknown
        .map(|(name, to)| MappingFault::NoSource {
            from: name.clone(),
            to: to.clone(),
            suggestion: Text::from(nearest(name, names.iter().copied()).unwrap_or_default()),
        })
        .collect()
}

fn land(
    from: Option<&Workflow>,
    to: &Workflow,
    name: &Text,
    claims: u64,
    orders: &[(Text, Text)],
    redo: &[Text],
) -> Result<Landing, MappingFault> {
    let source = from.and_then(|own| own.find(name).map(|index| own.state(index)));
    let ordered = orders.iter().find(|(own, _)| own == name).map(|(_, target)| target);
    let Some(index) = to.find(ordered.unwrap_or(name)) else {
        return Err(match ordered {
            Some(target) => MappingFault::NoTarget {
                from: name.clone(),
                to: target.clone(),
                suggestion: Text::from(
                    nearest(target, to.states().iter().map(|own| own.name.as_str())).unwrap_or_default(),
                ),
            },
            None => MappingFault::NotMapped {
                from: name.clone(),
                claims,
                suggestion: suggest(from, to, name).unwrap_or_default(),
            },
        });
    };
    let target = to.state(index);
    refuse(source, name, target, redo)?;
    Ok(landing((from, source), to, name, target))
}

fn refuse(source: Option<&State>, from: &Text, target: &State, redo: &[Text]) -> Result<(), MappingFault> {
    let (from, to) = (from.clone(), target.name.clone());
    if let Some(source) = source {
        if target.is_final() && !source.is_final() {
            return Err(MappingFault::Ends { from, to });
        }
        if source.is_final() && !target.is_final() {
            return Err(MappingFault::Reopens { from, to });
        }
    }
    // A claim that stays in a working state does so because it waits for a plugin or another workflow, and goes on
    // waiting for the same.
    match source.and_then(under_way) {
        Some(what) if under_way(target) != Some(what) => {
            return Err(MappingFault::UnderWay { from, to, what: what.clone() });
        }
        Some(_) => return Ok(()),
        None => {}
    }
    if acts(target) && !redo.contains(&to) {
        let action = under_way(target).or_else(|| action(target));
        return Err(MappingFault::Redo { from, to, action: action.cloned().unwrap_or_default() });
    }
    Ok(())
}

/// What claims that stay in a state wait for: the plugin's action, or the workflow that is called.
fn under_way(state: &State) -> Option<&Text> {
    match &state.kind {
        StateKind::Work { action, asks: Some(_) } => Some(action),
        StateKind::Call { workflow, .. } => Some(workflow),
        _ => None,
    }
}

/// True when a state does something as soon as a claim enters it.
fn acts(state: &State) -> bool {
    matches!(state.kind, StateKind::Work { .. } | StateKind::Call { .. } | StateKind::Choice)
}

fn action(state: &State) -> Option<&Text> {
    match &state.kind {
        StateKind::Work { action, .. } => Some(action),
        _ => None,
    }
}

fn landing(
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

fn wait(state: &State) -> Option<(DueIn, super::StateIndex)> {
    match &state.kind {
        StateKind::Wait { deadline, .. } => *deadline,
        _ => None,
    }
}

/// The state of the new version that is most like one that it has no more: by its name, else by what it takes and what is
/// around it. Only states of the same kind, and first those that are new.
fn suggest(from: Option<&Workflow>, to: &Workflow, name: &str) -> Option<Text> {
    let source = from.and_then(|own| own.find(name).map(|index| own.state(index)));
    let fits = |state: &&State| {
        source
            .is_none_or(|source| std::mem::discriminant(&source.kind) == std::mem::discriminant(&state.kind))
            && (!acts(state) || source.is_some())
    };
    let fitting: Vec<&State> = to.states().iter().filter(fits).collect();
    let is_new = |state: &State| from.is_none_or(|from| from.find(&state.name).is_none());
    let fresh = fitting.iter().filter(|state| is_new(state)).map(|state| state.name.as_str());
    if let Some(near) = nearest(name, fresh) {
        return Some(Text::from(near));
    }
    let (from, source) = (from?, source?);
    let around = around(from, source);
    let likeness = |state: &State| {
        let events = state.events().iter().filter(|event| source.takes(event)).count();
        let theirs = self::around(to, state);
        let shared = theirs.iter().filter(|other| around.contains(other)).count();
        (events * 2 + shared, is_new(state))
    };
    let best = fitting.into_iter().max_by_key(|state| likeness(state))?;
    (likeness(best).0 > 0).then(|| best.name.clone())
}

/// The names of the states that lead to a state, and of those it leads to.
fn around<'a>(workflow: &'a Workflow, state: &'a State) -> Vec<&'a Text> {
    let leads = |own: &'a State| {
        let then = own.then.iter().map(|transition| transition.to);
        then.chain(wait(own).map(|(_, otherwise)| otherwise)).map(|index| &workflow.state(index).name)
    };
    let mut all: Vec<&Text> = leads(state).collect();
    all.extend(
        workflow.states().iter().filter(|own| leads(own).any(|to| *to == state.name)).map(|own| &own.name),
    );
    all
}

#[cfg(test)]
#[path = "mapping/tests.rs"]
mod tests;
