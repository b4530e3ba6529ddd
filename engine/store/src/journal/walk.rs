//! Reading frames in order: with every byte checked, or from header to header.

use std::io;
use std::ops::ControlFlow;

use claimflow_runtime::store::{Position, StoreError};

use super::format::{FRAME_HEADER, FRAME_MAGIC, FrameHeader, LINK, RECORD_HEADER, RecordHeader};
use super::segment::{Cursor, Segment};
use super::{RESTORE, damaged, vault};
use crate::crypt::CryptError;

const WINDOW: usize = 1 << 20;
/// Bytes of records between two questions whether to go on.
const PACE_EVERY: usize = 256 << 10;

/// Why a frame cannot be read.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The position of the part that is wrong.
    pub(crate) position: u64,
    /// The number of the record there, or of the first one of the frame; from 1, over the whole journal.
    record: u64,
    kind: FaultKind,
}

#[derive(Debug)]
enum FaultKind {
    Header,
    Short,
    Record,
    Link { last: u64 },
    Sealed(CryptError),
    Io(io::Error),
}

impl Fault {
    /// The message for people.
    pub(crate) fn into_error(self, segment: &Segment) -> StoreError {
        let record = self.record;
        let detail = match self.kind {
            FaultKind::Header => format!("the batch that begins with record {record} cannot be recognised"),
            FaultKind::Short => format!("the batch that begins with record {record} is cut off"),
            FaultKind::Record => format!("record {record} does not match its checksum"),
            FaultKind::Link { last } => {
                format!("the batch of records {record} to {last} does not match its link of the hash chain")
            }
            FaultKind::Sealed(error) => {
                format!("record {record} cannot be decrypted: {error}")
            }
            FaultKind::Io(source) => return segment.read_error(source),
        };
        damaged(&segment.path, segment.offset(self.position), detail, RESTORE)
    }
}

impl Fault {
    /// Whether the disk refused to read, which says nothing about the bytes.
    pub(crate) fn is_io(&self) -> bool {
        matches!(self.kind, FaultKind::Io(_))
    }
}

/// A stretch of a segment held in memory.
struct Window<'a> {
    segment: &'a Segment,
    buffer: Vec<u8>,
    start: u64,
    filled: usize,
    limit: u64,
}

impl<'a> Window<'a> {
    /// Over a segment up to the position `limit`.
    fn new(segment: &'a Segment, limit: u64) -> Self {
        Self { segment, buffer: Vec::new(), start: 0, filled: 0, limit }
    }

    /// The bytes held from `at` on: at least `least` of them, unless the limit comes before.
    fn from(&mut self, at: u64, least: usize) -> io::Result<&[u8]> {
        let held = at.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        let held = held.filter(|skip| skip.checked_add(least).is_some_and(|end| end <= self.filled));
        let skip = if let Some(skip) = held {
            skip
        } else {
            self.fill(at, least)?;
            0
        };
        Ok(self.buffer.get(skip..self.filled).unwrap_or_default())
    }

    fn fill(&mut self, at: u64, least: usize) -> io::Result<()> {
        let left = usize::try_from(self.limit.saturating_sub(at)).unwrap_or(usize::MAX);
        let want = least.max(WINDOW).min(left);
        if self.buffer.len() < want {
            self.buffer.resize(want, 0);
        }
        self.filled = 0;
        let into = self.buffer.get_mut(..want).unwrap_or_default();
        self.filled = self.segment.file().read_at(into, self.segment.offset(at))?;
        self.start = at;
        Ok(())
    }
}

/// What a walk does with the frames in their clear form, piece by piece.
pub(crate) type Image<'a> = &'a mut dyn FnMut(&[u8]) -> io::Result<()>;

/// What a walk does with each record.
pub(crate) type Each<'a> = &'a mut dyn FnMut(Position, &[u8]) -> ControlFlow<()>;

/// Reads whole frames from `cursor` to `end`, checking every checksum and link. The cursor moves with each frame that
/// was right, so at a fault it stands at the frame that is not.
pub(crate) fn walk(
    segment: &Segment,
    cursor: &mut Cursor,
    end: u64,
    each: Each<'_>,
) -> Result<ControlFlow<()>, Fault> {
    walk_with(segment, cursor, end, &mut Visit { each, image: None })
}

/// [`walk`] that hands out the clear form of every frame too.
pub(crate) fn walk_image(
    segment: &Segment,
    cursor: &mut Cursor,
    end: u64,
    image: Image<'_>,
) -> Result<(), Fault> {
    let each = &mut |_, _: &[u8]| ControlFlow::Continue(());
    walk_with(segment, cursor, end, &mut Visit { each, image: Some(image) }).map(|_went_on| ())
}

struct Visit<'a> {
    each: Each<'a>,
    image: Option<Image<'a>>,
}

impl Visit<'_> {
    fn image(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.image.as_mut().map_or(Ok(()), |image| image(bytes))
    }
}

fn walk_with(
    segment: &Segment,
    cursor: &mut Cursor,
    end: u64,
    visit: &mut Visit<'_>,
) -> Result<ControlFlow<()>, Fault> {
    let mut window = Window::new(segment, end);
    while cursor.at < end {
        let frame = Frame::read(&mut window, cursor, end)?;
        if frame.check_records(&mut window, cursor, visit)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Reads whole frames from `cursor` to `end` for the checks alone.
pub(crate) fn check(segment: &Segment, cursor: &mut Cursor, end: u64) -> Result<(), Fault> {
    walk(segment, cursor, end, &mut |_, _| ControlFlow::Continue(())).map(|_went_on| ())
}

/// [`check`] that asks `pace` every so many bytes of records whether to go on.
pub(crate) fn check_slowly(
    segment: &Segment,
    cursor: &mut Cursor,
    end: u64,
    pace: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Fault> {
    let mut since = 0;
    walk(segment, cursor, end, &mut |_, record| {
        since += record.len();
        if since < PACE_EVERY {
            return ControlFlow::Continue(());
        }
        since = 0;
        pace()
    })
}

/// Goes from frame header to frame header up to `end` without reading what lies between.
pub(crate) fn hop(
    segment: &Segment,
    cursor: &mut Cursor,
    end: u64,
    on_frame: &mut dyn FnMut(&Cursor),
) -> Result<(), Fault> {
    let mut window = Window::new(segment, end);
    while cursor.at < end {
        let frame = Frame::read(&mut window, cursor, end)?;
        let link_at = frame.end - LINK as u64;
        let link = window.from(link_at, LINK).map_err(|source| frame.fault(FaultKind::Io(source)))?;
        let link = *link.first_chunk().ok_or_else(|| frame.fault(FaultKind::Short))?;
        on_frame(cursor);
        *cursor = Cursor { at: frame.end, records: cursor.records + u64::from(frame.header.records), link };
    }
    Ok(())
}

/// The position of the first frame header after `from`, when there is one before `end`.
pub(crate) fn search(segment: &Segment, from: u64, end: u64) -> Result<Option<u64>, StoreError> {
    let mut window = Window::new(segment, end);
    let mut at = from;
    while at + FRAME_HEADER as u64 <= end {
        let bytes = window.from(at, FRAME_HEADER);
        let bytes = bytes.map_err(|source| segment.read_error(source))?;
        let starts = bytes.windows(FRAME_HEADER).enumerate();
        let found = starts
            .filter(|(_, start)| start.starts_with(&FRAME_MAGIC))
            .find(|(skip, start)| FrameHeader::decode(start, at + *skip as u64).is_some());
        if let Some((skip, _)) = found {
            return Ok(Some(at + skip as u64));
        }
        // The last few bytes may begin a header that the window does not hold.
        at += (bytes.len().saturating_sub(FRAME_HEADER - 1)).max(1) as u64;
    }
    Ok(None)
}

struct Frame {
    header: FrameHeader,
    bytes: [u8; FRAME_HEADER],
    /// The number of its first record.
    first: u64,
    end: u64,
}

impl Frame {
    fn read(window: &mut Window<'_>, cursor: &Cursor, end: u64) -> Result<Self, Fault> {
        let fault = |kind| Fault { position: cursor.at, record: cursor.records + 1, kind };
        let bytes = window.from(cursor.at, FRAME_HEADER).map_err(|source| fault(FaultKind::Io(source)))?;
        let bytes = *bytes.first_chunk().ok_or_else(|| fault(FaultKind::Short))?;
        let header = FrameHeader::decode(&bytes, cursor.at).ok_or_else(|| fault(FaultKind::Header))?;
        let frame_end = header.end().filter(|frame_end| *frame_end <= end);
        let frame_end = frame_end.ok_or_else(|| fault(FaultKind::Short))?;
        Ok(Self { header, bytes, first: cursor.records + 1, end: frame_end })
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault { position: self.header.position, record: self.first, kind }
    }

    /// Checks and hands out the records, then checks the link and moves the cursor behind the frame.
    fn check_records(
        &self,
        window: &mut Window<'_>,
        cursor: &mut Cursor,
        visit: &mut Visit<'_>,
    ) -> Result<ControlFlow<()>, Fault> {
        visit.image(&self.bytes).map_err(|source| self.fault(FaultKind::Io(source)))?;
        let mut payload = Payload::of(self, cursor, window.segment);
        while payload.at < payload.end {
            if payload.take_records(window, visit)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let last = cursor.records + u64::from(self.header.records);
        let broken = || self.fault(FaultKind::Link { last });
        let link = window.from(payload.end, LINK).map_err(|source| self.fault(FaultKind::Io(source)))?;
        let link = *link.first_chunk().ok_or_else(broken)?;
        if payload.record != last + 1 || payload.hasher.finalize() != link {
            return Err(broken());
        }
        visit.image(&link).map_err(|source| self.fault(FaultKind::Io(source)))?;
        *cursor = Cursor { at: self.end, records: last, link };
        Ok(ControlFlow::Continue(()))
    }
}

/// The records of a frame, as far as they are read.
struct Payload<'s> {
    segment: &'s Segment,
    /// The position of the next record.
    at: u64,
    /// Its number.
    record: u64,
    /// Where the records end.
    end: u64,
    hasher: blake3::Hasher,
    /// The clear form of records that are stored encrypted.
    clear: Vec<u8>,
}

impl<'s> Payload<'s> {
    fn of(frame: &Frame, before: &Cursor, segment: &'s Segment) -> Self {
        let mut hasher = vault::hasher(segment.vault());
        hasher.update(&before.link).update(&frame.bytes);
        let at = frame.header.position + FRAME_HEADER as u64;
        let end = frame.end - LINK as u64;
        Self { segment, at, record: frame.first, end, hasher, clear: Vec::new() }
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault { position: self.at, record: self.record, kind }
    }

    /// Takes the records that the window holds whole, at least one.
    fn take_records(
        &mut self,
        window: &mut Window<'_>,
        visit: &mut Visit<'_>,
    ) -> Result<ControlFlow<()>, Fault> {
        let held = self.held(window)?;
        let mut rest = held;
        self.clear.clear();
        while let Some((header, after)) = RecordHeader::split(rest) {
            let Some((record, after)) = after.split_at_checked(header.len) else { break };
            if !header.fits(record) {
                return Err(self.fault(FaultKind::Record));
            }
            if self.hand_out(record, visit)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.at += (RECORD_HEADER + record.len()) as u64;
            self.record += 1;
            rest = after;
        }
        let taken = held.len() - rest.len();
        // One call for many records: the hash is several times faster over long stretches.
        let clear = match self.segment.record_vault() {
            None => held.get(..taken).unwrap_or_default(),
            Some(_) => &self.clear,
        };
        self.hasher.update(clear);
        visit.image(clear).map_err(|source| self.fault(FaultKind::Io(source)))?;
        if taken == 0 { Err(self.fault(FaultKind::Record)) } else { Ok(ControlFlow::Continue(())) }
    }

    /// Hands out a record's own bytes, from those stored; of an encrypted one the clear form is kept too.
    fn hand_out(&mut self, stored: &[u8], visit: &mut Visit<'_>) -> Result<ControlFlow<()>, Fault> {
        let padding = self.segment.padding();
        let padded = match self.segment.record_vault() {
            None => stored,
            Some(vault) => {
                let start = self.clear.len() + RECORD_HEADER;
                let cleared = vault.clear_record(self.at, stored, &mut self.clear);
                cleared.map_err(|error| self.fault(FaultKind::Sealed(error)))?;
                self.clear.get(start..).unwrap_or_default()
            }
        };
        let own = padded.len().checked_sub(padding).and_then(|len| padded.get(..len));
        let own = own.ok_or_else(|| self.fault(FaultKind::Record))?;
        Ok((visit.each)(Position(self.at), own))
    }

    /// What the window holds of the payload from the next record on, with that record whole.
    fn held<'w>(&self, window: &'w mut Window<'_>) -> Result<&'w [u8], Fault> {
        let room = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let io = |source| self.fault(FaultKind::Io(source));
        let first = window.from(self.at, RECORD_HEADER.min(room)).map_err(io)?;
        let need = RecordHeader::split(first).map(|(header, _)| RECORD_HEADER + header.len);
        let need = need.filter(|need| *need <= room).ok_or_else(|| self.fault(FaultKind::Record))?;
        let held = window.from(self.at, need).map_err(io)?;
        Ok(held.get(..room).unwrap_or(held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Access, SystemDisk};
    use crate::journal::format::{PLAIN, SEGMENT_HEADER, SegmentHeader};
    use crate::journal::segment::Means;

    #[test]
    fn a_frame_is_found_wherever_it_lies_to_the_window() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("00000001.cfj");
        let end = 3 * WINDOW as u64;
        for place in [70, 100, WINDOW - 40, WINDOW - 10, WINDOW, 2 * WINDOW + 60, 3 * WINDOW - FRAME_HEADER] {
            let mut bytes = vec![b'c'; end as usize];
            // Twice, once where it does not belong.
            let frame = FrameHeader { records: 1, payload: 10, position: place as u64 }.encode();
            let first = SegmentHeader { base: 0, records: 0, link: [0; LINK] };
            bytes[..SEGMENT_HEADER as usize].copy_from_slice(&first.encode(PLAIN));
            if place > 200 {
                bytes[130..130 + FRAME_HEADER].copy_from_slice(&frame);
            }
            bytes[place..place + FRAME_HEADER].copy_from_slice(&frame);
            std::fs::write(&path, bytes).unwrap();
            let opened = Segment::open(&SystemDisk, (&path, 1), Access::Read, &Means::default());
            let Ok(Ok(segment)) = opened else { panic!("a header") };
            assert_eq!(search(&segment, 1, end).unwrap(), Some(place as u64));
            assert_eq!(search(&segment, place as u64 + 1, end).unwrap(), None);
        }
    }
}
