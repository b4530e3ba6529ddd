//! Sending that is held: nothing goes out, and what went out already is not sent again.

use super::*;

/// A practice that has sent these claims, and the files.
pub(super) fn sent(ids: &[&str]) -> (Arc<MemoryStore>, Vec<(String, Vec<u8>)>) {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &ids.iter().map(|id| claim(id)).collect::<Vec<_>>()));
    let files =
        outbox.files.lock().unwrap().iter().map(|(name, bytes)| (name.clone(), bytes.clone())).collect();
    (store, files)
}

/// A practice that knows nothing of it, as after a restore, and sends nothing.
fn held() -> (Arc<MemoryStore>, Arc<MemoryOutbox>, Engine) {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    outbox.holds.store(true, Ordering::SeqCst);
    let engine = open(&store, &outbox);
    (store, outbox, engine)
}

fn to_go(engine: &Engine) -> Vec<String> {
    engine.to_go().unwrap().iter().map(|own| own.id.to_string()).collect()
}

#[test]
fn nothing_goes_out_while_it_is_held_and_all_of_it_afterwards() {
    let (_store, outbox, engine) = held();
    let report = take(&engine, claims_file(1, &[claim("A1"), claim("A2")]));
    assert_eq!(report.written.len(), 0);
    assert_eq!((to_go(&engine), engine.sending_is_held()), (vec!["A1".into(), "A2".into()], true));
    assert!(engine.send_now().unwrap().is_empty());
    assert!(states(&engine).iter().all(|(_, state)| state == "awaiting-submission"));
    outbox.holds.store(false, Ordering::SeqCst);
    assert_eq!(engine.send_now().unwrap().len(), 1);
    assert_eq!(outbox.files.lock().unwrap().len(), 1);
    assert!(states(&engine).iter().all(|(_, state)| state == "awaiting-acceptance"));
}

#[test]
fn what_went_out_is_told_and_not_sent_again() {
    let (_, files) = sent(&["A1", "A2", "A9"]);
    let (name, bytes) = &files[0];
    let (store, outbox, engine) = held();
    take(&engine, claims_file(1, &[claim("A1"), claim("A2"), claim("A3")]));
    let went = engine.went_out(name, bytes, "maria").unwrap();
    assert_eq!((went.claims, went.others), (vec!["A1".into(), "A2".into()], 1));
    assert_eq!(to_go(&engine), ["A3"]);
    assert_eq!(engine.known_to_be_gone(name).unwrap().len(), 2);
    assert_eq!(engine.known_to_be_gone("other.837").unwrap(), []);
    let submission = engine.show("A1").unwrap().state.submissions.remove(0);
    assert_eq!((&*submission.file, &*submission.interchange), (name.as_str(), "000000001"));
    // Again it is no news; a claim that comes in later is.
    assert_eq!(engine.went_out(name, bytes, "maria").unwrap().claims, Vec::<claimflow_core::Text>::new());
    take(&engine, claims_file(2, &[claim("A9")]));
    assert_eq!(engine.went_out(name, bytes, "maria").unwrap().claims, ["A9"]);

    // The next file has the next number, also when the state is made anew.
    engine.close().unwrap();
    let anew = store.reopened(false);
    catch_up(anew.as_ref()).unwrap();
    outbox.holds.store(false, Ordering::SeqCst);
    let engine = open(&anew, &outbox);
    assert_eq!(to_go(&engine), ["A3"], "opening finishes no file that was never to be written");
    assert!(outbox.files.lock().unwrap().is_empty());
    engine.send_now().unwrap();
    let submission = engine.show("A3").unwrap().state.submissions.remove(0);
    assert_eq!(&*submission.interchange, "000000002");
    assert_eq!(outbox.files.lock().unwrap().len(), 1);
}

#[test]
fn a_file_that_a_crash_left_planned_waits_too() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    outbox.refuses.store(true, Ordering::SeqCst);
    let engine = open(&store, &outbox);
    let mut files = std::iter::once(("claims.837".to_owned(), Ok(claims_file(1, &[claim("A1")]))));
    let _refused = engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ());
    drop(engine);
    outbox.refuses.store(false, Ordering::SeqCst);
    outbox.holds.store(true, Ordering::SeqCst);
    let engine = open(&store, &outbox);
    assert!(outbox.files.lock().unwrap().is_empty());
    outbox.holds.store(false, Ordering::SeqCst);
    engine.send_now().unwrap();
    assert_eq!((outbox.files.lock().unwrap().len(), to_go(&engine).len()), (1, 0));
}

/// After a restore to a moment internal numbers are given again, and claims whose own number payers do not bear go out under
/// theirs: the number in a file may be another claim's.
#[test]
fn a_claim_under_the_number_of_another_is_not_told() {
    let long = |last: char| format!("A-NUMBER-LONGER-THAN-TWENTY-{last}");
    let (_, files) = sent(&[&long('1')]);
    let (name, bytes) = &files[0];
    let sent_as = "CLM*C1*";
    assert!(String::from_utf8_lossy(bytes).contains(sent_as));
    let (_store, _outbox, engine) = held();
    take(&engine, claims_file(1, &[claim(&long('2')), claim(&long('1'))]));
    assert_eq!(&*engine.to_go().unwrap()[0].sent_as.matching_key(), "C1");
    let went = engine.went_out(name, bytes, "maria").unwrap();
    assert_eq!((went.claims.len(), went.others), (0, 1));
    assert_eq!(to_go(&engine).len(), 2);
    let (_store, _outbox, engine) = held();
    take(&engine, claims_file(1, &[claim(&long('1'))]));
    assert_eq!(engine.went_out(name, bytes, "maria").unwrap().claims.len(), 1);
}

#[test]
fn what_a_crash_left_half_told_is_told_by_a_repeat() {
    let (_, files) = sent(&["A1", "A2"]);
    let (name, bytes) = &files[0];
    let (store, outbox, engine) = held();
    take(&engine, claims_file(1, &[claim("A1"), claim("A2")]));
    // The claims are told in one append, and note of the file cannot be taken any more.
    store.fail_from.store(store.appends() + 1, Ordering::SeqCst);
    engine.went_out(name, bytes, "maria").unwrap_err();
    let anew = store.reopened(false);
    catch_up(anew.as_ref()).unwrap();
    let engine = open(&anew, &outbox);
    assert_eq!((to_go(&engine).len(), engine.known_to_be_gone(name).unwrap().len()), (0, 0));
    let went = engine.went_out(name, bytes, "maria").unwrap();
    assert_eq!((went.claims.len(), went.others), (2, 0));
    assert_eq!(engine.known_to_be_gone(name).unwrap().len(), 2);
    let written = anew.appends();
    assert_eq!(engine.went_out(name, bytes, "maria").unwrap(), claimflow_runtime::WentOut::default());
    assert_eq!(anew.appends(), written, "a repeat writes nothing");
}

/// A claim with an open incident takes nothing in, and stays in its queue.
#[test]
fn a_claim_with_an_incident_is_told_once() {
    let (_, files) = sent(&["X1"]);
    let (name, bytes) = &files[0];
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    outbox.holds.store(true, Ordering::SeqCst);
    let engine = incidents::queued_with_incident(&store, &outbox);
    assert_eq!(to_go(&engine), ["X1"]);
    assert_eq!(engine.went_out(name, bytes, "maria").unwrap().claims, ["X1"]);
    assert_eq!((to_go(&engine).len(), engine.known_to_be_gone(name).unwrap().len()), (1, 1));
    let written = store.appends();
    assert_eq!(engine.went_out(name, bytes, "maria").unwrap(), claimflow_runtime::WentOut::default());
    assert_eq!(store.appends(), written, "a repeat writes nothing");
    outbox.holds.store(false, Ordering::SeqCst);
    engine.retry(&incidents::numbers(&engine), "test").unwrap();
    assert_eq!(outbox.files.lock().unwrap().len(), 0, "it went out before");
    assert_eq!(&*engine.show("X1").unwrap().state.submissions[0].file, name.as_str());
}

#[test]
fn names_and_numbers_of_files_that_reached_nobody_are_not_given_again() {
    let (_, files) = sent(&["A1"]);
    let (_store, outbox, engine) = held();
    take(&engine, claims_file(1, &[claim("A1")]));
    let batch = claimflow_runtime::record::BatchRecord {
        file: files[0].0.as_str().into(),
        payer: "".into(),
        interchange: 1,
        group: 1,
        transaction: 1,
        sizes: vec![0, 0],
        created: claimflow_core::Moment::default(),
        claims: Vec::new(),
    };
    for _ in 0..2 {
        engine.go_on_behind(vec![batch.clone()], "maria").unwrap();
    }
    outbox.holds.store(false, Ordering::SeqCst);
    engine.send_now().unwrap();
    let submission = engine.show("A1").unwrap().state.submissions.remove(0);
    assert_eq!((&*submission.interchange, &*submission.transaction), ("000000002", "0003"));
    assert!(!outbox.files.lock().unwrap().contains_key(&files[0].0));
}

#[test]
fn what_is_no_file_of_claims_changes_nothing() {
    let (_store, _outbox, engine) = held();
    take(&engine, claims_file(1, &[claim("A1")]));
    let paid = remittance_file(2, &[remittance("T1", vec![payment("A1", 10_000, &[CONTRACT])])]);
    for bytes in [paid.as_slice(), b"", b"hello"] {
        assert_eq!(engine.went_out("x.837", bytes, "maria").unwrap(), claimflow_runtime::WentOut::default());
    }
    assert_eq!(to_go(&engine), ["A1"]);
}
