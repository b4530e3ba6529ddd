//! Quick fixes: what they write mends the fault, and makes no new one.

use std::sync::Arc;

use crate::common::{Memory, ROOT};
use claimflow_core::Diagnostic;
use claimflow_editor::lsp_types::{CodeActionOrCommand, Url};
use claimflow_editor::{Checked, Content, Lines, Open, Workspace, actions};

const FILE: &str = "payers/mine/rules/mine.rhai";

fn checked(practice: &Arc<Memory>, text: &str) -> Checked {
    let reading = practice.read(ROOT.as_ref()).expect("a practice in memory");
    Workspace::default().check(reading, &[Open { path: FILE.to_owned(), text: text.into() }])
}

fn errors(checked: &Checked) -> Vec<&Diagnostic> {
    checked.faults.iter().filter(|fault| fault.path == FILE && fault.is_error()).collect()
}

fn rule(clauses: &str) -> String {
    format!(
        "rule \"MINE\" {{\n    title \"T\"\n    stage scrub\n    {clauses}\n    because \"é 🦀\"\n    source \"s\"\n}}\n"
    )
}

/// The text after the first quick fix that is offered for an error; `None` when none is.
fn mended(practice: &Arc<Memory>, text: &str) -> Option<String> {
    let before = checked(practice, text);
    let faults = errors(&before);
    let (lines, url) = (Lines::new(text), Url::parse("file:///practice/x.rhai").expect("an address"));
    let offered = actions(text, &faults, lines.range(0..text.len()), &url);
    let CodeActionOrCommand::CodeAction(action) = offered.into_iter().next()? else { return None };
    let edits = action.edit.and_then(|edit| edit.changes).and_then(|mut changes| changes.remove(&url));
    let edit = edits.and_then(|mut edits| edits.pop()).expect("an edit of the file");
    let (from, to) = (lines.offset(edit.range.start), lines.offset(edit.range.end));
    Some(format!("{}{}{}", &text[..from], edit.new_text, &text[to..]))
}

#[test]
fn what_is_offered_mends_the_fault() {
    let practice = Memory::new(&[("payers/mine/pack.yaml", "name: mine\nversion: 1.0.0\nlayer: practice\n")]);
    for clauses in [
        "each line\n    when line.unitz > 1\n    warn coding",
        "each line\n    when /* 🦀 */ lin.units > 1\n    warn coding",
        "each line\n    when line.has_modifer(\"95\")\n    warn coding",
        "each line\n    when line.units > 1\n    hold codng",
        "each line\n    when line.units > 1\n    hold coding\n    owner clinican\n    ask \"x\"",
        "each lines\n    when true\n    warn coding",
        "each line\n    wen line.units > 1\n    warn coding",
        "when claim.place_of_service == \u{201c}10\u{201d}\n    warn coding",
        "when claim.place_of_service == '10'\n    warn coding",
        "when claim.is_correction and claim.has_other_payer\n    warn coding",
        "when claim.place_of_service = \"10\"\n    warn coding",
        "when claim.place_of_service <> \"10\"\n    warn coding",
    ] {
        let text = rule(clauses);
        let found = mended(&practice, &text).unwrap_or_else(|| {
            panic!("nothing offered for\n{text}{:#?}", errors(&checked(&practice, &text)))
        });
        let after = checked(&practice, &found);
        assert_eq!(errors(&after), Vec::<&Diagnostic>::new(), "{found}");
    }
}

#[test]
fn ids_of_rules_stay_in_their_quotes() {
    let practice = Memory::new(&[("payers/mine/pack.yaml", "name: mine\nversion: 1.0.0\nlayer: practice\n")]);
    let text = "disable \"AET-TELE-59\" because \"ours\"\n";
    assert_eq!(mended(&practice, text).as_deref(), Some("disable \"AET-TELE-95\" because \"ours\"\n"));
}

#[test]
fn a_text_that_has_changed_since_is_left_alone() {
    let fault = Diagnostic::error("R020", FILE, 1, 6, "there is no field `line.unitz`")
        .length(10)
        .help("did you mean `line.units`?");
    let url = Url::parse("file:///practice/x.rhai").expect("an address");
    let whole = |text: &str| Lines::new(text).range(0..text.len());
    let now = "when visit.minutes > 3";
    assert_eq!(actions(now, &[&fault], whole(now), &url), []);
    let then = "when line.unitz > 3";
    assert_eq!(actions(then, &[&fault], whole(then), &url).len(), 1);
    // What a help only describes is no mend.
    let vague = fault.help("write what follows, or take it out");
    assert_eq!(actions(then, &[&vague], whole(then), &url), []);
}
