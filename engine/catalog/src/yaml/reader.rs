//! Reads a tree of nodes into values, and remembers every fault on the way.

use std::str::FromStr;

use claimflow_core::{Diagnostic, Severity, nearest};
use jiff::civil::Date;

use super::{At, Entry, Node, Value};

/// What an author's file is read with. Methods that cannot read a value say so and answer `None`.
pub(crate) struct Reader<'a> {
    path: &'a str,
    faults: Vec<Diagnostic>,
}

/// A mapping whose keys are known to be allowed.
#[derive(Clone, Copy)]
pub(crate) struct Map<'n> {
    pub(crate) at: At,
    entries: &'n [Entry],
}

impl<'n> Map<'n> {
    /// The value of a key; `None` when it is not there or says nothing.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value).filter(|node| !node.is_null())
    }

    /// A key with its place.
    pub(crate) fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// Every key with its value, in file order.
    pub(crate) fn entries(&self) -> &'n [Entry] {
        self.entries
    }
}

impl<'a> Reader<'a> {
    /// A reader of the file at this path, with the faults found so far.
    pub(crate) fn new(path: &'a str, faults: Vec<Diagnostic>) -> Self {
        Self { path, faults }
    }

    /// The file's path.
    pub(crate) fn path(&self) -> &'a str {
        self.path
    }

    /// Every fault, in file order.
    pub(crate) fn into_faults(mut self) -> Vec<Diagnostic> {
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        self.faults
    }

    /// True when a fault of severity error was found.
    pub(crate) fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// How many faults of severity error were found so far.
    pub(crate) fn errors(&self) -> usize {
        self.faults.iter().filter(|fault| fault.is_error()).count()
    }

    /// Remembers a fault; empty `help` for none.
    pub(crate) fn fault(&mut self, code: &str, at: At, message: impl Into<String>, help: impl Into<String>) {
        let fault = Diagnostic::error(code, self.path, at.line, at.column, message);
        self.faults.push(fault.length(at.length as usize).help(help));
    }

    /// Remembers a warning.
    pub(crate) fn warning(
        &mut self,
        code: &str,
        at: At,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let fault = Diagnostic::warning(code, self.path, at.line, at.column, message);
        self.faults.push(fault.length(at.length as usize).help(help));
    }

    /// Remembers something worth knowing.
    pub(crate) fn advice(&mut self, code: &str, at: At, message: impl Into<String>, help: impl Into<String>) {
        let note = Diagnostic::warning(code, self.path, at.line, at.column, message);
        let note = Diagnostic { severity: Severity::Advice, ..note };
        self.faults.push(note.length(at.length as usize).help(help));
    }

    /// Takes over faults that another checker found.
    pub(crate) fn extend(&mut self, faults: impl IntoIterator<Item = Diagnostic>) {
        self.faults.extend(faults);
    }

    /// The node as a mapping with these keys; any other key is a fault. `what` is what the mapping describes.
    pub(crate) fn map<'n>(&mut self, node: &'n Node, what: &str, keys: &[&str]) -> Option<Map<'n>> {
        let map = self.free_map(node, what)?;
        for entry in map.entries {
            if !keys.contains(&entry.key.as_str()) {
                // Of two that are as near, the one that is not there yet was meant.
                let (used, free): (Vec<&str>, Vec<&str>) =
                    keys.iter().copied().partition(|key| map.entry(key).is_some());
                let help = match nearest(&entry.key, free.into_iter().chain(used)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => suggestion(&entry.key, keys.iter().copied(), "keys are"),
                };
                self.fault("Y002", entry.at, format!("there is no key `{}` in {what}", entry.key), help);
            }
        }
        Some(map)
    }

    /// The node as a mapping with keys of the author's choice.
    pub(crate) fn free_map<'n>(&mut self, node: &'n Node, what: &str) -> Option<Map<'n>> {
        match &node.value {
            Value::Map(entries) => Some(Map { at: node.at, entries }),
            _ => {
                let message = format!("{what} is a group of keys, and this is {}", node.kind());
                self.fault("Y003", node.at, message, "write `key: value`, one a line");
                None
            }
        }
    }

    /// The node as a list.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.value {
            Value::List(items) => items,
            _ => {
                let message = format!("{what} is a list, and this is {}", node.kind());
                self.fault("Y003", node.at, message, "write `[ONE, OTHER]`, or one a line after `- `");
                &[]
            }
        }
    }

    /// The node as a text.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match &node.value {
            Value::Scalar { text, .. } if !node.is_null() => Some(text.trim()),
            _ => {
                self.fault("Y003", node.at, format!("{what} is a text, and this is {}", node.kind()), "");
                None
            }
        }
    }

    /// The node as anything that is parsed from a text. `takes` says what, as `a date, as 2026-03-02`.
    pub(crate) fn parse<T: FromStr>(&mut self, node: &Node, what: &str, takes: &str) -> Option<T> {
        let text = self.text(node, what)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.fault("Y004", node.at, format!("{what} takes {takes}, and this is `{text}`"), "");
        }
        value
    }

    /// The node as a date.
    pub(crate) fn date(&mut self, node: &Node, what: &str) -> Option<Date> {
        self.parse(node, what, "a date, as `2026-03-02`")
    }

    /// The node as `true` or `false`.
    pub(crate) fn bool(&mut self, node: &Node, what: &str) -> Option<bool> {
        self.parse(node, what, "`true` or `false`")
    }

    /// The node as one of several words.
    pub(crate) fn word<'n>(&mut self, node: &'n Node, what: &str, words: &[&str]) -> Option<&'n str> {
        let text = self.text(node, what)?;
        if words.contains(&text) {
            return Some(text);
        }
        let help = suggestion(text, words.iter().copied(), "write one of");
        self.fault("Y004", node.at, format!("`{text}` is not {what}"), help);
        None
    }

    /// The value of a key that must be there.
    pub(crate) fn need<'n>(&mut self, map: &Map<'n>, what: &str, key: &str, mend: &str) -> Option<&'n Node> {
        let node = map.get(key);
        if node.is_none() {
            let at = map.entry(key).map_or(map.at, |entry| entry.at);
            self.fault("Y004", at, format!("{what} has no `{key}`"), format!("add `{key}: {mend}`"));
        }
        node
    }
}

/// The help for a word that is not known: the nearest one, or all of them when they are few.
pub(crate) fn suggestion<'c>(
    written: &str,
    candidates: impl Iterator<Item = &'c str> + Clone,
    all: &str,
) -> String {
    match nearest(written, candidates.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let names: Vec<String> = candidates.map(|name| format!("`{name}`")).collect();
            if names.is_empty() { String::new() } else { format!("{all} {}", names.join(", ")) }
        }
    }
}
