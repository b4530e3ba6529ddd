//! Opening and checking a journal's folder: what a crash left unfinished is told from what is damaged.

use std::path::Path;

use claimflow_runtime::store::{JournalReport, StoreError};

use super::folder::{Found, find};
use super::format::{Mark, SegmentHeader};
use super::mark::{self, MarkFile, Marked};
use super::segment::{Cursor, Means, Segment, note_landmark};
use super::walk::{self, Fault};
use super::{JournalOptions, RESTORE, Verification, damaged};
use crate::disk::{Access, Disk};
use crate::error::io_error;

/// A journal whose end is known to be whole.
pub(crate) struct Opened {
    pub(crate) segments: Vec<Segment>,
    pub(crate) end: Cursor,
    pub(crate) landmarks: Vec<Cursor>,
    pub(crate) mark: MarkFile,
}

/// Opens the journal in `folder`: cuts off an unfinished end, refuses a damaged one.
pub(crate) fn open(
    folder: &Path,
    options: &JournalOptions,
    disk: &dyn Disk,
    means: &Means,
) -> Result<Opened, StoreError> {
    disk.create_folder(folder).map_err(|source| io_error("create", folder, source))?;
    if options.fsync {
        let parent = folder.parent().unwrap_or(folder);
        disk.sync_folder(parent).map_err(|source| io_error("sync", parent, source))?;
    }
    let mut found = find(folder, disk, Access::Write, means)?;
    if matches!(found.marked, Marked::Damaged) {
        tracing::warn!("the journal's mark of what was acknowledged is unreadable and is made anew");
    }
    let (end, landmarks) = match found.segments.last() {
        Some(last) if last.is_sealed() => (closed_end(last)?, Vec::new()),
        Some(last) => settle_end(last, &found, options.fsync)?,
        None => (found.start.cursor, Vec::new()),
    };
    clear_leftovers(&found, folder, disk)?;
    let end = if found.segments.is_empty() || found.unfinished.is_some() {
        let header = SegmentHeader { base: end.at, records: end.records, link: end.link };
        let place = (folder, found.next_number());
        let next = Segment::create(disk, place, header, means, options.fsync)?;
        let end = next.first();
        found.segments.push(next);
        end
    } else {
        end
    };
    let mark = MarkFile::open(folder, disk)?;
    mark.note(&Mark { end: end.at, link: end.link });
    Ok(Opened { segments: found.segments, end, landmarks, mark })
}

/// Checks every byte of the journal in `folder` and changes nothing.
pub(crate) fn verify(folder: &Path, disk: &dyn Disk, means: &Means) -> Result<JournalReport, StoreError> {
    let found = find(folder, disk, Access::Read, means)?;
    if matches!(found.marked, Marked::Damaged) {
        let detail = "it does not match its checksum".to_owned();
        let mend = "the records are not touched by this; starting claimflow once makes the file anew";
        return Err(damaged(&mark::path(folder), 0, detail, mend));
    }
    let mut verification = Verification::from(found.start.cursor);
    let mut torn = found.unfinished.unwrap_or_default();
    let count = found.segments.len();
    for (number, segment) in found.segments.iter().enumerate() {
        let end = segment.end()?;
        if number + 1 < count || found.unfinished.is_some() {
            verification.segment(segment, end)?;
        } else {
            torn += verification.last_segment(segment, end, &found.marked)?;
        }
    }
    Ok(verification.finish(torn))
}

impl Verification {
    /// Walks the last segment; returns the bytes of an end that a crash left unfinished.
    fn last_segment(&mut self, segment: &Segment, end: u64, marked: &Marked) -> Result<u64, StoreError> {
        segment.continues(&self.reached)?;
        let mut cursor = segment.first();
        if let Err(fault) = walk::check(segment, &mut cursor, end) {
            check_torn(segment, &cursor, end, marked, fault)?;
        }
        check_mark(segment, &cursor, marked)?;
        self.reach(segment, cursor);
        Ok(end - cursor.at)
    }
}

/// Removes what a crash left behind, once the rest of the folder is known to be well.
fn clear_leftovers(found: &Found, folder: &Path, disk: &dyn Disk) -> Result<(), StoreError> {
    for path in &found.leftovers {
        disk.remove(path).map_err(|source| io_error("remove", path, source))?;
    }
    if found.leftovers.is_empty() {
        return Ok(());
    }
    disk.sync_folder(folder).map_err(|source| io_error("sync", folder, source))
}

/// Finds the end of the last segment, checks the last frame, and cuts off what a crash left unfinished.
fn settle_end(last: &Segment, found: &Found, fsync: bool) -> Result<(Cursor, Vec<Cursor>), StoreError> {
    let size = last.end()?;
    let mut cursor = last.first();
    let mut landmarks = Vec::new();
    let mut last_frame = None;
    let hopped = walk::hop(last, &mut cursor, size, &mut |frame| {
        note_landmark(&mut landmarks, frame);
        last_frame = Some(*frame);
    });
    // Only the last whole frame can be half on the disk: each one waited for the one before it.
    let checked = match (hopped, last_frame) {
        (Ok(()), Some(mut frame)) => {
            let end = cursor.at;
            let checked = walk::check(last, &mut frame, end);
            cursor = frame;
            checked
        }
        (hopped, _) => hopped,
    };
    if let Err(fault) = checked {
        // A new file is begun only behind a whole one.
        if found.unfinished.is_some() {
            return Err(fault.into_error(last));
        }
        check_torn(last, &cursor, size, &found.marked, fault)?;
    }
    check_mark(last, &cursor, &found.marked)?;
    if cursor.at < size {
        tracing::warn!(
            bytes = size - cursor.at,
            "cut off a batch that a crash left unfinished; it was never acknowledged"
        );
        let cut = last.file().truncate(last.offset(cursor.at));
        cut.map_err(|source| io_error("truncate", &last.path, source))?;
    }
    // What a killed process wrote may be in the system's memory only; the state must not run ahead of the disk.
    if fsync {
        last.file().sync().map_err(|source| io_error("sync", &last.path, source))?;
    }
    Ok((cursor, landmarks))
}

/// The end of a last segment that was closed and sealed, when the one behind it was never begun to the end.
fn closed_end(last: &Segment) -> Result<Cursor, StoreError> {
    let mut cursor = last.first();
    let walked = walk::check(last, &mut cursor, last.end()?);
    walked.map_err(|fault| fault.into_error(last))?;
    last.ends(&cursor)?;
    Ok(cursor)
}

/// `Ok` when what lies behind `cursor` was never acknowledged: the mark does not cover it and no frame follows it.
fn check_torn(
    segment: &Segment,
    cursor: &Cursor,
    end: u64,
    marked: &Marked,
    fault: Fault,
) -> Result<(), StoreError> {
    if fault.is_io() || marked.end() > cursor.at || walk::search(segment, cursor.at + 1, end)?.is_some() {
        return Err(fault.into_error(segment));
    }
    Ok(())
}

/// What the mark covers must be there.
fn check_mark(segment: &Segment, end: &Cursor, marked: &Marked) -> Result<(), StoreError> {
    let Marked::At(mark) = marked else { return Ok(()) };
    if mark.end > end.at {
        let detail = format!(
            "it ends after record {}, and records were acknowledged up to position {}",
            end.records, mark.end
        );
        return Err(damaged(&segment.path, segment.offset(end.at), detail, RESTORE));
    }
    if mark.end == end.at && mark.link != end.link {
        let detail = "its last batch is not the one that was acknowledged".to_owned();
        return Err(damaged(&segment.path, segment.offset(end.at), detail, RESTORE));
    }
    Ok(())
}
