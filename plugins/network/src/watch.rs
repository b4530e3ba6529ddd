//! Tells when something changes in folders. Only a hint: who watches also looks from time to time, since not every file
//! system tells.

use std::path::{Path, PathBuf};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

/// Why folders cannot be watched. `Display` is the message a person reads.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch `{}`: {detail}; it is looked at from time to time instead", .path.display())]
pub struct WatchError {
    path: PathBuf,
    detail: String,
}

/// Watches folders for as long as it lives.
pub struct Watch {
    watcher: RecommendedWatcher,
}

impl Watch {
    /// Calls `changed` after changes, from a thread of its own.
    ///
    /// # Errors
    /// When the system does not offer it.
    pub fn new(changed: impl Fn() + Send + 'static) -> Result<Self, WatchError> {
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // An event that could not be told is a change that may have happened.
            if event.as_ref().map_or(true, |event| !event.kind.is_access()) {
                changed();
            }
        });
        let watcher = watcher.map_err(|error| WatchError { path: PathBuf::new(), detail: plain(&error) })?;
        Ok(Self { watcher })
    }

    /// Watches a folder with all that is in it.
    ///
    /// # Errors
    /// When it is not there, or the system's watches are used up.
    pub fn folder(&mut self, path: &Path) -> Result<(), WatchError> {
        self.add(path, RecursiveMode::Recursive)
    }

    /// Watches what is directly in a folder: files, and links and folders as such, but not what is below these.
    ///
    /// # Errors
    /// When it is not there, or the system's watches are used up.
    pub fn entries(&mut self, path: &Path) -> Result<(), WatchError> {
        self.add(path, RecursiveMode::NonRecursive)
    }

    fn add(&mut self, path: &Path, mode: RecursiveMode) -> Result<(), WatchError> {
        self.watcher
            .watch(path, mode)
            .map_err(|error| WatchError { path: path.to_owned(), detail: plain(&error) })
    }
}

fn plain(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::PathNotFound => "it is not there".to_owned(),
        notify::ErrorKind::MaxFilesWatch => "the system's watches are used up".to_owned(),
        notify::ErrorKind::Io(error) => error.to_string(),
        _ => "the system does not offer it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn a_change_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (tell, told) = channel();
        let mut watch = Watch::new(move || tell.send(()).unwrap_or_default()).unwrap();
        if watch.folder(folder.path()).is_err() {
            println!("skipped: folders cannot be watched here");
            return;
        }
        std::fs::write(folder.path().join("a"), "b").unwrap();
        assert!(told.recv_timeout(Duration::from_secs(10)).is_ok());
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let mut watch = Watch::new(|| ()).unwrap();
        let message = watch.folder(Path::new("no-such-folder")).unwrap_err().to_string();
        assert!(message.starts_with("cannot watch `no-such-folder`: "), "{message}");
    }
}
