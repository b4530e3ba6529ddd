//! The claim state: one tree of sled, with the journal position it stands at.
//!
//! sled is named in this file only. It may be lost or damaged at any time: everything in it comes from the journal.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claimflow_runtime::store::{Position, StoreError, Write};

use crate::crypt::Keyring;
use crate::disk::{Disk, SystemDisk};
use crate::error::io_error;
use crate::quiet;
use crate::veil::Veil;

pub(crate) const FOLDER: &str = "state";
const ASIDE: &str = "state.aside";
/// Keys of the store's own, out of the runtime's sight, behind all of its keys.
const RESERVED: &[u8] = b"\xff\xff";
const APPLIED: &[u8] = b"\xff\xffapplied";
const FORMAT_KEY: &[u8] = b"\xff\xffformat";
/// There when values are encrypted.
const ENCRYPTED_KEY: &[u8] = b"\xff\xffencrypted";
const FORMAT: u32 = 1;
const DAMAGED: &str = "its files are damaged";
/// One collection frees up to 512 pages; half of that leaves room for pages that were split.
const WRITES_PER_COLLECTION: usize = 256;

/// What a scan does with each key and value.
type EachEntry<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// The state's database.
pub(crate) struct State {
    db: sled::Db,
    path: PathBuf,
    veil: Veil,
    /// Whether it is new, in the place of one that was damaged.
    made_anew: bool,
}

impl State {
    /// Opens the state of a data folder, making it when it is missing.
    ///
    /// No timed flush: what a crash takes from the state comes back from the journal. Measured here, neither sled's
    /// mode nor a larger segment or cache made batches faster.
    pub(crate) fn open(
        folder: &Path,
        cache_bytes: u64,
        keyring: Option<Arc<Keyring>>,
    ) -> Result<Self, StoreError> {
        let mut state = Self::open_unread(folder, cache_bytes)?;
        state.veil = Veil::new(keyring);
        state.check_encryption()?;
        Ok(state)
    }

    /// [`open`](Self::open), but in the place of one whose files are damaged a new one is made, which is to be filled from
    /// the journal's beginning.
    ///
    /// sled writes its settings and its snapshots in two steps each: a process that is killed between them leaves files
    /// that sled refuses from then on. Nobody should have to do something about that.
    pub(crate) fn open_or_make_anew(
        folder: &Path,
        cache_bytes: u64,
        keyring: Option<Arc<Keyring>>,
    ) -> Result<Self, StoreError> {
        let opened = Self::open(folder, cache_bytes, keyring.clone())
            .and_then(|state| state.applied().map(|_whole| state));
        match opened {
            Err(StoreError::State { damaged: true, .. }) => {}
            other => return other,
        }
        if let Some(aside) = Self::set_aside(folder)?
            && keyring.is_some()
        {
            // It may be from before the practice was encrypted.
            fs::remove_dir_all(&aside).map_err(|source| io_error("remove", &aside, source))?;
        }
        let state = Self::open(folder, cache_bytes, keyring)?;
        Ok(Self { made_anew: true, ..state })
    }

    pub(crate) const fn was_made_anew(&self) -> bool {
        self.made_anew
    }

    /// Opens it for its position and for whether it is encrypted: without keys.
    pub(crate) fn open_unread(folder: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        let path = folder.join(FOLDER);
        let config = sled::Config::new()
            .path(&path)
            .cache_capacity(cache_bytes)
            .mode(sled::Mode::HighThroughput)
            .flush_every_ms(None)
            .print_profile_on_drop(false);
        let db = guarded("opened", || config.open()).map_err(|error| or_full(error, folder))?;
        let state = Self { db, path, veil: Veil::default(), made_anew: false };
        state.check_format(&state.path)?;
        Ok(state)
    }

    /// Moves the state of a data folder out of the way, in place of one moved there earlier. Returns where it is now,
    /// when there was one.
    pub(crate) fn set_aside(folder: &Path) -> Result<Option<PathBuf>, StoreError> {
        let (path, aside) = (folder.join(FOLDER), folder.join(ASIDE));
        if !path.exists() {
            return Ok(None);
        }
        match fs::remove_dir_all(&aside) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(io_error("remove", &aside, source));
            }
            _ => {}
        }
        fs::rename(&path, &aside).map_err(|source| io_error("rename", &path, source))?;
        Ok(Some(aside))
    }

    fn check_format(&self, path: &Path) -> Result<(), StoreError> {
        match self.number(FORMAT_KEY)? {
            Some(found) if found > u64::from(FORMAT) => Err(StoreError::Newer {
                path: path.display().to_string(),
                found: u32::try_from(found).unwrap_or(u32::MAX),
                known: FORMAT,
            }),
            Some(_) => Ok(()),
            None => self.put_number(FORMAT_KEY, u64::from(FORMAT)),
        }
    }

    /// Whether values are encrypted; a state without any is not.
    pub(crate) fn is_encrypted(&self) -> Result<bool, StoreError> {
        Ok(self.number(ENCRYPTED_KEY)?.is_some())
    }

    fn check_encryption(&self) -> Result<(), StoreError> {
        let detail = match (self.is_encrypted()?, self.veil.is_on()) {
            (true, false) => "it is encrypted, and no key was given",
            (false, true) if self.applied()? > Position(0) => {
                "it is not encrypted, as this practice is to be"
            }
            (false, true) => return self.put_number(ENCRYPTED_KEY, 1),
            _ => return Ok(()),
        };
        Err(StoreError::State { action: "used", detail: detail.to_owned(), damaged: false })
    }

    pub(crate) fn applied(&self) -> Result<Position, StoreError> {
        Ok(Position(self.number(APPLIED)?.unwrap_or_default()))
    }

    pub(crate) fn apply(&self, writes: Vec<Write>, applied: Position) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        let count = writes.len();
        for (key, value) in writes {
            if key.starts_with(RESERVED) {
                let detail = "a key begins with the two bytes ff ff, which are the store's own".to_owned();
                return Err(StoreError::State { action: "changed", detail, damaged: false });
            }
            match self.veil.write((key, value))? {
                (key, Some(value)) => batch.insert(key, value),
                (key, None) => batch.remove(key),
            }
        }
        batch.insert(APPLIED, &applied.0.to_be_bytes());
        let changed = guarded("changed", || self.db.apply_batch(batch));
        changed.map_err(|error| or_full(error, &self.path))?;
        collect_garbage(count);
        Ok(())
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if key.starts_with(RESERVED) {
            return Ok(None);
        }
        let key = self.veil.key(key);
        let Some(kept) = guarded("read", || self.db.get(&key))? else { return Ok(None) };
        let mut value = Vec::with_capacity(kept.len());
        self.veil.value(&key, &kept, &mut value)?;
        Ok(Some(value))
    }

    pub(crate) fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        each: EachEntry<'_>,
    ) -> Result<(), StoreError> {
        let (hidden, from) = (self.veil.key(prefix), from.map(|from| self.veil.key(from)));
        let start = from.as_deref().filter(|from| *from > &*hidden).unwrap_or(&hidden);
        let (mut key, mut value) = (Vec::new(), Vec::new());
        let mut entries = self.db.range(start..);
        while let Some((kept_key, kept)) = guarded("read", || entries.next().transpose())? {
            let Some(rest) = kept_key.strip_prefix(&*hidden) else { break };
            if kept_key.starts_with(RESERVED) {
                break;
            }
            value.clear();
            self.veil.value(&kept_key, &kept, &mut value)?;
            key.clear();
            key.extend_from_slice(prefix);
            key.extend_from_slice(rest);
            if each(&key, &value).is_break() {
                break;
            }
        }
        Ok(())
    }

    pub(crate) fn kept_key<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.veil.key(key)
    }

    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        let written = guarded("written", || self.db.flush());
        written.map(|_bytes| ()).map_err(|error| or_full(error, &self.path))
    }

    /// Empties it. The position goes first, so that a crash on the way leaves a state that is applied to from the
    /// beginning again.
    pub(crate) fn clear(&self) -> Result<(), StoreError> {
        self.put_number(APPLIED, 0)?;
        guarded("emptied", || self.db.clear())?;
        self.put_number(FORMAT_KEY, u64::from(FORMAT))?;
        if self.veil.is_on() { self.put_number(ENCRYPTED_KEY, 1) } else { Ok(()) }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn note_format(&self, version: u64) -> Result<(), StoreError> {
        self.put_number(FORMAT_KEY, version)
    }

    fn number(&self, key: &[u8]) -> Result<Option<u64>, StoreError> {
        let Some(value) = guarded("read", || self.db.get(key))? else { return Ok(None) };
        let bytes = value.as_ref().try_into().map_err(|_| StoreError::State {
            action: "read",
            detail: "one of its own numbers has the wrong length".to_owned(),
            damaged: true,
        })?;
        Ok(Some(u64::from_be_bytes(bytes)))
    }

    fn put_number(&self, key: &[u8], number: u64) -> Result<(), StoreError> {
        guarded("written", || self.db.insert(key, &number.to_be_bytes())).map(|_before| ())
    }
}

/// Frees what a batch of `writes` left behind in sled.
///
/// sled replaces a page per write and frees the old ones, and the segments they were in, a few hundred at every 128th
/// call. A batch is one call however large it is, so that batches of thousands leave garbage faster than it is freed.
/// Measured with 2,000,000 keys in batches of 5,000: without this 112,000 keys a second, 5.3 GB of memory, 969 MB of
/// disk, opened again in 2.0 s; with it 189,000 a second, 325 MB, 503 MB, 0.2 s.
fn collect_garbage(writes: usize) {
    for _ in 0..writes / WRITES_PER_COLLECTION + 4 {
        sled::pin().flush();
    }
}

/// Calls sled; its errors, and the panics it has on some damaged files, become [`StoreError::State`].
fn guarded<T>(action: &'static str, call: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match quiet::catch(call) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(state_error(action, error)),
        Err(_panicked) => Err(StoreError::State { action, detail: DAMAGED.to_owned(), damaged: true }),
    }
}

/// Of a full disk sled says many things, that its files are damaged among them. It grows by half a megabyte at a time.
fn or_full(error: StoreError, folder: &Path) -> StoreError {
    const GROWS_BY: u64 = 1 << 19;
    match (&error, SystemDisk.room(folder)) {
        (StoreError::State { .. }, Ok(room)) if room <= GROWS_BY => {
            StoreError::DiskFull { path: folder.display().to_string() }
        }
        _ => error,
    }
}

fn state_error(action: &'static str, error: sled::Error) -> StoreError {
    let damaged = matches!(error, sled::Error::Corruption { .. } | sled::Error::Unsupported(_));
    let detail = match error {
        // It takes no more writes after one that failed, even when there is room again.
        sled::Error::Io(source) if is_full(&source) => {
            "the disk was full when it was written; start claimflow again, now that there is room".to_owned()
        }
        sled::Error::Corruption { .. } => DAMAGED.to_owned(),
        sled::Error::Io(source) => source.to_string(),
        sled::Error::Unsupported(_) => "its files cannot be recognised".to_owned(),
        other => other.to_string(),
    };
    StoreError::State { action, detail, damaged }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
