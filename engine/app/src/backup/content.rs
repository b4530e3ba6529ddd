//! What of a practice folder goes into a backup besides the journal.

use std::fs;
use std::path::{Path, PathBuf};

use crate::exit::{Failure, Result};

/// What follows from the journal, or means something only while a process runs.
const LEFT_OUT: &[&str] = &["data/journal", "data/state", "data/state.aside", "data/lock", "data/serve.sock"];

/// Every file of a practice but the journal's and what follows from it, by path within the practice, in order. `backup` is
/// left out where it lies in the practice.
///
/// # Errors
/// When a folder cannot be read.
pub fn content(root: &Path, backup: &Path) -> Result<Vec<PathBuf>> {
    let backup = fs::canonicalize(backup).ok();
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let full = root.join(&folder);
        let entries = match fs::read_dir(&full) {
            // A folder that goes while it is read is no part of the practice any more.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && full != root => continue,
            entries => entries.map_err(|error| Failure::io("read", &full, &error))?,
        };
        for entry in entries {
            let entry = entry.map_err(|error| Failure::io("read", &full, &error))?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type().map_err(|error| Failure::io("read", &full, &error))?;
            let left_out = LEFT_OUT.iter().any(|out| path == Path::new(out))
                || path.extension().is_some_and(|ending| ending == "part");
            if left_out || (backup.is_some() && fs::canonicalize(entry.path()).ok() == backup) {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if fs::metadata(entry.path()).is_ok_and(|meta| meta.is_file()) {
                found.push(path);
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_the_journal_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for path in ["claimflow.yaml", "registers/coverage.csv", "data/keyring", "data/state/db", "data/lock"]
        {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), "x").unwrap();
        }
        fs::create_dir_all(root.join("backups/runs")).unwrap();
        fs::write(root.join("backups/runs/00000001"), "x").unwrap();
        fs::create_dir_all(root.join("data/journal")).unwrap();
        fs::write(root.join("data/journal/00000001.cfj"), "x").unwrap();
        let found = content(root, &root.join("backups")).unwrap();
        let expected = ["claimflow.yaml", "data/keyring", "registers/coverage.csv"];
        assert_eq!(found, expected.map(PathBuf::from));
    }
}
