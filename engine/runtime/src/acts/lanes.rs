//! The threads of one plugin. They take what waits by themselves, so that they go on while outcomes are being written to
//! the disk. A call that does not come back is given up: its thread is left to itself, and another one takes its place as
//! long as there are not too many lost.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use claimflow_core::Text;
use crossbeam_channel::Sender;

use super::crew::{Act, GRACE, Message, Outcome, outcome_of, perform};
use super::lock;
use crate::plugin::Fault;

/// So many calls of one plugin may be lost at a time before nothing more is tried.
const MOST_LOST: usize = 16;
const ALL_LOST: &str = "the plugin does not come back from its calls; start claimflow anew";
const NO_THREAD: &str = "the system has no thread for the plugin";

/// See the module.
pub(super) struct Lane {
    plugin: Text,
    work: Arc<Work>,
    out: Sender<Message>,
}

/// What the threads of a lane share.
#[derive(Default)]
struct Work {
    inner: Mutex<Inner>,
    /// Told when more waits, or the lane ends.
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    at_once: usize,
    waiting: VecDeque<Act>,
    threads: Vec<Thread>,
    ended: bool,
}

/// What a thread does.
#[derive(Default)]
struct Thread {
    /// When its call counts as lost, with what is told then; none while it has nothing to do.
    busy: Option<(Instant, Box<Outcome>)>,
    lost: bool,
}

impl Lane {
    pub(super) fn new(plugin: Text, out: Sender<Message>) -> Self {
        Self { plugin, work: Arc::default(), out }
    }

    /// Takes an act on, for one of so many threads. Returns outcomes of what nobody will do.
    pub(super) fn push(&self, act: Act, at_once: usize) -> Vec<Outcome> {
        let mut inner = lock(&self.work.inner);
        inner.at_once = at_once;
        inner.waiting.push_back(act);
        drop(inner);
        self.work.changed.notify_one();
        self.man()
    }

    /// When to look next for calls that are lost: none that is under way, or taken on from now, is lost before that.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let inner = lock(&self.work.inner);
        let busy = inner.threads.iter().filter_map(|own| own.busy.as_ref().map(|(at, _)| *at));
        let waiting = inner.waiting.iter().map(|act| act.timeout).min();
        busy.chain(waiting.map(|timeout| Instant::now() + timeout + GRACE)).min()
    }

    /// Gives up calls that are late. Returns what comes of them.
    pub(super) fn give_up(&self, now: Instant) -> Vec<Outcome> {
        let mut late = Vec::new();
        for thread in &mut lock(&self.work.inner).threads {
            if let Some((_, outcome)) = thread.busy.take_if(|(at, _)| *at <= now) {
                thread.lost = true;
                late.push(*outcome);
            }
        }
        if !late.is_empty() {
            // A thread whose call was lost before may be back, and wait for this place.
            self.work.changed.notify_all();
        }
        late.extend(self.man());
        late
    }

    /// Sees to it that what waits has threads. Returns outcomes of what has none and gets none.
    fn man(&self) -> Vec<Outcome> {
        loop {
            let mut inner = lock(&self.work.inner);
            if inner.lost() >= MOST_LOST {
                return inner.refuse(ALL_LOST);
            }
            let live = inner.threads.len() - inner.lost();
            if live >= inner.at_once.min(inner.waiting.len() + inner.busy()) {
                return Vec::new();
            }
            let place = inner.threads.len();
            if let Err(error) = self.start(place) {
                tracing::warn!(%error, plugin = %self.plugin, "no thread for a plugin");
                // What waits goes on with those that are there.
                return if live == 0 { inner.refuse(NO_THREAD) } else { Vec::new() };
            }
            inner.threads.push(Thread::default());
        }
    }

    /// A thread more; it waits until its place is there.
    fn start(&self, place: usize) -> std::io::Result<()> {
        let (work, out) = (self.work.clone(), self.out.clone());
        let run = move || {
            while let Some(mut act) = work.next(place) {
                let outcome = Box::new(perform(&mut act));
                let counts = work.came_back(place);
                if out.send(Message::Back(outcome, counts)).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name(format!("plugin {}", self.plugin)).spawn(run).map(drop)
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        lock(&self.work.inner).ended = true;
        self.work.changed.notify_all();
    }
}

impl Work {
    /// Waits for something to do. None when the lane has ended.
    fn next(&self, place: usize) -> Option<Act> {
        let mut inner = lock(&self.inner);
        loop {
            if inner.ended {
                return None;
            }
            if let Some(act) = inner.take(place) {
                return Some(act);
            }
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Notes that a thread's call came back; false when it was given up before.
    fn came_back(&self, place: usize) -> bool {
        let mut inner = lock(&self.inner);
        let Some(thread) = inner.threads.get_mut(place) else { return false };
        thread.lost = false;
        thread.busy.take().is_some()
    }
}

impl Inner {
    fn busy(&self) -> usize {
        self.threads.iter().filter(|own| own.busy.is_some()).count()
    }

    fn lost(&self) -> usize {
        self.threads.iter().filter(|own| own.lost).count()
    }

    fn take(&mut self, place: usize) -> Option<Act> {
        if self.busy() >= self.at_once {
            return None;
        }
        let act = self.waiting.pop_front()?;
        let late = Fault::temporary(format!("no answer within {} ms", act.timeout.as_millis()));
        let until = Instant::now() + act.timeout + GRACE;
        if let Some(thread) = self.threads.get_mut(place) {
            thread.busy = Some((until, Box::new(outcome_of(&act, Err(late)))));
        }
        Some(act)
    }

    fn refuse(&mut self, reason: &str) -> Vec<Outcome> {
        self.waiting.drain(..).map(|act| outcome_of(&act, Err(Fault::temporary(reason)))).collect()
    }
}
