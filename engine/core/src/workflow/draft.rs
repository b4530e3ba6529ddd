//! A workflow as written: names with their places, not yet checked.

use super::Retry;
use crate::expr::Expr;
use crate::guard::GuardExpr;
use crate::{DueIn, Hash, Span, Text, Value, ValueType};

/// Something written, with its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<T> {
    /// What.
    pub value: T,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl<T> Placed<T> {
    /// At a place.
    pub fn new(value: T, line: u32, column: u32) -> Self {
        Self { value, line, column }
    }
}

/// A workflow as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Path of the file, for messages.
    pub path: String,
    /// Content hash.
    pub hash: Hash,
    /// Name.
    pub name: Text,
    /// Version.
    pub version: u32,
    /// First state of a new claim.
    pub start: Placed<Text>,
    /// First state of a claim that another system submitted; the start when not given.
    pub history: Option<Placed<Text>>,
    /// Variables in file order.
    pub variables: Vec<DraftVariable>,
    /// States in file order.
    pub states: Vec<DraftState>,
}

/// A variable as written.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftVariable {
    /// Name.
    pub name: Placed<Text>,
    /// Kind of its values.
    pub kind: ValueType,
    /// What it is before it is set; nothing where only the kind is given.
    pub default: Value,
    /// True when a workflow that calls this one gives it (`takes`).
    pub given: bool,
}

/// An expression as written, with the kind of its value; `None` when it could not be read, which is told elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftExpr {
    /// The name that takes the value.
    pub name: Placed<Text>,
    /// The expression and the kind of its value.
    pub value: Placed<Option<(Expr, ValueType)>>,
}

/// What a state gives to an action or another workflow, and keeps of what comes back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DraftAsks {
    /// `input`: names of what it takes, and values.
    pub input: Vec<DraftExpr>,
    /// `keep`: own variables, and names of what it gives.
    pub keep: Vec<(Placed<Text>, Placed<Text>)>,
    /// `retry`.
    pub retry: Option<Placed<Retry>>,
    /// `timeout`.
    pub timeout: Option<Placed<Span>>,
    /// `on-error`.
    pub on_error: Option<Placed<Text>>,
}

/// A state as written.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftState {
    /// Name.
    pub name: Placed<Text>,
    /// What it is.
    pub kind: DraftKind,
    /// Entry note, or empty.
    pub note: Placed<Text>,
    /// `set`, in order.
    pub set: Vec<DraftExpr>,
    /// Transitions in order.
    pub then: Vec<DraftTransition>,
}

impl DraftState {
    /// Every state that it leads to, as written.
    pub fn targets(&self) -> impl Iterator<Item = &Placed<Text>> {
        self.then.iter().map(|transition| &transition.to).chain(self.other_ways())
    }

    /// Where it leads besides its transitions: after its deadline, or after a failure.
    pub fn other_ways(&self) -> Option<&Placed<Text>> {
        match &self.kind {
            DraftKind::Wait { otherwise, .. } => otherwise.as_ref(),
            DraftKind::Work { asks, .. } => asks.on_error.as_ref(),
            _ => None,
        }
    }

    /// The events it takes, as written.
    pub fn events(&self) -> &[Placed<Text>] {
        match &self.kind {
            DraftKind::Wait { events, .. } => events,
            DraftKind::WorkItem { resume, .. } => resume,
            DraftKind::Final { reopen, .. } => reopen,
            DraftKind::Work { .. } | DraftKind::Choice | DraftKind::Call { .. } => &[],
        }
    }
}

/// A transition as written.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftTransition {
    /// Guard; `None` when unconditional.
    pub when: Option<GuardExpr>,
    /// Target.
    pub to: Placed<Text>,
}

/// What a state is, as written.
#[derive(Debug, Clone, PartialEq)]
pub enum DraftKind {
    /// `do`.
    Work {
        /// Action.
        action: Placed<Text>,
        /// How it is asked, when it is no stage.
        asks: DraftAsks,
    },
    /// `call`.
    Call {
        /// Name of the other workflow.
        workflow: Placed<Text>,
        /// What it is given, and what is kept of it.
        asks: DraftAsks,
    },
    /// Only `then`.
    Choice,
    /// `wait`.
    Wait {
        /// `for`.
        events: Vec<Placed<Text>>,
        /// `at-most`.
        at_most: Option<DueIn>,
        /// `else`.
        otherwise: Option<Placed<Text>>,
    },
    /// `work-item`.
    WorkItem {
        /// `resume`.
        resume: Vec<Placed<Text>>,
        /// `ask`.
        ask: Text,
        /// `category`.
        category: Text,
        /// `owner`.
        owner: Text,
        /// `within`.
        within: Option<DueIn>,
        /// `escalate-to`.
        escalate_to: Text,
        /// `pend-at-most`.
        pend_at_most: Option<DueIn>,
    },
    /// `final: true`.
    Final {
        /// `reopen`.
        reopen: Vec<Placed<Text>>,
        /// `result`, or empty.
        result: Text,
    },
}
