//! The part of the disk that is kept free, so that nothing more is taken in before a full disk hurts.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use claimflow_runtime::store::StoreError;

use crate::disk::Disk;

/// How much is kept free, of which disk.
pub(crate) struct Reserve {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    bytes: AtomicU64,
}

impl Reserve {
    /// Nothing, of the disk that a data folder is on.
    pub(crate) fn new(disk: Arc<dyn Disk>, folder: &Path) -> Self {
        Self { disk, folder: folder.to_owned(), bytes: AtomicU64::new(0) }
    }

    pub(crate) fn set(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    /// An error while the disk has less left. Asked before each batch: it costs about a microsecond, and the sync that
    /// follows a thousand.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let keep = self.bytes.load(Ordering::Relaxed);
        if keep == 0 {
            return Ok(());
        }
        match self.disk.room(&self.folder) {
            Ok(room) if room < keep => {
                Err(StoreError::LowRoom { path: self.folder.display().to_string(), room, keep })
            }
            Ok(_) => Ok(()),
            // A file system that does not tell: the write itself will.
            Err(error) => {
                tracing::debug!(%error, "the room left on the disk is not known");
                Ok(())
            }
        }
    }
}
