//! `claimflow rules fmt`: one look for all rules.

use std::io::Read;
use std::path::{Path, PathBuf};

use claimflow_core::Diagnostic;
use claimflow_rules::format_rules;
use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::render::faults::faults;
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::count;

/// Give rules one look: clauses one on a line, aligned; comments and the order of clauses stay
///
/// Without a path: every .rhai file of the practice's `payers/`. A file that cannot be read as rules is left as it is, with
/// the reason. The exit code is 1 when there is such a file, and with --check when a file is not in order.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules fmt
  claimflow rules fmt payers/aetna
  claimflow rules fmt --check
  claimflow rules fmt --stdin < telehealth.rhai
  claimflow rules fmt --check --json")]
pub struct Arguments {
    /// Files, or folders with .rhai files below them
    #[arg(value_name = "PATH", conflicts_with = "stdin")]
    paths: Vec<PathBuf>,
    /// Change nothing; tell which files are not in order
    #[arg(long)]
    check: bool,
    /// Read one file from standard input and print it in order
    #[arg(long)]
    stdin: bool,
}

/// What became of a file.
enum Became {
    Kept,
    Changed,
    Unread(Vec<Diagnostic>),
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    if arguments.stdin {
        return standard_input(arguments.check);
    }
    let mut files = Vec::new();
    if arguments.paths.is_empty() {
        find(&global.practice.join("payers"), &mut files)?;
    }
    for path in &arguments.paths {
        find(path, &mut files)?;
    }
    files.sort();
    files.dedup();
    let mut done = Vec::with_capacity(files.len());
    for path in files {
        let became = format(&path, arguments.check)?;
        done.push((path, became));
    }
    tell(&done, arguments.check, global.json)
}

fn standard_input(check: bool) -> Result {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| {
        Failure::failed(format!("cannot read standard input: {}", crate::exit::reason(&error)))
    })?;
    match format_rules("standard input", &text) {
        Ok(made) if check => Ok(Exit::problems(made != text)),
        Ok(made) => {
            out::print(&made)?;
            Ok(Exit::Done)
        }
        Err(found) => {
            out::say(&faults(&found, &|_| Some(text.clone()), Style::stderr(), page_width()));
            Ok(Exit::problems(true))
        }
    }
}

/// Finds the files of rules at or below a path. Links are not followed, so that no folder is walked twice.
fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = |error: &std::io::Error| Failure::io("read", path, error);
    let kind = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if !kind.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(|error| unreadable(&error))? {
        let entry = entry.map_err(|error| unreadable(&error))?;
        let kind = entry.file_type().map_err(|error| unreadable(&error))?;
        let own = entry.path();
        if kind.is_dir() {
            find(&own, files)?;
        } else if kind.is_file() && own.extension().is_some_and(|extension| extension == "rhai") {
            files.push(own);
        }
    }
    Ok(())
}

fn format(path: &Path, check: bool) -> Result<Became> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    match format_rules(&path.display().to_string(), &text) {
        Ok(made) if made == text => Ok(Became::Kept),
        Ok(made) => {
            if !check {
                write(path, &made)?;
            }
            Ok(Became::Changed)
        }
        Err(found) => Ok(Became::Unread(found)),
    }
}

/// Writes beside the file and renames, so that whoever reads it meanwhile sees it whole. A link stays a link.
fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |error: &std::io::Error| Failure::io("write", path, error);
    let written = || {
        let path = std::fs::canonicalize(path)?;
        let beside = path.with_extension("rhai.new");
        std::fs::write(&beside, text)?;
        std::fs::set_permissions(&beside, std::fs::metadata(&path)?.permissions())?;
        std::fs::rename(&beside, &path)
    };
    written().map_err(|error| failed(&error))
}

fn tell(done: &[(PathBuf, Became)], check: bool, as_json: bool) -> Result {
    let named = |wanted: fn(&Became) -> bool| -> Vec<String> {
        done.iter().filter(|(_, became)| wanted(became)).map(|(path, _)| path.display().to_string()).collect()
    };
    let changed = named(|became| matches!(became, Became::Changed));
    let unread = named(|became| matches!(became, Became::Unread(_)));
    if as_json {
        let found: Vec<&Diagnostic> = done
            .iter()
            .filter_map(|(_, became)| match became {
                Became::Unread(found) => Some(found),
                _ => None,
            })
            .flatten()
            .collect();
        let key = if check { "not_in_order" } else { "changed" };
        out::json(&json!({ "files": done.len(), key: changed, "unread": unread, "diagnostics": found }))?;
    } else {
        let mut text = String::new();
        for path in &changed {
            text.push_str(&format!("{path}{}\n", if check { " is not in order" } else { "" }));
        }
        out::print(&text)?;
        for (path, became) in done {
            if let Became::Unread(found) = became {
                out::say(&faults(
                    found,
                    &|_| std::fs::read_to_string(path).ok(),
                    Style::stderr(),
                    page_width(),
                ));
            }
        }
        let files = count(done.len() as u64, "file", "files");
        let changes = if check { "not in order" } else { "changed" };
        out::say(&format!("{files} looked at, {} {changes}, {} left alone\n", changed.len(), unread.len()));
    }
    Ok(Exit::problems(!unread.is_empty() || (check && !changed.is_empty())))
}
