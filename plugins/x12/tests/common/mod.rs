//! What the tests share: the sample files, the independent validator, and an envelope.
#![expect(dead_code, reason = "each test file uses a part of this")]

pub mod generate;

use std::path::{Path, PathBuf};
use std::process::Command;

use claimflow_x12::{Envelope, Receiver, Submitter};
use jiff::civil::date;

/// The sample files with one of these endings or beginnings in their names; none when the folder is absent.
pub fn samples(wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let mut files = Vec::new();
    for folder in ["imsweb", "linuxforhealth", "stupidedi"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = name_of(&path);
            if !name.ends_with("LICENSE") && !name.ends_with(".997") && wanted(&name) {
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() {
        println!("skipped: no sample files found");
    }
    files
}

/// The file's name.
pub fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// True for the 837P samples.
pub fn is_837(name: &str) -> bool {
    name.ends_with(".837") || name.starts_with("837-") || name == "x12_many_claims.txt"
}

/// True for the 835 samples.
pub fn is_835(name: &str) -> bool {
    name.ends_with(".835") || name.starts_with("835-")
}

/// The validator pyx12, when it is there.
pub fn validator() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/x12valid");
    let on_path = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).map(|folder| folder.join("x12valid")).find(|file| file.exists())
    });
    let found = if own.exists() { Some(own) } else { on_path };
    if found.is_none() {
        println!("skipped: x12valid not found");
    }
    found
}

/// Which of the files the validator does not accept, with what it says. One run for all: starting it takes long.
pub fn complaints(validator: &Path, files: &[Vec<u8>]) -> Vec<Option<String>> {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..files.len()).map(|n| format!("file{n:03}.x12")).collect();
    for (name, bytes) in names.iter().zip(files) {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let output = Command::new(validator).args(&names).current_dir(folder.path()).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    names.iter().map(|name| (!said.contains(&format!("{name}: OK"))).then(|| said.clone())).collect()
}

/// An envelope for tests.
pub fn envelope() -> Envelope {
    Envelope {
        sender_id: "PRACTICE01".into(),
        receiver_id: "CLEARINGHOUSE".into(),
        submitter: Submitter {
            name: "WILLOW COUNSELING".into(),
            id: "PRACTICE01".into(),
            contact_name: "BILLING OFFICE".into(),
            phone: "5555550100".into(),
            address: None,
        },
        receiver: Receiver { name: "CLEARINGHOUSE".into(), id: "CLEARINGHOUSE".into() },
        created: date(2026, 3, 2).at(12, 30, 0, 0),
        interchange_control: 905,
        group_control: 77,
        first_transaction_control: 1,
        ..Envelope::default()
    }
}
