//! What editors are told while a rule is written. `‸` marks the cursor.

mod common;

use std::fmt::Write as _;

use claimflow_rules::{
    CompletionKind, Definition, KnownTable, OutlinedKind, Surroundings, Word, complete, definition, hover,
    outline, rule_at,
};
use common::DESIGN;
use proptest::prelude::*;

fn word(name: &str, meaning: &str) -> Word {
    Word { name: name.into(), meaning: meaning.into() }
}

fn around() -> Surroundings {
    Surroundings {
        categories: vec![word("documentation", "The note lacks something"), word("coding", "")],
        owners: vec![word("billing", ""), word("clinician", "")],
        payers: vec![word("60054", "Aetna")],
        rules: vec![word("BH-UNITS", "A session is one unit")],
        tables: vec![KnownTable { name: "limits".into(), columns: vec!["code".into(), "units".into()] }],
    }
}

fn cut(text: &str) -> (String, usize) {
    let at = text.find('‸').expect("the text marks the cursor");
    (text.replace('‸', ""), at)
}

fn labels(text: &str) -> Vec<String> {
    let (text, at) = cut(text);
    complete(&text, at, &around()).into_iter().map(|offer| offer.label).collect()
}

fn in_rule(clauses: &str) -> String {
    format!(
        "const CODES = [\"90837\"];\nfn long(v) {{ v.minutes > 53 }}\nrule \"X\" {{\n    stage scrub\n    each line\n    {clauses}\n}}\n"
    )
}

fn has(text: &str, wanted: &[&str], unwanted: &[&str]) {
    let found = labels(text);
    for label in wanted {
        assert!(found.iter().any(|own| own == label), "{text}\nlacks {label}: {found:?}");
    }
    for label in unwanted {
        assert!(!found.iter().any(|own| own == label), "{text}\nhas {label}: {found:?}");
    }
}

#[test]
fn keywords_stand_where_a_clause_begins() {
    has("‸", &["rule", "const", "fn", "disable"], &["when"]);
    has(&in_rule("‸"), &["when", "hold", "because"], &["stage", "each", "claim", "rule"]);
    has(&in_rule("wh‸"), &["when", "hold"], &["claim"]);
    has(&in_rule("hold documentation\n    ‸"), &["hold", "when"], &["stage"]);
    has(&in_rule("warn\n    ‸"), &["because"], &["documentation"]);
    // A condition goes on after an operator, and while a bracket is open.
    has(&in_rule("when line.units > 1 &&\n    ‸"), &["claim", "visit"], &["because"]);
    has(&in_rule("when line.has_any_modifier(\n    ‸"), &["CODES"], &["because"]);
}

#[test]
fn words_follow_their_keywords() {
    has(&in_rule("hold ‸"), &["documentation", "coding"], &["billing", "claim"]);
    has(&in_rule("hold doc‸\n    because \"x\""), &["documentation"], &["claim"]);
    has(&in_rule("owner ‸"), &["billing", "clinician"], &["documentation"]);
    has("rule \"X\" {\n stage ‸\n}", &["scrub", "categorize"], &["line"]);
    has("rule \"X\" {\n each ‸\n}", &["line", "denial"], &["scrub"]);
    has(&in_rule("within 2 ‸"), &["business_days", "days"], &[]);
    has(&in_rule("codes ‸"), &["CODES"], &["claim"]);
}

#[test]
fn conditions_offer_what_the_subject_has() {
    has(
        &in_rule("when ‸"),
        &["claim", "line", "visit", "as_of", "CODES", "long", "table", "number"],
        &["denial", "diagnosis"],
    );
    has(&in_rule("when line.‸"), &["units", "has_modifier"], &["add_modifier", "minutes"]);
    has(&in_rule("when line.un‸its > 1"), &["units"], &[]);
    has(&in_rule("fix ‸"), &["line.add_modifier", "claim.set_frequency"], &["visit"]);
    has(&in_rule("fix line.‸"), &["add_modifier"], &[]);
    has("rule \"X\" {\n each claim\n when ‸\n}", &["claim"], &["line"]);
    has(&in_rule("when line.modifiers.‸"), &["contains", "any", "len"], &["starts_with"]);
    has(&in_rule("when line.procedure.‸"), &["starts_with"], &["any"]);
    has(&in_rule("when CODES.‸"), &["contains"], &["starts_with"]);
    has(&in_rule("when as_of.‸"), &["weekday"], &[]);
    has(&in_rule("when table(\"limits\").‸"), &["has", "get"], &["len"]);
    has(&in_rule("when claim.charge ‸"), &[">", "==", "in"], &["claim"]);
}

#[test]
fn texts_offer_their_words() {
    has(&in_rule("when visit.modality == ‸"), &["\"video\"", "claim"], &[]);
    has(&in_rule("when visit.modality == \"‸\""), &["video"], &["\"video\""]);
    has(&in_rule("when visit.modality in [\"video\", \"‸\"]"), &["audio"], &[]);
    has(&in_rule("when visit.modality !in [\"‸\"]"), &["audio"], &[]);
    has(&in_rule("when table(\"‸\")"), &["limits"], &[]);
    has(&in_rule("when table(\"limits\").get(line.procedure, \"‸\")"), &["code", "units"], &["limits"]);
    has(&in_rule("overrides \"‸\""), &["BH-UNITS"], &[]);
    has("disable \"‸\" because \"x\"", &["BH-UNITS"], &[]);
    has(&in_rule("payers [\"‸\"]"), &["60054"], &[]);
    has(&in_rule("fix claim.set_frequency(\"‸\")"), &["7"], &[]);
    has(&in_rule("ask \"Add to ${line.‸} please\""), &["service_date"], &["add_modifier"]);
    has(&in_rule("ask \"Add to ${‸\""), &["line", "visit"], &["denial"]);
    assert_eq!(labels(&in_rule("ask \"Please ‸\"")), Vec::<String>::new());
    assert_eq!(labels(&in_rule("// see claim.‸")), Vec::<String>::new());
}

#[test]
fn what_is_written_takes_the_words_place() {
    let (text, at) = cut(&in_rule("when line.has_mod‸"));
    let offers = complete(&text, at, &around());
    let offer = offers.iter().find(|own| own.label == "has_modifier").unwrap();
    assert_eq!((&text[offer.replace.clone()], offer.insert.as_str()), ("has_mod", "has_modifier()"));
    assert_eq!((offer.caret, offer.kind), (13, CompletionKind::Method));
    let (text, at) = cut(&in_rule("ask \"To ${line.ser‸}\""));
    let offer = complete(&text, at, &around()).into_iter().find(|own| own.label == "service_date").unwrap();
    assert_eq!(&text[offer.replace], "ser");
}

#[test]
fn words_are_explained() {
    let mut shown = String::new();
    for marked in [
        in_rule("wh‸en true"),
        in_rule("when line.uni‸ts > 1"),
        in_rule("when visit.mod‸ality == \"video\""),
        in_rule("when lin‸e.known"),
        in_rule("fix line.add_mod‸ifier(\"95\")"),
        in_rule("hold docu‸mentation"),
        in_rule("when line.procedure in COD‸ES"),
        in_rule("when lo‸ng(visit)"),
        in_rule("when claim.id.le‸n() > 3"),
        in_rule("when table(\"lim‸its\").has(line.procedure)"),
        in_rule("overrides \"BH-U‸NITS\""),
        in_rule("stage sc‸rub"),
        in_rule("when as‸_of > date(\"2026-01-01\")"),
        in_rule("when subscriber.member‸_id == \"\""),
    ] {
        let (text, at) = cut(&marked);
        let found = hover(&text, at, &around()).unwrap_or_else(|| panic!("nothing for {marked}"));
        let _ = writeln!(shown, "## {}\n{}\n", &text[found.range], found.markdown);
    }
    insta::assert_snapshot!("hovers", shown);
    let (text, at) = cut(&in_rule("because \"not‸hing\""));
    assert_eq!(hover(&text, at, &around()), None);
}

#[test]
fn a_file_has_an_outline() {
    let text = format!("{DESIGN}\nfn f(a) {{ a }}\ndisable \"BH-UNITS\" because \"ours\"\n");
    let names: Vec<_> = outline(&text).into_iter().map(|own| (own.kind, own.name.to_string())).collect();
    assert_eq!(names[0], (OutlinedKind::Constant, "SESSION".into()));
    assert_eq!(names[1], (OutlinedKind::Rule, "AET-TELE-95".into()));
    assert_eq!(
        names[names.len() - 2..],
        [(OutlinedKind::Function, "f".into()), (OutlinedKind::Disable, "BH-UNITS".into())]
    );
    let rule = rule_at(&text, text.find("start_and_stop").unwrap()).unwrap();
    assert_eq!(
        (rule.name.as_str(), rule.title.as_str()),
        ("DOC-START-STOP", "Timed session shows start and stop")
    );
    assert_eq!(&text[rule.name_range], "\"DOC-START-STOP\"");
    assert!(text[rule.range.clone()].starts_with("rule") && text[rule.range].ends_with('}'));
}

#[test]
fn names_lead_to_their_definitions() {
    let at = |marked: &str| {
        let (text, at) = cut(marked);
        (definition(&text, at), text)
    };
    let (found, text) = at(&in_rule("when line.procedure in COD‸ES"));
    let Some(Definition::Here(range)) = found else { panic!("{found:?}") };
    assert_eq!((&text[range.clone()], range.start), ("CODES", 6));
    assert_eq!(at(&in_rule("overrides \"BH‸-UNITS\"")).0, Some(Definition::Rule("BH-UNITS".into())));
    assert_eq!(
        at(&in_rule("when table(\"lim‸its\").has(\"1\")")).0,
        Some(Definition::Table("limits".into()))
    );
    assert_eq!(at(&in_rule("when line.un‸its > 1")).0, None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Any place of any text has an answer, and what is offered replaces a part of the text.
    #[test]
    fn any_place_of_any_text_has_an_answer(
        cuts in prop::collection::vec((0_usize..1600, 0_usize..30, "[\\PC\n]{0,6}|[\"{}()\\[\\];$`.“”]"), 0..5),
        at in 0_usize..1700,
    ) {
        let mut text: Vec<char> = DESIGN.chars().collect();
        for (at, length, with) in cuts {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, with.chars());
        }
        let text: String = text.into_iter().collect();
        for offset in [at.min(text.len()), text.len()] {
            for offer in complete(&text, offset, &around()) {
                prop_assert!(text.get(offer.replace).is_some());
                prop_assert!(offer.insert.get(..offer.caret).is_some());
            }
            hover(&text, offset, &around());
            definition(&text, offset);
            rule_at(&text, offset);
        }
        outline(&text);
    }
}
