//! What a store does by itself while it is open for work: it seals closed segments of the journal, and reads the whole
//! journal over from time to time, so that damage is found while there is a backup to mend it from.
//!
//! One thread, at most a tenth of its time at work, never holding what an append or a read waits for.

use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use claimflow_runtime::store::StoreError;

use crate::journal::Journal;

/// For each moment of work the thread rests so many times as long.
const REST: u32 = 9;
/// It rests no longer than this at a time.
const LONGEST_REST: Duration = Duration::from_millis(200);
/// After a failure, as on a full disk, it waits so long.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

/// When a store does what it does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upkeep {
    /// How long it is open before it begins, and how often it looks for closed segments: a command that is soon done
    /// shall not begin what it cannot finish.
    pub seal_after: Duration,
    /// How long it is open before it reads the journal over: less than a working day, so that it is read where the machine
    /// is turned off every evening.
    pub scrub_after: Duration,
    /// How long it waits to do so again.
    pub scrub_every: Duration,
}

impl Default for Upkeep {
    fn default() -> Self {
        Self {
            seal_after: Duration::from_secs(5),
            scrub_after: Duration::from_secs(60 * 60),
            scrub_every: Duration::from_secs(24 * 60 * 60),
        }
    }
}

#[derive(Default)]
struct Bell {
    stopped: Mutex<bool>,
    rung: Condvar,
}

impl Bell {
    fn stopped(&self) -> MutexGuard<'_, bool> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        *self.stopped() = true;
        self.rung.notify_all();
    }

    /// Waits; `Break` when it is time to stop.
    fn wait(&self, at_most: Duration) -> ControlFlow<()> {
        let waited = self.rung.wait_timeout_while(self.stopped(), at_most, |stopped| !*stopped);
        let (stopped, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// The thread; it stops when this is dropped.
pub(crate) struct Background {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Begins upkeep of a journal. Without a thread to be had there is none: nothing depends on it.
    pub(crate) fn begin(journal: &Arc<Journal>, upkeep: Upkeep) -> Self {
        let bell = Arc::new(Bell::default());
        let due = Instant::now() + upkeep.scrub_after;
        let worker = Worker { journal: Arc::clone(journal), upkeep, bell: Arc::clone(&bell), due };
        let thread = std::thread::Builder::new().name("journal upkeep".to_owned()).spawn(|| worker.run());
        let thread =
            thread.map_err(|error| tracing::warn!(%error, "the journal is not sealed by itself")).ok();
        Self { bell, thread }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.bell.stop();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to say.
            let _ended = thread.join();
        }
    }
}

struct Worker {
    journal: Arc<Journal>,
    upkeep: Upkeep,
    bell: Arc<Bell>,
    /// When the journal is to be read over next.
    due: Instant,
}

impl Worker {
    fn run(mut self) {
        let mut wait = self.upkeep.seal_after;
        while self.bell.wait(wait).is_continue() {
            wait = match self.round() {
                Ok(()) => self.upkeep.seal_after,
                Err(error) if error.is_full() => {
                    tracing::info!(%error, "the journal is not sealed while the disk has little room");
                    AFTER_FAILURE
                }
                Err(error) => {
                    tracing::error!(%error, "the journal is not as it was written, or cannot be read");
                    AFTER_FAILURE.max(self.upkeep.scrub_every)
                }
            };
        }
    }

    fn round(&mut self) -> Result<(), StoreError> {
        if self.journal.unsealed() > 0 {
            let sealed = self.journal.seal(&mut pace(&self.bell))?;
            if sealed.segments > 0 {
                let (before, after) = (sealed.before, sealed.after);
                tracing::debug!(segments = sealed.segments, before, after, "sealed a part of the journal");
            }
        }
        if Instant::now() >= self.due {
            self.due = Instant::now() + self.upkeep.scrub_every;
            self.journal.scrub(&mut pace(&self.bell))?;
        }
        Ok(())
    }
}

/// Rests after each piece of work in proportion to what it took.
fn pace(bell: &Bell) -> impl FnMut() -> ControlFlow<()> {
    let mut begun = Instant::now();
    move || {
        let rested = bell.wait((begun.elapsed() * REST).min(LONGEST_REST));
        begun = Instant::now();
        rested
    }
}
