//! A workflow as a picture for people: SVG that stands alone, Mermaid and DOT for other tools.
//!
//! All three show each state by its kind, each way out with its event or guard, and mark the state a claim is in. What
//! leads back to an earlier state is kept apart, so that the picture reads from top to bottom.

mod boxes;
mod edges;
mod layout;
mod order;
mod svg;
#[cfg(test)]
mod tests;
mod text;

pub use svg::svg;
pub use text::{dot, mermaid};

use super::{State, StateKind};

/// What people see of a state's kind: its name in the legend, the colours of its box and of its border.
struct Look {
    word: &'static str,
    legend: &'static str,
    fill: &'static str,
    border: &'static str,
}

const WORK: Look = Look { word: "work", legend: "works at once", fill: "#e3eefb", border: "#3b73af" };
const CHOICE: Look = Look { word: "choice", legend: "decides", fill: "#eceff1", border: "#607d8b" };
const WAIT: Look = Look { word: "wait", legend: "waits", fill: "#fff3d6", border: "#c28a12" };
const PERSON: Look = Look { word: "person", legend: "a person acts", fill: "#f6e3f0", border: "#a03c80" };
const END: Look = Look { word: "ends", legend: "the end", fill: "#e0f2e3", border: "#3c8a4b" };

/// All looks, as the legend lists them.
const LOOKS: [&Look; 5] = [&WORK, &CHOICE, &WAIT, &PERSON, &END];

/// The border of the state a claim is in.
const CURRENT: &str = "#c62828";

const fn look(state: &State) -> &'static Look {
    match &state.kind {
        StateKind::Work { .. } | StateKind::Call { .. } => &WORK,
        StateKind::Choice => &CHOICE,
        StateKind::Wait { .. } => &WAIT,
        StateKind::WorkItem { .. } => &PERSON,
        StateKind::Final { .. } => &END,
    }
}

/// What a state does, in a few words.
fn subtitle(state: &State) -> String {
    match &state.kind {
        StateKind::Work { action, .. } => action.to_string(),
        StateKind::Call { workflow, .. } => format!("goes through {workflow}"),
        StateKind::WorkItem { owner, .. } if !owner.is_empty() => format!("{owner} acts"),
        StateKind::WorkItem { .. } => "its owner acts".to_owned(),
        StateKind::Choice => "decides".to_owned(),
        StateKind::Wait { .. } => "waits".to_owned(),
        StateKind::Final { .. } => "end".to_owned(),
    }
}
