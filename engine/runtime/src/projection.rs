//! What a record means for the state: a pure function from the record (and the claim's summary before it) to writes.
//!
//! Recovery, rebuild and the running system all go through here, so the state is always what the journal says.

use serde::{Deserialize, Serialize};

use crate::incident::WaitingInput;
use crate::keys;
use crate::record::{Body, ParkedReason, ParkedRecord, Record, RecordError};
use crate::store::{Position, StoreError, Write};
use crate::summary::Summary;

/// Numbers given so far. They are in records too: what is here never changes its shape.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// The last claim number.
    pub claim: u64,
    /// The last interchange control number.
    pub interchange: u32,
    /// The last transaction set control number.
    pub transaction: u32,
}

impl Counters {
    /// As the state has them, read through `get`.
    pub fn read(get: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, StoreError>) -> crate::Result<Self> {
        let mut counters: Self = match get(keys::COUNTERS)? {
            Some(bytes) => read_value(&bytes)?,
            None => Self::default(),
        };
        if let Some(bytes) = get(keys::HIGHEST)? {
            counters.claim = counters.claim.max(read_value(&bytes)?);
        }
        Ok(counters)
    }

    /// At least those: numbers that are given are never given again.
    fn reach(&mut self, least: &Self) {
        self.claim = self.claim.max(least.claim);
        self.interchange = self.interchange.max(least.interchange);
        self.transaction = self.transaction.max(least.transaction);
    }
}

/// What the state keeps of a parked remittance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedEntry {
    /// Its record.
    pub position: Position,
    /// Why it waits.
    pub reason: ParkedReason,
    /// The claim it waits for.
    pub claim_id: claimflow_core::Text,
    /// Its trace number.
    pub trace: claimflow_core::Text,
}

/// The value of a claim's key.
pub fn claim_value(position: Position, summary: &Summary) -> Result<Vec<u8>, RecordError> {
    let mut bytes = Vec::with_capacity(320);
    bytes.extend_from_slice(&position.0.to_be_bytes());
    postcard::to_extend(summary, bytes).map_err(|error| RecordError::Malformed(error.to_string()))
}

/// Reads the value of a claim's key.
pub fn read_claim_value(bytes: &[u8]) -> Result<(Position, Summary), RecordError> {
    let (position, rest) = bytes
        .split_first_chunk::<8>()
        .ok_or_else(|| RecordError::Malformed("a claim's entry is too short".to_owned()))?;
    let summary = postcard::from_bytes(rest).map_err(|error| RecordError::Malformed(error.to_string()))?;
    Ok((Position(u64::from_be_bytes(*position)), summary))
}

/// The writes that a claim's new summary asks for.
pub fn project_claim(
    old: Option<&Summary>,
    new: &Summary,
    position: Position,
    writes: &mut Vec<Write>,
) -> Result<(), RecordError> {
    writes.push((keys::claim(new.number), Some(claim_value(position, new)?)));
    if old.is_none() {
        writes.push((keys::id(&new.id.matching_key()), Some(new.number.to_be_bytes().to_vec())));
    }
    if !new.sent_as.is_empty() && old.is_none_or(|old| old.sent_as != new.sent_as) {
        writes.push((keys::alias(&new.sent_as.matching_key()), Some(new.number.to_be_bytes().to_vec())));
    }
    let before: Vec<Vec<u8>> = old.map(index_keys).unwrap_or_default();
    let after = index_keys(new);
    writes.extend(before.iter().filter(|key| !after.contains(key)).map(|key| (key.clone(), None)));
    writes.extend(after.into_iter().filter(|key| !before.contains(key)).map(|key| (key, Some(Vec::new()))));
    Ok(())
}

/// The write that a claim's request asks for: open, or none any more when its key is empty.
pub fn project_request(number: u64, open: &str) -> Write {
    (keys::open(number), (!open.is_empty()).then(|| open.as_bytes().to_vec()))
}

/// The keys that follow from a summary and go when it changes.
pub(crate) fn index_keys(summary: &Summary) -> Vec<Vec<u8>> {
    let number = summary.number;
    let mut all: Vec<Vec<u8>> =
        summary.items.iter().map(|item| keys::item(&item.owner, number, item.number)).collect();
    if let Some(at) = summary.deadline {
        all.push(keys::timer(at, number));
    }
    if summary.queued {
        all.push(keys::queued(summary.payer.as_str(), number));
    }
    all
}

/// The writes that a record asks for. `old` is the claim's summary before it, for claim records; `counters` are kept
/// up to date and written by the caller.
pub fn project(
    record: &Record,
    position: Position,
    old: Option<&Summary>,
    counters: &mut Counters,
    writes: &mut Vec<Write>,
) -> Result<(), RecordError> {
    match &record.body {
        Body::Claim(claim) => {
            counters.claim = counters.claim.max(claim.number);
            project_claim(old, &claim.summary, position, writes)?;
        }
        Body::Acting(acting) => {
            let claim = &acting.claim;
            counters.claim = counters.claim.max(claim.number);
            project_claim(old, &claim.summary, position, writes)?;
            writes.push(project_request(claim.number, &acting.open));
        }
        Body::File(file) => writes.push((keys::file(&file.sha256), Some(value(file)?))),
        Body::Transaction(transaction) => {
            writes.push((keys::transaction(&transaction.key), Some(Vec::new())));
        }
        Body::Batch(batch) => {
            let sets = u32::try_from(batch.sizes.len()).unwrap_or(u32::MAX);
            let transaction = batch.transaction.saturating_add(sets).saturating_sub(1);
            counters.reach(&Counters { claim: 0, interchange: batch.interchange, transaction });
            writes.push((keys::batch(&batch.file), Some(value(batch)?)));
        }
        Body::BatchWritten { file } => writes.push((keys::batch_done(file), Some(Vec::new()))),
        Body::Parked(parked) => project_parked(parked, position, writes)?,
        Body::Unparked { key, claim_id, .. } => {
            writes.push((keys::parked(key), None));
            writes.push((keys::parked_for(claim_id, key), None));
        }
        Body::Content(_) => writes.push((keys::content(position), Some(Vec::new()))),
        // What goes is found in the state: see `retain::removals`.
        Body::Forgotten(forgotten) => {
            counters.reach(&forgotten.counters);
            writes.push((keys::FORGOTTEN.to_vec(), Some(value(&forgotten.until)?)));
            for (number, last) in &forgotten.also {
                writes.push((keys::forgotten(*number), Some(value(last)?)));
            }
        }
        Body::Pended(_) | Body::Incident(_) | Body::IncidentClosed(_) | Body::Waiting(_) => {
            project_beside(&record.body, position, writes)?;
        }
    }
    Ok(())
}

fn project_parked(
    parked: &ParkedRecord,
    position: Position,
    writes: &mut Vec<Write>,
) -> Result<(), RecordError> {
    let entry = ParkedEntry {
        position,
        reason: parked.reason,
        claim_id: parked.claim_id.clone(),
        trace: parked.trace.clone(),
    };
    writes.push((keys::parked(&parked.key), Some(value(&entry)?)));
    if parked.reason == ParkedReason::NoClaim {
        writes.push((keys::parked_for(&parked.claim_id, &parked.key), Some(Vec::new())));
    }
    Ok(())
}

/// The writes that a record asks for which goes with claims' own: what is laid aside, and incidents; none for others.
pub fn project_beside(body: &Body, position: Position, writes: &mut Vec<Write>) -> Result<(), RecordError> {
    let claim = match body {
        Body::Incident(incident) => {
            writes.push((keys::incident(incident.claim, &incident.key()), Some(value(incident)?)));
            incident.claim
        }
        Body::IncidentClosed(closed) => {
            writes.extend(closed.keys.iter().map(|key| (keys::incident(closed.claim, key), None)));
            let over = closed.taken.iter().chain(&closed.dropped);
            writes.extend(over.map(|at| (keys::waiting(closed.claim, *at), None)));
            closed.claim
        }
        Body::Pended(pended) => {
            let items = if pended.items.is_empty() { None } else { Some(value(&pended.items)?) };
            writes.push((keys::pended(pended.number), items));
            return Ok(());
        }
        Body::Waiting(waiting) => {
            let new_fact = u8::from(waiting.input == WaitingInput::NewFact);
            writes.push((keys::waiting(waiting.claim, position), Some(vec![new_fact])));
            waiting.claim
        }
        _ => return Ok(()),
    };
    writes.push((keys::incident_history(claim, position), Some(Vec::new())));
    Ok(())
}

/// A value in the state's form.
pub fn value(of: &impl Serialize) -> Result<Vec<u8>, RecordError> {
    postcard::to_allocvec(of).map_err(|error| RecordError::Malformed(error.to_string()))
}

/// Reads a value in the state's form.
pub fn read_value<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, RecordError> {
    postcard::from_bytes(bytes).map_err(|error| RecordError::Malformed(error.to_string()))
}
