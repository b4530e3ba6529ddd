//! `claimflow workflow check`: are the state machines whole?

use std::sync::Arc;

use claimflow_core::Diagnostic;
use claimflow_core::workflow::Workflow;
use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::cli::rules::{Among, shown_faults};
use crate::exit::{Exit, Result};
use crate::practice::{Checked, Folder, check};
use crate::render::out;
use crate::render::style::Style;
use crate::render::words::count;

/// Check the workflows, and show every fault with its line and mend
///
/// Every target exists, every state can be reached and can reach an end, nothing goes round without waiting, and every
/// action is offered. The exit code is 1 when there are errors.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow workflow check
  claimflow workflow check workflows/professional-claim/v1.yaml")]
pub struct Arguments {
    #[command(flatten)]
    among: Among,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let Checked { practice, mut diagnostics } = check(&folder);
    // A workflow's faults, and the setting that names one.
    diagnostics.retain(|fault| fault.path.starts_with("workflows/") || fault.code == "S004");
    arguments.among.retain(&mut diagnostics, &global.practice);
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
