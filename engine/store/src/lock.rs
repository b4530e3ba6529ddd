//! One process per data folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::FileExt;
use std::path::Path;

use claimflow_runtime::store::StoreError;

use crate::error::io_error;

const LOCK_FILE: &str = "lock";

/// The exclusive hold on a data folder. The system lets go of it when the process ends, however it ends; the number
/// in the file only tells others whom to ask.
#[derive(Debug)]
pub(crate) struct FolderLock {
    file: File,
}

impl FolderLock {
    /// Takes the lock, or says which process has it.
    pub(crate) fn take(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(LOCK_FILE);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|source| io_error("open", &path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Self::sign(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
                path: folder.display().to_string(),
                process: holder(&file).unwrap_or_default(),
            }),
            Err(TryLockError::Error(source)) => Err(io_error("lock", &path, source)),
        }
    }

    /// A full disk must not keep people from reading, so a missing signature is no error.
    fn sign(file: File) -> Self {
        let line = format!("{}\n", std::process::id());
        if let Err(error) = file.set_len(0).and_then(|()| file.write_all_at(line.as_bytes(), 0)) {
            tracing::warn!(%error, "the lock file does not say which process holds the data folder");
        }
        Self { file }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // An old number must not be shown for the moment between the next holder's lock and its signature.
        if let Err(error) = self.file.set_len(0) {
            tracing::debug!(%error, "the lock file keeps the number of an ended process");
        }
        // Closing alone is not enough: a child of this process has the file open too until it runs its own program.
        if let Err(error) = self.file.unlock() {
            tracing::debug!(%error, "the lock is let go of with the file");
        }
    }
}

fn holder(file: &File) -> Option<u32> {
    let mut text = [0; 16];
    let read = file.read_at(&mut text, 0).ok()?;
    std::str::from_utf8(text.get(..read)?).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).unwrap();
        let Err(StoreError::InUse { process, .. }) = FolderLock::take(folder.path()) else {
            panic!("the folder was locked twice");
        };
        assert_eq!(process, std::process::id());
        drop(first);
        FolderLock::take(folder.path()).unwrap();
    }

    #[test]
    fn a_child_about_to_run_its_program_does_not_keep_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).unwrap();
        let _inherited = first.file.try_clone().unwrap();
        drop(first);
        FolderLock::take(folder.path()).unwrap();
    }

    #[test]
    fn an_unsigned_or_garbled_file_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOCK_FILE);
        let contents = [("", None), ("x", None), ("42\n", Some(42)), ("99999999999999999999", None)];
        for (content, number) in contents {
            std::fs::write(&path, content).unwrap();
            assert_eq!(holder(&File::open(&path).unwrap()), number);
        }
    }
}
