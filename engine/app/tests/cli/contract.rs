//! The JSON that other programs rely on: keys, money as decimal text, dates in ISO form.

use crate::support::{Practice, has_keys, run};
use serde_json::Value;

/// Money is text with two decimals, never a number.
fn is_money(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.rsplit_once('.').is_some_and(|(whole, cents)| !whole.is_empty() && cents.len() == 2)
}

fn is_date(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() == 10 && text.as_bytes()[4] == b'-')
}

#[test]
fn ingest() {
    let practice = Practice::new();
    let ran = practice.run(&["ingest", "--json", &practice.claims()]);
    let answer = ran.json(ran.code);
    let file = &answer["files"][0];
    let wanted = ["path", "kind", "sha256", "duplicate", "transactions", "claims", "payments", "faults"];
    has_keys(file, &wanted);
    assert_eq!((&file["kind"], &file["duplicate"]), (&Value::from("837P"), &Value::from(false)));
    assert_eq!(file["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(file["claims"].as_u64().unwrap() as usize, answer["claims"].as_array().unwrap().len());
    for claim in answer["claims"].as_array().unwrap() {
        has_keys(claim, &["id", "state", "owner", "category"]);
        assert_eq!(claim["owner"].is_null(), claim["state"] != "held", "{claim}");
    }
    assert!(!answer["written"].as_array().unwrap().is_empty());
    for file in answer["written"].as_array().unwrap() {
        assert!(practice.path("outbox").join(file.as_str().unwrap()).is_file(), "{file}");
    }
}

#[test]
fn the_same_file_twice_does_nothing_and_says_so() {
    let practice = Practice::new();
    let claims = practice.claims();
    let first = practice.run(&["ingest", "--json", &claims]);
    let before = practice.run(&["claims", "--all", "--json"]).json(0);
    let again = practice.run(&["ingest", "--json", &claims]).json(0);
    assert_eq!(again["files"][0]["duplicate"], true, "{again}");
    assert_eq!(again["files"][0]["sha256"], first.json(first.code)["files"][0]["sha256"]);
    assert_eq!(again["claims"].as_array().unwrap().len(), 0);
    assert_eq!(practice.run(&["claims", "--all", "--json"]).json(0), before);
    assert!(practice.run(&["ingest", &claims]).ended(0).contains("taken in before: nothing done"));
}

#[test]
fn claims_and_queue() {
    let practice = Practice::with_claims();
    let claims = practice.run(&["claims", "--json"]).json(0);
    let all = claims["claims"].as_array().unwrap();
    assert!(!all.is_empty());
    for claim in all {
        has_keys(claim, &["id", "state", "payer", "owner", "category", "due", "billed", "paid"]);
        assert!(is_money(&claim["billed"]) && is_money(&claim["paid"]), "{claim}");
        assert!(claim["due"].is_null() || is_date(&claim["due"]), "{claim}");
    }
    let queue = practice.run(&["queue", "--json"]).json(0);
    let items = queue["items"].as_array().unwrap();
    assert!(!items.is_empty());
    for item in items {
        let wanted = [
            "id", "item", "owner", "category", "ask", "due", "overdue", "amount", "state", "payer", "opened",
        ];
        has_keys(item, &wanted);
        assert!(is_money(&item["amount"]) && is_date(&item["due"]), "{item}");
        assert!(!item["ask"].as_str().unwrap().is_empty(), "{item}");
    }
    let owner = items[0]["owner"].as_str().unwrap();
    let own = practice.run(&["queue", owner, "--json"]).json(0);
    assert!(own["items"].as_array().unwrap().iter().all(|item| item["owner"] == owner));
    let filtered = practice.run(&["claims", "--owner", owner, "--state", "held", "--json"]).json(0);
    assert!(filtered["claims"].as_array().unwrap().iter().any(|claim| claim["id"] == items[0]["id"]));
}

#[test]
fn show_and_explain() {
    let practice = Practice::with_claims();
    let id = practice.ids("held").remove(0);
    let shown = practice.run(&["show", &id, "--json"]).json(0);
    let wanted = [
        "id",
        "state",
        "workflow",
        "payer",
        "billed",
        "paid",
        "patient",
        "denials",
        "findings",
        "work_item",
        "timeline",
    ];
    has_keys(&shown, &wanted);
    has_keys(&shown["work_item"], &["owner", "category", "ask", "due", "opened"]);
    let finding = &shown["findings"][0];
    let wanted =
        ["rule", "pack", "stage", "level", "category", "owner", "message", "line", "source", "values"];
    has_keys(finding, &wanted);
    assert!(finding["values"].is_object() && finding["source"].as_str().unwrap().contains(':'), "{finding}");
    for entry in shown["timeline"].as_array().unwrap() {
        has_keys(entry, &["at", "event"]);
    }
    assert_eq!(shown["timeline"][0]["event"], "received");

    let explained = practice.run(&["explain", &id, "--json"]).json(0);
    let stages = explained["stages"].as_array().unwrap();
    let held = stages.iter().find(|stage| stage["outcome"] == "held").unwrap();
    has_keys(held, &["stage", "at", "outcome", "rules", "rules_changed", "fired", "considered"]);
    assert_eq!(held["rules_changed"], false);
    let fired = held["fired"].as_array().unwrap();
    assert!(fired.iter().any(|own| own["rule"] == finding["rule"] && own["values"].is_object()), "{held}");
    for trace in held["considered"].as_array().unwrap() {
        has_keys(trace, &["rule", "result", "values", "source"]);
        assert_ne!(trace["result"], "fired", "what fired is recorded: {trace}");
    }
}

#[test]
fn x12_inspect() {
    let practice = Practice::new();
    let ran = run(&["x12", "inspect", "--json", &practice.claims()]);
    let answer = ran.json(ran.code);
    assert_eq!(answer["interchanges"], 1);
    let transaction = &answer["transactions"][0];
    let wanted = ["kind", "control", "claims", "lines", "reversals", "billed", "paid", "balanced", "faults"];
    has_keys(transaction, &wanted);
    assert_eq!(transaction["kind"], "837P");
    assert!(is_money(&transaction["billed"]), "{transaction}");
}

#[test]
fn the_board_the_journal_and_the_state() {
    let practice = Practice::with_claims();
    let board = practice.run(&["report", "--json"]).json(0);
    has_keys(
        &board,
        &["claims", "ended", "billed", "paid", "patient", "states", "work_items", "denials", "overdue"],
    );
    assert!(is_money(&board["billed"]));
    let journal = practice.run(&["journal", "verify", "--json"]).json(0);
    has_keys(&journal, &["records", "bytes", "head", "torn_tail"]);
    let before = practice.run(&["claims", "--all", "--json"]).json(0);
    let sealed = practice.run(&["journal", "seal", "--all", "--json"]).json(0);
    has_keys(&sealed, &["segments", "before", "after"]);
    assert_eq!(
        (sealed["segments"].as_u64(), sealed["after"].as_u64() < sealed["before"].as_u64()),
        (Some(1), true),
        "{sealed}"
    );
    // The file that was begun to pack all of the one before it has a header of its own.
    let packed = practice.run(&["journal", "verify", "--json"]).json(0);
    assert_eq!((&packed["records"], &packed["head"]), (&journal["records"], &journal["head"]));
    let rebuilt = practice.run(&["state", "rebuild", "--json"]).json(0);
    assert_eq!(rebuilt["records"], journal["records"]);
    assert_eq!(practice.run(&["claims", "--all", "--json"]).json(0), before);
    assert_eq!(practice.run(&["report", "--json"]).json(0), board);
}

#[test]
fn rules_and_workflows() {
    let practice = Practice::new();
    let check = practice.run(&["rules", "check", "--json"]).json(0);
    assert_eq!(check["diagnostics"], Value::Array(Vec::new()));
    assert!(check["rules"].as_u64().unwrap() >= 40, "{check}");
    let test = practice.run(&["rules", "test", "payers/aetna", "--json"]).json(0);
    assert_eq!(test["failed"], 0);
    assert!(test["passed"].as_u64().unwrap() > 0);
    let one = practice.run(&["rules", "test", "--filter", "AET-", "--json"]).json(0);
    assert!(one["passed"].as_u64().unwrap() > 0);
    let workflows = practice.run(&["workflow", "check", "--json"]).json(0);
    let names: Vec<&str> =
        workflows["workflows"].as_array().unwrap().iter().filter_map(|own| own["name"].as_str()).collect();
    assert!(names.contains(&"professional-claim") && names.contains(&"appeal"), "{names:?}");
    let mermaid = practice.run(&["workflow", "graph", "professional-claim"]);
    assert!(mermaid.ended(0).contains("flowchart"), "{}", mermaid.out);
    let file = practice.path("claim.svg");
    practice.run(&["workflow", "graph", "-o", file.to_str().unwrap()]).ended(0);
    assert!(std::fs::read_to_string(file).unwrap().starts_with("<svg"));
}

#[test]
fn fields_are_looked_up() {
    let found = run(&["rules", "fields", "line.units", "--json"]).json(0);
    assert_eq!(found["entries"][0]["path"], "line.units");
    assert_eq!(found["entries"][0]["type"], "quantity");
    assert!(run(&["rules", "fields", "modifier"]).ended(0).contains("line.has_modifier(modifier)"));
    let nothing = run(&["rules", "fields", "line.unitz"]);
    assert!(nothing.refused(2).contains("did you mean `line.units`?"));
}

#[test]
fn rules_get_one_look() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.rhai");
    let shown = path.to_str().expect("a path");
    std::fs::write(&path, "rule \"X\" { title \"t\" stage scrub\nwhen true hold coding because \"b\" }")
        .expect("it is written");

    assert!(run(&["rules", "fmt", "--check", shown]).ended(1).contains("is not in order"));
    run(&["rules", "fmt", shown]).ended(0);
    let text = std::fs::read_to_string(&path).expect("it is there");
    assert!(text.starts_with("rule \"X\" {\n    title     \"t\"\n    stage     scrub\n"), "{text}");
    let check = run(&["rules", "fmt", "--check", "--json", shown]).json(0);
    assert_eq!((check["files"].as_u64(), check["not_in_order"].as_array().map(Vec::len)), (Some(1), Some(0)));
    std::fs::write(&path, "rule \"X\" {\n    when claim.charge = 1\n").expect("it is written");
    let broken = run(&["rules", "fmt", shown]);
    assert!(broken.ended(1).is_empty() && broken.err.contains("1 left alone"), "{}", broken.err);
    run(&["rules", "fmt", "nowhere.rhai"]).refused(3);
}
