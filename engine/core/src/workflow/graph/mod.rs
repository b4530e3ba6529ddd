//! A workflow as a picture for people: SVG that stands alone, Mermaid and DOT for other tools.
//!
//! All three show each state by its kind, each way out with its event or guard, and mark the state a claim is in. What
//! leads back to an earlier state is kept apart, so that the picture reads from top to bottom. A claim within a workflow
//! that another called is shown by the pictures of both, the caller first.

mod boxes;
mod edges;
mod layout;
mod order;
mod routes;
mod svg;
#[cfg(test)]
mod tests;
mod text;

pub use svg::{svg, svg_of};
pub use text::{dot, dot_of, mermaid, mermaid_of};

use super::{State, StateKind, Workflow};

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
const PLUGIN: Look = Look { word: "plugin", legend: "asks a plugin", fill: "#e8e6fb", border: "#5b50b0" };
const CALL: Look = Look { word: "call", legend: "another workflow", fill: "#dcf2f0", border: "#1f7f79" };
const END: Look = Look { word: "ends", legend: "the end", fill: "#e0f2e3", border: "#3c8a4b" };

/// All looks, as the legend lists them.
const LOOKS: [&Look; 7] = [&WORK, &PLUGIN, &CALL, &CHOICE, &WAIT, &PERSON, &END];

/// The looks of these states, as the legend lists them.
fn used(workflow: &Workflow) -> impl Iterator<Item = &'static Look> + '_ {
    LOOKS.into_iter().filter(|own| workflow.states().iter().any(|state| look(state).word == own.word))
}

/// The border of the state a claim is in.
const CURRENT: &str = "#c62828";

/// What is taken when an action has failed for good.
const FAILURE: &str = "#c4422f";

/// A workflow to be drawn, and the name of the state in it that a claim is in.
#[derive(Debug, Clone, Copy)]
pub struct Level<'w> {
    /// The workflow.
    pub workflow: &'w Workflow,
    /// The state's name in this workflow; for one that called another, the state that did.
    pub current: Option<&'w str>,
}

const fn look(state: &State) -> &'static Look {
    match &state.kind {
        StateKind::Work { asks: None, .. } => &WORK,
        StateKind::Work { asks: Some(_), .. } => &PLUGIN,
        StateKind::Call { .. } => &CALL,
        StateKind::Choice => &CHOICE,
        StateKind::Wait { .. } => &WAIT,
        StateKind::WorkItem { .. } => &PERSON,
        StateKind::Final { .. } => &END,
    }
}

/// What a state does, in a few words.
fn subtitle(state: &State) -> String {
    match &state.kind {
        StateKind::Work { action, asks } => match asks.as_ref().and_then(|asks| asks.retry) {
            Some(retry) => format!("{action}, {} more tries", retry.times),
            None => action.to_string(),
        },
        StateKind::Call { workflow, .. } => format!("goes through {workflow}"),
        StateKind::WorkItem { owner, within, .. } => {
            let who = if owner.is_empty() { "its owner" } else { owner.as_str() };
            within.map_or_else(|| format!("{who} acts"), |within| format!("{who} acts within {within}"))
        }
        StateKind::Choice => "decides".to_owned(),
        StateKind::Wait { .. } => "waits".to_owned(),
        StateKind::Final { .. } => "end".to_owned(),
    }
}
