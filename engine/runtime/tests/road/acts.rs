//! The acting loop: what plugins are asked is done once in effect, however often the program ends in the middle of it.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;
use claimflow_core::event::Event;
use claimflow_core::workflow::{ActionSpec, Slot};
use claimflow_core::{Moment, Span, Text, Value, ValueType};
use claimflow_runtime::plugin::{Call, ClaimPart, Done, Fault, Grants, PluginInfo};
use claimflow_runtime::{FixedClock, Plugin, Plugins};
use common::HandMade;

pub(super) const WORKFLOW: &str = "workflow: acts
version: 1
start: ask
states:
  ask:
    do: echo.act
    retry: { times: 2, first: 30s, factor: 2, cap: 1h }
    then:
      - { when: 'outcome == \"good\"', to: good }
      - { to: other }
  good: { final: true }
  other: { final: true }
";

type Act = dyn Fn(&Call) -> Result<Done, Fault> + Send + Sync;

/// A plugin that does what a test says, and remembers what it was asked.
pub(super) struct Echo {
    info: PluginInfo,
    actions: Vec<ActionSpec>,
    asked: Mutex<Vec<(Text, u32)>>,
    act: Box<Act>,
}

impl Echo {
    pub(super) fn new(act: impl Fn(&Call) -> Result<Done, Fault> + Send + Sync + 'static) -> Arc<Self> {
        Self::within(Duration::from_millis(200), act)
    }

    pub(super) fn within(
        timeout: Duration,
        act: impl Fn(&Call) -> Result<Done, Fault> + Send + Sync + 'static,
    ) -> Arc<Self> {
        let info = PluginInfo {
            name: "echo".into(),
            grants: Grants { claim: vec![ClaimPart::Lines], ..Grants::default() },
            timeout,
            at_once: 3,
            ..PluginInfo::default()
        };
        let spec = ActionSpec {
            name: "echo.act".into(),
            outputs: vec![Slot::optional("charge", ValueType::Money)],
            outcomes: vec!["good".into(), "bad".into()],
            ..ActionSpec::default()
        };
        Arc::new(Self { info, actions: vec![spec], asked: Mutex::default(), act: Box::new(act) })
    }

    pub(super) fn good() -> Arc<Self> {
        Self::new(|call| {
            let charge: Money = call.claim.lines.iter().map(|line| line.charge).sum();
            Ok(Done::with_outcome("good").with("charge", Value::Money(charge)))
        })
    }

    pub(super) fn asked(&self) -> Vec<(Text, u32)> {
        self.asked.lock().unwrap().clone()
    }
}

impl Plugin for Echo {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn actions(&self) -> &[ActionSpec] {
        &self.actions
    }

    fn perform(&self, call: &Call) -> Result<Done, Fault> {
        self.asked.lock().unwrap().push((call.key.clone(), call.attempt));
        (self.act)(call)
    }
}

struct Bench {
    store: Arc<MemoryStore>,
    clock: Arc<FixedClock>,
    echo: Arc<Echo>,
    engine: Option<Engine>,
}

impl Bench {
    fn new(echo: &Arc<Echo>) -> Self {
        let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 3, 2))));
        let mut bench = Self { store: MemoryStore::new(), clock, echo: echo.clone(), engine: None };
        bench.open();
        bench
    }

    fn open(&mut self) {
        let plugins = Plugins::new([self.echo.clone() as Arc<dyn Plugin>]);
        let practice = HandMade::with(WORKFLOW, plugins);
        let outbox = Arc::new(MemoryOutbox::default());
        self.engine = Some(Engine::open(self.store.clone(), practice, self.clock.clone(), outbox).unwrap());
    }

    /// The program ends without a word, and begins again.
    fn crash(&mut self, keep_state: bool) {
        self.engine = None;
        self.store = self.store.reopened(keep_state);
        self.open();
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    fn take(&self, count: usize) {
        let claims: Vec<_> = (1..=count).map(|n| claim(&format!("A{n}"))).collect();
        let mut files = std::iter::once(("claims".to_owned(), Ok(claims_file(1, &claims))));
        self.engine().ingest(&mut files, &IngestOptions::default(), &|_, _| ()).unwrap();
    }

    fn state(&self, id: &str) -> Text {
        self.engine().show(id).unwrap().summary.state
    }

    fn later(&self, span: Span) {
        self.clock.set(claimflow_runtime::Clock::now(&*self.clock).plus(span));
        self.engine().run_timers().unwrap();
        self.engine().perform_requests().unwrap();
    }

    fn events(&self, id: &str) -> Vec<&'static str> {
        let view = self.engine().show(id).unwrap();
        view.chapters.iter().flat_map(|chapter| chapter.events.iter().map(Event::name)).collect()
    }
}

const WAY: [&str; 5] = ["received", "entered", "requested", "performed", "entered"];

#[test]
fn what_is_asked_is_done_after_it_is_durable_and_leads_on() {
    let echo = Echo::good();
    let bench = Bench::new(&echo);
    bench.take(2);
    assert_eq!((bench.state("A1").as_str(), echo.asked().len()), ("ask", 0));
    assert_eq!(bench.engine().open_requests().unwrap(), 2);
    let acted = bench.engine().perform_requests().unwrap();
    assert_eq!((acted.done, acted.failed), (2, 0));
    assert_eq!((bench.state("A1").as_str(), bench.engine().open_requests().unwrap()), ("good", 0));
    assert_eq!(bench.events("A2"), WAY);
    let view = bench.engine().show("A1").unwrap();
    let performed = view.chapters.iter().flat_map(|own| &own.events).find_map(|event| match event {
        Event::Performed { output, by, .. } => Some((output.clone(), by.clone())),
        _ => None,
    });
    let charge = Value::Money(Money::from_cents(15_000));
    assert_eq!(performed, Some((vec![("charge".into(), charge)], "echo 0.1.0".into())));
    assert_eq!(bench.engine().plugin_health("echo").done, 2);
    assert_eq!(bench.engine().perform_requests().unwrap().done, 0);
}

#[test]
fn a_claim_ends_once_wherever_the_program_ends() {
    // The journal refuses the n-th write and all after it: whatever was done by then, nobody was told.
    let mut most_asked = 0;
    for refused in 0..8 {
        for keep_state in [true, false] {
            let echo = Echo::good();
            let mut bench = Bench::new(&echo);
            bench.store.fail_from.store(refused, Ordering::SeqCst);
            let claims = [claim("A1"), claim("A2")];
            let mut files = std::iter::once(("claims".to_owned(), Ok(claims_file(1, &claims))));
            let _refused = bench.engine().ingest(&mut files, &IngestOptions::default(), &|_, _| ());
            let _refused = bench.engine().perform_requests();
            bench.crash(keep_state);
            let known = bench.engine().show("A1").is_ok();
            bench.engine().perform_requests().unwrap();
            if !known {
                bench.take(2);
                bench.engine().perform_requests().unwrap();
            }
            for id in ["A1", "A2"] {
                assert_eq!(bench.events(id), WAY, "write {refused} is refused");
            }
            let mut keys: Vec<Text> = echo.asked().into_iter().map(|(key, _)| key).collect();
            most_asked = most_asked.max(keys.len());
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), 2, "a repeat has the same key: {keys:?}");
            assert_eq!(bench.engine().open_requests().unwrap(), 0);
        }
    }
    assert!(most_asked > 2, "in some run an act comes twice");
}

#[test]
fn the_index_of_open_requests_is_what_the_journal_says() {
    let echo = Echo::new(|call| match call.key.starts_with("1/") {
        true => Err(Fault::temporary("busy")),
        false => Ok(Done::with_outcome("good")),
    });
    let bench = Bench::new(&echo);
    bench.take(3);
    bench.engine().close().unwrap();
    for _ in 0..2 {
        let rebuilt = bench.store.reopened(false);
        catch_up(rebuilt.as_ref()).unwrap();
        // The highest claim number has a key of its own only while the program runs.
        let without_highest =
            |store: &MemoryStore| store.dump().into_iter().filter(|(key, _)| key != b"m").collect::<Vec<_>>();
        assert_eq!(without_highest(&rebuilt), without_highest(&bench.store));
        bench.engine().perform_requests().unwrap();
        bench.engine().close().unwrap();
    }
    assert_eq!(bench.state("A1").as_str(), "ask");
}

#[test]
fn what_fails_is_tried_again_under_the_same_key() {
    let failures = AtomicUsize::new(0);
    let echo = Echo::new(move |_| match failures.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Err(Fault::temporary("the service is busy")),
        _ => Ok(Done::with_outcome("bad")),
    });
    let mut bench = Bench::new(&echo);
    bench.take(1);
    bench.engine().perform_requests().unwrap();
    assert_eq!(bench.engine().open_requests().unwrap(), 0, "it is tried again later");
    bench.crash(true);
    assert_eq!(bench.engine().perform_requests().unwrap().failed, 0);
    bench.later(Span(31_000));
    bench.later(Span(61_000));
    assert_eq!(bench.state("A1").as_str(), "other");
    let asked = echo.asked();
    assert_eq!(asked.iter().map(|(_, attempt)| *attempt).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(asked.iter().all(|(key, _)| *key == asked[0].0));
}

#[test]
fn a_plugin_that_panics_or_is_gone_has_failed_for_good() {
    let echo = Echo::new(|_| panic!("a fault of its own"));
    let mut bench = Bench::new(&echo);
    bench.take(1);
    bench.engine().perform_requests().unwrap();
    let view = bench.engine().show("A1").unwrap();
    assert!(view.state.is_stuck() && view.state.error.contains("panicked"), "{}", view.state.error);
    assert_eq!(bench.engine().plugin_health("echo").failed, 1);

    bench = Bench::new(&Echo::good());
    bench.take(1);
    bench
        .engine()
        .set_practice(HandMade::with(WORKFLOW, Plugins::new([bench.echo.clone() as Arc<dyn Plugin>])));
    bench.engine().set_practice(HandMade::without_plugins(WORKFLOW, &bench.echo.actions));
    bench.engine().perform_requests().unwrap();
    let error = bench.engine().show("A1").unwrap().state.error;
    assert_eq!(error, "no plugin offers `echo.act`; put it back, then try again");
}

#[test]
fn a_call_that_does_not_come_back_is_given_up() {
    let (release, wait) = channel::<()>();
    let wait: Mutex<Receiver<()>> = Mutex::new(wait);
    let first = AtomicUsize::new(0);
    let echo = Echo::new(move |_| {
        if first.fetch_add(1, Ordering::SeqCst) == 0 {
            // Until the test lets it go.
            let _released = wait.lock().unwrap().recv();
        }
        Ok(Done::with_outcome("good"))
    });
    let bench = Bench::new(&echo);
    bench.take(4);
    let acted = bench.engine().perform_requests().unwrap();
    assert_eq!((acted.done, acted.failed), (3, 1));
    bench.later(Span(31_000));
    drop(release);
    assert!((1..=4).all(|n| bench.state(&format!("A{n}")) == "good"));
    let failed = (1..=4).filter(|n| bench.events(&format!("A{n}")).contains(&"failed")).count();
    assert_eq!(failed, 1);
}

#[test]
fn calls_go_on_while_answers_are_written_and_share_the_next_write() {
    const CLAIMS: usize = 20;
    let echo = Echo::good();
    let bench = Bench::new(&echo);
    bench.take(CLAIMS);
    let (before, asked) = (bench.store.appends(), echo.clone());
    *bench.store.writing.lock().unwrap() = Some(Box::new(move || {
        let late = std::time::Instant::now() + Duration::from_secs(30);
        while asked.asked().len() < CLAIMS && std::time::Instant::now() < late {
            std::thread::yield_now();
        }
        assert_eq!(asked.asked().len(), CLAIMS, "the disk is waited for before the next call");
    }));
    assert_eq!(bench.engine().perform_requests().unwrap().done, CLAIMS as u64);
    // The first write holds what was there by then, and the rest came while it was made.
    let writes = bench.store.appends() - before;
    assert!(writes < CLAIMS / 2, "{writes} writes");
}

/// As after a restore to an earlier moment: numbers are given again, and a service must not take one claim for another.
#[test]
fn another_claim_under_the_same_number_is_asked_about_under_another_key() {
    let keys = ["A1", "A1", "B1"].map(|id| {
        let echo = Echo::good();
        let bench = Bench::new(&echo);
        let mut files = std::iter::once(("claims".to_owned(), Ok(claims_file(1, &[claim(id)]))));
        bench.engine().ingest(&mut files, &IngestOptions::default(), &|_, _| ()).unwrap();
        bench.engine().perform_requests().unwrap();
        assert_eq!(bench.state(id), "good");
        echo.asked()[0].0.clone()
    });
    assert_eq!(keys[0], keys[1], "the same ask of the same claim is a repeat");
    assert_ne!(keys[0], keys[2]);
}

#[test]
fn a_plugin_that_never_comes_back_keeps_nobody_waiting() {
    let (end, ended) = channel::<()>();
    let ended = Mutex::new(ended);
    let echo = Echo::within(Duration::from_millis(1), move |_| {
        let _until_the_end = ended.lock().unwrap().recv();
        Ok(Done::with_outcome("good"))
    });
    let bench = Bench::new(&echo);
    bench.take(20);
    let acted = bench.engine().perform_requests().unwrap();
    assert_eq!((acted.done, acted.failed), (0, 20), "those that nobody is left for have failed for a while");
    // Lost threads stay lost: what comes now is not even tried.
    let tried = echo.asked().len();
    let claims = [claim("B1")];
    let mut files = std::iter::once(("claims".to_owned(), Ok(claims_file(2, &claims))));
    bench.engine().ingest(&mut files, &IngestOptions::default(), &|_, _| ()).unwrap();
    assert_eq!(bench.engine().perform_requests().unwrap().failed, 1);
    assert_eq!(echo.asked().len(), tried);
    drop(end);
}

/// The first call is lost, its thread comes back while the second is under way, and that one is lost too.
#[test]
fn a_thread_that_is_back_takes_the_place_of_the_next_that_is_lost() {
    let ((first, back), (end, ended)) = (channel::<()>(), channel::<()>());
    let (first, back, ended) = (Mutex::new(first), Mutex::new(back), Mutex::new(ended));
    let count = AtomicUsize::new(0);
    let mut echo = Echo::within(Duration::from_millis(1), move |_| {
        match count.fetch_add(1, Ordering::SeqCst) {
            0 => drop(back.lock().unwrap().recv()),
            1 => {
                let _heard = first.lock().unwrap().send(());
                let _until_the_end = ended.lock().unwrap().recv();
            }
            _ => {}
        }
        Ok(Done::with_outcome("good"))
    });
    Arc::get_mut(&mut echo).unwrap().info.at_once = 1;
    let bench = Bench::new(&echo);
    bench.take(3);
    std::thread::scope(|scope| {
        let acting = scope.spawn(|| bench.engine().perform_requests().unwrap());
        let late = std::time::Instant::now() + Duration::from_secs(20);
        while !acting.is_finished() && std::time::Instant::now() < late {
            std::thread::yield_now();
        }
        bench.engine().stop_performing();
        acting.join().unwrap();
    });
    drop(end);
    assert_eq!(echo.asked().len(), 3, "the third waits for ever");
    assert_eq!(bench.state("A3"), "good");
}

#[test]
fn a_claim_that_cannot_be_read_keeps_no_plugin_from_the_others() {
    let echo = Echo::good();
    let mut bench = Bench::new(&echo);
    bench.take(3);
    bench.engine().close().unwrap();
    bench.store.damage_last_of(2);
    bench.crash(true);
    let acted = bench.engine().perform_requests().unwrap();
    assert_eq!(acted.done, 2);
    assert_eq!((bench.state("A1").as_str(), bench.state("A3").as_str()), ("good", "good"));
    assert_eq!(bench.engine().perform_requests().unwrap().done, 0);
}

#[test]
fn no_more_calls_are_under_way_than_the_plugin_takes() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (own_now, own_most) = (now.clone(), most.clone());
    let echo = Echo::new(move |_| {
        own_most.fetch_max(own_now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::yield_now();
        own_now.fetch_sub(1, Ordering::SeqCst);
        Ok(Done::with_outcome("good"))
    });
    let bench = Bench::new(&echo);
    bench.take(200);
    assert_eq!(bench.engine().perform_requests().unwrap().done, 200);
    assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
    assert!((1..=200).all(|n| bench.state(&format!("A{n}")) == "good"));
}

#[test]
fn a_deadline_does_not_fail_what_waits_for_its_turn() {
    let ((asked, when_asked), (release, wait)) = (channel::<()>(), channel::<()>());
    let (asked, wait) = (Mutex::new(asked), Mutex::new(wait));
    let echo = Echo::within(Duration::from_secs(60), move |_| {
        let _heard = asked.lock().unwrap().send(());
        let _released = wait.lock().unwrap().recv();
        Ok(Done::with_outcome("good"))
    });
    let bench = Bench::new(&echo);
    bench.take(1);
    std::thread::scope(|scope| {
        let acting = scope.spawn(|| bench.engine().perform_requests().unwrap());
        when_asked.recv().unwrap();
        bench.clock.set(Moment::start_of(date(2026, 3, 4)));
        let moved = bench.engine().run_timers().unwrap();
        drop(release);
        assert_eq!((moved, acting.join().unwrap().done), (0, 1));
    });
    assert_eq!(bench.events("A1"), WAY);
}

#[test]
fn who_waits_for_requests_is_told_and_can_be_ended() {
    let bench = Bench::new(&Echo::good());
    assert!(!bench.engine().await_requests(Duration::ZERO));
    bench.take(1);
    assert!(bench.engine().await_requests(Duration::from_secs(60)));
    bench.engine().stop_performing();
    assert!(!bench.engine().await_requests(Duration::from_secs(60)));
    assert_eq!(bench.engine().perform_requests().unwrap().done, 0, "what is open stays for the next start");
    assert_eq!(bench.engine().open_requests().unwrap(), 1);
}
