//! The disk in memory.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::dice::Dice;
use super::survive::{Change, Content, NameChange, Names, rename, surviving_names};
use crate::disk::{Access, Disk, DiskFile};

/// What a disk says it does and does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// It says that bytes are durable when they are not.
    Sync,
    /// It says that names are durable when they are not.
    SyncFolder,
}

#[derive(Default)]
struct Machine {
    files: Vec<Content>,
    /// As a reader sees them.
    names: Names,
    kept_names: Names,
    unsynced_names: Vec<NameChange>,
    /// Changes that may still be made before the power goes out.
    fuel: Option<u64>,
    out: bool,
    steps: u64,
    capacity: Option<usize>,
    lie: Option<Lie>,
    sync_fails: bool,
    truncate_fails: bool,
    sync_takes: Duration,
    syncs: u64,
}

/// What happens at a step.
enum Step {
    Made,
    /// The power goes out while it is made: it may be there afterwards or not.
    Cut,
}

impl Step {
    fn done(&self) -> io::Result<()> {
        match self {
            Self::Made => Ok(()),
            Self::Cut => Err(power_is_out()),
        }
    }
}

fn power_is_out() -> io::Error {
    io::Error::other("the power is out")
}

impl Machine {
    /// Begins a change; fails once the power is out.
    fn step(&mut self) -> io::Result<Step> {
        if self.out {
            return Err(power_is_out());
        }
        self.steps += 1;
        match &mut self.fuel {
            Some(0) => {
                self.out = true;
                Ok(Step::Cut)
            }
            Some(fuel) => {
                *fuel -= 1;
                Ok(Step::Made)
            }
            None => Ok(Step::Made),
        }
    }

    fn used(&self) -> usize {
        self.names.values().filter_map(|file| self.files.get(*file)).map(|content| content.now.len()).sum()
    }

    fn content(&mut self, file: usize) -> io::Result<&mut Content> {
        self.files.get_mut(file).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn change_names(&mut self, change: NameChange) {
        rename(&mut self.names, &change);
        self.unsynced_names.push(change);
    }

    fn create(&mut self, path: &Path) -> io::Result<usize> {
        let step = self.step()?;
        let file = self.files.len();
        self.files.push(Content::default());
        self.change_names(vec![(path.to_owned(), Some(file))]);
        step.done().map(|()| file)
    }
}

/// A disk in memory; clones share it.
///
/// Every change is a step: a file made, written, cut, synced, renamed or removed, a folder synced. With fuel for so many
/// steps, the power goes out in the middle of the next one, and [`after_power_cut`](Self::after_power_cut) is what the
/// disk holds then.
#[derive(Clone, Default)]
pub struct SimDisk(Arc<Mutex<Machine>>);

impl SimDisk {
    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the power go out in the middle of the change after so many more; `None`: never.
    pub fn set_fuel(&self, fuel: Option<u64>) {
        let mut machine = self.machine();
        machine.fuel = fuel;
        machine.out = false;
    }

    /// A step of something else than the disk that needs power too, such as a file put into the outbox.
    ///
    /// # Errors
    /// When the power goes out in it or is out.
    pub fn step(&self) -> io::Result<()> {
        self.machine().step()?.done()
    }

    /// True once the power has gone out.
    pub fn is_out(&self) -> bool {
        self.machine().out
    }

    /// Changes so far.
    pub fn steps(&self) -> u64 {
        self.machine().steps
    }

    /// Lets all files together have so many bytes; `None`: any.
    pub fn set_capacity(&self, capacity: Option<usize>) {
        self.machine().capacity = capacity;
    }

    /// Lets it lie from now on, or be honest.
    pub fn set_lie(&self, lie: Option<Lie>) {
        self.machine().lie = lie;
    }

    /// Lets syncs fail.
    pub fn fail_syncs(&self, fails: bool) {
        self.machine().sync_fails = fails;
    }

    /// Lets cuts of files fail.
    pub fn fail_truncates(&self, fails: bool) {
        self.machine().truncate_fails = fails;
    }

    /// Lets each sync of a file take so long.
    pub fn slow_syncs(&self, takes: Duration) {
        self.machine().sync_takes = takes;
    }

    /// Files synced so far.
    pub fn syncs(&self) -> u64 {
        self.machine().syncs
    }

    /// Bytes of all files.
    pub fn used(&self) -> usize {
        self.machine().used()
    }

    /// A file's bytes, as a reader sees them; none when there is no such file.
    pub fn bytes(&self, path: &Path) -> Vec<u8> {
        let machine = self.machine();
        let found = machine.names.get(path).and_then(|file| machine.files.get(*file));
        found.map(|content| content.now.clone()).unwrap_or_default()
    }

    /// All files, in order.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.machine().names.keys().cloned().collect()
    }

    /// Sets a file's content, durably.
    pub fn put(&self, path: &Path, bytes: Vec<u8>) {
        let mut machine = self.machine();
        let file = machine.files.len();
        machine.files.push(Content::durable(bytes));
        machine.names.insert(path.to_owned(), file);
        machine.kept_names.insert(path.to_owned(), file);
    }

    /// Takes a file away, durably.
    pub fn lose(&self, path: &Path) {
        let mut machine = self.machine();
        machine.names.remove(path);
        machine.kept_names.remove(path);
    }

    /// An independent copy of what a reader sees now.
    #[must_use]
    pub fn copy(&self) -> Self {
        let copy = Self::default();
        for path in self.paths() {
            copy.put(&path, self.bytes(&path));
        }
        copy
    }

    /// What the disk holds after the power was cut now: all that was synced, and of the rest what the seed leaves.
    #[must_use]
    pub fn after_power_cut(&self, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let machine = self.machine();
        let after = Self::default();
        for (path, file) in surviving_names(&machine.kept_names, &machine.unsynced_names, &mut dice) {
            if let Some(content) = machine.files.get(file) {
                after.put(&path, content.survive(&mut dice));
            }
        }
        after
    }
}

impl Disk for SimDisk {
    fn create_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let machine = self.machine();
        let inside = machine.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect())
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut machine = self.machine();
        let file = match machine.find(path) {
            Err(_missing) if access == Access::Write => machine.create(path)?,
            found => found?,
        };
        Ok(Box::new(SimFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        let file = machine.find(from)?;
        let step = machine.step()?;
        machine.change_names(vec![(from.to_owned(), None), (to.to_owned(), Some(file))]);
        step.done()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.find(path)?;
        let step = machine.step()?;
        machine.change_names(vec![(path.to_owned(), None)]);
        step.done()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.step()?.done()?;
        if machine.lie == Some(Lie::SyncFolder) {
            return Ok(());
        }
        let inside = |change: &NameChange| change.iter().any(|(path, _)| path.parent() == Some(folder));
        let (synced, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut machine.unsynced_names).into_iter().partition(inside);
        machine.unsynced_names = later;
        synced.iter().for_each(|change| rename(&mut machine.kept_names, change));
        Ok(())
    }

    fn room(&self, _folder: &Path) -> io::Result<u64> {
        let machine = self.machine();
        let room = machine.capacity.map(|capacity| capacity.saturating_sub(machine.used()));
        Ok(room.map_or(u64::MAX, |room| room as u64))
    }
}

struct SimFile {
    disk: SimDisk,
    file: usize,
}

impl DiskFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.machine().content(self.file)?.now.len() as u64)
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let mut machine = self.disk.machine();
        let content = machine.content(self.file)?;
        let start = usize::try_from(at).unwrap_or(usize::MAX);
        let from = content.now.get(start..).unwrap_or_default();
        let count = from.len().min(into.len());
        for (to, byte) in into.iter_mut().zip(from) {
            *to = *byte;
        }
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut machine = self.disk.machine();
        let (used, capacity) = (machine.used(), machine.capacity);
        let step = machine.step()?;
        let content = machine.content(self.file)?;
        let at = usize::try_from(at).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let growth = (at + bytes.len()).saturating_sub(content.now.len());
        let room = capacity.map_or(growth, |capacity| capacity.saturating_sub(used));
        let fitting = bytes.len() - growth.saturating_sub(room).min(bytes.len());
        let written = bytes.get(..fitting).unwrap_or_default().to_vec();
        content.change(Change::Write { at, bytes: written });
        step.done()?;
        if fitting < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        let mut machine = self.disk.machine();
        let step = machine.step()?;
        if machine.truncate_fails {
            return Err(io::Error::other("a broken disk"));
        }
        let size = usize::try_from(size).map_err(|_| io::ErrorKind::FileTooLarge)?;
        machine.content(self.file)?.change(Change::Truncate(size));
        step.done()
    }

    fn sync(&self) -> io::Result<()> {
        let takes = self.disk.machine().sync_takes;
        if !takes.is_zero() {
            std::thread::sleep(takes);
        }
        let mut machine = self.disk.machine();
        machine.step()?.done()?;
        if machine.sync_fails {
            return Err(io::Error::other("a broken disk"));
        }
        machine.syncs += 1;
        if machine.lie != Some(Lie::Sync) {
            machine.content(self.file)?.sync();
        }
        Ok(())
    }
}
