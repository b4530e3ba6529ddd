//! Reads a practice folder: paths and texts, nothing more.

mod files;
mod stamp;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use claimflow_catalog::{SETTINGS_PATH, SWITCHES_PATH, SourceFile};
use claimflow_core::Diagnostic;

use self::files::Kind;
use self::stamp::Stamp;
use crate::exit::{Failure, Result};
use crate::practice::shipped;

/// A practice folder as it is on the disk.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// Where it is.
    pub root: PathBuf,
    /// Settings, workflows, packs and routing: what the catalog checks.
    pub sources: Vec<SourceFile>,
    /// The registers.
    pub registers: Vec<SourceFile>,
    /// Files that are no text.
    pub faults: Vec<Diagnostic>,
    /// Which of `payers` and `workflows` are the practice's own: without one, it runs on what ships.
    pub own: Vec<&'static str>,
    /// Each file with what tells whether it is still the same.
    seen: HashMap<String, (Stamp, SourceFile)>,
}

impl Folder {
    /// Reads the folder.
    ///
    /// A practice that has a folder `payers/` (or `workflows/`) of its own runs on exactly what is in it; without one it
    /// runs on what ships.
    ///
    /// # Errors
    /// When it is no practice folder, or something in it cannot be read.
    pub fn read(root: &Path) -> Result<Self> {
        if root.join(SETTINGS_PATH).is_file() {
            Self::read_any(root, HashMap::new())
        } else {
            Err(not_a_practice(root))
        }
    }

    /// Reads the folder again. Files that have not changed since are not read: their texts are shared with this reading.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_again(&self) -> Result<Self> {
        if self.root.join(SETTINGS_PATH).is_file() {
            Self::read_any(&self.root, self.seen.clone())
        } else {
            Err(not_a_practice(&self.root))
        }
    }

    /// Reads a folder for checking what is in it: a practice, or one that only has packs or workflows, as vendors and
    /// authors have.
    ///
    /// # Errors
    /// When it is neither, or something in it cannot be read.
    pub fn read_content(root: &Path) -> Result<Self> {
        Self::read_content_after(root, None)
    }

    /// The same; files that have not changed since an earlier reading are not read again.
    ///
    /// # Errors
    /// As [`read_content`](Self::read_content).
    pub fn read_content_after(root: &Path, earlier: Option<&Self>) -> Result<Self> {
        let known = [SETTINGS_PATH, "payers", "workflows"];
        if known.iter().any(|name| root.join(name).exists()) {
            Self::read_any(root, earlier.map(|own| own.seen.clone()).unwrap_or_default())
        } else {
            Err(not_a_practice(root))
        }
    }

    /// Reads the folder of a pack that stands outside any practice, as `payers/NAME` among what ships.
    ///
    /// # Errors
    /// When something in it cannot be read.
    pub fn read_pack(root: &Path, path: &str, earlier: Option<&Self>) -> Result<Self> {
        let seen = earlier.map(|own| own.seen.clone()).unwrap_or_default();
        let mut folder = Self { root: root.to_owned(), seen, ..Self::default() };
        let own = format!("{path}/");
        folder.sources = shipped::files().into_iter().filter(|file| !file.path.starts_with(&own)).collect();
        folder.walk(root, path, Kind::Source, 0)?;
        folder.forget_gone();
        Ok(folder)
    }

    /// Reads a file, or a folder with all below it, as if it lay at `path` of a practice.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn read_at(root: &Path, path: &str) -> Result<Self> {
        let mut folder = Self { root: root.to_owned(), ..Self::default() };
        if root.is_dir() {
            folder.walk(root, path, Kind::Source, 0)?;
        } else {
            folder.add_file(root, path.to_owned(), Kind::Source)?;
        }
        Ok(folder)
    }

    /// The same folder with the pack `name` as it stands in `staged`.
    ///
    /// # Errors
    /// When something in it cannot be read.
    pub fn with_pack(&self, name: &str, staged: &Path) -> Result<Self> {
        let path = format!("payers/{name}");
        let own = format!("{path}/");
        let mut folder = self.clone();
        folder.sources.retain(|file| !file.path.starts_with(&own));
        folder.seen.retain(|file, _| !file.starts_with(&own));
        folder.faults.retain(|fault| !fault.path.starts_with(&own));
        folder.walk(staged, &path, Kind::Source, 0)?;
        Ok(folder)
    }

    fn read_any(root: &Path, seen: HashMap<String, (Stamp, SourceFile)>) -> Result<Self> {
        let mut folder = Self { root: root.to_owned(), seen, ..Self::default() };
        for name in [SETTINGS_PATH, "routing.csv", "routing.xlsx", SWITCHES_PATH] {
            let file = root.join(name);
            if file.is_file() {
                folder.add_file(&file, name.to_owned(), Kind::Source)?;
            }
        }
        for name in ["payers", "workflows"] {
            let own = root.join(name);
            if own.is_dir() {
                folder.own.push(name);
                folder.walk(&own, name, Kind::Source, 0)?;
            } else {
                let prefix = format!("{name}/");
                folder
                    .sources
                    .extend(shipped::files().into_iter().filter(|file| file.path.starts_with(&prefix)));
            }
        }
        folder.read_plugins()?;
        let registers = root.join("registers");
        if registers.is_dir() {
            folder.walk(&registers, "registers", Kind::Register, 0)?;
        }
        folder.forget_gone();
        Ok(folder)
    }

    /// Plugins: the practice's own, and those that ship, except where the practice has one of that name.
    fn read_plugins(&mut self) -> Result<()> {
        let plugins = self.root.join("plugins");
        if plugins.is_dir() {
            self.walk(&plugins, "plugins", Kind::Source, 0)?;
        }
        let shipped = shipped::files().into_iter().filter(|file| {
            let mut parts = file.path.split('/');
            parts.next() == Some("plugins") && parts.next().is_some_and(|name| !plugins.join(name).is_dir())
        });
        self.sources.extend(shipped);
        Ok(())
    }

    fn forget_gone(&mut self) {
        let there: HashSet<&str> =
            self.sources.iter().chain(&self.registers).map(|file| file.path.as_str()).collect();
        self.seen.retain(|path, _| there.contains(path.as_str()));
    }

    /// The text of a file by its path in the practice folder.
    pub fn text(&self, path: &str) -> Option<String> {
        let all = self.sources.iter().chain(&self.registers);
        all.into_iter().find(|file| file.path == path).map(|file| file.text.to_string())
    }
}

fn not_a_practice(root: &Path) -> Failure {
    let shown = root.display();
    let message = if root.is_dir() {
        format!("`{shown}` is not a practice folder: it has no `{SETTINGS_PATH}`")
    } else {
        format!("there is no folder `{shown}`")
    };
    Failure::failed(message)
        .help("`claimflow init DIR` makes one; `--practice DIR` names one that is elsewhere")
}

#[cfg(test)]
mod tests;
