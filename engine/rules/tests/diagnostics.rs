//! Every fault that the checker knows, found at its place with its mend.

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use claimflow_core::Diagnostic;
use claimflow_rules::{
    DIAGNOSTICS, Layer, Mode, PackSource, Switch, Switches, Table, Vocabulary, compile, compile_guard,
    compile_with,
};
use common::{pack, rule, table, vocabulary};
use jiff::civil::date;

/// A fault and the text that has it. `$` is replaced by a rule around the text.
const FAULTY: &[(&str, &str)] = &[
    ("R001", "when claim.charge > \nhold documentation"),
    ("R001", "when claim.charge ) 3\nhold documentation"),
    ("R002", "when line.has_modifier(“95”)\neach line\nhold documentation"),
    ("R002", "when claim.payer == 'AETNA'\nhold documentation"),
    ("R003", "when claim.is_correction and not claim.has_other_payer\nhold documentation"),
    ("R004", "when claim.payer = \"60054\"\nhold documentation"),
    ("R005", "when true\nask Please send the note\nhold documentation"),
    ("R006", "when claim.payer == \"60054\nhold documentation"),
    ("R008", "wen claim.is_correction\nwhen true\nhold documentation"),
    ("R009", "when true\nwhen false\nhold documentation"),
    ("R010", "hold documentation"),
    ("R011", "stage scrubb\nwhen true\nhold documentation"),
    ("R012", "each lines\nwhen true\nhold documentation"),
    ("R013", "when true\nsource [\"a\"]\nhold documentation"),
    ("R014", "when true\neffective \"2026-13-01\"\nhold documentation"),
    ("R014", "when claim.service_date > date(\"soon\")\nhold documentation"),
    ("R015", "when true\neffective \"2026-02-01\"\nexpires \"2026-01-01\"\nhold documentation"),
    ("R020", "when claim.chage > 3\nhold documentation"),
    ("R020", "when claim.procedure == \"90837\"\neach line\nhold documentation"),
    ("R021", "when clam.charge > 3\nhold documentation"),
    ("R021", "when days_beetween(as_of, as_of) > 3\nhold documentation"),
    ("R022", "when line.units > 1\nhold documentation"),
    ("R022", "when authorization.covers(line)\nhold documentation"),
    ("R023", "each line\nwhen line.procedure == 90837\nhold documentation"),
    ("R023", "each line\nwhen line.procedure in [90837, 90834]\nhold documentation"),
    ("R023", "when claim.charge > \"150\"\nhold documentation"),
    ("R023", "when as_of > \"2026-01-01\"\nhold documentation"),
    ("R023", "when claim.is_correction > true\nhold documentation"),
    ("R023", "when as_of - as_of > 3\nhold documentation"),
    ("R024", "when claim.charge\nhold documentation"),
    ("R024", "when claim.payer && claim.is_correction\nhold documentation"),
    ("R025", "each line\nwhen line.has_modifier(\"95\", \"GT\")\nhold documentation"),
    ("R025", "each line\nwhen line.has_modifier\nhold documentation"),
    ("R025", "when claim.charge()  > 3\nhold documentation"),
    ("R026", "each line\nwhen line.has_any_modifier(\"95\")\nhold documentation"),
    ("R026", "each line\nwhen line.has_modifier(95)\nhold documentation"),
    ("R027", "each line\nwhen line.add_modifier(\"95\") == ()\nhold documentation"),
    ("R028", "each line\nwhen true\nfix line.has_modifier(\"95\")"),
    ("R029", "when true\nhold documentatoin"),
    ("R030", "when true\nhold documentation\nowner clinican"),
    ("R031", "when visit.minutes < 53\nhold documentation"),
    ("R031", "when visit.known && !visit.signed\nhold documentation"),
    ("R032", "each line\nwhen line.procedure == \"9083\"\nhold documentation"),
    ("R032", "when claim.has_diagnosis(\"F33.1\")\nhold documentation"),
    ("R032", "when visit.modality == \"vidio\"\nhold documentation"),
    ("R032", "each line\ncodes [\"9083\"]\nwhen true\nhold documentation"),
    ("R033", "when true"),
    ("R034", "when true\ncategorize coding"),
    ("R035", "each adjustment\nwhen adjustment.amount > 0\nhold documentation"),
    ("R036", "codes \"90837\"\nwhen true\nhold documentation"),
    ("R036", "codes [90837]\nwhen true\nhold documentation"),
    ("R037", "payers [\"12345\"]\nwhen true\nhold documentation"),
    ("R038", "each line\nwhen table(\"pairz\").has(line.procedure)\nhold documentation"),
    ("R038", "each line\nwhen table(\"pairs\").get(line.procedure, \"nota\") == \"x\"\nhold documentation"),
    ("R031", "each line\nwhen table(\"mue\").has(line.procedure)\nhold documentation"),
    ("T006", "each line\nwhen table(\"twice\").get(line.procedure, \"note\") == \"x\"\nhold documentation"),
    ("R039", "when true\nhold documentation\nwithin 2 moons"),
    ("R039", "when true\nhold documentation\npriority \"high\""),
    ("R040", "when #{a: 1}.a == 1\nhold documentation"),
    ("R040", "when eval(\"1\") == 1\nhold documentation"),
    ("R041", "when true\nask \"Member ${subscriber.member_id} is not known\"\nhold documentation"),
    ("R043", "when 1 == 1\nhold documentation"),
    ("R043", "when claim.payer == ()\nhold documentation"),
    ("R043", "when claim.payer != \"1\" || claim.payer != \"2\"\nhold documentation"),
    (
        "R048",
        "each line\nwhen line.procedure == \"90837\" && line.procedure == \"90834\"\nhold documentation",
    ),
    ("R048", "each line\nwhen line.units > 5 && line.units < 3\nhold documentation"),
    ("R048", "each line\ncodes [\"90837\"]\nwhen line.procedure == \"90834\"\nhold documentation"),
    ("R048", "when claim.payer == \"87726\"\nhold documentation"),
    ("R048", "when claim.is_correction && (claim.charge > 3 && !claim.is_correction)\nhold documentation"),
    ("R051", "expires \"2020-01-01\"\nwhen true\nhold documentation"),
    ("R044", "stage \"scrub\"\nwhen true\nhold documentation"),
    ("R054", "mode shaddow\nwhen true\nhold documentation"),
    ("R045", "stage categorize\neach adjustment\nwhen true\nfix claim.set_frequency(\"7\")"),
];

/// Faults of whole files.
const FILES: &[(&str, &str)] = &[
    ("R001", "rule THREE { }\n"),
    ("R006", "rule \"A\" {\n    title \"x\"\n"),
    ("R007", "rul \"A\" {\n}\n"),
    (
        "R016",
        "rule \"A\" { title \"a\"; stage scrub; when true; because \"b\"; note }\nrule \"A\" { title \"a\"; stage scrub; when true; because \"b\"; note }\n",
    ),
    ("R017", "disable \"NO-SUCH\" because \"we say so\"\n"),
    (
        "R018",
        "rule \"A\" { title \"a\"; stage scrub; when true; because \"b\"; note }\ndisable \"A\" because \"we say so\"\n",
    ),
    ("R019", "disable \"A\"\n"),
    ("R040", "fn f(x) { x[1] = 3; x }\n"),
    ("R040", "fn f(x) { import \"other\" as o; throw 3; }\n"),
    ("R042", "const A = claim.charge;\n"),
    ("R047", "const A = 1;\nconst A = 2;\nfn f(x) { x }\nfn f(x) { x }\n"),
];

fn shown(found: &Diagnostic) -> String {
    let mut text = format!("{} {}:{} {}", found.code, found.line, found.column, found.message);
    if !found.help.is_empty() {
        let _ = write!(text, "\n        help: {}", found.help);
    }
    text
}

fn check(text: &str) -> Vec<Diagnostic> {
    let mut own = pack("base", Layer::Base, text);
    own.payers = vec!["60054".into()];
    own.effective = Some(date(2022, 1, 1));
    let twice: &[&[&str]] = &[&["90837", "x"], &["90837", "y"]];
    own.tables =
        vec![table("pairs", &["code", "note"], &[&["90837", "x"]]), table("twice", &["code", "note"], twice)];
    own.optional_tables = vec![Table::absent("mue", &["code", "units"]).into()];
    compile(&[own], &vocabulary()).diagnostics
}

/// Rules that run, and what is odd about them.
const ODD: &[(&str, &[&str])] = &[
    (
        "R049",
        &[
            "each line\nwhen line.units > 1\nhold coding",
            "each line\ncodes [\"90837\"]\nwhen line.units > 2\nhold coding",
        ],
    ),
    (
        "R049",
        &["when claim.charge > 3\nhold coding", "when claim.charge >= 5 && claim.is_correction\nwarn coding"],
    ),
    (
        "R049",
        &[
            "stage categorize\neach adjustment\nwhen adjustment.reason in [\"50\", \"55\"]\ncategorize coding",
            "stage categorize\neach adjustment\nwhen adjustment.reason == \"55\"\ncategorize documentation",
        ],
    ),
    ("R050", &["each line\nwhen true\nfix line.add_modifier(\"95\")\nfix line.remove_modifier(\"95\")"]),
    ("R050", &["each line\nwhen line.has_modifier(\"95\")\nfix line.add_modifier(\"95\")"]),
    (
        "R050",
        &[
            "each line\nwhen line.units > 1 && !line.has_modifier(\"95\")\nfix line.add_modifier(\"95\")",
            "each line\nwhen line.has_modifier(\"95\") && line.units > 1\nfix line.remove_modifier(\"95\")",
        ],
    ),
    ("R052", &["when claim.charge > 3\nhold coding"]),
    ("R053", &["when claim.charge > 3\nwarn coding"]),
];

/// Rules beside which nothing is odd: what one does, the other does not always do.
const SOUND: &[&[&str]] = &[
    &["each line\nwhen line.units > 2\nhold coding", "each line\nwhen line.units > 1\nhold coding"],
    &["each line\nwhen line.units > 1\nhold coding", "each line\nwhen line.units > 2\nhold documentation"],
    &["when claim.charge > 3\nwarn coding", "when claim.charge > 5\nhold coding"],
    &["payers [\"60054\"]\nwhen true\nhold coding", "when claim.charge > 5\nhold coding"],
    &["effective \"2026-01-01\"\nwhen true\nhold coding", "when claim.charge > 5\nhold coding"],
    &[
        "each line\nwhen !line.has_modifier(\"95\")\nfix line.add_modifier(\"95\")",
        "each line\nwhen line.has_modifier(\"95\") && line.units > 1\nfix line.remove_modifier(\"95\")",
    ],
    &["each line\nwhen line.has_modifier(\"95\") || line.units > 1\nfix line.add_modifier(\"95\")"],
    &[
        "stage categorize\neach adjustment\nwhen true\ncategorize coding",
        "stage categorize\neach adjustment\ncodes [\"55\"]\nwhen true\ncategorize documentation",
    ],
];

fn remarks(rules: &[&str]) -> Vec<Diagnostic> {
    let text: String = rules.iter().zip(["A", "B", "C"]).map(|(rest, id)| rule(id, rest)).collect();
    let mut own = pack("base", Layer::Base, &text);
    own.payers = vec!["60054".into(), "87726".into()];
    let compiled = compile(&[own], &vocabulary());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    compiled.rules.remarks()
}

fn odd_rules(report: &mut String) -> Vec<String> {
    let mut seen = Vec::new();
    for (code, rules) in ODD {
        let found = remarks(rules);
        assert!(found.iter().any(|own| own.code == code), "{code} not found in {rules:#?}: {found:#?}");
        for line in rules.iter().flat_map(|rest| rest.lines()) {
            let _ = writeln!(report, "| {line}");
        }
        for own in found.iter().filter(|own| own.code == code) {
            let _ = writeln!(report, "    {}", shown(own));
            seen.push(own.code.to_string());
        }
        report.push('\n');
    }
    seen
}

#[test]
fn what_one_rule_does_and_another_does_not_always_do_is_not_odd() {
    for rules in SOUND {
        let found = remarks(rules);
        let odd: Vec<_> = found.iter().filter(|own| matches!(own.code.as_str(), "R049" | "R050")).collect();
        assert!(odd.is_empty(), "{rules:#?}: {odd:#?}");
    }
}

#[test]
fn every_fault_is_found_with_its_mend() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut report = String::new();
    let files = FILES.iter().map(|(code, text)| (*code, (*text).to_owned()));
    let rules = FAULTY.iter().map(|(code, text)| (*code, rule("X", text)));
    for (code, text) in rules.chain(files) {
        let found = check(&text);
        assert!(found.iter().any(|own| own.code == code), "{code} not found in\n{text}{found:#?}");
        seen.extend(found.iter().map(|own| own.code.to_string()));
        let source = text.lines().filter(|line| !line.contains("title \"X") && !line.contains("because \"X"));
        for line in source {
            let _ = writeln!(report, "| {line}");
        }
        for own in &found {
            let _ = writeln!(report, "    {}", shown(own));
        }
        report.push('\n');
    }
    seen.extend(odd_rules(&mut report));
    seen.extend(table_faults());
    seen.extend(switch_faults());
    // Decision tables have their own examples, in `decisions.rs`.
    seen.extend(DIAGNOSTICS.iter().map(|own| own.0.to_owned()).filter(|code| code.starts_with('D')));
    // What a plugin was not granted has its examples beside the plugins' profile.
    seen.insert("R056".to_owned());
    let guard = compile_guard("1 == 1", "w.yaml", 1, 1, &[]).unwrap_err();
    seen.extend(guard.iter().map(|own| own.code.to_string()));
    let missing: Vec<&str> =
        DIAGNOSTICS.iter().map(|(code, ..)| *code).filter(|code| !seen.contains(*code)).collect();
    assert!(missing.is_empty(), "no example of {missing:?}");
    insta::assert_snapshot!("faults", report);
}

fn switch_faults() -> Vec<String> {
    let switch = |name: &str| Switch {
        name: name.into(),
        mode: Some(Mode::Shadow),
        enforcement: None,
        because: "tried".into(),
        until: None,
        line: 2,
        column: 3,
    };
    let switches =
        Switches { path: "rules.yaml".into(), rules: vec![switch("X-1")], packs: vec![switch("bas")] };
    let text = rule("X-2", "    when claim.line_count > 1\n    warn coding");
    let found = compile_with(&[pack("base", Layer::Base, &text)], &vocabulary(), &switches).diagnostics;
    let told: Vec<String> =
        found.iter().map(|own| format!("{} {} {}", own.path, own.message, own.help)).collect();
    assert_eq!(
        told,
        [
            "rules.yaml there is no pack `bas` did you mean `base`?",
            "rules.yaml there is no rule `X-1` did you mean `X-2`?"
        ]
    );
    found.iter().map(|own| own.code.to_string()).collect()
}

fn table_faults() -> Vec<String> {
    let odd = table(
        "odd",
        &["a", "a", "effective"],
        &[&["1", "2", "soon"], &["1"], &["1", "2", ""], &["1", "2", ""]],
    );
    let own = PackSource { tables: vec![odd.clone(), odd], ..pack("base", Layer::Base, "") };
    compile(&[own], &Vocabulary::default()).diagnostics.iter().map(|own| own.code.to_string()).collect()
}

#[test]
fn a_file_with_many_mistakes_has_them_all_reported_and_its_sound_rules_kept() {
    let text = [
        rule("ONE", "when claim.chage > 3\nhold documentation"),
        rule("TWO", "when claim.payer = “60054”\nhold documentation"),
        "rule \"THREE\" {\n    title Unquoted\n    stage scrub\n    when true and\n".to_owned(),
        rule("FOUR", "each line\nwhen line.units > 1\nhold documentation"),
        "bogus\n".to_owned(),
        rule("FIVE", "when true\nhold documentatoin"),
    ]
    .concat();
    let compiled = compile(&[pack("base", Layer::Base, &text)], &vocabulary());
    let ids: Vec<&str> = compiled.rules.rules().iter().map(|own| own.id.as_str()).collect();
    assert_eq!(ids, ["FOUR"]);
    let faults = compiled.diagnostics.iter().map(shown).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!("many_mistakes", faults);
}

#[test]
fn unknown_owners_and_categories_pass_when_there_is_no_vocabulary() {
    let text = rule("X", "when true\nhold anything\nowner anybody");
    assert!(compile(&[pack("base", Layer::Base, &text)], &Vocabulary::default()).diagnostics.is_empty());
}
