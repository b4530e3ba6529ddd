//! `claimflow backup`: the practice at this moment, kept elsewhere.

use std::path::{Path, PathBuf};

use claimflow_core::Moment;
use claimflow_store::backup::{Repository, Run, Source};
use clap::Args;
use serde_json::json;

use super::Global;
use crate::backup::{content, key, open};
use crate::exit::{Exit, Result};
use crate::render::out;
use crate::render::progress::Work;
use crate::render::style::Style;
use crate::render::words::{count, thousands};

/// Back the practice up, while it is at work
///
/// Each run holds the whole practice - journal, settings, rules, registers, files - and takes little more room than what
/// changed since the run before. The state is left out: it follows from the journal. Nothing is stopped or locked. An
/// encrypted practice is backed up encrypted, under its own key; any other with `--key-file`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow backup /mnt/backup/practice
  claimflow backup /mnt/backup/practice --list
  claimflow backup /mnt/backup/practice --check
  claimflow backup /mnt/backup/practice --key-file ../backup.key
Every night, from cron:
  0 2 * * *  claimflow --practice /srv/practice backup /mnt/backup/practice")]
pub struct Arguments {
    /// The folder of the backup; a new or empty one is begun
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// List the runs that are there
    #[arg(long, conflicts_with = "check")]
    list: bool,
    /// Read every piece of every run, and say which runs can be restored
    #[arg(long)]
    check: bool,
    /// The file with the key of the backup
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Begin a backup that is not encrypted, of a practice that is
    #[arg(long, conflicts_with = "key_file")]
    plain: bool,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    if arguments.list {
        return list(arguments, global);
    }
    if arguments.check {
        return check(arguments, global);
    }
    let repository = begun(arguments, global)?;
    let files = content(&global.practice, &arguments.folder)?;
    let at = crate::wire::clock(global.clock).now().to_string();
    let work = Work::begin("backing up");
    let taken = repository.take(&Source {
        root: &global.practice,
        data: Path::new("data"),
        files: &files,
        at: &at,
        program: env!("CARGO_PKG_VERSION"),
    })?;
    drop(work);
    let encrypted = repository.is_encrypted();
    if global.json {
        let mut answer = shown(&taken.run);
        answer["stored"] = json!(taken.stored);
        answer["encrypted"] = json!(encrypted);
        out::json(&answer)?;
        return Ok(Exit::Done);
    }
    let style = Style::stdout();
    let files = count(taken.run.all().count() as u64, "file", "files");
    out::print(&format!(
        "{}  run {}: {files}, {}, of which {} are new\n",
        style.good("Backed up"),
        taken.run.number,
        bytes(taken.run.bytes()),
        bytes(taken.stored),
    ))?;
    if !encrypted {
        out::say(
            "It is not encrypted, and holds health data: keep it where nobody else can read it, or begin one with `--key-file`.\n",
        );
    }
    Ok(Exit::Done)
}

/// The backup to add to; begun when there is none.
fn begun(arguments: &Arguments, global: &Global) -> Result<Repository> {
    let named = arguments.key_file.as_deref();
    if Repository::is_there(&arguments.folder) {
        return open(&arguments.folder, named, Some(&global.practice));
    }
    let key = if arguments.plain { None } else { key(named, Some(&global.practice))? };
    Ok(Repository::open_or_begin(&arguments.folder, key.as_ref())?)
}

fn list(arguments: &Arguments, global: &Global) -> Result {
    let repository = open(&arguments.folder, arguments.key_file.as_deref(), Some(&global.practice))?;
    let runs = repository.runs()?;
    if global.json {
        let runs: Vec<_> = runs.iter().map(shown).collect();
        out::json(&json!({ "runs": runs, "encrypted": repository.is_encrypted() }))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for run in &runs {
        text.push_str(&format!("{:>4}  {}  {:>9}\n", run.number, run.at, bytes(run.bytes())));
    }
    if runs.is_empty() {
        text.push_str("No run is there yet.\n");
    }
    out::print(&text)?;
    Ok(Exit::Done)
}

fn check(arguments: &Arguments, global: &Global) -> Result {
    let repository = open(&arguments.folder, arguments.key_file.as_deref(), Some(&global.practice))?;
    let work = Work::begin("reading the backup");
    let checked = repository.check(&|pieces| work.tell("reading pieces", pieces))?;
    drop(work);
    if global.json {
        let broken: Vec<_> =
            checked.broken.iter().map(|(run, why)| json!({ "run": run, "why": why })).collect();
        out::json(&json!({ "whole": checked.whole, "broken": broken, "pieces": checked.pieces }))?;
    } else {
        let style = Style::stdout();
        let whole = count(checked.whole.len() as u64, "run is", "runs are");
        let pieces = count(checked.pieces, "piece", "pieces");
        let mut text = format!("{} whole, {pieces} read\n", style.good(&whole));
        for (run, why) in &checked.broken {
            text.push_str(&format!("{} {why}\n", style.bad(&format!("run {run} cannot be restored:"))));
        }
        out::print(&text)?;
    }
    Ok(Exit::problems(!checked.broken.is_empty()))
}

fn shown(run: &Run) -> serde_json::Value {
    json!({
        "run": run.number,
        "at": run.at,
        "files": run.all().count(),
        "bytes": run.bytes(),
        "journal_end": run.journal.end,
        "journal_head": run.journal.link,
    })
}

/// Bytes for a person.
fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => count(bytes, "byte", "bytes"),
        10_000..10_000_000 => format!("{} KB", thousands(&(bytes / 1_000).to_string())),
        _ => format!("{} MB", thousands(&(bytes / 1_000_000).to_string())),
    }
}

/// When a run was made.
pub(super) fn moment_of(run: &Run) -> Option<Moment> {
    run.at.parse::<jiff::Timestamp>().ok().map(|at| Moment(at.as_millisecond()))
}
