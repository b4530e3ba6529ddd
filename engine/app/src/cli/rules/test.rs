//! `claimflow rules test`: do the rules do what their cases say?

use std::path::PathBuf;

use claimflow_catalog::{CaseReport, CaseResult, run_cases};
use claimflow_core::Diagnostic;
use clap::Args;
use serde_json::{Value, json};

use super::{is_among, shown_faults};
use crate::cli::Global;
use crate::exit::{Exit, Result};
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
  claimflow rules test --filter AET-TELE-95")]
pub struct Arguments {
    /// Only cases in these files or folders
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only cases whose file, name, pack or rules contain this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let Checked { practice, diagnostics } = check(&folder);
    let Some(practice) = practice else {
        let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        if global.json {
            out::json(&json!({ "diagnostics": errors, "cases": [] }))?;
        } else {
            let why = "No case was tried: the rules have errors.";
            out::print(&format!("{}{why}\n", shown_faults(&folder, &errors)))?;
        }
        return Ok(Exit::Problems);
    };
    let mut report = run_cases(practice.generation(), &folder.sources, arguments.filter.as_deref());
    report.results.retain(|case| is_among(&case.file, &arguments.paths, &global.practice));
    report.diagnostics.retain(|fault| is_among(&fault.path, &arguments.paths, &global.practice));
    if global.json {
        out::json(&report_json(&report))?;
    } else {
        let whole = arguments.paths.is_empty() && arguments.filter.is_none();
        out::print(&shown_report(&folder, &report, whole, Style::stdout(), page_width()))?;
    }
    let faulty = report.diagnostics.iter().any(Diagnostic::is_error);
    Ok(Exit::problems(faulty || report.failed().next().is_some()))
}

fn report_json(report: &CaseReport) -> Value {
    let case = |own: &CaseResult| {
        json!({
            "case": own.name, "pack": own.pack, "source": format!("{}:{}", own.file, own.line), "stage": own.stage,
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
