//! What the runtime needs of a store: an append-only journal, which is the truth, and a key-value state behind it.
//!
//! The store knows nothing of claims. A record is bytes; what a record means for the state is the runtime's
//! `projection`. Every method says when it fails.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

/// Where a record begins in the journal: a byte offset that only grows. Zero is before the first record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position(pub u64);

/// A change of the state: a key with its new value, or `None` to remove it.
pub type Write = (Vec<u8>, Option<Vec<u8>>);

/// Keys of the state that begin with one of these letters go on with a claim's own number (up to a zero byte, when
/// something follows it), which practices may make of a patient's account: a store that encrypts hides it. Such keys are
/// looked up whole, or by a prefix that ends behind that zero.
pub const HIDDEN_KEYS: &[u8] = b"iau";

/// Why the store could not do it. `Display` is the message a person reads.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the data folder open.
    #[error("the data folder `{path}` is in use by process {process}; stop it, or let it do the work")]
    InUse {
        /// The data folder.
        path: String,
        /// The process that holds it, or 0 when unknown.
        process: u32,
    },
    /// The disk is full or nearly so.
    #[error(
        "no room on the disk for `{path}`: nothing was taken in; free some space and run the same command again"
    )]
    DiskFull {
        /// The file that could not grow.
        path: String,
    },
    /// The disk is so full that nothing more is taken in, while there is room enough for what is there.
    #[error(
        "only {} MB are left on the disk of `{path}`, and {} MB are kept free: nothing was taken in; free some space, or \
         lower `keep-free` in claimflow.yaml",
        .room / 1_000_000, .keep / 1_000_000
    )]
    LowRoom {
        /// The data folder.
        path: String,
        /// Bytes that are left.
        room: u64,
        /// Bytes that are kept free.
        keep: u64,
    },
    /// Data that was written is not what is read.
    #[error("`{path}` is damaged at byte {offset}: {detail}; {mend}")]
    Damaged {
        /// File.
        path: String,
        /// Byte offset in it.
        offset: u64,
        /// What is wrong.
        detail: String,
        /// What to do.
        mend: String,
    },
    /// Written by a newer version.
    #[error(
        "`{path}` was written by a newer claimflow (format {found}, this one reads up to {known}); install that version"
    )]
    Newer {
        /// File.
        path: String,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// Anything the operating system refuses.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// What was tried, as `write`.
        action: &'static str,
        /// File or folder.
        path: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The state's database refuses.
    #[error(
        "the claim state cannot be {action}: {detail}; `claimflow state rebuild` makes it anew from the journal"
    )]
    State {
        /// What was tried, as `read`.
        action: &'static str,
        /// Why.
        detail: String,
        /// True when no sense can be made of its files, as a crash in the middle of making them can leave them.
        damaged: bool,
    },
}

impl StoreError {
    /// True when the disk has no room: nothing is wrong with what is there, and there may be room again later.
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::DiskFull { .. } | Self::LowRoom { .. })
    }
}

/// The result of a full reading of the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct JournalReport {
    /// Records read.
    pub records: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Hash of the last link of the chain, in hexadecimal.
    pub head: String,
    /// Bytes after the last whole batch that a crash left and that were never acknowledged.
    pub torn_tail: u64,
}

/// What sealing closed parts of the journal did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SealReport {
    /// Parts sealed.
    pub segments: u64,
    /// Bytes of their files before.
    pub before: u64,
    /// Bytes of their files now.
    pub after: u64,
}

/// What dropping the journal's oldest part takes away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DropReport {
    /// Closed parts.
    pub segments: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// Every record before this position goes; zero when nothing does.
    pub up_to: Position,
    /// Hash of the chain's last link before it, in hexadecimal; empty when nothing goes.
    pub link: String,
}

/// A journal with its state.
///
/// The promises: when [`append`](Store::append) returns, its records survive a power cut, all or none of the batch;
/// [`apply`](Store::apply) is atomic with the position it names; nothing is acknowledged or sent before its record
/// is appended.
pub trait Store: Send + Sync {
    /// Appends records as one batch: all or none, durable on return. Concurrent calls share one `fdatasync`.
    /// Returns the position of each.
    fn append(&self, records: &[Vec<u8>]) -> Result<Vec<Position>, StoreError>;

    /// The record at a position that `append` or `replay` gave.
    fn read(&self, at: Position) -> Result<Vec<u8>, StoreError>;

    /// Every record whose position is greater than `after`, in order. `each` may stop early.
    fn replay(
        &self,
        after: Position,
        each: &mut dyn FnMut(Position, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// The position up to which (inclusive) the state has been applied.
    fn applied(&self) -> Result<Position, StoreError>;

    /// Changes the state and notes that it now stands at `applied`, in one atomic act. Need not be durable at once:
    /// what is lost is applied again from the journal.
    fn apply(&self, writes: Vec<Write>, applied: Position) -> Result<(), StoreError>;

    /// The value of a key of the state.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The keys that begin with `prefix`, in order, from `from` (a full key) when given. `each` may stop early.
    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// A key as the store keeps it, and as a scan over more than its whole prefix gives it: another one for keys of
    /// [`HIDDEN_KEYS`] in a store that encrypts.
    fn kept_key<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        Cow::Borrowed(key)
    }

    /// Writes the state through to the disk, for a clean stop.
    fn flush(&self) -> Result<(), StoreError>;

    /// Takes nothing more in while the disk has fewer bytes left than this; 0 for as long as it has any. A store that
    /// does not know its disk need not.
    fn keep_free(&self, _bytes: u64) {}

    /// False while nothing is taken in because of that.
    fn has_room(&self) -> bool {
        true
    }

    /// Writes the closed parts of the journal anew, smaller; with `all`, closes the part that grows first. Every record
    /// stays at its position. A store that has no such form need do nothing.
    fn seal(&self, _all: bool) -> Result<SealReport, StoreError> {
        Ok(SealReport::default())
    }

    /// Drops the oldest closed parts of the journal for good, as far as they end at or before a position; `really` false:
    /// only says what would go. The caller has made sure that nothing points there any more. A store that keeps everything
    /// drops nothing.
    fn forget(&self, _up_to: Position, _really: bool) -> Result<DropReport, StoreError> {
        Ok(DropReport::default())
    }

    /// The position at which the journal begins: nothing before it is there any more.
    fn start(&self) -> Position {
        Position::default()
    }

    /// Reads the whole journal and checks every checksum and link.
    fn verify(&self) -> Result<JournalReport, StoreError>;

    /// Empties the state, so that the journal can be applied to it from the beginning.
    fn clear_state(&self) -> Result<(), StoreError>;
}
