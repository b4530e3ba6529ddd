//! A fault in a file: what is wrong, where exactly, and a stable code.

use claimflow_core::{Severity, Text};
use serde::Serialize;

use crate::text::{shown, text};
use crate::tokenizer::Segment;

/// One fault found in a file. Messages are lower case, name what was expected and what is there, and never carry a
/// patient's name, member id or birth date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// How much it matters.
    pub severity: Severity,
    /// Ordinal of the segment in the file, from 1; 0 when the fault is not in a segment.
    pub segment: u32,
    /// Offset of the segment's first byte in the file.
    pub position: u64,
    /// Line of the text, from 1.
    pub line: u32,
    /// Loop, as `2300`, or empty.
    #[serde(rename = "loop")]
    pub loop_id: Text,
    /// Name of the segment, as `CLM`, or empty.
    pub segment_id: Text,
    /// Element or component, as `CLM02` or `CLM05-1`; empty when the whole segment is meant.
    pub element: &'static str,
    /// Stable code, as `se-count` or `bad-date`.
    pub code: &'static str,
    /// What is wrong, in words.
    pub message: String,
    /// Control number of the transaction (ST02), or empty.
    pub transaction: Text,
}

impl Fault {
    /// True when what it is about can't be relied on.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Where a fault is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub number: u32,
    pub position: usize,
    pub id: &'a [u8],
    pub loop_id: &'a str,
    pub element: &'static str,
}

impl<'a> Segment<'a> {
    /// The place of this segment, in a loop.
    pub fn at(&self, loop_id: &'a str) -> At<'a> {
        At { number: self.number, position: self.position, id: self.id(), loop_id, element: "" }
    }
}

impl At<'_> {
    /// The same place, at an element.
    pub fn element(self, element: &'static str) -> Self {
        Self { element, ..self }
    }
}

/// Counts lines of text up to an offset, going on from the last one asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines<'a> {
    file: &'a [u8],
    at: usize,
    line: u32,
    newline: u8,
}

impl<'a> Lines<'a> {
    pub fn new(file: &'a [u8]) -> Self {
        // Old files end their lines with a carriage return alone.
        let newline = if memchr::memchr(b'\n', file).is_some() { b'\n' } else { b'\r' };
        Self { file, at: 0, line: 1, newline }
    }

    /// The line of an offset, from 1.
    pub fn line_of(&mut self, position: usize) -> u32 {
        let position = position.min(self.file.len());
        let (from, to) = (self.at.min(position), self.at.max(position));
        // INVARIANT: both ends were cut to the file's length.
        let between = memchr::memchr_iter(self.newline, &self.file[from..to]).count();
        let between = u32::try_from(between).unwrap_or(u32::MAX);
        self.line = if position >= self.at {
            self.line.saturating_add(between)
        } else {
            self.line.saturating_sub(between)
        };
        self.at = position;
        self.line
    }
}

/// The most faults that are listed of one claim or one envelope; more are counted.
const MAX_LISTED: usize = 500;

/// Collects faults while reading.
#[derive(Debug, Clone)]
pub(crate) struct Faults<'a> {
    lines: Lines<'a>,
    pub transaction: Text,
    list: Vec<Fault>,
    /// The worst of those that are not listed.
    unlisted: Option<Severity>,
    /// Set while context is read that another reader reports on.
    pub muted: bool,
}

impl<'a> Faults<'a> {
    #[cfg(test)]
    pub fn new(file: &'a [u8]) -> Self {
        Self::counting(Lines::new(file))
    }

    /// Counting lines on from a place that is known.
    pub fn counting(lines: Lines<'a>) -> Self {
        Self { lines, transaction: Text::default(), list: Vec::new(), unlisted: None, muted: false }
    }

    pub fn error(&mut self, at: At<'_>, code: &'static str, message: impl Into<String>) {
        self.add(Severity::Error, at, code, message);
    }

    pub fn warn(&mut self, at: At<'_>, code: &'static str, message: impl Into<String>) {
        self.add(Severity::Warning, at, code, message);
    }

    #[cold]
    pub fn add(&mut self, severity: Severity, at: At<'_>, code: &'static str, message: impl Into<String>) {
        if self.muted {
            return;
        }
        if self.list.len() >= MAX_LISTED {
            self.unlisted = self.unlisted.max(Some(severity));
            return;
        }
        let line = self.lines.line_of(at.position);
        self.list.push(Fault {
            severity,
            segment: at.number,
            position: at.position as u64,
            line,
            loop_id: Text::from(at.loop_id),
            segment_id: text(at.id.get(..at.id.len().min(3)).unwrap_or_default()),
            element: at.element,
            code,
            message: message.into(),
            transaction: self.transaction.clone(),
        });
    }

    /// The element should have held something else.
    pub fn bad(&mut self, at: At<'_>, code: &'static str, expected: &str, found: &[u8]) {
        self.bad_as(Severity::Error, at, code, expected, found);
    }

    /// The same, of a given severity.
    pub fn bad_as(
        &mut self,
        severity: Severity,
        at: At<'_>,
        code: &'static str,
        expected: &str,
        found: &[u8],
    ) {
        let element = at.element;
        let message = if found.is_empty() {
            format!("{element} is missing: it should be {expected}")
        } else {
            format!("{element} should be {expected}, but is `{}`", shown(found))
        };
        self.add(severity, at, code, message);
    }

    /// The element should have held something else; its value is a person's and is not shown.
    pub fn bad_private(&mut self, at: At<'_>, code: &'static str, expected: &str) {
        let element = at.element;
        self.error(at, code, format!("{element} should be {expected}; its value is not shown"));
    }

    /// Takes what has been collected.
    pub fn take(&mut self) -> Vec<Fault> {
        let mut list = std::mem::take(&mut self.list);
        if let (Some(severity), Some(last)) = (self.unlisted.take(), list.last().cloned()) {
            list.push(Fault {
                severity,
                code: "more-faults",
                message: "more faults follow that are not listed; mend these first".to_owned(),
                ..last
            });
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_on_and_back() {
        let mut lines = Lines::new(b"a\nb\nc\nd");
        assert_eq!([lines.line_of(0), lines.line_of(4), lines.line_of(2), lines.line_of(99)], [1, 3, 2, 4]);
        assert_eq!(Lines::new(b"a\rb").line_of(2), 2);
    }

    #[test]
    fn a_flood_of_faults_is_counted_not_kept() {
        let mut faults = Faults::new(b"");
        let at = At { number: 1, position: 0, id: b"ZZZ", loop_id: "", element: "" };
        for _ in 0..MAX_LISTED + 10 {
            faults.warn(at, "x", "y");
        }
        let list = faults.take();
        assert_eq!(list.len(), MAX_LISTED + 1);
        assert_eq!(list.last().unwrap().code, "more-faults");
        assert!(faults.take().is_empty());
    }
}
