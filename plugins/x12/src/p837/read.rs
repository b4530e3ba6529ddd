//! Reads the claims of a transaction one by one.

use claimflow_core::Claim;

use crate::envelope::Transaction;
use crate::fault::{Fault, Faults};
use crate::kind::Kind;
use crate::p837::claim::Building;
use crate::p837::context::Context;
use crate::tokenizer::{Segment, Segments};

/// A claim as it was read.
#[derive(Debug, Clone)]
pub struct ReadClaim {
    /// The claim, with what it inherits from the billing provider's, the subscriber's and the patient's levels.
    pub claim: Claim,
    /// What is wrong with it, and with the levels above it that were not reported with an earlier claim.
    pub faults: Vec<Fault>,
    /// False when so much is wrong that it must not be taken on: no number, subscriber, payer, billing provider or
    /// line, an amount that is none, or cut off by the end of the file. A fault of severity error says why.
    pub usable: bool,
    /// Ordinal of its CLM segment in the file, from 1.
    pub segment: u32,
    /// Offset of its CLM segment in the file.
    pub position: u64,
}

/// The claims of an 837P transaction, read as they are asked for. For other kinds there are none.
#[derive(Debug, Clone)]
pub struct ClaimReader<'a> {
    pub(super) segments: Segments<'a>,
    pub(super) faults: Faults<'a>,
    pub(super) context: Context,
    /// False when nothing says that the last claim is whole.
    pub(super) complete: bool,
}

impl<'a> Transaction<'a> {
    /// The claims of an 837P, one at a time; none for another kind.
    ///
    /// ```
    /// # let bytes = b"";
    /// for transaction in &claimflow_x12::read(bytes).transactions {
    ///     for read in transaction.claims().filter(|read| read.usable) {
    ///         println!("{} {}", read.claim.id, read.claim.charge);
    ///     }
    /// }
    /// ```
    pub fn claims(&self) -> ClaimReader<'a> {
        let mut segments = self.walk();
        if self.kind != Kind::Claims837P {
            segments = Segments::new(&[], 0, 0, self.separators);
        }
        ClaimReader {
            segments,
            faults: self.fault_collector(),
            context: Context::default(),
            complete: self.complete,
        }
    }
}

impl ClaimReader<'_> {
    /// Takes the faults of levels that no claim followed. To be asked after the last claim.
    pub fn take_faults(&mut self) -> Vec<Fault> {
        self.faults.take()
    }
}

impl Iterator for ClaimReader<'_> {
    type Item = ReadClaim;

    fn next(&mut self) -> Option<ReadClaim> {
        while let Some(segment) = self.segments.next() {
            match segment.id() {
                b"CLM" => return Some(self.claim(&segment)),
                b"HL" => self.context.level(&segment, &mut self.faults),
                _ => self.context.segment(&segment, &mut self.faults),
            }
        }
        self.context.end_of_subscriber(&mut self.faults);
        None
    }
}

impl<'a> ClaimReader<'a> {
    fn claim(&mut self, clm: &Segment<'a>) -> ReadClaim {
        let mut read = ReadClaim {
            claim: Claim::default(),
            faults: Vec::new(),
            usable: false,
            segment: clm.number,
            position: clm.position as u64,
        };
        self.context.use_subscriber();
        let mut building = Building::new(&mut read.claim, &self.context, clm, &mut self.faults);
        let mut ended = false;
        loop {
            let before = self.segments;
            let Some(segment) = self.segments.next() else { break };
            if matches!(segment.id(), b"CLM" | b"HL" | b"SE") {
                self.segments = before;
                ended = true;
                break;
            }
            building.segment(&segment);
        }
        read.usable = building.finish(ended || self.complete);
        read.faults = self.faults.take();
        read
    }
}
