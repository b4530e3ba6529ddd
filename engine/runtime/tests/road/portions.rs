//! Pending writes go to the state in portions, and a crash may come between any two of them.

use super::*;

const CLAIMS: usize = 900;

fn files() -> [Vec<u8>; 2] {
    let ids: Vec<String> = (0..CLAIMS).map(|number| format!("A{number}")).collect();
    let claims: Vec<_> = ids.iter().map(|id| claim(id)).collect();
    // Every third claim is denied, so that keys of all kinds come and go.
    let denied = [(GroupCode::CO, "197", 15_000)];
    let paid = |(place, id): (usize, &String)| match place % 3 {
        0 => payment(id, 0, &denied),
        _ => payment(id, 10_000, &[CONTRACT]),
    };
    let paid = ids.iter().enumerate().map(paid).collect();
    [claims_file(1, &claims), remittance_file(1, &[remittance("T1", paid)])]
}

#[test]
fn a_state_cut_between_two_portions_is_led_to_the_same_end() {
    let [sent, paid] = files();
    let take_both = |store: &Arc<MemoryStore>| {
        let outbox = Arc::default();
        let engine = open(store, &outbox);
        take(&engine, sent.clone());
        let _refused_where_it_is_cut = engine.close();
        take(&engine, paid.clone());
        let _refused_where_it_is_cut = engine.close();
    };
    let whole = MemoryStore::new();
    take_both(&whole);
    let portions = whole.applies();
    assert!(portions > 4, "{portions}: too few claims for several portions");

    for cut in 0..portions {
        let store = MemoryStore::new();
        store.refuse_from.store(cut, Ordering::SeqCst);
        take_both(&store);
        let (kept, anew) = (store.reopened(true), store.reopened(false));
        for store in [&kept, &anew] {
            open(store, &Arc::default()).close().unwrap();
        }
        let (kept, anew) = (kept.dump(), anew.dump());
        // The highest number is noted while claims come in; a state made anew has it among its counters.
        let differs = |key: &&Vec<u8>| **key != b"m" && kept.get(*key) != anew.get(*key);
        let wrong: Vec<_> = kept
            .keys()
            .chain(anew.keys())
            .filter(differs)
            .map(|key| key.escape_ascii().to_string())
            .collect();
        assert!(wrong.is_empty(), "cut before portion {cut}: not what the journal says: {wrong:?}");
    }
}
