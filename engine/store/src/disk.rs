//! The few things the journal asks of a disk, so that a test can put a disk that forgets, tears or fills in its place.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// For reading; the file must be there.
    Read,
    /// For reading and writing; made when missing, kept when there.
    Write,
}

/// Folders and files, as far as the journal needs them.
///
/// The contract with the journal: what was written before a [`DiskFile::sync`] that returned `Ok` is there after a
/// power cut; what was written later may be there wholly, partly or not at all. What happens to names (a file made,
/// renamed, removed) is kept only after [`Disk::sync_folder`]: until then a power cut may leave each of these changes
/// done or undone, on its own, but never half done. A file that is open stays readable through its handle, whatever
/// happens to its name. Bytes that were durable stay what they were while their neighbours are written.
pub trait Disk: Send + Sync {
    /// Makes a folder and its parents; no error when it is there.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;

    /// The names of the files in a folder, in any order.
    fn names(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Opens a file.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file another name in the same folder, in place of a file that may have that name, as one act: at no
    /// time is neither file there. It makes nothing of the file's bytes durable: sync them before.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a file's name away; an error when there is none.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names of a folder durable.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Bytes that this process can still write to the disk that a folder is on.
    fn room(&self, folder: &Path) -> io::Result<u64>;
}

/// An open file, used by position only: readers and the one writer share it without a lock.
pub trait DiskFile: Send + Sync {
    /// Bytes in the file.
    fn size(&self) -> io::Result<u64>;

    /// Reads at a byte offset; returns how many bytes, fewer than asked only at the end of the file.
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize>;

    /// Writes all bytes at a byte offset. On error some of them may be written.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;

    /// Cuts the file to `size` bytes.
    fn truncate(&self, size: u64) -> io::Result<()>;

    /// Makes the file's bytes and size durable (`fdatasync`).
    fn sync(&self) -> io::Result<()>;
}

/// The machine's own file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let file = match access {
            Access::Read => File::open(path)?,
            Access::Write => {
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?
            }
        };
        Ok(Box::new(SystemFile(file)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(or_here(folder))?.sync_all()
    }

    fn room(&self, folder: &Path) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(or_here(folder))?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

/// The folder of a bare file name is the current one.
fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

struct SystemFile(File);

impl DiskFile for SystemFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let mut done = 0;
        while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.0.read_at(rest, at + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, at)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.0.set_len(size)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_when_it_is_opened_for_writing_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert!(SystemDisk.open(&path, Access::Read).is_err());
        SystemDisk.open(&path, Access::Write).unwrap().write_at(b"abc", 2).unwrap();
        let file = SystemDisk.open(&path, Access::Write).unwrap();
        let mut bytes = [9; 8];
        assert_eq!((file.size().unwrap(), file.read_at(&mut bytes, 1).unwrap()), (5, 4));
        assert_eq!(bytes, [0, b'a', b'b', b'c', 9, 9, 9, 9]);
        file.truncate(3).unwrap();
        file.sync().unwrap();
        assert_eq!(file.read_at(&mut bytes, 0).unwrap(), 3);
        SystemDisk.sync_folder(folder.path()).unwrap();
        SystemDisk.sync_folder(Path::new("")).unwrap();
        assert_eq!(SystemDisk.names(folder.path()).unwrap(), ["file"]);
        assert!(SystemDisk.room(folder.path()).unwrap() > 0);
        assert!(SystemDisk.room(Path::new("no-such-folder")).is_err());
    }

    #[test]
    fn an_open_file_is_read_whatever_happens_to_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        SystemDisk.open(&old, Access::Write).unwrap().write_at(b"old", 0).unwrap();
        SystemDisk.open(&new, Access::Write).unwrap().write_at(b"new", 0).unwrap();
        let replaced = SystemDisk.open(&new, Access::Read).unwrap();
        SystemDisk.rename(&old, &new).unwrap();
        assert_eq!(SystemDisk.names(folder.path()).unwrap(), ["new"]);
        let renamed = SystemDisk.open(&new, Access::Read).unwrap();
        SystemDisk.remove(&new).unwrap();
        assert!(SystemDisk.remove(&new).is_err());
        for (file, holds) in [(replaced, b"new"), (renamed, b"old")] {
            let mut bytes = [0; 3];
            file.read_at(&mut bytes, 0).unwrap();
            assert_eq!(&bytes, holds);
        }
    }
}
