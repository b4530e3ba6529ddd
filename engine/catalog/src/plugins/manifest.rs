//! Reads `plugin.yaml`.

use std::time::Duration;

use claimflow_core::workflow::{ActionSpec, Slot};
use claimflow_core::{Span, Text, ValueType};

use super::{Address, ClaimPart, Grants, RegisterName};
use crate::yaml::{At, Map, Node, Reader, Value};

pub(crate) const KEYS: &[&str] = &["name", "version", "about", "actions", "settings", "grants", "limits"];
pub(crate) const ACTION: &[&str] = &["about", "function", "inputs", "outputs", "outcomes"];
pub(crate) const SLOT: &[&str] = &["type", "optional", "about"];
pub(crate) const GRANTS: &[&str] = &["claim", "registers", "http", "files", "secrets"];
pub(crate) const LIMITS: &[&str] = &["time", "operations", "answer-bytes", "at-once"];

/// Folders that a plugin never writes into: what decides, what was decided, and what practices know.
const CLOSED: &[&str] = &["data", "payers", "plugins", "registers", "workflows", "inbox", "outbox"];

/// A `plugin.yaml` as read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manifest {
    pub(crate) version: Text,
    pub(crate) about: Text,
    pub(crate) actions: Vec<(ActionSpec, Text, At)>,
    pub(crate) settings: Vec<(Text, ValueType)>,
    pub(crate) grants: Grants,
    pub(crate) limits: Limits,
}

/// Limits as written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) time: Duration,
    pub(crate) operations: u64,
    pub(crate) answer_bytes: usize,
    pub(crate) at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(10), operations: 1_000_000, answer_bytes: 65_536, at_once: 4 }
    }
}

/// Reads the manifest of the plugin in `folder`. What cannot be read is told, and the default stands for it.
pub(super) fn read(reader: &mut Reader<'_>, root: &Node, folder: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let Some(map) = reader.map(root, "a plugin", KEYS) else { return manifest };
    name(reader, &map, folder);
    if let Some(node) = reader.need(&map, "the plugin", "version", "1.0.0") {
        manifest.version = version(reader, node);
    }
    manifest.about = text(reader, &map, "about");
    if let Some(node) = reader.need(&map, "the plugin", "actions", "{ look-up: { outcomes: [found] } }") {
        let entries = reader.free_map(node, "`actions`").map(|map| map.entries()).unwrap_or_default();
        for entry in entries {
            manifest.actions.extend(action(reader, folder, &entry.key, entry.at, &entry.value));
        }
    }
    if let Some(own) = map.get("settings").and_then(|node| reader.free_map(node, "`settings`")) {
        for entry in own.entries() {
            word(reader, &entry.key, entry.at, "a setting");
            let kind = kind(reader, &entry.value, "the kind of a setting");
            manifest.settings.extend(kind.map(|kind| (Text::from(entry.key.as_str()), kind)));
        }
    }
    if let Some(own) = map.get("grants").and_then(|node| reader.map(node, "`grants`", GRANTS)) {
        manifest.grants = grants(reader, &own);
    }
    if let Some(own) = map.get("limits").and_then(|node| reader.map(node, "`limits`", LIMITS)) {
        manifest.limits = limits(reader, &own);
    }
    manifest
}

fn name(reader: &mut Reader<'_>, map: &Map<'_>, folder: &str) {
    let Some(node) = reader.need(map, "the plugin", "name", folder) else { return };
    let Some(name) = reader.text(node, "the name of a plugin") else { return };
    if name != folder {
        let message = format!("the plugin is called `{name}`, and its folder `{folder}`");
        reader.fault("G002", node.at, message, "give both the same name");
    }
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !letters || name.is_empty() {
        let help = "write small letters, digits and hyphens, as `fee-schedule`";
        reader.fault("G002", node.at, format!("`{name}` is not the name of a plugin"), help);
    }
    let own = claimflow_core::workflow::ACTIONS.iter().filter_map(|info| info.name.split('.').next());
    if own.into_iter().any(|own| own == name) {
        let message = format!("`{name}` is what claimflow's own actions begin with");
        reader.fault("G002", node.at, message, "give the plugin another name");
    }
}

fn version(reader: &mut Reader<'_>, node: &Node) -> Text {
    let text = reader.text(node, "the version of a plugin").unwrap_or_default();
    let parts: Vec<&str> = text.split('.').collect();
    if !text.is_empty() && (parts.len() != 3 || parts.iter().any(|part| part.parse::<u32>().is_err())) {
        reader.fault(
            "G002",
            node.at,
            format!("`{text}` is not a version"),
            "write three numbers, as `1.0.0`",
        );
    }
    text.into()
}

fn text(reader: &mut Reader<'_>, map: &Map<'_>, key: &str) -> Text {
    map.get(key).and_then(|node| reader.text(node, &format!("`{key}`"))).unwrap_or_default().into()
}

/// Tells of a name that scripts and guards could not write.
fn word(reader: &mut Reader<'_>, name: &str, at: At, what: &str) {
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !letters || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        let mend = name.to_ascii_lowercase().replace(['-', ' '], "_");
        reader.fault("G003", at, format!("`{name}` is not the name of {what}"), format!("write `{mend}`"));
    }
}

fn kind(reader: &mut Reader<'_>, node: &Node, what: &str) -> Option<ValueType> {
    let words = ValueType::ALL.map(ValueType::as_str);
    reader.word(node, what, &words).and_then(ValueType::parse)
}

fn action(
    reader: &mut Reader<'_>,
    plugin: &str,
    name: &str,
    at: At,
    node: &Node,
) -> Option<(ActionSpec, Text, At)> {
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !letters {
        let help = "write small letters, digits and hyphens, as `look-up`";
        reader.fault("G003", at, format!("`{name}` is not the name of an action"), help);
    }
    let map = reader.map(node, "an action", ACTION)?;
    let function = map.get("function").and_then(|node| Some((reader.text(node, "`function`")?, node.at)));
    let (function, place) = function
        .map_or_else(|| (Text::from(name.replace('-', "_")), at), |(text, at)| (Text::from(text), at));
    let mut outcomes = Vec::new();
    for node in list(reader, &map, "outcomes") {
        outcomes.extend(reader.text(node, "an outcome").map(Text::from));
    }
    let spec = ActionSpec {
        name: Text::from(format!("{plugin}.{name}")),
        does: text(reader, &map, "about"),
        inputs: slots(reader, &map, "inputs"),
        outputs: slots(reader, &map, "outputs"),
        outcomes,
    };
    for slot in spec.outputs.iter().filter(|slot| slot.name == "outcome") {
        let message = format!("an output cannot be called `{}`", slot.name);
        reader.fault("G003", at, message, "list what it can be under `outcomes`");
    }
    Some((spec, function, place))
}

fn slots(reader: &mut Reader<'_>, map: &Map<'_>, key: &str) -> Vec<Slot> {
    let Some(own) = map.get(key).and_then(|node| reader.free_map(node, &format!("`{key}`"))) else {
        return Vec::new();
    };
    own.entries().iter().filter_map(|entry| slot(reader, &entry.key, entry.at, &entry.value)).collect()
}

/// `fee: money`, or `fee: { type: money, optional: true, about: ... }`.
fn slot(reader: &mut Reader<'_>, name: &str, at: At, node: &Node) -> Option<Slot> {
    word(reader, name, at, "a value");
    if let Value::Scalar { .. } = node.value {
        return kind(reader, node, "a kind of value").map(|kind| Slot::required(name, kind));
    }
    let map = reader.map(node, "a value", SLOT)?;
    let kind = reader
        .need(&map, "a value", "type", "text")
        .and_then(|node| kind(reader, node, "a kind of value"))?;
    let optional = map.get("optional").and_then(|node| reader.bool(node, "`optional`")).unwrap_or_default();
    let slot = if optional { Slot::optional(name, kind) } else { Slot::required(name, kind) };
    Some(slot.about(text(reader, &map, "about")))
}

fn grants(reader: &mut Reader<'_>, map: &Map<'_>) -> Grants {
    let mut grants = Grants::default();
    for node in list(reader, map, "claim") {
        let words = ClaimPart::ALL.map(ClaimPart::as_str);
        let word = reader.word(node, "a part of a claim", &words);
        grants.claim.extend(ClaimPart::ALL.into_iter().find(|own| Some(own.as_str()) == word));
    }
    for node in list(reader, map, "registers") {
        let words = RegisterName::ALL.map(RegisterName::as_str);
        let word = reader.word(node, "a register", &words);
        grants.registers.extend(RegisterName::ALL.into_iter().find(|own| Some(own.as_str()) == word));
    }
    grants.http = addresses(reader, map, "http");
    for node in list(reader, map, "files") {
        if let Some(folder) = reader.text(node, "a folder").and_then(|text| folder(reader, node.at, text)) {
            grants.files.push(folder);
        }
    }
    for node in list(reader, map, "secrets") {
        if let Some(name) = reader.text(node, "the name of a secret") {
            if !name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') {
                let help = "write capital letters, digits and `_`, as `API_TOKEN`; the secret itself stands elsewhere";
                reader.fault("G004", node.at, "this is not the name of a secret", help);
            }
            grants.secrets.push(name.into());
        }
    }
    grants
}

/// Hosts under a key.
pub(crate) fn addresses(reader: &mut Reader<'_>, map: &Map<'_>, key: &str) -> Vec<Address> {
    let mut all = Vec::new();
    for node in list(reader, map, key) {
        let Some(text) = reader.text(node, "a host") else { continue };
        match Address::parse(text) {
            Ok(address) => all.push(address),
            Err(wrong) => {
                let help =
                    "write a host as `api.example.com`, or with scheme and port as `http://127.0.0.1:8080`";
                reader.fault("G004", node.at, wrong, help);
            }
        }
    }
    all
}

/// A folder of the practice, a single name.
fn folder(reader: &mut Reader<'_>, at: At, text: &str) -> Option<Text> {
    let name = text.strip_suffix('/').unwrap_or(text);
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !letters || name.is_empty() {
        let help = "write one name of a folder in the practice, as `letters`";
        reader.fault("G004", at, format!("`{text}` is not a folder of the practice"), help);
        return None;
    }
    if CLOSED.contains(&name.to_ascii_lowercase().as_str()) {
        let message = format!("no plugin writes into `{name}/`");
        reader.fault("G004", at, message, "name a folder of its own, as `letters`");
        return None;
    }
    Some(name.into())
}

fn limits(reader: &mut Reader<'_>, map: &Map<'_>) -> Limits {
    let own = Limits::default();
    let time = map.get("time").and_then(|node| {
        let span: Span = reader.parse(node, "`time`", "a span of time, as `10s`")?;
        let (least, most) = (100, 120_000);
        if !(least..=most).contains(&span.0) {
            reader.fault(
                "G005",
                node.at,
                "a call takes from a tenth of a second to two minutes",
                "write `10s`",
            );
            return None;
        }
        Some(Duration::from_millis(span.0.unsigned_abs()))
    });
    let mut number = |key: &str, most: u64, default: u64| {
        let Some(node) = map.get(key) else { return default };
        let takes = format!("a whole number from 1 to {most}");
        let value = reader.parse::<u64>(node, &format!("`{key}`"), &takes);
        if value.is_some_and(|value| !(1..=most).contains(&value)) {
            reader.fault("G005", node.at, format!("`{key}` is {takes}"), "");
        }
        value.map_or(default, |value| value.clamp(1, most))
    };
    let largest = claimflow_rules::plugin::PLUGIN_TEXT as u64;
    let whole = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    Limits {
        operations: number("operations", 10_000_000, own.operations),
        answer_bytes: whole(number("answer-bytes", largest, own.answer_bytes as u64)),
        at_once: whole(number("at-once", 32, own.at_once as u64)),
        time: time.unwrap_or(own.time),
    }
}

fn list<'n>(reader: &mut Reader<'_>, map: &Map<'n>, key: &str) -> &'n [Node] {
    map.get(key).map_or(&[], |node| reader.list(node, &format!("`{key}`")))
}
