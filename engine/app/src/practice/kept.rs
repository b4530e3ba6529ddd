//! Generations that were live, kept as they were: `data/generations/HASH/` is a practice folder of its own, so that anyone
//! can look at what decided then, compare it with what decides now, and have a decision explained by its own rules.
//!
//! Files that stayed the same from one generation to the next are one file on the disk, linked.

use std::fs;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use claimflow_catalog::SourceFile;

use crate::practice::Folder;
use crate::wire::data;

/// How many are kept: the newest.
const MOST: usize = 200;

/// Keeps what a folder holds as the generation of that hash, unless it is kept already.
///
/// # Errors
/// When the disk refuses.
pub fn keep(folder: &Folder, hash: &str) -> io::Result<()> {
    let all = data(&folder.root).join("generations");
    let target = all.join(hash);
    if target.is_dir() {
        return Ok(());
    }
    let before = newest(&all)?.pop();
    let new = all.join(format!(".{hash}.new"));
    // What a crash left half done.
    if new.exists() {
        fs::remove_dir_all(&new)?;
    }
    for file in &folder.sources {
        let (to, old) = (new.join(&file.path), before.as_ref().map(|own| own.join(&file.path)));
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        let own = folder.root.join(&file.path);
        match old {
            Some(old) if is_raw(file) && same_files(&own, &old) => fs::hard_link(old, to)?,
            Some(old) if !is_raw(file) && same_text(&file.text, &old) => fs::hard_link(old, to)?,
            _ if is_raw(file) => drop(fs::copy(own, to)?),
            _ => fs::write(to, file.text.as_bytes())?,
        }
    }
    match fs::rename(&new, &target) {
        // Somebody else was faster.
        Err(_) if target.is_dir() => fs::remove_dir_all(&new)?,
        other => other?,
    }
    let kept = newest(&all)?;
    for old in kept.iter().take(kept.len().saturating_sub(MOST)) {
        fs::remove_dir_all(old)?;
    }
    Ok(())
}

/// True for a file that is taken as it is on the disk: its text is not in memory, or is no text there.
fn is_raw(file: &SourceFile) -> bool {
    file.is_bulk() || file.path.ends_with(".xlsx")
}

/// The folder of a kept generation, by its hash or the beginning of it.
pub fn find(root: &Path, hash: &str) -> Option<PathBuf> {
    let all = newest(&data(root).join("generations")).ok()?;
    let named = |own: &PathBuf| own.file_name().is_some_and(|name| name.to_string_lossy().starts_with(hash));
    let mut found = all.into_iter().filter(named);
    found.next().filter(|_| hash.len() >= 6 && found.next().is_none())
}

/// The folder of the newest kept generation.
pub fn last(root: &Path) -> Option<PathBuf> {
    newest(&data(root).join("generations")).ok()?.pop()
}

/// The folder of the newest kept generation that is not the one of that hash.
pub fn newest_but(root: &Path, hash: &str) -> Option<PathBuf> {
    let all = newest(&data(root).join("generations")).ok()?;
    all.into_iter().rev().find(|own| own.file_name().is_some_and(|name| name.to_string_lossy() != hash))
}

/// Kept generations, the newest last.
fn newest(all: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(all) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            let at = entry.metadata()?.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            found.push((at, entry.path()));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn same_text(text: &str, path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.len() == text.len() as u64)
        && fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes())
}

fn same_files(one: &Path, other: &Path) -> bool {
    let length = |path: &Path| fs::metadata(path).map(|meta| meta.len()).ok();
    length(one).is_some() && length(one) == length(other) && same_bytes(one, other).unwrap_or(false)
}

fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    let (one, other) = (BufReader::new(fs::File::open(one)?), BufReader::new(fs::File::open(other)?));
    for (left, right) in one.bytes().zip(other.bytes()) {
        if left? != right? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    fn practice() -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("claimflow.yaml"), "practice: A\n").unwrap();
        fs::create_dir_all(root.path().join("payers/own/rules")).unwrap();
        fs::write(root.path().join("payers/own/pack.yaml"), "name: own\nversion: 1.0.0\nlayer: practice\n")
            .unwrap();
        let folder = Folder::read(root.path()).unwrap();
        (root, folder)
    }

    #[test]
    fn a_generation_is_kept_as_it_was_and_shares_what_stayed() {
        let (root, folder) = practice();
        keep(&folder, "aaaaaaaa").unwrap();
        fs::write(root.path().join("payers/own/pack.yaml"), "name: own\nversion: 1.1.0\nlayer: practice\n")
            .unwrap();
        keep(&Folder::read(root.path()).unwrap(), "bbbbbbbb").unwrap();
        let (first, second) = (find(root.path(), "aaaaaa").unwrap(), find(root.path(), "bbbbbbbb").unwrap());
        let read = |of: &Path| Folder::read(of).unwrap().text("payers/own/pack.yaml").unwrap();
        assert!(read(&first).contains("1.0.0") && read(&second).contains("1.1.0"));
        assert_eq!(fs::metadata(second.join("claimflow.yaml")).unwrap().nlink(), 2);
        assert_eq!(find(root.path(), "aaaa"), None);
        assert_eq!(find(root.path(), "cccccc"), None);
    }

    #[test]
    fn what_a_crash_left_is_begun_anew() {
        let (root, folder) = practice();
        fs::create_dir_all(root.path().join("data/generations/.aaaaaaaa.new/payers")).unwrap();
        keep(&folder, "aaaaaaaa").unwrap();
        assert!(find(root.path(), "aaaaaaaa").is_some());
        assert!(!root.path().join("data/generations/.aaaaaaaa.new").exists());
    }
}
