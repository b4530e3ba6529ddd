//! `claimflow plugin check`: what is wrong with what is written of plugins, and how it is mended.

use claimflow_catalog::SETTINGS_PATH;
use claimflow_core::Diagnostic;
use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::cli::known::known;
use crate::cli::rules::shown_faults;
use crate::exit::{Exit, Result};
use crate::practice::{Folder, check};
use crate::render::out;
use crate::render::style::Style;
use crate::render::words::count;

/// Check plugins and their settings, and show every fault with its line and mend
///
/// The exit code is 1 when there are errors.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow plugin check
  claimflow plugin check fee-schedule
  claimflow plugin check --json")]
pub struct Arguments {
    /// Only this plugin
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let mut checked = check(&folder);
    if let Some(name) = &arguments.name {
        known("plugin", name, &names(&folder))?;
    }
    let prefix =
        arguments.name.as_ref().map_or_else(|| "plugins/".to_owned(), |name| format!("plugins/{name}/"));
    let own = |fault: &Diagnostic| {
        fault.path.starts_with(&prefix) || (fault.path == SETTINGS_PATH && fault.code.starts_with('G'))
    };
    checked.diagnostics.retain(own);
    let errors = checked.diagnostics.iter().any(Diagnostic::is_error);
    let plugins = checked.practice.as_ref().map_or(&[][..], |practice| practice.generation().plugins());
    if global.json {
        let names: Vec<_> = plugins.iter().map(|own| &own.info().name).collect();
        out::json(&json!({ "diagnostics": checked.diagnostics, "plugins": names }))?;
    } else {
        let mut text = shown_faults(&folder, &checked.diagnostics);
        if !errors && checked.practice.is_some() {
            let many = count(plugins.len() as u64, "plugin", "plugins");
            text.push_str(&format!("{}  {many}\n", Style::stdout().good("The plugins are ready to run")));
        } else if !errors {
            text.push_str("The plugins have no errors, and something else in the practice has: `claimflow rules check`\n");
        }
        out::print(&text)?;
    }
    Ok(Exit::problems(errors))
}

/// The plugins that somebody has begun to write, whole or not.
fn names(folder: &Folder) -> Vec<&str> {
    let paths = folder.sources.iter().filter_map(|file| file.path.strip_prefix("plugins/"));
    let mut names: Vec<&str> = paths.filter_map(|path| Some(path.split_once('/')?.0)).collect();
    names.dedup();
    names
}
