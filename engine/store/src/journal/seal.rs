//! Sealing: a segment that is full is written anew in blocks, compressed and encrypted, and its open form removed.
//!
//! It takes nothing from the append path: the last segment is never touched, and no lock is held but to put the new form
//! in the old one's place. A crash leaves the open form, or both, or the sealed one, each of them whole: the new file is
//! written under a name of its own, read back and checked, synced, and renamed; the folder is synced; only then the old
//! file goes.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use claimflow_runtime::store::{DropReport, Position, SealReport, StoreError};

use super::blocks::{Index, Stored, place};
use super::extension::{Blocks, Extension, HEAD_2};
use super::folder::{PART, Start};
use super::forgotten;
use super::segment::{Cursor, Means, Segment, Segments};
use super::vault::Vault;
use super::{RESTORE, damaged, walk};
use crate::crypt::Secret;
use crate::disk::{Access, Disk, DiskFile};
use crate::error::io_error;

/// Bytes of frames in a block.
const BLOCK: u32 = 64 << 10;
/// How hard zstd tries.
const LEVEL: i32 = 3;

/// What dropping the oldest part of a journal takes away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Segments.
    pub segments: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// Every record before this position is gone; zero when nothing is.
    pub up_to: Position,
    /// The chain's last link before it.
    pub link: [u8; 32],
}

impl From<Forgotten> for DropReport {
    fn from(dropped: Forgotten) -> Self {
        let Forgotten { segments, records, bytes, up_to, link } = dropped;
        let link =
            if segments == 0 { String::new() } else { blake3::Hash::from_bytes(link).to_hex().to_string() };
        Self { segments, records, bytes, up_to, link }
    }
}

/// Asked between blocks: whether to go on. It may take its time, so that sealing is slow on purpose.
pub(crate) type Pace<'a> = &'a mut dyn FnMut() -> ControlFlow<()>;

/// Which segments to seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that are not sealed yet.
    Unsealed,
    /// Those too that are plain or under another key than new ones.
    OldKeys,
}

/// Writes sealed segments. One at a time.
pub(crate) struct Sealer {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    segments: Arc<Segments>,
    means: Means,
    at_work: Mutex<()>,
}

impl Sealer {
    pub(crate) fn new(disk: Arc<dyn Disk>, folder: PathBuf, segments: Arc<Segments>, means: Means) -> Self {
        Self { disk, folder, segments, means, at_work: Mutex::new(()) }
    }

    /// Seals every closed segment that wants it, as far as `pace` lets it.
    pub(crate) fn seal(&self, which: Which, pace: Pace<'_>) -> Result<SealReport, StoreError> {
        let _alone = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.segments.all();
        let mut report = SealReport::default();
        for (segment, next) in all.iter().zip(all.iter().skip(1)) {
            if !self.wants(segment, which) {
                continue;
            }
            let Some((before, after)) = self.replace(segment, next, pace)? else { return Ok(report) };
            report = SealReport {
                segments: report.segments + 1,
                before: report.before + before,
                after: report.after + after,
            };
        }
        if which == Which::OldKeys {
            self.begin_at(all.first().map_or(&[], std::slice::from_ref))?;
        }
        Ok(report)
    }

    /// Drops the first segments as far as they are sealed and end at or before a position; `really` false: only says
    /// what would go.
    pub(crate) fn forget(&self, up_to: u64, really: bool) -> Result<Forgotten, StoreError> {
        let _alone = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.segments.all();
        let pairs = all.iter().zip(all.iter().skip(1));
        let going =
            pairs.take_while(|(segment, next)| segment.is_sealed() && next.before().at <= up_to).count();
        let (gone, kept) = all.split_at(going);
        let mut report = Forgotten::default();
        if let (Some(first), Some(next)) = (gone.first(), kept.first()) {
            report.segments = going as u64;
            report.records = next.before().records - first.before().records;
            report.up_to = Position(next.before().at);
            report.link = next.before().link;
            for segment in gone {
                report.bytes += self.stored_bytes(&segment.path)?;
            }
        }
        if !really || going == 0 {
            return Ok(report);
        }
        self.begin_at(kept)?;
        self.segments.drop_first(going);
        for segment in gone {
            let removed = self.disk.remove(&segment.path);
            removed.map_err(|source| io_error("remove", &segment.path, source))?;
        }
        let synced = self.disk.sync_folder(&self.folder);
        synced.map_err(|source| io_error("sync", &self.folder, source))?;
        Ok(report)
    }

    /// Notes durably that the journal begins with the first of these segments, when that is not the very first.
    fn begin_at(&self, kept: &[Arc<Segment>]) -> Result<(), StoreError> {
        let Some(first) = kept.first().filter(|first| first.number() > 1) else { return Ok(()) };
        let start = Start { number: first.number(), cursor: first.before(), proven: true };
        forgotten::write(&self.folder, &*self.disk, &self.means, &start)
    }

    fn wants(&self, segment: &Segment, which: Which) -> bool {
        let newest = self.means.keyring.as_ref().map(|keyring| keyring.newest());
        !segment.is_sealed() || (which == Which::OldKeys && segment.key() != newest)
    }

    /// Puts a sealed form in a segment's place; `None` when `pace` stopped it. Returns bytes before and after.
    fn replace(
        &self,
        segment: &Arc<Segment>,
        next: &Segment,
        pace: Pace<'_>,
    ) -> Result<Option<(u64, u64)>, StoreError> {
        let path = self.folder.join(Segment::sealed_name(segment.number()));
        let part = self.folder.join(format!("{:08}{PART}", segment.number()));
        let before = self.stored_bytes(&segment.path)?;
        let written = self.write(segment, &next.before(), &part, pace);
        let Ok(Some(after)) = written else {
            // What stays because it cannot be removed either goes at the next start.
            let _removed = self.disk.remove(&part);
            return written.map(|_stopped| None);
        };
        let renamed = self.disk.rename(&part, &path).and_then(|()| self.disk.sync_folder(&self.folder));
        renamed.map_err(|source| io_error("rename", &part, source))?;
        self.segments.replace(self.open(&path, segment.number())?);
        if segment.path != path {
            let removed = self.disk.remove(&segment.path).and_then(|()| self.disk.sync_folder(&self.folder));
            removed.map_err(|source| io_error("remove", &segment.path, source))?;
        }
        Ok(Some((before, after)))
    }

    /// Writes a sealed segment anew with its frames up to `end` alone, for a journal that nobody has open.
    pub(crate) fn shorten(&self, segment: &Segment, end: &Cursor) -> Result<(), StoreError> {
        let path = self.folder.join(Segment::sealed_name(segment.number()));
        let part = self.folder.join(format!("{:08}{PART}", segment.number()));
        self.write(segment, end, &part, &mut || ControlFlow::Continue(()))?;
        let renamed = self.disk.rename(&part, &path).and_then(|()| self.disk.sync_folder(&self.folder));
        renamed.map_err(|source| io_error("rename", &part, source))
    }

    /// Writes, syncs and checks the sealed form of a segment under a name of its own. Returns its bytes.
    fn write(
        &self,
        segment: &Segment,
        end: &Cursor,
        part: &Path,
        pace: Pace<'_>,
    ) -> Result<Option<u64>, StoreError> {
        let io = |source| io_error("write", part, source);
        let file = self.disk.open(part, Access::Write).map_err(io)?;
        file.truncate(0).map_err(io)?;
        let frames = end.at - segment.first().at;
        let (head, vault) = self.head(segment, frames).map_err(io)?;
        file.write_at(&head, 0).map_err(io)?;
        let mut writer = BlockWriter::new(&*file, vault, pace).map_err(io)?;
        let mut cursor = segment.first();
        if let Err(fault) = walk::walk_image(segment, &mut cursor, end.at, &mut |bytes| writer.take(bytes)) {
            return if writer.stopped { Ok(None) } else { Err(fault.into_error(segment)) };
        }
        if cursor != *end {
            return Err(damaged(&segment.path, 0, "the next file does not continue it".into(), RESTORE));
        }
        let finished = writer.finish(&cursor);
        if writer.stopped {
            return Ok(None);
        }
        let size = finished.and_then(|size| file.sync().map(|()| size)).map_err(io)?;
        let checked = self.check((part, segment.number()), end, writer.pace)?;
        Ok(checked.is_continue().then_some(size))
    }

    /// The header of the sealed form, and what its blocks are encrypted with.
    fn head(&self, segment: &Segment, frames: u64) -> io::Result<(Vec<u8>, Option<Vault>)> {
        let blocks = Some(Blocks { size: BLOCK, frames });
        let head = u32::try_from(segment.head()).map_err(io::Error::other)?;
        let extension = Extension { head, blocks, secret: None };
        let Some(keyring) = &self.means.keyring else {
            return Ok((extension.encode(&segment.header), None));
        };
        let secret = match segment.vault() {
            Some(vault) => *vault.secret(),
            None => *Secret::random().map_err(io::Error::other)?.bytes(),
        };
        let sealed = extension.with_secret(&segment.header, &secret, keyring);
        let extension = sealed.map_err(io::Error::other)?;
        Ok((extension.encode(&segment.header), Some(Vault::new(Arc::clone(keyring), secret))))
    }

    /// Reads the sealed form back, before anything relies on it.
    fn check(
        &self,
        (part, number): (&Path, usize),
        end: &Cursor,
        pace: Pace<'_>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let sealed = self.open(part, number)?;
        let mut cursor = sealed.first();
        let walked = walk::check_slowly(&sealed, &mut cursor, end.at, pace);
        if walked.map_err(|fault| fault.into_error(&sealed))?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        sealed.ends(&cursor)?;
        if cursor == *end {
            return Ok(ControlFlow::Continue(()));
        }
        let detail = "what was just written reads back otherwise".to_owned();
        Err(damaged(part, 0, detail, "check the disk; the segment it was made from is as it was"))
    }

    fn open(&self, path: &Path, number: usize) -> Result<Segment, StoreError> {
        let opened = Segment::open(&*self.disk, (path, number), Access::Read, &self.means)?;
        opened.map_err(|_file| damaged(path, 0, "its header cannot be recognised".into(), RESTORE))
    }

    fn stored_bytes(&self, path: &Path) -> Result<u64, StoreError> {
        let size = self.disk.open(path, Access::Read).and_then(|file| file.size());
        size.map_err(|source| io_error("read", path, source))
    }
}

/// Cuts what it is given into blocks and writes them one behind the other.
struct BlockWriter<'a> {
    file: &'a dyn DiskFile,
    vault: Option<Vault>,
    packer: zstd::bulk::Compressor<'static>,
    pace: Pace<'a>,
    waiting: Vec<u8>,
    written: Vec<Stored>,
    offset: u64,
    stopped: bool,
}

impl<'a> BlockWriter<'a> {
    fn new(file: &'a dyn DiskFile, vault: Option<Vault>, pace: Pace<'a>) -> io::Result<Self> {
        Ok(Self {
            file,
            vault,
            packer: zstd::bulk::Compressor::new(LEVEL)?,
            pace,
            waiting: Vec::with_capacity(2 * BLOCK as usize),
            written: Vec::new(),
            offset: HEAD_2,
            stopped: false,
        })
    }

    fn take(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = (BLOCK as usize).saturating_sub(self.waiting.len()).min(bytes.len());
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.waiting.extend_from_slice(now);
            if self.waiting.len() == BLOCK as usize {
                self.write_block()?;
            }
            bytes = later;
        }
        Ok(())
    }

    fn write_block(&mut self) -> io::Result<()> {
        if (self.pace)().is_break() {
            self.stopped = true;
            return Err(io::ErrorKind::Interrupted.into());
        }
        let mut bytes = self.packer.compress(&self.waiting)?;
        self.waiting.clear();
        if let Some(vault) = &self.vault {
            let mut sealed = Vec::with_capacity(bytes.len() + crate::crypt::OVERHEAD);
            let place = place(vault, self.written.len() as u64);
            vault.keyring().seal(&place, &bytes, &mut sealed).map_err(io::Error::other)?;
            bytes = sealed;
        }
        self.file.write_at(&bytes, self.offset)?;
        let len = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.written.push(Stored { offset: self.offset, len, crc: crc32fast::hash(&bytes) });
        self.offset += u64::from(len);
        Ok(())
    }

    /// Writes what waits, and the index. Returns the file's bytes.
    fn finish(&mut self, end: &Cursor) -> io::Result<u64> {
        if !self.waiting.is_empty() {
            self.write_block()?;
        }
        let blocks = std::mem::take(&mut self.written);
        let index = Index { blocks, records: end.records, link: end.link }.encode();
        self.file.write_at(&index, self.offset)?;
        Ok(self.offset + index.len() as u64)
    }
}
