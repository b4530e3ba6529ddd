//! `claimflow rules check`: what is wrong with what people wrote, and how it is mended.

use claimflow_catalog::{PackInfo, run_cases};
use claimflow_core::Diagnostic;
use clap::Args;
use serde_json::{Value, json};

use super::{Among, sarif, shown_faults};
use crate::cli::Global;
use crate::exit::{Exit, Result};
use crate::practice::{Checked, Folder, Loaded, check};
use crate::render::out;
use crate::render::style::Style;
use crate::render::words::count;

/// Check rules, tables, routing, settings and registers, and show every fault with its line and mend
///
/// Works in a practice folder, and in any folder with `payers/` and `workflows/`. The exit code is 1 when there are errors;
/// warnings do not change it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules check
  claimflow rules check payers/aetna
  claimflow rules check payers/aetna/rules/telehealth.rhai --json
  claimflow rules check --sarif > rules.sarif")]
pub struct Arguments {
    #[command(flatten)]
    among: Among,
    /// Write a SARIF 2.1.0 log, as code hosts and editors read it
    #[arg(long, conflicts_with = "json")]
    sarif: bool,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let mut checked = examine(&folder);
    arguments.among.retain(&mut checked.diagnostics, &global.practice);
    let packs = checked.practice.as_ref().map_or(&[][..], |practice| practice.generation().packs());
    if arguments.sarif {
        out::json(&sarif::log(&checked.diagnostics))?;
    } else if global.json {
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

/// Checks a folder, and what is odd about rules that could run as they are.
pub(super) fn examine(folder: &Folder) -> Checked {
    let mut checked = check(folder);
    let found = checked.practice.as_ref().map(|practice| remarks(folder, practice)).unwrap_or_default();
    checked.diagnostics.extend(found);
    checked
}

/// What does not keep the rules from running: rules that change nothing, and what no case tries.
fn remarks(folder: &Folder, practice: &Loaded) -> Vec<Diagnostic> {
    let generation = practice.generation();
    let cases = run_cases(generation, &folder.sources, None);
    let untried = cases.untried();
    let mut found = generation.rules().remarks();
    found.extend(cases.diagnostics);
    found.extend(untried);
    found
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
