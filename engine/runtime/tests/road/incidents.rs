//! One claim that cannot go on stops nobody, and nothing that comes to it is lost.

use std::sync::atomic::AtomicU8;

use super::*;
use claimflow_core::step::ActionResult;
use claimflow_core::workflow::{
    ActionSpec, Draft, DraftAsks, DraftKind, DraftState, DraftTransition, Offered, Placed, Workflow,
    WorkflowRef, check,
};
use claimflow_core::{
    Calendar, Evaluation, Facts, Finding, Level, Moment, Route, RouteQuery, RuleInput, Rules, Stage, Subject,
    Text,
};
use claimflow_runtime::{
    Cause, FixedClock, IncidentFilter, IncidentNoteKind, Practice, RetryOutcome, Sender,
};
use common::HandMade;

/// What is wrong with the rules of claims that are called `X...`.
pub(super) const SOUND: u8 = 0;
pub(super) const PANICS: u8 = 1;
pub(super) const ERRS: u8 = 2;
/// The version that claims run on is not there.
const MISSING: u8 = 3;

/// The practice made by hand, with rules that break on some claims while they are told to.
pub(super) struct Shaky {
    sound: Arc<HandMade>,
    fault: Arc<AtomicU8>,
    stage: Stage,
    generation: Text,
    /// A workflow that asks a plugin, in place of the shipped one.
    asks: Option<Workflow>,
}

impl Shaky {
    pub(super) fn new(fault: u8, stage: Stage) -> (Arc<Self>, Arc<AtomicU8>) {
        Self::over(HandMade::new(), fault, stage)
    }

    /// With the workflows of another practice.
    pub(super) fn over(sound: Arc<HandMade>, fault: u8, stage: Stage) -> (Arc<Self>, Arc<AtomicU8>) {
        let switch = Arc::new(AtomicU8::new(fault));
        let (fault, generation) = (switch.clone(), "shaky".into());
        (Arc::new(Self { sound, fault, stage, generation, asks: None }), switch)
    }

    /// With a workflow of one step that a plugin does.
    fn asking() -> Arc<Self> {
        let at = |word: &str| Placed::new(Text::from(word), 1, 1);
        let state = |name: &str, kind, to: &[&str]| DraftState {
            name: at(name),
            kind,
            note: at(""),
            set: Vec::new(),
            then: to.iter().map(|to| DraftTransition { when: None, to: at(to) }).collect(),
        };
        let lookup = DraftKind::Work { action: at("fees.lookup"), asks: DraftAsks::default() };
        let draft = Draft {
            path: "workflows/lookup.yaml".to_owned(),
            hash: "w1".into(),
            name: "lookup".into(),
            version: 1,
            start: at("lookup"),
            history: None,
            variables: Vec::new(),
            states: vec![
                state("lookup", lookup, &["looked-up"]),
                state("looked-up", DraftKind::Final { reopen: Vec::new(), result: Text::default() }, &[]),
            ],
        };
        let spec = ActionSpec {
            name: "fees.lookup".into(),
            outcomes: vec!["found".into()],
            ..ActionSpec::default()
        };
        let asks = Some(check(&draft, Offered { actions: &[spec], calls: &[] }).unwrap());
        let fault = Arc::new(AtomicU8::new(SOUND));
        let (sound, stage, generation) = (HandMade::new(), Stage::Scrub, "shaky".into());
        Arc::new(Self { sound, fault, stage, generation, asks })
    }
}

impl Rules for Shaky {
    fn generation(&self) -> &Text {
        &self.generation
    }

    #[expect(clippy::panic, reason = "that is what is tested")]
    fn evaluate(&self, input: &RuleInput<'_>) -> Evaluation {
        let mut evaluation = self.sound.rules().evaluate(input);
        if input.stage == self.stage && input.claim.id.as_str().starts_with('X') {
            match self.fault.load(Ordering::SeqCst) {
                PANICS => panic!("the member {} is at fault", input.claim.subscriber.person.member_id),
                ERRS => evaluation.findings.push(erring(input.stage)),
                _ => {}
            }
        }
        evaluation
    }

    fn route(&self, query: &RouteQuery<'_>) -> Route {
        self.sound.rules().route(query)
    }
}

fn erring(stage: Stage) -> Finding {
    Finding {
        rule: "SHAKY".into(),
        pack: "test 1.0.0".into(),
        file: "payers/test/rules/shaky.rhai".into(),
        source_line: 7,
        stage,
        level: Level::Error,
        subject: Subject::Claim,
        index: 0,
        category: "rule_error".into(),
        owner: "billing".into(),
        message: "member MX1 is no number".into(),
        because: Text::default(),
        within: None,
        values: Vec::new(),
    }
}

impl Practice for Shaky {
    fn rules(&self) -> &dyn Rules {
        self
    }

    fn workflow_for_new(&self) -> Result<&Workflow, Text> {
        self.asks.as_ref().map_or_else(|| self.sound.workflow_for_new(), Ok)
    }

    fn workflow(&self, reference: &WorkflowRef) -> Option<&Workflow> {
        if self.fault.load(Ordering::SeqCst) == MISSING {
            return None;
        }
        match &self.asks {
            Some(own) => Some(own).filter(|own| own.reference() == reference),
            None => self.sound.workflow(reference),
        }
    }

    fn newest_workflow(&self, name: &str) -> Option<&Workflow> {
        self.sound.newest_workflow(name)
    }

    fn facts(&self, claim: &Claim) -> Facts {
        self.sound.facts(claim)
    }

    fn registers_hash(&self) -> &str {
        "none"
    }

    fn calendar(&self) -> &Calendar {
        self.sound.calendar()
    }

    fn sender(&self) -> &Sender {
        self.sound.sender()
    }
}

pub(super) fn at(
    store: &Arc<MemoryStore>,
    outbox: &Arc<MemoryOutbox>,
    practice: Arc<dyn Practice>,
    day: i8,
) -> Engine {
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 3, day))));
    Engine::open(store.clone(), practice, clock, outbox.clone()).unwrap()
}

pub(super) fn causes(engine: &Engine) -> Vec<(String, Cause, u32, usize)> {
    let all = engine.incidents(&IncidentFilter::default()).unwrap();
    let one = |row: &claimflow_runtime::IncidentRow| {
        let incident = &row.incidents[0];
        (row.id.to_string(), incident.cause, incident.attempt, row.waiting)
    };
    all.iter().map(one).collect()
}

pub(super) fn numbers(engine: &Engine) -> Vec<u64> {
    engine.incidents(&IncidentFilter::default()).unwrap().iter().map(|row| row.number).collect()
}

fn summary_text(engine: &Engine, id: &str) -> (String, Money, u16) {
    let summary = engine.show(id).unwrap().summary;
    (summary.state.to_string(), summary.paid, summary.submissions)
}

#[test]
fn a_claim_that_panics_on_arrival_is_kept_and_begins_when_it_is_retried() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let (practice, fault) = Shaky::new(PANICS, Stage::Scrub);
    let engine = at(&store, &outbox, practice.clone(), 2);
    let report = take(&engine, claims_file(1, &[claim("A1"), claim("X1"), claim("A2")]));
    assert_eq!((report.files[0].incidents, report.files[0].has_errors()), (1, false));
    assert_eq!(causes(&engine), [("X1".into(), Cause::Stopped, 1, 0)]);
    assert_eq!(states(&engine).iter().filter(|(_, state)| state == "awaiting-acceptance").count(), 2);
    // Nothing of what the panic said is kept, since it may name a person.
    let row = &engine.incidents(&IncidentFilter::default()).unwrap()[0];
    assert!(!row.incidents[0].message.contains("MX1"), "{}", row.incidents[0].message);

    // The same file again is known; a payment for the claim waits; a person cannot do anything to what has not begun.
    assert!(take(&engine, claims_file(1, &[claim("A1"), claim("X1"), claim("A2")])).files[0].duplicate);
    let paid = remittance_file(2, &[remittance("T1", vec![payment("X1", 10_000, &[CONTRACT])])]);
    let report = take(&engine, paid);
    assert_eq!((report.files[0].waiting_inputs, report.files[0].duplicate_payments), (1, 0));
    assert!(!report.files[0].has_errors());
    let refused = engine.act("X1", Input::Released { reason: "no".into() }, "test").unwrap_err();
    assert!(refused.to_string().contains("claimflow retry X1"), "{refused}");

    // While it still panics, it still is one; then it begins, and the payment follows.
    let again = engine.retry(&numbers(&engine), "test").unwrap();
    assert!(matches!(&again[0].outcome, RetryOutcome::Failing(why) if why[0].attempt == 2), "{again:?}");
    assert_eq!(causes(&engine), [("X1".into(), Cause::Stopped, 2, 1)]);
    drop(engine);
    let engine = at(&store, &outbox, practice, 3);
    assert_eq!(causes(&engine), [("X1".into(), Cause::Stopped, 2, 1)]);
    fault.store(SOUND, Ordering::SeqCst);
    let again = engine.retry(&numbers(&engine), "test").unwrap();
    assert_eq!(again[0].outcome, RetryOutcome::Done { state: "paid".into() });
    assert_eq!(causes(&engine), []);
    assert_eq!(engine.show("X1").unwrap().summary.paid, Money::from_cents(10_000));
    rebuilt_is_the_same(&store, &engine);
}

/// The state made anew from the journal is the one that was kept.
pub(super) fn rebuilt_is_the_same(store: &Arc<MemoryStore>, engine: &Engine) {
    engine.close().unwrap();
    let before = store.dump();
    let anew = store.reopened(false);
    catch_up(anew.as_ref()).unwrap();
    let own = |state: &std::collections::BTreeMap<Vec<u8>, Vec<u8>>| -> Vec<(Vec<u8>, Vec<u8>)> {
        let kept = |key: &&Vec<u8>| !matches!(key.first(), Some(b'n' | b'm' | b'r'));
        state.iter().filter(|(key, _)| kept(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    assert_eq!(own(&before), own(&anew.dump()));
}

/// A claim `X1` that waits to go out and has an open incident, with what is wrong mended since.
pub(super) fn queued_with_incident(store: &Arc<MemoryStore>, outbox: &Arc<MemoryOutbox>) -> Engine {
    let (practice, switch) = Shaky::new(SOUND, Stage::Categorize);
    let engine = at(store, outbox, practice, 2);
    take(&engine, claims_file(1, &[claim("X1")]));
    switch.store(PANICS, Ordering::SeqCst);
    let denied = payment("X1", 0, &[(GroupCode::CO, "197", 15_000)]);
    take(&engine, remittance_file(2, &[remittance("T1", vec![denied])]));
    assert_eq!(numbers(&engine).len(), 1);
    switch.store(SOUND, Ordering::SeqCst);
    engine
}

#[test]
fn what_waits_comes_in_as_if_there_had_been_no_incident() {
    let journey = |fault: u8| {
        let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
        let (practice, switch) = Shaky::new(SOUND, Stage::Categorize);
        let engine = at(&store, &outbox, practice, 2);
        take(&engine, claims_file(1, &[claim("X1"), claim("A1")]));
        switch.store(fault, Ordering::SeqCst);
        let denied = payment("X1", 0, &[(GroupCode::CO, "197", 15_000)]);
        take(
            &engine,
            remittance_file(2, &[remittance("T1", vec![denied, payment("A1", 10_000, &[CONTRACT])])]),
        );
        let mut reversal = payment("X1", 0, &[(GroupCode::CO, "197", -15_000)]);
        reversal.status = "22".into();
        reversal.charge = Money::from_cents(-15_000);
        reversal.lines[0].charge = Money::from_cents(-15_000);
        take(&engine, remittance_file(3, &[remittance("T2", vec![reversal])]));
        take(&engine, remittance_file(4, &[remittance("T3", vec![payment("X1", 10_000, &[CONTRACT])])]));
        assert_eq!(engine.show("A1").unwrap().summary.state, "paid");
        if fault != SOUND {
            assert_eq!(causes(&engine), [("X1".into(), Cause::Stopped, 1, 3)]);
        }
        switch.store(SOUND, Ordering::SeqCst);
        engine.retry(&numbers(&engine), "test").unwrap();
        assert_eq!(causes(&engine), []);
        rebuilt_is_the_same(&store, &engine);
        let view = engine.show("X1").unwrap();
        let events: Vec<_> = view.chapters.into_iter().flat_map(|chapter| chapter.events).collect();
        (view.state, events)
    };
    assert_eq!(journey(PANICS), journey(SOUND));
}

#[test]
fn a_rule_that_errs_holds_the_claim_and_is_an_incident() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let (practice, fault) = Shaky::new(ERRS, Stage::Scrub);
    let engine = at(&store, &outbox, practice, 2);
    take(&engine, claims_file(1, &[claim("A1"), claim("X1"), claim("X2")]));
    assert_eq!(
        causes(&engine),
        [("X1".into(), Cause::RuleError, 1, 0), ("X2".into(), Cause::RuleError, 1, 0)]
    );
    assert_eq!(summary_text(&engine, "X1").0, "held");
    let incident = &engine.incidents(&IncidentFilter::default()).unwrap()[0].incidents[0];
    assert_eq!(incident.message, "rule `SHAKY` (payers/test/rules/shaky.rhai:7) cannot be decided at scrub");
    assert_eq!((&*incident.place.file, incident.place.line), ("payers/test/rules/shaky.rhai", 7));

    // A person who lets one go on has ended its incident; the other is retried before and after the rule is mended.
    engine.act("X2", Input::Released { reason: "seen".into() }, "test").unwrap();
    assert_eq!(causes(&engine), [("X1".into(), Cause::RuleError, 1, 0)]);
    assert_eq!(summary_text(&engine, "X2"), ("awaiting-acceptance".into(), Money::ZERO, 1));
    engine.retry(&numbers(&engine), "test").unwrap();
    assert_eq!(causes(&engine), [("X1".into(), Cause::RuleError, 2, 0)]);
    fault.store(SOUND, Ordering::SeqCst);
    let again = engine.retry(&numbers(&engine), "test").unwrap();
    assert_eq!(again[0].outcome, RetryOutcome::Done { state: "awaiting-acceptance".into() });
    assert_eq!(summary_text(&engine, "X1"), ("awaiting-acceptance".into(), Money::ZERO, 1));
    rebuilt_is_the_same(&store, &engine);
}

#[test]
fn a_person_who_mends_the_claim_lets_in_what_waited() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let (practice, _fault) = Shaky::new(ERRS, Stage::Scrub);
    let engine = at(&store, &outbox, practice, 2);
    take(&engine, claims_file(1, &[claim("X1")]));
    let paid = remittance_file(2, &[remittance("T1", vec![payment("X1", 10_000, &[CONTRACT])])]);
    assert_eq!(take(&engine, paid).files[0].waiting_inputs, 1);
    engine.act("X1", Input::Released { reason: "seen".into() }, "test").unwrap();
    assert_eq!(causes(&engine), []);
    assert_eq!(summary_text(&engine, "X1").1, Money::from_cents(10_000));
    rebuilt_is_the_same(&store, &engine);
}

#[test]
fn closing_gives_up_what_failed_and_takes_in_what_came_after_it() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let (practice, fault) = Shaky::new(SOUND, Stage::Categorize);
    let engine = at(&store, &outbox, practice, 2);
    take(&engine, claims_file(1, &[claim("X1")]));
    fault.store(PANICS, Ordering::SeqCst);
    let denied = payment("X1", 0, &[(GroupCode::CO, "197", 15_000)]);
    take(&engine, remittance_file(2, &[remittance("T1", vec![denied])]));
    take(&engine, remittance_file(3, &[remittance("T2", vec![payment("X1", 10_000, &[CONTRACT])])]));
    fault.store(SOUND, Ordering::SeqCst);
    let all = numbers(&engine);
    let closed = engine.close_incidents(&all, "the payer took it back", "test").unwrap();
    assert_eq!(closed[0].outcome, RetryOutcome::Done { state: "paid".into() });
    let postings = engine.show("X1").unwrap().state.postings;
    assert_eq!(postings.iter().map(|own| &*own.trace).collect::<Vec<_>>(), ["T2"]);
    let notes = engine.incident_notes(all[0]).unwrap();
    let Some(IncidentNoteKind::Closed { taken, dropped, reason, .. }) =
        notes.last().map(|note| note.kind.clone())
    else {
        panic!("{notes:?}")
    };
    assert_eq!((taken, dropped.len(), &*reason), (1, 1, "the payer took it back"));
    // What has no incident is skipped.
    assert!(matches!(&engine.retry(&all, "test").unwrap()[0].outcome, RetryOutcome::Skipped(_)));
    rebuilt_is_the_same(&store, &engine);
}

#[test]
fn in_bulk_each_claim_has_a_result_of_its_own() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let (practice, fault) = Shaky::new(ERRS, Stage::Scrub);
    let engine = at(&store, &outbox, practice, 2);
    let claims: Vec<Claim> = (0..20).map(|n| claim(&format!("X{n}"))).chain([claim("A1")]).collect();
    take(&engine, claims_file(1, &claims));
    assert_eq!(engine.incident_count(), 20);
    assert_eq!(engine.board().unwrap().incidents, 20);
    // Half of them are mended by hand: what is wrong with the rules no longer meets them.
    for n in 0..10 {
        engine.act(&format!("X{n}"), Input::Released { reason: "seen".into() }, "test").unwrap();
    }
    fault.store(PANICS, Ordering::SeqCst);
    let all = numbers(&engine);
    let mut asked = all.clone();
    asked.push(1);
    let results = engine.retry(&asked, "test").unwrap();
    let count = |of: fn(&RetryOutcome) -> bool| results.iter().filter(|own| of(&own.outcome)).count();
    assert_eq!(count(|own| matches!(own, RetryOutcome::Failing(_))), 10);
    assert_eq!(count(|own| matches!(own, RetryOutcome::Skipped(_))), 1);
    // The new cause has taken the place of the old one, and the claims stand where they stood.
    let causes = causes(&engine);
    assert!(causes.iter().all(|(_, cause, ..)| *cause == Cause::Stopped), "{causes:?}");
    let of_kind = IncidentFilter { cause: Some(Cause::RuleError), since: None };
    assert!(engine.incidents(&of_kind).unwrap().is_empty());
    fault.store(SOUND, Ordering::SeqCst);
    let results = engine.retry(&all, "test").unwrap();
    assert!(results.iter().all(|own| matches!(own.outcome, RetryOutcome::Done { .. })), "{results:?}");
    assert_eq!(engine.incident_count(), 0);
    rebuilt_is_the_same(&store, &engine);
}

#[test]
fn a_claim_whose_record_cannot_be_read_stops_nobody() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = at(&store, &outbox, HandMade::new(), 2);
    take(&engine, claims_file(1, &[claim("A1"), claim("A2")]));
    let number = engine.show("A2").unwrap().summary.number;
    engine.close().unwrap();
    drop(engine);
    let sound = store.damage_last_of(number);

    // Found when something comes to it; what came waits.
    let engine = at(&store, &outbox, HandMade::new(), 3);
    let payments = vec![payment("A1", 10_000, &[CONTRACT]), payment("A2", 10_000, &[CONTRACT])];
    let report = take(&engine, remittance_file(2, &[remittance("T1", payments)]));
    assert_eq!((report.files[0].incidents, report.files[0].has_errors()), (1, false));
    assert_eq!(causes(&engine), [("A2".into(), Cause::Unreadable, 1, 1)]);
    assert_eq!(summary_text(&engine, "A1").1, Money::from_cents(10_000));
    assert!(engine.show("A2").is_err() && engine.claims(&ClaimFilter::default()).is_ok());
    assert_eq!(engine.queue(Some("billing_lead")).unwrap()[0].id, "A2");
    assert!(matches!(engine.retry(&[number], "test").unwrap()[0].outcome, RetryOutcome::Failing(_)));
    engine.close().unwrap();
    drop(engine);

    // Made anew from the journal, the practice opens, and the claim is the same incident.
    let anew = store.reopened(false);
    catch_up(anew.as_ref()).unwrap();
    let engine = at(&anew, &outbox, HandMade::new(), 3);
    assert_eq!(causes(&engine)[0].1, Cause::Unreadable);
    drop(engine);

    // Restored, it goes on with what waited.
    store.mend(&sound);
    let engine = at(&store, &outbox, HandMade::new(), 4);
    let again = engine.retry(&[number], "test").unwrap();
    assert_eq!(again[0].outcome, RetryOutcome::Done { state: "paid".into() });
    assert_eq!(summary_text(&engine, "A2").1, Money::from_cents(10_000));
}

#[test]
fn a_missing_workflow_version_keeps_its_claims_until_it_is_back() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let (practice, fault) = Shaky::new(SOUND, Stage::Scrub);
    let engine = at(&store, &outbox, practice, 2);
    take(&engine, claims_file(1, &[claim("A1")]));
    fault.store(MISSING, Ordering::SeqCst);
    let paid = |trace: &str, id: &str| {
        remittance_file(2, &[remittance(trace, vec![payment(id, 10_000, &[CONTRACT])])])
    };
    let report = take(&engine, paid("T1", "A1"));
    assert_eq!((report.files[0].incidents, report.files[0].has_errors()), (1, false));
    assert_eq!(causes(&engine), [("A1".into(), Cause::NoWorkflow, 1, 1)]);
    // Deadlines leave it alone as well.
    engine.run_timers().unwrap();
    fault.store(SOUND, Ordering::SeqCst);
    engine.retry(&numbers(&engine), "test").unwrap();
    assert_eq!(summary_text(&engine, "A1"), ("paid".into(), Money::from_cents(10_000), 1));
    rebuilt_is_the_same(&store, &engine);
}

#[test]
fn a_plugin_that_fails_for_good_is_an_incident_and_is_asked_again_when_it_is_retried() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = at(&store, &outbox, Shaky::asking(), 2);
    take(&engine, claims_file(1, &[claim("A1")]));
    let request = |engine: &Engine| engine.show("A1").unwrap().state.request.unwrap().request;
    let answer = |engine: &Engine, result: ActionResult| {
        let own = request(engine);
        engine.act("A1", Input::Performed { key: own.key, attempt: own.attempt, result }, "plugin").unwrap();
    };
    let failed = || ActionResult::Failed { reason: "no connection".into(), for_good: true };
    answer(&engine, failed());
    assert_eq!(causes(&engine), [("A1".into(), Cause::ActionFailed, 1, 0)]);
    let incident = &engine.incidents(&IncidentFilter::default()).unwrap()[0].incidents[0];
    assert_eq!(incident.message, "`fees.lookup` failed for good: no connection");
    assert_eq!((&*incident.place.action, &*incident.place.state), ("fees.lookup", "lookup"));

    engine.retry(&numbers(&engine), "test").unwrap();
    assert_eq!(causes(&engine), []);
    answer(&engine, failed());
    assert_eq!(causes(&engine), [("A1".into(), Cause::ActionFailed, 2, 0)]);
    engine.retry(&numbers(&engine), "test").unwrap();
    answer(
        &engine,
        ActionResult::Done { outcome: "found".into(), output: Vec::new(), by: "fees 1.0.0".into() },
    );
    assert_eq!(summary_text(&engine, "A1").0, "looked-up");
    assert_eq!(causes(&engine), []);
    rebuilt_is_the_same(&store, &engine);
}
