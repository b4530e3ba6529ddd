//! A practice at work in a process of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Practice, TODAY, command};

/// A serving process, stopped at the end in any case, and the file with what it says.
pub struct Serving {
    child: Child,
    log: PathBuf,
}

impl Serving {
    /// Starts it, and waits until it is at work.
    pub fn start(practice: &Practice) -> Self {
        let root = practice.path("");
        let log = practice.path("../serve.log");
        let mut command = command();
        command.args(["--practice", root.to_str().unwrap(), "--clock", TODAY, "serve", "--every", "50"]);
        let child = command.stderr(File::create(&log).unwrap()).stdout(Stdio::null()).spawn().unwrap();
        let this = Self { child, log };
        until("it is at work", || this.said().contains("at work"));
        this
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Asks it to stop, and gives its exit code and what it said.
    pub fn stop(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        (self.child.wait().unwrap().code(), self.said())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Waits until something holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(25));
    }
}

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.collect()
}

#[test]
fn files_are_taken_in_and_others_are_told_who_is_at_work() {
    let practice = Practice::new();
    let serving = Serving::start(&practice);
    let (name, bytes) = practice.sample.files.first().unwrap();
    fs::write(practice.path("inbox").join(name), bytes).unwrap();
    fs::write(practice.path("inbox/garbage.txt"), "hello").unwrap();
    until("the claims are taken in", || !files(&practice.path("outbox")).is_empty());
    until("both files are settled", || {
        practice.path("inbox/failed/garbage.txt").exists() && !practice.path("inbox").join(name).exists()
    });
    let why = fs::read_to_string(practice.path("inbox/failed/garbage.txt.why.txt")).unwrap();
    assert!(why.contains("neither X12 nor JSON"), "{why}");

    // Others have their work done by it.
    let claims = practice.run(&["claims", "--all", "--json"]).json(0);
    let claim = claims["claims"][0]["id"].as_str().unwrap().to_owned();
    practice.run(&["show", &claim]).ended(0);
    assert!(practice.run(&["show", "NO-SUCH-CLAIM"]).refused(3).contains("NO-SUCH-CLAIM"));
    let taken =
        practice.run(&["ingest", practice.path("inbox/done").join(name).to_str().unwrap(), "--json"]).json(0);
    assert_eq!(taken["files"][0]["duplicate"], true);
    // Only one can serve.
    let second = practice.run(&["serve"]);
    let said = second.refused(3);
    assert!(said.contains(&format!("in use by process {}", serving.child.id())), "{said}");

    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("stopping"), "{said}");
    assert!(!practice.run(&["claims", "--json"]).json(0)["claims"].as_array().unwrap().is_empty());
    practice.run(&["journal", "verify"]).ended(0);
}

#[test]
fn a_practice_that_was_led_back_sends_nothing_until_it_is_released() {
    let practice = Practice::new();
    // As `restore --at` leaves it.
    let held = r#"{ "since": "2026-10-03T00:00:00Z", "as_of": "2026-10-01T12:00:00Z", "sent": [] }"#;
    fs::write(practice.path("data/sending-held.json"), held).unwrap();
    let serving = Serving::start(&practice);
    let told =
        "this practice was restored as of 2026-10-01 12:00, and nothing goes out until somebody has looked";
    assert!(serving.said().contains(told), "{}", serving.said());
    let (name, bytes) = practice.sample.files.first().unwrap();
    fs::write(practice.path("inbox").join(name), bytes).unwrap();
    until("the claims are taken in", || practice.path("inbox/done").join(name).exists());
    let status = practice.run(&["outbox", "status", "--json"]).json(0);
    let waiting = status["waiting"].as_array().unwrap().len();
    assert!(waiting > 0 && files(&practice.path("outbox")).is_empty(), "{status}");
    let file = practice.claims();
    let again = practice.run(&["ingest", &file]);
    assert!(again.err.contains(told), "{}", again.err);

    // It goes on at once, in the process that is at work.
    let released = practice.run(&["outbox", "release", "--reason", "looked", "--json"]).json(0);
    assert_eq!(files(&practice.path("outbox")).len(), released["written"].as_array().unwrap().len());
    assert!(practice.run(&["outbox", "status"]).ended(0).starts_with("Sending is not held; 0 claims wait"));
    assert_eq!(practice.ids("awaiting-acceptance").len(), waiting);
    assert!(practice.run(&["outbox", "release", "--reason", "looked"]).refused(3).contains("is not held"));
    let history = practice.run(&["rules", "history", "--json"]).json(0);
    assert_eq!(history["changes"][0]["action"], "sending released", "{history}");
    assert_eq!(serving.stop().0, Some(0));
}

#[test]
fn changed_rules_go_live_and_broken_ones_do_not() {
    let practice = Practice::new();
    let serving = Serving::start(&practice);
    fs::create_dir_all(practice.path("payers/own/rules")).unwrap();
    fs::write(practice.path("payers/own/pack.yaml"), "name: own\nversion: 1.0.0\nlayer: practice\n").unwrap();
    let rule = practice.path("payers/own/rules/own.rhai");
    fs::write(&rule, "rule \"BROKEN\" { stage scrubb }").unwrap();
    until("the broken rule is told", || serving.said().contains("have errors; the last good rules stay"));
    let status = practice.run(&["rules", "status"]);
    assert!(status.ended(1).contains("payers/own/rules/own.rhai"), "{}", status.out);
    let whole = "rule \"OWN-HOLD-ALL\" {\n    title \"Every claim is looked at\"\n    stage scrub\n    when claim.line_count > 0\n    hold claim_data\n    owner triage\n    ask \"Please look.\"\n    because \"a trial\"\n}\n";
    fs::write(&rule, whole).unwrap();
    until("the new rule is live", || serving.said().contains("changed files are live: other rules"));
    for (name, bytes) in &practice.sample.files {
        fs::write(practice.path("inbox").join(name), bytes).unwrap();
    }
    until("the claims are taken in", || {
        files(&practice.path("inbox/done")).len() + files(&practice.path("inbox/failed")).len() > 3
    });
    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("changed files have errors; the last good rules stay"), "{said}");
    assert!(said.contains("changed files are live: other rules"), "{said}");
    let queue = practice.run(&["queue", "triage", "--json"]).json(0);
    assert!(!queue["items"].as_array().unwrap().is_empty(), "the new rule held claims: {said}");
}

#[test]
fn a_rule_is_promoted_while_the_practice_is_served_and_that_is_noted_once() {
    let practice = Practice::new();
    fs::create_dir_all(practice.path("payers/own/rules")).unwrap();
    fs::write(practice.path("payers/own/pack.yaml"), "name: own\nversion: 1.0.0\nlayer: practice\n").unwrap();
    let rule = "rule \"OWN-TRIAL\" {\n    title \"A trial\"\n    stage scrub\n    mode shadow\n    when claim.charge > 0\n    hold claim_data\n    because \"a trial\"\n}\n";
    fs::write(practice.path("payers/own/rules/own.rhai"), rule).unwrap();
    let serving = Serving::start(&practice);
    let promoted = practice.run(&["rules", "promote", "OWN-TRIAL", "--reason", "tried"]);
    assert!(promoted.ended(0).contains("The serving process decides by it from now on"), "{}", promoted.out);
    let demoted = practice.run(&["rules", "demote", "OWN-TRIAL", "--reason", "not yet", "--json"]).json(0);
    assert_eq!((&demoted["serving"], &demoted["live"]), (&true.into(), &true.into()), "{demoted}");
    let status = practice.run(&["rules", "status", "--json"]).json(0);
    assert_eq!(status["generation"], demoted["generation"]);
    fs::write(practice.path("rules.yaml"), "rules:\n  OWN-TRIAL: { mode: off, reason: by hand }\n").unwrap();
    let changes = || practice.run(&["rules", "history", "--json"]).json(0)["changes"].clone();
    until("the edit is noted", || changes()[0]["action"] == "rules.yaml edited");
    // A pack that changes while a rule is off has its cases tried on all packs, as ever.
    fs::create_dir(practice.path("payers/own/cases")).unwrap();
    let case = "- case: every claim with a charge\n  stage: scrub\n  expect: { fires: [OWN-TRIAL] }\n";
    fs::write(practice.path("payers/own/cases/a.yaml"), case).unwrap();
    fs::write(practice.path("payers/own/rules/own.rhai"), rule.replace("a trial", "a longer trial")).unwrap();
    until("the changed pack is live", || practice.run(&["rules", "status"]).code == 0);
    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    let actions: Vec<String> =
        changes().as_array().unwrap().iter().map(|own| own["action"].as_str().unwrap().to_owned()).collect();
    assert_eq!(actions, ["rules.yaml edited", "rule demoted", "rule promoted"]);
}

#[test]
fn a_workflow_changes_under_claims_while_they_are_at_work() {
    let practice = Practice::with_claims();
    let (first, second) = (
        practice.path("workflows/professional-claim/v1.yaml"),
        practice.path("workflows/professional-claim/v2.yaml"),
    );
    let text = fs::read_to_string(&first).unwrap();
    let renamed = text.replace("to: held }", "to: mend }").replace("  held:\n", "  mend:\n");
    let serving = Serving::start(&practice);
    fs::write(&first, format!("# a note\n{text}")).unwrap();
    until("who stays is told", || serving.said().contains("version 1 of `professional-claim` was edited"));
    fs::write(&first, &renamed).unwrap();
    until("it is refused", || serving.said().contains("claims run on what was taken away"));
    let status = practice.run(&["rules", "status"]);
    assert!(status.ended(1).contains("no longer has the state `held`"), "{}", status.out);
    practice.run(&["queue"]).ended(0);
    fs::write(&first, &text).unwrap();
    until("it is as before", || practice.run(&["rules", "status"]).code == 0);

    fs::write(&second, renamed.replace("version: 1\n", "version: 2\n")).unwrap();
    until("the second version is live", || serving.said().contains("new claims start on version 2"));
    let held = practice.ids("held").len();
    let moved = practice.run(&["workflow", "migrate", "--map", "held=mend", "--apply", "--json"]).json(0);
    assert!(moved["claims"].as_array().unwrap().len() > held);
    assert_eq!(practice.ids("mend").len(), held);
    fs::remove_file(&first).unwrap();
    until("the first version may go", || {
        let listed = practice.run(&["workflow", "list", "--json"]).json(0);
        listed["workflows"].as_array().unwrap().iter().all(|row| {
            row["workflow"] != "professional-claim" || row["version"] == 2 || row["status"] == "kept"
        })
    });
    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
}
