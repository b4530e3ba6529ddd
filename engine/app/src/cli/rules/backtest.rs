//! `claimflow rules backtest`: what changed rules would have done with past claims, against what the payers did.

use std::path::{Path, PathBuf};

use claimflow_core::Text;
use claimflow_runtime::Period;
use claimflow_study::{ChangeKind, Question, Report, backtest};
use clap::Args;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::shown_faults;
use crate::cli::Global;
use crate::cli::known::unknown_rule;
use crate::exit::{Exit, Failure, Result};
use crate::practice::{Overlay, Tried};
use crate::render::backtest::{LIMITS, page, text};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::wire::Desk;

/// Claims that come out differently and are kept for `--json` and `--html`.
const MOST_CLAIMS: usize = 1_000;

/// Try changed rules on past claims: what they would have done, against what the payers did
///
/// PATH is a rule file, a pack's folder or a practice folder with changed rules, laid over the live ones. Every claim of
/// the period is judged again at the stages before submission, under the live and under the changed rules. The exit code is 1
/// when the changed rules have errors. docs/backtest.md tells how to read the report.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules backtest my-change.rhai --since 2026-07-01
  claimflow rules backtest ../new/payers/aetna --since 2026-07-01 --until 2026-09-30 --html report.html
  claimflow rules backtest --rule AET-TELE-95 --since 2026-07-01
  claimflow rules backtest my-change.rhai --json")]
pub struct Arguments {
    /// Changed rules: a file, a pack's folder or a practice folder; without it, the live rules named by --rule
    #[arg(value_name = "PATH", required_unless_present = "rules")]
    path: Option<PathBuf>,
    /// Only claims with service on this day or later
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Only claims with service on this day or earlier
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Only this rule, changed or not; can be given several times
    #[arg(long = "rule", value_name = "ID")]
    rules: Vec<Text>,
    /// Write the report as a page for a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    if let (Some(since), Some(until)) = (arguments.since, arguments.until)
        && since > until
    {
        return Err(Failure::usage(format!("--since {since} is after --until {until}")));
    }
    let desk = global.open()?;
    let answer = tried(arguments, global, &desk);
    desk.close()?;
    answer
}

fn tried(arguments: &Arguments, global: &Global, desk: &Desk) -> Result {
    let overlay = match &arguments.path {
        Some(path) => Some(Overlay::new(&desk.folder, &found(path, &global.practice))?),
        None => None,
    };
    let tried = overlay.as_ref().map(|overlay| overlay.check(desk));
    if let (Some(overlay), Some(Tried { generation: None, diagnostics })) = (&overlay, &tried) {
        let errors: Vec<_> = diagnostics.iter().filter(|fault| fault.is_error()).cloned().collect();
        if global.json {
            out::json(&json!({ "diagnostics": errors }))?;
        } else {
            let why = "Nothing was tried: the changed rules have errors.";
            out::print(&format!("{}{why}\n", shown_faults(&overlay.folder, &errors)))?;
        }
        return Ok(Exit::Problems);
    }
    let changed = tried.as_ref().and_then(|tried| tried.generation.as_ref());
    let report = judged(arguments, desk, changed, overlay.as_ref())?;
    let notes = overlay.map(|overlay| overlay.notes).unwrap_or_default();
    if let Some(file) = &arguments.html {
        let file = crate::guest::path(file);
        let html = page(&report, &desk.practice.settings().practice, desk.engine.now(), &notes);
        std::fs::write(&file, html).map_err(|error| Failure::io("write", &file, &error))?;
    }
    if global.json {
        out::json(&as_json(&report, &notes)?)?;
    } else {
        out::print(&text(&report, &notes, Style::stdout(), page_width()))?;
    }
    Ok(Exit::Done)
}

fn judged(
    arguments: &Arguments,
    desk: &Desk,
    changed: Option<&claimflow_catalog::Generation>,
    overlay: Option<&Overlay>,
) -> Result<Report> {
    let live = desk.practice.generation();
    let changed = changed.unwrap_or(live);
    for rule in &arguments.rules {
        if live.rules().rule(rule).is_none() && changed.rules().rule(rule).is_none() {
            return Err(unknown_rule(rule, changed.rules()));
        }
    }
    let period = Period { since: arguments.since, until: arguments.until };
    let mut question = Question { period, rules: arguments.rules.clone(), most_claims: MOST_CLAIMS };
    let history = desk.engine.history(period)?;
    let same = changed.hash() == live.hash();
    if let Some(overlay) = overlay.filter(|_| same && question.rules.is_empty()) {
        // Nothing differs, as where a file was changed in its place: then its rules are told of as they are.
        let rules = changed.rules().all_rules();
        question.rules = rules
            .filter(|rule| overlay.laid.iter().any(|path| *path == rule.file))
            .map(|rule| rule.id.clone())
            .collect();
    }
    Ok(backtest(live, changed, &history, &question)?)
}

/// A path from the command line: as seen from where the command was called, else from the practice.
pub(super) fn found(path: &Path, practice: &Path) -> PathBuf {
    let here = crate::guest::path(path);
    if here.exists() { here } else { Some(practice.join(path)).filter(|own| own.exists()).unwrap_or(here) }
}

/// The report, with what is computed from its figures.
fn as_json(report: &Report, notes: &[String]) -> Result<Value> {
    let fault = |error| Failure::failed(format!("the answer cannot be written as JSON: {error}"));
    let mut value = serde_json::to_value(report).map_err(fault)?;
    let rules = value.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten();
    for (own, rule) in rules.zip(&report.rules) {
        let (prevented, amount) = rule.prevented();
        let removed = rule.change == ChangeKind::Removed;
        let Some(own) = own.as_object_mut() else { continue };
        own.insert(
            "precision".into(),
            json!(if removed { rule.lost.precision() } else { rule.after.precision() }),
        );
        own.insert("prevented_denials".into(), json!(prevented));
        own.insert("prevented_amount".into(), json!(amount));
        let good = rule.acts().then_some(rule.gained);
        own.insert("good_claims_held".into(), json!(good.map_or(0, |count| count.paid)));
        own.insert("good_amount_held".into(), json!(good.unwrap_or_default().paid_amount));
    }
    if let Some(whole) = value.as_object_mut() {
        whole.insert("notes".into(), json!(notes));
        whole.insert("limits".into(), json!(LIMITS));
    }
    Ok(value)
}
