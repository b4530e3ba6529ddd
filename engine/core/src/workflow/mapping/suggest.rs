//! Which state of the new version is most like one that it has no more.

use super::landing::{acts, wait};
use crate::workflow::{State, Workflow};
use crate::{Text, nearest};

/// The state of the new version that is most like one that it has no more: by its name, else by what it takes and what is
/// around it. Only states of the same kind, and first those that are new.
pub(super) fn suggest(from: Option<&Workflow>, to: &Workflow, name: &str) -> Option<Text> {
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
