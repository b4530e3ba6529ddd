//! Why the runtime cannot do something.

use claimflow_core::Text;
use claimflow_core::step::StepError;

use crate::record::RecordError;
use crate::store::{Position, StoreError};

/// Why the runtime cannot do something. `Display` is the message a person reads.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record of the journal.
    #[error("{0}; run `claimflow journal verify`")]
    Record(#[from] RecordError),
    /// A step that does not fit the claim.
    #[error(transparent)]
    Step(#[from] StepError),
    /// No such claim.
    #[error("there is no claim `{0}`; `claimflow claims --all` lists them")]
    NoClaim(Text),
    /// The claim runs on a workflow that is not loaded.
    #[error(
        "claim `{id}` runs on workflow `{workflow}` version {version}, which is not in `workflows/`; put that version back"
    )]
    NoWorkflow {
        /// Claim.
        id: Text,
        /// Workflow.
        workflow: Text,
        /// Version.
        version: u32,
    },
    /// The practice has no workflow for new claims.
    #[error("there is no workflow `{0}`; check `workflow` in claimflow.yaml and the folder `workflows/`")]
    NoNewWorkflow(Text),
    /// No such move of claims.
    #[error("there is no move `{0}`; `claimflow workflow list` lists them")]
    NoBatch(Text),
    /// An outgoing file cannot be written.
    #[error(
        "cannot write `{file}` to the outbox: {source}; its claims stay queued and go out with the next run"
    )]
    Outbox {
        /// File name.
        file: Text,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A claim cannot be expressed as 837P.
    #[error("claim `{id}` cannot be written as 837P: {detail}")]
    Write {
        /// Claim.
        id: Text,
        /// Field and reason.
        detail: String,
    },
    /// An outgoing file cannot be made.
    #[error("file `{file}` cannot be made: {detail}; its claims stay queued until that is mended")]
    File {
        /// Its name.
        file: Text,
        /// Why.
        detail: String,
    },
    /// A fault of the program in the step of one claim.
    #[error(
        "{0}; nothing of it was kept, and the claim is an incident: `claimflow claims --incident` lists it"
    )]
    Stopped(Text),
    /// A claim has come in and could not begin.
    #[error("claim `{0}` has not begun, since its first step failed; `claimflow retry {0}` begins it")]
    NotBegun(Text),
    /// A claim without an incident cannot be retried.
    #[error("claim `{0}` has no open incident; `claimflow claims --incident` lists those that have one")]
    NoIncident(Text),
    /// The journal lacks its beginning, and no record says that it was dropped.
    #[error(
        "the journal begins at position {}, and nothing in it says that what came before was dropped on purpose: it is \
         missing; restore the practice from a backup with `claimflow restore`", .start.0
    )]
    BeginningMissing {
        /// Where it begins.
        start: Position,
    },
    /// A worker thread ended by itself.
    #[error("a worker stopped unexpectedly; run the same command again, what was taken in is safe")]
    Worker,
}

impl Error {
    /// True when the disk has no room: nothing was taken in, and there may be room again later.
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_full())
    }
}

/// What the runtime answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;
