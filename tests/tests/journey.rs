//! One claim's whole way while everything changes under it: begun on version 1 of its workflow, killed twice, moved to
//! version 2, restored from a backup, and brought to its end. Its timeline tells all of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use claimflow_core::Claim;
use claimflow_simulator::{load, remit};
use claimflow_tests::{Folder, envelope, file_of, spoil, text};
use claimflow_x12::{Transaction, read, write_835};
use jiff::civil::date;

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");
const CLAIMS: usize = 40;

/// A practice's folder and the program on it.
struct Practice(PathBuf);

impl Practice {
    fn command(&self, clock: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("--practice").arg(&self.0).args(["--clock", clock]).args(arguments).env("USER", "maria");
        command
    }

    fn run(&self, clock: &str, arguments: &[&str]) -> String {
        let output = self.command(clock, arguments).output().expect("the program starts");
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1)), "{arguments:?}: {code:?} {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs a command and kills it at once, or after a moment.
    fn kill(&self, clock: &str, arguments: &[&str], after: Duration) {
        let mut command = self.command(clock, arguments);
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        std::thread::sleep(after);
        let _may_have_ended = child.kill();
        child.wait().expect("it has ended");
    }

    /// The workflow and state of a claim. Any command finishes what a killed one left, so this one has its time too.
    fn state(&self, clock: &str, id: &str) -> String {
        let shown = self.run(clock, &["show", id, "--json"]);
        let shown: serde_json::Value = serde_json::from_str(&shown).expect("an answer");
        format!("{} {}", shown["workflow"], shown["state"]).replace('"', "")
    }

    /// The claims of all outgoing files, as they were sent.
    fn sent(&self) -> Vec<Claim> {
        let files = std::fs::read_dir(self.0.join("outbox")).expect("an outbox");
        let bytes = files.map(|file| std::fs::read(file.expect("an entry").path()).expect("a file"));
        let sent = bytes.flat_map(|bytes| {
            let file = read(&bytes);
            let claims = file.transactions.iter().flat_map(Transaction::claims);
            claims.map(|read| read.claim).collect::<Vec<_>>()
        });
        sent.collect()
    }
}

/// The second version: what holds a claim is called `mend`, and an acceptance is waited for a day.
fn write_second_version(practice: &Path) {
    let folder = practice.join("workflows/professional-claim");
    let first = std::fs::read_to_string(folder.join("v1.yaml")).expect("the first version");
    let second = first
        .replace("version: 1\n", "version: 2\n")
        .replace("to: held }", "to: mend }")
        .replace("  held:\n", "  mend:\n")
        .replace(
            "for: [accepted, rejected, remitted], at-most: 2d",
            "for: [accepted, rejected, remitted], at-most: 1d",
        );
    assert_ne!(first, second);
    std::fs::write(folder.join("v2.yaml"), second).expect("a file can be written");
}

#[test]
fn a_claim_finishes_after_kills_a_new_version_and_a_restore_and_tells_it() {
    let folder = Folder::init(PROGRAM);
    let practice = Practice(folder.path());
    let mut claims: Vec<Claim> = load(CLAIMS, 21).collect();
    spoil(&mut claims[7]);
    let id = claims[7].id.to_string();
    let file = folder.file("claims.837", &file_of(&claims, 1));
    let (file, monday) = (file.to_string_lossy().into_owned(), "2026-10-05T09:00:00Z");

    // Killed while it comes in, and the same command again; how long that takes tells when to kill the next time.
    practice.kill(monday, &["ingest", &file], Duration::from_millis(1));
    let begun = Instant::now();
    practice.run(monday, &["ingest", &file]);
    let usual = begun.elapsed();
    assert!(practice.state(monday, &id).ends_with(" held"), "{}", practice.state(monday, &id));

    // Moved to the second version, and killed while it is corrected there.
    write_second_version(&folder.path());
    let tuesday = "2026-10-06T09:00:00Z";
    let migrate = ["workflow", "migrate", "--map", "held=mend", "--apply", "--reason", "shorter waits"];
    practice.run(tuesday, &migrate);
    assert!(practice.state(tuesday, &id).ends_with(" mend"), "{}", practice.state(tuesday, &id));
    let correct = ["correct", &id, "place_of_service=10", "--reason", "it was a video session"];
    practice.kill(tuesday, &correct, usual / 2);
    if practice.state(tuesday, &id).ends_with(" mend") {
        practice.run(tuesday, &correct);
    }
    // Killed between its queue and the file: the next that sends has it go out, as `serve` does when it starts.
    if practice.state(tuesday, &id).ends_with(" awaiting-submission") {
        practice.run(tuesday, &["ingest", &file]);
    }
    assert!(
        practice.state(tuesday, &id).ends_with(" awaiting-acceptance"),
        "{}",
        practice.state(tuesday, &id)
    );

    // The machine is lost; the backup is not.
    let backup = folder.file("to-be-removed", b"").with_file_name("backup");
    practice.run("2026-10-06T18:00:00Z", &["backup", &backup.to_string_lossy()]);
    let restored = Practice(backup.with_file_name("restored"));
    practice.run(tuesday, &["restore", &backup.to_string_lossy(), &restored.0.to_string_lossy()]);
    std::fs::remove_dir_all(&practice.0).expect("the first one is gone");

    // The payer denies it, and the practice writes it off.
    let sent: Vec<Claim> = restored.sent();
    let own: Vec<&Claim> = sent.iter().filter(|claim| claim.id.to_string().starts_with(&id)).collect();
    assert_eq!(own.len(), 1, "it went out once");
    let paid = write_835(&envelope(9), &[remit(own.iter().copied(), 9, date(2026, 10, 20), 1_000)]);
    let paid = folder.file("paid.835", &paid);
    let decided = "2026-10-21T09:00:00Z";
    restored.run(decided, &["ingest", &paid.to_string_lossy()]);
    assert!(restored.state(decided, &id).ends_with(" denied"), "{}", restored.state(decided, &id));
    let wrote_off = ["resolve", &id, "--as", "written-off", "--reason", "too late to appeal"];
    restored.run("2026-10-22T09:00:00Z", &wrote_off);
    let last = "2026-10-22T10:00:00Z";
    assert!(restored.state(last, &id).ends_with(" written-off"), "{}", restored.state(last, &id));
    restored.run(last, &["journal", "verify", "--state"]);
    insta::assert_snapshot!(restored.run(last, &["show", &id]));
}
