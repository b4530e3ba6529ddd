//! `kill -9` of an ingest at random moments, then the same command again: every claim is there once, every submission
//! went out once, and the journal verifies.
//!
//! `CLAIMFLOW_KILLS` sets how many moments are tried; 12 when it is not set.

mod common;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use claimflow_tests::{Folder, text};
use claimflow_x12::{Kind, read};
use common::claims_file;

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");
const CLAIMS: usize = 2_000;

/// Every claim as the program lists it, by its id. Internal numbers, and so the order, follow what was durable first.
fn claims(folder: &Folder) -> BTreeMap<String, String> {
    let listed = folder.json(&["claims", "--all"]);
    let all = listed["claims"].as_array().cloned().unwrap_or_default();
    let by_id: BTreeMap<String, String> =
        all.iter().map(|claim| (claim["id"].to_string(), claim.to_string())).collect();
    assert_eq!(by_id.len(), all.len(), "a claim is there twice");
    by_id
}

/// How often each claim number went out.
fn submissions(folder: &Folder) -> BTreeMap<String, u32> {
    let mut sent = BTreeMap::new();
    for (name, bytes) in folder.outbox() {
        let file = read(&bytes);
        assert!(file.faults.is_empty(), "{name}: {:?}", file.faults);
        for transaction in &file.transactions {
            assert_eq!(transaction.kind, Kind::Claims837P);
            for read in transaction.claims() {
                *sent.entry(read.claim.id.to_string()).or_default() += 1;
            }
        }
    }
    sent
}

#[test]
fn killed_at_any_moment_and_run_again() {
    let trials: u64 = std::env::var("CLAIMFLOW_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let bytes = claims_file(CLAIMS, 7);
    let whole = Folder::init(PROGRAM);
    let input = whole.file("claims.837", &bytes);
    let started = Instant::now();
    let first = whole.run(&["ingest", &input.to_string_lossy()]);
    let duration = started.elapsed();
    let expected = claims(&whole);
    let expected_sent = submissions(&whole);
    assert_eq!(expected.len(), CLAIMS, "{}", text(&first.stderr));
    assert!(expected_sent.values().all(|times| *times == 1));

    let mut killed_midway = 0;
    for trial in 0..trials {
        let folder = Folder::init(PROGRAM);
        let input = folder.file("claims.837", &bytes);
        let mut child = folder
            .command()
            .args(["ingest", &input.to_string_lossy()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        // Moments spread over the whole run, the first right at its start.
        let moment = duration.mul_f64((trial as f64 + 0.5) / trials as f64);
        std::thread::sleep(moment.max(Duration::from_millis(1)));
        killed_midway += u32::from(child.try_wait().expect("the program can be asked").is_none());
        let _may_have_ended = child.kill();
        child.wait().expect("the program has ended");

        let again = folder.run(&["ingest", &input.to_string_lossy()]);
        let code = again.status.code();
        assert!(matches!(code, Some(0 | 1)), "trial {trial}: {code:?} {}", text(&again.stderr));
        // Not `assert_eq`: two thousand claims in a message help nobody.
        assert!(claims(&folder) == expected, "trial {trial}: other claims than in a whole run");
        assert!(
            submissions(&folder) == expected_sent,
            "trial {trial}: other submissions than in a whole run"
        );
        let verified = folder.run(&["journal", "verify"]);
        assert!(verified.status.success(), "trial {trial}: {}", text(&verified.stdout));
    }
    assert!(killed_midway > 0, "no run was cut short: the moments are badly chosen");
}
