//! Putting a run back into a new folder.

use std::fs;
use std::io;
use std::path::Path;

use super::error::{BackupError, damaged, io_at};
use super::files::put_back;
use super::repository::Repository;
use super::run::Run;
use super::vault::sync_folder;
use crate::journal::write_mark;

impl Repository {
    /// Writes a run into a folder that is empty or missing, every piece checked. `data` is the data folder within it.
    /// The folder has its name only when all is there. The state is left for a rebuild, which reads and checks the whole
    /// journal. `each` is told of the bytes written so far; `last` may add to the folder when all of the run is in it and
    /// before it has its name: whoever finds it under its name finds that too.
    ///
    /// # Errors
    /// [`BackupError::NotEmpty`], [`BackupError::Damaged`], [`BackupError::Io`]; then nothing is at `into`.
    pub fn restore(
        &self,
        run: &Run,
        into: &Path,
        data: &Path,
        each: &dyn Fn(u64),
        last: &dyn Fn(&Path) -> io::Result<()>,
    ) -> Result<(), BackupError> {
        if into.read_dir().is_ok_and(|mut entries| entries.next().is_some()) || into.is_file() {
            return Err(BackupError::NotEmpty { path: into.display().to_string() });
        }
        let name = into.file_name().unwrap_or(into.as_os_str()).to_string_lossy();
        let part = into.with_file_name(format!(".{name}.restoring"));
        if part.exists() {
            // Left by a restore that was cut off.
            fs::remove_dir_all(&part).map_err(io_at("remove", &part))?;
        }
        fs::create_dir_all(&part).map_err(io_at("create", &part))?;
        let written = self
            .restore_part(run, &part, data, each)
            .and_then(|()| last(&part).map_err(io_at("write", &part)));
        if let Err(error) = written {
            // What cannot be removed either is removed by the next restore.
            let _removed = fs::remove_dir_all(&part);
            return Err(error);
        }
        if into.exists() {
            fs::remove_dir(into).map_err(io_at("replace", into))?;
        }
        fs::rename(&part, into).map_err(io_at("rename", &part))?;
        let parent = into.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync_folder(parent)
    }

    fn restore_part(
        &self,
        run: &Run,
        part: &Path,
        data: &Path,
        each: &dyn Fn(u64),
    ) -> Result<(), BackupError> {
        let mut bytes = 0;
        for file in run.all() {
            put_back(self, part, file)?;
            bytes += file.bytes;
            each(bytes);
        }
        let link = blake3::Hash::from_hex(&run.journal.link)
            .map_err(|_| damaged(&self.folder, format!("run {} names no link of the journal", run.number)))?;
        write_mark(&part.join(data), run.journal.end, *link.as_bytes())?;
        Ok(())
    }
}
