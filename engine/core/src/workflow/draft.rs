//! A workflow as written: names with their places, not yet checked.

use super::Retry;
use crate::guard::GuardExpr;
use crate::{DueIn, Hash, Span, Text};

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
    /// States in file order.
    pub states: Vec<DraftState>,
}

/// A state as written.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftState {
    /// Name.
    pub name: Placed<Text>,
    /// What it is.
    pub kind: DraftKind,
    /// Entry note, or empty.
    pub note: Text,
    /// Transitions in order.
    pub then: Vec<DraftTransition>,
}

impl DraftState {
    /// The events it takes, as written.
    pub fn events(&self) -> &[Placed<Text>] {
        match &self.kind {
            DraftKind::Wait { events, .. } => events,
            DraftKind::WorkItem { resume, .. } => resume,
            DraftKind::Final { reopen } => reopen,
            DraftKind::Work { .. } | DraftKind::Choice => &[],
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
        /// Retries.
        retry: Option<Retry>,
    },
    /// Only `then`.
    Choice,
    /// `wait`.
    Wait {
        /// `for`.
        events: Vec<Placed<Text>>,
        /// `at-most`.
        at_most: Option<Span>,
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
    },
    /// `final: true`.
    Final {
        /// `reopen`.
        reopen: Vec<Placed<Text>>,
    },
}
