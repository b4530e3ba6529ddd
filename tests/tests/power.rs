//! Power cuts in the middle of every change that a practice at work makes: journal writes and files put into the outbox.
//! Afterwards the same files are given again, and everything ends as if the power had never gone: every claim is there,
//! every submission went out once, and the state is what the journal says, whether it came back old or not at all.
//!
//! `CLAIMFLOW_POWER_CUTS` sets how many disks each cut leaves; `CLAIMFLOW_SEED` where chance starts, which a failure names.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use claimflow::practice::{Contents, Folder, Loaded, check_for_work, write_new};
use claimflow_core::step::Input;
use claimflow_core::{Claim, Moment};
use claimflow_runtime::store::Store;
use claimflow_runtime::{
    ClaimFilter, Engine, Error, FixedClock, IngestOptions, Outbox, Summary, check_state,
};
use claimflow_simulator::{Payer, PayerKnowledge, load, remit};
use claimflow_store::JournalOptions;
use claimflow_store::testing::{Dice, Remembered, SimDisk, SimStore};
use claimflow_tests::{envelope, file_of, number, spoil};
use claimflow_x12::{read, write_835};
use jiff::civil::date;

/// An outbox that the power goes out on: a file that is being put then is there or not, as the seed decides.
struct World {
    disk: SimDisk,
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    keeps: bool,
}

impl World {
    fn new(disk: &SimDisk, files: BTreeMap<String, Vec<u8>>, keeps: bool) -> Arc<Self> {
        Arc::new(Self { disk: disk.clone(), files: Mutex::new(files), keeps })
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.files.lock().expect("nobody panics with it").clone()
    }

    /// How often each claim number went out.
    fn submissions(&self) -> BTreeMap<String, u32> {
        let mut sent = BTreeMap::new();
        for bytes in self.files().values() {
            for claim in claims_in(bytes) {
                *sent.entry(claim.id.to_string()).or_default() += 1;
            }
        }
        sent
    }
}

impl Outbox for World {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        let was_out = self.disk.is_out();
        let powered = self.disk.step();
        if was_out || (powered.is_err() && !self.keeps) {
            return powered.map(|()| false);
        }
        let before =
            self.files.lock().expect("nobody panics with it").insert(name.to_owned(), bytes.to_vec());
        if let Some(before) = &before {
            assert!(before == bytes, "`{name}` was put again with other bytes");
        }
        powered.map(|()| before.is_none())
    }
}

fn claims_in(bytes: &[u8]) -> Vec<Claim> {
    let read = read(bytes);
    read.transactions.iter().flat_map(claimflow_x12::Transaction::claims).map(|read| read.claim).collect()
}

/// What comes to the practice, in order.
enum Comes {
    File(Vec<u8>),
    Correction(String),
}

struct Trial {
    practice: Arc<Loaded>,
    comes: Vec<Comes>,
}

impl Trial {
    fn new(root: &Path) -> Self {
        write_new(root, &Contents::named("Sample")).expect("a practice can be written");
        let folder = Folder::read(root).expect("it can be read");
        let practice = Arc::new(check_for_work(&folder).expect("what ships is sound"));
        let mut trial = Self { practice, comes: Vec::new() };
        let mut claims: Vec<Claim> = load(5, 21).collect();
        spoil(&mut claims[1]);
        trial.comes.push(Comes::File(file_of(&claims, 1)));
        trial.comes.push(Comes::Correction(claims[1].id.to_string()));
        // What the payers answer follows from what went out.
        let sent = trial.whole().1;
        let mut payer = Payer::new(1, PayerKnowledge::default()).expect("the tables are sound");
        for bytes in sent.files().values() {
            let answers = payer.receive(bytes, date(2026, 10, 2)).acknowledgments;
            trial.comes.extend(answers.into_iter().map(|(_, bytes)| Comes::File(bytes)));
        }
        let sent: Vec<Claim> = sent.files().values().flat_map(|bytes| claims_in(bytes)).collect();
        let remittance = remit(&sent, 1, date(2026, 10, 15), 300);
        trial.comes.push(Comes::File(write_835(&envelope(9), &[remittance])));
        trial
    }

    fn open(
        &self,
        disk: &SimDisk,
        world: &Arc<World>,
        state: Remembered,
    ) -> Result<(Arc<SimStore>, Engine), Error> {
        // Small files, so that a short run has several.
        let options = JournalOptions { segment_bytes: 8_192, ..JournalOptions::default() };
        let store = Arc::new(SimStore::open(disk, Path::new("data"), options, state)?);
        let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 10, 1))));
        let engine = Engine::open(store.clone(), self.practice.clone(), clock, world.clone())?;
        Ok((store, engine))
    }

    /// Gives everything to the practice; what was taken in before does nothing.
    fn give(&self, engine: &Engine) -> Result<(), Error> {
        for comes in &self.comes {
            match comes {
                Comes::File(bytes) => {
                    let mut files = std::iter::once(("file".to_owned(), Ok(bytes.clone())));
                    engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ())?;
                }
                Comes::Correction(id) => {
                    let fields = vec![("place_of_service".into(), "10".into())];
                    let corrected = Input::Corrected { fields, reason: "the session was at home".into() };
                    match engine.act(id, corrected, "someone") {
                        // It was made before.
                        Err(Error::Step(_)) => {}
                        other => drop(other?),
                    }
                }
            }
        }
        engine.close()
    }

    /// Everything, with the power on.
    fn whole(&self) -> (BTreeMap<String, Summary>, Arc<World>, u64) {
        let disk = SimDisk::default();
        let world = World::new(&disk, BTreeMap::new(), true);
        let (_, engine) = self.open(&disk, &world, Remembered::default()).expect("it opens");
        self.give(&engine).expect("the power is on");
        (summaries(&engine), world, disk.steps())
    }

    /// The power goes out in a step; gives the disk, the outbox, and a state that may have been on the disk then.
    fn cut(&self, fuel: u64, seed: u64) -> (SimDisk, BTreeMap<String, Vec<u8>>, Remembered) {
        let mut dice = Dice::new(seed);
        let disk = SimDisk::default();
        let world = World::new(&disk, BTreeMap::new(), dice.one_in(2));
        disk.set_fuel(Some(fuel));
        let mut states = Vec::new();
        if let Ok((store, engine)) = self.open(&disk, &world, Remembered::default()) {
            let cut = self.give(&engine);
            assert!(cut.is_err() || !disk.is_out(), "the power went out and nobody said so");
            drop(engine);
            states = store.states();
        }
        let state = states.get(dice.roll(states.len() as u64 + 1) as usize).cloned().unwrap_or_default();
        (disk.after_power_cut(seed), world.files(), state)
    }
}

fn summaries(engine: &Engine) -> BTreeMap<String, Summary> {
    let all = engine.claims(&ClaimFilter { all: true, ..ClaimFilter::default() }).expect("they are listed");
    all.into_iter().map(|summary| (summary.id.to_string(), summary)).collect()
}

#[test]
fn a_practice_ends_as_if_the_power_had_never_gone() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let trial = Trial::new(&folder.path().join("practice"));
    let (expected, sent, steps) = trial.whole();
    assert!(expected.len() == 5 && steps > 40, "{steps} steps");
    assert!(sent.submissions().values().all(|times| *times == 1));
    let first = number("CLAIMFLOW_SEED", 0);
    for fuel in 0..steps {
        for seed in first..first + number("CLAIMFLOW_POWER_CUTS", 3) {
            let place = format!("cut in step {fuel}, CLAIMFLOW_SEED={seed}");
            let (disk, files, state) = trial.cut(fuel, seed);
            let world = World::new(&disk, files, true);
            let (store, engine) =
                trial.open(&disk, &world, state).unwrap_or_else(|error| panic!("{place}: {error}"));
            trial.give(&engine).unwrap_or_else(|error| panic!("{place}: {error}"));
            let found = summaries(&engine);
            for (id, summary) in &expected {
                assert_eq!(found.get(id), Some(summary), "{place}: another claim than with the power on");
            }
            assert_eq!(found.len(), expected.len(), "{place}");
            assert_eq!(world.submissions(), sent.submissions(), "{place}: other submissions");
            let report = check_state(store.as_ref()).expect("both can be read");
            assert_eq!(report.differences, [], "{place}: the state is not what the journal says");
            store.verify().unwrap_or_else(|error| panic!("{place}: {error}"));
        }
    }
}
