//! Folders as an editor sees them: which one a file belongs to, and what is in it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use claimflow_catalog::SETTINGS_PATH;
use claimflow_editor::{Content, Located, Reading};

use crate::practice::Folder;

/// Reads practices, folders that only have packs or workflows, and packs that stand alone as vendors have them.
#[derive(Debug, Default)]
pub struct EditedFolders {
    /// The last reading of each folder: what has not changed since is not read again.
    read: Mutex<HashMap<PathBuf, Folder>>,
}

/// The folder of a pack that stands outside any practice, by its `pack.yaml`.
const MANIFEST: &str = "pack.yaml";

impl EditedFolders {
    fn take(&self, root: &Path) -> Option<Folder> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).remove(root)
    }

    fn keep(&self, folder: Folder) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.root.clone(), folder);
    }
}

impl Content for EditedFolders {
    fn locate(&self, file: &Path) -> Option<Located> {
        let folders = || file.ancestors().skip(1);
        let practice = folders().find(|folder| folder.join(SETTINGS_PATH).is_file());
        let contents = || folders().find(|folder| stands_in(folder, file));
        if let Some(root) = practice.or_else(contents) {
            return Some(Located { root: root.to_owned(), path: slashed(file.strip_prefix(root).ok()?) });
        }
        let root = folders().find(|folder| folder.join(MANIFEST).is_file())?;
        let inner = slashed(file.strip_prefix(root).ok()?);
        Some(Located { root: root.to_owned(), path: format!("{}{inner}", within_practice(root)?) })
    }

    fn file(&self, root: &Path, path: &str) -> Option<PathBuf> {
        let file = match is_lone_pack(root) {
            true => root.join(path.strip_prefix(&within_practice(root)?)?),
            false => root.join(path),
        };
        file.is_file().then_some(file)
    }

    fn read(&self, root: &Path) -> Result<Reading, String> {
        let earlier = self.take(root);
        let read = match within_practice(root).filter(|_| is_lone_pack(root)) {
            Some(prefix) => Folder::read_pack(root, prefix.trim_end_matches('/'), earlier.as_ref()),
            None => Folder::read_content_after(root, earlier.as_ref()),
        };
        let folder = read.map_err(|failure| failure.message)?;
        let reading = Reading {
            sources: folder.sources.clone(),
            registers: folder.registers.clone(),
            faults: folder.faults.clone(),
        };
        self.keep(folder);
        Ok(reading)
    }
}

/// True when the file is below the folder's `payers/` or `workflows/`.
fn stands_in(folder: &Path, file: &Path) -> bool {
    ["payers", "workflows"].iter().any(|name| file.starts_with(folder.join(name)))
}

fn is_lone_pack(root: &Path) -> bool {
    let practice = [SETTINGS_PATH, "payers", "workflows"].iter().any(|name| root.join(name).exists());
    !practice && root.join(MANIFEST).is_file()
}

/// Where a lone pack's files would stand in a practice, as `payers/NAME/`.
fn within_practice(root: &Path) -> Option<String> {
    Some(format!("payers/{}/", root.file_name()?.to_str()?))
}

fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn made(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_file_belongs_to_its_practice_else_to_its_pack() {
        let folder = made(&[
            ("practice/claimflow.yaml", "practice: A\n"),
            ("practice/payers/mine/pack.yaml", "name: mine\n"),
            ("content/payers/mine/pack.yaml", "name: mine\n"),
            ("vendor/extra/pack.yaml", "name: extra\n"),
            ("vendor/extra/rules/a.rhai", ""),
        ]);
        let at = |path: &str| folder.path().join(path);
        let folders = EditedFolders::default();
        let located = |path: &str| {
            let found = folders.locate(&at(path))?;
            Some((found.root.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned(), found.path))
        };
        let pair = |root: &str, path: &str| Some((root.to_owned(), path.to_owned()));
        assert_eq!(
            located("practice/payers/mine/rules/new.rhai"),
            pair("practice", "payers/mine/rules/new.rhai")
        );
        assert_eq!(located("practice/registers/visits.csv"), pair("practice", "registers/visits.csv"));
        assert_eq!(located("content/payers/mine/pack.yaml"), pair("content", "payers/mine/pack.yaml"));
        assert_eq!(located("vendor/extra/rules/a.rhai"), pair("vendor/extra", "payers/extra/rules/a.rhai"));
        assert_eq!(located("elsewhere/a.rhai"), None);
        let extra = at("vendor/extra");
        assert_eq!(folders.file(&extra, "payers/extra/rules/a.rhai"), Some(extra.join("rules/a.rhai")));
        assert_eq!(folders.file(&extra, "payers/aetna/pack.yaml"), None, "it ships with the program");
        assert_eq!(
            folders.file(&at("practice"), "payers/mine/pack.yaml"),
            Some(at("practice/payers/mine/pack.yaml"))
        );
    }

    #[test]
    fn a_lone_pack_is_read_beside_what_ships() {
        let folder = made(&[("aetna/pack.yaml", "name: aetna\n"), ("aetna/rules/a.rhai", "// mine")]);
        let root = folder.path().join("aetna");
        let folders = EditedFolders::default();
        for _ in 0..2 {
            let reading = folders.read(&root).unwrap();
            let of_pack: Vec<&str> = reading
                .sources
                .iter()
                .map(|file| file.path.as_str())
                .filter(|path| path.starts_with("payers/aetna/"))
                .collect();
            assert_eq!(of_pack, ["payers/aetna/pack.yaml", "payers/aetna/rules/a.rhai"]);
            let ships = |path: &str| reading.sources.iter().any(|file| file.path == path);
            assert!(
                ships("payers/behavioral-health/pack.yaml") && ships("workflows/professional-claim/v1.yaml")
            );
        }
        assert!(folders.read(&folder.path().join("none")).unwrap_err().contains("there is no folder"));
    }
}
