//! `claimflow rules status`: which rules decide right now, and why what is written does not.

use claimflow_core::{Diagnostic, Moment};
use clap::Args;
use serde::Serialize;

use super::shown_faults;
use crate::cli::Global;
use crate::exit::{Exit, Result};
use crate::practice::{Folder, check};
use crate::reload::{Refusal, Status, read_status};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang};

/// Show which rules decide right now, and why changed files do not
///
/// While `serve` runs, it keeps the last good rules until changed files check clean and the cases of changed packs hold.
/// This says which rules are live, since when, and what keeps the files as they are now from going live. The exit code is
/// 1 when something does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules status
  claimflow --practice /srv/practice rules status --json")]
pub struct Arguments {}

/// How it stands.
#[derive(Debug, Serialize)]
struct Answer {
    /// True when a process serves the practice.
    serving: bool,
    /// That process.
    process: Option<u32>,
    /// Hash of the rules that decide: the serving process's, else those that the next command goes by.
    generation: Option<String>,
    /// Since when, while a process serves.
    since: Option<Moment>,
    /// Hash of the files as they are now, when they check clean.
    written: Option<String>,
    /// True when the files as they are now are what decides.
    current: bool,
    /// Packs that decide.
    packs: Vec<Pack>,
    /// Why the serving process did not take on the files as they were when it last looked.
    refused: Option<Refusal>,
    /// Errors in the files as they are now.
    diagnostics: Vec<Diagnostic>,
}

#[derive(Debug, Serialize)]
struct Pack {
    name: String,
    version: String,
    rules: usize,
}

pub fn run(_: &Arguments, global: &Global) -> Result {
    let folder = Folder::read(&global.practice)?;
    let checked = check(&folder);
    let errors: Vec<Diagnostic> = checked.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    // A process that was killed leaves its last word behind.
    let serving = read_status(&global.practice).filter(|_| crate::host::answers(&global.practice));
    let generation = checked.practice.as_ref().map(crate::practice::Loaded::generation);
    let written = generation.map(|own| own.hash().to_string());
    let own_packs = generation.into_iter().flat_map(claimflow_catalog::Generation::packs);
    let packs = match &serving {
        Some(status) => {
            status.packs.iter().map(|(name, version, rules)| pack(name, version, *rules)).collect()
        }
        None => own_packs.map(|own| pack(&own.name, &own.version, own.rules)).collect(),
    };
    let live = serving.as_ref().map(|status| status.generation.clone());
    let answer = Answer {
        serving: serving.is_some(),
        process: serving.as_ref().map(|status| status.process),
        current: written.is_some() && live.as_ref().is_none_or(|live| Some(live) == written.as_ref()),
        generation: live.or_else(|| written.clone()),
        since: serving.as_ref().map(|status| status.since),
        written,
        packs,
        refused: serving.and_then(|Status { refused, .. }| refused),
        diagnostics: errors,
    };
    if global.json {
        out::json(&answer)?;
    } else {
        out::print(&shown(&answer, &folder, Style::stdout(), page_width()))?;
    }
    Ok(Exit::problems(!answer.current || answer.refused.is_some()))
}

fn pack(name: &str, version: &str, rules: usize) -> Pack {
    Pack { name: name.to_owned(), version: version.to_owned(), rules }
}

fn shown(answer: &Answer, folder: &Folder, style: Style, width: usize) -> String {
    let short =
        |hash: &Option<String>| hash.as_deref().and_then(|hash| hash.get(..12)).unwrap_or("none").to_owned();
    let mut text = match (answer.process, answer.since) {
        (Some(process), Some(since)) => format!(
            "{}  rules {} since {since}, served by process {process}\n",
            style.good("live"),
            style.strong(&short(&answer.generation)),
        ),
        _ if answer.written.is_some() => format!(
            "{}  rules {}; nobody serves the practice, so the next command goes by the files as they are\n",
            style.good("ready"),
            style.strong(&short(&answer.generation)),
        ),
        _ => format!("{}  the files have errors, and nobody serves the practice\n", style.bad("not ready")),
    };
    for pack in &answer.packs {
        let rules = count(pack.rules as u64, "rule", "rules");
        text.push_str(&format!("  {:<24}{:<10}{rules}\n", pack.name, pack.version));
    }
    if answer.current && answer.refused.is_none() {
        return text;
    }
    if answer.serving {
        let why = answer.refused.as_ref().map_or("they are being taken on", |refused| refused.why.as_str());
        text.push_str(&format!(
            "\n{}  the files as they are now do not decide: {why}\n",
            style.bad("not live")
        ));
    }
    if answer.diagnostics.is_empty() {
        for detail in answer.refused.iter().flat_map(|refused| &refused.details) {
            text.push_str(&hang("  - ", detail, width));
        }
    } else {
        text.push_str(&shown_faults(folder, &answer.diagnostics));
    }
    text
}
