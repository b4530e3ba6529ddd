//! Who acts: a few threads for each plugin, and somebody who looks at the clock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use claimflow_core::Text;
use claimflow_core::step::ActionResult;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use rustc_hash::FxHashMap;

use super::lanes::Lane;
use crate::plugin::{Call, Done, Fault, Plugin};

/// Acts that are prepared ahead, for all plugins together: each holds a claim.
const AHEAD: usize = 1_024;

/// After its deadline a call has so long to come back before it counts as lost.
pub(super) const GRACE: Duration = Duration::from_millis(500);

/// One thing to do.
pub(super) struct Act {
    pub(super) number: u64,
    /// The request's.
    pub(super) key: Text,
    pub(super) plugin: Arc<dyn Plugin>,
    pub(super) call: Call,
    /// How long it may take, from when it begins.
    pub(super) timeout: Duration,
}

/// What came of it.
pub(super) struct Outcome {
    pub(super) number: u64,
    pub(super) key: Text,
    pub(super) attempt: u32,
    /// None when no plugin offers it.
    pub(super) plugin: Option<Text>,
    /// False when its call had been given up, and that was its outcome.
    pub(super) owed: bool,
    pub(super) result: ActionResult,
}

/// What threads tell.
pub(super) enum Message {
    /// What came of an act, and whether it was waited for: false when it was given up before.
    Back(Box<Outcome>, bool),
    /// There may be more to do.
    Wake,
}

/// The threads, by plugin.
pub(super) struct Crew {
    lanes: FxHashMap<Text, Lane>,
    /// Acts without an outcome that was handed on.
    open: usize,
    /// Outcomes of what nobody will do.
    refused: Vec<Outcome>,
    out: Sender<Message>,
    back: Receiver<Message>,
}

impl Crew {
    /// A crew with nothing to do.
    pub(super) fn new() -> Self {
        let (out, back) = unbounded();
        Self { lanes: FxHashMap::default(), open: 0, refused: Vec::new(), out, back }
    }

    /// A way to wake whoever waits for it.
    pub(super) fn waker(&self) -> Sender<Message> {
        self.out.clone()
    }

    pub(super) const fn takes_more(&self) -> bool {
        self.open < AHEAD
    }

    pub(super) const fn is_idle(&self) -> bool {
        self.open == 0
    }

    pub(super) fn take(&mut self, act: Act) {
        let info = act.plugin.info();
        let (name, at_once) = (info.name.clone(), info.at_once.max(1));
        let lane = self.lanes.entry(name.clone()).or_insert_with(|| Lane::new(name, self.out.clone()));
        self.open += 1;
        self.refused.extend(lane.push(act, at_once));
    }

    /// Waits for outcomes, and takes all that are there, up to so many. None when something else is to be looked at first.
    pub(super) fn outcomes(&mut self, most: usize) -> Vec<Outcome> {
        let mut ready = std::mem::take(&mut self.refused);
        self.open -= ready.len().min(self.open);
        // Also while others come back without a pause.
        self.give_up(&mut ready);
        if ready.is_empty() {
            match self.first() {
                Ok(message) => self.note(message, &mut ready),
                Err(_late) => self.give_up(&mut ready),
            }
        }
        while ready.len() < most
            && let Ok(message) = self.back.try_recv()
        {
            self.note(message, &mut ready);
        }
        ready
    }

    fn first(&self) -> Result<Message, RecvTimeoutError> {
        match self.lanes.values().filter_map(Lane::next_deadline).min() {
            Some(at) => self.back.recv_timeout(at.saturating_duration_since(Instant::now())),
            None => self.back.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn give_up(&mut self, ready: &mut Vec<Outcome>) {
        let now = Instant::now();
        let late: Vec<Outcome> = self.lanes.values().flat_map(|lane| lane.give_up(now)).collect();
        self.open -= late.len().min(self.open);
        ready.extend(late);
    }

    fn note(&mut self, message: Message, ready: &mut Vec<Outcome>) {
        let Message::Back(mut outcome, counts) = message else { return };
        outcome.owed = counts;
        self.open -= usize::from(counts).min(self.open);
        // What was done counts, however late.
        if counts || matches!(outcome.result, ActionResult::Done { .. }) {
            ready.push(*outcome);
        }
    }
}

/// Does one act on this thread. A plugin that panics has failed for good.
pub(super) fn perform(act: &mut Act) -> Outcome {
    act.call.deadline = Instant::now() + act.timeout;
    let (plugin, call) = (&act.plugin, &act.call);
    let result = catch_unwind(AssertUnwindSafe(|| plugin.perform(call)));
    let result =
        result.unwrap_or_else(|_| Err(Fault::for_good("the plugin has a fault of its own (it panicked)")));
    outcome_of(act, result)
}

/// The longest reason that is kept at a claim.
const REASON: usize = 400;

pub(super) fn outcome_of(act: &Act, result: Result<Done, Fault>) -> Outcome {
    let info = act.plugin.info();
    let result = match result {
        Ok(Done { outcome, output }) => ActionResult::Done { outcome, output, by: info.signature() },
        Err(Fault { reason, for_good }) => {
            let reason: String = reason.chars().take(REASON).collect();
            ActionResult::Failed { reason: Text::from(reason), for_good }
        }
    };
    Outcome {
        number: act.number,
        key: act.key.clone(),
        attempt: act.call.attempt,
        plugin: Some(info.name.clone()),
        owed: true,
        result,
    }
}
