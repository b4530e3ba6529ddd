//! `claimflow rules diff`: what is different between two generations, and which claims would decide differently.

use std::path::Path;

use claimflow_catalog::{Difference, Generation, compare};
use claimflow_core::Diagnostic;
use claimflow_runtime::Period;
use claimflow_study::{Latest, Question, Report, backtest};
use clap::Args;
use serde_json::json;

use super::backtest::found;
use super::shown_faults;
use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::practice::{Folder, Overlay, check, kept};
use crate::render::backtest::outcomes;
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang};
use crate::wire::Desk;

/// Tell in words how two generations of rules differ, and which recent claims would decide differently
///
/// A and B are each `live`, a path as `rules backtest` takes it, or the beginning of a kept generation's hash. With a path
/// alone, the live rules are held against it; with a hash alone, it against the live rules; with neither, the generation
/// before against the live rules.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules diff
  claimflow rules diff ../new/payers/aetna --claims 500
  claimflow rules diff 38ed7e94cc91 live
  claimflow rules diff --json")]
pub struct Arguments {
    /// The earlier: `live`, a path, or a hash
    #[arg(value_name = "A")]
    first: Option<String>,
    /// The later: `live`, a path, or a hash
    #[arg(value_name = "B")]
    second: Option<String>,
    /// Judge the last N claims by both, and list those that come out differently
    #[arg(long, value_name = "N", default_value_t = 0)]
    claims: usize,
}

/// One of the two.
enum Side {
    Live,
    Other(Box<Generation>),
}

impl Side {
    fn generation<'a>(&'a self, desk: &'a Desk) -> &'a Generation {
        match self {
            Self::Live => desk.practice.generation(),
            Self::Other(own) => own,
        }
    }
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    let answer = told(arguments, global, &desk);
    desk.close()?;
    answer
}

fn told(arguments: &Arguments, global: &Global, desk: &Desk) -> Result {
    let side = |name: &str| side(name, global, desk);
    let (before, after) = match (&arguments.first, &arguments.second) {
        (Some(first), Some(second)) => (side(first)?, side(second)?),
        (Some(path), None) if found(Path::new(path), &global.practice).exists() => (Side::Live, side(path)?),
        (Some(hash), None) => (side(hash)?, Side::Live),
        (None, _) => (generation_before(desk)?, Side::Live),
    };
    let (before, after) = (before.generation(desk), after.generation(desk));
    let differences = compare(before, after);
    let report = if arguments.claims > 0 {
        let history = desk.engine.history(Period::default())?;
        let question = Question { most_claims: arguments.claims, ..Question::default() };
        Some(backtest(before, after, &Latest::new(&history, arguments.claims), &question)?)
    } else {
        None
    };
    if global.json {
        out::json(&json!({
            "before": before.hash(), "after": after.hash(), "differences": differences,
            "claims": report.as_ref().map(|report| report.all.claims),
            "changed_claims": report.as_ref().map(|report| report.changed_claims),
            "outcomes": report.as_ref().map(|report| &report.outcomes),
        }))?;
    } else {
        out::print(&shown(&differences, report.as_ref(), Style::stdout(), page_width()))?;
    }
    Ok(Exit::Done)
}

fn side(name: &str, global: &Global, desk: &Desk) -> Result<Side> {
    if name == "live" || name == desk.practice.generation().hash() {
        return Ok(Side::Live);
    }
    let path = found(Path::new(name), &global.practice);
    if path.exists() {
        let overlay = Overlay::new(&desk.folder, &path)?;
        let tried = overlay.check(desk);
        let own = tried.generation.ok_or_else(|| faulty(name, &overlay.folder, &tried.diagnostics))?;
        return Ok(Side::Other(Box::new(own)));
    }
    let folder = kept::find(&desk.folder.root, name).ok_or_else(|| {
        Failure::failed(format!("there is neither a file nor a kept generation `{name}`"))
            .help("name a path, `live`, or at least six characters of a hash, as `rules status` shows them")
    })?;
    generation_in(name, &folder)
}

fn generation_before(desk: &Desk) -> Result<Side> {
    let live = desk.practice.generation().hash();
    let folder = kept::newest_but(&desk.folder.root, live).ok_or_else(|| {
        Failure::failed("there is no generation before the live one")
            .help("name a path or a hash to compare with")
    })?;
    generation_in("the generation before", &folder)
}

fn generation_in(name: &str, folder: &Path) -> Result<Side> {
    let folder = Folder::read(folder)?;
    let checked = check(&folder);
    let own = checked.practice.ok_or_else(|| faulty(name, &folder, &checked.diagnostics))?;
    Ok(Side::Other(Box::new(own.into_generation())))
}

fn faulty(name: &str, folder: &Folder, diagnostics: &[Diagnostic]) -> Failure {
    let errors: Vec<Diagnostic> = diagnostics.iter().filter(|fault| fault.is_error()).cloned().collect();
    Failure::failed(format!("`{name}` has errors, so nothing was compared"))
        .help("mend what is shown above")
        .details(shown_faults(folder, &errors))
}

fn shown(differences: &[Difference], report: Option<&Report>, style: Style, width: usize) -> String {
    let mut text = String::new();
    if differences.is_empty() {
        text.push_str("Nothing that decides is different.\n");
    }
    for own in differences {
        text.push_str(&hang("- ", &own.to_string(), width));
    }
    if let Some(report) = report {
        text.push_str(&format!(
            "\nOf the last {}, {} come out differently before submission.\n",
            count(report.all.claims, "claim", "claims"),
            report.changed_claims
        ));
        text.push_str(&outcomes(report, style, width));
    }
    text
}
