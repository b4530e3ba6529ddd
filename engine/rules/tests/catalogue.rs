//! The catalogue cannot drift: each entry's example compiles, and reads the same natively and in a script.

mod common;

use std::fmt::Write as _;

use claimflow_core::{Stage, Subject};
use claimflow_rules::{Entry, EntryKind, Layer, Type, catalogue, compile, objects};
use common::{adjustment, pack, vocabulary, world};
use proptest::prelude::*;

fn subject(entry: &Entry) -> Subject {
    entry.subjects.iter().copied().find(|subject| *subject != Subject::Claim).unwrap_or(Subject::Claim)
}

fn stage(subject: Subject) -> &'static str {
    if matches!(subject, Subject::Adjustment | Subject::Denial) { "categorize" } else { "scrub" }
}

/// A rule that uses the example, plainly or within a function that only Rhai can run.
fn rule_of(entry: &Entry, scripted: bool) -> String {
    let subject = subject(entry);
    let (clause, function) = match (entry.kind, scripted) {
        (EntryKind::Action, _) => (format!("when true\nfix {}", entry.example), String::new()),
        (_, false) => (format!("when {}\nnote", entry.example), String::new()),
        (_, true) => {
            ("when f()\nnote".to_owned(), format!("fn f() {{ let answer = {}; answer }}\n", entry.example))
        }
    };
    format!(
        "{function}rule \"X\" {{\ntitle \"t\"\nbecause \"b\"\nstage {}\neach {}\n{clause}\n}}\n",
        stage(subject),
        subject.as_str()
    )
}

#[test]
fn each_example_compiles_and_reads_the_same_both_ways() {
    let mut world = world();
    world.adjustments = vec![adjustment(1, "CO", "197", &["N130"])];
    for entry in catalogue() {
        let mut answers = Vec::new();
        for scripted in [false, true] {
            let text = rule_of(entry, scripted);
            let compiled = compile(&[pack("base", Layer::Base, &text)], &vocabulary());
            assert!(!compiled.has_errors(), "{}: {:#?}\n{text}", entry.path, compiled.diagnostics);
            let stage = Stage::parse(stage(subject(entry))).unwrap();
            let evaluation = world.evaluate(&compiled.rules, stage);
            answers.push(
                evaluation.findings.iter().map(|own| (own.level, own.values.clone())).collect::<Vec<_>>(),
            );
        }
        assert_eq!(answers[0], answers[1], "{}", entry.path);
    }
}

#[test]
fn the_reference_is_what_it_was() {
    let mut text = String::new();
    for object in objects() {
        let _ = writeln!(text, "{object}");
        for entry in catalogue().iter().filter(|entry| entry.object() == *object) {
            let arguments: Vec<&str> = entry.arguments.iter().map(|own| own.name).collect();
            let call = if entry.kind == EntryKind::Field {
                String::new()
            } else {
                format!("({})", arguments.join(", "))
            };
            let ty = if entry.ty == Type::Nothing { "action" } else { entry.ty.as_str() };
            let marks =
                [(entry.nullable, "?"), (entry.private, " private"), (!entry.set_by.is_empty(), " settable")];
            let marks: String = marks.iter().filter(|mark| mark.0).map(|mark| mark.1).collect();
            let _ = writeln!(text, "  {}{call}: {ty}{marks}", entry.path);
        }
    }
    insta::assert_snapshot!("reference", text);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// No text makes the checker panic, and only rules without faults come out of it.
    #[test]
    fn any_text_is_checked(
        cuts in prop::collection::vec((0_usize..1600, 0_usize..30, "[\\PC\n]{0,6}|[\"{}()\\[\\];$`“”]"), 1..6)
    ) {
        let mut text: Vec<char> = common::DESIGN.chars().collect();
        for (at, length, with) in cuts {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, with.chars());
        }
        let text: String = text.into_iter().collect();
        let compiled = compile(&[pack("base", Layer::Base, &text)], &vocabulary());
        let world = world();
        for stage in Stage::ALL {
            compiled.rules.evaluate(&world.input(stage));
            compiled.rules.explain(&world.input(stage));
        }
    }
}
