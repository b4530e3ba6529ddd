//! Backups: runs that each hold a whole practice at one moment, made while it is at work, and little more than what
//! changed since the run before.
//!
//! ```text
//! backup.json        format, and whether it is encrypted
//! runs/00000001      the list of a run: every file with its pieces, and where the journal ended
//! pieces/ab/ab12...  4 MiB or less of a file, named by its hash: the same piece is there once for all runs
//! ```
//! Pieces and lists are compressed, and encrypted when the backup has a key. With a key names are keyed hashes, so that
//! they tell nothing of what is in the pieces.
//!
//! **Consistent, while the practice is at work**: first the journal's mark of what was acknowledged is read, then the
//! journal up to it, which no longer changes, then everything else. The state is left out: it follows from the journal.
//! Nothing of a run counts before its list is there, which is written last.
//!
//! Must never know: what a record means. A moment within a run is found by the caller, who can read records.

mod error;
mod files;
mod repository;
mod restore;
mod run;
mod take;
#[cfg(test)]
mod tests;
mod vault;

pub use error::BackupError;
pub use repository::{Checked, Repository};
pub use run::{FilePart, JournalPart, Run};
pub use take::{Source, Taken};
