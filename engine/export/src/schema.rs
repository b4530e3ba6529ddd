//! The tables and their columns: one description, from which both formats, the page in docs and the tests follow.

use std::fmt;
use std::str::FromStr;

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// One row a claim, as it stands.
    Claims,
    /// One row a service line, as it stands.
    Lines,
    /// One row a denial, open or not.
    Denials,
    /// One row an event.
    Events,
}

/// What a column holds. Everything is written in the same way in both formats, as far as they can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Texts in order.
    Texts,
    /// A whole number.
    Whole,
    /// Whole numbers in order.
    Wholes,
    /// An exact decimal with so many places; in NDJSON it is text.
    Decimal(u32),
    /// A date.
    Date,
    /// A moment, to the millisecond; in NDJSON it is text in UTC.
    Moment,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name: the same in both formats.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// True when it can be empty.
    pub optional: bool,
    /// True when it tells who a patient is: it is there only where that was asked for.
    pub patient: bool,
    /// What it says, for people.
    pub about: &'static str,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 4] = [Self::Claims, Self::Lines, Self::Denials, Self::Events];

    /// Its name, which its file has too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::Lines => "lines",
            Self::Denials => "denials",
            Self::Events => "events",
        }
    }

    /// Its columns, in order.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Claims => CLAIMS,
            Self::Lines => LINES,
            Self::Denials => DENIALS,
            Self::Events => EVENTS,
        }
    }

    /// The columns of an export that tells who patients are, or does not.
    pub(crate) fn columns_for(self, patients: bool) -> Vec<Column> {
        self.columns().iter().filter(|column| patients || !column.patient).copied().collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that no table has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no table `{0}`; the tables are claims, lines, denials and events")]
pub struct NoTable(String);

impl FromStr for Table {
    type Err = NoTable;

    fn from_str(text: &str) -> Result<Self, NoTable> {
        Self::ALL.into_iter().find(|table| table.as_str() == text).ok_or_else(|| NoTable(text.to_owned()))
    }
}

impl Kind {
    /// In words, as the page in docs has it.
    pub fn words(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Texts => "list of texts".to_owned(),
            Self::Whole => "whole number".to_owned(),
            Self::Wholes => "list of whole numbers".to_owned(),
            Self::Decimal(places) => format!("decimal, {places} places"),
            Self::Date => "date".to_owned(),
            Self::Moment => "moment".to_owned(),
        }
    }
}

const fn of(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, optional: false, patient: false, about }
}

const fn maybe(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { optional: true, ..of(name, kind, about) }
}

const fn patient(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { patient: true, ..maybe(name, kind, about) }
}

const MONEY: Kind = Kind::Decimal(2);

const CLAIMS: &[Column] = &[
    of("id", Kind::Text, "the practice's number of the claim (CLM01)"),
    of("state", Kind::Text, "state of its workflow that it is in"),
    of("workflow", Kind::Text, "workflow that it runs on"),
    of("workflow_version", Kind::Whole, "version of that workflow"),
    maybe("payer", Kind::Text, "payer's id"),
    maybe("owner", Kind::Text, "who has the work item that falls due first; empty when nobody has one"),
    maybe("category", Kind::Text, "kind of that work item"),
    maybe("due", Kind::Date, "when that work item falls due"),
    of("billed", MONEY, "charged"),
    of("paid", MONEY, "paid by payers, reversals taken off"),
    of("patient", MONEY, "left to the patient by payers, reversals taken off"),
    of("denied", MONEY, "denied and still open"),
    of("submissions", Kind::Whole, "how often it went out"),
    of("entered", Kind::Moment, "when it came into its state"),
    maybe("deadline", Kind::Moment, "when the time of that state runs out"),
    of("received", Kind::Moment, "when it came in"),
    maybe("service_date", Kind::Date, "first day of service"),
    maybe("place_of_service", Kind::Text, "place of service code"),
    maybe("rendering_npi", Kind::Text, "NPI of who gave the service"),
    of("diagnoses", Kind::Texts, "diagnosis codes, the principal one first"),
    maybe("member", Kind::Text, "stand-in for member and payer, the same in every export of this practice"),
    patient("member_id", Kind::Text, "member id"),
    patient("patient_last", Kind::Text, "patient's last name"),
    patient("patient_first", Kind::Text, "patient's first name"),
    patient("birth_date", Kind::Date, "patient's date of birth"),
    patient("sex", Kind::Text, "patient's sex, as sent"),
    patient("medical_record_number", Kind::Text, "the practice's medical record number"),
    patient("address", Kind::Text, "patient's street address"),
    patient("city", Kind::Text, "city"),
    patient("region", Kind::Text, "state of the address"),
    patient("postal_code", Kind::Text, "ZIP code"),
];

const LINES: &[Column] = &[
    of("claim", Kind::Text, "the claim's number: `id` of the table claims"),
    of("line", Kind::Whole, "number within the claim, from 1"),
    maybe("procedure", Kind::Text, "procedure code"),
    of("modifiers", Kind::Texts, "modifiers, in order"),
    of("charge", MONEY, "charged"),
    of("units", Kind::Decimal(3), "units"),
    maybe("place_of_service", Kind::Text, "place of service code: the line's, else the claim's"),
    maybe("service_date", Kind::Date, "day of service"),
    of("diagnosis_pointers", Kind::Wholes, "which of the claim's diagnoses, from 1"),
];

const DENIALS: &[Column] = &[
    of("claim", Kind::Text, "the claim's number: `id` of the table claims"),
    maybe("line", Kind::Whole, "service line; empty for the claim as a whole"),
    of("group", Kind::Text, "who bears it: group code, as CO"),
    of("carc", Kind::Text, "reason code"),
    of("rarcs", Kind::Texts, "remark codes"),
    of("amount", MONEY, "not paid"),
    maybe("category", Kind::Text, "kind, as rules and routing said last"),
    maybe("owner", Kind::Text, "who acts, as routing said last"),
    maybe("rule", Kind::Text, "rule that decided the kind"),
    of("opened", Kind::Moment, "when it was posted"),
    maybe(
        "closed",
        Kind::Moment,
        "when a later decision or another submission took it away; empty while it stands",
    ),
];

const EVENTS: &[Column] = &[
    of("claim", Kind::Text, "the claim's number: `id` of the table claims"),
    of("number", Kind::Whole, "place among the claim's events, from 1"),
    of("at", Kind::Moment, "when"),
    maybe("actor", Kind::Text, "who or what caused it"),
    of("event", Kind::Text, "what happened, as `show --json` calls it"),
    maybe("state", Kind::Text, "state that the claim is in after it"),
    maybe("stage", Kind::Text, "stage whose rules ran"),
    maybe(
        "outcome",
        Kind::Text,
        "how a stage, an action or another workflow came out; the name of what `happened`",
    ),
    of("rules_fired", Kind::Texts, "rules that fired, each once"),
    maybe("rules", Kind::Text, "hash of the generation of rules that decided"),
    maybe("workflow", Kind::Text, "hash of the workflow that the claim goes through from here on"),
    maybe("paid", MONEY, "paid by a decision that was posted"),
    maybe("patient", MONEY, "left to the patient by it"),
    maybe("reason", Kind::Text, "why, in the words of who did it"),
];
