//! `claimflow workflow list`: which versions there are, and how many claims are in which state of each.

use claimflow_core::workflow::WorkflowRef;
use claimflow_core::{Moment, Text};
use claimflow_runtime::{Batch, StateCount};
use clap::Args;
use serde::Serialize;

use super::version::short;
use crate::cli::Global;
use crate::cli::known::known_workflow;
use crate::exit::{Exit, Result};
use crate::practice::Loaded;
use crate::render::incidents::state;
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang, moment, thousands};

/// List the workflows in their versions, with how many claims are in which state
///
/// New claims start on the newest version of the workflow that the settings name. A claim stays on the version that it
/// began on, exactly as it was then, until `workflow migrate` moves it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow workflow list
  claimflow workflow list professional-claim --json")]
pub struct Arguments {
    /// Only this workflow
    #[arg(value_name = "NAME")]
    name: Option<Text>,
}

/// One content of a version.
#[derive(Debug, Serialize)]
struct Row {
    workflow: Text,
    version: u32,
    hash: Text,
    /// `new_claims`, `live`, `edited` (the file is another by now), `kept` (there is no file) or `lost`.
    status: &'static str,
    open: u64,
    ended: u64,
    states: Vec<State>,
}

#[derive(Debug, Serialize)]
struct State {
    state: Text,
    claims: u64,
    ended: bool,
}

#[derive(Debug, Serialize)]
struct Moved {
    batch: Text,
    workflow: Text,
    at: Moment,
    actor: Text,
    what: Text,
    reason: Text,
}

#[derive(Debug, Serialize)]
struct Answer {
    workflows: Vec<Row>,
    moves: Vec<Moved>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open_anyhow()?;
    if let Some(name) = &arguments.name {
        known_workflow(name, &desk)?;
    }
    let mut rows = rows(&desk.practice, &desk.engine.state_counts());
    rows.retain(|row| arguments.name.as_ref().is_none_or(|name| *name == row.workflow));
    let mut moves: Vec<Moved> = desk.engine.batches()?.into_iter().map(moved).collect();
    moves.retain(|own| arguments.name.as_ref().is_none_or(|name| *name == own.workflow));
    let answer = Answer { workflows: rows, moves };
    if global.json {
        out::json(&answer)?;
    } else {
        out::print(&shown(&answer, Style::stdout(), page_width()))?;
    }
    desk.close()?;
    Ok(Exit::Done)
}

fn moved(batch: Batch) -> Moved {
    let Batch { name, workflow, at, actor, what, reason } = batch;
    Moved { batch: name, workflow, at, actor, what, reason }
}

/// Every content of every version that is live or has claims, the newest first.
fn rows(practice: &Loaded, counts: &[StateCount]) -> Vec<Row> {
    let live = practice.generation().workflows().iter().map(|own| own.reference());
    let mut all: Vec<&WorkflowRef> = live.chain(counts.iter().map(|one| &one.workflow)).collect();
    all.sort_by(|a, b| (&a.name, b.version, &a.hash).cmp(&(&b.name, a.version, &b.hash)));
    all.dedup();
    // What is live of a version comes before what it was.
    all.sort_by_key(|own| {
        let live = practice.generation().workflow_of(&own.hash).is_some();
        (own.name.clone(), std::cmp::Reverse(own.version), !live)
    });
    all.into_iter().map(|own| row(practice, own, counts)).collect()
}

fn row(practice: &Loaded, own: &WorkflowRef, counts: &[StateCount]) -> Row {
    let mut states: Vec<State> = counts
        .iter()
        .filter(|one| one.workflow == *own)
        .map(|one| State { state: one.state.clone(), claims: one.claims, ended: one.is_final })
        .collect();
    // In the order of the file, which is the order of a claim's way.
    if let Some(workflow) = practice.exactly(&own.hash) {
        let place = |state: &State| workflow.states().iter().position(|known| known.name == state.state);
        states.sort_by_key(|state| (place(state), state.state.clone()));
    }
    let total = |ended| states.iter().filter(|one| one.ended == ended).map(|one| one.claims).sum();
    Row {
        workflow: own.name.clone(),
        version: own.version,
        hash: own.hash.clone(),
        status: status(practice, own),
        open: total(false),
        ended: total(true),
        states,
    }
}

fn status(practice: &Loaded, own: &WorkflowRef) -> &'static str {
    let generation = practice.generation();
    let starts = generation.start_workflow().is_some_and(|start| start.reference() == own);
    let now = generation.workflow_by(own).is_some();
    match (generation.workflow_of(&own.hash).is_some(), practice.exactly(&own.hash).is_some()) {
        (true, _) if starts => "new_claims",
        (true, _) => "live",
        (false, true) if now => "edited",
        (false, true) => "kept",
        (false, false) => "lost",
    }
}

/// `1@3f2a, 2@77aa to 3@90bc` as people read it: `version 1, 2 to 3`; where only the content is another, both are told.
pub fn what_words(what: &str) -> String {
    let bare = |text: &str| -> Vec<String> {
        text.split(", ").map(|own| own.split('@').next().unwrap_or_default().to_owned()).collect()
    };
    let (from, to) = what.split_once(" to ").unwrap_or((what, ""));
    let (mut old, new) = (bare(from), bare(to));
    old.dedup();
    if old.iter().any(|own| new.contains(own)) {
        return format!("version {from} to {to}");
    }
    format!("version {} to {}", old.join(", "), new.join(", "))
}

fn shown(answer: &Answer, style: Style, width: usize) -> String {
    let mut text = String::new();
    for row in &answer.workflows {
        let name = style.strong(&format!("{} version {}", row.workflow, row.version));
        let words = match row.status {
            "new_claims" => "new claims start here",
            "live" => "in `workflows/`",
            "edited" => "as it was before its file was edited; claims on it stay on it",
            "kept" => "its file is gone; claims on it stay on it",
            _ => "as it was is lost; claims on it run on the version as it is now",
        };
        // The content only tells something where a version has several.
        let same = |other: &&Row| other.workflow == row.workflow && other.version == row.version;
        let several = answer.workflows.iter().filter(same).count() > 1;
        let hash = if several { format!("  {}", style.faint(short(&row.hash))) } else { String::new() };
        text.push_str(&format!("{name}{hash}  {words}\n"));
        let (open, ended) = (count(row.open, "open claim", "open claims"), thousands(&row.ended.to_string()));
        text.push_str(&format!("  {open}, {ended} ended\n"));
        let widest = row.states.iter().map(|one| state(&one.state).chars().count()).max().unwrap_or(0);
        for one in &row.states {
            let claims = thousands(&one.claims.to_string());
            text.push_str(&format!("    {:<widest$}  {claims:>9}\n", state(&one.state)));
        }
        text.push('\n');
    }
    if !answer.moves.is_empty() {
        text.push_str("Claims were moved:\n");
    }
    for own in &answer.moves {
        let Moved { batch, workflow, actor, reason, .. } = own;
        let what = what_words(&own.what);
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let line = format!("{}  {workflow}, {what}, by {actor}{why}", moment(own.at));
        text.push_str(&hang(&format!("  {batch:<4}"), &line, width));
    }
    text
}
