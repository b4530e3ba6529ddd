//! People, providers and payers: NM1 and the segments that follow it.

use claimflow_core::{Address, Name, Npi, Patient, Payer, PayerId, Person, Provider, Subscriber};

use crate::fault::{At, Faults};
use crate::p837::extras::{Key, Placed, canonical, leftover};
use crate::p837::order::Loop;
use crate::text::{date, shown, text};
use crate::tokenizer::{Elements, Segment};

/// Where a segment is read: its loop, line and repetition, and where its faults and leftovers go.
pub(crate) struct Spot<'r, 'a> {
    pub faults: &'r mut Faults<'a>,
    pub extras: &'r mut Vec<Placed>,
    pub place: Loop,
    pub line: u16,
    pub repetition: u16,
}

impl<'a> Spot<'_, 'a> {
    pub fn at(&self, segment: &Segment<'a>, element: &'static str) -> At<'a> {
        segment.at(self.place.id()).element(element)
    }

    /// Keeps a whole segment.
    pub fn keep(&mut self, segment: &Segment<'a>) {
        let first = segment.components::<1>(segment.element(1))[0];
        if !self.place.uses(segment.id(), first) {
            let message =
                format!("{}*{} is not used in loop {}", text(segment.id()), shown(first), self.place.id());
            let at = segment.at(self.place.id());
            self.faults.warn(at, "unexpected-qualifier", message);
        }
        let key = Key::new(self.place, self.line, self.repetition, segment.id());
        let segment = canonical(segment, self.place.id(), self.faults);
        self.extras.push(Placed { key, segment });
    }

    /// Keeps what a segment says beyond the elements that have words; see [`leftover`].
    pub fn keep_rest<const N: usize>(
        &mut self,
        segment: &Segment<'a>,
        elements: &Elements<'a, N>,
        held: u32,
        kept: u32,
    ) {
        if let Some(rest) = leftover(segment, elements, held, kept, self.place.id(), self.faults) {
            let key = Key::new(self.place, self.line, self.repetition, segment.id());
            self.extras.push(Placed { key, segment: rest });
        }
    }
}

/// Elements 1 to 5 and 7 of NM1: who it is and the parts of the name.
const NAME: u32 = 0b1011_1110;

fn name(elements: &Elements<'_, 10>) -> Name {
    Name {
        organization: elements[2] == b"2",
        last: text(elements[3]),
        first: text(elements[4]),
        middle: text(elements[5]),
        suffix: text(elements[7]),
    }
}

/// A segment of a provider's loop.
pub(crate) fn provider_segment<'a>(provider: &mut Provider, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    match segment.id() {
        b"NM1" => provider_name(provider, segment, spot),
        b"N3" | b"N4" => address_segment(&mut provider.address, segment, spot),
        b"PRV" => {
            let elements = segment.elements::<4>();
            let plain = matches!(elements[1], b"BI" | b"PE") && matches!(elements[2], b"PXC" | b"ZZ");
            if plain && provider.taxonomy.is_empty() && !elements[3].is_empty() {
                provider.taxonomy = text(elements[3]);
                spot.keep_rest(segment, &elements, 0b1110, 0);
            } else {
                spot.keep(segment);
            }
        }
        b"REF" if spot.place == Loop::L2010AA => tax_id(provider, segment, spot),
        _ => spot.keep(segment),
    }
}

fn provider_name<'a>(provider: &mut Provider, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    let elements = segment.elements::<10>();
    provider.name = name(&elements);
    let id = elements[9];
    match elements[8] {
        b"XX" => {
            provider.npi = npi(segment, id, spot);
        }
        b"" if id.is_empty() => {}
        kind @ (b"24" | b"34") => {
            // 4010 identified providers by their tax id.
            provider.tax_id = text(id);
            provider.tax_id_kind = text(if kind == b"24" { b"EI" } else { b"SY" });
            let at = spot.at(segment, "NM108");
            let message = "NM108 should be `XX` with an NPI; a tax id is what 4010 sent here";
            spot.faults.warn(at, "legacy-identifier", message);
        }
        other => {
            let at = spot.at(segment, "NM108");
            let message =
                format!("NM108 should be `XX` with an NPI, but is `{}`; the id is left out", shown(other));
            spot.faults.warn(at, "unknown-identifier", message);
        }
    }
    spot.keep_rest(segment, &elements, NAME | 0b11_0000_0000, 0);
}

/// An NPI as received; its shape and check digit are warned about.
pub(crate) fn npi<'a>(segment: &Segment<'a>, id: &[u8], spot: &mut Spot<'_, 'a>) -> Npi {
    let npi = Npi::as_received(text(id));
    if !npi.is_well_formed() {
        let at = spot.at(segment, "NM109");
        let message = format!("NM109 should be an NPI of ten digits, but is `{}`", shown(id));
        spot.faults.warn(at, "bad-npi", message);
    } else if !npi.check_digit_holds() {
        let at = spot.at(segment, "NM109");
        spot.faults.warn(
            at,
            "npi-check-digit",
            format!("NM109 `{}` is no NPI: its check digit is wrong", shown(id)),
        );
    }
    npi
}

fn tax_id<'a>(provider: &mut Provider, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    let elements = segment.elements::<3>();
    let is_tax_id = matches!(elements[1], b"EI" | b"SY") && !elements.more && !elements[2].is_empty();
    if !is_tax_id {
        spot.keep(segment);
    } else if provider.tax_id.is_empty() {
        provider.tax_id = text(elements[2]);
        provider.tax_id_kind = text(elements[1]);
    } else if provider.tax_id.as_bytes() != elements[2] {
        spot.keep(segment);
    }
}

/// N3 or N4.
pub(crate) fn address_segment<'a>(
    address: &mut Option<Address>,
    segment: &Segment<'a>,
    spot: &mut Spot<'_, 'a>,
) {
    let address = address.get_or_insert_default();
    if segment.id() == b"N3" {
        let elements = segment.elements::<3>();
        address.line1 = text(elements[1]);
        address.line2 = text(elements[2]);
        spot.keep_rest(segment, &elements, 0b110, 0);
    } else {
        let elements = segment.elements::<8>();
        address.city = text(elements[1]);
        address.state = text(elements[2]);
        address.postal_code = text(elements[3]);
        address.country = text(elements[4]);
        spot.keep_rest(segment, &elements, 0b1_1110, 1 << 7);
    }
}

/// A segment of a person's loop.
pub(crate) fn person_segment<'a>(person: &mut Person, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    match segment.id() {
        b"NM1" => {
            let elements = segment.elements::<10>();
            person.name = name(&elements);
            person.member_id = text(elements[9]);
            let qualifier = if elements[8] == b"MI" { 1 << 8 } else { 0 };
            spot.keep_rest(segment, &elements, NAME | 1 << 9 | qualifier, 1 << 8);
        }
        b"N3" | b"N4" => address_segment(&mut person.address, segment, spot),
        b"DMG" if spot.place != Loop::L2330A => {
            let elements = segment.elements::<4>();
            match (elements[1], date(elements[2])) {
                (b"D8", Some(date)) => person.birth_date = Some(date),
                (b"", None) if elements[2].is_empty() => {}
                _ => {
                    let at = spot.at(segment, "DMG02");
                    spot.faults.bad_private(at, "bad-date", "a date, `D8` and CCYYMMDD");
                }
            }
            person.sex = text(elements[3]);
            spot.keep_rest(segment, &elements, 0b1110, 0);
        }
        _ => spot.keep(segment),
    }
}

/// A segment of a payer's loop.
pub(crate) fn payer_segment<'a>(payer: &mut Payer, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    match segment.id() {
        b"NM1" => {
            let elements = segment.elements::<10>();
            payer.name = text(elements[3]);
            payer.id_kind = text(elements[8]);
            payer.id = PayerId::as_received(text(elements[9]));
            spot.keep_rest(segment, &elements, 0b11_0000_1110, 0);
        }
        b"N3" | b"N4" => address_segment(&mut payer.address, segment, spot),
        _ => spot.keep(segment),
    }
}

/// SBR of 2000B.
pub(crate) fn subscriber_segment<'a>(
    subscriber: &mut Subscriber,
    segment: &Segment<'a>,
    spot: &mut Spot<'_, 'a>,
) {
    let elements = segment.elements::<10>();
    subscriber.responsibility = text(elements[1]);
    subscriber.relationship = text(elements[2]);
    subscriber.group_number = text(elements[3]);
    subscriber.group_name = text(elements[4]);
    subscriber.insurance_type = text(elements[5]);
    subscriber.filing_indicator = text(elements[9]);
    spot.keep_rest(segment, &elements, 0b10_0011_1110, 0);
}

/// PAT of 2000C.
pub(crate) fn patient_segment<'a>(patient: &mut Patient, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    let elements = segment.elements::<2>();
    patient.relationship = text(elements[1]);
    spot.keep_rest(segment, &elements, 0b10, 0b11_1110_0000);
}
