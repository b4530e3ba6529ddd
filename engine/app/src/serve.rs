//! A practice at work: files of the inbox, deadlines, and commands of other processes.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use claimflow_core::{Severity, Text};
use claimflow_network::{Fate, Inbox, Watch};
use claimflow_runtime::{Error, FileReport, IngestOptions};
use tokio::sync::Notify;

use crate::actor::Actor;
use crate::clockwatch::ClockWatch;
use crate::exit::{Failure, Result};
use crate::host::Host;
use crate::reload::Reloader;
use crate::retention::{Keeper, Times};
use crate::wire::Desk;

/// After an outgoing file could not be written, nothing is tried for so long.
const PAUSE: Duration = Duration::from_secs(30);

/// See the module.
pub struct Server {
    reloader: Reloader,
    inbox: Inbox,
    pause: Option<Instant>,
    /// Set while the disk has no room: it is said once, and looked at again from time to time.
    full: bool,
    /// Set while the registers say something that the waiting claims were not looked at with.
    facts_due: bool,
    clock: ClockWatch,
    actor: Actor,
    keeper: Keeper,
    /// When it last looked.
    looked: Instant,
    /// Told when there may be something to do.
    changed: Arc<Notify>,
    // Dropped last to first would leave callers waiting on a practice that is being closed: it goes with `close`.
    host: Option<Host>,
    watch: Option<Watch>,
}

impl Server {
    /// With an open practice. It looks at the practice's files at least every `every`.
    ///
    /// # Errors
    /// When the inbox cannot be used.
    pub fn open(desk: Desk, every: Duration) -> Result<Self> {
        let root = desk.folder.root.clone();
        let inbox = Inbox::open(root.join("inbox"));
        let inbox = inbox.map_err(|error| Failure::failed(error.to_string()))?;
        let facts_due = match desk.engine.facts_changed() {
            Err(error) if error.is_full() => true,
            looked => looked.map(|_moved| false)?,
        };
        let changed = Arc::new(Notify::new());
        let tell = Arc::clone(&changed);
        let actor = Actor::begin(desk.engine.clone());
        let reloader = Reloader::begin(desk, every, move || tell.notify_one());
        let keeper = Keeper::begin(reloader.now(), Times::default());
        let host = Host::open(&root, reloader.now());
        let host = host.inspect_err(|error| {
            tracing::warn!(%error, "other commands cannot ask this process, and will say that the practice is in use");
        });
        let watch = watch(inbox.folder(), &changed);
        let (clock, looked) = (ClockWatch::default(), Instant::now());
        let (host, pause, full) = (host.ok(), None, false);
        Ok(Self {
            reloader,
            inbox,
            pause,
            full,
            facts_due,
            clock,
            actor,
            keeper,
            looked,
            changed,
            host,
            watch,
        })
    }

    /// The folder that files come into.
    pub fn inbox(&self) -> &Path {
        self.inbox.folder()
    }

    /// Is told as soon as something changes, where the system tells; else looking from time to time must do.
    pub fn changed(&self) -> Arc<Notify> {
        Arc::clone(&self.changed)
    }

    /// Looks once at everything, and does what is to be done.
    ///
    /// # Errors
    /// When the store fails, so that nothing more can be promised.
    pub fn look(&mut self) -> Result<()> {
        let desk = self.reloader.desk();
        if let Some(jump) = self.clock.look(desk.engine.now(), self.looked.elapsed()) {
            tracing::warn!("{jump}");
        }
        self.looked = Instant::now();
        self.facts_due |= self.reloader.renewed();
        if self.pause.is_some_and(|since| since.elapsed() < PAUSE) || (self.full && !desk.engine.has_room()) {
            return Ok(());
        }
        self.pause = None;
        match self.work(&desk) {
            Err(Refusal::Pause(message)) => {
                tracing::error!("{message}");
                self.pause = Some(Instant::now());
                Ok(())
            }
            Err(Refusal::Full(message)) => {
                self.wait_for_room(&desk, &message);
                Ok(())
            }
            Err(Refusal::Stop(failure)) => Err(failure),
            Ok(()) => {
                if std::mem::take(&mut self.full) {
                    tracing::info!("there is room on the disk again: work goes on");
                }
                Ok(())
            }
        }
    }

    fn work(&mut self, desk: &Desk) -> Result<(), Refusal> {
        if self.facts_due {
            let moved = desk.engine.facts_changed()?;
            self.facts_due = false;
            tracing::info!(claims = moved, "the registers say something new");
        }
        self.take_in_files(desk)?;
        run_deadlines(desk)
    }

    fn wait_for_room(&mut self, desk: &Desk, message: &str) {
        if !std::mem::replace(&mut self.full, true) {
            tracing::error!(
                "{message}. Files stay in inbox/ and claims can be looked at; work goes on by itself when there is room"
            );
        }
        // Where the room that is left is known, it is asked for at every look; else only trying tells.
        self.pause = desk.engine.has_room().then(Instant::now);
    }

    /// How long there is nothing to do, as far as is known now: until the next deadline, and at most `most`. However many
    /// claims wait, one key is read for it.
    pub fn rest(&self, most: Duration) -> Duration {
        let engine = self.reloader.desk().engine;
        let now = engine.now();
        // A store that fails says so at the next look, which is also where it is known what to do about it.
        let next = engine.next_deadline(now).ok().flatten();
        let wait = next.and_then(|next| u64::try_from(next.0 - now.0).ok()).map(Duration::from_millis);
        wait.map_or(most, |wait| most.min(wait))
    }

    /// Writes everything through and lets go of the store.
    ///
    /// # Errors
    /// When the disk refuses; the journal is safe.
    pub fn close(self) -> Result<()> {
        let Self { reloader, host, watch, actor, keeper, .. } = self;
        let desk = reloader.desk();
        drop((host, watch, actor, keeper, reloader));
        desk.close()
    }

    fn take_in_files(&mut self, desk: &Desk) -> Result<(), Refusal> {
        let ready = self.inbox.ready().map_err(|error| Refusal::Pause(error.to_string()))?;
        for path in ready {
            let options = IngestOptions { actor: Text::const_new("inbox"), ..IngestOptions::default() };
            let mut files = std::iter::once((path.display().to_string(), fs::read(&path)));
            let report = desk.engine.ingest(&mut files, &options, &|_, _| ())?;
            let Some(file) = report.files.first() else { continue };
            let fate = fate(file);
            let moved = self.inbox.settle(&path, &fate).map_err(|error| Refusal::Pause(error.to_string()))?;
            tell(file, report.touched.len(), report.written.len(), &moved);
        }
        Ok(())
    }
}

fn run_deadlines(desk: &Desk) -> Result<(), Refusal> {
    let moved = desk.engine.run_timers()?;
    if moved > 0 {
        tracing::info!(claims = moved, "deadlines ran out");
    }
    Ok(())
}

/// Is told of files in the inbox, where the system tells.
fn watch(inbox: &Path, changed: &Arc<Notify>) -> Option<Watch> {
    let tell = Arc::clone(changed);
    let mut watch =
        Watch::new(move || tell.notify_one()).inspect_err(|error| tracing::debug!("{error}")).ok()?;
    watch.folder(inbox).inspect_err(|error| tracing::debug!("{error}")).ok()?;
    Some(watch)
}

/// Why a look ended early.
enum Refusal {
    /// It can be tried again later.
    Pause(String),
    /// It can be tried again when the disk has room.
    Full(String),
    /// Nothing more can be promised.
    Stop(Failure),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(full) if full.is_full() => Self::Full(full.to_string()),
            Error::Outbox { ref source, .. } if is_full(source) => Self::Full(error.to_string()),
            // Without the store nothing more can be promised; anything else can be tried again.
            error @ Error::Store(_) => Self::Stop(error.into()),
            error => Self::Pause(error.to_string()),
        }
    }
}

fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
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
    if file.incidents > 0 {
        let incidents = file.incidents;
        tracing::warn!(
            kind,
            incidents,
            "claims cannot go on by themselves: `claimflow claims --incident` lists them"
        );
    }
    if file.has_errors() {
        tracing::warn!(kind, claims, faults, written, "file with errors moved to {to}");
    } else if file.duplicate {
        tracing::info!(kind, "file had been taken in before, moved to {to}");
    } else {
        tracing::info!(kind, claims, faults, written, "file taken in, moved to {to}");
    }
}
