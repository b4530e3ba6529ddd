//! The workflow: states, what each does, and where it leads. Only a checked workflow can be stepped.

mod check;
mod draft;
pub mod graph;

pub use check::{ACTIONS, ActionInfo, EVENTS, check};
pub use draft::{Draft, DraftKind, DraftState, DraftTransition, Placed};

use serde::{Deserialize, Serialize};

use crate::guard::{GuardExpr, GuardType};
use crate::{DueIn, Hash, Span, Stage, Text};

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
    states: Vec<State>,
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
    /// Said in the timeline on entry, or empty.
    pub note: Text,
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
    /// Does something at once.
    Work {
        /// Which action.
        action: Text,
        /// How often a failed action is tried again.
        retry: Option<Retry>,
    },
    /// Only chooses.
    Choice,
    /// Waits for events, with a deadline.
    Wait {
        /// Events it takes.
        events: Vec<Text>,
        /// Deadline and where it leads.
        deadline: Option<(Span, StateIndex)>,
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
    },
    /// The end; some events can open the claim again.
    Final {
        /// Events that open it again.
        reopen: Vec<Text>,
    },
}

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
    /// True when the claim does not stay: work and choice.
    pub fn is_immediate(&self) -> bool {
        matches!(self.kind, StateKind::Work { .. } | StateKind::Choice)
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
            StateKind::Final { reopen } => reopen,
            StateKind::Work { .. } | StateKind::Choice => &[],
        }
    }

    /// True when an event of that name moves the claim on.
    pub fn takes(&self, event: &str) -> bool {
        self.events().iter().any(|own| own == event)
    }
}

/// What guards can read, with its kind.
pub const GUARD_VARIABLES: &[(&str, GuardType)] = &[
    ("outcome", GuardType::Text),
    ("event", GuardType::Text),
    ("payer", GuardType::Text),
    ("category", GuardType::Text),
    ("frequency", GuardType::Text),
    ("history", GuardType::Bool),
    ("refused", GuardType::Bool),
    ("billed", GuardType::Money),
    ("paid", GuardType::Money),
    ("patient_responsibility", GuardType::Money),
    ("denials", GuardType::Int),
    ("submissions", GuardType::Int),
];

/// The stage whose rules an action runs, for the actions that are stages.
pub fn stage_of(action: &str) -> Option<Stage> {
    ACTIONS.iter().find(|info| info.name == action).map(|info| info.stage)
}
