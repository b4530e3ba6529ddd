//! The bytes of the journal, format versions 1 and 2. All numbers are little-endian.
//!
//! ```text
//! segment   journal/00000001.cfj, 00000002.cfj, ... the last one grows
//!   header  64 bytes: magic 8 | version u32 | base u64 | records before u64 | chain before 32 | crc32 u32
//!   more    in version 2 only, 104 bytes: see `extension`
//!   frame   one per group commit:
//!     header  28 bytes: magic 4 | records u32 | payload bytes u64 | position of this header u64 | crc32 u32
//!     payload per record: bytes u32 | crc32 u32 (of the length and the bytes) | bytes
//!     link    32 bytes: blake3(link before || frame header || clear payload), keyed where the segment has a secret
//! sealed    journal/00000001.cfs, in place of the .cfj of that number, once another segment follows it:
//!   header  as the segment's, version 2, and more
//!   blocks  the segment's frames in clear form, cut every so many bytes, each piece compressed, then encrypted
//!   index   per block: stored bytes u32 | crc32 u32; then records u64 | link 32 at the segment's end | crc32 u32
//! forgotten journal/forgotten, once the oldest segments were dropped: see `forgotten`
//! mark      journal/acknowledged, 56 bytes:
//!           magic 8 | version u32 | end u64 | chain 32 | crc32 u32
//! ```
//!
//! A plain segment that is open is written as version 1; version 2 stands for what version 1 cannot say. A journal may
//! mix all forms, but that nothing plain follows what is encrypted.
//!
//! **Positions** count bytes over all segments as if they were one file: a segment's `base` is where the one before
//! ended, so a position is `base` + offset in the file, and never 0 for a record because a header comes first. Claims
//! point at positions, so they are stable for ever: a sealed segment stands for the same stretch of them as before.
//!
//! **Encrypted records.** What is stored of a record is what [`Keyring::seal`](crate::crypt::Keyring::seal) makes of it,
//! [`OVERHEAD`](crate::crypt::OVERHEAD) bytes longer. The *clear form* of such a record is its own bytes followed by as
//! many zeros: everything stays in its place, so that one reading serves all forms, and a random read costs one opening.
//! A position is written again when a crash tore what stood there; the nonce is of the keyring's making and never of the
//! position's, so it does not repeat. Bound to each record (as additional data) are its position and the segment's
//! secret: 32 random bytes that the header keeps sealed, itself bound to all other fields of the header.
//!
//! **The chain covers the clear form**: so a segment can be sealed, and sealed again under another key, without a change
//! of any link. In an encrypted segment the hash is keyed with the segment's secret: without the key nobody can make a
//! link, and no link tells whether a guess at a record is right. What somebody without the key changes, moves, puts in
//! or leaves out before the journal's end is evident; that a whole later end was cut off, mark included, shows only
//! beside a head that was noted elsewhere.
//!
//! INVARIANT of every later version: bytes 0..64 of a segment are a header with its version at 8..12 and its CRC at
//! 60..64, so that an older program tells a newer file from a damaged one.

/// The newest format this program reads.
pub(crate) const FORMAT: u32 = 2;
/// The format of plain segments that are open, and of the mark.
pub(crate) const PLAIN: u32 = 1;
/// Bytes of a segment's header.
pub(crate) const SEGMENT_HEADER: u64 = 64;
/// Bytes of a frame's header.
pub(crate) const FRAME_HEADER: usize = 28;
/// Bytes before each record.
pub(crate) const RECORD_HEADER: usize = 8;
/// Bytes of a link of the chain.
pub(crate) const LINK: usize = 32;
/// Bytes of the mark.
pub(crate) const MARK: usize = 56;
/// The first bytes of every frame; the search for frames behind a damaged one looks for them.
pub(crate) const FRAME_MAGIC: [u8; 4] = *b"cfB1";
/// The most bytes one record can have.
pub(crate) const MAX_RECORD: usize = 1 << 30;

const SEGMENT_MAGIC: [u8; 8] = *b"\x89CFJ\r\n\x1a\n";
const MARK_MAGIC: [u8; 8] = *b"\x89CFA\r\n\x1a\n";

/// A link of the hash chain.
pub(crate) type Link = [u8; LINK];

/// Why bytes are not the header that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Not whole, not ours, or changed.
    Damaged,
    /// Written by a newer version, whose number this is.
    Newer(u32),
}

/// What stands at the head of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// The position of the segment's first byte.
    pub(crate) base: u64,
    /// Records in the segments before.
    pub(crate) records: u64,
    /// The last link of the segments before.
    pub(crate) link: Link,
}

impl SegmentHeader {
    pub(crate) fn encode(&self, version: u32) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SEGMENT_HEADER as usize);
        bytes.extend_from_slice(&SEGMENT_MAGIC);
        bytes.extend_from_slice(&version.to_le_bytes());
        bytes.extend_from_slice(&self.base.to_le_bytes());
        bytes.extend_from_slice(&self.records.to_le_bytes());
        bytes.extend_from_slice(&self.link);
        with_crc(bytes)
    }

    /// The version and the header that start `bytes`.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(u32, Self), Unreadable> {
        let mut fields = checked(bytes, SEGMENT_HEADER as usize)?;
        let version = expect_kind(&mut fields, SEGMENT_MAGIC)?;
        Ok((version, Self { base: fields.u64()?, records: fields.u64()?, link: fields.take()? }))
    }
}

/// What stands at the head of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// Records in the frame.
    pub(crate) records: u32,
    /// Bytes between the header and the link.
    pub(crate) payload: u64,
    /// The position of the header itself, so that bytes found elsewhere are not taken for a frame.
    pub(crate) position: u64,
}

impl FrameHeader {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FRAME_HEADER);
        bytes.extend_from_slice(&FRAME_MAGIC);
        bytes.extend_from_slice(&self.records.to_le_bytes());
        bytes.extend_from_slice(&self.payload.to_le_bytes());
        bytes.extend_from_slice(&self.position.to_le_bytes());
        with_crc(bytes)
    }

    /// The header that starts `bytes`, when it is one and belongs at `position`.
    pub(crate) fn decode(bytes: &[u8], position: u64) -> Option<Self> {
        let mut fields = checked(bytes, FRAME_HEADER).ok()?;
        let magic: [u8; 4] = fields.take().ok()?;
        let header =
            Self { records: fields.u32().ok()?, payload: fields.u64().ok()?, position: fields.u64().ok()? };
        let ours = magic == FRAME_MAGIC && header.position == position && header.end().is_some();
        ours.then_some(header)
    }

    /// Where the frame ends, when that can be counted.
    pub(crate) fn end(&self) -> Option<u64> {
        self.position.checked_add((FRAME_HEADER + LINK) as u64)?.checked_add(self.payload)
    }
}

/// Up to where records were acknowledged, as far as the disk remembers it.
///
/// It is written after each acknowledged frame and not synced: after a power cut it may be older than the journal,
/// never newer. So what it covers must be there, and what it does not cover may be a torn end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The position behind the last acknowledged frame.
    pub(crate) end: u64,
    /// That frame's link.
    pub(crate) link: Link,
}

impl Mark {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MARK);
        bytes.extend_from_slice(&MARK_MAGIC);
        bytes.extend_from_slice(&PLAIN.to_le_bytes());
        bytes.extend_from_slice(&self.end.to_le_bytes());
        bytes.extend_from_slice(&self.link);
        with_crc(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut fields = checked(bytes, MARK)?;
        expect_kind(&mut fields, MARK_MAGIC)?;
        Ok(Self { end: fields.u64()?, link: fields.take()? })
    }
}

/// The length and checksum of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordHeader {
    /// Bytes of the record.
    pub(crate) len: usize,
    crc: u32,
}

impl RecordHeader {
    /// The header of a record's bytes. INVARIANT: the record has at most [`MAX_RECORD`] bytes.
    pub(crate) fn encode(record: &[u8]) -> [u8; RECORD_HEADER] {
        Self::encode_padded(record, &[])
    }

    /// The header of a record's bytes with some more behind them.
    pub(crate) fn encode_padded(record: &[u8], padding: &[u8]) -> [u8; RECORD_HEADER] {
        let len = ((record.len() + padding.len()) as u32).to_le_bytes();
        let crc = record_crc(len, record, padding).to_le_bytes();
        let [a, b, c, d] = len;
        let [e, f, g, h] = crc;
        [a, b, c, d, e, f, g, h]
    }

    /// The header that starts `bytes`, and what follows it; `None` when that is no possible header.
    pub(crate) fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let mut fields = Fields(bytes);
        let len = usize::try_from(fields.u32().ok()?).ok().filter(|len| *len <= MAX_RECORD)?;
        let crc = fields.u32().ok()?;
        Some((Self { len, crc }, fields.0))
    }

    /// Whether these are the bytes that were written.
    pub(crate) fn fits(&self, record: &[u8]) -> bool {
        record.len() == self.len && record_crc((self.len as u32).to_le_bytes(), record, &[]) == self.crc
    }
}

fn record_crc(len: [u8; 4], record: &[u8], padding: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&len);
    crc.update(record);
    crc.update(padding);
    crc.finalize()
}

pub(super) fn with_crc(mut bytes: Vec<u8>) -> Vec<u8> {
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// The fields before the CRC of a header of `size` bytes, when the CRC fits them.
pub(super) fn checked(bytes: &[u8], size: usize) -> Result<Fields<'_>, Unreadable> {
    let whole = bytes.get(..size).and_then(<[u8]>::split_last_chunk);
    let (fields, crc) = whole.ok_or(Unreadable::Damaged)?;
    if crc32fast::hash(fields) == u32::from_le_bytes(*crc) {
        Ok(Fields(fields))
    } else {
        Err(Unreadable::Damaged)
    }
}

fn expect_kind(fields: &mut Fields<'_>, magic: [u8; 8]) -> Result<u32, Unreadable> {
    let found: [u8; 8] = fields.take()?;
    match fields.u32()? {
        version @ PLAIN..=FORMAT if found == magic => Ok(version),
        version if found == magic && version > FORMAT => Err(Unreadable::Newer(version)),
        _ => Err(Unreadable::Damaged),
    }
}

/// The fields of a header, one after the other.
pub(super) struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (field, rest) = self.0.split_first_chunk().ok_or(Unreadable::Damaged)?;
        self.0 = rest;
        Ok(*field)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Unreadable> {
        self.take().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Unreadable> {
        self.take().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: SegmentHeader = SegmentHeader { base: 7, records: 8, link: [9; LINK] };
    const FRAME: FrameHeader = FrameHeader { records: 3, payload: 100, position: 64 };
    const MARKED: Mark = Mark { end: 64, link: [5; LINK] };

    #[test]
    fn headers_are_as_long_as_they_say_and_read_back() {
        for version in [PLAIN, FORMAT] {
            assert_eq!(SEGMENT.encode(version).len() as u64, SEGMENT_HEADER);
            assert_eq!(SegmentHeader::decode(&SEGMENT.encode(version)), Ok((version, SEGMENT)));
        }
        assert_eq!(SegmentHeader::decode(&SEGMENT.encode(FORMAT + 1)), Err(Unreadable::Newer(FORMAT + 1)));
        assert_eq!(FRAME.encode().len(), FRAME_HEADER);
        assert_eq!(FrameHeader::decode(&FRAME.encode(), 64), Some(FRAME));
        assert_eq!(MARKED.encode().len(), MARK);
        assert_eq!(Mark::decode(&MARKED.encode()), Ok(MARKED));
    }

    #[test]
    fn a_header_cut_short_or_of_another_kind_is_none() {
        for cut in 0..SEGMENT_HEADER as usize {
            assert_eq!(SegmentHeader::decode(&SEGMENT.encode(PLAIN)[..cut]), Err(Unreadable::Damaged));
        }
        for cut in 0..FRAME_HEADER {
            assert_eq!(FrameHeader::decode(&FRAME.encode()[..cut], 64), None);
        }
        assert_eq!(Mark::decode(&SEGMENT.encode(PLAIN)), Err(Unreadable::Damaged));
    }

    #[test]
    fn a_frame_counts_only_where_it_was_written() {
        assert_eq!(FrameHeader::decode(&FRAME.encode(), 65), None);
        let endless = FrameHeader { payload: u64::MAX, ..FRAME };
        assert_eq!(FrameHeader::decode(&endless.encode(), 64), None);
    }

    #[test]
    fn a_record_fits_its_own_header_only() {
        let bytes = RecordHeader::encode(b"claim");
        let (header, rest) = RecordHeader::split(&bytes).unwrap();
        assert!(rest.is_empty() && header.fits(b"claim"));
        assert!(!header.fits(b"claim ") && !header.fits(b"Claim") && !header.fits(b""));
        assert!(RecordHeader::split(&[0xff; RECORD_HEADER]).is_none(), "a length past the limit");
        assert!(RecordHeader::split(&[0; RECORD_HEADER]).is_some_and(|(header, _)| !header.fits(b"")));
    }
}
