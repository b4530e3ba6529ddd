//! The inbox: a folder that others put files into. What has been read is moved to `done/` or `failed/` in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustc_hash::FxHashMap;

/// Why the inbox cannot be used. `Display` is the message a person reads.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// It, or a folder in it, cannot be read or made.
    #[error("cannot {action} `{}`: {source}", .path.display())]
    Io {
        /// What was tried, as `read`.
        action: &'static str,
        /// File or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was taken in: it moves to `done/`.
    Done,
    /// Something in it is wrong: it moves to `failed/`, with these words in a text file beside it.
    Failed(String),
}

/// Size and time of a file when it was last looked at.
type Seen = (u64, Option<SystemTime>);

/// A folder of incoming files.
///
/// A file is ready when it has not changed between two looks, so that one that is still being copied is left alone.
#[derive(Debug)]
pub struct Inbox {
    folder: PathBuf,
    seen: FxHashMap<PathBuf, Seen>,
}

const DONE: &str = "done";
const FAILED: &str = "failed";

/// Names that others give to files that are not finished.
const UNFINISHED: &[&str] = &[".part", ".partial", ".tmp", ".filepart", ".crdownload"];

impl Inbox {
    /// In that folder, which is made when missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, InboxError> {
        let folder = folder.into();
        for path in [folder.join(DONE), folder.join(FAILED)] {
            fs::create_dir_all(&path).map_err(|source| InboxError::Io { action: "make", path, source })?;
        }
        Ok(Self { folder, seen: FxHashMap::default() })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Looks at the folder: the files that have not changed since the last look, in order of name.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn ready(&mut self) -> Result<Vec<PathBuf>, InboxError> {
        let fault = |source| InboxError::Io { action: "read", path: self.folder.clone(), source };
        let mut now = FxHashMap::default();
        for entry in fs::read_dir(&self.folder).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            // A file that has just gone, or cannot be looked at, is not ready.
            let Ok(meta) = fs::metadata(entry.path()) else { continue };
            if meta.is_file() && is_finished(&entry.file_name().to_string_lossy()) {
                now.insert(entry.path(), (meta.len(), meta.modified().ok()));
            }
        }
        let mut ready: Vec<PathBuf> = now
            .iter()
            .filter(|(path, seen)| self.seen.get(*path) == Some(*seen))
            .map(|(path, _)| path.clone())
            .collect();
        ready.sort();
        self.seen = now;
        Ok(ready)
    }

    /// True when files are there that were not ready at the last look.
    pub fn is_waiting(&self) -> bool {
        !self.seen.is_empty()
    }

    /// Moves a file to where its fate sends it, and tells where it is now. A file of the same name that is there
    /// already is kept.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn settle(&mut self, file: &Path, fate: &Fate) -> Result<PathBuf, InboxError> {
        self.seen.remove(file);
        let folder = self.folder.join(if *fate == Fate::Done { DONE } else { FAILED });
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let target = free_name(&folder, &name);
        let io = |action, path: &Path, source| InboxError::Io { action, path: path.to_owned(), source };
        if let Fate::Failed(why) = fate {
            let note = target.with_file_name(format!("{}.why.txt", file_name(&target)));
            fs::write(&note, why).map_err(|source| io("write", &note, source))?;
        }
        fs::rename(file, &target).map_err(|source| io("move", file, source))?;
        Ok(target)
    }
}

fn is_finished(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    !name.starts_with('.') && !name.ends_with('~') && !UNFINISHED.iter().any(|ending| lower.ends_with(ending))
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `name`, or `name-2`, `name-3`... before its extension when that is taken.
fn free_name(folder: &Path, name: &str) -> PathBuf {
    let (stem, extension) = name
        .rsplit_once('.')
        .map_or((name, String::new()), |(stem, extension)| (stem, format!(".{extension}")));
    let mut target = folder.join(name);
    let mut number = 2_u64;
    while target.exists() {
        target = folder.join(format!("{stem}-{number}{extension}"));
        number += 1;
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_ready_when_it_stands_still() {
        let folder = tempfile::tempdir().unwrap();
        let mut inbox = Inbox::open(folder.path()).unwrap();
        let file = folder.path().join("b.837");
        fs::write(&file, "one").unwrap();
        fs::write(folder.path().join("c.837.part"), "half").unwrap();
        fs::write(folder.path().join(".d"), "hidden").unwrap();
        assert!(inbox.ready().unwrap().is_empty());
        assert!(inbox.is_waiting());
        fs::write(&file, "one and two").unwrap();
        assert!(inbox.ready().unwrap().is_empty());
        assert_eq!(inbox.ready().unwrap(), [file]);
    }

    #[test]
    fn a_settled_file_is_moved_and_nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut inbox = Inbox::open(folder.path()).unwrap();
        let file = folder.path().join("a.835");
        for expected in ["done/a.835", "done/a-2.835"] {
            fs::write(&file, expected).unwrap();
            assert_eq!(inbox.settle(&file, &Fate::Done).unwrap(), folder.path().join(expected));
        }
        fs::write(&file, "x").unwrap();
        let target = inbox.settle(&file, &Fate::Failed("line 3: what".to_owned())).unwrap();
        assert_eq!(target, folder.path().join("failed/a.835"));
        assert_eq!(fs::read_to_string(folder.path().join("failed/a.835.why.txt")).unwrap(), "line 3: what");
        assert!(!file.exists());
    }

    #[test]
    fn an_inbox_that_is_a_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inbox");
        fs::write(&path, "").unwrap();
        let message = Inbox::open(&path).unwrap_err().to_string();
        assert!(message.starts_with("cannot make `"), "{message}");
    }
}
