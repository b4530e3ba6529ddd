//! The page, the data and the schemas in docs/ are what the catalogue says. `CLAIMFLOW_UPDATE=1` writes them anew.

mod common;

use std::path::Path;

use claimflow_core::{Stage, Subject};
use claimflow_rules::{
    CLAUSES, Clause, ClauseKind, Entry, EntryKind, FUNCTIONS, Layer, OPERATORS, PackSource, Takes, Type,
    catalogue, catalogue_json, catalogue_json_schema, compile, objects, outcome_allowed, reference_markdown,
    rule_input_json_schema, subject_exists,
};
use common::{pack, table, vocabulary};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;

fn documented(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("CLAIMFLOW_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("docs/ is a folder")).expect("docs can be written");
        std::fs::write(&path, made).expect("docs can be written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == made, "docs/{name} is out of date: run this test with CLAIMFLOW_UPDATE=1");
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("it is JSON") + "\n"
}

#[test]
fn the_documents_are_what_the_catalogue_says() {
    documented("rule-reference.md", &reference_markdown());
    documented("schemas/catalogue.json", &pretty(&catalogue_json()));
    documented("schemas/catalogue.schema.json", &pretty(&catalogue_json_schema()));
    documented("schemas/rule-input.schema.json", &pretty(&rule_input_json_schema()));
}

fn stage_of(subject: Subject) -> &'static str {
    let late = !subject_exists(subject, Stage::Scrub);
    if late { "categorize" } else { "scrub" }
}

fn rule(subject: Subject, clauses: &str) -> String {
    format!(
        "rule \"X\" {{\n    title \"t\"\n    because \"b\"\n    stage {}\n    each {}\n    {clauses}\n}}\n",
        stage_of(subject),
        subject.as_str()
    )
}

/// Codes of the faults of a base pack with that text, and with a table of limits.
fn faults(text: &str) -> Vec<String> {
    let pack = PackSource {
        tables: vec![table("limits", &["code", "units"], &[&["90837", "1"]])],
        ..pack("base", Layer::Base, text)
    };
    let found = compile(&[pack], &vocabulary()).diagnostics;
    found.into_iter().map(|own| format!("{} {}", own.code, own.message)).collect()
}

fn use_of(entry: &Entry) -> String {
    match entry.kind {
        EntryKind::Action => format!("when true\n    fix {}", entry.example),
        _ => format!("when {}\n    note", entry.example),
    }
}

/// Faults of an example that are about what it uses, and not about a guard or a constant that an example leaves out.
fn wrong(text: &str) -> Vec<String> {
    faults(text).into_iter().filter(|own| !own.starts_with("R043") && !own.starts_with("R045")).collect()
}

#[test]
fn each_example_is_sound_for_each_subject_that_has_it_and_for_no_other() {
    let named = |example: &str, object: &str| {
        example.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == object)
    };
    let mut wrong_ones = Vec::new();
    for entry in catalogue() {
        for subject in Subject::ALL {
            // The example may name other objects as well, which this subject lacks.
            let lacks_another = catalogue().iter().any(|other| {
                other.object() != entry.object()
                    && !catalogue().iter().any(|own| own.object() == other.object() && own.usable_in(subject))
                    && named(entry.example, other.object())
            });
            if lacks_another {
                continue;
            }
            let text = rule(subject, &use_of(entry));
            let found = wrong(&text);
            let sound = found.is_empty();
            let refused = found.iter().any(|own| own.starts_with("R022"));
            if if entry.usable_in(subject) { !sound } else { !refused } {
                wrong_ones.push(format!("{} for each {}: {found:?}", entry.path, subject.as_str()));
            }
        }
    }
    assert!(wrong_ones.is_empty(), "{wrong_ones:#?}");
}

#[test]
fn each_function_and_operator_example_is_sound() {
    let examples = FUNCTIONS.iter().map(|own| own.example).chain(OPERATORS.iter().map(|own| own.example));
    for example in examples {
        let text = rule(Subject::Claim, &format!("when {example}\n    note"));
        assert_eq!(wrong(&text), Vec::<String>::new(), "{example}");
    }
}

fn with_clause(clause: &Clause, subject: Subject) -> String {
    let given = ["title", "because", "stage", "each"];
    let mut clauses = Vec::new();
    if clause.keyword != "when" {
        clauses.push("when line.known && line.units > 1".to_owned());
    }
    if clause.kind != ClauseKind::Outcome {
        clauses.push("note".to_owned());
    }
    if !given.contains(&clause.keyword) {
        clauses.push(clause.example.to_owned());
    }
    rule(subject, &clauses.join("\n    "))
}

#[test]
fn each_clause_example_is_sound_and_unknown_clauses_are_refused() {
    for clause in CLAUSES.iter().filter(|clause| clause.takes != Takes::RuleId) {
        let subject =
            if outcome_allowed(clause.keyword, Subject::Line) { Subject::Line } else { Subject::Denial };
        assert_eq!(wrong(&with_clause(clause, subject)), Vec::<String>::new(), "{}", clause.keyword);
        if clause.kind == ClauseKind::Outcome && !outcome_allowed(clause.keyword, Subject::Line) {
            assert!(wrong(&with_clause(clause, Subject::Line)).iter().any(|own| own.starts_with("R034")));
        }
    }
    assert!(
        faults(&rule(Subject::Line, "when true\n    holdd coding")).iter().any(|own| own.starts_with("R008"))
    );
}

#[test]
fn texts_of_a_pattern_are_possible_codes() {
    let mut runner = TestRunner::deterministic();
    for entry in catalogue().iter().filter(|entry| entry.ty == Type::Text) {
        let Some(pattern) = entry.shape.pattern() else { continue };
        let texts = proptest::string::string_regex(pattern).expect("the pattern is a regular expression");
        for _ in 0..50 {
            let text = texts.new_tree(&mut runner).expect("a text").current();
            let subject = entry.subjects[0];
            let found = wrong(&rule(subject, &format!("when {} == \"{text}\"\n    note", entry.path)));
            assert_eq!(found, Vec::<String>::new(), "{} == {text}", entry.path);
        }
    }
}

#[test]
fn the_data_fits_its_schema() {
    let (data, schema) = (catalogue_json(), catalogue_json_schema());
    fits(&schema, &schema, &data, "catalogue");
    for subject in data["subjects"].as_array().unwrap() {
        for path in subject["fields"].as_array().unwrap().iter().chain(subject["actions"].as_array().unwrap())
        {
            assert!(data["entries"].as_array().unwrap().iter().any(|entry| entry["path"] == *path));
        }
    }
}

/// Checks the parts of JSON Schema that the catalogue's schema uses.
fn fits(root: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let own = &root["definitions"][name.trim_start_matches("#/definitions/")];
        assert!(own.is_object(), "{at}: no {name}");
        return fits(root, own, value, at);
    }
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{at}: {value} is none of {words:?}");
    }
    match schema["type"].as_str() {
        Some("string") => assert!(value.is_string(), "{at}: {value}"),
        Some("boolean") => assert!(value.is_boolean(), "{at}: {value}"),
        Some("array") => {
            for (place, item) in value.as_array().expect(at).iter().enumerate() {
                fits(root, &schema["items"], item, &format!("{at}[{place}]"));
            }
        }
        Some("object") => {
            let object = value.as_object().expect(at);
            for name in schema["required"].as_array().expect("required") {
                assert!(object.contains_key(name.as_str().expect("a name")), "{at} lacks {name}");
            }
            for (name, inner) in object {
                let own = &schema["properties"][name];
                assert!(own.is_object(), "{at} has {name}");
                fits(root, own, inner, &format!("{at}.{name}"));
            }
        }
        _ => {}
    }
}

#[test]
fn the_input_schema_names_every_field() {
    let schema = rule_input_json_schema();
    for object in objects() {
        assert!(schema["properties"][object].is_object(), "{object}");
    }
    for entry in catalogue().iter().filter(|entry| entry.kind == EntryKind::Field && entry.path.contains('.'))
    {
        let field = &schema["properties"][entry.object()]["properties"][entry.name()];
        assert_eq!(field["description"], entry.meaning, "{}", entry.path);
        let null = field["type"].as_array().is_some_and(|types| types.iter().any(|ty| ty == "null"));
        assert!(null || !entry.nullable, "{}", entry.path);
    }
}
