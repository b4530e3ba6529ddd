//! What a move is about: from which contents to which, and where claims of each state land.

use std::path::Path;
use std::sync::Arc;

use claimflow_core::Text;
use claimflow_core::workflow::{Landing, MappingFault, Workflow, WorkflowRef, map_states};
use claimflow_runtime::{Move, StateCount};

use super::Arguments;
use crate::cli::known::{known, known_state};
use crate::cli::workflow::version::{Version, short};
use crate::exit::{Failure, Result};
use crate::wire::Desk;

/// A state of a version with the claims in it, and where they land.
#[derive(Debug)]
pub struct Row {
    pub from: WorkflowRef,
    pub claims: u64,
    pub landing: Landing,
}

/// A move, proved by the graphs of both versions.
#[derive(Debug)]
pub struct Plan {
    pub order: Move,
    pub rows: Vec<Row>,
}

/// `old=new`.
pub fn parse_pair(text: &str) -> Result<(Text, Text), String> {
    let (old, new) = text.split_once('=').ok_or_else(|| format!("write `{text}` as OLD=NEW"))?;
    let (old, new) = (old.trim(), new.trim());
    if old.is_empty() || new.is_empty() {
        return Err(format!("write `{text}` as OLD=NEW"));
    }
    Ok((written(old), written(new)))
}

/// A state as workflows write it, from the form that screens print.
fn written(state: &str) -> Text {
    Text::from(state.replace(' ', "-"))
}

impl Plan {
    /// The move that the arguments ask for.
    ///
    /// # Errors
    /// When there is no such workflow or version, or the mapping has faults: all of them are told.
    pub fn of(arguments: &Arguments, desk: &Desk) -> Result<Self> {
        let name = arguments.name.clone().unwrap_or_else(|| desk.practice.settings().workflow.clone());
        let to = target(&name, arguments.to.as_ref(), desk)?;
        let mut pairs = arguments.map.clone();
        if let Some(file) = &arguments.map_file {
            pairs.extend(read_pairs(file)?);
        }
        let mut held = held(&name, &to, arguments, desk)?;
        held.sort_by(|a, b| {
            (&a.workflow.version, &a.workflow.hash).cmp(&(&b.workflow.version, &b.workflow.hash))
        });
        let mut plan = Self { order: order(arguments, to.reference().clone()), rows: Vec::new() };
        let mut faults = Vec::new();
        for group in held.chunk_by(|a, b| a.workflow == b.workflow) {
            match land(group, &to, &pairs, &arguments.redo, desk) {
                Ok((from, landings)) => plan.add(from, landings, group),
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(plan) } else { Err(refused(to.reference(), &faults)) }
    }

    /// True when no claim is to be moved.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn add(&mut self, from: WorkflowRef, landings: Vec<Landing>, held: &[StateCount]) {
        for landing in &landings {
            let claims = held.iter().filter(|one| one.state == landing.from).map(|one| one.claims).sum();
            self.rows.push(Row { from: from.clone(), claims, landing: landing.clone() });
        }
        self.order.from.push((from, landings.into()));
    }
}

fn order(arguments: &Arguments, to: WorkflowRef) -> Move {
    Move {
        to,
        from: Vec::new(),
        claims: arguments.claims.clone(),
        state: arguments.state.as_deref().map(written),
        ended: arguments.ended,
        reason: arguments.reason.clone(),
    }
}

fn target(name: &Text, to: Option<&Version>, desk: &Desk) -> Result<Arc<Workflow>> {
    let generation = desk.practice.generation();
    let names: Vec<&str> = generation.workflows().iter().map(|own| own.reference().name.as_str()).collect();
    known("workflow", name, &names)?;
    let versions = generation.workflows().iter().filter(|own| own.reference().name == *name);
    let newest = versions.clone().max_by_key(|own| own.reference().version);
    let wanted = match to {
        Some(to) => versions.clone().find(|own| to.is(own.reference())),
        None => newest,
    };
    wanted.cloned().ok_or_else(|| {
        let all: Vec<String> = versions.map(|own| own.reference().version.to_string()).collect();
        let wanted = to.map(|own| own.number).unwrap_or_default();
        Failure::usage(format!("there is no version {wanted} of `{name}` that claims could move to")).help(
            format!(
                "live are: {}; `claimflow rules status` says whether a changed file is not",
                all.join(", ")
            ),
        )
    })
}

/// The states with claims that are to be moved.
fn held(name: &Text, to: &Workflow, arguments: &Arguments, desk: &Desk) -> Result<Vec<StateCount>> {
    let wanted = |workflow: &WorkflowRef| {
        workflow.name == *name
            && workflow != to.reference()
            && arguments.from.as_ref().is_none_or(|from| from.is(workflow))
    };
    let mut held: Vec<StateCount> = if arguments.claims.is_empty() {
        desk.engine.state_counts()
    } else {
        of_claims(&arguments.claims, desk)?
    };
    held.retain(|one| !one.state.contains('/'));
    for place in desk.engine.claims_within(&arguments.claims)? {
        let called = place.calls.iter().map(|call| &call.workflow);
        for (level, workflow) in std::iter::once(&place.workflow).chain(called).enumerate() {
            add(&mut held, workflow, place.own_state(level), false);
        }
    }
    held.retain(|one| wanted(&one.workflow) && (arguments.ended || !one.is_final));
    if let Some(state) = arguments.state.as_deref().map(written) {
        known_state(&state, desk)?;
        held.retain(|one| one.state == state);
    }
    Ok(held)
}

/// The counts of these claims alone.
fn of_claims(ids: &[Text], desk: &Desk) -> Result<Vec<StateCount>> {
    let mut all: Vec<StateCount> = Vec::new();
    for id in ids {
        let (_, summary) = desk.engine.find(id)?;
        add(&mut all, &summary.workflow, &summary.state, summary.is_final);
    }
    Ok(all)
}

/// One claim more.
fn add(counts: &mut Vec<StateCount>, workflow: &WorkflowRef, state: &str, is_final: bool) {
    match counts.iter_mut().find(|one| one.workflow == *workflow && one.state == state) {
        Some(one) => one.claims += 1,
        None => {
            let (workflow, state) = (workflow.clone(), Text::from(state));
            counts.push(StateCount { workflow, state, is_final, claims: 1 });
        }
    }
}

type Landed = (WorkflowRef, Vec<Landing>);

fn land(
    held: &[StateCount],
    to: &Workflow,
    pairs: &[(Text, Text)],
    redo: &[Text],
    desk: &Desk,
) -> Result<Landed, Vec<MappingFault>> {
    let Some(reference) = held.first().map(|one| one.workflow.clone()) else { return Ok(Landed::default()) };
    let from = desk.practice.exactly(&reference.hash);
    let states: Vec<(Text, u64)> = held.iter().map(|one| (one.state.clone(), one.claims)).collect();
    map_states(from.map(AsRef::as_ref), to, &states, pairs, redo).map(|landings| (reference, landings))
}

/// The failure of a mapping, with every fault and its mend.
fn refused(to: &WorkflowRef, faults: &[MappingFault]) -> Failure {
    let mut told: Vec<String> = Vec::new();
    for fault in faults {
        let line = format!("  {fault}\n      {}\n", fault.help());
        // Several contents of one version have the same faults.
        if !told.contains(&line) {
            told.push(line);
        }
    }
    let message =
        format!("the claims cannot be moved to version {} of `{}`, so nothing was done", to.version, to.name);
    Failure::failed(message).help("mend what is shown above and run it again").details(told.concat())
}

fn read_pairs(file: &Path) -> Result<Vec<(Text, Text)>> {
    let path = crate::guest::path(file);
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::io("read", file, &error))?;
    let mut pairs = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let pair = parse_pair(line).map_err(|why| {
            Failure::usage(format!("{}:{}: {why}", file.display(), place + 1))
                .help("a line is `old-state = new-state`")
        })?;
        pairs.push(pair);
    }
    Ok(pairs)
}

/// A version as this command's screens name it.
pub fn named(own: &WorkflowRef) -> String {
    format!("version {}", own.version)
}

/// The same, told apart from other contents of the version.
pub fn named_exactly(own: &WorkflowRef) -> String {
    format!("version {} ({})", own.version, short(&own.hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_mapped_in_pairs() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "# old = new\nstatus inquiry = inquiry\n\nheld=on-hold # kept\n")
            .unwrap();
        let pairs = read_pairs(file.path()).unwrap();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
        assert_eq!(pairs, [("status-inquiry", "inquiry"), ("held", "on-hold")]);
        std::fs::write(file.path(), "held: on-hold\n").unwrap();
        let failure = read_pairs(file.path()).unwrap_err();
        assert!(failure.message.ends_with(":1: write `held: on-hold` as OLD=NEW"), "{}", failure.message);
        assert!(parse_pair("=x").is_err() && parse_pair("x=").is_err());
    }
}
