//! `--watch`: tries the cases again whenever something is saved.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use claimflow_network::Watch;

use crate::exit::{Failure, Result};
use crate::render::out;

/// Editors write a file in several steps: this long without a change means that they are done.
const QUIET: Duration = Duration::from_millis(150);
/// Not every file system tells of changes: it is looked at from time to time.
const FROM_TIME_TO_TIME: Duration = Duration::from_secs(2);

/// Where news of changes come from.
pub(super) trait News {
    /// Waits for a change, or for as long as it makes sense to wait without one; false when there will be none any more.
    fn wait(&mut self) -> bool;
}

/// Changes on the disk. They never end: the program does.
pub(super) struct OnDisk {
    told: Receiver<()>,
    /// Keeps the channel open where nothing can be watched: waiting goes on by time alone.
    _tell: Sender<()>,
    /// Watches for as long as it lives.
    _watch: Option<Watch>,
}

impl OnDisk {
    /// Watches a practice folder.
    pub(super) fn new(practice: &Path) -> Self {
        let (tell, told) = channel();
        let kept = tell.clone();
        let watch = Watch::new(move || tell.send(()).unwrap_or_default()).and_then(|mut watch| {
            watch.entries(practice)?;
            for folder in ["payers", "workflows"].map(|name| practice.join(name)) {
                if folder.is_dir() {
                    watch.folder(&folder)?;
                }
            }
            Ok(watch)
        });
        let watch = watch.inspect_err(|error| out::say(&format!("{error}\n"))).ok();
        Self { told, _tell: kept, _watch: watch }
    }
}

impl News for OnDisk {
    fn wait(&mut self) -> bool {
        match self.told.recv_timeout(FROM_TIME_TO_TIME) {
            Ok(()) => {
                while self.told.recv_timeout(QUIET).is_ok() {}
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        }
    }
}

/// Tells what `look` says, and after each change what it says then, unless it is the same.
pub(super) fn watch(
    news: &mut dyn News,
    look: &mut dyn FnMut() -> Result<String>,
    tell: &mut dyn FnMut(&str) -> Result<()>,
) -> Result<()> {
    let mut last: Option<String> = None;
    loop {
        // A folder that cannot be read for a moment is being written.
        let now = look().unwrap_or_else(|Failure { message, .. }| format!("{message}\n"));
        if last.as_ref() != Some(&now) {
            tell(&now)?;
            last = Some(now);
        }
        if !news.wait() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Told(usize);

    impl News for Told {
        fn wait(&mut self) -> bool {
            self.0 = self.0.saturating_sub(1);
            self.0 > 0
        }
    }

    #[test]
    fn what_changes_is_told_once() {
        let mut looks = ["one holds", "one holds", "broken", "one holds"].into_iter();
        let mut look = || match looks.next() {
            Some("broken") => Err(Failure::failed("cannot read it")),
            Some(text) => Ok(text.to_owned()),
            None => Ok(String::new()),
        };
        let mut told = Vec::new();
        let mut tell = |text: &str| {
            told.push(text.to_owned());
            Ok(())
        };
        watch(&mut Told(4), &mut look, &mut tell).unwrap();
        assert_eq!(told, ["one holds", "cannot read it\n", "one holds"]);
    }
}
