//! `claimflow pack new`: a pack that passes its check at once.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::packs::write_new_file;
use crate::render::out;
use crate::render::style::Style;

/// Where editors find what a pack.yaml may say, from the pack's folder in a practice.
const SCHEMA: &str = "../../schemas/pack.schema.json";

/// Make a folder for a pack of your own, with a rule and cases to begin from
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow pack new acme-extra
  claimflow pack new payers/acme-telehealth --layer payer --payer 60054")]
pub struct Arguments {
    /// A new folder; its name is the pack's name: lower case letters, digits and `-`
    #[arg(value_name = "NAME")]
    folder: PathBuf,
    /// The layer; later ones can replace rules of earlier ones
    #[arg(long, value_name = "LAYER", default_value = "vendor")]
    layer: Layer,
    /// Only for claims to this payer
    #[arg(long, value_name = "ID")]
    payer: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Layer {
    Payer,
    Vendor,
    Practice,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let name = name(&arguments.folder)?;
    let layer = match arguments.layer {
        Layer::Payer if arguments.payer.is_none() => {
            return Err(Failure::usage("a payer's pack names the payer it is for").help("add `--payer ID`"));
        }
        Layer::Payer => "payer",
        Layer::Vendor => "vendor",
        Layer::Practice => "practice",
    };
    if arguments.payer.as_deref().is_some_and(|id| !id.chars().all(|c| c.is_ascii_alphanumeric())) {
        return Err(Failure::usage("a payer id has letters and digits only").help("as `--payer 60054`"));
    }
    let root = crate::guest::path(&arguments.folder);
    if root.exists() {
        let message = format!("`{}` is there already; it was left as it is", arguments.folder.display());
        return Err(Failure::failed(message).help("choose another name"));
    }
    let files = contents(&name, layer, arguments.payer.as_deref());
    for (path, text) in &files {
        write(&root, path, text)?;
    }
    if global.json {
        let paths: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
        out::json(&json!({ "pack": name, "path": arguments.folder, "files": paths }))?;
    } else {
        let (style, folder) = (Style::stdout(), arguments.folder.display());
        let step = |command: String, what: &str| format!("  {}  {what}\n", style.code(&command));
        let mut text = format!("{}\n", style.strong(&format!("A pack is ready in {folder}")));
        text.push_str(&step(format!("claimflow pack check {folder}"), "after any change"));
        text.push_str(&step(format!("claimflow pack build {folder}"), "one file to hand to practices"));
        out::print(&text)?;
    }
    Ok(Exit::Done)
}

fn name(folder: &Path) -> Result<String> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty() || name.len() > 60 || !name.bytes().all(plain) {
        let message = format!("`{name}` cannot be the name of a pack");
        return Err(
            Failure::usage(message).help("take 1 to 60 lower case letters, digits and `-`, as `acme-extra`")
        );
    }
    Ok(name.to_owned())
}

fn write(root: &Path, path: &str, text: &str) -> Result<()> {
    let place = root.join(path);
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
    }
    write_new_file(&place, text.as_bytes(), false)
}

fn contents(name: &str, layer: &str, payer: Option<&str>) -> Vec<(&'static str, String)> {
    let rule = format!("{}-LONG-SESSION-UNITS", name.to_uppercase());
    let payers = payer.map(|id| format!("payers: [\"{id}\"]\n")).unwrap_or_default();
    let fill = |text: &str| text.replace("NAME", name).replace("LAYER", layer).replace("RULE-ID", &rule);
    let manifest = fill(MANIFEST).replace("PAYERS\n", &payers).replace("SCHEMA", SCHEMA);
    vec![
        ("pack.yaml", manifest),
        ("rules/example.rhai", fill(RULE)),
        ("cases/example.yaml", fill(CASES)),
        ("README.md", fill(README)),
        ("CHANGELOG.md", CHANGELOG.to_owned()),
        ("LICENSE.md", LICENSE.to_owned()),
    ]
}

const MANIFEST: &str = "\
# yaml-language-server: $schema=SCHEMA
name: NAME
version: 1.0.0
layer: LAYER
PAYERS
requires: { claimflow: \">=0.1\", packs: [behavioral-health] }
license: All rights reserved
summary: What this pack is for, in a sentence.
";

const RULE: &str = r#"// An example to begin from: change it, or put your own in its place.

rule "RULE-ID" {
    title   "Long sessions are billed once a day"
    stage   scrub
    each    line
    codes   ["90837"]
    when    line.units > 1
    warn    coding
    ask     "Line ${line.number} bills ${line.units} units of ${line.procedure}. Was it one session?"
    because "The code stands for one session of any length from 53 minutes on"
    source  "Write here where the payer says this: the document, its date, its page"
}
"#;

const CASES: &str = r#"# What the rules of this pack do, and what they leave alone.
- case: two units of a long session
  stage: scrub
  claim: { lines: [{ procedure: "90837", units: 2, service_date: 2026-03-03, charge: "300.00" }] }
  expect: { fires: [RULE-ID] }

- case: one unit of a long session
  stage: scrub
  claim: { lines: [{ procedure: "90837", units: 1, service_date: 2026-03-03, charge: "150.00" }] }
  expect: { silent: [RULE-ID] }
"#;

const README: &str = "\
# NAME

What this pack is for, for which payers, and where its rules come from.

`claimflow pack check` says whether it can be handed to others.
";

const CHANGELOG: &str = "\
# Changelog

## 1.0.0

- The first rules and cases.
";

const LICENSE: &str = "\
# Licence

All rights reserved. Put the terms under which practices may use this pack here, and their name into `license` in
`pack.yaml`.
";
