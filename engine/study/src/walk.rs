//! All claims of a history, on as many threads as there are cores.

use std::num::NonZero;
use std::thread;

use claimflow_runtime::{History, Past, Result};

/// Fewer claims than this a thread are not worth one.
const A_THREAD: usize = 256;

/// Past claims, read one at a time and by several threads at once.
pub trait Pasts: Sync {
    /// How many places there are.
    fn count(&self) -> usize;

    /// The claim at a place, from 0; none where there is nothing to tell.
    ///
    /// # Errors
    /// When it cannot be read.
    fn past(&self, place: usize) -> Result<Option<Past>>;
}

impl Pasts for History {
    fn count(&self) -> usize {
        self.len()
    }

    fn past(&self, place: usize) -> Result<Option<Past>> {
        Self::past(self, place)
    }
}

impl Pasts for &[Past] {
    fn count(&self) -> usize {
        self.len()
    }

    fn past(&self, place: usize) -> Result<Option<Past>> {
        Ok(self.get(place).cloned())
    }
}

/// The last claims of a history.
pub struct Latest<'a> {
    pasts: &'a dyn Pasts,
    skipped: usize,
}

impl<'a> Latest<'a> {
    /// At most so many, those that came in last.
    pub fn new(pasts: &'a dyn Pasts, most: usize) -> Self {
        Self { pasts, skipped: pasts.count().saturating_sub(most) }
    }
}

impl Pasts for Latest<'_> {
    fn count(&self) -> usize {
        self.pasts.count().saturating_sub(self.skipped)
    }

    fn past(&self, place: usize) -> Result<Option<Past>> {
        self.pasts.past(self.skipped + place)
    }
}

/// What is counted over claims: parts counted apart come together in the order of the claims.
pub(crate) trait Tally: Default + Send {
    /// Adds what comes after.
    fn join(&mut self, later: Self);
}

/// Counts all claims. `each` adds one claim to a tally; the answer does not depend on the number of threads.
pub(crate) fn walk<T: Tally>(pasts: &dyn Pasts, each: impl Fn(&mut T, &Past) + Sync) -> Result<T> {
    let count = pasts.count();
    let threads =
        thread::available_parallelism().map_or(1, NonZero::get).min(count.div_ceil(A_THREAD)).max(1);
    let share = count.div_ceil(threads).max(1);
    let part = |from: usize| -> Result<T> {
        let mut tally = T::default();
        for place in from..(from + share).min(count) {
            if let Some(past) = pasts.past(place)? {
                each(&mut tally, &past);
            }
        }
        Ok(tally)
    };
    let part = &part;
    if threads == 1 {
        return part(0);
    }
    let parts: Vec<Result<T>> = thread::scope(|scope| {
        let starts = (0..count).step_by(share);
        let running: Vec<_> = starts.map(|from| (from, scope.spawn(move || part(from)))).collect();
        // A thread that panicked is counted again here, where the panic is the caller's own.
        running.into_iter().map(|(from, thread)| thread.join().unwrap_or_else(|_| part(from))).collect()
    });
    let mut whole = T::default();
    for part in parts {
        whole.join(part?);
    }
    Ok(whole)
}
