//! How incidents begin: from an error of a step, from a rule that erred, from a plugin that failed for good.

use claimflow_core::event::Event;
use claimflow_core::state::ClaimState;
use claimflow_core::{Finding, Level, Moment, Text};

use super::book::Open;
use super::{Cause, IncidentRecord, Place};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::keys;
use crate::record::{Body, decode};
use crate::store::Position;
use crate::summary::Summary;

/// Why a claim cannot go on, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub cause: Cause,
    pub place: Place,
    pub message: Text,
}

impl Trouble {
    /// Of an error; `None` where it is no incident.
    pub fn of(error: &Error, place: Place) -> Option<Self> {
        let message = Text::from(error.to_string());
        Cause::of(error).map(|cause| Self { cause, place, message })
    }

    /// Of a panic at that place of the program; empty when unknown.
    pub fn stopped(at: &Text, place: Place) -> Self {
        let at = if at.is_empty() { String::new() } else { format!(" at `{at}`") };
        let message = Text::from(format!("the program stopped{at} while it stepped the claim"));
        Self { cause: Cause::Stopped, place, message }
    }

    fn rule(finding: &Finding, state: &ClaimState) -> Self {
        let place = Place {
            rule: finding.rule.clone(),
            file: finding.file.clone(),
            line: finding.source_line,
            ..of_state(state)
        };
        let at = if finding.file.is_empty() {
            String::new()
        } else {
            format!(" ({}:{})", finding.file, finding.source_line)
        };
        // What a rule says of a claim may quote it; where the rule is stands for it here.
        let message = format!("rule `{}`{at} cannot be decided at {}", finding.rule, finding.stage.as_str());
        Self { cause: Cause::RuleError, place, message: Text::from(message) }
    }
}

/// Where a claim is.
pub(crate) fn place(summary: &Summary) -> Place {
    Place {
        workflow: summary.workflow.name.clone(),
        version: summary.workflow.version,
        state: summary.state.clone(),
        ..Place::default()
    }
}

/// Rules that erred in these events and hold the claim after them, each once.
pub(crate) fn rule_troubles(events: &[Event], state: &ClaimState) -> Vec<Trouble> {
    let mut all: Vec<Trouble> = Vec::new();
    for event in events {
        let Event::Evaluated { findings, .. } = event else { continue };
        for finding in findings.iter().filter(|finding| finding.level == Level::Error) {
            if errs(state, &finding.rule) && !all.iter().any(|own| own.place.rule == finding.rule) {
                all.push(Trouble::rule(finding, state));
            }
        }
    }
    all
}

/// The plugin that failed for good in these events and has the claim stand still after them.
pub(crate) fn action_trouble(events: &[Event], state: &ClaimState) -> Option<Trouble> {
    let failed = events.iter().any(|event| matches!(event, Event::Failed { again: None, .. }));
    let request = state.request.as_ref().filter(|_| failed && state.is_stuck())?;
    let action = request.request.action.clone();
    let why = request.failed.as_deref().unwrap_or_default();
    let message = Text::from(format!("`{action}` failed for good: {why}"));
    Some(Trouble { cause: Cause::ActionFailed, place: Place { action, ..of_state(state) }, message })
}

/// True while what an incident says can be seen in the claim's state itself.
pub(crate) fn persists(incident: &IncidentRecord, state: &ClaimState) -> bool {
    match incident.cause {
        Cause::RuleError => errs(state, &incident.place.rule),
        Cause::ActionFailed => state.is_stuck(),
        _ => false,
    }
}

/// The keys of open incidents whose cause was in the claim's state, and is no longer.
pub(crate) fn overtaken(open: &Open, state: &ClaimState) -> Vec<Text> {
    let seen = |cause| matches!(cause, Cause::RuleError | Cause::ActionFailed);
    let over = |own: &&IncidentRecord| seen(own.cause) && !persists(own, state);
    open.incidents.iter().filter(over).map(IncidentRecord::key).collect()
}

fn of_state(state: &ClaimState) -> Place {
    Place {
        workflow: state.running().name.clone(),
        version: state.running().version,
        state: state.state.clone(),
        ..Place::default()
    }
}

fn errs(state: &ClaimState, rule: &str) -> bool {
    state.holding().any(|finding| finding.level == Level::Error && finding.rule == rule)
}

/// The record of an incident: one that is open goes on being so, with one more attempt.
///
/// # Errors
/// When the journal cannot be read.
pub(crate) fn opened(
    engine: &Engine,
    claim: u64,
    trouble: Trouble,
    open: Option<&Open>,
    input_failed: bool,
    at: Moment,
) -> Result<IncidentRecord> {
    let Trouble { cause, place, message } = trouble;
    let mut record = IncidentRecord { claim, cause, place, message, attempt: 1, since: at, input_failed };
    let key = record.key();
    if let Some(before) = open.and_then(|open| open.find(&key)) {
        (record.attempt, record.since) = (before.attempt.saturating_add(1), before.since);
    } else {
        record.attempt = attempts(engine, claim, &key)?.saturating_add(1);
    }
    Ok(record)
}

/// How many times it has come up for the claim.
fn attempts(engine: &Engine, claim: u64, key: &str) -> Result<u32> {
    for (own, _) in engine.view.collect(&keys::incident_history_prefix(claim))?.into_iter().rev() {
        let Some(position) = keys::number_at_end(&own) else { continue };
        if let Body::Incident(incident) = decode(&engine.store.read(Position(position))?)?.body
            && incident.key() == key
        {
            return Ok(incident.attempt);
        }
    }
    Ok(0)
}
