//! States that have something done: by a stage, by a plugin, or by another workflow.

use std::str::FromStr;

use claimflow_core::Span;
use claimflow_core::workflow::{DraftAsks, DraftKind, Placed, Retry};

use super::placed;
use super::scope::{self, Scope};
use super::state::{RETRY, SPAN};
use crate::yaml::{Map, Node, Reader};

pub(super) fn work(reader: &mut Reader<'_>, map: &Map<'_>, scope: &Scope<'_>) -> Option<DraftKind> {
    let node = reader.need(map, "the state", "do", "ACTION")?;
    let action = placed(reader, node, "`do`");
    let asks = asks(reader, map, scope);
    Some(DraftKind::Work { action: action?, asks })
}

pub(super) fn call(reader: &mut Reader<'_>, map: &Map<'_>, scope: &Scope<'_>) -> Option<DraftKind> {
    let node = reader.need(map, "the state", "call", "WORKFLOW")?;
    let workflow = placed(reader, node, "`call`");
    let asks = asks(reader, map, scope);
    Some(DraftKind::Call { workflow: workflow?, asks })
}

fn asks(reader: &mut Reader<'_>, map: &Map<'_>, scope: &Scope<'_>) -> DraftAsks {
    let at = |node: &Node| (node.at.line, node.at.column);
    DraftAsks {
        input: scope.input(reader, map),
        keep: scope::keep(reader, map),
        retry: map.get("retry").and_then(|node| {
            let (line, column) = at(node);
            retry(reader, node).map(|retry| Placed::new(retry, line, column))
        }),
        timeout: map.get("timeout").and_then(|node| {
            let (line, column) = at(node);
            reader.parse(node, "`timeout`", SPAN).map(|span| Placed::new(span, line, column))
        }),
        on_error: map.get("on-error").and_then(|node| placed(reader, node, "`on-error`")),
    }
}

/// A share in hundredths, as `20%`.
struct Percent(u8);

impl FromStr for Percent {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = text.strip_suffix('%').ok_or(())?;
        number.trim().parse().map(Self).map_err(|_| ())
    }
}

fn retry(reader: &mut Reader<'_>, node: &Node) -> Option<Retry> {
    let map = reader.map(node, "`retry`", RETRY)?;
    let times = reader.need(&map, "`retry`", "times", "6")?;
    let times = reader.parse(times, "`times`", "a whole number, as `6`");
    let factor = optional(reader, &map, "factor", 2, "a whole number, as `2`");
    let first = optional(reader, &map, "first", Span(30_000), SPAN);
    let cap = optional(reader, &map, "cap", Span(3_600_000), SPAN);
    let jitter = optional(reader, &map, "jitter", Percent(0), "a share, as `20%`");
    Some(Retry { times: times?, first: first?, factor: factor?, cap: cap?, jitter: jitter?.0 })
}

fn optional<T: FromStr>(
    reader: &mut Reader<'_>,
    map: &Map<'_>,
    key: &str,
    default: T,
    takes: &str,
) -> Option<T> {
    match map.get(key) {
        None => Some(default),
        Some(node) => reader.parse(node, &format!("`{key}`"), takes),
    }
}
