//! `claimflow pack sign`: the vendor's signature goes into the pack.

use std::path::PathBuf;

use claimflow_pack::{Limits, SecretKey};
use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::packs::{read_archive, replace_file};
use crate::render::out;
use crate::render::style::Style;

/// Sign a pack; a signature that it has already is replaced
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow pack sign acme-extra-1.0.0.cfpack --key acme.key")]
pub struct Arguments {
    /// The pack
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The secret key
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let place = crate::guest::path(&arguments.key);
    let text =
        std::fs::read_to_string(&place).map_err(|error| Failure::io("read", &arguments.key, &error))?;
    let key = SecretKey::parse(&text)?;
    let file = crate::guest::path(&arguments.file);
    let signed = claimflow_pack::sign(&read_archive(&file)?, &key, &Limits::default())?;
    replace_file(&file, &signed)?;
    let id = key.public().id();
    if global.json {
        out::json(&json!({ "path": arguments.file, "key": id }))?;
    } else {
        let style = Style::stdout();
        out::print(&format!("{} is signed by key {}\n", arguments.file.display(), style.strong(&id)))?;
    }
    Ok(Exit::Done)
}
