//! What a workflow's text holds, and what stands around a place in it.

use std::ops::Range;

/// A name that a file defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named<'t> {
    pub(super) name: &'t str,
    /// Where it stands, in bytes.
    pub(super) range: Range<usize>,
    /// What follows it, until the next name.
    pub(super) body: &'t str,
}

/// A workflow as it stands in an editor.
pub(super) struct Page<'t> {
    pub(super) text: &'t str,
    pub(super) states: Vec<Named<'t>>,
    pub(super) variables: Vec<Named<'t>>,
}

/// What stands around a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place<'t> {
    /// Where a key begins; true within a state.
    Key { in_state: bool },
    /// The value of that key, or an item of it.
    Value { key: &'t str },
    /// Within a guard or an expression; `asks` is the name that a text just begun is compared with.
    Expression { key: &'t str, asks: Option<&'t str> },
}

impl Place<'_> {
    /// The key that the place belongs to, or empty.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Key { .. } => "",
            Self::Value { key } | Self::Expression { key, .. } => key,
        }
    }
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

impl<'t> Page<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let variables = block(text, "variables").into_iter().chain(block(text, "takes")).collect();
        Self { text, states: block(text, "states"), variables }
    }

    /// What stands around a place, and the word begun there.
    pub(super) fn place(&self, offset: usize) -> (Place<'t>, Range<usize>) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let begun = line.len() - line.trim_end_matches(is_word).len();
        let range = before.len() - begun..before.len();
        let line = line.get(..line.len() - begun).unwrap_or_default();
        let in_state = self.states.first().is_some_and(|first| offset > first.range.end);
        (around(line).unwrap_or(Place::Key { in_state }), range)
    }
}

/// What stands around the end of a line's beginning; `None` where a key can begin.
fn around(line: &str) -> Option<Place<'_>> {
    let (at, _) = line.match_indices(": ").filter(|(at, _)| !is_quoted(line, *at)).last()?;
    let key = line.get(..at)?.rsplit(|c: char| !is_word(c)).next()?;
    let rest = line.get(at + 2..)?.trim_start();
    let open = rest.trim_start_matches(['\'', '"']);
    if matches!(key, "when") || is_expression(line, at) {
        let closed = rest.len() > open.len() && is_quoted_whole(rest);
        return (!closed && !rest.contains('}')).then(|| Place::Expression { key, asks: asked(open) });
    }
    if let Some(list) = rest.strip_prefix('[') {
        return (!list.contains(']')).then_some(Place::Value { key });
    }
    (rest.is_empty() || rest == "\"").then_some(Place::Value { key })
}

/// True for a value of `set`, `input`.
fn is_expression(line: &str, at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default();
    let outer = before.rsplit_once('{').map_or("", |(outer, _)| outer).trim_end();
    outer.ends_with("set:") || outer.ends_with("input:")
}

/// True where an odd number of single quotes stands before: a guard is in them, and may have a `: ` of its own.
fn is_quoted(line: &str, at: usize) -> bool {
    line.get(..at).unwrap_or_default().matches('\'').count() % 2 == 1
}

fn is_quoted_whole(rest: &str) -> bool {
    rest.chars().next().is_some_and(|quote| rest.matches(quote).count() % 2 == 0)
}

/// The name before `== "`, where a text was just begun.
fn asked(expression: &str) -> Option<&str> {
    if expression.matches('"').count().is_multiple_of(2) {
        return None;
    }
    let before = expression.rsplit_once('"')?.0;
    let before = match before.rsplit_once('[') {
        Some((outer, list)) if !list.contains(']') => outer,
        _ => before,
    };
    let before = before.trim_end().trim_end_matches("in").trim_end_matches(['=', '!', '<', '>']).trim_end();
    before.rsplit(|c: char| !is_word(c)).next().filter(|name| !name.is_empty())
}

/// The names under a key at the top of the file, each with what follows it.
fn block<'t>(text: &'t str, key: &str) -> Vec<Named<'t>> {
    let mut found: Vec<(&str, Range<usize>)> = Vec::new();
    let (mut inside, mut indent, mut at, mut end) = (false, None, 0, text.len());
    for line in text.split_inclusive('\n') {
        let (start, bare) = (at, line.trim_end());
        at += line.len();
        let name = bare.trim_start();
        if name.is_empty() || name.starts_with('#') {
            continue;
        }
        let depth = bare.len() - name.len();
        if depth == 0 {
            if inside {
                end = start;
                break;
            }
            inside = bare.strip_suffix(':') == Some(key);
        } else if inside
            && depth == *indent.get_or_insert(depth)
            && let Some((name, _)) = name.split_once(':')
        {
            let own = start + depth..start + depth + name.len();
            found.push((name.trim_matches(['"', '\'']), own));
        }
    }
    let ends: Vec<usize> = found.iter().skip(1).map(|(_, range)| range.start).chain([end]).collect();
    let named = |((name, range), end): ((&'t str, Range<usize>), usize)| {
        let body = text.get(range.end + 1..end).unwrap_or_default();
        Named { name, range, body }
    };
    found.into_iter().zip(ends).map(named).collect()
}
