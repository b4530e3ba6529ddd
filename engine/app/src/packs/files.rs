//! Files of packs: read with a limit, and never written over.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use claimflow_pack::{Limits, PackError, PackFile};

use crate::exit::{Failure, Result};

/// Reads an archive, and no more of it than a pack may have.
///
/// # Errors
/// When it cannot be read or is too large.
pub fn read_archive(path: &Path) -> Result<Vec<u8>> {
    let fault = |error| Failure::io("read", path, &error);
    let most = Limits::default().packed;
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(fault)?;
    if bytes.len() as u64 > most {
        let what = "the size of the archive in bytes".to_owned();
        return Err(PackError::Limit { what, limit: most }.into());
    }
    Ok(bytes)
}

/// Writes a file that must not be there yet; a secret one is for its owner alone.
///
/// # Errors
/// When it is there, or cannot be written.
pub fn write_new_file(path: &Path, bytes: &[u8], secret: bool) -> Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    let written =
        options.open(path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::failed(format!("`{}` is there already; it was left as it is", path.display()))
                .help("move it away, or choose another name")
        }
        _ => Failure::io("write", path, &error),
    })
}

/// Every file of a pack's folder. What editors and version control keep beside them is left out.
///
/// # Errors
/// When something cannot be read, or is neither a file nor a folder.
pub fn read_folder(root: &Path) -> Result<Vec<PackFile>> {
    let mut files = Vec::new();
    walk(root, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<PackFile>) -> Result<()> {
    let fault = |error| Failure::io("read", folder, &error);
    for entry in fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let (place, kind) = (entry.path(), entry.file_type().map_err(fault)?);
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(Failure::failed(format!("the name of `{}` is not UTF-8", place.display()))
                .help("give it a name of plain letters"));
        };
        if name.starts_with(['.', '#']) || name.ends_with('~') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if kind.is_dir() {
            walk(&place, &format!("{path}/"), files)?;
        } else if kind.is_file() {
            let bytes = fs::read(&place).map_err(|error| Failure::io("read", &place, &error))?;
            files.push(PackFile { path, bytes });
        } else {
            let message =
                format!("`{}` is a link or a device; a pack holds plain files only", place.display());
            return Err(Failure::failed(message).help("put the file itself there"));
        }
    }
    Ok(())
}

/// Writes a file beside and renames it over the one that is there, so that it is never half written.
///
/// # Errors
/// When it cannot be written.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = Path::new(&beside);
    let written =
        File::create(beside).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.and_then(|()| fs::rename(beside, path)).map_err(|error| Failure::io("write", path, &error))
}
