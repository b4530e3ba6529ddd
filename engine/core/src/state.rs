//! A claim's state: the fold of its events.

use serde::{Deserialize, Serialize};

use crate::event::{Event, Posting, Remitted, Submission};
use crate::flow::{Call, OpenRequest};
use crate::workflow::WorkflowRef;
use crate::{
    Acknowledgment, Claim, Decision, Denial, Finding, Level, Moment, Money, PayerId, PostedAdjustment, Stage,
    Text, Values, WorkItem, field,
};

/// Name of the event that a state's deadline has run out.
pub const TIMER: &str = "timer";

/// What is known of one claim after some of its events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimState {
    /// The claim with every correction.
    pub claim: Claim,
    /// Content hash of the file it came in.
    pub source: Text,
    /// True when another system submitted it first.
    pub history: bool,
    /// The workflow it came in on; it may be within another one that this one called, see [`ClaimState::running`].
    pub workflow: WorkflowRef,
    /// Name of the state it is in, within a call as `appeal/waiting`; empty before the first.
    pub state: Text,
    /// When it entered that state.
    pub entered: Moment,
    /// When the state's deadline runs out.
    pub deadline: Option<Moment>,
    /// Outcome of the last stage.
    pub outcome: Text,
    /// Findings of the latest run of each stage.
    pub findings: Vec<Finding>,
    /// Rules that a person overrode, with the reason.
    pub released: Vec<(Text, Text)>,
    /// Decisions that arrived and are not posted yet.
    pub arrived: Vec<Remitted>,
    /// Postings in order.
    pub postings: Vec<Posting>,
    /// The adjustments that stand: a later decision on a line takes the place of an earlier one.
    pub standing: Vec<PostedAdjustment>,
    /// Open denials.
    pub denials: Vec<Denial>,
    /// Open work items.
    pub work_items: Vec<WorkItem>,
    /// How many work items there have been.
    pub work_items_opened: u16,
    /// What time means to work items beyond their due dates; items of which nothing is to be said are left out.
    pub times: Vec<ItemTime>,
    /// How work items have ended since the claim entered its state, as `appealed`.
    pub ended: Vec<Text>,
    /// The number it goes out under next, while it is queued.
    pub queued_as: Option<crate::ClaimId>,
    /// Times it went out.
    pub submissions: Vec<Submission>,
    /// The payer's number of the claim, from the latest acceptance or decision.
    pub payer_claim_number: Text,
    /// The payer's number of the decision that the next submission replaces; empty when this payer has decided nothing.
    pub replaces: Text,
    /// True when the latest submission was refused before adjudication (999 or 277CA).
    pub refused: bool,
    /// The codes of that refusal, as sent.
    pub refusal: Vec<Text>,
    /// What was answered to the latest submission before adjudication, in order.
    pub answers: Vec<Acknowledgment>,
    /// What a plugin is asked to do, while the claim waits for it in its state.
    pub request: Option<OpenRequest>,
    /// Why the last request failed for good; empty when none did since the last that came out.
    pub error: Text,
    /// Variables of the running workflow that were set.
    pub variables: Values,
    /// The workflows that called another and wait for it to end, outermost first.
    pub calls: Vec<Call>,
    /// How many events made this state.
    pub sequence: u64,
}

/// What time means to one work item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemTime {
    /// Number of the item.
    pub item: u16,
    /// When it falls due, where that is not the end of its due date.
    pub due: Option<Moment>,
    /// When it comes back, while it is laid aside.
    pub pended: Option<Moment>,
    /// When it came back, the last time that it was laid aside.
    pub returned: Option<Moment>,
}

/// An event that cannot follow what came before. The journal is damaged or was written by other hands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{event}` cannot happen to a claim that {state}")]
pub struct FoldError {
    event: &'static str,
    state: String,
}

impl FoldError {
    pub(crate) fn never_received(event: &'static str) -> Self {
        Self { event, state: "was never received".to_owned() }
    }
}

impl ClaimState {
    /// True when the claim has come in; false for the default, before any event.
    pub fn is_received(&self) -> bool {
        !self.workflow.name.is_empty()
    }

    /// The state after one more event.
    ///
    /// # Errors
    /// When the event cannot follow what came before; nothing has changed then.
    pub fn apply(&mut self, at: Moment, event: &Event) -> Result<(), FoldError> {
        match (self.is_received(), event) {
            (true, Event::Received { .. }) => {
                return Err(FoldError {
                    event: event.name(),
                    state: format!("is in state `{}`", self.state),
                });
            }
            (false, Event::Received { .. }) | (true, _) => {}
            (false, _) => return Err(FoldError::never_received(event.name())),
        }
        self.sequence += 1;
        match event {
            Event::Received { claim, workflow, source, history } => {
                self.claim = (**claim).clone();
                self.workflow = workflow.clone();
                self.source = source.clone();
                self.history = *history;
            }
            Event::Entered { state, deadline, .. } => {
                self.state = state.clone();
                self.entered = at;
                self.deadline = *deadline;
                self.ended.clear();
                self.request = None;
            }
            Event::Evaluated { stage, changes, findings, outcome, .. } => {
                self.evaluated(*stage, changes, findings, outcome);
            }
            Event::Denied { denials } => self.denials = denials.clone(),
            Event::Corrected { changes, .. } => self.change(changes),
            Event::Replaced { claim, source } => {
                let before = std::mem::replace(&mut self.claim, (**claim).clone());
                self.source = source.clone();
                self.payer_was(&before.payer.id);
            }
            Event::Released { rules, reason } => {
                self.released.extend(rules.iter().map(|rule| (rule.clone(), reason.clone())));
            }
            Event::Queued { .. }
            | Event::Submitted(_)
            | Event::Acknowledged(_)
            | Event::Remitted(_)
            | Event::Posted(_) => self.exchanged(event),
            Event::Opened(_) | Event::Closed { .. } | Event::Reassigned { .. } | Event::Happened { .. } => {
                self.worked(at, event);
            }
            Event::Set { .. }
            | Event::Requested(_)
            | Event::Performed { .. }
            | Event::Failed { .. }
            | Event::Called { .. }
            | Event::Returned { .. } => self.flowed(at, event),
            Event::Pended { .. } | Event::DueAt { .. } | Event::Deadline { .. } => self.timed(at, event),
            Event::Migrated(migration) => self.migrated(migration),
            Event::Unfit { .. } | Event::Shadowed { .. } => {}
        }
        Ok(())
    }

    /// What time means to work items.
    fn timed(&mut self, at: Moment, event: &Event) {
        match *event {
            Event::Pended { item, until, .. } => {
                let time = self.time_of(item);
                time.returned = if until.is_none() { Some(at) } else { time.returned };
                time.pended = until;
            }
            Event::DueAt { item, at } => self.time_of(item).due = Some(at),
            Event::Deadline { at } => self.deadline = at,
            _ => {}
        }
    }

    fn time_of(&mut self, item: u16) -> &mut ItemTime {
        let place = self.times.iter().position(|time| time.item == item).unwrap_or_else(|| {
            self.times.push(ItemTime { item, ..ItemTime::default() });
            self.times.len() - 1
        });
        // INVARIANT: the place was found or made just now.
        &mut self.times[place]
    }

    /// When an item that is laid aside comes back.
    pub fn pended_until(&self, item: u16) -> Option<Moment> {
        self.times.iter().find(|time| time.item == item).and_then(|time| time.pended)
    }

    /// What goes to the payer and comes from it.
    fn exchanged(&mut self, event: &Event) {
        match event {
            Event::Queued { sent_as, changes } => {
                self.change(changes);
                self.queued_as = Some(sent_as.clone());
            }
            Event::Submitted(submission) => {
                self.queued_as = None;
                self.refused = false;
                self.refusal.clear();
                self.answers.clear();
                self.submissions.push(submission.clone());
            }
            Event::Acknowledged(answer) => self.acknowledged(answer),
            Event::Remitted(remitted) => self.arrived.push((**remitted).clone()),
            Event::Posted(posting) => self.posted(posting),
            _ => {}
        }
    }

    /// What people do, and what waits for them.
    fn worked(&mut self, at: Moment, event: &Event) {
        match event {
            Event::Opened(item) => {
                self.work_items_opened = self.work_items_opened.max(item.number);
                self.work_items.push(item.clone());
            }
            Event::Closed { item, .. } => {
                self.work_items.retain(|open| open.number != *item);
                self.times.retain(|time| time.item != *item);
            }
            Event::Reassigned { item, owner, .. } => {
                for open in self.work_items.iter_mut().filter(|open| open.number == *item) {
                    open.owner = owner.clone();
                }
            }
            // A deadline does not run out twice; the next one is that of the next item to be overdue. Another one, as in
            // a time zone, is told right after.
            Event::Happened { name, .. } if name == TIMER => {
                let overdue = self.work_items.iter().filter_map(WorkItem::overdue_in_utc);
                self.deadline = overdue.filter(|overdue| *overdue > at).min();
            }
            Event::Happened { name, .. } => self.ended.push(name.clone()),
            _ => {}
        }
    }

    /// What one payer has decided cannot be replaced at another.
    fn payer_was(&mut self, before: &PayerId) {
        if self.claim.payer.id != *before {
            self.payer_claim_number = Text::default();
            self.replaces = Text::default();
        }
    }

    fn acknowledged(&mut self, answer: &Acknowledgment) {
        self.answers.push(answer.clone());
        if !answer.payer_claim_number.is_empty() {
            self.payer_claim_number = answer.payer_claim_number.clone();
        }
        // An interim answer neither accepts nor refuses, and takes back neither.
        if !answer.interim {
            self.refused = !answer.accepted;
            self.refusal = if self.refused { answer.statuses.clone() } else { Vec::new() };
        }
    }

    fn change(&mut self, changes: &[crate::Change]) {
        let payer = self.claim.payer.id.clone();
        for change in changes {
            // A change was made on this very claim before it was recorded, so it fits; one that does not fit any more
            // (a field that a later version no longer knows) stays visible in the journal and changes nothing.
            let _fits = field::apply(&mut self.claim, change);
        }
        self.payer_was(&payer);
    }

    fn evaluated(&mut self, stage: Stage, changes: &[crate::Change], findings: &[Finding], outcome: &Text) {
        self.change(changes);
        // What later stages said was said of the claim as it was before this run.
        self.findings.retain(|finding| finding.stage < stage);
        if stage <= Stage::Submit {
            self.denials.clear();
            // A claim that is looked at anew is not queued until it has passed again.
            self.queued_as = None;
        } else {
            // What kept the claim from its payer keeps it no more: the payer has decided.
            let mut earlier = std::mem::take(&mut self.findings);
            earlier.retain(|finding| finding.stage > Stage::Submit || !holds(finding, self));
            self.findings = earlier;
        }
        self.findings.extend_from_slice(findings);
        self.outcome = outcome.clone();
    }

    fn posted(&mut self, posting: &Posting) {
        // What a payer has decided on is not sent again as it is.
        self.queued_as = None;
        self.arrived.retain(|remitted| remitted.key != posting.key);
        if !posting.decision.payer_claim_number.is_empty() {
            self.payer_claim_number = posting.decision.payer_claim_number.clone();
        }
        self.replaces = if posting.reversal { Text::default() } else { self.payer_claim_number.clone() };
        self.denials.clear();
        let whole = posting.lines.is_empty()
            || self.claim.lines.iter().all(|line| posting.lines.contains(&line.number));
        self.standing.retain(|earlier| !whole && !posting.lines.contains(&earlier.line));
        if !posting.reversal {
            self.standing.extend_from_slice(&posting.adjustments);
        }
        self.postings.push(posting.clone());
    }

    /// Total charge.
    pub fn billed(&self) -> Money {
        self.claim.charge
    }

    /// What payers paid, reversals taken off.
    pub fn paid(&self) -> Money {
        self.postings.iter().map(|posting| posting.decision.paid).sum()
    }

    /// What the patient owes by the payers' decisions, reversals taken off.
    pub fn patient_responsibility(&self) -> Money {
        self.postings.iter().map(|posting| posting.decision.patient_responsibility).sum()
    }

    /// The last decision that stands: a reversal takes the one before it away.
    pub fn decision(&self) -> Option<&Posting> {
        self.postings.last().filter(|posting| !posting.reversal)
    }

    /// The last decision as rules see it.
    pub fn last_decision(&self) -> Option<&Decision> {
        self.postings.last().map(|posting| &posting.decision)
    }

    /// The adjustments that stand. A payer may decide on a claim in parts: each line's latest decision counts.
    pub fn adjustments(&self) -> &[PostedAdjustment] {
        &self.standing
    }

    /// True when this decision was posted or is waiting to be.
    pub fn knows(&self, key: &str) -> bool {
        self.postings.iter().any(|posting| posting.key == key)
            || self.arrived.iter().any(|remitted| remitted.key == key)
    }

    /// True when a person released the claim from this rule.
    pub fn is_released(&self, rule: &str) -> bool {
        self.released.iter().any(|(released, _)| released == rule)
    }

    /// Findings that hold the claim: released ones left out. A predicted denial cannot be released.
    pub fn holding(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| holds(finding, self))
    }
}

/// True when a finding keeps the claim from going on.
pub fn holds(finding: &Finding, state: &ClaimState) -> bool {
    finding.level.blocks() && (finding.level == Level::Deny || !state.is_released(&finding.rule))
}
