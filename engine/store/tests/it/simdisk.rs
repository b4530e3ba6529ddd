//! A disk in memory that loses, tears or refuses what was not synced, as a seed decides.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use claimflow_store::{Access, Disk, DiskFile};

const SECTOR: usize = 512;

/// A small generator of repeatable numbers.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Default)]
struct Content {
    /// What a reader sees.
    now: Vec<u8>,
    /// What is on the platter.
    durable: Vec<u8>,
    /// What was changed since the last sync.
    unsynced: Vec<Change>,
}

/// A change of names that is not durable yet.
enum Naming {
    Made(PathBuf, u64),
    Renamed(PathBuf, PathBuf, u64),
    Removed(PathBuf),
}

impl Naming {
    fn path(&self) -> &Path {
        match self {
            Self::Made(path, _) | Self::Renamed(path, ..) | Self::Removed(path) => path,
        }
    }

    fn make(&self, names: &mut BTreeMap<PathBuf, u64>) {
        match self {
            Self::Made(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Renamed(from, to, file) => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
            Self::Removed(path) => {
                names.remove(path);
            }
        }
    }
}

#[derive(Default)]
struct Machine {
    /// Files by number; they stay when their name goes, for those who have them open.
    files: BTreeMap<u64, Content>,
    /// The names a reader sees, and the names on the platter.
    names: BTreeMap<PathBuf, u64>,
    durable_names: BTreeMap<PathBuf, u64>,
    unsynced_names: Vec<Naming>,
    /// Changes that may still be made before the power goes out.
    fuel: Option<u64>,
    /// Bytes that all files together may have.
    capacity: Option<usize>,
    sync_fails: bool,
    truncate_fails: bool,
    sync_takes: Duration,
    syncs: u64,
}

impl Machine {
    /// One step of a change; fails once the power is out.
    fn step(&mut self) -> io::Result<()> {
        match &mut self.fuel {
            None => Ok(()),
            Some(0) => Err(io::Error::other("the power is out")),
            Some(fuel) => {
                *fuel -= 1;
                Ok(())
            }
        }
    }

    fn used(&self) -> usize {
        self.names.values().map(|file| self.files[file].now.len()).sum()
    }

    fn content(&mut self, file: u64) -> &mut Content {
        self.files.get_mut(&file).unwrap()
    }

    fn file(&self, path: &Path) -> io::Result<u64> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn add(&mut self, content: Content) -> u64 {
        let file = self.files.len() as u64;
        self.files.insert(file, content);
        file
    }

    fn name(&mut self, naming: Naming) {
        naming.make(&mut self.names);
        self.unsynced_names.push(naming);
    }
}

/// The disk; clones share it.
#[derive(Clone, Default)]
pub struct SimDisk(Arc<Mutex<Machine>>);

impl SimDisk {
    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap()
    }

    pub fn set_fuel(&self, fuel: Option<u64>) {
        self.machine().fuel = fuel;
    }

    pub fn set_capacity(&self, capacity: Option<usize>) {
        self.machine().capacity = capacity;
    }

    pub fn fail_syncs(&self, fails: bool) {
        self.machine().sync_fails = fails;
    }

    pub fn fail_truncates(&self, fails: bool) {
        self.machine().truncate_fails = fails;
    }

    pub fn slow_syncs(&self, takes: Duration) {
        self.machine().sync_takes = takes;
    }

    pub fn syncs(&self) -> u64 {
        self.machine().syncs
    }

    pub fn used(&self) -> usize {
        self.machine().used()
    }

    pub fn bytes(&self, path: &Path) -> Vec<u8> {
        let machine = self.machine();
        machine.files[&machine.names[path]].now.clone()
    }

    pub fn paths(&self) -> Vec<PathBuf> {
        self.machine().names.keys().cloned().collect()
    }

    /// Sets a file's content, durably.
    pub fn put(&self, path: &Path, bytes: Vec<u8>) {
        let content = Content { now: bytes.clone(), durable: bytes, unsynced: Vec::new() };
        let mut machine = self.machine();
        let file = machine.add(content);
        machine.names.insert(path.to_owned(), file);
        machine.durable_names.insert(path.to_owned(), file);
    }

    /// Takes a file away, durably.
    pub fn lose(&self, path: &Path) {
        let mut machine = self.machine();
        machine.names.remove(path);
        machine.durable_names.remove(path);
    }

    /// An independent copy of what a reader sees now.
    pub fn copy(&self) -> Self {
        let copy = Self::default();
        for path in self.paths() {
            copy.put(&path, self.bytes(&path));
        }
        copy
    }

    /// What the disk holds after the power was cut now: all that was synced, and of the rest what the seed leaves,
    /// sector by sector.
    pub fn after_power_cut(&self, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let after = Self::default();
        let machine = self.machine();
        let mut names = machine.durable_names.clone();
        for naming in &machine.unsynced_names {
            if dice.roll(2) == 0 {
                naming.make(&mut names);
            }
        }
        for (path, file) in &names {
            after.put(path, survive(&machine.files[file], &mut dice));
        }
        after
    }
}

fn survive(content: &Content, dice: &mut Dice) -> Vec<u8> {
    let mut left = content.durable.clone();
    // 0: nothing, 1: everything, 2: some changes, 3: some sectors of some changes.
    let mood = dice.roll(4);
    for change in &content.unsynced {
        let kept = match mood {
            0 => false,
            1 => true,
            _ => dice.roll(2) == 0,
        };
        match change {
            _ if !kept => {}
            Change::Truncate(size) => left.resize(*size, 0),
            Change::Write { at, bytes } if mood < 3 => overwrite(&mut left, *at, bytes),
            Change::Write { at, bytes } => tear(&mut left, *at, bytes, dice),
        }
    }
    left
}

fn overwrite(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    file.resize(file.len().max(at + bytes.len()), 0);
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

fn tear(file: &mut Vec<u8>, at: usize, bytes: &[u8], dice: &mut Dice) {
    let mut done = 0;
    while done < bytes.len() {
        let to_boundary = SECTOR - (at + done) % SECTOR;
        let next = (done + to_boundary).min(bytes.len());
        if dice.roll(2) == 0 {
            overwrite(file, at + done, &bytes[done..next]);
        }
        done = next;
    }
}

impl Disk for SimDisk {
    fn create_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let machine = self.machine();
        let inside = machine.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect())
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut machine = self.machine();
        let file = match machine.file(path) {
            Ok(file) => file,
            Err(missing) if access == Access::Read => return Err(missing),
            Err(_) => {
                machine.step()?;
                let file = machine.add(Content::default());
                machine.name(Naming::Made(path.to_owned(), file));
                file
            }
        };
        Ok(Box::new(SimFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.step()?;
        let file = machine.file(from)?;
        machine.name(Naming::Renamed(from.to_owned(), to.to_owned(), file));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.step()?;
        machine.file(path)?;
        machine.name(Naming::Removed(path.to_owned()));
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.step()?;
        let here = |naming: &Naming| naming.path().parent() == Some(folder);
        let (synced, rest) = std::mem::take(&mut machine.unsynced_names).into_iter().partition(here);
        machine.unsynced_names = rest;
        let synced: Vec<Naming> = synced;
        synced.iter().for_each(|naming| naming.make(&mut machine.durable_names));
        Ok(())
    }
}

struct SimFile {
    disk: SimDisk,
    file: u64,
}

impl DiskFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.machine().content(self.file).now.len() as u64)
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let mut machine = self.disk.machine();
        let content = machine.content(self.file);
        let from = content.now.get(at as usize..).unwrap_or_default();
        let count = from.len().min(into.len());
        into[..count].copy_from_slice(&from[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut machine = self.disk.machine();
        let (used, capacity) = (machine.used(), machine.capacity);
        let out = machine.step();
        let content = machine.content(self.file);
        let at = at as usize;
        let growth = (at + bytes.len()).saturating_sub(content.now.len());
        let room = capacity.map_or(growth, |capacity| capacity.saturating_sub(used));
        let fitting = bytes.len() - growth.saturating_sub(room);
        overwrite(&mut content.now, at, &bytes[..fitting]);
        content.unsynced.push(Change::Write { at, bytes: bytes[..fitting].to_vec() });
        out?;
        if fitting < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        let mut machine = self.disk.machine();
        machine.step()?;
        if machine.truncate_fails {
            return Err(io::Error::other("a broken disk"));
        }
        let content = machine.content(self.file);
        content.now.resize(size as usize, 0);
        content.unsynced.push(Change::Truncate(size as usize));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        std::thread::sleep(self.disk.machine().sync_takes);
        let mut machine = self.disk.machine();
        machine.step()?;
        if machine.sync_fails {
            return Err(io::Error::other("a broken disk"));
        }
        machine.syncs += 1;
        let content = machine.content(self.file);
        content.durable = content.now.clone();
        content.unsynced.clear();
        Ok(())
    }
}
