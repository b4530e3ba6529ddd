//! The engine: a store, a practice, a clock and an outbox, and the one loop over them.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use claimflow_core::{ClaimId, Moment, Text};
use jiff::civil::Date;

use crate::acts::Acts;
use crate::books::{Books, find_number};
use crate::counts::{Counts, StateCount};
use crate::error::{Error, Result};
use crate::incident::{Cause, IncidentRecord, Incidents, Place, WaitingInput};
use crate::keys;
use crate::port::{Clock, Outbox};
use crate::practice::Practice;
use crate::projection::{Counters, project, read_claim_value, read_value, value};
use crate::recent::Recent;
use crate::record::{Body, Record, RecordError, claim_of_damaged, decode, encode};
use crate::retain::{Removals, removals};
use crate::store::{Position, Store, Write};
use crate::summary::Summary;
use crate::view::View;

/// Records are applied to the state in groups of this many when it is caught up with the journal.
const CATCH_UP_BATCH: usize = 4_096;

/// The running engine. Cheap to share behind an `Arc`; one writer at a time, any number of readers.
pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) view: View,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) outbox: Arc<dyn Outbox>,
    practice: RwLock<Arc<dyn Practice>>,
    /// Held by whoever changes claims.
    books: Mutex<Books>,
    /// The highest claim number that the journal holds.
    highest: AtomicU64,
    pub(crate) recent: Recent,
    /// True until the timers have run for the first time since opening.
    pub(crate) fresh: AtomicBool,
    pub(crate) incidents: Incidents,
    pub(crate) acts: Acts,
    /// Claims by workflow and state.
    counts: Mutex<Counts>,
    /// Held by whoever drops what is old.
    pub(crate) retaining: Mutex<()>,
}

impl Engine {
    /// Opens the engine: starting is recovering. What the journal holds and the state does not is applied first; then
    /// outgoing files that a crash left half-done are finished. What plugins were asked and have not answered is done
    /// again by the next [`perform_requests`](Self::perform_requests).
    ///
    /// # Errors
    /// When the store cannot be read, or a record was written by a newer version.
    pub fn open(
        store: Arc<dyn Store>,
        practice: Arc<dyn Practice>,
        clock: Arc<dyn Clock>,
        outbox: Arc<dyn Outbox>,
    ) -> Result<Self> {
        catch_up(store.as_ref())?;
        let view = View::new(Arc::clone(&store))?;
        let books = Books::open(&view)?;
        let highest = AtomicU64::new(books.counters.claim);
        let incidents = Incidents::load(&view)?;
        // INVARIANT: who has caught up finds the counts there; without them, the summaries say the same.
        let counts =
            Counts::read(store.as_ref())?.map_or_else(|| Counts::of_summaries(store.as_ref()), Ok)?;
        let (practice, books, counts) = (RwLock::new(practice), Mutex::new(books), Mutex::new(counts));
        let (recent, fresh, acts) = (Recent::default(), AtomicBool::new(true), Acts::default());
        let engine = Self {
            store,
            view,
            clock,
            outbox,
            practice,
            books,
            highest,
            recent,
            fresh,
            incidents,
            acts,
            counts,
            retaining: Mutex::default(),
        };
        engine.finish_forgetting()?;
        engine.finish_batches()?;
        engine.resume_requests()?;
        Ok(engine)
    }

    /// The practice as it is now. A claim is stepped under one practice from beginning to end.
    pub fn practice(&self) -> Arc<dyn Practice> {
        Arc::clone(&self.practice.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another practice in its place; claims that are being stepped finish under the one before.
    pub fn set_practice(&self, practice: Arc<dyn Practice>) {
        *self.practice.write().unwrap_or_else(PoisonError::into_inner) = practice;
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// The date that people at the practice call today.
    pub fn today(&self) -> Date {
        self.practice().calendar().date(self.now())
    }

    /// How many claims are in which state of which workflow, by workflow, version and state; states without claims are
    /// left out. It looks at no claim.
    pub fn state_counts(&self) -> Vec<StateCount> {
        self.counts().list()
    }

    pub(crate) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The claim under any number it is known by.
    pub fn find(&self, id: &str) -> Result<(Position, Summary)> {
        let number = find_number(&self.view, &ClaimId::as_received(id))?
            .ok_or_else(|| Error::NoClaim(Text::from(id)))?;
        self.summary(number)?.ok_or_else(|| Error::NoClaim(Text::from(id)))
    }

    /// The claim with this internal number: its last record, and itself in short.
    pub(crate) fn summary(&self, number: u64) -> Result<Option<(Position, Summary)>> {
        Ok(match self.view.get(&keys::claim(number))? {
            Some(bytes) => Some(read_claim_value(&bytes)?),
            None => None,
        })
    }

    /// Notes that the journal holds a claim number; gives the highest so far.
    pub(crate) fn note_highest(&self, number: u64) -> u64 {
        self.highest.fetch_max(number, Ordering::Relaxed).max(number)
    }

    /// Appends records that belong to no claim and applies them to the state.
    pub(crate) fn append(&self, books: &mut Books, actor: &str, bodies: Vec<Body>) -> Result<Vec<Position>> {
        let at = self.now();
        let records: Vec<Record> =
            bodies.into_iter().map(|body| Record { at, actor: Text::from(actor), body }).collect();
        let encoded = records.iter().map(encode).collect::<Result<Vec<_>, RecordError>>()?;
        let positions = self.store.append(&encoded)?;
        let mut writes = Vec::new();
        for (record, position) in records.iter().zip(&positions) {
            project(record, *position, None, &mut books.counters, &mut writes)?;
        }
        writes.push((keys::COUNTERS.to_vec(), Some(value(&books.counters)?)));
        let last = positions.last().copied().unwrap_or_default();
        self.view.put(writes, last)?;
        for (record, position) in records.iter().zip(&positions) {
            self.incidents.note(&record.body, *position);
        }
        Ok(positions)
    }

    /// Takes nothing more in while the disk has fewer bytes left than this.
    pub fn keep_free(&self, bytes: u64) {
        self.store.keep_free(bytes);
    }

    /// False while the disk has too little room to take anything in.
    pub fn has_room(&self) -> bool {
        self.store.has_room()
    }

    /// A record of incidents, encoded.
    pub(crate) fn encoded(&self, actor: &str, at: Moment, body: &Body) -> Result<Vec<u8>> {
        Ok(encode(&Record { at, actor: Text::from(actor), body: body.clone() })?)
    }

    /// An input that waits.
    pub(crate) fn waiting_at(&self, position: Position) -> Result<WaitingInput> {
        match decode(&self.store.read(position)?)?.body {
            Body::Waiting(waiting) => Ok(waiting.input),
            _ => {
                let what = "an input that waits is another kind of record".to_owned();
                Err(RecordError::Malformed(what).into())
            }
        }
    }

    /// Writes everything through, for a clean stop.
    pub fn close(&self) -> Result<()> {
        self.view.apply()?;
        Ok(self.store.flush()?)
    }
}

/// Applies to the state what the journal holds beyond it. Returns how many records that were.
///
/// # Errors
/// When the journal or the state cannot be read.
pub fn catch_up(store: &dyn Store) -> Result<u64> {
    let from = store.applied()?;
    let mut counters = Counters::read(|key| store.get(key))?;
    let counts = Counts::read(store)?;
    let uncounted = counts.is_none();
    let mut replay = Replay::new(store, counts);
    let mut fault: Option<Error> = None;
    let mut records = 0;
    store.replay(from, &mut |position, bytes| {
        records += 1;
        match replay.take(position, bytes, &mut counters) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                fault = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(fault) = fault {
        return Err(fault);
    }
    replay.apply(&counters)?;
    if uncounted {
        count_all(store)?;
    }
    begins_where_it_says(store)?;
    Ok(records)
}

/// What is missing of a journal's beginning was dropped on purpose: a record says so, and outlives what went.
fn begins_where_it_says(store: &dyn Store) -> Result<()> {
    let start = store.start();
    if start == Position::default() {
        return Ok(());
    }
    let until = store.get(keys::FORGOTTEN)?;
    let until: Position = until.as_deref().map_or_else(|| Ok(Position::default()), read_value)?;
    if start <= until { Ok(()) } else { Err(Error::BeginningMissing { start }) }
}

/// Counts the claims of a state that was made before they were counted.
fn count_all(store: &dyn Store) -> Result<()> {
    let mut writes = Vec::new();
    Counts::of_summaries(store)?.write(&mut writes);
    Ok(store.apply(writes, store.applied()?)?)
}

/// Collects the writes of replayed records and applies them in groups.
struct Replay<'a> {
    store: &'a dyn Store,
    /// Claims touched in this group, as they are after it.
    summaries: rustc_hash::FxHashMap<u64, Summary>,
    /// `None` while claims are not counted.
    counts: Option<Counts>,
    writes: Vec<Write>,
    position: Position,
    records: usize,
}

impl<'a> Replay<'a> {
    fn new(store: &'a dyn Store, counts: Option<Counts>) -> Self {
        let summaries = rustc_hash::FxHashMap::default();
        Self { store, summaries, counts, writes: Vec::new(), position: Position::default(), records: 0 }
    }

    fn take(&mut self, position: Position, bytes: &[u8], counters: &mut Counters) -> Result<()> {
        let record = match decode(bytes) {
            Ok(record) => record,
            // One claim's record keeps nobody from opening the practice: the claim is an incident, as it was before.
            Err(error @ RecordError::Malformed(_)) => match claim_of_damaged(bytes) {
                Some((at, claim)) => unreadable(at, claim, &error),
                None => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        };
        let old = match record.body.claim() {
            Some(claim) => self.before(claim.number)?,
            None => None,
        };
        if let Body::Forgotten(forgotten) = &record.body {
            // What goes is looked up in the state, which must hold all that came before.
            self.apply(counters)?;
            let Removals { writes, claims } = removals(self.store, forgotten)?;
            self.writes = writes;
            if let Some(counts) = &mut self.counts {
                claims.iter().for_each(|summary| counts.left(summary));
            }
        }
        project(&record, position, old.as_ref(), counters, &mut self.writes)?;
        if let Some(claim) = record.body.into_claim() {
            if let Some(counts) = &mut self.counts {
                counts.moved(old.as_ref(), &claim.summary);
            }
            self.summaries.insert(claim.number, claim.summary);
        }
        self.position = position;
        self.records += 1;
        if self.records >= CATCH_UP_BATCH { self.apply(counters) } else { Ok(()) }
    }

    fn before(&self, number: u64) -> Result<Option<Summary>> {
        if let Some(summary) = self.summaries.get(&number) {
            return Ok(Some(summary.clone()));
        }
        Ok(match self.store.get(&keys::claim(number))? {
            Some(bytes) => Some(read_claim_value(&bytes)?.1),
            None => None,
        })
    }

    fn apply(&mut self, counters: &Counters) -> Result<()> {
        if self.records == 0 {
            return Ok(());
        }
        let mut writes = std::mem::take(&mut self.writes);
        writes.push((keys::COUNTERS.to_vec(), Some(value(counters)?)));
        if let Some(counts) = &mut self.counts {
            counts.write(&mut writes);
        }
        self.store.apply(writes, self.position)?;
        self.summaries.clear();
        self.records = 0;
        Ok(())
    }
}

/// The incident that a claim's record is which cannot be read; it follows from the journal alone.
fn unreadable(at: Moment, claim: u64, error: &RecordError) -> Record {
    let incident = IncidentRecord {
        claim,
        cause: Cause::Unreadable,
        place: Place::default(),
        message: Text::from(error.to_string()),
        attempt: 1,
        since: at,
        input_failed: false,
    };
    Record { at, actor: Text::const_new("recovery"), body: Body::Incident(Box::new(incident)) }
}
