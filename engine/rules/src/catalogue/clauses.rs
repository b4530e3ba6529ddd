//! The clauses of a rule, in one table: the parser, the checker, completions and the reference all read it.

/// What follows a clause's keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Takes {
    /// A text in quotes.
    Text,
    /// A text in quotes; parts in `${...}` are filled in.
    Template,
    /// A date in quotes, as `"2026-01-31"`.
    Date,
    /// The id of another rule, in quotes.
    RuleId,
    /// A stage, as a bare word.
    Stage,
    /// A subject, as a bare word.
    Subject,
    /// A category, as a bare word.
    Category,
    /// A category as a bare word, or nothing.
    MaybeCategory,
    /// An owner, as a bare word.
    Owner,
    /// `live` or `shadow`, as a bare word.
    Mode,
    /// A text in quotes, or nothing.
    MaybeText,
    /// A constant list of texts.
    Texts,
    /// A condition.
    Condition,
    /// A call of an action.
    Action,
    /// A whole number.
    Number,
    /// `N days`, `N business_days` or `N business_hours`.
    Span,
}

impl Takes {
    /// The words that people read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Template => "a text in quotes; `${...}` fills in a field",
            Self::Date => "a date in quotes",
            Self::RuleId => "a rule's id in quotes",
            Self::Stage => "a stage",
            Self::Subject => "a subject",
            Self::Category => "a category",
            Self::MaybeCategory => "a category, or nothing",
            Self::Owner => "an owner",
            Self::Mode => "`live` or `shadow`",
            Self::MaybeText => "a text in quotes, or nothing",
            Self::Texts => "a list of texts, or the name of one",
            Self::Condition => "a condition",
            Self::Action => "an action",
            Self::Number => "a whole number",
            Self::Span => "a number of `days`, `business_days` or `business_hours`",
        }
    }

    /// The name that programs read.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Template => "template",
            Self::Date => "date",
            Self::RuleId => "rule_id",
            Self::Stage => "stage",
            Self::Subject => "subject",
            Self::Category => "category",
            Self::MaybeCategory => "optional_category",
            Self::Owner => "owner",
            Self::Mode => "mode",
            Self::MaybeText => "optional_text",
            Self::Texts => "texts",
            Self::Condition => "condition",
            Self::Action => "action",
            Self::Number => "number",
            Self::Span => "span",
        }
    }

    /// True for a bare word, which stands without quotes.
    pub const fn is_word(self) -> bool {
        matches!(
            self,
            Self::Stage | Self::Subject | Self::Category | Self::MaybeCategory | Self::Owner | Self::Mode
        )
    }

    /// True for a text that must be there.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Template | Self::Date | Self::RuleId)
    }
}

/// Which part of a rule a clause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClauseKind {
    /// What the rule is called and why it is there.
    About,
    /// When and on what it runs.
    Scope,
    /// What it does when it fires. May be there more than once.
    Outcome,
    /// Who is asked, what, and by when.
    Detail,
}

/// A clause of a rule.
#[derive(Debug, Clone, Copy)]
pub struct Clause {
    /// The keyword.
    pub keyword: &'static str,
    /// Which part of a rule it is.
    pub kind: ClauseKind,
    /// What follows the keyword.
    pub takes: Takes,
    /// True when there is no rule without it.
    pub needed: bool,
    /// What it means, in a sentence or two.
    pub meaning: &'static str,
    /// The clause as an author writes it.
    pub example: &'static str,
}

impl Clause {
    /// True when a rule may have more than one.
    pub fn repeats(&self) -> bool {
        self.kind == Outcome
    }
}

const fn clause(
    keyword: &'static str,
    kind: ClauseKind,
    takes: Takes,
    meaning: &'static str,
    example: &'static str,
) -> Clause {
    Clause { keyword, kind, takes, needed: false, meaning, example }
}

const fn needed(clause: Clause) -> Clause {
    Clause { needed: true, ..clause }
}

use ClauseKind::{About, Detail, Outcome, Scope};

/// Every clause of a rule, in the order in which rules are best written.
pub const CLAUSES: &[Clause] = &[
    needed(clause(
        "title",
        About,
        Takes::Text,
        "What must be so, in one line. People see it wherever the rule is named.",
        "title \"What must be so\"",
    )),
    needed(clause(
        "stage",
        Scope,
        Takes::Stage,
        "The stage of a claim's way at which the rule runs.",
        "stage scrub",
    )),
    clause(
        "each",
        Scope,
        Takes::Subject,
        "What the rule looks at, one after another. Without it: the claim.",
        "each line",
    ),
    clause(
        "codes",
        Scope,
        Takes::Texts,
        "The rule is for these codes only: procedure codes for each line and claim, beginnings of diagnosis codes for each \
         diagnosis, reason codes (as `197` or `CO-197`) for each adjustment and denial.",
        "codes [\"90834\", \"90837\"]",
    ),
    clause(
        "payers",
        Scope,
        Takes::Texts,
        "The rule is for these payer ids only. Without it: those of the pack.",
        "payers [\"60054\"]",
    ),
    needed(clause(
        "when",
        Scope,
        Takes::Condition,
        "The condition. The rule fires where it holds.",
        "when line.units > 1",
    )),
    clause(
        "fix",
        Outcome,
        Takes::Action,
        "Corrects the claim. What stood there before is recorded with it.",
        "fix line.set_units(1)",
    ),
    clause(
        "hold",
        Outcome,
        Takes::Category,
        "Holds the claim under this category until it is corrected, or released with a reason.",
        "hold documentation",
    ),
    clause(
        "deny",
        Outcome,
        Takes::Category,
        "The payer will deny this: holds the claim, and nobody can release it uncorrected.",
        "deny coding",
    ),
    clause("warn", Outcome, Takes::MaybeCategory, "Warns; the claim goes on.", "warn documentation"),
    clause(
        "categorize",
        Outcome,
        Takes::Category,
        "Gives an adjustment or a denial its category. One rule wins: the highest priority, then the latest layer, then the more \
         specific codes.",
        "categorize authorization_sent_not_seen",
    ),
    clause(
        "assign",
        Outcome,
        Takes::Owner,
        "Gives what the rule found to this owner, whatever the routing table says.",
        "assign billing",
    ),
    clause(
        "note",
        Outcome,
        Takes::MaybeText,
        "Leaves a note in the claim's story; nothing else changes.",
        "note \"seen before\"",
    ),
    clause(
        "owner",
        Detail,
        Takes::Owner,
        "Who works on it. Without it: what the routing table says of the category.",
        "owner clinician",
    ),
    clause(
        "ask",
        Detail,
        Takes::Template,
        "What that person is asked to do, in one sentence.",
        "ask \"Please add the start and stop time of the ${as_of} session.\"",
    ),
    clause(
        "within",
        Detail,
        Takes::Span,
        "By when it is due, counted from the day of the finding.",
        "within 2 business_days",
    ),
    needed(clause(
        "because",
        About,
        Takes::Text,
        "Why. People read it when they ask why a claim was held.",
        "because \"Why the payer wants it\"",
    )),
    clause(
        "source",
        About,
        Takes::Text,
        "Where this is written, so that somebody can look it up.",
        "source \"Payer telehealth policy, section 2\"",
    ),
    clause(
        "effective",
        Scope,
        Takes::Date,
        "First date of service for which the rule is in force.",
        "effective \"2026-01-01\"",
    ),
    clause(
        "expires",
        Scope,
        Takes::Date,
        "Last date of service for which the rule is in force.",
        "expires \"2026-12-31\"",
    ),
    clause(
        "priority",
        Scope,
        Takes::Number,
        "Rules with a higher one come first. Without it: 0.",
        "priority 10",
    ),
    clause(
        "mode",
        Scope,
        Takes::Mode,
        "Whether it acts. `shadow`: it is evaluated and recorded, and never acts. Without it: as pack.yaml says, else `live`.",
        "mode shadow",
    ),
    clause(
        "overrides",
        Scope,
        Takes::RuleId,
        "This rule replaces that one, which is of an earlier layer.",
        "overrides \"BH-UNITS\"",
    ),
];

/// The clause of that keyword.
pub fn clause_of(keyword: &str) -> Option<&'static Clause> {
    CLAUSES.iter().find(|clause| clause.keyword == keyword)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_unique_and_documented() {
        for (place, clause) in CLAUSES.iter().enumerate() {
            let twice = CLAUSES.iter().skip(place + 1).any(|other| other.keyword == clause.keyword);
            assert!(!twice, "{} is there twice", clause.keyword);
            assert!(clause.meaning.ends_with('.'), "{}", clause.keyword);
            assert!(clause.example.starts_with(clause.keyword), "{}", clause.keyword);
        }
    }
}
