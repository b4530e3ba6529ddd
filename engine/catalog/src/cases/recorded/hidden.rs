//! A claim and what is known of it, without anything that tells whose it is.
//!
//! It is made anew from the claim that cases start from, and takes over only what rules decide by: what nobody thought of
//! stays out.

use claimflow_core::{
    Adjustment, Authorization, Claim, ClaimId, Coverage, Decision, Diagnosis, DiagnosisCode, Enrollment,
    Facts, LineAdjudication, Modifier, OtherPayer, Patient, Person, PlaceOfService, PostedAdjustment,
    PriorService, ProcedureCode, Provider, QualifiedDate, RuleInput, ServiceLine, Text, Visit,
};
use jiff::civil::{Date, Time};
use jiff::{Span, ToSpan};

use super::made_up::{Birthdays, MadeUp, Manner, code};

/// What a case says instead of the real thing.
#[derive(Debug, Clone)]
pub(super) struct Hidden {
    pub(super) claim: Claim,
    pub(super) facts: Facts,
    pub(super) as_of: Date,
    pub(super) submissions: u32,
    pub(super) decision: Option<Decision>,
    pub(super) adjustments: Vec<PostedAdjustment>,
}

/// Hides whose claim it is. `base` is the claim that the case starts from.
pub(super) fn hide(input: &RuleInput<'_>, base: &Claim, manner: Manner) -> Hidden {
    let mut hider = Hider {
        base,
        days: manner.days.days(),
        made_up: MadeUp::new(input.claim, input.facts, manner),
        birthdays: Birthdays::new(input, manner),
    };
    let claim = hider.claim(input.claim);
    let facts = hider.facts(input.facts, &claim);
    Hidden {
        as_of: hider.moved(input.as_of),
        submissions: input.submissions,
        decision: input.decision.map(|decision| hider.decision(decision)),
        adjustments: input.adjustments.to_vec(),
        claim,
        facts,
    }
}

struct Hider<'a> {
    base: &'a Claim,
    days: Span,
    made_up: MadeUp,
    birthdays: Birthdays,
}

impl Hider<'_> {
    fn moved(&self, date: Date) -> Date {
        date.saturating_add(self.days)
    }

    fn maybe_moved(&self, date: Option<Date>) -> Option<Date> {
        date.map(|date| self.moved(date))
    }

    fn claim(&mut self, real: &Claim) -> Claim {
        let base = self.base;
        let mut claim = Claim {
            id: ClaimId::as_received(self.made_up.like(&real.id, base.id.as_str())),
            charge: real.charge,
            place_of_service: PlaceOfService::as_received(code(&real.place_of_service, 2)),
            frequency: code(&real.frequency, 1),
            authorization_number: self.made_up.number(&real.authorization_number, "AUTH"),
            referral_number: self.made_up.number(&real.referral_number, "REFERRAL"),
            payer_claim_number: self.made_up.number(&real.payer_claim_number, "SAMPLE-ICN-"),
            patient_paid: real.patient_paid,
            dates: real.dates.iter().map(|own| self.qualified(own)).collect(),
            diagnoses: real.diagnoses.iter().map(diagnosis).collect(),
            ..base.clone()
        };
        claim.payer.id = real.payer.id.clone();
        claim.payer.id_kind = code(&real.payer.id_kind, 2);
        claim.billing_provider = self.provider(&real.billing_provider, Some(&base.billing_provider));
        claim.rendering_provider =
            real.rendering_provider.as_ref().map(|own| self.provider(own, base.rendering_provider.as_ref()));
        claim.referring_provider = real.referring_provider.as_ref().map(|own| self.provider(own, None));
        claim.supervising_provider = real.supervising_provider.as_ref().map(|own| self.provider(own, None));
        self.people(real, &mut claim);
        indicators(real, &mut claim);
        claim.other_payers = real.other_payers.iter().map(|own| self.other_payer(own)).collect();
        claim.lines = real.lines.iter().map(|own| self.line(own)).collect();
        claim
    }

    fn people(&self, real: &Claim, claim: &mut Claim) {
        let (own, made) = (&real.subscriber, &mut claim.subscriber);
        made.person = self.person(&own.person, &self.base.subscriber.person);
        made.responsibility = code(&own.responsibility, 2);
        made.relationship = code(&own.relationship, 2);
        made.group_number = self.made_up.like(&own.group_number, "GROUP1");
        made.insurance_type = code(&own.insurance_type, 3);
        made.filing_indicator = code(&own.filing_indicator, 2);
        claim.patient = real.patient.as_ref().map(|own| Patient {
            person: self.person(&own.person, &self.base.subscriber.person),
            relationship: code(&own.relationship, 2),
        });
    }

    fn person(&self, real: &Person, base: &Person) -> Person {
        let birth_date = real.birth_date.map(|date| self.birthdays.other(date, base.birth_date));
        Person {
            member_id: self.made_up.like(&real.member_id, &base.member_id),
            birth_date,
            sex: code(&real.sex, 1),
            ..base.clone()
        }
    }

    fn provider(&mut self, real: &Provider, base: Option<&Provider>) -> Provider {
        let made = base.cloned().unwrap_or_default();
        Provider {
            npi: self.made_up.npi(&real.npi, base.map(|own| &own.npi)),
            taxonomy: code(&real.taxonomy, 10),
            tax_id: if real.tax_id.is_empty() { Text::default() } else { made.tax_id },
            ..made
        }
    }

    fn qualified(&self, real: &QualifiedDate) -> QualifiedDate {
        QualifiedDate {
            qualifier: code(&real.qualifier, 3),
            from: self.maybe_moved(real.from),
            to: self.maybe_moved(real.to),
        }
    }

    fn other_payer(&self, real: &OtherPayer) -> OtherPayer {
        OtherPayer {
            responsibility: code(&real.responsibility, 2),
            relationship: code(&real.relationship, 2),
            insurance_type: code(&real.insurance_type, 3),
            filing_indicator: code(&real.filing_indicator, 2),
            adjustments: real.adjustments.clone(),
            paid: real.paid,
            payer: claimflow_core::Payer { id: real.payer.id.clone(), ..Default::default() },
            ..OtherPayer::default()
        }
    }

    fn line(&mut self, real: &ServiceLine) -> ServiceLine {
        ServiceLine {
            number: real.number,
            procedure: ProcedureCode::as_received(code(&real.procedure, 8)),
            procedure_qualifier: code(&real.procedure_qualifier, 2),
            modifiers: real.modifiers.iter().map(|own| Modifier::as_received(code(own, 3))).collect(),
            charge: real.charge,
            unit_basis: code(&real.unit_basis, 2),
            units: real.units,
            place_of_service: PlaceOfService::as_received(code(&real.place_of_service, 2)),
            diagnosis_pointers: real.diagnosis_pointers.clone(),
            service_date: self.maybe_moved(real.service_date),
            service_date_to: self.maybe_moved(real.service_date_to),
            authorization_number: self.made_up.number(&real.authorization_number, "AUTH"),
            rendering_provider: real.rendering_provider.as_ref().map(|own| self.provider(own, None)),
            supervising_provider: real.supervising_provider.as_ref().map(|own| self.provider(own, None)),
            adjudications: real.adjudications.iter().map(|own| self.adjudication(own)).collect(),
            ..ServiceLine::default()
        }
    }

    fn adjudication(&self, real: &LineAdjudication) -> LineAdjudication {
        let adjustments: Vec<Adjustment> = real.adjustments.clone();
        LineAdjudication {
            payer_id: real.payer_id.clone(),
            paid: real.paid,
            units: real.units,
            date: self.maybe_moved(real.date),
            adjustments,
            ..LineAdjudication::default()
        }
    }

    fn decision(&mut self, real: &Decision) -> Decision {
        Decision {
            status: code(&real.status, 2),
            payer_claim_number: self.made_up.number(&real.payer_claim_number, "SAMPLE-ICN-"),
            date: self.maybe_moved(real.date),
            forwarded_to: self.made_up.like(&real.forwarded_to, "Other Payer"),
            ..real.clone()
        }
    }

    fn facts(&mut self, real: &Facts, claim: &Claim) -> Facts {
        let member = &claim.subscriber.person.member_id;
        Facts {
            coverages: real.coverages.iter().map(|row| self.coverage(row, member)).collect(),
            authorizations: real.authorizations.iter().map(|row| self.authorization(row, member)).collect(),
            enrollments: real.enrollments.iter().map(|row| self.enrollment(row)).collect(),
            visits: real.visits.iter().map(|row| self.visit(row, &claim.id)).collect(),
            history: real.history.iter().map(|row| self.prior(row)).collect(),
        }
    }

    fn coverage(&self, real: &Coverage, member: &Text) -> Coverage {
        Coverage {
            member_id: member.clone(),
            from: self.maybe_moved(real.from),
            to: self.maybe_moved(real.to),
            verified_on: self.maybe_moved(real.verified_on),
            ..real.clone()
        }
    }

    fn authorization(&mut self, real: &Authorization, member: &Text) -> Authorization {
        Authorization {
            number: self.made_up.number(&real.number, "AUTH"),
            member_id: member.clone(),
            from: self.maybe_moved(real.from),
            to: self.maybe_moved(real.to),
            ..real.clone()
        }
    }

    fn enrollment(&mut self, real: &Enrollment) -> Enrollment {
        Enrollment {
            npi: self.made_up.npi(&real.npi, None),
            from: self.maybe_moved(real.from),
            to: self.maybe_moved(real.to),
            license: license(&real.license),
            ..real.clone()
        }
    }

    fn visit(&mut self, real: &Visit, claim: &ClaimId) -> Visit {
        Visit {
            claim_id: claim.clone(),
            date: self.maybe_moved(real.date),
            start: real.start.map(|_| TEN),
            stop: real.stop.map(|_| after(TEN, real.minutes())),
            treatment_plan_date: self.maybe_moved(real.treatment_plan_date),
            clinician_npi: self.made_up.npi(&real.clinician_npi, None),
            ..real.clone()
        }
    }

    fn prior(&self, real: &PriorService) -> PriorService {
        PriorService {
            claim_id: ClaimId::as_received("EARLIER1"),
            procedure: ProcedureCode::as_received(code(&real.procedure, 8)),
            date: self.maybe_moved(real.date),
        }
    }
}

/// When sessions begin.
const TEN: Time = Time::constant(10, 0, 0, 0);

/// The end of a session; one of unknown length lasts an hour.
fn after(start: Time, minutes: Option<i64>) -> Time {
    start.wrapping_add(minutes.unwrap_or(60).minutes())
}

/// What clinicians are licensed as; anything else that stands in its place may be a name.
const LICENSES: &[&str] = &[
    "APRN", "BCBA", "CADC", "DO", "LAC", "LADC", "LCPC", "LCSW", "LICSW", "LISW", "LMFT", "LMHC", "LMSW",
    "LP", "LPC", "LPCC", "LSW", "MD", "NP", "PA", "PHD", "PMHNP", "PSYD", "RN",
];

fn license(real: &Text) -> Text {
    if LICENSES.contains(&real.as_str()) { real.clone() } else { code(real, 0) }
}

fn diagnosis(real: &Diagnosis) -> Diagnosis {
    Diagnosis { qualifier: code(&real.qualifier, 3), code: DiagnosisCode::as_received(code(&real.code, 8)) }
}

fn indicators(real: &Claim, claim: &mut Claim) {
    let (own, made) = (&real.indicators, &mut claim.indicators);
    made.facility_qualifier = code(&own.facility_qualifier, 1);
    made.signature_on_file = code(&own.signature_on_file, 1);
    made.assignment = code(&own.assignment, 1);
    made.benefits_assigned = code(&own.benefits_assigned, 1);
    made.release = code(&own.release, 1);
    made.patient_signature = code(&own.patient_signature, 1);
    made.special_program = code(&own.special_program, 3);
    made.delay_reason = code(&own.delay_reason, 2);
}
