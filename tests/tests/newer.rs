//! What a newer version wrote is refused in a sentence that says what to do, and left as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claimflow_store::testing::as_newer_state;
use claimflow_store::{Journal, JournalOptions, SystemDisk};
use claimflow_tests::{Folder, claims_file, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");

fn practice() -> Folder {
    let folder = Folder::init(PROGRAM);
    let claims = folder.file("claims.837", &claims_file(2, 3));
    let output = folder.run(&["ingest", &claims.to_string_lossy()]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", text(&output.stderr));
    folder
}

fn data(folder: &Folder) -> PathBuf {
    folder.path().join("data")
}

/// Gives the header of a file another version: at 8, with a checksum at the header's end.
fn as_version(path: &Path, header: usize, version: u32) {
    let mut bytes = fs::read(path).expect("a file can be read");
    bytes[8..12].copy_from_slice(&version.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..header - 4]);
    bytes[header - 4..header].copy_from_slice(&crc.to_le_bytes());
    fs::write(path, bytes).expect("a file can be written");
}

fn refused(folder: &Folder) -> String {
    let output = folder.run(&["claims"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    text(&output.stderr).replace(&folder.path().display().to_string(), "PRACTICE")
}

#[test]
fn a_newer_journal_is_refused() {
    let folder = practice();
    let segment = data(&folder).join("journal/00000001.cfj");
    as_version(&segment, 64, 99);
    let before = fs::read(&segment).expect("a file can be read");
    let said = refused(&folder);
    assert!(said.contains("was written by a newer claimflow (format 99, this one reads up to"), "{said}");
    assert!(said.contains("install that version"), "{said}");
    assert_eq!(fs::read(&segment).expect("a file can be read"), before);
    let verified = folder.run(&["journal", "verify"]);
    assert_eq!(verified.status.code(), Some(3));
}

#[test]
fn a_newer_record_is_refused() {
    let folder = practice();
    let journal = Journal::open(&data(&folder), JournalOptions::default(), Arc::new(SystemDisk));
    journal.and_then(|journal| journal.append(&[vec![99, 1, 2, 3]])).expect("it can be appended to");
    let said = refused(&folder);
    assert!(said.contains("a record has format 99, newer than this claimflow knows"), "{said}");
    assert!(said.contains("install the version that wrote it"), "{said}");
}

#[test]
fn a_newer_state_is_refused() {
    let folder = practice();
    as_newer_state(&data(&folder), 99).expect("it can be changed");
    let said = refused(&folder);
    assert!(said.contains("was written by a newer claimflow (format 99, this one reads up to"), "{said}");
}

#[test]
fn a_newer_keyring_is_refused() {
    let folder = practice();
    folder.encrypt();
    let mut bytes = [&b"CFKEYRNG"[..], &99_u32.to_be_bytes(), &[7; 80]].concat();
    bytes.extend_from_slice(blake3::hash(&bytes).as_bytes());
    for name in ["keyring", "keyring.copy"] {
        fs::write(data(&folder).join(name), &bytes).expect("a file can be written");
    }
    let said = refused(&folder);
    assert!(said.contains("was written by a newer claimflow (format 99, this one reads 1)"), "{said}");
}
