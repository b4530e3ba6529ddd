//! Finds interchanges, groups and transactions in a file, and faults what is wrong with their headers and trailers.

mod headers;
mod trailers;

use std::collections::HashSet;

use claimflow_core::Text;
use jiff::civil::Date;

use crate::ack::ta1;
use crate::envelope::{File, Transaction};
use crate::fault::{At, Faults, Lines};
use crate::separators::{Isa, find_isa, leading_space, looks_like_x12, read_isa};
use crate::tokenizer::Segments;

/// Reads the envelopes of a file and locates its transactions. Never fails and never panics, whatever the bytes are.
///
/// ```
/// let file = claimflow_x12::read(b"not X12 at all");
/// assert!(file.transactions.is_empty());
/// assert_eq!(file.faults[0].code, "not-x12");
/// ```
pub fn read(bytes: &[u8]) -> File<'_> {
    let mut reader = Reader {
        bytes,
        lines: Lines::new(bytes),
        faults: Faults::counting(Lines::new(bytes)),
        file: File { transactions: Vec::new(), faults: Vec::new(), interchanges: 0, acks: Vec::new() },
        interchange: None,
        group: None,
        open: None,
    };
    let mut at = leading_space(bytes);
    let mut number = 0;
    while let Some((start, isa)) = reader.next_interchange(at, number) {
        (at, number) = reader.interchange(start, number, isa);
        // Nothing is said by white space, nor by further terminators.
        let idle = |byte: &u8| byte.is_ascii_whitespace() || *byte == isa.separators.terminator;
        at += bytes.get(at..).unwrap_or_default().iter().take_while(|byte| idle(byte)).count();
    }
    reader.finish()
}

/// The open interchange.
struct Interchange {
    control: Text,
    sender: [Text; 2],
    receiver: [Text; 2],
    usage: Text,
    groups: u64,
}

/// The open group.
struct Group {
    functional_id: Text,
    control: Text,
    sender: Text,
    receiver: Text,
    version: Text,
    date: Option<Date>,
    transactions: u64,
    controls: HashSet<Text>,
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// Counts lines up to each ST.
    lines: Lines<'a>,
    faults: Faults<'a>,
    file: File<'a>,
    interchange: Option<Interchange>,
    group: Option<Group>,
    open: Option<Transaction<'a>>,
}

/// How far into an unreadable stretch its fault's place is marked.
fn nowhere<'a>(number: u32, position: usize) -> At<'a> {
    At { number, position, id: b"", loop_id: "", element: "" }
}

impl<'a> Reader<'a> {
    /// Finds the header of the next interchange from `at`, and faults what stands before it.
    fn next_interchange(&mut self, at: usize, number: u32) -> Option<(usize, Isa)> {
        let rest = self.bytes.get(at..)?;
        if let Some(isa) = read_isa(rest) {
            return Some((at, isa));
        }
        let next = find_isa(self.bytes, at);
        let place = nowhere(number + 1, at);
        if rest.is_empty() && self.file.interchanges > 0 {
            return None;
        }
        let length = next.map_or(self.bytes.len(), |(start, _)| start) - at;
        match next {
            Some(_) => {
                let message = format!("{length} bytes stand outside any interchange and were skipped");
                self.faults.warn(place, "text-outside", message);
            }
            None if looks_like_x12(rest) => self.faults.error(
                place,
                "bad-isa",
                "the ISA header is not readable: it should have 106 characters with 16 elements of fixed length, its \
                 separators being none of the letters and digits",
            ),
            None if self.file.interchanges > 0 => {
                let message = format!("{length} bytes follow the last interchange and were skipped");
                self.faults.warn(place, "text-outside", message);
            }
            None => self.faults.error(
                place,
                "not-x12",
                "this is no X12 file: it should begin with an interchange header, `ISA`; send the file as the \
                 clearinghouse gave it",
            ),
        }
        next
    }

    /// Reads one interchange; answers where it ended, and how many segments the file has had by then.
    fn interchange(&mut self, start: usize, number: u32, isa: Isa) -> (usize, u32) {
        let mut segments = Segments::new(self.bytes, start, number, isa.separators);
        let mut before = segments;
        self.file.interchanges += 1;
        let mut first = true;
        let mut last = None;
        while let Some(segment) = segments.next() {
            match segment.bytes {
                [b'I', b'S', b'A', ..] if first => self.isa(&segment, isa),
                // A header inside an interchange: the trailer before it is missing.
                [b'I', b'S', b'A', ..] if read_isa(&self.bytes[segment.position..]).is_some() => {
                    self.end_of_interchange(&segment, false);
                    return (segment.position, before.numbered());
                }
                [b'G', b'S', ..] if segment.id() == b"GS" => self.gs(&segment),
                [b'S', b'T', ..] if segment.id() == b"ST" => self.st(&segment),
                [b'S', b'E', ..] if segment.id() == b"SE" => self.se(&segment),
                [b'G', b'E', ..] if segment.id() == b"GE" => self.ge(&segment),
                [b'I', b'E', b'A', ..] if segment.id() == b"IEA" => {
                    self.iea(&segment);
                    return (segments.offset(), segments.numbered());
                }
                _ if self.open.is_some() => {}
                [b'T', b'A', b'1', ..] if segment.id() == b"TA1" => {
                    let ack = ta1::read(&segment, &mut self.faults);
                    self.file.acks.push(ack);
                }
                _ => self.faults.warn(
                    segment.at(""),
                    "segment-outside",
                    "this segment stands outside any transaction and was skipped",
                ),
            }
            first = false;
            before = segments;
            last = Some(segment);
        }
        if let Some(segment) = last {
            self.end_of_interchange(&segment, true);
        }
        (segments.offset(), segments.numbered())
    }

    fn finish(mut self) -> File<'a> {
        self.file.faults = self.faults.take();
        self.file
    }
}
