//! A rule on its way from the shadow into force and back, and who decided it.

use std::fs;

use crate::support::Practice;

const RULE: &str = "rule \"OWN-TRIAL\" {
    title   \"A trial\"
    stage   scrub
    mode    shadow
    when    claim.charge > 0
    hold    documentation
    ask     \"Please look at this claim.\"
    because \"a trial\"
}
";
const CASES: &str = "\
- case: every claim with a charge is looked at
  stage: scrub
  expect: { fires: [OWN-TRIAL] }
";

fn with_trial() -> Practice {
    let practice = Practice::new();
    fs::create_dir_all(practice.path("payers/own/rules")).unwrap();
    fs::create_dir_all(practice.path("payers/own/cases")).unwrap();
    fs::write(practice.path("payers/own/pack.yaml"), "name: own\nversion: 1.0.0\nlayer: practice\n").unwrap();
    fs::write(practice.path("payers/own/rules/trial.rhai"), RULE).unwrap();
    fs::write(practice.path("payers/own/cases/trial.yaml"), CASES).unwrap();
    practice
}

/// Takes in a file of the sample; gives how many of its claims the trial holds, and how many there are.
fn take_in(practice: &Practice, file: usize) -> (usize, usize) {
    let (name, bytes) = &practice.sample.files[file];
    let path = practice.file(name, bytes);
    let taken = practice.run(&["ingest", &path, "--json"]);
    assert!(taken.code <= 1, "{}", taken.err);
    let taken: serde_json::Value = serde_json::from_str(&taken.out).unwrap();
    let claims = taken["claims"].as_array().unwrap();
    let held = claims.iter().filter(|claim| {
        let shown = practice.run(&["show", claim["id"].as_str().unwrap(), "--json"]).json(0);
        let findings = shown["findings"].as_array().unwrap();
        findings.iter().any(|own| own["rule"] == "OWN-TRIAL" && own["level"] == "hold")
    });
    (held.count(), claims.len())
}

fn entry(practice: &Practice) -> String {
    fs::read_to_string(practice.path("rules.yaml")).unwrap_or_default()
}

#[test]
fn a_rule_is_watched_promoted_and_taken_back() {
    let practice = with_trial();
    let (held, claims) = take_in(&practice, 0);
    assert!(held == 0 && claims > 0, "a rule in shadow holds nothing");
    let report =
        practice.run(&["rules", "shadow", "report", "OWN-TRIAL", "--json"]).json(0)["rules"][0].clone();
    assert_eq!(
        (report["claims"].as_u64(), report["by_level"]["hold"].as_u64()),
        (Some(claims as u64), Some(claims as u64)),
        "{report}"
    );
    assert_eq!(
        (report["mode"].as_str(), report["days"].as_u64(), report["precision"].as_u64()),
        (Some("shadow"), Some(1), None),
        "{report}"
    );
    let report = practice.run(&["rules", "shadow", "report"]);
    let sentence = format!("OWN-TRIAL would have held {claims} claims in 1 day");
    assert!(report.ended(0).starts_with(&sentence), "{}", report.out);
    let promoted = practice.run(&["rules", "promote", "OWN-TRIAL", "--reason", "it says \"yes\" # always"]);
    assert!(promoted.ended(0).contains("OWN-TRIAL  is live: it acts"), "{}", promoted.out);
    assert!(promoted.out.contains("from the next command on"), "{}", promoted.out);
    assert!(entry(&practice).contains(
        "OWN-TRIAL: { mode: live, by: tester, reason: \"it says \\\"yes\\\" # always\", on: 2026-10-03 }"
    ));
    let (held, claims) = take_in(&practice, 1);
    assert!(held == claims && claims > 0, "{held} of {claims}");
    let again = practice.run(&["rules", "promote", "OWN-TRIAL", "--reason", "twice"]);
    assert!(again.refused(3).contains("`OWN-TRIAL` is live already"), "{}", again.err);
    practice.run(&["rules", "rollback", "--reason", "too much work"]).ended(0);
    assert!(!entry(&practice).contains("OWN-TRIAL"), "{}", entry(&practice));
    let (held, claims) = take_in(&practice, 2);
    assert!(held == 0 && claims > 0, "{held} of {claims}");
    let nothing = practice.run(&["rules", "rollback"]);
    assert!(nothing.refused(3).contains("nothing to undo"), "{}", nothing.err);
    insta::assert_snapshot!(practice.run(&["rules", "history"]).ended(0));
}

#[test]
fn decisions_by_hand_and_by_command_are_both_remembered_once() {
    let practice = with_trial();
    practice
        .run(&[
            "rules",
            "enforce",
            "OWN-TRIAL",
            "advisory",
            "--reason",
            "until April",
            "--until",
            "2027-03-31",
        ])
        .ended(0);
    practice.run(&["rules", "promote", "OWN-TRIAL", "--reason", "tried"]).ended(0);
    let text = entry(&practice);
    assert!(text.contains("{ mode: live, enforcement: advisory, expires: 2027-03-31,"), "{text}");
    // A comment and another layout are no decision; another mode is.
    fs::write(practice.path("rules.yaml"), format!("# ours\n{text}")).unwrap();
    practice.run(&["claims"]).ended(0);
    let by_hand = "rules:\n  OWN-TRIAL:\n    mode: off\n    reason: by hand\npacks:\n  own: { mode: live, reason: x }\n";
    fs::write(practice.path("rules.yaml"), by_hand).unwrap();
    practice.run(&["claims"]).ended(0);
    let changes = practice.run(&["rules", "history", "--json"]).json(0)["changes"].clone();
    let short: Vec<String> = changes
        .as_array()
        .unwrap()
        .iter()
        .map(|own| {
            format!(
                "{} {} {}",
                own["actor"].as_str().unwrap(),
                own["action"].as_str().unwrap(),
                own["subject"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            "by hand rules.yaml edited pack own",
            "by hand rules.yaml edited OWN-TRIAL",
            "tester rule promoted OWN-TRIAL",
            "tester rule enforced OWN-TRIAL",
        ]
    );
    practice.run(&["rules", "rollback"]).ended(0);
    practice.run(&["rules", "rollback"]).ended(0);
    assert_eq!(
        practice.run(&["rules", "history", "OWN-TRIAL", "--json"]).json(0)["changes"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    assert!(
        entry(&practice).contains("{ mode: live, enforcement: advisory, expires: 2027-03-31,"),
        "{}",
        entry(&practice)
    );
}

#[test]
fn what_cannot_be_decided_is_refused_and_nothing_is_written() {
    let practice = with_trial();
    let refused = |arguments: &[&str], code: i32, why: &str| {
        let mut all = vec!["rules"];
        all.extend_from_slice(arguments);
        let ran = practice.run(&all);
        assert!(ran.refused(code).contains(why), "{}", ran.err);
        assert_eq!(entry(&practice), "", "{arguments:?}");
    };
    refused(&["promote", "OWN-TRAIL", "--reason", "x"], 2, "did you mean `OWN-TRIAL`?");
    refused(&["promote", "--pack", "ownn", "--reason", "x"], 2, "did you mean `own`?");
    refused(&["promote", "OWN-TRIAL", "--reason", " "], 2, "needs a reason");
    refused(&["promote", "--reason", "x"], 2, "RULE");
    refused(&["disable", "OWN-TRIAL", "--reason", "x", "--until", "2026-01-01"], 2, "has gone by");
    fs::write(practice.path("payers/own/cases/trial.yaml"), CASES.replace("fires", "silent")).unwrap();
    refused(&["promote", "OWN-TRIAL", "--reason", "x"], 3, "cases of the pack `own` do not hold");
    fs::write(practice.path("payers/own/rules/trial.rhai"), RULE.replace("charge", "chrage")).unwrap();
    refused(&["promote", "OWN-TRIAL", "--reason", "x"], 3, "has errors");
}

#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let page = include_str!("../../../../docs/layers-and-shadow.md");
    let practice = Practice::with_claims();
    let commands: Vec<Vec<String>> =
        page.lines().filter_map(|line| line.strip_prefix("claimflow ")).map(words).collect();
    assert_eq!(commands.len(), 8, "{commands:?}");
    for command in &commands {
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        let ran = practice.run(&arguments);
        assert_eq!(ran.code, 0, "{command:?}: {}", ran.err);
    }
    let history = practice.run(&["rules", "history", "--json"]).json(0);
    assert_eq!(history["changes"].as_array().unwrap().len(), 5, "{history}");
    assert!(entry(&practice).contains("enforcement: advisory, expires: 2027-03-31"), "{}", entry(&practice));
    let yaml = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    fs::write(practice.path("rules.yaml"), yaml).unwrap();
    practice.run(&["rules", "check"]).ended(0);
}

/// The words of a command line, double quotes taken off.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split('"').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}
