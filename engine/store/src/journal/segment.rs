//! The journal's files and where their frames begin.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use claimflow_runtime::store::StoreError;

use super::blocks::{BlockCache, BlockFault, SealedFile};
use super::extension::{Extension, HEAD_2};
use super::format::{Link, PLAIN, SEGMENT_HEADER, SegmentHeader, Unreadable};
use super::vault::Vault;
use super::{RESTORE, damaged, newer};
use crate::crypt::{self, CryptError, KeyId, Keyring, OVERHEAD};
use crate::disk::{Access, Disk, DiskFile};
use crate::error::io_error;

/// A frame boundary: what a reader or writer must know to go on from there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Position of the frame that begins here.
    pub(crate) at: u64,
    /// Records before it, in the whole journal.
    pub(crate) records: u64,
    /// The link of the frame before it.
    pub(crate) link: Link,
}

/// One file of the journal, open to grow or sealed.
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) header: SegmentHeader,
    /// Counted from 1 over the whole journal.
    number: usize,
    /// Bytes before its first frame.
    head: u64,
    body: Body,
    /// What opens its records and keys its chain, when it was encrypted from the beginning.
    vault: Option<Vault>,
    /// The key that its secret is sealed with.
    key: Option<KeyId>,
}

enum Body {
    Open(Box<dyn DiskFile>),
    Sealed(SealedFile),
}

/// What opening a file of the journal needs beside its path.
#[derive(Clone, Default)]
pub(crate) struct Means {
    pub(crate) keyring: Option<Arc<Keyring>>,
    pub(crate) cache: Arc<BlockCache>,
}

impl Segment {
    /// The name of the `number`th file, counted from 1.
    pub(crate) fn name(number: usize) -> String {
        format!("{number:08}.cfj")
    }

    /// The name of the `number`th file once it is sealed.
    pub(crate) fn sealed_name(number: usize) -> String {
        format!("{number:08}.cfs")
    }

    /// The number in a file's name, and whether it is a sealed one's; `None` for other files.
    pub(crate) fn number_in(name: &str) -> Option<(usize, bool)> {
        let (number, kind) = name.split_once('.')?;
        let digits = number.len() >= 8 && number.bytes().all(|digit| digit.is_ascii_digit());
        let number = number.parse().ok().filter(|number| digits && *number > 0)?;
        match kind {
            "cfj" => Some((number, false)),
            "cfs" => Some((number, true)),
            _ => None,
        }
    }

    /// Opens an existing file; `Ok(Err(..))` when its header cannot be read.
    pub(crate) fn open(
        disk: &dyn Disk,
        (path, number): (&Path, usize),
        access: Access,
        means: &Means,
    ) -> Result<Result<Self, Box<dyn DiskFile>>, StoreError> {
        let file = disk.open(path, access).map_err(|source| io_error("open", path, source))?;
        let mut bytes = [0; HEAD_2 as usize];
        let read = file.read_at(&mut bytes, 0).map_err(|source| io_error("read", path, source))?;
        let bytes = bytes.get(..read).unwrap_or_default();
        let decoded = SegmentHeader::decode(bytes).and_then(|(version, header)| match version {
            PLAIN => Ok((header, Extension { head: SEGMENT_HEADER as u32, blocks: None, secret: None })),
            _ => Extension::decode(bytes).map(|extension| (header, extension)),
        });
        let sealed = path.extension().is_some_and(|kind| kind == "cfs");
        match decoded {
            Ok((header, extension)) if extension.blocks.is_some() == sealed => {
                Self::of(file, (path, number), header, &extension, means).map(Ok)
            }
            Err(Unreadable::Newer(found)) => Err(newer(path, found)),
            Ok(_) | Err(Unreadable::Damaged) => Ok(Err(file)),
        }
    }

    fn of(
        file: Box<dyn DiskFile>,
        (path, number): (&Path, usize),
        header: SegmentHeader,
        extension: &Extension,
        means: &Means,
    ) -> Result<Self, StoreError> {
        let vault = open_vault(path, &header, extension, means)?;
        let key = extension.secret.as_deref().and_then(|sealed| Keyring::sealed_with(sealed).ok());
        let head = u64::from(extension.head);
        let keyed = head == HEAD_2;
        let body = match extension.blocks {
            None => Body::Open(file),
            Some(blocks) => {
                let cache = Arc::clone(&means.cache);
                Body::Sealed(SealedFile::new(file, (header.base, head), blocks, vault.clone(), cache))
            }
        };
        let vault = vault.filter(|_| keyed);
        Ok(Self { path: path.to_owned(), header, number, head, body, vault, key })
    }

    /// Makes the `number`th file anew, empty but for its header, and makes that durable. Whatever stood in it goes: the
    /// caller knows that nothing in it was acknowledged.
    pub(crate) fn create(
        disk: &dyn Disk,
        (folder, number): (&Path, usize),
        header: SegmentHeader,
        means: &Means,
        fsync: bool,
    ) -> Result<Self, StoreError> {
        let path = folder.join(Self::name(number));
        let refuse = |source| io_error("create", &path, io::Error::other(source));
        let (bytes, extension) = match &means.keyring {
            None => {
                let extension = Extension { head: SEGMENT_HEADER as u32, blocks: None, secret: None };
                (header.encode(PLAIN), extension)
            }
            Some(keyring) => {
                let secret = crypt::Secret::random().map_err(refuse)?;
                let extension = Extension { head: HEAD_2 as u32, blocks: None, secret: None };
                let extension = extension.with_secret(&header, secret.bytes(), keyring).map_err(refuse)?;
                (extension.encode(&header), extension)
            }
        };
        let file = disk.open(&path, Access::Write).map_err(|source| io_error("create", &path, source))?;
        let written = file.truncate(0).and_then(|()| file.write_at(&bytes, 0));
        written.map_err(|source| io_error("write", &path, source))?;
        if fsync {
            let synced = file.sync().and_then(|()| disk.sync_folder(folder));
            synced.map_err(|source| io_error("sync", &path, source))?;
        }
        Self::of(file, (&path, number), header, &extension, means)
    }

    /// Its bytes, by the offsets of the open file, whichever form it has.
    pub(crate) fn file(&self) -> &dyn DiskFile {
        match &self.body {
            Body::Open(file) => &**file,
            Body::Sealed(sealed) => sealed,
        }
    }

    /// Its number, counted from 1.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// Bytes before its first frame.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// What opens its records and keys its chain, when it was encrypted from the beginning.
    pub(crate) fn vault(&self) -> Option<&Vault> {
        self.vault.as_ref()
    }

    /// What opens its records one by one: only those of an open file are encrypted so.
    pub(crate) fn record_vault(&self) -> Option<&Vault> {
        self.vault.as_ref().filter(|_| !self.is_sealed())
    }

    /// Whether it is sealed into blocks.
    pub(crate) fn is_sealed(&self) -> bool {
        matches!(self.body, Body::Sealed(_))
    }

    /// The key that its secret is sealed with, and so, once it is sealed, all of it.
    pub(crate) fn key(&self) -> Option<KeyId> {
        self.key
    }

    /// Bytes that a record is longer in its clear form than its own.
    pub(crate) fn padding(&self) -> usize {
        self.vault.as_ref().map_or(0, |_| OVERHEAD)
    }

    /// Where its first frame begins.
    pub(crate) fn first(&self) -> Cursor {
        let SegmentHeader { base, records, link } = self.header;
        Cursor { at: base + self.head, records, link }
    }

    /// Where the file before it ended.
    pub(crate) fn before(&self) -> Cursor {
        let SegmentHeader { base, records, link } = self.header;
        Cursor { at: base, records, link }
    }

    /// Checks that it begins where the file before it ended.
    pub(crate) fn continues(&self, before: &Cursor) -> Result<(), StoreError> {
        if self.before() == *before {
            return Ok(());
        }
        let detail =
            format!("it does not continue the file before it, which ends with record {}", before.records);
        Err(damaged(&self.path, 0, detail, RESTORE))
    }

    /// Checks that the index of a sealed file is whole.
    pub(crate) fn check_index(&self) -> Result<(), StoreError> {
        match &self.body {
            Body::Open(_) => Ok(()),
            Body::Sealed(sealed) => sealed.index().map(|_index| ()).map_err(|source| self.read_error(source)),
        }
    }

    /// Checks that a sealed file says of its end what reading it gave.
    pub(crate) fn ends(&self, cursor: &Cursor) -> Result<(), StoreError> {
        let Body::Sealed(sealed) = &self.body else { return Ok(()) };
        let index = sealed.index().map_err(|source| self.read_error(source))?;
        if (index.records, index.link) == (cursor.records, cursor.link) {
            return Ok(());
        }
        let detail =
            format!("its end is not the one it had when it was sealed, with record {}", index.records);
        Err(damaged(&self.path, 0, detail, RESTORE))
    }

    /// The position behind its last byte.
    pub(crate) fn end(&self) -> Result<u64, StoreError> {
        let size = self.file().size().map_err(|source| self.read_error(source))?;
        Ok(self.header.base + size)
    }

    /// The offset in the file of a position. INVARIANT: the position is not before the segment's base.
    pub(crate) fn offset(&self, position: u64) -> u64 {
        position.saturating_sub(self.header.base)
    }

    /// Why it could not be read: a block that is not what was written, or what the disk says.
    pub(crate) fn read_error(&self, source: io::Error) -> StoreError {
        match source.get_ref().and_then(|inner| inner.downcast_ref::<BlockFault>()) {
            Some(fault) => damaged(&self.path, fault.offset, fault.detail.clone(), RESTORE),
            None => io_error("read", &self.path, source),
        }
    }
}

/// What opens a segment; an error when it is encrypted and its key is not at hand.
fn open_vault(
    path: &Path,
    header: &SegmentHeader,
    extension: &Extension,
    means: &Means,
) -> Result<Option<Vault>, StoreError> {
    if extension.secret.is_none() {
        return Ok(None);
    }
    let refuse = |why: String| io_error("read", path, io::Error::other(why));
    let keyring = means.keyring.as_ref();
    let keyring = keyring.ok_or_else(|| refuse("it is encrypted, and no key is at hand".to_owned()))?;
    match extension.open_secret(header, keyring) {
        Ok(secret) => Ok(secret.map(|secret| Vault::new(Arc::clone(keyring), secret))),
        Err(CryptError::Damaged) => {
            let detail = "its header is not the one that was written under this key".to_owned();
            Err(damaged(path, 0, detail, RESTORE))
        }
        Err(error) => Err(refuse(error.to_string())),
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

    pub(crate) fn last(&self) -> Option<Arc<Segment>> {
        self.list.read().unwrap_or_else(PoisonError::into_inner).last().cloned()
    }

    /// Puts a segment's sealed form in its place.
    pub(crate) fn replace(&self, sealed: Segment) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = list.iter_mut().find(|segment| segment.number == sealed.number) {
            *place = Arc::new(sealed);
        }
    }

    /// Lets go of the first segments.
    pub(crate) fn drop_first(&self, count: usize) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let count = count.min(list.len());
        list.drain(..count);
    }

    /// The position at which the first segment begins.
    pub(crate) fn start(&self) -> u64 {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        list.first().map_or(0, |first| first.header.base)
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
