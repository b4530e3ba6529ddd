//! What the payers know, in the same words in which the practice keeps its registers.

use std::collections::{BTreeMap, BTreeSet};

use claimflow_core::{
    Authorization, Claim, Coverage, Enrollment, Npi, PayerId, ProcedureCode, ServiceLine, Text, within,
};
use jiff::civil::Date;

/// One service as a payer knows it again, whatever number the claim has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey {
    /// Payer.
    pub payer_id: PayerId,
    /// Member id.
    pub member_id: Text,
    /// Date of service.
    pub date: Date,
    /// Procedure code.
    pub procedure: ProcedureCode,
}

impl ServiceKey {
    /// The key of a line; `None` when it has no date.
    pub fn of(claim: &Claim, line: &ServiceLine) -> Option<Self> {
        Some(Self {
            payer_id: claim.payer.id.clone(),
            member_id: claim.subscriber.person.member_id.clone(),
            date: line.service_date?,
            procedure: line.procedure.clone(),
        })
    }
}

/// What the payers know. Three-valued like the registers: of a payer of which nothing is written here, every member is
/// covered, every service authorized and every clinician enrolled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PayerKnowledge {
    coverages: BTreeMap<(PayerId, Text), Vec<Coverage>>,
    authorizations: BTreeMap<(PayerId, Text), Authorization>,
    enrollments: BTreeMap<(PayerId, Npi), Vec<Enrollment>>,
    doubts: BTreeMap<ServiceKey, Text>,
    received: BTreeSet<ServiceKey>,
    crossovers: BTreeMap<(PayerId, Text), Text>,
    payers_with_members: BTreeSet<PayerId>,
    payers_with_enrollments: BTreeSet<PayerId>,
}

impl PayerKnowledge {
    /// Adds a coverage row.
    pub fn cover(&mut self, row: Coverage) {
        self.payers_with_members.insert(row.payer_id.clone());
        self.coverages.entry((row.payer_id.clone(), row.member_id.clone())).or_default().push(row);
    }

    /// Adds an authorization.
    pub fn authorize(&mut self, row: Authorization) {
        self.authorizations.insert((row.payer_id.clone(), row.number.clone()), row);
    }

    /// Adds an enrollment.
    pub fn enroll(&mut self, row: Enrollment) {
        self.payers_with_enrollments.insert(row.payer_id.clone());
        self.enrollments.entry((row.payer_id.clone(), row.npi.clone())).or_default().push(row);
    }

    /// Lets the payer find something in a service: `reason` is a row's `doubt` in the decision table.
    pub fn doubt(&mut self, service: ServiceKey, reason: impl Into<Text>) {
        self.doubts.insert(service, reason.into());
    }

    /// Lets the payer have a service already, from elsewhere.
    pub fn receive(&mut self, service: ServiceKey) {
        self.received.insert(service);
    }

    /// Lets a payer pass a member's claims on to another.
    pub fn pass_on(&mut self, payer_id: PayerId, member_id: Text, to: impl Into<Text>) {
        self.crossovers.insert((payer_id, member_id), to.into());
    }

    /// True when the payer knows its members and this is none of them.
    pub(crate) fn is_unknown_member(&self, claim: &Claim) -> bool {
        self.payers_with_members.contains(&claim.payer.id) && !self.coverages.contains_key(&member_of(claim))
    }

    /// The member's coverage on the claim's first date of service: the row in force, else any.
    pub(crate) fn coverage(&self, claim: &Claim) -> Option<&Coverage> {
        let rows = self.coverages.get(&member_of(claim))?;
        let date = claim.service_date();
        rows.iter()
            .find(|row| date.is_some_and(|date| within(date, row.from, row.to)))
            .or_else(|| rows.first())
    }

    /// The authorization with the line's number, when it is the member's.
    pub(crate) fn authorization(&self, claim: &Claim, line: &ServiceLine) -> Option<&Authorization> {
        let number = line.authorization(claim).clone();
        let row = self.authorizations.get(&(claim.payer.id.clone(), number))?;
        (row.member_id == claim.subscriber.person.member_id).then_some(row)
    }

    /// True when the payer knows its clinicians and the line's was none of them on that day.
    pub(crate) fn is_not_enrolled(&self, claim: &Claim, line: &ServiceLine) -> bool {
        if !self.payers_with_enrollments.contains(&claim.payer.id) {
            return false;
        }
        let npi = claim.rendering_provider_of(line).npi.clone();
        let rows = self.enrollments.get(&(claim.payer.id.clone(), npi));
        let in_force = |row: &Enrollment| {
            row.status == "active" && line.service_date.is_some_and(|date| within(date, row.from, row.to))
        };
        !rows.is_some_and(|rows| rows.iter().any(in_force))
    }

    /// What the payer finds in a line, or nothing.
    pub(crate) fn doubt_of(&self, service: &ServiceKey) -> Option<&Text> {
        self.doubts.get(service)
    }

    /// True when the payer has the service from elsewhere.
    pub(crate) fn has_received(&self, service: &ServiceKey) -> bool {
        self.received.contains(service)
    }

    /// To whom the payer passes the member's claims on.
    pub(crate) fn crossover(&self, claim: &Claim) -> Option<&Text> {
        self.crossovers.get(&member_of(claim))
    }
}

fn member_of(claim: &Claim) -> (PayerId, Text) {
    (claim.payer.id.clone(), claim.subscriber.person.member_id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn claim() -> Claim {
        let mut claim = Claim::default();
        claim.payer.id = PayerId::as_received("P1");
        claim.subscriber.person.member_id = "M1".into();
        claim.lines = vec![ServiceLine { service_date: Some(date(2026, 9, 1)), ..ServiceLine::default() }];
        claim
    }

    fn row(to: Option<Date>) -> Coverage {
        Coverage { payer_id: PayerId::as_received("P1"), member_id: "M1".into(), to, ..Coverage::default() }
    }

    #[test]
    fn nothing_known_is_nothing_held_against() {
        let (knowledge, claim) = (PayerKnowledge::default(), claim());
        assert!(!knowledge.is_unknown_member(&claim));
        assert!(!knowledge.is_not_enrolled(&claim, &claim.lines[0]));
        assert_eq!(knowledge.coverage(&claim), None);
    }

    #[test]
    fn the_row_in_force_counts() {
        let mut knowledge = PayerKnowledge::default();
        knowledge.cover(row(Some(date(2026, 8, 31))));
        knowledge.cover(Coverage { from: Some(date(2026, 9, 1)), status: "active".into(), ..row(None) });
        let mut claim = claim();
        assert_eq!(knowledge.coverage(&claim).unwrap().status, "active");
        claim.subscriber.person.member_id = "M2".into();
        assert!(knowledge.is_unknown_member(&claim));
    }

    #[test]
    fn an_ended_enrollment_is_none() {
        let mut knowledge = PayerKnowledge::default();
        let claim = claim();
        let payer_id = claim.payer.id.clone();
        let ended = Enrollment {
            payer_id,
            to: Some(date(2026, 8, 1)),
            status: "active".into(),
            ..Enrollment::default()
        };
        knowledge.enroll(ended.clone());
        assert!(knowledge.is_not_enrolled(&claim, &claim.lines[0]));
        knowledge.enroll(Enrollment { to: None, ..ended });
        assert!(!knowledge.is_not_enrolled(&claim, &claim.lines[0]));
    }
}
