//! A state that is damaged or foreign: said clearly, and made anew from the journal.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claimflow_runtime::store::{Position, Store, StoreError, Write};
use claimflow_store::crypt::Keyring;
use claimflow_store::{Journal, JournalStore, Options};

use claimflow_store::testing::Dice;

const CLAIMS: u64 = 3_000;

fn options() -> Options {
    Options { cache_bytes: 16 << 20, ..Options::default() }
}

fn open(folder: &Path) -> Result<JournalStore, StoreError> {
    JournalStore::open(folder, options())
}

/// What the test's records mean: the record is the key and the value.
fn projection(record: &[u8]) -> Write {
    (record.to_vec(), Some([record, b" in state"].concat()))
}

fn fill(folder: &Path) {
    let store = open(folder).unwrap();
    let first = count(&store).unwrap();
    let records: Vec<_> =
        (first..first + CLAIMS).map(|number| format!("claim {number:06}").into_bytes()).collect();
    for batch in records.chunks(500) {
        let positions = store.append(batch).unwrap();
        let last = positions.last().copied().unwrap();
        store.apply(batch.iter().map(|record| projection(record)).collect(), last).unwrap();
    }
    store.flush().unwrap();
}

fn rebuild(folder: &Path) -> JournalStore {
    let store = JournalStore::open_for_rebuild(folder, options()).unwrap();
    assert_eq!(store.applied().unwrap(), Position(0));
    let mut writes = Vec::new();
    let mut last = Position(0);
    let mut each = |at: Position, record: &[u8]| {
        writes.push(projection(record));
        last = at;
        ControlFlow::Continue(())
    };
    store.replay(Position(0), &mut each).unwrap();
    store.apply(writes, last).unwrap();
    store
}

/// Counts the entries that are right; an entry that is wrong fails the test.
fn count(store: &JournalStore) -> Result<u64, StoreError> {
    let mut entries = 0;
    let mut each = |key: &[u8], value: &[u8]| {
        assert_eq!(Some(value.to_vec()), projection(key).1);
        entries += 1;
        ControlFlow::Continue(())
    };
    store.scan(b"claim", None, &mut each)?;
    Ok(entries)
}

fn database(folder: &Path) -> PathBuf {
    folder.join("state/db")
}

/// Opens a state whose files were changed: it is refused, or it is exactly what the journal says up to the position
/// it stands at. Says whether it was refused.
fn refused_or_right(folder: &Path) -> bool {
    let checked = open(folder).and_then(|store| {
        let applied = store.applied()?;
        let mut expected = 0;
        let mut each = |at: Position, _: &[u8]| {
            expected += u64::from(at <= applied);
            ControlFlow::Continue(())
        };
        store.replay(Position(0), &mut each)?;
        Ok((count(&store)?, expected))
    });
    match &checked {
        Ok((found, expected)) => assert_eq!(found, expected, "the state is not what its position says"),
        Err(StoreError::State { .. }) => {}
        Err(other) => panic!("{other}"),
    }
    checked.is_err()
}

#[test]
fn a_damaged_state_is_refused_and_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    fs::write(folder.path().join("state/conf"), [0xff; 62]).unwrap();
    let refused = open(folder.path()).map(|_| ()).unwrap_err();
    assert!(matches!(refused, StoreError::State { .. }), "{refused}");
    assert!(refused.to_string().contains("claimflow state rebuild"), "{refused}");
    assert_eq!(Journal::verify_folder(folder.path()).unwrap().records, CLAIMS, "the journal needs no state");
    assert_eq!(count(&rebuild(folder.path())).unwrap(), CLAIMS);
    assert!(folder.path().join("state.aside/db").exists());
    let store = open(folder.path()).unwrap();
    assert_eq!(count(&store).unwrap(), CLAIMS);
    drop(store);
    assert_eq!(count(&rebuild(folder.path())).unwrap(), CLAIMS, "the one aside is replaced");
}

/// sled writes its settings, then their checksum; a process was killed between the two.
#[test]
fn a_state_whose_making_was_cut_short_is_put_aside_by_itself() {
    for keyring in [None, Some(Arc::new(Keyring::random().unwrap()))] {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { keyring: keyring.clone(), mend_state: true, ..Options::default() };
        let store = JournalStore::open(folder.path(), options.clone()).unwrap();
        store.append(&[b"a record".to_vec()]).unwrap();
        store.apply(vec![(b"key".to_vec(), Some(b"value".to_vec()))], Position(1)).unwrap();
        store.flush().unwrap();
        drop(store);
        let conf = folder.path().join("state/conf");
        let whole = fs::read(&conf).unwrap();
        fs::write(&conf, &whole[..whole.len() - 4]).unwrap();
        let strict = Options { mend_state: false, ..options.clone() };
        let refused = JournalStore::open(folder.path(), strict).map(|_| ()).unwrap_err();
        assert!(matches!(refused, StoreError::State { damaged: true, .. }), "{refused}");
        let store = JournalStore::open(folder.path(), options).unwrap();
        assert_eq!(store.applied().unwrap(), Position(0), "it is to be filled from the beginning");
        assert_eq!(store.get(b"key").unwrap(), None);
        let aside = folder.path().join("state.aside");
        assert_eq!(aside.exists(), keyring.is_none(), "nothing plain stays beside what is encrypted");
    }
}

#[test]
fn a_flipped_bit_or_a_cut_file_never_makes_a_wrong_state() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let whole = fs::read(database(folder.path())).unwrap();
    let mut dice = Dice::new(11);
    let mut refused = 0;
    for _ in 0..20 {
        let mut bytes = whole.clone();
        let byte = dice.roll(bytes.len() as u64) as usize;
        bytes[byte] ^= 1 << dice.roll(8);
        fs::write(database(folder.path()), bytes).unwrap();
        refused += u32::from(refused_or_right(folder.path()));
        let kept = dice.roll(whole.len() as u64) as usize;
        fs::write(database(folder.path()), &whole[..kept]).unwrap();
        refused_or_right(folder.path());
    }
    assert!(refused > 0, "some flips hit what is in use");
    assert_eq!(count(&rebuild(folder.path())).unwrap(), CLAIMS);
}

#[test]
fn a_power_cut_that_keeps_some_pages_only_never_makes_a_wrong_state() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let before = fs::read(database(folder.path())).unwrap();
    fill(folder.path());
    let after = fs::read(database(folder.path())).unwrap();
    let mut dice = Dice::new(12);
    for share in 1..20 {
        let mut bytes = after.clone();
        for (number, page) in bytes.chunks_mut(4096).enumerate().filter(|_| dice.roll(20) < share) {
            let old = before.get(number * 4096..).unwrap_or_default();
            let known = old.len().min(page.len());
            page[..known].copy_from_slice(&old[..known]);
            page[known..].fill(0);
        }
        fs::write(database(folder.path()), bytes).unwrap();
        refused_or_right(folder.path());
    }
}

#[test]
fn garbage_instead_of_a_state_is_refused_and_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let garbage: [&[u8]; 3] = [b"", b"not a database", &[0xff; 1 << 20]];
    for bytes in garbage {
        for name in ["db", "conf"] {
            fs::write(folder.path().join("state").join(name), bytes).unwrap();
            if let Err(error) = open(folder.path()).and_then(|store| count(&store)) {
                assert!(matches!(error, StoreError::State { .. }), "{error}");
            }
            assert_eq!(count(&rebuild(folder.path())).unwrap(), CLAIMS);
        }
    }
}

#[test]
fn a_lost_state_starts_from_the_beginning() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    fs::remove_dir_all(folder.path().join("state")).unwrap();
    assert_eq!(open(folder.path()).unwrap().applied().unwrap(), Position(0));
}

#[test]
fn a_state_ahead_of_its_journal_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    fs::remove_dir_all(folder.path().join("journal")).unwrap();
    let refused = open(folder.path()).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("do not belong together"), "{refused}");
    assert!(refused.to_string().contains("state rebuild"), "{refused}");
}
