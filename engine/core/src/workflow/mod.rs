//! The workflow: states, what each does, and where it leads. Only a checked workflow can be stepped.

mod action;
mod called;
mod check;
mod draft;
mod fields;
pub mod graph;
mod mapping;
pub mod note;

pub use action::{ACTIONS, ActionInfo, ActionSpec, Slot, stage_of};
pub use called::{Called, check_calls};
pub use check::{EVENTS, Offered, check, check_kept};
pub use draft::{Draft, DraftAsks, DraftExpr, DraftKind, DraftState, DraftTransition, DraftVariable, Placed};
pub use fields::{claim_fields, claim_value};
pub use mapping::{DeadlineIs, Items, Landing, MappingFault, Remark, map_states};

use serde::{Deserialize, Serialize};

use crate::expr::Expr;
use crate::guard::GuardExpr;
use crate::{DueIn, Hash, Span, Text, Value, ValueType};

/// Which workflow a claim runs on. A claim keeps the version it started on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WorkflowRef {
    /// Name.
    pub name: Text,
    /// Version, as the author numbers it.
    pub version: u32,
    /// Content hash.
    pub hash: Hash,
}

/// A checked workflow: every target exists, every state is reachable and can reach a final one, no cycle of
/// immediate transitions, the last guard of every state is unconditional, every action is offered.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    reference: WorkflowRef,
    start: StateIndex,
    history: StateIndex,
    variables: Vec<Variable>,
    states: Vec<State>,
}

/// A variable of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Name.
    pub name: Text,
    /// Kind of its values.
    pub kind: ValueType,
    /// What it is before it is set; nothing where the author gave only the kind.
    pub default: Value,
}

/// The workflows that one can call. A claim stays on the very version that was called.
pub trait Workflows: Send + Sync {
    /// That version.
    fn version(&self, reference: &WorkflowRef) -> Option<&Workflow>;

    /// The newest version of that name.
    fn newest(&self, name: &str) -> Option<&Workflow>;
}

/// No workflow that could be called.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWorkflows;

impl Workflows for NoWorkflows {
    fn version(&self, _: &WorkflowRef) -> Option<&Workflow> {
        None
    }

    fn newest(&self, _: &str) -> Option<&Workflow> {
        None
    }
}

/// Place of a state in its workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StateIndex(usize);

/// One state.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Name.
    pub name: Text,
    /// What it is.
    pub kind: StateKind,
    /// Said in the timeline on entry, or empty; `${name}` in it stands for a variable.
    pub note: Text,
    /// Variables set on entry, in order.
    pub set: Vec<(Text, Expr)>,
    /// Where it leads, first guard that holds.
    pub then: Vec<Transition>,
}

/// Where a state leads.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// Only when this holds; `None` is "else".
    pub when: Option<GuardExpr>,
    /// Target.
    pub to: StateIndex,
}

/// What a state is.
#[derive(Debug, Clone, PartialEq)]
pub enum StateKind {
    /// Does something: a stage at once; what a plugin does takes its time, and the claim stays meanwhile.
    Work {
        /// Which action.
        action: Text,
        /// How the plugin is asked; `None` when the action is a stage.
        asks: Option<Box<Asks>>,
    },
    /// Goes through another workflow, and comes back at its end.
    Call {
        /// Name of the other workflow; its newest version is called.
        workflow: Text,
        /// Values of its variables, by their names.
        input: Vec<(Text, Expr)>,
        /// Variables that take what its variables are at its end: own name, its name.
        keep: Vec<(Text, Text)>,
    },
    /// Only chooses.
    Choice,
    /// Waits for events, with a deadline.
    Wait {
        /// Events it takes.
        events: Vec<Text>,
        /// Deadline and where it leads.
        deadline: Option<(DueIn, StateIndex)>,
    },
    /// Waits for a person.
    WorkItem {
        /// Events that end it.
        resume: Vec<Text>,
        /// What to do, where no finding or denial says.
        ask: Text,
        /// Category, where no finding or denial says.
        category: Text,
        /// Owner, where routing is not asked.
        owner: Text,
        /// Due, where routing is not asked.
        within: Option<DueIn>,
        /// Owner who gets it when it is overdue, or empty.
        escalate_to: Text,
        /// How long it may be laid aside at most, from the day on which somebody does.
        pend_at_most: Option<DueIn>,
    },
    /// The end; some events can open the claim again.
    Final {
        /// Events that open it again.
        reopen: Vec<Text>,
        /// The outcome that a workflow which called sees; empty for the state's name.
        result: Text,
    },
}

/// How a plugin is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asks {
    /// What the action takes, by name.
    pub input: Vec<(Text, Expr)>,
    /// Variables that take what the action gives: own name, its name.
    pub keep: Vec<(Text, Text)>,
    /// How a failed attempt is tried again; `None` for not at all.
    pub retry: Option<Retry>,
    /// How long an attempt may take; `None` where the author does not say.
    pub timeout: Option<Span>,
    /// Where an action leads that has failed for good; `None` when somebody must look.
    pub on_error: Option<StateIndex>,
}

/// How long an attempt may take where the author does not say: long enough for a plugin that has many claims before
/// this one.
pub const DEFAULT_TIMEOUT: Span = Span(3_600_000);

/// How a failed action is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Attempts after the first.
    pub times: u32,
    /// Pause before the second attempt.
    pub first: Span,
    /// By which each pause grows.
    pub factor: u32,
    /// The longest pause.
    pub cap: Span,
    /// By how much of itself, in hundredths, a pause may be shorter, differently for each claim and attempt: what failed
    /// for many at once is not tried again by all at once.
    pub jitter: u8,
}

impl Retry {
    /// The most attempts that an author can ask for.
    pub const MOST: u32 = 100;

    /// The pause after a failed attempt (from 1) of a claim. The same claim and attempt always pause as long.
    pub fn pause(&self, claim: u64, attempt: u32) -> Span {
        let mut pause = self.first.0.max(1_000);
        for _ in 1..attempt.min(Self::MOST) {
            pause = pause.saturating_mul(i64::from(self.factor.max(1)));
            if pause >= self.cap.0 {
                break;
            }
        }
        let pause = pause.min(self.cap.0.max(1_000));
        let thousandths = i128::from(scatter(claim, attempt) % 1_000);
        let shorter = i128::from(pause) * i128::from(self.jitter.min(100)) * thousandths / 100_000;
        Span(pause.saturating_sub(i64::try_from(shorter).unwrap_or(0)).max(1))
    }
}

/// A number that looks random and is always the same for a claim and attempt (SplitMix64).
const fn scatter(claim: u64, attempt: u32) -> u64 {
    let mixed = claim.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(attempt as u64);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

impl Workflow {
    /// Name, version and hash.
    pub fn reference(&self) -> &WorkflowRef {
        &self.reference
    }

    /// Where a new claim starts.
    pub fn start(&self) -> StateIndex {
        self.start
    }

    /// Where a claim starts that another system has submitted already.
    pub fn history(&self) -> StateIndex {
        self.history
    }

    /// The states in file order.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// The variables, in file order.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The variable of that name.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// A state.
    pub fn state(&self, index: StateIndex) -> &State {
        // INVARIANT: an index is only made by the checker of this workflow, for one of its states.
        &self.states[index.0]
    }

    /// The state of that name.
    pub fn find(&self, name: &str) -> Option<StateIndex> {
        self.states.iter().position(|state| state.name == name).map(StateIndex)
    }
}

impl State {
    /// True when the claim does not stay: a stage, a choice, or a way through another workflow, which may stay there.
    pub fn is_immediate(&self) -> bool {
        matches!(self.kind, StateKind::Work { asks: None, .. } | StateKind::Choice | StateKind::Call { .. })
    }

    /// True for an end.
    pub fn is_final(&self) -> bool {
        matches!(self.kind, StateKind::Final { .. })
    }

    /// The events that move the claim on, as written.
    pub fn events(&self) -> &[Text] {
        match &self.kind {
            StateKind::Wait { events, .. } => events,
            StateKind::WorkItem { resume, .. } => resume,
            StateKind::Final { reopen, .. } => reopen,
            StateKind::Work { .. } | StateKind::Choice | StateKind::Call { .. } => &[],
        }
    }

    /// True when an event of that name moves the claim on.
    pub fn takes(&self, event: &str) -> bool {
        self.events().iter().any(|own| own == event)
    }
}

/// What guards can read, with its kind.
pub const GUARD_VARIABLES: &[(&str, ValueType)] = &[
    ("outcome", ValueType::Text),
    ("event", ValueType::Text),
    ("payer", ValueType::Text),
    ("category", ValueType::Text),
    ("frequency", ValueType::Text),
    ("history", ValueType::Bool),
    ("refused", ValueType::Bool),
    ("billed", ValueType::Money),
    ("paid", ValueType::Money),
    ("patient_responsibility", ValueType::Money),
    ("denials", ValueType::Int),
    ("submissions", ValueType::Int),
    ("error", ValueType::Text),
    ("as_of", ValueType::Date),
];
