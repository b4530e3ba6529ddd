//! `claimflow rules`: are the rules right, and do they do what their cases say?

mod backtest;
mod check;
mod codes;
mod coverage;
mod decay;
mod demote;
mod diff;
mod disable;
mod enforce;
mod explain_code;
mod fields;
mod fmt;
mod history;
mod lsp;
mod new;
mod overlap;
mod promote;
mod rollback;
mod sarif;
mod shadow;
mod status;
mod switching;
mod test;

use std::path::{Path, PathBuf};

use claimflow_core::Diagnostic;
use clap::{Args, Subcommand};

use super::Global;
use crate::exit::Result;
use crate::practice::Folder;
use crate::render::faults::faults;
use crate::render::style::Style;
use crate::render::table::page_width;

/// Check and try the rules
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Backtest(backtest::Arguments),
    Check(check::Arguments),
    Decay(decay::Arguments),
    Diff(diff::Arguments),
    ExplainCode(explain_code::Arguments),
    Overlap(overlap::Arguments),
    Status(status::Arguments),
    Fields(fields::Arguments),
    Fmt(fmt::Arguments),
    Lsp(lsp::Arguments),
    New(new::Arguments),
    Test(test::Arguments),
    Coverage(coverage::Arguments),
    Shadow(shadow::Arguments),
    Promote(promote::Arguments),
    Demote(demote::Arguments),
    Enforce(enforce::Arguments),
    Disable(disable::Arguments),
    Rollback(rollback::Arguments),
    History(history::Arguments),
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    match &arguments.command {
        Command::Backtest(arguments) => backtest::run(arguments, global),
        Command::Check(arguments) => check::run(arguments, global),
        Command::Decay(arguments) => decay::run(arguments, global),
        Command::Diff(arguments) => diff::run(arguments, global),
        Command::ExplainCode(arguments) => explain_code::run(arguments, global),
        Command::Overlap(arguments) => overlap::run(arguments, global),
        Command::Status(arguments) => status::run(arguments, global),
        Command::Fields(arguments) => fields::run(arguments, global),
        Command::Fmt(arguments) => fmt::run(arguments, global),
        Command::Lsp(arguments) => lsp::run(arguments, global),
        Command::New(arguments) => new::run(arguments, global),
        Command::Test(arguments) => test::run(arguments, global),
        Command::Coverage(arguments) => coverage::run(arguments, global),
        Command::Shadow(arguments) => shadow::run(arguments, global),
        Command::Promote(arguments) => promote::run(arguments, global),
        Command::Demote(arguments) => demote::run(arguments, global),
        Command::Enforce(arguments) => enforce::run(arguments, global),
        Command::Disable(arguments) => disable::run(arguments, global),
        Command::Rollback(arguments) => rollback::run(arguments, global),
        Command::History(arguments) => history::run(arguments, global),
    }
}

/// Faults with the lines they are about.
pub(in crate::cli) fn shown_faults(folder: &Folder, diagnostics: &[Diagnostic]) -> String {
    faults(diagnostics, &|path| folder.text(path), Style::stdout(), page_width())
}

/// True when a path of the practice is one of those asked for, or below one; also when none is asked for.
pub(in crate::cli) fn is_among(path: &str, asked: &[PathBuf], practice: &Path) -> bool {
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
