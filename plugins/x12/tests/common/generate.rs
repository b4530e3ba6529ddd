//! Claims and remittances of people who do not exist.

use claimflow_core::{
    Address, Adjustment, Carc, Claim, ClaimId, ClaimPayment, Diagnosis, DiagnosisCode, ExtraSegment,
    GroupCode, Indicators, LineAdjudication, LinePayment, Modifier, Money, Name, Npi, OtherPayer, Patient,
    Payer, PayerId, Person, PlaceOfService, ProcedureCode, Provider, ProviderAdjustment, QualifiedDate,
    Quantity, Rarc, Remittance, ServiceLine, Subscriber, Text,
};
use jiff::civil::{Date, date};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// A text that X12 can carry, now and then with what usually separates elements.
fn words() -> impl Strategy<Value = Text> {
    "[A-Za-z][A-Za-z0-9 .'*:^~>|-]{0,12}[A-Z0-9]".prop_map(Text::from)
}

fn digits(length: usize) -> impl Strategy<Value = Text> {
    vec(0..10_u8, length).prop_map(|digits| digits.iter().map(|digit| char::from(b'0' + digit)).collect())
}

fn code(choices: &'static [&'static str]) -> impl Strategy<Value = Text> {
    prop::sample::select(choices).prop_map(Text::from)
}

fn maybe(text: impl Strategy<Value = Text>) -> impl Strategy<Value = Text> {
    option::of(text).prop_map(Option::unwrap_or_default)
}

fn money() -> impl Strategy<Value = Money> {
    (0..1_000_000_i64).prop_map(Money::from_cents)
}

fn any_money() -> impl Strategy<Value = Money> {
    (-1_000_000..1_000_000_i64).prop_map(Money::from_cents)
}

fn quantity() -> impl Strategy<Value = Quantity> {
    (1..100_000_i64).prop_map(Quantity::from_parts)
}

fn day() -> impl Strategy<Value = Date> {
    (1930..2030_i16, 1..13_i8, 1..29_i8).prop_map(|(year, month, day)| date(year, month, day))
}

fn npi() -> impl Strategy<Value = Npi> {
    digits(9).prop_map(|nine| Npi::with_check_digit(&nine).unwrap())
}

fn name() -> impl Strategy<Value = Name> {
    (words(), words(), maybe(code(&["J", "Q"])), maybe(code(&["JR", "III"])))
        .prop_map(|(last, first, middle, suffix)| Name { organization: false, last, first, middle, suffix })
}

fn organization() -> impl Strategy<Value = Name> {
    words().prop_map(|last| Name { organization: true, last, ..Name::default() })
}

pub fn address() -> impl Strategy<Value = Address> {
    (words(), maybe(words()), "[A-Z]{2,12}", code(&["NY", "CA", "TX", "IL"]), digits(5)).prop_map(
        |(line1, line2, city, state, postal_code)| Address {
            line1,
            line2,
            city: Text::from(city),
            state,
            postal_code,
            country: Text::default(),
        },
    )
}

fn provider(with_address: bool) -> impl Strategy<Value = Provider> {
    (prop_oneof![name(), organization()], npi(), maybe(code(&["101YM0800X", "103TC0700X"])), address())
        .prop_map(move |(name, npi, taxonomy, address)| Provider {
            name,
            npi,
            taxonomy,
            address: with_address.then_some(address),
            ..Provider::default()
        })
}

fn billing_provider() -> impl Strategy<Value = Provider> {
    (provider(true), digits(9), code(&["EI", "SY"])).prop_map(|(provider, tax_id, tax_id_kind)| Provider {
        tax_id,
        tax_id_kind,
        ..provider
    })
}

/// A person whose loop has no place for a taxonomy code.
fn colleague() -> impl Strategy<Value = Provider> {
    (name(), npi()).prop_map(|(name, npi)| Provider { name, npi, ..Provider::default() })
}

fn facility() -> impl Strategy<Value = Provider> {
    (organization(), npi(), address()).prop_map(|(name, npi, address)| Provider {
        name,
        npi,
        address: Some(address),
        ..Provider::default()
    })
}

fn person() -> impl Strategy<Value = Person> {
    (name(), "[A-Z][0-9]{4,9}", option::of((day(), code(&["F", "M", "U"]))), option::of(address())).prop_map(
        |(name, member_id, born, address)| Person {
            name,
            member_id: Text::from(member_id),
            birth_date: born.as_ref().map(|born| born.0),
            sex: born.map(|born| born.1).unwrap_or_default(),
            address,
        },
    )
}

fn subscriber() -> impl Strategy<Value = Subscriber> {
    (person(), code(&["P", "S", "T"]), maybe(words()), maybe(words()), code(&["CI", "MB", "MC", "BL"]))
        .prop_map(|(person, responsibility, group_number, group_name, filing_indicator)| Subscriber {
            person,
            responsibility,
            relationship: Text::from("18"),
            group_number,
            group_name,
            insurance_type: Text::default(),
            filing_indicator,
        })
}

fn patient() -> impl Strategy<Value = Patient> {
    (name(), day(), code(&["F", "M", "U"]), address(), code(&["01", "19"])).prop_map(
        |(name, birth_date, sex, address, relationship)| Patient {
            person: Person {
                name,
                member_id: Text::default(),
                birth_date: Some(birth_date),
                sex,
                address: Some(address),
            },
            relationship,
        },
    )
}

fn payer() -> impl Strategy<Value = Payer> {
    (words(), "[A-Z0-9]{5}", option::of(address())).prop_map(|(name, id, address)| Payer {
        name,
        id: PayerId::as_received(id.as_str()),
        id_kind: Text::from("PI"),
        address,
    })
}

fn adjustment() -> impl Strategy<Value = Adjustment> {
    let groups = [GroupCode::CO, GroupCode::PR, GroupCode::OA, GroupCode::PI];
    (
        prop::sample::select(groups.to_vec()),
        code(&["1", "2", "45", "197"]),
        any_money(),
        option::of(quantity()),
    )
        .prop_map(|(group, reason, amount, quantity)| Adjustment {
            group,
            reason: Carc::as_received(reason),
            amount,
            quantity,
        })
}

fn other_payer() -> impl Strategy<Value = OtherPayer> {
    (person(), payer(), vec(adjustment(), 0..4), option::of(money()), maybe(words())).prop_map(
        |(subscriber, payer, adjustments, paid, group_number)| OtherPayer {
            responsibility: Text::from("S"),
            relationship: Text::from("18"),
            group_number,
            filing_indicator: Text::from("CI"),
            adjustments,
            paid,
            // 2330A has no place for them.
            subscriber: Person { birth_date: None, sex: Text::default(), ..subscriber },
            payer,
            ..OtherPayer::default()
        },
    )
}

fn adjudication() -> impl Strategy<Value = LineAdjudication> {
    ("[A-Z0-9]{5}", money(), quantity(), vec(adjustment(), 0..4), day()).prop_map(
        |(payer_id, paid, units, adjustments, date)| LineAdjudication {
            payer_id: Text::from(payer_id),
            paid,
            procedure: Text::from("HC:90837:95"),
            units,
            bundled_into: Text::default(),
            adjustments,
            date: Some(date),
        },
    )
}

fn line() -> impl Strategy<Value = ServiceLine> {
    let codes = (
        code(&["90837", "90834", "H0015", "99213"]),
        vec(code(&["95", "HO", "GT", "59"]), 0..4),
        maybe(words()),
        maybe(code(&["02", "10"])),
    );
    let amounts = (money(), quantity(), vec(1..4_u8, 1..5));
    let rest = (
        day(),
        option::of(day()),
        maybe("[A-Z0-9]{4,10}".prop_map(Text::from)),
        maybe("[A-Z0-9]{1,10}".prop_map(Text::from)),
        option::of(provider(false)),
        option::of(colleague()),
        vec(adjudication(), 0..2),
    );
    (codes, amounts, rest).prop_map(|(codes, amounts, rest)| ServiceLine {
        number: 0,
        procedure: ProcedureCode::as_received(codes.0),
        procedure_qualifier: Text::from("HC"),
        modifiers: codes.1.into_iter().map(Modifier::as_received).collect(),
        description: codes.2,
        charge: amounts.0,
        unit_basis: Text::from("UN"),
        units: amounts.1,
        place_of_service: PlaceOfService::as_received(codes.3),
        diagnosis_pointers: amounts.2,
        service_date: Some(rest.0),
        service_date_to: rest.1,
        authorization_number: rest.2,
        control_number: rest.3,
        rendering_provider: rest.4,
        supervising_provider: rest.5,
        adjudications: rest.6,
    })
}

/// Kept segments, each with its loop; `L` in front: of the first line.
const EXTRAS: &[(&str, &[&str])] = &[
    ("2010AA", &["PER*IC*JANE JONES*TE*5555550101"]),
    ("2010BA", &["REF*SY*123456789"]),
    ("2010BB", &["REF*G2*KA6663"]),
    ("2300", &["NTE*ADD*START 9:00 > END 10:00"]),
    ("2300", &["PWK*OZ*EL***AC*ATT1"]),
    ("2300", &["REF*D9*17312345600006351"]),
    ("2300", &["HI*BG:01*BG:02"]),
    ("2300", &["CRC*ZZ*Y*ST"]),
    ("2310E", &["NM1*PW*2", "N3*1 RIVER ROAD", "N4*ALBANY*NY*12207"]),
    ("L2400", &["SV1*********Y"]),
    ("L2400", &["NTE*ADD*SEEN AT HOME"]),
    ("L2400", &["DTP*471*D8*20260102"]),
    ("L2410", &["LIN**N4*00026063512", "CTP****10*UN"]),
    ("L2420E", &["NM1*DK*1*WELBY*MARCUS****XX*1112223338"]),
];

fn extras() -> impl Strategy<Value = Vec<ExtraSegment>> {
    prop::sample::subsequence(EXTRAS.to_vec(), 0..EXTRAS.len()).prop_map(|chosen| {
        let each =
            chosen.into_iter().flat_map(|(place, segments)| segments.iter().map(move |one| (place, *one)));
        each.map(|(place, segment)| ExtraSegment {
            place: Text::from(place.trim_start_matches('L')),
            line: u16::from(place.starts_with('L')),
            repetition: 1,
            segment: Text::from(segment),
        })
        .collect()
    })
}

fn indicators() -> impl Strategy<Value = Indicators> {
    (code(&["Y", "N"]), code(&["A", "B", "C"]), maybe(code(&["EM", "OA"]))).prop_map(
        |(yes, assignment, causes)| Indicators {
            facility_qualifier: Text::from("B"),
            signature_on_file: yes.clone(),
            assignment,
            benefits_assigned: yes,
            release: Text::from("Y"),
            related_causes: causes,
            ..Indicators::default()
        },
    )
}

fn qualified_date() -> impl Strategy<Value = QualifiedDate> {
    (code(&["431", "454", "439"]), day()).prop_map(|(qualifier, from)| QualifiedDate {
        qualifier,
        from: Some(from),
        to: None,
    })
}

/// A claim as the reader would give it: lines numbered, nothing repeated that the claim says already.
pub fn claim() -> impl Strategy<Value = Claim> {
    let parties = (billing_provider(), option::of(address()), subscriber(), option::of(patient()), payer());
    let providers = (
        option::of(colleague()),
        option::of(provider(false)),
        option::of(facility()),
        option::of(colleague()),
    );
    let numbers = (
        "[A-Z0-9]{3,20}",
        maybe("[A-Z0-9]{4,10}".prop_map(Text::from)),
        maybe("[A-Z0-9]{4,10}".prop_map(Text::from)),
        maybe("[A-Z0-9]{4,10}".prop_map(Text::from)),
        option::of(money()),
    );
    let rest = (
        indicators(),
        vec(qualified_date(), 0..3),
        vec(code(&["F331", "F411", "F4310"]), 3..6),
        vec(other_payer(), 0..3),
        vec(line(), 1..4),
        extras(),
    );
    (parties, providers, numbers, rest).prop_map(|(parties, providers, numbers, rest)| {
        let mut lines = rest.4;
        for (n, line) in lines.iter_mut().enumerate() {
            line.number = n as u16 + 1;
            if line.authorization_number == numbers.1 {
                line.authorization_number = Text::default();
            }
        }
        let diagnoses = rest.2.iter().enumerate().map(|(n, code)| Diagnosis {
            qualifier: Text::from(if n == 0 { "ABK" } else { "ABF" }),
            code: DiagnosisCode::as_received(code.as_str()),
        });
        Claim {
            id: ClaimId::as_received(numbers.0.as_str()),
            charge: lines.iter().map(|line| line.charge).sum(),
            place_of_service: PlaceOfService::as_received("11"),
            frequency: Text::from("1"),
            billing_provider: parties.0,
            pay_to: parties.1,
            subscriber: parties.2,
            patient: parties.3,
            payer: parties.4,
            indicators: rest.0,
            authorization_number: numbers.1,
            referral_number: numbers.2,
            payer_claim_number: Text::default(),
            medical_record_number: numbers.3,
            patient_paid: numbers.4,
            dates: rest.1.into_iter().fold(Vec::new(), |mut dates: Vec<QualifiedDate>, date| {
                if dates.iter().all(|before| before.qualifier != date.qualifier) {
                    dates.push(date);
                }
                dates
            }),
            diagnoses: diagnoses.collect(),
            referring_provider: providers.0,
            rendering_provider: providers.1,
            service_facility: providers.2,
            supervising_provider: providers.3,
            other_payers: rest.3,
            lines,
            extras: rest.5,
        }
    })
}

/// Several claims, some of which share their levels.
pub fn claims() -> impl Strategy<Value = Vec<Claim>> {
    vec((claim(), 0..4_u8), 1..6).prop_map(|drawn| {
        let mut claims: Vec<Claim> = Vec::new();
        for (mut claim, shared) in drawn {
            if let (1.., Some(before)) = (shared, claims.last()) {
                claim.billing_provider = before.billing_provider.clone();
                claim.pay_to = before.pay_to.clone();
                claim.extras.retain(|extra| !extra.place.starts_with("20"));
                claim
                    .extras
                    .extend(before.extras.iter().filter(|extra| extra.place.starts_with("20")).cloned());
                if shared > 1 {
                    claim.subscriber = before.subscriber.clone();
                    claim.payer = before.payer.clone();
                }
                if shared > 2 {
                    claim.patient = before.patient.clone();
                }
            }
            claims.push(claim);
        }
        claims
    })
}

fn line_payment() -> impl Strategy<Value = LinePayment> {
    let codes = (code(&["90837", "H0015"]), vec(code(&["95", "HO"]), 0..3), maybe(code(&["90834"])));
    let rest = (
        money(),
        vec(adjustment(), 0..5),
        quantity(),
        option::of(day()),
        maybe("[A-Z0-9]{1,10}".prop_map(Text::from)),
        option::of(money()),
        vec(code(&["N290", "M76"]), 0..2),
    );
    (codes, rest).prop_map(|(codes, rest)| {
        let adjusted: Money = rest.1.iter().map(|adjustment| adjustment.amount).sum();
        LinePayment {
            procedure: ProcedureCode::as_received(codes.0),
            modifiers: codes.1.into_iter().map(Modifier::as_received).collect(),
            submitted_procedure: ProcedureCode::as_received(codes.2),
            charge: rest.0,
            paid: rest.0 - adjusted,
            units: rest.2,
            service_date: rest.3,
            control_number: rest.4,
            allowed: rest.5,
            adjustments: rest.1,
            remarks: rest.6.into_iter().map(Rarc::as_received).collect(),
        }
    })
}

fn claim_payment() -> impl Strategy<Value = ClaimPayment> {
    let numbers =
        ("[A-Z0-9]{3,20}", code(&["1", "2", "4", "22"]), "[A-Z0-9]{5,12}", name(), "[A-Z][0-9]{4,9}");
    let rest = (
        option::of(npi()),
        maybe(code(&["OTHERPAYER"])),
        vec(adjustment(), 0..3),
        vec(code(&["MA04", "MA01"]), 0..3),
        day(),
        vec(line_payment(), 0..4),
        money(),
    );
    (numbers, rest).prop_map(|(numbers, rest)| {
        let lines: Vec<LinePayment> = rest.5;
        let charge = if lines.is_empty() { rest.6 } else { lines.iter().map(|line| line.charge).sum() };
        let mut claim = ClaimPayment {
            claim_id: ClaimId::as_received(numbers.0.as_str()),
            status: numbers.1,
            charge,
            filing_indicator: Text::from("12"),
            payer_claim_number: Text::from(numbers.2),
            patient: Person { name: numbers.3, member_id: Text::from(numbers.4), ..Person::default() },
            rendering_npi: rest.0.unwrap_or_default(),
            crossover_payer: rest.1,
            adjustments: rest.2,
            remarks: rest.3.into_iter().map(Rarc::as_received).collect(),
            service_date: Some(rest.4),
            lines,
            ..ClaimPayment::default()
        };
        claim.paid = claim.charge - claim.adjusted();
        claim
    })
}

/// A remittance that balances.
pub fn remittance() -> impl Strategy<Value = Remittance> {
    let numbers = ("[A-Z0-9]{5,12}", digits(10), code(&["ACH", "CHK"]), day(), words(), "[A-Z0-9]{5}");
    let adjustments = vec((code(&["WO", "L6"]), maybe(code(&["CLAIM1"])), any_money()), 0..8);
    (numbers, vec(claim_payment(), 0..4), adjustments, npi()).prop_map(
        |(numbers, claims, adjustments, payee)| {
            let provider_adjustments: Vec<ProviderAdjustment> = adjustments
                .into_iter()
                .map(|(reason, reference, amount)| ProviderAdjustment {
                    provider_id: Text::from(payee.as_str()),
                    reason,
                    reference,
                    amount,
                })
                .collect();
            let taken: Money = provider_adjustments.iter().map(|own| own.amount).sum();
            let paid: Money = claims.iter().map(|claim| claim.paid).sum();
            Remittance {
                trace_number: Text::from(numbers.0),
                originator: numbers.1,
                paid: paid - taken,
                credit_debit: Text::from("C"),
                method: numbers.2,
                date: Some(numbers.3),
                payer_name: numbers.4,
                payer_id: PayerId::as_received(numbers.5.as_str()),
                payee_id: Text::from(payee.as_str()),
                claims,
                provider_adjustments,
                control_number: Text::from("0001"),
            }
        },
    )
}
