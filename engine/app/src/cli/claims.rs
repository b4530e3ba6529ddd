//! `claimflow claims`: which claims there are.

use claimflow_core::workflow::WorkflowRef;
use claimflow_core::{Money, Text};
use claimflow_runtime::{ClaimFilter, IncidentFilter, IncidentRow, Summary};
use clap::Args;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;

use super::Global;
use super::known::{known, known_owner, known_state, known_workflow};
use super::workflow::version;
use crate::exit::{Exit, Result};
use crate::render::incidents::{incident_json, who_and_why};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::{Cell, Tone, number, page_width, table, words};
use crate::render::words::{count, due, money, spoken};
use crate::wire::Desk;

/// List claims: the open ones, or those you ask for
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow claims
  claimflow claims --all
  claimflow claims --state held --owner front_desk
  claimflow claims --workflow professional-claim@1
  claimflow claims --category authorization --json
  claimflow claims --incident                    those that cannot go on by themselves, with the cause")]
pub struct Arguments {
    /// Closed, paid and written-off claims too
    #[arg(long)]
    all: bool,
    /// Only claims in this state, as held or awaiting-remittance
    #[arg(long, value_name = "STATE")]
    state: Option<Text>,
    /// Only claims to this payer (its id)
    #[arg(long, value_name = "PAYER")]
    payer: Option<Text>,
    /// Only claims with work for this owner
    #[arg(long, value_name = "OWNER")]
    owner: Option<Text>,
    /// Only claims with work or denials of this category
    #[arg(long, value_name = "CATEGORY")]
    category: Option<Text>,
    /// Only claims that cannot go on by themselves: each with the cause, since when, and what to do
    #[arg(long, conflicts_with_all = ["all", "state", "payer", "owner", "category"])]
    incident: bool,
    /// Only incidents of this cause, as rule-error or action-failed
    #[arg(long, value_name = "CODE", requires = "incident")]
    cause: Option<Text>,
    /// Only claims on this workflow, and in this version of it, as professional-claim@1
    #[arg(long, value_name = "NAME[@VERSION]")]
    workflow: Option<Text>,
}

/// A claim, as `claims --json` tells of it.
#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a str,
    state: &'a str,
    payer: &'a str,
    owner: Option<&'a str>,
    category: Option<&'a str>,
    due: Option<Date>,
    billed: Money,
    paid: Money,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    claims: Vec<Row<'a>>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    if arguments.incident {
        return incidents(arguments, global);
    }
    let workflow = arguments.workflow.as_deref().map(version::parse).transpose()?;
    let desk = global.open()?;
    refuse_unknown(arguments, workflow.as_ref(), &desk)?;
    let filter = ClaimFilter {
        all: arguments.all,
        state: arguments.state.as_deref().map(written),
        payer: arguments.payer.clone(),
        owner: arguments.owner.clone(),
        category: arguments.category.clone(),
        workflow,
        ..ClaimFilter::default()
    };
    let claims = desk.engine.claims(&filter)?;
    if global.json {
        out::json(&Answer { claims: claims.iter().map(Row::new).collect() })?;
    } else {
        out::print(&shown(&claims, desk.engine.today(), Style::stdout(), page_width()))?;
    }
    desk.close()?;
    Ok(Exit::Done)
}

/// Claims that cannot go on by themselves.
fn incidents(arguments: &Arguments, global: &Global) -> Result {
    let cause = super::retry::cause(arguments.cause.as_deref())?;
    let desk = global.open()?;
    let rows = desk.engine.incidents(&IncidentFilter { cause, since: None })?;
    desk.close()?;
    if global.json {
        out::json(&json!({ "incidents": rows.iter().map(incident_json).collect::<Vec<_>>() }))?;
    } else {
        out::print(&shown_incidents(&rows, Style::stdout(), page_width()))?;
    }
    Ok(Exit::Done)
}

fn shown_incidents(rows: &[IncidentRow], style: Style, width: usize) -> String {
    if rows.is_empty() {
        return "No incidents: every claim can go on.\n".to_owned();
    }
    let claims = count(rows.len() as u64, "claim cannot", "claims cannot");
    let mut text = format!("{} go on by themselves\n", style.strong(&claims))
        .replace("claim cannot go on by themselves", "claim cannot go on by itself");
    rows.iter().for_each(|row| text.push_str(&who_and_why(row, style, width)));
    text.push_str(&format!(
        "\n  {} tries one again, {} all of a kind\n",
        style.code("claimflow retry CLAIM"),
        style.code("claimflow retry --all --cause CODE")
    ));
    text
}

/// A state as workflows write it, from the form that screens print.
fn written(state: &str) -> Text {
    Text::from(state.trim().replace(' ', "-"))
}

/// Refuses names that nothing has: an empty list would say that no claim is there.
fn refuse_unknown(arguments: &Arguments, workflow: Option<&WorkflowRef>, desk: &Desk) -> Result<()> {
    if let Some(workflow) = workflow {
        known_workflow(&workflow.name, desk)?;
    }
    if let Some(state) = &arguments.state.as_deref().map(written) {
        known_state(state, desk)?;
    }
    if let Some(owner) = &arguments.owner {
        known_owner(owner, desk)?;
    }
    if let Some(category) = &arguments.category {
        let categories = desk.practice.generation().categories().iter().map(|info| info.category.as_str());
        known("category", category, &categories.collect::<Vec<_>>())?;
    }
    Ok(())
}

impl<'a> Row<'a> {
    fn new(claim: &'a Summary) -> Self {
        let item = claim.next_item();
        let denied = claim.denials.first().map(|(category, _)| category.as_str());
        Self {
            id: claim.id.as_str(),
            state: &claim.state,
            payer: claim.payer.as_str(),
            owner: item.map(|item| item.owner.as_str()),
            category: item.map(|item| item.category.as_str()).or(denied),
            due: item.and_then(|item| item.due),
            billed: claim.billed,
            paid: claim.paid,
        }
    }
}

fn shown(claims: &[Summary], today: Date, style: Style, width: usize) -> String {
    if claims.is_empty() {
        return "No claims. `--all` lists closed ones too.\n".to_owned();
    }
    let columns = [
        words("claim"),
        words("state"),
        words("payer"),
        words("owner"),
        words("because of"),
        words("due"),
        number("billed"),
        number("paid"),
    ];
    let rows: Vec<Vec<Cell>> = claims.iter().map(|claim| cells(&Row::new(claim), today)).collect();
    let mut text = table(&columns, &rows, style, width.max(110));
    let billed: Money = claims.iter().map(|claim| claim.billed).sum();
    let paid: Money = claims.iter().map(|claim| claim.paid).sum();
    let total = count(claims.len() as u64, "claim", "claims");
    text.push_str(&format!("\n  {total}, billed {}, paid {}\n", money(billed), money(paid)));
    text
}

fn cells(row: &Row<'_>, today: Date) -> Vec<Cell> {
    let late = row.due.is_some_and(|due| due < today);
    let when = row.due.map(|date| due(Some(date), today)).unwrap_or_default();
    vec![
        Cell::toned(row.id, Tone::Strong),
        spoken(row.state).into(),
        row.payer.into(),
        spoken(row.owner.unwrap_or_default()).into(),
        spoken(row.category.unwrap_or_default()).into(),
        Cell::toned(when, if late { Tone::Bad } else { Tone::Warn }),
        money(row.billed).into(),
        money(row.paid).into(),
    ]
}
