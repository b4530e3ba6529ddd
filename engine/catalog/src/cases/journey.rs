//! Reads journeys: cases whose claim goes through a whole workflow.

use claimflow_core::{Claim, Decision, Facts, PostedAdjustment, Span, Text};

use super::read::{adjustments, decision_fields, text_fields};
use super::{Expect, facts, read};
use crate::yaml::{At, Map, Node, Reader, Value};

/// What happens on the way, in the author's words.
pub(crate) const EVENTS: &[&str] = &[
    "accepted",
    "rejected",
    "remittance",
    "corrected",
    "released",
    "new_fact",
    "resolved",
    "after",
    "expect",
];
/// Those that say all in one word.
pub(crate) const ALONE: &[&str] = &["accepted", "rejected"];
/// How a person's work can end.
pub(crate) const OUTCOMES: &[&str] = &["resolved", "appealed", "written-off", "patient-paid"];
pub(crate) const REJECTED: &[&str] = &["statuses", "message"];
pub(crate) const ITEM: &[&str] = &["owner", "category"];

/// A claim's way, as its author tells it.
#[derive(Debug, Clone)]
pub(super) struct Journey {
    pub(super) workflow: Text,
    pub(super) at: At,
    pub(super) events: Vec<Event>,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) name: &'static str,
    pub(super) what: What,
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// The payer takes the claim in, or refuses it before deciding.
    Answered { accepted: bool, statuses: Vec<Text>, message: Text },
    /// The payer decides; fields that are not named go with the adjustments.
    Remitted { fields: Decision, named: Vec<Text>, adjustments: Vec<PostedAdjustment> },
    /// A person corrects fields.
    Corrected(Vec<(Text, Text)>),
    /// A person lets it go on.
    Released(Text),
    /// The registers say more.
    NewFact(Box<Facts>),
    /// A person is done with the work.
    Resolved(Text),
    /// Time passes.
    After(Span),
    /// How it should stand by now.
    Expect(Box<Expect>),
}

/// What a case expects of a claim on its road; what is not named is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OnRoad {
    pub(super) state: Option<(Text, At)>,
    pub(super) work_item: Option<Item>,
    pub(super) sent: Option<usize>,
}

/// The work item that should be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    None,
    Open { owner: Option<Text>, category: Option<Text> },
}

/// Reads `journey` and `events`.
pub(super) fn read(reader: &mut Reader<'_>, map: &Map<'_>, claim: Option<&Claim>) -> Option<Journey> {
    let node = map.get("journey")?;
    let workflow = reader.text(node, "`journey`")?.into();
    let nodes = map.get("events").map_or(&[][..], |node| reader.list(node, "`events`"));
    let fallback = Claim::default();
    let claim = claim.unwrap_or(&fallback);
    let events = nodes.iter().filter_map(|node| event(reader, node, claim)).collect();
    Some(Journey { workflow, at: node.at, events })
}

/// One event: a word, or a key with what it says.
fn event(reader: &mut Reader<'_>, node: &Node, claim: &Claim) -> Option<Event> {
    if let Value::Scalar { text, .. } = &node.value
        && let Some(name) = ALONE.iter().find(|own| *own == text)
    {
        return Some(Event { name, what: answered(*name == "accepted") });
    }
    let map = reader.map(node, "an event", EVENTS)?;
    let [entry] = map.entries() else {
        reader.fault("C003", node.at, "one event says one thing", "begin each with `- `, as `- after: 3d`");
        return None;
    };
    let name = EVENTS.iter().find(|own| **own == entry.key)?;
    let value = &entry.value;
    let what = match *name {
        "accepted" => answered(true),
        "rejected" => rejected(reader, value),
        "remittance" => remittance(reader, value),
        "corrected" => corrected(reader, value)?,
        "released" => What::Released(reader.text(value, "the reason of `released`")?.into()),
        "new_fact" => What::NewFact(Box::new(facts::read(reader, value, claim))),
        "resolved" => What::Resolved(reader.word(value, "an end of a person's work", OUTCOMES)?.into()),
        "after" => What::After(reader.parse(value, "`after`", "a span of time, as `3d` or `2w`")?),
        _ => What::Expect(Box::new(read::expect(reader, value))),
    };
    Some(Event { name, what })
}

fn answered(accepted: bool) -> What {
    What::Answered { accepted, statuses: Vec::new(), message: Text::default() }
}

fn rejected(reader: &mut Reader<'_>, node: &Node) -> What {
    let mut statuses = Vec::new();
    let mut message = Text::default();
    if !node.is_null()
        && let Some(map) = reader.map(node, "`rejected`", REJECTED)
    {
        let words = read::words(reader, &map, "statuses").unwrap_or_default();
        statuses.extend(words.into_iter().map(|(word, _)| word));
        message = text_fields(reader, &map, "message");
    }
    What::Answered { accepted: false, statuses, message }
}

fn remittance(reader: &mut Reader<'_>, node: &Node) -> What {
    let empty = What::Remitted { fields: Decision::default(), named: Vec::new(), adjustments: Vec::new() };
    if node.is_null() {
        return empty;
    }
    let keys: Vec<&str> = read::REMITTANCE.iter().copied().chain(["adjustments"]).collect();
    let Some(map) = reader.map(node, "`remittance`", &keys) else { return empty };
    let named = map.entries().iter().map(|entry| Text::from(entry.key.as_str())).collect();
    let own = map.get("adjustments").map(|node| adjustments(reader, node)).unwrap_or_default();
    What::Remitted { fields: decision_fields(reader, &map), named, adjustments: own }
}

fn corrected(reader: &mut Reader<'_>, node: &Node) -> Option<What> {
    let map = reader.free_map(node, "`corrected`")?;
    if map.entries().is_empty() {
        reader.fault(
            "C003",
            node.at,
            "`corrected` corrects nothing",
            "write `corrected: { place_of_service: \"10\" }`",
        );
    }
    Some(What::Corrected(read::fields(reader, &map)))
}

/// Reads what is expected of a claim on its road.
pub(super) fn on_road(reader: &mut Reader<'_>, map: &Map<'_>) -> OnRoad {
    let state = map.get("state").and_then(|node| Some((Text::from(reader.text(node, "`state`")?), node.at)));
    let sent = map.get("sent").and_then(|node| reader.parse(node, "`sent`", "how often the claim went out"));
    let item = map.entry("work_item").and_then(|entry| item(reader, &entry.value));
    OnRoad { state, work_item: item, sent }
}

fn item(reader: &mut Reader<'_>, node: &Node) -> Option<Item> {
    match &node.value {
        Value::Scalar { text, .. } if node.is_null() || text == "none" => return Some(Item::None),
        _ => {}
    }
    let map = reader.map(node, "`work_item`", ITEM)?;
    let mut word =
        |key: &str| map.get(key).and_then(|node| reader.text(node, &format!("`{key}`"))).map(Text::from);
    Some(Item::Open { owner: word("owner"), category: word("category") })
}
