//! What a row of the decision table can ask of a claim.

use claimflow_core::{Claim, Coverage, ServiceLine, days_between, within};
use jiff::civil::Date;

use crate::knowledge::{PayerKnowledge, ServiceKey};
use crate::payer::ledger::Ledger;

/// A claim before the payer.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// When it was received.
    pub on: Date,
    /// Days from the service to the end of the filing window.
    pub filing_days: i64,
    /// What the payer knows.
    pub knowledge: &'a PayerKnowledge,
    /// What the payer has decided.
    pub ledger: &'a Ledger,
}

macro_rules! conditions {
    ($($condition:ident $name:literal)+) => {
        /// A condition of the decision table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Condition { $($condition,)+ }

        impl Condition {
            /// The names that the table may use.
            pub const NAMES: &'static [&'static str] = &[$($name,)+];

            /// The condition with this name.
            pub fn find(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$condition),)+ _ => None }
            }
        }
    };
}

conditions! {
    MemberIdMissing "member_id_missing"
    BirthDateMissing "birth_date_missing"
    NpiInvalid "npi_invalid"
    DiagnosisMalformed "diagnosis_malformed"
    ProcedureMalformed "procedure_malformed"
    PointerInvalid "pointer_invalid"
    ChargeMismatch "charge_mismatch"
    OriginalMissing "original_missing"
    OriginalUnknown "original_unknown"
    MemberUnknown "member_unknown"
    Late "late"
    CarvedOut "carved_out"
    CoverageEnded "coverage_ended"
    BilledBeforePrimary "billed_before_primary"
    PrimaryDecisionMissing "primary_decision_missing"
    LimitReached "limit_reached"
    Duplicate "duplicate"
    NotEnrolled "not_enrolled"
    AuthorizationMissing "authorization_missing"
    AuthorizationEnded "authorization_ended"
    AuthorizationUsedUp "authorization_used_up"
    AddOnAlone "add_on_alone"
    BesideFamilyOrCrisis "beside_family_or_crisis"
    ManyUnits "many_units"
}

impl Condition {
    /// Does it hold of the claim, or of the line where one is given?
    pub fn holds(self, case: &Case<'_>, line: Option<&ServiceLine>) -> bool {
        match line {
            Some(line) => self.holds_of_line(case, line),
            None => self.holds_of_claim(case),
        }
    }

    fn holds_of_line(self, case: &Case<'_>, line: &ServiceLine) -> bool {
        match self {
            Self::ProcedureMalformed => !line.procedure.is_well_formed(),
            Self::PointerInvalid => has_invalid_pointer(case.claim, line),
            Self::Duplicate => is_duplicate(case, line),
            Self::NotEnrolled => case.knowledge.is_not_enrolled(case.claim, line),
            Self::AuthorizationMissing => {
                wants_authorization(case) && case.knowledge.authorization(case.claim, line).is_none()
            }
            Self::AuthorizationEnded => {
                let row = case.knowledge.authorization(case.claim, line);
                row.is_some_and(|row| !line.service_date.is_some_and(|date| within(date, row.from, row.to)))
            }
            Self::AuthorizationUsedUp => {
                let row = case.knowledge.authorization(case.claim, line);
                row.is_some_and(|row| row.matches(line) && !row.covers(line))
            }
            Self::AddOnAlone => !has_primary(case.claim, line),
            Self::BesideFamilyOrCrisis => has_any(case.claim, line, &["90839", "90840", "90846", "90847"]),
            Self::ManyUnits => line.units > claimflow_core::Quantity::whole(1),
            _ => self.holds_of_claim(case),
        }
    }

    fn holds_of_claim(self, case: &Case<'_>) -> bool {
        let claim = case.claim;
        let coverage = case.knowledge.coverage(claim);
        let covered = |test: fn(&Coverage) -> bool| coverage.is_some_and(test);
        match self {
            Self::MemberIdMissing => claim.subscriber.person.member_id.is_empty(),
            Self::BirthDateMissing => claim.patient_person().birth_date.is_none(),
            Self::NpiInvalid => {
                !claim.rendering_npi().check_digit_holds() || !claim.billing_provider.npi.check_digit_holds()
            }
            Self::DiagnosisMalformed => {
                claim.diagnoses.is_empty()
                    || claim.diagnoses.iter().any(|diagnosis| !diagnosis.code.is_well_formed())
            }
            Self::ChargeMismatch => claim.charge != claim.lines.iter().map(|line| line.charge).sum(),
            Self::OriginalMissing => claim.is_correction() && claim.payer_claim_number.is_empty(),
            Self::OriginalUnknown => claim.is_correction() && case.ledger.decided(claim).is_none(),
            Self::MemberUnknown => case.knowledge.is_unknown_member(claim),
            Self::Late => {
                let last = claim.last_service_date();
                !claim.is_correction()
                    && last.is_some_and(|last| days_between(last, case.on) > case.filing_days)
            }
            Self::CarvedOut => coverage.is_some_and(|row| {
                !row.behavioral_payer_id.is_empty() && row.behavioral_payer_id != claim.payer.id
            }),
            Self::CoverageEnded => coverage.is_some_and(|row| {
                row.status == "inactive"
                    || !claim.service_date().is_some_and(|date| within(date, row.from, row.to))
            }),
            Self::BilledBeforePrimary => {
                covered(|row| row.responsibility == "S") && claim.subscriber.responsibility == "P"
            }
            Self::PrimaryDecisionMissing => {
                claim.subscriber.responsibility != "P" && claim.other_payers.is_empty()
            }
            Self::LimitReached => covered(|row| {
                row.visit_limit.is_some_and(|limit| row.visits_used.is_some_and(|used| used >= limit))
            }),
            _ => claim.lines.iter().any(|line| self.holds_of_line(case, line)),
        }
    }
}

fn wants_authorization(case: &Case<'_>) -> bool {
    case.knowledge.coverage(case.claim).is_some_and(|row| row.authorization_required == Some(true))
}

fn has_invalid_pointer(claim: &Claim, line: &ServiceLine) -> bool {
    let valid = |pointer: &u8| (1..=claim.diagnoses.len()).contains(&usize::from(*pointer));
    line.diagnosis_pointers.is_empty() || !line.diagnosis_pointers.iter().all(valid)
}

/// Received before, as an original, without a modifier that says it was given a second time.
fn is_duplicate(case: &Case<'_>, line: &ServiceLine) -> bool {
    let again = ["59", "76", "77", "XE", "XP", "XS", "XU"];
    if case.claim.is_correction() || again.iter().any(|modifier| line.has_modifier(modifier)) {
        return false;
    }
    let Some(service) = ServiceKey::of(case.claim, line) else { return false };
    case.knowledge.has_received(&service) || case.ledger.has_received(&service)
}

/// Is one of the codes on another line of the same day?
fn has_any(claim: &Claim, line: &ServiceLine, codes: &[&str]) -> bool {
    claim.lines.iter().any(|other| {
        !std::ptr::eq(other, line)
            && other.service_date == line.service_date
            && codes.contains(&other.procedure.as_str())
    })
}

/// Does the code that an add-on stands on stand on the claim?
fn has_primary(claim: &Claim, line: &ServiceLine) -> bool {
    match line.procedure.as_str() {
        "90840" => has_any(claim, line, &["90839"]),
        "90785" => claim.lines.len() > 1,
        _ => claim.lines.iter().any(|other| other.procedure.as_str().starts_with("99")),
    }
}
