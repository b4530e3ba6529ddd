//! `claimflow rules new rule`: a rule to be filled in, with its two cases.

use claimflow_catalog::{Generation, SourceFile, run_cases};
use claimflow_core::{Stage, Text};
use claimflow_rules::{Layer, format_rules};
use clap::Args;
use serde_json::json;

use super::files::{head, in_own_packs, write};
use crate::cli::Global;
use crate::cli::known::known;
use crate::exit::{Exit, Failure, Result};
use crate::practice::{Checked, Folder, check, refused};
use crate::render::out;

/// Start a rule: its clauses to fill in, with a case in which it fires and one in which it stays silent
///
/// The rule begins in shadow: it is evaluated and recorded, and holds nothing before you say so. The files pass
/// `claimflow rules check` as they are.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules new rule OWN-GROUP-NOTE
  claimflow rules new rule AET-GROUP-NOTE --pack aetna --stage authorization
  claimflow rules new rule OWN-GROUP-NOTE --json")]
pub struct Arguments {
    /// What it is to be called: capitals, digits and hyphens
    #[arg(value_name = "ID", value_parser = id)]
    id: Text,
    /// The pack that it goes to; left out: the practice's own, which is made when there is none
    #[arg(long, value_name = "PACK")]
    pack: Option<Text>,
    /// The stage at which it runs
    #[arg(long, value_name = "STAGE", default_value = "scrub", value_parser = super::stages())]
    stage: Stage,
}

/// The practice's own pack.
const OWN: &str = "own";

const PACK: &str = "\
name: own
version: 0.1.0
layer: practice
payers: []
requires: { claimflow: \">=0.1\" }
summary: The practice's own rules.
";

fn id(text: &str) -> Result<Text, String> {
    let is_id = text.starts_with(|own: char| own.is_ascii_uppercase())
        && text.chars().all(|own| own.is_ascii_uppercase() || own.is_ascii_digit() || own == '-')
        && !text.ends_with('-');
    if is_id {
        Ok(text.into())
    } else {
        Err("write capitals, digits and hyphens, as OWN-GROUP-NOTE".to_owned())
    }
}

/// Files to write, by their path in the practice folder.
type Files = Vec<(String, String)>;

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let Checked { practice, diagnostics } = check(&folder);
    let Some(practice) = practice else { return Err(refused(&folder, &diagnostics)) };
    let generation = practice.generation();
    let pack = pack_of(arguments.pack.as_ref(), generation)?;
    let mut files = files(arguments, &pack, generation)?;
    for (path, text) in &mut files {
        text.insert_str(0, &head(&folder, path));
    }
    refuse_taken(arguments, &folder, generation, &files)?;
    refuse_faulty(&folder, &files)?;
    for (path, text) in &files {
        write(&in_own_packs(&folder, path)?, text)?;
    }
    let paths: Vec<String> = files.iter().map(|(path, _)| format!("payers/{path}")).collect();
    if global.json {
        out::json(&json!({ "rule": arguments.id, "pack": pack, "stage": arguments.stage, "files": paths }))?;
    } else {
        out::print(&told(&arguments.id, &pack, &paths))?;
    }
    Ok(Exit::Done)
}

/// The pack that is asked for, else the practice's first, else `own`.
fn pack_of(asked: Option<&Text>, generation: &Generation) -> Result<Text> {
    let packs = generation.packs();
    let Some(asked) = asked else {
        let first = packs.iter().find(|pack| pack.layer == Layer::Practice);
        return Ok(first.map_or(Text::const_new(OWN), |pack| pack.name.clone()));
    };
    if asked != OWN {
        known("pack", asked, &packs.iter().map(|pack| pack.name.as_str()).collect::<Vec<_>>())?;
    }
    Ok(asked.clone())
}

fn files(arguments: &Arguments, pack: &Text, generation: &Generation) -> Result<Files> {
    let Arguments { id, stage, .. } = arguments;
    let name = id.to_ascii_lowercase();
    let is_there = generation.packs().iter().any(|own| own.name == *pack);
    let manifest = (!is_there).then(|| (format!("{pack}/pack.yaml"), PACK.to_owned()));
    let sketch = Sketch::of(*stage, generation);
    let rule = sketch.rule(id, *stage);
    let rule = format_rules(&format!("payers/{pack}/rules/{name}.rhai"), &rule).map_err(|faults| {
        let reasons: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
        Failure::failed(format!("the rule cannot be started: {}", reasons.join("; ")))
    })?;
    let own = [
        (format!("{pack}/rules/{name}.rhai"), rule),
        (format!("{pack}/cases/{name}.yaml"), sketch.cases(id, *stage)),
    ];
    Ok(manifest.into_iter().chain(own).collect())
}

/// Never writes over what somebody has.
fn refuse_taken(
    arguments: &Arguments,
    folder: &Folder,
    generation: &Generation,
    files: &Files,
) -> Result<()> {
    let id = &arguments.id;
    if let Some(own) = generation.rules().all_rules().find(|own| own.id == *id) {
        let message = format!("there is a rule `{id}` already: {}:{}", own.file, own.line);
        return Err(Failure::failed(message).help("choose another id, or edit that rule"));
    }
    for (path, _) in files {
        let path = in_own_packs(folder, path)?;
        if path.exists() {
            let message = format!("there is a file `{}` already", path.display());
            return Err(Failure::failed(message).help("choose another id, or rename that file"));
        }
    }
    Ok(())
}

/// What is written must pass the checks as it is, and its cases must hold.
fn refuse_faulty(folder: &Folder, files: &Files) -> Result<()> {
    let made = files.iter().map(|(path, text)| SourceFile::new(format!("payers/{path}"), text.as_str()));
    let mut with = folder.clone();
    with.sources.extend(made);
    let checked = check(&with);
    let Some(practice) = checked.practice else { return Err(refused(&with, &checked.diagnostics)) };
    let names: Vec<String> = files.iter().map(|(path, _)| format!("payers/{path}")).collect();
    let report = run_cases(practice.generation(), &with.sources, None);
    let own = report.failed().find(|case| names.contains(&case.file));
    match own.and_then(|case| case.reasons.first()) {
        None => Ok(()),
        Some(reason) => Err(Failure::failed(format!("the rule cannot be started here: {reason}"))
            .help("name another pack with `--pack`, or another stage with `--stage`")),
    }
}

fn told(id: &str, pack: &str, paths: &[String]) -> String {
    let about = |path: &str| {
        if path.ends_with(".rhai") {
            "say when it fires, what it does, and why: what stands in capitals"
        } else if path.contains("/cases/") {
            "say in which claim it fires, and in which it stays silent"
        } else {
            "the pack of your own rules"
        }
    };
    let mut text = format!("The rule {id} is started. Edit:\n");
    for path in paths {
        text.push_str(&format!("  {path}\n      {}\n", about(path)));
    }
    text.push_str(&format!(
        "Then:\n  claimflow rules fields                    what a condition can read\n  \
         claimflow rules check payers/{pack}\n  claimflow rules test --filter {id}\n\
         It is in shadow, so it holds no claim yet. When it says what it should, take `mode shadow` out.\n"
    ));
    text
}

/// What a rule of a stage begins with: a condition that works, and claims on which it does and does not hold.
struct Sketch {
    /// Clauses of scope and condition.
    scope: &'static str,
    outcome: String,
    /// What the case in which it fires says of the claim, and the one in which it does not.
    fires: &'static str,
    silent: &'static str,
}

impl Sketch {
    fn of(stage: Stage, generation: &Generation) -> Self {
        let categories: Vec<&str> = generation.categories().iter().map(|own| own.category.as_str()).collect();
        let owners: Vec<&str> = generation.settings().owners.iter().map(|own| own.owner.as_str()).collect();
        let category =
            first(&categories, if stage >= Stage::Adjudicate { "authorization" } else { "coding" });
        match stage {
            Stage::Eligibility | Stage::Authorization | Stage::Scrub | Stage::Submit => Self {
                scope: "each line\ncodes [\"90837\"]\nwhen line.units > 1",
                outcome: format!(
                    "hold {category}\nask \"WHAT TO DO about ${{line.procedure}} of ${{line.service_date}}.\""
                ),
                fires: "claim: { lines: [{ procedure: \"90837\", units: 2, service_date: 2026-03-03, charge: \"300.00\" }] }",
                silent: "claim: { lines: [{ procedure: \"90837\", units: 1, service_date: 2026-03-03, charge: \"150.00\" }] }",
            },
            Stage::Adjudicate => Self {
                scope: "each adjustment\ncodes [\"254\"]\nwhen adjustment.amount > 100",
                outcome: format!("warn {category}"),
                fires: DENIED,
                silent: DENIED_LITTLE,
            },
            Stage::Categorize => Self {
                scope: "each adjustment\ncodes [\"254\"]\nwhen adjustment.amount > 100",
                outcome: format!("categorize {category}"),
                fires: DENIED,
                silent: DENIED_LITTLE,
            },
            Stage::Route => Self {
                scope: "each denial\ncodes [\"254\"]\nwhen denial.amount > 100",
                outcome: format!("assign {}", first(&owners, "billing_lead")),
                fires: DENIED,
                silent: DENIED_LITTLE,
            },
        }
    }

    fn rule(&self, id: &str, stage: Stage) -> String {
        let Self { scope, outcome, .. } = self;
        let stage = stage.as_str();
        format!(
            "// What stands in capitals, and the condition, are yours to write. `claimflow rules fields` lists what it can read.\n\n\
             rule \"{id}\" {{\ntitle \"WHAT HOLDS FOR A GOOD CLAIM\"\nstage {stage}\n{scope}\n{outcome}\n\
             because \"WHY THE PAYER WANTS IT\"\nsource \"WHERE IT IS WRITTEN: document, section, date\"\nmode shadow\n}}\n"
        )
    }

    fn cases(&self, id: &str, stage: Stage) -> String {
        let Self { fires, silent, .. } = self;
        let stage = stage.as_str();
        format!(
            "# Two claims that are nearly the same: write what makes the difference.\n\
             - case: {id} fires when WHAT IS WRONG\n  stage: {stage}\n  {fires}\n  expect: {{ fires: [{id}] }}\n\n\
             - case: {id} stays silent when ALL IS WELL\n  stage: {stage}\n  {silent}\n  expect: {{ silent: [{id}] }}\n"
        )
    }
}

const DENIED: &str = "adjustments: [{ group: CO, reason: \"254\", amount: \"150.00\", line: 1 }]";
const DENIED_LITTLE: &str = "adjustments: [{ group: CO, reason: \"254\", amount: \"50.00\", line: 1 }]";

/// The usual word, where it is there; else the first.
fn first<'a>(words: &[&'a str], usual: &'a str) -> &'a str {
    if words.contains(&usual) { usual } else { words.first().copied().unwrap_or(usual) }
}
