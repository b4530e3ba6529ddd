//! An encrypted practice, from turning it on to another key.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::serve::Serving;
use crate::support::{Practice, has_keys};

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push(path),
        }
    }
    all
}

fn holds(folder: &Path, text: &str) -> bool {
    files(folder)
        .iter()
        .filter_map(|path| fs::read(path).ok())
        .any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
}

/// A practice with claims that is encrypted after the fact, and the path of its key.
fn encrypted() -> (Practice, String) {
    let practice = Practice::with_claims();
    let key = practice.path("../practice.key").display().to_string();
    practice.run(&["key", "new", &key]).ended(0);
    practice.run(&["key", "encrypt", "--key-file", &key]).ended(0);
    (practice, key)
}

#[test]
fn a_key_is_made_once_for_its_owner_and_says_what_losing_it_means() {
    let practice = Practice::new();
    let key = practice.path("../a.key").display().to_string();
    let made = practice.run(&["key", "new", &key]);
    assert!(made.ended(0).contains("Who loses this key loses the data."), "{}", made.out);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&key).unwrap();
    assert!(
        practice.run(&["key", "new", &key]).refused(3).contains("is there already; it was left as it is")
    );
    assert_eq!(fs::read(&key).unwrap(), before);
}

#[test]
fn a_practice_that_is_there_is_encrypted_and_goes_on() {
    let practice = Practice::with_claims();
    let id = practice.ids("awaiting-acceptance").first().unwrap().clone();
    let before = practice.run(&["show", &id, "--json"]).json(0);
    assert!(holds(&practice.path("data/state"), &id), "a plain state holds the claim's number");
    let key = practice.path("../practice.key").display().to_string();
    practice.run(&["key", "new", &key]).ended(0);
    assert_eq!(practice.run(&["key", "status", "--json"]).json(0)["state"], "plain");
    let done = practice.run(&["key", "encrypt", "--key-file", &key, "--json"]).json(0);
    has_keys(&done, &["key", "records", "state", "journal"]);
    assert!(!holds(&practice.path("data/state"), &id) && !practice.path("data/state.aside").exists());
    let settings = fs::read_to_string(practice.path("claimflow.yaml")).unwrap();
    assert!(
        settings.contains("encryption: { key-file: ") && settings.contains("\n# The practice's time zone,")
    );

    assert_eq!(practice.run(&["show", &id, "--json"]).json(0), before);
    assert_eq!(done["journal"], "encrypted");
    assert!(!holds(&practice.path("data"), &id), "the journal was plain, and is written anew");
    practice.run(&["journal", "verify", "--state"]).ended(0);
    practice.run(&["state", "rebuild"]).ended(0);
    assert_eq!(practice.run(&["show", &id, "--json"]).json(0), before);
    assert!(!holds(&practice.path("data/state"), &id) && !practice.path("data/state.aside").exists());
    let status = practice.run(&["key", "status"]);
    assert!(
        status.out.contains("Encrypted by key") && status.out.contains("state      encrypted"),
        "{}",
        status.out
    );
}

#[test]
fn without_its_key_a_practice_does_not_open_and_says_what_to_do() {
    let (practice, key) = encrypted();
    let refused = |wanted: &str| {
        let ran = practice.run(&["claims"]);
        assert!(ran.refused(3).contains(wanted), "{}", ran.err);
    };
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    refused(&format!("help: `chmod 600 {key}`"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let own = fs::read(&key).unwrap();
    let other = practice.path("../other.key").display().to_string();
    practice.run(&["key", "new", &other]).ended(0);
    fs::write(&key, fs::read(&other).unwrap()).unwrap();
    refused("and this practice's keyring opens with key");
    fs::write(&key, "hunter2").unwrap();
    refused("does not hold a key: it is no key");
    fs::remove_file(&key).unwrap();
    refused("there is no such file or folder");
    fs::write(&key, own).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();

    // Damage in the keyring is mended from its copy; both gone is told.
    let keyring = practice.path("data/keyring");
    let mut bytes = fs::read(&keyring).unwrap();
    bytes[50] ^= 1;
    fs::write(&keyring, &bytes).unwrap();
    assert!(practice.run(&["claims"]).err.contains("put back from its copy"));
    fs::write(&keyring, &bytes).unwrap();
    fs::write(practice.path("data/keyring.copy"), &bytes).unwrap();
    refused("`data/keyring` is damaged, and so is its copy");
    fs::remove_file(&keyring).unwrap();
    fs::remove_file(practice.path("data/keyring.copy")).unwrap();
    refused("names a key, and there is no keyring");
    let again = practice.run(&["key", "encrypt"]);
    assert!(again.refused(3).contains("`data/keyring` is gone"), "{}", again.err);
}

#[test]
fn a_new_practice_that_names_a_key_is_encrypted_from_the_first_claim() {
    let practice = Practice::new();
    let key = practice.path("../practice.key").display().to_string();
    practice.run(&["key", "new", &key]).ended(0);
    let settings = fs::read_to_string(practice.path("claimflow.yaml")).unwrap();
    let named = format!("encryption: {{ key-command: [cat, \"{key}\"] }}");
    fs::write(practice.path("claimflow.yaml"), settings.replace("encryption: {}", &named)).unwrap();
    assert!(practice.run(&["ingest", &practice.claims()]).code <= 1);
    let id =
        practice.run(&["claims", "--all", "--json"]).json(0)["claims"][0]["id"].as_str().unwrap().to_owned();
    assert!(!holds(&practice.path("data/state"), &id));
    assert!(practice.path("data/keyring").exists());
}

#[test]
fn another_key_takes_over_while_the_practice_is_served() {
    let (practice, key) = encrypted();
    let next = practice.path("../next.key").display().to_string();
    practice.run(&["key", "new", &next]).ended(0);
    let id = practice.ids("awaiting-acceptance").first().unwrap().clone();
    let serving = Serving::start(&practice);
    assert_eq!(practice.run(&["key", "rotate", "--json"]).json(0)["data_key"], 2);
    let done = practice.run(&["key", "rotate", "--to-file", &next, "--json"]).json(0);
    assert_eq!((&done["data_key"], &done["finished"]), (&3.into(), &true.into()));
    let status = practice.run(&["key", "status", "--json"]);
    assert!(
        status.out.contains("\"state\": \"encrypted\"") || status.out.contains("\"state\":\"encrypted\"")
    );
    practice.run(&["show", &id]).ended(0);
    assert_eq!(serving.stop().0, Some(0));
    fs::remove_file(&key).unwrap();
    practice.run(&["show", &id]).ended(0);
    practice.run(&["state", "rebuild"]).ended(0);
    practice.run(&["show", &id]).ended(0);
}

#[test]
fn a_change_of_keys_that_was_cut_short_is_finished() {
    let (practice, key) = encrypted();
    let next = practice.path("../next.key").display().to_string();
    practice.run(&["key", "new", &next]).ended(0);
    // What stands after the first of its three steps: both keys open, and the settings name the old one. The keyring
    // of before and the settings of before, in each mixture with those of after, are what a cut can leave.
    let before = ["data/keyring", "data/keyring.copy", "claimflow.yaml"]
        .map(|name| (name, fs::read(practice.path(name)).unwrap()));
    let mut refused = 0;
    for mixture in 0..8_u8 {
        for (name, bytes) in &before {
            fs::write(practice.path(name), bytes).unwrap();
        }
        let variable = |file: &str| {
            let mut command = crate::support::command();
            command.env("CLAIMFLOW_KEY_FILE", file).args(["--practice", practice.path("").to_str().unwrap()]);
            command
        };
        // With the key from the environment the change stops half-way: both keys open.
        let half = variable(&key).args(["key", "rotate", "--to-file", &next, "--json"]).output().unwrap();
        assert!(String::from_utf8(half.stdout).unwrap().contains("false"), "it is not finished");
        for (bit, (name, bytes)) in before.iter().take(2).enumerate() {
            if mixture & (1 << bit) != 0 {
                fs::write(practice.path(name), bytes).unwrap();
            }
        }
        let file = if mixture & 4 != 0 { &next } else { &key };
        let opened = variable(file).args(["claims"]).output().unwrap();
        // Only where the keyring of before stands does the new key not open it: nothing had changed then.
        assert_eq!(opened.status.success(), !(mixture & 4 != 0 && mixture & 1 != 0), "{mixture}");
        refused += u8::from(!opened.status.success());
    }
    assert_eq!(refused, 2);
}
