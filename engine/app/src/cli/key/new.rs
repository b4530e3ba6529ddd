//! `claimflow key new`: a new master key in a file of its own.

use std::path::PathBuf;

use claimflow_store::crypt::Master;
use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::exit::{Exit, Result};
use crate::packs::write_new_file;
use crate::render::out;
use crate::render::style::Style;

/// Make a key in a new file, which only you can read
///
/// Whoever loses the key loses what it encrypts. Keep a copy where the practice's data are not: on paper in a safe, or
/// in a password manager.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow key new ../practice.key
  claimflow key encrypt --key-file ../practice.key")]
pub struct Arguments {
    /// The file; one that is there is never written over
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let key = Master::random()?;
    write_new_file(&crate::guest::path(&arguments.file), key.to_text().as_bytes(), true)?;
    let print = key.print().to_string();
    if global.json {
        out::json(&json!({ "key": print, "file": arguments.file }))?;
    } else {
        let style = Style::stdout();
        out::print(&format!(
            "{} {}\n\n  {}\n  Without it nothing of what it encrypts can be read again, by nobody. Keep a copy where\n  \
             the practice's data are not, and keep the file itself out of their backups.\n",
            style.strong(&format!("key {print} is in")),
            arguments.file.display(),
            style.bad("Who loses this key loses the data.")
        ))?;
    }
    Ok(Exit::Done)
}
