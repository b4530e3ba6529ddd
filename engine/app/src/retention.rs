//! How long claims are kept that are over: what the practice's setting means today, and `serve` letting go of the others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use claimflow_catalog::{Retention, SETTINGS_PATH, read_settings};
use claimflow_core::{DAY_MS, Moment, Span, Text, Zone};
use claimflow_runtime::{KeptBy, ROUND, Retained, Why};
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::exit::{Failure, Result};
use crate::host::Now;
use crate::render::words::spoken;
use crate::wire::Desk;

/// What the setting means today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The first day of what is not old enough: what was over before it may go.
    pub day: Date,
    /// Its first moment, where the practice is.
    pub before: Moment,
}

impl Limit {
    /// For claims that were over before a day.
    pub fn on(day: Date, zone: &Zone) -> Self {
        Self { day, before: zone.moment(day, 0) }
    }

    /// Of a practice; `None` where everything is kept for good. What goes is gone, so what is written in claimflow.yaml now
    /// counts as well as what is live: while files have errors, the two may differ.
    ///
    /// # Errors
    /// When claimflow.yaml cannot be read, or names another time than the one that is live.
    pub fn of(desk: &Desk) -> Result<Option<Self>> {
        let settings = desk.practice.settings();
        let path = desk.folder.root.join(SETTINGS_PATH);
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, &error))?;
        let written = read_settings(SETTINGS_PATH, &text).map(|written| written.retention);
        let Some(retention) = settings.retention else { return Ok(None) };
        match written {
            Ok(None) => Ok(None),
            Ok(Some(written)) if written == retention => {
                Ok(Some(Self::on(retention.before(desk.engine.today()), &settings.calendar.zone)))
            }
            _ => Err(Failure::failed(
                "claimflow.yaml says something else of `retention` than what is live, so nothing is dropped",
            )
            .help("`claimflow rules check` shows what keeps the file from going live")),
        }
    }
}

/// What rounds dropped, or would drop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Total {
    /// Claims.
    pub claims: u64,
    /// How many by state and payer.
    pub by: BTreeMap<(Text, Text), u64>,
    /// Their numbers, in the order in which they came in: as many as were asked for.
    pub ids: Vec<Text>,
    /// When the first of their records was written.
    pub from: Option<Moment>,
    /// When the last was.
    pub to: Option<Moment>,
    /// Parts of the journal.
    pub segments: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// Records that outlive them.
    pub carried: u64,
    /// What keeps more from going.
    pub kept_by: Option<KeptBy>,
}

impl Total {
    /// Adds a round; keeps at most so many numbers.
    pub fn add(&mut self, round: Retained, ids: usize) {
        self.claims += round.claims.len() as u64;
        let missing = ids.saturating_sub(self.ids.len());
        self.ids.extend(round.claims.iter().take(missing).map(|claim| Text::from(claim.id.as_str())));
        for claim in round.claims {
            *self.by.entry((claim.state, claim.payer)).or_default() += 1;
        }
        self.from = [self.from, round.from].into_iter().flatten().min();
        self.to = self.to.max(round.to);
        self.segments += round.segments;
        self.records += round.records;
        self.bytes += round.bytes;
        self.carried += round.carried;
        self.kept_by = round.kept_by;
    }
}

/// What keeps more from going, as people read it.
pub fn kept_words(kept_by: &KeptBy, retention: Option<Retention>, zone: &Zone) -> String {
    let claim = kept_by.claim.as_ref().map_or_else(|| "a claim".to_owned(), |id| format!("claim `{id}`"));
    let day = |at: Moment| zone.date(at);
    match &kept_by.why {
        Why::NotOver { state, since } => {
            format!("{claim} is not over: {} since {}", spoken(state), day(*since))
        }
        Why::OverSince { since } => {
            let since = day(*since);
            let until = retention.map(|retention| format!(", and is kept until {}", retention.after(since)));
            format!("{claim} has been over since {since}{}", until.unwrap_or_default())
        }
        Why::Touched { at } => format!("something happened to {claim} on {}, which is not old enough", day(*at)),
        Why::Incident => format!("{claim} has an open incident; `claimflow claims --incident` lists it"),
        Why::Waiting => format!("something that came in waits for {claim}; `claimflow retry` takes it on"),
        Why::WorkItem => format!("a work item of {claim} is open; `claimflow queue` lists it"),
        Why::LaidAside => format!("a work item of {claim} is laid aside; `claimflow queue` lists it"),
        Why::Request => format!("a plugin has not answered what it was asked for {claim}"),
        Why::Deadline => format!("{claim} waits for a deadline; `claimflow timers` lists them"),
        Why::Queued => format!("{claim} waits for the next file to its payer"),
        Why::Payment => "a payment waits for its claim, or does not balance; `claimflow queue` lists it".to_owned(),
        Why::Unsent { file } => format!("the file `{file}` is not sent"),
        Why::Divided { file } => format!("the file `{file}` was being sent where the journal could be divided"),
        Why::Unreadable => {
            "a record cannot be read; `claimflow journal verify --state` looks for what is wrong".to_owned()
        }
        Why::Growing => {
            "the part of the journal with the oldest records still grows; `claimflow journal seal --all` closes it"
                .to_owned()
        }
    }
}

/// A part of the journal that has grown for longer is closed, so that it can go when it is old enough.
const PART_DAYS: i64 = 31;

/// A round, as `serve` makes one: what went, and nothing where everything is kept for good.
///
/// # Errors
/// When the store fails.
pub fn round(desk: &Desk) -> Result<Option<Retained>> {
    let Some(limit) = Limit::of(desk)? else { return Ok(None) };
    let month_ago = desk.engine.today().saturating_sub(PART_DAYS.days());
    desk.engine.close_part_begun_before(Moment::start_of(month_ago))?;
    Ok(Some(desk.engine.retain(limit.before, ROUND, "retention")?))
}

/// After each round it rests so many times as long, and at least [`SHORTEST_REST`], before the next.
const REST: u32 = 9;
const SHORTEST_REST: Duration = Duration::from_millis(100);

/// After a failure, as on a full disk, it waits so long.
const AFTER_FAILURE: Duration = Duration::from_secs(60 * 60);

/// When it looks for what is old enough.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// After the start: a practice that is started each morning shall come to it too.
    pub first: Duration,
    /// Again after so long.
    pub every: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { first: Duration::from_secs(60), every: Duration::from_secs(24 * 60 * 60) }
    }
}

/// Drops claims whose time is over while `serve` runs, once a day, on a thread of its own, round by round with rests: it
/// keeps neither the inbox nor anybody's command waiting.
pub struct Keeper {
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Begins, for the practice as it is each time.
    pub fn begin(now: Now, times: Times) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let ended = stopped.clone();
        let thread = thread::Builder::new().name("retention".to_owned()).spawn(move || {
            let mut wait = times.first;
            let mut known = now().engine.newest().ok().flatten();
            while !rested(&ended, wait) {
                wait = if is_far_ahead(&now(), &mut known) { times.every } else { pass(&now, times.every) };
            }
        });
        let thread = thread.inspect_err(|error| tracing::error!(%error, "no claim is dropped by itself"));
        Self { stopped, thread: thread.ok() }
    }
}

/// Waits; true when it is time to stop.
fn rested(ended: &AtomicBool, wait: Duration) -> bool {
    let begun = Instant::now();
    loop {
        if ended.load(Ordering::Acquire) {
            return true;
        }
        match wait.checked_sub(begun.elapsed()) {
            None | Some(Duration::ZERO) => return false,
            Some(left) => thread::park_timeout(left),
        }
    }
}

/// A clock that is further ahead of what is known is not believed.
const FURTHEST_AHEAD: Span = Span(92 * DAY_MS);

/// Whether the clock has leapt since anything was last written down or looked at: a machine that starts years ahead must not
/// drop for good what is not old. A person can, by hand.
fn is_far_ahead(desk: &Desk, known: &mut Option<Moment>) -> bool {
    let now = desk.engine.now();
    if let Some(before) = known.filter(|before| before.plus(FURTHEST_AHEAD) < now) {
        tracing::warn!(last = %before, %now, "no claim is dropped by itself: the clock is more than three months after the last thing that happened; when it is right, use `claimflow journal retain --apply`");
        return true;
    }
    *known = Some(now);
    false
}

/// One round; how long it rests after it.
fn pass(now: &Now, every: Duration) -> Duration {
    let begun = Instant::now();
    match round(&now()) {
        Ok(Some(gone)) => {
            let claims = gone.claims.len();
            if gone.segments > 0 {
                let (from, to) = (gone.from.unwrap_or_default(), gone.to.unwrap_or_default());
                tracing::info!(claims, %from, %to, bytes = gone.bytes, "dropped claims that were over for longer than they are kept");
            }
            if gone.more { (begun.elapsed() * REST).max(SHORTEST_REST) } else { every }
        }
        Ok(None) => every,
        Err(failure) => {
            tracing::error!("claims whose time is over are not dropped: {}", failure.message);
            every.min(AFTER_FAILURE)
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A round that it is in is finished first; what goes in it is in the journal.
            let _ended = thread.join();
        }
    }
}
