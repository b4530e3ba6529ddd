//! Many claims on all cores: jobs are stepped by workers and committed in batches, one durable write per batch.
//!
//! One writer per claim: a claim is never in two jobs at once. While one batch is written to the disk, the next is
//! being stepped.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::thread;

use claimflow_core::event::Effect;
use claimflow_core::state::ClaimState;
use claimflow_core::step::{Context, Input, step};
use claimflow_core::workflow::{Workflow, WorkflowRef, Workflows};
use claimflow_core::{Claim, Moment, PriorService, Text, field};
use crossbeam_channel::{Receiver, Sender, bounded};
use rustc_hash::FxHashSet;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::keys;
use crate::load::load;
use crate::pended::{PendedRecord, pended};
use crate::practice::Practice;
use crate::projection::{project_claim, value};
use crate::recent::Kept;
use crate::record::{Body, ClaimRecord, Record, encode, encode_events};
use crate::sendable::Sendable;
use crate::store::Position;
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

/// What became of a job.
pub(crate) struct Done {
    /// The job's mark.
    pub tag: usize,
    /// The claim after it, and whether anything happened; or why nothing could.
    pub result: Result<(Summary, bool)>,
}

/// A stepped job, not yet committed.
struct Stepped {
    tag: usize,
    old: Option<Summary>,
    outcome: Result<Option<Box<Moved>>>,
}

/// A claim that something happened to, not yet committed.
struct Moved {
    record: Vec<u8>,
    /// What is laid aside from now on, where that has changed.
    pended: Option<PendedRecord>,
    summary: Summary,
    state: Box<ClaimState>,
}

/// How a run of jobs is made.
pub(crate) struct Run<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// Who or what caused it.
    pub actor: &'a str,
    /// The time of it.
    pub at: Moment,
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

    /// Steps a claim through a job's inputs. `None` when nothing happened.
    ///
    /// The practice is asked for once a job: a claim goes from beginning to end by one generation of rules, and the next
    /// claim by whatever is live then.
    fn step_job(&self, job: Job) -> Result<Option<Box<Moved>>> {
        let practice = self.engine.practice();
        let practice = practice.as_ref();
        let new_fact = matches!(job.inputs.as_slice(), [Input::NewFact]);
        let previous = job.known.as_ref().map(|(head, _)| *head).unwrap_or_default();
        let mut state = match (job.state, previous) {
            (Some(state), _) => *state,
            (None, head) if head == Position::default() => ClaimState::default(),
            (None, head) => load(self.engine.store.as_ref(), head)?,
        };
        let lay_aside = pended(&state);
        let before = job.known.as_ref().map_or(0, |(_, summary)| summary.content);
        let content = job.content.unwrap_or(before);
        let rules = Sendable(practice.rules());
        let mut events = Vec::new();
        for input in job.inputs {
            let mut facts = practice.facts(&subject(&state, &input));
            facts.history.clone_from(&job.history);
            let context = Context {
                workflow: workflow(practice, &state)?,
                workflows: &Written(practice),
                rules: &rules,
                facts: &facts,
                calendar: practice.calendar(),
                now: self.at,
                number: job.number,
            };
            let stepped = step(context, state, input)?;
            state = stepped.state;
            events.extend(stepped.events);
            debug_assert!(stepped.effects.iter().all(|effect| match effect {
                Effect::Submit { .. } => state.queued_as.is_some(),
                Effect::Perform(request) =>
                    state.request.as_ref().is_some_and(|open| open.request == **request),
            }));
        }
        if events.is_empty() {
            return Ok(None);
        }
        let workflow = workflow(practice, &state)?;
        let place = workflow.state(workflow.find(state.place()).unwrap_or_else(|| workflow.start()));
        let summary = Summary::of(job.number, &state, place, content);
        if new_fact && job.known.is_some_and(|(_, old)| says_the_same(&old, &summary)) {
            return Ok(None);
        }
        let claim = ClaimRecord {
            number: job.number,
            previous,
            summary: summary.clone(),
            events: encode_events(&events)?,
        };
        let record = Record { at: self.at, actor: Text::from(self.actor), body: Body::Claim(claim) };
        let pended = PendedRecord::of(job.number, &lay_aside, &state);
        Ok(Some(Box::new(Moved { record: encode(&record)?, pended, summary, state: Box::new(state) })))
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
        let mut records = Vec::with_capacity(batch.len());
        let mut aside: Vec<PendedRecord> = Vec::new();
        let mut summaries = Vec::with_capacity(batch.len());
        let mut states = Vec::with_capacity(batch.len());
        let mut done = Vec::with_capacity(batch.len());
        for Stepped { tag, old, outcome } in batch {
            match outcome {
                Ok(Some(moved)) => {
                    let Moved { record, pended, summary, state } = *moved;
                    records.push(record);
                    aside.extend(pended);
                    summaries.push((tag, old, summary));
                    states.push(state);
                }
                Ok(None) => done.push(Done { tag, result: Ok((old.unwrap_or_default(), false)) }),
                Err(error) => done.push(Done { tag, result: Err(error) }),
            }
        }
        if records.is_empty() {
            return Ok(done);
        }
        // After the claims' own records, so that each of these has the position at the place it had before.
        for pended in &aside {
            let body = Body::Pended(pended.clone());
            records.push(encode(&Record { at: self.at, actor: Text::from(self.actor), body })?);
        }
        let positions = self.engine.store.append(&records)?;
        let mut writes = Vec::with_capacity(records.len() * 3);
        for pended in &aside {
            let items = if pended.items.is_empty() { None } else { Some(value(&pended.items)?) };
            writes.push((keys::pended(pended.number), items));
        }
        for ((_, old, summary), position) in summaries.iter().zip(&positions) {
            project_claim(old.as_ref(), summary, *position, &mut writes)?;
        }
        let committed = summaries.iter().zip(&positions).zip(states);
        self.engine.recent.keep(committed.map(|(((_, _, summary), head), state)| Kept {
            head: *head,
            summary: summary.clone(),
            state,
        }));
        let highest = summaries.iter().map(|(_, _, summary)| summary.number).max().unwrap_or_default();
        writes.push((keys::HIGHEST.to_vec(), Some(value(&self.engine.note_highest(highest))?)));
        self.engine.view.put(writes, positions.last().copied().unwrap_or_default())?;
        done.extend(summaries.into_iter().map(|(tag, _, summary)| Done { tag, result: Ok((summary, true)) }));
        Ok(done)
    }
}

/// Hands out jobs in chunks and passes on what is done; a claim with a job under way waits for it.
/// The workflow that a claim runs on, or begins on.
fn workflow<'p>(practice: &'p dyn Practice, state: &ClaimState) -> Result<&'p Workflow> {
    if state.workflow.name.is_empty() {
        return practice.workflow_for_new().map_err(Error::NoNewWorkflow);
    }
    let running = state.running();
    practice.workflow(running).ok_or_else(|| Error::NoWorkflow {
        id: Text::from(state.claim.id.as_str()),
        workflow: running.name.clone(),
        version: running.version,
    })
}

/// The practice's workflows, for those that call another.
struct Written<'p>(&'p dyn Practice);

impl Workflows for Written<'_> {
    fn version(&self, reference: &WorkflowRef) -> Option<&Workflow> {
        self.0.workflow(reference)
    }

    fn newest(&self, name: &str) -> Option<&Workflow> {
        self.0.newest_workflow(name)
    }
}

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

/// The claim whose facts a step needs: the one that comes in, or the one after a person's corrections.
fn subject<'a>(state: &'a ClaimState, input: &'a Input) -> std::borrow::Cow<'a, Claim> {
    match input {
        Input::Received { claim, .. } | Input::Replaced { claim, .. } => std::borrow::Cow::Borrowed(claim),
        Input::Corrected { fields, .. } => {
            let mut claim = state.claim.clone();
            for (name, value) in fields {
                // The step itself refuses what does not fit; here only the look-up of facts depends on it.
                let _refused_by_the_step = field::set(&mut claim, name, value);
            }
            std::borrow::Cow::Owned(claim)
        }
        _ => std::borrow::Cow::Borrowed(&state.claim),
    }
}

/// True when a claim stands where it stood, with the same work to do: then looking at it again is no event. Who has the
/// work is left out, since it may have been reassigned or escalated meanwhile.
fn says_the_same(old: &Summary, new: &Summary) -> bool {
    let work = |summary: &Summary| {
        let mut categories: Vec<Text> = summary.items.iter().map(|item| item.category.clone()).collect();
        categories.sort_unstable();
        categories.dedup();
        categories
    };
    old.state == new.state && work(old) == work(new)
}
