//! Cases changed towards what the conditions of two rules name.

use claimflow_catalog::CaseInput;
use claimflow_core::{
    DiagnosisCode, GroupCode, Modifier, PayerId, PlaceOfService, ProcedureCode, Quantity, Rarc,
};
use claimflow_rules::RuleInfo;

type Edit = Box<dyn Fn(&mut CaseInput)>;

/// The case for a payer and a code of both rules, then that with each literal of their conditions where it could belong,
/// then with two of them. Always in the same order.
pub(super) fn variants(seed: &CaseInput, a: &RuleInfo, b: &RuleInfo) -> Vec<CaseInput> {
    let mut base = seed.clone();
    if let Some(payer) = common(&a.payers, &b.payers) {
        base.claim.payer.id = PayerId::as_received(payer);
    }
    if let Some(code) = common(&a.codes, &b.codes) {
        edit_of_code(code)(&mut base);
    }
    let mut edits: Vec<Edit> = Vec::new();
    for condition in a.conditions.iter().chain(&b.conditions) {
        for literal in texts(condition) {
            edits.extend(edits_of(literal));
        }
        for number in numbers(condition) {
            edits.extend([number, number.saturating_add(1)].map(edit_of_units));
        }
    }
    let with = |case: &CaseInput, edit: &Edit| {
        let mut changed = case.clone();
        edit(&mut changed);
        changed
    };
    let ones: Vec<CaseInput> = edits.iter().map(|edit| with(&base, edit)).collect();
    let twos: Vec<CaseInput> = ones
        .iter()
        .enumerate()
        .flat_map(|(place, one)| edits.iter().skip(place + 1).map(move |edit| with(one, edit)))
        .take(super::MOST_VARIANTS)
        .collect();
    std::iter::once(base).chain(ones).chain(twos).collect()
}

fn common<'t, T: AsRef<str> + PartialEq>(one: &'t [T], other: &'t [T]) -> Option<&'t str> {
    match (one, other) {
        ([], []) => None,
        ([], all) | (all, []) => all.first().map(AsRef::as_ref),
        (one, other) => one.iter().find(|word| other.contains(word)).map(AsRef::as_ref),
    }
}

/// The texts between quotes.
fn texts(condition: &str) -> Vec<&str> {
    condition.split('"').skip(1).step_by(2).filter(|text| !text.is_empty()).collect()
}

/// The whole numbers outside quotes.
fn numbers(condition: &str) -> Vec<i64> {
    let plain: String = condition.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
    words.filter_map(|word| word.parse().ok()).filter(|number| (0..1_000).contains(number)).collect()
}

fn edit_of_units(number: i64) -> Edit {
    Box::new(move |case| {
        for line in &mut case.claim.lines {
            line.units = Quantity::whole(number);
        }
    })
}

/// A code of a scope: of a service line, or of an adjustment with or without its group.
fn edit_of_code(code: &str) -> Edit {
    let code = code.to_owned();
    Box::new(move |case| {
        if let Ok(procedure) = code.parse::<ProcedureCode>() {
            if let Some(line) = case.claim.lines.first_mut() {
                line.procedure = procedure;
            }
        } else if let Some(adjustment) = case.adjustments.first_mut() {
            let (group, reason) = code.split_once('-').map_or((None, code.as_str()), |(g, r)| (Some(g), r));
            if let Some(group) = group.and_then(|group| group.parse().ok()) {
                adjustment.group = group;
            }
            if let Ok(reason) = reason.parse() {
                adjustment.reason = reason;
            }
        }
    })
}

/// Where a literal could belong.
fn edits_of(literal: &str) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    let text = literal.to_owned();
    if literal.parse::<ProcedureCode>().is_ok() {
        edits.push(edit_of_code(literal));
    }
    if let Ok(code) = text.parse::<PlaceOfService>() {
        edits.push(Box::new(move |case| {
            case.claim.place_of_service = code.clone();
            for line in &mut case.claim.lines {
                line.place_of_service = PlaceOfService::default();
            }
        }));
    }
    if let Ok(modifier) = text.parse::<Modifier>() {
        edits.push(Box::new(move |case| {
            for line in &mut case.claim.lines {
                line.modifiers = vec![modifier.clone()];
            }
        }));
    }
    if let Ok(code) = text.parse::<DiagnosisCode>() {
        edits.push(Box::new(move |case| {
            if let Some(first) = case.claim.diagnoses.first_mut() {
                first.code = code.clone();
            }
        }));
    }
    if let Ok(remark) = text.parse::<Rarc>() {
        edits.push(Box::new(move |case| {
            for adjustment in &mut case.adjustments {
                adjustment.remarks = vec![remark.clone()];
            }
        }));
    }
    if let Ok(group) = text.parse::<GroupCode>() {
        edits.push(Box::new(move |case| {
            for adjustment in &mut case.adjustments {
                adjustment.group = group;
            }
        }));
    } else if literal.len() <= 3 {
        edits.push(edit_of_code(literal));
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_in_conditions() {
        let condition = r#"line.place_of_service in ["02", "10"] && line.units > 3 && x2 == "4""#;
        assert_eq!(texts(condition), ["02", "10", "4"]);
        assert_eq!(numbers(condition), [3]);
    }
}
