//! The proofs a workflow must pass before it goes live. All faults of a file in one pass.

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, EdgeFiltered, Reversed};

use super::{
    Draft, DraftKind, DraftState, Placed, State, StateIndex, StateKind, Transition, Workflow, WorkflowRef,
};
use crate::{Diagnostic, Stage, Text, nearest};

/// An action that a state can `do`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionInfo {
    /// The name authors write.
    pub name: &'static str,
    /// The stage whose rules it runs.
    pub stage: Stage,
    /// What it does, in a line.
    pub does: &'static str,
}

const fn action(name: &'static str, stage: Stage, does: &'static str) -> ActionInfo {
    ActionInfo { name, stage, does }
}

/// The actions of the core, one a stage.
pub const ACTIONS: &[ActionInfo] = &[
    action("eligibility.verify", Stage::Eligibility, "looks at the member's coverage"),
    action("authorization.check", Stage::Authorization, "looks at authorizations and what they still cover"),
    action("claim.scrub", Stage::Scrub, "corrects what can be corrected and edits the claim"),
    action("claim.submit", Stage::Submit, "puts the claim into the next file for its payer"),
    action("remittance.adjudicate", Stage::Adjudicate, "posts what the payer decided"),
    action("denial.categorize", Stage::Categorize, "gives each adjustment its kind"),
    action("denial.route", Stage::Route, "gives each denial one owner and a due date"),
];

/// The events that a state can wait for.
pub const EVENTS: &[&str] = &[
    "submitted",
    "accepted",
    "rejected",
    "remitted",
    "corrected",
    "released",
    "new-fact",
    "resolved",
    "appealed",
    "written-off",
    "patient-paid",
];

/// Checks a workflow as written. `Err` holds every fault found; a workflow that comes out can be stepped.
pub fn check(draft: &Draft, extra_actions: &[Text]) -> Result<Workflow, Vec<Diagnostic>> {
    let mut checker = Checker { draft, faults: Vec::new() };
    checker.names();
    checker.actions_and_events(extra_actions);
    checker.last_guards();
    let graph = checker.graph();
    if checker.faults.is_empty() {
        checker.reachable(&graph);
        checker.immediate_cycles(&graph);
    }
    if checker.faults.is_empty() { Ok(build(draft)) } else { Err(checker.faults) }
}

type Graph = DiGraph<usize, ()>;

struct Checker<'a> {
    draft: &'a Draft,
    faults: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn fault<T>(&mut self, code: &str, at: &Placed<T>, message: String, help: String) {
        let fault = Diagnostic::error(code, &self.draft.path, at.line, at.column, message).help(help);
        self.faults.push(fault);
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.draft.states.iter().position(|state| state.name.value == name)
    }

    fn names(&mut self) {
        let draft = self.draft;
        for (place, state) in draft.states.iter().enumerate() {
            if self.position(&state.name.value) != Some(place) {
                let message = format!("the state `{}` is there twice", state.name.value);
                self.fault("W008", &state.name, message, "give each state its own name".to_owned());
            }
        }
        if !draft.states.iter().any(|state| matches!(state.kind, DraftKind::Final { .. })) {
            let message = "no state is final, so no claim could ever end".to_owned();
            self.fault(
                "W009",
                &draft.start,
                message,
                "add a state such as `closed: { final: true }`".to_owned(),
            );
        }
        self.target(&draft.start);
        if let Some(history) = &draft.history {
            self.target(history);
        }
        for state in &draft.states {
            for transition in &state.then {
                self.target(&transition.to);
            }
            if let DraftKind::Wait { at_most, otherwise, .. } = &state.kind {
                self.deadline(state, at_most.is_some(), otherwise.as_ref());
            }
        }
    }

    fn deadline(&mut self, state: &DraftState, at_most: bool, otherwise: Option<&Placed<Text>>) {
        match (at_most, otherwise) {
            (_, Some(target)) => self.target(target),
            (true, None) => {
                let message = format!("`{}` has a deadline but says not what follows it", state.name.value);
                self.fault("W009", &state.name, message, "add `else: STATE` to `wait`".to_owned());
            }
            (false, None) => {}
        }
        if !at_most {
            let message =
                format!("`{}` waits without a deadline: a claim could stay there for ever", state.name.value);
            self.fault(
                "W009",
                &state.name,
                message,
                "add `at-most: 45d` and `else: STATE` to `wait`".to_owned(),
            );
        }
    }

    fn target(&mut self, target: &Placed<Text>) {
        if self.position(&target.value).is_some() {
            return;
        }
        let names = self.draft.states.iter().map(|state| state.name.value.as_str());
        let help = nearest(&target.value, names).map_or_else(
            || "add the state, or name one that is there".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        self.fault("W001", target, format!("there is no state `{}`", target.value), help);
    }

    fn actions_and_events(&mut self, extra: &[Text]) {
        let draft = self.draft;
        for state in &draft.states {
            let events: &[Placed<Text>] = match &state.kind {
                DraftKind::Work { action, .. } => {
                    self.action(action, extra);
                    &[]
                }
                DraftKind::Choice => &[],
                DraftKind::Wait { events, .. } => events,
                DraftKind::WorkItem { resume, .. } => resume,
                DraftKind::Final { reopen } => reopen,
            };
            for event in events {
                if !EVENTS.contains(&event.value.as_str()) {
                    let help = nearest(&event.value, EVENTS.iter().copied()).map_or_else(
                        || format!("events are {}", EVENTS.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.fault("W007", event, format!("there is no event `{}`", event.value), help);
                }
            }
            let ends = matches!(&state.kind, DraftKind::WorkItem { resume, .. } if resume.is_empty())
                || matches!(&state.kind, DraftKind::Wait { events, .. } if events.is_empty());
            if ends {
                let message = format!("nothing ends `{}`", state.name.value);
                self.fault("W007", &state.name, message, "name at least one event".to_owned());
            }
        }
    }

    fn action(&mut self, action: &Placed<Text>, extra: &[Text]) {
        let offered = || ACTIONS.iter().map(|info| info.name).chain(extra.iter().map(Text::as_str));
        if offered().any(|name| name == action.value) {
            return;
        }
        let help = nearest(&action.value, offered()).map_or_else(
            || format!("actions are {}", offered().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        self.fault("W006", action, format!("no plugin offers the action `{}`", action.value), help);
    }

    fn last_guards(&mut self) {
        let draft = self.draft;
        for state in &draft.states {
            let needs_then = match &state.kind {
                DraftKind::Final { reopen } => !reopen.is_empty(),
                _ => true,
            };
            match state.then.last() {
                None if needs_then => {
                    let message = format!("`{}` leads nowhere", state.name.value);
                    self.fault(
                        "W005",
                        &state.name,
                        message,
                        "add `then:` with at least `- { to: STATE }`".to_owned(),
                    );
                }
                Some(last) if last.when.is_some() => {
                    let message = format!("the last transition of `{}` has a condition", state.name.value);
                    self.fault(
                        "W005",
                        &last.to,
                        message,
                        "end with `- { to: STATE }`, which always holds".to_owned(),
                    );
                }
                _ => {}
            }
            for transition in state.then.iter().rev().skip(1).filter(|transition| transition.when.is_none()) {
                let message = format!("what follows `to: {}` is never reached", transition.to.value);
                self.fault(
                    "W010",
                    &transition.to,
                    message,
                    "give it a condition, or move it to the end".to_owned(),
                );
            }
        }
    }

    /// One node a state in file order; an edge for each transition and deadline.
    fn graph(&self) -> Graph {
        let mut graph = Graph::new();
        let nodes: Vec<NodeIndex> = (0..self.draft.states.len()).map(|place| graph.add_node(place)).collect();
        for (from, state) in nodes.iter().zip(&self.draft.states) {
            let otherwise = match &state.kind {
                DraftKind::Wait { otherwise, .. } => otherwise.as_ref(),
                _ => None,
            };
            for target in state.then.iter().map(|transition| &transition.to).chain(otherwise) {
                if let Some(to) = self.position(&target.value).and_then(|place| nodes.get(place)) {
                    graph.add_edge(*from, *to, ());
                }
            }
        }
        graph
    }

    fn reachable(&mut self, graph: &Graph) {
        let starts = [Some(&self.draft.start), self.draft.history.as_ref()];
        let from_start: Vec<NodeIndex> = starts
            .into_iter()
            .flatten()
            .filter_map(|start| self.position(&start.value))
            .map(NodeIndex::new)
            .collect();
        let finals: Vec<NodeIndex> = graph
            .node_indices()
            .filter(|node| {
                self.draft
                    .states
                    .get(node.index())
                    .is_some_and(|state| matches!(state.kind, DraftKind::Final { .. }))
            })
            .collect();
        let reached = visit(graph, &from_start);
        let ending = visit(Reversed(graph), &finals);
        let draft = self.draft;
        for (place, state) in draft.states.iter().enumerate() {
            let node = NodeIndex::new(place);
            if !reached.contains(&node) {
                let message = format!("no claim can ever reach `{}`", state.name.value);
                self.fault("W002", &state.name, message, "lead a transition there, or remove it".to_owned());
            }
            if !ending.contains(&node) {
                let message =
                    format!("a claim in `{}` can never end: no final state follows", state.name.value);
                self.fault(
                    "W003",
                    &state.name,
                    message,
                    "add a transition on the way to a final state".to_owned(),
                );
            }
        }
    }

    fn immediate_cycles(&mut self, graph: &Graph) {
        let immediate = |node: NodeIndex| {
            self.draft
                .states
                .get(node.index())
                .is_some_and(|state| matches!(state.kind, DraftKind::Work { .. } | DraftKind::Choice))
        };
        let only = EdgeFiltered::from_fn(graph, |edge| {
            use petgraph::visit::EdgeRef;
            immediate(edge.source()) && immediate(edge.target())
        });
        let cycles: Vec<Vec<NodeIndex>> = tarjan_scc(&only)
            .into_iter()
            .filter(|part| {
                part.len() > 1
                    || part.iter().any(|node| graph.contains_edge(*node, *node) && immediate(*node))
            })
            .collect();
        let draft = self.draft;
        for cycle in cycles {
            let mut places: Vec<usize> = cycle.iter().map(|node| node.index()).collect();
            places.sort_unstable();
            let states: Vec<&DraftState> =
                places.iter().filter_map(|place| draft.states.get(*place)).collect();
            let names: Vec<String> = states.iter().map(|state| format!("`{}`", state.name.value)).collect();
            if let Some(first) = states.first() {
                let message = format!(
                    "{} lead into each other without waiting: a claim would go round for ever",
                    names.join(", ")
                );
                self.fault(
                    "W004",
                    &first.name,
                    message,
                    "put a `wait` or a `work-item` between them".to_owned(),
                );
            }
        }
    }
}

fn visit<G>(graph: G, from: &[NodeIndex]) -> Vec<NodeIndex>
where
    G: petgraph::visit::IntoNeighbors<NodeId = NodeIndex> + petgraph::visit::Visitable<NodeId = NodeIndex>,
{
    let mut seen = Vec::new();
    for start in from {
        let mut walk = Dfs::new(graph, *start);
        while let Some(node) = walk.next(graph) {
            seen.push(node);
        }
    }
    seen
}

/// Builds the checked form. Only called when every name was found.
fn build(draft: &Draft) -> Workflow {
    // INVARIANT: `names` found every target, so the fallback to the first state is never taken.
    let index = |name: &Placed<Text>| {
        StateIndex(draft.states.iter().position(|state| state.name.value == name.value).unwrap_or(0))
    };
    let values = |names: &[Placed<Text>]| names.iter().map(|name| name.value.clone()).collect();
    let states = draft
        .states
        .iter()
        .map(|state| State {
            name: state.name.value.clone(),
            note: state.note.clone(),
            then: state.then.iter().map(|t| Transition { when: t.when.clone(), to: index(&t.to) }).collect(),
            kind: match &state.kind {
                DraftKind::Work { action, retry } => {
                    StateKind::Work { action: action.value.clone(), retry: *retry }
                }
                DraftKind::Choice => StateKind::Choice,
                DraftKind::Wait { events, at_most, otherwise } => StateKind::Wait {
                    events: values(events),
                    deadline: at_most.zip(otherwise.as_ref().map(index)),
                },
                DraftKind::WorkItem { resume, ask, category, owner, within, escalate_to } => {
                    StateKind::WorkItem {
                        resume: values(resume),
                        ask: ask.clone(),
                        category: category.clone(),
                        owner: owner.clone(),
                        within: *within,
                        escalate_to: escalate_to.clone(),
                    }
                }
                DraftKind::Final { reopen } => StateKind::Final { reopen: values(reopen) },
            },
        })
        .collect();
    Workflow {
        reference: WorkflowRef { name: draft.name.clone(), version: draft.version, hash: draft.hash.clone() },
        start: index(&draft.start),
        history: draft.history.as_ref().map_or_else(|| index(&draft.start), index),
        states,
    }
}
