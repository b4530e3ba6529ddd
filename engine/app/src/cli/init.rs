//! `claimflow init`: a practice folder that works.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Global;
use crate::exit::{Exit, Result};
use crate::practice::{Contents, write_new};
use crate::render::out;
use crate::render::style::Style;

/// Make a practice folder that works
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow init my-practice
  claimflow init . --name \"Riverside Counseling\"")]
pub struct Arguments {
    /// A new or an empty folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Name of the practice
    #[arg(long, value_name = "NAME", default_value = "My practice")]
    name: String,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    write_new(&arguments.folder, &Contents::named(&arguments.name))?;
    if global.json {
        out::json(&json!({ "practice": arguments.folder }))?;
    } else {
        out::print(&next_steps(arguments, Style::stdout()))?;
    }
    Ok(Exit::Done)
}

fn next_steps(arguments: &Arguments, style: Style) -> String {
    let folder = arguments.folder.display();
    let step = |command: &str, what: &str| format!("  {}{what}\n", style.code(&format!("{command:<34}")));
    let mut text = format!("{}\n\n", style.strong(&format!("A practice is ready in {folder}")));
    let here = arguments.folder.as_os_str() == ".";
    if !here {
        text.push_str(&format!("  {}\n", style.code(&format!("cd {folder}"))));
    }
    text.push_str(&step("claimflow ingest CLAIMS.837", "take claims in, and see what happens to each"));
    text.push_str(&step("claimflow queue", "who has what to do"));
    text.push_str(&step("claimflow rules check", "after any change in payers/"));
    text.push_str(&format!(
        "\nBefore claims go to a payer, fill in {} and {}.\n",
        style.strong("claimflow.yaml"),
        style.strong("registers/*.csv")
    ));
    text
}
