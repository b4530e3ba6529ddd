//! Schemas of workflows, packs, and what a practice decides about rules.

use claimflow_core::ValueType;
use claimflow_core::workflow::{ACTIONS, EVENTS};
use claimflow_rules::{Enforcement, Layer, Mode};
use serde_json::{Map, Value, json};

use super::parts::{
    any_keys, date, defined, form, group, list, one_or_list, reference, root, span, text, whole, word,
};
use crate::settings::DEFAULT_OWNERS;

const DUE: &str = "^\\s*\\d+(\\s+(business_days?|business_hours?|days?)|[smhdw])\\s*$";

fn definitions<const N: usize>(named: [(&str, Value); N]) -> Map<String, Value> {
    named.into_iter().map(|(name, own)| (name.to_owned(), own)).collect()
}

/// A word for which some are known, and others may be.
fn known_word<'w>(about: &str, words: impl IntoIterator<Item = &'w str>) -> Value {
    let words: Vec<&str> = words.into_iter().collect();
    json!({ "description": about, "anyOf": [{ "enum": words }, { "type": "string" }] })
}

fn owner(about: &str) -> Value {
    known_word(about, DEFAULT_OWNERS.iter().map(|(owner, _)| *owner))
}

pub(super) fn workflow() -> Value {
    let schema = group(
        "A claim's life as states that follow each other.",
        &["workflow", "version", "start", "states"],
        vec![
            ("workflow", form("Its name, as its folder's: small letters, digits, hyphens.", "^[a-z0-9-]+$")),
            ("version", whole("Its version. Claims stay on the version they began with.", 1)),
            ("start", text("The state in which new claims begin.")),
            ("history", text("The state in which claims begin that another system has submitted already.")),
            (
                "takes",
                any_keys(
                    "What a workflow that calls this one gives: names with a kind or a default.",
                    &variable(),
                ),
            ),
            (
                "variables",
                any_keys("What it remembers of a claim: names with a kind or a first value.", &variable()),
            ),
            ("states", any_keys("The states by name.", &reference("state"))),
        ],
    );
    let named = [
        ("state", state()),
        ("retry", retry()),
        ("wait", wait()),
        ("work_item", work_item()),
        ("transition", transition()),
    ];
    root("claimflow workflow", schema, definitions(named))
}

fn state() -> Value {
    group(
        "A state: it does something (`do`), waits (`wait`), is a person's turn (`work-item`), ends (`final`), or only chooses (`then`).",
        &[],
        vec![
            ("do", known_word("What is done on entering.", ACTIONS.iter().map(|action| action.name))),
            ("call", text("The workflow that the claim goes through, and comes back from at its end.")),
            (
                "input",
                any_keys("What the action or the workflow takes: names and expressions.", &expression()),
            ),
            (
                "keep",
                any_keys(
                    "Variables that take what comes back: own name, and the name of what comes.",
                    &text("Its name."),
                ),
            ),
            ("retry", defined("How often and when it is tried again after a failure.", "retry")),
            ("timeout", span("How long an attempt may take, as `30s`; left out: an hour.")),
            ("on-error", text("The state that follows when the action has failed for good.")),
            ("wait", defined("What is waited for, and how long.", "wait")),
            ("work-item", defined("What a person is asked.", "work_item")),
            ("final", json!({ "const": true, "description": "The claim's way ends here." })),
            ("reopen", events("The events that reopen a claim that has ended.")),
            (
                "then",
                list("Where it goes: the first transition whose guard holds.", &reference("transition")),
            ),
            ("result", text("The outcome that a workflow which called sees; left out: the state's name.")),
            ("set", any_keys("Variables set on entry: names and expressions.", &expression())),
            ("note", text("A few words for the timeline; `${name}` stands for a value.")),
        ],
    )
}

/// An expression. `1` and `true` need no quotes.
fn expression() -> Value {
    let about = "An expression, as `claim.charge - paid`; in quotes when it has a `:`, a `#` or a `{`.";
    json!({ "description": about, "type": ["string", "number", "boolean"] })
}

/// A kind of value, or a first value.
fn variable() -> Value {
    let kinds = ValueType::ALL.map(ValueType::as_str);
    let about =
        "A kind (`text`, `number`, `money`, `date`, `bool`), or a first value as `0`, `0.00` or `\"\"`.";
    json!({ "description": about, "anyOf": [{ "enum": kinds }, { "type": ["string", "number", "boolean"] }] })
}

fn events(about: &str) -> Value {
    one_or_list(about, &json!({ "enum": EVENTS }))
}

fn retry() -> Value {
    group(
        "How often and when it is tried again after a failure.",
        &["times"],
        vec![
            ("times", whole("How often.", 0)),
            ("first", span("How long after the first failure, as `30s`; left out: 30 seconds.")),
            ("factor", whole("How many times longer each further wait is; left out: 2.", 0)),
            ("cap", span("The longest wait, as `1h`; left out: an hour.")),
            (
                "jitter",
                form(
                    "By how much a wait may be shorter, differently for each claim, as `20%`; left out: 0%.",
                    "^\\s*\\d+\\s*%\\s*$",
                ),
            ),
        ],
    )
}

fn wait() -> Value {
    group(
        "What is waited for, and how long. No claim waits for ever.",
        &["for", "at-most", "else"],
        vec![
            ("for", events("The events that end the wait.")),
            ("at-most", form("How long, as `2d` or `3 business_days`.", DUE)),
            ("else", text("The state that follows when nothing came in time.")),
        ],
    )
}

fn work_item() -> Value {
    group(
        "What a person is asked.",
        &["resume"],
        vec![
            ("resume", events("The events that let the claim go on.")),
            ("ask", text("The question, when no rule has asked one.")),
            ("category", text("The kind of problem, when no rule has named one.")),
            ("owner", owner("Who is asked, when no rule and no routing row says.")),
            ("within", form("When it falls due, as `2 business_days` or `4 business_hours`.", DUE)),
            ("escalate-to", owner("Who gets it when it is overdue.")),
            ("pend-at-most", form("How long it may be laid aside with `claimflow pend`, as `30d`.", DUE)),
        ],
    )
}

fn transition() -> Value {
    group(
        "Where the claim goes, and when.",
        &["to"],
        vec![
            ("when", text("The guard, as `outcome == \"held\"`; the last transition has none.")),
            ("to", text("The state that follows.")),
        ],
    )
}

pub(super) fn pack() -> Value {
    let layers = [Layer::Base, Layer::Payer, Layer::Vendor, Layer::Practice].map(Layer::as_str);
    let texts = |about: &str| list(about, &text("One of them."));
    let requires = group(
        "What it builds on.",
        &[],
        vec![
            (
                "claimflow",
                form("The oldest claimflow that runs it, as `\">=0.1\"`.", "^>=\\s*\\d+(\\.\\d+)*\\s*$"),
            ),
            ("packs", texts("Packs that must be installed.")),
        ],
    );
    let schema = group(
        "A pack of rules: who it is for, and what it builds on.",
        &["name", "version", "layer"],
        vec![
            ("name", text("Its name: that of its folder.")),
            ("version", form("Its version, as `1.0.0`.", "^\\d+\\.\\d+\\.\\d+([-+].+)?$")),
            ("layer", word("Which packs it can override: those of an earlier layer.", layers)),
            ("payers", texts("Ids of the payers it is for; none: every payer.")),
            ("effective", date("First service date its rules apply to.")),
            ("expires", date("Last service date its rules apply to.")),
            ("requires", requires),
            ("owners", list("Owners that its rules name.", &owner("An owner."))),
            ("maintainers", texts("Who keeps it.")),
            ("license", text("Its licence, as `Apache-2.0 OR MIT`.")),
            ("summary", text("What it is, in one sentence.")),
            ("tables", texts("Reference tables that its rules can do without.")),
            (
                "mode",
                word(
                    "Whether its rules act where they do not say so themselves.",
                    [Mode::Live, Mode::Shadow].map(Mode::as_str),
                ),
            ),
        ],
    );
    root("claimflow pack", schema, Map::new())
}

fn mode(about: &str) -> Value {
    word(about, Mode::ALL.map(Mode::as_str))
}

pub(super) fn switches() -> Value {
    let schema = group(
        "What the practice decides about rules that it did not write.",
        &[],
        vec![
            (
                "rules",
                any_keys("Decisions by the id of the rule, or of the decision table.", &reference("rule")),
            ),
            ("packs", any_keys("Decisions by the name of the pack.", &reference("pack"))),
        ],
    );
    let common = || {
        vec![
            ("mode", mode("`live` acts, `shadow` only records what it would do, `off` does nothing.")),
            ("reason", text("Why.")),
            ("expires", date("The last day on which this holds; with `mode: off` or `enforcement`.")),
            ("by", text("Who decided it.")),
            ("on", date("When.")),
        ]
    };
    let mut of_rule = common();
    let levels = Enforcement::ALL.map(Enforcement::as_str);
    of_rule.push(("enforcement", word("How firmly it holds claims.", levels)));
    let named = [
        ("rule", group("What is decided about a rule.", &["reason"], of_rule)),
        ("pack", group("What is decided about a pack.", &["reason"], common())),
    ];
    root("claimflow decisions about rules", schema, definitions(named))
}
