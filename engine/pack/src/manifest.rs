//! The manifest: what a pack says of itself, and the size and hash of each of its files.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::error::{PackError, Result};

/// The newest format that is known here.
pub const FORMAT: u32 = 1;

/// What a pack says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format of the archive; [`FORMAT`] when written here.
    pub format: u32,
    /// The pack's name: lower case letters, digits and `-`, at most 60.
    pub name: String,
    /// The pack's version.
    pub version: Version,
    /// The layer, as `vendor`.
    pub layer: String,
    /// What it needs.
    pub requires: Requires,
    /// The licence, as an SPDX expression or the vendor's own words.
    pub licence: String,
    /// The path of the changelog inside the pack.
    pub changelog: String,
    /// Every file, in order of its path.
    pub files: Vec<FileEntry>,
}

/// What a pack needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requires {
    /// The versions of claimflow that it works with.
    pub claimflow: VersionReq,
    /// Other packs by name, with their versions.
    #[serde(default)]
    pub packs: BTreeMap<String, VersionReq>,
}

/// One file of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its path inside the pack, with `/`.
    pub path: String,
    /// Its size, in bytes.
    pub size: u64,
    /// Its BLAKE3 hash, in lower case hex.
    pub blake3: String,
}

#[derive(Deserialize)]
struct Only {
    format: u32,
}

impl Manifest {
    /// Reads a manifest; the format is looked at first, so that a newer one is called newer and not wrong.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let wrong = |fault: serde_json::Error| PackError::Manifest(fault.to_string());
        let Only { format } = serde_json::from_slice(bytes).map_err(wrong)?;
        if format > FORMAT {
            return Err(PackError::NewerFormat { found: format, known: FORMAT });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(wrong)?;
        manifest.check_name()?;
        Ok(manifest)
    }

    /// Refuses a name that could not be a folder's name everywhere.
    pub(crate) fn check_name(&self) -> Result<()> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.name.is_empty() || self.name.len() > 60 || !self.name.bytes().all(plain) {
            let why = "the name must be 1 to 60 lower case letters, digits and `-`";
            return Err(PackError::Manifest(why.to_owned()));
        }
        crate::paths::check(&self.name)
    }
}
