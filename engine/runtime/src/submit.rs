//! Outgoing files: one 837P per payer and run, with a name and control numbers that never repeat.
//!
//! Intent, act, outcome: what a file holds is fixed in the journal before it is written; then it is written (a repeat is
//! a no-op); then its claims are told. A crash anywhere in between repeats the rest with the same numbers.

use claimflow_core::event::Submission;
use claimflow_core::state::ClaimState;
use claimflow_core::step::Input;
use claimflow_core::{Claim, ClaimId, Moment, Text};
use claimflow_x12::{Envelope, Receiver, Submitter, WriteError, write_837p};
use rustc_hash::FxHashSet;

use crate::books::Books;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::ingest::Progress;
use crate::keys;
use crate::load::load;
use crate::pipeline::{Done, Job};
use crate::practice::Sender;
use crate::projection::read_value;
use crate::recent::Kept;
use crate::record::{BatchRecord, Body};

/// What went out.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Files, by name.
    pub files: Vec<Text>,
    /// Claims in them.
    pub claims: Vec<u64>,
}

impl Engine {
    /// Writes a file for each payer with queued claims.
    pub(crate) fn submit_queued(&self, books: &mut Books, progress: Progress<'_>) -> Result<Sent> {
        let mut sent = Sent::default();
        if self.outbox.holds() {
            return Ok(sent);
        }
        // A file that could not be written in an earlier run goes first: its claims are in no other.
        let planned = self.finish_planned(books)?;
        for (payer, mut numbers) in self.queued()? {
            numbers.retain(|number| !planned.contains(number) && !self.incidents.quarantines(*number));
            progress("writing 837P files", numbers.len() as u64);
            let batch = self.plan(books, &payer, &numbers)?;
            let Some((batch, bytes)) = batch else { continue };
            self.append(books, "submit", vec![Body::Batch(batch.clone())])?;
            self.perform(books, &batch, &bytes)?;
            sent.claims.extend(batch.claims.iter().map(|(number, _)| *number));
            sent.files.push(batch.file);
        }
        Ok(sent)
    }

    /// Finishes files that a crash left half-done. An outbox that cannot be written, or a full disk, does not keep anybody from
    /// looking at claims: the files stay planned and go out with the next run.
    pub(crate) fn finish_batches(&self) -> Result<()> {
        if self.outbox.holds() {
            return Ok(());
        }
        let mut books = self.books();
        match self.finish_planned(&mut books) {
            Err(Error::Store(error)) if !error.is_full() => Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "an outgoing file is not finished");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Finishes planned files. Gives the claims of those that cannot be made now, since one of their claims cannot be read:
    /// that one is an incident, and the others go out in this file and no other.
    fn finish_planned(&self, books: &mut Books) -> Result<FxHashSet<u64>> {
        let mut waiting = FxHashSet::default();
        for (key, value) in self.view.collect(b"b")? {
            let name = String::from_utf8_lossy(key.get(1..).unwrap_or_default()).into_owned();
            if self.view.get(&keys::batch_done(&name))?.is_some() {
                continue;
            }
            let batch: BatchRecord = read_value(&value)?;
            tracing::info!(file = %batch.file, claims = batch.claims.len(), "finishing an outgoing file");
            let Some(claims) = self.claims_of(books, &batch)? else {
                waiting.extend(batch.claims.iter().map(|(number, _)| *number));
                continue;
            };
            let claims: Vec<&Claim> = claims.iter().collect();
            let (bytes, _) =
                write(self.practice().sender(), &batch, &claims).map_err(|error| error.of(&batch.file))?;
            self.perform(books, &batch, &bytes)?;
        }
        Ok(waiting)
    }

    /// Queued claims by payer, each in order of claim number.
    pub(crate) fn queued(&self) -> Result<Vec<(Text, Vec<u64>)>> {
        let mut by_payer: Vec<(Text, Vec<u64>)> = Vec::new();
        for (key, _) in self.view.collect(b"q")? {
            let Some(number) = keys::number_at_end(&key) else { continue };
            let payer = key.get(1..key.len().saturating_sub(9)).unwrap_or_default();
            let payer = Text::from(String::from_utf8_lossy(payer));
            match by_payer.last_mut() {
                Some((last, numbers)) if *last == payer => numbers.push(number),
                _ => by_payer.push((payer, vec![number])),
            }
        }
        Ok(by_payer)
    }

    /// Fixes what a file will hold. A claim that cannot be written is an incident, and the others go without it.
    fn plan(
        &self,
        books: &mut Books,
        payer: &Text,
        numbers: &[u64],
    ) -> Result<Option<(BatchRecord, Vec<u8>)>> {
        let mut numbers = numbers.to_vec();
        loop {
            match self.plan_these(books, payer, &numbers)? {
                Planned::None => return Ok(None),
                Planned::File(batch, bytes) => return Ok(Some((*batch, bytes))),
                Planned::Without(number, detail) => {
                    numbers.retain(|own| *own != number);
                    let id =
                        self.summary(number)?.map(|(_, own)| Text::from(own.id.as_str())).unwrap_or_default();
                    self.note_trouble(books, number, &Error::Write { id, detail }, "submit")?;
                }
            }
        }
    }

    fn plan_these(&self, books: &mut Books, payer: &Text, numbers: &[u64]) -> Result<Planned> {
        let mut claims = self.queued_claims(books, numbers)?;
        if claims.is_empty() {
            return Ok(Planned::None);
        }
        // One billing provider and one subscriber after the other, so that each is written once.
        claims.sort_by(|(a, _, left), (b, _, right)| {
            let provider = left.billing_provider.npi.cmp(&right.billing_provider.npi);
            let (member, other) = (&left.subscriber.person.member_id, &right.subscriber.person.member_id);
            provider.then_with(|| member.cmp(other)).then(a.cmp(b))
        });
        let interchange = books.counters.interchange + 1;
        let created = self.now();
        let mut batch = BatchRecord {
            file: file_name(payer, created, interchange),
            payer: payer.clone(),
            interchange,
            group: interchange,
            transaction: books.counters.transaction + 1,
            sizes: Vec::new(),
            created,
            claims: claims.iter().map(|(number, sent_as, _)| (*number, sent_as.clone())).collect(),
        };
        for (_, sent_as, claim) in &mut claims {
            number_it(claim, sent_as);
        }
        let own: Vec<&Claim> = claims.iter().map(|(_, _, claim)| claim.as_ref()).collect();
        match write(self.practice().sender(), &batch, &own) {
            Ok((bytes, sizes)) => {
                batch.sizes = sizes;
                Ok(Planned::File(Box::new(batch), bytes))
            }
            Err(Unwritten { at: Some(at), detail }) if claims.get(at).is_some() => {
                let number = claims.get(at).map_or(0, |(number, ..)| *number);
                Ok(Planned::Without(number, detail))
            }
            Err(error) => Err(error.of(&batch.file)),
        }
    }

    /// Queued claims with the number each goes out under; claims that wait no more are left out.
    fn queued_claims(&self, books: &mut Books, numbers: &[u64]) -> Result<Vec<(u64, Text, Box<Claim>)>> {
        let look = |number: u64, state: &ClaimState| {
            let sent_as = state.queued_as.as_ref()?;
            Some((number, Text::from(sent_as.as_str()), Box::new(state.claim.clone())))
        };
        let at_hand =
            self.recent.look(numbers, |number, kept| (number, kept.map(|kept| look(number, &kept.state))));
        let mut claims = Vec::with_capacity(numbers.len());
        for (number, found) in at_hand {
            match found {
                Some(claim) => claims.extend(claim),
                None => {
                    let Some((head, _)) = self.summary(number)? else { continue };
                    match load(self.store.as_ref(), head) {
                        Ok(state) => claims.extend(look(number, &state)),
                        Err(error) if self.note_trouble(books, number, &error, "submit")? => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        Ok(claims)
    }

    /// The claims of a batch as they were when it was planned: a queued claim takes no change. `None` when one of them
    /// cannot be read.
    fn claims_of(&self, books: &mut Books, batch: &BatchRecord) -> Result<Option<Vec<Claim>>> {
        let mut claims = Vec::with_capacity(batch.claims.len());
        for (number, sent_as) in &batch.claims {
            if let Some((head, _)) = self.summary(*number)? {
                let mut claim = match load(self.store.as_ref(), head) {
                    Ok(state) => state.claim,
                    Err(error) if self.note_trouble(books, *number, &error, "submit")? => return Ok(None),
                    Err(error) => return Err(error),
                };
                number_it(&mut claim, sent_as);
                claims.push(claim);
            }
        }
        Ok(Some(claims))
    }

    /// Writes the file and tells its claims; both are no-ops where they were done before.
    fn perform(&self, books: &mut Books, batch: &BatchRecord, bytes: &[u8]) -> Result<()> {
        self.outbox
            .put(&batch.file, bytes)
            .map_err(|source| Error::Outbox { file: batch.file.clone(), source })?;
        let run = self.run("submit");
        let mut jobs = Vec::with_capacity(batch.claims.len());
        for (place, (number, sent_as)) in batch.claims.iter().enumerate() {
            let (known, state) = match self.recent.take(*number) {
                Some(Kept { head, summary, state }) => (Some((head, summary)), Some(state)),
                None => (self.summary(*number)?, None),
            };
            if known.as_ref().is_some_and(|(_, summary)| summary.queued) {
                let inputs = vec![Input::Submitted(self.submission(batch, place, sent_as))];
                jobs.push(Job {
                    number: *number,
                    known,
                    state,
                    inputs,
                    history: Vec::new(),
                    content: None,
                    tag: place,
                });
            }
        }
        let mut fault = None;
        run.all(&mut jobs.into_iter(), &mut |done: Done| {
            if let Err(error) = done.result {
                fault.get_or_insert(error);
            }
        })?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        self.append(books, "submit", vec![Body::BatchWritten { file: batch.file.clone() }])?;
        Ok(())
    }

    fn submission(&self, batch: &BatchRecord, place: usize, sent_as: &Text) -> Submission {
        Submission {
            file: batch.file.clone(),
            interchange: Text::from(format!("{:09}", batch.interchange)),
            group: Text::from(batch.group.to_string()),
            transaction: Text::from(format!("{:04}", batch.transaction_of(place))),
            sent_as: ClaimId::as_received(sent_as.clone()),
            frequency: Text::default(),
            at: self.now(),
        }
    }
}

/// What a file will hold.
enum Planned {
    /// Nothing: no claim waits.
    None,
    /// This.
    File(Box<BatchRecord>, Vec<u8>),
    /// Nothing yet: a claim cannot be written, for that reason.
    Without(u64, String),
}

/// Why a file cannot be made.
struct Unwritten {
    /// The place of the claim that it is about; `None` for the file as a whole.
    at: Option<usize>,
    detail: String,
}

impl Unwritten {
    fn of(self, file: &Text) -> Error {
        Error::File { file: file.clone(), detail: self.detail }
    }
}

/// Puts the number that a claim is sent under on it.
fn number_it(claim: &mut Claim, sent_as: &str) {
    claim.id = ClaimId::as_received(sent_as);
    if claim.frequency.is_empty() {
        claim.frequency = Text::from("1");
    }
}

fn file_name(payer: &str, created: Moment, interchange: u32) -> Text {
    let payer: String = payer.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let date = created.date().to_string().replace('-', "");
    Text::from(format!("{payer}-{date}-{interchange:09}.837"))
}

/// The bytes of a file, and how many claims each of its transaction sets holds.
fn write(sender: &Sender, batch: &BatchRecord, claims: &[&Claim]) -> Result<(Vec<u8>, Vec<u32>), Unwritten> {
    let envelope = Envelope {
        sender_qualifier: sender.sender_qualifier.clone(),
        sender_id: sender.sender_id.clone(),
        receiver_qualifier: sender.receiver_qualifier.clone(),
        receiver_id: sender.receiver_id.clone(),
        submitter: Submitter {
            name: sender.submitter_name.clone(),
            id: sender.submitter_id.clone(),
            contact_name: sender.contact_name.clone(),
            phone: sender.contact_phone.clone(),
            address: None,
        },
        receiver: Receiver { name: sender.receiver_name.clone(), id: sender.receiver_id.clone() },
        usage: if sender.production { 'P' } else { 'T' },
        created: batch.created.datetime(),
        interchange_control: batch.interchange,
        group_control: batch.group,
        first_transaction_control: batch.transaction,
        ..Envelope::default()
    };
    let written = write_837p(&envelope, claims).map_err(|error| match error {
        WriteError::Claim { index, problems, .. } => {
            Unwritten { at: Some(index), detail: crate::sendable::spoken_problems(&problems) }
        }
        error => Unwritten { at: None, detail: error.to_string() },
    })?;
    let sizes = written
        .transactions
        .iter()
        .map(|(_, range)| u32::try_from(range.len()).unwrap_or(u32::MAX))
        .collect();
    Ok((written.bytes, sizes))
}
