//! How a backup's files are written: compressed, encrypted where there is a key, whole or not at all.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use super::error::{BackupError, damaged, io_at};
use crate::crypt::{KeyId, Keyring, Master, Secret, Secrets};

/// How hard zstd tries.
const LEVEL: i32 = 3;
/// The most bytes that a file of a backup holds in clear: far more than a piece or a run's list has.
const MOST: usize = 1 << 30;

/// What seals and names the files of one backup.
pub(super) struct Vault {
    keyring: Option<Keyring>,
    /// What names are hashed with, so that a name tells nothing of a piece without the key.
    naming: Option<[u8; 32]>,
}

impl Vault {
    /// Of a backup under a key, or of a plain one.
    pub(super) fn new(key: Option<&Master>) -> Result<Self, BackupError> {
        let Some(key) = key else { return Ok(Self { keyring: None, naming: None }) };
        let part = |purpose: &str| -> [u8; 32] {
            let mut hasher = blake3::Hasher::new_keyed(key.secret().bytes());
            hasher.update(b"claimflow backup ").update(purpose.as_bytes());
            hasher.finalize().into()
        };
        let keys = vec![(KeyId(1), Secret::new(part("pieces")))];
        let secrets = Secrets::from_parts(keys, Secret::new(part("hiding")));
        let keyring = secrets.map(Keyring::new).transpose()?;
        Ok(Self { keyring, naming: Some(part("names")) })
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.keyring.is_some()
    }

    /// The name of a piece.
    pub(super) fn name(&self, clear: &[u8]) -> String {
        let hash = match &self.naming {
            Some(key) => blake3::keyed_hash(key, clear),
            None => blake3::hash(clear),
        };
        hash.to_hex().to_string()
    }

    /// Writes a file under its last name, whole. Returns the bytes stored.
    pub(super) fn write(&self, path: &Path, place: &str, clear: &[u8]) -> Result<u64, BackupError> {
        let packed = zstd::bulk::compress(clear, LEVEL).map_err(io_at("compress", path))?;
        let stored = match &self.keyring {
            Some(keyring) => {
                let mut sealed = Vec::with_capacity(packed.len() + crate::crypt::OVERHEAD);
                keyring.seal(place.as_bytes(), &packed, &mut sealed)?;
                sealed
            }
            None => packed,
        };
        write_whole(path, &stored)?;
        Ok(stored.len() as u64)
    }

    /// Reads what [`write`](Self::write) wrote under the same place.
    pub(super) fn read(&self, path: &Path, place: &str) -> Result<Vec<u8>, BackupError> {
        let stored = fs::read(path).map_err(io_at("read", path))?;
        let packed = match &self.keyring {
            Some(keyring) => {
                keyring.open(place.as_bytes(), &stored).map_err(|_| damaged(path, "it does not open"))?
            }
            None => stored,
        };
        unpack(&packed).ok_or_else(|| damaged(path, "it does not unpack"))
    }
}

fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let bytes = zstd::zstd_safe::get_frame_content_size(packed).ok()??;
    let bytes = usize::try_from(bytes).ok().filter(|bytes| *bytes <= MOST)?;
    zstd::bulk::decompress(packed, bytes).ok()
}

/// Writes a file so that it is there whole or not at all, also after a power cut.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let folder = path.parent().unwrap_or(path);
    let part = path.with_extension("part");
    let written =
        File::create(&part).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(io_at("write", &part))?;
    fs::rename(&part, path).map_err(io_at("rename", &part))?;
    sync_folder(folder)
}

/// Makes the names of a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_at("sync", folder))
}
