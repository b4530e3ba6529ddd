//! Why a backup cannot be made, read or restored.

use std::io;
use std::path::Path;

use claimflow_runtime::store::StoreError;

use crate::crypt::CryptError;

/// Why a backup cannot be made, read or restored. `Display` is the message a person reads.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The journal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system refuses.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// What was tried, as `write`.
        action: &'static str,
        /// File or folder.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The folder holds something else.
    #[error("`{path}` is no backup: it has no `backup.json`; name the folder that `claimflow backup` wrote")]
    NoBackup {
        /// The folder.
        path: String,
    },
    /// A new backup would be mixed with other files.
    #[error("`{path}` is not empty and holds no backup; name an empty or a new folder")]
    NotEmpty {
        /// The folder.
        path: String,
    },
    /// Made by a newer version.
    #[error(
        "`{path}` was written by a newer claimflow (format {found}, this one reads up to {known}); install that version"
    )]
    Newer {
        /// The file.
        path: String,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// An encrypted backup, and no key.
    #[error("the backup in `{path}` is encrypted; name its key, as `--key-file FILE`")]
    KeyWanted {
        /// The folder.
        path: String,
    },
    /// A plain backup, and a key.
    #[error(
        "the backup in `{path}` is not encrypted, and a key was named; leave the key out, or begin an encrypted backup in \
         another folder"
    )]
    NotEncrypted {
        /// The folder.
        path: String,
    },
    /// Another key.
    #[error("this is not the key of the backup in `{path}`; name the file that the backup was begun with")]
    WrongKey {
        /// The folder.
        path: String,
    },
    /// What was written is not what is read.
    #[error(
        "`{path}` is damaged: {detail}; runs that do not need it can still be restored, `claimflow backup FOLDER --check` lists them"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        detail: String,
    },
    /// No such run.
    #[error("the backup in `{path}` has no run {wanted}; {there}")]
    NoRun {
        /// The folder.
        path: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        there: String,
    },
    /// Another process is writing.
    #[error("another process is writing a backup in `{path}`; wait for it to end")]
    Busy {
        /// The folder.
        path: String,
    },
    /// There is nothing to back up.
    #[error("there is no journal in `{path}`; it begins with the first `claimflow ingest`")]
    NoJournal {
        /// The data folder.
        path: String,
    },
    /// The journal changed its files faster than they could be read.
    #[error("the journal in `{path}` changed its files all the time; run the same command again")]
    Restless {
        /// The data folder.
        path: String,
    },
    /// Sealing.
    #[error(transparent)]
    Crypt(#[from] CryptError),
}

pub(super) fn io_at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    move |source| BackupError::Io { action, path: path.display().to_string(), source }
}

pub(super) fn damaged(path: &Path, detail: impl Into<String>) -> BackupError {
    BackupError::Damaged { path: path.display().to_string(), detail: detail.into() }
}
