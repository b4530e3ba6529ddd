//! Proofs about what states give to actions and other workflows, keep of them, and ask of their outcome.

use super::{Checker, DraftKind, DraftState};
use crate::guard::{GuardExpr, GuardOp};
use crate::workflow::{
    ACTIONS, ActionSpec, DraftAsks, DraftExpr, DraftTransition, Placed, Retry, Slot, stage_of,
};
use crate::{Span, Text, Value, nearest};

/// The shortest pause and timeout.
const SHORTEST: Span = Span(1_000);

impl Checker<'_> {
    pub(super) fn asked(&mut self) {
        let draft = self.draft;
        for state in &draft.states {
            match &state.kind {
                DraftKind::Work { action, asks } if stage_of(&action.value).is_some() => {
                    self.stage_takes_nothing(action, asks);
                    self.stage_outcomes(state, &action.value);
                }
                DraftKind::Work { action, asks } => {
                    self.patience(asks);
                    let spec = self.offered.actions.iter().find(|spec| spec.name == action.value);
                    self.exchange(state, action, asks, spec);
                }
                DraftKind::Call { workflow, asks } => self.calls(state, workflow, asks),
                _ => {}
            }
        }
    }

    fn calls(&mut self, state: &DraftState, workflow: &Placed<Text>, asks: &DraftAsks) {
        let calls = self.offered.calls;
        let spec = calls.iter().find(|own| own.spec.name == workflow.value).map(|own| &own.spec);
        if spec.is_none() {
            let names: Vec<&str> = calls.iter().map(|own| own.spec.name.as_str()).collect();
            let help = near_or_all(&workflow.value, &names, "workflows are", "write that workflow first");
            self.fault("W014", workflow, format!("there is no workflow `{}`", workflow.value), help);
        }
        self.exchange(state, workflow, asks, spec);
    }

    /// What goes there, what is kept, and which outcomes are asked for.
    fn exchange(
        &mut self,
        state: &DraftState,
        name: &Placed<Text>,
        asks: &DraftAsks,
        spec: Option<&ActionSpec>,
    ) {
        let Some(spec) = spec else { return };
        for given in &asks.input {
            self.given(spec, given);
        }
        for slot in spec.inputs.iter().filter(|slot| slot.required) {
            if !asks.input.iter().any(|given| given.name.value == slot.name) {
                let message = format!("`{}` takes `{}`, and this gives none", spec.name, slot.name);
                let help = format!("add `input: {{ {}: ... }}`, {}", slot.name, slot.kind.words());
                self.fault("W011", name, message, help);
            }
        }
        for (own, theirs) in &asks.keep {
            self.keeps(spec, own, theirs);
        }
        let outcomes: Vec<&str> = spec.outcomes.iter().map(Text::as_str).collect();
        self.outcomes(state, &spec.name, &outcomes);
    }

    fn given(&mut self, spec: &ActionSpec, given: &DraftExpr) {
        let Some(slot) = spec.inputs.iter().find(|slot| slot.name == given.name.value) else {
            let help = slots(&given.name.value, &spec.inputs, "it takes", "it takes nothing");
            let message = format!("`{}` takes no `{}`", spec.name, given.name.value);
            self.fault("W011", &given.name, message, help);
            return;
        };
        if let Some((_, kind)) = &given.value.value
            && *kind != slot.kind
        {
            let message = format!(
                "`{}` takes {} as `{}`, and this is {}",
                spec.name,
                slot.kind.words(),
                slot.name,
                kind.words()
            );
            self.fault("W011", &given.value, message, format!("write {}", slot.kind.example()));
        }
    }

    fn keeps(&mut self, spec: &ActionSpec, own: &Placed<Text>, theirs: &Placed<Text>) {
        let slot = spec.outputs.iter().find(|slot| slot.name == theirs.value);
        if slot.is_none() {
            let help = slots(&theirs.value, &spec.outputs, "it gives", "it gives nothing");
            self.fault("W011", theirs, format!("`{}` gives no `{}`", spec.name, theirs.value), help);
        }
        let kind = self.variable(own).map(|variable| variable.kind);
        if let (Some(slot), Some(kind)) = (slot, kind)
            && slot.kind != kind
        {
            let message =
                format!("`{}` is {}, and `{}` is {}", own.value, kind.words(), slot.name, slot.kind.words());
            self.fault(
                "W011",
                own,
                message,
                format!("declare it as `{}: {}`", own.value, slot.kind.as_str()),
            );
        }
    }

    fn stage_takes_nothing(&mut self, action: &Placed<Text>, asks: &DraftAsks) {
        let help = "remove it; rules decide what a stage does";
        if let Some(given) = asks.input.first() {
            self.fault(
                "W011",
                &given.name,
                format!("the stage `{}` takes no input", action.value),
                help.to_owned(),
            );
        }
        if let Some((_, theirs)) = asks.keep.first() {
            self.fault(
                "W011",
                theirs,
                format!("the stage `{}` gives nothing to keep", action.value),
                help.to_owned(),
            );
        }
        if let Some(target) = &asks.on_error {
            let message = format!(
                "the stage `{}` never fails: a rule that cannot decide holds the claim",
                action.value
            );
            self.fault("W015", target, message, "remove `on-error`".to_owned());
        }
    }

    /// Bounds of retries and timeouts.
    fn patience(&mut self, asks: &DraftAsks) {
        if let Some(retry) = &asks.retry {
            let Retry { times, first, factor, cap, jitter } = retry.value;
            let most = Retry::MOST;
            let wrong = [
                (
                    times == 0 || times > most,
                    format!("`times` is {times}"),
                    format!("write a number from 1 to {most}"),
                ),
                (first < SHORTEST, "`first` is no pause at all".to_owned(), "write at least `1s`".to_owned()),
                (
                    factor == 0 || factor > 100,
                    format!("`factor` is {factor}"),
                    "write a number from 1 to 100".to_owned(),
                ),
                (
                    cap < first,
                    "`cap` is shorter than `first`".to_owned(),
                    "make it at least as long".to_owned(),
                ),
                (jitter > 100, format!("`jitter` is {jitter} %"), "write `0%` to `100%`".to_owned()),
            ];
            for (_, message, help) in wrong.into_iter().filter(|(wrong, ..)| *wrong) {
                self.fault("W015", retry, message, help);
            }
        }
        if let Some(timeout) = asks.timeout.as_ref().filter(|own| own.value < SHORTEST) {
            self.fault(
                "W015",
                timeout,
                "no plugin answers in no time".to_owned(),
                "write at least `1s`".to_owned(),
            );
        }
    }

    fn stage_outcomes(&mut self, state: &DraftState, action: &str) {
        let own = ACTIONS.iter().find(|info| info.name == action);
        self.outcomes(state, action, own.map_or(&[], |info| info.outcomes));
    }

    /// A guard that asks for an outcome which the action never has never holds.
    fn outcomes(&mut self, state: &DraftState, action: &str, outcomes: &[&str]) {
        if outcomes.is_empty() {
            return;
        }
        for transition in &state.then {
            for asked in asked_outcomes(transition) {
                if !outcomes.contains(&asked) {
                    let message = format!("`{action}` never comes out as `{asked}`");
                    let help = near_or_all(asked, outcomes, "it comes out as", "");
                    self.fault("W016", &transition.to, message, help);
                }
            }
        }
    }
}

fn asked_outcomes(transition: &DraftTransition) -> Vec<&str> {
    fn collect<'g>(guard: &'g GuardExpr, found: &mut Vec<&'g str>) {
        let values = match guard {
            GuardExpr::Compare { variable, op: GuardOp::Equal | GuardOp::NotEqual, value }
                if variable == "outcome" =>
            {
                std::slice::from_ref(value)
            }
            GuardExpr::In { variable, values } if variable == "outcome" => values,
            GuardExpr::Not(inner) => return collect(inner, found),
            GuardExpr::And(parts) | GuardExpr::Or(parts) => {
                return parts.iter().for_each(|part| collect(part, found));
            }
            _ => &[],
        };
        for value in values {
            if let Value::Text(text) = value {
                found.push(text);
            }
        }
    }
    let mut found = Vec::new();
    if let Some(guard) = &transition.when {
        collect(guard, &mut found);
    }
    found
}

fn slots(written: &str, slots: &[Slot], all: &str, none: &str) -> String {
    let names: Vec<&str> = slots.iter().map(|slot| slot.name.as_str()).collect();
    near_or_all(written, &names, all, none)
}

/// The nearest name, else all of them, else what is said where there is none.
pub(super) fn near_or_all(written: &str, names: &[&str], all: &str, none: &str) -> String {
    match nearest(written, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => none.to_owned(),
        None => format!("{all} {}", names.join(", ")),
    }
}
