//! How the state's keys look. One tree, a letter in front; numbers big-endian, so that order is the order wanted.
//!
//! | key | value |
//! |---|---|
//! | `c` number | journal position of the claim's last record, then its summary |
//! | `i` claim number (CLM01 in matching form) | number |
//! | `a` another number it was sent under, in matching form | number |
//! | `t` deadline, number | - |
//! | `w` owner, 0, number, item | - |
//! | `q` payer, 0, number | - |
//! | `f` content hash | file record |
//! | `x` transaction hash | - |
//! | `b` file name | outgoing batch |
//! | `d` file name | - : that batch is in the outbox and its claims know it |
//! | `p` key | journal position of a parked remittance, reason, claim id |
//! | `u` claim number (CLP01 in matching form), 0, key | - : a parked payment by the claim it waits for |
//! | `o` number | key of the request that a plugin has not answered yet |
//! | `v` | - : claims are counted |
//! | `v` workflow, 0, version, its content hash, 0, 1 for an end, state | how many claims are there |
//! | `h` journal position | - : a change of what decides, as a pack installed or a rule promoted |
//! | `z` number | work items that are laid aside, and until when |
//! | `ji` claim number, cause | an open incident |
//! | `jw` claim number, journal position | 1 for a new fact, else 0 : an input that waits for the end of the quarantine |
//! | `jh` claim number, journal position | - : a record of the claim's incidents |
//! | `g` | the position before which the journal was dropped |
//! | `l` number | journal position of the last record that is left of a claim that is gone |
//! | `r` | hash of the registers that waiting claims were last looked at with |
//! | `m` | the highest claim number |
//! | `n` | the last control numbers given, and the highest claim number when they were |

use claimflow_core::workflow::WorkflowRef;
use claimflow_core::{Moment, Text};

use crate::store::Position;

/// Key of a claim.
pub fn claim(number: u64) -> Vec<u8> {
    with(b'c', &number.to_be_bytes())
}

/// Key of a claim's own number.
pub fn id(matching: &str) -> Vec<u8> {
    with(b'i', matching.as_bytes())
}

/// Key of another number that a claim was sent under. Apart from the claims' own numbers, since `AB-1` sent twice is
/// `AB-1R2`, which another claim may be called.
pub fn alias(matching: &str) -> Vec<u8> {
    with(b'a', matching.as_bytes())
}

/// Prefix of the timers.
pub const TIMERS: &[u8] = b"t";

/// Key of a timer.
pub fn timer(at: Moment, number: u64) -> Vec<u8> {
    let mut key = with(b't', &at.0.to_be_bytes());
    key.extend_from_slice(&number.to_be_bytes());
    key
}

/// Key of a work item.
pub fn item(owner: &str, number: u64, item: u16) -> Vec<u8> {
    let mut key = named(b'w', owner, number);
    key.extend_from_slice(&item.to_be_bytes());
    key
}

/// Key of a claim that waits for the next file to its payer.
pub fn queued(payer: &str, number: u64) -> Vec<u8> {
    named(b'q', payer, number)
}

/// Key of a file.
pub fn file(hash: &str) -> Vec<u8> {
    with(b'f', hash.as_bytes())
}

/// Key of a transaction.
pub fn transaction(hash: &str) -> Vec<u8> {
    with(b'x', hash.as_bytes())
}

/// Key of an outgoing batch.
pub fn batch(file: &str) -> Vec<u8> {
    with(b'b', file.as_bytes())
}

/// Key that marks an outgoing batch as done.
pub fn batch_done(file: &str) -> Vec<u8> {
    with(b'd', file.as_bytes())
}

/// Key of a parked remittance.
pub fn parked(key: &str) -> Vec<u8> {
    with(b'p', key.as_bytes())
}

/// Key of a parked payment by the claim it waits for.
pub fn parked_for(claim_id: &str, key: &str) -> Vec<u8> {
    let mut bytes = parked_for_prefix(claim_id);
    bytes.extend_from_slice(key.as_bytes());
    bytes
}

/// Prefix of the parked payments that wait for a claim.
pub fn parked_for_prefix(claim_id: &str) -> Vec<u8> {
    let mut bytes = with(b'u', claim_id.as_bytes());
    bytes.push(0);
    bytes
}

/// Prefix of the requests that a plugin has not answered yet.
pub const OPEN: &[u8] = b"o";

/// Key of a claim's open request.
pub fn open(number: u64) -> Vec<u8> {
    with(b'o', &number.to_be_bytes())
}

/// Key of a change of what decides.
pub fn content(position: Position) -> Vec<u8> {
    with(b'h', &position.0.to_be_bytes())
}

/// Prefix of the claims with work items that are laid aside.
pub const PENDED: &[u8] = b"z";

/// Key of a claim's work items that are laid aside.
pub fn pended(number: u64) -> Vec<u8> {
    with(b'z', &number.to_be_bytes())
}

/// Prefix of open incidents.
pub const INCIDENTS: &[u8] = b"ji";

/// Prefix of inputs that wait.
pub const WAITING: &[u8] = b"jw";

/// Key of an open incident.
pub fn incident(number: u64, key: &str) -> Vec<u8> {
    let mut bytes = with_number(INCIDENTS, number);
    bytes.extend_from_slice(key.as_bytes());
    bytes
}

/// Key of an input that waits.
pub fn waiting(number: u64, position: Position) -> Vec<u8> {
    let mut bytes = with_number(WAITING, number);
    bytes.extend_from_slice(&position.0.to_be_bytes());
    bytes
}

/// Claim number and journal position of a `jw` key.
pub fn parse_waiting(key: &[u8]) -> Option<(u64, Position)> {
    let (number, position) = key.strip_prefix(WAITING)?.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*number), Position(u64::from_be_bytes(position.try_into().ok()?))))
}

/// Key of a record of a claim's incidents.
pub fn incident_history(number: u64, position: Position) -> Vec<u8> {
    let mut bytes = incident_history_prefix(number);
    bytes.extend_from_slice(&position.0.to_be_bytes());
    bytes
}

/// The claim of a `ji`, `jw` or `jh` key.
pub fn claim_of_incident(key: &[u8]) -> Option<u64> {
    let (number, _) = key.strip_prefix(b"j")?.get(1..)?.split_first_chunk::<8>()?;
    Some(u64::from_be_bytes(*number))
}

/// Prefix of the records of claims' incidents.
pub const INCIDENT_HISTORIES: &[u8] = b"jh";

/// Prefix of the records of a claim's incidents.
pub fn incident_history_prefix(number: u64) -> Vec<u8> {
    with_number(INCIDENT_HISTORIES, number)
}

/// A prefix with a claim number behind it.
pub fn with_number(prefix: &[u8], number: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(prefix.len() + 16);
    bytes.extend_from_slice(prefix);
    bytes.extend_from_slice(&number.to_be_bytes());
    bytes
}

/// Prefix of the counts of claims by workflow and state; as a key, it says that they are kept.
pub const COUNTS: &[u8] = b"v";

/// Key of the count of claims in a state of a workflow.
pub fn count(workflow: &WorkflowRef, is_final: bool, state: &str) -> Vec<u8> {
    let WorkflowRef { name, version, hash } = workflow;
    let mut key = Vec::with_capacity(name.len() + hash.len() + state.len() + 8);
    key.extend_from_slice(COUNTS);
    key.extend_from_slice(name.as_bytes());
    key.push(0);
    key.extend_from_slice(&version.to_be_bytes());
    key.extend_from_slice(hash.as_bytes());
    key.extend_from_slice(&[0, u8::from(is_final)]);
    key.extend_from_slice(state.as_bytes());
    key
}

/// Workflow, whether the state is an end, and state of a `v` key; `None` for what is none.
pub fn parse_count(key: &[u8]) -> Option<(WorkflowRef, bool, Text)> {
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(Text::from);
    let rest = key.strip_prefix(COUNTS)?;
    let (name, rest) = rest.split_at_checked(rest.iter().position(|byte| *byte == 0)?)?;
    let (version, rest) = rest.strip_prefix(b"\0")?.split_first_chunk::<4>()?;
    let (hash, rest) = rest.split_at_checked(rest.iter().position(|byte| *byte == 0)?)?;
    let (is_final, state) = rest.strip_prefix(b"\0")?.split_first()?;
    let workflow =
        WorkflowRef { name: text(name)?, version: u32::from_be_bytes(*version), hash: text(hash)? };
    Some((workflow, *is_final == 1, text(state)?))
}

/// Key of the position before which the journal was dropped.
pub const FORGOTTEN: &[u8] = b"g";

/// Prefix of the claims that are gone and of which records are left.
pub const LEFT: &[u8] = b"l";

/// Key of a claim that is gone and of which records are left.
pub fn forgotten(number: u64) -> Vec<u8> {
    with(b'l', &number.to_be_bytes())
}

/// Prefix of the changes of what decides.
pub const CONTENT: &[u8] = b"h";

/// Key of the counters.
pub const COUNTERS: &[u8] = b"n";

/// Key of the highest claim number.
pub const HIGHEST: &[u8] = b"m";

/// Key of the registers' hash.
pub const REGISTERS: &[u8] = b"r";

/// The moment of a `t` key.
pub fn moment_of(key: &[u8]) -> Option<Moment> {
    let (bytes, _) = key.strip_prefix(b"t")?.split_first_chunk::<8>()?;
    Some(Moment(i64::from_be_bytes(*bytes)))
}

/// The claim number at the end of a `c`, `t`, `q`, `o` or `z` key.
pub fn number_at_end(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// The claim whose summary a write follows from; `None` for what stands by itself.
///
/// Such writes go to the state together, since what a summary asks for is counted from the one before it. A claim that
/// goes for good stands by itself: until its own key goes, all else of it can be found once more.
pub fn claim_of(key: &[u8], value: Option<&[u8]>) -> Option<u64> {
    match key.first()? {
        b'c' if value.is_none() => None,
        b'c' | b't' | b'q' | b'o' | b'z' => number_at_end(key),
        b'w' => parse_item(key).map(|(_, number, _)| number),
        b'i' | b'a' => value.and_then(number_at_end),
        _ => None,
    }
}

/// Owner, claim number and item of a `w` key.
pub fn parse_item(key: &[u8]) -> Option<(&str, u64, u16)> {
    let (rest, item) = key.split_last_chunk::<2>()?;
    let (rest, number) = rest.split_last_chunk::<8>()?;
    let owner = rest.strip_prefix(b"w")?.strip_suffix(b"\0")?;
    Some((std::str::from_utf8(owner).ok()?, u64::from_be_bytes(*number), u16::from_be_bytes(*item)))
}

fn with(letter: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(rest.len() + 1);
    key.push(letter);
    key.extend_from_slice(rest);
    key
}

fn named(letter: u8, name: &str, number: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(name.len() + 12);
    key.push(letter);
    key.extend_from_slice(name.as_bytes());
    key.push(0);
    key.extend_from_slice(&number.to_be_bytes());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_say_what_they_were_made_of() {
        assert_eq!(parse_item(&item("billing", 7, 2)), Some(("billing", 7, 2)));
        assert_eq!(parse_item(b"w"), None);
        let workflow = WorkflowRef { name: "appeal".into(), version: 256, hash: "c0ffee".into() };
        let counted = parse_count(&count(&workflow, true, "appeal/waiting"));
        assert_eq!(counted, Some((workflow, true, "appeal/waiting".into())));
        assert_eq!((parse_count(COUNTS), parse_count(b"vab")), (None, None));
        let all = [claim(7), timer(Moment(5), 7), queued("SAMPL1", 7), open(7)];
        assert!(all.iter().all(|key| number_at_end(key) == Some(7)));
        assert_ne!(id("A1R2"), alias("A1R2"));
        assert_eq!(parse_waiting(&waiting(7, Position(9))), Some((7, Position(9))));
        assert_eq!(parse_waiting(b"jw"), None);
        let of = [incident(7, "k"), waiting(7, Position(9)), incident_history(7, Position(9))];
        assert!(of.iter().all(|key| claim_of_incident(key) == Some(7)));
        let number = 7_u64.to_be_bytes();
        assert!(all.iter().all(|key| claim_of(key, Some(&number)) == Some(7)));
        assert_eq!([claim(7), timer(Moment(5), 7)].map(|key| claim_of(&key, None)), [None, Some(7)]);
        assert_eq!(claim_of(&item("billing", 7, 2), None), Some(7));
        assert_eq!([id("A1"), alias("A1")].map(|key| claim_of(&key, Some(&number))), [Some(7); 2]);
        assert_eq!(claim_of(&file("7"), Some(&number)), None);
    }

    #[test]
    fn what_names_a_claim_by_its_own_number_is_hidden() {
        for key in [id("A1"), alias("A1"), parked_for_prefix("A1"), parked_for("A1", "k")] {
            assert!(crate::store::HIDDEN_KEYS.contains(key.first().unwrap()));
            assert!(key.get(1..).unwrap().starts_with(b"A1"));
        }
    }

    #[test]
    fn the_order_of_keys_is_the_order_wanted() {
        assert!(claim(255) < claim(256));
        assert!(timer(Moment(5), 900) < timer(Moment(6), 1));
        assert!(parked_for("A1", "k").starts_with(&parked_for_prefix("A1")));
        assert!(!parked_for("A11", "k").starts_with(&parked_for_prefix("A1")));
    }
}
