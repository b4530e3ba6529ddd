//! Writing: the same files give the same bytes.

use crate::error::{PackError, Result};
use crate::keys::{SecretKey, Signed};
use crate::manifest::{FORMAT, FileEntry, Manifest};
use crate::paths::Seen;
use crate::read::{Limits, unpack};
use crate::{MANIFEST, SIGNATURE};

/// A file of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    /// Its path inside the pack, with `/`.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Writes an unsigned pack. The manifest's `format` and `files` are filled in here; the order of `files` does not matter.
///
/// # Errors
/// When a path or the name would be refused when read.
pub fn build(mut manifest: Manifest, mut files: Vec<PackFile>) -> Result<Vec<u8>> {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    manifest.check_name()?;
    manifest.format = FORMAT;
    manifest.files = files.iter().map(entry_of).collect();
    let mut seen = Seen::default();
    for path in [MANIFEST, SIGNATURE].into_iter().chain(files.iter().map(|file| file.path.as_str())) {
        seen.add(path)?;
    }
    let text =
        serde_json::to_vec_pretty(&manifest).map_err(|fault| PackError::Manifest(fault.to_string()))?;
    write(&text, None, &files)
}

/// Signs a pack, in place of any signature before. Every file is checked against the manifest first.
///
/// # Errors
/// When the pack itself would be refused.
pub fn sign(pack: &[u8], key: &SecretKey, limits: &Limits) -> Result<Vec<u8>> {
    let raw = unpack(pack, limits)?;
    write(&raw.manifest_bytes, Some(&Signed::make(key, &raw.manifest_bytes)), &raw.files)
}

fn entry_of(file: &PackFile) -> FileEntry {
    let blake3 = blake3::hash(&file.bytes).to_hex().to_string();
    FileEntry { path: file.path.clone(), size: file.bytes.len() as u64, blake3 }
}

fn write(manifest: &[u8], signature: Option<&[u8]>, files: &[PackFile]) -> Result<Vec<u8>> {
    let mut tar = Vec::new();
    entry(&mut tar, MANIFEST, manifest)?;
    if let Some(signature) = signature {
        entry(&mut tar, SIGNATURE, signature)?;
    }
    for file in files {
        entry(&mut tar, &file.path, &file.bytes)?;
    }
    tar.resize(tar.len() + 1024, 0);
    let fault = |fault: std::io::Error| PackError::Damaged(fault.to_string());
    let mut frame = zstd::Encoder::new(Vec::new(), 9).map_err(fault)?;
    // Nothing else would notice a flipped bit in the manifest of an unsigned pack.
    frame.include_checksum(true).map_err(fault)?;
    std::io::Write::write_all(&mut frame, &tar).map_err(fault)?;
    frame.finish().map_err(fault)
}

fn entry(tar: &mut Vec<u8>, path: &str, bytes: &[u8]) -> Result<()> {
    tar.extend_from_slice(header(path, bytes.len() as u64)?.as_bytes());
    tar.extend_from_slice(bytes);
    tar.resize(tar.len().next_multiple_of(512), 0);
    Ok(())
}

/// The only header that a file of this path and size may have.
pub(crate) fn header(path: &str, size: u64) -> Result<tar::Header> {
    let mut header = tar::Header::new_ustar();
    let fault = || PackError::Path { path: path.to_owned(), why: "does not fit a tar header" };
    let name = header.as_old_mut().name.get_mut(..path.len()).ok_or_else(fault)?;
    name.copy_from_slice(path.as_bytes());
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    Ok(header)
}
