//! The picture as text for other tools.

use super::edges::{Edge, edges};
use super::{CURRENT, FAILURE, Level, look, subtitle, used};
use crate::workflow::{State, StateKind, Workflow};

/// What the names of a picture's states begin with, so that those of two workflows differ.
fn prefix(level: usize) -> String {
    if level == 0 { "s".to_owned() } else { format!("w{level}s") }
}

/// The workflow as a Mermaid flowchart; `current` is the name of the state to mark.
pub fn mermaid(workflow: &Workflow, current: Option<&str>) -> String {
    mermaid_of(&[Level { workflow, current }])
}

/// Several workflows as one Mermaid flowchart: a workflow, the one that it called, and so on.
pub fn mermaid_of(levels: &[Level<'_>]) -> String {
    let mut text = String::from("flowchart TD\n");
    for (place, level) in levels.iter().enumerate() {
        if levels.len() > 1 {
            let name = mermaid_text(&level.workflow.reference().name);
            text.push_str(&format!("    subgraph w{place} [\"{name}\"]\n"));
        }
        mermaid_body(&mut text, level.workflow, &prefix(place));
        if levels.len() > 1 {
            text.push_str("    end\n");
        }
    }
    for look in super::LOOKS.iter().filter(|own| levels.iter().any(|level| is_used(level, own.word))) {
        text.push_str(&format!(
            "    classDef {} fill:{},stroke:{},color:#222\n",
            look.word, look.fill, look.border
        ));
    }
    text.push_str(&format!("    classDef current stroke:{CURRENT},stroke-width:4px\n"));
    for (place, level) in levels.iter().enumerate() {
        mermaid_classes(&mut text, level, &prefix(place));
    }
    text
}

fn is_used(level: &Level<'_>, word: &str) -> bool {
    used(level.workflow).any(|own| own.word == word)
}

fn mermaid_body(text: &mut String, workflow: &Workflow, prefix: &str) {
    for (place, state) in workflow.states().iter().enumerate() {
        let (open, close) = brackets(state);
        let label = format!("{}<br/>{}", mermaid_text(&state.name), mermaid_text(&subtitle(state)));
        text.push_str(&format!("    {prefix}{place}{open}\"{label}\"{close}\n"));
    }
    for edge in edges(workflow) {
        let arrow = if edge.back || edge.deadline { "-.->" } else { "-->" };
        let label = match edge.label.as_str() {
            "" => String::new(),
            label => format!("|\"{}\"|", mermaid_text(label)),
        };
        text.push_str(&format!("    {prefix}{} {arrow}{label} {prefix}{}\n", edge.from, edge.to));
    }
}

fn mermaid_classes(text: &mut String, level: &Level<'_>, prefix: &str) {
    for (place, state) in level.workflow.states().iter().enumerate() {
        text.push_str(&format!("    class {prefix}{place} {}\n", look(state).word));
        if level.current == Some(state.name.as_str()) {
            text.push_str(&format!("    class {prefix}{place} current\n"));
        }
    }
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
    dot_of(&[Level { workflow, current }])
}

/// Several workflows in Graphviz's DOT language: a workflow, the one that it called, and so on.
pub fn dot_of(levels: &[Level<'_>]) -> String {
    let name = |level: &Level<'_>| {
        let reference = level.workflow.reference();
        format!("{} {}", reference.name, reference.version)
    };
    let names = levels.iter().map(name).collect::<Vec<_>>().join(", ");
    let mut text = format!("digraph {} {{\n", dot_text(&names));
    text.push_str(
        "    rankdir=TB;\n    node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n",
    );
    text.push_str("    edge [fontname=\"sans-serif\", fontsize=10];\n");
    for (place, level) in levels.iter().enumerate() {
        if levels.len() > 1 {
            let label = dot_text(&name(level));
            text.push_str(&format!("    subgraph cluster_{place} {{\n    label={label};\n"));
        }
        dot_body(&mut text, level, &prefix(place));
        if levels.len() > 1 {
            text.push_str("    }\n");
        }
    }
    text.push_str("}\n");
    text
}

fn dot_body(text: &mut String, level: &Level<'_>, prefix: &str) {
    for (place, state) in level.workflow.states().iter().enumerate() {
        let look = look(state);
        let (border, width) = match level.current == Some(state.name.as_str()) {
            true => (CURRENT, 4),
            false => (look.border, 1),
        };
        let label = dot_text(&format!("{}\n{}", state.name, subtitle(state)));
        let sides = if matches!(state.kind, StateKind::Call { .. }) { ", peripheries=2" } else { "" };
        text.push_str(&format!(
            "    {prefix}{place} [label={label}, fillcolor=\"{}\", color=\"{border}\", penwidth={width}{sides}];\n",
            look.fill
        ));
    }
    edges(level.workflow).iter().for_each(|edge| text.push_str(&dot_edge(edge, prefix)));
}

fn dot_edge(edge: &Edge, prefix: &str) -> String {
    let style = match (edge.back, edge.failure, edge.deadline) {
        (true, ..) => ", style=dashed, constraint=false".to_owned(),
        (false, true, _) => format!(", style=dashed, color=\"{FAILURE}\""),
        (false, false, true) => ", style=dashed".to_owned(),
        (false, false, false) => String::new(),
    };
    format!("    {prefix}{} -> {prefix}{} [label={}{style}];\n", edge.from, edge.to, dot_text(&edge.label))
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
