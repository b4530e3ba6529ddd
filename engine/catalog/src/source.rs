//! What comes in: files as (path, text) pairs. Who reads the disk is somebody else's affair.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use claimflow_core::{Diagnostic, Hash};

/// Hexadecimal digits of a content hash: 128 bits, enough to tell any two contents apart, in every record of a claim.
const HASH_DIGITS: usize = 32;

/// One file that an author wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path relative to the practice folder with `/` between its parts, as `payers/aetna/rules/telehealth.rhai`.
    pub path: String,
    /// Its text, shared; empty for a file made by [`bulk`](Self::bulk).
    pub text: Arc<str>,
    bulk: Option<Bulk>,
}

/// Opens a file that is read as a stream.
pub type Open = dyn Fn() -> io::Result<Box<dyn Read>> + Send + Sync;

/// A file too large to lie in memory.
#[derive(Clone)]
struct Bulk {
    stamp: Option<String>,
    open: Arc<Open>,
}

impl fmt::Debug for Bulk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulk").field("stamp", &self.stamp).finish_non_exhaustive()
    }
}

impl PartialEq for Bulk {
    fn eq(&self, other: &Self) -> bool {
        self.stamp == other.stamp && (self.stamp.is_some() || Arc::ptr_eq(&self.open, &other.open))
    }
}

impl Eq for Bulk {}

impl SourceFile {
    /// A file from its path and its text.
    pub fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into(), bulk: None }
    }

    /// A table that is read as a stream when it is needed, and not at all while its stamp stays the same. `stamp` is
    /// what changes when the content does, as length and time of the last change; without one it is always read.
    pub fn bulk(path: impl Into<String>, stamp: Option<String>, open: Arc<Open>) -> Self {
        Self { path: path.into(), text: Arc::from(""), bulk: Some(Bulk { stamp, open }) }
    }

    /// True for a file whose text is not in memory.
    pub fn is_bulk(&self) -> bool {
        self.bulk.is_some()
    }

    pub(crate) fn stamp(&self) -> Option<&str> {
        self.bulk.as_ref()?.stamp.as_deref()
    }

    /// Its bytes as a stream.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        match &self.bulk {
            Some(bulk) => (bulk.open)().map(|reader| reader as Box<dyn Read>),
            None => Ok(Box::new(self.text.as_bytes())),
        }
    }
}

/// A set of files in which every path is there once: a file added later replaces an earlier one of the same path, so
/// that a practice's own copy stands in for the one that ships.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces the one of the same path.
    pub fn add(&mut self, file: SourceFile) {
        match self.files.iter_mut().find(|own| own.path == file.path) {
            Some(own) => *own = file,
            None => self.files.push(file),
        }
    }

    /// The files, in the order in which their paths first came.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }
}

impl FromIterator<SourceFile> for Sources {
    fn from_iter<I: IntoIterator<Item = SourceFile>>(files: I) -> Self {
        // By a map rather than by `add`: a pack can have thousands of files.
        let mut places: rustc_hash::FxHashMap<String, usize> = rustc_hash::FxHashMap::default();
        let mut sources = Self::default();
        for file in files {
            match places.get(&file.path).and_then(|place| sources.files.get_mut(*place)) {
                Some(own) => *own = file,
                None => {
                    places.insert(file.path.clone(), sources.files.len());
                    sources.files.push(file);
                }
            }
        }
        sources
    }
}

/// The content hash of a text, in hexadecimal.
pub(crate) fn hash_text(text: &str) -> Hash {
    short(&blake3::hash(text.as_bytes()))
}

/// A hash as records carry it.
pub(crate) fn short(hash: &blake3::Hash) -> Hash {
    Hash::from(&hash.to_hex()[..HASH_DIGITS])
}

/// The content hash of several files, whatever their order. Lengths go in before texts, so that no two sets of files
/// run together into the same bytes.
pub(crate) fn hash_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Hash {
    let mut files: Vec<(&str, &str)> = files.into_iter().collect();
    files.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for (path, text) in files {
        for part in [path, text] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    short(&hasher.finalize())
}

/// Brings faults into the order in which people read them: by file, then by place.
pub(crate) fn sort(faults: &mut [Diagnostic]) {
    faults.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
}

/// What a file is, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind<'a> {
    /// `workflows/NAME/*.yaml`.
    Workflow,
    /// `payers/PACK/pack.yaml`.
    Pack { pack: &'a str },
    /// `payers/PACK/categories.csv`.
    Categories { pack: &'a str },
    /// `payers/PACK/rules/**.rhai`.
    Script { pack: &'a str },
    /// `payers/PACK/tables/*.csv`.
    Table { pack: &'a str, name: &'a str },
    /// `payers/PACK/decisions/*.csv` and `.xlsx`.
    Decision { pack: &'a str, name: &'a str },
    /// `payers/PACK/cases/*.yaml`.
    Cases { pack: &'a str },
    /// `plugins/PLUGIN/plugin.yaml`.
    Plugin { plugin: &'a str },
    /// `plugins/PLUGIN/**.rhai`.
    PluginScript { plugin: &'a str },
    /// `plugins/PLUGIN/tables/*.csv`.
    PluginTable { plugin: &'a str, name: &'a str },
    /// `plugins/PLUGIN/cases/*.yaml`.
    PluginCases { plugin: &'a str },
    /// `rules.yaml` of the practice.
    Switches,
    /// `routing.csv` or `.xlsx` of the practice.
    Routing,
    /// `payers/routing.csv` (or `.xlsx`), which ships.
    ShippedRouting,
    /// Anything else: read-me files, registers, settings.
    Other,
}

/// The name of a sheet's file without its ending; `None` for another file.
fn sheet_name(file: &str) -> Option<&str> {
    file.strip_suffix(".csv").or_else(|| file.strip_suffix(".xlsx"))
}

impl<'a> FileKind<'a> {
    pub(crate) fn of(path: &'a str) -> Self {
        let yaml = path.ends_with(".yaml") || path.ends_with(".yml");
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["routing.csv" | "routing.xlsx"] => Self::Routing,
            ["rules.yaml"] => Self::Switches,
            ["payers", "routing.csv" | "routing.xlsx"] => Self::ShippedRouting,
            ["workflows", .., _] if yaml => Self::Workflow,
            ["payers", pack, "pack.yaml" | "pack.yml"] => Self::Pack { pack },
            ["payers", pack, "categories.csv"] => Self::Categories { pack },
            ["payers", pack, "rules", .., file] if file.ends_with(".rhai") => Self::Script { pack },
            ["payers", pack, "tables", file] => match sheet_name(file) {
                Some(name) => Self::Table { pack, name },
                None => Self::Other,
            },
            ["payers", pack, "decisions", file] => match sheet_name(file) {
                Some(name) => Self::Decision { pack, name },
                None => Self::Other,
            },
            ["payers", pack, "cases", .., _] if yaml => Self::Cases { pack },
            ["plugins", plugin, "plugin.yaml" | "plugin.yml"] => Self::Plugin { plugin },
            ["plugins", plugin, "cases", .., _] if yaml => Self::PluginCases { plugin },
            ["plugins", plugin, "tables", file] if file.ends_with(".csv") => {
                Self::PluginTable { plugin, name: file.trim_end_matches(".csv") }
            }
            ["plugins", plugin, .., file] if file.ends_with(".rhai") => Self::PluginScript { plugin },
            _ => Self::Other,
        }
    }

    /// The pack it belongs to.
    pub(crate) const fn pack(self) -> Option<&'a str> {
        match self {
            Self::Pack { pack }
            | Self::Categories { pack }
            | Self::Script { pack }
            | Self::Table { pack, .. }
            | Self::Decision { pack, .. }
            | Self::Cases { pack } => Some(pack),
            _ => None,
        }
    }

    /// The plugin it belongs to.
    pub(crate) const fn plugin(self) -> Option<&'a str> {
        match self {
            Self::Plugin { plugin }
            | Self::PluginScript { plugin }
            | Self::PluginTable { plugin, .. }
            | Self::PluginCases { plugin } => Some(plugin),
            _ => None,
        }
    }

    /// True when the file can change a decision.
    pub(crate) const fn decides(self) -> bool {
        !matches!(self, Self::Cases { .. } | Self::PluginCases { .. } | Self::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_file_replaces_an_earlier_one_of_its_path() {
        let files = [("a", "1"), ("b", "2"), ("a", "3")].map(|(path, text)| SourceFile::new(path, text));
        let sources: Sources = files.iter().cloned().collect();
        let mut added = Sources::new();
        files.into_iter().for_each(|file| added.add(file));
        assert_eq!(sources, added);
        assert_eq!(sources.files(), [SourceFile::new("a", "3"), SourceFile::new("b", "2")]);
    }

    #[test]
    fn the_hash_follows_content_and_not_order() {
        assert_eq!(hash_files([("a", "1"), ("b", "2")]), hash_files([("b", "2"), ("a", "1")]));
        assert_ne!(hash_files([("a", "1"), ("b", "2")]), hash_files([("a", "1b"), ("", "2")]));
        assert_eq!(hash_text("").len(), HASH_DIGITS);
    }

    #[test]
    fn kinds_by_path() {
        assert_eq!(FileKind::of("workflows/professional-claim/v1.yaml"), FileKind::Workflow);
        assert_eq!(FileKind::of("workflows/README.md"), FileKind::Other);
        assert_eq!(FileKind::of("payers/aetna/rules/a/b.rhai"), FileKind::Script { pack: "aetna" });
        assert_eq!(FileKind::of("payers/aetna/tables/t.csv"), FileKind::Table { pack: "aetna", name: "t" });
        assert_eq!(FileKind::of("payers/aetna/cases/c.yaml"), FileKind::Cases { pack: "aetna" });
        assert_eq!(FileKind::of("payers/aetna/README.md"), FileKind::Other);
        assert_eq!(FileKind::of("registers/visits.csv"), FileKind::Other);
        assert_eq!(FileKind::of("plugins/fees/plugin.yaml"), FileKind::Plugin { plugin: "fees" });
        assert_eq!(FileKind::of("plugins/fees/a/b.rhai"), FileKind::PluginScript { plugin: "fees" });
        assert_eq!(
            FileKind::of("plugins/fees/tables/t.csv"),
            FileKind::PluginTable { plugin: "fees", name: "t" }
        );
        assert_eq!(FileKind::of("plugins/fees/cases/c.yaml"), FileKind::PluginCases { plugin: "fees" });
        assert_eq!(FileKind::of("plugins/x12/src/lib.rs"), FileKind::Other);
    }
}
