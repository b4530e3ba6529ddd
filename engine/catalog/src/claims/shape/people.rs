//! Who is on a claim: providers, persons, policy holders and payers.

use super::Kind::{Date, Flag, Object, OneOf, Text};
use super::{Shape, field, shape};

pub(crate) static PROVIDER: Shape = Shape {
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

pub(crate) static NAME: Shape = Shape {
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

pub(crate) static ADDRESS: Shape = shape(
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

pub(crate) static PERSON: Shape = shape(
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

pub(crate) static SUBSCRIBER: Shape = shape(
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

pub(crate) static PATIENT: Shape = shape(
    "patient",
    "The patient, where not the subscriber.",
    &[
        field("person", Object(&PERSON), "The person."),
        field("relationship", Text, "Relationship to the subscriber (PAT01), as `19` child."),
    ],
);

pub(crate) static PAYER: Shape = Shape {
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
