//! Reading a sealed segment as if it were the file it stands for.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::extension::{Blocks, HEAD_2, MAX_BLOCK};
use super::format::{Fields, LINK, Link, Unreadable, checked, with_crc};
use super::vault::Vault;
use crate::disk::DiskFile;

/// Blocks that random reads leave in memory, over all segments: 8 MB.
const CACHED: usize = 128;
const SPARE: usize = 4;
const ENTRY: u64 = 8;
const PURPOSE: &[u8] = b"cfj blk\0";

/// A place in a sealed file that is not what was written.
#[derive(Debug)]
pub(crate) struct BlockFault {
    /// Its byte offset in the file.
    pub(crate) offset: u64,
    /// What is wrong.
    pub(crate) detail: String,
}

impl fmt::Display for BlockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for BlockFault {}

fn fault(offset: u64, detail: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, BlockFault { offset, detail })
}

/// Where a block is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Byte offset in the file.
    pub(crate) offset: u64,
    /// Bytes.
    pub(crate) len: u32,
    /// CRC-32 of these bytes.
    pub(crate) crc: u32,
}

/// What stands at the end of a sealed file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) blocks: Vec<Stored>,
    /// Records of the journal up to the segment's end.
    pub(crate) records: u64,
    /// The last link.
    pub(crate) link: Link,
}

impl Index {
    /// Bytes of the index of so many blocks.
    fn size(blocks: u64) -> u64 {
        blocks * ENTRY + 8 + LINK as u64 + 4
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for block in &self.blocks {
            bytes.extend_from_slice(&block.len.to_le_bytes());
            bytes.extend_from_slice(&block.crc.to_le_bytes());
        }
        bytes.extend_from_slice(&self.records.to_le_bytes());
        bytes.extend_from_slice(&self.link);
        with_crc(bytes)
    }

    fn decode(bytes: &[u8], blocks: u64) -> Result<Self, Unreadable> {
        let mut fields = checked(bytes, bytes.len())?;
        let mut stored = Vec::new();
        let mut offset = HEAD_2;
        for _ in 0..blocks {
            let (len, crc) = (fields.u32()?, fields.u32()?);
            stored.push(Stored { offset, len, crc });
            offset += u64::from(len);
        }
        Ok(Self { blocks: stored, records: fields.u64()?, link: link(&mut fields)? })
    }
}

fn link(fields: &mut Fields<'_>) -> Result<Link, Unreadable> {
    fields.take()
}

/// What a block is bound to when it is encrypted.
pub(crate) fn place(vault: &Vault, number: u64) -> Vec<u8> {
    [PURPOSE, vault.secret(), &number.to_le_bytes()].concat()
}

/// Blocks that were read lately, and what unpacks them.
#[derive(Default)]
pub(crate) struct BlockCache {
    held: Mutex<VecDeque<Held>>,
    unpackers: Mutex<Vec<zstd::bulk::Decompressor<'static>>>,
}

struct Held {
    base: u64,
    number: u64,
    bytes: Arc<[u8]>,
}

impl BlockCache {
    fn held(&self) -> MutexGuard<'_, VecDeque<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, base: u64, number: u64) -> Option<Arc<[u8]>> {
        let mut held = self.held();
        let place = held.iter().rposition(|block| block.number == number && block.base == base)?;
        let block = held.remove(place)?;
        let bytes = Arc::clone(&block.bytes);
        held.push_back(block);
        Some(bytes)
    }

    fn keep(&self, base: u64, number: u64, bytes: Arc<[u8]>) {
        let mut held = self.held();
        if held.len() >= CACHED {
            held.pop_front();
        }
        held.push_back(Held { base, number, bytes });
    }

    fn unpack(&self, packed: &[u8], size: usize) -> io::Result<Vec<u8>> {
        let unpackers = || self.unpackers.lock().unwrap_or_else(PoisonError::into_inner);
        let spare = unpackers().pop();
        let mut unpacker = spare.map_or_else(zstd::bulk::Decompressor::new, Ok)?;
        let unpacked = unpacker.decompress(packed, size);
        let mut unpackers = unpackers();
        if unpackers.len() < SPARE {
            unpackers.push(unpacker);
        }
        unpacked
    }
}

/// A sealed file, read by the offsets of the file it stands for.
pub(crate) struct SealedFile {
    file: Box<dyn DiskFile>,
    base: u64,
    head: u64,
    blocks: Blocks,
    vault: Option<Vault>,
    index: OnceLock<Index>,
    cache: Arc<BlockCache>,
}

impl SealedFile {
    pub(crate) fn new(
        file: Box<dyn DiskFile>,
        (base, head): (u64, u64),
        blocks: Blocks,
        vault: Option<Vault>,
        cache: Arc<BlockCache>,
    ) -> Self {
        Self { file, base, head, blocks, vault, index: OnceLock::new(), cache }
    }

    /// The index, read at its first use: a start need not wait for it.
    pub(crate) fn index(&self) -> io::Result<&Index> {
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let index = self.read_index()?;
        Ok(self.index.get_or_init(|| index))
    }

    fn read_index(&self) -> io::Result<Index> {
        let (file, size) = (self.file.size()?, Index::size(self.blocks.count()));
        let wrong = |offset| fault(offset, "its index does not match its checksum".to_owned());
        let offset = file.checked_sub(size).filter(|offset| *offset >= HEAD_2);
        let offset = offset.ok_or_else(|| fault(file, "it is cut off".to_owned()))?;
        let mut bytes = vec![0; usize::try_from(size).map_err(io::Error::other)?];
        let read = self.file.read_at(&mut bytes, offset)?;
        let index = Index::decode(bytes.get(..read).unwrap_or_default(), self.blocks.count());
        let index = index.map_err(|_| wrong(offset))?;
        let end = index.blocks.last().map_or(HEAD_2, |last| last.offset + u64::from(last.len));
        if end == offset { Ok(index) } else { Err(wrong(offset)) }
    }

    /// Bytes of frames in a block.
    fn length(&self, number: u64) -> usize {
        let size = u64::from(self.blocks.size);
        let left = self.blocks.frames.saturating_sub(number.saturating_mul(size));
        // INVARIANT: a block has at most MAX_BLOCK bytes.
        left.min(size) as usize
    }

    fn load(&self, number: u64) -> io::Result<Vec<u8>> {
        let place_of = usize::try_from(number).map_err(io::Error::other)?;
        let stored = self.index()?.blocks.get(place_of).copied();
        let stored = stored.ok_or_else(|| io::Error::other("a block beyond the end"))?;
        let wrong = |why: &str| fault(stored.offset, format!("block {} {why}", number + 1));
        if stored.len > 2 * MAX_BLOCK {
            return Err(wrong("has an impossible length"));
        }
        let mut bytes = vec![0; stored.len as usize];
        let read = self.file.read_at(&mut bytes, stored.offset)?;
        if read < bytes.len() || crc32fast::hash(&bytes) != stored.crc {
            return Err(wrong("does not match its checksum"));
        }
        if let Some(vault) = &self.vault {
            let opened = vault.keyring().open(&place(vault, number), &bytes);
            bytes = opened.map_err(|error| wrong(&format!("cannot be decrypted: {error}")))?;
        }
        let length = self.length(number);
        let unpacked = self.cache.unpack(&bytes, length).ok().filter(|bytes| bytes.len() == length);
        unpacked.ok_or_else(|| wrong("cannot be unpacked"))
    }

    fn cached(&self, number: u64) -> io::Result<Arc<[u8]>> {
        if let Some(bytes) = self.cache.get(self.base, number) {
            return Ok(bytes);
        }
        let bytes: Arc<[u8]> = self.load(number)?.into();
        self.cache.keep(self.base, number, Arc::clone(&bytes));
        Ok(bytes)
    }

    /// Fills `into` with frames from an offset on, both within the frames' bytes.
    fn fill(&self, into: &mut [u8], from: u64) -> io::Result<()> {
        let size = u64::from(self.blocks.size);
        let (mut into, mut from) = (into, from);
        while !into.is_empty() {
            let (number, skip) = (from / size, (from % size) as usize);
            let count = self.length(number).saturating_sub(skip).min(into.len());
            let Some((now, later)) = into.split_at_mut_checked(count).filter(|_| count > 0) else {
                return Err(io::Error::other("a block beyond the end"));
            };
            // Whole blocks come from reading in order, which would only drive others out of the cache.
            if count == self.length(number) {
                now.copy_from_slice(&self.load(number)?);
            } else if let Some(part) = self.cached(number)?.get(skip..skip + count) {
                now.copy_from_slice(part);
            }
            from += count as u64;
            into = later;
        }
        Ok(())
    }
}

impl DiskFile for SealedFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.head + self.blocks.frames)
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let left = usize::try_from(self.size()?.saturating_sub(at)).unwrap_or(usize::MAX);
        let count = into.len().min(left);
        let into = into.get_mut(..count).unwrap_or_default();
        // The header is not kept as it was, and holds no record.
        let head = usize::try_from(self.head.saturating_sub(at)).unwrap_or(usize::MAX).min(count);
        let (header, frames) = into.split_at_mut(head);
        header.fill(0);
        self.fill(frames, (at + head as u64).saturating_sub(self.head))?;
        Ok(count)
    }

    fn write_at(&self, _bytes: &[u8], _at: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn truncate(&self, _size: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
