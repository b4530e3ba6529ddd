//! The registers as CSV: the columns are the fields of the rows' types in the core; lists are separated by `;`.

use std::fmt::Display;

use claimflow_core::{Authorization, Coverage, Enrollment, Visit};
use jiff::civil::Time;

/// A field: its column, and how it is written.
type Column<T> = (&'static str, fn(&T) -> String);

fn optional<T: Display>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn time(value: Option<Time>) -> String {
    value.map(|time| time.strftime("%H:%M").to_string()).unwrap_or_default()
}

const COVERAGE: &[Column<Coverage>] = &[
    ("member_id", |row| row.member_id.to_string()),
    ("payer_id", |row| row.payer_id.to_string()),
    ("status", |row| row.status.to_string()),
    ("from", |row| optional(row.from)),
    ("to", |row| optional(row.to)),
    ("behavioral_payer_id", |row| row.behavioral_payer_id.to_string()),
    ("authorization_required", |row| optional(row.authorization_required)),
    ("visit_limit", |row| optional(row.visit_limit)),
    ("visits_used", |row| optional(row.visits_used)),
    ("copay", |row| optional(row.copay)),
    ("responsibility", |row| row.responsibility.to_string()),
    ("verified_on", |row| optional(row.verified_on)),
];

const AUTHORIZATIONS: &[Column<Authorization>] = &[
    ("number", |row| row.number.to_string()),
    ("member_id", |row| row.member_id.to_string()),
    ("payer_id", |row| row.payer_id.to_string()),
    ("status", |row| row.status.to_string()),
    ("codes", |row| row.codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(";")),
    ("from", |row| optional(row.from)),
    ("to", |row| optional(row.to)),
    ("units_approved", |row| optional(row.units_approved)),
    ("units_used", |row| row.units_used.to_string()),
];

const ENROLLMENTS: &[Column<Enrollment>] = &[
    ("npi", |row| row.npi.to_string()),
    ("payer_id", |row| row.payer_id.to_string()),
    ("from", |row| optional(row.from)),
    ("to", |row| optional(row.to)),
    ("status", |row| row.status.to_string()),
    ("license", |row| row.license.to_string()),
];

const VISITS: &[Column<Visit>] = &[
    ("claim_id", |row| row.claim_id.to_string()),
    ("line", |row| row.line.to_string()),
    ("date", |row| optional(row.date)),
    ("start", |row| time(row.start)),
    ("stop", |row| time(row.stop)),
    ("modality", |row| row.modality.to_string()),
    ("patient_location", |row| row.patient_location.to_string()),
    ("signed", |row| optional(row.signed)),
    ("treatment_plan_date", |row| optional(row.treatment_plan_date)),
    ("medical_necessity", |row| optional(row.medical_necessity)),
    ("plan_linked", |row| optional(row.plan_linked)),
    ("group_size", |row| optional(row.group_size)),
    ("individual_note", |row| optional(row.individual_note)),
    ("patient_present", |row| optional(row.patient_present)),
    ("clinician_npi", |row| row.clinician_npi.to_string()),
];

/// A register's text: a header and a row each.
fn register<'a, T: 'a>(columns: &[Column<T>], rows: impl Iterator<Item = &'a T>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // INVARIANT: writing to a vector does not fail, and every record has as many fields as there are columns.
    let _ = writer.write_record(columns.iter().map(|column| column.0));
    for row in rows {
        let _ = writer.write_record(columns.iter().map(|column| (column.1)(row)));
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// `coverage.csv`.
pub(crate) fn coverage<'a>(rows: impl Iterator<Item = &'a Coverage>) -> String {
    register(COVERAGE, rows)
}

/// `authorizations.csv`.
pub(crate) fn authorizations<'a>(rows: impl Iterator<Item = &'a Authorization>) -> String {
    register(AUTHORIZATIONS, rows)
}

/// `enrollments.csv`.
pub(crate) fn enrollments<'a>(rows: impl Iterator<Item = &'a Enrollment>) -> String {
    register(ENROLLMENTS, rows)
}

/// `visits.csv`.
pub(crate) fn visits<'a>(rows: impl Iterator<Item = &'a Visit>) -> String {
    register(VISITS, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    /// The fields of a type, as it writes them itself.
    fn fields<T: Serialize>(value: &T) -> Vec<String> {
        let json = serde_json::to_value(value).unwrap();
        json.as_object().unwrap().keys().cloned().collect()
    }

    fn columns<T>(columns: &[Column<T>]) -> Vec<String> {
        let mut names: Vec<String> = columns.iter().map(|column| column.0.to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn columns_are_the_fields() {
        assert_eq!(columns(COVERAGE), fields(&Coverage::default()));
        assert_eq!(columns(AUTHORIZATIONS), fields(&Authorization::default()));
        assert_eq!(columns(ENROLLMENTS), fields(&Enrollment::default()));
        assert_eq!(columns(VISITS), fields(&Visit::default()));
    }

    #[test]
    fn times_lists_and_unknowns() {
        let visit = Visit { start: Time::new(9, 5, 0, 0).ok(), signed: Some(false), ..Visit::default() };
        assert!(visits([visit].iter()).ends_with(",0,,09:05,,,,false,,,,,,,\n"));
        let row = Authorization {
            codes: vec!["90837".parse().unwrap(), "90834".parse().unwrap()],
            ..Default::default()
        };
        assert!(authorizations([row].iter()).contains("90837;90834"));
    }
}
