//! Writing frames: the only place that changes the journal's files while it is open.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use claimflow_runtime::store::StoreError;

use super::JournalOptions;
use super::format::{FRAME_HEADER, FrameHeader, LINK, Link, Mark, SegmentHeader};
use super::mark::MarkFile;
use super::segment::{Cursor, Means, Segment, Segments};
use super::vault::next_link;
use crate::disk::Disk;
use crate::error::io_error;

/// Parts smaller than this are gathered before they are written.
const GATHER: usize = 256 << 10;
/// The most bytes that the buffer of encrypted records holds on to.
const KEPT: usize = 16 << 20;

/// The end of the journal, where the next frame goes.
pub(crate) struct Writer {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    options: JournalOptions,
    segments: Arc<Segments>,
    end: Cursor,
    mark: MarkFile,
    means: Means,
    gathered: Vec<u8>,
    /// Encrypted records of a frame.
    stored: Vec<u8>,
    /// Set when a failed write could not be undone: the end is unknown until the journal is opened again.
    broken: bool,
}

impl Writer {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        options: JournalOptions,
        segments: Arc<Segments>,
        end: Cursor,
        (mark, means): (MarkFile, Means),
    ) -> Self {
        let (gathered, stored) = (Vec::new(), Vec::new());
        Self { disk, folder, options, segments, end, mark, means, gathered, stored, broken: false }
    }

    /// Writes `records` records in their clear form as one frame and waits for the disk. Returns the frame's position. On error
    /// the journal is as it was before.
    pub(crate) fn write(&mut self, parts: &[&[u8]], records: u32) -> Result<u64, StoreError> {
        let segment = self.segment()?;
        let start = self.end;
        let payload: u64 = parts.iter().map(|part| part.len() as u64).sum();
        let header = FrameHeader { records, payload, position: start.at }.encode();
        let link = next_link(segment.vault(), &start.link, &header, parts);
        if let Err(source) = self.write_records(&segment, &header, parts, &link) {
            self.undo(&segment);
            return Err(io_error("write", &segment.path, source));
        }
        let at = start.at + (FRAME_HEADER + LINK) as u64 + payload;
        self.end = Cursor { at, records: start.records + u64::from(records), link };
        self.segments.advance(&start, at);
        self.mark.note(&Mark { end: at, link });
        Ok(start.at)
    }

    /// Writes a frame with its records as they are to be stored.
    fn write_records(
        &mut self,
        segment: &Segment,
        header: &[u8],
        parts: &[&[u8]],
        link: &Link,
    ) -> io::Result<()> {
        let Some(vault) = segment.record_vault() else {
            return self.write_frame(segment, header, parts, link);
        };
        let mut stored = std::mem::take(&mut self.stored);
        stored.clear();
        let mut at = self.end.at + FRAME_HEADER as u64;
        for part in parts {
            vault.seal_records(at, part, &mut stored).map_err(io::Error::other)?;
            at += part.len() as u64;
        }
        let written = self.write_frame(segment, header, &[&stored], link);
        stored.shrink_to(KEPT);
        self.stored = stored;
        written
    }

    fn write_frame(
        &mut self,
        segment: &Segment,
        header: &[u8],
        parts: &[&[u8]],
        link: &Link,
    ) -> io::Result<()> {
        let mut offset = segment.offset(self.end.at);
        self.gathered.clear();
        let all = [header].into_iter().chain(parts.iter().copied()).chain([link.as_slice()]);
        for part in all {
            if self.gathered.len() + part.len() > GATHER {
                write_on(segment, &self.gathered, &mut offset)?;
                self.gathered.clear();
            }
            if part.len() > GATHER {
                write_on(segment, part, &mut offset)?;
            } else {
                self.gathered.extend_from_slice(part);
            }
        }
        write_on(segment, &self.gathered, &mut offset)?;
        if self.options.fsync { segment.file().sync() } else { Ok(()) }
    }

    /// Takes back what a failed write may have left. After a failed sync the system may have dropped the bytes and
    /// forgotten the failure, so nothing behind the last durable frame is kept.
    fn undo(&mut self, segment: &Segment) {
        let cut = segment.file().truncate(segment.offset(self.end.at)).and_then(|()| segment.file().sync());
        if let Err(error) = cut {
            tracing::error!(%error, "a failed write of the journal could not be undone; nothing more is taken in");
            self.broken = true;
        }
    }

    /// The segment for the next frame; a new one when the last is full.
    fn segment(&mut self) -> Result<Arc<Segment>, StoreError> {
        let last = self.last()?;
        let grown = last.offset(self.end.at) >= self.options.segment_bytes.max(last.head() + 1);
        if grown || last.key() != self.means.keyring.as_ref().map(|keyring| keyring.newest()) {
            return self.begin_segment(&last);
        }
        Ok(last)
    }

    fn begin_segment(&mut self, last: &Segment) -> Result<Arc<Segment>, StoreError> {
        let header = SegmentHeader { base: self.end.at, records: self.end.records, link: self.end.link };
        let place = (self.folder.as_path(), last.number() + 1);
        let next = Segment::create(&*self.disk, place, header, &self.means, self.options.fsync)?;
        self.end.at += next.head();
        Ok(self.segments.push(next))
    }

    /// Begins a new segment, so that the last one can be sealed; nothing when the last one holds no record.
    pub(crate) fn close_segment(&mut self) -> Result<(), StoreError> {
        let last = self.last()?;
        if self.end.at > last.first().at {
            self.begin_segment(&last)?;
        }
        Ok(())
    }

    fn last(&self) -> Result<Arc<Segment>, StoreError> {
        if self.broken {
            return Err(self.refuse("an earlier write failed and could not be undone; start claimflow again"));
        }
        // INVARIANT: an open journal has at least one segment.
        self.segments.last().ok_or_else(|| self.refuse("it has no file"))
    }

    fn refuse(&self, why: &str) -> StoreError {
        io_error("append to", &self.folder, io::Error::other(why))
    }

    pub(crate) fn sync_mark(&mut self) -> Result<(), StoreError> {
        self.mark.sync()
    }
}

fn write_on(segment: &Segment, bytes: &[u8], offset: &mut u64) -> io::Result<()> {
    if !bytes.is_empty() {
        segment.file().write_at(bytes, *offset)?;
        *offset += bytes.len() as u64;
    }
    Ok(())
}
