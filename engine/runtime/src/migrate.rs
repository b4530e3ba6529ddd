//! Moving claims to another version of their workflow, and back: tried first, journaled, a record a claim.
//!
//! A run that was cut short is run again: claims that have moved are no longer on the version that is moved from, and are
//! not looked at.

use std::ops::ControlFlow;
use std::sync::Arc;

use claimflow_core::Text;
use claimflow_core::event::Event;
use claimflow_core::migration::{Migration, Place};
use claimflow_core::step::{Input, MigrateError, Order, StepError};
use claimflow_core::workflow::{Landing, WorkflowRef};

use crate::books::{Books, each_summary};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::incident::Cause;
use crate::load::{Chapter, chapters, fold, load};
use crate::pipeline::{Done, Job, Mode, Run};
use crate::record::ContentRecord;
use crate::store::Position;
use crate::summary::Summary;

/// Claims that are moved while nobody else can write.
const SLICE: usize = 4_096;

const FORTH: &str = "claims migrated";
const BACK: &str = "claims migrated back";

/// Which claims move where.
#[derive(Debug, Clone, Default)]
pub struct Move {
    /// The version they move to.
    pub to: WorkflowRef,
    /// The versions they are on, each with where its claims land.
    pub from: Vec<(WorkflowRef, Arc<[Landing]>)>,
    /// Only these claims, by any number they are known by; none are all.
    pub claims: Vec<Text>,
    /// Only claims in this state.
    pub state: Option<Text>,
    /// Claims that have ended too.
    pub ended: bool,
    /// Why, or empty.
    pub reason: Text,
}

/// What became of one claim, or would.
#[derive(Debug)]
pub struct MovedClaim {
    /// Before.
    pub before: Summary,
    /// After; or why it stays where it is.
    pub after: Result<Summary>,
}

/// A move of claims, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its name, as `M3`.
    pub name: Text,
    /// The workflow.
    pub workflow: Text,
    /// When it began.
    pub at: claimflow_core::Moment,
    /// By whom.
    pub actor: Text,
    /// From which versions to which, in words.
    pub what: Text,
    /// Why, or empty.
    pub reason: Text,
}

impl Engine {
    /// Tells what a move would do, without doing it. `done` is told of each claim.
    ///
    /// # Errors
    /// When a claim that is asked for is not there, or the store cannot be read.
    pub fn try_move(&self, order: &Move, actor: &str, done: &mut dyn FnMut(MovedClaim)) -> Result<()> {
        for slice in self.chosen(order)?.chunks(SLICE) {
            let (jobs, unreadable) = self.forth_all(&mut self.books(), order, &Text::default(), slice)?;
            unreadable.into_iter().for_each(&mut *done);
            self.try_jobs(jobs, actor, done);
        }
        Ok(())
    }

    /// Moves claims. `done` is told of each, after it is durable. Gives the batch's name, as `M3`.
    ///
    /// # Errors
    /// When a claim that is asked for is not there, or the store fails: what was told as done is done, and the same run
    /// again does the rest.
    pub fn migrate(&self, order: &Move, actor: &str, done: &mut dyn FnMut(MovedClaim)) -> Result<Text> {
        let numbers = self.chosen(order)?;
        let batch = self.begin_batch(order, actor)?;
        for slice in numbers.chunks(SLICE) {
            let mut books = self.books();
            let (jobs, unreadable) = self.forth_all(&mut books, order, &batch, slice)?;
            for own in unreadable {
                if let Err(error) = &own.after {
                    self.note_trouble(&mut books, own.before.number, error, actor)?;
                }
                done(own);
            }
            self.run_jobs(&mut books, jobs, actor, done)?;
            self.submit_queued(&mut books, &|_, _| ())?;
        }
        self.view.apply()?;
        Ok(batch)
    }

    /// Puts the claims of a batch back where they were, those that have not moved on since; only says what it would do
    /// when `dry`.
    ///
    /// # Errors
    /// When there is no such batch, or the store fails.
    pub fn migrate_back(
        &self,
        (name, reason, dry): (&str, &str, bool),
        actor: &str,
        done: &mut dyn FnMut(MovedClaim),
    ) -> Result<Batch> {
        let batch = self.batches()?.into_iter().find(|batch| batch.name == name);
        let batch = batch.ok_or_else(|| Error::NoBatch(Text::from(name)))?;
        let numbers = self.numbers(|own| {
            own.workflow.name == batch.workflow || own.state.split('/').any(|part| part == batch.workflow)
        })?;
        if !dry {
            let record = content(BACK, &batch.workflow, &batch.what, &batch.name, reason);
            self.note_content(actor, record)?;
        }
        for slice in numbers.chunks(SLICE) {
            let mut books = self.books();
            let mut jobs = Vec::new();
            for number in slice {
                jobs.extend(self.back(&batch, reason, *number, done)?);
            }
            if dry {
                self.try_jobs(jobs, actor, done);
            } else {
                self.run_jobs(&mut books, jobs, actor, done)?;
            }
        }
        self.view.apply()?;
        Ok(batch)
    }

    /// Claims that are within a workflow which their own one called, of these claims or of all, with where each is. Those
    /// whose records cannot be read are left out; a move tells of them.
    ///
    /// # Errors
    /// When a claim that is asked for is not there, or the store cannot be read.
    pub fn claims_within(&self, ids: &[Text]) -> Result<Vec<Place>> {
        let mut heads = Vec::new();
        if ids.is_empty() {
            // A practice whose workflows call none has nothing to look for.
            if self.state_counts().iter().all(|one| !one.state.contains('/')) {
                return Ok(Vec::new());
            }
            for number in self.numbers(is_within)? {
                heads.extend(self.summary(number)?.map(|(head, _)| head));
            }
        }
        for id in ids {
            let (head, summary) = self.find(id)?;
            heads.extend(is_within(&summary).then_some(head));
        }
        let mut places = Vec::with_capacity(heads.len());
        for head in heads {
            match load(self.store.as_ref(), head) {
                Ok(state) => places.push(state.migration_place()),
                Err(error) if Cause::of(&error).is_some() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(places)
    }

    /// Every move of claims, oldest first.
    ///
    /// # Errors
    /// When the journal or the state cannot be read.
    pub fn batches(&self) -> Result<Vec<Batch>> {
        let changes = self.content_changes()?.into_iter().filter(|change| change.record.action == FORTH);
        let mut all: Vec<Batch> = Vec::new();
        for change in changes {
            let ContentRecord { subject, before, after, reason, .. } = change.record;
            let workflow = Text::from(subject.strip_prefix("workflow ").unwrap_or(&subject));
            // A run that was cut short and run again is one move.
            if all.iter().all(|own| own.name != after) {
                all.push(Batch {
                    name: after,
                    workflow,
                    at: change.at,
                    actor: change.actor,
                    what: before,
                    reason,
                });
            }
        }
        Ok(all)
    }

    /// Writes down what is about to be done: intent. The same move as the last one goes on under its name.
    fn begin_batch(&self, order: &Move, actor: &str) -> Result<Text> {
        let batches = self.batches()?;
        let from: Vec<String> = order.from.iter().map(|(own, _)| version(own)).collect();
        let what = Text::from(format!("{} to {}", from.join(", "), version(&order.to)));
        let same =
            |own: &&Batch| own.what == what && own.workflow == order.to.name && own.reason == order.reason;
        let back = self.content_changes()?;
        let back =
            |own: &Batch| back.iter().any(|one| one.record.action == BACK && one.record.after == own.name);
        let name = match batches.last().filter(same).filter(|own| !back(own)) {
            Some(last) => last.name.clone(),
            None => Text::from(format!("M{}", batches.len() + 1)),
        };
        self.note_content(actor, content(FORTH, &order.to.name, &what, &name, &order.reason))?;
        Ok(name)
    }

    /// The numbers of the claims that a move is about.
    fn chosen(&self, order: &Move) -> Result<Vec<u64>> {
        if !order.claims.is_empty() {
            return order.claims.iter().map(|id| Ok(self.find(id)?.1.number)).collect();
        }
        self.numbers(|summary| order.may_take(summary))
    }

    fn numbers(&self, takes: impl Fn(&Summary) -> bool) -> Result<Vec<u64>> {
        let mut numbers = Vec::new();
        each_summary(&self.view, &mut |summary| {
            if takes(&summary) {
                numbers.push(summary.number);
            }
            ControlFlow::Continue(())
        })?;
        Ok(numbers)
    }

    /// The job that moves a claim; `None` for one that the move is not about, as it is now.
    fn forth(
        &self,
        books: &mut Books,
        order: &Move,
        batch: &Text,
        (head, summary): (Position, Summary),
    ) -> Result<Option<Job>> {
        let (found, state) = if is_within(&summary) {
            let place = load(self.store.as_ref(), head)?.migration_place();
            let level = |own: &WorkflowRef| place.level_of(own);
            let found = order.from.iter().find_map(|own| level(&own.0).map(|level| (own, level)));
            let state = found.map(|(_, level)| Text::from(place.own_state(level))).unwrap_or_default();
            (found.map(|(own, _)| own), state)
        } else {
            (order.from.iter().find(|(own, _)| *own == summary.workflow), summary.state.clone())
        };
        let Some((from, landings)) = found.filter(|_| order.is_state(&state)) else { return Ok(None) };
        // What is done anew is decided with what is known of the member; where a claim only moves, nothing is.
        let redo = landings.iter().any(|own| own.redo && own.from == state);
        let history = if redo {
            books.history(&self.view, &load(self.store.as_ref(), head)?.claim)?
        } else {
            Vec::new()
        };
        let (from, to, landings) = (from.clone(), order.to.clone(), Arc::clone(landings));
        let (batch, reason) = (batch.clone(), order.reason.clone());
        let order = Order::Forth { batch, from, to, landings, reason };
        Ok(Some(Job::of((head, summary), Input::Migrate(Box::new(order)), history)))
    }

    /// The job that puts a claim back. `done` is told of a claim of the batch that has moved on since.
    fn back(
        &self,
        batch: &Batch,
        reason: &str,
        number: u64,
        done: &mut dyn FnMut(MovedClaim),
    ) -> Result<Option<(Job, Summary)>> {
        let Some((head, summary)) = self.summary(number)? else { return Ok(None) };
        let chapters = match chapters(self.store.as_ref(), head) {
            // Whether it moved with the batch cannot be said, so that it is told.
            Err(error) if Cause::of(&error).is_some() => {
                done(MovedClaim { before: summary, after: Err(error) });
                return Ok(None);
            }
            chapters => chapters?,
        };
        let Some((place, migration)) = last_move(&chapters, &batch.name) else { return Ok(None) };
        let last = place + 1 == chapters.len();
        let earlier = chapters.get(..place).unwrap_or_default();
        let moved_only = chapters.get(place).is_some_and(|chapter| only_moved(&chapter.events));
        if !(last && moved_only) {
            let state = summary.state.clone();
            let after = Err(StepError::from(MigrateError::Moved { state }).into());
            done(MovedClaim { before: summary, after });
            return Ok(None);
        }
        let (migration, before) = (Box::new(migration.clone()), Box::new(fold(earlier)?));
        let order = Order::Back { migration, before, reason: Text::from(reason) };
        let input = Input::Migrate(Box::new(order));
        Ok(Some((Job::of((head, summary.clone()), input, Vec::new()), summary)))
    }

    /// The jobs that move claims, each with its claim before; and the claims of which that cannot be said, since their
    /// records cannot be read: they stay, and stop nobody.
    fn forth_all(
        &self,
        books: &mut Books,
        order: &Move,
        batch: &Text,
        numbers: &[u64],
    ) -> Result<(Vec<(Job, Summary)>, Vec<MovedClaim>)> {
        let (mut jobs, mut unreadable) = (Vec::with_capacity(numbers.len()), Vec::new());
        for number in numbers {
            let known = self.summary(*number)?.filter(|(_, summary)| order.may_take(summary));
            let Some((head, summary)) = known else { continue };
            match self.forth(books, order, batch, (head, summary.clone())) {
                Ok(job) => jobs.extend(job.map(|job| (job, summary))),
                Err(error) if Cause::of(&error).is_some() => {
                    unreadable.push(MovedClaim { before: summary, after: Err(error) });
                }
                Err(error) => return Err(error),
            }
        }
        Ok((jobs, unreadable))
    }

    /// What would come of jobs, nothing of it kept.
    fn try_jobs(&self, jobs: Vec<(Job, Summary)>, actor: &str, done: &mut dyn FnMut(MovedClaim)) {
        let run = Run { engine: self, actor, at: self.now(), mode: Mode::Usual };
        for (job, before) in jobs {
            let after = run.try_one(job).map(|after| after.unwrap_or_else(|| before.clone()));
            done(MovedClaim { before, after });
        }
    }

    fn run_jobs(
        &self,
        books: &mut Books,
        jobs: Vec<(Job, Summary)>,
        actor: &str,
        done: &mut dyn FnMut(MovedClaim),
    ) -> Result<()> {
        let (jobs, mut before): (Vec<Job>, Vec<Option<Summary>>) =
            jobs.into_iter().map(|(job, before)| (job, Some(before))).unzip();
        let mut jobs = jobs.into_iter().enumerate().map(|(tag, job)| Job { tag, ..job });
        let run = Run { engine: self, actor, at: self.now(), mode: Mode::Usual };
        run.all(&mut jobs, &mut |one: Done| {
            if let Some(before) = before.get_mut(one.tag).and_then(Option::take) {
                done(MovedClaim { before, after: one.result.map(|(summary, _)| summary) });
            }
        })?;
        books.forget_ladder();
        Ok(())
    }
}

impl Move {
    /// False when the move is not about this claim, as it is now. For a claim within another workflow only the claim
    /// itself says which.
    fn may_take(&self, summary: &Summary) -> bool {
        (is_within(summary) || self.from.iter().any(|(own, _)| *own == summary.workflow))
            && (self.ended || !summary.is_final)
            && (is_within(summary) || self.is_state(&summary.state))
    }

    fn is_state(&self, state: &str) -> bool {
        self.state.as_ref().is_none_or(|wanted| wanted == state)
    }
}

/// True for a claim that is within a workflow which its own one called.
fn is_within(summary: &Summary) -> bool {
    summary.state.contains('/')
}

/// The place of the chapter in which a claim moved with a batch, unless it was put back since.
fn last_move<'a>(chapters: &'a [Chapter], batch: &str) -> Option<(usize, &'a Migration)> {
    chapters
        .iter()
        .enumerate()
        .rev()
        .find_map(|(place, chapter)| {
            chapter.events.iter().find_map(|event| match event {
                Event::Migrated(migration) if migration.batch == batch => Some((place, migration.as_ref())),
                _ => None,
            })
        })
        .filter(|(_, migration)| !migration.back)
}

/// True when a chapter holds a move and nothing that the new version has done since.
fn only_moved(events: &[Event]) -> bool {
    let known = |event: &Event| {
        matches!(
            event,
            Event::Migrated(_)
                | Event::Closed { .. }
                | Event::Opened(_)
                | Event::DueAt { .. }
                | Event::Pended { .. }
        )
    };
    events.iter().all(known)
}

/// A version as the journal names it, with the beginning of its content hash.
fn version(of: &WorkflowRef) -> String {
    format!("{}@{}", of.version, of.hash.get(..8).unwrap_or(&of.hash))
}

fn content(action: &'static str, workflow: &str, what: &str, batch: &str, reason: &str) -> ContentRecord {
    ContentRecord {
        action: Text::const_new(action),
        subject: Text::from(format!("workflow {workflow}")),
        before: Text::from(what),
        after: Text::from(batch),
        reason: Text::from(reason),
        generation: Text::default(),
    }
}
