//! `claimflow state`: the state, made anew from the journal.

use claimflow_store::{JournalStore, Options};
use clap::{Args, Subcommand};
use serde_json::json;

use super::Global;
use super::journal::existing;
use crate::exit::{Exit, Result};
use crate::keys;
use crate::practice::Folder;
use crate::render::out;
use crate::render::progress::Work;
use crate::render::style::Style;
use crate::render::words::count;

/// Look after the state, which follows from the journal
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Rebuild(Rebuild),
}

/// Make the state anew from the journal; nothing is lost by it
///
/// For when a command says that the state is damaged. The state that was there is kept as data/state.aside, unless the
/// practice is encrypted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow state rebuild")]
struct Rebuild {}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let Command::Rebuild(Rebuild {}) = &arguments.command;
    let folder = existing(global)?;
    let work = Work::begin("making the state anew");
    let practice = Folder::read(&global.practice)?;
    let store =
        JournalStore::open_for_rebuild_with(&folder, Options::default(), || keys::keyring(&practice))?;
    let records = claimflow_runtime::catch_up(&store)?;
    claimflow_runtime::store::Store::flush(&store)?;
    if store.keyring().is_some() {
        // It may be from before the practice was encrypted.
        keys::remove_aside(&folder)?;
    }
    drop(work);
    if global.json {
        out::json(&json!({ "records": records }))?;
    } else {
        let records = count(records, "record", "records");
        out::print(&format!("{} from {records}\n", Style::stdout().good("The state is made anew")))?;
        if folder.join("state.aside").exists() {
            out::say("The state before it is in data/state.aside until the next rebuild.\n");
        }
    }
    Ok(Exit::Done)
}
