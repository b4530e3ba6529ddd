//! What each input does before the claim goes on: one function an input.

use super::{Input, Step, StepError, Stepper};
use crate::event::{Event, Remitted, Submission};
use crate::state::TIMER;
use crate::workflow::StateKind;
use crate::{Acknowledgment, AcknowledgmentKind, Change, Claim, Hash, Level, Owner, Text, field};

/// How a person's work can end. What moves a claim with data of its own (a decision, a correction) is not told so.
const OUTCOMES: [&str; 4] = ["resolved", "appealed", "written-off", "patient-paid"];

impl Stepper<'_> {
    pub(super) fn take_in(&mut self, input: Input) -> Step {
        match input {
            Input::Received { claim, source, history } => self.receive(claim, source, history),
            Input::Submitted(submission) => self.submitted(submission),
            Input::Acknowledged(answer) => self.acknowledge(answer),
            Input::Remitted(remitted) => self.remitted(remitted),
            Input::Corrected { fields, reason } => self.correct(&fields, reason),
            Input::Replaced { claim, source } => self.replace(claim, source),
            Input::Released { reason } => self.release(reason),
            Input::NewFact => self.new_fact(),
            Input::Resolved { item, outcome, reason } => self.resolve(item, &outcome, reason),
            Input::Reassigned { item, owner, reason } => self.reassign(item, &owner, reason),
            Input::Timer => self.timer(),
            Input::Performed { key, attempt, result } => self.performed(&key, attempt, result),
            Input::Retry => self.retry(),
            Input::Pended { item, until, reason } => self.pend(item, until, &reason),
            Input::Migrate(order) => self.migrate(&order),
        }
    }

    fn receive(&mut self, claim: Box<Claim>, source: Hash, history: bool) -> Step {
        let workflow = self.context.workflow;
        self.emit(Event::Received { claim, workflow: workflow.reference().clone(), source, history })?;
        self.enter(if history { workflow.history() } else { workflow.start() })
    }

    /// The act of sending is repeated after a crash: told of the same file twice, the claim went out once.
    fn submitted(&mut self, submission: Submission) -> Step {
        let same = |sent: &Submission| {
            sent.sent_as == submission.sent_as
                && sent.interchange == submission.interchange
                && sent.transaction == submission.transaction
        };
        if self.state.submissions.iter().any(same) {
            return Ok(());
        }
        self.emit(Event::Submitted(submission))?;
        self.happen_if_taken("submitted")
    }

    fn acknowledge(&mut self, answer: Acknowledgment) -> Step {
        if let Some(what) = self.outdated(&answer) {
            return self.emit(Event::Unfit { what });
        }
        let event = match (answer.interim, answer.accepted) {
            (true, _) => None,
            (false, true) => Some("accepted"),
            (false, false) => Some("rejected"),
        };
        // A file that a crash cut short is taken in again: what it says once more and moves nothing is no news.
        let moves = event.map_or(Ok(false), |event| self.takes(event))?;
        if !moves && self.state.answers.contains(&answer) {
            return Ok(());
        }
        self.emit(Event::Acknowledged(answer))?;
        event.map_or(Ok(()), |event| self.happen_if_taken(event))
    }

    /// Says so when an answer is to a submission that a later one has replaced: it neither accepts nor refuses that one.
    fn outdated(&self, answer: &Acknowledgment) -> Option<Text> {
        let submissions = &self.state.submissions;
        let answered = submissions.iter().rev().find(|sent| answers(answer, sent))?;
        let last = submissions.last().filter(|last| *last != answered)?;
        Some(Text::from(format!(
            "an answer to `{}` came after the claim had gone out again as `{}`",
            answered.sent_as, last.sent_as
        )))
    }

    fn remitted(&mut self, remitted: Box<Remitted>) -> Step {
        if self.state.knows(&remitted.key) {
            return Ok(());
        }
        self.emit(Event::Remitted(remitted))?;
        if self.takes("remitted")? {
            self.taken_up = true;
            self.happen("remitted")?;
        }
        Ok(())
    }

    fn correct(&mut self, fields: &[(Text, Text)], reason: Text) -> Step {
        self.demand("corrected")?;
        let mut claim = self.state.claim.clone();
        let changes: Vec<Change> = fields
            .iter()
            .map(|(name, value)| field::set(&mut claim, name, value))
            .collect::<Result<_, _>>()?;
        self.emit(Event::Corrected { changes, reason })?;
        self.happen("corrected")
    }

    fn replace(&mut self, claim: Box<Claim>, source: Hash) -> Step {
        self.demand("corrected")?;
        self.emit(Event::Replaced { claim, source })?;
        self.happen("corrected")
    }

    fn release(&mut self, reason: Text) -> Step {
        self.demand("released")?;
        let mut rules: Vec<Text> = Vec::new();
        for finding in self.state.holding() {
            if finding.level == Level::Deny {
                return Err(StepError::NotReleasable { rule: finding.rule.clone() });
            }
            if !rules.contains(&finding.rule) {
                rules.push(finding.rule.clone());
            }
        }
        self.emit(Event::Released { rules, reason })?;
        self.happen("released")
    }

    fn new_fact(&mut self) -> Step {
        if !self.takes("new-fact")? {
            return Ok(());
        }
        self.emit(Event::Happened { name: "new-fact".into(), reason: Text::default() })?;
        self.happen("new-fact")
    }

    /// One item is done; the last one moves the claim, by an appeal of an earlier one if there was any: its answer is
    /// still to come.
    fn resolve(&mut self, item: Option<u16>, outcome: &Text, reason: Text) -> Step {
        self.demand_outcome(outcome)?;
        if let Some(number) = item {
            self.item(number)?;
        }
        self.emit(Event::Happened { name: outcome.clone(), reason: reason.clone() })?;
        if let Some(item) = item {
            let reason = if reason.is_empty() { outcome.clone() } else { reason };
            self.emit(Event::Closed { item, reason })?;
            if !self.state.work_items.is_empty() {
                return self.reschedule_unless_due();
            }
        }
        let appealed = self.state.ended.iter().find(|earlier| *earlier == "appealed").cloned();
        match appealed {
            Some(appealed) if self.takes(&appealed)? => self.happen(&appealed),
            _ => self.happen(outcome),
        }
    }

    fn demand_outcome(&self, outcome: &str) -> Step {
        match self.demand(outcome) {
            Ok(()) if OUTCOMES.contains(&outcome) => Ok(()),
            Ok(()) => {
                let state = self.context.workflow.state(self.current()?);
                let outcomes = state.events().iter().filter(|event| OUTCOMES.contains(&event.as_str()));
                let taken = outcomes.cloned().collect();
                Err(StepError::NotTaken { state: self.state.state.clone(), event: outcome.into(), taken })
            }
            Err(error) => Err(error),
        }
    }

    fn reassign(&mut self, item: u16, owner: &Owner, reason: Text) -> Step {
        if self.item(item)?.owner == *owner {
            return Ok(());
        }
        self.hand_over(item, owner, reason)?;
        self.reschedule_unless_due()
    }

    fn timer(&mut self) -> Step {
        if self.state.deadline.is_none_or(|deadline| deadline > self.context.now) {
            return Ok(());
        }
        let workflow = self.context.workflow;
        match &workflow.state(self.current()?).kind {
            StateKind::Wait { deadline: Some((_, otherwise)), .. } => {
                let otherwise = *otherwise;
                self.emit(Event::Happened { name: TIMER.into(), reason: Text::default() })?;
                self.enter(otherwise)
            }
            StateKind::Work { asks: Some(asks), .. } => self.request_timer(asks),
            StateKind::WorkItem { escalate_to, .. } => self.item_timer(escalate_to),
            _ => Ok(()),
        }
    }
}

/// True when the answer is to this submission.
fn answers(answer: &Acknowledgment, sent: &Submission) -> bool {
    if !answer.claim_id.is_empty() {
        return answer.claim_id.matching_key() == sent.sent_as.matching_key();
    }
    let same = |ours: &Text, theirs: &Text| {
        !ours.is_empty() && ours.trim_start_matches('0') == theirs.trim_start_matches('0')
    };
    match answer.kind {
        AcknowledgmentKind::Interchange => same(&sent.interchange, &answer.control_number),
        AcknowledgmentKind::Functional => {
            same(&sent.group, &answer.control_number)
                && (answer.transaction.is_empty() || same(&sent.transaction, &answer.transaction))
        }
        AcknowledgmentKind::Claim => false,
    }
}
