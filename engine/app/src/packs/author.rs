//! A pack as its author has it: a folder, checked for what a vendor must have in order before others can rely on it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use claimflow_catalog::{CaseReport, PackInfo, run_cases};
use claimflow_core::Diagnostic;
use claimflow_pack::{FORMAT, Manifest, PackFile, Requires};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use super::files::read_folder;
use crate::exit::{Failure, Result};
use crate::practice::{Folder, Loaded, check};

/// The changelog of every pack.
pub const CHANGELOG: &str = "CHANGELOG.md";

/// What is wrong with a pack besides faults of single lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where, as `CHANGELOG.md` or `rules/a.rhai:12`.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What mends it.
    pub help: String,
}

/// A pack's folder, read and checked.
pub struct Authored {
    /// Name of its folder, and so of the pack.
    pub name: String,
    /// The pack among the others that it was checked with.
    pub folder: Folder,
    /// Every file of it.
    pub files: Vec<PackFile>,
    /// Faults of its lines; errors of other files too, when they keep it from being checked.
    pub diagnostics: Vec<Diagnostic>,
    /// What else is wrong.
    pub problems: Vec<Problem>,
    /// How many of its cases hold.
    pub cases: usize,
    /// How many rules it has.
    pub rules: usize,
    info: Option<PackInfo>,
}

#[derive(Debug, Default, Deserialize)]
struct Head {
    #[serde(default)]
    requires: Needs,
}

#[derive(Debug, Default, Deserialize)]
struct Needs {
    claimflow: Option<String>,
}

impl Authored {
    /// Reads and checks the pack in a folder: among the packs of the practice when it stands in its `payers/`, else among
    /// what ships.
    ///
    /// # Errors
    /// When it is no pack, or something in it cannot be read.
    pub fn read(root: &Path) -> Result<Self> {
        let root = root.canonicalize().map_err(|error| Failure::io("read", root, &error))?;
        if !root.join("pack.yaml").is_file() {
            return Err(Failure::failed(format!("`{}` is no pack: it has no `pack.yaml`", root.display()))
                .help("`claimflow pack new NAME` makes one"));
        }
        let name = root.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let folder = match within(&root) {
            Some(practice) => Folder::read_content(&practice)?,
            None => Folder::read_pack(&root, &format!("payers/{name}"), None)?,
        };
        let files = read_folder(&root)?;
        let mut own = Self {
            name,
            folder,
            files,
            diagnostics: Vec::new(),
            problems: Vec::new(),
            cases: 0,
            rules: 0,
            info: None,
        };
        own.examine();
        Ok(own)
    }

    /// True when it can be handed to others.
    pub fn is_ready(&self) -> bool {
        self.problems.is_empty() && !self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// What the archive says of it. None when its `pack.yaml` cannot be read.
    pub fn manifest(&self) -> Option<Manifest> {
        let info = self.info.as_ref()?;
        Some(Manifest {
            format: FORMAT,
            name: info.name.to_string(),
            version: Version::parse(&info.version).ok()?,
            layer: info.layer.as_str().to_owned(),
            requires: Requires {
                claimflow: self.needs_claimflow(),
                packs: info
                    .requires
                    .iter()
                    .map(|name| (name.to_string(), VersionReq::STAR))
                    .collect::<BTreeMap<_, _>>(),
            },
            licence: info.license.to_string(),
            changelog: CHANGELOG.to_owned(),
            files: Vec::new(),
        })
    }

    fn needs_claimflow(&self) -> VersionReq {
        let head: Option<Head> = self.text("pack.yaml").and_then(|text| serde_yaml::from_str(text).ok());
        let needs = head.and_then(|head| head.requires.claimflow);
        needs.and_then(|text| VersionReq::parse(&text).ok()).unwrap_or(VersionReq::STAR)
    }

    fn text(&self, path: &str) -> Option<&str> {
        let file = self.files.iter().find(|file| file.path == path)?;
        std::str::from_utf8(&file.bytes).ok()
    }

    fn examine(&mut self) {
        let checked = check(&self.folder);
        let own = format!("payers/{}/", self.name);
        self.diagnostics = checked.diagnostics;
        self.diagnostics.retain(|fault| fault.path.starts_with(&own) || fault.is_error());
        let Some(practice) = checked.practice else { return };
        self.info =
            practice.generation().packs().iter().find(|info| info.name == self.name.as_str()).cloned();
        self.rules = self.info.as_ref().map_or(0, |info| info.rules);
        self.examine_papers();
        self.examine_rules(&practice);
    }

    /// Version, changelog and licence.
    fn examine_papers(&mut self) {
        let Some(info) = self.info.clone() else { return };
        if let Err(fault) = Version::parse(&info.version) {
            let message = format!("`{}` is not a semantic version: {fault}", info.version);
            self.problem("pack.yaml", message, "write it as 1.2.3");
        }
        let is_entry = |line: &str| {
            line.strip_prefix("## ")
                .and_then(|rest| rest.split_whitespace().next())
                .is_some_and(|word| word.trim_matches(['[', ']']) == info.version)
        };
        match self.text(CHANGELOG) {
            None => {
                self.problem(
                    CHANGELOG,
                    "the pack has no changelog".to_owned(),
                    "say in it what each version changes",
                );
            }
            Some(text) if !text.lines().any(is_entry) => {
                let message = format!("the changelog has no entry for version {}", info.version);
                self.problem(
                    CHANGELOG,
                    message,
                    &format!("add a line `## {}` and what changed below it", info.version),
                );
            }
            Some(_) => {}
        }
        if info.license.is_empty() {
            let help = "name it in `license`, as MIT or in your own words";
            self.problem(
                "pack.yaml",
                "the pack does not say under which licence it may be used".to_owned(),
                help,
            );
        }
    }

    /// Each rule says where it comes from, and is tried both ways; every case holds.
    fn examine_rules(&mut self, practice: &Loaded) {
        let generation = practice.generation();
        let rules: Vec<_> =
            generation.rules().all_rules().filter(|rule| rule.pack == self.name.as_str()).collect();
        for rule in rules.iter().filter(|rule| rule.source.is_empty() && rule.table.is_empty()) {
            let message = format!("rule `{}` does not say where this is written", rule.id);
            self.problem(
                &place(&rule.file, rule.line),
                message,
                "add a `source` line: the document, its page or date",
            );
        }
        let report = run_cases(generation, &self.folder.sources, None);
        let own = format!("payers/{}/", self.name);
        self.diagnostics
            .extend(report.diagnostics.iter().filter(|fault| fault.path.starts_with(&own)).cloned());
        self.examine_cases(&report);
    }

    fn examine_cases(&mut self, report: &CaseReport) {
        let name = self.name.clone();
        let (held, failed): (Vec<_>, Vec<_>) =
            report.results.iter().filter(|case| case.pack == name.as_str()).partition(|case| case.passed());
        self.cases = held.len();
        for case in failed {
            let message = format!("case `{}` does not hold: {}", case.name, case.reasons.join("; "));
            self.problem(&place(&case.file, case.line), message, "mend the rule, or what the case expects");
        }
        let scripts = |rule: &&claimflow_catalog::RuleCoverage| {
            rule.pack == name.as_str() && rule.file.ends_with(".rhai")
        };
        for rule in report.rules.iter().filter(scripts) {
            if rule.fired == 0 {
                let message = format!("no case makes rule `{}` fire", rule.rule);
                self.problem(
                    &place(&rule.file, rule.line),
                    message,
                    "add a case that expects it under `fires`",
                );
            }
            if rule.silent == 0 {
                let message = format!("no case shows rule `{}` staying silent", rule.rule);
                self.problem(
                    &place(&rule.file, rule.line),
                    message,
                    "add a case that expects it under `silent`",
                );
            }
        }
    }

    fn problem(&mut self, place: &str, message: String, help: &str) {
        let own = format!("payers/{}/", self.name);
        let place = place.strip_prefix(&own).unwrap_or(place).to_owned();
        self.problems.push(Problem { place, message, help: help.to_owned() });
    }
}

fn place(file: &str, line: u32) -> String {
    format!("{file}:{line}")
}

/// The practice, or folder of packs, in whose `payers/` a pack stands.
fn within(pack: &Path) -> Option<PathBuf> {
    let payers = pack.parent()?;
    (payers.file_name()? == "payers").then(|| payers.parent().map(Path::to_owned))?
}
