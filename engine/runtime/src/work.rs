//! What people do: correct, release, resolve, reassign, pend. And what new facts do.

use claimflow_core::Text;
use claimflow_core::step::Input;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::keys;
use crate::pipeline::{Done, Job};
use crate::projection::{ParkedEntry, read_value};
use crate::record::{Body, ParkedReason};
use crate::stepping::Became;
use crate::store::Position;
use crate::summary::Summary;

/// How a remittance that waits is named among the claims.
pub const PARKED_PREFIX: &str = "835:";

impl Engine {
    /// Does one thing to one claim, runs it as far as it can go, and writes a file if it goes out.
    ///
    /// # Errors
    /// When the claim does not take it: nothing has changed then. When a file cannot be written: what was done to the
    /// claim is kept, and it waits for the next file.
    pub fn act(&self, id: &str, input: Input, actor: &str) -> Result<Summary> {
        let mut books = self.books();
        let (head, summary) = self.find(id)?;
        let number = summary.number;
        let claim = match crate::load::load(self.store.as_ref(), head) {
            Ok(state) => state.claim,
            Err(error) => {
                self.note_trouble(&mut books, number, &error, actor)?;
                return Err(error);
            }
        };
        let history = books.history(&self.view, &claim)?;
        let run = self.run(actor);
        let state = self.recent.take_as_of(summary.number, head);
        let job = Job { state, ..Job::of((head, summary), input, history) };
        let mut outcome = None;
        run.all(&mut std::iter::once(job), &mut |done: Done| outcome = Some(done.result))?;
        let (summary, _) = outcome.unwrap_or(Err(Error::Worker))?;
        books.changed(&summary);
        self.submit_queued(&mut books, &|_, _| ())?;
        self.view.apply()?;
        let (_, summary) = self.find(id)?;
        Ok(summary)
    }

    /// Closes a remittance that waits, by its key or trace number. A trace number means the remittance that does not
    /// balance; a payment that waits for its claim has that number too, and is closed by it only when it is alone.
    ///
    /// # Errors
    /// When none waits under that name, or several payments do.
    pub fn resolve_parked(&self, name: &str, reason: &str, actor: &str) -> Result<()> {
        let mut books = self.books();
        let name = name.strip_prefix(PARKED_PREFIX).unwrap_or(name);
        let mut named: Vec<(Text, ParkedEntry)> = Vec::new();
        for (key, value) in self.view.collect(b"p")? {
            let entry: ParkedEntry = read_value(&value)?;
            let own = Text::from(String::from_utf8_lossy(key.get(1..).unwrap_or_default()));
            if entry.trace == name || own == name {
                named.push((own, entry));
            }
        }
        let meant = named
            .iter()
            .find(|(own, _)| *own == name)
            .or_else(|| named.iter().find(|(_, entry)| entry.reason != ParkedReason::NoClaim))
            .or_else(|| named.first().filter(|_| named.len() == 1));
        let Some((key, entry)) = meant else { return Err(Error::NoClaim(Text::from(name))) };
        let (key, claim_id) = (key.clone(), entry.claim_id.clone());
        let body = Body::Unparked { key, claim_id, reason: Text::from(reason) };
        self.append(&mut books, actor, vec![body])?;
        Ok(self.view.apply()?)
    }

    /// Looks again at every claim that waits for a person, after the registers have changed. Claims for which nothing
    /// changes are left as they are. Returns how many moved.
    pub fn facts_changed(&self) -> Result<u64> {
        let practice = self.practice();
        let hash = practice.registers_hash();
        if self.view.get(keys::REGISTERS)?.is_some_and(|known| known == hash.as_bytes()) {
            return Ok(0);
        }
        let mut waiting: Vec<u64> = self
            .view
            .collect(b"w")?
            .iter()
            .filter_map(|(key, _)| keys::parse_item(key))
            .map(|(_, n, _)| n)
            .collect();
        waiting.sort_unstable();
        waiting.dedup();
        let moved = self.send_all(&waiting, || Input::NewFact, "registers")?;
        self.send_queued(moved)?;
        self.view
            .put(vec![(keys::REGISTERS.to_vec(), Some(hash.as_bytes().to_vec()))], Position::default())?;
        self.view.apply()?;
        Ok(moved)
    }

    /// Sends what was queued by claims that moved.
    pub(crate) fn send_queued(&self, moved: u64) -> Result<()> {
        if moved > 0 {
            self.submit_queued(&mut self.books(), &|_, _| ())?;
        }
        Ok(())
    }

    /// Gives an input to each of these claims. Returns how many moved; what they queued is not sent yet.
    pub(crate) fn send_all(&self, numbers: &[u64], input: impl Fn() -> Input, actor: &str) -> Result<u64> {
        self.send_each(numbers.iter().map(|number| (*number, input())).collect(), actor)
    }

    /// Sends something to each of these claims, which are there once. Returns how many moved; what cannot be sent to one
    /// claim is told in the log and keeps no other.
    pub(crate) fn send_each(&self, inputs: Vec<(u64, Input)>, actor: &str) -> Result<u64> {
        if inputs.is_empty() {
            return Ok(0);
        }
        let mut books = self.books();
        let run = self.run(actor);
        let mut moved = 0;
        let mut fault = None;
        let mut jobs = inputs.into_iter().filter_map(|(number, input)| {
            self.job(&mut books, number, input, actor).unwrap_or_else(|error| {
                fault.get_or_insert(error);
                None
            })
        });
        run.all(&mut jobs, &mut |done: Done| match done.result {
            Ok((_, Became::Moved | Became::Stuck(_))) => moved += 1,
            Ok((_, Became::Nothing | Became::Waits)) => {}
            Err(error) => tracing::warn!(%error, "a claim could not be taken on"),
        })?;
        drop(jobs);
        if moved > 0 {
            books.forget_ladder();
        }
        match fault {
            Some(fault) => Err(fault),
            None => Ok(moved),
        }
    }

    /// `None` where there is no such claim, or it cannot be read: then it is an incident, and the others go on.
    fn job(
        &self,
        books: &mut crate::books::Books,
        number: u64,
        input: Input,
        actor: &str,
    ) -> Result<Option<Job>> {
        let Some((head, summary)) = self.summary(number)? else { return Ok(None) };
        let looks_back = matches!(input, Input::NewFact) && !self.incidents.quarantines(number);
        let history = if looks_back {
            match crate::load::load(self.store.as_ref(), head) {
                Ok(state) => books.history(&self.view, &state.claim)?,
                Err(error) if self.note_trouble(books, number, &error, actor)? => return Ok(None),
                Err(error) => return Err(error),
            }
        } else {
            Vec::new()
        };
        let state = self.recent.take_as_of(number, head);
        Ok(Some(Job { state, ..Job::of((head, summary), input, history) }))
    }
}
