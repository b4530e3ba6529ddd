//! Reading: each limit is looked at before anything is taken in.

use std::collections::BTreeMap;
use std::io::Read;

use semver::Version;

use crate::archive::{PackFile, header};
use crate::error::{PackError, Result};
use crate::keys::{Keyring, Signed};
use crate::manifest::{FileEntry, Manifest};
use crate::paths::Seen;
use crate::{MANIFEST, SIGNATURE};

/// How much a pack may hold.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the archive as it lies on the disk.
    pub packed: u64,
    /// Bytes of everything, taken apart.
    pub total: u64,
    /// Bytes of one file.
    pub file: u64,
    /// Files.
    pub files: u64,
    /// Bytes of the manifest.
    pub manifest: u64,
    /// How many times larger than packed; the first mebibyte is free.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            packed: 128 << 20,
            total: 512 << 20,
            file: 256 << 20,
            files: 10_000,
            manifest: 4 << 20,
            ratio: 200,
        }
    }
}

/// A pack taken apart, with every file as the manifest lists it.
#[derive(Debug)]
pub struct Opened {
    /// The manifest.
    pub manifest: Manifest,
    /// The files, in order of their paths.
    pub files: Vec<PackFile>,
    /// The id of the key that signed it, when signatures were asked for.
    pub signed_by: Option<String>,
    /// The BLAKE3 hash of the manifest's bytes, in hex: it stands for the whole content.
    pub hash: String,
}

/// Takes a pack apart in memory. With `keys` it must be signed by one of them; without, any signature is passed over.
///
/// # Errors
/// With the exact reason, when anything is not as it must be. See [`PackError`].
pub fn open(pack: &[u8], keys: Option<&Keyring>, claimflow: &Version, limits: &Limits) -> Result<Opened> {
    let raw = unpack(pack, limits)?;
    let mut signed_by = None;
    if let Some(keys) = keys {
        let signed = Signed::parse(raw.signature.as_deref().ok_or(PackError::Unsigned)?)?;
        keys.check(&raw.manifest, &raw.manifest_bytes, &signed)?;
        signed_by = Some(signed.key.id());
    }
    if !raw.manifest.requires.claimflow.matches(claimflow) {
        let needs = raw.manifest.requires.claimflow.to_string();
        return Err(PackError::NeedsClaimflow { needs, here: claimflow.to_string() });
    }
    let hash = blake3::hash(&raw.manifest_bytes).to_hex().to_string();
    Ok(Opened { manifest: raw.manifest, files: raw.files, signed_by, hash })
}

/// A pack taken apart, its signature not looked at.
pub(crate) struct Raw {
    pub(crate) manifest: Manifest,
    pub(crate) manifest_bytes: Vec<u8>,
    pub(crate) signature: Option<Vec<u8>>,
    pub(crate) files: Vec<PackFile>,
}

pub(crate) fn unpack(pack: &[u8], limits: &Limits) -> Result<Raw> {
    limit("the size of the archive in bytes", pack.len() as u64, limits.packed)?;
    let mut reader = Entries::new(pack, limits)?;
    let Some((first, manifest_bytes)) = reader.next(limits.manifest, None)? else {
        return Err(PackError::Manifest("the archive is empty".to_owned()));
    };
    if first != MANIFEST {
        return Err(PackError::Manifest(format!("the first entry must be `{MANIFEST}`")));
    }
    let manifest = Manifest::parse(&manifest_bytes)?;
    limit("the number of files", manifest.files.len() as u64, limits.files)?;
    let mut listed = BTreeMap::new();
    let mut seen = Seen::default();
    [MANIFEST, SIGNATURE].into_iter().try_for_each(|path| seen.add(path))?;
    for file in &manifest.files {
        seen.add(&file.path)?;
        listed.insert(file.path.as_str(), file);
    }
    let (mut signature, mut files) = (None, Vec::new());
    while let Some((path, bytes)) = reader.next(limits.file, Some(&listed))? {
        if path == SIGNATURE {
            if signature.is_some() || !files.is_empty() {
                return content(&path, "must be the second entry, once");
            }
            signature = Some(bytes);
            continue;
        }
        let Some(file) = listed.remove(path.as_str()) else {
            return content(&path, "is there twice");
        };
        if blake3::hash(&bytes).to_hex().as_str() != file.blake3 {
            return content(&path, "has another hash than the manifest says");
        }
        files.push(PackFile { path, bytes });
    }
    if let Some(path) = listed.keys().next() {
        return content(path, "is in the manifest, but not in the archive");
    }
    if !files.is_sorted_by(|a, b| a.path < b.path) {
        return Err(PackError::Damaged("its files are not in order".to_owned()));
    }
    Ok(Raw { manifest, manifest_bytes, signature, files })
}

/// The entries of the archive, one by one.
struct Entries<'a> {
    stream: zstd::Decoder<'static, &'a [u8]>,
    /// Bytes that may still come out.
    left: u64,
    budget: u64,
}

impl<'a> Entries<'a> {
    fn new(pack: &'a [u8], limits: &Limits) -> Result<Self> {
        let mut stream = zstd::Decoder::with_buffer(pack).map_err(damaged)?.single_frame();
        // The window is what the decoder itself takes: 8 MiB at most.
        stream.window_log_max(23).map_err(damaged)?;
        let by_ratio = (pack.len() as u64).saturating_mul(limits.ratio).saturating_add(1 << 20);
        let budget = limits.total.min(by_ratio);
        Ok(Self { stream, left: budget, budget })
    }

    /// The next file, or nothing at the right end. Its size is held against `most`, against what `listed` says, and
    /// against what may still come, before any of it is read.
    fn next(
        &mut self,
        most: u64,
        listed: Option<&BTreeMap<&str, &FileEntry>>,
    ) -> Result<Option<(String, Vec<u8>)>> {
        let mut head = tar::Header::new_old();
        self.fill(head.as_mut_bytes())?;
        if head.as_bytes().iter().all(|byte| *byte == 0) {
            return self.end().map(|()| None);
        }
        let (path, size) = plain(&head)?;
        let most = if path == SIGNATURE { 96 } else { most };
        limit(&format!("the size of `{path}` in bytes"), size, most)?;
        if path != SIGNATURE
            && let Some(listed) = listed
        {
            match listed.get(path.as_str()) {
                None => return content(&path, "is not in the manifest, or there twice"),
                Some(file) if file.size != size => {
                    return content(&path, "has another size than the manifest says");
                }
                Some(_) => {}
            }
        }
        limit("the size of everything in bytes", self.budget - self.left + size, self.budget)?;
        let mut bytes = vec![0; usize::try_from(size).map_err(|_| PackError::Damaged("size".to_owned()))?];
        self.fill(&mut bytes)?;
        let mut rest = [0; 512];
        let pad = usize::try_from(size.next_multiple_of(512) - size).unwrap_or_default();
        let rest = rest.get_mut(..pad).unwrap_or_default();
        self.fill(rest)?;
        if rest.iter().any(|byte| *byte != 0) {
            return content(&path, "has data after its end");
        }
        Ok(Some((path, bytes)))
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        let size = bytes.len() as u64;
        let Some(left) = self.left.checked_sub(size) else {
            return limit("the size of everything in bytes", self.budget.saturating_add(1), self.budget);
        };
        self.left = left;
        self.stream.read_exact(bytes).map_err(damaged)
    }

    /// After the first empty block comes one more, and then nothing, inside the frame or behind it.
    fn end(&mut self) -> Result<()> {
        let mut last = [0; 512];
        self.fill(&mut last)?;
        let more = self.stream.read(&mut [0]).map_err(damaged)?;
        if last.iter().any(|byte| *byte != 0) || more != 0 || !self.stream.get_ref().is_empty() {
            return Err(PackError::Damaged("there is data after its end".to_owned()));
        }
        Ok(())
    }
}

/// The path and size of a plain file. The header must be the very one that this crate writes, which leaves no room for
/// renaming, sparse or extended entries.
fn plain(head: &tar::Header) -> Result<(String, u64)> {
    let name = &head.as_old().name;
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    let shown: String = String::from_utf8_lossy(name).chars().flat_map(char::escape_default).collect();
    if let Some(kind) = odd(head.entry_type()) {
        return Err(PackError::Kind { path: shown, kind });
    }
    let Ok(path) = std::str::from_utf8(name) else {
        return Err(PackError::Path { path: shown, why: "is not UTF-8" });
    };
    crate::paths::check(path)?;
    let size = head.size().map_err(damaged)?;
    if size > 1 << 33 || header(path, size)?.as_bytes() != head.as_bytes() {
        return content(path, "has a tar header that `pack build` does not write");
    }
    Ok((path.to_owned(), size))
}

fn odd(kind: tar::EntryType) -> Option<&'static str> {
    use tar::EntryType as Kind;
    Some(match kind {
        Kind::Regular => return None,
        Kind::Link => "a hard link",
        Kind::Symlink => "a symbolic link",
        Kind::Char | Kind::Block => "a device",
        Kind::Fifo => "a pipe",
        Kind::Directory => "a folder entry",
        Kind::GNUSparse => "a sparse file",
        Kind::GNULongName | Kind::GNULongLink | Kind::XHeader | Kind::XGlobalHeader => {
            "a header that renames"
        }
        _ => "an entry of unknown kind",
    })
}

fn limit(what: &str, found: u64, limit: u64) -> Result<()> {
    if found > limit {
        return Err(PackError::Limit { what: what.to_owned(), limit });
    }
    Ok(())
}

fn content<T>(path: &str, why: &'static str) -> Result<T> {
    Err(PackError::Content { path: path.to_owned(), why })
}

#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(damaged)`")]
fn damaged(fault: std::io::Error) -> PackError {
    PackError::Damaged(fault.to_string())
}
