//! What the runtime needs of the world besides a store: a clock, and a place for outgoing files.

use claimflow_core::{Moment, Span};

/// Tells the time. Injected, so that tests and the demo move it.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment(jiff::Timestamp::now().as_millisecond())
    }
}

/// A clock that stands where it is put.
#[derive(Debug, Default)]
pub struct FixedClock(std::sync::atomic::AtomicI64);

impl FixedClock {
    /// Standing at a moment.
    pub fn at(moment: Moment) -> Self {
        Self(moment.0.into())
    }

    /// Lets so much time pass.
    pub fn advance(&self, span: Span) {
        self.0.fetch_add(span.0, std::sync::atomic::Ordering::SeqCst);
    }

    /// Puts it to another moment.
    pub fn set(&self, moment: Moment) {
        self.0.store(moment.0, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}

/// Takes outgoing files.
///
/// A repeat is a no-op: a file that is there already under its (deterministic) name is left as it is, so an act that is
/// repeated after a crash sends nothing twice.
pub trait Outbox: Send + Sync {
    /// Puts a file there, whole or not at all. True when it was put, false when it was there already.
    ///
    /// # Errors
    /// When it cannot be written; nothing is left under that name then.
    fn put(&self, name: &str, bytes: &[u8]) -> std::io::Result<bool>;

    /// True while nothing is to go out, as in a practice that was restored and that nobody has looked at: no file is planned
    /// or put there, and claims that are ready wait.
    fn holds(&self) -> bool {
        false
    }
}
