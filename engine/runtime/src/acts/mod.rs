//! The acting loop: what plugins are asked is done outside all locks, and what comes of it is fed back.
//!
//! Intent, act, outcome. The request is durable before anybody acts on it; what came of it goes the way of every other
//! input. A request without an outcome is in the state's index of open requests, and is done again, under the same key,
//! by whoever opens the engine next.

mod crew;
mod lanes;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use claimflow_core::Text;
use claimflow_core::state::ClaimState;
use claimflow_core::step::{ActionResult, Input};
use crossbeam_channel::Sender;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::keys;
use crate::load::load;
use crate::plugin::{Call, PluginHealth, Tallies};
use crate::summary::Summary;
use crew::{Act, Crew, Message, Outcome};

/// Results that are made durable together, at most.
const TOGETHER: usize = 512;

/// Claims with an open request.
#[derive(Default)]
pub(crate) struct Acts {
    waiting: Mutex<Waiting>,
    /// Told when something waits, or all is to end.
    changed: Condvar,
    /// One at a time acts; the sender wakes whoever does. The threads stay, and calls that are lost stay lost.
    acting: Mutex<Option<Crew>>,
    wake: Mutex<Option<Sender<Message>>>,
    stopped: AtomicBool,
    pub(crate) tallies: Tallies,
}

#[derive(Default)]
struct Waiting {
    /// Those that nobody acts on yet.
    queue: VecDeque<u64>,
    /// How many outcomes each is still to get, those that somebody acts on included.
    owed: FxHashMap<u64, u32>,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Acted {
    /// Requests that came out.
    pub done: u64,
    /// Requests that failed; those with attempts left are tried again later.
    pub failed: u64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Acts {
    /// Takes in claims whose request is durable.
    pub fn add(&self, numbers: impl IntoIterator<Item = u64>) {
        let mut waiting = lock(&self.waiting);
        let before = waiting.queue.len();
        for number in numbers {
            waiting.queue.push_back(number);
            *waiting.owed.entry(number).or_default() += 1;
        }
        if waiting.queue.len() == before {
            return;
        }
        drop(waiting);
        self.changed.notify_all();
        self.wake_up();
    }

    fn wake_up(&self) {
        if let Some(wake) = &*lock(&self.wake) {
            // Whoever acts may just have ended; then the next one finds what waits.
            let _told = wake.try_send(Message::Wake);
        }
    }

    fn next(&self) -> Option<u64> {
        lock(&self.waiting).queue.pop_front()
    }

    /// Notes that an outcome is there, or that none will come.
    fn settle(&self, numbers: &[u64]) {
        let mut waiting = lock(&self.waiting);
        for number in numbers {
            match waiting.owed.get_mut(number) {
                Some(owed) if *owed > 1 => *owed -= 1,
                _ => drop(waiting.owed.remove(number)),
            }
        }
    }

    /// Of these claims, those that nobody here is about to give an outcome. The deadline of a request is for one that was
    /// lost: while somebody acts and it waits for its turn, it is not.
    pub fn not_owed(&self, numbers: Vec<u64>) -> Vec<u64> {
        let waiting = lock(&self.waiting);
        if waiting.owed.is_empty() || self.acting.try_lock().is_ok() {
            return numbers;
        }
        numbers.into_iter().filter(|number| !waiting.owed.contains_key(number)).collect()
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}

impl Engine {
    /// Does what plugins are asked until nothing is open any more, or only what is tried again later; each outcome is taken
    /// in as soon as it is there. At once when nothing is asked.
    ///
    /// # Errors
    /// When the store fails. What fails at a plugin is no error: it stands at its claim.
    pub fn perform_requests(&self) -> Result<Acted> {
        let mut acted = Acted::default();
        if lock(&self.acts.waiting).queue.is_empty() {
            return Ok(acted);
        }
        // Whoever acts already goes on until nothing is left.
        let Ok(mut acting) = self.acts.acting.try_lock() else { return Ok(acted) };
        let crew = acting.get_or_insert_with(Crew::new);
        *lock(&self.acts.wake) = Some(crew.waker());
        let result = self.act_all(crew, &mut acted);
        *lock(&self.acts.wake) = None;
        if result.is_err() {
            *acting = None;
            // What was under way has no outcome in the journal: `resume_requests` finds it again.
            *lock(&self.acts.waiting) = Waiting::default();
        }
        result.map(|()| acted)
    }

    /// Waits until a plugin is asked something, at most so long. False when nothing was, or the engine is to end.
    pub fn await_requests(&self, most: Duration) -> bool {
        let until = Instant::now() + most;
        let mut waiting = lock(&self.acts.waiting);
        while waiting.queue.is_empty() && !self.acts.is_stopped() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            (waiting, _) =
                self.acts.changed.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner);
        }
        !self.acts.is_stopped()
    }

    /// Ends [`perform_requests`](Self::perform_requests) and [`await_requests`](Self::await_requests) soon, for good. What
    /// is under way is done again by whoever opens the engine next.
    pub fn stop_performing(&self) {
        self.acts.stopped.store(true, Ordering::Release);
        // Whoever is about to wait has seen it by now, or hears what follows.
        drop(lock(&self.acts.waiting));
        self.acts.changed.notify_all();
        self.acts.wake_up();
    }

    /// How a plugin's calls went since the engine was opened.
    pub fn plugin_health(&self, plugin: &str) -> PluginHealth {
        self.acts.tallies.of(plugin)
    }

    /// How many requests have no outcome yet.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn open_requests(&self) -> Result<usize> {
        Ok(self.view.collect(b"o")?.len())
    }

    /// Takes in what the state has as open: on start, and after [`perform_requests`](Self::perform_requests) has failed.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn resume_requests(&self) -> Result<()> {
        let open = self.view.collect(b"o")?;
        self.acts.add(open.iter().filter_map(|(key, _)| keys::number_at_end(key)));
        Ok(())
    }

    fn act_all(&self, crew: &mut Crew, acted: &mut Acted) -> Result<()> {
        while !self.acts.is_stopped() {
            let mut ready = Vec::new();
            while crew.takes_more() && ready.len() < TOGETHER {
                let Some(number) = self.acts.next() else { break };
                match self.prepare(number) {
                    Ok(Some(Prepared::Act(act))) => crew.take(*act),
                    Ok(Some(Prepared::Answer(outcome))) => ready.push(*outcome),
                    Ok(None) => self.acts.settle(&[number]),
                    Err(error) => self.leave_out(number, error)?,
                }
            }
            if ready.is_empty() {
                if crew.is_idle() {
                    if lock(&self.acts.waiting).queue.is_empty() {
                        return Ok(());
                    }
                    continue;
                }
                ready = crew.outcomes(TOGETHER);
            }
            self.take_in(ready, acted)?;
        }
        Ok(())
    }

    /// A claim that cannot be read is an incident, and the others go on.
    fn leave_out(&self, number: u64, error: Error) -> Result<()> {
        let mut books = self.books();
        if !self.note_trouble(&mut books, number, &error, "plugin")? {
            return Err(error);
        }
        self.acts.settle(&[number]);
        Ok(())
    }

    /// The call that a claim's open request stands for. None when it is not open any more.
    fn prepare(&self, number: u64) -> Result<Option<Prepared>> {
        let Some((head, summary)) = self.summary(number)? else { return Ok(None) };
        if summary.is_final {
            return Ok(None);
        }
        let kept = self.recent.look(&[number], |_, kept| {
            kept.filter(|kept| kept.head == head).map(|kept| self.prepared(&summary, &kept.state))
        });
        match kept.into_iter().next().flatten() {
            Some(prepared) => Ok(prepared),
            None => Ok(self.prepared(&summary, &load(self.store.as_ref(), head)?)),
        }
    }

    fn prepared(&self, summary: &Summary, state: &ClaimState) -> Option<Prepared> {
        let number = summary.number;
        let request = state.request.as_ref().filter(|open| open.is_under_way())?.request.clone();
        let practice = self.practice();
        let Some(plugin) = practice.plugins().and_then(|all| all.offering(&request.action)).cloned() else {
            let reason = format!("no plugin offers `{}`; put it back, then try again", request.action);
            let result = ActionResult::Failed { reason: Text::from(reason), for_good: true };
            let outcome = Outcome {
                number,
                key: request.key,
                attempt: request.attempt,
                plugin: None,
                owed: true,
                result,
            };
            return Some(Prepared::Answer(Box::new(outcome)));
        };
        let info = plugin.info().clone();
        let facts = match info.grants.registers.is_empty() {
            true => claimflow_core::Facts::default(),
            false => info.grants.facts(&practice.facts(&state.claim)),
        };
        let timeout = request.timeout.map_or(info.timeout, |own| Duration::from_millis(own.0.unsigned_abs()));
        let now = self.now();
        let call = Call {
            // A practice led back to an earlier moment gives numbers again: what it asks of another claim is something else.
            key: Text::from(format!("{}/{:016x}", request.key, summary.content)),
            action: request.action,
            attempt: request.attempt,
            inputs: request.input,
            claim: info.grants.claim(&state.claim),
            facts,
            today: now.date(),
            now,
            deadline: Instant::now() + timeout,
        };
        let (key, timeout) = (request.key, timeout.min(info.timeout));
        Some(Prepared::Act(Box::new(Act { number, key, plugin, call, timeout })))
    }

    /// Feeds back what came of acts, many in one durable write.
    fn take_in(&self, outcomes: Vec<Outcome>, acted: &mut Acted) -> Result<()> {
        let now = self.now();
        let owed: Vec<u64> = outcomes.iter().filter(|own| own.owed).map(|own| own.number).collect();
        // The same claim twice in one run waits for itself: an act that was lost and one that came late.
        let mut seen = FxHashSet::default();
        let mut inputs = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            let Outcome { number, key, attempt, plugin, result, .. } = outcome;
            let failed = matches!(result, ActionResult::Failed { .. });
            *(if failed { &mut acted.failed } else { &mut acted.done }) += 1;
            if let Some(plugin) = plugin {
                self.acts.tallies.note(&plugin, failed, now);
            }
            let input = Input::Performed { key, attempt, result };
            if seen.insert(number) {
                inputs.push((number, input));
            } else {
                let moved = self.send_each(std::mem::take(&mut inputs), "plugin")?;
                self.send_queued(moved)?;
                seen.clear();
                seen.insert(number);
                inputs.push((number, input));
            }
        }
        let moved = self.send_each(inputs, "plugin")?;
        // Only now: a deadline that is looked at meanwhile must not come before an outcome that is there.
        self.acts.settle(&owed);
        self.send_queued(moved)
    }
}

enum Prepared {
    Act(Box<Act>),
    /// It cannot be done, and that is its outcome.
    Answer(Box<Outcome>),
}
