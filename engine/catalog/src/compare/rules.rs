//! Rules, clause by clause.

use claimflow_core::DueIn;
use claimflow_rules::{Enforced, Rule, Suppression};
use jiff::civil::Date;

use super::{Area, Difference, paired, push};
use crate::Generation;

pub(super) fn compare(before: &Generation, after: &Generation, all: &mut Vec<Difference>) {
    let pairs = paired(
        before.rules().all_rules().map(|rule| (rule.id.clone(), rule)),
        after.rules().all_rules().map(|rule| (rule.id.clone(), rule)),
    );
    for (id, pair) in pairs {
        match pair {
            (Some(before), Some(after)) => clauses(&id, before, after, all),
            (None, Some(rule)) => push(all, Area::Rule, &id, "", "", whole(rule)),
            (Some(rule), None) => push(all, Area::Rule, &id, "", whole(rule), ""),
            (None, None) => {}
        }
    }
}

/// A rule in one line.
fn whole(rule: &Rule) -> String {
    format!("{} ({}, {})", rule.outcomes.join("; "), rule.pack, rule.title)
}

/// What of a rule can differ, in the order in which clauses are written.
fn clauses(id: &str, before: &Rule, after: &Rule, all: &mut Vec<Difference>) {
    let mut part = |name: &str, of: &dyn Fn(&Rule) -> String| {
        push(all, Area::Rule, id, name, of(before), of(after));
    };
    part("pack", &|rule| rule.pack.to_string());
    part("layer", &|rule| rule.layer.as_str().to_owned());
    part("title", &|rule| rule.title.to_string());
    part("stage", &|rule| rule.stage.as_str().to_owned());
    part("each", &|rule| rule.subject.as_str().to_owned());
    part("codes", &|rule| rule.codes.join(", "));
    part("payers", &|rule| rule.payers.join(", "));
    part("when", &|rule| rule.conditions.join(" && "));
    part("outcomes", &|rule| rule.outcomes.join("; "));
    part("owner", &|rule| rule.owner().to_string());
    part("ask", &|rule| rule.ask().to_string());
    part("within", &|rule| rule.within().map(due).unwrap_or_default());
    part("because", &|rule| rule.because.to_string());
    part("source", &|rule| rule.source.to_string());
    part("effective", &|rule| day(rule.effective));
    part("expires", &|rule| day(rule.expires));
    part("priority", &|rule| rule.priority.to_string());
    part("overrides", &|rule| rule.overrides.to_string());
    part("mode", &|rule| rule.mode.as_str().to_owned());
    part("enforced", &|rule| rule.enforced.as_ref().map(enforced).unwrap_or_default());
    part("switched off", &|rule| rule.suppressed.iter().map(suppressed).collect::<Vec<_>>().join("; "));
}

pub(super) fn due(within: DueIn) -> String {
    within.to_string()
}

fn day(date: Option<Date>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

fn until(date: Option<Date>) -> String {
    date.map(|date| format!(" until {date}")).unwrap_or_default()
}

fn enforced(own: &Enforced) -> String {
    format!("{}{} ({})", own.enforcement.as_str(), until(own.until), own.because)
}

fn suppressed(own: &Suppression) -> String {
    // The line in rules.yaml moves with every entry above it.
    let by = own.by.split(" (").next().unwrap_or_default();
    format!("by {by}{} ({})", until(own.until.or(own.expires)), own.because)
}
