//! What can be written at a place of a workflow, and what its words mean.

use std::ops::Range;

use claimflow_catalog::YamlKind;
use claimflow_core::Text;
use claimflow_core::workflow::{ACTIONS, ActionSpec, EVENTS, GUARD_VARIABLES, claim_fields};
use claimflow_rules::Word;

use super::page::{Named, Page, Place};
use crate::workspace::Checked;

/// Something that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) label: String,
    pub(super) insert: String,
    /// What it is, in a word.
    pub(super) kind: &'static str,
    /// What it means; may be empty.
    pub(super) about: String,
}

impl Offer {
    fn new(kind: &'static str, label: impl Into<String>, about: impl Into<String>) -> Self {
        let label = label.into();
        Self { insert: label.clone(), label, kind, about: about.into() }
    }
}

/// What can be written at a place.
pub(super) fn offers(page: &Page<'_>, place: &Place<'_>, checked: &Checked) -> Vec<Offer> {
    match place {
        Place::Key { in_state } => keys(*in_state),
        Place::Value { key } => values(key, page, checked),
        Place::Expression { asks: Some("event"), .. } => events(),
        Place::Expression { asks: Some("outcome"), .. } => outcomes(page, checked),
        Place::Expression { asks: Some("category"), .. } => words("category", &checked.around.categories),
        Place::Expression { asks: Some("payer"), .. } => words("payer", &checked.around.payers),
        Place::Expression { asks: Some(_), .. } => Vec::new(),
        Place::Expression { .. } => readable(page),
    }
}

fn values(key: &str, page: &Page<'_>, checked: &Checked) -> Vec<Offer> {
    match key {
        "to" | "else" | "on-error" | "start" | "history" => {
            page.states.iter().map(|own| Offer::new("state", own.name, summary(own))).collect()
        }
        "do" => actions(checked),
        "call" => checked.workflows().into_iter().map(|name| Offer::new("workflow", name, "")).collect(),
        "for" | "resume" | "reopen" => events(),
        "owner" | "escalate-to" => words("owner", &checked.around.owners),
        "category" => words("category", &checked.around.categories),
        _ => Vec::new(),
    }
}

fn events() -> Vec<Offer> {
    EVENTS.iter().map(|event| Offer::new("event", *event, "")).collect()
}

fn words(kind: &'static str, known: &[Word]) -> Vec<Offer> {
    known.iter().map(|word| Offer::new(kind, word.name.as_str(), word.meaning.as_str())).collect()
}

/// Every action with what it does; one of a plugin is written with what it must be given.
fn actions(checked: &Checked) -> Vec<Offer> {
    let stages =
        ACTIONS.iter().map(|own| Offer::new("action", own.name, stage_words(own.does, own.outcomes)));
    let plugins = checked.actions.iter().map(|own| {
        let needed = own.inputs.iter().filter(|slot| slot.required);
        let needed: Vec<String> = needed.map(|slot| format!("{}: ", slot.name)).collect();
        let offer = Offer::new("action", own.name.as_str(), plugin_words(own));
        if needed.is_empty() {
            return offer;
        }
        Offer { insert: format!("{}\n    input: {{ {}}}", own.name, needed.join(", ")), ..offer }
    });
    stages.chain(plugins).collect()
}

fn stage_words(does: &str, outcomes: &[&str]) -> String {
    format!("{does}; comes out as {}", ticked(outcomes.iter().copied()))
}

fn plugin_words(own: &ActionSpec) -> String {
    let mut about = own.does.to_string();
    for (title, slots) in [("Takes", &own.inputs), ("Gives", &own.outputs)] {
        if !slots.is_empty() {
            about.push_str(&format!("\n\n{title}:"));
        }
        for slot in slots {
            let free = if slot.required { "" } else { ", may be left out" };
            about.push_str(&format!("\n- `{}`, {}{free}", slot.name, slot.kind.as_str()));
            if !slot.about.is_empty() {
                about.push_str(&format!(": {}", slot.about));
            }
        }
    }
    if !own.outcomes.is_empty() {
        about.push_str(&format!("\n\nComes out as {}", ticked(own.outcomes.iter().map(Text::as_str))));
    }
    about
}

fn ticked<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Every outcome that an action of this workflow can have.
fn outcomes(page: &Page<'_>, checked: &Checked) -> Vec<Offer> {
    let done = |name: &str| page.states.iter().any(|own| value_of(own, "do") == Some(name));
    let stages = ACTIONS.iter().filter(|own| done(own.name));
    let stages = stages.flat_map(|own| own.outcomes.iter().map(|out| (*out, own.name)));
    let plugins = checked.actions.iter().filter(|own| done(&own.name));
    let plugins = plugins.flat_map(|own| own.outcomes.iter().map(|out| (out.as_str(), own.name.as_str())));
    let mut found: Vec<Offer> = Vec::new();
    for (outcome, action) in stages.chain(plugins) {
        if found.iter().all(|own| own.label != outcome) {
            found.push(Offer::new("outcome", outcome, format!("of `{action}`")));
        }
    }
    found
}

/// What guards and expressions can read, the workflow's own variables first.
fn readable(page: &Page<'_>) -> Vec<Offer> {
    let own = page.variables.iter().map(|own| Offer::new("variable", own.name, declared(own)));
    let of_way = GUARD_VARIABLES.iter().map(|(name, kind)| Offer::new("variable", *name, kind.as_str()));
    let of_claim = claim_fields().map(|(name, kind)| Offer::new("variable", name, kind.as_str()));
    own.chain(of_way).chain(of_claim).collect()
}

fn declared(own: &Named<'_>) -> String {
    let value = own.body.lines().next().unwrap_or_default();
    let value = value.split(" #").next().unwrap_or_default().trim();
    format!("a variable of this workflow; at first `{value}`")
}

/// The keys of the language, with what the schema says of each.
fn keys(in_state: bool) -> Vec<Offer> {
    let schema = YamlKind::Workflow.schema();
    let pointer = if in_state { "/definitions/state/properties" } else { "/properties" };
    let known = schema.pointer(pointer).and_then(|own| own.as_object());
    let about = |own: &serde_json::Value| own["description"].as_str().unwrap_or_default().to_owned();
    let offer = |(key, own): (&String, &serde_json::Value)| Offer {
        insert: format!("{key}: "),
        ..Offer::new("key", key.as_str(), about(own))
    };
    known.into_iter().flatten().map(offer).collect()
}

/// What a word of a workflow means, in Markdown.
pub(super) fn meaning(page: &Page<'_>, word: &Range<usize>, checked: &Checked) -> Option<String> {
    let name = page.text.get(word.clone())?;
    let (place, _) = page.place(word.start);
    if page.text.get(word.end..).is_some_and(|after| after.starts_with(':')) {
        let defined = page.states.iter().find(|own| own.range.start == word.start);
        return match defined {
            Some(state) => Some(format!("**{name}**: state\n\n{}", summary(state))),
            None => key_meaning(name),
        };
    }
    let found = offers(page, &place, checked).into_iter().find(|own| own.label == name);
    let found = found.or_else(|| readable(page).into_iter().find(|own| own.label == name));
    found.map(|own| format!("**{name}**: {}\n\n{}", own.kind, own.about).trim_end().to_owned())
}

fn key_meaning(key: &str) -> Option<String> {
    const GROUPS: [&str; 6] = [
        "/definitions/state/properties",
        "/properties",
        "/definitions/wait/properties",
        "/definitions/work_item/properties",
        "/definitions/retry/properties",
        "/definitions/transition/properties",
    ];
    let schema = YamlKind::Workflow.schema();
    let found = GROUPS.iter().find_map(|group| schema.pointer(group)?.get(key))?;
    Some(format!("**{key}**\n\n{}", found["description"].as_str()?))
}

/// What a state does, as far as its text tells.
fn summary(state: &Named<'_>) -> String {
    let does = ["do", "call", "wait", "work-item", "final"].into_iter().find_map(|key| {
        let value = value_of(state, key)?;
        Some(match key {
            "do" => format!("does `{value}`"),
            "call" => format!("goes through the workflow `{value}`"),
            "wait" => "waits".to_owned(),
            "work-item" => "a person acts".to_owned(),
            _ => "the end".to_owned(),
        })
    });
    let does = does.unwrap_or_else(|| "only chooses".to_owned());
    match value_of(state, "note") {
        Some(note) => format!("{does}: {note}"),
        None => does,
    }
}

/// The value that a key has in a state, in the same line.
fn value_of<'t>(state: &Named<'t>, key: &str) -> Option<&'t str> {
    state.body.lines().find_map(|line| {
        let line = line.trim_start().trim_start_matches('{').trim_start();
        let value = line.strip_prefix(key)?.strip_prefix(':')?;
        Some(value.split(['#', ',', '}']).next().unwrap_or_default().trim())
    })
}
