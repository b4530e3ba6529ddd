//! Cases: what authors say their rules do, tried out.
//!
//! A pack's cases run with the packs below it and its own rules, so that what a practice overrides does not turn the
//! cases of what ships red.

mod cover;
mod defaults;
pub(crate) mod facts;
mod inputs;
pub(crate) mod journey;
mod judge;
pub(crate) mod plugin;
pub(crate) mod read;
mod recorded;
mod road;
mod run;
#[cfg(test)]
mod tests;
mod update;

pub use cover::PartCoverage;
pub use inputs::{CaseInput, case_inputs};
pub use recorded::{CaseRecorder, RecordError, RecordedCase};
pub use run::{cases_hold, cover_cases, plugin_cases_hold, run_cases, run_plugin_cases};
pub use update::{CaseUpdate, UpdatedCase, update_cases};

use claimflow_core::{Claim, Decision, Diagnostic, Facts, PostedAdjustment, Stage, Text};
use jiff::civil::Date;

use crate::yaml::At;

/// What became of every case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseReport {
    /// One result a case, by file and line.
    pub results: Vec<CaseResult>,
    /// For every rule: how often it fired and stayed silent in the cases that ran.
    pub rules: Vec<RuleCoverage>,
    /// Faults of the files of cases; a case with a fault does not run.
    pub diagnostics: Vec<Diagnostic>,
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// Pack.
    pub pack: Text,
    /// File within the practice folder.
    pub file: String,
    /// Line at which the case begins, from 1.
    pub line: u32,
    /// What the author calls it.
    pub name: Text,
    /// Stage; none for a journey.
    pub stage: Option<Stage>,
    /// The workflow that a journey goes through, or empty.
    pub journey: Text,
    /// What is not as expected, one sentence each; none: the case holds.
    pub reasons: Vec<String>,
    /// Rules that fired.
    pub fired: Vec<Text>,
}

/// How the cases try one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCoverage {
    /// Rule id.
    pub rule: Text,
    /// Title.
    pub title: Text,
    /// Pack.
    pub pack: Text,
    /// File within the practice folder.
    pub file: Text,
    /// Line, from 1.
    pub line: u32,
    /// The decision table of which it is a row, or empty.
    pub table: Text,
    /// In how many cases it fired.
    pub fired: u32,
    /// In how many cases it looked at the claim and stayed silent.
    pub silent: u32,
    /// The parts of its condition, each followed by its alternatives; empty unless [`cover_cases`] counted them.
    pub parts: Vec<PartCoverage>,
}

impl CaseResult {
    /// True when everything was as expected.
    pub fn passed(&self) -> bool {
        self.reasons.is_empty()
    }
}

impl CaseReport {
    /// Cases that do not hold.
    pub fn failed(&self) -> impl Iterator<Item = &CaseResult> {
        self.results.iter().filter(|result| !result.passed())
    }

    /// Rules that fire in no case.
    pub fn never_fired(&self) -> impl Iterator<Item = &RuleCoverage> {
        self.rules.iter().filter(|rule| rule.fired == 0)
    }

    /// Rules that stay silent in no case.
    pub fn never_silent(&self) -> impl Iterator<Item = &RuleCoverage> {
        self.rules.iter().filter(|rule| rule.silent == 0)
    }

    /// What the cases leave untried: a warning at each rule that no case makes fire, and at each that none shows silent. Rows
    /// of decision tables are tried by their table's cases, and are left out.
    pub fn untried(&self) -> Vec<Diagnostic> {
        let warning = |rule: &RuleCoverage, code: &str, message: String, help: &str| {
            let width = rule.rule.chars().count() + r#"rule """#.len();
            Diagnostic::warning(code, &rule.file, rule.line, 1, message).length(width).help(help)
        };
        let of_script = |rule: &&RuleCoverage| rule.file.ends_with(".rhai");
        let never_fired = self.never_fired().filter(of_script).map(|rule| {
            let message = format!("no case makes rule `{}` fire", rule.rule);
            warning(rule, "C007", message, "add a case to the pack's `cases/` that expects it under `fires`")
        });
        let never_silent = self.never_silent().filter(of_script).filter(|rule| rule.fired > 0).map(|rule| {
            let message = format!("no case shows rule `{}` staying silent", rule.rule);
            warning(rule, "C008", message, "add a case that is nearly the same and expects it under `silent`")
        });
        never_fired.chain(never_silent).collect()
    }

    /// True when every case holds and no file has an error.
    pub fn passed(&self) -> bool {
        self.failed().next().is_none() && !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// A case as read.
#[derive(Debug, Clone)]
struct Case {
    name: Text,
    line: u32,
    /// Of a journey the first; nothing depends on it there.
    stage: Stage,
    journey: Option<journey::Journey>,
    /// What stands for plugins on a journey, by action.
    plugins: Vec<(Text, plugin::Mock, At)>,
    as_of: Date,
    claim: Claim,
    facts: Facts,
    submissions: u32,
    decision: Option<Decision>,
    adjustments: Vec<PostedAdjustment>,
    expect: Expect,
}

/// What a case expects; what is not named is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Expect {
    fires: Vec<(Text, At)>,
    silent: Vec<(Text, At)>,
    fixed: Vec<(Text, Text)>,
    held: Option<Vec<Text>>,
    category: Option<Text>,
    owner: Option<Text>,
    /// What a journey's claim is like.
    on_road: journey::OnRoad,
}

impl Case {
    /// What it expects, at the end and on the way.
    fn expects(&self) -> impl Iterator<Item = &Expect> {
        let on_way = self.journey.iter().flat_map(|journey| &journey.events);
        on_way
            .filter_map(|event| match &event.what {
                journey::What::Expect(expect) => Some(&**expect),
                _ => None,
            })
            .chain(std::iter::once(&self.expect))
    }
}

impl Expect {
    /// Rules that did not fire as expected go over to the other list.
    fn go_by(&mut self, fired: &[Text]) {
        let (fires, unfired): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.fires).into_iter().partition(|(rule, _)| fired.contains(rule));
        let (wrong, silent): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.silent).into_iter().partition(|(rule, _)| fired.contains(rule));
        self.fires = fires.into_iter().chain(wrong).collect();
        self.silent = silent.into_iter().chain(unfired).collect();
    }
}
