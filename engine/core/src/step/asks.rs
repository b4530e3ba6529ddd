//! What plugins do: asked with a key that stays the same, tried again after pauses, and taken in once.

use super::{ActionResult, Step, StepError, Stepper};
use crate::event::{Effect, Event, Request};
use crate::workflow::{Asks, DEFAULT_TIMEOUT, StateIndex, StateKind, Workflow, stage_of};
use crate::{Level, Span, Text, Values};

impl<'a> Stepper<'a> {
    /// Asks for the first time.
    pub(super) fn request(&mut self, action: &Text, asks: &Asks) -> Step {
        let key = Text::from(format!("{}/{}", self.context.number, self.state.sequence + 1));
        let input = self.values(&asks.input);
        self.ask(Request {
            key,
            action: action.clone(),
            attempt: 1,
            input,
            timeout: asks.timeout,
            until: self.context.now.plus(longest(asks)),
        })
    }

    fn ask(&mut self, request: Request) -> Step {
        self.emit(Event::Requested(Box::new(request.clone())))?;
        self.effects.push(Effect::Perform(Box::new(request)));
        Ok(())
    }

    /// Asks again for the same, under the same key.
    fn ask_again(&mut self, attempt: u32, asks: &Asks) -> Step {
        let Some(open) = &self.state.request else { return Ok(()) };
        let until = self.context.now.plus(longest(asks));
        self.ask(Request { attempt, timeout: asks.timeout, until, ..open.request.clone() })
    }

    /// How the present state asks its plugin, when it does.
    fn asks(&self) -> Step<Option<&'a Asks>> {
        let workflow: &'a Workflow = self.context.workflow;
        Ok(match &workflow.state(self.current()?).kind {
            StateKind::Work { asks: Some(asks), .. } => Some(asks.as_ref()),
            _ => None,
        })
    }

    /// An outcome counts whichever attempt it is of; a failure only of the attempt that is under way.
    pub(super) fn performed(&mut self, key: &str, attempt: u32, result: ActionResult) -> Step {
        let Some(open) = self.state.request.as_ref().filter(|open| open.request.key == key) else {
            return Ok(());
        };
        let current = open.is_under_way() && open.request.attempt == attempt;
        let Some(asks) = self.asks()? else { return Ok(()) };
        match result {
            ActionResult::Done { outcome, output, by } => self.done(asks, outcome, output, by),
            ActionResult::Failed { reason, for_good } if current => self.fail(asks, reason, for_good),
            ActionResult::Failed { .. } => Ok(()),
        }
    }

    fn done(&mut self, asks: &Asks, outcome: Text, output: Values, by: Text) -> Step {
        let kept = match self.kept(&asks.keep, &output) {
            Ok(kept) => kept,
            Err(reason) => {
                let under_way = self.state.request.as_ref().is_some_and(crate::OpenRequest::is_under_way);
                return if under_way { self.fail(asks, reason, true) } else { Ok(()) };
            }
        };
        let key = self.state.request.as_ref().map(|open| open.request.key.clone()).unwrap_or_default();
        self.emit(Event::Performed { key, outcome, output, by })?;
        self.keep_values(kept)?;
        let from = self.current()?;
        match self.choose(from, "") {
            Some(to) => self.enter(to),
            None => Ok(()),
        }
    }

    fn fail(&mut self, asks: &Asks, reason: Text, for_good: bool) -> Step {
        let Some(open) = &self.state.request else { return Ok(()) };
        let (key, attempt) = (open.request.key.clone(), open.request.attempt);
        let retry = asks.retry.filter(|retry| !for_good && attempt <= retry.times);
        let again = retry.map(|retry| self.context.now.plus(retry.pause(self.context.number, attempt)));
        self.emit(Event::Failed { key, attempt, reason, again })?;
        match asks.on_error {
            Some(target) if again.is_none() => self.enter(target),
            _ => Ok(()),
        }
    }

    /// The deadline of a request: an attempt that took too long has failed, and after a pause it is tried again.
    pub(super) fn request_timer(&mut self, asks: &Asks) -> Step {
        let Some(open) = &self.state.request else { return Ok(()) };
        if open.is_under_way() {
            let took = open.request.until.0.saturating_sub(open.since.0);
            return self.fail(asks, Text::from(format!("no answer within {}", Span(took).words())), false);
        }
        let next = open.request.attempt.saturating_add(1);
        self.ask_again(next, asks)
    }

    /// A person has it tried again, with as many attempts as at first.
    ///
    /// A claim that has come in and never begun begins; one that an erring rule holds goes back to that rule's stage.
    pub(super) fn retry(&mut self) -> Step {
        if self.state.state.is_empty() {
            let workflow = self.context.workflow;
            return self.enter(if self.state.history { workflow.history() } else { workflow.start() });
        }
        if let Some(stage) = self.erring()? {
            self.close_items("retried")?;
            return self.enter(stage);
        }
        let asks = self.asks()?;
        match (&self.state.request, asks) {
            (Some(open), Some(asks)) if !open.is_under_way() => self.ask_again(1, asks),
            (Some(_), _) => Err(StepError::NothingToRetry("the plugin has not answered yet")),
            _ => Err(StepError::NothingToRetry("no action of the claim has failed")),
        }
    }
}

impl Stepper<'_> {
    /// The state that runs the first stage of which a rule could not be decided, where that is what a person has the claim
    /// for.
    fn erring(&self) -> Step<Option<StateIndex>> {
        let workflow = self.context.workflow;
        if !matches!(workflow.state(self.current()?).kind, StateKind::WorkItem { .. }) {
            return Ok(None);
        }
        let erring = self.state.holding().filter(|finding| finding.level == Level::Error);
        let Some(stage) = erring.map(|finding| finding.stage).min() else { return Ok(None) };
        let runs = |kind: &StateKind| match kind {
            StateKind::Work { action, .. } => stage_of(action) == Some(stage),
            _ => false,
        };
        let runner = workflow.states().iter().find(|state| runs(&state.kind));
        Ok(runner.and_then(|state| workflow.find(&state.name)))
    }
}

/// How long an attempt may take, at least a second.
fn longest(asks: &Asks) -> Span {
    Span(asks.timeout.unwrap_or(DEFAULT_TIMEOUT).0.max(1_000))
}
