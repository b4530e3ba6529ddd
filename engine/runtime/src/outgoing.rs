//! Sending that is held, as after a restore: what would go out, and what has gone out already without this journal knowing.

use claimflow_core::event::Submission;
use claimflow_core::step::Input;
use claimflow_core::{ClaimId, Moment, Text};
use claimflow_x12::{Kind, Transaction};
use rustc_hash::FxHashMap;

use crate::books::{Books, find_number, find_rivals};
use crate::engine::Engine;
use crate::error::Result;
use crate::keys;
use crate::load::load;
use crate::pipeline::{Done, Job};
use crate::projection::read_value;
use crate::record::{BatchRecord, Body};
use crate::summary::sameness;

/// A claim that goes out with the next file to its payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToGo {
    /// Internal number.
    pub number: u64,
    /// Its own number (CLM01 as it came).
    pub id: Text,
    /// The number it goes out under (CLM01).
    pub sent_as: ClaimId,
    /// Payer.
    pub payer: Text,
    /// What tells it from others in a file that went out: see [`sameness`].
    pub same: u64,
}

impl ToGo {
    /// True when it is the claim that a file holds under its number. The number alone does not say so: after a restore to a
    /// moment internal numbers are given again, and a claim may go out under its internal number.
    pub const fn is(&self, same: u64) -> bool {
        self.same != 0 && self.same == same
    }
}

/// What a file that went out meant for the claims that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WentOut {
    /// Claims that are told that they went out with it, by their own numbers.
    pub claims: Vec<Text>,
    /// Claims in it that do not wait to go out as they are in it: this practice does not have them, or others under their
    /// numbers, or they are elsewhere on their way.
    pub others: usize,
}

/// A claim of a file that waits, with how it went out.
struct Gone {
    number: u64,
    id: Text,
    submission: Submission,
}

/// What is known of a file before it is looked into.
struct Known {
    waiting: FxHashMap<Text, ToGo>,
    batch: Option<BatchRecord>,
    /// False for a file that a crash left planned: its claims are not told.
    done: bool,
}

impl Known {
    /// The claim that the journal has in the file under this number.
    fn has(&self, key: &Text) -> Option<&(u64, Text)> {
        let claims = self.batch.as_ref().map_or(&[][..], |batch| &batch.claims);
        claims.iter().find(|own| own.1.trim().eq_ignore_ascii_case(key))
    }
}

/// What a file is found to hold.
struct Noted {
    gone: Vec<Gone>,
    /// Claims that were told before, by their own numbers, though no batch has them.
    resumed: Vec<Text>,
    batch: BatchRecord,
    others: usize,
}

impl Engine {
    /// True while nothing goes out: claims that are ready wait in their queue.
    pub fn sending_is_held(&self) -> bool {
        self.outbox.holds()
    }

    /// Claims that would go out now, by payer, each payer's by number. One that cannot be read is left out.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn to_go(&self) -> Result<Vec<ToGo>> {
        let mut all = Vec::new();
        for (payer, numbers) in self.queued()? {
            for number in numbers {
                let Some((head, summary)) = self.summary(number)? else { continue };
                let Ok(state) = load(self.store.as_ref(), head) else { continue };
                let Some(sent_as) = state.queued_as else { continue };
                let (id, payer) = (Text::from(summary.id.as_str()), payer.clone());
                all.push(ToGo { number, id, sent_as, payer, same: sameness(&state.claim) });
            }
        }
        Ok(all)
    }

    /// The numbers (CLM01) of the claims that went out with a file, as far as this journal knows.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn known_to_be_gone(&self, file: &str) -> Result<Vec<ClaimId>> {
        let known = self.view.get(&keys::batch(file))?;
        let known: Option<BatchRecord> = known.map(|bytes| read_value(&bytes)).transpose()?;
        let claims = known.map(|batch| batch.claims).unwrap_or_default();
        Ok(claims.into_iter().map(|(_, sent_as)| ClaimId::as_received(sent_as)).collect())
    }

    /// Takes note that a file of claims went out which this journal does not know: those of its claims that wait are told so
    /// and do not go out again, and control numbers go on behind its own. A repeat changes nothing, and after a crash it does
    /// the rest.
    ///
    /// # Errors
    /// When the store fails; what was told is safe, and the same again does the rest.
    pub fn went_out(&self, file: &str, bytes: &[u8], actor: &str) -> Result<WentOut> {
        let read = claimflow_x12::read(bytes);
        let transactions: Vec<&Transaction<'_>> =
            read.transactions.iter().filter(|own| own.kind == Kind::Claims837P).collect();
        let Some(first) = transactions.first() else { return Ok(WentOut::default()) };
        let mut books = self.books();
        let known = self.known(file)?;
        let batch = batch_of(file, first, self.now());
        let mut noted = Noted { gone: Vec::new(), resumed: Vec::new(), batch, others: 0 };
        for transaction in &transactions {
            self.note(transaction, &known, &mut noted)?;
        }
        let Noted { gone, resumed, batch, others } = noted;
        self.tell_gone(&gone, actor)?;
        if !known.done || known.batch.is_none_or(|known| known.claims != batch.claims) {
            // After its claims were told.
            self.append_written(&mut books, actor, batch)?;
        }
        self.view.apply()?;
        let claims = gone.into_iter().map(|own| own.id).chain(resumed).collect();
        Ok(WentOut { claims, others })
    }

    fn known(&self, file: &str) -> Result<Known> {
        let batch = self.view.get(&keys::batch(file))?;
        Ok(Known {
            waiting: self.to_go()?.into_iter().map(|own| (own.sent_as.matching_key(), own)).collect(),
            batch: batch.map(|bytes| read_value(&bytes)).transpose()?,
            done: self.view.get(&keys::batch_done(file))?.is_some(),
        })
    }

    /// Has control numbers and names go on behind those of files that this journal does not know. What it knows stays.
    ///
    /// # Errors
    /// When the store fails; the same again does the rest.
    pub fn go_on_behind(&self, files: Vec<BatchRecord>, actor: &str) -> Result<()> {
        let mut books = self.books();
        for batch in files {
            if self.view.get(&keys::batch(&batch.file))?.is_none() {
                self.append_written(&mut books, actor, batch)?;
            }
        }
        self.view.apply()?;
        Ok(())
    }

    /// Planned and written in one, so that it is never written.
    fn append_written(&self, books: &mut Books, actor: &str, batch: BatchRecord) -> Result<()> {
        let written = Body::BatchWritten { file: batch.file.clone() };
        self.append(books, actor, vec![Body::Batch(batch), written])?;
        Ok(())
    }

    /// Sends what waits, after it was held. Gives the files, by name.
    ///
    /// # Errors
    /// When the store or the outbox fails.
    pub fn send_now(&self) -> Result<Vec<Text>> {
        let sent = self.submit_queued(&mut self.books(), &|_, _| ())?;
        self.view.apply()?;
        Ok(sent.files)
    }

    /// Notes the claims of a transaction set: those that wait, and those that a batch of that name has already.
    fn note(&self, transaction: &Transaction<'_>, known: &Known, noted: &mut Noted) -> Result<()> {
        let before = noted.batch.claims.len();
        for claim in transaction.claims() {
            let key = claim.claim.id.matching_key();
            let waits = known.waiting.get(&key).filter(|own| own.is(sameness(&claim.claim)));
            // Told before, and waiting all the same where an open incident keeps it from taking that in.
            if let Some(own) = known.has(&key).filter(|_| known.done) {
                noted.batch.claims.push(own.clone());
            } else if let Some(own) = waits {
                noted.batch.claims.push((own.number, Text::from(own.sent_as.as_str())));
                noted.gone.push(self.gone(&noted.batch.file, transaction, own));
            } else if let Some(own) = known.has(&key) {
                noted.batch.claims.push(own.clone());
            } else if let Some((number, id)) = self.told_before(&noted.batch.file, &claim.claim.id)? {
                noted.batch.claims.push((number, Text::from(claim.claim.id.as_str())));
                noted.resumed.push(id);
            } else {
                noted.others += 1;
            }
        }
        let size = noted.batch.claims.len() - before;
        noted.batch.sizes.push(u32::try_from(size).unwrap_or(u32::MAX));
        Ok(())
    }

    /// The claim that was told that it went out with that very file, under that number: a crash may have come between that
    /// and the note that is taken of the file.
    fn told_before(&self, file: &Text, sent_as: &ClaimId) -> Result<Option<(u64, Text)>> {
        let both = find_rivals(&self.view, sent_as)?;
        let one = find_number(&self.view, sent_as)?;
        let numbers = both.map_or_else(|| one.into_iter().collect(), |(own, alias)| vec![own, alias]);
        let key = sent_as.matching_key();
        for number in numbers {
            let Some((head, summary)) = self.summary(number)? else { continue };
            let Ok(state) = load(self.store.as_ref(), head) else { continue };
            let mut went = state.submissions.iter();
            if went.any(|own| own.file == *file && own.sent_as.matching_key() == key) {
                return Ok(Some((number, Text::from(summary.id.as_str()))));
            }
        }
        Ok(None)
    }

    fn gone(&self, file: &Text, transaction: &Transaction<'_>, own: &ToGo) -> Gone {
        let submission = Submission {
            file: file.clone(),
            interchange: transaction.interchange_control.clone(),
            group: transaction.group_control.clone(),
            transaction: transaction.control_number.clone(),
            sent_as: own.sent_as.clone(),
            frequency: Text::default(),
            at: self.now(),
        };
        Gone { number: own.number, id: own.id.clone(), submission }
    }

    fn tell_gone(&self, gone: &[Gone], actor: &str) -> Result<()> {
        let mut jobs = Vec::with_capacity(gone.len());
        for (tag, own) in gone.iter().enumerate() {
            jobs.push(Job {
                number: own.number,
                known: self.summary(own.number)?,
                state: None,
                inputs: vec![Input::Submitted(own.submission.clone())],
                history: Vec::new(),
                content: None,
                tag,
            });
        }
        let mut fault = None;
        self.run(actor).all(&mut jobs.into_iter(), &mut |done: Done| {
            if let Err(error) = done.result {
                fault.get_or_insert(error);
            }
        })?;
        fault.map_or(Ok(()), Err)
    }
}

/// A file without its claims. Its payer is not asked for: nothing of it is written.
fn batch_of(file: &str, first: &Transaction<'_>, now: Moment) -> BatchRecord {
    let number = |text: &Text| text.trim().parse::<u32>().unwrap_or_default();
    BatchRecord {
        file: Text::from(file),
        payer: Text::default(),
        interchange: number(&first.interchange_control),
        group: number(&first.group_control),
        transaction: number(&first.control_number),
        sizes: Vec::new(),
        created: now,
        claims: Vec::new(),
    }
}
