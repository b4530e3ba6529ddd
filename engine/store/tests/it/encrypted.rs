//! A state that is encrypted: it says what it was told, and its files say nothing.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use claimflow_runtime::store::{Position, Store, StoreError, Write};
use claimflow_store::crypt::Keyring;
use claimflow_store::testing::Dice;
use claimflow_store::{JournalStore, Options};

fn options(keyring: Option<&Arc<Keyring>>) -> Options {
    Options { keyring: keyring.cloned(), cache_bytes: 16 << 20, ..Options::default() }
}

fn keyring() -> Arc<Keyring> {
    Arc::new(Keyring::random().unwrap())
}

/// A claim's number, a parked payment that waits for it, and its summary.
fn writes(number: u64) -> Vec<Write> {
    let name = format!("PAT-{number:04}");
    let summary = format!("summary of {name}").into_bytes();
    vec![
        ([b"i", name.as_bytes()].concat(), Some(number.to_be_bytes().to_vec())),
        ([b"u", name.as_bytes(), b"\0key"].concat(), Some(Vec::new())),
        ([b"c".as_slice(), &number.to_be_bytes()].concat(), Some(summary)),
    ]
}

fn fill(store: &JournalStore, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let positions = store.append(&[number.to_be_bytes().to_vec()]).unwrap();
        store.apply(writes(number), positions.last().copied().unwrap()).unwrap();
    }
    store.flush().unwrap();
}

fn check(store: &JournalStore, numbers: std::ops::Range<u64>) {
    for (key, value) in numbers.clone().flat_map(writes) {
        assert_eq!(store.get(&key).unwrap(), value, "{}", String::from_utf8_lossy(&key));
    }
    let mut summaries = Vec::new();
    let mut each = |key: &[u8], value: &[u8]| {
        summaries.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    };
    store.scan(b"c", None, &mut each).unwrap();
    let wanted: Vec<_> =
        numbers.map(|n| writes(n).pop().unwrap()).map(|(key, value)| (key, value.unwrap())).collect();
    assert_eq!(summaries, wanted);
}

/// The state's files together.
fn bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(bytes(&path)) } else { all.extend(fs::read(path).unwrap()) }
    }
    all
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|part| part == text)
}

#[test]
fn an_encrypted_state_says_what_it_was_told_and_its_files_do_not() {
    for encrypted in [false, true] {
        let (folder, keyring) = (tempfile::tempdir().unwrap(), keyring());
        let keys = options(encrypted.then_some(&keyring));
        let store = JournalStore::open(folder.path(), keys.clone()).unwrap();
        fill(&store, 0..200);
        drop(store);
        let store = JournalStore::open(folder.path(), keys).unwrap();
        check(&store, 0..200);
        // A prefix that ends behind the number finds what follows it, under its own name.
        let mut found = Vec::new();
        let mut each = |key: &[u8], _: &[u8]| {
            found.push(key.to_vec());
            ControlFlow::Continue(())
        };
        store.scan(b"uPAT-0007\0", None, &mut each).unwrap();
        assert_eq!(found, [b"uPAT-0007\0key"]);
        store.apply(vec![(b"iPAT-0007".to_vec(), None)], store.applied().unwrap()).unwrap();
        assert_eq!(store.get(b"iPAT-0007").unwrap(), None);
        drop(store);
        let files = bytes(&folder.path().join("state"));
        assert_eq!(holds(&files, b"PAT-0100"), !encrypted);
        assert_eq!(JournalStore::is_state_encrypted(folder.path()).unwrap(), Some(encrypted));
    }
}

#[test]
fn values_of_every_data_key_are_read() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), keyring());
    let store = JournalStore::open(folder.path(), options(Some(&keyring))).unwrap();
    fill(&store, 0..50);
    keyring.renew(keyring.secrets().with_new_key().unwrap()).unwrap();
    fill(&store, 50..100);
    check(&store, 0..100);
    drop(store);
    let again = Arc::new(Keyring::new(keyring.secrets()).unwrap());
    check(&JournalStore::open(folder.path(), options(Some(&again))).unwrap(), 0..100);
}

#[test]
fn a_state_of_the_other_kind_is_refused_and_made_anew() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), keyring());
    fill(&JournalStore::open(folder.path(), options(None)).unwrap(), 0..20);
    let refused = |keys| JournalStore::open(folder.path(), keys).err().unwrap().to_string();
    let sentence = "the claim state cannot be used: it is not encrypted, as this practice is to be; `claimflow state rebuild` makes it anew from the journal";
    assert_eq!(refused(options(Some(&keyring))), sentence);
    let store = JournalStore::open_for_rebuild(folder.path(), options(Some(&keyring))).unwrap();
    let mut numbers = Vec::new();
    let mut each = |at: Position, record: &[u8]| {
        numbers.push((at, u64::from_be_bytes(record.try_into().unwrap())));
        ControlFlow::Continue(())
    };
    store.replay(Position(0), &mut each).unwrap();
    for (at, number) in numbers {
        store.apply(writes(number), at).unwrap();
    }
    check(&store, 0..20);
    store.clear_state().unwrap();
    drop(store);
    assert!(refused(options(None)).contains("it is encrypted, and no key was given"));
    assert_eq!(JournalStore::is_state_encrypted(folder.path()).unwrap(), Some(true));
}

#[test]
fn a_flipped_bit_gives_an_error_or_what_was_told_and_nothing_else() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), keyring());
    fill(&JournalStore::open(folder.path(), options(Some(&keyring))).unwrap(), 0..300);
    let path = folder.path().join("state/db");
    let whole = fs::read(&path).unwrap();
    let mut dice = Dice::new(11);
    let mut found = 0;
    for _ in 0..40 {
        let mut bytes = whole.clone();
        let at = usize::try_from(dice.roll(bytes.len() as u64)).unwrap();
        bytes[at] ^= 1 << dice.roll(8);
        fs::write(&path, bytes).unwrap();
        match JournalStore::open(folder.path(), options(Some(&keyring))) {
            Err(StoreError::State { .. }) => found += 1,
            Err(other) => panic!("{other}"),
            Ok(store) => {
                for (key, value) in (0..300).flat_map(writes) {
                    match store.get(&key) {
                        // sled passes over a page that it takes for one that was being written.
                        Ok(None) => found += 1,
                        Ok(own) => assert_eq!(own, value),
                        Err(StoreError::State { .. }) => found += 1,
                        Err(other) => panic!("{other}"),
                    }
                }
            }
        }
    }
    assert!(found > 0);
}
