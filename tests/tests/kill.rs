//! `kill -9` at random moments of a practice at work: `serve` with files of all kinds dropping in, people who correct and
//! release held claims, `ingest`, `state rebuild` and `journal seal`. After each kill: what the program acknowledged is in
//! the journal, no claim went out twice, the chain is valid, and the state is what the journal says. In the end everything
//! is given once more, and every claim is there and went out once.
//!
//! `CLAIMFLOW_KILLS=1000 cargo test -p claimflow-tests --test kill` kills a thousand times (50 when it is not set);
//! `CLAIMFLOW_SEED` sets where chance starts, which a failure names. The moments themselves depend on the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use claimflow_core::{Claim, ClaimId};
use claimflow_runtime::check_state;
use claimflow_runtime::record::{Body, decode};
use claimflow_runtime::store::{Position, Store};
use claimflow_simulator::{Payer, PayerKnowledge, load, remit};
use claimflow_store::crypt::{Keyring, Master, open_keyring};
use claimflow_store::testing::Dice;
use claimflow_store::{Journal, JournalStore, Options, SystemDisk};
use claimflow_tests::{Folder, envelope, file_of, number, spoil, text};
use claimflow_x12::{read, write_835};
use jiff::civil::date;

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");
/// Claims in a file.
const CLAIMS: usize = 30;
/// Kills before a practice is brought to its end and the next one begins.
const KILLS_A_PRACTICE: u64 = 25;
const CLOCK: [&str; 2] = ["--clock", "2026-10-05T09:00:00Z"];

/// A practice that is killed again and again, and what is known of it from outside.
struct Trial {
    folder: Folder,
    dice: Dice,
    payer: Payer,
    files: u32,
    /// Claims given to it.
    given: BTreeSet<String>,
    /// Of these, held until they are corrected.
    held: Vec<String>,
    /// Every file that was given, by the name it has in the inbox.
    inputs: BTreeMap<String, Vec<u8>>,
    /// Files that the program said it had taken in.
    taken: BTreeSet<String>,
    /// Corrections that the program said it had made.
    corrected: BTreeSet<String>,
    /// Outgoing files that the payers have.
    answered: BTreeSet<String>,
    /// How long an ingest takes that nobody disturbs.
    usual: Duration,
    /// The file with the key, where what the practice keeps is encrypted.
    key: Option<PathBuf>,
}

impl Trial {
    fn begin(seed: u64, encrypted: bool) -> Self {
        let folder = Folder::init(PROGRAM);
        let payer = Payer::new(seed, PayerKnowledge::default()).expect("the tables are sound");
        let mut trial = Self {
            folder,
            dice: Dice::new(seed),
            payer,
            files: 0,
            given: BTreeSet::new(),
            held: Vec::new(),
            inputs: BTreeMap::new(),
            taken: BTreeSet::new(),
            corrected: BTreeSet::new(),
            answered: BTreeSet::new(),
            usual: Duration::ZERO,
            key: None,
        };
        let first = trial.claims();
        trial.ingest(&first, None);
        trial.key = encrypted.then(|| trial.folder.encrypt());
        let name = trial.claims();
        let started = Instant::now();
        trial.ingest(&name, None);
        trial.usual = started.elapsed();
        assert!(trial.taken.contains(&name), "an ingest that nobody disturbs takes its file in");
        trial
    }

    /// A file with new claims, one of them held; its name.
    fn claims(&mut self) -> String {
        self.files += 1;
        let mut claims: Vec<Claim> = load(CLAIMS, u64::from(self.files)).collect();
        for (place, claim) in claims.iter_mut().enumerate() {
            claim.id = ClaimId::as_received(format!("K{:04}{place:04}", self.files));
            claim.subscriber.person.member_id = format!("M{:04}{place:04}", self.files).into();
        }
        spoil(&mut claims[3]);
        self.held.push(claims[3].id.to_string());
        self.given.extend(claims.iter().map(|claim| claim.id.to_string()));
        let bytes = file_of(&claims, self.files);
        self.keep(format!("claims-{:04}.837", self.files), bytes)
    }

    fn keep(&mut self, name: String, bytes: Vec<u8>) -> String {
        self.inputs.insert(name.clone(), bytes);
        name
    }

    /// What the payers answer to what has gone out since they were asked last: names of files.
    fn answers(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        for (name, bytes) in self.folder.outbox() {
            if !self.answered.insert(name.clone()) {
                continue;
            }
            for (answer, bytes) in self.payer.receive(&bytes, date(2026, 10, 5)).acknowledgments {
                names.push(self.keep(format!("{name}-{answer}"), bytes));
            }
            self.files += 1;
            let claims = claims_in(&bytes);
            let remittance = remit(&claims, self.files, date(2026, 10, 15), 200);
            let paid = write_835(&envelope(self.files), &[remittance]);
            names.push(self.keep(format!("{name}.835"), paid));
        }
        names
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.folder.command();
        command.args(CLOCK).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the program starts")
    }

    /// Ingests a file, killed after a while when one is given.
    fn ingest(&mut self, name: &str, killed_after: Option<Duration>) {
        let path = self.folder.file(name, &self.inputs[name]);
        let mut child = self.spawn(&["ingest", &path.to_string_lossy()]);
        if let Some(moment) = killed_after {
            std::thread::sleep(moment);
            let _may_have_ended = child.kill();
        }
        // Done, with problems found or not: acknowledged.
        if matches!(child.wait().expect("the program has ended").code(), Some(0 | 1)) {
            self.taken.insert(name.to_owned());
        }
    }

    /// Serves while files drop in and somebody corrects claims, until it is killed.
    fn serve(&mut self) {
        // A killed server leaves its socket behind.
        let socket = self.data().join("serve.sock");
        let _not_there = fs::remove_file(&socket);
        let mut server = self.spawn(&["serve", "--every", "10"]);
        let mut dropping = self.answers();
        dropping.push(self.claims());
        let end = Instant::now() + self.usual.mul_f64(0.4 + self.dice.roll(100) as f64 / 60.0);
        let mut people = Vec::new();
        let mut dropping = dropping.into_iter();
        while Instant::now() < end {
            match dropping.next() {
                Some(name) => self.drop_in(&name),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
            if people.len() < 3 && socket.exists() && self.dice.one_in(3) {
                people.extend(self.somebody());
            }
        }
        let _may_have_ended = server.kill();
        server.wait().expect("the server has ended");
        for (id, mut child) in people {
            // Without an answer the command does it itself, now that the practice is free; both are acknowledged.
            if child.wait().expect("the program has ended").success() {
                self.corrected.insert(id);
            }
        }
        for entry in fs::read_dir(self.folder.path().join("inbox/done")).into_iter().flatten() {
            let name = entry.expect("an entry can be read").file_name().to_string_lossy().into_owned();
            self.taken.insert(name);
        }
    }

    /// Somebody works alone, killed on the way or not.
    fn alone(&mut self) {
        let Some((id, mut child)) = self.somebody() else { return };
        std::thread::sleep(self.usual.mul_f64(self.dice.roll(100) as f64 / 70.0));
        let _may_have_ended = child.kill();
        if child.wait().expect("the program has ended").success() {
            self.corrected.insert(id);
        }
    }

    /// Lets somebody look after journal or state, killed on the way.
    fn look_after(&mut self) {
        let rebuild = self.dice.one_in(2);
        let command: &[&str] = if rebuild { &["state", "rebuild"] } else { &["journal", "seal", "--all"] };
        let mut child = self.spawn(command);
        std::thread::sleep(self.usual.mul_f64(self.dice.roll(100) as f64 / 100.0));
        let _may_have_ended = child.kill();
        child.wait().expect("the program has ended");
    }

    fn drop_in(&self, name: &str) {
        let inbox = self.folder.path().join("inbox");
        let (part, whole) = (inbox.join(format!("{name}.part")), inbox.join(name));
        fs::write(&part, &self.inputs[name]).expect("a file can be written");
        fs::rename(part, whole).expect("a file can be renamed");
    }

    /// Somebody corrects a held claim, or lets it go.
    fn somebody(&mut self) -> Option<(String, Child)> {
        let place = self.dice.roll(self.held.len() as u64) as usize;
        let id = self.held.get(place).filter(|id| !self.corrected.contains(*id))?.clone();
        let child = if self.dice.one_in(2) {
            self.spawn(&["correct", &id, "place_of_service=10", "--reason", "the session was at home"])
        } else {
            self.spawn(&["release", &id, "--reason", "the payer said so by phone"])
        };
        Some((id, child))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn keyring(&self) -> Option<Arc<Keyring>> {
        let text = fs::read_to_string(self.key.as_ref()?).expect("the key can be read");
        let master = Master::parse(&text).expect("it is a key");
        let opened = open_keyring(&SystemDisk, &self.data(), &master).expect("the key opens the keyring");
        Some(Arc::new(Keyring::new(opened.secrets).expect("keys can be used")))
    }

    /// The promises, looked at from outside while no process runs.
    fn check(&self, place: &str) {
        let keyring = self.keyring();
        let verified = Journal::verify_folder_on(&self.data(), &SystemDisk, keyring.clone());
        verified.unwrap_or_else(|error| panic!("{place}: {error}"));
        // As every command opens it: a kill in the middle of sled's own files costs the state, which follows from the
        // journal.
        let options = Options { keyring, mend_state: true, ..Options::default() };
        let store = JournalStore::open(&self.data(), options);
        let store = store.unwrap_or_else(|error| panic!("{place}: {error}"));
        let report = check_state(&store).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(report.differences, [], "{place}: the state is not what the journal says");
        let (files, acted) = journaled(&store);
        for name in &self.taken {
            assert!(files.contains(name), "{place}: `{name}` was taken in, and the journal does not know it");
        }
        for id in &self.corrected {
            assert!(acted.contains(id), "{place}: what somebody did to `{id}` is lost");
        }
        for (id, times) in self.submissions() {
            assert!(times == 1, "{place}: `{id}` went out {times} times");
        }
    }

    /// How often each claim number went out.
    fn submissions(&self) -> BTreeMap<String, u32> {
        let mut sent = BTreeMap::new();
        for (name, bytes) in self.folder.outbox() {
            if name.starts_with('.') {
                // It was being written: nobody takes it.
                continue;
            }
            assert!(read(&bytes).faults.is_empty(), "{name} is not whole");
            for claim in claims_in(&bytes) {
                *sent.entry(claim.id.to_string()).or_default() += 1;
            }
        }
        sent
    }

    /// Gives everything once more, undisturbed, and looks whether all of it is there.
    fn end(mut self, place: &str) {
        let held: Vec<String> =
            self.held.iter().filter(|id| !self.corrected.contains(*id)).cloned().collect();
        let paths: Vec<String> = self
            .inputs
            .iter()
            .map(|(name, bytes)| self.folder.file(name, bytes).to_string_lossy().into_owned())
            .collect();
        let arguments: Vec<&str> =
            CLOCK.into_iter().chain(["ingest"]).chain(paths.iter().map(String::as_str)).collect();
        let output = self.folder.run(&arguments);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{place}: {}", text(&output.stderr));
        self.taken.extend(self.inputs.keys().cloned());
        for id in held {
            let child = self.spawn(&["correct", &id, "place_of_service=10", "--reason", "at home"]);
            // One that was corrected by a command whose answer was lost cannot be corrected again.
            let _done_before = child.wait_with_output().expect("the program has ended");
        }
        let sent: BTreeSet<String> = self.submissions().into_keys().collect();
        let listed = self.folder.json(&["claims", "--all"]);
        let there: BTreeSet<String> = listed["claims"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|claim| claim["id"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(there, self.given, "{place}: claims are missing, or there are others");
        let unsent: Vec<&String> = self.given.difference(&sent).collect();
        assert!(unsent.is_empty(), "{place}: claims that never went out: {unsent:?}");
        self.check(place);
        let (files, acts) = (self.taken.len(), self.corrected.len());
        println!(
            "{place}: {} claims, {files} files and {acts} acts of people acknowledged",
            self.given.len()
        );
        let verified = self.folder.run(&["journal", "verify", "--state"]);
        assert!(verified.status.success(), "{place}: {}", text(&verified.stdout));
    }
}

fn claims_in(bytes: &[u8]) -> Vec<Claim> {
    let read = read(bytes);
    read.transactions.iter().flat_map(claimflow_x12::Transaction::claims).map(|read| read.claim).collect()
}

/// The names of files that the journal says were taken in, and the claims that somebody did something to.
fn journaled(store: &JournalStore) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut files, mut acted) = (BTreeSet::new(), BTreeSet::new());
    let mut each = |_: Position, bytes: &[u8]| {
        let record = decode(bytes).expect("a record can be read");
        match record.body {
            Body::File(file) => drop(files.insert(file.name.to_string())),
            Body::Claim(claim) if !["ingest", "inbox", "submit"].contains(&record.actor.as_str()) => {
                acted.insert(claim.summary.id.to_string());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    };
    store.replay(Position(0), &mut each).expect("the journal can be read");
    (files, acted)
}

#[test]
fn killed_at_any_moment_nothing_is_lost_and_nothing_goes_out_twice() {
    let kills = number("CLAIMFLOW_KILLS", 50);
    let seed = number("CLAIMFLOW_SEED", 1);
    let mut done = 0;
    while done < kills {
        // Every other practice is encrypted.
        let mut trial = Trial::begin(seed + done, done / KILLS_A_PRACTICE % 2 == 1);
        let mut place = String::new();
        for _ in 0..KILLS_A_PRACTICE.min(kills - done) {
            place = format!("kill {done}, CLAIMFLOW_SEED={seed}");
            match trial.dice.roll(8) {
                0 => trial.look_after(),
                1 => trial.alone(),
                2 | 3 => {
                    let name = trial.claims();
                    let moment = trial.usual.mul_f64(trial.dice.roll(100) as f64 / 90.0);
                    trial.ingest(&name, Some(moment));
                }
                _ => trial.serve(),
            }
            trial.check(&place);
            done += 1;
        }
        trial.end(&place);
    }
}
