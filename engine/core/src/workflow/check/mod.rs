//! The proofs a workflow must pass before it goes live. All faults of a file in one pass.

mod asks;
mod build;
mod proofs;
#[cfg(test)]
mod tests;
mod variables;

use super::{ACTIONS, ActionSpec, Called, Draft, DraftKind, DraftState, DraftTransition, Placed, Workflow};
use crate::guard::{GuardExpr, GuardOp};
use crate::{Diagnostic, Text, Value, nearest};

/// The events that a state can wait for.
pub const EVENTS: &[&str] = &[
    "submitted",
    "accepted",
    "rejected",
    "remitted",
    "corrected",
    "released",
    "new-fact",
    "resolved",
    "appealed",
    "written-off",
    "patient-paid",
];

/// Checks a workflow as written. A workflow that comes out can be stepped.
///
/// What [`check_calls`](super::check_calls) finds concerns several workflows and is proved besides.
///
/// # Errors
/// Every fault found, in the order of the file.
pub fn check(draft: &Draft, offered: Offered<'_>) -> Result<Workflow, Vec<Diagnostic>> {
    let mut checker = Checker { draft, offered, faults: Vec::new(), torn: false };
    checker.names();
    checker.actions_and_events();
    checker.asked();
    checker.transitions();
    checker.variables();
    checker.prove();
    let mut faults = checker.faults;
    if faults.is_empty() {
        return Ok(build::build(draft));
    }
    faults.sort_by_key(|fault| (fault.line, fault.column));
    Err(faults)
}

/// What states of a workflow can use besides the stages ([`ACTIONS`]).
#[derive(Debug, Clone, Copy, Default)]
pub struct Offered<'a> {
    /// What plugins offer.
    pub actions: &'a [ActionSpec],
    /// Workflows that can be called, each name once.
    pub calls: &'a [Called],
}

/// Builds a workflow that passed all checks once, and that claims run on since. Only what building needs is checked: what
/// it names that is not there any more, or what a later version would no longer let through, strands no claim.
///
/// # Errors
/// When a state is there twice, or leads to one that is not there.
pub fn check_kept(draft: &Draft) -> Result<Workflow, Vec<Diagnostic>> {
    let mut checker = Checker { draft, offered: Offered::default(), faults: Vec::new(), torn: false };
    checker.names();
    if checker.faults.is_empty() { Ok(build::build(draft)) } else { Err(checker.faults) }
}

struct Checker<'a> {
    draft: &'a Draft,
    offered: Offered<'a>,
    faults: Vec<Diagnostic>,
    /// True when a name leads nowhere, so that what can be reached is not known.
    torn: bool,
}

impl Checker<'_> {
    fn fault<T>(&mut self, code: &str, at: &Placed<T>, message: String, help: String) {
        let fault = Diagnostic::error(code, &self.draft.path, at.line, at.column, message).help(help);
        self.faults.push(fault);
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.draft.states.iter().position(|state| state.name.value == name)
    }

    fn names(&mut self) {
        let draft = self.draft;
        for (place, state) in draft.states.iter().enumerate() {
            if self.position(&state.name.value) != Some(place) {
                self.torn = true;
                let message = format!("the state `{}` is there twice", state.name.value);
                self.fault("W008", &state.name, message, "give each state its own name".to_owned());
            }
            if state.name.value.contains('/') {
                let message = format!("`{}` has a `/` in its name", state.name.value);
                let help = "states of a workflow that was called are told so: choose another name".to_owned();
                self.fault("W008", &state.name, message, help);
            }
        }
        if !draft.states.iter().any(|state| matches!(state.kind, DraftKind::Final { .. })) {
            self.torn = true;
            let message = "no state is final, so no claim could ever end".to_owned();
            self.fault(
                "W009",
                &draft.start,
                message,
                "add a state such as `closed: { final: true }`".to_owned(),
            );
        }
        self.targets();
    }

    fn targets(&mut self) {
        let draft = self.draft;
        self.target(&draft.start);
        if let Some(history) = &draft.history {
            self.target(history);
        }
        for state in &draft.states {
            for transition in &state.then {
                self.target(&transition.to);
            }
            if let DraftKind::Work { asks, .. } = &state.kind
                && let Some(target) = &asks.on_error
            {
                self.target(target);
            }
            if let DraftKind::Wait { at_most, otherwise, .. } = &state.kind {
                self.deadline(state, at_most.is_some(), otherwise.as_ref());
            }
        }
    }

    fn deadline(&mut self, state: &DraftState, at_most: bool, otherwise: Option<&Placed<Text>>) {
        match (at_most, otherwise) {
            (_, Some(target)) => self.target(target),
            (true, None) => {
                let message = format!("`{}` has a deadline but says not what follows it", state.name.value);
                self.fault("W009", &state.name, message, "add `else: STATE` to `wait`".to_owned());
            }
            (false, None) => {}
        }
        if !at_most {
            let message =
                format!("`{}` waits without a deadline: a claim could stay there for ever", state.name.value);
            self.fault(
                "W009",
                &state.name,
                message,
                "add `at-most: 45d` and `else: STATE` to `wait`".to_owned(),
            );
        }
    }

    fn target(&mut self, target: &Placed<Text>) {
        if self.position(&target.value).is_some() {
            return;
        }
        self.torn = true;
        let names = self.draft.states.iter().map(|state| state.name.value.as_str());
        let help = nearest(&target.value, names).map_or_else(
            || "add the state, or name one that is there".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        self.fault("W001", target, format!("there is no state `{}`", target.value), help);
    }

    fn actions_and_events(&mut self) {
        let draft = self.draft;
        for state in &draft.states {
            if let DraftKind::Work { action, .. } = &state.kind {
                self.action(action);
            }
            for event in state.events() {
                self.event(event);
            }
            let waits = matches!(state.kind, DraftKind::WorkItem { .. } | DraftKind::Wait { .. });
            if waits && state.events().is_empty() {
                let message = format!("nothing ends `{}`", state.name.value);
                self.fault("W007", &state.name, message, "name at least one event".to_owned());
            }
        }
    }

    fn event(&mut self, event: &Placed<Text>) {
        if EVENTS.contains(&event.value.as_str()) {
            return;
        }
        let help = nearest(&event.value, EVENTS.iter().copied()).map_or_else(
            || format!("events are {}", EVENTS.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        self.fault("W007", event, format!("there is no event `{}`", event.value), help);
    }

    fn action(&mut self, action: &Placed<Text>) {
        let extra = self.offered.actions;
        let offered =
            || ACTIONS.iter().map(|info| info.name).chain(extra.iter().map(|spec| spec.name.as_str()));
        if offered().any(|name| name == action.value) {
            return;
        }
        let help = nearest(&action.value, offered()).map_or_else(
            || format!("actions are {}", offered().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        self.fault("W006", action, format!("no plugin offers the action `{}`", action.value), help);
    }

    fn transitions(&mut self) {
        let draft = self.draft;
        for state in &draft.states {
            if matches!(&state.kind, DraftKind::Final { reopen, .. } if reopen.is_empty()) {
                self.closed_for_good(state);
                continue;
            }
            match state.then.last() {
                None => self.leads_nowhere(state),
                Some(last) => self.last(state, last),
            }
            for transition in state.then.iter().rev().skip(1).filter(|earlier| is_unconditional(earlier)) {
                let message = format!("what follows `to: {}` is never reached", transition.to.value);
                let help = "give it a condition, or move it to the end".to_owned();
                self.fault("W010", &transition.to, message, help);
            }
            for transition in &state.then {
                self.awaited(state, transition);
            }
        }
    }

    fn closed_for_good(&mut self, state: &DraftState) {
        if let Some(first) = state.then.first() {
            let message = format!(
                "`{}` is final and nothing opens it again: `then` is never reached",
                state.name.value
            );
            self.fault("W010", &first.to, message, "add `reopen: [remitted]`, or remove `then`".to_owned());
        }
    }

    fn leads_nowhere(&mut self, state: &DraftState) {
        self.torn = true;
        let message = format!("`{}` leads nowhere", state.name.value);
        self.fault("W005", &state.name, message, "add `then:` with at least `- { to: STATE }`".to_owned());
    }

    fn last(&mut self, state: &DraftState, last: &DraftTransition) {
        if !is_unconditional(last) {
            let message = format!("the last transition of `{}` has a condition", state.name.value);
            self.fault(
                "W005",
                &last.to,
                message,
                "end with `- { to: STATE }`, which always holds".to_owned(),
            );
        }
    }

    /// A guard that asks for an event which the state does not wait for never holds.
    fn awaited(&mut self, state: &DraftState, transition: &DraftTransition) {
        for asked in asked_events(transition) {
            if state.events().iter().any(|event| event.value == asked) {
                continue;
            }
            let own: Vec<&str> = state.events().iter().map(|event| event.value.as_str()).collect();
            let message =
                format!("`event == \"{asked}\"` never holds: `{}` does not wait for it", state.name.value);
            let help = match (nearest(asked, own.iter().copied()), own.is_empty()) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, true) => {
                    "only a `wait`, a `work-item` or a `final` that reopens has events".to_owned()
                }
                (None, false) => format!("it waits for {}", own.join(", ")),
            };
            self.fault("W007", &transition.to, message, help);
        }
    }
}

fn is_unconditional(transition: &DraftTransition) -> bool {
    transition.when.as_ref().is_none_or(GuardExpr::is_always)
}

/// The events that a guard asks for, where it asks for nothing else.
fn asked_events(transition: &DraftTransition) -> Vec<&str> {
    let values = match &transition.when {
        Some(GuardExpr::Compare { variable, op: GuardOp::Equal, value }) if variable == "event" => {
            std::slice::from_ref(value)
        }
        Some(GuardExpr::In { variable, values }) if variable == "event" => values,
        _ => &[],
    };
    let mut asked = Vec::new();
    for value in values {
        if let Value::Text(text) = value {
            asked.push(text.as_str());
        }
    }
    asked
}
