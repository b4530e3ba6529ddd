//! The kinds of defect: what goes wrong in a behavioral health practice, who could have known, and what it becomes.

use std::fmt;

/// Who can know of a defect before the payer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KnownTo {
    /// The claim or a register shows it: a rule can hold it, mend it or warn before it goes out.
    Practice,
    /// Nothing in the practice shows it: the claim goes out, and is refused or denied.
    Payer,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident, $name:literal, $known:ident, $category:literal, $weight:literal;)+) => {
        /// A kind of defect.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DefectKind {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl DefectKind {
            /// Every kind, those with few visits that suit first.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// Its name in lists.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// Who can know of it before the payer decides.
            pub const fn known_to(self) -> KnownTo {
                match self { $(Self::$kind => KnownTo::$known,)+ }
            }

            /// The category it belongs to, as the base pack's `categories.csv` names it.
            pub const fn category(self) -> &'static str {
                match self { $(Self::$kind => $category,)+ }
            }

            /// How often it is, compared with the others.
            pub(crate) const fn weight(self) -> u64 {
                match self { $(Self::$kind => $weight,)+ }
            }
        }
    };
}

kinds! {
    /// A program week without a treatment plan in force.
    TreatmentPlanMissing, "treatment_plan_missing", Practice, "documentation", 2;
    /// The group note does not say how many members there were, or says nothing of this one.
    GroupDetailsMissing, "group_details_missing", Practice, "documentation", 2;
    /// An add-on code stands alone.
    AddOnWithoutPrimary, "add_on_without_primary", Practice, "bundling", 1;
    /// Two codes that exclude each other.
    ExcludedCombination, "excluded_combination", Practice, "bundling", 1;
    /// A clinician in supervision without a supervisor on the claim.
    SupervisorMissing, "supervisor_missing", Practice, "credentialing", 1;
    /// The clinician's enrollment with the payer had ended.
    ClinicianNotEnrolled, "clinician_not_enrolled", Practice, "credentialing", 2;
    /// The plan wants an authorization and there is none.
    AuthorizationMissing, "authorization_missing", Practice, "authorization", 3;
    /// The authorization ended before the visit.
    AuthorizationExpired, "authorization_expired", Practice, "authorization", 4;
    /// The authorization's units are used up.
    AuthorizationExhausted, "authorization_exhausted", Practice, "authorization", 3;
    /// The authorization's number was left off the claim; a rule can add it.
    AuthorizationNumberOmitted, "authorization_number_omitted", Practice, "authorization", 2;
    /// The plan ended before the visit.
    CoverageInactive, "coverage_inactive", Practice, "eligibility", 2;
    /// The plan began to ask for authorizations in mid-treatment.
    BenefitsChanged, "benefits_changed", Practice, "authorization", 2;
    /// Another payer handles behavioral health.
    CarveOut, "carve_out", Practice, "wrong_payer", 2;
    /// The plan's visits of the year are used up.
    BenefitUsedUp, "benefit_used_up", Practice, "benefit_limit", 1;
    /// The plan is the member's second one and was billed as the first.
    PlanOrderWrong, "plan_order_wrong", Practice, "coordination_of_benefits", 1;
    /// A secondary claim without the primary payer's decision.
    PrimaryDecisionMissing, "primary_decision_missing", Practice, "coordination_of_benefits", 1;
    /// Sent more than a year after the visit.
    LateFiling, "late_filing", Practice, "timely_filing", 2;
    /// The subscriber's birth date is missing.
    BirthDateMissing, "birth_date_missing", Practice, "claim_data", 1;
    /// The member id is missing.
    MemberIdMissing, "member_id_missing", Practice, "claim_data", 1;
    /// The rendering NPI has a wrong check digit.
    NpiCheckDigit, "npi_check_digit", Practice, "claim_data", 1;
    /// A line points to a diagnosis that is not on the claim.
    DiagnosisPointerInvalid, "diagnosis_pointer_invalid", Practice, "coding", 1;
    /// The procedure code has the wrong shape.
    ProcedureMalformed, "procedure_malformed", Practice, "coding", 1;
    /// The diagnosis code has the wrong shape.
    DiagnosisMalformed, "diagnosis_malformed", Practice, "coding", 1;
    /// Two units of a code that is billed once.
    UnitsWrong, "units_wrong", Practice, "coding", 1;
    /// The note's minutes belong to another code.
    MinutesDoNotMatch, "minutes_do_not_match", Practice, "coding", 3;
    /// A video visit billed as if it had been in the office.
    PlaceOfServiceWrong, "place_of_service_wrong", Practice, "place_of_service", 2;
    /// The telehealth modifier was left off; a rule can add it.
    TelehealthModifierMissing, "telehealth_modifier_missing", Practice, "place_of_service", 3;
    /// The licence modifier was left off; a rule can add it.
    LicenseModifierMissing, "license_modifier_missing", Practice, "coding", 2;
    /// The same visit on two claims.
    DuplicateClaim, "duplicate_claim", Practice, "duplicate", 2;
    /// Start or stop time is missing in the note.
    StartStopMissing, "start_stop_missing", Practice, "documentation", 5;
    /// The note is not signed.
    NoteUnsigned, "note_unsigned", Practice, "documentation", 4;
    /// The note does not say why the service was needed.
    NecessityNotStated, "necessity_not_stated", Practice, "documentation", 2;
    /// The note is not linked to a goal of the treatment plan.
    PlanLinkMissing, "plan_link_missing", Practice, "documentation", 2;

    /// The payer has bundled one line into another: a partial denial.
    BundledLine, "bundled_line", Payer, "bundling", 2;
    /// The payer does not accept one line as coded: a partial denial.
    LineCodingRefused, "line_coding_refused", Payer, "coding", 1;
    /// The payer ended the clinician's enrollment and nobody told the practice.
    EnrollmentEndedAtPayer, "enrollment_ended_at_payer", Payer, "credentialing", 2;
    /// The authorization is on file and on the claim, and the payer does not see it.
    AuthorizationNotSeen, "authorization_not_seen", Payer, "authorization_sent_not_seen", 3;
    /// The plan was ended backwards, after the practice had asked.
    CoverageEndedAtPayer, "coverage_ended_at_payer", Payer, "eligibility", 3;
    /// The plan handed behavioral health to another payer, unknown to the practice.
    CarvedOutAtPayer, "carved_out_at_payer", Payer, "wrong_payer", 1;
    /// The plan's visits were used up with other providers.
    LimitReachedAtPayer, "limit_reached_at_payer", Payer, "benefit_limit", 2;
    /// The plan does not cover the service.
    NotCovered, "not_covered", Payer, "benefit_limit", 1;
    /// The payer believes that another plan comes first.
    OtherPlanFirst, "other_plan_first", Payer, "coordination_of_benefits", 2;
    /// The payer waits for the patient to answer a letter.
    PatientInformation, "patient_information", Payer, "patient_information", 1;
    /// The payer asks for the note.
    RecordsRequested, "records_requested", Payer, "documents_requested", 3;
    /// The payer doubts that the service was needed.
    NecessityDoubted, "necessity_doubted", Payer, "medical_necessity", 3;
    /// The payer misses a piece of data and says which in a remark.
    DataMissingAtPayer, "data_missing_at_payer", Payer, "missing_data", 2;
    /// The payer has the service already: the front desk had entered it in the payer's portal.
    ReceivedBefore, "received_before", Payer, "duplicate", 2;
    /// The payer counts a claim as late that was not.
    FilingLimitMisapplied, "filing_limit_misapplied", Payer, "timely_filing", 1;
    /// The member id has two digits exchanged: refused at the door.
    MemberNotFound, "member_not_found", Payer, "rejected", 1;
    /// The payer's front end does not know the clinician's NPI: refused at the door.
    RefusedAtTheDoor, "refused_at_the_door", Payer, "rejected", 1;
    /// Paid, and later taken back and corrected.
    TakenBack, "taken_back", Payer, "posting", 1;
}

impl DefectKind {
    /// True when the claim or a register shows it before the claim goes out.
    pub const fn is_visible(self) -> bool {
        matches!(self.known_to(), KnownTo::Practice)
    }
}

impl fmt::Display for DefectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
