//! What a condition reads: one subject of one claim, with the facts that belong to it.

use std::cell::{OnceCell, RefCell};

use claimflow_core::{
    Authorization, Claim, Coverage, Denial, Diagnosis, Enrollment, Facts, PostedAdjustment, Provider,
    RuleInput, ServiceLine, Subject, Text, Visit,
};
use jiff::civil::Date;

use crate::script::Snapshot;

/// Names and values in the order in which a condition read them.
pub(crate) type Reads = RefCell<Vec<(Text, Text)>>;

/// One subject of one claim.
///
/// Rows of facts are looked up once per subject and shared by all rules that look at it.
#[derive(Clone)]
pub(crate) struct Ctx<'a> {
    pub(crate) input: &'a RuleInput<'a>,
    /// The working claim: the input's claim after the fixes so far.
    pub(crate) claim: &'a Claim,
    pub(crate) facts: &'a Facts,
    pub(crate) subject: Subject,
    /// Which one, from 1; 0 for the claim.
    pub(crate) index: u16,
    pub(crate) line: Option<&'a ServiceLine>,
    pub(crate) diagnosis: Option<&'a Diagnosis>,
    pub(crate) adjustment: Option<&'a PostedAdjustment>,
    pub(crate) denial: Option<&'a Denial>,
    /// Service date of the line, else of the claim.
    pub(crate) service_date: Option<Date>,
    pub(crate) visit: Option<&'a Visit>,
    pub(crate) coverage: Option<&'a Coverage>,
    pub(crate) authorization: Option<&'a Authorization>,
    pub(crate) enrollment: Option<&'a Enrollment>,
    /// Set while the values of a rule that fired are recorded.
    pub(crate) reads: Option<&'a Reads>,
    /// The same input in owned form, made when the first script needs it.
    pub(crate) snapshot: &'a OnceCell<Snapshot>,
}

impl<'a> Ctx<'a> {
    fn new(
        input: &'a RuleInput<'a>,
        claim: &'a Claim,
        snapshot: &'a OnceCell<Snapshot>,
        subject: Subject,
        index: u16,
    ) -> Self {
        Self {
            input,
            claim,
            facts: input.facts,
            subject,
            index,
            line: None,
            diagnosis: None,
            adjustment: None,
            denial: None,
            service_date: None,
            visit: None,
            coverage: None,
            authorization: None,
            enrollment: None,
            reads: None,
            snapshot,
        }
    }

    /// The subject of that kind at that place (from 1, 0 for the claim); `None` when the claim has none there.
    pub(crate) fn at(
        input: &'a RuleInput<'a>,
        claim: &'a Claim,
        snapshot: &'a OnceCell<Snapshot>,
        subject: Subject,
        index: u16,
    ) -> Option<Self> {
        let mut ctx = Self::new(input, claim, snapshot, subject, index);
        let place = usize::from(index).checked_sub(1);
        match subject {
            Subject::Claim => {}
            Subject::Line => ctx.line = Some(claim.lines.get(place?)?),
            Subject::Diagnosis => ctx.diagnosis = Some(claim.diagnoses.get(place?)?),
            Subject::Adjustment => {
                let adjustment = input.adjustments.get(place?)?;
                ctx.adjustment = Some(adjustment);
                ctx.line = claim.line(adjustment.line);
            }
            Subject::Denial => {
                let denial = input.denials.get(place?)?;
                ctx.denial = Some(denial);
                ctx.line = claim.line(denial.line);
            }
        }
        ctx.service_date = match ctx.line {
            Some(line) => line.service_date.or_else(|| claim.service_date()),
            None => claim.service_date(),
        };
        ctx.look_up();
        Some(ctx)
    }

    fn look_up(&mut self) {
        self.visit = self.facts.visit(self.line);
        self.coverage = self.facts.coverage(self.claim);
        self.enrollment = self.facts.enrollment(self.claim, self.line);
        self.authorization = match self.line.or_else(|| self.claim.lines.first()) {
            Some(line) => self.facts.authorization(self.claim, line),
            None => self.facts.authorizations.first(),
        };
    }

    /// The date that chooses rules: the service date, else the day of the decision.
    pub(crate) fn rule_date(&self) -> Date {
        self.service_date.unwrap_or(self.input.as_of)
    }

    /// The same subject, recording what is read.
    pub(crate) fn recording<'r>(&self, reads: &'r Reads) -> Ctx<'r>
    where
        'a: 'r,
    {
        Ctx { reads: Some(reads), ..self.clone() }
    }

    pub(crate) fn rendering(&self) -> &'a Provider {
        self.line.map_or_else(|| self.claim.rendering(), |line| self.claim.rendering_provider_of(line))
    }

    /// Position of the line within the claim, from 1, as fields of [`claimflow_core::field`] count it.
    pub(crate) fn line_position(&self) -> Option<usize> {
        let line = self.line?;
        if self.subject == Subject::Line {
            return Some(usize::from(self.index));
        }
        self.claim.lines.iter().position(|own| own.number == line.number).map(|place| place + 1)
    }

    pub(crate) fn record(&self, name: impl FnOnce() -> Text, value: impl FnOnce() -> Text) {
        if let Some(reads) = self.reads {
            let name = name();
            let mut reads = reads.borrow_mut();
            if !reads.iter().any(|(known, _)| *known == name) {
                reads.push((name, value()));
            }
        }
    }
}
