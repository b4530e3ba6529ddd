//! `claimflow rules lsp`: what editors speak with.

use std::sync::Arc;

use claimflow_editor::{Timing, serve};
use clap::Args;

use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::practice::EditedFolders;

/// Serve an editor: faults while you write, completions, explanations, places, one look
///
/// Speaks the Language Server Protocol on standard input and output, so an editor starts it, not you: see docs/editors.md.
/// Each file is checked with the practice, or the pack, in whose folder it is; `--practice` plays no part.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules lsp
  claimflow rules lsp --stdio")]
pub struct Arguments {
    /// Standard input and output, as some editors ask for; it is the only way
    #[arg(long)]
    stdio: bool,
}

pub fn run(_arguments: &Arguments, _global: &Global) -> Result {
    let folders = Arc::new(EditedFolders::default());
    serve(folders, Timing::default(), std::io::stdin(), std::io::stdout())
        .map_err(|error| Failure::failed(error.to_string()))?;
    Ok(Exit::Done)
}
