//! Facts about a claim that are not on the claim. Three-valued: a missing row is *unknown*, never "no".

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use crate::{Claim, ClaimId, Money, Npi, PayerId, ProcedureCode, Quantity, ServiceLine, Text};

/// What is known about one claim when it is stepped: rows picked from the registers and the practice's own history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// Coverage rows of the member with the claim's payer.
    pub coverages: Vec<Coverage>,
    /// Authorizations of the member with the claim's payer.
    pub authorizations: Vec<Authorization>,
    /// Enrollments of the rendering provider with the claim's payer.
    pub enrollments: Vec<Enrollment>,
    /// Visits of the claim.
    pub visits: Vec<Visit>,
    /// Earlier services of the same member, this claim's own left out, newest first.
    pub history: Vec<PriorService>,
}

/// What a payer says of a member. One row of `registers/coverage.csv`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Coverage {
    /// Member id.
    pub member_id: Text,
    /// Payer.
    pub payer_id: PayerId,
    /// `active` or `inactive`; empty when the payer did not say.
    pub status: Text,
    /// First day.
    pub from: Option<Date>,
    /// Last day; none when open.
    pub to: Option<Date>,
    /// Payer that handles behavioral health instead, when carved out.
    pub behavioral_payer_id: PayerId,
    /// True when the plan needs an authorization for outpatient behavioral health.
    pub authorization_required: Option<bool>,
    /// Visits a year the plan pays.
    pub visit_limit: Option<u32>,
    /// Visits already used.
    pub visits_used: Option<u32>,
    /// Copayment.
    pub copay: Option<Money>,
    /// `P`, `S`: this plan's place among the member's plans, when known.
    pub responsibility: Text,
    /// When this was last confirmed with the payer.
    pub verified_on: Option<Date>,
}

/// A prior authorization. One row of `registers/authorizations.csv`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Authorization {
    /// The payer's number.
    pub number: Text,
    /// Member id.
    pub member_id: Text,
    /// Payer.
    pub payer_id: PayerId,
    /// `approved`, `pended` or `denied`.
    pub status: Text,
    /// Codes covered; none listed means every code.
    pub codes: Vec<ProcedureCode>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
    /// Units approved.
    pub units_approved: Option<Quantity>,
    /// Units used so far, as the practice counts them.
    pub units_used: Quantity,
}

/// A provider's enrollment with a payer. One row of `registers/enrollments.csv`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Enrollment {
    /// The provider.
    pub npi: Npi,
    /// Payer.
    pub payer_id: PayerId,
    /// First day.
    pub from: Option<Date>,
    /// Last day; none when open.
    pub to: Option<Date>,
    /// `active`, `pending` or `ended`.
    pub status: Text,
    /// Licence, as `LCSW`, `LPC`, `PHD`, `MD`, `PMHNP`.
    pub license: Text,
}

/// What the note of a visit shows. One row of `registers/visits.csv`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Visit {
    /// The claim.
    pub claim_id: ClaimId,
    /// Service line, from 1; 0 for every line of the claim.
    pub line: u16,
    /// Date of the visit.
    pub date: Option<Date>,
    /// Start time.
    pub start: Option<Time>,
    /// Stop time.
    pub stop: Option<Time>,
    /// `in_person`, `video` or `audio`.
    pub modality: Text,
    /// Where the patient was: `home`, `office`, `other`.
    pub patient_location: Text,
    /// True when the note is signed.
    pub signed: Option<bool>,
    /// Date of the treatment plan in force.
    pub treatment_plan_date: Option<Date>,
    /// True when the note states medical necessity.
    pub medical_necessity: Option<bool>,
    /// True when the note is linked to a goal of the treatment plan.
    pub plan_linked: Option<bool>,
    /// Members of a group session.
    pub group_size: Option<u32>,
    /// True when the note describes this member's own participation in the group.
    pub individual_note: Option<bool>,
    /// Was the patient present (family sessions)?
    pub patient_present: Option<bool>,
    /// The clinician who gave the service.
    pub clinician_npi: Npi,
}

/// A service that the practice has billed before for the same member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriorService {
    /// The claim it was on.
    pub claim_id: ClaimId,
    /// Procedure code.
    pub procedure: ProcedureCode,
    /// Date of service.
    pub date: Option<Date>,
}

/// True when `date` lies within the two days, open ends included.
pub fn within(date: Date, from: Option<Date>, to: Option<Date>) -> bool {
    from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to)
}

impl Authorization {
    /// True when it is approved, in force on the line's date, for the line's code and with units left.
    pub fn covers(&self, line: &ServiceLine) -> bool {
        self.matches(line) && self.units_left().is_none_or(|left| left >= line.units)
    }

    /// True when it is approved, in force on the line's date and for the line's code, units left or not.
    pub fn matches(&self, line: &ServiceLine) -> bool {
        self.status == "approved"
            && line.service_date.is_some_and(|date| within(date, self.from, self.to))
            && (self.codes.is_empty() || self.codes.contains(&line.procedure))
    }

    /// Units left, or `None` when the approval names no number.
    pub fn units_left(&self) -> Option<Quantity> {
        self.units_approved.map(|approved| approved - self.units_used)
    }
}

impl Facts {
    /// The coverage row that says most about the claim's date of service: one in force, else any.
    pub fn coverage(&self, claim: &Claim) -> Option<&Coverage> {
        let date = claim.service_date();
        self.coverages
            .iter()
            .find(|row| date.is_some_and(|date| within(date, row.from, row.to)))
            .or_else(|| self.coverages.first())
    }

    /// The authorization that applies to a line: the one numbered on it, else one that covers it, else one for its
    /// code, else any.
    pub fn authorization(&self, claim: &Claim, line: &ServiceLine) -> Option<&Authorization> {
        let number = line.authorization(claim);
        self.authorizations
            .iter()
            .find(|row| !number.is_empty() && row.number == *number)
            .or_else(|| self.authorizations.iter().find(|row| row.covers(line)))
            .or_else(|| self.authorizations.iter().find(|row| row.matches(line)))
            .or_else(|| self.authorizations.first())
    }

    /// The enrollment of a line's rendering provider that is in force on its date, else any of that provider.
    pub fn enrollment(&self, claim: &Claim, line: Option<&ServiceLine>) -> Option<&Enrollment> {
        let npi = line.map_or_else(|| claim.rendering_npi(), |line| &claim.rendering_provider_of(line).npi);
        let date = line.map_or_else(|| claim.service_date(), |line| line.service_date);
        let own = || self.enrollments.iter().filter(|row| row.npi == *npi);
        own().find(|row| date.is_some_and(|date| within(date, row.from, row.to))).or_else(|| own().next())
    }

    /// The visit of a line.
    pub fn visit(&self, line: Option<&ServiceLine>) -> Option<&Visit> {
        match line {
            None => self.visits.first(),
            Some(line) => self.visits.iter().find(|visit| visit.line == line.number).or_else(|| {
                self.visits.iter().find(|visit| {
                    visit.line == 0 && (visit.date.is_none() || visit.date == line.service_date)
                })
            }),
        }
    }
}

impl Visit {
    /// Minutes from start to stop; a stop before the start counts into the next day. `None` when either is missing.
    pub fn minutes(&self) -> Option<i64> {
        let (start, stop) = (self.start?, self.stop?);
        let minutes = |time: Time| i64::from(time.hour()) * 60 + i64::from(time.minute());
        Some((minutes(stop) - minutes(start)).rem_euclid(24 * 60))
    }
}
