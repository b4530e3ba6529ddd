//! `claimflow pack list`: which packs decide here, and where they come from.

use clap::Args;
use serde_json::json;

use super::install::standing;
use crate::cli::Global;
use crate::exit::{Exit, Result};
use crate::render::out;

/// List the packs of the practice, with who signed them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow pack list
  claimflow pack list --json")]
pub struct Arguments {}

pub fn run(_arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    let mut rows = Vec::new();
    let mut text = String::new();
    for info in desk.practice.generation().packs() {
        let own = standing(&desk, &info.name)?;
        let key = own.as_ref().map_or("unknown", |own| own.key.as_str());
        let shown = match key {
            "unknown" => "not installed as an archive".to_owned(),
            "unsigned" => "installed unsigned".to_owned(),
            key => format!("signed by key {key}"),
        };
        text.push_str(&format!("{:<24}{:<10}{:<10}{shown}\n", info.name, info.version, info.layer.as_str()));
        rows.push(json!({
            "pack": info.name, "version": info.version, "layer": info.layer, "rules": info.rules,
            "license": info.license, "hash": own.as_ref().map(|own| &own.hash), "key": key,
        }));
    }
    if global.json {
        out::json(&json!({ "packs": rows }))?;
    } else {
        out::print(&text)?;
    }
    Ok(Exit::Done)
}
