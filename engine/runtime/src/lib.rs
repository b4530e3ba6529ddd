//! The one loop: load, step, commit, perform effects, timers, recovery. Owns the traits that stores, clocks and
//! outboxes implement.
//!
//! Knows nothing of sled, axum or the command line.

mod acts;
mod books;
mod check;
mod content;
mod counts;
mod engine;
mod error;
mod guard;
mod incident;
mod ingest;
mod keys;
mod load;
mod migrate;
mod outgoing;
mod past;
mod pended;
mod pipeline;
pub mod plugin;
mod port;
mod portion;
mod practice;
mod projection;
mod query;
mod queue;
mod recent;
pub mod record;
mod retain;
mod sendable;
mod standing;
mod stepping;
pub mod store;
mod submit;
mod summary;
mod timers;
mod view;
mod way;
mod work;

pub use acts::Acted;
pub use check::{Difference, Fault, StateReport, check_state};
pub use content::ContentChange;
pub use counts::StateCount;
pub use engine::{Engine, catch_up};
pub use error::{Error, Result};
pub use guard::quiet_panics;
pub use incident::{
    Cause, Closed, IncidentClosedRecord, IncidentFilter, IncidentNote, IncidentNoteKind, IncidentRecord,
    IncidentRow, Place, Retried, RetryOutcome, WaitingInput, WaitingRecord,
};
pub use ingest::{FileFault, FileReport, IngestOptions, IngestReport, Progress};
pub use load::{Chapter, chapters, fold};
pub use migrate::{Batch, Move, MovedClaim};
pub use outgoing::{ToGo, WentOut};
pub use past::{Answer, Fired, History, Look, Past, Period};
pub use pended::PendedRecord;
pub use plugin::{Plugin, Plugins};
pub use port::{Clock, FixedClock, Outbox, SystemClock};
pub use practice::{Practice, Sender};
pub use query::{Board, ClaimFilter, ClaimView, Parked, StageView};
pub use queue::{INCIDENT, QueueRow, UNREADABLE_RECORD, WAITING_PAYMENT};
pub use retain::{ForgottenRecord, KeptBy, Leaving, ROUND, Retained, Why};
pub use standing::{PastClaim, Standing};
pub use summary::{ItemSummary, Summary, sameness};
pub use timers::{Timer, Timetable};
pub use work::PARKED_PREFIX;
