//! `claimflow plugin new`: a plugin to begin with, which checks and whose case holds.

use std::fs;
use std::path::{Path, PathBuf};

use claimflow_catalog::{SCHEMA_FOLDER, YamlKind, schema_line};
use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::practice::shipped_files;
use crate::render::out;

/// Begin a plugin in `plugins/NAME`: one that works, to be changed, or a copy of one that ships
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow plugin new session-limits
  claimflow plugin new fee-schedule --like fee-schedule
  claimflow plugin new my-eligibility --like eligibility-http")]
pub struct Arguments {
    /// Its name: small letters, digits and hyphens
    #[arg(value_name = "NAME")]
    name: String,
    /// Copy the plugin of this name that ships
    #[arg(long, value_name = "SHIPPED")]
    like: Option<String>,
}

const PLUGIN: &str = "\
name: NAME
version: 1.0.0
about: Says whether a claim's charge is above a limit
actions:
  check:
    about: Compares the charge with a limit
    inputs:
      limit: money
    outputs:
      above: { type: money, optional: true, about: By how much it is above }
    outcomes: [within, above]
grants:
  claim: [header]
";

const SCRIPT: &str = "\
// Each action of plugin.yaml is a function that takes what is asked and answers with a map.
fn check(ask) {
    let above = ask.claim.header.charge - ask.inputs.limit;
    if above > 0 {
        return #{ outcome: \"above\", above: above };
    }
    #{ outcome: \"within\" }
}
";

const CASES: &str = "\
- case: a charge within the limit
  action: check
  inputs: { limit: \"200.00\" }
  claim: { charge: \"150.00\" }
  expect: { outcome: within }

- case: a charge above it
  action: check
  inputs: { limit: \"100.00\" }
  claim: { charge: \"150.00\" }
  expect: { outcome: above, output: { above: \"50.00\" } }
";

const README: &str = "\
# NAME

What this plugin does, what it needs, and who looks after it.
";

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let name = &arguments.name;
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !letters || name.is_empty() || name.starts_with('-') {
        let message = format!("`{name}` is not the name of a plugin");
        return Err(
            Failure::usage(message).help("write small letters, digits and hyphens, as `fee-schedule`")
        );
    }
    let root = global.practice.join("plugins").join(name);
    if root.exists() {
        let message = format!("`{}` is there already", root.display());
        return Err(Failure::failed(message).help("choose another name, or change what is there"));
    }
    let files = match &arguments.like {
        Some(like) => copied(like, name)?,
        None => fresh(name),
    };
    for (path, text) in &files {
        let head = if path == Path::new("plugin.yaml") { head(global, name) } else { String::new() };
        write(&root.join(path), &format!("{head}{text}"))?;
    }
    let shown: Vec<String> =
        files.iter().map(|(path, _)| format!("plugins/{name}/{}", path.display())).collect();
    if global.json {
        out::json(&json!({ "plugin": name, "files": shown }))?;
    } else {
        let list: String = shown.iter().map(|path| format!("  {path}\n")).collect();
        out::print(&format!(
            "{list}\nNext: `claimflow plugin check {name}` and `claimflow plugin test {name}`\n"
        ))?;
    }
    Ok(Exit::Done)
}

/// The line that tells editors the schema of `plugin.yaml`, where the practice has it.
fn head(global: &Global, name: &str) -> String {
    let schema = global.practice.join(SCHEMA_FOLDER).join(YamlKind::Plugin.file());
    let line = schema_line(&format!("plugins/{name}/plugin.yaml"));
    line.filter(|_| schema.is_file()).unwrap_or_default()
}

fn fresh(name: &str) -> Vec<(PathBuf, String)> {
    let own = |path: &str, text: &str| (PathBuf::from(path), text.replace("NAME", name));
    vec![
        own("plugin.yaml", PLUGIN),
        own(&format!("{name}.rhai"), SCRIPT),
        own(&format!("cases/{name}.yaml"), CASES),
        own("README.md", README),
    ]
}

/// The files of a plugin that ships, under its new name.
fn copied(like: &str, name: &str) -> Result<Vec<(PathBuf, String)>> {
    let all = shipped_files();
    let prefix = format!("plugins/{like}/");
    let own: Vec<(PathBuf, String)> = all
        .iter()
        .filter_map(|file| {
            let path = file.path.strip_prefix(&prefix)?;
            let text = if path == "plugin.yaml" {
                file.text.replace(&format!("name: {like}\n"), &format!("name: {name}\n"))
            } else {
                file.text.replace(&format!("{like}."), &format!("{name}."))
            };
            Some((PathBuf::from(path), text))
        })
        .collect();
    if own.is_empty() {
        let mut names: Vec<&str> =
            all.iter().filter_map(|file| file.path.strip_prefix("plugins/")?.split('/').next()).collect();
        names.dedup();
        let message = format!("no plugin `{like}` ships");
        return Err(Failure::usage(message).help(format!("these do: {}", names.join(", "))));
    }
    Ok(own)
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
    }
    fs::write(path, text).map_err(|error| Failure::io("write", path, &error))
}
