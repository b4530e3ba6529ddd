//! `claimflow pack verify`: is this the pack that a trusted vendor made?

use std::path::PathBuf;

use claimflow_pack::{Limits, open};
use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::exit::{Exit, Result};
use crate::packs::{claimflow, keyring, one_key, read_archive};
use crate::render::out;
use crate::render::style::Style;
use crate::render::words::count;

/// Check a pack's signature and every file in it, and install nothing
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow pack verify acme-extra-1.0.0.cfpack
  claimflow pack verify acme-extra-1.0.0.cfpack --key acme.pub")]
pub struct Arguments {
    /// The pack
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The vendor's public key; default: the practice's trusted-keys/
    #[arg(long, value_name = "PUB")]
    key: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let keys = match &arguments.key {
        Some(key) => one_key(&crate::guest::path(key))?,
        None => keyring(&global.practice)?,
    };
    let bytes = read_archive(&crate::guest::path(&arguments.file))?;
    let pack = open(&bytes, Some(&keys), &claimflow(), &Limits::default())?;
    let manifest = &pack.manifest;
    if global.json {
        out::json(&json!({
            "pack": manifest.name, "version": manifest.version.to_string(), "layer": manifest.layer,
            "licence": manifest.licence, "files": pack.files.len(), "hash": pack.hash, "signed_by": pack.signed_by,
        }))?;
    } else {
        let style = Style::stdout();
        let good = style.good(&format!("{} {} is as its vendor made it", manifest.name, manifest.version));
        out::print(&format!(
            "{good}\n  {}, licence {}, signed by key {}\n",
            count(pack.files.len() as u64, "file", "files"),
            manifest.licence,
            pack.signed_by.as_deref().unwrap_or_default()
        ))?;
    }
    Ok(Exit::Done)
}
