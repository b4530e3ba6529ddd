//! Why a claim is where it is, for people and for programs.

mod data;
mod silent;

use claimflow_core::{Level, Subject, Text, Zone};
use claimflow_runtime::ClaimView;

pub use self::data::json;
use self::silent::silent;
use super::style::Style;
use super::timeline::changes_words;
use super::words::{count, hang, local, money, spoken};
use crate::explain::{Explained, Fired, GoesTo, Routed};

/// In words.
pub fn text(
    view: &ClaimView,
    stages: &[Explained],
    everything: bool,
    style: Style,
    width: usize,
    zone: &Zone,
) -> String {
    let state = &view.state;
    let mut out =
        format!("{}  {}\n", style.strong(view.summary.id.as_str()), style.warn(&spoken(&state.state)));
    for item in &state.work_items {
        out.push_str(&format!("  waits for {}:\n", spoken(&item.owner)));
        out.push_str(&hang("      ", &item.ask, width));
    }
    if stages.is_empty() {
        out.push_str("\n  No rule has looked at this claim for what you ask.\n");
    }
    for own in stages {
        out.push_str(&stage(own, everything, style, width, zone));
    }
    out
}

fn stage(own: &Explained, everything: bool, style: Style, width: usize, zone: &Zone) -> String {
    let looked = count(u64::from(own.considered), "rule looked at", "rules looked at");
    let mut out = format!(
        "\n{}  {}  {}\n",
        style.strong(own.stage.as_str()),
        outcome(&own.outcome, style),
        style.faint(&format!("{}, {looked}", local(own.at, zone)))
    );
    if let Some(words) = changed_since(own) {
        out.push_str(&format!("  {} {words}\n", style.warn("note:")));
    }
    for fired in &own.fired {
        out.push_str(&fired_text(fired, own, style, width));
    }
    for routed in &own.routed {
        out.push_str(&routed_text(routed, width));
    }
    let calm = own.fired.is_empty() && own.routed.is_empty() && !own.facts_changed && !own.rules_changed;
    if calm && !everything {
        let rules = count(own.judged.len() as u64, "rule", "rules");
        let how = format!("·  {rules} silent; `--stage {}` shows them", own.stage.as_str());
        out.push_str(&format!("  {}\n", style.faint(&how)));
    } else {
        out.push_str(&silent(&own.judged, everything, style, width));
    }
    out
}

/// What is another now than when it was decided.
const fn changed_since(own: &Explained) -> Option<&'static str> {
    match (own.rules_changed, own.by_own_rules, own.facts_changed) {
        (true, true, _) => {
            Some("other rules decide now; what is told here is by the rules that decided then")
        }
        (true, false, _) => Some(
            "the rules have changed since: what fired is as recorded, what is silent is by today's rules",
        ),
        (false, _, true) => Some("the registers say something else than when this was decided"),
        (false, _, false) => None,
    }
}

fn outcome(outcome: &str, style: Style) -> String {
    match outcome {
        "held" | "denied" => style.bad(outcome),
        other => style.good(other),
    }
}

fn fired_text(fired: &Fired, own: &Explained, style: Style, width: usize) -> String {
    let finding = &fired.finding;
    let level = finding.level.as_str();
    let level = if finding.level.blocks() { style.bad(level) } else { style.warn(level) };
    let category =
        if finding.category.is_empty() { String::new() } else { format!(" {}", spoken(&finding.category)) };
    let mut out = format!(
        "  {level}{category}  {}{}  {}\n",
        style.strong(&finding.rule),
        place(finding.subject, finding.index),
        style.faint(&format!("{}:{} ({})", finding.file, finding.source_line, finding.pack))
    );
    let mut detail = |what: &str, text: &str| {
        if !text.is_empty() {
            out.push_str(&hang(&format!("      {what:<9}"), text, width));
        }
    };
    detail("says", &finding.message);
    detail("because", &finding.because);
    detail("source", &fired.source);
    if finding.level == Level::Fix {
        let changes: Vec<_> =
            own.changes.iter().filter(|change| change.rule == finding.rule).cloned().collect();
        detail("changed", &changes_words(&changes).replace(&format!(" ({})", finding.rule), ""));
    }
    detail("read", &values(&finding.values));
    if let Some(goes_to) = &fired.goes_to {
        detail("goes to", &way(goes_to));
    }
    out
}

fn routed_text(routed: &Routed, width: usize) -> String {
    let denial = &routed.denial;
    let what = format!(
        "{}-{} {} {}: to {}",
        denial.group,
        denial.carc,
        money(denial.amount),
        spoken(&denial.category),
        way(&routed.goes_to)
    );
    hang("  ", &what, width)
}

fn way(goes_to: &GoesTo) -> String {
    let GoesTo { owner, row, note } = goes_to;
    let owner = spoken(owner);
    match (row.is_empty(), note.is_empty()) {
        (true, _) => format!("{owner}, whom the rule names"),
        (false, true) => format!("{owner}, by {row}"),
        (false, false) => format!("{owner}, by {row}: {note}"),
    }
}

/// `, line 2`; nothing for the claim.
fn place(subject: Subject, index: u16) -> String {
    if index == 0 { String::new() } else { format!(" {} {index}", subject.as_str()) }
}

fn values(values: &[(Text, Text)]) -> String {
    let one = |(name, value): &(Text, Text)| {
        format!("{} = {}", shortened(name), if value.is_empty() { "nothing" } else { value.as_str() })
    };
    values.iter().map(one).collect::<Vec<_>>().join(" · ")
}

/// Without the middle of long lists: a rule for thirty codes is not told code by code.
fn shortened(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, list)) = rest.split_once('[') {
        let Some((items, after)) = list.split_once(']') else { break };
        out.push_str(before);
        let all: Vec<&str> = items.split(", ").collect();
        match all.as_slice() {
            [first, second, .., last] if all.len() > 5 => {
                out.push_str(&format!("[{first}, {second} … {last}]"));
            }
            _ => out.push_str(&format!("[{items}]")),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
