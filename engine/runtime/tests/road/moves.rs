//! Claims move to another version of their workflow from wherever they stand: within a workflow that was called, while a
//! plugin works, with work that is laid aside, and with an incident.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use super::acts::Echo;
use super::incidents::{ERRS, PANICS, SOUND, Shaky, at, causes, numbers, rebuilt_is_the_same};
use super::*;
use claimflow_core::event::Event;
use claimflow_core::workflow::{Workflow, WorkflowRef, map_states};
use claimflow_core::{Moment, Span, Stage, Text};
use claimflow_runtime::plugin::{Done, Fault};
use claimflow_runtime::{Cause, FixedClock, IncidentFilter, Move, Plugin, Plugins};
use common::HandMade;

const DAY: i64 = 86_400_000;

const CALLER: &str = "workflow: caller
version: 1
start: go
states:
  go:
    call: part
    then:
      - { when: 'outcome == \"answered\"', to: adjudicate }
      - { to: given-up }
  adjudicate:
    do: remittance.adjudicate
    then:
      - { to: closed }
  closed: { final: true }
  given-up: { final: true }
";

const PART: &str = "workflow: part
version: 1
start: waiting
states:
  waiting:
    wait: { for: [remitted], at-most: 60d, else: overdue }
    then:
      - { to: answered }
  overdue:
    work-item:
      owner: billing
      ask: Call the payer.
      within: 3 business_days
      resume: [written-off, resolved, remitted]
    then:
      - { when: 'event == \"resolved\"', to: waiting }
      - { when: 'event == \"remitted\"', to: answered }
      - { to: given-up }
  answered: { final: true }
  given-up: { final: true }
";

fn second(text: &str, pairs: &[(&str, &str)]) -> String {
    let next = text.replace("version: 1", "version: 2");
    pairs.iter().fold(next, |text, (old, new)| text.replace(old, new))
}

/// A practice whose workflows have two versions each.
struct Bench {
    store: Arc<MemoryStore>,
    clock: Arc<FixedClock>,
    practice: Arc<HandMade>,
    start: &'static str,
    files: Vec<(String, String)>,
    echo: Arc<Echo>,
    engine: Engine,
}

impl Bench {
    /// On the first versions; the second ones are there after [`Bench::second_versions`].
    fn new(start: &'static str, texts: &[&str], echo: &Arc<Echo>) -> Self {
        let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 3, 2))));
        let store = MemoryStore::new();
        let files: Vec<(String, String)> = texts.iter().map(|text| file(text)).collect();
        let practice = practice(start, &files, echo);
        let outbox = Arc::new(MemoryOutbox::default());
        let engine = Engine::open(store.clone(), practice.clone(), clock.clone(), outbox).unwrap();
        Self { store, clock, practice, start, files, echo: echo.clone(), engine }
    }

    fn second_versions(&mut self, texts: &[&str]) {
        self.files.extend(texts.iter().map(|text| file(text)));
        self.practice = practice(self.start, &self.files, &self.echo);
        self.engine.set_practice(self.practice.clone());
    }

    /// The program ends without a word and begins again, its state made anew from the journal.
    fn crash(&mut self) {
        self.store = self.store.reopened(false);
        catch_up(self.store.as_ref()).unwrap();
        let outbox = Arc::new(MemoryOutbox::default());
        let (store, practice) = (self.store.clone(), self.practice.clone());
        self.engine = Engine::open(store, practice, self.clock.clone(), outbox).unwrap();
    }

    fn order(&self, name: &str, maps: &[(&str, &str)]) -> Move {
        order(&self.engine, self.practice.version(name, 1), self.practice.version(name, 2), maps)
    }

    fn migrate(&self, name: &str, maps: &[(&str, &str)]) -> Vec<(String, Result<Text, String>)> {
        migrate(&self.engine, &self.order(name, maps))
    }

    fn back(&self, batch: &str) -> Vec<(String, Result<Text, String>)> {
        let mut told = Vec::new();
        let mut done = |own: claimflow_runtime::MovedClaim| told.push(outcome(own));
        self.engine.migrate_back((batch, "", false), "test", &mut done).unwrap();
        told
    }

    fn days(&self, days: i64) {
        self.clock.advance(Span(days * DAY));
        self.engine.run_timers().unwrap();
        self.engine.perform_requests().unwrap();
    }

    fn state(&self, id: &str) -> Text {
        self.engine.show(id).unwrap().summary.state
    }

    fn events(&self, id: &str) -> Vec<&'static str> {
        let view = self.engine.show(id).unwrap();
        view.chapters.iter().flat_map(|chapter| chapter.events.iter().map(Event::name)).collect()
    }

    fn causes(&self) -> Vec<Cause> {
        let rows = self.engine.incidents(&IncidentFilter::default()).unwrap();
        rows.iter().flat_map(|row| row.incidents.iter().map(|own| own.cause)).collect()
    }
}

fn file(text: &str) -> (String, String) {
    let word = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap().to_owned();
    (format!("workflows/{}/v{}.yaml", word("workflow: "), word("version: ")), text.to_owned())
}

fn practice(start: &str, files: &[(String, String)], echo: &Arc<Echo>) -> Arc<HandMade> {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    HandMade::versions(start, &files, Plugins::new([echo.clone() as Arc<dyn Plugin>]))
}

/// The move of all claims of a version, as `claimflow workflow migrate` plans it.
fn order(engine: &Engine, from: &Workflow, to: &Workflow, maps: &[(&str, &str)]) -> Move {
    let counts = engine.state_counts().into_iter().filter(|own| !own.state.contains('/'));
    let mut held: Vec<(WorkflowRef, Text)> = counts.map(|own| (own.workflow, own.state)).collect();
    for place in engine.claims_within(&[]).unwrap() {
        let called = place.calls.iter().map(|call| call.workflow.clone());
        for (level, workflow) in std::iter::once(place.workflow.clone()).chain(called).enumerate() {
            held.push((workflow, place.own_state(level).into()));
        }
    }
    let held = held.into_iter().filter(|(own, _)| own == from.reference());
    let held: Vec<(Text, u64)> = held.map(|(_, state)| (state, 1)).collect();
    let maps: Vec<(Text, Text)> = maps.iter().map(|(old, new)| ((*old).into(), (*new).into())).collect();
    let landings = map_states(Some(from), to, &held, &maps, &[]).unwrap();
    Move {
        to: to.reference().clone(),
        from: vec![(from.reference().clone(), landings.into())],
        ..Move::default()
    }
}

/// Moves claims: what each of them said it would do, which is what it did.
fn migrate(engine: &Engine, order: &Move) -> Vec<(String, Result<Text, String>)> {
    let (mut tried, mut moved) = (Vec::new(), Vec::new());
    engine.try_move(order, "test", &mut |own| tried.push(outcome(own))).unwrap();
    engine.migrate(order, "test", &mut |own| moved.push(outcome(own))).unwrap();
    tried.sort();
    moved.sort();
    assert_eq!(tried, moved, "a dry run says what comes of it");
    moved
}

fn outcome(own: claimflow_runtime::MovedClaim) -> (String, Result<Text, String>) {
    let after = own.after.map(|after| after.state).map_err(|error| error.to_string());
    (own.before.id.to_string(), after)
}

fn moved(id: &str, state: &str) -> (String, Result<Text, String>) {
    (id.to_owned(), Ok(state.into()))
}

/// Claims that are on the first version of a workflow, within the first version of another; then there are second ones.
fn in_a_call(ids: &[&str]) -> Bench {
    let mut bench = Bench::new("caller", &[CALLER, PART], &Echo::good());
    take(&bench.engine, claims_file(1, &ids.iter().map(|id| claim(id)).collect::<Vec<_>>()));
    assert!(ids.iter().all(|id| bench.state(id) == "part/waiting"));
    let caller = second(CALLER, &[("  go:", "  send:"), ("start: go", "start: send"), ("closed", "done")]);
    let part =
        second(PART, &[("  waiting:", "  with-payer:"), (": waiting", ": with-payer"), ("60d", "30d")]);
    bench.second_versions(&[&caller, &part]);
    bench
}

#[test]
fn a_claim_within_a_call_comes_back_to_the_version_that_its_caller_moved_to() {
    let mut bench = in_a_call(&["A1"]);
    let before = bench.engine.show("A1").unwrap().state;
    assert_eq!(bench.migrate("caller", &[("go", "send")]), [moved("A1", "part/waiting")]);
    let state = bench.engine.show("A1").unwrap().state;
    assert_eq!((&*state.calls[0].from, state.workflow.version, state.running().version), ("send", 2, 1));
    assert_eq!((state.deadline, state.entered), (before.deadline, before.entered));
    assert!(bench.migrate("caller", &[]).is_empty(), "moved once");
    bench.crash();
    let paid = payment("A1", 10_000, &[CONTRACT]);
    take(&bench.engine, remittance_file(2, &[remittance("T1", vec![paid])]));
    assert_eq!(bench.state("A1"), "done");
    assert_eq!(bench.engine.show("A1").unwrap().summary.paid, Money::from_cents(10_000));
}

#[test]
fn what_was_called_moves_and_its_caller_stays() {
    let mut bench = in_a_call(&["A1"]);
    let entered = bench.engine.show("A1").unwrap().state.entered;
    bench.days(10);
    assert_eq!(bench.migrate("part", &[("waiting", "with-payer")]), [moved("A1", "part/with-payer")]);
    let state = bench.engine.show("A1").unwrap().state;
    assert_eq!((&*state.calls[0].from, state.workflow.version, state.running().version), ("go", 1, 2));
    assert_eq!(state.deadline, Some(entered.plus(Span(30 * DAY))));
    bench.crash();
    bench.days(21);
    assert_eq!(bench.state("A1"), "part/overdue");
    assert_eq!(bench.engine.queue(None).unwrap().len(), 1);
    let input = Input::Resolved { item: None, outcome: "written-off".into(), reason: "".into() };
    bench.engine.act("A1", input, "test").unwrap();
    assert_eq!(bench.state("A1"), "given-up");
}

#[test]
fn a_move_within_a_call_is_taken_back_at_either_level() {
    let mut bench = in_a_call(&["A1"]);
    let before = bench.engine.show("A1").unwrap().state;
    bench.migrate("caller", &[("go", "send")]);
    bench.migrate("part", &[("waiting", "with-payer")]);
    let earlier = bench.back("M1");
    assert!(earlier[0].1.as_ref().is_err_and(|why| why.contains("moved on")), "{earlier:?}");
    assert_eq!(bench.back("M2"), [moved("A1", "part/waiting")]);
    let state = bench.engine.show("A1").unwrap().state;
    assert_eq!((&state.calls[0].workflow, state.deadline), (&before.calls[0].workflow, before.deadline));
    bench.crash();
    let paid = payment("A1", 10_000, &[CONTRACT]);
    take(&bench.engine, remittance_file(2, &[remittance("T1", vec![paid])]));
    assert_eq!(bench.state("A1"), "done");
}

#[test]
fn an_unreadable_claim_within_a_call_stays_and_stops_nobody() {
    let bench = in_a_call(&["A1", "A2"]);
    let damage = bench.store.damage_last_of(bench.engine.find("A1").unwrap().1.number);
    assert_eq!(bench.engine.claims_within(&[]).unwrap().len(), 1, "the other can be looked at");
    let told = bench.migrate("caller", &[("go", "send")]);
    assert_eq!(told[1], moved("A2", "part/waiting"));
    assert!(told[0].1.as_ref().is_err_and(|why| why.contains("journal verify")), "{told:?}");
    assert_eq!(bench.causes(), [Cause::Unreadable]);
    let back = bench.back("M1");
    assert_eq!(back.iter().filter(|(_, after)| after.is_ok()).count(), 1, "{back:?}");
    bench.store.mend(&damage);
    // What moved together and is begun again is one move.
    assert_eq!(bench.migrate("caller", &[("go", "send")]).len(), 2);
}

/// Claims of which a plugin is asked; then there is a second version, which calls the state otherwise and has more patience.
fn asking(count: usize, echo: &Arc<Echo>) -> Bench {
    let mut bench = Bench::new("acts", &[acts::WORKFLOW], echo);
    let claims: Vec<_> = (1..=count).map(|n| claim(&format!("A{n}"))).collect();
    take(&bench.engine, claims_file(1, &claims));
    bench.second_versions(&[&second(
        acts::WORKFLOW,
        &[("ask", "look"), ("times: 2", "times: 4"), (" good", " fine")],
    )]);
    bench
}

#[test]
fn what_a_plugin_is_asked_stays_open_and_its_outcome_leads_on_in_the_new_version() {
    let mut bench = asking(2, &Echo::good());
    let before = bench.engine.show("A1").unwrap().state;
    assert_eq!(bench.migrate("acts", &[("ask", "look")]), [moved("A1", "look"), moved("A2", "look")]);
    let state = bench.engine.show("A1").unwrap().state;
    assert_eq!((&state.request, state.deadline), (&before.request, before.deadline));
    assert_eq!(bench.engine.open_requests().unwrap(), 2);
    bench.crash();
    assert_eq!(bench.engine.open_requests().unwrap(), 2);
    assert_eq!(bench.engine.perform_requests().unwrap().done, 2);
    assert_eq!((&*bench.state("A1"), &*bench.state("A2")), ("fine", "fine"));
    assert_eq!(bench.events("A1"), ["received", "entered", "requested", "migrated", "performed", "entered"]);
    assert_eq!(bench.echo.asked().len(), 2, "each was asked once");
}

#[test]
fn a_claim_that_moves_while_its_plugin_works_takes_the_outcome() {
    let ((asked, when_asked), (release, wait)) = (channel::<()>(), channel::<()>());
    let (asked, wait) = (Mutex::new(asked), Mutex::new(wait));
    let bench = asking(
        1,
        &Echo::within(std::time::Duration::from_secs(60), move |_| {
            let _heard = asked.lock().unwrap().send(());
            let _released = wait.lock().unwrap().recv();
            Ok(Done::with_outcome("good"))
        }),
    );
    std::thread::scope(|scope| {
        let acting = scope.spawn(|| bench.engine.perform_requests().unwrap());
        when_asked.recv().unwrap();
        let moves = bench.migrate("acts", &[("ask", "look")]);
        drop(release);
        assert_eq!((moves, acting.join().unwrap().done), (vec![moved("A1", "look")], 1));
    });
    assert_eq!(bench.state("A1"), "fine");
    assert_eq!(bench.engine.open_requests().unwrap(), 0);
}

#[test]
fn a_move_is_taken_back_while_a_plugin_is_still_asked() {
    let bench = asking(1, &Echo::good());
    let before = bench.engine.show("A1").unwrap().state;
    bench.migrate("acts", &[("ask", "look")]);
    assert_eq!(bench.back("M1"), [moved("A1", "ask")]);
    let after = bench.engine.show("A1").unwrap().state;
    assert_eq!((after.request, after.deadline), (before.request, before.deadline));
    bench.engine.perform_requests().unwrap();
    assert_eq!(bench.state("A1"), "good");
}

#[test]
fn attempts_go_on_as_the_new_version_has_them() {
    let mut bench = asking(1, &Echo::new(|_| Err(Fault::temporary("busy"))));
    bench.engine.perform_requests().unwrap();
    let again = bench.engine.show("A1").unwrap().state.deadline;
    bench.migrate("acts", &[("ask", "look")]);
    assert_eq!(bench.engine.show("A1").unwrap().state.deadline, again);
    bench.crash();
    (0..8).for_each(|_| bench.days(1));
    let attempts: Vec<u32> = bench.echo.asked().into_iter().map(|(_, attempt)| attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 5]);
    assert_eq!(bench.causes(), [Cause::ActionFailed]);
}

#[test]
fn a_claim_whose_plugin_failed_for_good_moves_and_is_retried_there() {
    let failing = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let switch = failing.clone();
    let mut bench = asking(
        1,
        &Echo::new(move |_| match switch.load(Ordering::SeqCst) {
            true => Err(Fault::for_good("no such payer")),
            false => Ok(Done::with_outcome("good")),
        }),
    );
    bench.engine.perform_requests().unwrap();
    assert_eq!(bench.causes(), [Cause::ActionFailed]);
    assert_eq!(bench.migrate("acts", &[("ask", "look")]), [moved("A1", "look")]);
    assert_eq!(bench.causes(), [Cause::ActionFailed], "moving has mended nothing");
    bench.crash();
    failing.store(false, Ordering::SeqCst);
    let number = bench.engine.find("A1").unwrap().1.number;
    bench.engine.retry(&[number], "test").unwrap();
    bench.engine.perform_requests().unwrap();
    assert_eq!((&*bench.state("A1"), bench.causes()), ("fine", vec![]));
}

/// The shipped workflow in two versions, of which the second calls `held` otherwise and has others mend.
fn professional() -> Arc<HandMade> {
    let first = include_str!("../../../../workflows/professional-claim/v1.yaml");
    let second = second(first, &[("  held:", "  to-mend:"), ("to: held }", "to: to-mend }")]);
    let files =
        [("workflows/professional-claim/v1.yaml", first), ("workflows/professional-claim/v2.yaml", &second)];
    HandMade::versions("professional-claim", &files, Plugins::default())
}

/// Runs claims on the first version under rules at fault, then has both there.
fn at_fault(
    fault: u8,
    ids: &[&str],
) -> (Arc<MemoryStore>, Engine, Arc<std::sync::atomic::AtomicU8>, Arc<HandMade>) {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let (only_first, _) = Shaky::over(HandMade::new(), fault, Stage::Scrub);
    let engine = at(&store, &outbox, only_first, 2);
    take(&engine, claims_file(1, &ids.iter().map(|id| claim(id)).collect::<Vec<_>>()));
    let both = professional();
    let (practice, switch) = Shaky::over(both.clone(), fault, Stage::Scrub);
    engine.set_practice(practice);
    (store, engine, switch, both)
}

#[test]
fn a_claim_that_a_rule_holds_moves_with_its_incident() {
    let (store, engine, fault, both) = at_fault(ERRS, &["X1", "A1"]);
    let held = vec![("X1".to_owned(), Cause::RuleError, 1, 0)];
    assert_eq!(causes(&engine), held);
    let items = engine.show("X1").unwrap().state.work_items;
    let (first, next) = (both.version("professional-claim", 1), both.version("professional-claim", 2));
    let order = order(&engine, first, next, &[("held", "to-mend")]);
    assert_eq!(migrate(&engine, &order), [moved("A1", "awaiting-acceptance"), moved("X1", "to-mend")]);
    assert_eq!(causes(&engine), held, "moving has mended nothing");
    assert_eq!(engine.show("X1").unwrap().state.work_items, items, "whoever has the work keeps it");
    fault.store(SOUND, Ordering::SeqCst);
    engine.retry(&numbers(&engine), "test").unwrap();
    assert_eq!(causes(&engine), []);
    let state = engine.show("X1").unwrap().state;
    assert_eq!((&*state.state, state.workflow.version), ("awaiting-acceptance", 2));
    rebuilt_is_the_same(&store, &engine);
}

#[test]
fn a_claim_that_has_not_begun_moves_and_begins_in_the_new_version() {
    let (store, engine, fault, both) = at_fault(PANICS, &["X1"]);
    let stopped = vec![("X1".to_owned(), Cause::Stopped, 1, 0)];
    assert_eq!(causes(&engine), stopped);
    let (first, next) = (both.version("professional-claim", 1), both.version("professional-claim", 2));
    let order = order(&engine, first, next, &[]);
    assert_eq!(migrate(&engine, &order), [moved("X1", "")]);
    assert_eq!(causes(&engine), stopped);
    fault.store(SOUND, Ordering::SeqCst);
    engine.retry(&numbers(&engine), "test").unwrap();
    let state = engine.show("X1").unwrap().state;
    assert_eq!((&*state.state, state.workflow.version), ("awaiting-acceptance", 2));
    assert_eq!(causes(&engine), []);
    rebuilt_is_the_same(&store, &engine);
}
