//! Data folders that earlier versions wrote: each opens, shows the claims it showed then, verifies, and can be worked on.
//!
//! `CLAIMFLOW_GOLDEN=format-4 cargo test -p claimflow-tests --test golden writes` makes the folder of the present format
//! as `tests/golden/format-4`, and `CLAIMFLOW_GOLDEN=format-4-encrypted` the same under a key; with `CLAIMFLOW_GOLDEN_PROGRAM` it is made by that program instead of this version's.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use claimflow_core::Claim;
use claimflow_simulator::{Payer, PayerKnowledge, load, remit};
use claimflow_tests::{Folder, claims_file, copy_folder, envelope, file_of, spoil, text};
use claimflow_x12::{read, write_835};
use jiff::civil::date;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");
const CLAIMS: usize = 9;
/// What is kept of a practice: what happened, and the workflow that it happened on.
const KEPT: [&str; 3] = ["data/journal", "data/state", "workflows"];
/// And of an encrypted one, whose key lies beside it.
const KEYRING: [&str; 2] = ["data/keyring", "data/keyring.copy"];
const KEY: &str = "practice.key";

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The claims of the golden practice; two of them are held.
fn claims() -> Vec<Claim> {
    let mut claims: Vec<Claim> = load(CLAIMS, 21).collect();
    claims.iter_mut().skip(1).step_by(4).for_each(spoil);
    claims
}

/// Runs a command at a date; it must be done, with problems found or not.
fn at(folder: &Folder, day: &str, arguments: &[&str]) -> String {
    let output = folder.run(&[&["--clock", day], arguments].concat());
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn ingest(folder: &Folder, day: &str, name: &str, bytes: &[u8]) {
    let path = folder.file(name, bytes);
    at(folder, day, &["ingest", &path.to_string_lossy()]);
}

/// Everything that a claim can meet, in some days of October: held, corrected, released, sent, accepted, rejected, paid,
/// denied, resolved; and a payment that waits for its claim.
fn live(folder: &Folder) {
    let claims = claims();
    ingest(folder, "2026-10-01T09:00:00Z", "claims.837", &file_of(&claims, 1));
    let held = [claims[1].id.as_str(), claims[5].id.as_str()];
    at(
        folder,
        "2026-10-02T09:00:00Z",
        &["correct", held[0], "place_of_service=10", "--reason", "the session was at home"],
    );
    at(folder, "2026-10-02T10:00:00Z", &["release", held[1], "--reason", "the payer said so by phone"]);
    let mut payer = Payer::new(1, PayerKnowledge::default()).expect("the tables are sound");
    for (name, bytes) in folder.outbox() {
        for (answer, bytes) in payer.receive(&bytes, date(2026, 10, 2)).acknowledgments {
            ingest(folder, "2026-10-03T09:00:00Z", &format!("{name}-{answer}"), &bytes);
        }
    }
    let sent: Vec<Claim> = folder
        .outbox()
        .iter()
        .flat_map(|(_, bytes)| {
            read(bytes).transactions.into_iter().flat_map(|one| one.claims()).collect::<Vec<_>>()
        })
        .map(|read| read.claim)
        .collect();
    let mut payers: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
    let unknown = Claim { id: claimflow_core::ClaimId::as_received("NOT-OURS"), ..claims[0].clone() };
    for claim in sent.into_iter().chain([unknown]) {
        payers.entry(claim.payer.id.to_string()).or_default().push(claim);
    }
    let remittances: Vec<_> = (1..)
        .zip(payers.values())
        .map(|(number, claims)| remit(claims, number, date(2026, 10, 15), 300))
        .collect();
    ingest(folder, "2026-10-16T09:00:00Z", "payments.835", &write_835(&envelope(9), &remittances));
    // Part of the journal is packed, and it goes on behind.
    at(folder, "2026-10-16T10:00:00Z", &["journal", "seal", "--all"]);
    let queue = folder.json(&["--clock", "2026-10-17T09:00:00Z", "claims"]);
    if let Some(denied) = queue["claims"].as_array().and_then(|open| open.first()) {
        let id = denied["id"].as_str().unwrap_or_default();
        at(folder, "2026-10-17T09:00:00Z", &["resolve", id, "--as", "written-off", "--reason", "too small"]);
    }
}

/// What the program shows of every claim.
fn shown(folder: &Folder) -> Value {
    let clock = ["--clock", "2026-10-20T09:00:00Z"];
    let listed = folder.json(&[&clock[..], &["claims", "--all"]].concat());
    let ids: Vec<String> = listed["claims"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|claim| claim["id"].as_str().unwrap_or_default().to_owned())
        .collect();
    let claims: BTreeMap<String, Value> = ids
        .into_iter()
        .map(|id| {
            let shown = folder.json(&[&clock[..], &["show", &id]].concat());
            (id, shown)
        })
        .collect();
    json!({ "list": listed, "claims": claims })
}

/// Where an answer lacks something that was shown before; what is new in it does not matter.
fn missing(before: &Value, now: &Value, place: &str, faults: &mut Vec<String>) {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            for (key, value) in before {
                let place = format!("{place}.{key}");
                missing(value, now.get(key).unwrap_or(&Value::Null), &place, faults);
            }
        }
        (Value::Array(before), Value::Array(now)) if before.len() == now.len() => {
            for (number, (before, now)) in before.iter().zip(now).enumerate() {
                missing(before, now, &format!("{place}[{number}]"), faults);
            }
        }
        _ if before == now => {}
        _ => faults.push(format!("{place}: it was {before}, it is {now}")),
    }
}

/// A practice with the data of a golden folder.
fn practice(golden: &Path) -> Folder {
    let folder = Folder::init(PROGRAM);
    for part in KEPT {
        let to = folder.path().join(part);
        if to.exists() {
            fs::remove_dir_all(&to).expect("a folder can be removed");
        }
        copy_folder(&golden.join(part), &to);
    }
    if golden.join(KEY).exists() {
        for file in KEYRING {
            fs::copy(golden.join(file), folder.path().join(file)).expect("a keyring can be copied");
        }
        let key = fs::read(golden.join(KEY)).expect("the key can be read");
        folder.use_key(&own_key(&folder, &key));
    }
    folder
}

/// A key is taken only from a file that nobody else can read.
fn own_key(folder: &Folder, key: &[u8]) -> PathBuf {
    let path = folder.file(KEY, key);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it can be closed to others");
    path
}

fn all() -> Vec<PathBuf> {
    let entries = fs::read_dir(goldens()).expect("there are golden folders");
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    all.retain(|path| path.is_dir());
    all.sort();
    assert!(!all.is_empty());
    all
}

fn check(golden: &Path, folder: &Folder) {
    let expected = fs::read(golden.join("shown.json")).expect("what was shown is kept");
    let expected: Value = serde_json::from_slice(&expected).expect("it is JSON");
    let mut faults = Vec::new();
    missing(&expected, &shown(folder), "", &mut faults);
    assert!(faults.is_empty(), "{}:\n{}", golden.display(), faults.join("\n"));
    let verified = folder.run(&["journal", "verify"]);
    assert!(verified.status.success(), "{}", text(&verified.stderr));
}

#[test]
fn each_format_opens_and_shows_the_same_claims() {
    for golden in all() {
        let folder = practice(&golden);
        check(&golden, &folder);
        // It is gone on with: the same files again change nothing, and new claims come in.
        let again = folder.file("again.837", &file_of(&claims(), 1));
        let new = folder.file("new.837", &claims_file(2, 5));
        let report = folder.json(&[
            "--clock",
            "2026-10-21",
            "ingest",
            &again.to_string_lossy(),
            &new.to_string_lossy(),
        ]);
        assert_eq!(report["files"][0]["duplicate"], true, "{report}");
        assert_eq!(report["files"][1]["claims"], 2, "{report}");
        let verified = folder.run(&["journal", "verify"]);
        assert!(verified.status.success(), "{}", text(&verified.stderr));
    }
}

#[test]
fn the_state_of_each_format_can_be_made_anew() {
    for golden in all() {
        let folder = practice(&golden);
        fs::remove_dir_all(folder.path().join("data/state")).expect("a state is there");
        check(&golden, &folder);
    }
}

#[test]
fn writes_the_golden_folder_when_it_is_asked_to() {
    let Ok(name) = std::env::var("CLAIMFLOW_GOLDEN") else { return };
    let program = std::env::var("CLAIMFLOW_GOLDEN_PROGRAM").unwrap_or_else(|_| PROGRAM.to_owned());
    let folder = Folder::init(&program);
    let key = name.ends_with("-encrypted").then(|| folder.encrypt());
    live(&folder);
    let golden = goldens().join(name);
    assert!(
        !golden.exists(),
        "{} is there already: what an old version wrote is not written again",
        golden.display()
    );
    let shown = shown(&folder);
    for part in KEPT {
        copy_folder(&folder.path().join(part), &golden.join(part));
    }
    if let Some(key) = key {
        fs::copy(key, golden.join(KEY)).expect("a key can be copied");
        for file in KEYRING {
            fs::copy(folder.path().join(file), golden.join(file)).expect("a keyring can be copied");
        }
    }
    let text = serde_json::to_string_pretty(&shown).expect("JSON can be written");
    fs::write(golden.join("shown.json"), text + "\n").expect("a file can be written");
}
