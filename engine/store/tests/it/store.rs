//! A store as the runtime uses it: what goes in comes out, also after it was opened again.

use std::ops::ControlFlow;
use std::path::Path;

use claimflow_runtime::store::{Position, Store, StoreError};
use claimflow_store::{Journal, JournalStore, Options};

fn small() -> Options {
    Options { cache_bytes: 16 << 20, ..Options::default() }
}

fn open(folder: &Path) -> JournalStore {
    JournalStore::open(folder, small()).unwrap()
}

fn replayed(store: &JournalStore, after: Position) -> Vec<(Position, Vec<u8>)> {
    let mut all = Vec::new();
    let mut each = |at: Position, record: &[u8]| {
        all.push((at, record.to_vec()));
        ControlFlow::Continue(())
    };
    store.replay(after, &mut each).unwrap();
    all
}

fn keys(store: &JournalStore, prefix: &[u8], from: Option<&[u8]>) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut each = |key: &[u8], _: &[u8]| {
        all.push(key.to_vec());
        ControlFlow::Continue(())
    };
    store.scan(prefix, from, &mut each).unwrap();
    all
}

#[test]
fn records_are_read_by_position_and_in_order_before_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let records: Vec<Vec<u8>> = vec![b"one".to_vec(), vec![], vec![7; 5000], vec![8; 3 << 20]];
    let store = open(folder.path());
    assert_eq!(store.append(&[]).unwrap(), vec![]);
    let mut positions = store.append(&records[..2]).unwrap();
    positions.extend(store.append(&records[2..]).unwrap());
    assert!(positions[0] > Position(0) && positions.is_sorted());
    let all: Vec<_> = positions.iter().copied().zip(records.iter().cloned()).collect();
    let check = |store: &JournalStore| {
        for (position, record) in &all {
            assert_eq!(&store.read(*position).unwrap(), record);
        }
        assert_eq!(replayed(store, Position(0)), all);
        assert_eq!(replayed(store, positions[1]), all[2..]);
        assert_eq!(replayed(store, positions[3]), vec![]);
        assert_eq!(store.verify().unwrap().records, 4);
    };
    check(&store);
    drop(store);
    check(&open(folder.path()));
    assert_eq!(Journal::verify_folder(folder.path()).unwrap().records, 4);
}

#[test]
fn the_state_keeps_what_was_applied_with_its_position() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let at = store.append(&[b"claim".to_vec()]).unwrap()[0];
    let writes = vec![
        (b"c/2".to_vec(), Some(b"two".to_vec())),
        (b"c/1".to_vec(), Some(b"one".to_vec())),
        (b"d/1".to_vec(), Some(vec![])),
    ];
    store.apply(writes, at).unwrap();
    store.apply(vec![(b"d/1".to_vec(), None), (b"c/3".to_vec(), Some(vec![3]))], at).unwrap();
    store.flush().unwrap();
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.applied().unwrap(), at);
    assert_eq!(store.get(b"c/2").unwrap(), Some(b"two".to_vec()));
    assert_eq!(store.get(b"d/1").unwrap(), None);
    assert_eq!(keys(&store, b"c/", None), [b"c/1", b"c/2", b"c/3"]);
    assert_eq!(keys(&store, b"c/", Some(b"c/2")), [b"c/2", b"c/3"]);
    assert_eq!(keys(&store, b"c/", Some(b"a")), [b"c/1", b"c/2", b"c/3"]);
    assert_eq!(keys(&store, b"", None).len(), 3, "the store's own keys are not shown");
    assert_eq!(keys(&store, b"d/", None), Vec::<Vec<u8>>::new());
    store.clear_state().unwrap();
    assert_eq!(store.applied().unwrap(), Position(0));
    assert_eq!(keys(&store, b"", None), Vec::<Vec<u8>>::new());
}

#[test]
fn the_stores_own_keys_cannot_be_touched() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let own = b"\xff\xffapplied".to_vec();
    assert_eq!(store.get(&own).unwrap(), None);
    let refused = store.apply(vec![(own, None)], Position(1));
    assert!(matches!(refused, Err(StoreError::State { .. })));
}
