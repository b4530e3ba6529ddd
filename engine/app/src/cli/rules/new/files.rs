//! Writing into the packs of a practice.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use claimflow_catalog::{SCHEMA_FOLDER, schema_line};

use crate::exit::{Failure, Result};
use crate::practice::Folder;

/// A file of a pack of the practice.
///
/// # Errors
/// When the practice runs on what ships: a folder `payers/` with only this file in it would leave it without all other rules.
pub(super) fn in_own_packs(folder: &Folder, inner: &str) -> Result<PathBuf> {
    if folder.own.contains(&"payers") {
        return Ok(folder.root.join("payers").join(inner));
    }
    let message = format!(
        "the practice `{}` has no folder `payers`: it runs on the rules that ship",
        folder.root.display()
    );
    Err(Failure::failed(message)
        .help("`claimflow init DIR` writes a practice with a `payers` folder; copy that one, and try again"))
}

/// The line that tells editors the schema of a pack's file, where the practice has schemas.
pub(super) fn head(folder: &Folder, inner: &str) -> String {
    let has_schemas = folder.root.join(SCHEMA_FOLDER).is_dir();
    has_schemas.then(|| schema_line(&format!("payers/{inner}"))).flatten().unwrap_or_default()
}

/// Adds a text at the end of a file, which is made when it is not there and then begins with `head`.
///
/// # Errors
/// When the file cannot be read or written; it is as before then.
pub(super) fn append(path: &Path, head: &str, text: &str) -> Result<()> {
    let mut whole = match fs::read_to_string(path) {
        Ok(own) => own,
        Err(error) if error.kind() == ErrorKind::NotFound => head.to_owned(),
        Err(error) => return Err(Failure::io("read", path, &error)),
    };
    if !whole.is_empty() && whole != head {
        whole.push_str(if whole.ends_with('\n') { "\n" } else { "\n\n" });
    }
    whole.push_str(text);
    write(path, &whole)
}

/// Writes a file beside its place and renames it, so that whoever reads it meanwhile sees it whole.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    let written = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // A link stays a link: what it leads to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let beside = path.with_file_name(format!(".{name}.new"));
        fs::write(&beside, text)?;
        fs::rename(&beside, &path)
    };
    written().map_err(|error| Failure::io("write", path, &error))
}
