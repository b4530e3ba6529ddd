//! One state of a workflow.

use claimflow_core::workflow::{DraftKind, DraftState, DraftTransition, Placed};
use claimflow_core::{DueIn, Span, Text};

use super::scope::Scope;
use super::{asks, placed, placed_list};
use crate::words::Words;
use crate::yaml::{At, Entry, Map, Node, Reader};

pub(crate) const KEYS: &[&str] = &[
    "do",
    "call",
    "input",
    "keep",
    "retry",
    "timeout",
    "on-error",
    "wait",
    "work-item",
    "final",
    "reopen",
    "result",
    "set",
    "then",
    "note",
];
pub(crate) const RETRY: &[&str] = &["times", "first", "factor", "cap", "jitter"];
pub(crate) const WAIT: &[&str] = &["for", "at-most", "else"];
pub(crate) const WORK_ITEM: &[&str] =
    &["resume", "ask", "category", "owner", "within", "escalate-to", "pend-at-most"];
pub(crate) const TRANSITION: &[&str] = &["when", "to"];
/// The keys that say what a state is; one without any of them only chooses.
const KINDS: &[&str] = &["do", "call", "wait", "work-item", "final"];
/// Keys that belong to some kinds of state only.
const BELONGS: &[(&str, &[&str])] = &[
    ("retry", &["do"]),
    ("timeout", &["do"]),
    ("on-error", &["do"]),
    ("input", &["do", "call"]),
    ("keep", &["do", "call"]),
    ("reopen", &["final"]),
    ("result", &["final"]),
];
pub(super) const SPAN: &str = "a span of time, as `30s`, `15m`, `1h` or `2d`";

/// Reads a state. What cannot be read is told and left out; the state itself stays, so that what leads to it still does.
pub(super) fn read(reader: &mut Reader<'_>, entry: &Entry, words: &Words, scope: &Scope<'_>) -> DraftState {
    let name = Placed::new(Text::from(entry.key.as_str()), entry.at.line, entry.at.column);
    let bare = DraftState {
        note: Placed::new(Text::default(), entry.at.line, entry.at.column),
        name,
        kind: DraftKind::Choice,
        set: Vec::new(),
        then: Vec::new(),
    };
    let Some(map) = reader.map(&entry.value, &format!("the state `{}`", entry.key), KEYS) else {
        return told(bare);
    };
    let note = map.get("note").and_then(|node| placed(reader, node, "`note`"));
    let note = note.unwrap_or_else(|| bare.note.clone());
    let set = scope.set(reader, &map);
    let then = then(reader, &map, entry, scope);
    let kind = kind(reader, &map, entry.at, words, scope);
    let nothing = kind.is_none() || (matches!(kind, Some(DraftKind::Choice)) && map.get("then").is_none());
    let state = DraftState { note, set, then, kind: kind.unwrap_or(DraftKind::Choice), ..bare };
    if nothing { told(state) } else { state }
}

/// A state whose faults are told: it leads to itself, so that the proofs do not tell them a second time.
fn told(mut state: DraftState) -> DraftState {
    if state.then.is_empty() {
        state.then.push(DraftTransition { when: None, to: state.name.clone() });
    }
    state
}

fn kind(
    reader: &mut Reader<'_>,
    map: &Map<'_>,
    at: At,
    words: &Words,
    scope: &Scope<'_>,
) -> Option<DraftKind> {
    let kinds: Vec<&str> = KINDS.iter().copied().filter(|kind| map.entry(kind).is_some()).collect();
    if kinds.len() > 1 {
        let list: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
        let message = format!("a state is one thing, and this has {}", list.join(" and "));
        reader.fault("W020", at, message, "keep one, and make a state of its own of the other");
    }
    for (key, belongs) in BELONGS {
        misplaced(reader, map, key, belongs);
    }
    if kinds.is_empty() {
        if map.get("then").is_none() {
            let help = "add `do`, `call`, `wait`, `work-item`, `final: true`, or only `then`";
            reader.fault("W020", at, "this state does nothing and leads nowhere", help);
        }
        return Some(DraftKind::Choice);
    }
    // Each of several kinds is read, so that the faults of all are told at once.
    let mut read = kinds.into_iter().map(|kind| match kind {
        "do" => asks::work(reader, map, scope),
        "call" => asks::call(reader, map, scope),
        "wait" => wait(reader, map),
        "work-item" => work_item(reader, map, words),
        _ => end(reader, map),
    });
    let first = read.next().flatten();
    read.for_each(drop);
    first
}

fn misplaced(reader: &mut Reader<'_>, map: &Map<'_>, key: &str, belongs: &[&str]) {
    if let Some(entry) = map.entry(key)
        && belongs.iter().all(|kind| map.entry(kind).is_none())
    {
        let kinds: Vec<String> = belongs.iter().map(|kind| format!("`{kind}`")).collect();
        let message = format!("`{key}` belongs to a state with {}", kinds.join(" or "));
        reader.fault("W020", entry.at, message, "remove it");
    }
}

fn wait(reader: &mut Reader<'_>, map: &Map<'_>) -> Option<DraftKind> {
    let node = reader.need(map, "the state", "wait", "{ for: [EVENT], at-most: 2d, else: STATE }")?;
    let map = reader.map(node, "`wait`", WAIT)?;
    let events = placed_list(reader, &map, "for");
    // What cannot be read is told; the wait itself stays, so that its other faults are told too.
    let nothing = DueIn::Span(Span(0));
    let at_most =
        map.get("at-most").map(|node| reader.parse(node, "`at-most`", DueIn::TAKES).unwrap_or(nothing));
    let otherwise = map.get("else").and_then(|node| placed(reader, node, "`else`"));
    Some(DraftKind::Wait { events, at_most, otherwise })
}

fn work_item(reader: &mut Reader<'_>, map: &Map<'_>, words: &Words) -> Option<DraftKind> {
    let node = reader.need(map, "the state", "work-item", "{ resume: [corrected] }")?;
    let map = reader.map(node, "`work-item`", WORK_ITEM)?;
    let resume = placed_list(reader, &map, "resume");
    let ask = map.get("ask").and_then(|node| reader.text(node, "`ask`")).unwrap_or_default().into();
    let category = map.get("category").and_then(|node| {
        let word = reader.text(node, "`category`")?;
        words.check_category(reader, node.at, word);
        Some(Text::from(word))
    });
    let owner = |reader: &mut Reader<'_>, key: &str| {
        let node = map.get(key)?;
        let word = reader.text(node, &format!("`{key}`"))?;
        words.check_owner(reader, node.at, word);
        Some(Text::from(word))
    };
    let owned = owner(reader, "owner").unwrap_or_default();
    let escalate_to = owner(reader, "escalate-to").unwrap_or_default();
    let mut time = |key| map.get(key).and_then(|node| reader.parse(node, &format!("`{key}`"), DueIn::TAKES));
    let (within, pend_at_most) = (time("within"), time("pend-at-most"));
    Some(DraftKind::WorkItem {
        resume,
        ask,
        category: category.unwrap_or_default(),
        owner: owned,
        within,
        escalate_to,
        pend_at_most,
    })
}

fn end(reader: &mut Reader<'_>, map: &Map<'_>) -> Option<DraftKind> {
    let node = reader.need(map, "the state", "final", "true")?;
    let reopen = placed_list(reader, map, "reopen");
    if reader.bool(node, "`final`") == Some(false) {
        reader.fault("W020", node.at, "a state that is not final has no `final`", "remove the key");
    }
    let result = map.get("result").and_then(|node| reader.text(node, "`result`"));
    Some(DraftKind::Final { reopen, result: result.unwrap_or_default().into() })
}

fn then(reader: &mut Reader<'_>, map: &Map<'_>, state: &Entry, scope: &Scope<'_>) -> Vec<DraftTransition> {
    let Some(node) = map.get("then") else { return Vec::new() };
    reader.list(node, "`then`").iter().map(|item| transition(reader, item, state, scope)).collect()
}

/// A transition; what cannot be read is told, and the transition stays in its place without it.
fn transition(reader: &mut Reader<'_>, node: &Node, state: &Entry, scope: &Scope<'_>) -> DraftTransition {
    let to_itself = || Placed::new(Text::from(state.key.as_str()), node.at.line, node.at.column);
    let Some(map) = reader.map(node, "a transition", TRANSITION) else {
        return DraftTransition { when: None, to: to_itself() };
    };
    let to = reader.need(&map, "a transition", "to", "STATE").and_then(|node| placed(reader, node, "`to`"));
    let when = map.get("when").map(|node| scope.guard(reader, node));
    DraftTransition { when, to: to.unwrap_or_else(to_itself) }
}
