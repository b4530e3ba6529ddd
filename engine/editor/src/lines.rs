//! Places in a text: bytes, characters and UTF-16 code units.

use std::ops::Range;

use async_lsp::lsp_types::{self, Position};
use claimflow_core::Diagnostic;

/// A text with the places at which its lines begin. Every place outside the text stands for the nearest one inside.
#[derive(Debug, Clone)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines of a text.
    pub fn new(text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    /// The line of that number, from 0, without its end; with the byte at which it begins.
    fn line(&self, number: usize) -> (usize, &'t str) {
        let Some(start) = self.starts.get(number).copied() else { return (self.text.len(), "") };
        let end = self.starts.get(number + 1).copied().unwrap_or(self.text.len());
        let line = self.text.get(start..end).unwrap_or_default();
        (start, line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line)))
    }

    /// The byte at an editor's place.
    pub fn offset(&self, position: Position) -> usize {
        let (start, line) = self.line(position.line as usize);
        let mut units = 0;
        for (at, c) in line.char_indices() {
            if units >= position.character as usize {
                return start + at;
            }
            units += c.len_utf16();
        }
        start + line.len()
    }

    /// The editor's place of a byte.
    pub fn position(&self, offset: usize) -> Position {
        let number = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let (start, line) = self.line(number);
        let reach = offset.saturating_sub(start);
        let before = line.char_indices().take_while(|(at, _)| *at < reach);
        let units: usize = before.map(|(_, c)| c.len_utf16()).sum();
        Position { line: small(number), character: small(units) }
    }

    /// The editor's range of some bytes.
    pub fn range(&self, bytes: Range<usize>) -> lsp_types::Range {
        lsp_types::Range { start: self.position(bytes.start), end: self.position(bytes.end) }
    }

    /// The byte at a line and a column, both from 1, columns in characters.
    pub fn at(&self, line: u32, column: u32) -> usize {
        let (start, text) = self.line((line as usize).saturating_sub(1));
        let skip = (column as usize).saturating_sub(1);
        start + text.char_indices().nth(skip).map_or(text.len(), |(at, _)| at)
    }

    /// The bytes that a fault marks: what it says, else the word at its place, else the rest of the line. A fault of the whole
    /// file marks its first line.
    pub fn marked(&self, fault: &Diagnostic) -> Range<usize> {
        if fault.line == 0 {
            return 0..self.line(0).1.len();
        }
        let start = self.at(fault.line, fault.column);
        let (line_start, line) = self.line(fault.line as usize - 1);
        let rest = line.get(start.saturating_sub(line_start)..).unwrap_or_default();
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = match fault.length as usize {
            0 if word > 0 => word,
            0 => rest.len(),
            length => rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at),
        };
        start..start + length
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(line: u32, column: u32, length: usize) -> Diagnostic {
        Diagnostic::error("R001", "x", line, column, "").length(length)
    }

    #[test]
    fn characters_outside_the_first_plane_count_twice_for_editors_and_once_for_the_checker() {
        let text = "é = 1\r\n🦀🦀 == 95\n";
        let lines = Lines::new(text);
        let found = lines.marked(&fault(2, 4, 2));
        assert_eq!(&text[found.clone()], "==");
        let range = lines.range(found);
        assert_eq!((range.start, range.end), (Position::new(1, 5), Position::new(1, 7)));
        assert_eq!(lines.offset(Position::new(0, 99)), "é = 1".len(), "not past the line's end");
        assert_eq!(lines.offset(Position::new(9, 0)), text.len());
    }

    #[test]
    fn a_fault_without_a_length_marks_its_word() {
        let text = "each lin when\n\n  } \n";
        let marked = |line, column| text.get(Lines::new(text).marked(&fault(line, column, 0)));
        assert_eq!(marked(1, 6), Some("lin"));
        assert_eq!(marked(3, 3), Some("} "));
        assert_eq!(marked(2, 1), Some(""));
        assert_eq!(marked(0, 0), Some("each lin when"));
        assert_eq!(marked(9, 9), Some(""));
    }

    proptest! {
        /// Every byte that begins a character has an editor's place, and that place leads back to it. The place is what an
        /// editor counts.
        #[test]
        fn places_lead_back_to_their_bytes(text in "([\\PC\n🦀é“]|\r\n){0,40}") {
            let lines = Lines::new(&text);
            for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
                // Between the two characters of a line end stands no cursor.
                if c == '\n' && text[..at].ends_with('\r') {
                    continue;
                }
                let position = lines.position(at);
                prop_assert_eq!(lines.offset(position), at);
                let line = text[..at].rsplit('\n').next().unwrap_or_default();
                prop_assert_eq!(position.character as usize, line.encode_utf16().count());
                prop_assert_eq!(position.line as usize, text[..at].matches('\n').count());
                prop_assert_eq!(lines.at(position.line + 1, line.chars().count() as u32 + 1), at);
            }
        }

        /// Any place is a place of the text.
        #[test]
        fn no_place_is_outside(text in "[\\PC\n\r]{0,40}", line in 0_u32..9, column in 0_u32..50, length in 0_usize..60) {
            let lines = Lines::new(&text);
            prop_assert!(text.get(lines.marked(&fault(line, column, length))).is_some());
            prop_assert!(text.is_char_boundary(lines.offset(Position::new(line, column))));
            lines.position(column as usize);
        }
    }
}
