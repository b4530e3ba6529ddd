//! Reads `rules.yaml`.

use claimflow_core::{Diagnostic, Text};
use claimflow_rules::{Enforcement, Mode, Switch, Switches};

use super::{KEYS, PACK_KEYS, RULE_KEYS, SWITCHES_PATH};
use crate::SourceFile;
use crate::yaml::{self, Entry, Map, Reader};

/// What the practice decides, and every fault. Whether there are such rules and packs is for others to say.
pub(crate) fn read(file: &SourceFile) -> (Switches, Vec<Diagnostic>) {
    let (root, faults) = yaml::parse(&file.path, &file.text);
    let mut reader = Reader::new(&file.path, faults);
    let mut switches = Switches { path: SWITCHES_PATH.to_owned(), ..Switches::default() };
    if let Some(root) = root.filter(|root| !root.is_null())
        && let Some(map) = reader.map(&root, "the practice's decisions about rules", KEYS)
    {
        switches.rules = entries(&mut reader, &map, "rules", RULE_KEYS);
        switches.packs = entries(&mut reader, &map, "packs", PACK_KEYS);
    }
    (switches, reader.into_faults())
}

fn entries(reader: &mut Reader<'_>, map: &Map<'_>, key: &str, keys: &[&str]) -> Vec<Switch> {
    let Some(node) = map.get(key) else { return Vec::new() };
    let Some(map) = reader.free_map(node, &format!("`{key}`")) else { return Vec::new() };
    map.entries().iter().filter_map(|entry| switch(reader, entry, keys)).collect()
}

fn switch(reader: &mut Reader<'_>, entry: &Entry, keys: &[&str]) -> Option<Switch> {
    let what = format!("the entry of `{}`", entry.key);
    let map = reader.map(&entry.value, &what, keys)?;
    let mode = word(reader, &map, "mode", "a mode", &Mode::ALL.map(Mode::as_str))
        .and_then(|word| Mode::parse(&word));
    let enforcement =
        word(reader, &map, "enforcement", "an enforcement", &Enforcement::ALL.map(Enforcement::as_str))
            .and_then(|word| Enforcement::parse(&word));
    let reason = reader.need(&map, &what, "reason", "\"why\"").and_then(|node| reader.text(node, "a reason"));
    let until = map.get("expires").and_then(|node| reader.date(node, "`expires`"));
    if map.entry("mode").is_none() && map.entry("enforcement").is_none() {
        let help = "add `mode: shadow`, `live` or `off`, or for a rule `enforcement: advisory`, `overridable` or `hard`";
        reader.fault("Y004", entry.at, format!("{what} decides nothing"), help);
    }
    if let (Some(_), Some(Mode::Live | Mode::Shadow), None) = (until, mode, enforcement) {
        let message = "`expires` goes with `mode: off` or with `enforcement`: a rule does not change its mode by itself";
        let at = map.entry("expires").map_or(entry.at, |own| own.at);
        reader.fault("Y004", at, message, "take `expires` out, and promote the rule when the time has come");
    }
    Some(Switch {
        name: Text::from(entry.key.as_str()),
        mode,
        enforcement,
        because: Text::from(reason?),
        until,
        line: entry.at.line,
        column: entry.at.column,
    })
}

fn word(
    reader: &mut Reader<'_>,
    map: &Map<'_>,
    key: &str,
    what: &str,
    known: &[&'static str],
) -> Option<String> {
    let node = map.get(key)?;
    reader.word(node, what, known).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Switches, Vec<Diagnostic>) {
        read(&SourceFile::new(SWITCHES_PATH, text))
    }

    #[test]
    fn decisions_are_read_with_their_places() {
        let (switches, faults) = read_text(
            "rules:\n  A-1: { mode: live, by: maria, reason: tried, on: 2026-11-24 }\n  A-2: { enforcement: advisory, reason: later, expires: 2027-03-31 }\npacks:\n  extra: { mode: shadow, reason: new }\n",
        );
        assert_eq!(faults, []);
        let first = &switches.rules[0];
        assert_eq!((first.name.as_str(), first.mode, first.line), ("A-1", Some(Mode::Live), 2));
        assert_eq!(switches.rules[1].enforcement, Some(Enforcement::Advisory));
        assert!(switches.rules[1].until.is_some());
        assert_eq!(switches.packs[0].mode, Some(Mode::Shadow));
    }

    #[test]
    fn every_fault_is_told() {
        let (_, faults) = read_text(
            "rule: {}\nrules:\n  A-1: { mode: lives, reason: x }\n  A-2: { mode: live }\n  A-3: { reason: x }\n  A-4: { mode: shadow, reason: x, expires: 2027-01-01 }\n  A-5: { enforcement: soft, reason: x }\npacks:\n  p: { enforcement: hard, reason: x, mode: off }\n",
        );
        insta::assert_snapshot!(crate::testing::report(&faults));
    }
}
