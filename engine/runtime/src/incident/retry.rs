//! Incidents are tried again, or closed, one by one or in bulk: each claim for itself, with a result of its own.

use claimflow_core::Text;
use claimflow_core::state::ClaimState;
use claimflow_core::step::Input;

use super::{Cause, IncidentRecord};
use crate::books::Books;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::load::load;
use crate::pipeline::{Done, Job, Mode, Run};

/// What became of one claim that was retried or closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    /// The claim's internal number.
    pub number: u64,
    /// Its own number.
    pub id: Text,
    /// What became of it.
    pub outcome: RetryOutcome,
}

/// See [`Retried`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryOutcome {
    /// It goes on; it is in this state now.
    Done {
        /// State, or empty where that cannot be read.
        state: Text,
    },
    /// It still cannot go on.
    Failing(Vec<IncidentRecord>),
    /// Nothing was tried.
    Skipped(Text),
}

impl Engine {
    /// Tries the open incidents of claims again: what failed and what has waited is taken in, in order, and what is ready
    /// goes out. Each claim stands for itself.
    ///
    /// # Errors
    /// When the store fails, so that nothing more can be promised.
    pub fn retry(&self, numbers: &[u64], actor: &str) -> Result<Vec<Retried>> {
        self.again(numbers, actor, &Mode::Retry)
    }

    /// Closes the open incidents of claims. The input that failed is given up and stays in the journal; what came after it
    /// is taken in.
    ///
    /// # Errors
    /// When the store fails, so that nothing more can be promised.
    pub fn close_incidents(&self, numbers: &[u64], reason: &str, actor: &str) -> Result<Vec<Retried>> {
        self.again(numbers, actor, &Mode::Close { reason: Text::from(reason) })
    }

    /// Why a claim cannot be retried or closed; `None` where it can.
    fn unfit(&self, number: u64, mode: &Mode) -> Result<Option<Error>> {
        let summary = self.summary(number)?.map(|(_, summary)| summary);
        let id = summary.as_ref().map(|summary| Text::from(summary.id.as_str())).unwrap_or_default();
        if !self.incidents.quarantines(number) {
            return Ok(Some(Error::NoIncident(id)));
        }
        let new = summary.is_some_and(|summary| summary.state.is_empty());
        Ok((new && *mode != Mode::Retry).then_some(Error::NotBegun(id)))
    }

    fn again(&self, numbers: &[u64], actor: &str, mode: &Mode) -> Result<Vec<Retried>> {
        let mut books = self.books();
        let run = Run { engine: self, actor, at: self.now(), mode: mode.clone() };
        let mut skipped: Vec<(u64, Text)> = Vec::new();
        let mut fault = None;
        let mut fit = Vec::with_capacity(numbers.len());
        for number in numbers {
            match self.unfit(*number, mode)? {
                Some(why) => skipped.push((*number, Text::from(why.to_string()))),
                None => fit.push(*number),
            }
        }
        let mut jobs = fit.iter().enumerate().filter_map(|(tag, number)| {
            match self.retry_job(&mut books, *number, mode) {
                Ok(job) => Some(Job { tag, ..job }),
                Err(error) => {
                    fault.get_or_insert(error);
                    None
                }
            }
        });
        let mut changed = Vec::new();
        run.all(&mut jobs, &mut |done: Done| match done.result {
            Ok((summary, _)) => changed.push(summary),
            Err(error) => {
                let number = fit.get(done.tag).copied().unwrap_or_default();
                skipped.push((number, Text::from(error.to_string())));
            }
        })?;
        drop(jobs);
        if let Some(fault) = fault {
            return Err(fault);
        }
        changed.iter().filter(|summary| summary.number > 0).for_each(|summary| books.changed(summary));
        let sent = self.submit_queued(&mut books, &|_, _| ()).map(|_| ());
        self.view.apply()?;
        // What was retried is told, also where a file cannot go out now: its claims wait for the next one.
        if let Err(error) = sent {
            match error {
                Error::Store(_) => return Err(error),
                error => tracing::warn!(%error, "outgoing files wait"),
            }
        }
        numbers.iter().map(|number| self.retried(*number, &skipped)).collect()
    }

    fn retry_job(&self, books: &mut Books, number: u64, mode: &Mode) -> Result<Job> {
        let known = self.summary(number)?;
        let mut inputs = Vec::new();
        let (mut state, mut history) = (None, Vec::new());
        if let Some((head, _)) = &known
            && let Ok(loaded) = load(self.store.as_ref(), *head)
        {
            history = books.history(&self.view, &loaded.claim)?;
            state = Some(Box::new(loaded));
        }
        if *mode == Mode::Retry && (self.begins_again(number) || has_not_begun(state.as_deref())) {
            inputs.push(Input::Retry);
        }
        Ok(Job { number, known, state, inputs, history, content: None, tag: 0 })
    }

    /// True when something of the claim's own state is tried again, before what waits.
    fn begins_again(&self, number: u64) -> bool {
        let own =
            |incident: &IncidentRecord| matches!(incident.cause, Cause::RuleError | Cause::ActionFailed);
        self.incidents.of(number).is_some_and(|open| open.incidents.iter().any(own))
    }

    fn retried(&self, number: u64, skipped: &[(u64, Text)]) -> Result<Retried> {
        let summary = self.summary(number)?.map(|(_, summary)| summary);
        let (id, state) = summary
            .map(|summary| (Text::from(summary.id.as_str()), summary.state))
            .unwrap_or_else(|| (Text::from(format!("#{number}")), Text::default()));
        let outcome = match self.incidents.of(number) {
            _ if skipped.iter().any(|(own, _)| *own == number) => {
                let why = skipped.iter().find(|(own, _)| *own == number).map(|(_, why)| why.clone());
                RetryOutcome::Skipped(why.unwrap_or_default())
            }
            Some(open) => RetryOutcome::Failing(open.incidents),
            None => RetryOutcome::Done { state },
        };
        Ok(Retried { number, id, outcome })
    }

    /// Notes that a claim cannot be read, outside of any step.
    pub(crate) fn note_trouble(
        &self,
        books: &mut Books,
        number: u64,
        error: &Error,
        actor: &str,
    ) -> Result<bool> {
        let known = self.summary(number)?;
        let place = known.as_ref().map(|(_, summary)| super::place(summary)).unwrap_or_default();
        let Some(trouble) = super::Trouble::of(error, place) else { return Ok(false) };
        let open = self.incidents.of(number);
        let known = open.as_ref().is_some_and(|open| {
            open.incidents.iter().any(|own| own.cause == trouble.cause && own.cause != Cause::CannotWrite)
        });
        if !known {
            let incident = super::opened(self, number, trouble, open.as_ref(), false, self.now())?;
            self.append(books, actor, vec![crate::record::Body::Incident(Box::new(incident))])?;
        }
        Ok(true)
    }
}

/// True for a claim that has come in and could not begin.
fn has_not_begun(state: Option<&ClaimState>) -> bool {
    state.is_some_and(|state| state.is_received() && state.state.is_empty())
}
