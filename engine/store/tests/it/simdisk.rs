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
    /// Whether the folder was synced since the file was made.
    named: bool,
}

#[derive(Default)]
struct Machine {
    files: BTreeMap<PathBuf, Content>,
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
        self.files.values().map(|content| content.now.len()).sum()
    }

    fn content(&mut self, path: &Path) -> io::Result<&mut Content> {
        self.files.get_mut(path).ok_or_else(|| io::ErrorKind::NotFound.into())
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
        self.machine().files[path].now.clone()
    }

    pub fn paths(&self) -> Vec<PathBuf> {
        self.machine().files.keys().cloned().collect()
    }

    /// Sets a file's content, durably.
    pub fn put(&self, path: &Path, bytes: Vec<u8>) {
        let content = Content { now: bytes.clone(), durable: bytes, unsynced: Vec::new(), named: true };
        self.machine().files.insert(path.to_owned(), content);
    }

    pub fn remove(&self, path: &Path) {
        self.machine().files.remove(path);
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
        for (path, content) in &self.machine().files {
            if content.named || dice.roll(2) == 0 {
                after.put(path, survive(content, &mut dice));
            }
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
        let inside = machine.files.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect())
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut machine = self.machine();
        if !machine.files.contains_key(path) {
            if access == Access::Read {
                return Err(io::ErrorKind::NotFound.into());
            }
            machine.step()?;
            machine.files.insert(path.to_owned(), Content::default());
        }
        Ok(Box::new(SimFile { disk: self.clone(), path: path.to_owned() }))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.step()?;
        for (path, content) in &mut machine.files {
            content.named |= path.parent() == Some(folder);
        }
        Ok(())
    }
}

struct SimFile {
    disk: SimDisk,
    path: PathBuf,
}

impl DiskFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.machine().content(&self.path)?.now.len() as u64)
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let mut machine = self.disk.machine();
        let content = machine.content(&self.path)?;
        let from = content.now.get(at as usize..).unwrap_or_default();
        let count = from.len().min(into.len());
        into[..count].copy_from_slice(&from[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut machine = self.disk.machine();
        let (used, capacity) = (machine.used(), machine.capacity);
        let out = machine.step();
        let content = machine.content(&self.path)?;
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
        let content = machine.content(&self.path)?;
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
        let content = machine.content(&self.path)?;
        content.durable = content.now.clone();
        content.unsynced.clear();
        Ok(())
    }
}
