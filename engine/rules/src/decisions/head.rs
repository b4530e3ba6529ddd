//! The lines above the columns: `decision,AET-POS`, `stage,scrub` and so on.

use claimflow_core::{DueIn, Owner, Stage, Subject, Text};
use jiff::civil::Date;

use super::Hit;
use super::read::Builder;
use crate::diagnostics::{Code, meant};
use crate::source::PackSource;

/// The keys, in the order in which the documentation shows them.
pub(super) const KEYS: &[&str] = &[
    "decision",
    "title",
    "stage",
    "each",
    "hit",
    "because",
    "source",
    "effective",
    "expires",
    "payers",
    "owner",
    "ask",
    "within",
    "priority",
];

/// What stands above the columns.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) id: Text,
    pub(super) line: u32,
    pub(super) title: Text,
    pub(super) stage: Stage,
    pub(super) subject: Subject,
    pub(super) hit: Hit,
    pub(super) because: Text,
    pub(super) source: Text,
    pub(super) effective: Option<Date>,
    pub(super) expires: Option<Date>,
    pub(super) payers: Vec<Text>,
    pub(super) owner: Owner,
    pub(super) ask: Text,
    pub(super) within: Option<DueIn>,
    pub(super) priority: i64,
}

impl Head {
    /// What holds where nothing is said.
    fn of(pack: &PackSource) -> Self {
        Self {
            id: Text::default(),
            line: 0,
            title: Text::default(),
            stage: Stage::Scrub,
            subject: Subject::Claim,
            hit: Hit::First,
            because: Text::default(),
            source: Text::default(),
            effective: None,
            expires: None,
            payers: pack.payers.clone(),
            owner: Owner::default(),
            ask: Text::default(),
            within: None,
            priority: 0,
        }
    }
}

/// `2 business_days`, `4 business_hours` or `30 days`.
pub(super) fn due(text: &str) -> Option<DueIn> {
    text.parse().ok()
}

/// The mend for a span of days that does not read.
pub(super) const DUE: &str = "write `2 business_days`, `4 business_hours`, or `5 days`";

/// Reads the rows above the one that names the columns.
pub(super) fn read(builder: &mut Builder<'_>, columns_at: usize) -> Head {
    let mut head = Head::of(builder.pack);
    let mut seen: Vec<&str> = Vec::new();
    for place in 0..columns_at {
        let Some(row) = builder.source.rows.get(place) else { break };
        let key = row.text(0).trim();
        if row.is_blank() || key.starts_with('#') {
            continue;
        }
        let Some(known) = KEYS.iter().find(|known| known.eq_ignore_ascii_case(key)) else {
            let message = format!("there is no `{key}` above the columns");
            let help = meant(key, KEYS.iter().copied());
            builder.fault(Code::DecisionHead, place, 0, message, help);
            continue;
        };
        if seen.contains(known) {
            let message = format!("`{known}` is there twice");
            builder.fault(Code::DecisionHead, place, 0, message, "keep one of them");
            continue;
        }
        seen.push(known);
        if *known != "payers" && (2..row.cells.len()).any(|column| !row.text(column).is_empty()) {
            let help = "put a text with a comma into double quotes";
            builder.fault(Code::DecisionHead, place, 2, format!("`{known}` takes one cell"), help);
        }
        value(builder, &mut head, known, place);
    }
    check_whole(builder, &head, &seen);
    head
}

/// Faults what every table needs and this one lacks, and what does not go together.
fn check_whole(builder: &mut Builder<'_>, head: &Head, seen: &[&str]) {
    for needed in ["decision", "title", "stage", "because"] {
        if !seen.contains(&needed) {
            let help = format!("add a row with `{needed}` in its first cell and the text in its second");
            builder.fault(Code::DecisionHead, 0, 0, format!("the table has no `{needed}`"), help);
        }
    }
    if matches!(head.subject, Subject::Adjustment | Subject::Denial) && head.stage < Stage::Adjudicate {
        let what = head.subject.as_str();
        let message = format!("there is no {what} yet at the {} stage", head.stage.as_str());
        builder.fault(Code::NeverRuns, 0, 0, message, "use stage categorize");
    }
}

fn value(builder: &mut Builder<'_>, head: &mut Head, key: &str, place: usize) {
    let Some(row) = builder.source.rows.get(place) else { return };
    let text = row.text(1).trim();
    let mut wrong = |message: String, help: &str| {
        builder.fault(Code::DecisionHead, place, 1, message, help);
    };
    match key {
        "decision" => {
            if text.is_empty() || text.contains([':', '"', ' ']) {
                wrong(format!("`{text}` is no id of a table"), "write letters, digits and `-`, as `AET-POS`");
            }
            head.id = text.into();
            head.line = row.line;
        }
        "title" => head.title = text.into(),
        "because" => head.because = text.into(),
        "source" => head.source = text.into(),
        "ask" => head.ask = text.into(),
        "stage" => match Stage::parse(text) {
            Some(stage) => head.stage = stage,
            None => {
                wrong(format!("there is no stage `{text}`"), &meant(text, Stage::ALL.map(Stage::as_str)));
            }
        },
        "each" => match Subject::parse(text) {
            Some(subject) => head.subject = subject,
            None => {
                wrong(
                    format!("tables cannot look at each `{text}`"),
                    &meant(text, Subject::ALL.map(Subject::as_str)),
                );
                // So that the columns are not faulted for it as well.
                head.subject = Subject::Line;
            }
        },
        "hit" => match Hit::parse(text) {
            Some(hit) => head.hit = hit,
            None => wrong(format!("there is no hit policy `{text}`"), &meant(text, Hit::WORDS)),
        },
        "effective" | "expires" if !text.is_empty() => match text.parse() {
            Ok(date) if key == "effective" => head.effective = Some(date),
            Ok(date) => head.expires = Some(date),
            Err(_) => wrong(format!("`{text}` is not a date"), "write it as `2026-01-31`"),
        },
        "priority" => match text.parse() {
            Ok(priority) => head.priority = priority,
            Err(_) => wrong(format!("`{text}` is no whole number"), "write a whole number, as `10`"),
        },
        "within" if !text.is_empty() => {
            head.within = due(text);
            if head.within.is_none() {
                wrong(format!("`{text}` is no span of days"), DUE);
            }
        }
        "owner" => head.owner = builder.owner(place, 1),
        "payers" => head.payers = payers(builder, place),
        _ => {}
    }
}

fn payers(builder: &mut Builder<'_>, place: usize) -> Vec<Text> {
    let Some(row) = builder.source.rows.get(place) else { return Vec::new() };
    let own = &builder.pack.payers;
    let mut payers: Vec<Text> = Vec::new();
    let mut odd = Vec::new();
    for column in 1..row.cells.len() {
        for payer in row.text(column).split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
            if !own.is_empty() && !own.iter().any(|known| known == payer) {
                odd.push((column, payer));
            }
            payers.push(payer.into());
        }
    }
    for (column, payer) in odd {
        let message = format!("pack `{}` is not for payer `{payer}`", builder.pack.name);
        let help = "add the payer to `payers` in pack.yaml, or take it out here";
        builder.fault(Code::PayerOutsidePack, place, column, message, help);
    }
    if payers.is_empty() { own.clone() } else { payers }
}
