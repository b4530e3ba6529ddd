//! The picture as text for other tools.

use super::edges::{Edge, edges};
use super::{CURRENT, LOOKS, look, subtitle};
use crate::workflow::{State, StateKind, Workflow};

/// The workflow as a Mermaid flowchart; `current` is the name of the state to mark.
pub fn mermaid(workflow: &Workflow, current: Option<&str>) -> String {
    let mut text = String::from("flowchart TD\n");
    for (place, state) in workflow.states().iter().enumerate() {
        let (open, close) = brackets(state);
        let label = format!("{}<br/>{}", mermaid_text(&state.name), mermaid_text(&subtitle(state)));
        text.push_str(&format!("    s{place}{open}\"{label}\"{close}\n"));
    }
    for edge in edges(workflow) {
        let arrow = if edge.back { "-.->" } else { "-->" };
        let label = match edge.label.as_str() {
            "" => String::new(),
            label => format!("|\"{}\"|", mermaid_text(label)),
        };
        text.push_str(&format!("    s{} {arrow}{label} s{}\n", edge.from, edge.to));
    }
    for look in LOOKS {
        text.push_str(&format!(
            "    classDef {} fill:{},stroke:{},color:#222\n",
            look.word, look.fill, look.border
        ));
    }
    text.push_str(&format!("    classDef current stroke:{CURRENT},stroke-width:4px\n"));
    for (place, state) in workflow.states().iter().enumerate() {
        text.push_str(&format!("    class s{place} {}\n", look(state).word));
        if current == Some(state.name.as_str()) {
            text.push_str(&format!("    class s{place} current\n"));
        }
    }
    text
}

const fn brackets(state: &State) -> (&'static str, &'static str) {
    match &state.kind {
        StateKind::Work { .. } => ("[", "]"),
        StateKind::Call { .. } => ("[[", "]]"),
        StateKind::Choice => ("{", "}"),
        StateKind::Wait { .. } => ("([", "])"),
        StateKind::WorkItem { .. } => ("[/", "/]"),
        StateKind::Final { .. } => ("((", "))"),
    }
}

/// Mermaid reads `#code;` as a character and ends a quoted label at `"`.
fn mermaid_text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '#' | '<' | '>' | '&' | ';' | '`' | '\\' => {
                safe.push_str(&format!("#{};", u32::from(letter)));
            }
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

/// The workflow in Graphviz's DOT language; `current` is the name of the state to mark.
pub fn dot(workflow: &Workflow, current: Option<&str>) -> String {
    let reference = workflow.reference();
    let mut text = format!("digraph {} {{\n", dot_text(&format!("{} {}", reference.name, reference.version)));
    text.push_str(
        "    rankdir=TB;\n    node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n",
    );
    text.push_str("    edge [fontname=\"sans-serif\", fontsize=10];\n");
    for (place, state) in workflow.states().iter().enumerate() {
        let look = look(state);
        let (border, width) = match current == Some(state.name.as_str()) {
            true => (CURRENT, 4),
            false => (look.border, 1),
        };
        let label = dot_text(&format!("{}\n{}", state.name, subtitle(state)));
        text.push_str(&format!(
            "    s{place} [label={label}, fillcolor=\"{}\", color=\"{border}\", penwidth={width}];\n",
            look.fill
        ));
    }
    edges(workflow).iter().for_each(|edge| text.push_str(&dot_edge(edge)));
    text.push_str("}\n");
    text
}

fn dot_edge(edge: &Edge) -> String {
    let style = if edge.back { ", style=dashed, constraint=false" } else { "" };
    format!("    s{} -> s{} [label={}{style}];\n", edge.from, edge.to, dot_text(&edge.label))
}

fn dot_text(text: &str) -> String {
    let mut safe = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => safe.push_str("\\\""),
            '\\' => safe.push_str("\\\\"),
            '\n' => safe.push_str("\\n"),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe.push('"');
    safe
}
