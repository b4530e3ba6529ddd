//! The fields of a claim's JSON form, with what each takes.

/// What a field takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// One of a few texts.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A date, `2026-03-02`.
    Date,
    /// Money, `"150.00"`.
    Money,
    /// A quantity, `"1"`.
    Quantity,
    /// A whole number from 0 to this.
    Number(u64),
    /// A group of fields.
    Object(&'static Shape),
    /// A list.
    List(&'static Kind),
}

/// A field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) about: &'static str,
}

/// A group of fields.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Name in the schema's definitions.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) fields: &'static [Field],
    /// Fields that must be there.
    pub(crate) required: &'static [&'static str],
    /// The field that a text alone stands for, in the short form of cases.
    pub(crate) short: Option<&'static str>,
}

const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, about }
}

const fn shape(name: &'static str, about: &'static str, fields: &'static [Field]) -> Shape {
    Shape { name, about, fields, required: &[], short: None }
}

use Kind::{Date, Flag, List, Money, Number, Object, OneOf, Quantity, Text};

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

static LINE: Shape = shape(
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

static PROVIDER: Shape = Shape {
    short: Some("npi"),
    ..shape(
        "provider",
        "A provider.",
        &[
            field("name", Object(&NAME), "Name."),
            field("npi", Text, "National Provider Identifier, ten digits."),
            field("taxonomy", Text, "Provider taxonomy code (PRV03)."),
            field("tax_id", Text, "Employer identification number or social security number, digits only."),
            field(
                "tax_id_kind",
                OneOf(&["", "EI", "SY"]),
                "`EI` employer identification number, `SY` social security number.",
            ),
            field("address", Object(&ADDRESS), "Address."),
        ],
    )
};

static NAME: Shape = Shape {
    short: Some("last"),
    ..shape(
        "name",
        "The name of a person, or of an organization (then only `last` is set).",
        &[
            field("organization", Flag, "True for an organization (NM102 = 2)."),
            field("last", Text, "Last name, or the organization's name."),
            field("first", Text, "First name."),
            field("middle", Text, "Middle name or initial."),
            field("suffix", Text, "Suffix, as `JR`."),
        ],
    )
};

static ADDRESS: Shape = shape(
    "address",
    "A postal address.",
    &[
        field("line1", Text, "First line."),
        field("line2", Text, "Second line."),
        field("city", Text, "City."),
        field("state", Text, "Two-letter state."),
        field("postal_code", Text, "ZIP code, 5 or 9 digits."),
        field("country", Text, "Country, only outside the United States."),
    ],
);

static PERSON: Shape = shape(
    "person",
    "A person with what identifies them to a payer.",
    &[
        field("name", Object(&NAME), "Name."),
        field("member_id", Text, "Member id."),
        field("birth_date", Date, "Date of birth."),
        field("sex", OneOf(&["", "F", "M", "U"]), "`F`, `M` or `U`."),
        field("address", Object(&ADDRESS), "Address."),
    ],
);

static SUBSCRIBER: Shape = shape(
    "subscriber",
    "The policy holder and the policy.",
    &[
        field("person", Object(&PERSON), "The person."),
        field("responsibility", Text, "`P` primary, `S` secondary, `T` tertiary (SBR01); left out: `P`."),
        field("relationship", Text, "`18` when the patient is the subscriber (SBR02)."),
        field("group_number", Text, "Group or policy number (SBR03)."),
        field("group_name", Text, "Group name (SBR04)."),
        field("insurance_type", Text, "Insurance type, when Medicare is secondary (SBR05)."),
        field("filing_indicator", Text, "Claim filing indicator, as `CI`, `MB`, `MC` (SBR09)."),
    ],
);

static PATIENT: Shape = shape(
    "patient",
    "The patient, where not the subscriber.",
    &[
        field("person", Object(&PERSON), "The person."),
        field("relationship", Text, "Relationship to the subscriber (PAT01), as `19` child."),
    ],
);

static PAYER: Shape = Shape {
    short: Some("id"),
    ..shape(
        "payer",
        "The payer a claim goes to.",
        &[
            field("name", Text, "Name."),
            field("id", Text, "The id by which the clearinghouse knows it (NM109)."),
            field("id_kind", Text, "`PI` payer identification or `XV` plan id (NM108); left out: `PI`."),
            field("address", Object(&ADDRESS), "Address."),
        ],
    )
};

static INDICATORS: Shape = shape(
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

static QUALIFIED_DATE: Shape = shape(
    "qualified_date",
    "A date or a range of dates with its X12 qualifier.",
    &[
        field("qualifier", Text, "Qualifier (DTP01), as `431` onset."),
        field("from", Date, "The date, or the first of a range."),
        field("to", Date, "The last of a range."),
    ],
);

static DIAGNOSIS: Shape = Shape {
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

static OTHER_PAYER: Shape = shape(
    "other_payer",
    "Another payer on the claim (2320 and 2330).",
    &[
        field("responsibility", Text, "`P`, `S`, `T` (SBR01)."),
        field("relationship", Text, "Relationship of the patient to that policy's holder (SBR02)."),
        field("group_number", Text, "Group number (SBR03)."),
        field("group_name", Text, "Group name (SBR04)."),
        field("insurance_type", Text, "Insurance type (SBR05)."),
        field("filing_indicator", Text, "Claim filing indicator (SBR09)."),
        field("adjustments", List(&Object(&ADJUSTMENT)), "Claim-level adjustments."),
        field("paid", Money, "What it paid (AMT*D)."),
        field("subscriber", Object(&PERSON), "The policy holder (2330A)."),
        field("payer", Object(&PAYER), "The payer (2330B)."),
    ],
);

static ADJUDICATION: Shape = shape(
    "adjudication",
    "Another payer's decision on a line (2430).",
    &[
        field("payer_id", Text, "Which payer: the id of one of the claim's other payers (SVD01)."),
        field("paid", Money, "What it paid."),
        field(
            "procedure",
            Text,
            "The code it paid, with its qualifier and modifiers, components joined by `:` (SVD03).",
        ),
        field("units", Quantity, "Units paid."),
        field("bundled_into", Text, "Line number it was bundled into (SVD06)."),
        field("adjustments", List(&Object(&ADJUSTMENT)), "Adjustments."),
        field("date", Date, "Date of the decision (DTP*573)."),
    ],
);

static ADJUSTMENT: Shape = Shape {
    required: &["group", "reason", "amount"],
    ..shape(
        "adjustment",
        "An adjustment (CAS).",
        &[
            field("group", OneOf(&["CO", "PR", "OA", "PI", "CR"]), "Who bears it."),
            field("reason", Text, "Claim adjustment reason code."),
            field("amount", Money, "Amount; may be zero or negative."),
            field("quantity", Quantity, "Quantity, when given."),
        ],
    )
};

static EXTRA: Shape = shape(
    "extra",
    "A segment that has no word of its own.",
    &[
        field("place", Text, "Loop, as `2300`, `2310E`."),
        field("line", Number(u16::MAX as u64), "Service line from 1; 0 for the claim."),
        field("repetition", Number(u16::MAX as u64), "Which repetition of the loop, from 1."),
        field("segment", Text, "The segment with `*`, `:` and `^` as separators and no terminator."),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_core::{
        Address, Adjustment, Claim, Diagnosis, ExtraSegment, Indicators, LineAdjudication, Name, OtherPayer,
        Patient, Payer, Person, Provider, QualifiedDate, ServiceLine, Subscriber,
    };
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    /// A value that a field of that kind takes.
    fn sample(kind: Kind) -> Value {
        match kind {
            Text => json!("x"),
            OneOf(words) => json!(words.last()),
            Flag => json!(true),
            Date => json!("2026-03-02"),
            Money => json!("150.00"),
            Quantity => json!("1.5"),
            Number(most) => json!(most),
            Object(shape) => full(shape),
            List(kind) => json!([sample(*kind)]),
        }
    }

    fn full(shape: &Shape) -> Value {
        shape.fields.iter().map(|field| (field.name.to_owned(), sample(field.kind))).collect()
    }

    /// The shape and the type have the same fields, and each field takes what the shape says.
    fn check<T: Serialize + DeserializeOwned>(shape: &Shape) {
        let full = full(shape);
        let read: T =
            serde_json::from_value(full.clone()).unwrap_or_else(|error| panic!("{}: {error}", shape.name));
        let mut written = serde_json::to_value(read).unwrap();
        if let Some(list) = written.get_mut("diagnosis_pointers") {
            *list = json!([12]);
        }
        assert_eq!(written, full, "{}", shape.name);
    }

    #[test]
    fn every_field_of_every_type_is_in_its_shape() {
        check::<Claim>(&CLAIM);
        check::<ServiceLine>(&LINE);
        check::<Provider>(&PROVIDER);
        check::<Name>(&NAME);
        check::<Address>(&ADDRESS);
        check::<Person>(&PERSON);
        check::<Subscriber>(&SUBSCRIBER);
        check::<Patient>(&PATIENT);
        check::<Payer>(&PAYER);
        check::<Indicators>(&INDICATORS);
        check::<QualifiedDate>(&QUALIFIED_DATE);
        check::<Diagnosis>(&DIAGNOSIS);
        check::<OtherPayer>(&OTHER_PAYER);
        check::<LineAdjudication>(&ADJUDICATION);
        check::<Adjustment>(&ADJUSTMENT);
        check::<ExtraSegment>(&EXTRA);
        let default = serde_json::to_value(Claim::default()).unwrap();
        for key in default.as_object().unwrap().keys() {
            assert!(CLAIM.fields.iter().any(|field| field.name == key), "{key}");
        }
    }
}
