//! What the program hands in: who reads the files of a folder.

use std::path::{Path, PathBuf};

use claimflow_catalog::SourceFile;
use claimflow_core::Diagnostic;

/// Reads the folders in which people write. Both methods are called from different threads.
pub trait Content: Send + Sync {
    /// The folder that a file belongs to, and the file's path within it; `None` when it belongs to none.
    fn locate(&self, file: &Path) -> Option<Located>;

    /// Where a file of a folder is; `None` for one that ships with the program.
    fn file(&self, root: &Path, path: &str) -> Option<PathBuf>;

    /// The files of a folder as they are now.
    ///
    /// # Errors
    /// One sentence that says what cannot be read.
    fn read(&self, root: &Path) -> Result<Reading, String>;
}

/// A file of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The folder of the practice, or of the pack.
    pub root: PathBuf,
    /// Its path as the catalog knows it, as `payers/aetna/rules/telehealth.rhai`.
    pub path: String,
}

/// The files of a folder.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Settings, workflows, packs and routing.
    pub sources: Vec<SourceFile>,
    /// The registers.
    pub registers: Vec<SourceFile>,
    /// Files that are no text.
    pub faults: Vec<Diagnostic>,
}
