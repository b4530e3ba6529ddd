//! `claimflow demo`: a month of a sample practice, in seconds.

use std::path::{Path, PathBuf};

use claimflow_runtime::{ClaimFilter, Summary};
use claimflow_simulator::SampleOptions;
use clap::Args;
use serde_json::json;

use super::Global;
use super::report::board;
use crate::demo::{Demo, Plan, Told};
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::render::progress::Work;
use crate::render::style::Style;
use crate::render::words::{count, spoken};
use crate::wire::Desk;

/// Play a month of a sample practice through all seven stages, against simulated payers
///
/// Makes a practice of 8 invented clinicians with 400 visits, a fifth of them with something wrong; takes its claims in
/// week by week, submits them, plays the payers, posts their remittances, and lets people do most of the work. The
/// practice stays, so that you can go on with it. `--clock DATE` plays another month than September 2026.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow demo
  claimflow demo --practice my-demo --seed 7")]
pub struct Arguments {
    /// Where chance starts: the same seed gives the same month
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Something to try next: a command, and what it shows.
struct Next {
    command: String,
    shows: String,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let month = global.clock.map_or(SampleOptions::default().month, claimflow_core::Moment::date);
    let root = if global.practice == Path::new(".") { free_folder()? } else { global.practice.clone() };
    let mut demo = Demo::begin(Plan { root: root.clone(), seed: arguments.seed, month })?;
    let days = demo.days();
    let work = Work::of("", days.len() as u64);
    for day in days {
        work.step(&day.strftime("%-d %B").to_string());
        demo.live(day)?;
    }
    drop(work);
    let (told, desk, _) = demo.end();
    let next = next(&desk, &root, &told)?;
    if global.json {
        let commands: Vec<&String> = next.iter().map(|own| &own.command).collect();
        out::json(&json!({
            "practice": root, "seed": arguments.seed, "clinicians": told.clinicians, "visits": told.visits,
            "defects": told.defects, "files_in": told.files_in, "files_out": told.files_out, "acts": told.acts,
            "board": board(&desk)?.1, "next": commands,
        }))?;
    } else {
        out::print(&shown(&told, &board(&desk)?.0, &next, &root, Style::stdout()))?;
    }
    desk.close()?;
    Ok(Exit::Done)
}

/// A folder for temporary files that nobody has yet.
fn free_folder() -> Result<PathBuf> {
    let base = std::env::temp_dir();
    for number in 1..10_000 {
        let name = if number == 1 { "claimflow-demo".to_owned() } else { format!("claimflow-demo-{number}") };
        let folder = base.join(name);
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Failure::io("make", &folder, &error)),
        }
    }
    Err(Failure::failed("there are thousands of demonstrations already")
        .help("name a folder with `--practice DIR`"))
}

fn shown(told: &Told, board: &str, next: &[Next], root: &Path, style: Style) -> String {
    let month = told.month.strftime("%B %Y").to_string();
    let mut text = format!(
        "{} of a sample practice: {}, {}, {} with something wrong.\n{} came in, {} went out, and people acted {} times.\n",
        style.strong(&month),
        count(told.clinicians as u64, "clinician", "clinicians"),
        count(told.visits as u64, "visit", "visits"),
        told.defects,
        count(told.files_in as u64, "file", "files"),
        told.files_out,
        told.acts,
    );
    text.push_str(&format!(
        "The practice is in {}; what was put wrong is in its defects.csv.\n",
        root.display()
    ));
    text.push_str(board);
    let day = told.today.strftime("%-d %B");
    text.push_str(&format!(
        "\n  {} {}\n",
        style.strong("Three things to try next"),
        style.faint(&format!("(--clock keeps it {day})"))
    ));
    for own in next {
        text.push_str(&format!("  {}\n      {}\n", style.code(&own.command), own.shows));
    }
    text
}

/// Three commands that work on the practice as it is.
fn next(desk: &Desk, root: &Path, told: &Told) -> Result<Vec<Next>> {
    let claims = desk.engine.claims(&ClaimFilter { all: true, ..ClaimFilter::default() })?;
    let program = program();
    let command = |what: &str| format!("{program} --practice {} --clock {} {what}", quoted(root), told.today);
    let mut all = Vec::new();
    if let Some(owner) = busiest(&claims) {
        all.push(Next {
            command: command(&format!("queue {owner}")),
            shows: format!(
                "what waits for {}, the most urgent first, with what exactly is asked",
                spoken(owner)
            ),
        });
    }
    if let Some(held) = claims.iter().find(|claim| claim.state == "held") {
        all.push(Next {
            command: command(&format!("explain {}", held.id)),
            shows: "why this claim is held: each rule, the values it read, and where it is written"
                .to_owned(),
        });
    }
    let longest =
        claims.iter().max_by_key(|claim| (claim.state == "paid" && claim.submissions > 1, claim.sequence));
    if let Some(longest) = longest {
        all.push(Next {
            command: command(&format!("show {}", longest.id)),
            shows: format!(
                "the longest road: sent {}, now {}",
                count(u64::from(longest.submissions), "time", "times"),
                spoken(&longest.state)
            ),
        });
    }
    Ok(all)
}

/// The owner with the most work.
fn busiest(claims: &[Summary]) -> Option<&str> {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for item in claims.iter().flat_map(|claim| &claim.items) {
        *counts.entry(item.owner.as_str()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(owner, _)| owner)
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@%".contains(letter);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// How this program is called from here: by its path below the current folder, as after `cargo run`, else by its name.
fn program() -> String {
    let below = std::env::current_exe().ok().zip(std::env::current_dir().ok());
    below
        .and_then(|(own, here)| own.strip_prefix(here).ok().map(|path| path.display().to_string()))
        .unwrap_or_else(|| "claimflow".to_owned())
}
