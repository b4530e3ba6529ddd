//! Loops 2320 and 2330: other payers on the claim and what they decided.

use claimflow_core::{Indicators, OtherPayer};

use crate::adjustments::read_cas;
use crate::p837::claim::Building;
use crate::p837::order::Loop;
use crate::p837::parties::{Spot, payer_segment, person_segment};
use crate::text::{money, text};
use crate::tokenizer::Segment;

impl<'a> Building<'_, 'a> {
    /// A segment of 2320, 2330A or 2330B of the last other payer.
    pub(super) fn other_payer_segment(&mut self, segment: &Segment<'a>) {
        let Some(other) = self.claim.other_payers.last_mut() else { return };
        let place = self.place;
        let mut spot = Spot {
            faults: self.faults,
            extras: &mut self.extras,
            place,
            line: 0,
            repetition: self.repetition,
        };
        match (place, segment.id()) {
            (Loop::L2330A, _) => person_segment(&mut other.subscriber, segment, &mut spot),
            (Loop::L2330B, _) => payer_segment(&mut other.payer, segment, &mut spot),
            (_, b"SBR") => {
                let elements = segment.elements::<10>();
                other.responsibility = text(elements[1]);
                other.relationship = text(elements[2]);
                other.group_number = text(elements[3]);
                other.group_name = text(elements[4]);
                other.insurance_type = text(elements[5]);
                other.filing_indicator = text(elements[9]);
                spot.keep_rest(segment, &elements, 0b10_0011_1110, 0);
            }
            (_, b"CAS") => read_cas(segment, "2320", spot.faults, &mut other.adjustments),
            (_, b"AMT") => paid_segment(other, segment, &mut spot),
            // Says nothing new when it repeats the claim's own indicators, as the writer makes it do.
            (_, b"OI") if repeats(segment, &self.claim.indicators) => {}
            _ => spot.keep(segment),
        }
    }
}

/// AMT*D of 2320: what the payer has paid.
fn paid_segment<'a>(other: &mut OtherPayer, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    let elements = segment.elements::<4>();
    if elements[1] != b"D" || other.paid.is_some() {
        spot.keep(segment);
        return;
    }
    other.paid = money(elements[2]);
    if other.paid.is_none() {
        let at = segment.at("2320").element("AMT02");
        spot.faults.bad(at, "bad-amount", "an amount of money", elements[2]);
    }
    spot.keep_rest(segment, &elements, 0b110, 0);
}

/// True for an OI that says what the claim itself says.
fn repeats(segment: &Segment<'_>, own: &Indicators) -> bool {
    let elements = segment.elements::<7>();
    elements[3] == own.benefits_assigned.as_bytes()
        && elements[6] == own.release.as_bytes()
        && !elements.more
        && [1, 2, 4, 5].iter().all(|n| elements.get(*n).is_none_or(|bytes| bytes.is_empty()))
}
