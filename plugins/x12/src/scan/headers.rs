//! Headers: an interchange, a group or a transaction begins.

use std::collections::HashSet;

use claimflow_core::Text;

use super::{Group, Interchange, Reader};
use crate::envelope::Transaction;
use crate::kind::Kind;
use crate::separators::Isa;
use crate::text::{date, text};
use crate::tokenizer::Segment;

impl<'a> Reader<'a> {
    pub(super) fn isa(&mut self, segment: &Segment<'a>, isa: Isa) {
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

    pub(super) fn gs(&mut self, segment: &Segment<'a>) {
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

    pub(super) fn st(&mut self, segment: &Segment<'a>) {
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
}
