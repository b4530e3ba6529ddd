//! What a run of a backup lists.

use serde::{Deserialize, Serialize};

/// The newest format of lists that this program reads, and the one it writes.
pub(super) const FORMAT: u32 = 1;

/// One run of a backup: the practice at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Format of the list.
    pub format: u32,
    /// Counted from 1.
    pub number: u32,
    /// When it was made, ISO 8601 in UTC.
    pub at: String,
    /// Version of claimflow that made it.
    pub program: String,
    /// Hash of the list of the run before, or empty for the first.
    pub before: String,
    /// The journal.
    pub journal: JournalPart,
    /// Everything else, by path within the practice folder.
    pub files: Vec<FilePart>,
}

impl Run {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.all().map(|file| file.bytes).sum()
    }

    /// The journal's files and the others.
    pub fn all(&self) -> impl Iterator<Item = &FilePart> {
        self.journal.files.iter().chain(&self.files)
    }
}

/// The journal up to a batch that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPart {
    /// Position behind that batch.
    pub end: u64,
    /// Its link of the hash chain, in hexadecimal.
    pub link: String,
    /// Its files, by path within the practice folder.
    pub files: Vec<FilePart>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePart {
    /// Path within the practice folder, with `/`.
    pub path: String,
    /// Bytes.
    pub bytes: u64,
    /// When it was last changed, in nanoseconds since 1970: one that is as it was is not read again.
    pub modified: u64,
    /// Permission bits.
    pub mode: u32,
    /// Its pieces in order, by their names.
    pub pieces: Vec<String>,
}
