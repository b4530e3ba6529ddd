//! `claimflow workflow`: are the state machines whole, and what do they look like?

mod list;
mod migrate;
pub mod version;

use std::path::PathBuf;
use std::sync::Arc;

use claimflow_core::workflow::graph::{self, Level};
use claimflow_core::workflow::{Workflow, WorkflowRef};
use claimflow_core::{Diagnostic, Text};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::Global;
use super::queue::known;
use super::rules::{is_among, shown_faults};
use crate::exit::{Exit, Failure, Result};
use crate::practice::{Checked, Folder, check, refused};
use crate::render::out;
use crate::render::style::Style;
use crate::render::words::count;

/// Check, draw and change the workflows that claims run on
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Check),
    Graph(Graph),
    List(list::Arguments),
    Migrate(migrate::Arguments),
}

/// Check the workflows, and show every fault with its line and mend
///
/// Every target exists, every state can be reached and can reach an end, nothing goes round without waiting, and every
/// action is offered. The exit code is 1 when there are errors.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow workflow check
  claimflow workflow check workflows/professional-claim/v1.yaml")]
struct Check {
    /// Show only faults of these files or folders
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Draw a workflow
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow workflow graph professional-claim --format svg -o claim.svg
  claimflow workflow graph professional-claim --claim CLAIM0042
  claimflow workflow graph professional-claim --format dot | dot -Tpng > claim.png")]
struct Graph {
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
    match &arguments.command {
        Command::Check(check) => run_check(check, global),
        Command::Graph(graph) => run_graph(graph, global),
        Command::List(list) => list::run(list, global),
        Command::Migrate(migrate) => migrate::run(migrate, global),
    }
}

fn run_check(arguments: &Check, global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let Checked { practice, mut diagnostics } = check(&folder);
    // A workflow's faults, and the setting that names one.
    diagnostics.retain(|fault| fault.path.starts_with("workflows/") || fault.code == "S004");
    diagnostics.retain(|fault| is_among(&fault.path, &arguments.paths, &global.practice));
    let workflows = practice.as_ref().map_or(&[][..], |practice| practice.generation().workflows());
    if global.json {
        let known = |own: &Arc<Workflow>| {
            let reference = own.reference();
            json!({ "name": reference.name, "version": reference.version, "states": own.states().len() })
        };
        let workflows: Vec<_> = workflows.iter().map(known).collect();
        out::json(&json!({ "diagnostics": diagnostics, "workflows": workflows }))?;
    } else {
        let mut text = shown_faults(&folder, &diagnostics);
        for own in workflows {
            let states = count(own.states().len() as u64, "state", "states");
            let (name, version) = (&own.reference().name, own.reference().version);
            let whole = Style::stdout().good("is whole");
            text.push_str(&format!("{name} version {version} {whole}: {states}\n"));
        }
        if workflows.is_empty() && diagnostics.is_empty() {
            text.push_str("No workflow has faults, but other files have; see `claimflow rules check`.\n");
        }
        out::print(&text)?;
    }
    Ok(Exit::problems(diagnostics.iter().any(Diagnostic::is_error)))
}

fn run_graph(arguments: &Graph, global: &Global) -> Result {
    let drawing = match &arguments.claim {
        Some(id) => of_claim(id, arguments, global)?,
        None => of_name(arguments, global)?,
    };
    match &arguments.output {
        Some(file) => {
            std::fs::write(file, drawing).map_err(|error| Failure::io("write", file, &error))?;
            out::say(&format!("drawn in {}\n", file.display()));
        }
        None if global.json => out::json(&json!({ "graph": drawing }))?,
        None => out::print(&drawing)?,
    }
    Ok(Exit::Done)
}

fn of_name(arguments: &Graph, global: &Global) -> Result<String> {
    let folder = Folder::read_content(&global.practice)?;
    let Checked { practice, diagnostics } = check(&folder);
    let practice = practice.ok_or_else(|| refused(&folder, &diagnostics))?;
    let generation = practice.generation();
    let name = arguments.name.as_ref().unwrap_or(&practice.settings().workflow);
    let names = generation.workflows().iter().map(|own| own.reference().name.as_str());
    known("workflow", name, &names.collect::<Vec<_>>())?;
    let workflow =
        generation.workflow(name).ok_or_else(|| Failure::failed(format!("there is no workflow `{name}`")))?;
    Ok(draw(&[Level { workflow, current: None }], arguments))
}

/// The very workflows that a claim is within, with its state marked: its own, and below it those that were called.
fn of_claim(id: &Text, arguments: &Graph, global: &Global) -> Result<String> {
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

fn draw(levels: &[Level<'_>], arguments: &Graph) -> String {
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
