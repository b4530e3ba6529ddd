//! `kill -9` while claims move to another version of their workflow, and back, then the same command again: every claim has
//! moved once, none is lost, nothing is sent, and the journal verifies.
//!
//! `CLAIMFLOW_KILLS` sets how many moments are tried; 4 when it is not set.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use claimflow_tests::{Folder, claims_file, text};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");
const CLAIMS: usize = 1_500;

/// State of every claim by its id.
fn states(folder: &Folder) -> BTreeMap<String, String> {
    let listed = folder.json(&["claims", "--all"]);
    let all = listed["claims"].as_array().cloned().unwrap_or_default();
    all.iter().map(|claim| (claim["id"].to_string(), claim["state"].to_string())).collect()
}

/// How many open claims are on a version.
fn open(folder: &Folder, version: u64) -> u64 {
    let listed = folder.json(&["workflow", "list"]);
    let rows = listed["workflows"].as_array().cloned().unwrap_or_default();
    rows.iter().filter(|row| row["version"] == version).filter_map(|row| row["open"].as_u64()).sum()
}

/// How often a claim moved in each batch, there (true) and back.
fn moves(folder: &Folder, claim: &str) -> BTreeMap<(String, bool), u32> {
    let shown = folder.json(&["show", claim]);
    let timeline = shown["timeline"].as_array().cloned().unwrap_or_default();
    let mut moves = BTreeMap::new();
    for event in timeline.iter().filter(|event| event["event"] == "migrated") {
        let key =
            (event["batch"].as_str().unwrap_or_default().to_owned(), event["back"] == Value::Bool(false));
        *moves.entry(key).or_default() += 1;
    }
    moves
}

/// Runs a command and kills it after a while; true when it was still at work then.
fn killed_after(folder: &Folder, arguments: &[&str], moment: Duration) -> bool {
    let mut command = folder.command();
    let mut child = command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(moment);
    let at_work = child.try_wait().expect("the program can be asked").is_none();
    let _may_have_ended = child.kill();
    child.wait().expect("the program has ended");
    at_work
}

fn done(folder: &Folder, arguments: &[&str]) {
    let ran = folder.run(arguments);
    assert!(ran.status.success(), "{arguments:?}: {}{}", text(&ran.stdout), text(&ran.stderr));
}

#[test]
fn killed_while_claims_move_and_run_again() {
    let trials: u32 = std::env::var("CLAIMFLOW_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    let folder = Folder::init(PROGRAM);
    let input = folder.file("claims.837", &claims_file(CLAIMS, 7));
    let code = folder.run(&["ingest", &input.to_string_lossy()]).status.code();
    assert!(matches!(code, Some(0 | 1)), "{code:?}");
    let first = folder.path().join("workflows/professional-claim/v1.yaml");
    let second =
        std::fs::read_to_string(&first).expect("the first version").replace("version: 1\n", "version: 2\n");
    std::fs::write(first.with_file_name("v2.yaml"), second).expect("a second version can be written");
    let (before, sent, all) = (states(&folder), folder.outbox(), open(&folder, 1));
    assert!(all > 1_000, "{all}");

    let forth = ["workflow", "migrate", "--from", "1", "--to", "2", "--apply", "--reason"];
    let mut midway = 0;
    let mut whole = Duration::ZERO;
    for trial in 0..=trials {
        let (reason, batch) = (format!("trial {trial}"), format!("M{}", trial + 1));
        let forth: Vec<&str> = forth.iter().copied().chain([reason.as_str()]).collect();
        let back = ["workflow", "migrate", "--back", &batch, "--apply"];
        let started = Instant::now();
        // The first run is whole, and says how long one takes.
        let moment = whole.mul_f64((f64::from(trial) - 0.5) / f64::from(trials.max(1)));
        for (command, version) in [(forth.as_slice(), 2), (back.as_slice(), 1)] {
            if trial > 0 {
                midway += u32::from(killed_after(&folder, command, moment));
            }
            done(&folder, command);
            if trial == 0 && version == 2 {
                whole = started.elapsed();
            }
            assert_eq!((open(&folder, version), open(&folder, 3 - version)), (all, 0), "trial {trial}");
        }
    }
    assert!(midway > 0, "no run was cut short: the moments are badly chosen");
    assert!(states(&folder) == before, "claims are in other states than before");
    assert!(folder.outbox() == sent, "something was sent");
    for claim in before.keys().step_by(97) {
        let moves = moves(&folder, claim.trim_matches('"'));
        assert!(moves.values().all(|times| *times == 1), "{claim}: {moves:?}");
        assert!(moves.is_empty() || moves.len() as u32 == 2 * (trials + 1), "{claim}: {moves:?}");
    }
    done(&folder, &["journal", "verify"]);
}
