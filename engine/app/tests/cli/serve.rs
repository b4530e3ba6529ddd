//! A practice at work in a process of its own.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Practice, TODAY, command};

/// A serving process, stopped at the end in any case.
struct Serving(Option<Child>);

impl Serving {
    fn start(practice: &Practice) -> Self {
        let root = practice.path("");
        let mut command = command();
        command.args(["--practice", root.to_str().unwrap(), "--clock", TODAY, "serve", "--every", "50"]);
        Self(Some(command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()))
    }

    fn id(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    /// Asks it to stop, and gives its exit code and what it said.
    fn stop(mut self) -> (Option<i32>, String) {
        let mut child = self.0.take().unwrap();
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (child.wait().unwrap().code(), said)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _gone = child.kill();
            let _reaped = child.wait();
        }
    }
}

/// Waits until something holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(25));
    }
}

fn is_in_use(practice: &Practice) -> bool {
    fs::read_to_string(practice.path("data/lock")).is_ok_and(|text| !text.trim().is_empty())
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
    until("the store is open", || is_in_use(&practice));
    let (name, bytes) = practice.sample.files.first().unwrap();
    fs::write(practice.path("inbox").join(name), bytes).unwrap();
    fs::write(practice.path("inbox/garbage.txt"), "hello").unwrap();
    until("the claims are taken in", || !files(&practice.path("outbox")).is_empty());
    until("both files are settled", || {
        practice.path("inbox/failed/garbage.txt").exists() && !practice.path("inbox").join(name).exists()
    });
    let why = fs::read_to_string(practice.path("inbox/failed/garbage.txt.why.txt")).unwrap();
    assert!(why.contains("neither X12 nor JSON"), "{why}");

    let refused = practice.run(&["claims"]);
    let said = refused.refused(3);
    assert!(said.contains(&format!("in use by process {}", serving.id())), "{said}");

    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("stopping"), "{said}");
    assert!(!practice.run(&["claims", "--json"]).json(0)["claims"].as_array().unwrap().is_empty());
    practice.run(&["journal", "verify"]).ended(0);
}

#[test]
fn changed_rules_go_live_and_broken_ones_do_not() {
    let practice = Practice::new();
    let serving = Serving::start(&practice);
    until("the store is open", || is_in_use(&practice));
    let rule = practice.path("payers/aetna/rules/own.rhai");
    fs::write(&rule, "rule \"BROKEN\" { stage scrubb }").unwrap();
    std::thread::sleep(Duration::from_millis(600));
    let whole = "rule \"OWN-HOLD-ALL\" {\n    title \"Every claim is looked at\"\n    stage scrub\n    when claim.line_count > 0\n    hold claim_data\n    owner triage\n    ask \"Please look.\"\n    because \"a trial\"\n}\n";
    fs::write(&rule, whole).unwrap();
    std::thread::sleep(Duration::from_millis(600));
    for (name, bytes) in &practice.sample.files {
        fs::write(practice.path("inbox").join(name), bytes).unwrap();
    }
    until("the claims are taken in", || {
        files(&practice.path("inbox/done")).len() + files(&practice.path("inbox/failed")).len() > 3
    });
    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("changed files have errors; the last good ones stay"), "{said}");
    assert!(said.contains("changed files are live: other rules"), "{said}");
    let queue = practice.run(&["queue", "triage", "--json"]).json(0);
    assert!(!queue["items"].as_array().unwrap().is_empty(), "the new rule held claims: {said}");
}
