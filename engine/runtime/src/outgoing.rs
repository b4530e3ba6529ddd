//! Sending that is held, as after a restore: what would go out, and what has gone out already without this journal knowing.

use claimflow_core::event::Submission;
use claimflow_core::step::Input;
use claimflow_core::{ClaimId, Moment, Text};
use claimflow_x12::{Kind, Transaction};
use rustc_hash::FxHashMap;

use crate::books::Books;
use crate::engine::Engine;
use crate::error::Result;
use crate::keys;
use crate::load::load;
use crate::pipeline::{Done, Job};
use crate::projection::read_value;
use crate::record::{BatchRecord, Body};

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
}

/// What a file that went out meant for the claims that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WentOut {
    /// Claims that are told that they went out with it, by their own numbers.
    pub claims: Vec<Text>,
    /// Claims in it that do not wait to go out: this practice does not have them, or they are elsewhere on their way.
    pub others: usize,
}

/// A claim of a file that waits, with how it went out.
struct Gone {
    number: u64,
    id: Text,
    submission: Submission,
}

/// What a file is found to hold.
struct Noted {
    gone: Vec<Gone>,
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
                all.push(ToGo { number, id: Text::from(summary.id.as_str()), sent_as, payer: payer.clone() });
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
    /// and do not go out again, and control numbers go on behind its own. A repeat changes nothing.
    ///
    /// # Errors
    /// When the store fails; what was told is safe, and the same again does the rest.
    pub fn went_out(&self, file: &str, bytes: &[u8], actor: &str) -> Result<WentOut> {
        let read = claimflow_x12::read(bytes);
        let transactions: Vec<&Transaction<'_>> =
            read.transactions.iter().filter(|own| own.kind == Kind::Claims837P).collect();
        let Some(first) = transactions.first() else { return Ok(WentOut::default()) };
        let mut books = self.books();
        let waiting: FxHashMap<Text, ToGo> =
            self.to_go()?.into_iter().map(|own| (own.sent_as.matching_key(), own)).collect();
        let known = self.view.get(&keys::batch(file))?;
        let known: Option<BatchRecord> = known.map(|bytes| read_value(&bytes)).transpose()?;
        let mut noted = Noted { gone: Vec::new(), batch: batch_of(file, first, self.now()), others: 0 };
        for transaction in &transactions {
            self.note(transaction, &waiting, known.as_ref(), &mut noted);
        }
        let Noted { gone, batch, others } = noted;
        self.tell_gone(&gone, actor)?;
        if known.is_none() || !gone.is_empty() {
            // After its claims were told.
            self.append_written(&mut books, actor, batch)?;
        }
        self.view.apply()?;
        Ok(WentOut { claims: gone.into_iter().map(|own| own.id).collect(), others })
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
    fn note(
        &self,
        transaction: &Transaction<'_>,
        waiting: &FxHashMap<Text, ToGo>,
        known: Option<&BatchRecord>,
        noted: &mut Noted,
    ) {
        let before = noted.batch.claims.len();
        for claim in transaction.claims() {
            let key = claim.claim.id.matching_key();
            let same = |own: &&(u64, Text)| own.1.trim().eq_ignore_ascii_case(&key);
            if let Some(own) = waiting.get(&key) {
                noted.batch.claims.push((own.number, Text::from(own.sent_as.as_str())));
                noted.gone.push(self.gone(&noted.batch.file, transaction, own));
            } else if let Some(own) = known.and_then(|batch| batch.claims.iter().find(same)) {
                noted.batch.claims.push(own.clone());
            } else {
                noted.others += 1;
            }
        }
        let size = noted.batch.claims.len() - before;
        noted.batch.sizes.push(u32::try_from(size).unwrap_or(u32::MAX));
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
