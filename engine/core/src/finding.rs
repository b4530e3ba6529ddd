//! What rules say of a claim, and what comes of it: findings, denials, work items.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Carc, DAY_MS, DueIn, GroupCode, Moment, Money, Rarc, Span, Text};

/// A kind of problem, as `authorization`. The known ones are in the packs' and the practice's tables.
pub type Category = Text;

/// Who does something about it, as `front_desk`. The known ones are in the practice's settings.
pub type Owner = Text;

/// The stages that have rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Is the member covered?
    Eligibility,
    /// Is an authorization needed, and there?
    Authorization,
    /// Will the payer take it as it is?
    Scrub,
    /// Ready to go out.
    Submit,
    /// What did the payer decide?
    Adjudicate,
    /// What kind of denial is it?
    Categorize,
    /// Who does something about it, by when?
    Route,
}

impl Stage {
    /// All stages in their order.
    pub const ALL: [Self; 7] = [
        Self::Eligibility,
        Self::Authorization,
        Self::Scrub,
        Self::Submit,
        Self::Adjudicate,
        Self::Categorize,
        Self::Route,
    ];

    /// The word that authors write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eligibility => "eligibility",
            Self::Authorization => "authorization",
            Self::Scrub => "scrub",
            Self::Submit => "submit",
            Self::Adjudicate => "adjudicate",
            Self::Categorize => "categorize",
            Self::Route => "route",
        }
    }

    /// From the word that authors write.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The claim as a whole.
    Claim,
    /// Each service line.
    Line,
    /// Each diagnosis.
    Diagnosis,
    /// Each adjustment of a remittance.
    Adjustment,
    /// Each denial.
    Denial,
}

impl Subject {
    /// All subjects.
    pub const ALL: [Self; 5] = [Self::Claim, Self::Line, Self::Diagnosis, Self::Adjustment, Self::Denial];

    /// The word that authors write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Line => "line",
            Self::Diagnosis => "diagnosis",
            Self::Adjustment => "adjustment",
            Self::Denial => "denial",
        }
    }

    /// From the word that authors write.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.as_str() == text)
    }
}

/// How firmly a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A remark.
    Note,
    /// A deterministic correction was made.
    Fix,
    /// Advisory.
    Warn,
    /// A category was given to an adjustment or denial.
    Categorize,
    /// An owner was given.
    Assign,
    /// Holds the claim; a person can release it with a reason.
    Hold,
    /// Predicted denial: holds the claim and cannot be released, only corrected.
    Deny,
    /// The rule itself failed: holds the claim for review.
    Error,
}

impl Level {
    /// True when the claim must not go on.
    pub const fn blocks(self) -> bool {
        matches!(self, Self::Hold | Self::Deny | Self::Error)
    }

    /// The word people read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Fix => "fix",
            Self::Warn => "warn",
            Self::Categorize => "categorize",
            Self::Assign => "assign",
            Self::Hold => "hold",
            Self::Deny => "deny",
            Self::Error => "error",
        }
    }
}

/// A rule that fired (or failed) on a claim, with the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Rule id.
    pub rule: Text,
    /// Pack and its version, as `behavioral-health 1.0.0`.
    pub pack: Text,
    /// File within the practice folder.
    pub file: Text,
    /// Line in that file, from 1.
    pub source_line: u32,
    /// Stage.
    pub stage: Stage,
    /// How firmly it stands.
    pub level: Level,
    /// What the rule looked at.
    pub subject: Subject,
    /// Which one, from 1: line number, or place among diagnoses, adjustments, denials; 0 for the claim.
    pub index: u16,
    /// Category, or empty.
    pub category: Category,
    /// Owner named by the rule, or empty: routing decides.
    pub owner: Owner,
    /// What to ask or do (the rule's `ask`, else its title), without patient data beyond dates of service.
    pub message: Text,
    /// Why (the rule's `because`).
    pub because: Text,
    /// When it falls due after opening, when the rule says.
    pub within: Option<DueIn>,
    /// Field names and values that the condition read, in reading order; private values are masked.
    pub values: Vec<(Text, Text)>,
}

impl Finding {
    /// The first of a level on a subject, `place` being that subject's place among its kind, from 0.
    pub fn find(findings: &[Self], subject: Subject, place: usize, level: Level) -> Option<&Self> {
        findings
            .iter()
            .find(|own| own.level == level && own.subject == subject && usize::from(own.index) == place + 1)
    }
}

/// A correction of one field, by a rule or by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Rule id, or empty for a person's correction.
    pub rule: Text,
    /// Field, as `line[1].modifiers`; see [`crate::field`].
    pub field: Text,
    /// Text before; masked when private.
    pub before: Text,
    /// Text after, as [`crate::field::set`] takes it.
    pub after: Text,
}

/// An adjustment as a payer reported it, at its place in the claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostedAdjustment {
    /// Service line, from 1; 0 for the claim.
    pub line: u16,
    /// Who bears it.
    pub group: GroupCode,
    /// Reason.
    pub reason: Carc,
    /// Remarks that go with it.
    pub remarks: Vec<Rarc>,
    /// Amount.
    pub amount: Money,
}

/// An adjustment that the practice does not accept as final: it has a kind, an owner and a next act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// Service line, from 1; 0 for the claim.
    pub line: u16,
    /// Who bears it.
    pub group: GroupCode,
    /// Reason.
    pub carc: Carc,
    /// Remarks.
    pub rarcs: Vec<Rarc>,
    /// Amount not paid.
    pub amount: Money,
    /// Kind.
    pub category: Category,
    /// Who acts; empty until routed.
    pub owner: Owner,
    /// The rule that decided the kind.
    pub rule: Text,
    /// What to do.
    pub action: Text,
    /// When the remittance was posted.
    pub denied_on: Option<Date>,
}

impl Denial {
    /// What an adjustment says that a rule, where one did, gave a category.
    pub fn of(
        adjustment: &PostedAdjustment,
        categorized: Option<&Finding>,
        category: Category,
        denied_on: Option<Date>,
    ) -> Self {
        Self {
            line: adjustment.line,
            group: adjustment.group,
            carc: adjustment.reason.clone(),
            rarcs: adjustment.remarks.clone(),
            amount: adjustment.amount,
            category,
            owner: categorized.map(|own| own.owner.clone()).unwrap_or_default(),
            rule: categorized.map(|own| own.rule.clone()).unwrap_or_default(),
            action: categorized.map(|own| own.message.clone()).unwrap_or_default(),
            denied_on,
        }
    }
}

/// Something one owner has to do about one claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItem {
    /// Number within the claim, from 1.
    pub number: u16,
    /// Owner.
    pub owner: Owner,
    /// Category of the first reason.
    pub category: Category,
    /// What to do, one sentence each reason.
    pub ask: Text,
    /// Rules behind it.
    pub rules: Vec<Text>,
    /// Due date.
    pub due: Option<Date>,
    /// When it was opened.
    pub opened: Moment,
    /// What is at stake.
    pub amount: Money,
}

impl WorkItem {
    /// The first moment after its due date in UTC, by which claims' deadlines were set before practices had time zones;
    /// `None` when it has none.
    pub(crate) fn overdue_in_utc(&self) -> Option<Moment> {
        self.due.map(|due| Moment::start_of(due).plus(Span(DAY_MS)))
    }
}
