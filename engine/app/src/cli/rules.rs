//! `claimflow rules`: are the rules right, and do they do what their cases say?

use std::path::{Path, PathBuf};

use claimflow_catalog::{CaseReport, CaseResult, PackInfo, run_cases};
use claimflow_core::Diagnostic;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Global;
use crate::exit::{Exit, Result};
use crate::practice::{Checked, Folder, check};
use crate::render::faults::faults;
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang};

/// Check and try the rules
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Check),
    Test(Test),
}

/// Check rules, tables, routing, settings and registers, and show every fault with its line and mend
///
/// Works in a practice folder, and in any folder with `payers/` and `workflows/`. The exit code is 1 when there are errors;
/// warnings do not change it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules check
  claimflow rules check payers/aetna
  claimflow rules check payers/aetna/rules/telehealth.rhai --json")]
struct Check {
    /// Show only faults of these files or folders; everything is checked all the same
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

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
struct Test {
    /// Only cases in these files or folders
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only cases whose file, name, pack or rules contain this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    match &arguments.command {
        Command::Check(check) => run_check(check, global),
        Command::Test(test) => run_test(test, global),
    }
}

fn run_check(arguments: &Check, global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let mut checked = check(&folder);
    checked.diagnostics.retain(|fault| is_among(&fault.path, &arguments.paths, &global.practice));
    let packs = checked.practice.as_ref().map_or(&[][..], |practice| practice.generation().packs());
    if global.json {
        out::json(&json!({
            "diagnostics": checked.diagnostics,
            "packs": packs.iter().map(pack_json).collect::<Vec<_>>(),
            "rules": packs.iter().map(|pack| pack.rules).sum::<usize>(),
        }))?;
    } else {
        let mut text = shown_faults(&folder, &checked.diagnostics);
        if checked.practice.is_some() {
            text.push_str(&shown_packs(packs, Style::stdout()));
        }
        out::print(&text)?;
    }
    Ok(Exit::problems(checked.diagnostics.iter().any(Diagnostic::is_error)))
}

fn pack_json(pack: &PackInfo) -> Value {
    json!({ "name": pack.name, "version": pack.version, "layer": pack.layer, "rules": pack.rules })
}

fn shown_packs(packs: &[PackInfo], style: Style) -> String {
    let rules = packs.iter().map(|pack| pack.rules).sum::<usize>() as u64;
    let mut text = format!(
        "{}  {} in {}\n",
        style.good("The rules are ready to run"),
        count(rules, "rule", "rules"),
        count(packs.len() as u64, "pack", "packs")
    );
    for pack in packs {
        text.push_str(&format!(
            "  {:<24}{:<10}{}\n",
            pack.name,
            pack.version,
            count(pack.rules as u64, "rule", "rules")
        ));
    }
    text
}

/// Faults with the lines they are about.
pub(super) fn shown_faults(folder: &Folder, diagnostics: &[Diagnostic]) -> String {
    faults(diagnostics, &|path| folder.text(path), Style::stdout(), page_width())
}

fn run_test(arguments: &Test, global: &Global) -> Result {
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

/// True when a path of the practice is one of those asked for, or below one; also when none is asked for.
pub(super) fn is_among(path: &str, asked: &[PathBuf], practice: &Path) -> bool {
    asked.is_empty()
        || asked.iter().any(|own| {
            // People name files from where they are, or from the practice folder.
            let inner = own.strip_prefix(practice).unwrap_or(own);
            let inner = inner.strip_prefix(".").unwrap_or(inner);
            Path::new(path).starts_with(inner)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_from_here_or_from_the_practice() {
        let practice = Path::new("my/practice");
        let among = |asked: &str| is_among("payers/aetna/rules/a.rhai", &[PathBuf::from(asked)], practice);
        assert!(among("payers/aetna"));
        assert!(among("./payers/aetna/rules/a.rhai"));
        assert!(among("my/practice/payers"));
        assert!(!among("payers/aet"));
        assert!(!among("workflows"));
        assert!(is_among("x", &[], practice));
    }
}
