//! An independent validator, pyx12's `x12valid`, accepts what is written. Skipped where it is not installed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;

use claimflow_simulator::{DefectKind, Payer, SampleOptions, practice};
use jiff::civil::date;

/// What the validator says, or nothing where it is not installed.
fn validate(files: &[(String, Vec<u8>)]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|(name, bytes)| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        })
        .collect();
    let output = Command::new("x12valid").args(&paths).output().ok()?;
    // A shim that finds no program behind it answers like a shell.
    if output.status.code() == Some(127) {
        return None;
    }
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// Lines that tell of an error in a file. (The validator also fails to write a 999 of its own for any 835, since an 835 has
/// no ST03; that is no error of the file.)
fn errors(said: &str) -> Vec<&str> {
    said.lines().filter(|line| line.contains("ERROR Line:") || line.contains(": Failure")).collect()
}

#[test]
fn the_practice_s_files_are_valid() {
    let practice = practice(&SampleOptions::default()).unwrap();
    let Some(said) = validate(&practice.files) else {
        println!("skipped: x12valid is not installed (pip install pyx12)");
        return;
    };
    // A missing member id is a documented defect, and the one that the validator sees.
    let documented =
        |line: &&str| ["(NM108)", "(NM109)", ": Failure"].iter().any(|known| line.contains(known));
    let errors: Vec<&str> = errors(&said).into_iter().filter(|line| !documented(line)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let missing = practice.defects.iter().filter(|defect| defect.kind == DefectKind::MemberIdMissing).count();
    assert_eq!(said.matches("(NM109)").count(), missing);
    assert!(said.contains(": OK"), "{said}");
}

#[test]
fn the_payer_s_files_are_valid() {
    let practice = practice(&SampleOptions::default()).unwrap();
    let mut payer = Payer::new(1, practice.knowledge()).unwrap();
    let mut files = Vec::new();
    for (_, bytes) in &practice.files {
        let answers = payer.receive(bytes, date(2026, 10, 2));
        files.extend(answers.acknowledgments);
        files.extend(answers.remittances);
    }
    let Some(said) = validate(&files) else {
        println!("skipped: x12valid is not installed (pip install pyx12)");
        return;
    };
    assert!(errors(&said).is_empty(), "{:#?}", errors(&said));
    assert_eq!(said.matches(": OK").count(), files.len(), "{said}");
}
