//! `claimflow workflow graph`: what the state machines look like.

use std::path::PathBuf;

use claimflow_core::Text;
use claimflow_core::workflow::WorkflowRef;
use claimflow_core::workflow::graph::{self, Level};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cli::Global;
use crate::cli::known::unknown;
use crate::exit::{Exit, Failure, Result};
use crate::practice::{Checked, Folder, check, refused};
use crate::render::out;

/// Draw a workflow
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow workflow graph professional-claim --format svg -o claim.svg
  claimflow workflow graph professional-claim --claim CLAIM0042
  claimflow workflow graph professional-claim --format dot | dot -Tpng > claim.png")]
pub struct Arguments {
    /// The workflow's name; the one of new claims without it
    #[arg(value_name = "NAME")]
    name: Option<Text>,
    /// The form; by the file's ending, else mermaid
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Format>,
    /// Draw what this claim runs on and mark its state, with the workflow that it is gone through below its caller
    #[arg(long, value_name = "ID")]
    claim: Option<Text>,
    /// Write to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How a workflow is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A picture for a browser
    Svg,
    /// Text that wikis draw
    Mermaid,
    /// Text for Graphviz
    Dot,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let drawing = match &arguments.claim {
        Some(id) => of_claim(id, arguments, global)?,
        None => of_name(arguments, global)?,
    };
    match &arguments.output {
        Some(file) => {
            let file = crate::guest::path(file);
            std::fs::write(&file, drawing).map_err(|error| Failure::io("write", &file, &error))?;
            out::say(&format!("drawn in {}\n", file.display()));
        }
        None if global.json => out::json(&json!({ "graph": drawing }))?,
        None => out::print(&drawing)?,
    }
    Ok(Exit::Done)
}

fn of_name(arguments: &Arguments, global: &Global) -> Result<String> {
    let folder = Folder::read_content(&global.practice)?;
    let Checked { practice, diagnostics } = check(&folder);
    let practice = practice.ok_or_else(|| refused(&folder, &diagnostics))?;
    let generation = practice.generation();
    let name = arguments.name.as_ref().unwrap_or(&practice.settings().workflow);
    let workflow = generation.workflow(name).ok_or_else(|| {
        let names = generation.workflows().iter().map(|own| own.reference().name.as_str());
        unknown("workflow", name, names, "`claimflow workflow list` shows them")
    })?;
    Ok(draw(&[Level { workflow, current: None }], arguments))
}

/// The very workflows that a claim is within, with its state marked: its own, and below it those that were called.
fn of_claim(id: &Text, arguments: &Arguments, global: &Global) -> Result<String> {
    let desk = global.open()?;
    let state = desk.engine.show(id)?.state;
    let generation = desk.practice.generation();
    let own = std::iter::once(&state.workflow).chain(state.calls.iter().map(|call| &call.workflow));
    // The state that called, in the workflow that did; the last one is where the claim is.
    let callers = state.calls.iter().map(|call| call.from.rsplit('/').next().unwrap_or_default());
    let mut levels = Vec::new();
    for (reference, current) in own.zip(callers.chain([state.place()])) {
        let workflow = generation.workflow_by(reference).ok_or_else(|| not_there(id, reference))?;
        levels.push(Level { workflow, current: Some(current) });
    }
    let drawing = draw(&levels, arguments);
    desk.close()?;
    Ok(drawing)
}

fn not_there(id: &Text, reference: &WorkflowRef) -> Failure {
    let WorkflowRef { name, version, .. } = reference;
    Failure::failed(format!("claim `{id}` runs on `{name}` version {version}, which is not in `workflows/`"))
        .help("put that version back")
}

fn draw(levels: &[Level<'_>], arguments: &Arguments) -> String {
    let ending =
        arguments.output.as_ref().and_then(|file| file.extension()).and_then(|ending| ending.to_str());
    let format = arguments.format.unwrap_or(match ending {
        Some("svg") => Format::Svg,
        Some("dot" | "gv") => Format::Dot,
        _ => Format::Mermaid,
    });
    match format {
        Format::Svg => graph::svg_of(levels),
        Format::Mermaid => graph::mermaid_of(levels),
        Format::Dot => graph::dot_of(levels),
    }
}
