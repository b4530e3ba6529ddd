//! How a claim goes out: under which number, as an original or as a replacement.

use crate::state::ClaimState;
use crate::{Change, ClaimId, Text, field};

/// The longest claim number that comes back from payers unharmed.
const LONGEST: usize = 20;

/// The number the claim goes out under, and the corrections that the way of sending asks for.
///
/// A claim that a payer has decided on goes back as a replacement (frequency 7) with the payer's number of it; one that
/// was refused before adjudication goes back as it was, since no payer's number exists.
pub(super) fn prepare(state: &ClaimState, number: u64) -> (ClaimId, Vec<Change>) {
    let mut changes = Vec::new();
    if state.decision().is_some() && !state.payer_claim_number.is_empty() && state.claim.frequency != "8" {
        let mut claim = state.claim.clone();
        let wanted = [("frequency", "7"), ("payer_claim_number", state.payer_claim_number.as_str())];
        for (name, value) in wanted {
            if field::get(&claim, name).is_ok_and(|now| now != value) {
                changes.extend(field::set(&mut claim, name, value));
            }
        }
    }
    (sent_as(state, number), changes)
}

/// At most 20 characters, upper case, unique per submission.
fn sent_as(state: &ClaimState, number: u64) -> ClaimId {
    let own = state.claim.id.matching_key();
    let plain = own.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    let base = if plain && own.len() <= LONGEST { own } else { Text::from(format!("C{number}")) };
    let attempt = state.submissions.len() + 1;
    if attempt == 1 {
        return ClaimId::as_received(base);
    }
    let suffix = format!("R{attempt}");
    let base = if base.len() + suffix.len() <= LONGEST { base } else { Text::from(format!("C{number}")) };
    ClaimId::as_received(format!("{base}{suffix}"))
}
