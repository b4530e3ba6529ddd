//! The ways out of each state, with words for when they are taken.

use crate::guard::{GuardExpr, GuardOp};
use crate::workflow::{State, StateIndex, StateKind, Workflow};
use crate::{Text, Value};

/// A way from one state to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    /// Place of the state it leaves.
    pub(super) from: usize,
    /// Place of the state it enters.
    pub(super) to: usize,
    /// When it is taken; empty where it always is.
    pub(super) label: String,
    /// True when a deadline or a failure takes it.
    pub(super) deadline: bool,
    /// True when a failure takes it.
    pub(super) failure: bool,
    /// True for the way that is taken when no guard holds: the good course, as authors mostly write it.
    pub(super) main: bool,
    /// True when it leads back to a state on the way to its own.
    pub(super) back: bool,
}

/// All ways in the order of the file; two ways between the same states are one with both labels.
pub(super) fn edges(workflow: &Workflow) -> Vec<Edge> {
    let mut all: Vec<Edge> = Vec::new();
    for (from, state) in workflow.states().iter().enumerate() {
        for way in ways_out(from, state) {
            let same = |edge: &&mut Edge| edge.from == from && edge.to == way.to;
            match all.iter_mut().find(same) {
                Some(edge) => edge.join(&way),
                None => all.push(way),
            }
        }
    }
    mark_back(workflow, &mut all);
    all
}

impl Edge {
    /// Two ways between the same states as one.
    fn join(&mut self, other: &Self) {
        self.deadline &= other.deadline;
        self.failure &= other.failure;
        self.main |= other.main;
        if self.label.is_empty() {
            self.label = other.label.clone();
        } else if !other.label.is_empty() && self.label != other.label {
            self.label = format!("{}, {}", self.label, other.label);
        }
    }
}

fn ways_out(from: usize, state: &State) -> Vec<Edge> {
    let way = |to: StateIndex, label| Edge {
        from,
        to: to.0,
        label,
        deadline: false,
        failure: false,
        main: false,
        back: false,
    };
    let mut left: Vec<&Text> = state.events().iter().collect();
    let mut ways: Vec<Edge> = Vec::new();
    for transition in &state.then {
        let (label, main) = match &transition.when {
            None if left.is_empty() && state.then.len() == 1 => (String::new(), true),
            None if left.is_empty() => ("otherwise".to_owned(), true),
            None => (joined(&left), true),
            Some(guard) => (guarded(guard, &mut left), false),
        };
        ways.push(Edge { main, ..way(transition.to, label) });
    }
    if let StateKind::Wait { deadline: Some((span, to)), .. } = &state.kind {
        ways.push(Edge { deadline: true, ..way(*to, format!("after {span}")) });
    }
    if let StateKind::Work { asks: Some(asks), .. } = &state.kind
        && let Some(to) = asks.on_error
    {
        ways.push(Edge { deadline: true, failure: true, ..way(to, "on error".to_owned()) });
    }
    ways
}

/// A guard in words, with the events that can still come; an event that the guard asks for cannot come afterwards.
fn guarded(guard: &GuardExpr, left: &mut Vec<&Text>) -> String {
    if let Some(events) = asked(guard) {
        left.retain(|event| !events.contains(&event.as_str()));
        return events.join(", ");
    }
    if left.is_empty() || guard.variables().contains(&"event") {
        return words(guard);
    }
    format!("{} and {}", joined(left), words(guard))
}

fn joined(events: &[&Text]) -> String {
    events.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(", ")
}

/// The events that a guard asks for, where it asks for nothing else.
fn asked(guard: &GuardExpr) -> Option<Vec<&str>> {
    let values = match guard {
        GuardExpr::Compare { variable, op: GuardOp::Equal, value } if variable == "event" => {
            std::slice::from_ref(value)
        }
        GuardExpr::In { variable, values } if variable == "event" => values,
        _ => return None,
    };
    values
        .iter()
        .map(|value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// A guard as a person would say it.
fn words(guard: &GuardExpr) -> String {
    let all = |parts: &[GuardExpr], between: &str| parts.iter().map(words).collect::<Vec<_>>().join(between);
    match guard {
        GuardExpr::Always => "always".to_owned(),
        GuardExpr::Holds(expr) => expr.to_string().replace("claim.", "").replace('_', " "),
        GuardExpr::Compare { variable, op: GuardOp::Equal, value } if says_itself(variable) => {
            value_words(value)
        }
        GuardExpr::Compare { variable, op, value } => {
            format!("{} {} {}", variable.replace('_', " "), sign(*op), value_words(value))
        }
        GuardExpr::In { variable, values } => {
            let values = values.iter().map(value_words).collect::<Vec<_>>().join(" or ");
            if says_itself(variable) { values } else { format!("{} is {values}", variable.replace('_', " ")) }
        }
        GuardExpr::Not(inner) => format!("not ({})", words(inner)),
        GuardExpr::And(parts) => all(parts, " and "),
        GuardExpr::Or(parts) => all(parts, " or "),
    }
}

/// Variables whose value needs no name beside it.
fn says_itself(variable: &str) -> bool {
    matches!(variable, "outcome" | "event")
}

const fn sign(op: GuardOp) -> &'static str {
    match op {
        GuardOp::Equal => "is",
        GuardOp::NotEqual => "is not",
        GuardOp::Less => "<",
        GuardOp::AtMost => "≤",
        GuardOp::Greater => ">",
        GuardOp::AtLeast => "≥",
    }
}

fn value_words(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Money(money) if money.cents() % 100 == 0 => (money.cents() / 100).to_string(),
        other => other.to_string(),
    }
}

/// Marks what leads back: an edge to a state that is on the way to its own. The unconditional way is walked first, since
/// authors put the good course last; deadlines come after it.
fn mark_back(workflow: &Workflow, edges: &mut [Edge]) {
    let mut colours = vec![Colour::New; workflow.states().len()];
    for root in [workflow.start().0, workflow.history().0].into_iter().chain(0..workflow.states().len()) {
        if colours.get(root) == Some(&Colour::New) {
            walk(root, edges, &mut colours);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Colour {
    New,
    OnTheWay,
    Done,
}

/// A depth-first walk with its own stack: a workflow may be longer than the machine's.
fn walk(root: usize, edges: &mut [Edge], colours: &mut [Colour]) {
    let mut stack = vec![(root, ways_in_walking_order(root, edges))];
    // INVARIANT: states and edges are only named by places that were made from them.
    colours[root] = Colour::OnTheWay;
    while let Some((state, ways)) = stack.last_mut() {
        let Some(way) = ways.pop() else {
            colours[*state] = Colour::Done;
            stack.pop();
            continue;
        };
        let to = edges[way].to;
        match colours[to] {
            Colour::OnTheWay => edges[way].back = true,
            Colour::Done => {}
            Colour::New => {
                colours[to] = Colour::OnTheWay;
                stack.push((to, ways_in_walking_order(to, edges)));
            }
        }
    }
}

/// The edges of a state, the one to be walked first at the end.
fn ways_in_walking_order(state: usize, edges: &[Edge]) -> Vec<usize> {
    let own = |deadline: bool| {
        let ways = edges.iter().enumerate();
        ways.filter(move |(_, edge)| edge.from == state && edge.deadline == deadline).map(|(place, _)| place)
    };
    own(true).chain(own(false)).collect()
}
