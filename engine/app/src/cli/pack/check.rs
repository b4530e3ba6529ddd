//! `claimflow pack check`: can this be handed to others?

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::cli::rules::shown_faults;
use crate::exit::{Exit, Result};
use crate::packs::Authored;
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang};

/// Check a pack before others get it: rules, cases, version, changelog, licence, sources
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow pack check acme-extra
  claimflow pack check payers/acme-extra --json")]
pub struct Arguments {
    /// The pack's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let pack = Authored::read(&crate::guest::path(&arguments.folder))?;
    if global.json {
        out::json(&json!({
            "pack": pack.name, "ready": pack.is_ready(), "rules": pack.rules, "cases_held": pack.cases,
            "diagnostics": pack.diagnostics, "problems": pack.problems,
        }))?;
    } else {
        out::print(&shown(&pack, Style::stdout()))?;
    }
    Ok(Exit::problems(!pack.is_ready()))
}

/// Everything that is wrong, or that nothing is.
pub(super) fn shown(pack: &Authored, style: Style) -> String {
    let mut text = shown_faults(&pack.folder, &pack.diagnostics);
    for problem in &pack.problems {
        text.push_str(&format!("{} {}\n", style.bad("error:"), style.faint(&problem.place)));
        text.push_str(&hang("  ", &problem.message, page_width()));
        text.push_str(&hang("  help: ", &problem.help, page_width()));
    }
    let (rules, cases) =
        (count(pack.rules as u64, "rule", "rules"), count(pack.cases as u64, "case holds", "cases hold"));
    if pack.is_ready() {
        text.push_str(&format!("{}  {rules}, {cases}\n", style.good(&format!("{} is ready", pack.name))));
    } else {
        let verdict = format!("{} is not ready to be handed to others", pack.name);
        text.push_str(&format!("{}\n", style.bad(&verdict)));
    }
    text
}
