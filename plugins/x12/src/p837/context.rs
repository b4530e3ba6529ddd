//! What claims inherit: the billing provider, the subscriber with the payer, and the patient.

use claimflow_core::{Address, Patient, Payer, Provider, Subscriber};

use crate::fault::{At, Faults};
use crate::p837::extras::Placed;
use crate::p837::order::Loop;
use crate::p837::parties::{
    Spot, address_segment, patient_segment, payer_segment, person_segment, provider_segment,
    subscriber_segment,
};
use crate::text::{number, shown, text};
use crate::tokenizer::Segment;

/// The billing provider of the claims that follow (2000A).
#[derive(Debug, Clone, Default)]
pub(crate) struct Billing {
    pub named: bool,
    pub provider: Provider,
    pub pay_to: Option<Address>,
    pub extras: Vec<Placed>,
}

/// The subscriber and the payer of the claims that follow (2000B).
#[derive(Debug, Clone, Default)]
pub(crate) struct Insured {
    pub named: bool,
    pub payer_named: bool,
    pub subscriber: Subscriber,
    pub payer: Payer,
    pub extras: Vec<Placed>,
}

/// The patient of the claims that follow, where not the subscriber (2000C).
#[derive(Debug, Clone, Default)]
pub(crate) struct Dependent {
    pub patient: Patient,
    pub extras: Vec<Placed>,
}

/// All that a claim inherits at a place of the file.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub header: Vec<Placed>,
    pub billing: Billing,
    pub insured: Option<Insured>,
    pub dependent: Option<Dependent>,
    place: Loop,
    /// HL01 that the next HL should have.
    pub next_hl: u64,
    billing_hl: u64,
    insured_hl: u64,
    /// Where the subscriber's level begins that no claim has followed yet.
    unused: Option<At<'static>>,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            header: Vec::new(),
            billing: Billing::default(),
            insured: None,
            dependent: None,
            place: Loop::Header,
            next_hl: 1,
            billing_hl: 0,
            insured_hl: 0,
            unused: None,
        }
    }
}

impl Context {
    /// HL: a level begins. Levels follow from their order in the file; a wrong number or parent is only warned about.
    pub fn level(&mut self, segment: &Segment<'_>, faults: &mut Faults<'_>) {
        let elements = segment.elements::<5>();
        let expected = self.next_hl;
        self.next_hl += 1;
        if number(elements[1]) != Some(expected) {
            let message = format!("HL01 should be {expected}, but is `{}`", shown(elements[1]));
            faults.warn(segment.at("").element("HL01"), "hl-number", message);
        }
        let own = number(elements[1]).unwrap_or(expected);
        if elements[3] != b"23" {
            self.end_of_subscriber(faults);
        }
        let parent = match elements[3] {
            b"20" => {
                *self = Self {
                    header: std::mem::take(&mut self.header),
                    place: Loop::L2000A,
                    next_hl: self.next_hl,
                    billing_hl: own,
                    ..Self::default()
                };
                0
            }
            b"22" => {
                self.insured = Some(Insured::default());
                self.dependent = None;
                self.place = Loop::L2000B;
                self.insured_hl = own;
                self.unused = Some(At {
                    number: segment.number,
                    position: segment.position,
                    id: b"HL",
                    loop_id: "2000B",
                    element: "",
                });
                self.billing_hl
            }
            b"23" => {
                self.dependent = Some(Dependent::default());
                self.place = Loop::L2000C;
                self.insured_hl
            }
            other => {
                let message = format!("HL03 should be `20`, `22` or `23`, but is `{}`", shown(other));
                faults.error(segment.at("").element("HL03"), "hl-level", message);
                self.place = Loop::Unknown;
                return;
            }
        };
        if number(elements[2]).unwrap_or(0) != parent {
            let message =
                format!("HL02 should be {parent}, the level above, but is `{}`", shown(elements[2]));
            faults.warn(segment.at(self.place.id()).element("HL02"), "hl-parent", message);
        }
    }

    /// A claim follows.
    pub fn use_subscriber(&mut self) {
        self.unused = None;
    }

    /// A subscriber without any claim is said, as what his level holds is not kept.
    pub fn end_of_subscriber(&mut self, faults: &mut Faults<'_>) {
        if let (Some(at), true) =
            (self.unused.take(), self.insured.as_ref().is_some_and(|insured| insured.named))
        {
            faults.warn(
                at,
                "subscriber-without-claim",
                "no claim follows this subscriber's level; it is left out",
            );
        }
    }

    /// A segment before any claim, or between claims.
    pub fn segment<'a>(&mut self, segment: &Segment<'a>, faults: &mut Faults<'a>) {
        let id = segment.id();
        match id {
            b"ST" | b"BHT" => return self.header_segment(segment),
            b"SE" => return self.end_of_subscriber(faults),
            b"NM1" => self.enter(segment, faults),
            b"SBR" if self.insured.is_some() => self.place = Loop::L2000B,
            b"PAT" if self.dependent.is_some() => self.place = Loop::L2000C,
            b"PAT" if self.insured.is_some() => self.place = Loop::L2000B,
            b"PRV" | b"CUR" if self.insured.is_none() => self.place = Loop::L2000A,
            _ => {}
        }
        if self.place == Loop::Header {
            // 1000A and 1000B speak of the transmission, not of a claim.
            if !matches!(id, b"NM1" | b"N2" | b"N3" | b"N4" | b"PER" | b"REF") {
                let message =
                    format!("{} has no place before the first HL of 005010X222A1; it is left out", text(id));
                faults.warn(segment.at(""), "unexpected-segment", message);
            }
            return;
        }
        let mut place = self.place;
        if place.rank(id).is_none() {
            let above = place.parent().filter(|parent| parent.rank(id).is_some());
            let (code, message) = match above {
                Some(parent) => {
                    ("misplaced-segment", format!("{} comes too late in loop {}", text(id), parent.id()))
                }
                None => (
                    "unexpected-segment",
                    format!("{} has no place in loop {} of 005010X222A1", text(id), place.id()),
                ),
            };
            faults.warn(segment.at(place.id()), code, message);
            place = above.unwrap_or(Loop::Unknown);
        }
        self.read(segment, place, faults);
    }

    /// BHT06 other than `CH` (as `RP`, an encounter) goes with each claim.
    fn header_segment(&mut self, segment: &Segment<'_>) {
        if segment.id() == b"BHT" && self.place == Loop::Header {
            let kind = segment.element(6);
            if !kind.is_empty() && kind != b"CH" {
                let key = crate::p837::extras::Key::new(Loop::Header, 0, 1, b"BHT");
                self.header = vec![Placed { key, segment: text(&[b"BHT******", kind].concat()) }];
            }
        }
    }

    /// NM1: enters the loop of the party it names.
    fn enter(&mut self, segment: &Segment<'_>, faults: &mut Faults<'_>) {
        let party = segment.elements::<2>()[1];
        let place = match (party, &mut self.insured, &mut self.dependent) {
            (b"41" | b"40", None, _) if self.place == Loop::Header => Loop::Header,
            (b"QC", _, Some(_)) => Loop::L2010CA,
            (b"IL", Some(insured), _) => {
                insured.named = true;
                Loop::L2010BA
            }
            (b"PR", Some(insured), _) => {
                insured.payer_named = true;
                Loop::L2010BB
            }
            (b"85", None, _) if self.place != Loop::Header => {
                self.billing.named = true;
                Loop::L2010AA
            }
            (b"87", None, _) if self.place != Loop::Header => Loop::L2010AB,
            (b"PE", None, _) if self.place != Loop::Header => Loop::L2010AC,
            _ => Loop::Unknown,
        };
        if place == Loop::Unknown {
            let message =
                format!("NM1*{} has no place in loop {} of 005010X222A1", shown(party), self.place.id());
            faults.warn(segment.at(self.place.id()).element("NM101"), "unexpected-segment", message);
        }
        self.place = place;
    }

    fn read<'a>(&mut self, segment: &Segment<'a>, place: Loop, faults: &mut Faults<'a>) {
        // The words are read beside the extras of the level at hand, which are put back below.
        let mut extras = std::mem::take(self.extras());
        let mut spot = Spot { faults, extras: &mut extras, place, line: 0, repetition: 1 };
        match (place, &mut self.insured, &mut self.dependent) {
            (Loop::L2010CA, _, Some(dependent)) => {
                person_segment(&mut dependent.patient.person, segment, &mut spot);
            }
            (Loop::L2000C, _, Some(dependent)) => patient_segment(&mut dependent.patient, segment, &mut spot),
            (Loop::L2000B, Some(insured), _) if segment.id() == b"SBR" => {
                subscriber_segment(&mut insured.subscriber, segment, &mut spot);
            }
            (Loop::L2010BA, Some(insured), _) => {
                person_segment(&mut insured.subscriber.person, segment, &mut spot);
            }
            (Loop::L2010BB, Some(insured), _) => payer_segment(&mut insured.payer, segment, &mut spot),
            (Loop::L2010AA, ..) => provider_segment(&mut self.billing.provider, segment, &mut spot),
            (Loop::L2000A, ..) if segment.id() == b"PRV" => {
                provider_segment(&mut self.billing.provider, segment, &mut spot);
            }
            (Loop::L2010AB, ..) => pay_to_segment(&mut self.billing.pay_to, segment, &mut spot),
            _ => spot.keep(segment),
        }
        *self.extras() = extras;
    }

    /// The kept segments of the level at hand.
    fn extras(&mut self) -> &mut Vec<Placed> {
        match (&mut self.insured, &mut self.dependent) {
            (_, Some(dependent)) => &mut dependent.extras,
            (Some(insured), None) => &mut insured.extras,
            (None, None) => &mut self.billing.extras,
        }
    }
}

/// The pay-to address has no name in 5010; 4010 sent one.
fn pay_to_segment<'a>(address: &mut Option<Address>, segment: &Segment<'a>, spot: &mut Spot<'_, 'a>) {
    if segment.id() == b"NM1" {
        let elements = segment.elements::<3>();
        let organization = if elements[2] == b"2" { 1 << 2 } else { 0 };
        spot.keep_rest(segment, &elements, 0b10 | organization, 1 << 2);
    } else {
        address_segment(address, segment, spot);
    }
}
