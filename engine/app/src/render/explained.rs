//! Why a claim is where it is, for people and for programs.

use claimflow_core::{Level, Subject, Text};
use claimflow_rules::{Considered, RuleTrace};
use claimflow_runtime::ClaimView;
use serde_json::{Map, Value, json};

use super::style::Style;
use super::timeline::{changes_json, changes_words};
use super::words::{count, hang, moment, money, spoken};
use crate::explain::{Explained, Fired, GoesTo, Routed};

/// Silent rules that are shown of a stage when not all are asked for.
const MOST_SILENT: usize = 5;

/// In words.
pub fn text(view: &ClaimView, stages: &[Explained], everything: bool, style: Style, width: usize) -> String {
    let state = &view.state;
    let mut out = format!(
        "{}  {}\n",
        style.strong(view.summary.id.as_str()),
        style.warn(&spoken(&state.state))
    );
    for item in &state.work_items {
        out.push_str(&hang(&format!("  waits for {}: ", spoken(&item.owner)), &item.ask, width));
    }
    if stages.is_empty() {
        out.push_str("\n  No rule has looked at this claim for what you ask.\n");
    }
    for own in stages {
        out.push_str(&stage(own, everything, style, width));
    }
    out
}

fn stage(own: &Explained, everything: bool, style: Style, width: usize) -> String {
    let looked = count(u64::from(own.considered), "rule looked at", "rules looked at");
    let mut out = format!(
        "\n{}  {}  {}\n",
        style.strong(own.stage.as_str()),
        outcome(&own.outcome, style),
        style.faint(&format!("{}, {looked}", moment(own.at)))
    );
    if own.rules_changed {
        out.push_str(&format!(
            "  {} the rules have changed since: what fired is as recorded, what is silent is by today's rules\n",
            style.warn("note:")
        ));
    } else if own.facts_changed {
        out.push_str(&format!(
            "  {} the registers say something else than when this was decided\n",
            style.warn("note:")
        ));
    }
    for fired in &own.fired {
        out.push_str(&fired_text(fired, own, style, width));
    }
    for routed in &own.routed {
        out.push_str(&routed_text(routed, width));
    }
    out.push_str(&silent(&own.judged, everything, style, width));
    out
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
    let category = if finding.category.is_empty() { String::new() } else { format!(" {}", spoken(&finding.category)) };
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
        let changes: Vec<_> = own.changes.iter().filter(|change| change.rule == finding.rule).cloned().collect();
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
        format!("{name} = {}", if value.is_empty() { "nothing" } else { value.as_str() })
    };
    values.iter().map(one).collect::<Vec<_>>().join(" · ")
}

fn silent(judged: &[RuleTrace], everything: bool, style: Style, width: usize) -> String {
    let shown = if everything { judged.len() } else { MOST_SILENT };
    // Those that would speak today come first: they are what has changed.
    let mut ordered: Vec<&RuleTrace> = judged.iter().collect();
    ordered.sort_by_key(|trace| matches!(trace.considered, Considered::Silent { .. }));
    let mut out = String::new();
    for trace in ordered.iter().take(shown) {
        out.push_str(&hang(
            &format!("  {}  ", style.faint("-")),
            &format!("{}{}: {}", trace.rule, place(trace.subject, trace.index), why(trace)),
            width,
        ));
    }
    if judged.len() > shown {
        let more = count((judged.len() - shown) as u64, "more rule", "more rules");
        out.push_str(&format!("  {}\n", style.faint(&format!("-  {more} silent; `--all` shows them"))));
    }
    out
}

/// Why a rule did not fire, or what it would do today.
fn why(trace: &RuleTrace) -> String {
    let read = values(&trace.values);
    let read = if read.is_empty() { String::new() } else { format!(" (read {read})") };
    match &trace.considered {
        Considered::Fired => format!("would fire today: {}{read}", trace.outcome),
        Considered::Silent { decided_by } if decided_by == "nothing to change" => {
            format!("nothing to change{read}")
        }
        Considered::Silent { decided_by } => format!("not so: {decided_by}{read}"),
        Considered::Superseded { by, because } => format!("replaced by {by}: {because}"),
        Considered::Disabled { by, because } => format!("switched off by {by}: {because}"),
        Considered::NotEffective { when } => format!("not in force on the service date: {when}"),
        Considered::Outranked { by } => format!("{by} comes before it{read}"),
        Considered::Error { message } => format!("could not be decided today: {message}{read}"),
        Considered::OutOfScope { why } => why.to_string(),
    }
}

/// As `explain --json` tells of it.
pub fn json(view: &ClaimView, stages: &[Explained]) -> Value {
    json!({
        "id": view.summary.id,
        "state": view.state.state,
        "stages": stages.iter().map(stage_json).collect::<Vec<_>>(),
    })
}

fn stage_json(own: &Explained) -> Value {
    json!({
        "stage": own.stage,
        "at": own.at,
        "outcome": own.outcome,
        "rules": own.rules,
        "rules_changed": own.rules_changed,
        "facts_changed": own.facts_changed,
        "rules_considered": own.considered,
        "fired": own.fired.iter().map(fired_json).collect::<Vec<_>>(),
        "changes": changes_json(&own.changes),
        "routed": own.routed.iter().map(routed_json).collect::<Vec<_>>(),
        "considered": own.judged.iter().map(trace_json).collect::<Vec<_>>(),
    })
}

fn fired_json(fired: &Fired) -> Value {
    let finding = &fired.finding;
    json!({
        "rule": finding.rule, "pack": finding.pack, "level": finding.level, "category": finding.category,
        "subject": finding.subject, "index": finding.index, "message": finding.message,
        "because": finding.because, "reference": fired.source,
        "source": format!("{}:{}", finding.file, finding.source_line),
        "values": values_json(&finding.values),
        "goes_to": fired.goes_to.as_ref().map(way_json),
    })
}

fn routed_json(routed: &Routed) -> Value {
    let denial = &routed.denial;
    json!({
        "line": denial.line, "group": denial.group, "carc": denial.carc, "amount": denial.amount,
        "category": denial.category, "goes_to": way_json(&routed.goes_to),
    })
}

fn way_json(goes_to: &GoesTo) -> Value {
    json!({ "owner": goes_to.owner, "row": goes_to.row, "note": goes_to.note })
}

fn trace_json(trace: &RuleTrace) -> Value {
    let mut map = match serde_json::to_value(&trace.considered) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    map.insert("rule".into(), json!(trace.rule));
    map.insert("title".into(), json!(trace.title));
    map.insert("pack".into(), json!(trace.pack));
    map.insert("source".into(), json!(format!("{}:{}", trace.file, trace.line)));
    map.insert("subject".into(), json!(trace.subject));
    map.insert("index".into(), json!(trace.index));
    map.insert("outcome".into(), json!(trace.outcome));
    map.insert("values".into(), values_json(&trace.values));
    Value::Object(map)
}

/// Names and values as an object.
pub fn values_json(values: &[(Text, Text)]) -> Value {
    Value::Object(values.iter().map(|(name, value)| (name.to_string(), json!(value))).collect())
}
