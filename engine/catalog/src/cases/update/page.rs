//! The text of a file of cases, in which values are replaced at their places.

use claimflow_core::Text;

use super::super::Expect;
use super::super::journey::Item;
use super::{Changes, entry};
use crate::yaml::{At, Entry, Node, Value};

/// A piece of text that takes the place of another.
struct Edit {
    from: usize,
    to: usize,
    text: String,
}

/// A text with the edits that are to be made in it.
pub(super) struct Page<'t> {
    text: &'t str,
    /// Where each line begins.
    starts: Vec<usize>,
    edits: Vec<Edit>,
    changes: Changes,
}

impl<'t> Page<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(place, _)| place + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(after).collect(),
            edits: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// The text with all edits made, and what they changed; `None` when one does not fit.
    pub(super) fn finish(mut self) -> Option<(String, Changes)> {
        self.edits.sort_by_key(|edit| std::cmp::Reverse((edit.from, edit.to)));
        let mut text = self.text.to_owned();
        for edit in self.edits {
            text.get(edit.from..edit.to)?;
            text.replace_range(edit.from..edit.to, &edit.text);
        }
        Some((text, self.changes))
    }

    /// Replaces in `node` what is written by what is so; `None` when a value's place cannot be told.
    pub(super) fn expect(&mut self, node: &Node, written: &Expect, actual: &Expect) -> Option<()> {
        let ids = |rules: &[(Text, At)]| rules.iter().map(|(rule, _)| rule.clone()).collect::<Vec<_>>();
        self.words(node, "fires", &ids(&written.fires), &ids(&actual.fires))?;
        self.words(node, "silent", &ids(&written.silent), &ids(&actual.silent))?;
        let held = |expect: &Expect| expect.held.clone().unwrap_or_default();
        self.words(node, "held", &held(written), &held(actual))?;
        self.word(node, "category", written.category.as_ref(), actual.category.as_ref())?;
        self.word(node, "owner", written.owner.as_ref(), actual.owner.as_ref())?;
        let state = |expect: &Expect| expect.on_road.state.as_ref().map(|(state, _)| state.clone());
        self.word(node, "state", state(written).as_ref(), state(actual).as_ref())?;
        if written.on_road.sent != actual.on_road.sent {
            self.set(node, "sent", actual.on_road.sent.unwrap_or_default().to_string())?;
        }
        if written.on_road.work_item != actual.on_road.work_item {
            self.set(node, "work_item", actual.on_road.work_item.as_ref().map(item).unwrap_or_default())?;
        }
        for ((name, before), (_, after)) in written.fixed.iter().zip(&actual.fixed) {
            if before != after {
                let fixed = &entry(node, "fixed")?.value;
                self.set(fixed, name, format!("\"{}\"", after.replace('\\', "\\\\").replace('"', "\\\"")))?;
            }
        }
        Some(())
    }

    fn word(&mut self, node: &Node, key: &str, before: Option<&Text>, after: Option<&Text>) -> Option<()> {
        match after {
            Some(after) if before != Some(after) => self.set(node, key, plain(after)),
            _ => Some(()),
        }
    }

    fn words(&mut self, node: &Node, key: &str, before: &[Text], after: &[Text]) -> Option<()> {
        let sorted = |words: &[Text]| {
            let mut words = words.to_vec();
            words.sort_unstable();
            words
        };
        if sorted(before) == sorted(after) {
            return Some(());
        }
        let value = entry(node, key).map(|own| &own.value);
        if let Some(Node { value: Value::List(items), at }) = value
            && self.text.get(self.offset(*at)?..)?.starts_with('-')
        {
            return self.lines(key, items, before, after);
        }
        let words: Vec<String> = after.iter().map(|word| plain(word)).collect();
        self.set(node, key, format!("[{}]", words.join(", ")))
    }

    /// A list with one item a line: lines go and come, the others stay with their comments.
    fn lines(&mut self, key: &str, items: &[Node], before: &[Text], after: &[Text]) -> Option<()> {
        let last = self.offset(items.last()?.at)?;
        let indent: String = {
            let line = self.line_around(last)?;
            self.text.get(line.0..last)?.chars().map(|letter| if letter == '-' { '-' } else { ' ' }).collect()
        };
        for (item, word) in items.iter().zip(before).filter(|(_, word)| !after.contains(word)) {
            let (from, to) = self.line_around(self.offset(item.at)?)?;
            self.edits.push(Edit { from, to, text: String::new() });
            self.changes.push((key.to_owned(), word.to_string(), String::new()));
        }
        for word in after.iter().filter(|word| !before.contains(word)) {
            let (_, to) = self.line_around(last)?;
            let line_end = if self.text.get(..to)?.ends_with('\n') { "" } else { "\n" };
            self.edits.push(Edit { from: to, to, text: format!("{line_end}{indent}{}\n", plain(word)) });
            self.changes.push((key.to_owned(), String::new(), word.to_string()));
        }
        // With no item left the key would say nothing, which is not the same as an empty list everywhere.
        (!after.is_empty()).then_some(())
    }

    /// Replaces the value of a key, or adds the key before the first.
    fn set(&mut self, node: &Node, key: &str, value: String) -> Option<()> {
        let Some(own) = entry(node, key) else { return self.add(node, key, value) };
        let (from, to) = self.extent(own)?;
        let before = self.text.get(from..to)?.to_owned();
        self.changes.push((key.to_owned(), before.clone(), value.clone()));
        let text = if before.is_empty() { format!(" {value}") } else { value };
        self.edits.push(Edit { from, to, text });
        Some(())
    }

    fn add(&mut self, node: &Node, key: &str, value: String) -> Option<()> {
        let Value::Map(entries) = &node.value else { return None };
        let first = self.offset(entries.first()?.at)?;
        let (start, _) = self.line_around(first)?;
        let before = self.text.get(start..first)?;
        // On a line of its own where keys stand on lines of their own.
        let between = if before.trim().is_empty() { format!("\n{before}") } else { ", ".to_owned() };
        self.edits.push(Edit { from: first, to: first, text: format!("{key}: {value}{between}") });
        self.changes.push((key.to_owned(), String::new(), value));
        Some(())
    }

    /// Where a value begins and ends; `None` for values over several lines without brackets.
    fn extent(&self, own: &Entry) -> Option<(usize, usize)> {
        if own.value.is_null() && own.value.at.length == 0 {
            let colon = self.offset(own.at)?;
            let end = colon + self.text.get(colon..)?.find(':')? + 1;
            return Some((end, end));
        }
        let from = self.offset(own.value.at)?;
        let rest = self.text.get(from..)?;
        if rest.starts_with(['[', '{']) {
            return Some((from, from + closing(rest)?));
        }
        let length = own.value.at.length as usize;
        let to = rest.char_indices().nth(length).map_or(rest.len(), |(place, _)| place);
        (length > 0).then_some((from, from + to))
    }

    fn offset(&self, at: At) -> Option<usize> {
        let start = *self.starts.get(at.line.checked_sub(1)? as usize)?;
        let column = at.column.checked_sub(1)? as usize;
        let line = self.text.get(start..)?;
        Some(start + line.char_indices().nth(column).map_or(line.len(), |(place, _)| place))
    }

    /// The line in which a place is, with its end.
    fn line_around(&self, place: usize) -> Option<(usize, usize)> {
        let from = self.text.get(..place)?.rfind('\n').map_or(0, |end| end + 1);
        let to = self.text.get(place..)?.find('\n').map_or(self.text.len(), |end| place + end + 1);
        Some((from, to))
    }
}

/// The length of what the first bracket encloses, both brackets included.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut before, mut comment) = (0_usize, None, ' ', false);
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            _ if comment => comment = letter != '\n',
            (Some(open), _) => quote = (letter != open || (open == '"' && before == '\\')).then_some(open),
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(letter),
            (None, '#') if before.is_whitespace() => comment = true,
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    return Some(place + letter.len_utf8());
                }
            }
            _ => {}
        }
        before = letter;
    }
    None
}

fn item(item: &Item) -> String {
    match item {
        Item::None => "none".to_owned(),
        Item::Open { owner, category } => {
            let part = |key: &str, word: &Option<Text>| Some(format!("{key}: {}", plain(word.as_ref()?)));
            let parts: Vec<String> =
                [part("owner", owner), part("category", category)].into_iter().flatten().collect();
            format!("{{ {} }}", parts.join(", "))
        }
    }
}

/// A word as it may stand in a list: in quotes where YAML would read something else.
fn plain(word: &str) -> String {
    let bare = word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && !["true", "false", "yes", "no", "on", "off", "null", "none"]
            .contains(&word.to_lowercase().as_str());
    if bare { word.to_owned() } else { format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")) }
}
