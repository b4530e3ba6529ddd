//! Which files of a folder count, and what becomes of each: text, a spreadsheet, a stream, or a fault.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use claimflow_catalog::SourceFile;
use claimflow_core::Diagnostic;

use super::{Folder, Stamp};
use crate::exit::{Failure, Result};

/// Folders below this depth are not looked into: a link that leads back would go on for ever.
const DEEPEST: usize = 12;

/// Files larger than this are no rules, tables or workflows.
const LARGEST: u64 = 256 << 20;

/// Tables larger than this are read as streams: their text is never in memory.
const BULK: u64 = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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

impl Folder {
    pub(super) fn walk(&mut self, folder: &Path, path: &str, kind: Kind, depth: usize) -> Result<()> {
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

    pub(super) fn add_file(&mut self, file: &Path, path: String, kind: Kind) -> Result<()> {
        let Some(meta) = unless_gone(file, fs::metadata(file))? else { return Ok(()) };
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
            let open = move || fs::File::open(&place).map(|file| Box::new(file) as Box<dyn io::Read>);
            self.keep(SourceFile::bulk(path, stamp.map(Stamp::text), Arc::new(open)), kind, stamp);
            return Ok(());
        }
        if meta.len() > LARGEST {
            let fault = Diagnostic::error("F010", &path, 0, 0, "the file is larger than 256 MB");
            self.faults.push(fault.help("split it"));
            return Ok(());
        }
        if let Some(bytes) = unless_gone(file, fs::read(file))? {
            self.add_content(path, &bytes, kind, stamp);
        }
        Ok(())
    }

    fn add_content(&mut self, path: String, bytes: &[u8], kind: Kind, stamp: Option<Stamp>) {
        if is_spreadsheet(&path) {
            match SourceFile::from_sheet(path, bytes) {
                Ok(source) => self.keep(source, kind, stamp),
                Err(mut faults) => self.faults.append(&mut faults),
            }
            return;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                self.keep(SourceFile::new(path, text), kind, stamp);
            }
            Err(error) => self.faults.push(not_text(&path, bytes, error)),
        }
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

/// What the disk answers, unless the file is gone since the folder was listed, as with an editor that writes a new file and
/// renames it.
fn unless_gone<T>(file: &Path, answer: io::Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io("read", file, &error)),
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

fn not_text(path: &str, bytes: &[u8], error: std::str::Utf8Error) -> Diagnostic {
    let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    Diagnostic::error("F011", path, line, 1, "this line has characters that are not UTF-8 text")
        .help("save the file as UTF-8 (in a spreadsheet: `CSV UTF-8`)")
}
