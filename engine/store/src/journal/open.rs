//! Opening and checking a journal's folder: what a crash left unfinished is told from what is damaged.

use std::path::Path;

use claimflow_runtime::store::{JournalReport, StoreError};

use super::format::{Mark, SEGMENT_HEADER, SegmentHeader};
use super::mark::{self, MarkFile, Marked};
use super::segment::{Cursor, Segment, note_landmark};
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

/// The files of a folder, and the length of a last one whose header a crash left unfinished.
struct Found {
    segments: Vec<Segment>,
    unfinished: Option<u64>,
    marked: Marked,
}

/// Opens the journal in `folder`: cuts off an unfinished end, refuses a damaged one.
pub(crate) fn open(folder: &Path, options: JournalOptions, disk: &dyn Disk) -> Result<Opened, StoreError> {
    disk.create_folder(folder).map_err(|source| io_error("create", folder, source))?;
    if options.fsync {
        let parent = folder.parent().unwrap_or(folder);
        disk.sync_folder(parent).map_err(|source| io_error("sync", parent, source))?;
    }
    let mut found = find(folder, disk, Access::Write)?;
    if matches!(found.marked, Marked::Damaged) {
        tracing::warn!("the journal's mark of what was acknowledged is unreadable and is made anew");
    }
    let (end, landmarks) = match found.segments.last() {
        Some(last) => settle_end(last, &found, options.fsync)?,
        None => (Cursor { at: 0, records: 0, link: SegmentHeader::FIRST.link }, Vec::new()),
    };
    let end = if found.segments.is_empty() || found.unfinished.is_some() {
        let path = folder.join(Segment::name(found.segments.len() + 1));
        let header = SegmentHeader { base: end.at, records: end.records, link: end.link };
        found.segments.push(Segment::create(disk, &path, header, options.fsync)?);
        Cursor { at: end.at + SEGMENT_HEADER, ..end }
    } else {
        end
    };
    let mark = MarkFile::open(folder, disk)?;
    mark.note(&Mark { end: end.at, link: end.link });
    Ok(Opened { segments: found.segments, end, landmarks, mark })
}

/// Checks every byte of the journal in `folder` and changes nothing.
pub(crate) fn verify(folder: &Path, disk: &dyn Disk) -> Result<JournalReport, StoreError> {
    let found = find(folder, disk, Access::Read)?;
    if matches!(found.marked, Marked::Damaged) {
        let detail = "it does not match its checksum".to_owned();
        let mend = "the records are not touched by this; starting claimflow once makes the file anew";
        return Err(damaged(&mark::path(folder), 0, detail, mend));
    }
    let mut verification = Verification::default();
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
        self.join(segment)?;
        let mut cursor = segment.first();
        if let Err(fault) = walk::check(segment, &mut cursor, end) {
            check_torn(segment, &cursor, end, marked, fault)?;
        }
        check_mark(segment, &cursor, marked)?;
        self.reach(segment, cursor);
        Ok(end - cursor.at)
    }
}

/// Finds and opens the files of a folder. A last file without a whole header is left out when nothing in it can have
/// been acknowledged.
fn find(folder: &Path, disk: &dyn Disk, access: Access) -> Result<Found, StoreError> {
    let count = count_segments(folder, disk)?;
    let mut found = Found { segments: Vec::new(), unfinished: None, marked: mark::read(folder, disk)? };
    for number in 1..=count {
        let path = folder.join(Segment::name(number));
        match Segment::open(disk, &path, access)? {
            Ok(segment) => found.segments.push(segment),
            Err(file) => {
                let size = file.size().map_err(|source| io_error("read", &path, source))?;
                let base = found.segments.last().map_or(Ok(0), Segment::end)?;
                // A frame is written only once the header is durable.
                if number < count || size > SEGMENT_HEADER || found.marked.end() > base {
                    return Err(damaged(&path, 0, "its header cannot be recognised".into(), RESTORE));
                }
                found.unfinished = Some(size);
            }
        }
    }
    check_bases(&found.segments)?;
    match found.segments.last() {
        None if found.marked.end() > SEGMENT_HEADER => {
            let detail = format!("it is missing, with {} bytes of acknowledged records", found.marked.end());
            Err(damaged(&folder.join(Segment::name(1)), 0, detail, RESTORE))
        }
        _ => Ok(found),
    }
}

/// How many segment files there are, numbered without a gap from 1.
fn count_segments(folder: &Path, disk: &dyn Disk) -> Result<usize, StoreError> {
    let names = disk.names(folder).map_err(|source| io_error("read", folder, source))?;
    let segments: Vec<&String> = names.iter().filter(|name| name.ends_with(".cfj")).collect();
    let count = segments.len();
    for number in 1..=count {
        let name = Segment::name(number);
        if !segments.iter().any(|found| **found == name) {
            let detail = "it is missing, though later files of the journal are there".to_owned();
            return Err(damaged(&folder.join(name), 0, detail, RESTORE));
        }
    }
    Ok(count)
}

/// Each file begins at the position where the one before it ends.
fn check_bases(segments: &[Segment]) -> Result<(), StoreError> {
    let mut expected = 0;
    let mut before: Option<&Segment> = None;
    for segment in segments {
        if segment.header.base != expected {
            let short = before.unwrap_or(segment);
            let detail =
                format!("it ends at position {expected}, and the next one begins at {}", segment.header.base);
            return Err(damaged(&short.path, short.offset(expected), detail, RESTORE));
        }
        expected = segment.end()?;
        before = Some(segment);
    }
    Ok(())
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
        let cut = last.file.truncate(last.offset(cursor.at));
        cut.map_err(|source| io_error("truncate", &last.path, source))?;
    }
    // What a killed process wrote may be in the system's memory only; the state must not run ahead of the disk.
    if fsync {
        last.file.sync().map_err(|source| io_error("sync", &last.path, source))?;
    }
    Ok((cursor, landmarks))
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
