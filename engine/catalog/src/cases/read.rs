//! Reads files of cases.

use claimflow_core::{
    Carc, Claim, Decision, Diagnostic, GroupCode, Money, PostedAdjustment, Rarc, Stage, Text,
};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::{Case, Expect, defaults, facts, journey};
use crate::SourceFile;
use crate::claims::{CLAIM, Style, read_value};
use crate::yaml::{self, At, Map, Node, Reader, Value};

pub(crate) const ADJUSTMENT: &[&str] = &["group", "reason", "amount", "remarks", "line"];
pub(crate) const KEYS: &[&str] = &[
    "case",
    "stage",
    "journey",
    "plugins",
    "as_of",
    "claim",
    "facts",
    "adjustments",
    "submissions",
    "remittance",
    "events",
    "expect",
];
/// What only a case of one stage says: on a journey it is an event.
const OF_A_STAGE: &[&str] = &["adjustments", "submissions", "remittance"];
pub(crate) const EXPECT: &[&str] =
    &["fires", "silent", "fixed", "held", "category", "owner", "state", "work_item", "sent"];
pub(crate) const REMITTANCE: &[&str] =
    &["status", "charge", "paid", "patient_responsibility", "payer_claim_number", "date", "forwarded_to"];

/// Reads the cases of one file. A case with a fault is left out, and told.
pub(super) fn read(file: &SourceFile, payer: Option<&Text>) -> (Vec<Case>, Vec<Diagnostic>) {
    let (root, faults) = yaml::parse(&file.path, &file.text);
    let mut reader = Reader::new(&file.path, faults);
    let mut cases = Vec::new();
    if let Some(root) = &root
        && !root.is_null()
    {
        for node in reader.list(root, "a file of cases") {
            let before = reader.errors();
            if let Some(case) = case(&mut reader, node, payer)
                && reader.errors() == before
            {
                cases.push(case);
            }
        }
    }
    (cases, reader.into_faults())
}

fn case(reader: &mut Reader<'_>, node: &Node, payer: Option<&Text>) -> Option<Case> {
    let map = reader.map(node, "a case", KEYS)?;
    let name = reader.need(&map, "a case", "case", "what it shows");
    let name = name.and_then(|node| reader.text(node, "`case`")).unwrap_or_default();
    let stage = match map.get("journey") {
        Some(_) => one_kind(reader, &map),
        None => reader.need(&map, "a case", "stage", "scrub").and_then(|node| stage(reader, node)),
    };
    let claim = claim(reader, &map, payer);
    let journey = journey::read(reader, &map, claim.as_ref());
    let plugins = super::plugin::mocks(reader, &map);
    let adjustments = map.get("adjustments").map(|node| adjustments(reader, node)).unwrap_or_default();
    let facts = match (map.get("facts"), &claim) {
        (Some(node), Some(claim)) => facts::read(reader, node, claim),
        (Some(node), None) => facts::read(reader, node, &Claim::default()),
        (None, _) => claimflow_core::Facts::default(),
    };
    let as_of = map.get("as_of").and_then(|node| reader.date(node, "`as_of`"));
    let submissions =
        map.get("submissions").and_then(|node| reader.parse(node, "`submissions`", "a whole number"));
    let remittance = map.get("remittance").map(|node| remittance(reader, node));
    let expect = reader.need(&map, "a case", "expect", "{ fires: [RULE] }").map(|node| expect(reader, node));
    let (stage, claim, expect) = (stage?, claim?, expect?);
    if journey.is_none() {
        of_a_journey(reader, &map, &expect);
    }
    let as_of = as_of.unwrap_or_else(|| soon_after(&claim));
    let decision = remittance.or_else(|| defaults::decision(stage, &claim, &adjustments, as_of));
    Some(Case {
        name: name.into(),
        line: node.at.line,
        stage,
        journey,
        plugins,
        as_of,
        submissions: submissions.unwrap_or_else(|| u32::from(stage >= Stage::Adjudicate)),
        claim,
        facts,
        decision,
        adjustments,
        expect,
    })
}

/// Only a journey has events, and a claim that stands somewhere at the end.
fn of_a_journey(reader: &mut Reader<'_>, map: &Map<'_>, expect: &Expect) {
    let help = "write `journey: professional-claim` instead of `stage`";
    if let Some(entry) = map.entry("events") {
        reader.fault("C003", entry.at, "a case of one stage has no `events`", help);
    }
    if expect.on_road != journey::OnRoad::default() {
        let message = "a case of one stage ends in no `state`, with no `work_item`, and is not `sent`";
        reader.fault("C003", map.at, message, help);
    }
}

/// A case tries one stage or a whole journey.
fn one_kind(reader: &mut Reader<'_>, map: &Map<'_>) -> Option<Stage> {
    if let Some(entry) = map.entry("stage") {
        reader.fault(
            "C003",
            entry.at,
            "a case has a `stage` or a `journey`, not both",
            "take one of them out",
        );
    }
    for entry in map.entries().iter().filter(|entry| OF_A_STAGE.contains(&entry.key.as_str())) {
        let message = format!("a journey has no `{}` of its own", entry.key);
        reader.fault("C003", entry.at, message, "write `- remittance: { ... }` under `events`");
    }
    Some(Stage::Eligibility)
}

/// Two days after the last service: when a practice bills.
pub(super) fn soon_after(claim: &Claim) -> Date {
    claim.last_service_date().unwrap_or_else(|| date(2026, 3, 3)).saturating_add(2.days())
}

fn stage(reader: &mut Reader<'_>, node: &Node) -> Option<Stage> {
    let words: Vec<&str> = Stage::ALL.iter().map(|stage| stage.as_str()).collect();
    reader.word(node, "a stage", &words).and_then(Stage::parse)
}

pub(super) fn claim(reader: &mut Reader<'_>, map: &Map<'_>, payer: Option<&Text>) -> Option<Claim> {
    let (value, at) = match map.get("claim") {
        None => (None, map.at),
        Some(node) => (Some(read_value(reader, node, &CLAIM, Style::Case)?), node.at),
    };
    let claim = defaults::changed(payer, value);
    if let Err(error) = &claim {
        reader.fault("C003", at, format!("this is not a claim: {error}"), "");
    }
    claim.ok()
}

pub(super) fn adjustments(reader: &mut Reader<'_>, node: &Node) -> Vec<PostedAdjustment> {
    let items = reader.list(node, "`adjustments`");
    items.iter().filter_map(|node| adjustment(reader, node)).collect()
}

fn adjustment(reader: &mut Reader<'_>, node: &Node) -> Option<PostedAdjustment> {
    let what = "an adjustment";
    let map = reader.map(node, what, ADJUSTMENT)?;
    let group = reader.need(&map, what, "group", "CO")?;
    let group: Option<GroupCode> = reader.parse(group, "`group`", "`CO`, `PR`, `OA` or `PI`");
    let reason = reader.need(&map, what, "reason", "\"197\"")?;
    let reason: Option<Carc> = reader.parse(reason, "`reason`", "an adjustment reason code, as `197`");
    let amount = reader.need(&map, what, "amount", "\"150.00\"")?;
    let amount: Option<Money> = reader.parse(amount, "`amount`", "an amount, as `150.00`");
    let mut remarks: Vec<Rarc> = Vec::new();
    for node in map.get("remarks").map_or(&[][..], |node| reader.list(node, "`remarks`")) {
        remarks.extend(reader.parse::<Rarc>(node, "a remark", "a remark code, as `N290`"));
    }
    let line = match map.get("line") {
        None => Some(0),
        Some(node) => reader.parse(node, "`line`", "the number of a line, or 0 for the claim"),
    };
    Some(PostedAdjustment { line: line?, group: group?, reason: reason?, remarks, amount: amount? })
}

fn remittance(reader: &mut Reader<'_>, node: &Node) -> Decision {
    let map = reader.map(node, "`remittance`", REMITTANCE);
    map.map(|map| decision_fields(reader, &map)).unwrap_or_default()
}

/// The fields of a decision that the author names; those that are not are empty.
pub(super) fn decision_fields(reader: &mut Reader<'_>, map: &Map<'_>) -> Decision {
    let money = |reader: &mut Reader<'_>, key: &str| {
        map.get(key)
            .and_then(|node| reader.parse::<Money>(node, &format!("`{key}`"), "an amount, as `150.00`"))
            .unwrap_or_default()
    };
    Decision {
        charge: money(reader, "charge"),
        paid: money(reader, "paid"),
        patient_responsibility: money(reader, "patient_responsibility"),
        status: text_fields(reader, map, "status"),
        payer_claim_number: text_fields(reader, map, "payer_claim_number"),
        forwarded_to: text_fields(reader, map, "forwarded_to"),
        date: map.get("date").and_then(|node| reader.date(node, "`date`")),
    }
}

/// The text of a key, or empty.
pub(super) fn text_fields(reader: &mut Reader<'_>, map: &Map<'_>, key: &str) -> Text {
    map.get(key).and_then(|node| reader.text(node, &format!("`{key}`"))).unwrap_or_default().into()
}

pub(super) fn expect(reader: &mut Reader<'_>, node: &Node) -> Expect {
    let mut expect = Expect::default();
    let Some(map) = reader.map(node, "`expect`", EXPECT) else { return expect };
    expect.fires = words(reader, &map, "fires").unwrap_or_default();
    expect.silent = words(reader, &map, "silent").unwrap_or_default();
    expect.held = words(reader, &map, "held").map(|words| words.into_iter().map(|(word, _)| word).collect());
    let text = |reader: &mut Reader<'_>, key: &str| {
        map.get(key).and_then(|node| reader.text(node, &format!("`{key}`"))).map(Text::from)
    };
    expect.category = text(reader, "category");
    expect.owner = text(reader, "owner");
    if let Some(fixed) = map.get("fixed").and_then(|node| reader.free_map(node, "`fixed`")) {
        expect.fixed = fields(reader, &fixed);
    }
    expect.on_road = journey::on_road(reader, &map);
    if map.entries().is_empty() {
        reader.fault("C006", map.at, "the case expects nothing, so it always holds", "add `fires` or `held`");
    }
    expect
}

/// Fields of the claim with their texts.
pub(super) fn fields(reader: &mut Reader<'_>, map: &Map<'_>) -> Vec<(Text, Text)> {
    let mut all = Vec::new();
    for entry in map.entries() {
        if let Err(error) = claimflow_core::field::find(&entry.key) {
            reader.fault("C005", entry.at, error.to_string(), "name a field as `line[1].modifiers`");
        }
        let value = if entry.value.is_null() { Some("") } else { reader.text(&entry.value, "a field") };
        all.extend(value.map(|value| (Text::from(entry.key.as_str()), Text::from(value))));
    }
    all
}

/// A list of words with their places, or one word; `None` when the key is not there.
pub(super) fn words(reader: &mut Reader<'_>, map: &Map<'_>, key: &str) -> Option<Vec<(Text, At)>> {
    let node = &map.entry(key)?.value;
    let what = format!("`{key}`");
    let nodes = match &node.value {
        Value::Scalar { .. } if node.is_null() => &[][..],
        Value::Scalar { .. } => std::slice::from_ref(node),
        _ => reader.list(node, &what),
    };
    Some(nodes.iter().filter_map(|node| Some((reader.text(node, &what)?.into(), node.at))).collect())
}
