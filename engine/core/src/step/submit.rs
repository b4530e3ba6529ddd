//! How a claim goes out: under which number, as an original or as a replacement.

use crate::state::ClaimState;
use crate::{Change, Claim, ClaimId, Text, field};

/// The longest claim number that comes back from payers unharmed.
const LONGEST: usize = 20;

/// The number the claim goes out under, and the corrections that the way of sending asks for.
///
/// A claim that its payer has decided on goes back as a replacement (frequency 7) with the payer's number of it; one that
/// was refused before adjudication goes back as it was, since no payer's number exists.
pub(super) fn prepare(state: &ClaimState, number: u64) -> (ClaimId, Vec<Change>) {
    let wanted = if state.claim.frequency == "8" {
        None
    } else if !state.replaces.is_empty() {
        Some(("7", state.replaces.as_str()))
    } else {
        replaced_elsewhere(state).then_some(("1", ""))
    };
    let changes = wanted.map_or_else(Vec::new, |(frequency, number)| {
        let mut claim = state.claim.clone();
        let fields = [("frequency", frequency), ("payer_claim_number", number)];
        fields.into_iter().filter_map(|(name, value)| change(&mut claim, name, value)).collect()
    });
    (sent_as(state, number), changes)
}

/// True when the claim carries the number that a payer gave it whose decision no longer counts, as after the claim was
/// found to belong to another payer.
fn replaced_elsewhere(state: &ClaimState) -> bool {
    let number = &state.claim.payer_claim_number;
    state.claim.frequency == "7"
        && !number.is_empty()
        && state.payer_claim_number.is_empty()
        && state.postings.iter().any(|posting| posting.decision.payer_claim_number == *number)
}

fn change(claim: &mut Claim, name: &str, value: &str) -> Option<Change> {
    let differs = field::get(claim, name).is_ok_and(|now| now != value);
    differs.then(|| field::set(claim, name, value).ok()).flatten()
}

/// At most 20 characters, upper case, unique per submission.
fn sent_as(state: &ClaimState, number: u64) -> ClaimId {
    let own = state.claim.id.matching_key();
    let plain = own.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    let base =
        if plain && !own.is_empty() && own.len() <= LONGEST { own } else { Text::from(format!("C{number}")) };
    let attempt = state.submissions.len() + 1;
    if attempt == 1 {
        return ClaimId::as_received(base);
    }
    let suffix = format!("R{attempt}");
    let base = if base.len() + suffix.len() <= LONGEST { base } else { Text::from(format!("C{number}")) };
    ClaimId::as_received(format!("{base}{suffix}"))
}
