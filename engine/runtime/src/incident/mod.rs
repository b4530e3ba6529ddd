//! Incidents: claims that cannot go on by themselves, with the cause, what waits for them, and how they go on again.
//!
//! A claim with an open incident is in quarantine: nothing automatic touches it. What comes to it meanwhile is written to
//! the journal and waits, in order. A person may still act on it; that is how most incidents are mended.

mod book;
mod cause;
mod open;
mod query;
mod record;
mod retry;

pub(crate) use book::{Incidents, Open};
pub use cause::Cause;
pub(crate) use open::{Trouble, action_trouble, opened, overtaken, persists, place, rule_troubles};
pub use query::{IncidentFilter, IncidentNote, IncidentNoteKind, IncidentRow};
pub use record::{Closed, IncidentClosedRecord, IncidentRecord, Place, WaitingInput, WaitingRecord};
pub use retry::{Retried, RetryOutcome};
