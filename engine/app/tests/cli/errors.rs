//! What goes wrong, what is said, and how it ends.

use std::fs;

use crate::support::{Practice, run, run_in};

#[test]
fn wrong_usage_ends_with_2() {
    let practice = Practice::new();
    assert!(run(&["clams"]).refused(2).contains("'claims'"));
    run(&[]).refused(2);
    run(&["ingest"]).refused(2);
    run(&["--clock", "tomorrow", "claims"]).refused(2);
    let near = practice.run(&["correct", "C1", "place_of_servise=10"]);
    assert!(near.refused(2).contains("did you mean `place_of_service`?"));
    assert!(practice.run(&["correct", "C1", "units"]).refused(2).contains("FIELD=VALUE"));
    assert!(practice.run(&["release", "C1", "--reason", " "]).refused(2).contains("needs a reason"));
    practice.run(&["explain", "C1", "--stage", "scrubb"]).refused(2);
}

#[test]
fn what_cannot_be_done_ends_with_3() {
    let practice = Practice::new();
    let absent = practice.run(&["ingest", "no-such-file.837", practice.path("").to_str().unwrap()]);
    assert!(absent.refused(3).contains("`no-such-file.837`: there is no such file"), "{}", absent.err);
    assert!(
        absent.err.contains("is a folder") && absent.err.contains("nothing was taken in"),
        "{}",
        absent.err
    );
    assert!(practice.run(&["show", "NOPE"]).refused(3).contains("there is no claim `NOPE`"));
    assert!(run(&["x12", "inspect", "no-such-file"]).refused(3).contains("no such file"));
    let empty = tempfile::tempdir().unwrap();
    assert!(run_in(empty.path(), &["claims"]).refused(3).contains("is not a practice folder"));
    assert!(
        run_in(empty.path(), &["--practice", "x", "queue"]).refused(3).contains("there is no folder `x`")
    );
    assert!(Practice::new().run(&["journal", "verify"]).refused(3).contains("there is no journal"));
}

#[test]
fn a_name_that_nothing_has_ends_with_2_and_the_nearest() {
    let practice = Practice::new();
    let near = [
        (&["queue", "front-desk"][..], "did you mean `front_desk`?"),
        (&["queue", "NOBODY"], "there are: billing"),
        (&["claims", "--state", "hold"], "did you mean `held`?"),
        (&["claims", "--owner", "biling"], "did you mean `billing`?"),
        (&["claims", "--category", "authorisation"], "did you mean `authorization`?"),
        (&["claims", "--workflow", "profesional-claim@1"], "did you mean `professional-claim`?"),
        (&["claims", "--incident", "--cause", "rule-eror"], "did you mean `rule-error`?"),
        (&["workflow", "graph", "profesional-claim"], "did you mean `professional-claim`?"),
        (&["workflow", "list", "profesional-claim"], "did you mean `professional-claim`?"),
        (&["workflow", "migrate", "profesional-claim"], "did you mean `professional-claim`?"),
        (&["plugin", "check", "fee-shedule"], "did you mean `fee-schedule`?"),
        (&["pack", "rollback", "aetan", "--reason", "x"], "did you mean `aetna`?"),
        (&["rules", "history", "AET-TELE-59"], "did you mean `AET-TELE-95`?"),
        (&["rules", "history", "--pack", "aetan"], "did you mean `aetna`?"),
        (&["rules", "shadow", "report", "AET-TELE-59"], "did you mean `AET-TELE-95`?"),
        (&["rules", "promote", "AET-TELE-59", "--reason", "x"], "did you mean `AET-TELE-95`?"),
        (&["rules", "backtest", "--rule", "AET-TELE-59"], "did you mean `AET-TELE-95`?"),
        (&["rules", "fields", "claim.chargee"], "did you mean `claim.charge`?"),
        (&["tables", "import", "mui", "x"], "did you mean `mue`?"),
    ];
    for (arguments, said) in near {
        let ran = practice.run(arguments);
        assert!(ran.refused(2).contains(said), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn init_leaves_what_is_there() {
    let practice = Practice::new();
    let root = practice.path("");
    assert!(run(&["init", root.to_str().unwrap()]).refused(3).contains("is a practice already"));
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("letter.txt"), "x").unwrap();
    assert!(run(&["init", other.path().to_str().unwrap()]).refused(3).contains("is not empty"));
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1);
}

#[test]
fn files_that_cannot_be_understood_are_told_and_end_with_1() {
    let practice = Practice::new();
    let (_, whole) = practice.sample.files.first().unwrap();
    let cut = &whole[..whole.len() / 2];
    let files: [(&str, &[u8], &str); 4] = [
        ("garbage.txt", b"hello, this is no claim", "neither X12 nor JSON"),
        ("empty.837", b"", "the file is empty"),
        ("binary.dat", &[0, 159, 146, 150, 255, 0, 1], "neither X12 nor JSON"),
        ("cut.837", cut, "error line"),
    ];
    for (name, bytes, said) in files {
        let ran = practice.run(&["ingest", &practice.file(name, bytes)]);
        assert!(ran.ended(1).contains(said), "{name}: {}", ran.out);
    }
    let json = practice.run(&["ingest", "--json", &practice.file("cut2.837", cut)]).json(1);
    let fault = &json["files"][0]["faults"][0];
    for key in ["line", "segment", "position", "code", "message"] {
        assert!(fault.get(key).is_some(), "{fault}");
    }
}

#[test]
fn under_a_broken_rule_the_last_sound_ones_decide_and_its_line_is_told() {
    let practice = Practice::with_claims();
    let rule = "rule \"BAD\" {\n    title \"x\"\n    stage scrub\n    when claim.place_of_servise == \"10\"\n    hold documentation\n    because \"y\"\n}\n";
    fs::write(practice.path("payers/aetna/rules/bad.rhai"), rule).unwrap();
    for command in ["claims", "queue", "report"] {
        let ran = practice.run(&[command]);
        assert!(!ran.ended(0).is_empty(), "{command}");
        assert!(ran.err.contains("payers/aetna/rules/bad.rhai:4:16"), "{}", ran.err);
        assert!(ran.err.contains("did you mean `claim.place_of_service`?"), "{}", ran.err);
        assert!(ran.err.contains("the last rules without any decide"), "{}", ran.err);
    }
    // A practice that was never sound has nothing to go on with.
    let fresh = Practice::new();
    fs::write(fresh.path("payers/aetna/rules/bad.rhai"), rule).unwrap();
    assert!(fresh.run(&["claims"]).refused(3).contains("nothing was done"));
    let check = practice.run(&["rules", "check", "payers/aetna"]);
    assert!(check.ended(1).contains("1 error"), "{}", check.out);
    let elsewhere = practice.run(&["rules", "check", "payers/medicare"]);
    elsewhere.ended(0);
    assert!(practice.run(&["rules", "test"]).ended(1).contains("No case was tried"));
}

#[test]
fn a_broken_workflow_tells_every_fault() {
    let practice = Practice::new();
    let file = practice.path("workflows/professional-claim/v1.yaml");
    let text = fs::read_to_string(&file).unwrap();
    let broken = text.replacen("to: authorization }", "to: authorisation }", 1).replacen(
        "do: claim.scrub",
        "do: claim.scrubb",
        1,
    );
    assert_ne!(broken, text);
    fs::write(&file, broken).unwrap();
    let check = practice.run(&["workflow", "check"]);
    let said = check.ended(1);
    assert!(
        said.contains("did you mean `authorization`?") && said.contains("did you mean `claim.scrub`?"),
        "{said}"
    );
    let refused = practice.run(&["ingest", &practice.claims()]);
    assert!(refused.refused(3).contains("v1.yaml"), "{}", refused.err);
}

#[test]
fn a_broken_register_row_is_left_out_and_told() {
    let practice = Practice::new();
    let file = practice.path("registers/coverage.csv");
    let mut text = fs::read_to_string(&file).unwrap();
    text.push_str("PRIVATE77,60054,perhaps,2026-13-45\n");
    fs::write(&file, text).unwrap();
    let check = practice.run(&["rules", "check"]);
    assert!(check.out.contains("registers/coverage.csv"), "{}", check.out);
    let claims = practice.run(&["claims"]);
    claims.ended(0);
}

#[test]
fn settings_with_a_slip_are_told() {
    let practice = Practice::new();
    let file = practice.path("claimflow.yaml");
    let text = fs::read_to_string(&file).unwrap().replace("npi-check: warn", "npi-chek: warn");
    fs::write(&file, text).unwrap();
    let refused = practice.run(&["claims"]);
    assert!(refused.refused(3).contains("claimflow.yaml"), "{}", refused.err);
    assert!(refused.err.contains("`npi-check`"), "{}", refused.err);
}
