//! `claimflow rules new case`: a case without any person in it, from a claim of the journal.

use std::path::{Path, PathBuf};

use claimflow_catalog::{CaseRecorder, RecordError, RecordedCase};
use claimflow_core::{Facts, Stage, Text};
use claimflow_runtime::{ClaimView, Practice, StageView};
use clap::Args;
use serde_json::{Value, json};

use super::files::{append, head, in_own_packs};
use crate::cli::Global;
use crate::cli::known::unknown_rule;
use crate::exit::{Exit, Failure, Result};
use crate::explain::history;
use crate::render::out;
use crate::wire::Desk;

/// Make a case of a real claim, without anything that tells whose it was
///
/// Names, numbers, addresses and free texts are left out, the birth date becomes another of the same age, NPIs become
/// made-up ones, and dates move back by some weeks. What the rules say of the claim is what the case expects. It is tried
/// before it is written.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules new case --from CLAIM0042
  claimflow rules new case --from CLAIM0042 --rule AET-TELE-95
  claimflow rules new case --from CLAIM0042 --stage scrub --out -
  claimflow rules new case --from CLAIM0042 --json")]
pub struct Arguments {
    /// The claim's number (CLM01)
    #[arg(long, value_name = "CLAIM")]
    from: Text,
    /// The rule that the case is about: fired or not, the case says so
    #[arg(long, value_name = "RULE")]
    rule: Option<Text>,
    /// The stage to try; left out: the rule's, else the last one at which a rule fired
    #[arg(long, value_name = "STAGE", value_parser = super::stages())]
    stage: Option<Stage>,
    /// The file to add the case to, `-` for standard output; left out: `cases/from-claims.yaml` of the rule's pack
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    let view = desk.engine.show(&arguments.from)?;
    let made = record(arguments, &desk, &view)?;
    let inner = format!("{}/cases/from-claims.yaml", made.pack);
    let (path, head) = match &arguments.out {
        Some(path) if path == Path::new("-") => (None, String::new()),
        Some(path) => (Some(crate::guest::path(path)), String::new()),
        None => (Some(in_own_packs(&desk.folder, &inner)?), head(&desk.folder, &inner)),
    };
    if let Some(path) = &path {
        append(path, &head, &made.text)?;
    }
    desk.close()?;
    if global.json {
        out::json(&made_json(&made, path.as_deref()))?;
        return Ok(Exit::Done);
    }
    match &path {
        None => out::print(&made.text)?,
        Some(path) => out::print(&format!("{}\nadded to {}\n", made.name, path.display()))?,
    }
    out::say(&remarks(&made));
    Ok(Exit::Done)
}

fn record(arguments: &Arguments, desk: &Desk, view: &ClaimView) -> Result<RecordedCase> {
    let rule = arguments.rule.as_deref();
    let of_rule = rule.map(|rule| stage_of(rule, desk)).transpose()?;
    if let (Some(own), Some(stage)) = (of_rule, arguments.stage)
        && own != stage
    {
        let message =
            format!("`{}` runs at `{}`, not at `{}`", rule.unwrap_or_default(), own.as_str(), stage.as_str());
        return Err(Failure::usage(message).help("leave `--stage` out, or name another rule"));
    }
    let run = chosen(view, of_rule.or(arguments.stage))?;
    let facts = Facts { history: history(desk, view)?, ..desk.practice.facts(&run.state.claim) };
    let input = run.input(&facts, desk.practice.calendar());
    let mut recorder = CaseRecorder::new(desk.practice.generation(), &desk.folder.sources);
    recorder.record(&input, rule).map_err(|error| refused(&error))
}

fn refused(error: &RecordError) -> Failure {
    let help = match error {
        RecordError::DoesNotHold(_) => "try another claim, or write the case by hand",
        RecordError::Identifying => "its numbers look like codes; write the case by hand",
        RecordError::NoPack | RecordError::NoRule(_) => "`claimflow rules check` lists the packs",
    };
    Failure::failed(error.to_string()).help(help)
}

fn stage_of(rule: &str, desk: &Desk) -> Result<Stage> {
    let rules = desk.practice.generation().rules();
    rules.rule(rule).map(|info| info.stage).ok_or_else(|| unknown_rule(rule, rules))
}

/// The run of the stage that is asked for, else the last in which a rule fired, else the last.
fn chosen(view: &ClaimView, wanted: Option<Stage>) -> Result<StageView> {
    let mut runs = view.before_stages()?;
    let place = match wanted {
        Some(stage) => runs.iter().rposition(|run| run.stage == stage),
        None => runs.iter().rposition(|run| fired_at(view, run.stage)).or(runs.len().checked_sub(1)),
    };
    if let Some(place) = place {
        return Ok(runs.swap_remove(place));
    }
    let id = &view.summary.id;
    let Some(stage) = wanted else {
        return Err(Failure::failed(format!("no rule has looked at the claim `{id}` yet")));
    };
    let been: Vec<String> = runs.iter().map(|run| format!("`{}`", run.stage.as_str())).collect();
    let failure = Failure::failed(format!("the claim `{id}` has not come to the stage `{}`", stage.as_str()));
    Err(failure.help(format!("it has been through {}", been.join(", "))))
}

fn fired_at(view: &ClaimView, wanted: Stage) -> bool {
    view.chapters.iter().flat_map(|chapter| &chapter.events).any(|event| match event {
        claimflow_core::event::Event::Evaluated { stage, findings, changes, .. } => {
            *stage == wanted && !(findings.is_empty() && changes.is_empty())
        }
        _ => false,
    })
}

/// What whoever takes the case should know.
fn remarks(made: &RecordedCase) -> String {
    let mut text = String::new();
    if made.weeks_earlier > 0 {
        text.push_str("its dates are some weeks earlier than those of the claim\n");
    }
    for note in &made.notes {
        text.push_str(&format!("{note}\n"));
    }
    text
}

fn made_json(made: &RecordedCase, path: Option<&Path>) -> Value {
    json!({
        "case": made.name,
        "pack": made.pack,
        "path": path.map(|path| path.display().to_string()),
        "fires": made.fires,
        "dates_moved": made.weeks_earlier > 0,
        "notes": made.notes,
        "text": made.text,
    })
}
