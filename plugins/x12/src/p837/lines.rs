//! Loop 2400 and below: the service lines.

use claimflow_core::{
    LineAdjudication, Modifier, PlaceOfService, ProcedureCode, Provider, Quantity, ServiceLine,
};

use crate::adjustments::read_cas;
use crate::p837::claim::{Building, Section};
use crate::p837::order::Loop;
use crate::p837::parties::{Spot, provider_segment};
use crate::text::{date, date_range, money, number, quantity, shown, text};
use crate::tokenizer::Segment;

impl<'a> Building<'_, 'a> {
    /// LX: a line begins. Lines are numbered anew from 1.
    pub(super) fn begin_line(&mut self, segment: &Segment<'a>) {
        self.open_line(segment);
        let own = self.line_number();
        let elements = segment.elements::<2>();
        if number(elements[1]) != Some(u64::from(own)) {
            let message =
                format!("LX01 should be {own}, but is `{}`; lines are numbered anew", shown(elements[1]));
            self.faults.warn(segment.at("2400").element("LX01"), "line-number", message);
        }
    }

    fn open_line(&mut self, segment: &Segment<'a>) {
        self.section = Section::Line;
        self.line_segments.push(*segment);
        self.claim.lines.push(ServiceLine::default());
        let number = self.line_number();
        if let Some(line) = self.claim.lines.last_mut() {
            line.number = number;
        }
        for place in Loop::L2400 as usize..=Loop::L2440 as usize {
            // INVARIANT: there is a counter for each loop.
            self.entered[place] = 0;
        }
        self.place = Loop::L2400;
        self.repetition = 1;
    }

    /// A segment of 2400, 2420A, 2420D or 2430 of the last line.
    pub(super) fn line_segment(&mut self, segment: &Segment<'a>) {
        if self.place == Loop::L2400 && segment.id() == b"SV1" {
            return self.service(segment);
        }
        let number = self.line_number();
        let (place, repetition) = (self.place, self.repetition);
        let Some(line) = self.claim.lines.last_mut() else { return };
        let mut spot =
            Spot { faults: self.faults, extras: &mut self.extras, place, line: number, repetition };
        match place {
            Loop::L2420A => party(&mut line.rendering_provider, segment, &mut spot),
            Loop::L2420D => party(&mut line.supervising_provider, segment, &mut spot),
            Loop::L2430 => self.adjudication(segment),
            _ => match segment.id() {
                b"DTP" => service_date(line, segment, &mut spot),
                b"REF" => reference(line, segment, &mut spot),
                _ => spot.keep(segment),
            },
        }
    }

    fn service(&mut self, segment: &Segment<'a>) {
        if self.claim.lines.last().is_none_or(|line| !line.procedure.is_empty()) {
            let message = "SV1 without LX before it; taken as a line of its own";
            self.faults.warn(segment.at("2400"), "missing-lx", message);
            self.open_line(segment);
        }
        let elements = segment.elements::<8>();
        let codes = segment.components::<7>(elements[1]);
        let at = |element| segment.at("2400").element(element);
        let charge = money(elements[2]);
        if charge.is_none() {
            self.amounts_readable = false;
            self.faults.bad(at("SV102"), "bad-amount", "an amount of money", elements[2]);
        }
        let units = match elements[4] {
            [] => Quantity::ZERO,
            given => quantity(given).unwrap_or_else(|| {
                self.faults.bad(at("SV104"), "bad-quantity", "a number of units or minutes", given);
                Quantity::ZERO
            }),
        };
        if codes[1].is_empty() {
            let wanted = "a qualifier and a procedure, as `HC:90837`";
            self.faults.bad(at("SV101"), "bad-procedure", wanted, elements[1]);
        }
        if codes.more {
            let message = "SV101 has seven components; the rest is left out";
            self.faults.warn(at("SV101"), "unexpected-component", message);
        }
        let pointers = self.pointers(segment, elements[7]);
        if let Some(line) = self.claim.lines.last_mut() {
            line.procedure_qualifier = text(codes[0]);
            line.procedure = ProcedureCode::as_received(text(codes[1]));
            let modifiers = codes.get(2..6).unwrap_or_default().iter().filter(|code| !code.is_empty());
            line.modifiers = modifiers.map(|code| Modifier::as_received(text(code))).collect();
            line.description = text(codes[6]);
            line.charge = charge.unwrap_or_default();
            line.unit_basis = text(elements[3]);
            line.units = units;
            line.place_of_service = PlaceOfService::as_received(text(elements[5]));
            line.diagnosis_pointers = pointers;
        }
        let emergency_and_after = 0b1_1011 << 8;
        self.spot(1).keep_rest(segment, &elements, 0b1011_1110, emergency_and_after);
    }

    fn pointers(&mut self, segment: &Segment<'a>, element: &'a [u8]) -> Vec<u8> {
        let parts = segment.components::<4>(element);
        let at = segment.at("2400").element("SV107");
        if parts.more {
            self.faults.warn(
                at,
                "unexpected-component",
                "SV107 has at most four diagnosis pointers; the rest is left out",
            );
        }
        let mut pointers = Vec::new();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            match number(part).and_then(|value| u8::try_from(value).ok()).filter(|value| *value > 0) {
                Some(pointer) => pointers.push(pointer),
                None => {
                    self.faults.bad(
                        at,
                        "bad-pointer",
                        "numbers of diagnoses from 1 to 12, as `1:2`",
                        element,
                    );
                }
            }
        }
        pointers
    }

    /// 2430: what another payer decided on the line.
    fn adjudication(&mut self, segment: &Segment<'a>) {
        let number = self.line_number();
        let procedure = if segment.id() == b"SVD" { self.joined(segment.element(3)) } else { "".into() };
        let Some(line) = self.claim.lines.last_mut() else { return };
        if segment.id() == b"SVD" {
            line.adjudications.push(LineAdjudication { procedure, ..LineAdjudication::default() });
        }
        let Some(own) = line.adjudications.last_mut() else { return };
        let mut spot = Spot {
            faults: self.faults,
            extras: &mut self.extras,
            place: Loop::L2430,
            line: number,
            repetition: self.repetition,
        };
        match segment.id() {
            b"SVD" => decision(own, segment, &mut spot),
            b"CAS" => read_cas(segment, "2430", spot.faults, &mut own.adjustments),
            b"DTP" => {
                let elements = segment.elements::<4>();
                match (elements[1], elements[2], date(elements[3])) {
                    (b"573", b"D8", Some(date)) if own.date.is_none() => own.date = Some(date),
                    (b"573", _, None) => {
                        let at = segment.at("2430").element("DTP03");
                        spot.faults.bad(at, "bad-date", "a date, `D8` and CCYYMMDD", elements[3]);
                    }
                    _ => spot.keep(segment),
                }
            }
            _ => spot.keep(segment),
        }
    }
}

fn decision<'a>(own: &mut LineAdjudication, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    let elements = segment.elements::<7>();
    own.payer_id = text(elements[1]);
    match money(elements[2]) {
        Some(paid) => own.paid = paid,
        None => {
            let at = spot.at(segment, "SVD02");
            spot.faults.bad(at, "bad-amount", "an amount of money", elements[2]);
        }
    }
    match quantity(elements[5]) {
        Some(units) => own.units = units,
        None if elements[5].is_empty() => {}
        None => {
            let at = spot.at(segment, "SVD05");
            spot.faults.bad(at, "bad-quantity", "a number of units", elements[5]);
        }
    }
    own.bundled_into = text(elements[6]);
    spot.keep_rest(segment, &elements, 0b110_1110, 0);
}

fn party<'a>(provider: &mut Option<Provider>, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    provider_segment(provider.get_or_insert_default(), segment, spot);
}

fn service_date<'a>(line: &mut ServiceLine, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    let elements = segment.elements::<4>();
    if elements[1] != b"472" || line.service_date.is_some() {
        return spot.keep(segment);
    }
    let (from, to) = match elements[2] {
        b"D8" => (date(elements[3]), None),
        b"RD8" => date_range(elements[3]).map_or((None, None), |(from, to)| (Some(from), Some(to))),
        _ => (None, None),
    };
    if from.is_none() {
        let at = spot.at(segment, "DTP03");
        let expected = "a service date as `D8` and CCYYMMDD, or `RD8` and two of them";
        spot.faults.bad(at, "bad-date", expected, elements[3]);
    }
    line.service_date = from;
    line.service_date_to = to;
}

fn reference<'a>(line: &mut ServiceLine, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    let elements = segment.elements::<3>();
    let word = match elements[1] {
        b"G1" => &mut line.authorization_number,
        b"6R" => &mut line.control_number,
        _ => return spot.keep(segment),
    };
    if word.is_empty() && !elements.more {
        *word = text(elements[2]);
    } else {
        spot.keep(segment);
    }
}
