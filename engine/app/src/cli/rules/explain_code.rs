//! `claimflow rules explain-code`: what a code means, what to avoid, what to write instead, and why.

use clap::Args;
use serde_json::{Value, json};

use super::codes::{CodePage, all, near};
use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::render::out;

/// Show what a fault's code means, with what to avoid, what to write instead, and why
///
/// Codes stand in brackets behind every fault that `rules check` shows. Without a code: all of them, one a line.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules explain-code R032
  claimflow rules explain-code
  claimflow rules explain-code R032 --json")]
pub struct Arguments {
    /// The code, as R032
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let Some(written) = &arguments.code else { return list(global) };
    let wanted = written.trim().to_ascii_uppercase();
    let Some(page) = all().into_iter().find(|page| page.code == wanted) else {
        let help = near(written).map_or_else(
            || "`claimflow rules explain-code` lists all of them".to_owned(),
            |near| format!("did you mean `{near}`? `claimflow rules explain-code` lists all of them"),
        );
        return Err(Failure::usage(format!("there is no code `{written}`")).help(help));
    };
    if global.json {
        out::json(&page_json(&page))?;
    } else {
        out::print(page.page)?;
    }
    Ok(Exit::Done)
}

fn list(global: &Global) -> Result {
    let pages = all();
    if global.json {
        out::json(&json!({ "codes": pages.iter().map(summary).collect::<Vec<_>>() }))?;
    } else {
        let lines = pages.iter().map(|page| format!("{}  {}\n", page.code, page.meaning));
        out::print(&lines.collect::<String>())?;
    }
    Ok(Exit::Done)
}

fn summary(page: &CodePage) -> Value {
    json!({ "code": page.code, "severity": page.severity(), "meaning": page.meaning })
}

fn page_json(page: &CodePage) -> Value {
    json!({ "code": page.code, "severity": page.severity(), "meaning": page.meaning, "page": page.page })
}
