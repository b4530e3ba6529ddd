//! 999 (and the older 997): the answer to the syntax of a group and its transactions.

use claimflow_core::{Acknowledgment, AcknowledgmentKind, Text};
use jiff::civil::Date;

use crate::ack::blank;
use crate::envelope::Transaction;
use crate::fault::{Fault, Faults};
use crate::text::{shown, text};
use crate::tokenizer::Segment;

/// The most places of one transaction's errors that are listed.
const MAX_PLACES: usize = 200;

/// Reads a 999: an answer for each transaction that it names, then one for the group.
pub(crate) fn read(transaction: &Transaction<'_>) -> (Vec<Acknowledgment>, Vec<Fault>) {
    let mut reading = Reading {
        faults: transaction.fault_collector(),
        acks: Vec::new(),
        group: Text::default(),
        current: None,
        date: transaction.date,
    };
    let mut group_answered = false;
    for segment in transaction.walk() {
        match segment.id() {
            b"AK1" => reading.group = text(segment.element(2)),
            b"AK2" => reading.begin(&segment),
            b"IK3" | b"IK4" | b"AK3" | b"AK4" | b"CTX" => reading.place(&segment),
            b"IK5" | b"AK5" => reading.end(&segment),
            b"AK9" => {
                group_answered = true;
                reading.group(&segment);
            }
            b"ST" | b"SE" => {}
            id => {
                let message = format!("{} has no place in a 999 and was skipped", text(id));
                reading.faults.warn(segment.at(""), "unexpected-segment", message);
            }
        }
    }
    reading.unanswered();
    if let (false, Some(segment)) = (group_answered, transaction.walk().next()) {
        let message = "AK9, the answer to the group, is missing; nothing is taken as accepted for it";
        reading.faults.error(segment.at(""), "missing-ak9", message);
    }
    (reading.acks, reading.faults.take())
}

struct Reading<'a> {
    faults: Faults<'a>,
    acks: Vec<Acknowledgment>,
    /// AK102: the group that is answered.
    group: Text,
    /// The transaction that is being answered, with its AK2.
    current: Option<(Acknowledgment, Segment<'a>)>,
    date: Option<Date>,
}

impl<'a> Reading<'a> {
    fn begin(&mut self, segment: &Segment<'a>) {
        self.unanswered();
        let mut ack = blank(AcknowledgmentKind::Functional);
        ack.control_number = self.group.clone();
        ack.transaction = text(segment.element(2));
        ack.date = self.date;
        self.current = Some((ack, *segment));
    }

    /// Where the other side found an error, as `IK3:CLM:22:2300:8` or `CTX:CLM01:123`. Copies of the data and members'
    /// ids stay out.
    fn place(&mut self, segment: &Segment<'a>) {
        let Some((ack, _)) = &mut self.current else { return };
        if ack.statuses.len() >= MAX_PLACES {
            return;
        }
        let mut elements: Vec<&[u8]> = segment.all().collect();
        match segment.id() {
            b"IK4" | b"AK4" => elements.truncate(4),
            b"CTX"
                if !elements
                    .get(1)
                    .is_some_and(|what| what.starts_with(b"CLM01") || what.starts_with(b"SIT")) =>
            {
                return;
            }
            _ => {}
        }
        let component = segment.separators.component;
        let mut whole = elements.join(&b':');
        whole.iter_mut().filter(|byte| **byte == component).for_each(|byte| *byte = b':');
        ack.statuses.push(text(&whole));
    }

    fn end(&mut self, segment: &Segment<'a>) {
        let Some((mut ack, _)) = self.current.take() else {
            self.faults.warn(
                segment.at("2000"),
                "stray-ik5",
                "this answer names no transaction: its AK2 is missing",
            );
            return;
        };
        let code = segment.element(1);
        ack.accepted = matches!(code, b"A" | b"E");
        if !matches!(code, b"A" | b"E" | b"M" | b"R" | b"W" | b"X") {
            let at = segment.at("2000").element("IK501");
            self.faults.bad(at, "bad-code", "`A`, `E`, `M`, `R`, `W` or `X`", code);
        }
        ack.statuses.insert(0, joined("IK5", segment));
        self.acks.push(ack);
    }

    fn group(&mut self, segment: &Segment<'a>) {
        self.unanswered();
        let code = segment.element(1);
        let mut ack = blank(AcknowledgmentKind::Functional);
        ack.control_number = self.group.clone();
        ack.date = self.date;
        ack.accepted = matches!(code, b"A" | b"E");
        // Some transactions were accepted and some were not: the group as a whole is neither.
        ack.interim = code == b"P";
        if !matches!(code, b"A" | b"E" | b"P" | b"M" | b"R" | b"W" | b"X") {
            let at = segment.at("").element("AK901");
            self.faults.bad(at, "bad-code", "`A`, `E`, `P`, `M`, `R`, `W` or `X`", code);
        }
        ack.statuses.push(joined("AK9", segment));
        self.acks.push(ack);
    }

    /// A transaction was named and not answered: it is not taken as accepted.
    fn unanswered(&mut self) {
        if let Some((mut ack, segment)) = self.current.take() {
            let message = format!(
                "transaction `{}` is named but not answered: IK5 is missing",
                shown(segment.element(2))
            );
            self.faults.error(segment.at("2000"), "missing-ik5", message);
            ack.interim = true;
            self.acks.push(ack);
        }
    }
}

/// `name` with the elements of a segment, joined by `:`.
fn joined(name: &str, segment: &Segment<'_>) -> Text {
    let mut whole = name.as_bytes().to_vec();
    for element in segment.all().skip(1) {
        whole.push(b':');
        whole.extend_from_slice(element);
    }
    text(&whole)
}
