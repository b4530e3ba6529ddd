//! Reads `pack.yaml`.

use claimflow_core::{Owner, Text};
use claimflow_rules::{Layer, Mode};
use jiff::civil::Date;

use crate::words::Words;
use crate::yaml::{At, Map, Node, Reader};

pub(crate) const REQUIRES: &[&str] = &["claimflow", "packs"];
pub(crate) const KEYS: &[&str] = &[
    "name",
    "version",
    "layer",
    "payers",
    "effective",
    "expires",
    "requires",
    "owners",
    "maintainers",
    "license",
    "summary",
    "tables",
    "mode",
];

/// A `pack.yaml` as read, with the places that later checks need.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manifest {
    pub(crate) name: Text,
    pub(crate) version: Text,
    pub(crate) layer: Layer,
    pub(crate) payers: Vec<Text>,
    pub(crate) effective: Option<Date>,
    pub(crate) expires: Option<Date>,
    pub(crate) requires: Vec<(Text, At)>,
    pub(crate) owners: Vec<Owner>,
    pub(crate) license: Text,
    pub(crate) summary: Text,
    /// Whether its rules act where they do not say so themselves.
    pub(crate) mode: Mode,
    /// Reference tables that its rules can do without.
    pub(crate) tables: Vec<Text>,
}

/// Reads the manifest of the pack in `folder`. What cannot be read is told, and the default stands for it.
pub(super) fn read(reader: &mut Reader<'_>, root: &Node, folder: &str, words: &Words) -> Manifest {
    let mut manifest = Manifest { name: folder.into(), ..Manifest::default() };
    let Some(map) = reader.map(root, "a pack", KEYS) else { return manifest };
    name(reader, &map, folder);
    if let Some(node) = reader.need(&map, "the pack", "version", "1.0.0") {
        manifest.version = version(reader, node);
    }
    if let Some(node) = reader.need(&map, "the pack", "layer", "payer") {
        manifest.layer = layer(reader, node);
    }
    manifest.payers = texts(reader, &map, "payers", "a payer id");
    if let (Layer::Payer, true, Some(entry)) =
        (manifest.layer, manifest.payers.is_empty(), map.entry("layer"))
    {
        let help = "list their ids in `payers`, or make it a `vendor` or `practice` pack";
        reader.fault("P004", entry.value.at, "a payer's pack names the payers it is for", help);
    }
    let date = |reader: &mut Reader<'_>, key: &str| {
        map.get(key).and_then(|node| reader.date(node, &format!("`{key}`")))
    };
    manifest.effective = date(reader, "effective");
    manifest.expires = date(reader, "expires");
    if let (Some(first), Some(last), Some(node)) = (manifest.effective, manifest.expires, map.get("expires"))
        && last < first
    {
        reader.fault(
            "P004",
            node.at,
            "the pack ends before it begins",
            "`effective` is its first day, `expires` its last",
        );
    }
    requires(reader, &map, &mut manifest);
    for node in list(reader, &map, "owners") {
        if let Some(word) = reader.text(node, "an owner") {
            words.check_owner(reader, node.at, word);
            manifest.owners.push(word.into());
        }
    }
    let text = |reader: &mut Reader<'_>, key: &str| {
        map.get(key).and_then(|node| reader.text(node, &format!("`{key}`"))).unwrap_or_default().into()
    };
    manifest.license = text(reader, "license");
    manifest.summary = text(reader, "summary");
    texts(reader, &map, "maintainers", "a maintainer");
    if let Some(node) = map.get("mode") {
        let word = reader.word(node, "a mode", &[Mode::Live, Mode::Shadow].map(Mode::as_str));
        manifest.mode = word.and_then(Mode::parse).unwrap_or_default();
    }
    manifest.tables = texts(reader, &map, "tables", "the name of a table");
    manifest
}

fn name(reader: &mut Reader<'_>, map: &Map<'_>, folder: &str) {
    let Some(node) = reader.need(map, "the pack", "name", folder) else { return };
    let Some(name) = reader.text(node, "the name of a pack") else { return };
    if name != folder {
        let message = format!("the pack is called `{name}`, and its folder `{folder}`");
        reader.fault("P002", node.at, message, "give both the same name");
    }
}

/// True for `1.2.3`, with or without a pre-release part.
fn is_version(text: &str) -> bool {
    let (numbers, extra) = text.split_once(['-', '+']).unwrap_or((text, "x"));
    let parts: Vec<&str> = numbers.split('.').collect();
    parts.len() == 3
        && !extra.is_empty()
        && parts.iter().all(|part| part.parse::<u32>().is_ok() && (part.len() == 1 || !part.starts_with('0')))
}

fn version(reader: &mut Reader<'_>, node: &Node) -> Text {
    let text = reader.text(node, "the version of a pack").unwrap_or_default();
    if !text.is_empty() && !is_version(text) {
        reader.fault(
            "P003",
            node.at,
            format!("`{text}` is not a version"),
            "write three numbers, as `1.0.0`",
        );
    }
    text.into()
}

fn layer(reader: &mut Reader<'_>, node: &Node) -> Layer {
    let layers = [Layer::Base, Layer::Payer, Layer::Vendor, Layer::Practice];
    let word = reader.word(node, "a layer", &layers.map(Layer::as_str));
    layers.into_iter().find(|layer| Some(layer.as_str()) == word).unwrap_or(Layer::Practice)
}

fn requires(reader: &mut Reader<'_>, map: &Map<'_>, manifest: &mut Manifest) {
    let Some(node) = map.get("requires") else { return };
    let Some(map) = reader.map(node, "`requires`", REQUIRES) else { return };
    if let Some(node) = map.get("claimflow")
        && let Some(text) = reader.text(node, "`claimflow`")
    {
        engine(reader, node, text);
    }
    for node in list(reader, &map, "packs") {
        if let Some(name) = reader.text(node, "the name of a pack") {
            manifest.requires.push((name.into(), node.at));
        }
    }
}

/// `>=0.1` or `>=0.1.2`: the oldest engine that the pack runs on.
fn engine(reader: &mut Reader<'_>, node: &Node, text: &str) {
    let numbers =
        |text: &str| -> Option<Vec<u32>> { text.trim().split('.').map(|part| part.parse().ok()).collect() };
    let own = env!("CARGO_PKG_VERSION");
    match text.strip_prefix(">=").and_then(numbers) {
        Some(least) if numbers(own).is_some_and(|own| own >= least) => {}
        Some(_) => {
            let message = format!("the pack needs claimflow {text}, and this is {own}");
            reader.fault(
                "P006",
                node.at,
                message,
                "install a newer claimflow, or an older version of the pack",
            );
        }
        None => {
            let message = format!("`{text}` does not say which claimflow is needed");
            reader.fault("P006", node.at, message, "write the oldest one, as `\">=0.1\"`");
        }
    }
}

fn list<'n>(reader: &mut Reader<'_>, map: &Map<'n>, key: &str) -> &'n [Node] {
    map.get(key).map_or(&[], |node| reader.list(node, &format!("`{key}`")))
}

fn texts(reader: &mut Reader<'_>, map: &Map<'_>, key: &str, what: &str) -> Vec<Text> {
    list(reader, map, key).iter().filter_map(|node| reader.text(node, what).map(Text::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for good in ["1.0.0", "0.12.3", "1.0.0-rc.1", "1.0.0+x"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["", "1", "1.0", "1.0.0.0", "01.0.0", "1.x.0", "1.0.0-"] {
            assert!(!is_version(bad), "{bad}");
        }
    }

    #[test]
    fn every_fault_of_a_manifest_is_told() {
        let text = "name: aetnna\nversion: 1.0\nlayer: payers\npayers: []\neffective: 2026-01-01\nexpires: 2025-01-01\n\
                    requires: { claimflow: \">=9.0\", packs: [base], others: x }\nowners: [bill]\nsumary: x\n";
        let (root, faults) = crate::yaml::parse("payers/aetna/pack.yaml", text);
        let mut reader = Reader::new("payers/aetna/pack.yaml", faults);
        let manifest = read(&mut reader, &root.unwrap(), "aetna", &Words::known([], ["billing"]));
        assert_eq!((manifest.name.as_str(), manifest.requires.len()), ("aetna", 1));
        insta::assert_snapshot!(crate::testing::report(&reader.into_faults()));
    }
}
