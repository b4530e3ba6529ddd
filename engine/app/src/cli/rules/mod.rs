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
use clap::Args;

use super::Global;
use super::commands::commands;
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

commands! {
    Backtest => backtest,
    Check => check,
    Decay => decay,
    Diff => diff,
    ExplainCode => explain_code,
    Overlap => overlap,
    Status => status,
    Fields => fields,
    Fmt => fmt,
    Lsp => lsp,
    New => new,
    Test => test,
    Coverage => coverage,
    Shadow => shadow,
    Promote => promote,
    Demote => demote,
    Enforce => enforce,
    Disable => disable,
    Rollback => rollback,
    History => history,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    arguments.command.run(global)
}

/// Faults with the lines they are about.
pub(in crate::cli) fn shown_faults(folder: &Folder, diagnostics: &[Diagnostic]) -> String {
    faults(diagnostics, &|path| folder.text(path), Style::stdout(), page_width())
}

/// Whose faults are asked for.
#[derive(Debug, Args)]
pub(in crate::cli) struct Among {
    /// Show only faults of these files or folders; everything is checked all the same
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Among {
    /// Leaves only their faults.
    pub(in crate::cli) fn retain(&self, faults: &mut Vec<Diagnostic>, practice: &Path) {
        faults.retain(|fault| is_among(&fault.path, &self.paths, practice));
    }
}

/// True when a path of the practice is one of those asked for, or below one; also when none is asked for.
fn is_among(path: &str, asked: &[PathBuf], practice: &Path) -> bool {
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
