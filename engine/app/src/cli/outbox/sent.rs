//! `claimflow outbox sent`: files that went out, and that this practice does not know of.

use std::path::{Path, PathBuf};

use claimflow_core::Text;
use claimflow_runtime::WentOut;
use claimflow_runtime::record::ContentRecord;
use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::render::words::count;
use crate::wire::{Desk, actor};

/// Say that 837P files reached the clearinghouse which this practice does not know of
///
/// Claims in them that wait to go out are told that they went out with that file: they do not go out again, and answers find
/// them. Control numbers go on behind those of the files. Saying it again changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow outbox sent outbox-after-restore/AETNA-20261124-000000017.837
  claimflow outbox sent outbox-after-restore/*.837 --reason \"on the clearinghouse's list\"
  claimflow outbox sent ../old-practice/outbox/*.837 --json")]
pub struct Arguments {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// How that is known, for the journal
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: Text,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    let mut all = Vec::new();
    for file in &arguments.files {
        all.push((file, one(&desk, file, &arguments.reason)?));
    }
    let left = desk.engine.to_go()?.len() as u64;
    desk.close()?;
    if global.json {
        let rows: Vec<_> = all
            .iter()
            .map(|(file, went)| json!({ "file": file, "claims": went.claims, "others": went.others }))
            .collect();
        out::json(&json!({ "files": rows, "waiting": left }))?;
    } else {
        let mut text = String::new();
        for (file, went) in &all {
            let told = count(went.claims.len() as u64, "claim", "claims");
            text.push_str(&format!("{}  {told} went out with it", file.display()));
            if went.others > 0 {
                let others = count(went.others as u64, "other is", "others are");
                text.push_str(&format!("; {others} not waiting here as they went out"));
            }
            text.push('\n');
        }
        text.push_str(&count(left, "claim still waits to go out", "claims still wait to go out"));
        out::print(&format!("{text}\n"))?;
    }
    Ok(Exit::Done)
}

fn one(desk: &Desk, file: &Path, reason: &Text) -> Result<WentOut> {
    let path = crate::guest::path(file);
    let bytes = std::fs::read(&path).map_err(|error| Failure::io("read", file, &error))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    refuse_foreign(desk, file, &bytes)?;
    let went = desk.engine.went_out(&name, &bytes, &actor())?;
    if went.claims.is_empty() && went.others == 0 && !holds_claims(&bytes) {
        return Err(Failure::failed(format!("`{}` holds no claims of an 837P", file.display()))
            .help("name files that went out, as those in outbox-after-restore/"));
    }
    if !went.claims.is_empty() {
        let told = count(went.claims.len() as u64, "claim", "claims");
        let record = ContentRecord {
            action: Text::const_new("file told as sent"),
            subject: Text::from(format!("outbox {name}")),
            after: Text::from(format!("{told} went out with it")),
            reason: reason.clone(),
            ..ContentRecord::default()
        };
        desk.engine.note_content(&actor(), record)?;
    }
    Ok(went)
}

/// Numbers of that size no practice has come to: what has one is no file of its own, and nothing could follow it.
const NO_SUCH_NUMBER: u32 = 990_000_000;

/// A file that is not whole, or not one that this practice wrote, says nothing of what went out.
fn refuse_foreign(desk: &Desk, file: &Path, bytes: &[u8]) -> Result<()> {
    let read = claimflow_x12::read(bytes);
    let shown = file.display();
    if let Some(fault) = read.faults.first() {
        return Err(Failure::failed(format!("`{shown}` is not whole: {}", fault.message))
            .help("give the file as it went out; nothing was changed by this one"));
    }
    let own = desk.practice.settings().submitter.id.trim();
    for transaction in &read.transactions {
        let sender = transaction.sender.trim();
        if !sender.eq_ignore_ascii_case(own) {
            return Err(Failure::failed(format!(
                "`{shown}` was not sent by this practice, but by `{sender}`"
            ))
            .help(format!("its own files have the submitter's id `{own}` as their sender (ISA06)")));
        }
        let numbers =
            [&transaction.interchange_control, &transaction.group_control, &transaction.control_number];
        let is_sound = |text: &&Text| text.trim().parse::<u32>().is_ok_and(|number| number < NO_SUCH_NUMBER);
        if let Some(number) = numbers.into_iter().find(|text| !is_sound(text)) {
            return Err(Failure::failed(format!(
                "`{shown}` has the control number `{number}`, which is none of this practice"
            ))
            .help("give the file as it went out; nothing was changed by this one"));
        }
    }
    Ok(())
}

/// True for a file with claims in it: all of them may have been told before.
fn holds_claims(bytes: &[u8]) -> bool {
    let file = claimflow_x12::read(bytes);
    file.transactions.iter().any(|own| own.claims().next().is_some())
}
