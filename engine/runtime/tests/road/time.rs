//! Time moves a claim over months: deadlines, escalations and pended work, through restarts and clocks that jump.

use super::*;
use claimflow_core::calendar::{Hours, Zone};
use claimflow_core::event::Event;
use claimflow_core::step::ActionResult;
use claimflow_core::workflow::{
    ActionSpec, Draft, DraftAsks, DraftKind, DraftState, DraftTransition, Offered, Placed, Retry, Workflow,
    check,
};
use claimflow_core::{Calendar, Moment, Span, Text};
use claimflow_runtime::{Chapter, FixedClock, Practice};
use common::HandMade;
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;

/// An office in New York, open until five.
fn office() -> Arc<HandMade> {
    let mut calendar = Calendar { zone: Zone::named("America/New_York").unwrap(), ..Calendar::default() };
    let hours: Hours = "08:30-17:00".parse().unwrap();
    for day in calendar.week.iter_mut().filter(|day| !day.is_empty()) {
        *day = vec![hours];
    }
    HandMade::with_calendar(calendar)
}

/// A practice that can be stopped and started again, with a clock that goes on meanwhile.
struct Office {
    practice: Arc<HandMade>,
    store: Arc<MemoryStore>,
    outbox: Arc<MemoryOutbox>,
    clock: Arc<FixedClock>,
    engine: Engine,
}

impl Office {
    /// At nine in the morning of Monday, the 2nd of March 2026.
    fn new() -> Self {
        Self::of(office())
    }

    fn of(practice: Arc<HandMade>) -> Self {
        let clock = Arc::new(FixedClock::at(practice.calendar().zone.moment(date(2026, 3, 2), 9 * 60)));
        let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
        let engine = Engine::open(store.clone(), practice.clone(), clock.clone(), outbox.clone()).unwrap();
        Self { practice, store, outbox, clock, engine }
    }

    fn restart(&mut self, keep_state: bool) {
        self.store = self.store.reopened(keep_state);
        let (clock, outbox) = (self.clock.clone(), self.outbox.clone());
        self.engine = Engine::open(self.store.clone(), self.practice.clone(), clock, outbox).unwrap();
    }

    fn hours(&self, hours: i64) -> u64 {
        self.clock.advance(Span(hours * HOUR));
        self.engine.run_timers().unwrap()
    }

    fn pend(&self, id: &str, until: Option<&str>) -> claimflow_runtime::Result<()> {
        let until = until.map(|date| date.parse().unwrap());
        let input = Input::Pended { item: None, until, reason: "payer looks at it".into() };
        self.engine.act(id, input, "maria").map(|_| ())
    }

    fn state(&self, id: &str) -> String {
        self.engine.show(id).unwrap().summary.state.to_string()
    }

    fn owners(&self, id: &str) -> Vec<String> {
        self.engine.show(id).unwrap().summary.items.iter().map(|item| item.owner.to_string()).collect()
    }

    fn queued(&self) -> usize {
        self.engine.queue(None).unwrap().len()
    }
}

fn told(chapters: &[Chapter]) -> Vec<String> {
    let words = |event: &Event| match event {
        Event::Pended { item, until: None, reason } => format!("{item} back: {reason}"),
        Event::Pended { item, until: Some(until), .. } => format!("{item} pended until {until}"),
        Event::Reassigned { item, owner, .. } => format!("{item} to {owner}"),
        Event::Entered { state, .. } => format!("enters {state}"),
        other => other.name().to_owned(),
    };
    let quiet = |event: &&Event| !matches!(event, Event::Evaluated { .. } | Event::Deadline { .. });
    let line = |at: Moment, event: &Event| format!("{at} {}", words(event));
    chapters
        .iter()
        .flat_map(|chapter| chapter.events.iter().filter(quiet).map(|own| line(chapter.at, own)))
        .collect()
}

/// The whole of it, with a restart at each point.
#[test]
fn a_claim_over_months() {
    let mut office = Office::new();
    take(&office.engine, claims_file(1, &[claim("A1")]));
    assert_eq!(office.state("A1"), "awaiting-acceptance");
    assert_eq!(office.hours(47), 0);
    office.restart(true);
    assert_eq!(office.hours(2), 1, "no answer came within two days");
    assert_eq!((office.state("A1").as_str(), office.queued()), ("status-inquiry", 1));

    // Due on Thursday; nobody looks at it for two weeks.
    assert!(office.pend("A1", Some("2026-03-04")).is_err(), "today is no day to come");
    office.pend("A1", Some("2026-03-16")).unwrap();
    assert_eq!((office.queued(), office.engine.queue_pended(Some("billing")).unwrap().len()), (0, 1));
    assert_eq!(office.engine.board().unwrap().pended, (1, Money::from_cents(15_000)));
    office.restart(false);
    assert_eq!(office.hours(24 * 11), 0, "it does not escalate while it is pended");
    assert_eq!(office.engine.board().unwrap().overdue, 0);
    office.restart(true);
    // The 16th, half past eight in New York, after the change of the clocks.
    let back = office.engine.next_deadline(office.clock_now()).unwrap().unwrap();
    assert_eq!(back.to_string(), "2026-03-16T12:30:00Z");
    office.clock.set(back);
    assert_eq!(office.engine.run_timers().unwrap(), 1);
    assert_eq!((office.queued(), office.owners("A1")), (1, vec!["billing".to_owned()]));
    assert_eq!(office.engine.board().unwrap().overdue, 1, "the due date passed meanwhile");

    // It has the day; then it escalates, once.
    assert_eq!(office.hours(12), 0);
    office.restart(false);
    assert_eq!(office.hours(4), 1);
    assert_eq!(office.owners("A1"), ["billing_lead"]);
    assert_eq!(office.hours(24 * 30), 0);
    let mut words = told(&office.engine.show("A1").unwrap().chapters);
    words.drain(..words.iter().position(|line| line.contains("status-inquiry")).unwrap());
    insta::assert_snapshot!(words.join("\n"));
}

impl Office {
    fn clock_now(&self) -> Moment {
        self.engine.now()
    }
}

#[test]
fn pended_work_is_taken_up_by_hand_or_by_what_moves_the_claim() {
    let office = Office::new();
    let mut video = claim("A1");
    video.place_of_service = "10".parse().unwrap();
    take(&office.engine, claims_file(1, &[video]));
    assert!(office.pend("A1", None).is_err(), "nothing is pended");
    office.pend("A1", Some("2026-06-01")).unwrap();
    office.pend("A1", None).unwrap();
    assert_eq!((office.queued(), office.engine.queue_pended(None).unwrap().len()), (1, 0));
    office.pend("A1", Some("2026-06-01")).unwrap();
    let fields = vec![(Text::from("line[1].modifiers"), Text::from("95"))];
    office.engine.act("A1", Input::Corrected { fields, reason: "video".into() }, "maria").unwrap();
    assert_eq!(office.state("A1"), "awaiting-acceptance");
    assert!(office.engine.queue_pended(None).unwrap().is_empty());
    assert!(office.store.dump().keys().all(|key| !key.starts_with(b"z")));
    assert!(office.pend("A1", Some("2026-06-01")).is_err(), "nobody has anything to do");
}

/// A workflow that asks a plugin, and tries three times more, an hour and then two apart.
fn asks_a_plugin() -> Arc<Workflow> {
    let at = |name: &str| Placed::new(Text::from(name), 1, 1);
    let retry = Retry { times: 3, first: Span(HOUR), factor: 2, cap: Span(2 * HOUR), jitter: 0 };
    let asks = DraftAsks {
        retry: Some(Placed::new(retry, 1, 1)),
        on_error: Some(at("failed")),
        ..DraftAsks::default()
    };
    let state = |name: &str, kind, to: Option<&str>| {
        let then = to.map(|to| DraftTransition { when: None, to: at(to) }).into_iter().collect();
        DraftState { name: at(name), kind, note: at(""), set: Vec::new(), then }
    };
    let end = || DraftKind::Final { reopen: Vec::new(), result: Text::default() };
    let draft = Draft {
        path: "workflows/test.yaml".to_owned(),
        hash: "w1".into(),
        name: "asks".into(),
        version: 1,
        start: at("lookup"),
        history: None,
        variables: Vec::new(),
        states: vec![
            state("lookup", DraftKind::Work { action: at("fees.lookup"), asks }, Some("found")),
            state("found", end(), None),
            state("failed", end(), None),
        ],
    };
    let offered = ActionSpec { name: "fees.lookup".into(), ..ActionSpec::default() };
    Arc::new(check(&draft, Offered { actions: &[offered], calls: &[] }).unwrap())
}

#[test]
fn what_failed_is_tried_again_when_its_pause_is_over_whatever_is_restarted() {
    let mut office = Office::of(HandMade::with_workflow(asks_a_plugin()));
    take(&office.engine, claims_file(1, &[claim("A1")]));
    for (attempt, pause) in [(1, 1), (2, 2), (3, 2)] {
        let open = office.engine.show("A1").unwrap().state.request.unwrap().request;
        assert_eq!(open.attempt, attempt);
        let result = ActionResult::Failed { reason: "no answer".into(), for_good: false };
        office.engine.act("A1", Input::Performed { key: open.key, attempt, result }, "plugin").unwrap();
        office.restart(attempt == 2);
        office.clock.advance(Span(pause * HOUR - 1));
        assert_eq!(office.engine.run_timers().unwrap(), 0, "not before its time");
        office.restart(attempt == 1);
        office.clock.advance(Span(1));
        assert_eq!(office.engine.run_timers().unwrap(), 1);
        assert_eq!(office.hours(0), 0, "and once");
    }
    // Nobody answers the last attempt: it counts as failed when its time is over.
    office.restart(false);
    assert_eq!(office.hours(24), 1);
    assert_eq!(office.state("A1"), "failed");
}

#[test]
fn a_clock_that_goes_back_runs_nothing_twice_and_loses_nothing() {
    let mut office = Office::new();
    take(&office.engine, claims_file(1, &[claim("A1")]));
    assert_eq!(office.hours(49), 1);
    assert_eq!(office.hours(-24 * 30), 0, "put back by a month");
    office.restart(false);
    assert_eq!((office.hours(0), office.state("A1")), (0, "status-inquiry".to_owned()));
    // It escalates when the clock has passed the end of its due date for the first time.
    assert_eq!(office.hours(24 * 30 + 4), 0);
    assert_eq!(office.hours(24 * 2), 1);
    assert_eq!(office.owners("A1"), ["billing_lead"]);
}

#[test]
fn a_clock_that_goes_forward_runs_everything_once_in_order_and_in_batches() {
    let office = Office::new();
    let claims: Vec<Claim> = (0..6_000).map(|number| claim(&format!("A{number}"))).collect();
    let (first, second) = claims.split_at(3_000);
    take(&office.engine, claims_file(1, second));
    office.hours(1);
    take(&office.engine, claims_file(2, first));
    let before = office.store.appends();
    assert_eq!(office.hours(24 * 300), 6_000, "all at once, though each falls due again on the way");
    assert!(office.store.appends() - before < 200, "many claims share a write");
    let moved = |id: &str| office.engine.find(id).unwrap().0;
    let (early, late) =
        (second.iter().map(|own| moved(own.id.as_str())), first.iter().map(|own| moved(own.id.as_str())));
    // A batch has 4,096 claims: the first 3,000 deadlines are in it, and the last of the others in the next one.
    assert!(early.max().unwrap() < late.max().unwrap());
    let timetable = office.engine.timetable(&[office.clock_now()], 3).unwrap();
    assert_eq!(timetable.counts, [0, 6_000]);
    assert_eq!((timetable.next.len(), timetable.next[0].owner.as_str()), (3, "billing"));
}

/// What happens in a script; a restart is no event for the claims.
#[derive(Debug, Clone)]
enum Move {
    Hours(i64),
    Pend(i64),
    Resume,
    Resolve,
    Restart(bool),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => prop_oneof![-30_i64..0, 0_i64..60, 24_i64..1_500].prop_map(Move::Hours),
        2 => (1_i64..40).prop_map(Move::Pend),
        1 => Just(Move::Resume),
        1 => Just(Move::Resolve),
        3 => any::<bool>().prop_map(Move::Restart),
    ];
    prop::collection::vec(one, 1..24)
}

/// Both claims' timelines after a script. What a claim does not take, it does not take after a restart either.
fn after(script: &[Move], restarts: bool) -> (Vec<Vec<String>>, Vec<String>) {
    let mut office = Office::new();
    let mut video = claim("A2");
    video.place_of_service = "10".parse().unwrap();
    take(&office.engine, claims_file(1, &[claim("A1"), video]));
    for step in script {
        match step {
            Move::Hours(hours) => drop(office.hours(*hours)),
            Move::Pend(days) => {
                let until = office.engine.today().saturating_add(jiff::ToSpan::days(*days)).to_string();
                ["A1", "A2"].iter().for_each(|id| drop(office.pend(id, Some(&until))));
            }
            Move::Resume => ["A1", "A2"].iter().for_each(|id| drop(office.pend(id, None))),
            Move::Resolve => {
                let input =
                    || Input::Resolved { item: None, outcome: "resolved".into(), reason: Text::default() };
                ["A1", "A2"].iter().for_each(|id| drop(office.engine.act(id, input(), "maria")));
            }
            Move::Restart(keep_state) if restarts => office.restart(*keep_state),
            Move::Restart(_) => {}
        }
    }
    let chapters = |id: &str| told(&office.engine.show(id).unwrap().chapters);
    let queue =
        office.engine.queue(None).unwrap().into_iter().chain(office.engine.queue_pended(None).unwrap());
    let queue = queue.map(|row| format!("{} {} {:?}", row.id, row.item.owner, row.pended)).collect();
    (vec![chapters("A1"), chapters("A2")], queue)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn restarts_change_no_timeline(script in moves()) {
        prop_assert_eq!(after(&script, true), after(&script, false));
    }
}
