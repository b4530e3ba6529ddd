//! Changes one entry of `rules.yaml` and leaves everything else as people wrote it, comments too.

use crate::SourceFile;
use crate::yaml::{self, Entry, Node, Value};

use super::{SWITCHES_PATH, entry::word, read};

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchKind {
    /// A rule, or a decision table.
    Rule,
    /// A pack.
    Pack,
}

impl SwitchKind {
    /// The key of the file under which such entries stand.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Rule => "rules",
            Self::Pack => "packs",
        }
    }
}

/// The entry about that rule or pack as it stands in the file, without its name; `None` when there is none.
pub fn switch_text(text: &str, kind: SwitchKind, name: &str) -> Option<String> {
    let root = parsed(text)?;
    let (place, entry) = find(&root, kind, name)?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (from, to) = span(&root, kind, place, entry, lines.len());
    let own = lines.get(from..to)?.concat();
    // A name may have a colon in it, as that of a table's row has: the value begins where it says.
    let at = entry.value.at;
    let mut own = own.split_inclusive('\n').skip(line(at.line).saturating_sub(from));
    let first: String = own.next()?.chars().skip((at.column as usize).saturating_sub(1)).collect();
    let rest: String = own.collect();
    Some(format!("{first}{rest}").trim().to_owned())
}

/// The file's text with the entry about that rule or pack as given (`{ mode: live, reason: "..." }`), or without it.
///
/// # Errors
/// When the file as it is cannot be read, or the entry cannot: nothing is changed then.
pub fn set_switch(text: &str, kind: SwitchKind, name: &str, entry: Option<&str>) -> Result<String, String> {
    if read(&SourceFile::new(SWITCHES_PATH, text)).1.iter().any(claimflow_core::Diagnostic::is_error) {
        return Err(format!("`{SWITCHES_PATH}` has errors; mend them first (`claimflow rules check`)"));
    }
    let by_hand =
        || format!("`{SWITCHES_PATH}` is written in a form that cannot be changed here; change it by hand");
    if is_on_one_line(text, kind) {
        return Err(by_hand());
    }
    let new = changed(text, kind, name, entry);
    let (_, faults) = read(&SourceFile::new(SWITCHES_PATH, new.clone()));
    match faults.iter().find(|fault| fault.is_error()) {
        Some(fault) => Err(format!("the entry of `{name}` cannot be written: {}", fault.message)),
        None if switch_text(&new, kind, name).as_deref() != entry => Err(by_hand()),
        None => Ok(new),
    }
}

/// True when entries stand on the line of their group.
fn is_on_one_line(text: &str, kind: SwitchKind) -> bool {
    let Some(root) = parsed(text) else { return false };
    group(&root, kind).is_some_and(|group| inner(group).iter().any(|own| own.at.line == group.at.line))
}

fn parsed(text: &str) -> Option<Node> {
    yaml::parse(SWITCHES_PATH, text).0
}

fn group(root: &Node, kind: SwitchKind) -> Option<&Entry> {
    let Value::Map(top) = &root.value else { return None };
    top.iter().find(|entry| entry.key == kind.key())
}

fn inner(entry: &Entry) -> &[Entry] {
    match &entry.value.value {
        Value::Map(entries) => entries,
        _ => &[],
    }
}

fn find<'n>(root: &'n Node, kind: SwitchKind, name: &str) -> Option<(usize, &'n Entry)> {
    inner(group(root, kind)?).iter().enumerate().find(|(_, entry)| entry.key == name)
}

/// Lines of an entry, from 0: from its name to the line before the next entry or group, without comments and blank lines
/// that stand before that one.
fn span(root: &Node, kind: SwitchKind, place: usize, entry: &Entry, lines: usize) -> (usize, usize) {
    let from = line(entry.at.line);
    let next = group(root, kind).and_then(|group| inner(group).get(place + 1)).map(|next| line(next.at.line));
    let Value::Map(top) = &root.value else { return (from, lines) };
    let later = top.iter().map(|own| line(own.at.line)).filter(|own| *own > from).min();
    let to = next.into_iter().chain(later).min().unwrap_or(lines);
    (from, to.min(last_line(&entry.value).map_or(to, |last| last + 1)).max(from + 1))
}

/// The last line of a value that is written on lines of its own keys.
fn last_line(node: &Node) -> Option<usize> {
    match &node.value {
        Value::Map(entries) => entries.iter().map(|own| line(own.value.at.line).max(line(own.at.line))).max(),
        Value::List(_) | Value::Scalar { .. } => Some(line(node.at.line)),
    }
}

fn line(from_one: u32) -> usize {
    (from_one as usize).saturating_sub(1)
}

fn changed(text: &str, kind: SwitchKind, name: &str, entry: Option<&str>) -> String {
    let root = parsed(text);
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push('\n');
    }
    let new = entry.map(|entry| format!("  {}: {entry}\n", word(name)));
    let known = root.as_ref().and_then(|root| Some((root, find(root, kind, name)?)));
    if let Some((root, (place, old))) = known {
        let (from, to) = span(root, kind, place, old, lines.len());
        lines.splice(from..to, new);
        return lines.concat();
    }
    let Some(new) = new else { return lines.concat() };
    let Some(group) = root.as_ref().and_then(|root| group(root, kind)) else {
        lines.push(format!("{}:\n{new}", kind.key()));
        return lines.concat();
    };
    let at = line(group.at.line);
    if inner(group).is_empty() {
        // `rules:` or `rules: {}`: the entries stand below it from now on.
        if let Some(own) = lines.get_mut(at) {
            *own = format!("{}:\n", kind.key());
        }
    }
    lines.insert((at + 1).min(lines.len()), new);
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVE: &str = "{ mode: live, reason: \"tried\" }";

    fn set(text: &str, name: &str, entry: Option<&str>) -> String {
        set_switch(text, SwitchKind::Rule, name, entry).unwrap()
    }

    #[test]
    fn what_people_wrote_stays() {
        let text = "# ours\nrules:\n  # about A\n  A: { mode: off, reason: x } # for now\n  B:\n    mode: shadow\n    reason: new\n\n  # about C\n  C: { mode: live, reason: y }\npacks: {}\n";
        assert_eq!(
            switch_text(text, SwitchKind::Rule, "B").as_deref(),
            Some("mode: shadow\n    reason: new")
        );
        let new = set(text, "B", Some(LIVE));
        assert_eq!(new, text.replace("B:\n    mode: shadow\n    reason: new\n", &format!("B: {LIVE}\n")));
        assert_eq!(set(&new, "B", None), text.replace("  B:\n    mode: shadow\n    reason: new\n", ""));
        let with_pack = set_switch(text, SwitchKind::Pack, "p", Some("{ mode: shadow, reason: z }")).unwrap();
        assert!(with_pack.ends_with("packs:\n  p: { mode: shadow, reason: z }\n"), "{with_pack}");
    }

    #[test]
    fn a_first_entry_makes_the_group() {
        assert_eq!(set("", "A", Some(LIVE)), format!("rules:\n  A: {LIVE}\n"));
        assert_eq!(
            set("packs:\n  p: { mode: off, reason: r }", "A", Some(LIVE)),
            format!("packs:\n  p: {{ mode: off, reason: r }}\nrules:\n  A: {LIVE}\n")
        );
        assert_eq!(set("", "A", None), "");
    }

    #[test]
    fn names_with_colons_and_odd_ones_stay_one_entry() {
        let text = "rules:\n  OTHER: { mode: off, reason: x }\n";
        for name in ["DEN:CODING", "no", "123", "A, B", "it's # \"odd\""] {
            let new = set(text, name, Some(LIVE));
            assert_eq!(switch_text(&new, SwitchKind::Rule, name).as_deref(), Some(LIVE), "{new}");
            assert_eq!(set(&new, name, None), text, "{new}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_touched() {
        assert!(set_switch("rules: [", SwitchKind::Rule, "A", Some(LIVE)).is_err());
        assert!(set_switch("", SwitchKind::Rule, "A", Some("{ mode: lives }")).is_err());
        let flow = "rules: { A: { mode: off, reason: x }, B: { mode: off, reason: y } }\n";
        assert!(set_switch(flow, SwitchKind::Rule, "A", Some(LIVE)).unwrap_err().contains("by hand"));
    }
}
