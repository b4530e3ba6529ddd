//! `claimflow export`: what happened to claims, as tables for analysts.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use claimflow_export::{ExportError, Exported, Format, Selection, StandIns, Table, export};
use claimflow_runtime::{Period, Standing};
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::Global;
use crate::exit::{Exit, Failure, Result};
use crate::packs::write_new_file;
use crate::render::out;
use crate::render::progress::Work;
use crate::render::style::Style;
use crate::render::words::{count, thousands};
use crate::wire::Desk;

/// More than this is not told on standard output through a process that serves.
const MOST_THROUGH_SERVE: usize = 32 << 20;

/// Write claims, lines, denials and events as tables for analysts, in NDJSON or Parquet
///
/// All tables stand at one position of the journal, while claims go on moving. Without --with-patients no names, member ids,
/// birth dates, medical record numbers or addresses are in them: a stand-in tells members apart. docs/export.md
/// describes every column. Exit code 1: some claims cannot be read and are left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow export tables
  claimflow export tables --format parquet --since 2026-01-01
  claimflow export tables --tables claims,denials --json
  claimflow export - --tables denials | jq .carc")]
pub struct Arguments {
    /// Folder for one file a table, as `claims.parquet`; or `-`: one table as NDJSON on standard output
    #[arg(value_name = "DIR")]
    to: PathBuf,
    /// How the tables are written
    #[arg(long, value_enum, default_value_t)]
    format: FileFormat,
    /// Which tables: claims, lines, denials, events
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    tables: Vec<Table>,
    /// Only claims with service on this day or later
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Only claims with service on this day or earlier
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Tell who the patients are: names, member ids, birth dates, medical record numbers, addresses
    #[arg(long)]
    with_patients: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    /// One JSON object a line
    #[default]
    Ndjson,
    /// Columns, typed and compressed
    Parquet,
}

impl From<FileFormat> for Format {
    fn from(own: FileFormat) -> Self {
        match own {
            FileFormat::Ndjson => Self::Ndjson,
            FileFormat::Parquet => Self::Parquet,
        }
    }
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    check(arguments, global)?;
    let desk = global.open()?;
    let period = Period { since: arguments.since, until: arguments.until };
    let selection = Selection {
        tables: arguments.chosen(),
        period,
        calendar: desk.practice.settings().calendar.clone(),
        patients: arguments.with_patients,
        stand_ins: stand_ins(global)?,
    };
    let claims = desk.engine.standing(period)?;
    let unreadable = if arguments.is_stdout() {
        on_stdout(&claims, &selection)?
    } else {
        into_folder(arguments, global, &claims, &selection)?
    };
    if arguments.with_patients {
        out::say("The export tells who the patients are: keep it where only those are who may know.\n");
    }
    left_out(&desk, &unreadable);
    desk.close()?;
    Ok(Exit::problems(!unreadable.is_empty()))
}

impl Arguments {
    fn is_stdout(&self) -> bool {
        self.to.as_os_str() == "-"
    }

    /// The tables, each once, in their own order.
    fn chosen(&self) -> Vec<Table> {
        let wanted = |table: &Table| self.tables.is_empty() || self.tables.contains(table);
        Table::ALL.into_iter().filter(wanted).collect()
    }
}

/// What the command line cannot mean.
fn check(arguments: &Arguments, global: &Global) -> Result<()> {
    if let (Some(since), Some(until)) = (arguments.since, arguments.until)
        && since > until
    {
        return Err(Failure::usage(format!("--since {since} is after --until {until}")));
    }
    if !arguments.is_stdout() {
        return Ok(());
    }
    if arguments.chosen().len() != 1 {
        return Err(Failure::usage("only one table goes to standard output")
            .help("name it: `claimflow export - --tables claims`; or give a folder for all of them"));
    }
    if arguments.format == FileFormat::Parquet {
        return Err(Failure::usage("Parquet does not go to standard output").help("give a folder"));
    }
    if global.json {
        return Err(Failure::usage("with `-` the table itself is on standard output")
            .help("leave out --json: every line of the table is JSON already"));
    }
    Ok(())
}

/// The secret that stand-ins for members are made with: made once, and kept with the practice's data, so that every export
/// has the same ones.
fn stand_ins(global: &Global) -> Result<StandIns> {
    let path = crate::wire::data(&global.practice).join("export.key");
    if !path.exists() {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|_| Failure::failed("the system gives no randomness"))?;
        let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        match write_new_file(&path, text.as_bytes(), true) {
            // Another process has made it meanwhile.
            Err(_) if path.exists() => {}
            made => made?,
        }
    }
    let secret = fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?;
    if secret.len() < 32 {
        return Err(Failure::failed(format!("`{}` is not the key that export has made", path.display()))
            .help("put it back from a backup; or remove it, and stand-ins of members become others"));
    }
    Ok(StandIns::new(&secret))
}

fn failed(error: ExportError) -> Failure {
    match error {
        ExportError::Read(error) => error.into(),
        ExportError::Write { table, source } => {
            Failure::failed(format!("cannot write the table {table}: {}", crate::exit::reason(&source)))
        }
        ExportError::Stopped => {
            Failure::failed("a worker stopped unexpectedly").help("run the same command again")
        }
    }
}

/// Standard output, whole lines at a time.
struct Stdout {
    written: usize,
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written += bytes.len();
        if crate::guest::is_here() && self.written > MOST_THROUGH_SERVE {
            return Err(io::Error::other(
                "it is too much for standard output while `claimflow serve` is at work: give a folder",
            ));
        }
        // The table is made of whole lines of JSON, which are text.
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        out::print(text).map_err(|failure| io::Error::other(failure.message))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn on_stdout(claims: &Standing, selection: &Selection) -> Result<Vec<u64>> {
    let open = &mut |_| Ok(Stdout { written: 0 });
    Ok(export(claims, selection, Format::Ndjson, open).map_err(failed)?.unreadable)
}

/// Files that are written under other names until all of them are whole; removed when that does not come about.
struct Parts {
    folder: PathBuf,
    format: Format,
    tables: Vec<Table>,
}

impl Parts {
    fn part(&self, table: Table) -> PathBuf {
        self.folder.join(format!(".{table}.{}.part", self.format.as_str()))
    }

    fn whole(&self, table: Table) -> PathBuf {
        self.folder.join(format!("{table}.{}", self.format.as_str()))
    }

    fn open(&self, table: Table) -> io::Result<BufWriter<File>> {
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        // What is in it is about people's health, whoever they are.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(BufWriter::with_capacity(1 << 18, options.open(self.part(table))?))
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        for table in &self.tables {
            // Those that were renamed are not there any more.
            let _gone = fs::remove_file(self.part(*table));
        }
    }
}

fn into_folder(
    arguments: &Arguments,
    global: &Global,
    claims: &Standing,
    selection: &Selection,
) -> Result<Vec<u64>> {
    let folder = crate::guest::path(&arguments.to);
    fs::create_dir_all(&folder).map_err(|error| Failure::io("make the folder", &folder, &error))?;
    let parts = Parts { folder, format: arguments.format.into(), tables: selection.tables.clone() };
    let work = Work::begin("writing tables");
    let exported = export(claims, selection, parts.format, &mut |table| parts.open(table)).map_err(failed)?;
    let files = finish(&parts, &exported)?;
    drop(work);
    let position = claims.position().0;
    if global.json {
        out::json(&json!({
            "files": files, "claims": exported.claims, "position": position, "format": parts.format.as_str(),
            "unreadable": exported.unreadable.len(), "with_patients": selection.patients,
        }))?;
    } else {
        out::print(&told(&files, exported.claims, &arguments.to, position))?;
    }
    Ok(exported.unreadable)
}

/// Makes the files durable, then gives each its name.
fn finish(parts: &Parts, exported: &Exported<BufWriter<File>>) -> Result<Vec<Value>> {
    let mut files = Vec::new();
    for written in &exported.tables {
        let (part, file) = (parts.part(written.table), written.to.get_ref());
        let length = file.sync_all().and_then(|()| file.metadata()).map(|own| own.len());
        let bytes = length.map_err(|error| Failure::io("write", &part, &error))?;
        files.push(json!({
            "table": written.table.as_str(), "path": parts.whole(written.table), "rows": written.rows, "bytes": bytes,
        }));
    }
    for table in &parts.tables {
        let whole = parts.whole(*table);
        fs::rename(parts.part(*table), &whole).map_err(|error| Failure::io("write", &whole, &error))?;
    }
    Ok(files)
}

fn told(files: &[Value], claims: u64, folder: &Path, position: u64) -> String {
    let style = Style::stdout();
    let claims = count(claims, "claim", "claims");
    let mut text = format!("{}\n", style.good(&format!("{claims} are in `{}`", folder.display())));
    for file in files {
        let text_of = |key: &str| file.get(key).and_then(Value::as_u64).unwrap_or_default().to_string();
        let path = file.get("path").and_then(Value::as_str).unwrap_or_default();
        let name = Path::new(path).file_name().map(|own| own.to_string_lossy()).unwrap_or_default();
        text.push_str(&format!(
            "  {name:<16} {:>12} rows {:>14} bytes\n",
            thousands(&text_of("rows")),
            thousands(&text_of("bytes"))
        ));
    }
    text.push_str(&format!("  {}\n", style.faint(&format!("as of position {position} of the journal"))));
    text
}

/// Says which claims are not in it.
fn left_out(desk: &Desk, unreadable: &[u64]) {
    if unreadable.is_empty() {
        return;
    }
    let named = |number: &u64| {
        desk.engine.id_of(*number).map_or_else(|| format!("no. {number}"), |id| id.to_string())
    };
    let some: Vec<String> = unreadable.iter().take(5).map(named).collect();
    let more = if unreadable.len() > some.len() { ", ..." } else { "" };
    let left = count(unreadable.len() as u64, "claim cannot be read and is", "claims cannot be read and are");
    out::say(&format!(
        "{left} left out: {}{more}; `claimflow claims --incident` tells why\n",
        some.join(", ")
    ));
}
