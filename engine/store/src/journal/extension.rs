//! What stands behind the 64 bytes of a segment's header in version 2.
//!
//! ```text
//! 104 bytes: flags u32 | head u32 | block u32 | unused u32 | frames u64 | secret, sealed, 76 | crc32 u32
//! ```
//! Flags: 1 encrypted (else the bytes of the secret are zeros), 2 sealed into blocks. `head` is how many bytes stood
//! before the frames while the segment was open, so that positions stay; `block` is how many bytes of frames go into a
//! block, `frames` how many there are in all: both 0 while it is open. The CRC covers the header before it too.
//! A segment that was encrypted while it was open has `head` 168; with `head` 64 and a secret, only the blocks are
//! encrypted: it was plain before it was sealed, and its records and its chain are as they were.

use super::format::{FORMAT, SEGMENT_HEADER, SegmentHeader, Unreadable, checked, with_crc};
use crate::crypt::{Keyring, OVERHEAD};

/// Bytes of a header with its extension.
pub(crate) const HEAD_2: u64 = SEGMENT_HEADER + 104;
/// Bytes of a segment's secret.
pub(crate) const SECRET: usize = 32;
/// The most bytes of frames in a block.
pub(crate) const MAX_BLOCK: u32 = 1 << 24;

const ENCRYPTED: u32 = 1;
const BLOCKS: u32 = 2;
const SEALED_SECRET: usize = SECRET + OVERHEAD;
const PURPOSE: &[u8] = b"claimflow journal segment";

/// A segment's secret.
pub(crate) type Secret = [u8; SECRET];

/// The blocks of a sealed segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Blocks {
    /// Bytes of frames in each block but the last. INVARIANT: between 1 and [`MAX_BLOCK`].
    pub(crate) size: u32,
    /// Bytes of frames in all.
    pub(crate) frames: u64,
}

impl Blocks {
    /// How many blocks there are.
    pub(crate) fn count(&self) -> u64 {
        self.frames.div_ceil(u64::from(self.size.max(1)))
    }
}

/// The extension of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extension {
    /// Bytes before the frames while the segment was open.
    pub(crate) head: u32,
    /// What it is cut into, when it is sealed.
    pub(crate) blocks: Option<Blocks>,
    /// Its secret as it is stored, when it is encrypted.
    pub(crate) secret: Option<Vec<u8>>,
}

impl Extension {
    /// Seals the secret for a segment, bound to its header and to the other fields.
    pub(crate) fn with_secret(
        mut self,
        header: &SegmentHeader,
        secret: &Secret,
        keyring: &Keyring,
    ) -> Result<Self, crate::crypt::CryptError> {
        let mut sealed = Vec::with_capacity(SEALED_SECRET);
        self.secret = Some(Vec::new());
        keyring.seal(&self.place(header), secret, &mut sealed)?;
        self.secret = Some(sealed);
        Ok(self)
    }

    /// The segment's secret, or `None` for a plain one.
    pub(crate) fn open_secret(
        &self,
        header: &SegmentHeader,
        keyring: &Keyring,
    ) -> Result<Option<Secret>, crate::crypt::CryptError> {
        let Some(sealed) = &self.secret else { return Ok(None) };
        let opened = keyring.open(&self.place(header), sealed)?;
        Secret::try_from(opened).map(Some).map_err(|_| crate::crypt::CryptError::Damaged)
    }

    /// What the secret is bound to.
    fn place(&self, header: &SegmentHeader) -> Vec<u8> {
        let mut place = PURPOSE.to_vec();
        place.extend_from_slice(&header.encode(FORMAT));
        self.fields(&mut place);
        place
    }

    fn fields(&self, into: &mut Vec<u8>) {
        let blocks = self.blocks.unwrap_or(Blocks { size: 0, frames: 0 });
        let encrypted = if self.secret.is_some() { ENCRYPTED } else { 0 };
        let flags = encrypted | if self.blocks.is_some() { BLOCKS } else { 0 };
        for field in [flags, self.head, blocks.size, 0] {
            into.extend_from_slice(&field.to_le_bytes());
        }
        into.extend_from_slice(&blocks.frames.to_le_bytes());
    }

    /// The header with this extension.
    pub(crate) fn encode(&self, header: &SegmentHeader) -> Vec<u8> {
        let mut bytes = header.encode(FORMAT);
        self.fields(&mut bytes);
        let mut secret = self.secret.clone().unwrap_or_default();
        secret.resize(SEALED_SECRET, 0);
        bytes.extend_from_slice(&secret);
        with_crc(bytes)
    }

    /// The extension in the first bytes of a segment, whose header is known to be version 2.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut fields = checked(bytes, HEAD_2 as usize)?;
        let _header: [u8; SEGMENT_HEADER as usize] = fields.take()?;
        let (flags, head, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let (unused, frames) = (fields.u32()?, fields.u64()?);
        let secret: [u8; SEALED_SECRET] = fields.take()?;
        let blocks = (flags & BLOCKS != 0).then_some(Blocks { size, frames });
        let secret = (flags & ENCRYPTED != 0).then(|| secret.to_vec());
        let heads = [SEGMENT_HEADER, HEAD_2];
        let known = flags & !(ENCRYPTED | BLOCKS) == 0 && unused == 0 && heads.contains(&u64::from(head));
        let possible = blocks.is_none_or(|blocks| (1..=MAX_BLOCK).contains(&blocks.size));
        if known && possible { Ok(Self { head, blocks, secret }) } else { Err(Unreadable::Damaged) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::format::LINK;

    const HEADER: SegmentHeader = SegmentHeader { base: 7, records: 8, link: [9; LINK] };

    fn extension(blocks: Option<Blocks>) -> Extension {
        Extension { head: HEAD_2 as u32, blocks, secret: None }
    }

    #[test]
    fn an_extension_reads_back_with_its_secret() {
        let keyring = Keyring::random().unwrap();
        for blocks in [None, Some(Blocks { size: 65536, frames: 70000 })] {
            let plain = extension(blocks);
            assert_eq!(plain.encode(&HEADER).len() as u64, HEAD_2);
            assert_eq!(Extension::decode(&plain.encode(&HEADER)), Ok(plain.clone()));
            assert_eq!(plain.open_secret(&HEADER, &keyring), Ok(None));
            let encrypted = plain.with_secret(&HEADER, &[5; SECRET], &keyring).unwrap();
            assert_eq!(Extension::decode(&encrypted.encode(&HEADER)), Ok(encrypted.clone()));
            assert_eq!(encrypted.open_secret(&HEADER, &keyring), Ok(Some([5; SECRET])));
        }
    }

    #[test]
    fn a_secret_belongs_to_its_header_and_fields_alone() {
        let keyring = Keyring::random().unwrap();
        let encrypted = extension(None).with_secret(&HEADER, &[5; SECRET], &keyring).unwrap();
        let moved = SegmentHeader { base: 8, ..HEADER };
        assert!(encrypted.open_secret(&moved, &keyring).is_err());
        let other = Extension { head: SEGMENT_HEADER as u32, ..encrypted.clone() };
        assert!(other.open_secret(&HEADER, &keyring).is_err());
        assert!(encrypted.open_secret(&HEADER, &Keyring::random().unwrap()).is_err());
    }

    #[test]
    fn bytes_that_no_version_wrote_are_refused() {
        let whole = extension(None).encode(&HEADER);
        for cut in 0..whole.len() {
            assert_eq!(Extension::decode(&whole[..cut]), Err(Unreadable::Damaged));
        }
        let endless = extension(Some(Blocks { size: 0, frames: 1 }));
        assert_eq!(Extension::decode(&endless.encode(&HEADER)), Err(Unreadable::Damaged));
    }
}
