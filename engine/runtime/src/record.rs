//! What the journal holds: records, each with a version, a time and an actor.
//!
//! A record is compact binary (postcard). The claim's events are nested bytes behind its summary, so that the state can
//! be rebuilt from summaries alone, without decoding what happened.

use claimflow_core::event::Event;
use claimflow_core::{Moment, Remittance, Text};
use serde::{Deserialize, Serialize};

use crate::incident::{IncidentClosedRecord, IncidentRecord, WaitingRecord};
use crate::pended::PendedRecord;
use crate::retain::ForgottenRecord;
use crate::store::Position;
use crate::summary::Summary;

/// Version of the record format. A reader refuses what is newer.
pub const FORMAT: u8 = 3;

/// The oldest version that a reader still knows: later ones only added kinds of record and of event.
const OLDEST: u8 = 1;

/// Why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Written by a newer version.
    #[error(
        "a record has format {0}, newer than this claimflow knows ({FORMAT}); install the version that wrote it"
    )]
    Newer(u8),
    /// Not what a record looks like.
    #[error("a record cannot be read: {0}")]
    Malformed(String),
}

/// One record of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it was written.
    pub at: Moment,
    /// Who or what caused it, as `ingest` or a user's name.
    pub actor: Text,
    /// What it says.
    pub body: Body,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// Something happened to a claim.
    Claim(ClaimRecord),
    /// A file was taken in whole.
    File(FileRecord),
    /// A transaction was taken in whole.
    Transaction(TransactionRecord),
    /// An outgoing file is about to be written: intent.
    Batch(BatchRecord),
    /// That file is in the outbox: outcome.
    BatchWritten {
        /// Its name.
        file: Text,
    },
    /// A remittance that cannot be posted, kept as it came.
    Parked(ParkedRecord),
    /// A parked remittance was dealt with.
    Unparked {
        /// Its key.
        key: Text,
        /// The claim it waited for, or empty.
        claim_id: Text,
        /// How.
        reason: Text,
    },
    /// Somebody changed what decides: a pack was installed, a rule promoted.
    Content(ContentRecord),
    /// Something happened to a claim that a plugin is, or was until now, asked to do something for.
    Acting(Box<ActingRecord>),
    /// Which work items of a claim are laid aside.
    Pended(PendedRecord),
    /// A claim cannot go on by itself.
    Incident(Box<IncidentRecord>),
    /// It can again, or a person has closed it.
    IncidentClosed(Box<IncidentClosedRecord>),
    /// Something came to a claim that has an open incident, and waits.
    Waiting(Box<WaitingRecord>),
    /// The oldest part of the journal goes, with the claims in it.
    Forgotten(Box<ForgottenRecord>),
}

/// A claim's record like any other, which also says whether a plugin has something to do for it from now on. A record of
/// its own kind: the open requests can be told from the journal without looking into any events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActingRecord {
    /// What happened.
    pub claim: ClaimRecord,
    /// Key of the request that is open after it; empty when none is.
    pub open: Text,
}

impl Body {
    /// What happened to a claim, where that is what it says.
    pub fn claim(&self) -> Option<&ClaimRecord> {
        match self {
            Self::Claim(claim) => Some(claim),
            Self::Acting(acting) => Some(&acting.claim),
            _ => None,
        }
    }

    /// The same, taken out.
    pub fn into_claim(self) -> Option<ClaimRecord> {
        match self {
            Self::Claim(claim) => Some(claim),
            Self::Acting(acting) => Some(acting.claim),
            _ => None,
        }
    }
}

/// A change of what decides, other than an edit of a file: by whom is on the record, why is here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentRecord {
    /// What was done, as `rule promoted`, `pack installed`, `generation live`.
    pub action: Text,
    /// To what: a rule id, or a pack.
    pub subject: Text,
    /// How it was before, in a form that going back can use; empty when it was not there.
    pub before: Text,
    /// How it is now, in the same form; empty when it is gone.
    pub after: Text,
    /// The reason given.
    pub reason: Text,
    /// The generation of rules that this led to, or empty when that is not known yet.
    pub generation: Text,
}

/// Events of one claim, with its summary after them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimRecord {
    /// The claim's internal number.
    pub number: u64,
    /// The record of the same claim before this one; zero for the first.
    pub previous: Position,
    /// The claim in short, after the events.
    pub summary: Summary,
    /// The events, encoded by [`encode_events`].
    pub events: Vec<u8>,
}

/// A file that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Hash of its content, in hexadecimal.
    pub sha256: Text,
    /// Name without folders.
    pub name: Text,
    /// Kind, as `837P`.
    pub kind: Text,
}

/// A transaction that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionRecord {
    /// Hash of its content.
    pub key: Text,
    /// Kind, as `835`.
    pub kind: Text,
    /// Control number.
    pub control: Text,
}

/// An outgoing file: what is in it is fixed before it is written, so that writing it again gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRecord {
    /// File name.
    pub file: Text,
    /// Payer.
    pub payer: Text,
    /// Interchange control number.
    pub interchange: u32,
    /// Group control number.
    pub group: u32,
    /// Control number of the first transaction set.
    pub transaction: u32,
    /// How many claims each transaction set holds.
    pub sizes: Vec<u32>,
    /// When it is made: the time in its envelope.
    pub created: Moment,
    /// Claims in file order, with the number each is sent under.
    pub claims: Vec<(u64, Text)>,
}

impl BatchRecord {
    /// The claims of one transaction set by its control number, or all.
    pub fn claims_of(&self, transaction: Option<u32>) -> &[(u64, Text)] {
        let Some(wanted) = transaction else { return &self.claims };
        let mut start = 0_usize;
        for (control, size) in (self.transaction..).zip(&self.sizes) {
            let end = start + *size as usize;
            if control == wanted {
                return self.claims.get(start..end).unwrap_or_default();
            }
            start = end;
        }
        &[]
    }

    /// The control number of the transaction set that holds the claim at a place.
    pub fn transaction_of(&self, place: usize) -> u32 {
        let mut end = 0_usize;
        for (control, size) in (self.transaction..).zip(&self.sizes) {
            end += *size as usize;
            if place < end {
                return control;
            }
        }
        self.transaction
    }
}

/// A remittance (or part of one) that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParkedRecord {
    /// Idempotency key.
    pub key: Text,
    /// Why it waits.
    pub reason: ParkedReason,
    /// Its trace number.
    pub trace: Text,
    /// CLP01 in matching form, when it waits for a claim.
    pub claim_id: Text,
    /// What came: the whole remittance, or one claim payment in it.
    pub remittance: Remittance,
}

/// Why a remittance waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParkedReason {
    /// Its claim is not here yet.
    NoClaim,
    /// It does not balance: nothing of it is posted.
    Unbalanced,
    /// It is cut off or its amounts cannot be read: nothing of it is posted.
    Unreadable,
}

/// Encodes a record.
pub fn encode(record: &Record) -> Result<Vec<u8>, RecordError> {
    let bytes = Vec::with_capacity(512);
    let mut bytes = postcard::to_extend(record, with_format(bytes)).map_err(malformed)?;
    bytes.shrink_to_fit();
    Ok(bytes)
}

fn with_format(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.push(FORMAT);
    bytes
}

/// Decodes a record.
pub fn decode(bytes: &[u8]) -> Result<Record, RecordError> {
    match bytes.split_first() {
        Some((&(OLDEST..=FORMAT), rest)) => postcard::from_bytes(rest).map_err(malformed),
        Some((&newer, _)) if newer > FORMAT => Err(RecordError::Newer(newer)),
        _ => Err(RecordError::Malformed("it has no format".to_owned())),
    }
}

/// Time and claim of a record that cannot be decoded as a whole, where it is one of a claim.
pub(crate) fn claim_of_damaged(bytes: &[u8]) -> Option<(Moment, u64)> {
    let head = |rest| postcard::take_from_bytes::<(Moment, Text, u32, u64)>(rest).ok();
    match bytes.split_first() {
        // The kinds that begin with a claim's number: `Claim` and `Acting`.
        Some((&(OLDEST..=FORMAT), rest)) => head(rest).filter(|((_, _, kind, _), _)| matches!(kind, 0 | 8)),
        _ => None,
    }
    .map(|((at, _, _, number), _)| (at, number))
}

/// Encodes events.
pub fn encode_events(events: &[Event]) -> Result<Vec<u8>, RecordError> {
    postcard::to_extend(events, Vec::with_capacity(1024)).map_err(malformed)
}

/// Decodes events.
pub fn decode_events(bytes: &[u8]) -> Result<Vec<Event>, RecordError> {
    postcard::from_bytes(bytes).map_err(malformed)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` asks for")]
fn malformed(error: postcard::Error) -> RecordError {
    RecordError::Malformed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> BatchRecord {
        BatchRecord {
            file: Text::default(),
            payer: Text::default(),
            interchange: 7,
            group: 7,
            transaction: 41,
            sizes: vec![2, 1],
            created: Moment::default(),
            claims: vec![(1, "A1".into()), (2, "A2".into()), (3, "A3".into())],
        }
    }

    #[test]
    fn a_batch_knows_which_claims_a_transaction_set_holds() {
        let batch = batch();
        let numbers = |transaction| batch.claims_of(transaction).iter().map(|(n, _)| *n).collect::<Vec<_>>();
        assert_eq!(numbers(None), [1, 2, 3]);
        assert_eq!(numbers(Some(41)), [1, 2]);
        assert_eq!(numbers(Some(42)), [3]);
        assert!(numbers(Some(40)).is_empty() && numbers(Some(43)).is_empty());
        assert_eq!([0, 1, 2].map(|place| batch.transaction_of(place)), [41, 41, 42]);
    }

    #[test]
    fn records_come_back_as_they_were_and_newer_ones_are_refused() {
        let record = Record { at: Moment(5), actor: "test".into(), body: Body::Batch(batch()) };
        let mut bytes = encode(&record).unwrap();
        assert_eq!(decode(&bytes), Ok(record));
        bytes[0] = FORMAT + 1;
        assert_eq!(decode(&bytes), Err(RecordError::Newer(FORMAT + 1)));
        assert!(matches!(decode(&[]), Err(RecordError::Malformed(_))));
    }
}
