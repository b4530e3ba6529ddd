//! The columns of each register: the fields of the facts, with what each takes.

use claimflow_core::{Authorization, ClaimId, Coverage, Enrollment, Npi, PayerId, Visit};

use super::cells::{self, Read};

/// One column of a register whose rows are `T`.
pub(crate) struct Column<T: 'static> {
    /// Name in the header row: the field's name.
    pub(crate) name: &'static str,
    /// True when every row needs it.
    pub(crate) needed: bool,
    /// What it takes, in words.
    pub(crate) takes: &'static str,
    /// Sets the field from a cell.
    pub(crate) set: fn(&mut T, &str) -> Read,
}

/// A kind of row, with its register.
pub(crate) trait Register: Default + 'static {
    /// The file's name, as `coverage.csv`.
    const FILE: &'static str;
    /// What nothing is known of when the file is missing.
    const ABOUT: &'static str;
    /// Its columns.
    const COLUMNS: &'static [Column<Self>];
}

const TEXT: &str = "a text";
const DATE: &str = "a date, as `2026-03-02`, or nothing";
const TIME: &str = "a time, as `14:05`, or nothing";
const FLAG: &str = "`yes`, `no`, or nothing";
const COUNT: &str = "a whole number, or nothing";
const MONEY: &str = "an amount, as `25.00`, or nothing";
const UNITS: &str = "a number of units, or nothing";
const PAYER: &str = "the payer's id";

const fn column<T>(name: &'static str, takes: &'static str, set: fn(&mut T, &str) -> Read) -> Column<T> {
    Column { name, needed: false, takes, set }
}

const fn needed<T>(name: &'static str, takes: &'static str, set: fn(&mut T, &str) -> Read) -> Column<T> {
    Column { name, needed: true, takes, set }
}

fn payer(target: &mut PayerId, cell: &str) -> Read {
    *target = PayerId::as_received(cell);
    Some(())
}

fn npi(target: &mut Npi, cell: &str) -> Read {
    *target = if cell.is_empty() { Npi::default() } else { cell.parse().ok()? };
    Some(())
}

impl Register for Coverage {
    const FILE: &'static str = "coverage.csv";
    const ABOUT: &'static str = "whether a member is covered";
    const COLUMNS: &'static [Column<Self>] = &[
        needed("member_id", "the member id", |row, cell| cells::text(&mut row.member_id, cell)),
        needed("payer_id", PAYER, |row, cell| payer(&mut row.payer_id, cell)),
        column("status", "`active`, `inactive`, or nothing", |row, cell| {
            cells::word(&mut row.status, cell, &["active", "inactive"])
        }),
        column("from", DATE, |row, cell| cells::date(&mut row.from, cell)),
        column("to", DATE, |row, cell| cells::date(&mut row.to, cell)),
        column("behavioral_payer_id", "the id of the payer of behavioral health, or nothing", |row, cell| {
            payer(&mut row.behavioral_payer_id, cell)
        }),
        column("authorization_required", FLAG, |row, cell| {
            cells::flag(&mut row.authorization_required, cell)
        }),
        column("visit_limit", COUNT, |row, cell| cells::count(&mut row.visit_limit, cell)),
        column("visits_used", COUNT, |row, cell| cells::count(&mut row.visits_used, cell)),
        column("copay", MONEY, |row, cell| cells::money(&mut row.copay, cell)),
        column("responsibility", "`P`, `S`, `T`, or nothing", |row, cell| {
            let cell = cell.to_ascii_uppercase();
            matches!(cell.as_str(), "" | "P" | "S" | "T").then(|| row.responsibility = cell.into())
        }),
        column("verified_on", DATE, |row, cell| cells::date(&mut row.verified_on, cell)),
    ];
}

impl Register for Authorization {
    const FILE: &'static str = "authorizations.csv";
    const ABOUT: &'static str = "what payers have authorized";
    const COLUMNS: &'static [Column<Self>] = &[
        needed("number", "the payer's authorization number", |row, cell| cells::text(&mut row.number, cell)),
        needed("member_id", "the member id", |row, cell| cells::text(&mut row.member_id, cell)),
        needed("payer_id", PAYER, |row, cell| payer(&mut row.payer_id, cell)),
        column("status", "`approved`, `pended`, `denied`, or nothing", |row, cell| {
            cells::word(&mut row.status, cell, &["approved", "pended", "denied"])
        }),
        column(
            "codes",
            "procedure codes with `;` between them, as `90834;90837`, or nothing for every code",
            codes,
        ),
        column("from", DATE, |row, cell| cells::date(&mut row.from, cell)),
        column("to", DATE, |row, cell| cells::date(&mut row.to, cell)),
        column("units_approved", UNITS, |row, cell| cells::quantity(&mut row.units_approved, cell)),
        column("units_used", UNITS, |row, cell| {
            let mut used = None;
            cells::quantity(&mut used, cell)?;
            row.units_used = used.unwrap_or_default();
            Some(())
        }),
    ];
}

fn codes(row: &mut Authorization, cell: &str) -> Read {
    row.codes = cell
        .split(';')
        .map(str::trim)
        .filter(|code| !code.is_empty())
        .map(|code| code.parse().ok())
        .collect::<Option<_>>()?;
    Some(())
}

impl Register for Enrollment {
    const FILE: &'static str = "enrollments.csv";
    const ABOUT: &'static str = "which clinicians are enrolled with which payers";
    const COLUMNS: &'static [Column<Self>] = &[
        needed("npi", "an NPI: ten digits", |row, cell| npi(&mut row.npi, cell)),
        needed("payer_id", PAYER, |row, cell| payer(&mut row.payer_id, cell)),
        column("from", DATE, |row, cell| cells::date(&mut row.from, cell)),
        column("to", DATE, |row, cell| cells::date(&mut row.to, cell)),
        column("status", "`active`, `pending`, `ended`, or nothing", |row, cell| {
            cells::word(&mut row.status, cell, &["active", "pending", "ended"])
        }),
        column("license", TEXT, |row, cell| cells::text(&mut row.license, &cell.to_ascii_uppercase())),
    ];
}

impl Register for Visit {
    const FILE: &'static str = "visits.csv";
    const ABOUT: &'static str = "what the notes of visits show";
    const COLUMNS: &'static [Column<Self>] = &[
        needed("claim_id", "the claim's id", |row, cell| {
            row.claim_id = ClaimId::as_received(cell);
            Some(())
        }),
        column("line", "the number of a service line, or nothing for every line", |row, cell| {
            row.line = if cell.is_empty() { 0 } else { cell.parse().ok()? };
            Some(())
        }),
        column("date", DATE, |row, cell| cells::date(&mut row.date, cell)),
        column("start", TIME, |row, cell| cells::time(&mut row.start, cell)),
        column("stop", TIME, |row, cell| cells::time(&mut row.stop, cell)),
        column("modality", "`in_person`, `video`, `audio`, or nothing", |row, cell| {
            cells::word(&mut row.modality, cell, &["in_person", "video", "audio"])
        }),
        column("patient_location", "`home`, `office`, `other`, or nothing", |row, cell| {
            cells::word(&mut row.patient_location, cell, &["home", "office", "other"])
        }),
        column("signed", FLAG, |row, cell| cells::flag(&mut row.signed, cell)),
        column("treatment_plan_date", DATE, |row, cell| cells::date(&mut row.treatment_plan_date, cell)),
        column("medical_necessity", FLAG, |row, cell| cells::flag(&mut row.medical_necessity, cell)),
        column("plan_linked", FLAG, |row, cell| cells::flag(&mut row.plan_linked, cell)),
        column("group_size", COUNT, |row, cell| cells::count(&mut row.group_size, cell)),
        column("individual_note", FLAG, |row, cell| cells::flag(&mut row.individual_note, cell)),
        column("patient_present", FLAG, |row, cell| cells::flag(&mut row.patient_present, cell)),
        column("clinician_npi", "an NPI: ten digits, or nothing", |row, cell| {
            npi(&mut row.clinician_npi, cell)
        }),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    fn check<T: Register + Serialize>() {
        let row = serde_json::to_value(T::default()).unwrap();
        let mut fields: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        let mut columns: Vec<&str> = T::COLUMNS.iter().map(|column| column.name).collect();
        fields.sort_unstable();
        columns.sort_unstable();
        assert_eq!(columns, fields, "{}", T::FILE);
    }

    #[test]
    fn every_field_has_its_column() {
        check::<Coverage>();
        check::<Authorization>();
        check::<Enrollment>();
        check::<Visit>();
    }
}
