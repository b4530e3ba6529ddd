//! What is different between two generations, in words that authors use.

mod others;
mod rules;
#[cfg(test)]
mod tests;

use std::fmt;

use claimflow_core::Text;
use serde::Serialize;

use crate::Generation;

/// What a difference is about, in the order in which differences are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// A pack.
    Pack,
    /// A rule, or a row of a decision table.
    Rule,
    /// A reference table.
    Table,
    /// Rows of the routing tables.
    Routing,
    /// A kind of problem.
    Category,
    /// A workflow.
    Workflow,
    /// The practice's settings.
    Settings,
}

impl Area {
    const fn word(self) -> &'static str {
        match self {
            Self::Pack => "pack",
            Self::Rule => "rule",
            Self::Table => "table",
            Self::Routing => "routing",
            Self::Category => "category",
            Self::Workflow => "workflow",
            Self::Settings => "settings",
        }
    }
}

/// One way in which a later generation is not as an earlier one.
///
/// `Display` is a sentence: ``rule `AET-TELE-95`: mode was `shadow`, is `live` ``.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about.
    pub area: Area,
    /// Its name: a rule's id, a pack's or a table's name; empty where the area says it all.
    pub subject: Text,
    /// The part that differs, as `conditions` or `mode`; empty when the whole is new or gone.
    pub part: Text,
    /// How it was, or empty: it was not there. `...` on both sides: it differs, in a way too long to tell.
    pub before: String,
    /// How it is, or empty: it is gone.
    pub after: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.area.word())?;
        if !self.subject.is_empty() {
            write!(f, " `{}`", self.subject)?;
        }
        let Self { part, before, after, .. } = self;
        if before == OTHER && after == OTHER {
            return write!(f, ": {part} is another");
        }
        match (part.is_empty(), before.is_empty(), after.is_empty()) {
            (true, true, _) => write!(f, " is new: {after}"),
            (true, false, true) => write!(f, " is gone: {before}"),
            (true, false, false) => write!(f, " was {before}, is {after}"),
            // How many rows: they are numbers already, and nobody's words.
            (false, true, _) if self.area == Area::Table => write!(f, ": {after} new"),
            (false, false, true) if self.area == Area::Table => write!(f, ": {before} gone"),
            (false, true, _) => write!(f, ": {part}: `{after}` is new"),
            (false, false, true) => write!(f, ": {part}: `{before}` is gone"),
            (false, false, false) => write!(f, ": {part}: was `{before}`, is `{after}`"),
        }
    }
}

/// Every way in which `after` is not as `before`: packs, rules by their clauses, tables by their rows, routing,
/// categories, workflows and settings. Always in the same order: by area, then by name, then as clauses are written.
pub fn compare(before: &Generation, after: &Generation) -> Vec<Difference> {
    if before.hash() == after.hash() {
        return Vec::new();
    }
    let mut all = Vec::new();
    others::packs(before, after, &mut all);
    rules::compare(before, after, &mut all);
    others::tables(before, after, &mut all);
    others::routing(before, after, &mut all);
    others::categories(before, after, &mut all);
    others::workflows(before, after, &mut all);
    if before.settings().decision_hash() != after.settings().decision_hash() {
        let note = |text: &str| text.to_owned();
        push(
            &mut all,
            Area::Settings,
            "",
            "what decides in claimflow.yaml",
            note("other"),
            note("as written now"),
        );
    }
    all
}

fn push(
    all: &mut Vec<Difference>,
    area: Area,
    subject: &str,
    part: &str,
    before: impl Into<String>,
    after: impl Into<String>,
) {
    let (before, after) = (before.into(), after.into());
    if before != after {
        all.push(Difference { area, subject: Text::from(subject), part: Text::from(part), before, after });
    }
}

/// What differs in a way that is too long to tell.
const OTHER: &str = "...";

fn differs(all: &mut Vec<Difference>, area: Area, subject: &str, part: &str) {
    let (before, after) = (OTHER.to_owned(), OTHER.to_owned());
    all.push(Difference { area, subject: Text::from(subject), part: Text::from(part), before, after });
}

/// Pairs what has the same name on both sides, in order of the names.
fn paired<'n, T>(
    before: impl IntoIterator<Item = (Text, &'n T)>,
    after: impl IntoIterator<Item = (Text, &'n T)>,
) -> std::collections::BTreeMap<Text, (Option<&'n T>, Option<&'n T>)> {
    let mut pairs: std::collections::BTreeMap<Text, (Option<&T>, Option<&T>)> =
        std::collections::BTreeMap::new();
    for (name, own) in before {
        pairs.entry(name).or_default().0.get_or_insert(own);
    }
    for (name, own) in after {
        pairs.entry(name).or_default().1.get_or_insert(own);
    }
    pairs
}
