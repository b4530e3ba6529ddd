//! `claimflow show`: one claim, with what happened to it.

use claimflow_core::{Finding, Money, Subject, Text, WorkItem, Zone};
use claimflow_runtime::{ClaimView, IncidentNote, IncidentRow};
use clap::Args;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::Global;
use crate::exit::{Exit, Result};
use crate::render::flowed::{call_json, request_json, standing, values_json};
use crate::render::incidents::{at_the_top, incident_json, note_json, one_json, who_and_why};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::{number, page_width, prose, table, words};
use crate::render::timeline::{Entry, denials_json, entries, item_json, timeline};
use crate::render::words::{due, hang, local, money, spoken};

/// Show one claim: money, what it waits for, denials, findings, and all that happened
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow show CLAIM0042
  claimflow show CLAIM0042 --json | jq .timeline

Any number a claim was sent under finds it. Names and member ids are not shown.")]
pub struct Arguments {
    /// The claim's number (CLM01)
    #[arg(value_name = "ID")]
    id: Text,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    let zone = &desk.practice.settings().calendar.zone;
    let number = desk.engine.incident_number(&arguments.id)?;
    let incident = desk.engine.incidents_of(number)?;
    let notes = desk.engine.incident_notes(number)?;
    let (style, width) = (Style::stdout(), page_width());
    let head = incident.as_ref().map(|row| at_the_top(row, style, width)).unwrap_or_default();
    match desk.engine.show(&arguments.id) {
        Ok(view) if global.json => {
            let mut data = json(&view, zone);
            with_incidents(&mut data, incident.as_ref(), &notes);
            out::json(&data)?;
        }
        Ok(view) => {
            let text = shown(&view, &notes, desk.engine.today(), zone, style, width);
            out::print(&format!("{head}{text}"))?;
        }
        // What can be said of a claim that cannot be read is said.
        Err(_) if incident.is_some() && global.json => {
            let mut data = incident.as_ref().map(incident_json).unwrap_or_default();
            with_incidents(&mut data, incident.as_ref(), &notes);
            out::json(&data)?;
        }
        Err(_) if incident.is_some() => {
            let row = incident.as_ref().map(|row| who_and_why(row, style, width)).unwrap_or_default();
            out::print(&format!("{}{row}", style.bad("INCIDENT: this claim cannot be read\n")))?;
        }
        Err(error) => return Err(error.into()),
    }
    desk.close()?;
    Ok(Exit::Done)
}

/// Adds a claim's incidents: the open ones by themselves, and what there was of them to the timeline, in time order.
fn with_incidents(data: &mut Value, incident: Option<&IncidentRow>, notes: &[IncidentNote]) {
    let open = incident.map(|row| row.incidents.iter().map(one_json).collect::<Vec<_>>());
    data["incidents"] = json!(open.unwrap_or_default());
    data["waiting_inputs"] = json!(incident.map_or(0, |row| row.waiting));
    let Some(timeline) = data.get_mut("timeline").and_then(Value::as_array_mut) else { return };
    timeline.extend(notes.iter().map(note_json));
    let at = |entry: &Value| entry.get("at").and_then(Value::as_str).map(str::to_owned);
    timeline.sort_by_cached_key(at);
}

fn json(view: &ClaimView, zone: &Zone) -> Value {
    let state = &view.state;
    json!({
        "id": view.summary.id,
        "state": state.state,
        "workflow": state.workflow.name,
        "workflow_version": state.workflow.version,
        "payer": view.summary.payer,
        "payer_claim_number": state.payer_claim_number,
        "service_date": state.claim.service_date(),
        "billed": state.billed(),
        "paid": state.paid(),
        "patient": state.patient_responsibility(),
        "submissions": state.submissions.len(),
        "variables": values_json(&state.variables),
        "request": state.request.as_ref().map(request_json),
        "calls": state.calls.iter().map(call_json).collect::<Vec<_>>(),
        "lines": lines_json(view),
        "denials": denials_json(&state.denials),
        "findings": view.findings().into_iter().map(|finding| finding_json(view, finding)).collect::<Vec<_>>(),
        "work_item": view.work_item().map(|item| open_item(item, view, zone)),
        "work_items": state.work_items.iter().map(|item| open_item(item, view, zone)).collect::<Vec<_>>(),
        "timeline": entries(&view.chapters, zone).iter().map(Entry::json).collect::<Vec<_>>(),
    })
}

/// A work item that is open, with what time means to it.
fn open_item(item: &WorkItem, view: &ClaimView, zone: &Zone) -> Value {
    let time = view.state.times.iter().find(|time| time.item == item.number);
    let mut data = item_json(item);
    if let Value::Object(map) = &mut data {
        map.insert("due_at".to_owned(), json!(time.and_then(|time| time.due)));
        let until = time.and_then(|time| time.pended).map(|until| zone.date(until));
        map.insert("pended_until".to_owned(), json!(until));
    }
    data
}

fn lines_json(view: &ClaimView) -> Vec<Value> {
    let claim = &view.state.claim;
    claim
        .lines
        .iter()
        .map(|line| {
            json!({
                "line": line.number, "procedure": line.procedure, "modifiers": line.modifiers, "units": line.units,
                "place_of_service": claim.place_of(line), "service_date": line.service_date, "charge": line.charge,
            })
        })
        .collect()
}

fn finding_json(view: &ClaimView, finding: &Finding) -> Value {
    let values: Map<String, Value> =
        finding.values.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
    json!({
        "rule": finding.rule, "pack": finding.pack, "stage": finding.stage, "level": finding.level,
        "category": finding.category, "owner": finding.owner, "message": finding.message, "because": finding.because,
        "line": line_of(view, finding), "source": source(finding), "values": values,
    })
}

/// The service line that a finding is about; 0 for the claim.
fn line_of(view: &ClaimView, finding: &Finding) -> u16 {
    let place = usize::from(finding.index).checked_sub(1);
    match finding.subject {
        Subject::Line => finding.index,
        Subject::Adjustment => {
            place.and_then(|place| view.state.adjustments().get(place)).map_or(0, |own| own.line)
        }
        Subject::Denial => place.and_then(|place| view.state.denials.get(place)).map_or(0, |own| own.line),
        Subject::Claim | Subject::Diagnosis => 0,
    }
}

fn source(finding: &Finding) -> String {
    if finding.file.is_empty() { String::new() } else { format!("{}:{}", finding.file, finding.source_line) }
}

fn shown(
    view: &ClaimView,
    notes: &[IncidentNote],
    today: Date,
    zone: &Zone,
    style: Style,
    width: usize,
) -> String {
    let mut text = head(view, zone, style);
    text.push_str(&lines(view, style, width));
    text.push_str(&items(view, today, zone, style, width));
    text.push_str(&denials(view, style, width));
    text.push_str(&findings(view, style, width));
    text.push_str(&format!("\n{}\n", style.strong("What happened")));
    let mut all = entries(&view.chapters, zone);
    all.extend(crate::render::incidents::notes(notes).into_iter().map(|(at, actor, words)| Entry {
        at,
        actor: actor.into(),
        event: "incident",
        data: Map::new(),
        words,
    }));
    all.sort_by_key(|entry| entry.at);
    text.push_str(&timeline(&all, zone, style, width));
    text
}

fn head(view: &ClaimView, zone: &Zone, style: Style) -> String {
    let state = &view.state;
    let payer = if state.claim.payer.name.is_empty() {
        view.summary.payer.to_string()
    } else {
        format!("{} ({})", state.claim.payer.name, view.summary.payer)
    };
    let mut text = format!(
        "{}  {}  {payer}\n  billed {}   paid {}   patient {}\n",
        style.strong(view.summary.id.as_str()),
        style.warn(&crate::render::incidents::state(&state.state)),
        money(state.billed()),
        money(state.paid()),
        money(state.patient_responsibility()),
    );
    if !state.payer_claim_number.is_empty() {
        text.push_str(&format!("  payer's number {}\n", state.payer_claim_number));
    }
    text.push_str(&standing(state, zone));
    text
}

fn lines(view: &ClaimView, style: Style, width: usize) -> String {
    let claim = &view.state.claim;
    let rows: Vec<_> = claim
        .lines
        .iter()
        .map(|line| {
            let modifiers = line.modifiers.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" ");
            vec![
                line.number.to_string().into(),
                line.service_date.map(|date| date.to_string()).unwrap_or_default().into(),
                line.procedure.to_string().into(),
                modifiers.into(),
                claim.place_of(line).to_string().into(),
                line.units.to_string().into(),
                money(line.charge).into(),
            ]
        })
        .collect();
    let columns = [
        number("line"),
        words("date"),
        words("code"),
        words("modifiers"),
        words("place"),
        number("units"),
        number("charge"),
    ];
    format!("\n{}", table(&columns, &rows, style, width))
}

fn items(view: &ClaimView, today: Date, zone: &Zone, style: Style, width: usize) -> String {
    let mut text = String::new();
    for item in &view.state.work_items {
        let when = due(item.due, today);
        let late = item.due.is_some_and(|due| due < today);
        text.push_str(&format!(
            "\n{}  {}  {}\n",
            style.strong(&format!("Waits for {}", spoken(&item.owner))),
            spoken(&item.category),
            if late { style.bad(&when) } else { style.warn(&when) },
        ));
        text.push_str(&time_words(view, item.number, zone));
        text.push_str(&hang("    ", &item.ask, width));
    }
    text
}

/// The hour at which an item falls due, and until when it is pended.
fn time_words(view: &ClaimView, item: u16, zone: &Zone) -> String {
    let time = view.state.times.iter().find(|time| time.item == item);
    let due = time.and_then(|time| time.due).map(|due| format!("    due at {}\n", local(due, zone)));
    let until = time.and_then(|time| time.pended).map(|until| {
        format!(
            "    pended until {}: it comes back by itself, and does not escalate before\n",
            zone.date(until)
        )
    });
    due.into_iter().chain(until).collect()
}

fn denials(view: &ClaimView, style: Style, width: usize) -> String {
    if view.state.denials.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = view
        .state
        .denials
        .iter()
        .map(|denial| {
            let remarks = denial.rarcs.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" ");
            vec![
                if denial.line == 0 { "claim".into() } else { denial.line.to_string().into() },
                format!("{}-{} {remarks}", denial.group, denial.carc).trim_end().into(),
                money(denial.amount).into(),
                spoken(&denial.category).into(),
                spoken(&denial.owner).into(),
                denial.action.to_string().into(),
            ]
        })
        .collect();
    let columns = [
        number("line"),
        words("reason"),
        number("amount"),
        words("kind"),
        words("owner"),
        prose("what to do"),
    ];
    let total: Money = view.state.denials.iter().map(|denial| denial.amount).sum();
    format!(
        "\n{}\n{}",
        style.strong(&format!("Denied {}", money(total))),
        table(&columns, &rows, style, width)
    )
}

fn findings(view: &ClaimView, style: Style, width: usize) -> String {
    let all = view.findings();
    if all.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", style.strong("What rules say"));
    for finding in all {
        let level = finding.level.as_str();
        let level = if finding.level.blocks() { style.bad(level) } else { style.faint(level) };
        let place = match line_of(view, finding) {
            0 => String::new(),
            line => format!("  line {line}"),
        };
        text.push_str(&format!(
            "  {level}  {}{place}  {}\n",
            style.strong(&finding.rule),
            style.faint(&source(finding))
        ));
        text.push_str(&hang("      ", &finding.message, width));
    }
    text.push_str(&format!("  {}\n", style.faint("`claimflow explain` shows the values they read")));
    text
}
