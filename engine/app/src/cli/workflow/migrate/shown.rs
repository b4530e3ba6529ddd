//! What a move does, for people and for programs.

use claimflow_core::workflow::{Remark, StateKind, Workflow};
use claimflow_core::{DueIn, Moment, Text};
use claimflow_runtime::{Batch, ItemSummary, MovedClaim, Summary};
use jiff::civil::Date;
use serde::Serialize;

use super::plan::{Plan, named, named_exactly};
use crate::render::incidents::state;
use crate::render::style::Style;
use crate::render::table::{Cell, Tone, prose, table, words};
use crate::render::words::{count, hang, spoken, thousands};
use crate::wire::Desk;

/// So many claims are shown, one by one.
const SHOWN: usize = 20;

/// What a move does, or would.
#[derive(Debug, Serialize)]
pub struct Answer {
    workflow: Text,
    /// The version that claims move to; zero when they go back.
    to_version: u32,
    to_hash: Text,
    /// True when it was done.
    applied: bool,
    /// The move's name; of the one that is taken back, when `back`.
    pub batch: Option<Text>,
    back: bool,
    states: Vec<State>,
    pub claims: Vec<Outcome>,
    /// What was moved, in words, when it is taken back.
    #[serde(skip)]
    what: Text,
}

#[derive(Debug, Serialize)]
struct State {
    from_version: u32,
    from_hash: Text,
    from_state: Text,
    to_state: Text,
    claims: u64,
    /// What people should know, in words.
    remarks: Vec<String>,
    #[serde(skip)]
    from: String,
}

/// What becomes of one claim.
#[derive(Debug, Serialize)]
pub struct Outcome {
    id: Text,
    from_state: Text,
    /// The state afterwards; where it is, when it stays.
    to_state: Text,
    deadline: Option<Moment>,
    items: Vec<Item>,
    /// Why it stays where it is.
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Item {
    owner: Text,
    category: Text,
    due: Option<Date>,
}

impl Answer {
    /// Of a plan.
    pub fn of(plan: &Plan, applied: bool) -> Self {
        let to = &plan.order.to;
        let mut versions: Vec<u32> = plan.order.from.iter().map(|(own, _)| own.version).collect();
        let contents = versions.len();
        versions.dedup();
        let several = versions.len() < contents || versions.contains(&to.version);
        let state = |row: &super::plan::Row| State {
            from_version: row.from.version,
            from_hash: row.from.hash.clone(),
            from_state: row.landing.from.clone(),
            to_state: row.landing.to.clone(),
            claims: row.claims,
            remarks: row.landing.remarks.iter().map(remark).collect(),
            from: if several { named_exactly(&row.from) } else { named(&row.from) },
        };
        Self {
            workflow: to.name.clone(),
            to_version: to.version,
            to_hash: to.hash.clone(),
            applied,
            batch: None,
            back: false,
            states: plan.rows.iter().map(state).collect(),
            claims: Vec::new(),
            what: Text::default(),
        }
    }

    /// Of a move that is taken back.
    pub fn back(batch: Batch, applied: bool, claims: Vec<Outcome>) -> Self {
        Self {
            workflow: batch.workflow,
            to_version: 0,
            to_hash: Text::default(),
            applied,
            batch: Some(batch.name),
            back: true,
            states: Vec::new(),
            claims,
            what: crate::cli::workflow::list::what_words(&batch.what).into(),
        }
    }

    /// Brings the claims into the order in which people look for them: those that stay first, then by id.
    pub fn sort(&mut self) {
        self.claims.sort_by(|a, b| (a.error.is_none(), &a.id).cmp(&(b.error.is_none(), &b.id)));
    }

    /// How many claims could not be moved.
    pub fn failed(&self) -> u64 {
        self.claims.iter().filter(|claim| claim.error.is_some()).count() as u64
    }

    fn moved(&self) -> u64 {
        self.claims.len() as u64 - self.failed()
    }
}

impl Outcome {
    /// Of one claim.
    pub fn of(moved: MovedClaim) -> Self {
        let MovedClaim { before, after } = moved;
        let (now, error) = match &after {
            Ok(after) => (after, None),
            Err(error) => (&before, Some(error.to_string())),
        };
        Self {
            id: Text::from(before.id.as_str()),
            from_state: before.state.clone(),
            to_state: now.state.clone(),
            deadline: now.deadline,
            items: items(now),
            error,
        }
    }
}

fn items(of: &Summary) -> Vec<Item> {
    let item =
        |own: &ItemSummary| Item { owner: own.owner.clone(), category: own.category.clone(), due: own.due };
    of.items.iter().map(item).collect()
}

/// A remark in words.
fn remark(remark: &Remark) -> String {
    match remark {
        Remark::EventsLost(events) => {
            let events: Vec<String> = events.iter().map(|event| format!("`{event}`")).collect();
            format!("no longer goes on when {} comes", events.join(" or "))
        }
        Remark::Waits(before, now) => {
            format!("waits {} from when it came there, before it was {}", span(*now), span(*before))
        }
        Remark::Then(before, now) => {
            format!("when the wait is over it goes to {}, before it was {}", spoken(now), spoken(before))
        }
        Remark::ItemsReopened(what) => {
            format!("work items are opened anew: another {}", what.join(", another "))
        }
        Remark::ItemsOpened => "a work item is opened".to_owned(),
        Remark::ItemsClosed => "its work items are closed".to_owned(),
        Remark::Redone(action) if action.is_empty() => "goes on at once from there".to_owned(),
        Remark::Redone(action) => format!("`{action}` is done again; this cannot be taken back"),
    }
}

fn span(most: Option<DueIn>) -> String {
    most.map_or_else(|| "without an end".to_owned(), |most| format!("at most {most}"))
}

/// What a claim does next in its new state.
fn next(claim: &Outcome, workflow: Option<&Workflow>) -> String {
    if let Some(error) = &claim.error {
        return format!("stays: {error}");
    }
    if claim.to_state.is_empty() {
        return "begins when it is retried".to_owned();
    }
    let mut parts: Vec<String> = claim
        .items
        .iter()
        .map(|item| match item.due {
            Some(due) => format!("{} by {due}", spoken(&item.owner)),
            None => spoken(&item.owner),
        })
        .collect();
    if claim.items.is_empty()
        && let Some(at) = claim.deadline
    {
        let kind = workflow.and_then(|own| own.find(&claim.to_state).map(|index| &own.state(index).kind));
        let then = match (kind, workflow) {
            (Some(StateKind::Wait { deadline: Some((_, then)), .. }), Some(own)) => {
                format!(", then {}", spoken(&own.state(*then).name))
            }
            _ => String::new(),
        };
        parts.push(format!("waits until {}{then}", at.date()));
    }
    if parts.is_empty() { "waits".to_owned() } else { parts.join("; ") }
}

/// What a move does, for people.
pub fn text(answer: &Answer, desk: &Desk, style: Style, width: usize) -> String {
    let mut text = head(answer, style);
    if answer.states.is_empty() && answer.claims.is_empty() {
        return text;
    }
    text.push_str(&states(answer, style, width));
    text.push_str(&claims(answer, desk, style, width));
    text.push_str(&foot(answer, style));
    text
}

fn head(answer: &Answer, style: Style) -> String {
    let Answer { workflow, to_version, batch, what, .. } = answer;
    let batch = batch.clone().unwrap_or_default();
    let nothing = answer.claims.is_empty();
    let line = match (answer.back, answer.applied, nothing) {
        (true, _, true) => format!("No claim of the move {batch} of {workflow} is left to put back."),
        (true, true, _) => format!("The move {batch} of {workflow} ({what}) was taken back."),
        (true, false, _) => {
            format!("What taking back the move {batch} of {workflow} ({what}) would do. Nothing was moved.")
        }
        (false, _, true) => format!("No claim is to be moved to version {to_version} of {workflow}."),
        (false, true, _) => format!("Claims were moved to version {to_version} of {workflow}, as {batch}."),
        (false, false, _) => {
            format!("What moving claims to version {to_version} of {workflow} would do. Nothing was moved.")
        }
    };
    format!("{}\n", style.strong(&line))
}

fn states(answer: &Answer, style: Style, width: usize) -> String {
    let mut text = String::new();
    let (mut before, wide) =
        (None, answer.states.iter().map(shown_states).map(|own| own.chars().count()).max());
    let (wide, digits) = (wide.unwrap_or(0), answer.states.iter().map(|one| one.claims).max().unwrap_or(0));
    let digits = thousands(&digits.to_string()).len();
    for one in &answer.states {
        if before != Some(&one.from) {
            text.push_str(&format!("\n  from {}\n", one.from));
            before = Some(&one.from);
        }
        let claims = thousands(&one.claims.to_string());
        let states = style.strong(&format!("{:<wide$}", shown_states(one)));
        text.push_str(&format!("    {states}  {claims:>digits$}\n"));
        for remark in &one.remarks {
            text.push_str(&hang("        - ", remark, width));
        }
    }
    text
}

fn shown_states(one: &State) -> String {
    if one.from_state == one.to_state {
        state(&one.from_state)
    } else {
        format!("{} → {}", state(&one.from_state), state(&one.to_state))
    }
}

fn claims(answer: &Answer, desk: &Desk, style: Style, width: usize) -> String {
    let workflow = desk.practice.exactly(&answer.to_hash).map(AsRef::as_ref);
    let columns = [words("claim"), words("from"), words("to"), prose("then")];
    let shown = answer.claims.iter().take(SHOWN).map(|claim| {
        let tone = if claim.error.is_some() { Tone::Bad } else { Tone::Plain };
        vec![
            Cell::toned(claim.id.as_str(), Tone::Strong),
            state(&claim.from_state).into(),
            state(&claim.to_state).into(),
            Cell::toned(next(claim, workflow), tone),
        ]
    });
    let mut text = format!("\n{}", table(&columns, &shown.collect::<Vec<_>>(), style, width));
    let more = answer.claims.len().saturating_sub(SHOWN) as u64;
    if more > 0 {
        text.push_str(&format!("  and {}; `--json` lists all\n", count(more, "more claim", "more claims")));
    }
    text
}

fn foot(answer: &Answer, style: Style) -> String {
    let (moved, failed) = (answer.moved(), answer.failed());
    let claims = count(moved, "claim", "claims");
    let mut text = match (answer.applied, answer.back, moved) {
        (true, false, _) => format!("\n{claims} moved"),
        (true, true, _) => format!("\n{claims} put back"),
        (false, false, 1) => format!("\n{claims} moves"),
        (false, false, _) => format!("\n{claims} move"),
        (false, true, 1) => format!("\n{claims} goes back"),
        (false, true, _) => format!("\n{claims} go back"),
    };
    if failed > 0 {
        let stay = if failed == 1 {
            "1 stays".to_owned()
        } else {
            format!("{} stay", thousands(&failed.to_string()))
        };
        text.push_str(&format!(", {}", style.bad(&stay)));
    }
    text.push('\n');
    match (answer.applied, answer.back, &answer.batch) {
        (false, _, _) => {
            text.push_str("Nothing was moved: add `--apply` to do it, and `--reason TEXT` to say why.\n");
        }
        (true, false, Some(batch)) => {
            text.push_str(&format!(
                "`claimflow workflow migrate --back {batch}` shows what taking it back would do.\n"
            ));
        }
        _ => {}
    }
    text
}
