//! Cutting a journal that nobody has open back to an earlier moment, for a restore.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use claimflow_runtime::store::{Position, StoreError};

use super::folder::find;
use super::format::{Mark, SegmentHeader};
use super::mark::MarkFile;
use super::seal::Sealer;
use super::segment::{Cursor, Means, Segment, Segments};
use super::{FOLDER, walk};
use crate::crypt::Keyring;
use crate::disk::{Access, Disk, SystemDisk};
use crate::error::io_error;

/// Cuts the journal of a data folder before the first batch that holds a record for which `beyond` says true; returns
/// where it ends now, or `None` when there was no such record. Batches were written at once, so they are not divided.
///
/// For a folder of one's own, as a restore makes it: a crash on the way leaves it unfinished.
///
/// # Errors
/// [`StoreError::Damaged`], [`StoreError::Io`].
pub fn cut_journal(
    data: &Path,
    keyring: Option<Arc<Keyring>>,
    beyond: &mut dyn FnMut(Position, &[u8]) -> bool,
) -> Result<Option<Position>, StoreError> {
    let folder = data.join(FOLDER);
    let means = Means { keyring, ..Means::default() };
    let mut segments = find(&folder, &SystemDisk, Access::Write, &means)?.segments;
    let Some((place, cursor)) = first_beyond(&segments, beyond)? else { return Ok(None) };
    for later in segments.drain(place + 1..) {
        remove(&later.path)?;
    }
    // INVARIANT: the place is one of the segments, and those behind it are gone.
    let Some(last) = segments.pop() else { return Ok(None) };
    let end = end_at(&folder, &last, cursor, &means)?;
    let mark = MarkFile::open(&folder, &SystemDisk)?;
    mark.note(&Mark { end: end.at, link: end.link });
    mark.sync()?;
    SystemDisk.sync_folder(&folder).map_err(|source| io_error("sync", &folder, source))?;
    Ok(Some(Position(end.at)))
}

/// The segment with the first batch to be left out, and where that batch begins.
fn first_beyond(
    segments: &[Segment],
    beyond: &mut dyn FnMut(Position, &[u8]) -> bool,
) -> Result<Option<(usize, Cursor)>, StoreError> {
    for (place, segment) in segments.iter().enumerate() {
        let mut cursor = segment.first();
        let end = segment.end()?;
        let mut each = |at: Position, record: &[u8]| match beyond(at, record) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let walked = walk::walk(segment, &mut cursor, end, &mut each);
        if walked.map_err(|fault| fault.into_error(segment))?.is_break() {
            return Ok(Some((place, cursor)));
        }
    }
    Ok(None)
}

/// Ends the journal in its last segment at a batch. Returns where the next batch goes.
fn end_at(folder: &Path, last: &Segment, cursor: Cursor, means: &Means) -> Result<Cursor, StoreError> {
    if !last.is_sealed() {
        let cut = last.file().truncate(last.offset(cursor.at)).and_then(|()| last.file().sync());
        cut.map_err(|source| io_error("truncate", &last.path, source))?;
        return Ok(cursor);
    }
    // What is sealed does not grow: another segment follows it, or takes its place when nothing of it is left.
    let empty = cursor == last.first();
    let before = if empty { last.before() } else { cursor };
    if empty {
        remove(&last.path)?;
    } else {
        let none = Arc::new(Segments::new(Vec::new(), 0, Vec::new()));
        Sealer::new(Arc::new(SystemDisk), folder.to_owned(), none, means.clone()).shorten(last, &cursor)?;
    }
    let number = last.number() + usize::from(!empty);
    let header = SegmentHeader { base: before.at, records: before.records, link: before.link };
    Ok(Segment::create(&SystemDisk, (folder, number), header, means, true)?.first())
}

fn remove(path: &Path) -> Result<(), StoreError> {
    SystemDisk.remove(path).map_err(|source| io_error("remove", path, source))
}
