//! Takes on what people write while claims go on: read, checked and tried off to the side, then swapped whole.
//!
//! A thread of its own waits for the system to tell of changes, and looks from time to time where it does not. Once the
//! files stand still it reads them all, checks them and runs the cases of every pack and plugin that changed; only then the
//! engine gets the new practice, between one claim and the next. Anything wrong keeps the last good one, and is told in the
//! log and in `claimflow rules status`.

mod fingerprint;
mod status;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use claimflow_catalog::plugins::PluginInfo;
use claimflow_catalog::{CaseReport, Generation, PackInfo, SETTINGS_PATH, cases_hold, plugin_cases_hold};
use claimflow_core::{Diagnostic, Text};
use claimflow_network::Watch;

use crate::practice::{Checked, Folder, Loaded, check_again, workflows};
use crate::stranded;
use crate::wire::Desk;
use fingerprint::Fingerprint;

pub use status::{Refusal, Status, read as read_status};

/// Files and folders whose change makes the practice another one.
const WRITTEN: &[&str] = &[
    SETTINGS_PATH,
    "routing.csv",
    "routing.xlsx",
    "rules.yaml",
    "payers",
    "workflows",
    "plugins",
    "registers",
];

/// Files that stand still for so long are no longer being written.
const QUIET: Duration = Duration::from_millis(40);

/// Keeps a practice at what its files say.
pub struct Reloader {
    shared: Arc<Shared>,
    tell: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    desk: Mutex<Desk>,
    status: Mutex<Status>,
    /// The registers or the rules are other ones: claims that wait are to be looked at again.
    renewed: AtomicBool,
    stopped: AtomicBool,
    /// Is told when something new is live.
    live: Box<dyn Fn() + Send + Sync>,
}

/// A guard's content is whole even when somebody panicked with it: it is only ever replaced.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reloader {
    /// Begins. `every` is how often it looks without being told; `live` is called whenever something new is live.
    pub fn begin(desk: Desk, every: Duration, live: impl Fn() + Send + Sync + 'static) -> Self {
        let status = Status::of(&desk);
        let shared = Arc::new(Shared {
            status: Mutex::new(status),
            desk: Mutex::new(desk),
            renewed: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            live: Box::new(live),
        });
        lock(&shared.status).write(&shared.root());
        let (tell, told) = channel();
        let work = Work::new(Arc::clone(&shared), tell.clone());
        let thread = thread::Builder::new().name("reload".to_owned()).spawn(move || work.run(&told, every));
        if let Err(error) = &thread {
            tracing::error!(%error, "changed files will not go live until the next start");
        }
        Self { shared, tell, thread: thread.ok() }
    }

    /// The practice as it is now.
    pub fn desk(&self) -> Desk {
        lock(&self.shared.desk).clone()
    }

    /// A way to ask for [`desk`](Self::desk) from anywhere.
    pub fn now(&self) -> crate::host::Now {
        let shared = Arc::clone(&self.shared);
        Arc::new(move || lock(&shared.desk).clone())
    }

    /// What is live, and what is not and why.
    pub fn status(&self) -> Status {
        lock(&self.shared.status).clone()
    }

    /// True once after the practice became another one.
    pub fn renewed(&self) -> bool {
        self.shared.renewed.swap(false, Ordering::AcqRel)
    }
}

impl Drop for Reloader {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Release);
        // A thread that has ended needs no telling.
        let _told = self.tell.send(());
        if let Some(thread) = self.thread.take() {
            // It ends by itself; what a panic said is in the log.
            let _ended = thread.join();
        }
        status::remove(&self.shared.root());
    }
}

impl Shared {
    fn root(&self) -> PathBuf {
        lock(&self.desk).folder.root.clone()
    }
}

/// The thread's own.
struct Work {
    shared: Arc<Shared>,
    tell: Sender<()>,
    watch: Option<Watch>,
    root: PathBuf,
    /// What is live, or was refused: there is nothing to do until it is another.
    settled: Fingerprint,
}

impl Work {
    fn new(shared: Arc<Shared>, tell: Sender<()>) -> Self {
        let root = shared.root();
        // What changed between reading and now is found by the first look.
        let settled = Fingerprint::default();
        let mut work = Self { shared, tell, watch: None, root, settled };
        work.watch_anew();
        work
    }

    fn run(mut self, told: &Receiver<()>, every: Duration) {
        while !self.shared.stopped.load(Ordering::Acquire) {
            self.look(told);
            match told.recv_timeout(every) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn look(&mut self, told: &Receiver<()>) {
        let now = Fingerprint::of(&self.root, WRITTEN);
        if now == self.settled {
            return;
        }
        let Some(still) = self.wait_for_stillness(now, told) else { return };
        if still == self.settled {
            return;
        }
        // Folders that were replaced are watched no longer: the new ones must be.
        self.watch_anew();
        self.settled = still;
        self.take_on();
    }

    /// Waits until nobody writes. `None` when it is to stop.
    fn wait_for_stillness(&self, mut before: Fingerprint, told: &Receiver<()>) -> Option<Fingerprint> {
        loop {
            thread::sleep(QUIET);
            while told.try_recv().is_ok() {}
            if self.shared.stopped.load(Ordering::Acquire) {
                return None;
            }
            let now = Fingerprint::of(&self.root, WRITTEN);
            if now == before {
                return Some(now);
            }
            before = now;
        }
    }

    fn watch_anew(&mut self) {
        let tell = self.tell.clone();
        let watch = Watch::new(move || {
            // Nobody listens any more when the process ends.
            let _told = tell.send(());
        });
        let mut watch = match watch {
            Ok(watch) => watch,
            Err(error) => return tracing::debug!("{error}"),
        };
        let folders = WRITTEN.iter().map(|name| self.root.join(name)).filter(|path| path.is_dir());
        let outcome = watch
            .entries(&self.root)
            .and_then(|()| folders.into_iter().try_for_each(|own| watch.folder(&own)));
        if let Err(error) = outcome {
            tracing::debug!("{error}");
        }
        self.watch = Some(watch);
    }

    /// Reads, checks and tries what is written; swaps it in, or says why not.
    fn take_on(&self) {
        let (start, before) = (Instant::now(), lock(&self.shared.desk).clone());
        match try_out(&self.root, &before) {
            Ok((folder, practice)) => self.swap(&before, folder, practice, start),
            Err(refusal) => self.refuse(*refusal),
        }
    }

    fn refuse(&self, refusal: Refusal) {
        refusal.log();
        let mut status = lock(&self.shared.status);
        status.refused = Some(refusal);
        status.write(&self.root);
    }

    fn swap(&self, before: &Desk, folder: Folder, practice: Loaded, start: Instant) {
        let known = before.practice.generation().hash();
        let same_rules = practice.generation().hash() == known;
        let same_facts = claimflow_runtime::Practice::registers_hash(&practice)
            == claimflow_runtime::Practice::registers_hash(before.practice.as_ref());
        if !same_rules {
            crate::wire::keep(&folder, &practice);
        }
        let new = match workflows::keep(&self.root, &folder.sources) {
            Ok(new) => new,
            Err(error) => return self.refuse(*Refusal::unkept(&error)),
        };
        let mut desk = before.clone();
        desk.replace(folder, practice);
        stranded::told(&desk.engine, desk.practice.generation(), &new)
            .iter()
            .for_each(|line| tracing::info!("{line}"));
        let status = Status::of(&desk);
        *lock(&self.shared.desk) = desk.clone();
        {
            let mut live = lock(&self.shared.status);
            let since = if same_rules { live.since } else { status.since };
            *live = Status { since, ..status };
            live.write(&self.root);
            if !(same_rules && same_facts) {
                let changed = if same_rules { "same rules as before" } else { "other rules" };
                let rules = live.generation.get(..12).unwrap_or_default().to_owned();
                let took = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
                tracing::info!(rules, took_ms = took, "changed files are live: {changed}");
            }
        }
        if let Err(failure) = crate::decided::note_edits(&desk) {
            tracing::error!("who changed rules.yaml is not in the journal yet: {}", failure.message);
        }
        if !same_facts {
            self.shared.renewed.store(true, Ordering::Release);
        }
        (self.shared.live)();
    }
}

/// Reads and checks the folder, and runs the cases of the packs and plugins that are other ones than before.
fn try_out(root: &Path, before: &Desk) -> Result<(Folder, Loaded), Box<Refusal>> {
    // What has not changed since is not read again, and a refused reading is not what the next one goes by.
    let folder = before.folder.read_again().map_err(|failure| Refusal::unreadable(&failure.message))?;
    if let Some(gone) = ["payers", "workflows"].iter().find(|name| is_gone(root, &before.folder, name)) {
        return Err(Refusal::gone(gone));
    }
    let Checked { practice, diagnostics } = check_again(&folder, &before.folder, &before.practice);
    let Some(practice) = practice else {
        let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        return Err(Refusal::faults(&errors));
    };
    stranding(&practice, before)?;
    let report = changed_cases(&folder, practice.generation(), before.practice.generation());
    if report.failed().next().is_some() || report.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(Refusal::cases(&report));
    }
    Ok((folder, practice))
}

/// Refuses what claims would be stranded by, and what cannot be kept for them: both before anything goes live.
fn stranding(practice: &Loaded, before: &Desk) -> Result<(), Box<Refusal>> {
    match stranded::stranded(&before.engine, practice) {
        Ok(stranded) if stranded.is_empty() => Ok(()),
        Ok(stranded) => Err(Refusal::stranding(&stranded)),
        Err(failure) => Err(Refusal::unreadable(&failure.message)),
    }
}

/// True when the practice ran on a folder of its own that is not there any more: without it, it would run on what ships.
fn is_gone(root: &Path, before: &Folder, name: &'static str) -> bool {
    before.own.contains(&name) && !root.join(name).is_dir()
}

/// Tries the cases of the packs and of the plugins that are other ones than before.
fn changed_cases(folder: &Folder, now: &Generation, before: &Generation) -> CaseReport {
    let same = |own: &PackInfo| {
        before.packs().iter().any(|earlier| earlier.name == own.name && earlier.hash == own.hash)
    };
    let packs: Vec<Text> = now.packs().iter().filter(|own| !same(own)).map(|own| own.name.clone()).collect();
    let same = |own: &PluginInfo| {
        let mut earlier = before.plugins().iter().map(|plugin| plugin.info());
        earlier.any(|earlier| earlier.name == own.name && earlier.hash == own.hash)
    };
    let plugins = now.plugins().iter().map(|plugin| plugin.info()).filter(|own| !same(own));
    let plugins: Vec<Text> = plugins.map(|own| own.name.clone()).collect();
    let mut report = cases_hold(now, &folder.sources, &packs);
    let of_plugins = plugin_cases_hold(now, &folder.sources, &plugins);
    report.results.extend(of_plugins.results);
    report.diagnostics.extend(of_plugins.diagnostics);
    report
}
