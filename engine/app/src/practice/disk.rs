//! Reads a practice folder: paths and texts, nothing more.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use claimflow_catalog::{SETTINGS_PATH, SWITCHES_PATH, SourceFile};
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
    /// Each file with what tells whether it is still the same.
    seen: HashMap<String, (Stamp, SourceFile)>,
}

/// What changes when somebody writes: length, times, and which file it is, since a link that is turned to another file can
/// lead to one of the same length and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    /// Of its content, in nanoseconds since 1970.
    changed: u128,
    /// Of anything of it, as seconds and nanoseconds: it follows who sets the other one back.
    touched: (i64, i64),
    file: (u64, u64),
}

impl Stamp {
    /// The stamp, unless the file changed so lately that a further change could leave it as it is: clocks of file
    /// systems tick slowly.
    fn of(meta: &Metadata) -> Option<Self> {
        let changed = meta.modified().ok()?;
        let age = SystemTime::now().duration_since(changed).ok()?;
        (age >= Duration::from_secs(2)).then(|| Self {
            length: meta.len(),
            changed: changed.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos(),
            touched: (meta.ctime(), meta.ctime_nsec()),
            file: (meta.dev(), meta.ino()),
        })
    }

    fn text(self) -> String {
        let Self { length, changed, touched, file } = self;
        format!("{length} {changed} {}.{} {}:{}", touched.0, touched.1, file.0, file.1)
    }
}

/// Folders below this depth are not looked into: a link that leads back would go on for ever.
const DEEPEST: usize = 12;

/// Files larger than this are no rules, tables or workflows.
const LARGEST: u64 = 256 << 20;

/// Tables larger than this are read as streams: their text is never in memory.
const BULK: u64 = 1 << 20;

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
        let there: std::collections::HashSet<&str> =
            self.sources.iter().chain(&self.registers).map(|file| file.path.as_str()).collect();
        self.seen.retain(|path, _| there.contains(path.as_str()));
    }

    /// The text of a file by its path in the practice folder.
    pub fn text(&self, path: &str) -> Option<String> {
        let all = self.sources.iter().chain(&self.registers);
        all.into_iter().find(|file| file.path == path).map(|file| file.text.to_string())
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
            } else if kind.takes(&shown) || (kind == Kind::Source && is_spreadsheet(&path)) {
                self.add_file(&inner, path, kind)?;
            }
        }
        Ok(())
    }

    fn add_file(&mut self, file: &Path, path: String, kind: Kind) -> Result<()> {
        let meta = match fs::metadata(file) {
            Ok(meta) => meta,
            // Gone since the folder was listed: an editor that writes a new file and renames it.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Failure::io("read", file, &error)),
        };
        let stamp = Stamp::of(&meta);
        if let (Some(stamp), Some((earlier, source))) = (stamp, self.seen.get(&path))
            && stamp == *earlier
        {
            let source = source.clone();
            self.keep(source, kind, Some(stamp));
            return Ok(());
        }
        if meta.len() > BULK && is_table(&path) {
            let place = file.to_owned();
            let open = move || fs::File::open(&place).map(|file| Box::new(file) as Box<dyn std::io::Read>);
            self.keep(SourceFile::bulk(path, stamp.map(Stamp::text), Arc::new(open)), kind, stamp);
            return Ok(());
        }
        if meta.len() > LARGEST {
            let fault = Diagnostic::error("F010", &path, 0, 0, "the file is larger than 256 MB");
            self.faults.push(fault.help("split it"));
            return Ok(());
        }
        let bytes = match fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Failure::io("read", file, &error)),
        };
        if is_spreadsheet(&path) {
            match SourceFile::from_sheet(path, &bytes) {
                Ok(source) => self.keep(source, kind, stamp),
                Err(mut faults) => self.faults.append(&mut faults),
            }
            return Ok(());
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                self.keep(SourceFile::new(path, text), kind, stamp);
            }
            Err(error) => self.faults.push(not_text(&path, &bytes, error)),
        }
        Ok(())
    }

    fn keep(&mut self, source: SourceFile, kind: Kind, stamp: Option<Stamp>) {
        match stamp {
            Some(stamp) => {
                self.seen.insert(source.path.clone(), (stamp, source.clone()));
            }
            None => {
                self.seen.remove(&source.path);
            }
        }
        match kind {
            Kind::Source => self.sources.push(source),
            Kind::Register => self.registers.push(source),
        }
    }
}

/// True for a sheet that is kept in a spreadsheet: of a pack, or the practice's routing.
fn is_spreadsheet(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["payers", _, "decisions" | "tables", name] => name.ends_with(".xlsx"),
        parts => matches!(parts, ["routing.xlsx"] | ["payers", "routing.xlsx"]),
    }
}

/// True for `payers/PACK/tables/NAME.csv`.
fn is_table(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["payers", _, "tables", name] if name.ends_with(".csv"))
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

fn not_text(path: &str, bytes: &[u8], error: std::str::Utf8Error) -> Diagnostic {
    let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
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
    fn what_has_not_changed_is_not_read_again() {
        let folder = practice();
        let tables = folder.path().join("payers/own/tables");
        fs::create_dir_all(&tables).unwrap();
        let write = |name: &str, text: &str, age: u64| {
            let path = tables.join(name);
            fs::write(&path, text).unwrap();
            let changed = SystemTime::now() - Duration::from_secs(age);
            fs::File::options().write(true).open(&path).unwrap().set_modified(changed).unwrap();
        };
        let large = format!("code,note\n{}", "90837,a note\n".repeat(100_000));
        write("old.csv", "code\n90837\n", 100);
        write("fresh.csv", "code\n90837\n", 0);
        write("large.csv", &large, 100);
        let file = |read: &Folder, name: &str| {
            read.sources.iter().find(|file| file.path.ends_with(name)).cloned().unwrap()
        };
        let first = Folder::read(folder.path()).unwrap();
        assert!(file(&first, "large.csv").is_bulk() && !file(&first, "old.csv").is_bulk());
        write("changed.csv", "code\n", 0);
        let second = first.read_again().unwrap();
        let shared = |name: &str| Arc::ptr_eq(&file(&first, name).text, &file(&second, name).text);
        assert!(shared("old.csv") && !shared("fresh.csv"));
        assert_eq!(file(&first, "large.csv"), file(&second, "large.csv"));
        assert_eq!(second.sources.len(), first.sources.len() + 1);
        fs::remove_file(tables.join("old.csv")).unwrap();
        assert!(second.read_again().unwrap().text("payers/own/tables/old.csv").is_none());
        let mut cache = claimflow_catalog::Cache::new();
        let pack = "name: own\nversion: 1.0.0\nlayer: practice\n";
        fs::write(folder.path().join("payers/own/pack.yaml"), pack).unwrap();
        for folder in [second.read_again().unwrap(), second.read_again().unwrap()] {
            claimflow_catalog::load_with(
                &folder.sources,
                &claimflow_catalog::PracticeSettings::default(),
                &mut cache,
            );
        }
        // And the table of the plugin that ships.
        assert_eq!(cache.reads(), 4, "large, fresh and changed, once each, and none of them again");
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

    #[test]
    fn a_spreadsheet_of_a_pack_is_read_and_a_broken_one_told() {
        let folder = practice();
        let decisions = folder.path().join("payers/own/decisions");
        fs::create_dir_all(&decisions).unwrap();
        fs::write(decisions.join("a.xlsx"), b"no spreadsheet").unwrap();
        fs::write(folder.path().join("routing.xlsx"), b"no spreadsheet").unwrap();
        fs::write(folder.path().join("payers/own/notes.xlsx"), b"somebody's own").unwrap();
        let read = Folder::read(folder.path()).unwrap();
        let faults: Vec<_> = read.faults.iter().map(|own| (own.path.as_str(), own.code.as_str())).collect();
        assert_eq!(faults, [("routing.xlsx", "D013"), ("payers/own/decisions/a.xlsx", "D013")]);
    }
}
