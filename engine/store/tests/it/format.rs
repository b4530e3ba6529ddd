//! The journal's bytes: what version 1 wrote stays readable, and a newer version is left alone.

use std::fs;
use std::path::{Path, PathBuf};

use claimflow_runtime::store::StoreError;

use crate::model::{folder, mark, open, records, segment, verify};
use claimflow_store::testing::SimDisk;

const GOLDEN: [&str; 3] = ["00000001.cfj", "00000002.cfj", "acknowledged"];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/journal-1")
}

fn batches() -> [Vec<Vec<u8>>; 3] {
    let all_bytes = (0..=255).collect();
    [
        vec![b"a claim".to_vec(), vec![], all_bytes],
        vec![vec![b'x'; 3900]],
        vec![b"in the second file".to_vec()],
    ]
}

fn written_today() -> SimDisk {
    let disk = SimDisk::default();
    let journal = open(&disk).unwrap();
    for batch in batches() {
        journal.append(&batch).unwrap();
    }
    disk
}

fn golden_disk() -> SimDisk {
    let disk = SimDisk::default();
    for name in GOLDEN {
        disk.put(&folder().join("journal").join(name), fs::read(golden().join(name)).unwrap());
    }
    disk
}

#[test]
fn version_1_is_written_byte_by_byte_as_before() {
    let disk = written_today();
    if std::env::var_os("GOLDEN_UPDATE").is_some() {
        fs::create_dir_all(golden()).unwrap();
        for name in GOLDEN {
            fs::write(golden().join(name), disk.bytes(&folder().join("journal").join(name))).unwrap();
        }
    }
    let golden = golden_disk();
    assert_eq!(disk.paths(), golden.paths());
    for path in disk.paths() {
        assert!(disk.bytes(&path) == golden.bytes(&path), "{} differs from the golden file", path.display());
    }
}

#[test]
fn version_1_stays_readable_and_can_be_written_on() {
    let disk = golden_disk();
    let report = verify(&disk).unwrap();
    let size = disk.bytes(&segment(1)).len() + disk.bytes(&segment(2)).len();
    assert_eq!((report.records, report.bytes, report.torn_tail), (5, size as u64, 0));
    assert_eq!(report.head, "fc0d0bba26c8f0b78289c58bffbb6384a20f0c5e603faeef3433f17b407b01e0");
    let journal = open(&disk).unwrap();
    assert_eq!(records(&journal), batches().concat());
    journal.append(&[b"today".to_vec()]).unwrap();
    assert_eq!(verify(&disk).unwrap().records, 6);
}

/// Changes the version of a file whose last four bytes of `size` are a checksum.
fn as_version(bytes: &mut [u8], size: usize, version: u32) {
    bytes[8..12].copy_from_slice(&version.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..size - 4]);
    bytes[size - 4..size].copy_from_slice(&crc.to_le_bytes());
}

#[test]
fn a_newer_version_is_named_and_left_alone() {
    for (path, size) in [(segment(1), 64), (segment(2), 64), (mark(), 56)] {
        let disk = golden_disk();
        let mut bytes = disk.bytes(&path);
        as_version(&mut bytes, size, 3);
        disk.put(&path, bytes.clone());
        for result in [verify(&disk).map(|_| ()), open(&disk).map(|_| ())] {
            let Err(StoreError::Newer { path: named, found: 3, known: 2 }) = result else {
                panic!("a newer file was taken for one of ours");
            };
            assert_eq!(named, path.display().to_string());
        }
        assert_eq!(disk.bytes(&path), bytes);
    }
}

#[test]
fn version_0_never_was() {
    let disk = golden_disk();
    let mut bytes = disk.bytes(&segment(1));
    as_version(&mut bytes, 64, 0);
    disk.put(&segment(1), bytes);
    assert!(matches!(open(&disk), Err(StoreError::Damaged { .. })));
}
