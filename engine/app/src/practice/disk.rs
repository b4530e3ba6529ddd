//! Reads a practice folder: paths and texts, nothing more.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use claimflow_catalog::{SETTINGS_PATH, SourceFile};
use claimflow_core::Diagnostic;

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
}

/// Folders below this depth are not looked into: a link that leads back would go on for ever.
const DEEPEST: usize = 12;

/// Files larger than this are no rules, tables or workflows.
const LARGEST: u64 = 256 << 20;

impl Folder {
    /// Reads the folder.
    ///
    /// A practice that has a folder `payers/` (or `workflows/`) of its own runs on exactly what is in it; without one it
    /// runs on what ships.
    ///
    /// # Errors
    /// When it is no practice folder, or something in it cannot be read.
    pub fn read(root: &Path) -> Result<Self> {
        if root.join(SETTINGS_PATH).is_file() { Self::read_any(root) } else { Err(not_a_practice(root)) }
    }

    /// Reads a folder for checking what is in it: a practice, or one that only has packs or workflows, as vendors and
    /// authors have.
    ///
    /// # Errors
    /// When it is neither, or something in it cannot be read.
    pub fn read_content(root: &Path) -> Result<Self> {
        let known = [SETTINGS_PATH, "payers", "workflows"];
        if known.iter().any(|name| root.join(name).exists()) {
            Self::read_any(root)
        } else {
            Err(not_a_practice(root))
        }
    }

    fn read_any(root: &Path) -> Result<Self> {
        let mut folder = Self { root: root.to_owned(), ..Self::default() };
        for name in [SETTINGS_PATH, "routing.csv"] {
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
        let plugins = root.join("plugins");
        if plugins.is_dir() {
            folder.walk(&plugins, "plugins", Kind::Source, 0)?;
        }
        let registers = root.join("registers");
        if registers.is_dir() {
            folder.walk(&registers, "registers", Kind::Register, 0)?;
        }
        Ok(folder)
    }

    /// The text of a file by its path in the practice folder.
    pub fn text(&self, path: &str) -> Option<String> {
        let all = self.sources.iter().chain(&self.registers);
        all.into_iter().find(|file| file.path == path).map(|file| file.text.clone())
    }

    fn walk(&mut self, folder: &Path, path: &str, kind: Kind, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Ok(());
        }
        let entries = fs::read_dir(folder).map_err(|error| Failure::io("read", folder, &error))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| Failure::io("read", folder, &error))?;
            names.push(entry.file_name());
        }
        names.sort();
        for name in names {
            let shown = name.to_string_lossy();
            // Editors keep their own files under such names while somebody is writing.
            if shown.starts_with(['.', '#']) || shown.ends_with('~') {
                continue;
            }
            let (inner, path) = (folder.join(&name), format!("{path}/{shown}"));
            if inner.is_dir() {
                self.walk(&inner, &path, kind, depth + 1)?;
            } else if kind.takes(&shown) {
                self.add_file(&inner, path, kind)?;
            }
        }
        Ok(())
    }

    fn add_file(&mut self, file: &Path, path: String, kind: Kind) -> Result<()> {
        let bytes = match fs::metadata(file)
            .and_then(|meta| if meta.len() > LARGEST { Ok(None) } else { fs::read(file).map(Some) })
        {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                self.faults.push(
                    Diagnostic::error("F010", &path, 0, 0, "the file is larger than 256 MB").help("split it"),
                );
                return Ok(());
            }
            // Gone since the folder was listed: an editor that writes a new file and renames it.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Failure::io("read", file, &error)),
        };
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
                let source = SourceFile::new(path, text);
                match kind {
                    Kind::Source => self.sources.push(source),
                    Kind::Register => self.registers.push(source),
                }
            }
            Err(error) => self.faults.push(not_text(&path, &error)),
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Source,
    Register,
}

impl Kind {
    fn takes(self, name: &str) -> bool {
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        match self {
            Self::Source => ends(&[".yaml", ".yml", ".rhai", ".csv"]),
            Self::Register => ends(&[".csv"]),
        }
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

fn not_text(path: &str, error: &std::string::FromUtf8Error) -> Diagnostic {
    let place = error.utf8_error().valid_up_to();
    let before = error.as_bytes().get(..place).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    Diagnostic::error("F011", path, line, 1, "this line has characters that are not UTF-8 text")
        .help("save the file as UTF-8 (in a spreadsheet: `CSV UTF-8`)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn practice() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(SETTINGS_PATH), "practice: A\n").unwrap();
        folder
    }

    #[test]
    fn what_stands_in_the_folder_is_what_runs() {
        let folder = practice();
        let shipped = Folder::read(folder.path()).unwrap();
        assert!(shipped.text("payers/aetna/pack.yaml").is_some());
        fs::create_dir_all(folder.path().join("payers/own/rules")).unwrap();
        fs::write(folder.path().join("payers/own/pack.yaml"), "name: own\n").unwrap();
        fs::write(folder.path().join("payers/own/rules/.#a.rhai"), "an editor's own").unwrap();
        fs::write(folder.path().join("payers/own/rules/a.rhai~"), "an editor's own").unwrap();
        let own = Folder::read(folder.path()).unwrap();
        assert!(own.text("payers/aetna/pack.yaml").is_none());
        assert!(own.text("payers/own/pack.yaml").is_some());
        assert!(own.text("workflows/professional-claim/v1.yaml").is_some());
        assert!(!own.sources.iter().any(|file| file.text.contains("editor")));
    }

    #[test]
    fn a_file_that_is_no_text_is_told_with_its_line() {
        let folder = practice();
        fs::create_dir(folder.path().join("registers")).unwrap();
        fs::write(folder.path().join("registers/visits.csv"), b"claim_id\nC1\nC\xff2\n").unwrap();
        fs::write(folder.path().join("routing.csv"), b"\xef\xbb\xbfcategory,owner,due\n").unwrap();
        let read = Folder::read(folder.path()).unwrap();
        let fault = read.faults.first().unwrap();
        assert_eq!((fault.path.as_str(), fault.line), ("registers/visits.csv", 3));
        assert!(read.text("routing.csv").unwrap().starts_with("category"), "without its byte order mark");
    }

    #[test]
    fn a_folder_of_packs_can_be_checked_but_not_run() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("payers")).unwrap();
        assert!(Folder::read_content(folder.path()).is_ok());
        assert!(Folder::read(folder.path()).unwrap_err().message.contains("is not a practice folder"));
        assert!(
            Folder::read_content(&folder.path().join("none"))
                .unwrap_err()
                .message
                .contains("there is no folder")
        );
    }
}
