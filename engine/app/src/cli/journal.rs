//! `claimflow journal`: is the truth whole?

use claimflow_store::Journal;
use clap::{Args, Subcommand};

use super::Global;
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::render::progress::Work;
use crate::render::style::Style;
use crate::render::words::{count, thousands};
use crate::wire::data;

/// Check the journal, which holds everything that happened
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(Verify),
}

/// Read the whole journal, and check every checksum and every link of its chain
///
/// Changes nothing, and works while `claimflow serve` runs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow journal verify
  claimflow journal verify --json")]
struct Verify {}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let Command::Verify(Verify {}) = &arguments.command;
    let folder = existing(global)?;
    let work = Work::begin("reading the journal");
    let report = Journal::verify_folder(&folder)?;
    drop(work);
    if global.json {
        out::json(&report)?;
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
        out::print(&text)?;
    }
    Ok(Exit::Done)
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
