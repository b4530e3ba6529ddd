//! Claims that cannot go on: listed, explained, and tried again after the mend.

use std::fs;

use crate::support::Practice;

/// Claims of one line divide by zero.
const SHAKY: &str = "rule \"SHAKY-RATIO\" {\n    title \"x\"\n    stage scrub\n    when 10 / (claim.line_count - 1) > 50\n    \
                     hold documentation\n    because \"y\"\n}\n";

#[test]
fn a_rule_that_errs_is_listed_and_its_claims_go_on_once_it_is_mended() {
    let practice = Practice::new();
    let rule = practice.path("payers/aetna/rules/shaky.rhai");
    fs::write(&rule, SHAKY).unwrap();
    practice.run(&["ingest", &practice.claims()]).ended(1);

    let listed = practice.run(&["claims", "--incident", "--json"]).json(0);
    let incidents = listed["incidents"].as_array().unwrap();
    assert!(!incidents.is_empty(), "{listed}");
    let first = &incidents[0]["incidents"][0];
    assert_eq!((first["cause"].as_str(), first["place"]["line"].as_u64()), (Some("rule-error"), Some(1)));
    assert_eq!(first["place"]["file"], "payers/aetna/rules/shaky.rhai");
    let id = incidents[0]["id"].as_str().unwrap().to_owned();

    let show = practice.run(&["show", &id]);
    assert!(show.ended(0).starts_with("INCIDENT"), "{}", show.out);
    assert!(show.out.contains("claimflow retry"), "{}", show.out);
    let queue = practice.run(&["queue", "billing_lead", "--json"]).json(0);
    let own = |item: &serde_json::Value| item["category"] == "incident" && item["id"] == id.as_str();
    assert!(queue["items"].as_array().unwrap().iter().any(own), "{queue}");
    assert!(practice.run(&["report"]).ended(0).contains("claimflow claims --incident"));

    // Before the mend each still fails, and after it each goes on.
    let again = practice.run(&["retry", &id, "--json"]).json(1);
    assert_eq!(again["claims"][0]["result"], "failing", "{again}");
    fs::remove_file(&rule).unwrap();
    let dry = practice.run(&["retry", "--all", "--cause", "rule-error", "--dry-run", "--json"]).json(0);
    assert_eq!(dry["would_retry"].as_array().unwrap().len(), incidents.len());
    let all = practice.run(&["retry", "--all", "--cause", "rule-error"]);
    assert!(all.ended(0).contains("0 still failing"), "{}", all.out);
    assert!(practice.run(&["claims", "--incident"]).ended(0).contains("No incidents"));
    assert!(practice.run(&["show", &id]).ended(0).contains("incident rule-error/SHAKY-RATIO"));
    assert_eq!(practice.run(&["retry", &id]).code, 1);
}

#[test]
fn what_is_asked_wrongly_is_refused_with_the_mend() {
    let practice = Practice::with_claims();
    assert!(
        practice
            .run(&["retry", "--all", "--cause", "rule-eror"])
            .refused(2)
            .contains("did you mean `rule-error`?")
    );
    practice.run(&["retry"]).refused(2);
    practice.run(&["retry", "A1", "--close"]).refused(2);
    assert!(practice.run(&["retry", "NO-SUCH"]).refused(3).contains("there is no claim `NO-SUCH`"));
}
