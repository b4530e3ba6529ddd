//! 277CA (005010X214): the answer to each claim, before adjudication.

use claimflow_core::{Acknowledgment, AcknowledgmentKind, ClaimId, Money};

use crate::ack::blank;
use crate::envelope::Transaction;
use crate::fault::{At, Fault, Faults};
use crate::text::{date, money, shown, text};
use crate::tokenizer::Segment;

/// What a 277CA says, counted for an inspection.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub acks: Vec<Acknowledgment>,
    pub faults: Vec<Fault>,
    /// Claims answered.
    pub claims: u64,
    /// Sum of their charges (STC04).
    pub billed: Money,
}

/// Reads a 277CA: an answer for each claim, and one for each batch or provider that was refused as a whole.
pub(crate) fn read(transaction: &Transaction<'_>) -> Read {
    let mut reading = Reading {
        faults: transaction.fault_collector(),
        read: Read::default(),
        level: Level::Other,
        open: None,
    };
    for segment in transaction.walk() {
        match segment.id() {
            b"HL" => reading.level(&segment),
            b"TRN" => reading.trace(&segment),
            b"STC" => reading.status(&segment),
            b"REF" => reading.reference(&segment),
            b"SVC" => reading.level = Level::Line,
            b"ST" | b"SE" | b"BHT" | b"NM1" | b"DTP" | b"QTY" | b"AMT" => {}
            id => {
                let message = format!("{} has no place in a 277CA and was skipped", text(id));
                reading.faults.warn(segment.at(""), "unexpected-segment", message);
            }
        }
    }
    reading.close();
    reading.read.faults = reading.faults.take();
    reading.read
}

/// Whose answer is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Batch,
    Provider,
    Claim,
    /// A line of the claim that is open.
    Line,
    Other,
}

impl Level {
    const fn loop_id(self) -> &'static str {
        match self {
            Self::Batch => "2200B",
            Self::Provider => "2200C",
            Self::Claim => "2200D",
            Self::Line => "2220D",
            Self::Other => "",
        }
    }
}

/// One answer that is being read.
struct Open<'a> {
    ack: Acknowledgment,
    level: Level,
    at: At<'a>,
    answered: bool,
    refused: bool,
    taken: bool,
    charge: Money,
}

struct Reading<'a> {
    faults: Faults<'a>,
    read: Read,
    level: Level,
    open: Option<Open<'a>>,
}

impl<'a> Reading<'a> {
    fn level(&mut self, segment: &Segment<'a>) {
        self.close();
        self.level = match segment.element(3) {
            b"21" => Level::Batch,
            b"19" => Level::Provider,
            b"PT" | b"22" | b"23" => Level::Claim,
            _ => Level::Other,
        };
    }

    fn trace(&mut self, segment: &Segment<'a>) {
        if matches!(self.level, Level::Other) {
            return;
        }
        self.close();
        if self.level == Level::Line {
            self.level = Level::Claim;
        }
        let mut ack = blank(AcknowledgmentKind::Claim);
        let reference = text(segment.element(2));
        if self.level == Level::Claim {
            ack.claim_id = ClaimId::as_received(reference);
        } else {
            ack.control_number = reference;
        }
        self.open = Some(Open {
            ack,
            level: self.level,
            at: segment.at(self.level.loop_id()),
            answered: false,
            refused: false,
            taken: false,
            charge: Money::ZERO,
        });
    }

    fn status(&mut self, segment: &Segment<'a>) {
        let Some(open) = &mut self.open else { return };
        let elements = segment.elements::<13>();
        for (n, name) in [(1, "STC01"), (10, "STC10"), (11, "STC11")] {
            let element = elements.get(n).copied().unwrap_or_default();
            if element.is_empty() {
                continue;
            }
            let parts = segment.components::<3>(element);
            let status = [parts[0], parts[1], parts[2]].join(&b':');
            let status = status.strip_suffix(b":").unwrap_or(&status);
            open.ack.statuses.push(text(status));
            match parts[0] {
                b"A3" | b"A4" | b"A6" | b"A7" | b"A8" => open.refused = true,
                b"A2" => open.taken = true,
                // Received, with `accepted for processing`.
                b"A1" if parts[1] == b"20" => open.taken = true,
                b"A0" | b"A1" | b"A5" => {}
                other => {
                    let message =
                        format!("{name} should be a status category A0 to A8, but is `{}`", shown(other));
                    self.faults.warn(segment.at(self.level.loop_id()).element(name), "bad-status", message);
                }
            }
        }
        if self.level == Level::Line {
            return;
        }
        // The action code: U refuses whatever the category says.
        open.refused |= elements[3] == b"U";
        open.answered = true;
        open.ack.date = date(elements[2]).or(open.ack.date);
        open.charge = money(elements[4]).unwrap_or(open.charge);
        if !elements[12].is_empty() {
            open.ack.message = text(elements[12]);
        }
    }

    fn reference(&mut self, segment: &Segment<'a>) {
        let elements = segment.elements::<3>();
        if let (Some(open), b"1K") = (&mut self.open, elements[1]) {
            open.ack.payer_claim_number = text(elements[2]);
        }
    }

    /// Ends the answer that is open.
    fn close(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        open.ack.accepted = open.taken && !open.refused;
        open.ack.interim = !open.taken && !open.refused;
        if open.level == Level::Claim {
            self.read.claims += 1;
            self.read.billed += open.charge;
            if open.ack.claim_id.is_empty() {
                let message = "TRN02, the number of the claim that is answered, is missing";
                self.faults.error(open.at.element("TRN02"), "missing-claim-number", message);
            }
            if !open.answered {
                self.faults.error(
                    open.at,
                    "missing-stc",
                    "the claim is named but not answered: STC is missing",
                );
            }
            self.read.acks.push(open.ack);
        } else if open.refused {
            // A batch or a provider refused as a whole: no claim below is answered on its own.
            self.read.acks.push(open.ack);
        }
    }
}
