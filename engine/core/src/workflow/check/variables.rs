//! Proofs about variables: each is declared, has a name of its own, and is set before it is read, whichever way a claim
//! came.

use super::asks::near_or_all;
use super::{Checker, DraftKind, DraftState};
use crate::workflow::note::{Part, parts};
use crate::workflow::{DraftAsks, DraftExpr, DraftVariable, GUARD_VARIABLES, Placed, claim_fields};
use crate::{Text, ValueType};

/// Words that mean something else in an expression.
const RESERVED: &[&str] = &["claim", "true", "false", "if", "else", "in", "always", "date", "days_between"];

/// A name that is read, and where.
struct Read<'d> {
    name: &'d str,
    line: u32,
    column: u32,
}

impl<'a> Checker<'a> {
    pub(super) fn variable(&self, name: &Placed<Text>) -> Option<&'a DraftVariable> {
        self.draft.variables.iter().find(|variable| variable.name.value == name.value)
    }

    pub(super) fn variables(&mut self) {
        let draft = self.draft;
        for variable in &draft.variables {
            self.own_name(&variable.name);
        }
        for state in &draft.states {
            for set in &state.set {
                self.declared(&set.name);
            }
            if let DraftKind::Work { asks, .. } | DraftKind::Call { asks, .. } = &state.kind {
                asks.keep.iter().for_each(|(own, _)| self.declared(own));
            }
            self.note(&state.note);
        }
        if !self.torn {
            self.set_before_read();
        }
    }

    fn own_name(&mut self, name: &Placed<Text>) {
        let text = name.value.as_str();
        let shaped = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let taken = GUARD_VARIABLES.iter().any(|(own, _)| *own == text) || RESERVED.contains(&text);
        if taken {
            let help = "choose another name".to_owned();
            self.fault("W012", name, format!("`{text}` means something already"), help);
        } else if !shaped {
            let help = "write small letters, digits and `_`, as `appeal_level`".to_owned();
            self.fault("W012", name, format!("`{text}` is not the name of a variable"), help);
        }
    }

    fn declared(&mut self, name: &Placed<Text>) {
        if self.variable(name).is_some() {
            return;
        }
        let names: Vec<&str> = self.draft.variables.iter().map(|own| own.name.value.as_str()).collect();
        let none = format!("declare it at the top: `variables: {{ {}: money }}`", name.value);
        let help = near_or_all(&name.value, &names, "variables are", &none);
        self.fault("W012", name, format!("there is no variable `{}`", name.value), help);
    }

    fn note(&mut self, note: &Placed<Text>) {
        let draft = self.draft;
        let known: Vec<&str> = draft
            .variables
            .iter()
            .map(|own| own.name.value.as_str())
            .chain(GUARD_VARIABLES.iter().map(|(own, _)| *own))
            .chain(claim_fields().map(|(own, _)| own))
            .collect();
        for part in parts(&note.value) {
            if let Part::Name(name) = part
                && !known.contains(&name)
            {
                let help = near_or_all(name, &known, "a note can name", "");
                self.fault("W012", note, format!("there is no variable `{name}`"), help);
            }
        }
    }

    /// Variables without a default are set on every way to where they are read.
    fn set_before_read(&mut self) {
        let draft = self.draft;
        let bare: Vec<&str> = draft
            .variables
            .iter()
            .filter(|own| !own.given && !own.default.is_known())
            .map(|own| own.name.value.as_str())
            .collect();
        // Sixty-four are more than anyone reads; those beyond are not proved, and read as not known.
        let bit =
            |name: &str| bare.iter().take(64).position(|own| *own == name).map_or(0, |place| 1_u64 << place);
        if bare.is_empty() {
            return;
        }
        let before = self.surely_set(&bit);
        let mut unset: Vec<Read<'a>> = Vec::new();
        for (state, before) in draft.states.iter().zip(before) {
            let Some(mut set) = before else { continue };
            let mut see = |read: Read<'a>, set: u64| {
                let own = bit(read.name);
                if own != 0 && set & own == 0 {
                    unset.push(read);
                }
            };
            for one in &state.set {
                reads_of(one).for_each(|read| see(read, set));
                set |= bit(&one.name.value);
            }
            for part in parts(&state.note.value) {
                if let Part::Name(name) = part {
                    see(Read { name, line: state.note.line, column: state.note.column }, set);
                }
            }
            if let Some(asks) = asks_of(state) {
                asks.input.iter().flat_map(reads_of).for_each(|read| see(read, set));
                set |= self.kept(state, asks, &bit);
            }
            for transition in &state.then {
                for name in transition.when.iter().flat_map(|guard| guard.variables()) {
                    see(Read { name, line: transition.to.line, column: transition.to.column }, set);
                }
            }
        }
        for Read { name, line, column } in unset {
            let message = format!("`{name}` may not be set yet when this reads it");
            let kind = draft.variables.iter().find(|own| own.name.value == name).map(|own| own.kind);
            let first = kind.map_or("0", ValueType::first);
            let help = format!("give it a first value, as `{name}: {first}`, or set it on every way here");
            self.fault("W013", &Placed::new((), line, column), message, help);
        }
    }

    /// For each state, what is surely set when a claim enters it; `None` where no claim comes.
    fn surely_set(&self, bit: &dyn Fn(&str) -> u64) -> Vec<Option<u64>> {
        let draft = self.draft;
        let mut before: Vec<Option<u64>> = vec![None; draft.states.len()];
        let starts = [Some(&draft.start), draft.history.as_ref()];
        let mut next: Vec<usize> =
            starts.into_iter().flatten().filter_map(|start| self.position(&start.value)).collect();
        for start in &next {
            if let Some(own) = before.get_mut(*start) {
                *own = Some(0);
            }
        }
        // Sets only shrink, so that this ends.
        while let Some(place) = next.pop() {
            let (Some(state), Some(Some(set))) = (draft.states.get(place), before.get(place).copied()) else {
                continue;
            };
            let set = state.set.iter().fold(set, |set, one| set | bit(&one.name.value));
            let kept = asks_of(state).map_or(set, |asks| set | self.kept(state, asks, bit));
            let then = state.then.iter().map(|transition| (&transition.to, kept));
            for (target, set) in then.chain(state.other_ways().map(|target| (target, set))) {
                let Some(target) = self.position(&target.value) else { continue };
                let Some(own) = before.get_mut(target) else { continue };
                let met = own.map_or(set, |own| own & set);
                if *own != Some(met) {
                    *own = Some(met);
                    next.push(target);
                }
            }
        }
        before
    }

    /// What is surely kept of an action or another workflow: what it always gives.
    fn kept(&self, state: &DraftState, asks: &DraftAsks, bit: &dyn Fn(&str) -> u64) -> u64 {
        let offered = self.offered;
        let spec = match &state.kind {
            DraftKind::Work { action, .. } => offered.actions.iter().find(|spec| spec.name == action.value),
            DraftKind::Call { workflow, .. } => {
                offered.calls.iter().find(|own| own.spec.name == workflow.value).map(|own| &own.spec)
            }
            _ => None,
        };
        let always = |theirs: &str| {
            spec.is_none_or(|spec| spec.outputs.iter().any(|slot| slot.name == theirs && slot.required))
        };
        asks.keep
            .iter()
            .filter(|(_, theirs)| always(&theirs.value))
            .fold(0, |set, (own, _)| set | bit(&own.value))
    }
}

fn asks_of(state: &DraftState) -> Option<&DraftAsks> {
    match &state.kind {
        DraftKind::Work { asks, .. } | DraftKind::Call { asks, .. } => Some(asks),
        _ => None,
    }
}

fn reads_of(given: &DraftExpr) -> impl Iterator<Item = Read<'_>> {
    let names = given.value.value.iter().flat_map(|(expr, _)| expr.variables());
    names.map(|name| Read { name, line: given.value.line, column: given.value.column })
}
