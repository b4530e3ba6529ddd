//! What the step asks of a set of rules. The rules themselves live above: the step only knows this trait.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::remittance::is_forwarded;
use crate::state::ClaimState;
use crate::{
    Category, Change, Claim, Denial, DueIn, Facts, Finding, Money, Owner, PostedAdjustment, Stage, Text,
};

/// A content hash in hexadecimal, as of a generation of rules or of a workflow.
pub type Hash = Text;

/// What the payer decided last, as rules see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    /// Claim status (CLP02).
    pub status: Text,
    /// Charge as the payer repeats it.
    pub charge: Money,
    /// Paid.
    pub paid: Money,
    /// Patient responsibility.
    pub patient_responsibility: Money,
    /// The payer's number of the claim.
    pub payer_claim_number: Text,
    /// Date of payment.
    pub date: Option<Date>,
    /// Payer to which the claim was forwarded, or empty.
    pub forwarded_to: Text,
}

impl Decision {
    /// True when the claim went on to another payer, whose decision is still to come.
    pub fn is_forwarded(&self) -> bool {
        is_forwarded(&self.status) && self.paid.is_zero()
    }
}

/// Everything a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct RuleInput<'a> {
    /// Which rules run.
    pub stage: Stage,
    /// The claim as it stands.
    pub claim: &'a Claim,
    /// What is known besides.
    pub facts: &'a Facts,
    /// The day of the decision: rules never see "now".
    pub as_of: Date,
    /// How often the claim has gone out.
    pub submissions: u32,
    /// The payer's last decision.
    pub decision: Option<&'a Decision>,
    /// The adjustments of that decision.
    pub adjustments: &'a [PostedAdjustment],
    /// The denials made of them.
    pub denials: &'a [Denial],
}

impl<'a> RuleInput<'a> {
    /// What rules may look at of a claim in this state.
    pub fn of(state: &'a ClaimState, stage: Stage, facts: &'a Facts, as_of: Date) -> Self {
        Self {
            stage,
            claim: &state.claim,
            facts,
            as_of,
            submissions: u32::try_from(state.submissions.len()).unwrap_or(u32::MAX),
            decision: state.last_decision(),
            adjustments: state.adjustments(),
            denials: &state.denials,
        }
    }
}

/// What a stage's rules said.
///
/// Fixes come first: `changes` are in the order made, and `findings` are judged on the claim after them. A rule that
/// could not be evaluated is a finding of level `error`, which blocks; it never counts as "did not fire".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// Corrections in the order made.
    pub changes: Vec<Change>,
    /// What fired, in rule order.
    pub findings: Vec<Finding>,
    /// How many rule subjects were looked at.
    pub considered: u32,
    /// What rules in shadow said, judged on the claim after the changes: recorded, and nothing comes of it.
    pub shadow: Vec<Finding>,
}

/// What routing needs to know of a problem.
#[derive(Debug, Clone, Copy)]
pub struct RouteQuery<'a> {
    /// Kind of problem.
    pub category: &'a str,
    /// Payer id.
    pub payer: &'a str,
    /// Adjustment group, or empty.
    pub group: &'a str,
    /// Adjustment reason, or empty.
    pub carc: &'a str,
    /// Remark codes.
    pub rarcs: &'a [crate::Rarc],
    /// Stage at which it came up.
    pub stage: Stage,
    /// What is at stake.
    pub amount: Money,
}

/// Who gets a problem, and by when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Owner.
    pub owner: Owner,
    /// Due, counted from the day it is opened.
    pub within: DueIn,
    /// Where this was decided, as `routing.csv:12`.
    pub row: Text,
}

/// A checked, immutable generation of rules and routing.
pub trait Rules: Send + Sync {
    /// Content hash of everything that can change a decision.
    fn generation(&self) -> &Hash;

    /// Runs the rules of one stage. Never fails: what goes wrong is a finding of level `error`.
    fn evaluate(&self, input: &RuleInput<'_>) -> Evaluation;

    /// Who gets a problem. Always answers: what no row names goes to triage.
    fn route(&self, query: &RouteQuery<'_>) -> Route;

    /// The category of an adjustment that no rule knows.
    fn unknown_category(&self) -> Category {
        Category::const_new("uncategorized")
    }
}

/// The category of adjustments that are no denial: contractual, deductible, copayment.
pub const POSTING: &str = "posting";
