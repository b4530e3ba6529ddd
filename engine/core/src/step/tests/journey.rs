//! One claim's way, told in text: a line for each state entered, with what happened there.

use jiff::civil::date;

use super::calls::Shelf;
use crate::event::{Effect, Event, Remitted, Submission};
use crate::state::ClaimState;
use crate::step::{Context, Input, StepError, step};
use crate::testing::{self, road, rules::Stub};
use crate::workflow::{NoWorkflows, Workflow, Workflows};
use crate::{
    Acknowledgment, AcknowledgmentKind, Adjustment, Calendar, Claim, ClaimId, ClaimPayment, DAY_MS, Facts,
    GroupCode, LinePayment, Moment, Money, Span, Text,
};

/// The internal number of every claim here.
pub(super) const NUMBER: u64 = 7;

/// A claim on its way, and everything around it.
pub(super) struct Journey {
    pub(super) rules: Stub,
    pub(super) facts: Facts,
    pub(super) workflow: Workflow,
    pub(super) calendar: Calendar,
    pub(super) now: Moment,
    pub(super) state: ClaimState,
    pub(super) effects: Vec<Effect>,
    /// Workflows that call each other, where there are any.
    pub(super) shelf: Option<Shelf>,
    told: String,
}

impl Journey {
    /// Before anything: Monday, 2026-03-02.
    pub(super) fn with(rules: Stub) -> Self {
        Self {
            rules,
            facts: Facts::default(),
            workflow: road::checked(),
            calendar: Calendar::default(),
            now: Moment::start_of(date(2026, 3, 2)),
            state: ClaimState::default(),
            effects: Vec::new(),
            shelf: None,
            told: String::new(),
        }
    }

    /// A claim that has just come in; the way so far is not told again.
    pub(super) fn of(claim: Claim) -> Self {
        let mut journey = Self::with(Stub::default());
        journey.receive(claim);
        journey.trail();
        journey
    }

    /// A claim that was sent and accepted.
    pub(super) fn accepted(claim: Claim) -> Self {
        let mut journey = Self::of(claim);
        journey.submitted();
        journey.take(Input::Acknowledged(answer(true, "")));
        journey.trail();
        journey
    }

    /// Steps; the journey stays as it was when the step errs.
    pub(super) fn try_take(&mut self, input: Input) -> Result<(), StepError> {
        self.step(input).map(|_| ())
    }

    /// Steps, and says what happened; the step must not err.
    pub(super) fn events_of(&mut self, input: Input) -> Vec<Event> {
        self.step(input).unwrap()
    }

    /// Everything around the claim, with the workflow that its present state is one of.
    pub(super) fn context(&self) -> Context<'_> {
        let shelf: &dyn Workflows = self.shelf.as_ref().map_or(&NoWorkflows, |shelf| shelf);
        let running = self.state.is_received().then(|| shelf.version(self.state.running())).flatten();
        Context {
            workflow: running.unwrap_or(&self.workflow),
            workflows: shelf,
            rules: &self.rules,
            facts: &self.facts,
            calendar: &self.calendar,
            now: self.now,
            number: NUMBER,
        }
    }

    fn step(&mut self, input: Input) -> Result<Vec<Event>, StepError> {
        let context = self.context();
        let stepped = step(context, self.state.clone(), input)?;
        stepped.events.iter().for_each(|event| self.tell(event));
        self.state = stepped.state;
        self.effects.extend(stepped.effects);
        Ok(stepped.events)
    }

    /// Steps; the step must not err.
    pub(super) fn take(&mut self, input: Input) {
        self.try_take(input).unwrap();
    }

    pub(super) fn receive(&mut self, claim: Claim) {
        self.take(Input::Received { claim: Box::new(claim), source: "s1".into(), history: false });
    }

    /// The file that took the queued claim along.
    pub(super) fn submission(&self) -> Submission {
        Submission {
            file: "out.x12".into(),
            interchange: Text::from(format!("{:09}", self.state.submissions.len() + 1)),
            group: Text::from(format!("{}", self.state.submissions.len() + 1)),
            transaction: "0001".into(),
            sent_as: self.state.queued_as.clone().unwrap_or_default(),
            frequency: self.state.claim.frequency.clone(),
            at: self.now,
        }
    }

    pub(super) fn submitted(&mut self) {
        self.take(Input::Submitted(self.submission()));
    }

    pub(super) fn remitted(&mut self, key: &str, payment: ClaimPayment) {
        self.take(remitted(key, payment));
    }

    pub(super) fn correct(&mut self, field: &str, value: &str) {
        self.take(corrected(field, value));
    }

    pub(super) fn resolve(&mut self, outcome: &str) {
        self.take(Input::Resolved { item: None, outcome: outcome.into(), reason: "called".into() });
    }

    pub(super) fn days(&mut self, days: i64) {
        self.now = self.now.plus(Span(days * DAY_MS));
    }

    /// What was told since this was last asked.
    pub(super) fn trail(&mut self) -> String {
        std::mem::take(&mut self.told).trim().to_owned()
    }

    /// Compares what was told since this was last asked, line by line, whatever the indentation.
    #[track_caller]
    pub(super) fn check(&mut self, expected: &str) {
        let lines = |text: &str| text.trim().lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
        assert_eq!(lines(&self.trail()), lines(expected));
    }

    fn tell(&mut self, event: &Event) {
        if let Event::Entered { state, .. } = event {
            self.told.push('\n');
            self.told.push_str(state);
            return;
        }
        let at_start = self.told.is_empty() || self.told.ends_with('\n');
        let on_state = self.told.rsplit('\n').next().is_some_and(|line| !line.contains(": "));
        self.told.push_str(match (at_start, on_state) {
            (true, _) => "- : ",
            (false, true) => ": ",
            (false, false) => ", ",
        });
        self.told.push_str(&text_of(event));
    }
}

fn text_of(event: &Event) -> String {
    match event {
        Event::Evaluated { outcome, changes, .. } => {
            let fixed: String =
                changes.iter().map(|c| format!(" {}: {} = {}", c.rule, c.field, c.after)).collect();
            format!("{outcome}{fixed}")
        }
        Event::Queued { sent_as, changes } => {
            let changed: String = changes.iter().map(|c| format!(" {} = {}", c.field, c.after)).collect();
            format!("queued as {sent_as}{changed}")
        }
        Event::Submitted(sent) => format!("submitted as {} frequency {}", sent.sent_as, sent.frequency),
        Event::Remitted(remitted) => format!("remitted {}", remitted.key),
        Event::Posted(posting) => format!("{} {}", event.name(), posting.decision.paid),
        Event::Denied { denials } if denials.is_empty() => "no denials".to_owned(),
        Event::Denied { denials } => {
            let all: Vec<String> = denials
                .iter()
                .map(|d| {
                    format!(
                        "line {} {}-{} {} {} ({})",
                        d.line, d.group, d.carc, d.amount, d.category, d.owner
                    )
                })
                .collect();
            format!("denied [{}]", all.join("; "))
        }
        Event::Opened(item) => format!(
            "opened {} for {} due {} {}: {}",
            item.number,
            item.owner,
            item.due.unwrap(),
            item.amount,
            item.ask
        ),
        Event::Closed { item, reason } => format!("closed {item} ({reason})"),
        Event::Reassigned { item, owner, reason } => format!("reassigned {item} to {owner} ({reason})"),
        Event::Corrected { changes, .. } => {
            let all: Vec<String> = changes.iter().map(|c| format!("{} = {}", c.field, c.after)).collect();
            format!("corrected {}", all.join(" "))
        }
        Event::Released { rules, reason } => format!("released [{}] ({reason})", rules.join(" ")),
        Event::Happened { name, .. } => name.to_string(),
        Event::Pended { item, until: Some(until), .. } => format!("pended {item} until {until}"),
        Event::Pended { item, reason, .. } => format!("back {item} ({reason})"),
        Event::DueAt { item, at } => format!("due {item} at {at}"),
        Event::Deadline { at: Some(at) } => format!("deadline {at}"),
        Event::Unfit { what } => format!("unfit: {what}"),
        _ => event.name().to_owned(),
    }
}

/// A correction of one field.
pub(super) fn corrected(field: &str, value: &str) -> Input {
    Input::Corrected { fields: vec![(field.into(), value.into())], reason: "mended".into() }
}

/// A 277CA that names no claim (the runtime has matched it).
pub(super) fn answer(accepted: bool, status: &str) -> Acknowledgment {
    Acknowledgment {
        kind: AcknowledgmentKind::Claim,
        control_number: Text::default(),
        transaction: Text::default(),
        claim_id: ClaimId::default(),
        accepted,
        interim: false,
        payer_claim_number: Text::default(),
        statuses: if status.is_empty() { Vec::new() } else { vec![status.into()] },
        message: Text::default(),
        date: None,
    }
}

/// A decision under its key.
pub(super) fn remitted(key: &str, payment: ClaimPayment) -> Input {
    Input::Remitted(Box::new(Remitted {
        key: key.into(),
        trace: "EFT1".into(),
        date: Some(date(2026, 3, 20)),
        payment,
        matched_by: "claim number".into(),
    }))
}

/// A decision with this status and payment, and one line for each given: code, charge, adjustments as `CO-45 30.00`.
pub(super) fn payment(status: &str, paid: &str, lines: &[(&str, &str, &[&str])]) -> ClaimPayment {
    let lines = lines
        .iter()
        .map(|(procedure, charge, adjustments)| LinePayment {
            procedure: procedure.parse().unwrap(),
            charge: charge.parse().unwrap(),
            adjustments: adjustments.iter().map(|text| adjustment(text)).collect(),
            ..LinePayment::default()
        })
        .collect();
    ClaimPayment {
        status: status.into(),
        paid: paid.parse().unwrap(),
        charge: Money::from_cents(23_000),
        payer_claim_number: "PCN1".into(),
        lines,
        ..ClaimPayment::default()
    }
}

fn adjustment(text: &str) -> Adjustment {
    let (code, amount) = text.split_once(' ').unwrap();
    let (group, reason) = code.split_once('-').unwrap();
    let group: GroupCode = group.parse().unwrap();
    Adjustment { group, reason: reason.parse().unwrap(), amount: amount.parse().unwrap(), quantity: None }
}

/// Paid in full but for what the contract takes.
pub(super) fn paid_in_full() -> ClaimPayment {
    payment("1", "190.00", &[("90837", "150.00", &["CO-45 30.00"]), ("90853", "80.00", &["CO-45 10.00"])])
}

/// The first line paid, the second denied for want of an authorization.
pub(super) fn second_line_denied() -> ClaimPayment {
    payment("1", "120.00", &[("90837", "150.00", &["CO-45 30.00"]), ("90853", "80.00", &["CO-197 80.00"])])
}

/// A claim as the tests' practice sends it.
pub(super) fn claim() -> Claim {
    testing::claim()
}
