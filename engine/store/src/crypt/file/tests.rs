//! Keyrings that are written, damaged, and cut short.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::disk::{DiskFile, SystemDisk};

/// A disk whose power goes after some acts that change something.
struct Failing {
    left: AtomicUsize,
}

impl Failing {
    fn spend(&self) -> io::Result<()> {
        let spent = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        spent.map(|_| ()).map_err(|_| io::Error::other("the power is gone"))
    }
}

impl Disk for Failing {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        SystemDisk.create_folder(folder)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        SystemDisk.names(folder)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        if access == Access::Write {
            self.spend()?;
        }
        SystemDisk.open(path, access)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.spend()?;
        SystemDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.spend()?;
        SystemDisk.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.spend()?;
        SystemDisk.sync_folder(folder)
    }

    fn room(&self, folder: &Path) -> io::Result<u64> {
        SystemDisk.room(folder)
    }
}

fn made() -> (tempfile::TempDir, Master, Secrets) {
    let folder = tempfile::tempdir().unwrap();
    let (master, secrets) = (Master::random().unwrap(), Secrets::random().unwrap());
    write_keyring(&SystemDisk, folder.path(), &secrets, &[&master]).unwrap();
    (folder, master, secrets)
}

fn open(folder: &tempfile::TempDir, master: &Master) -> Result<Opened, CryptError> {
    open_keyring(&SystemDisk, folder.path(), master)
}

#[test]
fn a_keyring_opens_with_its_keys_and_no_other() {
    let (folder, old, secrets) = made();
    assert_eq!(open(&folder, &old).unwrap().secrets, secrets);
    let (new, wrong) = (Master::random().unwrap(), Master::random().unwrap());
    let more = secrets.with_new_key().unwrap();
    write_keyring(&SystemDisk, folder.path(), &more, &[&old, &new]).unwrap();
    for master in [&old, &new] {
        let opened = open(&folder, master).unwrap();
        assert_eq!((opened.secrets, opened.from_copy), (more.clone(), false));
        assert_eq!(opened.masters, [old.print(), new.print()]);
    }
    assert_eq!(keyring_masters(&SystemDisk, folder.path()).unwrap(), [old.print(), new.print()]);
    let refused = open(&folder, &wrong).unwrap_err();
    assert_eq!(refused, CryptError::WrongKey { given: wrong.print(), wanted: new.print() });
    assert_eq!(
        refused.to_string(),
        format!(
            "the key given is `{}`, and this practice's keyring opens with key `{}`; give that one",
            wrong.print(),
            new.print()
        )
    );
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(open(&empty, &old), Err(CryptError::NoKeyring));
    assert!(!has_keyring(empty.path()) && has_keyring(folder.path()));
}

#[test]
fn no_key_stands_in_the_file() {
    let (folder, master, secrets) = made();
    let bytes = fs::read(folder.path().join(KEYRING_FILE)).unwrap();
    let all = secrets.keys().map(|(_, key)| key).chain([secrets.hiding(), &master.0]);
    for secret in all {
        assert!(!bytes.windows(8).any(|part| secret.bytes().starts_with(part)));
    }
}

#[test]
fn every_flipped_bit_is_found_and_the_copy_opens_in_its_place() {
    let (folder, master, secrets) = made();
    let path = folder.path().join(KEYRING_FILE);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(Parts::split(&bytes).is_err(), "byte {at}");
        assert!(Parts::split(&whole[..at]).is_err(), "cut at {at}");
    }
    let mut bytes = whole.clone();
    bytes[40] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let opened = open(&folder, &master).unwrap();
    assert_eq!((opened.secrets, opened.from_copy), (secrets, true));
    fs::write(folder.path().join(KEYRING_COPY), &bytes).unwrap();
    assert_eq!(open(&folder, &master), Err(CryptError::KeyringDamaged));
    fs::write(folder.path().join(KEYRING_COPY), &whole).unwrap();
    mend_keyring(&SystemDisk, folder.path()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), whole);
}

#[test]
fn a_change_with_a_right_checksum_is_found_too() {
    let (folder, master, _) = made();
    let whole = fs::read(folder.path().join(KEYRING_FILE)).unwrap();
    let end = whole.len() - SUM;
    // Behind the print, which decides which key is asked for.
    for at in (22..end).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        let sum = blake3::hash(&bytes[..end]);
        bytes[end..].copy_from_slice(sum.as_bytes());
        assert_eq!(open_bytes(&bytes, &master), Err(CryptError::KeyringDamaged), "byte {at}");
    }
}

#[test]
fn cut_short_at_any_act_the_old_or_the_new_keyring_opens() {
    let mut acts = 0;
    loop {
        let (folder, old, secrets) = made();
        let new = Master::random().unwrap();
        let more = secrets.with_new_key().unwrap();
        let disk = Failing { left: AtomicUsize::new(acts) };
        let written = write_keyring(&disk, folder.path(), &more, &[&old, &new]);
        let opened = open(&folder, &old).unwrap();
        assert!(opened.secrets == secrets || opened.secrets == more, "after {acts} acts");
        mend_keyring(&SystemDisk, folder.path()).unwrap();
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        assert_eq!(read(KEYRING_FILE), read(KEYRING_COPY));
        assert_eq!(open(&folder, &old).unwrap().secrets, opened.secrets);
        if written.is_ok() {
            assert_eq!(opened.secrets, more);
            assert!(acts >= 6);
            return;
        }
        acts += 1;
    }
}

#[test]
fn a_newer_keyring_is_refused() {
    let (folder, master, _) = made();
    let mut bytes = fs::read(folder.path().join(KEYRING_FILE)).unwrap();
    let end = bytes.len() - SUM;
    bytes[11] = 9;
    let sum = blake3::hash(&bytes[..end]);
    bytes[end..].copy_from_slice(sum.as_bytes());
    assert_eq!(open_bytes(&bytes, &master), Err(CryptError::Newer { found: 9, known: 1 }));
}
