//! Many claims on all cores: jobs are stepped by workers and committed in batches, one durable write per batch.
//!
//! One writer per claim: a claim is never in two jobs at once. While one batch is written to the disk, the next is
//! being stepped.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::thread;

use claimflow_core::state::ClaimState;
use claimflow_core::step::Input;
use claimflow_core::{Moment, PriorService, Text};
use crossbeam_channel::{Receiver, Sender, bounded};
use rustc_hash::FxHashSet;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::keys;
use crate::portion::{Portion, Stepped};
use crate::projection::{project_beside, project_claim, value};
use crate::recent::Kept;
use crate::stepping::Became;
use crate::store::{Position, Write};
use crate::summary::Summary;

/// Jobs that a worker takes at once.
const CHUNK: usize = 128;

/// Something that comes to one claim.
pub(crate) struct Job {
    /// The claim's number.
    pub number: u64,
    /// Its last record and itself in short; `None` for a claim that comes in.
    pub known: Option<(Position, Summary)>,
    /// Its state as of that record, where it is at hand; else it is read from the journal.
    pub state: Option<Box<ClaimState>>,
    /// What comes, in order.
    pub inputs: Vec<Input>,
    /// Earlier services of the member.
    pub history: Vec<PriorService>,
    /// Hash of the claim that comes in, where one does.
    pub content: Option<u64>,
    /// The caller's mark.
    pub tag: usize,
}

impl Job {
    /// One input of a claim that is there.
    pub fn of(known: (Position, Summary), input: Input, history: Vec<PriorService>) -> Self {
        let (number, inputs) = (known.1.number, vec![input]);
        Self { number, known: Some(known), state: None, inputs, history, content: None, tag: 0 }
    }
}

/// What became of a job.
pub(crate) struct Done {
    /// The job's mark.
    pub tag: usize,
    /// The claim after it, and what became of it; or why nothing could.
    pub result: Result<(Summary, Became)>,
}

/// How a run of jobs is made.
pub(crate) struct Run<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// Who or what caused it.
    pub actor: &'a str,
    /// The time of it.
    pub at: Moment,
    /// What it is for.
    pub mode: Mode,
}

/// What a run of jobs is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Something comes to claims.
    Usual,
    /// Incidents are tried again: what waits for the claims follows the job's inputs.
    Retry,
    /// A person closes incidents: what failed is given up, what came after it follows the job's inputs.
    Close {
        /// Why.
        reason: Text,
    },
}

impl Run<'_> {
    /// Runs all jobs. `jobs` is asked for one after another on this thread; `done` is told of each, in no order, after it
    /// is durable.
    ///
    /// # Errors
    /// When the journal cannot be written: nothing more is taken in, and what was told as done is safe. A job that fails
    /// by itself is told to `done` and stops nobody.
    pub fn all(&self, jobs: &mut dyn Iterator<Item = Job>, done: &mut dyn FnMut(Done)) -> Result<()> {
        let workers = thread::available_parallelism().map_or(2, NonZeroUsize::get);
        let (to_workers, for_workers) = bounded::<Vec<Job>>(workers);
        let (to_committer, for_committer) = bounded::<Vec<Stepped>>(workers * 2);
        let (to_caller, for_caller) = crossbeam_channel::unbounded::<Result<Vec<Done>>>();
        thread::scope(|scope| {
            for _ in 0..workers {
                let (jobs, out) = (for_workers.clone(), to_committer.clone());
                scope.spawn(move || self.work(&jobs, &out));
            }
            drop((for_workers, to_committer));
            scope.spawn(move || self.commit_all(&for_committer, &to_caller));
            let fed = feed(jobs, to_workers, &for_caller, done);
            // Workers that have gone away went because the committer could not write: that is the reason to tell.
            match fed {
                Err(Error::Worker) => Err(for_caller.iter().find_map(Result::err).unwrap_or(Error::Worker)),
                fed => fed,
            }
        })
    }

    /// Steps one job and forgets what came of it: the claim as it would be, `None` when nothing would happen.
    pub fn try_one(&self, job: Job) -> Result<Option<Summary>> {
        let Some(moved) = self.step_job(job)? else { return Ok(None) };
        moved.refused.map_or(Ok(Some(moved.summary)), Err)
    }

    fn work(&self, jobs: &Receiver<Vec<Job>>, out: &Sender<Vec<Stepped>>) {
        for chunk in jobs {
            let stepped = chunk.into_iter().map(|job| self.step_one(job)).collect();
            if out.send(stepped).is_err() {
                return;
            }
        }
    }

    fn step_one(&self, job: Job) -> Stepped {
        let tag = job.tag;
        let old = job.known.as_ref().map(|(_, summary)| summary.clone());
        Stepped { tag, old, outcome: self.step_job(job) }
    }

    fn commit_all(&self, stepped: &Receiver<Vec<Stepped>>, out: &Sender<Result<Vec<Done>>>) {
        while let Ok(mut batch) = stepped.recv() {
            // Whatever else is ready goes into the same durable write.
            while let Ok(more) = stepped.try_recv() {
                batch.extend(more);
            }
            let result = self.commit(batch);
            let failed = result.is_err();
            if out.send(result).is_err() || failed {
                return;
            }
        }
    }

    fn commit(&self, batch: Vec<Stepped>) -> Result<Vec<Done>> {
        let mut portion = Portion::of(batch);
        let claims = portion.records.len();
        for body in &portion.also {
            portion.records.push(self.engine.encoded(self.actor, self.at, body)?);
        }
        if portion.records.is_empty() {
            return Ok(portion.done);
        }
        let positions = self.engine.store.append(&portion.records)?;
        let (heads, besides) = positions.split_at_checked(claims).unwrap_or_default();
        let writes = self.writes(&mut portion, heads, besides)?;
        let Portion { summaries, states, also, done, asked, .. } = portion;
        let committed = summaries.into_iter().zip(heads).zip(states);
        let kept = committed.map(|(((_, summary), head), state)| Kept { head: *head, summary, state });
        self.engine.recent.keep(kept);
        self.engine.view.put(writes, positions.last().copied().unwrap_or_default())?;
        also.iter().zip(besides).for_each(|(body, position)| self.engine.incidents.note(body, *position));
        // Only now: the intent is durable.
        self.engine.acts.add(asked);
        Ok(done)
    }

    /// What the records of a portion, durable by now, mean for the state: those of claims are at `heads`, those besides
    /// at `besides`.
    fn writes(&self, portion: &mut Portion, heads: &[Position], besides: &[Position]) -> Result<Vec<Write>> {
        let mut writes = Vec::with_capacity(portion.records.len() * 3);
        let mut counts = self.engine.counts();
        for ((old, summary), position) in portion.summaries.iter().zip(heads) {
            project_claim(old.as_ref(), summary, *position, &mut writes)?;
            counts.moved(old.as_ref(), summary);
        }
        counts.write(&mut writes);
        drop(counts);
        for (body, position) in portion.also.iter().zip(besides) {
            project_beside(body, *position, &mut writes)?;
        }
        writes.append(&mut portion.requests);
        let highest = portion.summaries.iter().map(|(_, summary)| summary.number).max().unwrap_or_default();
        writes.push((keys::HIGHEST.to_vec(), Some(value(&self.engine.note_highest(highest))?)));
        Ok(writes)
    }
}

/// Hands out jobs in chunks and passes on what is done; a claim with a job under way waits for it.
fn feed(
    jobs: &mut dyn Iterator<Item = Job>,
    to_workers: Sender<Vec<Job>>,
    for_caller: &Receiver<Result<Vec<Done>>>,
    done: &mut dyn FnMut(Done),
) -> Result<()> {
    let mut under_way = 0_usize;
    let mut take = |result: Result<Vec<Done>>, under_way: &mut usize| -> Result<()> {
        for one in result? {
            *under_way -= 1;
            done(one);
        }
        Ok(())
    };
    let mut chunk: VecDeque<Job> = VecDeque::new();
    let mut in_flight: FxHashSet<u64> = FxHashSet::default();
    for job in jobs {
        if !in_flight.insert(job.number) {
            // The same claim again: everything before it must be durable first.
            send(&mut chunk, &to_workers, &mut under_way)?;
            while under_way > 0 {
                take(for_caller.recv().map_err(|_| Error::Worker)?, &mut under_way)?;
            }
            in_flight.clear();
            in_flight.insert(job.number);
        }
        chunk.push_back(job);
        if chunk.len() >= CHUNK {
            send(&mut chunk, &to_workers, &mut under_way)?;
        }
        while let Ok(result) = for_caller.try_recv() {
            take(result, &mut under_way)?;
        }
    }
    send(&mut chunk, &to_workers, &mut under_way)?;
    drop(to_workers);
    while under_way > 0 {
        take(for_caller.recv().map_err(|_| Error::Worker)?, &mut under_way)?;
    }
    Ok(())
}

fn send(chunk: &mut VecDeque<Job>, to_workers: &Sender<Vec<Job>>, under_way: &mut usize) -> Result<()> {
    if chunk.is_empty() {
        return Ok(());
    }
    *under_way += chunk.len();
    to_workers.send(std::mem::take(chunk).into()).map_err(|_| Error::Worker)
}
