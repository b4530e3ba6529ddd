//! The whole practice with a new pack in place, before it stands there.

use std::collections::BTreeMap;
use std::path::Path;

use claimflow_catalog::run_cases;
use claimflow_rules::RuleInfo;
use serde::Serialize;

use crate::exit::{Failure, Result};
use crate::practice::{Folder, Loaded, check, refused};

/// A practice that was checked with the new pack, and what the pack changes.
pub struct Trial {
    /// The practice as it would be.
    pub practice: Loaded,
    /// How many cases hold.
    pub cases: usize,
    /// What becomes different.
    pub changes: Changes,
}

/// What a pack changes, by ids of rules.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Rules that are new.
    pub added: Vec<String>,
    /// Rules that are gone.
    pub removed: Vec<String>,
    /// Rules that say something else.
    pub changed: Vec<String>,
    /// Rules of the pack that others switch off or replace, and still do: rule, and by whom.
    pub still_overridden: Vec<(String, String)>,
    /// The same, where the rule is not there any more.
    pub overrides_without_rule: Vec<(String, String)>,
}

impl Trial {
    /// Checks the practice with the pack that stands in `staged`, and runs all cases.
    ///
    /// # Errors
    /// With every fault, when the practice could not run so; with the cases that do not hold.
    pub fn run(before: &Loaded, folder: &Folder, name: &str, staged: &Path) -> Result<Self> {
        let folder = folder.with_pack(name, staged)?;
        let checked = check(&folder);
        let Some(practice) = checked.practice else {
            let shown = refused(&folder, &checked.diagnostics);
            let message =
                format!("with pack `{name}` the practice would have errors, so it was not installed");
            return Err(Failure::failed(message)
                .help("each is shown above: mend what is yours, tell the vendor what is theirs")
                .details(shown.details));
        };
        let report = run_cases(practice.generation(), &folder.sources, None);
        let failed: Vec<String> = report
            .failed()
            .map(|case| format!("{}:{} {}: {}\n", case.file, case.line, case.name, case.reasons.join("; ")))
            .collect();
        if !report.passed() {
            let message = format!("with pack `{name}` not every case holds, so it was not installed");
            return Err(Failure::failed(message)
                .help("tell the vendor which of the cases above do not hold")
                .details(failed.concat()));
        }
        let changes = Changes::between(before, &practice, name);
        Ok(Self { practice, cases: report.results.len(), changes })
    }
}

impl Changes {
    fn between(before: &Loaded, after: &Loaded, pack: &str) -> Self {
        let (before, after) = (rules(before, pack), rules(after, pack));
        let mut changes = Self::default();
        for (id, old) in &before {
            let new = after.get(id);
            match new {
                None => changes.removed.push((*id).to_owned()),
                Some(new) if says(old) != says(new) => changes.changed.push((*id).to_owned()),
                Some(_) => {}
            }
            let list = match new {
                Some(_) => &mut changes.still_overridden,
                None => &mut changes.overrides_without_rule,
            };
            list.extend(old.suppressed.iter().map(|by| ((*id).to_owned(), by.by.to_string())));
        }
        changes.added.extend(after.keys().filter(|id| !before.contains_key(*id)).map(|id| (*id).to_owned()));
        changes
    }
}

fn rules<'a>(practice: &'a Loaded, pack: &str) -> BTreeMap<&'a str, &'a RuleInfo> {
    let all = practice.generation().rules().all_rules().filter(|rule| rule.pack == pack);
    all.map(|rule| (rule.id.as_str(), &**rule)).collect()
}

/// A rule without what says nothing of what it does: its version and place, and what others make of it.
fn says(rule: &RuleInfo) -> Option<serde_json::Value> {
    let mut own = rule.clone();
    own.version = Default::default();
    own.file = Default::default();
    own.line = 0;
    own.suppressed = Vec::new();
    own.enforced = None;
    serde_json::to_value(own).ok()
}
