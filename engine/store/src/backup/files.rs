//! Single files into pieces and back.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::error::{BackupError, damaged, io_at};
use super::repository::Repository;
use super::run::FilePart;

/// Bytes of a piece. The open end of a journal is stored anew by this much at most.
const PIECE: usize = 4 << 20;

/// What a run gathers.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) files: Vec<FilePart>,
    /// Bytes that the backup has grown by.
    pub(super) stored: u64,
}

impl Gathered {
    /// Takes a file of `root` up to `limit` bytes. One that is as it was in the run before is not read.
    pub(super) fn take(
        &mut self,
        repository: &Repository,
        (root, path): (&Path, &Path),
        limit: Option<u64>,
        before: Option<&FilePart>,
    ) -> io::Result<Result<(), BackupError>> {
        let full = root.join(path);
        let mut file = File::open(&full)?;
        let meta = file.metadata()?;
        let bytes = limit.map_or(meta.len(), |limit| limit.min(meta.len()));
        let mut part = part(path, &meta, bytes);
        let same = before.filter(|before| {
            (before.bytes, before.modified) == (part.bytes, part.modified)
                && before.pieces.iter().all(|piece| repository.holds(piece))
        });
        if let Some(before) = same {
            part.pieces.clone_from(&before.pieces);
            self.files.push(part);
            return Ok(Ok(()));
        }
        let mut left = bytes;
        let mut buffer = Vec::new();
        while left > 0 {
            buffer.clear();
            let want = left.min(PIECE as u64);
            (&mut file).take(want).read_to_end(&mut buffer)?;
            if buffer.is_empty() {
                // It was cut meanwhile: what is there is what there is.
                break;
            }
            left -= buffer.len() as u64;
            match repository.keep(&buffer) {
                Ok((name, stored)) => {
                    part.pieces.push(name);
                    self.stored += stored;
                }
                Err(error) => return Ok(Err(error)),
            }
        }
        part.bytes = bytes - left;
        self.files.push(part);
        Ok(Ok(()))
    }
}

fn part(path: &Path, meta: &Metadata, bytes: u64) -> FilePart {
    let modified = meta.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let modified = modified.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or_default();
    let names: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    FilePart { path: names.join("/"), bytes, modified, mode: mode(meta), pieces: Vec::new() }
}

#[cfg(unix)]
fn mode(meta: &Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777
}

#[cfg(not(unix))]
fn mode(_meta: &Metadata) -> u32 {
    0o600
}

/// Writes a file of a run below `root`, and makes it durable.
pub(super) fn put_back(repository: &Repository, root: &Path, part: &FilePart) -> Result<(), BackupError> {
    let path = below(root, &part.path)
        .ok_or_else(|| damaged(Path::new(&part.path), "it names no file of a practice"))?;
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder).map_err(io_at("create", folder))?;
    let mut file = File::create(&path).map_err(io_at("create", &path))?;
    let mut written = 0;
    for name in &part.pieces {
        let piece = repository.piece(name)?;
        file.write_all(&piece).map_err(io_at("write", &path))?;
        written += piece.len() as u64;
    }
    if written != part.bytes {
        let detail = format!("the run lists {} bytes of it, and its pieces have {written}", part.bytes);
        return Err(damaged(Path::new(&part.path), detail));
    }
    permit(&file, part.mode).and_then(|()| file.sync_all()).map_err(io_at("sync", &path))
}

#[cfg(unix)]
fn permit(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode & 0o777))
}

#[cfg(not(unix))]
fn permit(_file: &File, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// A path of a list below a folder; `None` for one that would lead out of it.
fn below(root: &Path, path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    let within = path.components().all(|part| matches!(part, Component::Normal(_)));
    (within && path.file_name().is_some()).then(|| root.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_leads_out_of_the_folder_that_is_restored() {
        let root = Path::new("practice");
        for path in ["../x", "/etc/x", "a/../../x", "", ".", "a/./../b"] {
            assert_eq!(below(root, path), None, "{path}");
        }
        assert_eq!(below(root, "data/journal/x"), Some(root.join("data/journal/x")));
    }
}
