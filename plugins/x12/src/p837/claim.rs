//! Builds one claim from its segments: loop 2300 and the loops below it.

use claimflow_core::{
    Claim, ClaimId, Diagnosis, DiagnosisCode, Indicators, OtherPayer, PlaceOfService, Provider,
    QualifiedDate, Text,
};

use crate::components::with_actual_components;
use crate::fault::Faults;
use crate::p837::checks;
use crate::p837::context::Context;
use crate::p837::extras::{Placed, in_order};
use crate::p837::order::{LOOPS, Loop};
use crate::p837::parties::{Spot, provider_segment};
use crate::text::{date, date_range, money, shown, text};
use crate::tokenizer::Segment;

/// The part of a claim that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Claim,
    OtherPayer,
    Line,
}

/// A claim that is being read.
pub(super) struct Building<'r, 'a> {
    pub claim: &'r mut Claim,
    pub extras: Vec<Placed>,
    pub faults: &'r mut Faults<'a>,
    pub section: Section,
    pub place: Loop,
    pub repetition: u16,
    /// How often each loop has been entered in its section.
    pub entered: [u16; LOOPS],
    /// The segment by which the claim is known.
    pub clm: Segment<'a>,
    /// The segment by which each line is known, SV1 or LX.
    pub line_segments: Vec<Segment<'a>>,
    /// True when the charge and every line's charge could be read.
    pub amounts_readable: bool,
    /// What the context lacks.
    pub missing: Missing,
}

/// Which of the levels above a claim were not there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Missing {
    pub billing: bool,
    pub subscriber: bool,
    pub payer: bool,
}

impl<'r, 'a> Building<'r, 'a> {
    /// Begins a claim at its CLM; `claim` is empty and is filled in place.
    pub fn new(
        claim: &'r mut Claim,
        context: &Context,
        clm: &Segment<'a>,
        faults: &'r mut Faults<'a>,
    ) -> Self {
        let clm = with_actual_components(clm, 5, "2300", "CLM05", faults);
        let mut extras = context.header.clone();
        extras.extend_from_slice(&context.billing.extras);
        claim.billing_provider = context.billing.provider.clone();
        claim.pay_to = context.billing.pay_to.clone();
        if let Some(insured) = &context.insured {
            extras.extend_from_slice(&insured.extras);
            claim.subscriber = insured.subscriber.clone();
            claim.payer = insured.payer.clone();
        }
        if let Some(dependent) = &context.dependent {
            extras.extend_from_slice(&dependent.extras);
            claim.patient = Some(dependent.patient.clone());
        }
        let missing = Missing {
            billing: !context.billing.named,
            subscriber: !context.insured.as_ref().is_some_and(|insured| insured.named),
            payer: !context.insured.as_ref().is_some_and(|insured| insured.payer_named),
        };
        let mut building = Self {
            claim,
            extras,
            faults,
            section: Section::Claim,
            place: Loop::L2300,
            repetition: 1,
            entered: [0; LOOPS],
            clm,
            line_segments: Vec::new(),
            amounts_readable: true,
            missing,
        };
        building.clm();
        building
    }

    fn clm(&mut self) {
        let segment = self.clm;
        let elements = segment.elements::<21>();
        let place = segment.components::<4>(elements[5]);
        let charge = money(elements[2]);
        if charge.is_none() {
            self.amounts_readable = false;
            self.faults.bad(
                segment.at("2300").element("CLM02"),
                "bad-amount",
                "an amount of money",
                elements[2],
            );
        }
        let related_causes = self.joined(elements[11]);
        let claim = &mut *self.claim;
        claim.id = ClaimId::as_received(text(elements[1]));
        claim.charge = charge.unwrap_or_default();
        claim.place_of_service = PlaceOfService::as_received(text(place[0]));
        claim.frequency = text(place[2]);
        claim.indicators = Indicators {
            facility_qualifier: text(place[1]),
            signature_on_file: text(elements[6]),
            assignment: text(elements[7]),
            benefits_assigned: text(elements[8]),
            release: text(elements[9]),
            patient_signature: text(elements[10]),
            related_causes,
            special_program: text(elements[12]),
            delay_reason: text(elements[20]),
        };
        if !place[3].is_empty() || place.more {
            let at = segment.at("2300").element("CLM05");
            self.faults.warn(at, "unexpected-component", "CLM05 has three components; the rest is left out");
        }
        self.spot(1).keep_rest(&segment, &elements, 0b1_0000_0001_1111_1110_0110, 0);
    }

    /// A composite element as text, its components joined by `:`.
    pub fn joined(&self, element: &[u8]) -> Text {
        let separator = self.clm.separators.component;
        if separator == b':' || !element.contains(&separator) {
            return text(element);
        }
        text(&element.iter().map(|byte| if *byte == separator { b':' } else { *byte }).collect::<Vec<_>>())
    }

    /// Where the segment at hand is read.
    pub fn spot(&mut self, repetition: u16) -> Spot<'_, 'a> {
        let line = if self.place.is_line() || (self.place == Loop::Unknown && self.section == Section::Line) {
            self.line_number()
        } else {
            0
        };
        Spot { faults: self.faults, extras: &mut self.extras, place: self.place, line, repetition }
    }

    /// Number of the line that is being read; 0 before the first.
    pub fn line_number(&self) -> u16 {
        u16::try_from(self.claim.lines.len()).unwrap_or(u16::MAX)
    }

    /// A segment after CLM, up to the next claim or level.
    pub fn segment(&mut self, segment: &Segment<'a>) {
        let segment = &Segment { separators: self.clm.separators, ..*segment };
        let id = segment.id();
        match id {
            b"LX" => return self.begin_line(segment),
            b"SBR" if self.section != Section::Line => return self.begin_other_payer(segment),
            b"NM1" => self.enter_party(segment),
            b"LIN" if self.section == Section::Line => self.enter(Loop::L2410),
            b"SVD" if self.section == Section::Line => self.enter(Loop::L2430),
            b"LQ" if self.section == Section::Line => self.enter(Loop::L2440),
            _ => {}
        }
        if self.place.rank(id).is_some() || self.place == Loop::Unknown {
            return self.read(segment);
        }
        let mut above = self.place.parent();
        while let Some(place) = above {
            if place.rank(id).is_some() {
                break;
            }
            above = place.parent();
        }
        let (place, repetition) = (self.place, self.repetition);
        let (code, message) = match above {
            Some(parent) => {
                ("misplaced-segment", format!("{} comes too late in loop {}", text(id), parent.id()))
            }
            None => (
                "unexpected-segment",
                format!("{} has no place in loop {} of 005010X222A1", text(id), place.id()),
            ),
        };
        self.faults.warn(segment.at(place.id()), code, message);
        self.place = above.unwrap_or(Loop::Unknown);
        self.repetition = if self.place == Loop::L2320 { self.other_payer_number() } else { 1 };
        self.read(segment);
        (self.place, self.repetition) = (place, repetition);
    }

    pub fn other_payer_number(&self) -> u16 {
        u16::try_from(self.claim.other_payers.len()).unwrap_or(u16::MAX)
    }

    /// Enters a loop once more.
    pub fn enter(&mut self, place: Loop) {
        // INVARIANT: there is a counter for each loop.
        let count = &mut self.entered[place as usize];
        *count = count.saturating_add(1);
        self.place = place;
        self.repetition = *count;
    }

    /// NM1: enters the loop of the party it names.
    fn enter_party(&mut self, segment: &Segment<'a>) {
        let party = segment.elements::<2>()[1];
        let place = match self.section {
            Section::Claim => Loop::of_claim_party(party),
            Section::OtherPayer => Loop::of_other_payer_party(party),
            Section::Line => Loop::of_line_party(party),
        };
        let place = match place {
            Some(place) => place,
            None => {
                let message = format!("NM1*{} has no place here in 005010X222A1", shown(party));
                let at = segment.at(self.place.id()).element("NM101");
                self.faults.warn(at, "unexpected-segment", message);
                Loop::Unknown
            }
        };
        // INVARIANT: there is a counter for each loop.
        let times = self.entered[place as usize];
        let once = place.has_words(1) && place != Loop::L2310A;
        if once && times > 0 {
            let message = format!("loop {} comes twice; the second one is kept but has no place", place.id());
            self.faults.warn(segment.at(place.id()), "repeated-loop", message);
            return self.enter(Loop::Unknown);
        }
        self.enter(place);
        if place == Loop::L2310A {
            // The first repetition is the referring provider's, whether he comes first or not.
            let referred = self.claim.referring_provider.is_some();
            let kept = self.repetition - u16::from(referred);
            self.repetition = if party == b"DN" && !referred { 1 } else { kept.saturating_add(1) };
        }
        if self.section == Section::OtherPayer && place != Loop::Unknown {
            self.repetition = self.other_payer_number();
        }
    }

    /// Reads a segment in the loop at hand.
    fn read(&mut self, segment: &Segment<'a>) {
        match self.place {
            Loop::L2300 => self.claim_segment(segment),
            Loop::L2310A if self.repetition == 1 => {
                self.provider(segment, |claim| &mut claim.referring_provider);
            }
            Loop::L2310B => self.provider(segment, |claim| &mut claim.rendering_provider),
            Loop::L2310C => self.provider(segment, |claim| &mut claim.service_facility),
            Loop::L2310D => self.provider(segment, |claim| &mut claim.supervising_provider),
            Loop::L2320 | Loop::L2330A | Loop::L2330B => self.other_payer_segment(segment),
            Loop::L2400 | Loop::L2420A | Loop::L2420D | Loop::L2430 => self.line_segment(segment),
            _ => self.keep(segment),
        }
    }

    /// Keeps a whole segment.
    pub fn keep(&mut self, segment: &Segment<'a>) {
        let repetition = self.repetition;
        self.spot(repetition).keep(segment);
    }

    fn provider(&mut self, segment: &Segment<'a>, of: impl FnOnce(&mut Claim) -> &mut Option<Provider>) {
        let place = self.place;
        let provider = of(self.claim).get_or_insert_default();
        let mut spot = Spot {
            faults: self.faults,
            extras: &mut self.extras,
            place,
            line: 0,
            repetition: self.repetition,
        };
        provider_segment(provider, segment, &mut spot);
    }

    fn claim_segment(&mut self, segment: &Segment<'a>) {
        match segment.id() {
            b"DTP" => self.date(segment),
            b"REF" => self.reference(segment),
            b"HI" => self.diagnoses(segment),
            b"AMT" => {
                let elements = segment.elements::<4>();
                if elements[1] == b"F5" && self.claim.patient_paid.is_none() {
                    self.claim.patient_paid = money(elements[2]);
                    if self.claim.patient_paid.is_none() {
                        let at = segment.at("2300").element("AMT02");
                        self.faults.bad(at, "bad-amount", "an amount of money", elements[2]);
                    }
                    self.spot(1).keep_rest(segment, &elements, 0b110, 0);
                } else {
                    self.keep(segment);
                }
            }
            _ => self.keep(segment),
        }
    }

    fn date(&mut self, segment: &Segment<'a>) {
        let elements = segment.elements::<4>();
        let (from, to) = match elements[2] {
            b"D8" => (date(elements[3]), None),
            b"RD8" => match date_range(elements[3]) {
                Some((from, to)) => (Some(from), Some(to)),
                None => (None, None),
            },
            _ => return self.keep(segment),
        };
        if from.is_none() {
            let at = segment.at("2300").element("DTP03");
            self.faults.bad(at, "bad-date", "a date as CCYYMMDD, or a range of two", elements[3]);
            return;
        }
        self.claim.dates.push(QualifiedDate { qualifier: text(elements[1]), from, to });
    }

    fn reference(&mut self, segment: &Segment<'a>) {
        let elements = segment.elements::<3>();
        let claim = &mut *self.claim;
        let word = match elements[1] {
            b"G1" => Some(&mut claim.authorization_number),
            b"9F" => Some(&mut claim.referral_number),
            b"F8" => Some(&mut claim.payer_claim_number),
            b"EA" => Some(&mut claim.medical_record_number),
            _ => None,
        };
        match word {
            Some(word) if word.is_empty() && !elements.more => *word = text(elements[2]),
            _ => self.keep(segment),
        }
    }

    fn diagnoses(&mut self, segment: &Segment<'a>) {
        let is_diagnosis = |qualifier: &[u8]| matches!(qualifier, b"ABK" | b"ABF" | b"BK" | b"BF");
        let first = segment.components::<1>(segment.element(1));
        if !is_diagnosis(first[0]) {
            return self.keep(segment);
        }
        for element in segment.all().skip(1).filter(|element| !element.is_empty()) {
            let parts = segment.components::<2>(element);
            if !is_diagnosis(parts[0]) || parts[1].is_empty() {
                let at = segment.at("2300").element("HI");
                self.faults.bad(
                    at,
                    "bad-diagnosis",
                    "a qualifier and a diagnosis code, as `ABK:F331`",
                    element,
                );
                continue;
            }
            if parts.more {
                let at = segment.at("2300").element("HI");
                self.faults.warn(
                    at,
                    "unexpected-component",
                    "a diagnosis has two components; the rest is left out",
                );
            }
            self.claim.diagnoses.push(Diagnosis {
                qualifier: text(parts[0]),
                code: DiagnosisCode::as_received(text(parts[1])),
            });
        }
    }

    fn begin_other_payer(&mut self, segment: &Segment<'a>) {
        self.section = Section::OtherPayer;
        self.place = Loop::L2320;
        for place in [Loop::L2330A, Loop::L2330B] {
            // INVARIANT: there is a counter for each loop.
            self.entered[place as usize] = 0;
        }
        self.claim.other_payers.push(OtherPayer::default());
        self.repetition = self.other_payer_number();
        self.other_payer_segment(segment);
    }

    /// Ends the claim; answers whether it can be taken on. `whole`: its end was seen.
    pub fn finish(mut self, whole: bool) -> bool {
        let usable = checks::check(&mut self, whole);
        self.claim.extras = in_order(self.extras);
        usable
    }
}
