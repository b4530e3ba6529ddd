//! A month of a sample practice, day by day, through the real code path: files come into the inbox, claims go out, the
//! payers of the simulator answer, and people do some of the work.

mod people;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claimflow_core::{Moment, Span, Text};
use claimflow_network::{Fate, Inbox};
use claimflow_runtime::{FixedClock, IngestOptions};
use claimflow_simulator::{Payer, SampleOptions, SamplePractice};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::exit::{Failure, Result};
use crate::practice::{Contents, Folder, check_for_work, write_new};
use crate::wire::Desk;

/// What a demonstration is made of.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The practice folder, which must be new or empty.
    pub root: PathBuf,
    /// Where chance starts.
    pub seed: u64,
    /// A day of the month that is played.
    pub month: Date,
}

/// What happened in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// First day of the month.
    pub month: Date,
    /// The day on which it ends.
    pub today: Date,
    /// Clinicians.
    pub clinicians: usize,
    /// Visits, each of which became a claim.
    pub visits: usize,
    /// Of these, with a defect that was put in on purpose.
    pub defects: usize,
    /// Files that came in.
    pub files_in: usize,
    /// Files that went out.
    pub files_out: usize,
    /// Times that somebody did something.
    pub acts: usize,
}

/// Days from the last file of claims to the end: the last week has been held or accepted, and the first ones are paid.
const AFTER_LAST_FILE: i64 = 4;

const EIGHT: i64 = 8 * 3_600_000;
const SIX_IN_THE_EVENING: i64 = 18 * 3_600_000;

/// A demonstration in progress.
pub struct Demo {
    desk: Desk,
    clock: Arc<FixedClock>,
    sample: SamplePractice,
    payer: Payer,
    inbox: Inbox,
    outbox: PathBuf,
    /// What the payers have sent, by the day on which it arrives.
    mail: BTreeMap<Date, Vec<(String, Vec<u8>)>>,
    /// Outgoing files that the payers have.
    delivered: BTreeSet<PathBuf>,
    people: people::People,
    plan: Plan,
    told: Told,
}

impl Demo {
    /// Makes the practice: its folder with registers, and the payers.
    ///
    /// # Errors
    /// When the folder is in use, or cannot be written.
    pub fn begin(plan: Plan) -> Result<Self> {
        let month = plan.month.first_of_month();
        let options = SampleOptions { seed: plan.seed, month, ..SampleOptions::default() };
        let sample = claimflow_simulator::practice(&options).map_err(|error| inner(&error))?;
        let payer = Payer::new(plan.seed, sample.knowledge()).map_err(|error| inner(&error))?;
        let contents = Contents { registers: sample.registers.clone(), ..Contents::named("Sample practice") };
        write_new(&plan.root, &contents)?;
        let defects = plan.root.join("defects.csv");
        fs::write(&defects, sample.defects_csv()).map_err(|error| Failure::io("write", &defects, &error))?;
        let clock = Arc::new(FixedClock::at(at(month, EIGHT)));
        let desk = Desk::open(&plan.root, clock.clone())?;
        let inbox =
            Inbox::open(plan.root.join("inbox")).map_err(|error| Failure::failed(error.to_string()))?;
        let told = Told {
            month,
            today: last_day(&sample, month),
            clinicians: sample.clinicians.len(),
            visits: sample.claims.len(),
            defects: sample.defects.len(),
            files_in: 0,
            files_out: 0,
            acts: 0,
        };
        let people = people::People::new(&sample);
        let outbox = plan.root.join("outbox");
        let (mail, delivered) = (BTreeMap::new(), BTreeSet::new());
        Ok(Self { desk, clock, sample, payer, inbox, outbox, mail, delivered, people, plan, told })
    }

    /// The days it takes.
    pub fn days(&self) -> Vec<Date> {
        let first = self.told.month;
        let count = claimflow_core::days_between(first, self.told.today).max(0);
        (0..=count).map(|day| first.saturating_add(day.days())).collect()
    }

    /// One day: mail in the morning, what has fallen due, people's work, claims in the evening.
    ///
    /// # Errors
    /// When a file or the store cannot be written.
    pub fn live(&mut self, day: Date) -> Result<()> {
        self.clock.set(at(day, EIGHT));
        for (name, bytes) in self.mail.remove(&day).unwrap_or_default() {
            self.take_in(&name, &bytes)?;
        }
        self.desk.engine.run_timers()?;
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            self.work(day)?;
        }
        // The last day is today, and its evening is still to come.
        if day < self.told.today {
            self.clock.set(at(day, SIX_IN_THE_EVENING));
            for (name, bytes) in self.due_today(day) {
                self.take_in(&name, &bytes)?;
            }
        }
        self.deliver(day)
    }

    /// Ends it: how it went, and the practice to go on with.
    pub fn end(self) -> (Told, Desk, SamplePractice) {
        (self.told, self.desk, self.sample)
    }

    /// The claims that the practice's own system writes on this day.
    fn due_today(&self, day: Date) -> Vec<(String, Vec<u8>)> {
        self.sample.files.iter().filter(|(name, _)| date_in(name) == Some(day)).cloned().collect()
    }

    fn take_in(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.inbox.folder().join(name);
        fs::write(&path, bytes).map_err(|error| Failure::io("write", &path, &error))?;
        let options = IngestOptions { actor: Text::const_new("demo"), ..IngestOptions::default() };
        let mut files = std::iter::once((path.display().to_string(), fs::read(&path)));
        self.desk.engine.ingest(&mut files, &options, &|_, _| ())?;
        self.inbox.settle(&path, &Fate::Done).map_err(|error| Failure::failed(error.to_string()))?;
        self.told.files_in += 1;
        Ok(())
    }

    fn work(&mut self, day: Date) -> Result<()> {
        let now = at(day, EIGHT);
        let done = self.people.work(&self.desk, &self.plan.root, now)?;
        self.told.acts += done.acts;
        if done.notes_mended {
            let folder = Folder::read(&self.plan.root)?;
            let practice = check_for_work(&folder)?;
            self.desk.replace(folder, practice);
            self.desk.engine.facts_changed()?;
        }
        Ok(())
    }

    /// Hands new files of the outbox to the payers, who have them the next morning.
    fn deliver(&mut self, day: Date) -> Result<()> {
        let tomorrow = day.saturating_add(1.day());
        for path in new_files(&self.outbox, &self.delivered)? {
            let bytes = fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?;
            let answers = self.payer.receive(&bytes, tomorrow);
            self.mail.entry(tomorrow).or_default().extend(answers.acknowledgments);
            for (name, bytes) in answers.remittances {
                let on = payment_date(&bytes).unwrap_or(tomorrow);
                self.mail.entry(on).or_default().push((name, bytes));
            }
            self.delivered.insert(path);
            self.told.files_out += 1;
        }
        Ok(())
    }
}

/// The day on which a demonstration of these files ends.
fn last_day(sample: &SamplePractice, month: Date) -> Date {
    let last = sample.files.iter().filter_map(|(name, _)| date_in(name)).max();
    last.unwrap_or_else(|| month.last_of_month()).saturating_add(AFTER_LAST_FILE.days())
}

/// The date in a file's name, as `claims-2026-09-04.837`.
fn date_in(name: &str) -> Option<Date> {
    let start = name.find(|letter: char| letter.is_ascii_digit())?;
    name.get(start..start + 10)?.parse().ok()
}

fn at(day: Date, time: i64) -> Moment {
    Moment::start_of(day).plus(Span(time))
}

fn inner(error: &dyn std::fmt::Display) -> Failure {
    Failure::failed(format!("the sample practice cannot be made: {error}"))
}

fn new_files(folder: &Path, known: &BTreeSet<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| Failure::io("read", folder, &error))? {
        let path = entry.map_err(|error| Failure::io("read", folder, &error))?.path();
        if path.is_file() && !known.contains(&path) {
            all.push(path);
        }
    }
    all.sort();
    Ok(all)
}

/// The day on which a remittance pays.
fn payment_date(bytes: &[u8]) -> Option<Date> {
    let file = claimflow_x12::read(bytes);
    let own = file.transactions.iter().find(|own| own.kind == claimflow_x12::Kind::Remittance835)?;
    own.remittance().0.date
}
