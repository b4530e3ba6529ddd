//! `claimflow tables`: reference tables made of the public files that people download, and which tables there are.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use claimflow_catalog::{Cache, ImportKind, Imported, detect_import, import, load_with};
use claimflow_rules::Table;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::Global;
use super::known::known;
use crate::exit::{Exit, Failure, Result};
use crate::practice::Folder;
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::{Cell, number, page_width, table, words};

/// Import and list the code tables that rules look things up in
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(ImportArguments),
    List(ListArguments),
}

/// Make a table of public files that you downloaded: NCCI pairs and unlikely units, ICD-10-CM, places, CARC and RARC
#[derive(Debug, Args)]
#[command(after_help = "\
Kinds:
  ncci_ptp  NCCI procedure-to-procedure edits for practitioners, the .txt files
  mue       NCCI medically unlikely edits for practitioners, the .csv file
  icd10cm   the ICD-10-CM order file, icd10cm_order_YYYY.txt
  pos       place of service codes, as CSV
  carc      claim adjustment reason codes, as CSV; only codes and dates are kept
  rarc      remittance advice remark codes, as CSV; only codes and dates are kept

Examples:
  claimflow tables import ncci_ptp ccipra-f1.txt ccipra-f2.txt ccipra-f3.txt ccipra-f4.txt
  claimflow tables import mue mue-practitioner.csv --effective 2026-01-01
  claimflow tables import auto icd10cm_order_2026.txt --effective 2025-10-01

Where to download them: docs/reference-tables.md. Unzip them first.")]
struct ImportArguments {
    /// What the files are, or `auto`
    #[arg(value_name = "KIND")]
    kind: String,
    /// The files, all parts of one table together
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The pack that the table goes into; it is made when it is not there
    #[arg(long, value_name = "NAME", default_value = "reference")]
    pack: String,
    /// First day of rows whose file names none
    #[arg(long, value_name = "DATE")]
    effective: Option<Date>,
}

/// List the tables with their rows, dates and size
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow tables list
  claimflow tables list --json")]
struct ListArguments {}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    match &arguments.command {
        Command::Import(arguments) => run_import(arguments, global),
        Command::List(_) => list(global),
    }
}

fn run_import(arguments: &ImportArguments, global: &Global) -> Result {
    let named = named(&arguments.kind)?;
    let pack = pack_folder(&arguments.pack, &global.practice)?;
    let texts = arguments.files.iter().map(|file| read(file)).collect::<Result<Vec<String>>>()?;
    let kind = named.map_or_else(|| detected(&texts), Ok)?;
    let parts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let made = import(kind, &parts, arguments.effective).map_err(|error| {
        Failure::failed(error.to_string())
            .help("name the kind that the file is, or `auto` to have it found out")
    })?;
    let written = write(&pack, &arguments.pack, kind, &made)?;
    tell(arguments, kind, &made, &written, global)?;
    Ok(Exit::problems(!made.skipped.is_empty()))
}

/// The kind that is named; none for `auto`.
fn named(kind: &str) -> Result<Option<ImportKind>> {
    if kind != "auto" {
        known("kind of table", kind, &ImportKind::ALL.map(ImportKind::as_str))?;
    }
    Ok(ImportKind::parse(kind))
}

fn detected(texts: &[String]) -> Result<ImportKind> {
    texts.first().and_then(|text| detect_import(text)).ok_or_else(|| {
        let names = ImportKind::ALL.map(ImportKind::as_str).join(", ");
        Failure::failed("what kind of file this is cannot be told from its content")
            .help(format!("name its kind: {names}"))
    })
}

/// `payers/PACK` of a practice that has packs of its own.
fn pack_folder(pack: &str, practice: &Path) -> Result<PathBuf> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if pack.is_empty() || !pack.chars().all(plain) {
        let message = format!("`{pack}` is no name of a pack");
        return Err(Failure::failed(message).help("use small letters, digits and `-`"));
    }
    let packs = practice.join("payers");
    if !packs.is_dir() {
        // A folder of packs stands in for all that ships: with the table alone in it, no rule would be left.
        let message = format!("`{}` has no folder `payers`", practice.display());
        return Err(Failure::failed(message)
            .help("run it in a practice made by `claimflow init`, or name one with `--practice DIR`"));
    }
    Ok(packs.join(pack))
}

fn read(file: &Path) -> Result<String> {
    let bytes = fs::read(file).map_err(|error| Failure::io("read", file, &error))?;
    let shown = file.display();
    if bytes.starts_with(b"PK") {
        let message = format!("`{shown}` is an archive or a workbook, not a text file");
        let help = "unzip it first; of a workbook, use the .txt or .csv beside it, or save it as CSV";
        return Err(Failure::failed(message).help(help));
    }
    // Texts that are left out can have signs of an older encoding; codes and dates cannot.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes the table, and the pack around it when there is none. Returns the table's path in the practice folder.
fn write(folder: &Path, pack: &str, kind: ImportKind, made: &Imported) -> Result<String> {
    let tables = folder.join("tables");
    fs::create_dir_all(&tables).map_err(|error| Failure::io("make", &tables, &error))?;
    let manifest = folder.join("pack.yaml");
    if !manifest.exists() {
        let text = format!(
            "name: {pack}\nversion: 1.0.0\nlayer: practice\nsummary: Code tables imported from public files\n"
        );
        replace(&manifest, &text)?;
        replace(&folder.join("README.md"), README)?;
    }
    let name = format!("{}.csv", kind.as_str());
    replace(&tables.join(&name), &made.text)?;
    Ok(format!("payers/{pack}/tables/{name}"))
}

const README: &str = "\
# Code tables

Imported from public files with `claimflow tables import`; do not edit them by hand, import the next release instead.
CPT codes are copyright of the American Medical Association: keep the files to yourself.
";

/// Writes beside the file and renames, so that a reader sees the old file or the new one.
fn replace(file: &Path, text: &str) -> Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = file.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = fs::File::create(&beside)
        .and_then(|mut out| out.write_all(text.as_bytes()).and_then(|()| out.sync_all()))
        .and_then(|()| fs::rename(&beside, file));
    written.map_err(|error| {
        // What could not be written is of no use; that it stays is no further fault.
        let _gone = fs::remove_file(&beside);
        Failure::io("write", file, &error)
    })
}

fn tell(
    arguments: &ImportArguments,
    kind: ImportKind,
    made: &Imported,
    written: &str,
    global: &Global,
) -> Result<()> {
    let name =
        |file: usize| arguments.files.get(file).map(|file| file.display().to_string()).unwrap_or_default();
    if global.json {
        let skipped: Vec<_> = made
            .skipped
            .iter()
            .map(|own| json!({ "file": name(own.file), "line": own.line, "reason": own.reason }))
            .collect();
        return out::json(&json!({
            "kind": kind.as_str(),
            "path": written,
            "rows": made.rows,
            "repeated": made.repeated,
            "headings": made.headings,
            "first_effective": made.effective.map(|(first, _)| first.to_string()),
            "last_effective": made.effective.map(|(_, last)| last.to_string()),
            "skipped": skipped,
        }));
    }
    let mut text = format!("{} rows in {written}\n", made.rows);
    if let Some((first, last)) = made.effective {
        text.push_str(&format!("in force from {first} (the earliest) to {last} (the latest)\n"));
    }
    text.push_str(&format!("{} lines of heading, {} repeated\n", made.headings, made.repeated));
    if !made.skipped.is_empty() {
        text.push_str(&format!("{} lines were left out:\n", made.skipped.len()));
    }
    for own in made.skipped.iter().take(20) {
        text.push_str(&format!("  {}:{}: {}\n", name(own.file), own.line, own.reason));
    }
    if made.skipped.len() > 20 {
        text.push_str("  ... (all of them with --json)\n");
    }
    text.push_str("\nRules see it as soon as they are loaded: `claimflow rules check`.\n");
    out::print(&text)
}

/// The first and the last day on which some row comes into force.
fn effective(table: &Table) -> Option<(Date, Date)> {
    let days = || table.periods().filter_map(|(from, _)| from);
    days().min().zip(days().max())
}

fn list(global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let mut cache = Cache::new();
    load_with(&folder.sources, &claimflow_catalog::PracticeSettings::default(), &mut cache);
    let tables = cache.tables();
    if global.json {
        let rows: Vec<_> = tables.iter().map(|own| table_json(own)).collect();
        out::json(&json!({ "tables": rows }))?;
        return Ok(Exit::Done);
    }
    let columns = [words("Table"), number("Rows"), words("Rows in force"), number("KB"), words("File")];
    let rows: Vec<Vec<Cell>> = tables.iter().map(|own| cells(own)).collect();
    out::print(&table(&columns, &rows, Style::stdout(), page_width()))?;
    Ok(Exit::Done)
}

fn table_json(own: &Table) -> Value {
    json!({
        "name": own.name().as_str(),
        "path": own.path(),
        "columns": own.columns(),
        "rows": own.len(),
        "periods": own.periods().count(),
        "first_effective": effective(own).map(|(first, _)| first.to_string()),
        "last_effective": effective(own).map(|(_, last)| last.to_string()),
        "bytes": own.bytes(),
    })
}

fn cells(own: &Table) -> Vec<Cell> {
    let periods = match effective(own) {
        None => "always".to_owned(),
        Some((first, last)) if first == last => format!("from {first}"),
        Some((first, last)) => format!("from {first} to {last}"),
    };
    let cells = [
        own.name().to_string(),
        own.len().to_string(),
        periods,
        (own.bytes() >> 10).to_string(),
        own.path().to_owned(),
    ];
    cells.map(Cell::from).into()
}
