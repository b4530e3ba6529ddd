//! `claimflow ingest`: files in, and what happened to their claims.

use std::collections::BTreeMap;
use std::path::PathBuf;

use claimflow_core::{Money, Severity, Text};
use claimflow_runtime::{FileFault, FileReport, IngestOptions, IngestReport, Summary};
use clap::Args;
use serde::Serialize;

use super::Global;
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::render::progress::Work;
use crate::render::style::Style;
use crate::render::table::{number, page_width, table, words};
use crate::render::words::{count, hang, money, spoken};
use crate::wire::{Desk, actor};

/// Take files in, and run every touched claim as far as it can go
///
/// Reads 837P, 835, 999, 277CA and TA1 files, and claims in JSON; what a file is shows in its content, not in its name.
/// The same file, transaction or claim is never taken in twice. Submissions are written to outbox/.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow ingest claims.837
  claimflow ingest inbox/*.835 inbox/*.999
  claimflow ingest --history last-year.837   claims that another system has sent already
  claimflow ingest --json claims.837 | jq '.claims[] | select(.state == \"held\")'")]
pub struct Arguments {
    /// Files to take in
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The claims were submitted by another system: wait for their remittances, never send them
    #[arg(long)]
    history: bool,
}

/// The contract of `--json`.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    files: &'a [FileReport],
    claims: Vec<Moved<'a>>,
    written: &'a [Text],
    moved_besides: Besides,
}

/// Claims that moved without a file: who does not run `serve` finds here what time and the registers have done.
#[derive(Debug, Clone, Copy, Serialize)]
struct Besides {
    registers: u64,
    deadlines: u64,
}

impl Besides {
    fn shown(self) -> String {
        let one = |number: u64, why: &str| {
            let claims = count(number, "claim", "claims");
            if number == 0 { String::new() } else { format!("\n{claims} moved because {why}\n") }
        };
        one(self.registers, "the registers say something new")
            + one(self.deadlines, "a deadline ran out").as_str()
    }
}

#[derive(Debug, Serialize)]
struct Moved<'a> {
    id: &'a str,
    state: &'a str,
    owner: Option<&'a str>,
    category: Option<&'a str>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    refuse_what_is_no_file(&arguments.files)?;
    let desk = global.open()?;
    let besides = Besides { registers: desk.engine.facts_changed()?, deadlines: desk.engine.run_timers()? };
    let report = take_in(&desk, arguments)?;
    desk.perform()?;
    let summaries = desk.engine.summaries(&report.touched)?;
    desk.close()?;
    if global.json {
        let claims = summaries.iter().map(Moved::new).collect();
        out::json(&Answer {
            files: &report.files,
            claims,
            written: &report.written,
            moved_besides: besides,
        })?;
    } else {
        let (style, width) = (Style::stdout(), page_width());
        out::print(&format!("{}{}", shown(&report, &summaries, style, width), besides.shown()))?;
    }
    Ok(exit(&report))
}

/// Looks at every name first: with a slip in one of ten, nothing is half done.
fn refuse_what_is_no_file(files: &[PathBuf]) -> Result<()> {
    let mut wrong = Vec::new();
    for file in files {
        match std::fs::metadata(crate::guest::path(file)) {
            Ok(meta) if meta.is_dir() => wrong.push(format!("`{}` is a folder", file.display())),
            Ok(_) => {}
            Err(error) => {
                wrong.push(format!("cannot read `{}`: {}", file.display(), crate::exit::reason(&error)));
            }
        }
    }
    match wrong.as_slice() {
        [] => Ok(()),
        _ => {
            Err(Failure::failed(wrong.join("; ")).help("nothing was taken in: name files, and run it again"))
        }
    }
}

fn take_in(desk: &Desk, arguments: &Arguments) -> Result<IngestReport> {
    let work = Work::begin("reading");
    if crate::guest::is_here() {
        // Whoever opens the practice is told by that.
        crate::held::warn(&desk.folder.root);
    }
    let options = IngestOptions { history: arguments.history, actor: actor(), ..IngestOptions::default() };
    let mut files = arguments
        .files
        .iter()
        .map(|path| (path.display().to_string(), std::fs::read(crate::guest::path(path))));
    Ok(desk.engine.ingest(&mut files, &options, &|what, done| work.tell(what, done))?)
}

fn exit(report: &IngestReport) -> Exit {
    let mut faults = report.files.iter().flat_map(|file| &file.faults);
    if faults.clone().any(|fault| fault.code == "unreadable") {
        return Exit::Failed;
    }
    let stuck = report.files.iter().any(|file| file.incidents > 0);
    Exit::problems(stuck || faults.any(|fault| fault.severity == Severity::Error))
}

impl<'a> Moved<'a> {
    fn new(summary: &'a Summary) -> Self {
        let item = summary.next_item();
        Self {
            id: summary.id.as_str(),
            state: &summary.state,
            owner: item.map(|item| item.owner.as_str()),
            category: item.map(|item| item.category.as_str()),
        }
    }
}

/// What happened, for people.
pub(super) fn shown(report: &IngestReport, claims: &[Summary], style: Style, width: usize) -> String {
    let mut text = String::new();
    for file in &report.files {
        text.push_str(&shown_file(file, style, width));
    }
    if !claims.is_empty() {
        text.push_str(&format!(
            "\n{}\n",
            style.strong(&count(claims.len() as u64, "claim moved", "claims moved"))
        ));
        text.push_str(&by_state(claims, style, width));
        text.push_str(&who_acts(claims, style, width));
    }
    if !report.written.is_empty() {
        let written = count(report.written.len() as u64, "file", "files");
        text.push_str(&format!("\n{} for payers in outbox/\n", style.strong(&written)));
        for file in &report.written {
            text.push_str(&format!("  {file}\n"));
        }
    }
    text
}

fn shown_file(file: &FileReport, style: Style, width: usize) -> String {
    let mut text = format!("{}  {}\n", style.strong(&file.path), described(file));
    let mut faults: Vec<&FileFault> = file.faults.iter().collect();
    faults.sort_by_key(|fault| std::cmp::Reverse(fault.severity));
    for fault in faults.into_iter().take(MOST_SHOWN) {
        text.push_str(&shown_fault(fault, style, width));
    }
    if file.faults.len() > MOST_SHOWN {
        let more = count((file.faults.len() - MOST_SHOWN) as u64, "more fault", "more faults");
        text.push_str(&format!("  {more}; --json lists all\n"));
    }
    if file.incidents > 0 || file.waiting_inputs > 0 {
        text.push_str(
            "  nothing of it is lost; `claimflow claims --incident` lists what cannot go on, and why\n",
        );
    }
    if waits_for_posting(file) {
        text.push_str("  what does not add up is not posted; `claimflow queue posting` has it\n");
    }
    text
}

/// True when a remittance waits because it does not add up. One that has other errors was not taken in at all.
fn waits_for_posting(file: &FileReport) -> bool {
    let mut errors = file.faults.iter().filter(|fault| fault.severity == Severity::Error);
    // Adjustments that are reported twice can be told apart, and keep nothing waiting by themselves.
    let unbalanced = |code: &Text| code.starts_with("unbalanced") && code.as_str() != "unbalanced-doubled";
    errors.clone().any(|fault| unbalanced(&fault.code))
        && errors.all(|fault| fault.code.starts_with("unbalanced"))
}

/// Faults of one file that are shown; all are in the JSON.
const MOST_SHOWN: usize = 20;

fn described(file: &FileReport) -> String {
    if file.duplicate {
        return format!("{}, taken in before: nothing done", file.kind);
    }
    let mut parts =
        vec![if file.kind == "unknown" { "not recognized".to_owned() } else { file.kind.clone() }];
    let mut add = |number: u32, one: &str, many: &str| {
        if number > 0 {
            parts.push(count(u64::from(number), one, many));
        }
    };
    add(file.claims, "claim", "claims");
    add(file.duplicate_claims, "of them known before", "of them known before");
    add(file.payments, "payment", "payments");
    add(file.duplicate_payments, "of them posted before", "of them posted before");
    add(file.waiting_payments, "waiting for its claim", "waiting for their claims");
    add(file.acknowledgments, "answer", "answers");
    add(file.incidents, "claim that cannot go on", "claims that cannot go on");
    add(file.waiting_inputs, "waiting for a claim with an incident", "waiting for claims with an incident");
    add(file.duplicate_transactions, "transaction taken in before", "transactions taken in before");
    parts.join(", ")
}

fn shown_fault(fault: &FileFault, style: Style, width: usize) -> String {
    let word = match fault.severity {
        Severity::Error => style.bad("error"),
        Severity::Warning => style.warn("warning"),
        Severity::Advice => style.faint("remark"),
    };
    let place = match (fault.line, fault.segment) {
        (0, 0) => String::new(),
        (line, 0) => format!(" line {line}"),
        (0, segment) => format!(" segment {segment}, byte {}", fault.position),
        (line, segment) => format!(" line {line}, segment {segment}, byte {}", fault.position),
    };
    let code = style.faint(&format!("({})", fault.code));
    format!("  {word}{place} {code}\n{}", hang("      ", &fault.message, width))
}

fn by_state(claims: &[Summary], style: Style, width: usize) -> String {
    let mut states: BTreeMap<&str, (u64, Money)> = BTreeMap::new();
    for claim in claims {
        let entry = states.entry(claim.state.as_str()).or_default();
        entry.0 += 1;
        entry.1 += claim.billed;
    }
    let rows: Vec<_> = states
        .into_iter()
        .map(|(state, (claims, billed))| {
            vec![spoken(state).into(), claims.to_string().into(), money(billed).into()]
        })
        .collect();
    table(&[words("now"), number("claims"), number("billed")], &rows, style, width)
}

fn who_acts(claims: &[Summary], style: Style, width: usize) -> String {
    let mut items: BTreeMap<(&str, &str), (u64, Money)> = BTreeMap::new();
    for item in claims.iter().flat_map(|claim| &claim.items) {
        let entry = items.entry((&item.owner, &item.category)).or_default();
        entry.0 += 1;
        entry.1 += item.amount;
    }
    if items.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = items
        .into_iter()
        .map(|((owner, category), (items, amount))| {
            vec![
                spoken(owner).into(),
                spoken(category).into(),
                items.to_string().into(),
                money(amount).into(),
            ]
        })
        .collect();
    let columns = [words("waits for"), words("because of"), number("items"), number("at stake")];
    format!("\n{}", table(&columns, &rows, style, width))
}
