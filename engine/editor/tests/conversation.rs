//! A whole conversation with an editor, in the messages that editors send.

mod common;
#[path = "conversation/mends.rs"]
mod mends;

use common::{Editor, Memory, url};
use serde_json::{Value, json};

const PACK: &str = "name: mine\nversion: 1.0.0\nlayer: practice\n";
const FILE: &str = "payers/mine/rules/mine.rhai";
const CASES: &str = "payers/mine/cases/mine.yaml";

const GOOD: &str = r#"// 🦀 units
rule "MINE-UNITS" {
    title     "A session is one unit"
    stage     scrub
    each      line
    codes     ["90837"]
    when      line.units > 1
    hold      coding
    owner     billing
    ask       "Please look at the units"
    because   "Sessions are billed by the session"
    source    "our contract"
}
"#;

const HOLDS: &str = "- case: two units\n  stage: scrub\n  claim: { lines: [{ procedure: \"90837\", units: 2 }] }\n  expect: { fires: [MINE-UNITS] }\n\
                     - case: one unit\n  stage: scrub\n  expect: { silent: [MINE-UNITS] }\n";

fn practice() -> std::sync::Arc<Memory> {
    Memory::new(&[("payers/mine/pack.yaml", PACK), (FILE, GOOD), (CASES, HOLDS)])
}

fn shown(faults: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    faults.iter().map(|fault| (text(&fault["code"]), text(&fault["message"]))).collect()
}

#[test]
fn a_fault_is_told_mended_and_gone() {
    let mut editor = Editor::start(practice());
    let answer =
        editor.request("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} }));
    insta::assert_snapshot!("capabilities", serde_json::to_string_pretty(&answer["capabilities"]).unwrap());
    editor.notify("initialized", json!({}));

    let faulty = GOOD.replace("// 🦀 units\n", "").replace("line.units > 1", "/* 🦀 */ line.unitz > 1");
    editor.open(FILE, &faulty);
    let faults = editor.faults(FILE);
    assert_eq!(faults.len(), 1, "{faults:?}");
    let range = &faults[0]["range"];
    // The crab is one character for the checker and two for an editor.
    assert_eq!(range["start"], json!({ "line": 5, "character": 28 }));
    assert_eq!(faults[0]["code"], "R020");
    assert_eq!(faults[0]["severity"], 1);
    let context = json!({ "diagnostics": faults });
    let document = json!({ "uri": url(FILE) });
    let actions = editor.request(
        "textDocument/codeAction",
        json!({ "textDocument": document, "range": range, "context": context }),
    );
    let edit = &actions[0]["edit"]["changes"][url(FILE)][0];
    assert!(edit["newText"].as_str().unwrap().ends_with("units"), "{actions}");

    editor.change(FILE, 2, GOOD);
    assert_eq!(editor.faults(FILE), Vec::<Value>::new(), "mended");
    editor.end().unwrap();
}

#[test]
fn questions_about_places_are_answered() {
    let mut editor = Editor::ready(practice());
    editor.open(FILE, GOOD);
    assert_eq!(editor.faults(FILE), Vec::<Value>::new());

    let offers = editor.ask("textDocument/completion", FILE, 7, 14);
    let labels: Vec<&str> =
        offers.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect();
    assert!(labels.contains(&"coding") && labels.contains(&"documentation"), "{labels:?}");

    let told = editor.ask("textDocument/hover", FILE, 6, 20);
    assert!(told["contents"]["value"].as_str().unwrap().starts_with("**line.units**"), "{told}");
    let told = editor.ask("textDocument/hover", FILE, 7, 16);
    assert!(told["contents"]["value"].as_str().unwrap().starts_with("**coding**: category"), "{told}");

    let outline =
        editor.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": url(FILE) } }));
    assert_eq!(outline[0]["name"], "MINE-UNITS");
    assert_eq!(outline[0]["selectionRange"]["start"], json!({ "line": 1, "character": 5 }));

    let found = editor.request("workspace/symbol", json!({ "query": "mine-u" }));
    assert_eq!(found[0]["location"]["uri"], url(FILE));

    let options = json!({ "tabSize": 4, "insertSpaces": true });
    let format = |editor: &mut Editor| {
        let document = json!({ "textDocument": { "uri": url(FILE) }, "options": options });
        editor.request("textDocument/formatting", document)
    };
    assert_eq!(format(&mut editor), json!([]));
    editor.change(FILE, 2, &GOOD.replace("    hold      coding", "  hold coding"));
    assert_eq!(format(&mut editor)[0]["newText"], GOOD);
    editor.end().unwrap();
}

#[test]
fn rules_are_found_from_cases_and_from_other_rules() {
    let practice = practice();
    let mut editor = Editor::ready(practice.clone());
    editor.open(CASES, HOLDS);
    assert_eq!(editor.faults(CASES), Vec::<Value>::new());
    let found = editor.ask("textDocument/definition", CASES, 3, 25);
    assert_eq!((&found["uri"], &found["range"]["start"]["line"]), (&json!(url(FILE)), &json!(1)));
    let told = editor.ask("textDocument/hover", CASES, 3, 25);
    assert!(told["contents"]["value"].as_str().unwrap().contains("A session is one unit"), "{told}");

    let own = "payers/mine/rules/other.rhai";
    editor.open(own, "disable \"BH-SESSION-UNITS\" because \"ours\"\n");
    editor.faults(own);
    let id = first_rule(&practice.text("payers/behavioral-health/rules/time-and-units.rhai"));
    editor.change(own, 2, &format!("disable \"{id}\" because \"ours\"\n"));
    editor.faults(own);
    let found = editor.ask("textDocument/definition", own, 0, 12);
    assert_eq!(found["uri"], url("payers/behavioral-health/rules/time-and-units.rhai"));
    editor.end().unwrap();
}

fn first_rule(text: &str) -> String {
    let id = text.split_once("\nrule \"").and_then(|(_, rest)| rest.split('"').next());
    id.expect("a file of rules has one").to_owned()
}

#[test]
fn a_change_in_one_file_tells_faults_of_another_and_takes_them_back() {
    let practice = practice();
    let mut editor = Editor::ready(practice.clone());
    editor.open(FILE, GOOD);
    editor.faults(FILE);
    // The case names a rule that is no more; nobody has its file open.
    editor.change(FILE, 2, &GOOD.replace("MINE-UNITS", "MINE-OTHER"));
    let told = shown(&editor.faults(CASES));
    assert!(told.iter().any(|(code, message)| code == "C004" && message.contains("MINE-UNITS")), "{told:?}");
    editor.change(FILE, 3, GOOD);
    assert_eq!(editor.faults(CASES), Vec::<Value>::new());
    // A rule that holds, and a case that does not any more.
    editor.change(FILE, 4, &GOOD.replace("> 1", "> 2"));
    let told = shown(&editor.faults(CASES));
    assert!(told[0].1.starts_with("the case `two units` does not hold"), "{told:?}");
    // Closed, the file on the disk counts again; and what others write there is seen.
    let document = json!({ "textDocument": { "uri": url(FILE) } });
    editor.notify("textDocument/didClose", document);
    assert_eq!(editor.faults(CASES), Vec::<Value>::new());
    practice.write(FILE, &GOOD.replace("MINE-UNITS", "MINE-OTHER"));
    let changes = json!({ "changes": [{ "uri": url(FILE), "type": 2 }] });
    editor.notify("workspace/didChangeWatchedFiles", changes);
    assert!(shown(&editor.faults(CASES)).iter().any(|(code, _)| code == "C004"));
    editor.end().unwrap();
}

#[test]
fn manifests_workflows_settings_and_tables_are_checked_too() {
    let mut editor = Editor::ready(practice());
    let workflow = "workflows/professional-claim/v1.yaml";
    for (path, text, code) in [
        ("payers/mine/pack.yaml", "name: mine\nversion: 1\nlayer: practice\n", "P003"),
        (
            workflow,
            "workflow: professional-claim\nversion: 1\nstart: a\nstates: { a: { finale: true } }\n",
            "Y002",
        ),
        ("claimflow.yaml", "practise: x\n", "Y002"),
        ("payers/mine/tables/t.csv", "code\n90837,x\n", "T001"),
        ("payers/mine/decisions/d.csv", "id,MINE-D\n", "D012"),
        ("routing.csv", "category,owner,due\nnone,billing,2 days\n", "D002"),
        ("registers/visits.csv", "claim_id,date\nA1,yesterday\n", "F002"),
    ] {
        editor.open(path, text);
        let told = shown(&editor.faults(path));
        assert!(told.iter().any(|(own, _)| own == code), "{path}: {told:?}");
    }
    editor.end().unwrap();
}

#[test]
fn a_file_outside_any_practice_is_read_alone() {
    let mut editor = Editor::ready(practice());
    let alone = "file:///elsewhere/x.rhai";
    let document =
        json!({ "uri": alone, "languageId": "claimflow-rules", "version": 1, "text": "rule \"X\" {" });
    editor.notify("textDocument/didOpen", json!({ "textDocument": document }));
    let place = json!({ "textDocument": { "uri": alone }, "position": { "line": 0, "character": 1 } });
    let told = editor.request("textDocument/hover", place);
    assert_eq!(told, Value::Null);
    editor.end().unwrap();
}

#[test]
fn an_editor_that_vanishes_ends_the_server() {
    Editor::ready(practice()).vanish().unwrap();
    let mut editor = Editor::ready(practice());
    // What a later protocol says is passed over.
    editor.notify("notebookDocument/didOpen", json!({}));
    editor.notify("$/cancelRequest", json!({ "id": 99 }));
    editor.end().unwrap();
}
