//! What other payers decided.

use super::Kind::{Date, List, Money, Object, OneOf, Quantity, Text};
use super::people::{PAYER, PERSON};
use super::{Shape, field, shape};

pub(crate) static OTHER_PAYER: Shape = shape(
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

pub(crate) static ADJUDICATION: Shape = shape(
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

pub(crate) static ADJUSTMENT: Shape = Shape {
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
