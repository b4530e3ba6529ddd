//! `claimflow x12`: what is in an X12 file.

use std::path::{Path, PathBuf};

use claimflow_core::Severity;
use claimflow_x12::{Fault, InspectedTransaction, Inspection, inspect};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::Global;
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::{Cell, Tone, number, page_width, table, words};
use crate::render::words::{count, hang, money};

/// Look into X12 files
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Inspect(Inspect),
}

/// Show what is in X12 files: transactions, claims, payments, balances, faults
///
/// Needs no practice, and changes nothing. The exit code is 1 when a file has errors.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow x12 inspect remittance.835
  claimflow x12 inspect --json claims.837 | jq '.transactions[].claims'")]
struct Inspect {
    /// Files to look into
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// A file, when there are several.
#[derive(Debug, Serialize)]
struct Named<'a> {
    path: String,
    #[serde(flatten)]
    inspection: &'a Inspection,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let Command::Inspect(inspect) = &arguments.command;
    let looked = inspect.files.iter().map(|path| look(path)).collect::<Result<Vec<_>>>()?;
    if global.json {
        match looked.as_slice() {
            [(_, only)] => out::json(only)?,
            several => {
                let named = several.iter().map(|(path, inspection)| Named { path: path.clone(), inspection });
                out::json(&serde_json::json!({ "files": named.collect::<Vec<_>>() }))?;
            }
        }
    } else {
        let shown = looked.iter().map(|(path, own)| shown(path, own, Style::stdout(), page_width()));
        out::print(&shown.collect::<Vec<_>>().join("\n"))?;
    }
    Ok(Exit::problems(looked.iter().any(|(_, own)| is_faulty(own))))
}

fn look(path: &Path) -> Result<(String, Inspection)> {
    let bytes = std::fs::read(path).map_err(|error| Failure::io("read", path, &error))?;
    Ok((path.display().to_string(), inspect(&bytes)))
}

/// True when something is wrong, or there is no X12 in the file at all.
fn is_faulty(inspection: &Inspection) -> bool {
    inspection.has_errors() || inspection.interchanges == 0
}

fn shown(path: &str, inspection: &Inspection, style: Style, width: usize) -> String {
    let what = if inspection.interchanges == 0 {
        "no X12 interchange".to_owned()
    } else {
        let interchanges = count(u64::from(inspection.interchanges), "interchange", "interchanges");
        let transactions = count(inspection.transactions.len() as u64, "transaction", "transactions");
        format!("{interchanges}, {transactions}")
    };
    let mut text = format!("{}  {what}\n", style.strong(path));
    if !inspection.transactions.is_empty() {
        let columns = [
            words("kind"),
            words("control"),
            number("claims"),
            number("lines"),
            number("reversals"),
            number("billed"),
            number("paid"),
            words("balance"),
            number("faults"),
        ];
        let rows: Vec<_> = inspection.transactions.iter().map(row).collect();
        text.push_str(&table(&columns, &rows, style, width));
    }
    let faults = inspection.transactions.iter().flat_map(|own| &own.faults).chain(&inspection.faults);
    for fault in faults {
        text.push_str(&shown_fault(fault, style, width));
    }
    text
}

fn row(own: &InspectedTransaction) -> Vec<Cell> {
    let (balance, tone) = match own.balanced {
        None => ("", Tone::Plain),
        Some(own) if own.line && own.claim && own.transaction => ("holds", Tone::Plain),
        Some(own) if !own.line => ("lines do not add up", Tone::Bad),
        Some(own) if !own.claim => ("claims do not add up", Tone::Bad),
        Some(_) => ("the payment does not add up", Tone::Bad),
    };
    vec![
        own.kind.to_string().into(),
        own.control.to_string().into(),
        own.claims.to_string().into(),
        own.lines.to_string().into(),
        own.reversals.to_string().into(),
        money(own.billed).into(),
        money(own.paid).into(),
        Cell::toned(balance, tone),
        own.faults.len().to_string().into(),
    ]
}

fn shown_fault(fault: &Fault, style: Style, width: usize) -> String {
    let word = match fault.severity {
        Severity::Error => style.bad("error"),
        Severity::Warning => style.warn("warning"),
        Severity::Advice => style.faint("remark"),
    };
    let place = if fault.segment == 0 {
        String::new()
    } else {
        let name = if fault.loop_id.is_empty() { String::new() } else { format!(" loop {}", fault.loop_id) };
        format!(" line {}, segment {}{name}, byte {}", fault.line, fault.segment, fault.position)
    };
    let code = style.faint(&format!("({})", fault.code));
    format!("  {word}{place} {code}\n{}", hang("      ", &fault.message, width))
}
