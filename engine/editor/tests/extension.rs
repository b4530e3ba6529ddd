//! The VS Code extension says what the catalogue says, and what it names is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use claimflow_core::{Stage, Subject};
use claimflow_rules::{CLAUSES, ClauseKind, objects};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors/vscode")
}

fn json(path: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path} is not JSON: {error}"))
}

const GRAMMAR: &str = "syntaxes/claimflow-rules.tmLanguage.json";

/// The words between the last brackets of a pattern of the grammar, as `(scrub|route)`.
fn words(grammar: &Value, name: &str) -> BTreeSet<String> {
    let pattern =
        grammar["repository"][name]["match"].as_str().unwrap_or_else(|| panic!("no pattern {name}"));
    let lists = pattern.split('(').filter_map(|part| part.split_once(')')).map(|(list, _)| list);
    let list = lists.max_by_key(|list| list.matches('|').count()).unwrap_or_default();
    list.split('|').map(str::to_owned).collect()
}

fn same<'w>(grammar: &Value, name: &str, known: impl IntoIterator<Item = &'w str>) {
    let known: BTreeSet<String> = known.into_iter().map(str::to_owned).collect();
    assert_eq!(words(grammar, name), known, "the grammar's `{name}` is not what the catalogue says");
}

#[test]
fn the_grammar_knows_the_words_of_the_catalogue() {
    let grammar = json(GRAMMAR);
    let of = |kind: ClauseKind| CLAUSES.iter().filter(move |own| own.kind == kind).map(|own| own.keyword);
    same(&grammar, "about", of(ClauseKind::About));
    same(&grammar, "scope", of(ClauseKind::Scope));
    same(&grammar, "outcomes", of(ClauseKind::Outcome));
    same(&grammar, "details", of(ClauseKind::Detail));
    same(&grammar, "stage", Stage::ALL.iter().map(|stage| stage.as_str()));
    same(&grammar, "subject", Subject::ALL.iter().map(|subject| subject.as_str()));
    same(&grammar, "objects", objects().iter().copied().filter(|object| has_fields(object)));
}

/// Words of the catalogue that stand before a point.
fn has_fields(object: &str) -> bool {
    claimflow_rules::catalogue().iter().any(|entry| entry.path.starts_with(&format!("{object}.")))
}

#[test]
fn every_part_of_the_grammar_is_there_and_used() {
    let grammar = json(GRAMMAR);
    let text = grammar.to_string();
    let used: BTreeSet<&str> =
        text.split("\"include\":\"#").skip(1).filter_map(|part| part.split('"').next()).collect();
    let there: BTreeSet<&str> =
        grammar["repository"].as_object().expect("a repository").keys().map(String::as_str).collect();
    assert_eq!(used, there);
    assert_eq!(json("package.json")["contributes"]["grammars"][0]["scopeName"], grammar["scopeName"]);
}

/// Every text of the manifest that is a path within the extension.
fn paths(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("./") => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| paths(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| paths(field, found)),
        _ => {}
    }
}

#[test]
fn what_the_manifest_names_is_there() {
    let manifest = json("package.json");
    let mut found = Vec::new();
    paths(&manifest, &mut found);
    assert!(found.len() >= 8, "{found:?}");
    for path in &found {
        if path.ends_with(".json") {
            json(path);
        } else {
            assert!(folder().join(path).is_file(), "{path} is not there");
        }
    }
    let language = &manifest["contributes"]["languages"][0]["id"];
    let server = std::fs::read_to_string(folder().join("extension.js")).expect("the extension is there");
    assert!(server.contains(&format!("language: {language}")));
    assert!(server.contains(r#"args: ["rules", "lsp"]"#));
    assert!(server.contains("require(\"vscode-languageclient/node\")"));
    assert!(manifest["dependencies"]["vscode-languageclient"].is_string());
}

#[test]
fn a_rule_from_a_snippet_can_be_read() {
    let snippets = json("snippets/rules.json");
    for (name, snippet) in snippets.as_object().expect("snippets by name") {
        let lines = snippet["body"].as_array().expect("lines").iter();
        let body: Vec<&str> = lines.filter_map(Value::as_str).collect();
        let text = filled(&body.join("\n")) + "\n";
        let made =
            claimflow_rules::format_rules(name, &text).unwrap_or_else(|faults| panic!("{text}{faults:?}"));
        assert_eq!(made, text, "{name} is in the one look");
    }
}

/// A snippet's text with its first choices and defaults, as an editor fills it in.
fn filled(body: &str) -> String {
    let mut text = String::new();
    let mut rest = body;
    while let Some(at) = rest.find(['$', '\\']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        rest = match from.strip_prefix("${") {
            Some(inner) => {
                let (slot, after) = slot(inner);
                text.push_str(&slot);
                after
            }
            None => {
                let mut kept = from.chars();
                kept.next();
                text.extend(kept.next());
                kept.as_str()
            }
        };
    }
    text + rest
}

/// The default of `1:DEFAULT}` or the first of `1|A,B|}`, and what follows.
fn slot(inner: &str) -> (String, &str) {
    let inner = inner.trim_start_matches(|c: char| c.is_ascii_digit());
    if let Some(choices) = inner.strip_prefix('|') {
        let (list, after) = choices.split_once("|}").expect("choices end");
        return (list.split(',').next().unwrap_or_default().to_owned(), after);
    }
    let inner = inner.strip_prefix(':').expect("a default");
    let (mut text, mut escaped) = (String::new(), false);
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => {
                text.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '}' => return (text, inner.get(at + 1..).unwrap_or_default()),
            _ => text.push(c),
        }
    }
    (text, "")
}
