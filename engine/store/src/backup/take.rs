//! Making a run.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::error::{BackupError, io_at};
use super::files::Gathered;
use super::repository::Repository;
use super::run::{FORMAT, FilePart, JournalPart, Run};
use crate::disk::SystemDisk;
use crate::journal::{FOLDER, end_files};
use claimflow_runtime::store::StoreError;

/// How often the journal's files are looked up again when one of them changed its form meanwhile.
const TRIES: usize = 20;

/// What is backed up.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The practice folder.
    pub root: &'a Path,
    /// The data folder within it, as `data`.
    pub data: &'a Path,
    /// Every other file, by path within the practice folder. One that is gone when it is read is left out.
    pub files: &'a [PathBuf],
    /// The moment, ISO 8601 in UTC.
    pub at: &'a str,
    /// Version of claimflow.
    pub program: &'a str,
}

/// What a run took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The run.
    pub run: Run,
    /// Bytes that the backup has grown by.
    pub stored: u64,
}

impl Repository {
    /// Backs up a practice, which may be at work meanwhile: no lock is taken, and nothing of it is changed.
    ///
    /// # Errors
    /// [`BackupError::NoJournal`], [`BackupError::Busy`], [`BackupError::Store`], [`BackupError::Io`]; then the runs
    /// before are as they were.
    pub fn take(&self, source: &Source<'_>) -> Result<Taken, BackupError> {
        let _alone = self.alone()?;
        let before = self.numbers()?.last().map(|last| self.run(*last)).transpose()?;
        let earlier = by_path(before.as_ref());
        let (journal, mut stored) = self.take_journal(source, &earlier)?;
        let mut gathered = Gathered::default();
        for path in source.files {
            let shown = path.to_string_lossy();
            let earlier = earlier.get(shown.as_ref()).copied();
            match gathered.take(self, (source.root, path), None, earlier) {
                Ok(taken) => taken?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(io_at("read", &source.root.join(path))(error)),
            }
        }
        stored += gathered.stored;
        let run = Run {
            format: FORMAT,
            number: before.as_ref().map_or(1, |run| run.number + 1),
            at: source.at.to_owned(),
            program: source.program.to_owned(),
            before: before.as_ref().map(|run| self.hash(run)).transpose()?.unwrap_or_default(),
            journal,
            files: gathered.files,
        };
        self.list(&run)?;
        Ok(Taken { run, stored })
    }

    /// One run at a time: two would write lists of one number.
    fn alone(&self) -> Result<File, BackupError> {
        let path = self.folder.join("lock");
        let file = File::create(&path).map_err(io_at("create", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => {
                Err(BackupError::Busy { path: self.folder.display().to_string() })
            }
            Err(std::fs::TryLockError::Error(error)) => Err(io_at("lock", &path)(error)),
        }
    }

    fn hash(&self, run: &Run) -> Result<String, BackupError> {
        let list = super::repository::json(&self.folder, run)?;
        Ok(blake3::hash(&list).to_hex().to_string())
    }

    fn take_journal(
        &self,
        source: &Source<'_>,
        earlier: &Earlier<'_>,
    ) -> Result<(JournalPart, u64), BackupError> {
        let data = source.root.join(source.data);
        let mut stored = 0;
        if !data.join(FOLDER).is_dir() {
            return Err(BackupError::NoJournal { path: data.display().to_string() });
        }
        for _try in 0..TRIES {
            let files = match end_files(&data, &SystemDisk) {
                Ok(Some(files)) => files,
                Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => continue,
                Ok(None) => return Err(BackupError::NoJournal { path: data.display().to_string() }),
                Err(error) => return Err(error.into()),
            };
            let mut gathered = Gathered::default();
            let mut changed = false;
            for (name, limit) in &files.files {
                let path = source.data.join(FOLDER).join(name);
                let earlier = earlier.get(path.to_string_lossy().as_ref()).copied();
                match gathered.take(self, (source.root, &path), *limit, earlier) {
                    Ok(taken) => taken?,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => changed = true,
                    Err(error) => return Err(io_at("read", &source.root.join(path))(error)),
                }
            }
            stored += gathered.stored;
            if !changed {
                let link = blake3::Hash::from_bytes(files.link).to_hex().to_string();
                return Ok((JournalPart { end: files.end, link, files: gathered.files }, stored));
            }
        }
        Err(BackupError::Restless { path: data.display().to_string() })
    }
}

/// The files of the run before, by path.
type Earlier<'r> = HashMap<&'r str, &'r FilePart>;

fn by_path(before: Option<&Run>) -> Earlier<'_> {
    before.into_iter().flat_map(Run::all).map(|file| (file.path.as_str(), file)).collect()
}
