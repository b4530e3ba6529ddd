//! A claim, its lines, and what only they have.

use super::Kind::{Date, List, Money, Number, Object, OneOf, Quantity, Text};
use super::others::{ADJUDICATION, OTHER_PAYER};
use super::people::{ADDRESS, PATIENT, PAYER, PROVIDER, SUBSCRIBER};
use super::{Shape, field, shape};

/// A professional claim.
pub(crate) static CLAIM: Shape = Shape {
    required: &["id"],
    ..shape(
        "claim",
        "A professional claim (837P). Money in dollars, dates ISO.",
        &[
            field(
                "id",
                Text,
                "The practice's number of the claim (CLM01), unique; at most 20 characters reach a payer unharmed.",
            ),
            field("charge", Money, "Total charge (CLM02); left out: the sum of the lines."),
            field("place_of_service", Text, "CMS place of service, two digits (CLM05-1)."),
            field(
                "frequency",
                OneOf(&["1", "7", "8"]),
                "`1` original, `7` replacement, `8` void (CLM05-3); left out: `1`.",
            ),
            field("billing_provider", Object(&PROVIDER), "Who bills (2010AA)."),
            field(
                "pay_to",
                Object(&ADDRESS),
                "Where payment goes when not to the billing provider's address (2010AB).",
            ),
            field("subscriber", Object(&SUBSCRIBER), "The policy holder (2000B, 2010BA)."),
            field("patient", Object(&PATIENT), "The patient, where not the subscriber (2000C, 2010CA)."),
            field("payer", Object(&PAYER), "The payer (2010BB)."),
            field("indicators", Object(&INDICATORS), "Signatures, assignment and related causes."),
            field("authorization_number", Text, "Prior authorization number (REF*G1)."),
            field("referral_number", Text, "Referral number (REF*9F)."),
            field(
                "payer_claim_number",
                Text,
                "The payer's number of the claim that this one replaces or voids (REF*F8).",
            ),
            field("medical_record_number", Text, "Medical record number (REF*EA)."),
            field("patient_paid", Money, "What the patient has paid (AMT*F5)."),
            field("dates", List(&Object(&QUALIFIED_DATE)), "Claim dates with their X12 qualifiers."),
            field("diagnoses", List(&Object(&DIAGNOSIS)), "Diagnoses, the principal one first; at most 12."),
            field("referring_provider", Object(&PROVIDER), "Referring provider (2310A)."),
            field(
                "rendering_provider",
                Object(&PROVIDER),
                "Rendering provider (2310B), when not the billing provider.",
            ),
            field("service_facility", Object(&PROVIDER), "Where the service was given (2310C)."),
            field("supervising_provider", Object(&PROVIDER), "Supervising provider (2310D)."),
            field(
                "other_payers",
                List(&Object(&OTHER_PAYER)),
                "Other payers and what they decided (2320, 2330).",
            ),
            field("lines", List(&Object(&LINE)), "Service lines (2400), at most 50."),
            field(
                "extras",
                List(&Object(&EXTRA)),
                "Segments without a word of their own, kept so that nothing is lost.",
            ),
        ],
    )
};

pub(crate) static LINE: Shape = shape(
    "line",
    "A service line (2400).",
    &[
        field(
            "number",
            Number(u16::MAX as u64),
            "Number within the claim, from 1; left out: its place in the list.",
        ),
        field("procedure", Text, "CPT or HCPCS code, five characters (SV101-2)."),
        field("procedure_qualifier", Text, "Qualifier of the code (SV101-1); left out: `HC`."),
        field("modifiers", List(&Text), "Up to four modifiers."),
        field("description", Text, "Description (SV101-7)."),
        field("charge", Money, "Charge (SV102)."),
        field("unit_basis", OneOf(&["UN", "MJ"]), "`UN` units or `MJ` minutes (SV103); left out: `UN`."),
        field("units", Quantity, "How many (SV104); left out: 1."),
        field("place_of_service", Text, "Place of service, only where it differs from the claim's (SV105)."),
        field("diagnosis_pointers", List(&Number(12)), "Which diagnoses, from 1; left out: the first."),
        field("service_date", Date, "Date of service (DTP*472)."),
        field("service_date_to", Date, "Last date of service, for a range."),
        field(
            "authorization_number",
            Text,
            "Authorization number, only where it differs from the claim's (REF*G1).",
        ),
        field("control_number", Text, "The practice's number of the line (REF*6R)."),
        field("rendering_provider", Object(&PROVIDER), "Rendering provider, where not the claim's (2420A)."),
        field(
            "supervising_provider",
            Object(&PROVIDER),
            "Supervising provider, where not the claim's (2420D).",
        ),
        field(
            "adjudications",
            List(&Object(&ADJUDICATION)),
            "What other payers decided on this line (2430).",
        ),
    ],
);

pub(crate) static INDICATORS: Shape = shape(
    "indicators",
    "Claim-level indicators as X12 codes.",
    &[
        field("facility_qualifier", Text, "Facility code qualifier (CLM05-2); left out: `B`."),
        field("signature_on_file", Text, "Provider signature on file (CLM06); left out: `Y`."),
        field("assignment", Text, "Assignment or plan participation (CLM07); left out: `A`."),
        field("benefits_assigned", Text, "Benefits assigned (CLM08); left out: `Y`."),
        field("release", Text, "Release of information (CLM09); left out: `Y`."),
        field("patient_signature", Text, "Patient signature source (CLM10)."),
        field("related_causes", Text, "Related causes (CLM11), components joined by `:`."),
        field("special_program", Text, "Special program (CLM12)."),
        field("delay_reason", Text, "Delay reason (CLM20)."),
    ],
);

pub(crate) static QUALIFIED_DATE: Shape = shape(
    "qualified_date",
    "A date or a range of dates with its X12 qualifier.",
    &[
        field("qualifier", Text, "Qualifier (DTP01), as `431` onset."),
        field("from", Date, "The date, or the first of a range."),
        field("to", Date, "The last of a range."),
    ],
);

pub(crate) static DIAGNOSIS: Shape = Shape {
    short: Some("code"),
    ..shape(
        "diagnosis",
        "A diagnosis.",
        &[
            field("qualifier", Text, "`ABK` principal, `ABF` other; left out: by its place."),
            field("code", Text, "ICD-10-CM code without its point, as `F331`."),
        ],
    )
};

pub(crate) static EXTRA: Shape = shape(
    "extra",
    "A segment that has no word of its own.",
    &[
        field("place", Text, "Loop, as `2300`, `2310E`."),
        field("line", Number(u16::MAX as u64), "Service line from 1; 0 for the claim."),
        field("repetition", Number(u16::MAX as u64), "Which repetition of the loop, from 1."),
        field("segment", Text, "The segment with `*`, `:` and `^` as separators and no terminator."),
    ],
);
