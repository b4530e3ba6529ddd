//! Backing a practice up and putting it back: what of its folder belongs to it, and which key opens a backup.

mod content;
mod moment;

pub use content::content;
pub use moment::{After, cut_after};

use std::path::Path;

use claimflow_catalog::KeySource;
use claimflow_store::backup::{BackupError, Repository};
use claimflow_store::crypt::Master;

use crate::exit::{Failure, Result};
use crate::keys::{self, Source};
use crate::practice::Folder;

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Store(error) => error.into(),
            BackupError::Io { action, path, source } => Self::io(action, Path::new(&path), &source),
            // What follows a semicolon is the mend, as in the store's prose.
            other => match other.to_string().split_once("; ") {
                Some((what, mend)) => Self::failed(what).help(mend),
                None => Self::failed(other.to_string()),
            },
        }
    }
}

/// The key that a person named, else that of the environment or of the practice; `None` when there is none.
///
/// # Errors
/// When a key that was named cannot be read.
pub fn key(named: Option<&Path>, practice: Option<&Path>) -> Result<Option<Master>> {
    if let Some(file) = named {
        let path = std::path::absolute(file).map_err(|error| Failure::io("find", file, &error))?;
        let text =
            path.to_str().ok_or_else(|| Failure::usage("the name of the key file must be plain text"))?;
        return Source::Settings(KeySource::File(text.into())).read(Path::new("")).map(Some);
    }
    let root = practice.unwrap_or(Path::new(""));
    let source = match practice {
        Some(root) => keys::source(&Folder::read(root)?)?,
        None => Source::find(None),
    };
    source.map(|source| source.read(root)).transpose()
}

/// Opens a backup with the key that it wants, if any.
///
/// # Errors
/// When it is no backup, or the key is missing or another one.
pub fn open(folder: &Path, named: Option<&Path>, practice: Option<&Path>) -> Result<Repository> {
    let encrypted = Repository::is_encrypted_at(folder)?;
    if !encrypted && named.is_none() {
        return Ok(Repository::open(folder, None)?);
    }
    let key = key(named, practice)?;
    Ok(Repository::open(folder, key.as_ref())?)
}
