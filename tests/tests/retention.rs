//! Claims whose time is over leave the journal, and nothing else does: over random histories of a practice, with power cuts
//! in the middle, the state that was kept is the state made anew from the later journal; claims that stay are as they
//! were; those that go are not found, their numbers are given to no other, and what brought them is still known.
//!
//! `CLAIMFLOW_HISTORIES` sets how many histories; `CLAIMFLOW_SEED` where chance starts, which a failure names.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use claimflow::practice::{Contents, Folder, Loaded, check_for_work, write_new};
use claimflow_core::step::Input;
use claimflow_core::{Claim, ClaimId, Moment};
use claimflow_runtime::record::ContentRecord;
use claimflow_runtime::store::{Store, StoreError};
use claimflow_runtime::{
    Chapter, ClaimFilter, Engine, Error, FixedClock, IngestOptions, Outbox, ROUND, Retained, Summary,
    chapters, check_state,
};
use claimflow_simulator::{load, remit};
use claimflow_store::JournalOptions;
use claimflow_store::testing::{Dice, Remembered, SimDisk, SimStore};
use claimflow_tests::{envelope, file_of, number, spoil};
use claimflow_x12::{read, write_835};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

static PRACTICE: LazyLock<Arc<Loaded>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let root = folder.path().join("practice");
    write_new(&root, &Contents::named("Sample")).expect("a practice can be written");
    Arc::new(check_for_work(&Folder::read(&root).expect("it can be read")).expect("what ships is sound"))
});

#[derive(Default)]
struct Sent(Mutex<BTreeMap<String, Vec<u8>>>);

impl Outbox for Sent {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        Ok(self.0.lock().expect("nobody panics with it").insert(name.to_owned(), bytes.to_vec()).is_none())
    }
}

impl Sent {
    /// The claims that went out since this many files had.
    fn claims_after(&self, files: &BTreeSet<String>) -> Vec<Claim> {
        let sent = self.0.lock().expect("nobody panics with it");
        sent.iter()
            .filter(|(name, _)| !files.contains(*name))
            .flat_map(|(_, bytes)| claims_in(bytes))
            .collect()
    }

    fn names(&self) -> BTreeSet<String> {
        self.0.lock().expect("nobody panics with it").keys().cloned().collect()
    }
}

fn claims_in(bytes: &[u8]) -> Vec<Claim> {
    let read = read(bytes);
    read.transactions.iter().flat_map(claimflow_x12::Transaction::claims).map(|read| read.claim).collect()
}

fn open(disk: &SimDisk, state: Remembered, on: Date) -> Result<(Arc<SimStore>, Engine), Error> {
    open_to(disk, state, on, Arc::default())
}

fn open_to(
    disk: &SimDisk,
    state: Remembered,
    on: Date,
    sent: Arc<Sent>,
) -> Result<(Arc<SimStore>, Engine), Error> {
    let options = JournalOptions { segment_bytes: 6_144, ..JournalOptions::default() };
    let store = Arc::new(SimStore::open(disk, Path::new("data"), options, state)?);
    let clock = Arc::new(FixedClock::at(Moment::start_of(on)));
    let engine = Engine::open(store.clone(), PRACTICE.clone(), clock, sent)?;
    Ok((store, engine))
}

/// A practice's years in short.
struct Years {
    dice: Dice,
    disk: SimDisk,
    store: Arc<SimStore>,
    engine: Engine,
    sent: Arc<Sent>,
    today: Date,
    /// Every file that was given.
    files: Vec<Vec<u8>>,
    /// Claims that went out and are not paid yet.
    unpaid: Vec<Claim>,
    control: u32,
    /// The highest internal number so far.
    highest: u64,
    gone: BTreeSet<String>,
}

impl Years {
    fn new(seed: u64) -> Self {
        let (disk, sent, today) = (SimDisk::default(), Arc::<Sent>::default(), date(2026, 10, 1));
        let (store, engine) = open_to(&disk, Remembered::default(), today, sent.clone()).expect("it opens");
        let dice = Dice::new(seed);
        let (files, unpaid, gone) = (Vec::new(), Vec::new(), BTreeSet::new());
        Self { dice, disk, store, engine, sent, today, files, unpaid, control: 0, highest: 0, gone }
    }

    fn give(&mut self, bytes: Vec<u8>) {
        let before = self.sent.names();
        let mut files = std::iter::once(("file".to_owned(), Ok(bytes.clone())));
        let report = self.engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ());
        let report = report.expect("the power is on");
        assert!(!report.files[0].duplicate, "{report:?}");
        if !report.files[0].has_errors() {
            self.files.push(bytes);
        }
        self.unpaid.extend(self.sent.claims_after(&before));
    }

    fn all(&self) -> Vec<Summary> {
        let all = ClaimFilter { all: true, ..ClaimFilter::default() };
        self.engine.claims(&all).expect("they are listed")
    }

    /// Some weeks: claims come in, some are held and mended, some are paid, denied, sent again, replaced.
    fn season(&mut self) {
        self.today = self.today.saturating_add((10 + self.dice.roll(20) as i64).days());
        let sent = self.sent.clone();
        self.engine.close().expect("the power is on");
        let state = self.store.states().pop().unwrap_or_default();
        (self.store, self.engine) = open_to(&self.disk, state, self.today, sent).expect("it opens");
        self.engine.run_timers().expect("the power is on");
        self.new_claims();
        self.work_items();
        self.payments();
        if self.dice.one_in(3) {
            let record = ContentRecord {
                action: "rule promoted".into(),
                subject: format!("R{}", self.control).into(),
                before: "".into(),
                after: "".into(),
                reason: "".into(),
                generation: "".into(),
            };
            self.engine.note_content("someone", record).expect("the power is on");
        }
        let all = self.dice.one_in(4);
        self.engine.seal_journal(all).expect("the power is on");
    }

    fn new_claims(&mut self) {
        self.control += 1;
        let count = 1 + self.dice.roll(5) as usize;
        let mut claims: Vec<Claim> = load(count, self.dice.roll(1 << 20)).collect();
        for (place, claim) in claims.iter_mut().enumerate() {
            claim.id = ClaimId::as_received(format!("A{}-{place}", self.control));
            if self.dice.one_in(4) {
                spoil(claim);
            }
        }
        let bytes = file_of(&claims, self.control);
        self.give(bytes);
        for summary in self.all() {
            let id = summary.id.to_string();
            assert!(!self.gone.contains(&id), "{id} is gone");
            if id.starts_with(&format!("A{}-", self.control)) {
                assert!(summary.number > self.highest, "the number of {id} was given before");
            }
        }
        self.highest =
            self.all().iter().map(|summary| summary.number).max().unwrap_or_default().max(self.highest);
    }

    fn work_items(&mut self) {
        for summary in self.all() {
            if summary.state == "patient-balance" {
                let settled =
                    Input::Resolved { item: None, outcome: "patient-paid".into(), reason: "paid".into() };
                drop(self.engine.act(summary.id.as_str(), settled, "someone"));
            }
            if summary.items.is_empty() || self.dice.one_in(4) {
                continue;
            }
            let before = self.sent.names();
            if summary.number + 12 < self.highest {
                let written_off =
                    Input::Resolved { item: None, outcome: "written-off".into(), reason: "old".into() };
                drop(self.engine.act(summary.id.as_str(), written_off, "someone"));
            } else if self.dice.one_in(4) {
                self.replace(&summary);
            } else {
                let fields = vec![("place_of_service".into(), "10".into())];
                let corrected = Input::Corrected { fields, reason: "it was at home".into() };
                if let Err(error) = self.engine.act(summary.id.as_str(), corrected, "someone") {
                    assert!(matches!(error, Error::Step(_)), "{error}");
                    let written_off =
                        Input::Resolved { item: None, outcome: "written-off".into(), reason: "old".into() };
                    drop(self.engine.act(summary.id.as_str(), written_off, "someone"));
                }
            }
            self.unpaid.extend(self.sent.claims_after(&before));
        }
    }

    /// The claim comes in once more, under the number it went out with.
    fn replace(&mut self, summary: &Summary) {
        let state = self.engine.show(summary.id.as_str()).expect("it is there").state;
        let mut claim = state.claim;
        if !summary.sent_as.is_empty() {
            claim.id = summary.sent_as.clone();
        }
        claim.frequency = "7".into();
        claim.payer_claim_number = "P1".into();
        self.control += 1;
        let bytes = file_of(&[claim], 10_000 + self.control);
        let mut files = std::iter::once(("file".to_owned(), Ok(bytes.clone())));
        let report = self.engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ()).expect("power");
        if !report.files[0].has_errors() && !report.files[0].duplicate {
            self.files.push(bytes);
        }
    }

    fn payments(&mut self) {
        let dice = &mut self.dice;
        let (paid, unpaid) = std::mem::take(&mut self.unpaid).into_iter().partition(|_| !dice.one_in(4));
        self.unpaid = unpaid;
        let paid: Vec<Claim> = paid;
        if paid.is_empty() {
            return;
        }
        self.control += 1;
        let denied = if self.dice.one_in(2) { 0 } else { 250 };
        let remittance = remit(&paid, self.control, self.today, denied);
        self.give(write_835(&envelope(self.control), &[remittance]));
    }

    fn before(&self) -> Moment {
        Moment::start_of(self.today.saturating_sub(15.days()))
    }

    fn timelines(&self) -> BTreeMap<String, Vec<Chapter>> {
        timelines(&self.store, &self.engine)
    }

    /// Drops what can go, in rounds of some size; what stays is as it was.
    fn retain(&mut self, place: &str) -> Retained {
        let before = self.timelines();
        let most = 1 + self.dice.roll(40) as usize;
        let would = rounds(|each| self.engine.retainable(self.before(), most, each));
        let gone = retain(&self.engine, self.before(), most).expect("the power is on");
        assert_eq!(Retained { applied: true, ..would }, gone, "{place}");
        self.gone.extend(gone.claims.iter().map(|claim| claim.id.to_string()));
        let mut expected = before;
        for claim in &gone.claims {
            assert!(expected.remove(claim.id.as_str()).is_some(), "{place}");
            assert!(matches!(self.engine.find(claim.id.as_str()), Err(Error::NoClaim(_))), "{place}");
        }
        assert_eq!(self.timelines(), expected, "{place}: claims that stay are not what they were");
        same_anew(&self.disk, &self.store, self.today, place);
        let again = self.engine.retain(self.before(), ROUND, "someone").expect("the power is on");
        assert_eq!((again.segments, again.claims.len()), (0, 0), "{place}: {again:?}");
        gone
    }

    /// Every file that was ever taken in is known.
    fn all_known(&self, place: &str) {
        let files = self.files.iter().map(|bytes| ("again".to_owned(), Ok(bytes.clone())));
        let report = self.engine.ingest(&mut files.into_iter(), &IngestOptions::default(), &|_, _| ());
        let report = report.expect("the power is on");
        assert!(report.files.iter().all(|file| file.duplicate), "{place}: {report:?}");
    }
}

/// Rounds until there is no more, as one.
fn retain(engine: &Engine, before: Moment, most: usize) -> Result<Retained, Error> {
    let mut rounds = Vec::new();
    loop {
        rounds.push(engine.retain(before, most, "someone")?);
        if rounds.last().is_none_or(|round| !round.more) {
            return Ok(as_one(rounds));
        }
    }
}

fn rounds(each: impl FnOnce(&mut dyn FnMut(Retained) -> ControlFlow<()>) -> Result<(), Error>) -> Retained {
    let mut rounds = Vec::new();
    let mut take = |round| {
        rounds.push(round);
        ControlFlow::Continue(())
    };
    each(&mut take).expect("the power is on");
    as_one(rounds)
}

/// What is carried anew is carried once more by a round that is far behind.
fn as_one(rounds: Vec<Retained>) -> Retained {
    let mut all = Retained::default();
    for round in rounds {
        all.applied = round.applied;
        all.claims.extend(round.claims);
        all.from = [all.from, round.from].into_iter().flatten().min();
        all.to = all.to.max(round.to);
        all.segments += round.segments;
        all.records += round.records;
        all.bytes += round.bytes;
        all.carried += round.carried;
        (all.more, all.kept_by) = (round.more, round.kept_by);
    }
    all.claims.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

fn timelines(store: &Arc<SimStore>, engine: &Engine) -> BTreeMap<String, Vec<Chapter>> {
    let all = engine.claims(&ClaimFilter { all: true, ..ClaimFilter::default() }).expect("they are listed");
    let chapters = |id: &str| {
        let (head, _) = engine.find(id).expect("it is there");
        chapters(store.as_ref(), head).expect("its records are there")
    };
    all.into_iter().map(|own| (own.id.to_string(), chapters(own.id.as_str()))).collect()
}

/// Entries that come from the journal alone.
fn entries(store: &SimStore) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut entries = store.states().pop().unwrap_or_default().entries;
    entries.retain(|key, _| ![b"m", b"n", b"r"].contains(&<&[u8; 1]>::try_from(&key[..]).unwrap_or(b"_")));
    entries
}

/// The state is what it is when it is made anew from the journal.
fn same_anew(disk: &SimDisk, store: &Arc<SimStore>, on: Date, place: &str) {
    let report = check_state(store.as_ref()).expect("both can be read");
    assert_eq!(report.differences, [], "{place}: the state is not what the journal says");
    store.verify().unwrap_or_else(|error| panic!("{place}: {error}"));
    let (anew, engine) = open(&disk.copy(), Remembered::default(), on).expect("it opens");
    assert_eq!(entries(&anew), entries(store), "{place}: another state than one made anew");
    drop(engine);
}

#[test]
fn what_is_over_leaves_the_journal_and_nothing_else_does() {
    let first = number("CLAIMFLOW_SEED", 0);
    let (mut dropped, mut times) = (0, 0);
    for seed in first..first + number("CLAIMFLOW_HISTORIES", 4) {
        let mut years = Years::new(seed);
        for season in 0..14 {
            let place = format!("season {season}, CLAIMFLOW_SEED={seed}");
            years.season();
            if years.dice.one_in(2) {
                let gone = years.retain(&place);
                dropped += gone.claims.len();
                times += usize::from(gone.segments > 0);
            }
            years.all_known(&place);
        }
    }
    assert!(dropped > 10 && times > 3, "{dropped} claims in {times} times");
}

/// A claim can come in again under the number that it went out with: then that is its own number, and an earlier one of its
/// submissions as well.
#[test]
fn a_claim_goes_with_a_number_that_it_has_in_two_ways() {
    let mut years = Years::new(1_691_031_917);
    (0..12).for_each(|_| years.season());
    years.dice.roll(30);
    years.engine.close().expect("the power is on");
    assert!(years.retain("in years in which one does").segments > 0);
}

#[test]
fn a_power_cut_drops_everything_that_was_to_go_or_nothing() {
    let first = number("CLAIMFLOW_SEED", 0);
    let mut cuts = 0;
    for seed in first..first + number("CLAIMFLOW_HISTORIES", 4).div_ceil(2) {
        let mut years = Years::new(seed);
        for _ in 0..12 {
            years.season();
        }
        years.engine.close().expect("the power is on");
        let (disk, states, today) = (years.disk.copy(), years.store.states(), years.today);
        let (before, most) = (years.before(), 12 + years.dice.roll(30) as usize);
        let between = after_each_round(&disk, states.last().cloned(), today, before, most);
        let gone = years.retain("uncut");
        if gone.segments == 0 {
            continue;
        }
        let (expected, expected_timelines) = (entries(&years.store), years.timelines());
        for fuel in 0.. {
            let disk = disk.copy();
            let (store, engine) =
                open(&disk, states.last().cloned().unwrap_or_default(), today).expect("the power is on");
            disk.set_fuel(Some(fuel));
            let done = retain(&engine, before, most).is_ok();
            drop(engine);
            let mut states = states.clone();
            states.extend(store.states());
            for chance in 0..2 {
                cuts += 1;
                let place = format!("cut in step {fuel}, chance {chance}, CLAIMFLOW_SEED={seed}");
                let after = disk.after_power_cut(chance);
                let mut dice = Dice::new(fuel * 31 + chance);
                let state = states[dice.roll(states.len() as u64) as usize].clone();
                let (store, engine) = match open(&after, state, today) {
                    Ok(opened) => opened,
                    // A state that is further than the journal is made anew.
                    Err(Error::Store(StoreError::State { detail, .. }))
                        if detail.contains("beyond the journal") =>
                    {
                        open(&after, Remembered::default(), today)
                            .unwrap_or_else(|error| panic!("{place}: {error}"))
                    }
                    Err(error) => panic!("{place}: {error}"),
                };
                same_anew(&after, &store, today, &place);
                let found = timelines(&store, &engine);
                assert!(between.contains(&found), "{place}: a round is there by half");
                assert!(!done || between.last() == Some(&found), "{place}: what was dropped is there again");
                retain(&engine, before, most).unwrap_or_else(|error| panic!("{place}: {error}"));
                same_anew(&after, &store, today, &place);
                assert_eq!(timelines(&store, &engine), expected_timelines, "{place}");
                assert_eq!(same_but_positions(&entries(&store)), same_but_positions(&expected), "{place}");
            }
            if done {
                break;
            }
        }
    }
    assert!(cuts > 20, "{cuts} cuts");
}

/// The claims before any round, after the first, after the second, and so on.
fn after_each_round(
    disk: &SimDisk,
    state: Option<Remembered>,
    today: Date,
    before: Moment,
    most: usize,
) -> Vec<BTreeMap<String, Vec<Chapter>>> {
    let (store, engine) = open(&disk.copy(), state.unwrap_or_default(), today).expect("the power is on");
    let mut all = vec![timelines(&store, &engine)];
    loop {
        let round = engine.retain(before, most, "someone").expect("the power is on");
        all.push(timelines(&store, &engine));
        if !round.more {
            return all;
        }
    }
}

/// The keys of a state, but for what names a position.
fn same_but_positions(entries: &BTreeMap<Vec<u8>, Vec<u8>>) -> Vec<&Vec<u8>> {
    entries.keys().filter(|key| key.first() != Some(&b'h')).collect()
}
