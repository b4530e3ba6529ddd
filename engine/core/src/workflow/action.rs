//! The actions that states can `do`: the stages of the core, and what plugins offer.

use crate::{Stage, Text, ValueType};

/// An action of the core: it runs a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionInfo {
    /// The name authors write.
    pub name: &'static str,
    /// The stage whose rules it runs.
    pub stage: Stage,
    /// What it does, in a line.
    pub does: &'static str,
    /// Every `outcome` it can have.
    pub outcomes: &'static [&'static str],
}

const fn action(
    name: &'static str,
    stage: Stage,
    does: &'static str,
    outcomes: &'static [&'static str],
) -> ActionInfo {
    ActionInfo { name, stage, does, outcomes }
}

const EXAMINED: &[&str] = &["passed", "held"];
const ADJUDICATED: &[&str] = &["posted", "reversed", "forwarded"];
const CATEGORIZED: &[&str] = &["accepted", "denied"];
const ROUTED: &[&str] = &["routed"];

/// The actions of the core, one a stage.
pub const ACTIONS: &[ActionInfo] = &[
    action("eligibility.verify", Stage::Eligibility, "looks at the member's coverage", EXAMINED),
    action(
        "authorization.check",
        Stage::Authorization,
        "looks at authorizations and what they still cover",
        EXAMINED,
    ),
    action("claim.scrub", Stage::Scrub, "corrects what can be corrected and edits the claim", EXAMINED),
    action("claim.submit", Stage::Submit, "puts the claim into the next file for its payer", EXAMINED),
    action("remittance.adjudicate", Stage::Adjudicate, "posts what the payer decided", ADJUDICATED),
    action("denial.categorize", Stage::Categorize, "gives each adjustment its kind", CATEGORIZED),
    action("denial.route", Stage::Route, "gives each denial one owner and a due date", ROUTED),
];

/// The stage whose rules an action runs, for the actions that are stages.
pub fn stage_of(action: &str) -> Option<Stage> {
    ACTIONS.iter().find(|info| info.name == action).map(|info| info.stage)
}

/// A value that an action takes or gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Name.
    pub name: Text,
    /// Kind of the value.
    pub kind: ValueType,
    /// For what it takes: true when it must be given. For what it gives: true when it always does.
    pub required: bool,
    /// What it is, in a line.
    pub about: Text,
}

/// What is known of an action that is no stage: a plugin offers it, or it is another workflow. The checker proves each
/// use of it against this.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionSpec {
    /// The name authors write, as `fees.lookup`.
    pub name: Text,
    /// What it does, in a line.
    pub does: Text,
    /// What it takes.
    pub inputs: Vec<Slot>,
    /// What it gives.
    pub outputs: Vec<Slot>,
    /// Every `outcome` it can have; empty when it may have any.
    pub outcomes: Vec<Text>,
}

impl Slot {
    /// A value that is always there.
    pub fn required(name: impl Into<Text>, kind: ValueType) -> Self {
        Self { name: name.into(), kind, required: true, about: Text::default() }
    }

    /// A value that may be left out.
    pub fn optional(name: impl Into<Text>, kind: ValueType) -> Self {
        Self { required: false, ..Self::required(name, kind) }
    }

    /// With what it is, in a line.
    #[must_use]
    pub fn about(self, about: impl Into<Text>) -> Self {
        Self { about: about.into(), ..self }
    }
}
