//! `claimflow outbox release`: a restored practice sends again.

use claimflow_core::Text;
use claimflow_runtime::record::BatchRecord;
use claimflow_runtime::record::ContentRecord;
use clap::Args;
use serde_json::json;

use super::status::Answer;
use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::held;
use crate::render::out;
use crate::render::words::count;
use crate::wire::actor;

/// Let a restored practice send again: what waits goes out at once
///
/// Refused while files went out after the moment of the restore of which this practice does not know: `claimflow outbox sent
/// FILE` tells it. `--again` lets it send in spite of that, where those files never reached anybody.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow outbox release --reason \"compared with the clearinghouse's list of 24 November\"
  claimflow outbox release --again --reason \"none of the files had been picked up\"
  claimflow outbox release --reason \"nothing went out since\" --json")]
pub struct Arguments {
    /// Why it may, for the journal
    #[arg(long, value_name = "TEXT")]
    reason: Text,
    /// Although files went out since that this practice does not know of: their claims may go out again
    #[arg(long)]
    again: bool,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let reason = arguments.reason.trim();
    if reason.is_empty() {
        return Err(Failure::usage("letting a practice send again needs a reason")
            .help("write after `--reason` how you know what went out"));
    }
    let desk = global.open()?;
    let root = desk.folder.root.clone();
    let Some(own) = held::read(&root) else {
        return Err(Failure::failed("sending is not held").help("`claimflow outbox status` shows what waits"));
    };
    if own.unfinished {
        return Err(Failure::failed("the restore of this practice was cut off, so sending stays held")
            .help(held::UNFINISHED));
    }
    let answer = Answer::of(&desk, Some(&own))?;
    if answer.unknown() > 0 && !arguments.again {
        return Err(refused(&answer));
    }
    let record = ContentRecord {
        action: Text::const_new("sending released"),
        subject: Text::const_new("outbox"),
        before: Text::from(format!("held since {}, as of {}", own.since, own.as_of)),
        after: Text::from(count(answer.waiting.len() as u64, "claim waits", "claims wait")),
        reason: Text::from(reason),
        ..ContentRecord::default()
    };
    desk.engine.note_content(&actor(), record)?;
    // Also behind those that reached nobody: a number or a name that was given is never given again.
    let now = desk.engine.now();
    let given: Vec<BatchRecord> = own.files.iter().map(|file| file.without_claims(now)).collect();
    desk.engine.go_on_behind(given, &actor())?;
    held::lift(&root)
        .map_err(|error| Failure::io("take away the note in", &crate::wire::data(&root), &error))?;
    let files = desk.engine.send_now()?;
    desk.close()?;
    if global.json {
        out::json(&json!({ "released": true, "written": files }))?;
    } else {
        let list: String = files.iter().map(|file| format!("  {file}\n")).collect();
        let written = count(files.len() as u64, "file", "files");
        out::print(&format!("Sending goes on; {written} for payers in outbox/\n{list}"))?;
    }
    Ok(Exit::Done)
}

fn refused(answer: &Answer) -> Failure {
    let files = answer.files.iter().filter(|file| file.unknown > 0);
    let details: String = files
        .map(|own| {
            let place = if own.here { "" } else { ", not here; ask the clearinghouse" };
            format!("  {}  {}{place}\n", own.file, count(own.unknown, "claim", "claims"))
        })
        .collect();
    let claims = count(answer.unknown(), "claim has", "claims have");
    Failure::failed(format!("{claims} gone out already and could go out again, so sending stays held"))
        .help(
            "take in what has come in since, then `claimflow outbox sent outbox-after-restore/FILE` for files that reached \
             the clearinghouse (a file that is not here: where you have it back, under its own name); `--again` where none did",
        )
        .details(details)
}
