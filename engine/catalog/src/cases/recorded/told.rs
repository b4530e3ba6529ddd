//! What a recorded case expects, what it is called, and what to know of it.

use claimflow_core::{Level, RuleInput, Stage, Text};
use serde_json::{Map, Value, json};

use super::made_up::Manner;
use super::{Recorder, fired};
use crate::SourceFile;
use crate::cases::judge::Said;
use crate::generation::Generation;
use crate::source::FileKind;

impl Recorder<'_> {
    /// What the case expects: what the rules say of it.
    pub(super) fn expected(&self, seen: &Said) -> Vec<(&'static str, Value)> {
        let mut expected = Vec::new();
        if !seen.fired.is_empty() {
            expected.push(("fires", json!(seen.fired)));
        }
        if let Some(rule) = self.rule.filter(|rule| !seen.fired.iter().any(|own| own == rule)) {
            expected.push(("silent", json!([rule])));
        }
        if !seen.fixed.is_empty() {
            let fixed: Map<String, Value> =
                seen.fixed.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
            expected.push(("fixed", Value::Object(fixed)));
        }
        expected.push(("held", json!(seen.held)));
        let (category, owner) = &seen.first;
        let matters = !seen.held.is_empty() || self.input.stage >= Stage::Categorize;
        if matters && !category.is_empty() {
            expected.push(("category", json!(category)));
        }
        if matters && !owner.is_empty() {
            expected.push(("owner", json!(owner)));
        }
        expected
    }

    /// What the case is called; with a number when the pack has one of that name.
    pub(super) fn name(&self, seen: &Said, pack: &str, files: &[SourceFile]) -> Text {
        let stage = self.input.stage.as_str();
        let what = match (self.rule, seen.fired.as_slice()) {
            (Some(rule), fired) if fired.iter().any(|own| own == rule) => format!("{rule} fires"),
            (Some(rule), _) => format!("{rule} stays silent"),
            (None, []) => format!("nothing fires at {stage}"),
            (None, [one]) => format!("{one} fires"),
            (None, [one, other]) => format!("{one} and {other} fire"),
            (None, [one, others @ ..]) => format!("{one} and {} others fire", others.len()),
        };
        let is_case = |file: &&SourceFile| FileKind::of(&file.path) == FileKind::Cases { pack };
        let cases: Vec<&str> = files.iter().filter(is_case).map(|file| &*file.text).collect();
        let is_taken = |name: &str| cases.iter().any(|text| text.contains(name));
        let name = |number: usize| match number {
            1 => format!("from a claim, {what}"),
            _ => format!("from a claim ({number}), {what}"),
        };
        (1..10_000).map(name).find(|name| !is_taken(name)).unwrap_or_else(|| name(1)).into()
    }

    /// What whoever takes the case should know.
    pub(super) fn notes(
        &self,
        generation: &Generation,
        pack: &str,
        manner: Manner,
        seen: &Said,
    ) -> Vec<String> {
        let mut notes = Vec::new();
        if manner.days == 0 && self.input.claim.service_date().is_some() {
            notes.push(
                "the dates of service are the claim's own: moved by weeks, other rules would fire".to_owned(),
            );
        }
        if manner.own_npis {
            notes.push("the NPIs are the claim's own: with others, other rules would fire".to_owned());
        }
        let (fired, _) = self.original();
        for rule in fired.iter().filter(|rule| !seen.fired.contains(rule)) {
            notes.push(format!("`{rule}` fires on the claim, and not on the case"));
        }
        for rule in seen.fired.iter().filter(|rule| !fired.contains(rule)) {
            notes.push(format!("`{rule}` fires on the case, and not on the claim"));
        }
        let live = live_fired(generation, self.input);
        for rule in live.iter().filter(|rule| !fired.contains(rule)) {
            notes.push(format!(
                "`{rule}` fires on the claim as well; the cases of `{pack}` are tried without its pack"
            ));
        }
        for rule in fired.iter().filter(|rule| !live.contains(rule)) {
            notes.push(format!(
                "`{rule}` fires in the case; on claims it does not act, as the practice decides"
            ));
        }
        notes
    }
}

/// The rules that act on the claim as the practice has them.
fn live_fired(generation: &Generation, input: &RuleInput<'_>) -> Vec<Text> {
    let mut fired = fired(&generation.rules().explain(input));
    let errors = generation.rules().evaluate(input).findings;
    fired.extend(errors.into_iter().filter(|own| own.level == Level::Error).map(|own| own.rule));
    fired.dedup();
    fired
}
