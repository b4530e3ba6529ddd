//! Checks folders beside the conversation with the editor: a thread that waits until nobody has written for a moment.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::content::Content;
use crate::workspace::{Checked, Open, Workspace};

/// A folder to check, with everything of it that is open.
pub(crate) struct Job {
    pub(crate) root: PathBuf,
    pub(crate) open: Vec<Open>,
}

/// What became of a check.
pub(crate) struct Done {
    pub(crate) root: PathBuf,
    /// What was found, or why the folder could not be read.
    pub(crate) found: Result<Checked, String>,
    /// The texts that were laid over the files.
    pub(crate) open: Vec<Open>,
}

/// Takes jobs until no more can come. Of several for one folder within `quiet` the last is done.
pub(crate) fn work(
    jobs: &Receiver<Job>,
    content: &Arc<dyn Content>,
    quiet: Duration,
    tell: impl Fn(Done) -> bool,
) {
    let mut workspaces: HashMap<PathBuf, Workspace> = HashMap::new();
    while let Ok(job) = jobs.recv() {
        let Some(pending) = gather(jobs, job, quiet) else { return };
        for job in pending {
            let workspace = workspaces.entry(job.root.clone()).or_default();
            let found = content.read(&job.root).map(|reading| workspace.check(reading, &job.open));
            if !tell(Done { root: job.root, found, open: job.open }) {
                return;
            }
        }
    }
}

/// Waits until nothing has come for a moment; `None` when nothing can come any more.
fn gather(jobs: &Receiver<Job>, first: Job, quiet: Duration) -> Option<Vec<Job>> {
    let mut pending = vec![first];
    loop {
        match jobs.recv_timeout(quiet) {
            Ok(job) => {
                pending.retain(|own| own.root != job.root);
                pending.push(job);
            }
            Err(RecvTimeoutError::Timeout) => return Some(pending),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn job(root: &str, text: &str) -> Job {
        Job { root: root.into(), open: vec![Open { path: "x".into(), text: text.into() }] }
    }

    #[test]
    fn only_the_last_of_several_is_done() {
        let (sender, jobs) = mpsc::channel();
        for (root, text) in [("a", "2"), ("b", "1"), ("a", "3")] {
            sender.send(job(root, text)).unwrap();
        }
        let pending = gather(&jobs, job("a", "1"), Duration::ZERO).unwrap();
        let shown: Vec<_> =
            pending.iter().map(|own| (own.root.to_str().unwrap(), &*own.open[0].text)).collect();
        assert_eq!(shown, [("b", "1"), ("a", "3")]);
        drop(sender);
        assert!(gather(&jobs, job("a", "1"), Duration::MAX).is_none());
    }
}
