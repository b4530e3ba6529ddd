//! Which state of one version of a workflow a claim lands in that was in a state of another, and what that means for it.
//!
//! States of the same name map by themselves. What would lose a claim, or do its work a second time, is a fault.

mod fault;
mod landing;
mod suggest;

use self::landing::{action, acts, landing, under_way};
use self::suggest::suggest;
use super::{State, Workflow};
use crate::{DueIn, Text, nearest};

pub use fault::MappingFault;

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

/// States that the new version maps claims to, or every reason why it cannot.
///
/// `from` is the version that the claims are on; `None` when its content is lost, and then only names are known. `held`
/// are the states with claims in them (an empty name for claims that have not begun), `orders` pairs of an old and a new
/// state, `redo` the states whose work may be done again.
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

#[cfg(test)]
mod tests;
