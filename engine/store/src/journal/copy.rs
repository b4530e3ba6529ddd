//! What a copy of the journal consists of, while somebody writes it.

use std::path::Path;

use claimflow_runtime::store::StoreError;

use super::FOLDER;
use super::extension::HEAD_2;
use super::folder::PART;
use super::format::{Link, Mark, PLAIN, SEGMENT_HEADER, SegmentHeader, Unreadable};
use super::mark::{self, MarkFile, Marked};
use super::segment::Segment;
use super::{RESTORE, damaged, newer};
use crate::disk::{Access, Disk, SystemDisk};
use crate::error::io_error;

/// The journal up to what was acknowledged.
pub(crate) struct EndFiles {
    /// The position behind the last acknowledged batch.
    pub(crate) end: u64,
    /// That batch's link.
    pub(crate) link: Link,
    /// Names, each with the bytes that belong to it; all of them without.
    pub(crate) files: Vec<(String, Option<u64>)>,
}

/// The files of a data folder's journal that hold everything up to what is acknowledged now; `None` when there is no
/// journal yet. The last of them is open: until it is sealed its bytes up to there stay as they are.
///
/// # Errors
/// [`StoreError::Damaged`] when the mark or a header cannot be read, [`StoreError::Newer`], [`StoreError::Io`].
pub(crate) fn end_files(data: &Path, disk: &dyn Disk) -> Result<Option<EndFiles>, StoreError> {
    let folder = data.join(FOLDER);
    let marked = match mark::read(&folder, disk)? {
        Marked::At(mark) => mark,
        Marked::Nothing => return Ok(None),
        Marked::Damaged => {
            let mend = "the records are not touched by this; starting claimflow once makes the file anew";
            return Err(damaged(&mark::path(&folder), 0, "it does not match its checksum".to_owned(), mend));
        }
    };
    let names = disk.names(&folder).map_err(|source| io_error("read", &folder, source))?;
    let mut segments: Vec<(usize, String, bool)> = Vec::new();
    let mut files = Vec::new();
    for name in names {
        match Segment::number_in(&name) {
            Some((number, sealed)) => segments.push((number, name, sealed)),
            None if name.ends_with(PART) || mark::path(Path::new("")) == Path::new(&name) => {}
            None => files.push((name, None)),
        }
    }
    segments.sort_unstable();
    // Where both forms are there the sealed one is whole: it has its name only then.
    segments.dedup_by(|later, earlier| {
        let both = later.0 == earlier.0;
        if both && later.2 {
            std::mem::swap(later, earlier);
        }
        both
    });
    let last = segments.len();
    let mut open = false;
    for (place, (_, name, sealed)) in segments.into_iter().enumerate() {
        let path = folder.join(&name);
        let Some((base, head)) = start(&path, disk)? else {
            // A last file whose header is being written, or was by somebody who is no more, holds nothing yet.
            if place + 1 == last {
                break;
            }
            return Err(damaged(&path, 0, "its header cannot be recognised".to_owned(), RESTORE));
        };
        if base <= marked.end {
            // A closed segment ends where the next begins; only the last one reaches beyond the mark.
            files.push((name, (!sealed).then(|| (marked.end - base).max(head))));
            open = !sealed;
        }
    }
    let files = EndFiles { end: marked.end, link: marked.link, files };
    if open { Ok(Some(files)) } else { Err(moved_on(&folder)) }
}

/// The segment with the mark was closed and sealed since the mark was read: like a file that is gone, a reason to look again.
fn moved_on(folder: &Path) -> StoreError {
    io_error("read", folder, std::io::ErrorKind::NotFound.into())
}

/// The position at which a file begins, and the bytes of its header; `None` when it has no whole one.
fn start(path: &Path, disk: &dyn Disk) -> Result<Option<(u64, u64)>, StoreError> {
    let file = disk.open(path, Access::Read).map_err(|source| io_error("open", path, source))?;
    let mut bytes = [0; HEAD_2 as usize];
    let read = file.read_at(&mut bytes, 0).map_err(|source| io_error("read", path, source))?;
    match SegmentHeader::decode(bytes.get(..read).unwrap_or_default()) {
        Ok((version, header)) => {
            let head = if version == PLAIN { SEGMENT_HEADER } else { HEAD_2 };
            Ok(Some((header.base, head)))
        }
        Err(Unreadable::Newer(found)) => Err(newer(path, found)),
        Err(Unreadable::Damaged) => Ok(None),
    }
}

/// Writes the mark of a restored journal, durable.
///
/// # Errors
/// [`StoreError::Io`].
pub(crate) fn write_mark(data: &Path, end: u64, link: Link) -> Result<(), StoreError> {
    let folder = data.join(FOLDER);
    let mark = MarkFile::open(&folder, &SystemDisk)?;
    mark.note(&Mark { end, link });
    mark.sync()?;
    SystemDisk.sync_folder(&folder).map_err(|source| io_error("sync", &folder, source))
}
