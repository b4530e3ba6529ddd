//! The claim: a professional claim (837P) in the field's words.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    Address, ClaimId, DiagnosisCode, GroupCode, Modifier, Money, Npi, Patient, Payer, Person, PlaceOfService,
    ProcedureCode, Provider, Quantity, Subscriber, Text,
};

/// A professional claim. Money in dollars, dates ISO. Source: ASC X12 005010X222A1 (837P).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Claim {
    /// The practice's number, CLM01.
    pub id: ClaimId,
    /// Total charge, CLM02.
    pub charge: Money,
    /// Place of service, CLM05-1.
    pub place_of_service: PlaceOfService,
    /// Claim frequency, CLM05-3: `1` original, `7` replacement, `8` void.
    pub frequency: Text,
    /// Who bills (2010AA).
    pub billing_provider: Provider,
    /// Where payment goes when not to the billing provider's address (2010AB).
    pub pay_to: Option<Address>,
    /// The policy holder (2000B, 2010BA).
    pub subscriber: Subscriber,
    /// The patient, where not the subscriber (2000C, 2010CA).
    pub patient: Option<Patient>,
    /// The payer (2010BB).
    pub payer: Payer,
    /// Signatures, assignment and related causes.
    pub indicators: Indicators,
    /// Prior authorization number (REF*G1).
    pub authorization_number: Text,
    /// Referral number (REF*9F).
    pub referral_number: Text,
    /// The payer's number of the claim that this one replaces or voids (REF*F8).
    pub payer_claim_number: Text,
    /// Medical record number (REF*EA).
    pub medical_record_number: Text,
    /// What the patient has paid (AMT*F5).
    pub patient_paid: Option<Money>,
    /// Claim dates with their X12 qualifiers, as `431` onset.
    pub dates: Vec<QualifiedDate>,
    /// Diagnoses, the principal one first.
    pub diagnoses: Vec<Diagnosis>,
    /// Referring provider (2310A).
    pub referring_provider: Option<Provider>,
    /// Rendering provider (2310B), when not the billing provider.
    pub rendering_provider: Option<Provider>,
    /// Where the service was given (2310C).
    pub service_facility: Option<Provider>,
    /// Supervising provider (2310D).
    pub supervising_provider: Option<Provider>,
    /// Other payers and what they decided (2320, 2330).
    pub other_payers: Vec<OtherPayer>,
    /// Service lines (2400), at most 50.
    pub lines: Vec<ServiceLine>,
    /// Segments without a word of their own, kept so that nothing is lost.
    pub extras: Vec<ExtraSegment>,
}

/// Claim-level indicators as X12 codes; empty text: not given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Indicators {
    /// Facility code qualifier, CLM05-2; `B` for professional.
    pub facility_qualifier: Text,
    /// Provider signature on file, CLM06.
    pub signature_on_file: Text,
    /// Assignment or plan participation, CLM07.
    pub assignment: Text,
    /// Benefits assigned, CLM08.
    pub benefits_assigned: Text,
    /// Release of information, CLM09.
    pub release: Text,
    /// Patient signature source, CLM10.
    pub patient_signature: Text,
    /// Related causes, CLM11, as sent (components joined by `:`).
    pub related_causes: Text,
    /// Special program, CLM12.
    pub special_program: Text,
    /// Delay reason, CLM20.
    pub delay_reason: Text,
}

/// A date or a range of dates with its X12 qualifier (DTP01).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QualifiedDate {
    /// Qualifier, as `431`.
    pub qualifier: Text,
    /// The date, or the first of a range.
    pub from: Option<Date>,
    /// The last of a range.
    pub to: Option<Date>,
}

/// A diagnosis with its X12 qualifier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Diagnosis {
    /// `ABK` principal, `ABF` other; `BK` and `BF` are the same in ICD-9 times.
    pub qualifier: Text,
    /// The code.
    pub code: DiagnosisCode,
}

/// One service line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceLine {
    /// Number within the claim, from 1 (LX01 as sent may differ; written anew).
    pub number: u16,
    /// Procedure code.
    pub procedure: ProcedureCode,
    /// Qualifier of the code, SV101-1: `HC` for CPT and HCPCS.
    pub procedure_qualifier: Text,
    /// Up to four modifiers.
    pub modifiers: Vec<Modifier>,
    /// Description, SV101-7.
    pub description: Text,
    /// Charge.
    pub charge: Money,
    /// `UN` units or `MJ` minutes.
    pub unit_basis: Text,
    /// How many.
    pub units: Quantity,
    /// Place of service, only where it differs from the claim's.
    pub place_of_service: PlaceOfService,
    /// Which diagnoses, from 1.
    pub diagnosis_pointers: Vec<u8>,
    /// Date of service.
    pub service_date: Option<Date>,
    /// Last date of service, for a range.
    pub service_date_to: Option<Date>,
    /// Authorization number, only where it differs from the claim's (REF*G1).
    pub authorization_number: Text,
    /// The practice's number of the line (REF*6R).
    pub control_number: Text,
    /// Rendering provider, where not the claim's (2420A).
    pub rendering_provider: Option<Provider>,
    /// Supervising provider, where not the claim's (2420D).
    pub supervising_provider: Option<Provider>,
    /// What other payers decided on this line (2430).
    pub adjudications: Vec<LineAdjudication>,
}

/// Another payer on the claim (2320 and 2330), with its decision where it has made one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OtherPayer {
    /// `P`, `S`, `T`... (SBR01).
    pub responsibility: Text,
    /// Relationship of the patient to that policy's holder (SBR02).
    pub relationship: Text,
    /// Group number (SBR03).
    pub group_number: Text,
    /// Group name (SBR04).
    pub group_name: Text,
    /// Insurance type (SBR05).
    pub insurance_type: Text,
    /// Claim filing indicator (SBR09).
    pub filing_indicator: Text,
    /// Claim-level adjustments.
    pub adjustments: Vec<Adjustment>,
    /// What it paid (AMT*D).
    pub paid: Option<Money>,
    /// The policy holder (2330A).
    pub subscriber: Person,
    /// The payer (2330B).
    pub payer: Payer,
}

/// Another payer's decision on a line (SVD, CAS, DTP*573).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LineAdjudication {
    /// Which payer: the id of one of the claim's other payers (SVD01).
    pub payer_id: Text,
    /// What it paid.
    pub paid: Money,
    /// The code it paid, with its qualifier and modifiers, components joined by `:` (SVD03).
    pub procedure: Text,
    /// Units paid.
    pub units: Quantity,
    /// Line number it was bundled into (SVD06); empty when none.
    pub bundled_into: Text,
    /// Adjustments.
    pub adjustments: Vec<Adjustment>,
    /// Date of the decision.
    pub date: Option<Date>,
}

/// One adjustment: a triple of a CAS segment under its group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// Who bears it.
    pub group: GroupCode,
    /// Reason (CARC).
    pub reason: crate::Carc,
    /// Amount; may be zero or negative.
    pub amount: Money,
    /// Quantity, when given.
    #[serde(default)]
    pub quantity: Option<Quantity>,
}

/// A segment that has no word of its own, as it was sent, with its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExtraSegment {
    /// Loop, as `2300`, `2310E`, `2320`, `2410`.
    pub place: Text,
    /// Service line (from 1), 0 for the claim.
    pub line: u16,
    /// Which repetition of the loop, from 1.
    pub repetition: u16,
    /// The segment with `*` between elements, `:` between components and `^` between repetitions; no terminator.
    pub segment: Text,
}

impl Claim {
    /// The person who was treated.
    pub fn patient_person(&self) -> &Person {
        self.patient.as_ref().map_or(&self.subscriber.person, |patient| &patient.person)
    }

    /// The first date of service.
    pub fn service_date(&self) -> Option<Date> {
        self.lines.iter().filter_map(|line| line.service_date).min()
    }

    /// The last date of service.
    pub fn last_service_date(&self) -> Option<Date> {
        self.lines.iter().filter_map(|line| line.service_date_to.or(line.service_date)).max()
    }

    /// Who gave the service on a line: the line's rendering provider, else the claim's, else the billing provider.
    pub fn rendering_provider_of<'a>(&'a self, line: &'a ServiceLine) -> &'a Provider {
        line.rendering_provider.as_ref().unwrap_or_else(|| self.rendering())
    }

    /// The claim's rendering provider: its own, else the billing provider.
    pub fn rendering(&self) -> &Provider {
        self.rendering_provider.as_ref().unwrap_or(&self.billing_provider)
    }

    /// The rendering provider's NPI.
    pub fn rendering_npi(&self) -> &Npi {
        &self.rendering().npi
    }

    /// The place of service of a line: its own, else the claim's.
    pub fn place_of(&self, line: &ServiceLine) -> PlaceOfService {
        if line.place_of_service.is_empty() {
            self.place_of_service.clone()
        } else {
            line.place_of_service.clone()
        }
    }

    /// The line with this number.
    pub fn line(&self, number: u16) -> Option<&ServiceLine> {
        self.lines.iter().find(|line| line.number == number)
    }

    /// True when this claim replaces or voids an earlier one.
    pub fn is_correction(&self) -> bool {
        matches!(self.frequency.as_str(), "7" | "8")
    }
}

impl ServiceLine {
    /// True when the line carries the modifier.
    pub fn has_modifier(&self, modifier: &str) -> bool {
        self.modifiers.iter().any(|own| own.as_str() == modifier)
    }

    /// The authorization number that applies: the line's own, else the claim's.
    pub fn authorization<'a>(&'a self, claim: &'a Claim) -> &'a Text {
        if self.authorization_number.is_empty() {
            &claim.authorization_number
        } else {
            &self.authorization_number
        }
    }
}
