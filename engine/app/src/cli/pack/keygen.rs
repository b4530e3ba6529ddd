//! `claimflow pack keygen`: a pair of keys for a vendor.

use std::path::PathBuf;

use claimflow_pack::SecretKey;
use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::packs::write_new_file;
use crate::render::out;
use crate::render::style::Style;

/// Make a pair of keys: NAME.key signs packs and stays secret, NAME.pub goes to the practices
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow pack keygen acme")]
pub struct Arguments {
    /// Whose keys: the beginning of the files' names, and the note inside
    #[arg(value_name = "NAME")]
    name: PathBuf,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let Some(whose) = arguments.name.file_name().and_then(|name| name.to_str()) else {
        return Err(Failure::usage("the name of the keys must be plain text").help("as `acme`"));
    };
    let key = SecretKey::generate(whose)?;
    let named = |end: &str| PathBuf::from(format!("{}.{end}", arguments.name.display()));
    let (secret, public) = (named("key"), named("pub"));
    write_new_file(&crate::guest::path(&secret), key.to_text().as_bytes(), true)?;
    write_new_file(&crate::guest::path(&public), key.public().to_text().as_bytes(), false)?;
    let id = key.public().id();
    if global.json {
        out::json(&json!({ "id": id, "secret": secret, "public": public }))?;
    } else {
        let style = Style::stdout();
        out::print(&format!(
            "key {}\n  {}  signs packs: keep it secret, and keep a copy\n  {}  goes to practices, who put it into \
             trusted-keys/\n",
            style.strong(&id),
            secret.display(),
            public.display()
        ))?;
    }
    Ok(Exit::Done)
}
