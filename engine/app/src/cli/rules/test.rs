//! `claimflow rules test`: do the rules do what their cases say?

mod junit;
mod watch;

use std::path::{Path, PathBuf};

use claimflow_catalog::{
    CaseReport, CaseResult, CaseUpdate, Generation, SourceFile, run_cases, update_cases,
};
use claimflow_core::Diagnostic;
use clap::Args;
use serde_json::{Value, json};

use super::{is_among, shown_faults};
use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::guest;
use crate::practice::{Checked, Folder, check};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang};

/// Try the cases that stand beside the rules
///
/// A case is a small claim with what is known of it, and what the rules are expected to do. The exit code is 1 when a
/// case does not hold.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules test
  claimflow rules test payers/aetna
  claimflow rules test --filter AET-TELE-95
  claimflow rules test --junit results.xml
  claimflow rules test payers/mine --update
  claimflow rules test --watch")]
pub struct Arguments {
    /// Only cases in these files or folders
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only cases whose file, name, pack or rules contain this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Write the results to a file that build servers read
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Rewrite what failing cases expect to what happens, and show it; look at each before you keep it
    #[arg(long, conflicts_with = "watch")]
    update: bool,
    /// Go on: try again whenever a file is saved, until Ctrl-C
    #[arg(long)]
    watch: bool,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    if arguments.watch {
        return keep_trying(arguments, global);
    }
    let folder = Folder::read_content(&global.practice)?;
    let Checked { practice, diagnostics } = check(&folder);
    let Some(practice) = practice else { return not_tried(&folder, diagnostics, global) };
    let updates = if arguments.update {
        update(practice.generation(), &folder, arguments, global)?
    } else {
        Vec::new()
    };
    let folder = if updates.is_empty() { folder } else { Folder::read_content(&global.practice)? };
    let report = tried(practice.generation(), &folder, arguments, global);
    if let Some(path) = &arguments.junit {
        write(&guest::path(path), &junit::junit(&report))?;
    }
    if global.json {
        let mut answer = report_json(&report);
        if arguments.update {
            answer["updated"] = updates.iter().map(update_json).collect();
        }
        out::json(&answer)?;
    } else {
        updates.iter().try_for_each(|own| out::print(&shown_update(own, Style::stdout())))?;
        out::print(&shown_report(&folder, &report, arguments.is_whole(), Style::stdout(), page_width()))?;
    }
    let faulty = report.diagnostics.iter().any(Diagnostic::is_error);
    Ok(Exit::problems(faulty || report.failed().next().is_some()))
}

impl Arguments {
    /// True when every case of every pack is asked for.
    fn is_whole(&self) -> bool {
        self.paths.is_empty() && self.filter.is_none()
    }
}

fn not_tried(folder: &Folder, diagnostics: Vec<Diagnostic>, global: &Global) -> Result {
    let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    if global.json {
        out::json(&json!({ "diagnostics": errors, "cases": [] }))?;
    } else {
        let why = "No case was tried: the rules have errors.";
        out::print(&format!("{}{why}\n", shown_faults(folder, &errors)))?;
    }
    Ok(Exit::Problems)
}

fn tried(generation: &Generation, folder: &Folder, arguments: &Arguments, global: &Global) -> CaseReport {
    let mut report = run_cases(generation, &folder.sources, arguments.filter.as_deref());
    report.results.retain(|case| is_among(&case.file, &arguments.paths, &global.practice));
    report.diagnostics.retain(|fault| is_among(&fault.path, &arguments.paths, &global.practice));
    report
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)
        .map_err(|error| Failure::failed(format!("cannot write `{}`: {error}", path.display())))
}

/// Rewrites the expectations of failing cases; those of packs that ship inside the program have no file to rewrite.
fn update(
    generation: &Generation,
    folder: &Folder,
    arguments: &Arguments,
    global: &Global,
) -> Result<Vec<CaseUpdate>> {
    let wanted =
        |path: &str| is_among(path, &arguments.paths, &global.practice) && folder.root.join(path).is_file();
    let updates = update_cases(generation, &folder.sources, arguments.filter.as_deref(), &wanted);
    updates.iter().try_for_each(|own| write(&folder.root.join(&own.path), &own.text))?;
    Ok(updates)
}

fn shown_update(update: &CaseUpdate, style: Style) -> String {
    let mut text = String::new();
    for case in &update.cases {
        let place = format!("{}:{}", update.path, case.line);
        text.push_str(&format!(
            "{}  {}  {}\n",
            style.warn("rewritten"),
            style.strong(&case.name),
            style.faint(&place)
        ));
        for (key, before, after) in &case.changes {
            let word = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
            text.push_str(&format!("    {key}: {} -> {}\n", word(before), word(after)));
        }
    }
    text
}

fn update_json(update: &CaseUpdate) -> Value {
    let change = |(key, before, after): &(String, String, String)| json!({ "key": key, "before": before, "after": after });
    let case = |own: &claimflow_catalog::UpdatedCase| {
        json!({
            "case": own.name, "line": own.line, "changes": own.changes.iter().map(change).collect::<Vec<_>>(),
        })
    };
    json!({ "file": update.path, "cases": update.cases.iter().map(case).collect::<Vec<_>>() })
}

/// Tries again whenever something is saved.
fn keep_trying(arguments: &Arguments, global: &Global) -> Result {
    if guest::is_here() || global.json {
        return Err(Failure::usage("`--watch` goes on for ever, and answers people only"));
    }
    let mut seen: Vec<SourceFile> = Vec::new();
    let mut told = String::new();
    let mut look = || {
        let folder = Folder::read_content(&global.practice)?;
        if folder.sources == seen {
            return Ok(told.clone());
        }
        told = try_once(&folder, arguments, global)?;
        seen = folder.sources;
        Ok(told.clone())
    };
    let mut tell = |text: &str| out::print(&format!("{text}\n"));
    watch::watch(&mut watch::OnDisk::new(&global.practice), &mut look, &mut tell)?;
    Ok(Exit::Done)
}

/// What one look at the cases says.
fn try_once(folder: &Folder, arguments: &Arguments, global: &Global) -> Result<String> {
    let Checked { practice, diagnostics } = check(folder);
    let Some(practice) = practice else {
        let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        return Ok(format!("{}No case was tried: the rules have errors.\n", shown_faults(folder, &errors)));
    };
    let report = tried(practice.generation(), folder, arguments, global);
    if let Some(path) = &arguments.junit {
        write(path, &junit::junit(&report))?;
    }
    Ok(shown_report(folder, &report, arguments.is_whole(), Style::stdout(), page_width()))
}

fn report_json(report: &CaseReport) -> Value {
    let case = |own: &CaseResult| {
        json!({
            "case": own.name, "pack": own.pack, "source": format!("{}:{}", own.file, own.line), "stage": own.stage,
            "journey": (!own.journey.is_empty()).then_some(&own.journey),
            "passed": own.passed(), "reasons": own.reasons, "fired": own.fired,
        })
    };
    json!({
        "diagnostics": report.diagnostics,
        "cases": report.results.iter().map(case).collect::<Vec<_>>(),
        "passed": report.results.iter().filter(|own| own.passed()).count(),
        "failed": report.failed().count(),
        "never_fired": report.never_fired().map(|own| &own.rule).collect::<Vec<_>>(),
        "never_silent": report.never_silent().map(|own| &own.rule).collect::<Vec<_>>(),
    })
}

fn shown_report(folder: &Folder, report: &CaseReport, whole: bool, style: Style, width: usize) -> String {
    let mut text = shown_faults(folder, &report.diagnostics);
    for case in report.failed() {
        text.push_str(&format!(
            "{}  {}  {}\n",
            style.bad("does not hold"),
            style.strong(&case.name),
            style.faint(&format!("{}:{}", case.file, case.line))
        ));
        for reason in &case.reasons {
            text.push_str(&hang("    - ", reason, width));
        }
    }
    let held = report.results.iter().filter(|own| own.passed()).count() as u64;
    let failed = report.failed().count() as u64;
    let mut line = count(held, "case holds", "cases hold");
    if failed > 0 {
        line.push_str(&format!(", {}", style.bad(&count(failed, "does not", "do not"))));
    }
    text.push_str(&format!("{line}\n"));
    if whole {
        text.push_str(&untried(report.never_fired().map(|own| own.rule.as_str()), "fire", width));
        text.push_str(&untried(report.never_silent().map(|own| own.rule.as_str()), "stay silent", width));
    }
    text
}

fn untried<'a>(rules: impl Iterator<Item = &'a str>, what: &str, width: usize) -> String {
    let rules: Vec<&str> = rules.collect();
    if rules.is_empty() {
        return String::new();
    }
    hang("  ", &format!("no case makes these {what}: {}", rules.join(", ")), width)
}
