//! What each action does: its stage's rules, and the stage's own work.

use super::{Step, Stepper};
use crate::event::{Effect, Event};
use crate::state::holds;
use crate::workflow::stage_of;
use crate::{Evaluation, RuleInput, Stage, Text};

impl Stepper<'_> {
    /// Performs a state's action. The actions of the core are the stages; the checker lets no other through.
    pub(super) fn perform(&mut self, action: &str) -> Step {
        match stage_of(action) {
            Some(Stage::Submit) => self.submit(),
            Some(Stage::Adjudicate) => self.adjudicate(),
            Some(Stage::Categorize) => self.categorize(),
            Some(Stage::Route) => self.route(),
            Some(stage) => self.examine(stage).map(|_| ()),
            None => self.emit(Event::Unfit { what: Text::from(format!("no plugin offers `{action}`")) }),
        }
    }

    /// Runs a stage's rules on the claim as it stands.
    pub(super) fn evaluate(&self, stage: Stage) -> Evaluation {
        let context = &self.context;
        let as_of = context.calendar.date(context.now);
        context.rules.evaluate(&RuleInput::of(&self.state, stage, context.facts, as_of))
    }

    /// Records a stage's evaluation with its outcome.
    pub(super) fn record(&mut self, stage: Stage, evaluation: Evaluation, outcome: &str) -> Step {
        let Evaluation { changes, findings, considered, shadow } = evaluation;
        let rules = self.context.rules.generation().clone();
        self.judged = true;
        let outcome = outcome.into();
        self.emit(Event::Evaluated { stage, rules: rules.clone(), considered, changes, findings, outcome })?;
        if shadow.is_empty() {
            return Ok(());
        }
        self.emit(Event::Shadowed { stage, rules, findings: shadow })
    }

    /// A stage before submission: passed or held. True when it passed.
    fn examine(&mut self, stage: Stage) -> Step<bool> {
        let evaluation = self.evaluate(stage);
        let held = evaluation.findings.iter().any(|finding| holds(finding, &self.state));
        self.record(stage, evaluation, if held { "held" } else { "passed" })?;
        Ok(!held)
    }

    fn submit(&mut self) -> Step {
        if !self.examine(Stage::Submit)? {
            return Ok(());
        }
        let (sent_as, changes) = super::submit::prepare(&self.state, self.context.number);
        self.emit(Event::Queued { sent_as, changes })?;
        let key = Text::from(format!("{}/{}", self.context.number, self.state.sequence));
        self.effects.push(Effect::Submit { key });
        Ok(())
    }
}
