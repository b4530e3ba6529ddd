//! Interchanges, groups and transactions: the envelope around what is sent. Reading it never fails; whatever is wrong
//! becomes a fault, and the neighbours of a broken transaction are read all the same.

use std::ops::Range;

use claimflow_core::{Acknowledgment, Text};
use jiff::civil::Date;

use crate::fault::{Fault, Faults, Lines};
use crate::kind::Kind;
use crate::separators::Separators;
use crate::tokenizer::Segments;

/// What a file holds.
#[derive(Debug, Clone)]
pub struct File<'a> {
    /// The transactions of all interchanges and groups, in file order.
    pub transactions: Vec<Transaction<'a>>,
    /// Faults of the envelopes (ISA, GS, ST, SE, GE, IEA and what stands outside), in file order. Those of what a
    /// transaction says come with reading it.
    pub faults: Vec<Fault>,
    /// How many interchanges there are.
    pub interchanges: u32,
    /// Answers to interchanges (TA1), which stand outside any transaction.
    pub acks: Vec<Acknowledgment>,
}

impl File<'_> {
    /// The envelope faults that lie within a transaction, from its ST to its SE.
    pub fn faults_of(&self, transaction: &Transaction<'_>) -> impl Iterator<Item = &Fault> {
        let segments = transaction.segments.clone();
        self.faults.iter().filter(move |fault| segments.contains(&fault.segment))
    }

    /// The envelope faults that lie outside every transaction.
    pub fn faults_outside(&self) -> impl Iterator<Item = &Fault> {
        self.faults
            .iter()
            .filter(|fault| !self.transactions.iter().any(|t| t.segments.contains(&fault.segment)))
    }
}

/// One transaction set, ST to SE, with the addresses of the envelopes around it.
#[derive(Debug, Clone)]
pub struct Transaction<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its control number, ST02.
    pub control_number: Text,
    /// Its implementation guide: ST03, else GS08.
    pub version: Text,
    /// The group's control number, GS06.
    pub group_control: Text,
    /// The group's functional code, GS01, as `HC`.
    pub functional_id: Text,
    /// The group's sender, GS02.
    pub group_sender: Text,
    /// The group's receiver, GS03.
    pub group_receiver: Text,
    /// When the group was made, GS04.
    pub date: Option<Date>,
    /// The interchange's control number, ISA13.
    pub interchange_control: Text,
    /// Qualifier of the sender's id, ISA05.
    pub sender_qualifier: Text,
    /// The interchange's sender, ISA06.
    pub sender: Text,
    /// Qualifier of the receiver's id, ISA07.
    pub receiver_qualifier: Text,
    /// The interchange's receiver, ISA08.
    pub receiver: Text,
    /// `P` production or `T` test, ISA15.
    pub usage: Text,
    /// Its bytes, from ST to the end of SE: the same content has the same bytes in whatever envelope it comes.
    pub bytes: &'a [u8],
    /// Ordinals of its segments in the file.
    pub segments: Range<u32>,
    /// Offset of its ST in the file.
    pub position: u64,
    /// True when its SE is there; without it the last claim may be cut off.
    pub complete: bool,
    pub(crate) file: &'a [u8],
    /// Line of its ST, to count on from.
    pub(crate) lines: Lines<'a>,
    pub(crate) separators: Separators,
}

impl<'a> Transaction<'a> {
    /// Its segments, ST and SE included.
    pub(crate) fn walk(&self) -> Segments<'a> {
        let start = usize::try_from(self.position).unwrap_or(usize::MAX);
        let file = self.file.get(..start.saturating_add(self.bytes.len())).unwrap_or_default();
        Segments::new(file, start, self.segments.start.saturating_sub(1), self.separators)
    }

    /// A collector of its faults.
    pub(crate) fn fault_collector(&self) -> Faults<'a> {
        let mut faults = Faults::counting(self.lines);
        faults.transaction = self.control_number.clone();
        faults
    }
}
