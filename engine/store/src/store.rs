//! The runtime's `Store`: a locked data folder with its journal and its state.

use std::borrow::Cow;
use std::fs::DirBuilder;
use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use claimflow_runtime::store::{DropReport, JournalReport, Position, SealReport, Store, StoreError, Write};

use crate::background::{Background, Upkeep};
use crate::crypt::Keyring;
use crate::disk::{Disk, SystemDisk};
use crate::error::io_error;
use crate::journal::{Journal, JournalOptions};
use crate::lock::FolderLock;
use crate::state::State;

/// How a store behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// The keys that what is written is encrypted with; without them it is written plain.
    pub keyring: Option<Arc<Keyring>>,
    /// Memory for sled's cache, in bytes.
    pub cache_bytes: u64,
    /// Whether an append waits for the disk. Off only in benchmarks: then a power cut loses acknowledged records.
    pub fsync: bool,
    /// A journal file that has grown to this many bytes is followed by a new one.
    pub segment_bytes: u64,
    /// What is done by itself while it is open; `None` for nothing.
    pub upkeep: Option<Upkeep>,
    /// Whether a state whose files are damaged is put aside for an empty one, which is filled from the journal; refused
    /// otherwise.
    pub mend_state: bool,
}

impl Default for Options {
    fn default() -> Self {
        let JournalOptions { keyring, fsync, segment_bytes } = JournalOptions::default();
        Self {
            keyring,
            cache_bytes: 128 << 20,
            fsync,
            segment_bytes,
            upkeep: Some(Upkeep::default()),
            mend_state: false,
        }
    }
}

impl Options {
    fn journal(&self) -> JournalOptions {
        JournalOptions { keyring: self.keyring.clone(), fsync: self.fsync, segment_bytes: self.segment_bytes }
    }
}

/// A store in a data folder, open to one process at a time.
pub struct JournalStore {
    // Fields are dropped in this order: the lock goes last.
    _upkeep: Option<Background>,
    state: State,
    journal: Arc<Journal>,
    keyring: Option<Arc<Keyring>>,
    _lock: FolderLock,
}

impl JournalStore {
    /// Opens a data folder, making it when it is missing.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process, or this one, has it open; [`StoreError::Damaged`] and
    /// [`StoreError::Newer`] for the journal; [`StoreError::State`] when the state is damaged or does not belong to
    /// the journal, which [`open_for_rebuild`](Self::open_for_rebuild) mends; [`StoreError::DiskFull`],
    /// [`StoreError::Io`].
    pub fn open(folder: &Path, options: Options) -> Result<Self, StoreError> {
        Self::open_on(folder, options, Arc::new(SystemDisk))
    }

    /// [`open`](Self::open) with the journal on a given disk; lock and state stay on the system's.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(folder: &Path, options: Options, disk: Arc<dyn Disk>) -> Result<Self, StoreError> {
        Self::open_locked(folder, options, disk, lock(folder)?)
    }

    /// [`open`](Self::open) with keys that are asked for once nobody else can have the folder open.
    ///
    /// # Errors
    /// As [`open`](Self::open), and what `keys` answers.
    #[expect(clippy::needless_pass_by_value, reason = "given away as every other way to open takes them")]
    pub fn open_with<E: From<StoreError>>(
        folder: &Path,
        options: Options,
        keys: impl FnOnce() -> Result<Option<Arc<Keyring>>, E>,
    ) -> Result<Self, E> {
        let lock = lock(folder)?;
        let options = Options { keyring: keys()?, ..options };
        Ok(Self::open_locked(folder, options, Arc::new(SystemDisk), lock)?)
    }

    fn open_locked(
        folder: &Path,
        options: Options,
        disk: Arc<dyn Disk>,
        lock: FolderLock,
    ) -> Result<Self, StoreError> {
        let journal = Journal::open(folder, options.journal(), disk)?;
        let open = if options.mend_state { State::open_or_make_anew } else { State::open };
        let state = open(folder, options.cache_bytes, options.keyring.clone())?;
        let (applied, end) = (state.applied()?.0, journal.end().0);
        if applied >= end {
            let detail = format!(
                "it stands at position {applied} and the journal ends at {end}: they do not belong together"
            );
            return Err(StoreError::State { action: "used", detail, damaged: false });
        }
        let journal = Arc::new(journal);
        let upkeep = options.upkeep.map(|upkeep| Background::begin(&journal, upkeep));
        Ok(Self { _upkeep: upkeep, state, journal, keyring: options.keyring, _lock: lock })
    }

    /// Opens a data folder with an empty state; the one that was there is moved to `state.aside`, in place of any
    /// earlier one. The caller then replays the journal from the beginning.
    ///
    /// # Errors
    /// As [`open`](Self::open), but a damaged state is none.
    pub fn open_for_rebuild(folder: &Path, options: Options) -> Result<Self, StoreError> {
        let keyring = options.keyring.clone();
        Self::open_for_rebuild_with(folder, options, || Ok(keyring))
    }

    /// [`open_for_rebuild`](Self::open_for_rebuild) with keys that are asked for once nobody else can have the folder
    /// open.
    ///
    /// # Errors
    /// As [`open_for_rebuild`](Self::open_for_rebuild), and what `keys` answers.
    #[expect(clippy::needless_pass_by_value, reason = "given away as every other way to open takes them")]
    pub fn open_for_rebuild_with<E: From<StoreError>>(
        folder: &Path,
        options: Options,
        keys: impl FnOnce() -> Result<Option<Arc<Keyring>>, E>,
    ) -> Result<Self, E> {
        let lock = lock(folder)?;
        let options = Options { keyring: keys()?, ..options };
        // A journal that cannot be read must not cost the state that is there; nor must one that lacks its files.
        let journal = Journal::open(folder, options.journal(), Arc::new(SystemDisk))?;
        refuse_shorter_journal(folder, options.cache_bytes, &journal)?;
        if let Some(aside) = State::set_aside(folder)? {
            tracing::info!(aside = %aside.display(), "the state that was there is kept until the next rebuild");
        }
        let state = State::open(folder, options.cache_bytes, options.keyring.clone())?;
        let journal = Arc::new(journal);
        Ok(Self { _upkeep: None, state, journal, keyring: options.keyring, _lock: lock })
    }

    /// Whether the state in a data folder is encrypted; `None` when there is no state.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has the folder open; [`StoreError::State`] when the state is damaged.
    pub fn is_state_encrypted(folder: &Path) -> Result<Option<bool>, StoreError> {
        if !folder.join(crate::state::FOLDER).is_dir() {
            return Ok(None);
        }
        let _lock = lock(folder)?;
        State::open_unread(folder, 8 << 20)?.is_encrypted().map(Some)
    }

    /// Whether the state was damaged and is new, by [`Options::mend_state`]: it says nothing until it is filled.
    pub const fn was_made_anew(&self) -> bool {
        self.state.was_made_anew()
    }

    /// The keys it is encrypted with.
    pub fn keyring(&self) -> Option<&Arc<Keyring>> {
        self.keyring.as_ref()
    }

    /// The journal alone.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }
}

/// A state that stands beyond the journal's end holds what the journal has lost: making it anew would lose it for good.
fn refuse_shorter_journal(folder: &Path, cache_bytes: u64, journal: &Journal) -> Result<(), StoreError> {
    let Ok(state) = State::open_unread(folder, cache_bytes) else { return Ok(()) };
    let (applied, end) = (state.applied()?.0, journal.end().0);
    if applied == 0 || applied < end {
        return Ok(());
    }
    Err(StoreError::Damaged {
        path: folder.join("journal").display().to_string(),
        offset: end,
        detail: format!("it ends there, but the state has seen it up to {applied}"),
        mend: "put the journal's files back from a backup; making the state anew would lose what is missing"
            .to_owned(),
    })
}

fn lock(folder: &Path) -> Result<FolderLock, StoreError> {
    if !folder.exists() {
        let parent = folder.parent().unwrap_or(folder);
        // It holds what happened to patients: for the user who runs the practice, and nobody else.
        let mut private = DirBuilder::new();
        private.recursive(true).mode(0o700);
        let made = private.create(folder).and_then(|()| SystemDisk.sync_folder(parent));
        made.map_err(|source| io_error("create", folder, source))?;
    }
    FolderLock::take(folder)
}

impl Store for JournalStore {
    fn append(&self, records: &[Vec<u8>]) -> Result<Vec<Position>, StoreError> {
        self.journal.append(records)
    }

    fn read(&self, at: Position) -> Result<Vec<u8>, StoreError> {
        self.journal.read(at)
    }

    fn replay(
        &self,
        after: Position,
        each: &mut dyn FnMut(Position, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.journal.replay(after, each)
    }

    fn applied(&self) -> Result<Position, StoreError> {
        self.state.applied()
    }

    fn apply(&self, writes: Vec<Write>, applied: Position) -> Result<(), StoreError> {
        self.state.apply(writes, applied)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.state.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.state.scan(prefix, from, each)
    }

    fn kept_key<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.state.kept_key(key)
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.state.flush()?;
        self.journal.flush()
    }

    fn keep_free(&self, bytes: u64) {
        self.journal.keep_free(bytes);
    }

    fn has_room(&self) -> bool {
        self.journal.has_room()
    }

    fn seal(&self, all: bool) -> Result<SealReport, StoreError> {
        if all {
            self.journal.close_segment()?;
        }
        self.journal.seal(&mut || ControlFlow::Continue(()))
    }

    fn forget(&self, up_to: Position, really: bool) -> Result<DropReport, StoreError> {
        let dropped = if really { self.journal.forget(up_to) } else { self.journal.forgettable(up_to) };
        dropped.map(DropReport::from)
    }

    fn start(&self) -> Position {
        self.journal.start()
    }

    fn verify(&self) -> Result<JournalReport, StoreError> {
        self.journal.verify()
    }

    fn clear_state(&self) -> Result<(), StoreError> {
        self.state.clear()
    }
}
