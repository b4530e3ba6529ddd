//! `data/keyring`: the data keys, sealed under a key of their own, which each master key that opens the keyring wraps.
//!
//! ```text
//! "CFKEYRNG" | format u32 | number of masters u16
//! for each master:  print 8 bytes | salt 16 | wrapped inner key 32 | tag 16
//! salt 16 | length u32 | sealed keys | tag 16
//! BLAKE3 of all before, 32 bytes
//! ```
//! Every writing draws a new inner key and new salts, and derives the AES keys from them, so that each seals once and
//! the nonce may be zero. All that stands before the sealed keys goes into their tag.
//!
//! A keyring is written beside the old one, made durable, and renamed over it; then `keyring.copy` the same way. At
//! every moment the old or the new one is there whole, and when one of the two is damaged the other opens.

use std::io;
use std::path::{Path, PathBuf};

use aes_gcm::aead::AeadInOut as _;
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce, Tag};
use zeroize::Zeroizing;

use super::error::CryptError;
use super::master::{Master, Print};
use super::secrets::{KeyId, Secret, Secrets, fill};
use crate::disk::{Access, Disk};

/// The keyring within the data folder.
pub const KEYRING_FILE: &str = "keyring";
/// Its copy.
pub const KEYRING_COPY: &str = "keyring.copy";
const MAGIC: &[u8; 8] = b"CFKEYRNG";
const FORMAT: u32 = 1;
const SUM: usize = 32;
const SLOT: usize = 8 + 16 + 32 + 16;
const ENTRY: usize = 4 + 32;
const SLOT_PURPOSE: &[u8] = b"claimflow keyring master";
const BODY_PURPOSE: &[u8] = b"claimflow keyring body";

/// A keyring that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The keys.
    pub secrets: Secrets,
    /// The master keys that open it, the newest last.
    pub masters: Vec<Print>,
    /// Set when the keyring itself could not be used, and its copy was.
    pub from_copy: bool,
}

/// True when a data folder has a keyring.
#[must_use]
pub fn has_keyring(folder: &Path) -> bool {
    [KEYRING_FILE, KEYRING_COPY].iter().any(|name| folder.join(name).exists())
}

/// Opens the keyring of a data folder.
///
/// # Errors
/// [`CryptError::NoKeyring`], [`CryptError::WrongKey`], [`CryptError::KeyringDamaged`] when neither it nor its copy is
/// whole, [`CryptError::Newer`], [`CryptError::File`].
pub fn open_keyring(disk: &dyn Disk, folder: &Path, master: &Master) -> Result<Opened, CryptError> {
    let own = read(disk, &folder.join(KEYRING_FILE)).and_then(|bytes| open_bytes(&bytes, master));
    let fault = match own {
        Err(fault @ (CryptError::KeyringDamaged | CryptError::NoKeyring)) => fault,
        other => return other,
    };
    match read(disk, &folder.join(KEYRING_COPY)).and_then(|bytes| open_bytes(&bytes, master)) {
        Ok(opened) => Ok(Opened { from_copy: true, ..opened }),
        Err(CryptError::NoKeyring | CryptError::KeyringDamaged) => Err(fault),
        Err(other) => Err(other),
    }
}

/// The master keys that open the keyring of a data folder, the newest last. Needs none of them.
///
/// # Errors
/// As [`open_keyring`], but no key is wrong.
pub fn keyring_masters(disk: &dyn Disk, folder: &Path) -> Result<Vec<Print>, CryptError> {
    let masters = |name: &str| {
        let bytes = read(disk, &folder.join(name))?;
        Ok(Parts::split(&bytes)?
            .slots
            .iter()
            .filter_map(|slot| slot.first_chunk())
            .map(|own| Print(*own))
            .collect())
    };
    match masters(KEYRING_FILE) {
        Err(CryptError::KeyringDamaged | CryptError::NoKeyring) => masters(KEYRING_COPY),
        other => other,
    }
}

/// Writes the keyring of a data folder, to be opened by each of `masters`, the newest last; then its copy.
///
/// # Errors
/// [`CryptError::File`]; then the keyring is the old or the new one, and opens.
pub fn write_keyring(
    disk: &dyn Disk,
    folder: &Path,
    secrets: &Secrets,
    masters: &[&Master],
) -> Result<(), CryptError> {
    let bytes = to_bytes(secrets, masters)?;
    for name in [KEYRING_FILE, KEYRING_COPY] {
        let (path, new) = (folder.join(name), folder.join(format!("{name}.new")));
        replace(disk, folder, &bytes, &new, &path).map_err(|error| file_error("write", &path, &error))?;
    }
    Ok(())
}

/// Makes the keyring and its copy alike, where a crash or damage left them apart.
///
/// # Errors
/// [`CryptError::File`].
pub fn mend_keyring(disk: &dyn Disk, folder: &Path) -> Result<(), CryptError> {
    let whole = |name: &str| read(disk, &folder.join(name)).ok().filter(|bytes| Parts::split(bytes).is_ok());
    let (own, copy) = (whole(KEYRING_FILE), whole(KEYRING_COPY));
    let (good, name) = match (own, copy) {
        (Some(own), copy) if copy.as_ref() != Some(&own) => (own, KEYRING_COPY),
        (None, Some(copy)) => (copy, KEYRING_FILE),
        _ => return Ok(()),
    };
    let (path, new) = (folder.join(name), folder.join(format!("{name}.new")));
    replace(disk, folder, &good, &new, &path).map_err(|error| file_error("write", &path, &error))
}

fn replace(disk: &dyn Disk, folder: &Path, bytes: &[u8], new: &Path, path: &Path) -> io::Result<()> {
    let file = disk.open(new, Access::Write)?;
    file.truncate(0)?;
    file.write_at(bytes, 0)?;
    file.sync()?;
    disk.rename(new, path)?;
    disk.sync_folder(folder)
}

fn read(disk: &dyn Disk, path: &Path) -> Result<Vec<u8>, CryptError> {
    let read = || -> io::Result<Vec<u8>> {
        let file = disk.open(path, Access::Read)?;
        // A keyring has some hundred bytes; what is much larger is none.
        let mut bytes = vec![0; usize::try_from(file.size()?.min(1 << 20)).unwrap_or_default()];
        let length = file.read_at(&mut bytes, 0)?;
        bytes.truncate(length);
        Ok(bytes)
    };
    read().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => CryptError::NoKeyring,
        _ => file_error("read", path, &error),
    })
}

fn file_error(action: &'static str, path: &Path, error: &io::Error) -> CryptError {
    CryptError::File { action, path: PathBuf::from(path).display().to_string(), why: error.to_string() }
}

/// The parts of a keyring whose checksum is right.
struct Parts<'b> {
    slots: Vec<&'b [u8; SLOT]>,
    salt: &'b [u8; 16],
    sealed: &'b [u8],
    /// What goes into the sealed keys' tag.
    head: &'b [u8],
}

impl<'b> Parts<'b> {
    fn split(bytes: &'b [u8]) -> Result<Self, CryptError> {
        let damaged = || CryptError::KeyringDamaged;
        let (whole, sum) = bytes.split_last_chunk::<SUM>().ok_or_else(damaged)?;
        if blake3::hash(whole) != blake3::Hash::from_bytes(*sum) {
            return Err(damaged());
        }
        let rest = whole.strip_prefix(MAGIC).ok_or_else(damaged)?;
        let (format, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
        let format = u32::from_be_bytes(*format);
        if format != FORMAT {
            return Err(CryptError::Newer { found: format, known: FORMAT });
        }
        let (count, mut rest) = rest.split_first_chunk::<2>().ok_or_else(damaged)?;
        let mut slots = Vec::new();
        for _ in 0..u16::from_be_bytes(*count) {
            let (slot, after) = rest.split_first_chunk::<SLOT>().ok_or_else(damaged)?;
            slots.push(slot);
            rest = after;
        }
        let (salt, rest) = rest.split_first_chunk::<16>().ok_or_else(damaged)?;
        let (length, sealed) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
        if usize::try_from(u32::from_be_bytes(*length)) != Ok(sealed.len()) {
            return Err(damaged());
        }
        let head = whole.get(..whole.len() - sealed.len()).unwrap_or_default();
        Ok(Self { slots, salt, sealed, head })
    }
}

fn open_bytes(bytes: &[u8], master: &Master) -> Result<Opened, CryptError> {
    let parts = Parts::split(bytes)?;
    let masters: Vec<Print> =
        parts.slots.iter().filter_map(|slot| slot.first_chunk()).map(|own| Print(*own)).collect();
    let given = master.print();
    let slot = parts.slots.iter().find(|slot| slot.starts_with(&given.0));
    let Some(slot) = slot else {
        let wanted = masters.last().copied().unwrap_or(Print([0; 8]));
        return Err(CryptError::WrongKey { given, wanted });
    };
    let inner = unwrap_inner(slot, master).ok_or(CryptError::KeyringDamaged)?;
    let body = inner.derive(BODY_PURPOSE, parts.salt);
    let keys = once_open(&body, parts.head, parts.sealed).ok_or(CryptError::KeyringDamaged)?;
    let secrets = read_secrets(&keys).ok_or(CryptError::KeyringDamaged)?;
    Ok(Opened { secrets, masters, from_copy: false })
}

fn unwrap_inner(slot: &[u8; SLOT], master: &Master) -> Option<Secret> {
    let (print, rest) = slot.split_first_chunk::<8>()?;
    let (salt, wrapped) = rest.split_first_chunk::<16>()?;
    let inner = once_open(&master.0.derive(SLOT_PURPOSE, salt), print, wrapped)?;
    Some(Secret::new(*inner.first_chunk()?))
}

fn read_secrets(bytes: &[u8]) -> Option<Secrets> {
    let (hiding, rest) = bytes.split_first_chunk::<32>()?;
    let (entries, left) = rest.as_chunks::<ENTRY>();
    if !left.is_empty() {
        return None;
    }
    let keys = entries.iter().map(|entry| {
        let (id, key) = entry.split_first_chunk::<4>()?;
        Some((KeyId(u32::from_be_bytes(*id)), Secret::new(*key.first_chunk()?)))
    });
    Secrets::from_parts(keys.collect::<Option<_>>()?, Secret::new(*hiding))
}

fn to_bytes(secrets: &Secrets, masters: &[&Master]) -> Result<Vec<u8>, CryptError> {
    let (inner, mut salt) = (Secret::random()?, [0; 16]);
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&FORMAT.to_be_bytes());
    bytes.extend_from_slice(&u16::try_from(masters.len()).unwrap_or(u16::MAX).to_be_bytes());
    for master in masters.iter().take(usize::from(u16::MAX)) {
        fill(&mut salt)?;
        let print = master.print().0;
        bytes.extend_from_slice(&print);
        bytes.extend_from_slice(&salt);
        once_seal(&master.0.derive(SLOT_PURPOSE, &salt), &print, inner.bytes(), &mut bytes)?;
    }
    fill(&mut salt)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(32 + ENTRY * secrets.keys().count()));
    plain.extend_from_slice(secrets.hiding().bytes());
    for (id, key) in secrets.keys() {
        plain.extend_from_slice(&id.0.to_be_bytes());
        plain.extend_from_slice(key.bytes());
    }
    bytes.extend_from_slice(&salt);
    bytes.extend_from_slice(&u32::try_from(plain.len() + 16).unwrap_or(u32::MAX).to_be_bytes());
    let head = bytes.clone();
    once_seal(&inner.derive(BODY_PURPOSE, &salt), &head, &plain, &mut bytes)?;
    let sum = blake3::hash(&bytes);
    bytes.extend_from_slice(sum.as_bytes());
    Ok(bytes)
}

/// Seals with a key that seals nothing else, which is why the nonce may be zero.
fn once_seal(key: &Secret, aad: &[u8], plain: &[u8], into: &mut Vec<u8>) -> Result<(), CryptError> {
    let mut body = Zeroizing::new(plain.to_vec());
    let aes = Aes256Gcm::new(key.bytes().into());
    let tag = aes.encrypt_inout_detached(&Nonce::from([0; 12]), aad, body.as_mut_slice().into());
    let tag = tag.map_err(|_| CryptError::TooLong(plain.len()))?;
    into.extend_from_slice(&body);
    into.extend_from_slice(&tag);
    Ok(())
}

fn once_open(key: &Secret, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (body, tag) = sealed.split_last_chunk::<16>()?;
    let mut plain = Zeroizing::new(body.to_vec());
    let aes = Aes256Gcm::new(key.bytes().into());
    let buffer = plain.as_mut_slice().into();
    aes.decrypt_inout_detached(&Nonce::from([0; 12]), aad, buffer, &Tag::from(*tag)).ok()?;
    Some(plain)
}

#[cfg(test)]
mod tests;
