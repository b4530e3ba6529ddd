//! `claimflow rules overlap`: rules that can contradict each other, with a case that makes both fire.

use std::path::PathBuf;

use claimflow_study::{Contradiction, Overlap, OverlapReport, Party, overlaps};
use clap::Args;

use super::is_among;
use crate::cli::Global;
use crate::exit::{Exit, Result};
use crate::practice::{Checked, Folder, check, refused};
use crate::render::out;
use crate::render::style::Style;
use crate::render::words::count;

/// List pairs of rules that can contradict each other, with a case that makes both fire
///
/// Two kinds of one denial, two owners, two values of one field, a correction that another rule undoes or still holds for.
/// The search starts from the cases beside the rules and changes them towards what both conditions name; each case that is
/// printed holds as written. The exit code is 1 when a pair was found.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules overlap
  claimflow rules overlap payers/aetna
  claimflow rules overlap --json")]
pub struct Arguments {
    /// Only pairs of which one rule is in these files or folders
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let Checked { practice, diagnostics } = check(&folder);
    let practice = practice.ok_or_else(|| refused(&folder, &diagnostics))?;
    let named = |path: &&String| is_among(path, &arguments.paths, &global.practice);
    let files = folder.sources.iter().map(|file| &file.path);
    let only: Vec<String> =
        if arguments.paths.is_empty() { Vec::new() } else { files.filter(named).cloned().collect() };
    let report = overlaps(practice.generation(), &folder.sources, &only);
    if global.json {
        out::json(&report)?;
    } else {
        out::print(&shown(&report, Style::stdout()))?;
    }
    Ok(Exit::problems(!report.overlaps.is_empty()))
}

const fn words(of: Contradiction) -> &'static str {
    match of {
        Contradiction::Categories => "give one denial two kinds",
        Contradiction::Owners => "give one problem two owners",
        Contradiction::Values => "set one field to two values",
        Contradiction::AddAndRemove => "add and remove the same modifier",
        Contradiction::FixAndHold => "correct a claim and hold it for the same",
    }
}

fn shown(report: &OverlapReport, style: Style) -> String {
    let mut text = String::new();
    for own in &report.overlaps {
        text.push_str(&one(own, style));
    }
    text.push_str(&format!(
        "{} looked at; of {} that could contradict each other, {}.\n",
        count(report.rules, "rule", "rules"),
        count(report.suspected, "pair", "pairs"),
        match report.overlaps.len() as u64 {
            0 => "no case was found that makes both fire".to_owned(),
            number => format!("{} do", count(number, "pair", "pairs")),
        }
    ));
    text
}

fn one(own: &Overlap, style: Style) -> String {
    let party = |party: &Party| {
        let place = style.faint(&format!("{}:{}", party.file, party.line));
        format!("  {}  {}  {place}\n", style.strong(&party.rule), party.does.join("; "))
    };
    let mut text = format!("{}\n", style.warn(&format!("Two rules {}:", words(own.contradiction))));
    text.push_str(&party(&own.first));
    text.push_str(&party(&own.second));
    if !own.prevails.is_empty() {
        text.push_str(&format!("  {} prevails here.\n", own.prevails));
    }
    text.push_str("  This case makes both fire:\n");
    for line in own.witness.lines() {
        text.push_str(&format!("    {line}\n"));
    }
    text.push('\n');
    text
}
