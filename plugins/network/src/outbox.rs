//! The outbox: a folder that the clearinghouse's client takes files from.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use claimflow_runtime::Outbox;

/// A folder of outgoing files. A file appears there whole or not at all: it is written aside and renamed.
#[derive(Debug, Clone)]
pub struct FolderOutbox {
    folder: PathBuf,
}

impl FolderOutbox {
    /// In that folder, which is made when the first file goes out.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Outbox for FolderOutbox {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
            let message = format!("`{name}` is no name for a file of the outbox");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let target = self.folder.join(name);
        if target.try_exists()? {
            // A crash may have come between its rename and this.
            sync_folder(&self.folder)?;
            return Ok(false);
        }
        fs::create_dir_all(&self.folder)?;
        // A point in front: those who take files from the folder do not look at it.
        let aside = self.folder.join(format!(".{name}.part"));
        let written = write_through(&aside, bytes).and_then(|()| fs::rename(&aside, &target));
        if let Err(error) = written {
            // The reason is the write's; what is left aside is written over by the next try.
            let _removed = fs::remove_file(&aside);
            return Err(error);
        }
        sync_folder(&self.folder)?;
        Ok(true)
    }
}

/// A name is durable only when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_out_once_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = FolderOutbox::new(folder.path().join("outbox"));
        assert!(outbox.put("a.837", b"one").unwrap());
        assert!(!outbox.put("a.837", b"two").unwrap());
        assert_eq!(fs::read(outbox.folder().join("a.837")).unwrap(), b"one");
        let names: Vec<_> =
            fs::read_dir(outbox.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["a.837"]);
    }

    #[test]
    fn what_a_crash_left_aside_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = FolderOutbox::new(folder.path());
        fs::write(folder.path().join(".a.837.part"), b"half of").unwrap();
        assert!(outbox.put("a.837", b"one").unwrap());
        assert_eq!(fs::read(folder.path().join("a.837")).unwrap(), b"one");
        assert!(!folder.path().join(".a.837.part").exists());
    }

    #[test]
    fn a_name_does_not_lead_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = FolderOutbox::new(folder.path().join("outbox"));
        for name in ["", "../a", "a/b", ".hidden"] {
            assert_eq!(outbox.put(name, b"x").unwrap_err().kind(), io::ErrorKind::InvalidInput, "{name}");
        }
        assert!(!folder.path().join("a").exists());
    }
}
