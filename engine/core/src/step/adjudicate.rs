//! What a payer's decision does: posting, categories, owners.

use super::{Step, Stepper};
use crate::event::{Event, Posting, Remitted};
use crate::state::holds;
use crate::{
    Adjustment, Claim, ClaimPayment, Decision, Denial, Evaluation, Finding, Level, LinePayment, Money,
    POSTING, PostedAdjustment, Rarc, RouteQuery, ServiceLine, Stage, Subject,
};

impl Stepper<'_> {
    /// Posts every decision that has arrived, in order, then runs the stage's rules.
    pub(super) fn adjudicate(&mut self) -> Step {
        for remitted in self.state.arrived.clone() {
            let posting = post(&self.state.claim, &remitted);
            self.emit(Event::Posted(Box::new(posting)))?;
        }
        let evaluation = self.evaluate(Stage::Adjudicate);
        let outcome = match self.state.postings.last() {
            Some(last) if last.reversal => "reversed",
            Some(last) if last.decision.is_forwarded() => "forwarded",
            _ => "posted",
        };
        self.record(Stage::Adjudicate, evaluation, outcome)
    }

    /// Gives each adjustment its kind; what is not merely posting becomes a denial.
    pub(super) fn categorize(&mut self) -> Step {
        let evaluation = self.evaluate(Stage::Categorize);
        let denials = self.denials(&evaluation);
        // What an earlier run of this stage said is overtaken by this one.
        let earlier = self.state.findings.iter().filter(|finding| finding.stage < Stage::Categorize);
        let blocked = earlier.chain(&evaluation.findings).any(|finding| holds(finding, &self.state));
        let outcome = if denials.is_empty() && !blocked { "accepted" } else { "denied" };
        self.record(Stage::Categorize, evaluation, outcome)?;
        if denials == self.state.denials { Ok(()) } else { self.emit(Event::Denied { denials }) }
    }

    fn denials(&self, evaluation: &Evaluation) -> Vec<Denial> {
        let denied_on = self.state.last_decision().and_then(|decision| decision.date);
        let mut denials = Vec::new();
        for (place, adjustment) in self.state.adjustments().iter().enumerate() {
            let finding = Finding::find(&evaluation.findings, Subject::Adjustment, place, Level::Categorize);
            let category =
                finding.map_or_else(|| self.context.rules.unknown_category(), |f| f.category.clone());
            // Money that was not taken away needs no one; what only explains how it was posted is no denial.
            if category == POSTING || adjustment.amount.cents() <= 0 {
                continue;
            }
            denials.push(Denial::of(adjustment, finding, category, denied_on));
        }
        denials
    }

    /// Gives each denial its owner: a rule's `assign`, else the categorizing rule's `owner`, else the routing table.
    pub(super) fn route(&mut self) -> Step {
        let evaluation = self.evaluate(Stage::Route);
        let mut denials = self.state.denials.clone();
        for (place, denial) in denials.iter_mut().enumerate() {
            if let Some(finding) = Finding::find(&evaluation.findings, Subject::Denial, place, Level::Assign)
            {
                denial.owner = finding.owner.clone();
            } else if denial.owner.is_empty() {
                denial.owner = self.context.rules.route(&self.query(denial)).owner;
            }
        }
        self.record(Stage::Route, evaluation, "routed")?;
        if denials.is_empty() { Ok(()) } else { self.emit(Event::Denied { denials }) }
    }

    pub(super) fn query<'a>(&'a self, denial: &'a Denial) -> RouteQuery<'a> {
        RouteQuery {
            category: &denial.category,
            payer: self.state.claim.payer.id.as_str(),
            group: denial.group.as_str(),
            carc: denial.carc.as_str(),
            rarcs: &denial.rarcs,
            stage: Stage::Categorize,
            amount: denial.amount,
        }
    }
}

/// What a decision does to the claim.
fn post(claim: &Claim, remitted: &Remitted) -> Posting {
    let payment = &remitted.payment;
    let numbers = line_numbers(claim, payment);
    let mut lines: Vec<u16> = numbers.iter().copied().filter(|number| *number > 0).collect();
    lines.sort_unstable();
    lines.dedup();
    Posting {
        key: remitted.key.clone(),
        trace: remitted.trace.clone(),
        reversal: payment.is_reversal(),
        lines,
        decision: Decision {
            status: payment.status.clone(),
            charge: payment.charge,
            paid: payment.paid,
            patient_responsibility: patient_part(payment),
            payer_claim_number: payment.payer_claim_number.clone(),
            date: remitted.date,
            forwarded_to: payment.crossover_payer.clone(),
        },
        adjustments: adjustments(payment, &numbers),
    }
}

/// What the payer leaves to the patient: the PR adjustments, which also carry the sign of a reversal; CLP05 only where
/// there are none.
fn patient_part(payment: &ClaimPayment) -> Money {
    let mut all =
        payment.adjustments.iter().chain(payment.lines.iter().flat_map(|line| &line.adjustments)).peekable();
    if all.peek().is_none() {
        return payment.patient_responsibility;
    }
    all.filter(|adjustment| adjustment.group == crate::GroupCode::PR)
        .map(|adjustment| adjustment.amount)
        .sum()
}

/// Adjustments at the claim's lines: `numbers` has one for each line of the payment.
fn adjustments(payment: &ClaimPayment, numbers: &[u16]) -> Vec<PostedAdjustment> {
    let posted = |line: u16, remarks: &[Rarc], adjustment: &Adjustment| PostedAdjustment {
        line,
        group: adjustment.group,
        reason: adjustment.reason.clone(),
        remarks: remarks.to_vec(),
        amount: adjustment.amount,
    };
    let mut all: Vec<PostedAdjustment> =
        payment.adjustments.iter().map(|adjustment| posted(0, &payment.remarks, adjustment)).collect();
    for (number, line) in numbers.iter().zip(&payment.lines) {
        // Remarks of the claim (MOA) explain its lines where these have none of their own.
        let remarks = if line.remarks.is_empty() { &payment.remarks } else { &line.remarks };
        all.extend(line.adjustments.iter().map(|adjustment| posted(*number, remarks, adjustment)));
    }
    all
}

/// The number of the claim's line for each line of the payment; 0 where none fits.
fn line_numbers(claim: &Claim, payment: &ClaimPayment) -> Vec<u16> {
    let mut numbers = Vec::with_capacity(payment.lines.len());
    for line in &payment.lines {
        let number = find_line(claim, line, &numbers);
        numbers.push(number);
    }
    numbers
}

/// The claim's line that a payment speaks of: by our line number (a payer may split a line), else code and date and
/// charge, else code, each line once; 0 when none fits.
fn find_line(claim: &Claim, payment: &LinePayment, taken: &[u16]) -> u16 {
    let control = &payment.control_number;
    let by_control = || {
        let number = control.parse().ok();
        claim.lines.iter().find(|line| {
            !control.is_empty() && (line.control_number == *control || Some(line.number) == number)
        })
    };
    let submitted = match payment.submitted_procedure.as_str() {
        "" => payment.procedure.as_str(),
        other => other,
    };
    let free = || claim.lines.iter().filter(|line| !taken.contains(&line.number));
    let same_code = |line: &&ServiceLine| line.procedure.as_str() == submitted;
    let by_all = || {
        free().filter(same_code).find(|line| {
            line.charge == payment.charge
                && (payment.service_date.is_none() || payment.service_date == line.service_date)
        })
    };
    by_control().or_else(by_all).or_else(|| free().find(same_code)).map_or(0, |line| line.number)
}
