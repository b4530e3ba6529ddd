//! The journal's files and where their frames begin.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use claimflow_runtime::store::StoreError;

use super::format::{Link, SEGMENT_HEADER, SegmentHeader, Unreadable};
use super::{RESTORE, damaged, newer};
use crate::disk::{Access, Disk, DiskFile};
use crate::error::io_error;

/// A frame boundary: what a reader or writer must know to go on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Position of the frame that begins here.
    pub(crate) at: u64,
    /// Records before it, in the whole journal.
    pub(crate) records: u64,
    /// The link of the frame before it.
    pub(crate) link: Link,
}

/// One file of the journal.
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) header: SegmentHeader,
}

impl Segment {
    /// The name of the `number`th file, counted from 1.
    pub(crate) fn name(number: usize) -> String {
        format!("{number:08}.cfj")
    }

    /// Opens an existing file; `Ok(Err(..))` when its header cannot be read.
    pub(crate) fn open(
        disk: &dyn Disk,
        path: &Path,
        access: Access,
    ) -> Result<Result<Self, Box<dyn DiskFile>>, StoreError> {
        let file = disk.open(path, access).map_err(|source| io_error("open", path, source))?;
        let mut bytes = [0; SEGMENT_HEADER as usize];
        let read = file.read_at(&mut bytes, 0).map_err(|source| io_error("read", path, source))?;
        match SegmentHeader::decode(bytes.get(..read).unwrap_or_default()) {
            Ok(header) => Ok(Ok(Self { path: path.to_owned(), file, header })),
            Err(Unreadable::Newer(found)) => Err(newer(path, found)),
            Err(Unreadable::Damaged) => Ok(Err(file)),
        }
    }

    /// Makes the file anew, empty but for its header, and makes that durable. Whatever stood in it goes: the caller
    /// knows that nothing in it was acknowledged.
    pub(crate) fn create(
        disk: &dyn Disk,
        path: &Path,
        header: SegmentHeader,
        fsync: bool,
    ) -> Result<Self, StoreError> {
        let file = disk.open(path, Access::Write).map_err(|source| io_error("create", path, source))?;
        let written = file.truncate(0).and_then(|()| file.write_at(&header.encode(), 0));
        written.map_err(|source| io_error("write", path, source))?;
        if fsync {
            let folder = path.parent().unwrap_or(path);
            let synced = file.sync().and_then(|()| disk.sync_folder(folder));
            synced.map_err(|source| io_error("sync", path, source))?;
        }
        Ok(Self { path: path.to_owned(), file, header })
    }

    /// Where its first frame begins.
    pub(crate) fn first(&self) -> Cursor {
        let SegmentHeader { base, records, link } = self.header;
        Cursor { at: base + SEGMENT_HEADER, records, link }
    }

    /// Checks that it begins where the file before it ended.
    pub(crate) fn continues(&self, before: &Cursor) -> Result<(), StoreError> {
        let SegmentHeader { base, records, link } = self.header;
        if (Cursor { at: base, records, link }) == *before {
            return Ok(());
        }
        let detail =
            format!("it does not continue the file before it, which ends with record {}", before.records);
        Err(damaged(&self.path, 0, detail, RESTORE))
    }

    /// The position behind its last byte.
    pub(crate) fn end(&self) -> Result<u64, StoreError> {
        let size = self.file.size().map_err(|source| io_error("read", &self.path, source))?;
        Ok(self.header.base + size)
    }

    /// The offset in the file of a position. INVARIANT: the position is not before the segment's base.
    pub(crate) fn offset(&self, position: u64) -> u64 {
        position.saturating_sub(self.header.base)
    }
}

/// A landmark is kept about every this many bytes, so that reading on from a position need not walk a whole segment.
const LANDMARK_EVERY: u64 = 1 << 20;

/// All files of an open journal, shared by readers and the writer.
pub(crate) struct Segments {
    list: RwLock<Vec<Arc<Segment>>>,
    end: AtomicU64,
    landmarks: Mutex<Vec<Cursor>>,
}

impl Segments {
    /// INVARIANT: the list is not empty and in order, and the last one ends at `end`.
    pub(crate) fn new(list: Vec<Segment>, end: u64, landmarks: Vec<Cursor>) -> Self {
        let list = list.into_iter().map(Arc::new).collect();
        Self { list: RwLock::new(list), end: AtomicU64::new(end), landmarks: Mutex::new(landmarks) }
    }

    /// The position behind the last durable frame.
    pub(crate) fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    /// Notes that a frame from `start` to `end` is durable.
    pub(crate) fn advance(&self, start: &Cursor, end: u64) {
        note_landmark(&mut self.landmarks(), start);
        self.end.store(end, Ordering::Release);
    }

    pub(crate) fn all(&self) -> Vec<Arc<Segment>> {
        self.list.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds a new, empty last segment.
    pub(crate) fn push(&self, segment: Segment) -> Arc<Segment> {
        let segment = Arc::new(segment);
        self.list.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&segment));
        self.end.store(segment.first().at, Ordering::Release);
        segment
    }

    /// The segment in which a durable position lies.
    pub(crate) fn holding(&self, position: u64) -> Option<Arc<Segment>> {
        if position >= self.end() {
            return None;
        }
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        let behind = list.partition_point(|segment| segment.header.base <= position);
        list.get(behind.checked_sub(1)?).cloned()
    }

    /// The last known frame boundary at or before `position` within its segment.
    pub(crate) fn boundary(&self, segment: &Segment, position: u64) -> Cursor {
        let landmarks = self.landmarks();
        let behind = landmarks.partition_point(|cursor| cursor.at <= position);
        let known = behind.checked_sub(1).and_then(|last| landmarks.get(last)).copied();
        known.filter(|cursor| cursor.at > segment.header.base).unwrap_or_else(|| segment.first())
    }

    fn landmarks(&self) -> MutexGuard<'_, Vec<Cursor>> {
        self.landmarks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds a frame boundary to the landmarks when the last one is far enough away.
pub(crate) fn note_landmark(landmarks: &mut Vec<Cursor>, cursor: &Cursor) {
    if landmarks.last().is_none_or(|last| cursor.at >= last.at + LANDMARK_EVERY) {
        landmarks.push(*cursor);
    }
}
