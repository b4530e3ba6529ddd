//! A rule as compiled: what the index, the evaluator and `explain` work on.

use claimflow_core::{Category, DueIn, Level, Owner, Stage, Subject, Text, within};
use jiff::civil::Date;
use serde::Serialize;

use crate::ir::Node;
use crate::source::Layer;
use crate::switch::{Enforced, Mode};

/// What people and programs may know of a rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleInfo {
    /// Id, as `AET-TELE-95`.
    pub id: Text,
    /// Title.
    pub title: Text,
    /// Name of its pack.
    pub pack: Text,
    /// Version of its pack.
    pub version: Text,
    /// Layer of its pack.
    pub layer: Layer,
    /// File within the practice folder.
    pub file: Text,
    /// Line of the file at which it begins, from 1.
    pub line: u32,
    /// Stage at which it runs.
    pub stage: Stage,
    /// What it looks at.
    pub subject: Subject,
    /// Codes it is for; none: any.
    pub codes: Vec<Text>,
    /// Payer ids it is for; none: every payer.
    pub payers: Vec<Text>,
    /// The parts of its condition, all of which must hold.
    pub conditions: Vec<Text>,
    /// What it does when it fires, as `hold documentation`.
    pub outcomes: Vec<Text>,
    /// Why.
    pub because: Text,
    /// Where this is written, or empty.
    pub source: Text,
    /// First service date, when limited.
    pub effective: Option<Date>,
    /// Last service date, when limited.
    pub expires: Option<Date>,
    /// Rules with a higher one come first.
    pub priority: i64,
    /// The rule it replaces, or empty.
    pub overrides: Text,
    /// Whether it acts: as its author wrote, or as the practice decides.
    pub mode: Mode,
    /// How firmly the practice wants it to stand, where it says so.
    pub enforced: Option<Enforced>,
    /// What switches it off.
    pub suppressed: Vec<Suppression>,
    /// The decision table of which it is a row, or empty.
    pub table: Text,
}

/// Why a rule does not run: another layer disabled it or replaced it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// The rule that replaces it, or the pack that disables it.
    pub by: Text,
    /// The reason given.
    pub because: Text,
    /// True when another rule replaces it.
    pub replaced: bool,
    /// Payers for whom it does not run; none: every payer.
    pub payers: Vec<Text>,
    /// First service date of the suppression.
    pub effective: Option<Date>,
    /// Last service date of the suppression.
    pub expires: Option<Date>,
    /// Last day of the decision for which it holds: what a practice switches off for a while.
    pub until: Option<Date>,
}

impl Suppression {
    /// True when the rule does not run for that payer on that service date, in a decision of the day `as_of`.
    pub fn applies(&self, payer: &str, date: Date, as_of: Date) -> bool {
        self.until.is_none_or(|until| as_of <= until)
            && (self.payers.is_empty() || self.payers.iter().any(|own| own == payer))
            && within(date, self.effective, self.expires)
    }
}

/// What a rule does when it fires, besides fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Hold(Category),
    Deny(Category),
    Warn(Category),
    Categorize(Category),
    Assign(Owner),
    Note(Text),
}

impl Outcome {
    pub(crate) const fn level(&self) -> Level {
        match self {
            Self::Hold(_) => Level::Hold,
            Self::Deny(_) => Level::Deny,
            Self::Warn(_) => Level::Warn,
            Self::Categorize(_) => Level::Categorize,
            Self::Assign(_) => Level::Assign,
            Self::Note(_) => Level::Note,
        }
    }

    pub(crate) fn category(&self) -> Category {
        match self {
            Self::Hold(category)
            | Self::Deny(category)
            | Self::Warn(category)
            | Self::Categorize(category) => category.clone(),
            Self::Assign(_) | Self::Note(_) => Category::default(),
        }
    }

    /// The clause as people read it.
    pub(crate) fn describe(&self) -> Text {
        let word = self.level().as_str();
        let argument = match self {
            Self::Hold(text)
            | Self::Deny(text)
            | Self::Warn(text)
            | Self::Categorize(text)
            | Self::Assign(text) => text,
            Self::Note(_) => "",
        };
        Text::from(format!("{word} {argument}").trim_end())
    }
}

/// A compiled rule: reads as its [`RuleInfo`]. Generations share it.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(crate) info: RuleInfo,
    /// Parts of the condition in order; their texts are `info.conditions`.
    pub(crate) parts: Vec<Node>,
    /// Calls of actions.
    pub(crate) fixes: Vec<Node>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) owner: Owner,
    pub(crate) ask: Option<Node>,
    pub(crate) within: Option<DueIn>,
    /// Pack and version, as findings show it.
    pub(crate) label: Text,
    /// Which row of its decision table, from 0.
    pub(crate) row: u32,
    /// How specific the row of a decision table is, as [`crate::index::Candidate`] counts it.
    pub(crate) specificity: u8,
}

impl std::ops::Deref for Rule {
    type Target = RuleInfo;

    fn deref(&self) -> &RuleInfo {
        &self.info
    }
}

impl Rule {
    /// True when the rule is in force on that service date.
    pub(crate) fn in_force(&self, date: Date) -> bool {
        within(date, self.info.effective, self.info.expires)
    }

    /// What switches the rule off for that payer on that service date, in a decision of the day `as_of`.
    pub(crate) fn suppression(&self, payer: &str, date: Date, as_of: Date) -> Option<&Suppression> {
        self.info.suppressed.iter().find(|suppression| suppression.applies(payer, date, as_of))
    }

    /// How firmly the practice wants the rule to stand in a decision of the day `as_of`.
    pub(crate) fn enforced(&self, as_of: Date) -> Option<&Enforced> {
        self.info.enforced.as_ref().filter(|own| own.until.is_none_or(|until| as_of <= until))
    }

    /// What it does when it fires, in one line.
    pub(crate) fn outcomes_text(&self) -> String {
        self.info.outcomes.join("; ")
    }

    /// What it asks of its owner, as its author wrote it but for layout; empty when it asks nothing.
    pub fn ask(&self) -> Text {
        let part = |node: &Node| match node {
            Node::Constant(crate::value::Constant::Text(text)) => text.to_string(),
            other => format!("${{{}}}", other.describe()),
        };
        match &self.ask {
            Some(Node::Concat(parts)) => parts.iter().map(part).collect::<String>().into(),
            Some(other) => Text::from(part(other)),
            None => Text::default(),
        }
    }

    /// Who gets what it holds, or empty: routing decides.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// By when what it asks is due, where it says so.
    pub fn within(&self) -> Option<DueIn> {
        self.within
    }

    pub(crate) fn categorizes(&self) -> bool {
        self.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Categorize(_)))
    }
}
