//! What is live and what is not, in a file that others read: `data/live.json`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use claimflow_catalog::CaseReport;
use claimflow_core::{Diagnostic, Moment, Text};
use serde::{Deserialize, Serialize};

use crate::stranded::Stranded;
use crate::wire::{Desk, data};

/// What a serving process says of its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The process that serves.
    pub process: u32,
    /// Hash of the generation that is live.
    pub generation: String,
    /// Since when.
    pub since: Moment,
    /// Its packs: name, version, rules.
    pub packs: Vec<(Text, Text, usize)>,
    /// Why the files as they are now are not live, when they are not.
    pub refused: Option<Refusal>,
}

/// Why what is written does not go live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// In a sentence.
    pub why: String,
    /// Where, each with what is wrong: `path:line:column: message`.
    pub details: Vec<String>,
}

impl Status {
    /// What is live on a desk, since the time that its engine says.
    pub fn of(desk: &Desk) -> Self {
        let generation = desk.practice.generation();
        let packs = generation.packs().iter();
        Self {
            process: std::process::id(),
            generation: generation.hash().to_string(),
            since: desk.engine.now(),
            packs: packs.map(|pack| (pack.name.clone(), pack.version.clone(), pack.rules)).collect(),
            refused: None,
        }
    }

    /// Writes it where [`read`] finds it. It is a courtesy: a disk that refuses it keeps no claim waiting.
    pub fn write(&self, root: &Path) {
        if let Err(error) = self.try_write(root) {
            tracing::debug!(%error, "the status cannot be written");
        }
    }

    fn try_write(&self, root: &Path) -> std::io::Result<()> {
        let (path, text) = (path(root), serde_json::to_string_pretty(self)?);
        let new = path.with_extension("json.new");
        fs::File::create(&new)?.write_all(text.as_bytes())?;
        fs::rename(new, path)
    }
}

impl Refusal {
    /// The folder could not be read.
    pub fn unreadable(message: &str) -> Box<Self> {
        Box::new(Self { why: message.to_owned(), details: Vec::new() })
    }

    /// A folder that the practice ran on is not there any more.
    pub fn gone(name: &str) -> Box<Self> {
        let why = format!(
            "the folder `{name}/` is gone; put it back (to run on what ships instead, start anew without it)"
        );
        Box::new(Self { why, details: Vec::new() })
    }

    /// Errors in files.
    pub fn faults(faults: &[Diagnostic]) -> Box<Self> {
        let one = |own: &Diagnostic| {
            format!("{}:{}:{}: {} ({})", own.path, own.line, own.column, own.message, own.code)
        };
        Box::new(Self {
            why: "changed files have errors".to_owned(),
            details: faults.iter().map(one).collect(),
        })
    }

    /// Cases that do not hold.
    pub fn cases(report: &CaseReport) -> Box<Self> {
        let faults = report.diagnostics.iter().filter(|own| own.is_error());
        let mut details: Vec<String> = faults
            .map(|own| format!("{}:{}:{}: {} ({})", own.path, own.line, own.column, own.message, own.code))
            .collect();
        for case in report.failed() {
            let reasons = case.reasons.join("; ");
            details.push(format!(
                "{}:{}: the case `{}` does not hold: {reasons}",
                case.file, case.line, case.name
            ));
        }
        Box::new(Self { why: "cases of changed packs or plugins do not hold".to_owned(), details })
    }

    /// Open claims would be in a state or on a version that is there no more.
    pub fn stranding(stranded: &[Stranded]) -> Box<Self> {
        Box::new(Self {
            why: "claims run on what was taken away".to_owned(),
            details: stranded.iter().flat_map(Stranded::lines).collect(),
        })
    }

    /// The workflows could not be kept for the claims that would run on them.
    pub fn unkept(error: &std::io::Error) -> Box<Self> {
        let why = format!("the workflows cannot be kept for the claims that would start on them: {error}");
        Box::new(Self { why, details: Vec::new() })
    }

    /// Says it in the log.
    pub fn log(&self) {
        tracing::error!(faults = self.details.len(), "{}; the last good rules stay", self.why);
        for detail in &self.details {
            tracing::error!("{detail}");
        }
    }
}

/// What the serving process of a practice says, when one says anything.
pub fn read(root: &Path) -> Option<Status> {
    serde_json::from_str(&fs::read_to_string(path(root)).ok()?).ok()
}

/// Takes it away: nobody serves any more.
pub fn remove(root: &Path) {
    let _gone = fs::remove_file(path(root));
}

fn path(root: &Path) -> PathBuf {
    data(root).join("live.json")
}
