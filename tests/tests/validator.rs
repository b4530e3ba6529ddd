//! Every 837P file that a month of the sample practice sends to payers passes an independent validator with no error.

use std::path::{Path, PathBuf};
use std::process::Command;

use claimflow_tests::text;

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");

/// pyx12's `x12valid`: on the path, or where the test script installs it.
fn validator() -> Option<PathBuf> {
    let local = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/x12valid");
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&paths).map(|folder| folder.join("x12valid"));
    std::iter::once(local).chain(on_path).find(|path| path.is_file())
}

#[test]
fn what_goes_to_payers_is_valid() {
    let Some(validator) = validator() else {
        println!("skipped: x12valid not found; ./test.sh installs it");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let practice = folder.path().join("practice");
    let demo = Command::new(PROGRAM)
        .arg("demo")
        .arg("--practice")
        .arg(&practice)
        .output()
        .expect("the program starts");
    assert!(demo.status.success(), "{}", text(&demo.stderr));
    let mut files: Vec<PathBuf> = std::fs::read_dir(practice.join("outbox"))
        .expect("there is an outbox")
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    assert!(files.len() > 10, "a month sends more than {} files", files.len());
    let judged = Command::new(validator).args(&files).output().expect("the validator starts");
    let said = format!("{}{}", text(&judged.stdout), text(&judged.stderr));
    let accepted = said.lines().filter(|line| line.ends_with(": OK")).count();
    assert_eq!(accepted, files.len(), "{said}");
}
