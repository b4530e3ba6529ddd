//! Files and secrets of plugins.

use std::fs::{self, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::path::{Path, PathBuf};

use claimflow_catalog::SecretSource;
use claimflow_runtime::plugin::{FilePort, SecretPort};

/// The most bytes of a secret.
const SECRET: u64 = 8_192;

/// The folders of a practice that plugins write into, and the files that secrets are in.
pub struct PluginFiles {
    root: PathBuf,
}

impl PluginFiles {
    /// Of the practice in this folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::PermissionDenied, message)
}

/// True for a single name that leads nowhere else.
fn is_plain(name: &str) -> bool {
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    letters && !name.is_empty() && !name.starts_with('.')
}

impl FilePort for PluginFiles {
    fn write(&self, folder: &str, name: &str, text: &str) -> Result<()> {
        if !is_plain(folder) || !is_plain(name) {
            return Err(refused("the name of a folder or a file is more than a name"));
        }
        let folder = self.root.join(folder);
        match fs::symlink_metadata(&folder) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return Err(refused("the folder is a link or no folder")),
            Err(error) if error.kind() == ErrorKind::NotFound => fs::create_dir(&folder)?,
            Err(error) => return Err(error),
        }
        put(&folder, name, text)
    }
}

/// Writes beside and renames: whoever looks sees the whole file or none. What is renamed over is replaced itself, were it a
/// link that leads elsewhere.
fn put(folder: &Path, name: &str, text: &str) -> Result<()> {
    let target = folder.join(name);
    let same = fs::symlink_metadata(&target)
        .is_ok_and(|meta| meta.is_file() && meta.len() == text.len() as u64)
        && fs::read(&target).is_ok_and(|there| there == text.as_bytes());
    if same {
        return Ok(());
    }
    let beside = folder.join(format!(".{name}.part"));
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write_new(&beside, text).and_then(|()| fs::rename(&beside, &target));
    if written.is_err() {
        // The next attempt removes it too.
        let _gone = fs::remove_file(&beside);
    }
    written?;
    // The name is durable with its folder.
    fs::File::open(folder)?.sync_all()
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    // A link that somebody puts there meanwhile is not followed: the file must be new.
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

impl SecretPort for PluginFiles {
    fn read(&self, source: &SecretSource) -> std::result::Result<String, String> {
        match source {
            SecretSource::Env(name) => std::env::var(name.as_str())
                .map_err(|_| format!("the environment has no `{name}`, where a secret should be")),
            SecretSource::File(path) => {
                let place = self.root.join(path);
                let mut text = String::new();
                fs::File::open(&place)
                    .and_then(|file| file.take(SECRET).read_to_string(&mut text))
                    .map_err(|error| format!("the secret in `{path}` cannot be read: {}", error.kind()))?;
                Ok(text.trim().to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn files_are_whole_and_stay_where_they_belong() {
        let root = tempfile::tempdir().unwrap();
        let files = PluginFiles::new(root.path());
        files.write("letters", "1-3.json", "one").unwrap();
        files.write("letters", "1-3.json", "one").unwrap();
        files.write("letters", "1-3.json", "two").unwrap();
        assert_eq!(fs::read_to_string(root.path().join("letters/1-3.json")).unwrap(), "two");
        assert_eq!(fs::read_dir(root.path().join("letters")).unwrap().count(), 1);
        for (folder, name) in [
            ("letters", "../claimflow.yaml"),
            ("letters", ".hidden"),
            ("letters", ""),
            ("letters", "a/b"),
            ("..", "a"),
            ("", "a"),
            ("letters/..", "a"),
            ("/tmp", "a"),
            ("letters", "a\0b"),
        ] {
            assert!(files.write(folder, name, "x").is_err(), "{folder}/{name}");
        }
    }

    #[test]
    fn no_link_leads_out() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = PluginFiles::new(root.path());
        symlink(outside.path(), root.path().join("letters")).unwrap();
        assert!(files.write("letters", "a", "x").is_err());
        fs::create_dir(root.path().join("notes")).unwrap();
        let elsewhere = outside.path().join("kept");
        fs::write(&elsewhere, "kept").unwrap();
        symlink(&elsewhere, root.path().join("notes/a")).unwrap();
        symlink(&elsewhere, root.path().join("notes/.a.part")).unwrap();
        files.write("notes", "a", "x").unwrap();
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "kept");
        assert_eq!(fs::read_to_string(root.path().join("notes/a")).unwrap(), "x");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    }

    #[test]
    fn secrets_are_where_they_are_said_to_be() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("token"), "s3cret\n").unwrap();
        let files = PluginFiles::new(root.path());
        assert_eq!(files.read(&SecretSource::File("token".into())), Ok("s3cret".to_owned()));
        assert!(files.read(&SecretSource::File("none".into())).unwrap_err().contains("`none`"));
        assert!(files.read(&SecretSource::Env("CLAIMFLOW_NO_SUCH".into())).is_err());
    }
}
