//! Help is where people look first.

use crate::support::run;

const COMMANDS: &[&[&str]] = &[
    &["demo"],
    &["init"],
    &["ingest"],
    &["serve"],
    &["claims"],
    &["show"],
    &["explain"],
    &["queue"],
    &["resolve"],
    &["release"],
    &["correct"],
    &["report"],
    &["outbox", "status"],
    &["outbox", "sent"],
    &["outbox", "release"],
    &["export"],
    &["rules", "backtest"],
    &["rules", "check"],
    &["rules", "coverage"],
    &["rules", "decay"],
    &["rules", "diff"],
    &["rules", "fields"],
    &["rules", "fmt"],
    &["rules", "overlap"],
    &["rules", "new", "case"],
    &["rules", "new", "rule"],
    &["rules", "test"],
    &["rules", "shadow", "report"],
    &["rules", "promote"],
    &["rules", "demote"],
    &["rules", "enforce"],
    &["rules", "disable"],
    &["rules", "rollback"],
    &["rules", "history"],
    &["plugin", "list"],
    &["plugin", "check"],
    &["plugin", "test"],
    &["plugin", "new"],
    &["tables", "import"],
    &["tables", "list"],
    &["workflow", "check"],
    &["workflow", "graph"],
    &["x12", "inspect"],
    &["journal", "verify"],
    &["journal", "seal"],
    &["journal", "retain"],
    &["state", "rebuild"],
];

#[test]
fn every_command_has_examples() {
    for command in COMMANDS {
        for flag in ["--help", "-h"] {
            let mut arguments = command.to_vec();
            arguments.push(flag);
            let ran = run(&arguments);
            assert!(ran.ended(0).contains("Examples:\n  claimflow "), "{command:?}: {}", ran.out);
            assert!(ran.out.contains("--json"), "{command:?}");
            assert!(ran.out.lines().all(|line| line.chars().count() <= 100), "{command:?}: {}", ran.out);
        }
    }
}

#[test]
fn the_first_page() {
    insta::assert_snapshot!(run(&["--help"]).ended(0));
}

#[test]
fn every_field_that_can_be_corrected_is_listed() {
    let ran = run(&["correct", "--help"]);
    for field in claimflow_core::field::CLAIM_FIELDS {
        assert!(ran.ended(0).contains(field.name), "{}", field.name);
    }
    for field in claimflow_core::field::LINE_FIELDS {
        assert!(ran.out.contains(&format!("line[N].{}", field.name)), "{}", field.name);
    }
}
