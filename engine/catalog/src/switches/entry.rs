//! One decision of a practice as programs write it: in one form, with its texts quoted where YAML asks for it.

use std::fmt;

use claimflow_core::{Diagnostic, Text};
use claimflow_rules::{Enforcement, Mode};
use jiff::civil::Date;

use super::{SWITCHES_PATH, SwitchKind, read};
use crate::SourceFile;
use crate::yaml::{self, Entry, Node, Value};

/// A decision about a rule or a pack. Its text is `{ mode: live, by: maria, reason: "tried", on: 2026-11-24 }`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwitchEntry {
    /// Whether it acts; none: as its author wrote.
    pub mode: Option<Mode>,
    /// How firmly a rule stands; none: as its author wrote.
    pub enforcement: Option<Enforcement>,
    /// Last day, of what ends by itself.
    pub expires: Option<Date>,
    /// Who decided, or empty.
    pub by: Text,
    /// Why.
    pub reason: Text,
    /// When it was decided, as it stands in the file, or empty.
    pub on: Text,
}

impl SwitchEntry {
    /// From the text that [`Display`](fmt::Display) gives, or from any other that people write; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let entries = switch_entries(&format!("rules:\n  entry: {text}\n"))?;
        match <[_; 1]>::try_from(entries) {
            Ok([(_, _, entry)]) => Some(entry),
            Err(_) => None,
        }
    }

    fn of(node: &Node) -> Self {
        let entries = match &node.value {
            Value::Map(entries) => entries.as_slice(),
            Value::List(_) | Value::Scalar { .. } => &[],
        };
        let text = |key: &str| entries.iter().find(|own| own.key == key).map(scalar).unwrap_or_default();
        Self {
            mode: Mode::parse(text("mode")),
            enforcement: Enforcement::parse(text("enforcement")),
            expires: text("expires").parse().ok(),
            by: Text::from(text("by")),
            reason: Text::from(text("reason")),
            on: Text::from(text("on")),
        }
    }
}

fn scalar(entry: &Entry) -> &str {
    match &entry.value.value {
        Value::Scalar { text, .. } => text,
        Value::List(_) | Value::Map(_) => "",
    }
}

impl fmt::Display for SwitchEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.mode.map(|mode| format!("mode: {}", mode.as_str())));
        parts.extend(self.enforcement.map(|own| format!("enforcement: {}", own.as_str())));
        parts.extend(self.expires.map(|date| format!("expires: {date}")));
        if !self.by.is_empty() {
            parts.push(format!("by: {}", word(&self.by)));
        }
        parts.push(format!("reason: {}", quoted(&self.reason)));
        if !self.on.is_empty() {
            parts.push(format!("on: {}", word(&self.on)));
        }
        write!(f, "{{ {} }}", parts.join(", "))
    }
}

/// Every decision that stands in the file's text, in order; `None` when the text has errors.
pub fn switch_entries(text: &str) -> Option<Vec<(SwitchKind, Text, SwitchEntry)>> {
    if read(&SourceFile::new(SWITCHES_PATH, text)).1.iter().any(Diagnostic::is_error) {
        return None;
    }
    let (root, _) = yaml::parse(SWITCHES_PATH, text);
    let mut all = Vec::new();
    let Some(Node { value: Value::Map(groups), .. }) = root else { return Some(all) };
    for kind in [SwitchKind::Rule, SwitchKind::Pack] {
        for group in groups.iter().filter(|group| group.key == kind.key()) {
            let Value::Map(entries) = &group.value.value else { continue };
            let own = entries.iter().map(|own| (kind, Text::from(&*own.key), SwitchEntry::of(&own.value)));
            all.extend(own);
        }
    }
    Some(all)
}

/// A text that YAML reads as itself without quotes, or with them.
pub(super) fn word(text: &str) -> String {
    const TAKEN: &[&str] = &["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let plain = text.chars().all(is_plain)
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !TAKEN.contains(&text.to_ascii_lowercase().as_str());
    if plain || text.parse::<Date>().is_ok() { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes, on one line whatever is in it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // What ends a line in YAML, what no editor shows, and what is no character of YAML at all.
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry() -> SwitchEntry {
        SwitchEntry {
            mode: Some(Mode::Live),
            by: "maria".into(),
            reason: "it says \"95\" # now".into(),
            on: "2026-11-24".into(),
            ..SwitchEntry::default()
        }
    }

    #[test]
    fn a_decision_reads_as_people_write_it() {
        let text = "{ mode: live, by: maria, reason: \"it says \\\"95\\\" # now\", on: 2026-11-24 }";
        assert_eq!(entry().to_string(), text);
        assert_eq!(SwitchEntry::parse(text), Some(entry()));
        assert_eq!(SwitchEntry::parse("{ mode: lives, reason: x }"), None);
        assert_eq!(SwitchEntry::parse(""), None);
    }

    #[test]
    fn comments_and_layout_make_no_other_decision() {
        let one = switch_entries(
            "rules:\n  A: { mode: off, reason: x } # for now\npacks:\n  p: { mode: shadow, reason: y }\n",
        );
        let two = switch_entries(
            "packs: { p: { reason: \"y\", mode: shadow } }\nrules:\n  A:\n    reason: x\n    mode: off\n",
        );
        assert_eq!(one, two);
        assert_eq!(one.unwrap().len(), 2);
        assert_eq!(switch_entries(""), Some(Vec::new()));
        assert_eq!(switch_entries("rules: ["), None);
    }

    proptest! {
        #[test]
        fn any_reason_and_any_name_come_back_as_they_were(reason in "\\PC{1,40}|[\\x01-\\x7f]{1,20}", by in "\\PC{0,12}") {
            prop_assume!(!reason.trim().is_empty());
            let entry = SwitchEntry { reason: Text::from(reason), by: Text::from(by), ..entry() };
            prop_assert_eq!(SwitchEntry::parse(&entry.to_string()), Some(entry));
        }
    }
}
