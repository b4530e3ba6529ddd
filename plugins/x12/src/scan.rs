//! Finds interchanges, groups and transactions in a file, and faults what is wrong with their headers and trailers.

use std::collections::HashSet;

use claimflow_core::{Severity, Text};
use jiff::civil::Date;

use crate::ack::ta1;
use crate::envelope::{File, Transaction};
use crate::fault::{At, Faults, Lines};
use crate::kind::Kind;
use crate::separators::{Isa, find_isa, leading_space, looks_like_x12, read_isa};
use crate::text::{date, number, shown, text};
use crate::tokenizer::{Segment, Segments};

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

    fn isa(&mut self, segment: &Segment<'a>, isa: Isa) {
        let elements = segment.elements::<16>();
        let field = |n: usize| text(elements.get(n).map_or(&[][..], |bytes| bytes.trim_ascii()));
        if !isa.regular {
            self.faults.warn(
                segment.at(""),
                "isa-length",
                "the ISA header should have 106 characters, each element filled to its fixed length; it was read by \
                 its separators",
            );
        }
        self.interchange = Some(Interchange {
            control: field(13),
            sender: [field(5), field(6)],
            receiver: [field(7), field(8)],
            usage: field(15),
            groups: 0,
        });
    }

    fn gs(&mut self, segment: &Segment<'a>) {
        self.end_of_group(segment, false);
        let elements = segment.elements::<9>();
        let field = |n: usize| text(elements.get(n).copied().unwrap_or_default());
        if let Some(interchange) = &mut self.interchange {
            interchange.groups += 1;
        }
        self.group = Some(Group {
            functional_id: field(1),
            sender: field(2),
            receiver: field(3),
            date: date(elements[4]),
            control: field(6),
            version: field(8),
            transactions: 0,
            controls: HashSet::new(),
        });
    }

    fn st(&mut self, segment: &Segment<'a>) {
        self.end_of_transaction(segment, false);
        let elements = segment.elements::<4>();
        let control = text(elements[2]);
        self.lines.line_of(segment.position);
        let mut transaction = Transaction {
            kind: Kind::Interchange,
            control_number: control.clone(),
            version: text(elements[3]),
            group_control: Text::default(),
            functional_id: Text::default(),
            group_sender: Text::default(),
            group_receiver: Text::default(),
            date: None,
            interchange_control: Text::default(),
            sender_qualifier: Text::default(),
            sender: Text::default(),
            receiver_qualifier: Text::default(),
            receiver: Text::default(),
            usage: Text::default(),
            bytes: segment.bytes,
            segments: segment.number..segment.number + 1,
            position: segment.position as u64,
            complete: false,
            file: self.bytes,
            lines: self.lines,
            separators: segment.separators,
        };
        self.faults.transaction = control.clone();
        self.address(&mut transaction);
        self.count_transaction(segment, &control);
        let code = std::str::from_utf8(elements[1]).unwrap_or_default();
        transaction.kind = Kind::detect(code, &transaction.version);
        self.open = Some(transaction);
    }

    /// Copies the addresses of the envelopes into the transaction.
    fn address(&mut self, transaction: &mut Transaction<'a>) {
        if let Some(interchange) = &self.interchange {
            transaction.interchange_control = interchange.control.clone();
            let [qualifier, id] = interchange.sender.clone();
            (transaction.sender_qualifier, transaction.sender) = (qualifier, id);
            let [qualifier, id] = interchange.receiver.clone();
            (transaction.receiver_qualifier, transaction.receiver) = (qualifier, id);
            transaction.usage = interchange.usage.clone();
        }
        if let Some(group) = &self.group {
            transaction.group_control = group.control.clone();
            transaction.functional_id = group.functional_id.clone();
            transaction.group_sender = group.sender.clone();
            transaction.group_receiver = group.receiver.clone();
            transaction.date = group.date;
            if transaction.version.is_empty() {
                transaction.version = group.version.clone();
            }
        }
    }

    fn count_transaction(&mut self, segment: &Segment<'a>, control: &Text) {
        let Some(group) = &mut self.group else {
            self.faults.warn(
                segment.at(""),
                "missing-gs",
                "the transaction stands in no group: `GS` is missing",
            );
            return;
        };
        group.transactions += 1;
        if control.is_empty() {
            let at = segment.at("").element("ST02");
            self.faults.warn(at, "missing-control", "ST02, the transaction's control number, is missing");
        } else if !group.controls.insert(control.clone()) {
            let message = format!("ST02 `{control}` is used twice in one group");
            self.faults.warn(segment.at("").element("ST02"), "duplicate-control", message);
        }
    }

    fn se(&mut self, segment: &Segment<'a>) {
        let elements = segment.elements::<3>();
        let Some(open) = &mut self.open else {
            self.faults.warn(segment.at(""), "stray-se", "this SE ends no transaction: its `ST` is missing");
            return;
        };
        open.complete = true;
        let count = segment.number + 1 - open.segments.start;
        if number(elements[1]) != Some(u64::from(count)) {
            let message = format!("SE01 says `{}` segments, but ST to SE are {count}", shown(elements[1]));
            self.faults.warn(segment.at("").element("SE01"), "se-count", message);
        }
        if text(elements[2]) != open.control_number {
            let message = format!(
                "SE02 `{}` is not ST02 `{}` of its transaction",
                shown(elements[2]),
                open.control_number
            );
            self.faults.warn(segment.at("").element("SE02"), "se-control", message);
        }
        self.close(segment.end, segment.number + 1);
    }

    /// Ends the open transaction before `end`.
    fn close(&mut self, end: usize, next: u32) {
        if let Some(mut open) = self.open.take() {
            // INVARIANT: segments come in order, so the end lies behind the position and within the file.
            open.bytes = &self.bytes[open.position as usize..end];
            open.segments.end = next;
            self.file.transactions.push(open);
        }
        self.faults.transaction = Text::default();
    }

    /// Ends an open transaction that lacks its SE. `cut`: the file ends here; else `segment` is what follows.
    fn end_of_transaction(&mut self, segment: &Segment<'a>, cut: bool) {
        let Some(open) = &self.open else { return };
        let (end, next) =
            if cut { (segment.end, segment.number + 1) } else { (segment.position, segment.number) };
        let at = At {
            number: open.segments.start,
            position: open.position as usize,
            id: b"ST",
            loop_id: "",
            element: "",
        };
        let control = open.control_number.clone();
        let (code, why) =
            if cut { ("cut-off", "the file ends") } else { ("missing-se", "another envelope segment comes") };
        let message =
            format!("transaction `{control}` has no SE: {why} before it; its last claim may be incomplete");
        self.faults.add(Severity::Error, at, code, message);
        self.close(end, next);
    }

    fn ge(&mut self, segment: &Segment<'a>) {
        self.end_of_transaction(segment, false);
        let elements = segment.elements::<3>();
        let Some(group) = self.group.take() else {
            self.faults.warn(segment.at(""), "stray-ge", "this GE ends no group: its `GS` is missing");
            return;
        };
        self.trailer(
            segment,
            ["GE01", "GE02"],
            ["ge-count", "ge-control"],
            &elements,
            group.transactions,
            &group.control,
        );
    }

    fn iea(&mut self, segment: &Segment<'a>) {
        self.end_of_group(segment, false);
        let elements = segment.elements::<3>();
        if let Some(interchange) = self.interchange.take() {
            let names = (["IEA01", "IEA02"], ["iea-count", "iea-control"]);
            self.trailer(segment, names.0, names.1, &elements, interchange.groups, &interchange.control);
        }
        if !segment.terminated {
            self.faults.add(
                Severity::Advice,
                segment.at(""),
                "unterminated",
                "the last segment has no terminator",
            );
        }
    }

    fn trailer(
        &mut self,
        segment: &Segment<'a>,
        elements: [&'static str; 2],
        codes: [&'static str; 2],
        found: &[&[u8]; 3],
        count: u64,
        control: &str,
    ) {
        if number(found[1]) != Some(count) {
            let message = format!("{} says `{}`, but there are {count}", elements[0], shown(found[1]));
            self.faults.warn(segment.at("").element(elements[0]), codes[0], message);
        }
        let same = text(found[2]) == control
            || (number(found[2]).is_some() && number(found[2]) == number(control.as_bytes()));
        if !same {
            let message =
                format!("{} `{}` is not the number `{control}` of its header", elements[1], shown(found[2]));
            self.faults.warn(segment.at("").element(elements[1]), codes[1], message);
        }
    }

    fn end_of_group(&mut self, segment: &Segment<'a>, cut: bool) {
        self.end_of_transaction(segment, cut);
        if let Some(group) = self.group.take() {
            let message = format!("group `{}` has no GE", group.control);
            self.faults.warn(segment.at(""), "missing-ge", message);
        }
    }

    fn end_of_interchange(&mut self, segment: &Segment<'a>, cut: bool) {
        self.end_of_group(segment, cut);
        if let Some(interchange) = self.interchange.take() {
            let message = format!("interchange `{}` has no IEA", interchange.control);
            self.faults.warn(segment.at(""), "missing-iea", message);
        }
    }

    fn finish(mut self) -> File<'a> {
        self.file.faults = self.faults.take();
        self.file
    }
}
