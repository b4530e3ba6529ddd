//! The threads of one plugin. A call that does not come back is given up: its thread is left to itself, and another one
//! takes its place as long as there are not too many lost.

use std::collections::VecDeque;
use std::thread;
use std::time::Instant;

use claimflow_core::Text;
use crossbeam_channel::Sender;

use super::crew::{Act, GRACE, Message, Outcome, outcome_of, perform};
use crate::plugin::Fault;

/// So many calls of one plugin may be lost at a time before nothing more is tried.
const MOST_LOST: usize = 16;

/// See the module.
pub(super) struct Lane {
    plugin: Text,
    pub(super) at_once: usize,
    waiting: VecDeque<Act>,
    threads: Vec<Thread>,
    out: Sender<Message>,
}

/// A thread, and what it does.
struct Thread {
    tell: Sender<Act>,
    /// When its call counts as lost, with what is told then; none while it has nothing to do.
    busy: Option<(Instant, Box<Outcome>)>,
    lost: bool,
}

impl Lane {
    pub(super) fn new(plugin: Text, out: Sender<Message>) -> Self {
        Self { plugin, at_once: 1, waiting: VecDeque::new(), threads: Vec::new(), out }
    }

    /// Acts that have no outcome yet.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.threads.iter().filter(|own| own.busy.is_some()).count()
    }

    pub(super) fn push(&mut self, act: Act) {
        self.waiting.push_back(act);
        self.go_on();
    }

    /// When the first call counts as lost.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.threads.iter().filter_map(|own| own.busy.as_ref().map(|(at, _)| *at)).min()
    }

    /// Notes that a thread's call came back; false when it was given up before.
    pub(super) fn came_back(&mut self, place: usize) -> bool {
        let Some(thread) = self.threads.get_mut(place) else { return false };
        let counts = thread.busy.take().is_some();
        thread.lost = false;
        self.go_on();
        counts
    }

    /// Gives up calls that are late.
    pub(super) fn give_up(&mut self, now: Instant, ready: &mut Vec<Outcome>) {
        for thread in &mut self.threads {
            if let Some((_, outcome)) = thread.busy.take_if(|(at, _)| *at <= now) {
                thread.lost = true;
                ready.push(*outcome);
            }
        }
        self.go_on();
        if self.lost() >= MOST_LOST {
            let reason = "the plugin does not come back from its calls; start claimflow anew";
            let told = |act: Act| outcome_of(&act, Err(Fault::temporary(reason)));
            ready.extend(self.waiting.drain(..).map(told));
        }
    }

    fn lost(&self) -> usize {
        self.threads.iter().filter(|own| own.lost).count()
    }

    /// Hands out what waits to threads that have nothing to do.
    fn go_on(&mut self) {
        while !self.waiting.is_empty() {
            let busy = self.threads.iter().filter(|own| own.busy.is_some()).count();
            let lost = self.lost();
            if busy >= self.at_once || lost >= MOST_LOST {
                return;
            }
            let free = self.threads.iter().position(|own| own.busy.is_none() && !own.lost);
            let place = match free {
                Some(place) => place,
                None => match self.start() {
                    Some(place) => place,
                    None => return,
                },
            };
            let (Some(thread), Some(act)) = (self.threads.get_mut(place), self.waiting.pop_front()) else {
                return;
            };
            let late = Fault::temporary(format!("no answer within {} ms", act.timeout.as_millis()));
            let until = Instant::now() + act.timeout + GRACE;
            thread.busy = Some((until, Box::new(outcome_of(&act, Err(late)))));
            if let Err(refused) = thread.tell.send(act) {
                // The thread has gone: what it should do is tried with the next attempt.
                let gone =
                    outcome_of(&refused.into_inner(), Err(Fault::temporary("the plugin's thread has ended")));
                let told = Message::Back(self.plugin.clone(), place, Box::new(gone));
                let _heard = self.out.send(told);
            }
        }
    }

    /// A thread more. None when the system has none: what waits goes on with those that are there.
    fn start(&mut self) -> Option<usize> {
        let place = self.threads.len();
        let (tell, told) = crossbeam_channel::bounded::<Act>(1);
        let (plugin, out) = (self.plugin.clone(), self.out.clone());
        let work = move || {
            for mut act in told {
                let outcome = Box::new(perform(&mut act));
                if out.send(Message::Back(plugin.clone(), place, outcome)).is_err() {
                    return;
                }
            }
        };
        let name = format!("plugin {}", self.plugin);
        match thread::Builder::new().name(name).spawn(work) {
            Ok(_) => {
                self.threads.push(Thread { tell, busy: None, lost: false });
                Some(place)
            }
            Err(error) => {
                tracing::warn!(%error, plugin = %self.plugin, "no thread for a plugin");
                if self.threads.is_empty() {
                    self.fail_all();
                }
                None
            }
        }
    }

    fn fail_all(&mut self) {
        for act in self.waiting.drain(..) {
            let outcome = outcome_of(&act, Err(Fault::temporary("the system has no thread for the plugin")));
            // The place of no thread: what comes back there counts nowhere, so it is put in as a thread that has ended.
            let place = self.threads.len();
            let (tell, _) = crossbeam_channel::bounded(1);
            self.threads.push(Thread { tell, busy: Some((Instant::now(), Box::new(outcome))), lost: false });
            debug_assert!(place < self.threads.len());
        }
    }
}
