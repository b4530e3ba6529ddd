//! `claimflow journal`: is the truth whole, and as small as it can be?

mod retain;

use std::path::Path;
use std::sync::Arc;

use claimflow_runtime::{Fault, StateReport};
use claimflow_store::crypt::Keyring;
use claimflow_store::{Journal, JournalStore, Options, SystemDisk};
use clap::{Args, Subcommand};
use serde_json::json;

use super::Global;
use crate::exit::{Exit, Failure, Result};
use crate::keys;
use crate::render::out;
use crate::render::progress::Work;
use crate::render::style::Style;
use crate::render::words::{count, thousands};
use crate::wire::data;

/// Look after the journal, which holds everything that happened
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(Verify),
    Seal(Seal),
    Retain(retain::Retain),
}

/// Read the whole journal, and check every checksum and every link of its chain
///
/// Changes nothing, and works while `claimflow serve` runs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow journal verify
  claimflow journal verify --state
  claimflow journal verify --json")]
struct Verify {
    /// Compare the state with the journal too, entry by entry; takes as much memory as the state takes on the disk
    #[arg(long)]
    state: bool,
}

/// Pack the closed parts of the journal, so that they take a fraction of the room
///
/// Nothing is lost or changed by it: every record is read back and checked before the part it was in goes. `claimflow
/// serve` does so by itself whenever a part of 128 MB is full. With encryption on, parts written before are encrypted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow journal seal
  claimflow journal seal --all
  claimflow journal seal --json")]
struct Seal {
    /// Close the part that still grows, and pack it too
    #[arg(long)]
    all: bool,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    match &arguments.command {
        Command::Verify(arguments) => verify(arguments, global),
        Command::Seal(arguments) => seal(arguments, global),
        Command::Retain(arguments) => retain::run(arguments, global),
    }
}

fn seal(arguments: &Seal, global: &Global) -> Result {
    existing(global)?;
    let work = Work::begin("packing the journal");
    let report = global.open()?.engine.seal_journal(arguments.all)?;
    drop(work);
    if global.json {
        out::json(&json!(report))?;
        return Ok(Exit::Done);
    }
    let style = Style::stdout();
    if report.segments == 0 {
        out::print(&format!("{}\n", style.good("Every closed part of the journal is packed")))?;
        if !arguments.all {
            out::say("`claimflow journal seal --all` packs the part that still grows, too.\n");
        }
        return Ok(Exit::Done);
    }
    let parts = count(report.segments, "part of the journal is packed", "parts of the journal are packed");
    let (before, after) = (report.before.to_string(), report.after.to_string());
    let sizes = format!("{} bytes before, {} now", thousands(&before), thousands(&after));
    out::print(&format!("{}  {sizes}\n", style.good(&parts)))?;
    Ok(Exit::Done)
}

fn verify(Verify { state }: &Verify, global: &Global) -> Result {
    let folder = existing(global)?;
    let work = Work::begin("reading the journal");
    let keyring = keys::for_looking(&global.practice)?;
    let report = Journal::verify_folder_on(&folder, &SystemDisk, keyring.clone())?;
    let state = if *state { Some(check_state(&folder, keyring)?) } else { None };
    drop(work);
    if global.json {
        let mut answer = json!(report);
        if let (Some(state), Some(answer)) = (&state, answer.as_object_mut()) {
            answer.insert("state".to_owned(), json!(state));
        }
        out::json(&answer)?;
    } else {
        let style = Style::stdout();
        let mut text = format!(
            "{}  {}, {} bytes\n  chain ends in {}\n",
            style.good("The journal is whole"),
            count(report.records, "record", "records"),
            thousands(&report.bytes.to_string()),
            style.faint(&report.head)
        );
        if report.torn_tail > 0 {
            text.push_str(&format!(
                "  {} bytes after it were left by a crash; they were never acknowledged\n",
                report.torn_tail
            ));
        }
        text.extend(state.as_ref().map(|state| compared(state, style)));
        out::print(&text)?;
    }
    Ok(Exit::problems(state.is_some_and(|state| state.different > 0)))
}

/// Compares the state; where a process is at work, it does so.
fn check_state(folder: &Path, keyring: Option<Arc<Keyring>>) -> Result<StateReport> {
    if let Some(desk) = crate::guest::desk() {
        return Ok(desk.engine.check_state()?);
    }
    let store = JournalStore::open(folder, Options { keyring, ..Options::default() })?;
    Ok(claimflow_runtime::check_state(&store)?)
}

fn compared(report: &StateReport, style: Style) -> String {
    let (entries, records) =
        (count(report.entries, "entry", "entries"), count(report.records, "record", "records"));
    if report.different == 0 {
        return format!("{}  {entries} from {records}\n", style.good("The state is what the journal says"));
    }
    let different = count(report.different, "entry of it differs", "entries of it differ");
    let mut text = format!("{}  {different}\n", style.bad("The state is not what the journal says"));
    for difference in &report.differences {
        let fault = match difference.fault {
            Fault::Missing => "is missing",
            Fault::Unexpected => "is not in the journal",
            Fault::Changed => "says something else",
        };
        text.push_str(&format!("  {} {fault}\n", difference.entry));
    }
    let told = report.differences.len() as u64;
    if report.different > told {
        text.push_str(&format!("  and {}\n", count(report.different - told, "other", "others")));
    }
    text.push_str(&format!(
        "  {} makes it anew; nothing is lost by it\n",
        style.code("claimflow state rebuild")
    ));
    text
}

/// The data folder, which must be there: looking does not make one.
pub(super) fn existing(global: &Global) -> Result<std::path::PathBuf> {
    let folder = data(&global.practice);
    if folder.join("journal").is_dir() {
        return Ok(folder);
    }
    Err(Failure::failed(format!("there is no journal in `{}`", folder.display()))
        .help("name the practice with `--practice DIR`; a journal begins with the first `claimflow ingest`"))
}
