//! The file that remembers up to where records were acknowledged.

use std::path::{Path, PathBuf};

use claimflow_runtime::store::StoreError;

use super::format::{MARK, Mark, Unreadable};
use super::newer;
use crate::disk::{Access, Disk, DiskFile};
use crate::error::io_error;

const MARK_FILE: &str = "acknowledged";

/// What the mark file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marked {
    /// Records up to here were acknowledged.
    At(Mark),
    /// There is no mark.
    Nothing,
    /// There is one, but it is not what was written.
    Damaged,
}

impl Marked {
    /// The position up to which records were certainly acknowledged.
    pub(crate) fn end(&self) -> u64 {
        match self {
            Self::At(mark) => mark.end,
            Self::Nothing | Self::Damaged => 0,
        }
    }
}

/// Reads the mark of a journal's folder.
pub(crate) fn read(folder: &Path, disk: &dyn Disk) -> Result<Marked, StoreError> {
    let path = path(folder);
    let file = match disk.open(&path, Access::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Marked::Nothing),
        Err(source) => return Err(io_error("open", &path, source)),
    };
    let mut bytes = [0; MARK];
    let read = file.read_at(&mut bytes, 0).map_err(|source| io_error("read", &path, source))?;
    match Mark::decode(bytes.get(..read).unwrap_or_default()) {
        Ok(mark) => Ok(Marked::At(mark)),
        // A crash just after the file was made leaves it empty.
        Err(Unreadable::Damaged) if read == 0 => Ok(Marked::Nothing),
        Err(Unreadable::Damaged) => Ok(Marked::Damaged),
        Err(Unreadable::Newer(found)) => Err(newer(&path, found)),
    }
}

/// Where the mark of a journal's folder is.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join(MARK_FILE)
}

/// The open mark file.
pub(crate) struct MarkFile {
    path: PathBuf,
    file: Box<dyn DiskFile>,
}

impl MarkFile {
    pub(crate) fn open(folder: &Path, disk: &dyn Disk) -> Result<Self, StoreError> {
        let path = path(folder);
        let file = disk.open(&path, Access::Write).map_err(|source| io_error("open", &path, source))?;
        Ok(Self { path, file })
    }

    /// Notes what was acknowledged, without waiting for the disk. A mark that lags is harmless: it only proves less.
    pub(crate) fn note(&self, mark: &Mark) {
        if let Err(error) = self.file.write_at(&mark.encode(), 0) {
            tracing::warn!(%error, "the journal's `{MARK_FILE}` mark lags behind");
        }
    }

    /// Waits until the mark is on the disk.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync().map_err(|source| io_error("sync", &self.path, source))
    }
}
