//! Reads a remittance.

use claimflow_core::{
    ClaimId, ClaimPayment, LinePayment, Modifier, Money, Name, Npi, PayerId, ProcedureCode,
    ProviderAdjustment, Quantity, Rarc, Remittance, Severity,
};
use jiff::civil::Date;

use crate::adjustments::read_cas;
use crate::components::with_actual_components;
use crate::envelope::Transaction;
use crate::fault::{Fault, Faults};
use crate::kind::Kind;
use crate::r835::balance;
use crate::text::{date, money, quantity, text};
use crate::tokenizer::Segment;

impl Transaction<'_> {
    /// The remittance of an 835, with its faults; empty for another kind. The three balances (line, claim,
    /// transaction) are checked, and an adjustment reported both for a claim and for its lines is said.
    pub fn remittance(&self) -> (Remittance, Vec<Fault>) {
        let (remittance, faults, _) = self.remittance_with_places();
        (remittance, faults)
    }

    pub(crate) fn remittance_with_places(&self) -> (Remittance, Vec<Fault>, balance::Balanced) {
        let mut reading = Reading::new(self.fault_collector());
        reading.remittance.control_number = self.control_number.clone();
        if self.kind == Kind::Remittance835 {
            for segment in self.walk() {
                reading.segment(&segment);
            }
            if !self.complete {
                reading.cut_off();
            }
        }
        let balanced = balance::check(&reading.remittance, &reading.places, &mut reading.faults);
        (reading.remittance, reading.faults.take(), balanced)
    }
}

/// Where the things that balance stand in the file.
#[derive(Debug, Default)]
pub(crate) struct Places<'a> {
    pub bpr: Option<Segment<'a>>,
    /// CLP of each claim, with SVC of each of its lines.
    pub claims: Vec<(Segment<'a>, Vec<Segment<'a>>)>,
}

/// The part of a remittance that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Header,
    Payer,
    Payee,
    /// LX, TS3, TS2: between claims.
    Provider,
    Claim,
    Line,
    Footer,
}

impl Section {
    const fn loop_id(self) -> &'static str {
        match self {
            Self::Header | Self::Footer => "",
            Self::Payer => "1000A",
            Self::Payee => "1000B",
            Self::Provider => "2000",
            Self::Claim => "2100",
            Self::Line => "2110",
        }
    }

    /// Segments that the guide has in the loop.
    const fn segments(self) -> &'static [&'static [u8]] {
        match self {
            Self::Header => &[b"ST", b"BPR", b"TRN", b"CUR", b"REF", b"DTM", b"NTE"],
            Self::Payer => &[b"N1", b"N3", b"N4", b"REF", b"PER"],
            Self::Payee => &[b"N1", b"N3", b"N4", b"REF", b"RDM"],
            Self::Provider => &[b"LX", b"TS3", b"TS2"],
            Self::Claim => &[b"CLP", b"CAS", b"NM1", b"MIA", b"MOA", b"REF", b"DTM", b"PER", b"AMT", b"QTY"],
            Self::Line => &[b"SVC", b"DTM", b"CAS", b"REF", b"AMT", b"QTY", b"LQ"],
            Self::Footer => &[b"PLB", b"SE"],
        }
    }
}

struct Reading<'a> {
    remittance: Remittance,
    places: Places<'a>,
    faults: Faults<'a>,
    section: Section,
}

impl<'a> Reading<'a> {
    fn new(faults: Faults<'a>) -> Self {
        Self {
            remittance: Remittance::default(),
            places: Places::default(),
            faults,
            section: Section::Header,
        }
    }

    fn segment(&mut self, segment: &Segment<'a>) {
        match segment.id() {
            b"N1" => self.section = if segment.element(1) == b"PE" { Section::Payee } else { Section::Payer },
            b"LX" => self.section = Section::Provider,
            b"CLP" => self.section = Section::Claim,
            b"SVC" if matches!(self.section, Section::Claim | Section::Line) => self.section = Section::Line,
            b"PLB" | b"SE" => self.section = Section::Footer,
            _ => {}
        }
        if !self.section.segments().contains(&segment.id()) {
            let message = format!(
                "{} has no place in loop {} of 005010X221A1 and was skipped",
                text(segment.id()),
                self.section.loop_id()
            );
            self.faults.warn(segment.at(self.section.loop_id()), "unexpected-segment", message);
            return;
        }
        match self.section {
            Section::Header => self.header(segment),
            Section::Payer => self.payer(segment),
            Section::Payee => {
                if segment.id() == b"N1" {
                    self.remittance.payee_id = text(segment.element(4));
                }
            }
            Section::Provider => {}
            Section::Claim => self.claim(segment),
            Section::Line => self.line(segment),
            Section::Footer => self.footer(segment),
        }
    }

    fn money(&mut self, segment: &Segment<'a>, element: &'static str, bytes: &[u8]) -> Money {
        let loop_id = self.section.loop_id();
        money(bytes).unwrap_or_else(|| {
            self.faults.bad(segment.at(loop_id).element(element), "bad-amount", "an amount of money", bytes);
            Money::ZERO
        })
    }

    /// The same, nothing given meaning nothing.
    fn money_or_zero(&mut self, segment: &Segment<'a>, element: &'static str, bytes: &[u8]) -> Money {
        if bytes.is_empty() { Money::ZERO } else { self.money(segment, element, bytes) }
    }

    fn date(&mut self, segment: &Segment<'a>, element: &'static str, bytes: &[u8]) -> Option<Date> {
        let date = date(bytes);
        if date.is_none() {
            let at = segment.at(self.section.loop_id()).element(element);
            self.faults.bad_as(Severity::Warning, at, "bad-date", "a date as CCYYMMDD", bytes);
        }
        date
    }

    fn header(&mut self, segment: &Segment<'a>) {
        match segment.id() {
            b"BPR" => {
                let elements = segment.elements::<17>();
                self.places.bpr = Some(*segment);
                self.remittance.paid = self.money(segment, "BPR02", elements[2]);
                self.remittance.credit_debit = text(elements[3]);
                self.remittance.method = text(elements[4]);
                self.remittance.date = self.date(segment, "BPR16", elements[16]);
            }
            b"TRN" => {
                let elements = segment.elements::<4>();
                self.remittance.trace_number = text(elements[2]);
                self.remittance.originator = text(elements[3]);
            }
            _ => {}
        }
    }

    fn payer(&mut self, segment: &Segment<'a>) {
        let elements = segment.elements::<5>();
        match (segment.id(), elements[1]) {
            (b"N1", _) => {
                self.remittance.payer_name = text(elements[2]);
                self.remittance.payer_id = PayerId::as_received(text(elements[4]));
            }
            (b"REF", b"2U") if self.remittance.payer_id.is_empty() => {
                self.remittance.payer_id = PayerId::as_received(text(elements[2]));
            }
            _ => {}
        }
    }

    fn claim(&mut self, segment: &Segment<'a>) {
        if segment.id() == b"CLP" {
            return self.begin_claim(segment);
        }
        let service_date = match segment.id() {
            b"DTM" if matches!(segment.element(1), b"232" | b"050") => {
                self.date(segment, "DTM02", segment.element(2))
            }
            _ => None,
        };
        let Some(claim) = self.remittance.claims.last_mut() else { return };
        match segment.id() {
            b"CAS" => read_cas(segment, "2100", &mut self.faults, &mut claim.adjustments),
            b"NM1" => party(claim, segment),
            b"MIA" => remarks(claim, segment, &[5, 20, 21, 22, 23]),
            b"MOA" => remarks(claim, segment, &[3, 4, 5, 6, 7]),
            b"DTM" if segment.element(1) == b"232" || claim.service_date.is_none() => {
                claim.service_date = service_date.or(claim.service_date);
            }
            _ => {}
        }
    }

    fn begin_claim(&mut self, segment: &Segment<'a>) {
        let elements = segment.elements::<8>();
        let claim = ClaimPayment {
            claim_id: ClaimId::as_received(text(elements[1])),
            status: text(elements[2]),
            charge: self.money(segment, "CLP03", elements[3]),
            paid: self.money(segment, "CLP04", elements[4]),
            patient_responsibility: self.money_or_zero(segment, "CLP05", elements[5]),
            filing_indicator: text(elements[6]),
            payer_claim_number: text(elements[7]),
            ..ClaimPayment::default()
        };
        if claim.claim_id.is_empty() {
            let at = segment.at("2100").element("CLP01");
            self.faults.error(at, "missing-claim-number", "CLP01, the claim's number, is missing");
        }
        if !matches!(elements[2], b"1" | b"2" | b"3" | b"4" | b"19" | b"20" | b"21" | b"22" | b"23" | b"25") {
            let at = segment.at("2100").element("CLP02");
            self.faults.bad(at, "bad-claim-status", "a claim status, as `1`, `4` or `22`", elements[2]);
        }
        self.remittance.claims.push(claim);
        self.places.claims.push((*segment, Vec::new()));
    }

    fn line(&mut self, segment: &Segment<'a>) {
        if segment.id() == b"SVC" {
            return self.begin_line(segment);
        }
        let elements = segment.elements::<3>();
        let service_date = match (segment.id(), elements[1]) {
            (b"DTM", b"472" | b"150") => self.date(segment, "DTM02", elements[2]),
            _ => None,
        };
        let allowed = match (segment.id(), elements[1]) {
            (b"AMT", b"B6") => Some(self.money(segment, "AMT02", elements[2])),
            _ => None,
        };
        let Some(claim) = self.remittance.claims.last_mut() else { return };
        let Some(line) = claim.lines.last_mut() else { return };
        match (segment.id(), elements[1]) {
            (b"CAS", _) => read_cas(segment, "2110", &mut self.faults, &mut line.adjustments),
            (b"DTM", _) => {
                line.service_date = line.service_date.or(service_date);
                claim.service_date = claim.service_date.or(service_date);
            }
            (b"REF", b"6R") => line.control_number = text(elements[2]),
            (b"AMT", b"B6") => line.allowed = allowed,
            (b"LQ", b"HE") => line.remarks.push(Rarc::as_received(text(elements[2]))),
            _ => {}
        }
    }

    fn begin_line(&mut self, segment: &Segment<'a>) {
        let segment = with_actual_components(segment, 1, "2110", "SVC01", &mut self.faults);
        let elements = segment.elements::<8>();
        let codes = segment.components::<7>(elements[1]);
        let submitted = segment.components::<2>(elements[6]);
        if codes[1].is_empty() {
            let at = segment.at("2110").element("SVC01");
            self.faults.bad(at, "bad-procedure", "a qualifier and a procedure, as `HC:90837`", elements[1]);
        }
        let units = match elements[5] {
            // Nothing given means one unit, by the guide.
            [] => Quantity::whole(1),
            given => quantity(given).unwrap_or_else(|| {
                self.faults.bad(
                    segment.at("2110").element("SVC05"),
                    "bad-quantity",
                    "a number of units",
                    given,
                );
                Quantity::ZERO
            }),
        };
        let modifiers = codes.get(2..6).unwrap_or_default().iter().filter(|code| !code.is_empty());
        let line = LinePayment {
            procedure: ProcedureCode::as_received(text(codes[1])),
            modifiers: modifiers.map(|code| Modifier::as_received(text(code))).collect(),
            submitted_procedure: ProcedureCode::as_received(text(submitted[1])),
            charge: self.money(&segment, "SVC02", elements[2]),
            paid: self.money_or_zero(&segment, "SVC03", elements[3]),
            units,
            ..LinePayment::default()
        };
        if let (Some(claim), Some((_, places))) =
            (self.remittance.claims.last_mut(), self.places.claims.last_mut())
        {
            claim.lines.push(line);
            places.push(segment);
        }
    }

    fn footer(&mut self, segment: &Segment<'a>) {
        if segment.id() != b"PLB" {
            return;
        }
        let elements = segment.elements::<15>();
        // INVARIANT: 15 elements hold the name, the provider, the year's end and six pairs.
        let (pairs, _) = elements[3..].as_chunks::<2>();
        for [identifier, amount] in pairs {
            if identifier.is_empty() && amount.is_empty() {
                continue;
            }
            let parts = segment.components::<2>(identifier);
            let amount = self.money(segment, "PLB04", amount);
            self.remittance.provider_adjustments.push(ProviderAdjustment {
                provider_id: text(elements[1]),
                reason: text(parts[0]),
                reference: text(parts[1]),
                amount,
            });
        }
        if elements.more {
            let message = "PLB holds more than six adjustments; the rest is left out";
            self.faults.error(segment.at(""), "too-many-adjustments", message);
        }
    }

    /// The transaction has no SE: money may be missing from it.
    fn cut_off(&mut self) {
        if let Some(segment) = self.places.claims.last().map(|(clp, _)| *clp).or(self.places.bpr) {
            let message =
                "the remittance ends without SE: what follows here may be missing; ask for the file again";
            self.faults.error(segment.at("2100"), "cut-off", message);
        }
    }
}

/// NM1 of a claim: who the patient is, who gave the service, where the claim was passed on to.
fn party(claim: &mut ClaimPayment, segment: &Segment<'_>) {
    let elements = segment.elements::<10>();
    match elements[1] {
        b"QC" => {
            claim.patient.name = Name {
                organization: elements[2] == b"2",
                last: text(elements[3]),
                first: text(elements[4]),
                middle: text(elements[5]),
                suffix: text(elements[7]),
            };
            claim.patient.member_id = text(elements[9]);
        }
        b"82" if elements[8] == b"XX" => claim.rendering_npi = Npi::as_received(text(elements[9])),
        b"TT" => claim.crossover_payer = text(elements[if elements[9].is_empty() { 3 } else { 9 }]),
        _ => {}
    }
}

fn remarks(claim: &mut ClaimPayment, segment: &Segment<'_>, places: &[usize]) {
    let codes = places.iter().map(|place| segment.element(*place)).filter(|code| !code.is_empty());
    claim.remarks.extend(codes.map(|code| Rarc::as_received(text(code))));
}
