//! `claimflow rules coverage`: what do the cases try, and what do they leave untried?

mod measure;
mod page;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use claimflow_catalog::{PartCoverage, cover_cases};
use claimflow_core::Diagnostic;
use clap::Args;
use serde_json::{Value, json};

use self::measure::{Pack, RuleGaps, Score, measure};
use super::{is_among, shown_faults};
use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::guest;
use crate::practice::{Checked, Folder, check};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang};

/// How many rules of a pack are told without `--all`.
const WORST: usize = 10;

/// Show what the cases try: which rules fire and stay silent, and which parts of their conditions are ever true and false
///
/// A part that is never false in any case could be taken out and no case would notice; one that is never true hides what
/// comes after it. Rows of decision tables are tried when a case hits them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules coverage
  claimflow rules coverage payers/aetna --all
  claimflow rules coverage --html coverage.html
  claimflow rules coverage --min 90")]
pub struct Arguments {
    /// Only rules in these files or folders
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Every rule that is not fully tried, not only the worst of each pack
    #[arg(long)]
    all: bool,
    /// Write a page to look at in a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Exit code 1 when less than this is tried, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u64).range(0..=100))]
    min: Option<u64>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let Checked { practice, diagnostics } = check(&folder);
    let Some(practice) = practice else {
        let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        if global.json {
            out::json(&json!({ "diagnostics": errors, "packs": [] }))?;
        } else {
            let why = "Nothing was tried: the rules have errors.";
            out::print(&format!("{}{why}\n", shown_faults(&folder, &errors)))?;
        }
        return Ok(Exit::Problems);
    };
    let mut report = cover_cases(practice.generation(), &folder.sources);
    report.rules.retain(|rule| is_among(&rule.file, &arguments.paths, &global.practice));
    let packs = measure(&report);
    if let Some(path) = &arguments.html {
        let path = guest::path(path);
        let written = std::fs::write(&path, page::page(&report, &packs));
        written.map_err(|error| Failure::failed(format!("cannot write `{}`: {error}", path.display())))?;
    }
    let score: Score = packs.iter().map(|pack| pack.score).sum();
    if global.json {
        out::json(&as_json(&packs, score))?;
    } else {
        out::print(&text(&packs, score, arguments.all, Style::stdout(), page_width()))?;
        let failed = report.failed().count() as u64;
        if failed > 0 {
            let told = count(failed, "case does not hold", "cases do not hold");
            out::say(&format!("{told}: `claimflow rules test` says why\n"));
        }
    }
    Ok(Exit::problems(arguments.min.is_some_and(|least| score.percent() < least)))
}

fn text(packs: &[Pack<'_>], score: Score, all: bool, style: Style, width: usize) -> String {
    let mut out = String::new();
    for pack in packs {
        let percent = format!("{} %", pack.score.percent());
        let percent = if pack.gaps.is_empty() { style.good(&percent) } else { percent };
        out.push_str(&format!("{}  {percent}  {}\n", style.strong(pack.name), style.faint(&pack.counted())));
        let shown = if all { pack.gaps.len() } else { WORST.min(pack.gaps.len()) };
        for gaps in pack.gaps.iter().take(shown) {
            let place = format!("{}:{}", gaps.rule.file, gaps.rule.line);
            out.push_str(&format!("  {}  {}\n", gaps.rule.rule, style.faint(&place)));
            gaps.told().iter().for_each(|gap| out.push_str(&hang("    - ", gap, width)));
        }
        let more = (pack.gaps.len() - shown) as u64;
        if more > 0 {
            let told = count(more, "more rule is", "more rules are");
            out.push_str(&format!("  {told} not fully tried: `--all` shows them\n"));
        }
        for table in pack.tables.iter().filter(|table| !table.untried.is_empty()) {
            let told = format!("rows that no case hits: {}", table.untried.join(", "));
            out.push_str(&hang(&format!("  {}  ", table.id), &told, width));
        }
        out.push('\n');
    }
    out.push_str(&format!("{} % of what can be tried is tried\n", score.percent()));
    out
}

fn as_json(packs: &[Pack<'_>], score: Score) -> Value {
    let part = |own: &PartCoverage| {
        json!({
            "text": own.text, "alternative": own.alternative, "held": own.held, "failed": own.failed,
            "decided": own.decided,
        })
    };
    let rule = |own: &&claimflow_catalog::RuleCoverage| {
        json!({
            "rule": own.rule, "title": own.title, "source": format!("{}:{}", own.file, own.line),
            "fired": own.fired, "silent": own.silent, "parts": own.parts.iter().map(part).collect::<Vec<_>>(),
            "gaps": RuleGaps::of(own).told(),
        })
    };
    let table = |own: &measure::Table<'_>| json!({ "table": own.id, "rows": own.rows, "hit": own.rows - own.untried.len(), "never_hit": own.untried });
    let pack = |own: &Pack<'_>| {
        json!({
            "pack": own.name, "percent": own.score.percent(), "tried": own.score.reached, "of": own.score.all,
            "rules": own.rules.iter().map(rule).collect::<Vec<_>>(),
            "tables": own.tables.iter().map(table).collect::<Vec<_>>(),
        })
    };
    json!({
        "percent": score.percent(), "tried": score.reached, "of": score.all,
        "packs": packs.iter().map(pack).collect::<Vec<_>>(),
    })
}
