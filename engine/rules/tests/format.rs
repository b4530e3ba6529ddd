//! Formatting changes space only, and nothing when done twice.

mod common;

use std::path::Path;

use claimflow_rules::{Layer, compile, format_rules};
use common::{DESIGN, pack, vocabulary};
use proptest::prelude::*;

fn formatted(text: &str) -> String {
    format_rules("x.rhai", text).unwrap_or_else(|faults| panic!("{faults:#?}\n{text}"))
}

/// What the rules of a text are, but for their lines.
fn meaning(text: &str) -> Vec<String> {
    let compiled = compile(&[pack("base", Layer::Base, text)], &vocabulary());
    let mut told: Vec<String> = compiled
        .rules
        .rules()
        .iter()
        .map(|rule| {
            let mut info = serde_json::to_value(&***rule).expect("it is JSON");
            info["line"] = 0.into();
            info.to_string()
        })
        .collect();
    told.extend(compiled.diagnostics.iter().map(|own| format!("{} {}", own.code, own.message)));
    told
}

#[test]
fn rules_get_one_look() {
    let text = "\u{feff}// Head\r\n\r\n\r\n\r\nconst A=[\"1\",\"2\"] ;   // codes\nconst B = [\n    \"3\",   \n];\nrule \"X\" { // open\n\n\ttitle \"t\" stage scrub;each line\n\n\n  // why\n  when line.procedure=='' ||line.units>=2  &&  ( line.charge > 1.5\n          || claim.id == \"a  b\" ) // tail\n  hold documentation\n warn\n    because   `two\n   lines`\n\n  // last\n}\nrule \"Y\" {\n title \"u\" stage scrub when claim.diagnoses.any(|c| c == \"F331\")\n note because \"b\" }\nfn f(a) {\n  a\n}\ndisable \"Z\"   because \"ours\"\n\n\n";
    insta::assert_snapshot!("one_look", formatted(&text.replace("''", "\"\"")));
}

#[test]
fn what_is_in_order_stays() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../payers");
    let mut files = 0;
    for pack in std::fs::read_dir(folder).expect("payers/ is there") {
        let Ok(rules) = std::fs::read_dir(pack.expect("an entry").path().join("rules")) else { continue };
        for file in rules {
            let path = file.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("rules are text");
            assert!(formatted(&text) == text, "{}: run `claimflow rules fmt`", path.display());
            files += 1;
        }
    }
    assert!(files > 20);
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let faults =
        format_rules("x.rhai", "rule \"X\" {\n when a == \u{201c}b\u{201d}\n").expect_err("it is broken");
    assert_eq!((faults[0].line, faults[0].path.as_str()), (1, "x.rhai"));
    assert_eq!(format_rules("x.rhai", ""), Ok(String::new()));
    assert_eq!(format_rules("x.rhai", "\n\n// only words  \n\n"), Ok("// only words\n".to_owned()));
}

#[test]
fn what_stands_behind_a_comment_of_several_lines_rests() {
    let with = "    when\n\n  /* two\n lines */\n      claim.place_of_service in\n[";
    let text = DESIGN.replacen("    when      claim.place_of_service in [", with, 1);
    assert_ne!(text, DESIGN);
    let once = formatted(&text);
    assert_eq!(formatted(&once), once);
    assert_eq!(meaning(&once), meaning(&text));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Space thrown in anywhere between tokens: the result means the same, and formatting it again changes nothing.
    #[test]
    fn formatting_is_idempotent_and_keeps_the_meaning(
        cuts in prop::collection::vec((0_usize..1600, prop::sample::select(SPACE.to_vec())), 0..12)
    ) {
        let mut text: Vec<char> = DESIGN.chars().collect();
        for (at, with) in cuts {
            // Between two words or after a sign, never within a text or a word.
            let at = (at..text.len()).find(|at| text[*at] == ' ' && !quoted(&text, *at)).unwrap_or(text.len());
            text.splice(at..at, with.chars());
        }
        let text: String = text.into_iter().collect();
        let Ok(once) = format_rules("x.rhai", &text) else { return Ok(()) };
        let twice = formatted(&once);
        prop_assert!(twice == once, "of:\n{text}\nonce:\n{once}\ntwice:\n{twice}");
        prop_assert_eq!(meaning(&once), meaning(&text));
    }

    /// Whatever can be read at all is formatted to something that stays.
    #[test]
    fn any_readable_text_is_formatted_once(
        cuts in prop::collection::vec((0_usize..1600, 0_usize..12, "[ \\t\n;,a\"{}()/*|=&.-]{0,4}"), 0..4)
    ) {
        let mut text: Vec<char> = DESIGN.chars().collect();
        for (at, length, with) in cuts {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, with.chars());
        }
        let text: String = text.into_iter().collect();
        let Ok(once) = format_rules("x.rhai", &text) else { return Ok(()) };
        let twice = formatted(&once);
        prop_assert!(twice == once, "of:\n{text}\nonce:\n{once}\ntwice:\n{twice}");
        prop_assert_eq!(meaning(&once), meaning(&text));
    }
}

fn quoted(text: &[char], at: usize) -> bool {
    let line = text.iter().take(at).rev().take_while(|c| **c != '\n');
    line.filter(|c| **c == '"').count() % 2 == 1
}

const SPACE: &[&str] = &[
    " ",
    "   ",
    "\t",
    "\n",
    "\n\n\n",
    "\r\n",
    " // note\n",
    "\n    // own line\n",
    " /* b */ ",
    "\n\n  /* two\n lines */\n",
    "  \n",
];
