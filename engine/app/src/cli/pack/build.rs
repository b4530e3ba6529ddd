//! `claimflow pack build`: a checked folder becomes one file.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::check;
use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::packs::{Authored, write_new_file};
use crate::render::out;
use crate::render::style::Style;

/// Make one file of a pack; it is checked first. The same files always give the same bytes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow pack build acme-extra
  claimflow pack build acme-extra -o out/acme-extra.cfpack")]
pub struct Arguments {
    /// The pack's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Where to write it; default: NAME-VERSION.cfpack here
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let pack = Authored::read(&crate::guest::path(&arguments.folder))?;
    let ready = pack.is_ready();
    let Some(manifest) = pack.manifest().filter(|_| ready) else {
        return Err(Failure::failed(format!("`{}` is not ready, so nothing was built", pack.name))
            .help("mend what is shown above; `claimflow pack check` shows it again")
            .details(check::shown(&pack, Style::stderr())));
    };
    let name = format!("{}-{}.cfpack", manifest.name, manifest.version);
    let bytes = claimflow_pack::build(manifest, pack.files.clone())?;
    let shown = arguments.output.clone().unwrap_or_else(|| PathBuf::from(name));
    write_new_file(&crate::guest::path(&shown), &bytes, false)?;
    if global.json {
        let answer =
            json!({ "pack": pack.name, "path": shown, "files": pack.files.len(), "bytes": bytes.len() });
        out::json(&answer)?;
    } else {
        let style = Style::stdout();
        let made = style.strong(&shown.display().to_string());
        let next = style.code(&format!("claimflow pack sign {} --key NAME.key", shown.display()));
        out::print(&format!("{made} is written, and not signed yet\n  {next}\n"))?;
    }
    Ok(Exit::Done)
}
