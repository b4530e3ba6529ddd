//! A pack's whole road: made, checked, built, signed, verified, installed, gone back from.

use std::fs;
use std::path::Path;

use crate::support::{Practice, run_in};

/// A vendor's folder beside the practice, with keys and a new pack in it.
fn vendor(practice: &Practice) -> std::path::PathBuf {
    let vendor = practice.path("../vendor");
    fs::create_dir(&vendor).unwrap();
    run_in(&vendor, &["pack", "new", "acme-extra"]).ended(0);
    run_in(&vendor, &["pack", "keygen", "acme"]).ended(0);
    vendor
}

fn built(vendor: &Path, version: &str) -> String {
    run_in(vendor, &["pack", "build", "acme-extra"]).ended(0);
    let file = format!("acme-extra-{version}.cfpack");
    run_in(vendor, &["pack", "sign", &file, "--key", "acme.key"]).ended(0);
    vendor.join(file).display().to_string()
}

fn trust(practice: &Practice, vendor: &Path, more: &str) {
    let text = fs::read_to_string(vendor.join("acme.pub")).unwrap();
    fs::create_dir_all(practice.path("trusted-keys")).unwrap();
    fs::write(practice.path("trusted-keys/acme.pub"), text + more).unwrap();
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn the_whole_road() {
    let practice = Practice::new();
    let vendor = vendor(&practice);
    run_in(&vendor, &["pack", "check", "acme-extra"]).ended(0);
    edit(&vendor.join("acme-extra/rules/example.rhai"), "line.units > 1", "line.units >= 1");
    let said = run_in(&vendor, &["pack", "check", "acme-extra"]);
    assert!(said.ended(1).contains("does not hold"), "{}", said.out);
    edit(&vendor.join("acme-extra/rules/example.rhai"), "line.units >= 1", "line.units > 1");
    let first = built(&vendor, "1.0.0");
    run_in(&vendor, &["pack", "verify", &first, "--key", "acme.pub"]).ended(0);
    assert!(practice.run(&["pack", "install", &first]).refused(3).contains("does not trust"));
    trust(&practice, &vendor, "");
    let done = practice.run(&["pack", "install", &first, "--reason", "new", "--json"]).json(0);
    assert_eq!(done["changes"]["added"][0], "ACME-EXTRA-LONG-SESSION-UNITS");
    assert!(practice.run(&["pack", "install", &first]).ended(0).contains("nothing done"));
    assert!(practice.run(&["pack", "list"]).ended(0).contains("signed by key"));

    edit(&vendor.join("acme-extra/pack.yaml"), "1.0.0", "1.1.0");
    let said = run_in(&vendor, &["pack", "build", "acme-extra"]);
    assert!(said.refused(3).contains("no entry for version 1.1.0"), "{}", said.err);
    edit(&vendor.join("acme-extra/CHANGELOG.md"), "## 1.0.0", "## 1.1.0\n\n- More.\n\n## 1.0.0");
    edit(&vendor.join("acme-extra/rules/example.rhai"), "warn    coding", "hold    coding");
    let second = built(&vendor, "1.1.0");
    let done = practice.run(&["pack", "install", &second, "--json"]).json(0);
    assert_eq!(done["changes"]["changed"][0], "ACME-EXTRA-LONG-SESSION-UNITS");
    assert!(practice.run(&["pack", "install", &first]).refused(3).contains("older"));
    let back = practice.run(&["pack", "rollback", "acme-extra", "--reason", "too strict", "--json"]).json(0);
    assert_eq!((&back["version"], &back["before"]), (&"1.0.0".into(), &"1.1.0".into()));
    assert!(fs::read_to_string(practice.path("payers/acme-extra/pack.yaml")).unwrap().contains("1.0.0"));
    assert!(practice.path("data/packs/acme-extra-1.1.0").is_dir());
}

#[test]
fn another_content_of_the_same_version_is_refused() {
    let practice = Practice::new();
    let vendor = vendor(&practice);
    trust(&practice, &vendor, "");
    let first = built(&vendor, "1.0.0");
    practice.run(&["pack", "install", &first]).ended(0);
    fs::remove_file(&first).unwrap();
    edit(&vendor.join("acme-extra/README.md"), "What", "Whatever");
    let other = built(&vendor, "1.0.0");
    assert!(practice.run(&["pack", "install", &other]).refused(3).contains("other content"));
}

#[test]
fn what_nobody_signed_needs_a_reason_and_a_revoked_key_is_refused_even_so() {
    let practice = Practice::new();
    let vendor = vendor(&practice);
    run_in(&vendor, &["pack", "build", "acme-extra"]).ended(0);
    let file = vendor.join("acme-extra-1.0.0.cfpack").display().to_string();
    assert!(practice.run(&["pack", "install", &file]).refused(3).contains("not signed"));
    practice.run(&["pack", "install", &file, "--allow-unsigned"]).refused(2);
    run_in(&vendor, &["pack", "sign", &file, "--key", "acme.key"]).ended(0);
    trust(&practice, &vendor, "revoked: stolen\n");
    let all = ["pack", "install", &file, "--allow-unsigned", "--reason", "draft"];
    assert!(practice.run(&all).refused(3).contains("revoked: stolen"));
    assert!(!practice.path("payers/acme-extra").exists());
}

#[test]
fn an_install_tells_which_recent_claims_would_decide_differently() {
    let practice = Practice::with_claims();
    let vendor = vendor(&practice);
    trust(&practice, &vendor, "");
    let rule = vendor.join("acme-extra/rules/example.rhai");
    edit(&rule, "line.units > 1", "!line.has_modifier(\"52\")");
    edit(&rule, "warn    coding", "hold    coding");
    edit(&vendor.join("acme-extra/cases/example.yaml"), "units: 1", "modifiers: [\"52\"]");
    let file = built(&vendor, "1.0.0");
    let tried = practice.run(&["pack", "install", &file, "--dry-run", "--json"]).json(0);
    assert_eq!(tried["installed"], false);
    let changed = tried["changed_claims"].as_u64().unwrap();
    assert!(changed > 0 && changed < tried["claims"].as_u64().unwrap(), "{tried}");
    assert_eq!(tried["outcomes"].as_array().unwrap().len() as u64, changed.min(20));
    assert!(!practice.path("payers/acme-extra").exists());
    let done = practice.run(&["pack", "install", &file, "--reason", "new"]);
    assert!(done.ended(0).contains("come out differently before submission"), "{}", done.out);
}
