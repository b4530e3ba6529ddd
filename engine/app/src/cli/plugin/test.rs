//! `claimflow plugin test`: what authors say their plugins do, tried out. Nothing leaves the program.

use claimflow_catalog::{CaseResult, run_plugin_cases};
use claimflow_core::Diagnostic;
use clap::Args;
use serde_json::{Value, json};

use crate::cli::Global;
use crate::cli::rules::shown_faults;
use crate::exit::{Exit, Result};
use crate::practice::{Checked, Folder, check};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang};

/// Try the cases of plugins: hosts answer as the cases say, and nothing leaves this machine
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow plugin test
  claimflow plugin test eligibility-http
  claimflow plugin test --json")]
pub struct Arguments {
    /// Only cases whose file, name or plugin contain this
    #[arg(value_name = "TEXT")]
    filter: Option<String>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let Checked { practice, diagnostics } = check(&folder);
    let Some(practice) = practice else {
        let errors: Vec<_> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        if global.json {
            out::json(&json!({ "diagnostics": errors, "cases": [] }))?;
        } else {
            out::print(&format!("{}No case was tried: there are errors.\n", shown_faults(&folder, &errors)))?;
        }
        return Ok(Exit::Problems);
    };
    let report = run_plugin_cases(practice.generation(), &folder.sources, arguments.filter.as_deref());
    let failed = report.failed().count();
    if global.json {
        out::json(&json!({
            "diagnostics": report.diagnostics, "cases": report.results.iter().map(row).collect::<Vec<_>>(),
            "passed": report.results.len() - failed, "failed": failed,
        }))?;
    } else {
        let (style, width) = (Style::stdout(), page_width());
        let mut text = shown_faults(&folder, &report.diagnostics);
        text.extend(report.failed().map(|case| shown(case, style, width)));
        let held = (report.results.len() - failed) as u64;
        text.push_str(&count(held, "case holds", "cases hold"));
        if failed > 0 {
            text.push_str(&format!(", {}", style.bad(&count(failed as u64, "does not", "do not"))));
        }
        out::print(&format!("{text}\n"))?;
    }
    Ok(Exit::problems(!report.passed()))
}

fn row(case: &CaseResult) -> Value {
    json!({
        "case": case.name, "plugin": case.pack, "source": format!("{}:{}", case.file, case.line),
        "passed": case.passed(), "reasons": case.reasons,
    })
}

fn shown(case: &CaseResult, style: Style, width: usize) -> String {
    let place = style.faint(&format!("{}:{}", case.file, case.line));
    let mut text = format!("{}  {}  {place}\n", style.bad("does not hold"), style.strong(&case.name));
    text.extend(case.reasons.iter().map(|reason| hang("    - ", reason, width)));
    text
}
