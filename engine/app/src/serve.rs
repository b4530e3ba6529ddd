//! A practice at work: files of the inbox, deadlines, and changes of what people wrote.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use claimflow_catalog::SETTINGS_PATH;
use claimflow_core::{Diagnostic, Severity, Text};
use claimflow_network::{Fate, Inbox, Watch};
use claimflow_runtime::{Error, FileReport, IngestOptions};
use tokio::sync::Notify;

use crate::exit::{Failure, Result};
use crate::practice::{Checked, Folder, check};
use crate::wire::Desk;

/// After an outgoing file could not be written, nothing is tried for so long.
const PAUSE: Duration = Duration::from_secs(30);

/// Folders and files whose change makes the practice another one.
const WRITTEN: &[&str] = &[SETTINGS_PATH, "routing.csv", "payers", "workflows", "plugins", "registers"];

/// Paths with their sizes and times: when these stand still, nobody is writing.
type Fingerprint = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// See the module.
pub struct Server {
    desk: Desk,
    inbox: Inbox,
    watches: Vec<Watch>,
    /// What is live, and what was there at the last look.
    live: Fingerprint,
    seen: Fingerprint,
    pause: Option<Instant>,
}

impl Server {
    /// With an open practice.
    ///
    /// # Errors
    /// When the inbox cannot be used.
    pub fn open(desk: Desk) -> Result<Self> {
        let inbox = Inbox::open(desk.folder.root.join("inbox"));
        let inbox = inbox.map_err(|error| Failure::failed(error.to_string()))?;
        let live = fingerprint(&desk.folder.root);
        desk.engine.facts_changed()?;
        Ok(Self { desk, inbox, watches: Vec::new(), seen: live.clone(), live, pause: None })
    }

    /// The folder that files come into.
    pub fn inbox(&self) -> &Path {
        self.inbox.folder()
    }

    /// Is told as soon as something changes, where the system tells; else looking from time to time must do.
    pub fn watch(&mut self) -> Arc<Notify> {
        let changed = Arc::new(Notify::new());
        let tell = Arc::clone(&changed);
        match Watch::new(move || tell.notify_one()) {
            Ok(mut watch) => {
                let root = &self.desk.folder.root;
                let folders = WRITTEN.iter().map(|name| root.join(name)).filter(|path| path.is_dir());
                for folder in folders.chain([self.inbox.folder().to_owned()]) {
                    if let Err(error) = watch.folder(&folder) {
                        tracing::debug!("{error}");
                    }
                }
                self.watches.push(watch);
            }
            Err(error) => tracing::debug!("{error}"),
        }
        changed
    }

    /// Looks once at everything, and does what is to be done.
    ///
    /// # Errors
    /// When the store fails, so that nothing more can be promised.
    pub fn look(&mut self) -> Result<()> {
        self.take_on_changes()?;
        if self.pause.is_some_and(|since| since.elapsed() < PAUSE) {
            return Ok(());
        }
        self.pause = None;
        let outcome = self.take_in_files().and_then(|()| self.run_deadlines());
        match outcome {
            Err(Refusal::Pause(message)) => {
                tracing::error!("{message}");
                self.pause = Some(Instant::now());
                Ok(())
            }
            Err(Refusal::Stop(failure)) => Err(failure),
            Ok(()) => Ok(()),
        }
    }

    /// Writes everything through and lets go of the store.
    ///
    /// # Errors
    /// When the disk refuses; the journal is safe.
    pub fn close(self) -> Result<()> {
        self.desk.close()
    }

    fn run_deadlines(&self) -> Result<(), Refusal> {
        let moved = self.desk.engine.run_timers()?;
        if moved > 0 {
            tracing::info!(claims = moved, "deadlines ran out");
        }
        Ok(())
    }

    fn take_in_files(&mut self) -> Result<(), Refusal> {
        let ready = self.inbox.ready().map_err(|error| Refusal::Pause(error.to_string()))?;
        for path in ready {
            let options = IngestOptions { actor: Text::const_new("inbox"), ..IngestOptions::default() };
            let mut files = std::iter::once((path.display().to_string(), fs::read(&path)));
            let report = self.desk.engine.ingest(&mut files, &options, &|_, _| ())?;
            let Some(file) = report.files.first() else { continue };
            let fate = fate(file);
            let moved = self.inbox.settle(&path, &fate).map_err(|error| Refusal::Pause(error.to_string()))?;
            tell(file, report.touched.len(), report.written.len(), &moved);
        }
        Ok(())
    }

    /// Takes on what people wrote, once it stands still and checks clean; else the last good one stays.
    fn take_on_changes(&mut self) -> Result<()> {
        let now = fingerprint(&self.desk.folder.root);
        let still = now == self.seen;
        self.seen = now;
        if !still || self.seen == self.live {
            return Ok(());
        }
        self.live = self.seen.clone();
        let folder = match Folder::read(&self.desk.folder.root) {
            Ok(folder) => folder,
            Err(failure) => {
                tracing::error!("{}; the last good rules stay", failure.message);
                return Ok(());
            }
        };
        let Checked { practice, diagnostics } = check(&folder);
        match practice {
            Some(practice) => {
                let before = self.desk.practice.generation().hash().clone();
                let rules = practice.generation().hash().clone();
                self.desk.replace(folder, practice);
                let moved = self.desk.engine.facts_changed()?;
                let changed = if before == rules { "same rules as before" } else { "other rules" };
                let rules = rules.get(..12).unwrap_or_default().to_owned();
                tracing::info!(rules, claims = moved, "changed files are live: {changed}");
            }
            None => refuse(&diagnostics),
        }
        Ok(())
    }
}

/// Why a look ended early.
enum Refusal {
    /// It can be tried again later.
    Pause(String),
    /// Nothing more can be promised.
    Stop(Failure),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Outbox { .. } => Self::Pause(error.to_string()),
            other => Self::Stop(other.into()),
        }
    }
}

fn refuse(diagnostics: &[Diagnostic]) {
    let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|fault| fault.is_error()).collect();
    tracing::error!(errors = errors.len(), "changed files have errors; the last good ones stay");
    for fault in errors {
        tracing::error!("{}:{}:{}: {}", fault.path, fault.line, fault.column, fault.message);
    }
}

fn fate(file: &FileReport) -> Fate {
    if !file.has_errors() {
        return Fate::Done;
    }
    let errors = file.faults.iter().filter(|fault| fault.severity == Severity::Error);
    let lines = errors.map(|fault| match fault.segment {
        0 => format!("{} ({})\n", fault.message, fault.code),
        segment if fault.line == 0 => format!("segment {segment}: {} ({})\n", fault.message, fault.code),
        segment => format!("line {}, segment {segment}: {} ({})\n", fault.line, fault.message, fault.code),
    });
    let head = "What could be understood was taken in. Ask who sent the file for a corrected one, or mend it, and put it \
                into inbox/:\n";
    Fate::Failed(lines.fold(head.to_owned(), |text, line| text + line.as_str()))
}

fn tell(file: &FileReport, claims: usize, written: usize, moved: &Path) {
    let (kind, faults) = (file.kind.as_str(), file.faults.len());
    let to = moved.display();
    if file.has_errors() {
        tracing::warn!(kind, claims, faults, written, "file with errors moved to {to}");
    } else if file.duplicate {
        tracing::info!(kind, "file had been taken in before, moved to {to}");
    } else {
        tracing::info!(kind, claims, faults, written, "file taken in, moved to {to}");
    }
}

fn fingerprint(root: &Path) -> Fingerprint {
    let mut all = Vec::new();
    for name in WRITTEN {
        add(&root.join(name), 0, &mut all);
    }
    all.sort();
    all
}

fn add(path: &Path, depth: usize, all: &mut Fingerprint) {
    // What cannot be looked at is not there; reading it will say why.
    let Ok(meta) = fs::metadata(path) else { return };
    if !meta.is_dir() {
        all.push((path.to_owned(), meta.len(), meta.modified().ok()));
        return;
    }
    let Ok(entries) = fs::read_dir(path) else { return };
    // A link that leads back would go on for ever.
    if depth < 12 {
        entries.flatten().for_each(|entry| add(&entry.path(), depth + 1, all));
    }
}
