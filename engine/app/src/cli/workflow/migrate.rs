//! `claimflow workflow migrate`: claims move to another version of their workflow, or back; shown first, done when asked.

mod plan;
mod shown;

use std::path::PathBuf;

use claimflow_core::Text;
use claimflow_core::workflow::WorkflowRef;
use claimflow_runtime::MovedClaim;
use clap::Args;

use super::version::Version;
use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::practice::workflows;
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::stranded;
use crate::wire::{Desk, actor};
use plan::Plan;
use shown::{Answer, Outcome};

/// Move claims to another version of their workflow: shows what would happen, and does it with --apply
///
/// Without options: every open claim on an earlier version of the workflow of new claims moves to its newest one. States
/// of the same name map by themselves; --map says where others go. A claim is never sent again by a move, keeps its work
/// items where the new state asks for the same, and keeps counting its deadline from when it came into its state. Every
/// move has a name, as M3, by which --back takes it back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow workflow migrate                                       what would happen; nothing is moved
  claimflow workflow migrate --map status-inquiry=clearinghouse-inquiry
  claimflow workflow migrate professional-claim --from 1 --to 2 --apply --reason 'shorter waits'
  claimflow workflow migrate --claims CLAIM0042 CLAIM0043 --apply
  claimflow workflow migrate --back M1                             what would go back; nothing is moved
  claimflow workflow migrate --back M1 --apply

A file for --map-file has a line for each state:
  # old state = new state
  status-inquiry = clearinghouse-inquiry

The exit code is 1 when some claims cannot be moved, 3 when the whole move cannot be made.")]
pub struct Arguments {
    /// The workflow; the one of new claims without it
    #[arg(value_name = "NAME")]
    name: Option<Text>,
    /// The version that claims are on; every other one without it. 1@3f2a for one content of an edited version
    #[arg(long, value_name = "VERSION")]
    from: Option<Version>,
    /// The version they move to; the newest without it
    #[arg(long, value_name = "VERSION")]
    to: Option<Version>,
    /// Claims in the state OLD get the state NEW; may be given several times
    #[arg(long, value_name = "OLD=NEW", value_parser = plan::parse_pair)]
    map: Vec<(Text, Text)>,
    /// A file with a line `old = new` for each state
    #[arg(long, value_name = "FILE")]
    map_file: Option<PathBuf>,
    /// Only these claims
    #[arg(long, value_name = "ID", num_args = 1..)]
    claims: Vec<Text>,
    /// Only claims in this state
    #[arg(long, value_name = "STATE")]
    state: Option<Text>,
    /// Claims that have ended too; without it they stay where they ended
    #[arg(long)]
    ended: bool,
    /// Let the work of this state of the new version be done again for the claims that are mapped to it
    #[arg(long, value_name = "STATE")]
    redo: Vec<Text>,
    /// Why, for the journal and each claim's timeline
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: Text,
    /// Put the claims of an earlier move back where they were
    #[arg(long, value_name = "MOVE", conflicts_with_all = ["from", "to", "map", "map_file", "claims", "state", "ended", "redo"])]
    back: Option<Text>,
    /// Do it
    #[arg(long)]
    apply: bool,
    /// Only show what would happen, which is also what happens without --apply
    #[arg(long, conflicts_with = "apply")]
    dry_run: bool,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open_anyhow()?;
    let answer = match &arguments.back {
        Some(batch) => back(batch, arguments, &desk)?,
        None => forth(arguments, &desk)?,
    };
    if global.json {
        out::json(&answer)?;
    } else {
        out::print(&shown::text(&answer, &desk, Style::stdout(), page_width()))?;
    }
    desk.close()?;
    Ok(Exit::problems(answer.failed() > 0))
}

fn forth(arguments: &Arguments, desk: &Desk) -> Result<Answer> {
    let plan = Plan::of(arguments, desk)?;
    let mut answer = Answer::of(&plan, arguments.apply);
    let mut take = |moved: MovedClaim| answer.claims.push(Outcome::of(moved));
    if arguments.apply && !plan.is_empty() {
        let batch = desk.engine.migrate(&plan.order, &actor(), &mut take)?;
        answer.batch = Some(batch);
    } else {
        desk.engine.try_move(&plan.order, &actor(), &mut take)?;
    }
    answer.sort();
    Ok(answer)
}

fn back(batch: &Text, arguments: &Arguments, desk: &Desk) -> Result<Answer> {
    let reason = arguments.reason.as_str();
    let mut claims = Vec::new();
    let mut places = Vec::new();
    let moved = desk.engine.migrate_back((batch, reason, true), &actor(), &mut |moved| {
        if let Ok(after) = &moved.after {
            places.push((after.workflow.clone(), after.state.clone()));
        }
        claims.push(Outcome::of(moved));
    })?;
    if arguments.name.as_ref().is_some_and(|name| *name != moved.workflow) {
        return Err(Failure::failed(format!("the move `{batch}` was one of `{}`", moved.workflow)));
    }
    if arguments.apply {
        refuse_gone(&places, desk)?;
        claims.clear();
        let how = (batch.as_str(), reason, false);
        desk.engine.migrate_back(how, &actor(), &mut |moved| claims.push(Outcome::of(moved)))?;
    }
    let mut answer = Answer::back(moved, arguments.apply, claims);
    answer.sort();
    Ok(answer)
}

/// Refuses to put claims back to where nothing is any more.
fn refuse_gone(places: &[(WorkflowRef, Text)], desk: &Desk) -> Result<()> {
    let Some((workflow, _)) =
        places.iter().find(|(workflow, state)| stranded::gone(&desk.practice, workflow, state).is_some())
    else {
        return Ok(());
    };
    let WorkflowRef { name, version, hash } = workflow;
    let file = format!("workflows/{name}/v{version}.yaml");
    Err(Failure::failed(format!("version {version} of `{name}`, which these claims were on, is gone"))
        .help(format!("put `{file}` back first; as it was, it is in `{}`", workflows::place(hash))))
}
