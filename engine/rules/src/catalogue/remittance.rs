//! What the payer decided: the last decision, its adjustments, and the denials made of them.

use claimflow_core::{Decision, Denial, GroupCode, Money, PostedAdjustment, Rarc, Subject};

use super::{Entry, Shape, Type, arg, field, list_any, method, optional, text_of};
use crate::context::Ctx;
use crate::value::{List, Value};

const ADJUSTMENT: &[Subject] = &[Subject::Adjustment];
const DENIAL: &[Subject] = &[Subject::Denial];
const GROUPS: Shape = Shape::OneOf(&["CO", "PR", "OA", "PI", "CR"]);

fn decimal(value: Money) -> Value<'static> {
    Value::Decimal(value.to_decimal())
}

/// Group and reason as one text, as `CO-197`.
pub(crate) fn key(group: GroupCode, reason: &str) -> claimflow_core::Text {
    let mut key = claimflow_core::Text::const_new(group.as_str());
    key.push('-');
    key.push_str(reason);
    key
}

fn adjustment<'a>(c: &Ctx<'a>, read: impl FnOnce(&'a PostedAdjustment) -> Value<'a>) -> Value<'a> {
    c.adjustment.map_or(Value::Unit, read)
}

fn denial<'a>(c: &Ctx<'a>, read: impl FnOnce(&'a Denial) -> Value<'a>) -> Value<'a> {
    c.denial.map_or(Value::Unit, read)
}

fn decision<'a>(c: &Ctx<'a>, read: impl FnOnce(&'a Decision) -> &'a str) -> Value<'a> {
    Value::Text(c.input.decision.map_or("", read))
}

fn amount(c: &Ctx<'_>, read: impl FnOnce(&Decision) -> Money) -> Value<'static> {
    decimal(c.input.decision.map_or(Money::ZERO, read))
}

fn has(remarks: &[Rarc], remark: &str) -> bool {
    remarks.iter().any(|own| own.as_str() == remark)
}

pub(super) const ENTRIES: &[Entry] = &[
    field(
        "adjustment.group",
        Type::Text,
        "Who bears it: `CO`, `PR`, `OA` or `PI`.",
        "adjustment.group == \"PR\"",
        |c| adjustment(c, |own| Value::Text(own.group.as_str())),
    )
    .shape(GROUPS)
    .only(ADJUSTMENT),
    field("adjustment.reason", Type::Text, "Reason code (CARC).", "adjustment.reason == \"197\"", |c| {
        adjustment(c, |own| Value::Text(own.reason.as_str()))
    })
    .shape(Shape::Reason)
    .only(ADJUSTMENT),
    field(
        "adjustment.key",
        Type::Text,
        "Group and reason, as `CO-197`.",
        "adjustment.key == \"CO-197\"",
        |c| adjustment(c, |own| Value::Owned(key(own.group, own.reason.as_str()))),
    )
    .only(ADJUSTMENT),
    field(
        "adjustment.amount",
        Type::Money,
        "Amount; may be zero or negative.",
        "adjustment.amount > 0",
        |c| adjustment(c, |own| decimal(own.amount)),
    )
    .only(ADJUSTMENT),
    field(
        "adjustment.remarks",
        Type::Texts,
        "Remark codes (RARC) that go with it.",
        "adjustment.remarks.is_empty()",
        |c| adjustment(c, |own| Value::List(List::Remarks(&own.remarks))),
    )
    .shape(Shape::Remark)
    .only(ADJUSTMENT),
    method(
        "adjustment.has_remark",
        &[arg("remark", Type::Text, Shape::Remark)],
        Type::Bool,
        "True when this remark goes with it.",
        "adjustment.has_remark(\"N130\")",
        |c, args| Value::Bool(c.adjustment.is_some_and(|own| has(&own.remarks, text_of(args, 0)))),
    )
    .only(ADJUSTMENT),
    method(
        "adjustment.has_any_remark",
        &[arg("remarks", Type::Texts, Shape::Remark)],
        Type::Bool,
        "True when one of these remarks goes with it.",
        "adjustment.has_any_remark([\"M127\", \"N706\"])",
        |c, args| {
            Value::Bool(c.adjustment.is_some_and(|own| list_any(args, 0, |remark| has(&own.remarks, remark))))
        },
    )
    .only(ADJUSTMENT),
    field(
        "adjustment.line_number",
        Type::Int,
        "Number of the line it belongs to; 0 for the claim as a whole.",
        "adjustment.line_number == 0",
        |c| adjustment(c, |own| Value::Int(i64::from(own.line))),
    )
    .only(ADJUSTMENT),
    field(
        "denial.group",
        Type::Text,
        "Who bears it: `CO`, `PR`, `OA` or `PI`.",
        "denial.group == \"CO\"",
        |c| denial(c, |own| Value::Text(own.group.as_str())),
    )
    .shape(GROUPS)
    .only(DENIAL),
    field("denial.reason", Type::Text, "Reason code (CARC).", "denial.reason == \"50\"", |c| {
        denial(c, |own| Value::Text(own.carc.as_str()))
    })
    .shape(Shape::Reason)
    .only(DENIAL),
    field("denial.key", Type::Text, "Group and reason, as `CO-50`.", "denial.key == \"CO-50\"", |c| {
        denial(c, |own| Value::Owned(key(own.group, own.carc.as_str())))
    })
    .only(DENIAL),
    field("denial.amount", Type::Money, "Amount not paid.", "denial.amount >= 500", |c| {
        denial(c, |own| decimal(own.amount))
    })
    .only(DENIAL),
    field("denial.remarks", Type::Texts, "Remark codes (RARC).", "denial.remarks.len() > 1", |c| {
        denial(c, |own| Value::List(List::Remarks(&own.rarcs)))
    })
    .shape(Shape::Remark)
    .only(DENIAL),
    method(
        "denial.has_remark",
        &[arg("remark", Type::Text, Shape::Remark)],
        Type::Bool,
        "True when this remark goes with it.",
        "denial.has_remark(\"N290\")",
        |c, args| Value::Bool(c.denial.is_some_and(|own| has(&own.rarcs, text_of(args, 0)))),
    )
    .only(DENIAL),
    method(
        "denial.has_any_remark",
        &[arg("remarks", Type::Texts, Shape::Remark)],
        Type::Bool,
        "True when one of these remarks goes with it.",
        "denial.has_any_remark([\"N290\", \"N822\"])",
        |c, args| {
            Value::Bool(c.denial.is_some_and(|own| list_any(args, 0, |remark| has(&own.rarcs, remark))))
        },
    )
    .only(DENIAL),
    field(
        "denial.line_number",
        Type::Int,
        "Number of the line it belongs to; 0 for the claim as a whole.",
        "denial.line_number > 0",
        |c| denial(c, |own| Value::Int(i64::from(own.line))),
    )
    .only(DENIAL),
    field("denial.category", Type::Text, "Its category.", "denial.category == \"authorization\"", |c| {
        denial(c, |own| Value::Text(&own.category))
    })
    .only(DENIAL),
    field("denial.owner", Type::Text, "Its owner so far, or empty.", "denial.owner == \"\"", |c| {
        denial(c, |own| Value::Text(&own.owner))
    })
    .only(DENIAL),
    field("remittance.known", Type::Bool, "True when the payer has decided.", "remittance.known", |c| {
        Value::Bool(c.input.decision.is_some())
    }),
    field(
        "remittance.status",
        Type::Text,
        "Claim status (CLP02): `1` `2` `3` processed, `4` denied, `19` `20` `21` forwarded, `22` reversal; or empty.",
        "remittance.status == \"4\"",
        |c| decision(c, |own| &own.status),
    ),
    field("remittance.paid", Type::Money, "Paid; 0 when not decided.", "remittance.paid == 0", |c| {
        amount(c, |own| own.paid)
    }),
    field(
        "remittance.charge",
        Type::Money,
        "Charge as the payer repeats it.",
        "remittance.charge != claim.charge",
        |c| amount(c, |own| own.charge),
    ),
    field(
        "remittance.patient_responsibility",
        Type::Money,
        "What the payer leaves to the patient.",
        "remittance.patient_responsibility > 0",
        |c| amount(c, |own| own.patient_responsibility),
    ),
    field("remittance.date", Type::Date, "Date of payment.", "remittance.date != ()", |c| {
        optional(c.input.decision.and_then(|own| own.date), Value::Date)
    })
    .nullable(),
    field(
        "remittance.payer_claim_number",
        Type::Text,
        "The payer's number of the claim (CLP07), or empty.",
        "remittance.payer_claim_number == \"\"",
        |c| decision(c, |own| &own.payer_claim_number),
    ),
    field(
        "remittance.forwarded_to",
        Type::Text,
        "Payer to which the claim was forwarded, or empty.",
        "remittance.forwarded_to != \"\"",
        |c| decision(c, |own| &own.forwarded_to),
    ),
];
