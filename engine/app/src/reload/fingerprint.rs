//! What files look like from outside: when it stands still, nobody is writing.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Folders below this depth are not looked into: a link that leads back would go on for ever.
const DEEPEST: usize = 12;

/// Paths with what changes when somebody writes: length, times, and which file it is, since a link that is turned to
/// another file can lead to one of the same length and time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<Print>);

type Print = (PathBuf, u64, (i64, i64), (u64, u64));

impl Fingerprint {
    /// Of these files and folders of a practice, links followed.
    pub fn of(root: &Path, names: &[&str]) -> Self {
        let mut all = Vec::new();
        for name in names {
            add(&root.join(name), 0, &mut all);
        }
        all.sort_unstable();
        Self(all)
    }
}

fn add(path: &Path, depth: usize, all: &mut Vec<Print>) {
    // What cannot be looked at is not there; reading it will say why.
    let Ok(meta) = fs::metadata(path) else { return };
    let which = (meta.dev(), meta.ino());
    if !meta.is_dir() {
        all.push((path.to_owned(), meta.len(), (meta.mtime(), meta.mtime_nsec()), which));
        return;
    }
    all.push((path.to_owned(), 0, (0, 0), which));
    let Ok(entries) = fs::read_dir(path) else { return };
    if depth < DEEPEST {
        entries.flatten().for_each(|entry| add(&entry.path(), depth + 1, all));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(root: &Path) -> Fingerprint {
        Fingerprint::of(root, &["payers"])
    }

    #[test]
    fn every_way_of_writing_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let mut seen = vec![of(root)];
        let mut other = |what: &str| {
            let now = of(root);
            assert_ne!(Some(&now), seen.last(), "{what}");
            seen.push(now);
        };
        fs::create_dir_all(root.join("one/rules")).unwrap();
        fs::create_dir_all(root.join("two/rules")).unwrap();
        fs::write(root.join("one/rules/a.rhai"), "1").unwrap();
        fs::write(root.join("two/rules/a.rhai"), "2").unwrap();
        std::os::unix::fs::symlink(root.join("one"), root.join("payers")).unwrap();
        other("a link to a folder");
        fs::write(root.join("new.tmp"), "3").unwrap();
        fs::rename(root.join("new.tmp"), root.join("one/rules/a.rhai")).unwrap();
        other("a file renamed over another");
        std::os::unix::fs::symlink(root.join("two"), root.join("next")).unwrap();
        fs::rename(root.join("next"), root.join("payers")).unwrap();
        other("a link turned to another folder");
        fs::remove_dir_all(root.join("two/rules")).unwrap();
        other("a folder that is gone");
    }
}
