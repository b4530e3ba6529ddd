//! Trailers: a transaction, a group or an interchange ends, as it should or cut short.

use claimflow_core::{Severity, Text};

use super::Reader;
use crate::fault::At;
use crate::text::{number, shown, text};
use crate::tokenizer::Segment;

impl<'a> Reader<'a> {
    pub(super) fn se(&mut self, segment: &Segment<'a>) {
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
    pub(super) fn end_of_transaction(&mut self, segment: &Segment<'a>, cut: bool) {
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

    pub(super) fn ge(&mut self, segment: &Segment<'a>) {
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

    pub(super) fn iea(&mut self, segment: &Segment<'a>) {
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

    pub(super) fn end_of_group(&mut self, segment: &Segment<'a>, cut: bool) {
        self.end_of_transaction(segment, cut);
        if let Some(group) = self.group.take() {
            let message = format!("group `{}` has no GE", group.control);
            self.faults.warn(segment.at(""), "missing-ge", message);
        }
    }

    pub(super) fn end_of_interchange(&mut self, segment: &Segment<'a>, cut: bool) {
        self.end_of_group(segment, cut);
        if let Some(interchange) = self.interchange.take() {
            let message = format!("interchange `{}` has no IEA", interchange.control);
            self.faults.warn(segment.at(""), "missing-iea", message);
        }
    }
}
