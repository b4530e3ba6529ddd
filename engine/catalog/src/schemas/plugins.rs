//! The schema of plugins.

use claimflow_core::ValueType;
use serde_json::{Map, Value, json};

use super::parts::{any_keys, form, group, list, reference, root, text, whole, word};
use crate::plugins::{ClaimPart, RegisterName};

/// How a value is called in scripts and guards.
const WORD: &str = "^[a-z][a-z0-9_]*$";

/// The schema of `plugin.yaml`.
pub(super) fn plugin() -> Value {
    let schema = group(
        "A plugin: steps that a workflow can name, what they take and give, and what they may use.",
        &["name", "version", "actions"],
        vec![
            ("name", form("Its name, as its folder's: small letters, digits, hyphens.", "^[a-z0-9-]+$")),
            ("version", form("Its version, as `1.0.0`.", "^\\d+\\.\\d+\\.\\d+$")),
            ("about", text("What it is for, in a sentence.")),
            (
                "actions",
                named(
                    "Its steps, by name: a workflow says `do: NAME.ACTION`.",
                    "^[a-z0-9-]+$",
                    &reference("action"),
                ),
            ),
            (
                "settings",
                named(
                    "What `claimflow.yaml` can set for it: names and kinds.",
                    WORD,
                    &kind("A kind of value."),
                ),
            ),
            ("grants", grants()),
            ("limits", limits()),
        ],
    );
    let definitions = [("action", action()), ("value", value())];
    let definitions: Map<String, Value> =
        definitions.into_iter().map(|(name, own)| (name.to_owned(), own)).collect();
    root("claimflow plugin", schema, definitions)
}

/// Any keys of that form, each with the same kind of value.
fn named(about: &str, form: &str, value: &Value) -> Value {
    let mut schema = any_keys(about, value);
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("propertyNames".to_owned(), json!({ "pattern": form }));
    }
    schema
}

fn kind(about: &str) -> Value {
    word(about, ValueType::ALL.map(ValueType::as_str))
}

fn action() -> Value {
    group(
        "A step that a workflow can name.",
        &[],
        vec![
            ("about", text("What it does, in a sentence.")),
            ("function", text("The function of the script; left out: the action's name with `_` for `-`.")),
            ("inputs", named("What it takes: names and kinds.", WORD, &reference("value"))),
            (
                "outputs",
                named(
                    "What it gives: names and kinds. What it can come out as stands under `outcomes`.",
                    WORD,
                    &reference("value"),
                ),
            ),
            (
                "outcomes",
                list("What it can come out as, as guards see it.", &text("An outcome, as `found`.")),
            ),
        ],
    )
}

/// `money`, or `{ type: money, optional: true }`.
fn value() -> Value {
    let whole = group(
        "A value.",
        &["type"],
        vec![
            ("type", kind("Its kind.")),
            ("optional", json!({ "type": "boolean", "description": "True when it can be left out." })),
            ("about", text("What it is.")),
        ],
    );
    json!({ "anyOf": [kind("A kind of value."), whole] })
}

fn grants() -> Value {
    let parts = word("A part of the claim.", ClaimPart::ALL.map(ClaimPart::as_str));
    let registers = word("A register.", RegisterName::ALL.map(RegisterName::as_str));
    let secret =
        form("A name, as `API_TOKEN`; where the secret is stands in `claimflow.yaml`.", "^[A-Z0-9_]+$");
    group(
        "What it may use; nothing that is not named here.",
        &[],
        vec![
            ("claim", list("Parts of the claim that it sees.", &parts)),
            ("registers", list("Registers that it reads.", &registers)),
            (
                "http",
                list(
                    "Hosts that it talks to, as `api.example.com` (https) or `http://127.0.0.1:8080`.",
                    &text("A host."),
                ),
            ),
            (
                "files",
                list(
                    "Folders of the practice that it writes into.",
                    &form("The name of a folder, as `letters`.", "^[A-Za-z0-9_-]+/?$"),
                ),
            ),
            ("secrets", list("Secrets that it hands on in a header.", &secret)),
        ],
    )
}

fn limits() -> Value {
    let most = |about: &str, most: u64| {
        let mut schema = whole(about, 1);
        if let Some(fields) = schema.as_object_mut() {
            fields.insert("maximum".to_owned(), json!(most));
        }
        schema
    };
    let largest = claimflow_rules::plugin::PLUGIN_TEXT as u64;
    group(
        "How much it may take.",
        &[],
        vec![
            (
                "time",
                form(
                    "The longest call, waiting for hosts included, as `10s`; at most two minutes.",
                    "^\\d+[smhdw]$",
                ),
            ),
            ("operations", most("The most operations of a call.", 10_000_000)),
            ("answer-bytes", most("The largest answer of a host.", largest)),
            ("at-once", most("How many calls are under way at once.", 32)),
        ],
    )
}
