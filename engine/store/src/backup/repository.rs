//! The folder of a backup: its runs and its pieces.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{BackupError, damaged, io_at};
use super::run::{FORMAT, Run};
use super::vault::{Vault, write_whole};
use crate::crypt::Master;

const MARKER: &str = "backup.json";
const RUNS: &str = "runs";
const PIECES: &str = "pieces";
/// What a wrong key is told by.
const CHECK: &[u8] = b"claimflow backup";

/// What stands in the marker file.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: u32,
    encrypted: bool,
    check: String,
}

/// A backup's folder, open.
pub struct Repository {
    pub(super) folder: PathBuf,
    pub(super) vault: Vault,
}

/// What reading a whole backup found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Runs that can be restored, by number.
    pub whole: Vec<u32>,
    /// Runs that cannot, each with the reason.
    pub broken: Vec<(u32, String)>,
    /// Pieces that were read.
    pub pieces: u64,
}

impl Repository {
    /// Opens a backup, or begins one in a folder that is empty or missing.
    ///
    /// # Errors
    /// [`BackupError::NotEmpty`], and as [`open`](Self::open).
    pub fn open_or_begin(folder: &Path, key: Option<&Master>) -> Result<Self, BackupError> {
        if Self::is_there(folder) {
            return Self::open(folder, key);
        }
        fs::create_dir_all(folder).map_err(io_at("create", folder))?;
        let mut entries = fs::read_dir(folder).map_err(io_at("read", folder))?;
        if entries.next().is_some() {
            return Err(BackupError::NotEmpty { path: folder.display().to_string() });
        }
        let vault = Vault::new(key)?;
        for part in [RUNS, PIECES] {
            let part = folder.join(part);
            fs::create_dir_all(&part).map_err(io_at("create", &part))?;
        }
        let marker = Marker { format: FORMAT, encrypted: vault.is_encrypted(), check: vault.name(CHECK) };
        let path = folder.join(MARKER);
        write_whole(&path, &json(&path, &marker)?)?;
        Ok(Self { folder: folder.to_owned(), vault })
    }

    /// Whether a backup was begun in a folder.
    pub fn is_there(folder: &Path) -> bool {
        folder.join(MARKER).exists()
    }

    /// Whether the backup in a folder is encrypted.
    ///
    /// # Errors
    /// [`BackupError::NoBackup`], [`BackupError::Newer`], [`BackupError::Damaged`], [`BackupError::Io`].
    pub fn is_encrypted_at(folder: &Path) -> Result<bool, BackupError> {
        marker(folder).map(|marker| marker.encrypted)
    }

    /// Opens a backup.
    ///
    /// # Errors
    /// [`BackupError::NoBackup`], [`BackupError::Newer`], [`BackupError::KeyWanted`], [`BackupError::WrongKey`],
    /// [`BackupError::NotEncrypted`], [`BackupError::Damaged`], [`BackupError::Io`].
    pub fn open(folder: &Path, key: Option<&Master>) -> Result<Self, BackupError> {
        let shown = || folder.display().to_string();
        let marker = marker(folder)?;
        match (marker.encrypted, key) {
            (true, None) => return Err(BackupError::KeyWanted { path: shown() }),
            (false, Some(_)) => return Err(BackupError::NotEncrypted { path: shown() }),
            _ => {}
        }
        let vault = Vault::new(key)?;
        if vault.name(CHECK) != marker.check {
            return Err(BackupError::WrongKey { path: shown() });
        }
        Ok(Self { folder: folder.to_owned(), vault })
    }

    /// The numbers of the runs, in order.
    ///
    /// # Errors
    /// [`BackupError::Io`].
    pub fn numbers(&self) -> Result<Vec<u32>, BackupError> {
        let folder = self.folder.join(RUNS);
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&folder).map_err(io_at("read", &folder))? {
            let entry = entry.map_err(io_at("read", &folder))?;
            // What is being written ends in `.part` and is no number.
            numbers.extend(entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// A run's list.
    ///
    /// # Errors
    /// [`BackupError::NoRun`], [`BackupError::Damaged`], [`BackupError::Newer`], [`BackupError::Io`].
    pub fn run(&self, number: u32) -> Result<Run, BackupError> {
        let path = self.run_path(number);
        if !path.exists() {
            let numbers = self.numbers()?;
            let there = match (numbers.first(), numbers.last()) {
                (Some(first), Some(last)) => format!("it has {first} to {last}"),
                _ => "it has none yet".to_owned(),
            };
            let path = self.folder.display().to_string();
            return Err(BackupError::NoRun { path, wanted: number.to_string(), there });
        }
        let bytes = self.vault.read(&path, &place_of_run(number))?;
        let (hash, list) =
            bytes.split_first_chunk::<32>().ok_or_else(|| damaged(&path, "it is too short"))?;
        if blake3::hash(list) != *hash {
            return Err(damaged(&path, "it does not match its checksum"));
        }
        let run: Run = serde_json::from_slice(list).map_err(|error| damaged(&path, error.to_string()))?;
        refuse_newer(&path, run.format)?;
        Ok(run)
    }

    /// All runs, in order.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn runs(&self) -> Result<Vec<Run>, BackupError> {
        self.numbers()?.into_iter().map(|number| self.run(number)).collect()
    }

    /// Whether it is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.vault.is_encrypted()
    }

    /// Reads every list and every piece, and says which runs are whole. `each` is told of the pieces read.
    ///
    /// # Errors
    /// [`BackupError::Io`] when the folder cannot be read at all.
    pub fn check(&self, each: &dyn Fn(u64)) -> Result<Checked, BackupError> {
        let mut checked = Checked::default();
        let mut known: std::collections::BTreeMap<String, Option<String>> = std::collections::BTreeMap::new();
        for number in self.numbers()? {
            let run = match self.run(number) {
                Ok(run) => run,
                Err(error) => {
                    checked.broken.push((number, error.to_string()));
                    continue;
                }
            };
            let mut fault = None;
            for name in run.all().flat_map(|file| &file.pieces) {
                let found = known.entry(name.clone()).or_insert_with(|| {
                    checked.pieces += 1;
                    each(checked.pieces);
                    self.piece(name).err().map(|error| error.to_string())
                });
                fault = fault.or_else(|| found.clone());
            }
            match fault {
                Some(fault) => checked.broken.push((number, fault)),
                None => checked.whole.push(number),
            }
        }
        Ok(checked)
    }

    /// A piece, checked.
    pub(super) fn piece(&self, name: &str) -> Result<Vec<u8>, BackupError> {
        let path = self.piece_path(name);
        let clear = self.vault.read(&path, name)?;
        if self.vault.name(&clear) != name {
            return Err(damaged(&path, "it does not match its name"));
        }
        Ok(clear)
    }

    /// Keeps a piece, unless it is there. Returns its name and the bytes stored.
    pub(super) fn keep(&self, clear: &[u8]) -> Result<(String, u64), BackupError> {
        let name = self.vault.name(clear);
        let path = self.piece_path(&name);
        if path.exists() {
            return Ok((name, 0));
        }
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(io_at("create", folder))?;
        let stored = self.vault.write(&path, &name, clear)?;
        Ok((name, stored))
    }

    pub(super) fn holds(&self, name: &str) -> bool {
        self.piece_path(name).exists()
    }

    /// Writes a run's list: from now on the run counts.
    pub(super) fn list(&self, run: &Run) -> Result<(), BackupError> {
        let path = self.run_path(run.number);
        let list = json(&path, run)?;
        let bytes = [blake3::hash(&list).as_bytes().as_slice(), &list].concat();
        self.vault.write(&path, &place_of_run(run.number), &bytes).map(|_stored| ())
    }

    fn run_path(&self, number: u32) -> PathBuf {
        self.folder.join(RUNS).join(format!("{number:08}"))
    }

    fn piece_path(&self, name: &str) -> PathBuf {
        let short = name.get(..2).unwrap_or(name);
        self.folder.join(PIECES).join(short).join(name)
    }
}

fn marker(folder: &Path) -> Result<Marker, BackupError> {
    let path = folder.join(MARKER);
    if !path.exists() {
        return Err(BackupError::NoBackup { path: folder.display().to_string() });
    }
    let bytes = fs::read(&path).map_err(io_at("read", &path))?;
    let marker: Marker = serde_json::from_slice(&bytes).map_err(|error| damaged(&path, error.to_string()))?;
    refuse_newer(&path, marker.format)?;
    Ok(marker)
}

fn place_of_run(number: u32) -> String {
    format!("run {number}")
}

pub(super) fn json(path: &Path, value: &impl Serialize) -> Result<Vec<u8>, BackupError> {
    serde_json::to_vec(value).map_err(|error| damaged(path, error.to_string()))
}

fn refuse_newer(path: &Path, found: u32) -> Result<(), BackupError> {
    if found <= FORMAT {
        return Ok(());
    }
    Err(BackupError::Newer { path: path.display().to_string(), found, known: FORMAT })
}
