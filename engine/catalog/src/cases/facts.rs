//! The facts of a case: rows as in the registers, with the ids of the case's claim filled in.

use claimflow_core::{Authorization, Claim, Coverage, Enrollment, Facts, PriorService, ProcedureCode, Visit};

use crate::registers::Register;
use crate::yaml::{Node, Reader, Value, suggestion};

pub(crate) const PRIOR: &[&str] = &["procedure", "date", "claim_id"];
pub(crate) const KEYS: &[&str] = &[
    "visit",
    "visits",
    "coverage",
    "coverages",
    "authorization",
    "authorizations",
    "enrollment",
    "enrollments",
    "history",
];

/// Reads `facts`.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node, claim: &Claim) -> Facts {
    let mut facts = Facts::default();
    let Some(map) = reader.map(node, "`facts`", KEYS) else { return facts };
    let member = &claim.subscriber.person.member_id;
    let payer = &claim.payer.id;
    for entry in map.entries().iter().filter(|entry| !entry.value.is_null()) {
        let node = &entry.value;
        match entry.key.as_str() {
            "visit" | "visits" => {
                let base = Visit { claim_id: claim.id.clone(), ..Visit::default() };
                facts.visits.extend(rows(reader, node, "a visit", &base));
            }
            "coverage" | "coverages" => {
                let base =
                    Coverage { member_id: member.clone(), payer_id: payer.clone(), ..Coverage::default() };
                facts.coverages.extend(rows(reader, node, "a coverage", &base));
            }
            "authorization" | "authorizations" => {
                let base = Authorization {
                    member_id: member.clone(),
                    payer_id: payer.clone(),
                    ..Authorization::default()
                };
                facts.authorizations.extend(rows(reader, node, "an authorization", &base));
            }
            "enrollment" | "enrollments" => {
                let base = Enrollment {
                    npi: claim.rendering_npi().clone(),
                    payer_id: payer.clone(),
                    ..Enrollment::default()
                };
                facts.enrollments.extend(rows(reader, node, "an enrollment", &base));
            }
            "history" => {
                let items = reader.list(node, "`history`");
                facts.history.extend(items.iter().filter_map(|node| prior(reader, node)));
            }
            _ => {}
        }
    }
    facts
}

/// One row, or a list of rows.
fn rows<T: Register + Clone>(reader: &mut Reader<'_>, node: &Node, what: &str, base: &T) -> Vec<T> {
    let nodes = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    nodes.iter().filter_map(|node| row(reader, node, what, base)).collect()
}

fn row<T: Register + Clone>(reader: &mut Reader<'_>, node: &Node, what: &str, base: &T) -> Option<T> {
    let map = reader.free_map(node, what)?;
    let mut row = base.clone();
    for entry in map.entries() {
        let Some(column) = T::COLUMNS.iter().find(|column| column.name == entry.key) else {
            let names = T::COLUMNS.iter().map(|column| column.name);
            let message = format!("there is no key `{}` in {what}", entry.key);
            reader.fault("Y002", entry.at, message, suggestion(&entry.key, names, "keys are"));
            continue;
        };
        let Some(cell) = cell(reader, &entry.value, column.name) else { continue };
        if (column.set)(&mut row, &cell).is_none() {
            let message = format!("`{cell}` does not fit `{}`", column.name);
            reader.fault("C003", entry.value.at, message, format!("write {}", column.takes));
        }
    }
    Some(row)
}

/// The text of a cell; a list stands for several values in it.
fn cell(reader: &mut Reader<'_>, node: &Node, name: &str) -> Option<String> {
    if node.is_null() {
        return Some(String::new());
    }
    let what = format!("`{name}`");
    match &node.value {
        Value::List(items) => {
            let texts: Vec<&str> = items.iter().filter_map(|item| reader.text(item, &what)).collect();
            Some(texts.join(";"))
        }
        _ => reader.text(node, &what).map(str::to_owned),
    }
}

fn prior(reader: &mut Reader<'_>, node: &Node) -> Option<PriorService> {
    let map = reader.map(node, "an earlier service", PRIOR)?;
    let procedure = reader.need(&map, "an earlier service", "procedure", "\"90791\"")?;
    let procedure: ProcedureCode = reader.parse(procedure, "`procedure`", "a procedure code, as `90791`")?;
    let date = reader.need(&map, "an earlier service", "date", "2026-01-10")?;
    let date = reader.date(date, "`date`")?;
    let claim_id = map.get("claim_id").and_then(|node| reader.parse(node, "`claim_id`", "a claim id"));
    let claim_id = claim_id.unwrap_or_else(|| claimflow_core::ClaimId::as_received("EARLIER1"));
    Some(PriorService { claim_id, procedure, date: Some(date) })
}
