//! What a `fix` may do. An action plans one field's new text; it changes nothing itself.

use claimflow_core::{ServiceLine, Subject};

use super::{Entry, Planned, Shape, Type, action, arg, text_of};
use crate::context::Ctx;
use crate::value::{Fault, Value};

const ON_LINE: &[Subject] = super::WITH_LINE;

fn line_field(c: &Ctx<'_>, name: &str, value: impl Into<String>) -> Result<Planned, Fault> {
    let position = c.line_position().ok_or_else(|| Fault::new("there is no line to change here"))?;
    Ok(Some((format!("line[{position}].{name}"), value.into())))
}

fn line<'a>(c: &Ctx<'a>) -> Result<&'a ServiceLine, Fault> {
    c.line.ok_or_else(|| Fault::new("there is no line to change here"))
}

fn modifiers(c: &Ctx<'_>, change: impl FnOnce(&mut Vec<String>)) -> Result<Planned, Fault> {
    let before: Vec<String> = line(c)?.modifiers.iter().map(|own| own.as_str().to_owned()).collect();
    let mut after = before.clone();
    change(&mut after);
    if after == before { Ok(None) } else { line_field(c, "modifiers", after.join(",")) }
}

fn claim_field(name: &str, before: &str, after: &str) -> Result<Planned, Fault> {
    Ok((before != after).then(|| (name.to_owned(), after.to_owned())))
}

pub(super) const ENTRIES: &[Entry] = &[
    action(
        "line.add_modifier",
        &[arg("modifier", Type::Text, Shape::Modifier)],
        "Adds the modifier after the others, where the line does not carry it.",
        "line.add_modifier(\"95\")",
        |c, args| {
            let modifier = text_of(args, 0);
            modifiers(c, |all| {
                if !all.iter().any(|own| own == modifier) {
                    all.push(modifier.to_owned());
                }
            })
        },
    )
    .only(ON_LINE),
    action(
        "line.remove_modifier",
        &[arg("modifier", Type::Text, Shape::Modifier)],
        "Takes the modifier away.",
        "line.remove_modifier(\"GT\")",
        |c, args| modifiers(c, |all| all.retain(|own| own != text_of(args, 0))),
    )
    .only(ON_LINE),
    action(
        "line.replace_modifier",
        &[arg("old", Type::Text, Shape::Modifier), arg("new", Type::Text, Shape::Modifier)],
        "Puts a modifier in another's place, where the line carries that one.",
        "line.replace_modifier(\"GT\", \"95\")",
        |c, args| {
            let (old, new) = (text_of(args, 0), text_of(args, 1));
            modifiers(c, |all| {
                if all.iter().any(|own| own == new) {
                    all.retain(|own| own != old);
                } else if let Some(own) = all.iter_mut().find(|own| *own == old) {
                    new.clone_into(own);
                }
            })
        },
    )
    .only(ON_LINE),
    action(
        "line.set_units",
        &[arg("units", Type::Quantity, Shape::Any)],
        "Sets the units.",
        "line.set_units(1)",
        |c, args| {
            let units = args.first().and_then(Value::decimal).unwrap_or_default();
            if line(c)?.units.to_decimal() == units {
                return Ok(None);
            }
            line_field(c, "units", units.normalize().to_string())
        },
    )
    .only(ON_LINE),
    action(
        "line.set_place_of_service",
        &[arg("place", Type::Text, Shape::Place)],
        "Sets the line's own place of service.",
        "line.set_place_of_service(\"10\")",
        |c, args| {
            let place = text_of(args, 0);
            if c.claim.place_of(line(c)?).as_str() == place {
                return Ok(None);
            }
            line_field(c, "place_of_service", place)
        },
    )
    .only(ON_LINE),
    action(
        "line.set_authorization_number",
        &[arg("number", Type::Text, Shape::Any)],
        "Sets the line's own authorization number.",
        "line.set_authorization_number(authorization.number)",
        |c, args| {
            let number = text_of(args, 0);
            if line(c)?.authorization(c.claim) == number {
                return Ok(None);
            }
            line_field(c, "authorization_number", number)
        },
    )
    .only(ON_LINE),
    action(
        "claim.set_authorization_number",
        &[arg("number", Type::Text, Shape::Any)],
        "Sets the claim's authorization number (REF*G1).",
        "claim.set_authorization_number(authorization.number)",
        |c, args| claim_field("authorization_number", &c.claim.authorization_number, text_of(args, 0)),
    ),
    action(
        "claim.set_referral_number",
        &[arg("number", Type::Text, Shape::Any)],
        "Sets the referral number (REF*9F).",
        "claim.set_referral_number(\"\")",
        |c, args| claim_field("referral_number", &c.claim.referral_number, text_of(args, 0)),
    ),
    action(
        "claim.set_place_of_service",
        &[arg("place", Type::Text, Shape::Place)],
        "Sets the claim's place of service.",
        "claim.set_place_of_service(\"10\")",
        |c, args| claim_field("place_of_service", c.claim.place_of_service.as_str(), text_of(args, 0)),
    ),
    action(
        "claim.set_frequency",
        &[arg("frequency", Type::Text, Shape::OneOf(&["1", "7", "8"]))],
        "Sets the frequency: `1` original, `7` replacement, `8` void.",
        "claim.set_frequency(\"7\")",
        |c, args| claim_field("frequency", &c.claim.frequency, text_of(args, 0)),
    ),
    action(
        "claim.set_payer_claim_number",
        &[arg("number", Type::Text, Shape::Any)],
        "Sets the payer's number of the claim that this one replaces (REF*F8).",
        "claim.set_payer_claim_number(remittance.payer_claim_number)",
        |c, args| claim_field("payer_claim_number", &c.claim.payer_claim_number, text_of(args, 0)),
    ),
    action(
        "claim.set_filing_indicator",
        &[arg("indicator", Type::Text, Shape::Any)],
        "Sets the kind of plan (SBR09).",
        "claim.set_filing_indicator(\"CI\")",
        |c, args| {
            claim_field("subscriber.filing_indicator", &c.claim.subscriber.filing_indicator, text_of(args, 0))
        },
    ),
];
