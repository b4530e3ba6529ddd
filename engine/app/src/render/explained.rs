//! Why a claim is where it is, for people and for programs.

use claimflow_core::{Level, Subject, Text, Zone};
use claimflow_rules::{Considered, RuleTrace};
use claimflow_runtime::ClaimView;
use serde_json::{Map, Value, json};

use super::style::Style;
use super::timeline::{changes_json, changes_words};
use super::words::{count, hang, local, money, spoken};
use crate::explain::{Explained, Fired, GoesTo, Routed};

/// Silent rules that are shown of a stage when not all are asked for.
const MOST_SILENT: usize = 5;

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
    if own.rules_changed && own.by_own_rules {
        let words = "other rules decide now; what is told here is by the rules that decided then";
        out.push_str(&format!("  {} {words}\n", style.warn("note:")));
    } else if own.rules_changed {
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

fn silent(judged: &[RuleTrace], everything: bool, style: Style, width: usize) -> String {
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
        "by_own_rules": own.by_own_rules,
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
    map.insert("layer".into(), json!(trace.layer));
    map.insert("shadow".into(), json!(trace.shadow));
    map.insert("enforced".into(), json!(trace.enforced));
    map.insert("values".into(), values_json(&trace.values));
    Value::Object(map)
}

/// Names and values as an object.
pub fn values_json(values: &[(Text, Text)]) -> Value {
    Value::Object(values.iter().map(|(name, value)| (name.to_string(), json!(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_core::state::ClaimState;
    use claimflow_core::{Change, ClaimId, Finding, Moment, Stage};
    use claimflow_runtime::Summary;
    use jiff::civil::date;

    fn finding(rule: &str, level: Level, category: &str) -> Finding {
        Finding {
            rule: rule.into(),
            pack: "behavioral-health 1.0.0".into(),
            file: "payers/behavioral-health/rules/documentation.rhai".into(),
            source_line: 12,
            stage: Stage::Scrub,
            level,
            subject: Subject::Line,
            index: 1,
            category: category.into(),
            owner: Text::default(),
            message: "Please add the start and stop time of the 2026-03-03 session.".into(),
            because: "The code is chosen by minutes, and the note does not show them".into(),
            within: None,
            values: vec![("visit.known".into(), "true".into()), ("visit.start".into(), Text::default())],
        }
    }

    fn trace(rule: &str, considered: Considered) -> RuleTrace {
        RuleTrace {
            rule: rule.into(),
            title: "A rule".into(),
            pack: "aetna 1.0.0".into(),
            file: "payers/aetna/rules/telehealth.rhai".into(),
            line: 4,
            stage: Stage::Scrub,
            subject: Subject::Line,
            index: 1,
            considered,
            values: vec![
                ("claim.place_of_service".into(), "11".into()),
                ("line.has_modifier(\"95\")".into(), "false".into()),
            ],
            outcome: "hold place_of_service".into(),
            changes: Vec::new(),
            layer: claimflow_rules::Layer::Base,
            shadow: false,
            enforced: Text::default(),
        }
    }

    fn explained() -> Explained {
        let goes_to =
            GoesTo { owner: "front_desk".into(), row: "routing.csv:9".into(), note: "Today".into() };
        let fired = |finding: Finding, goes_to| Fired {
            finding,
            source: "the payer's manual, page 3".into(),
            goes_to,
        };
        let long = "claim.place_of_service in [\"02\", \"10\", \"11\", \"12\", \"13\", \"99\"]";
        Explained {
            stage: Stage::Scrub,
            at: Moment::start_of(date(2026, 3, 5)),
            outcome: "held".into(),
            considered: 24,
            rules: "abc".into(),
            rules_changed: true,
            by_own_rules: false,
            fired: vec![
                fired(finding("AET-TELE-95", Level::Fix, ""), None),
                fired(finding("DOC-START-STOP", Level::Hold, "documentation"), Some(goes_to)),
            ],
            changes: vec![Change {
                rule: "AET-TELE-95".into(),
                field: "line[1].modifiers".into(),
                before: "HO".into(),
                after: "HO,95".into(),
            }],
            routed: Vec::new(),
            judged: vec![
                trace("SILENT", Considered::Silent { decided_by: long.into() }),
                trace("OFF", Considered::Disabled { by: "medicare".into(), because: "not there".into() }),
                trace("NEW", Considered::Fired),
            ],
            facts_changed: false,
        }
    }

    fn view() -> ClaimView {
        let summary = Summary { id: ClaimId::as_received("C-1"), ..Summary::default() };
        let state = ClaimState { state: "held".into(), ..ClaimState::default() };
        ClaimView { summary, state, chapters: Vec::new() }
    }

    #[test]
    fn why_in_words() {
        insta::assert_snapshot!(text(&view(), &[explained()], true, Style::PLAIN, 96, &Zone::UTC));
    }

    #[test]
    fn a_stage_in_which_nothing_fired_is_told_in_a_line() {
        let calm = Explained {
            outcome: "passed".into(),
            rules_changed: false,
            by_own_rules: true,
            fired: Vec::new(),
            judged: vec![trace("SILENT", Considered::Silent { decided_by: "x".into() })],
            ..explained()
        };
        insta::assert_snapshot!(text(&view(), &[calm], false, Style::PLAIN, 96, &Zone::UTC));
    }

    #[test]
    fn short_lists_stay_whole() {
        assert_eq!(shortened("a in [\"1\", \"2\"] && b"), "a in [\"1\", \"2\"] && b");
        assert_eq!(shortened("line[1].units [unclosed"), "line[1].units [unclosed");
    }
}
