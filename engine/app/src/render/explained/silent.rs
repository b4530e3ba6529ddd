//! Rules that did not fire, and why.

use claimflow_core::Text;
use claimflow_rules::{Considered, RuleTrace};

use super::{place, shortened, values};
use crate::render::style::Style;
use crate::render::words::{count, hang};

/// Silent rules that are shown of a stage when not all are asked for.
const MOST_SILENT: usize = 5;

pub(super) fn silent(judged: &[RuleTrace], everything: bool, style: Style, width: usize) -> String {
    let shown = if everything { judged.len() } else { MOST_SILENT };
    let mut ordered: Vec<&RuleTrace> = judged.iter().collect();
    ordered.sort_by_key(|trace| interest(trace));
    let mut out = String::new();
    for trace in ordered.iter().take(shown) {
        let what = format!("{}{}: {}", trace.rule, place(trace.subject, trace.index), why(trace));
        out.push_str(&hang(&format!("  {}  ", style.faint("·")), &what, width));
    }
    if judged.len() > shown {
        let more = count((judged.len() - shown) as u64, "more rule", "more rules");
        out.push_str(&format!("  {}\n", style.faint(&format!("·  {more} silent; `--all` shows them"))));
    }
    out
}

/// What has changed since comes first, then what was near, then what does not run at all.
fn interest(trace: &RuleTrace) -> u8 {
    match trace.considered {
        Considered::Fired | Considered::Error { .. } => 0,
        Considered::Outranked { .. } => 1,
        // A rule of which a first part held came nearer than one that stopped at once.
        Considered::Silent { .. } if trace.values.len() > 1 => 2,
        Considered::Silent { .. } => 3,
        _ => 4,
    }
}

/// Why a rule did not fire, or what it would do today.
fn why(trace: &RuleTrace) -> String {
    let read = values(&trace.values);
    let read = if read.is_empty() { String::new() } else { format!(" (read {read})") };
    match &trace.considered {
        Considered::Fired if trace.shadow => format!("in shadow, it would {}{read}", trace.outcome),
        Considered::Fired => format!("would fire today: {}{read}", trace.outcome),
        Considered::Silent { decided_by } if decided_by == "nothing to change" => {
            format!("nothing to change{read}")
        }
        Considered::Silent { decided_by } => {
            format!("not {}{}", shortened(decided_by), deciding(trace, decided_by))
        }
        Considered::Superseded { by, because } => format!("replaced by {by}: {because}"),
        Considered::Disabled { by, because } => format!("switched off by {by}: {because}"),
        Considered::NotEffective { when } => format!("not in force on the service date: {when}"),
        Considered::Outranked { by } => format!("{by} comes before it{read}"),
        Considered::Error { message } => format!("could not be decided today: {message}{read}"),
        Considered::OutOfScope { why } => why.to_string(),
    }
}

/// The values that the deciding part read.
fn deciding(trace: &RuleTrace, decided_by: &str) -> String {
    let own: Vec<(Text, Text)> =
        trace.values.iter().filter(|(name, _)| decided_by.contains(name.as_str())).cloned().collect();
    match values(if own.is_empty() { &trace.values } else { &own }) {
        none if none.is_empty() => String::new(),
        read => format!("  ({read})"),
    }
}
