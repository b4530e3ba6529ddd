//! Claims by the million, and the remittances that pay them, for benchmarks.

use claimflow_core::{
    Adjustment, Carc, Claim, ClaimId, ClaimPayment, GroupCode, LinePayment, Modifier, Money, Name, Person,
    PlaceOfService, Provider, Rarc, Remittance, ServiceLine, Subscriber, Text,
};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::plans::{PLANS, Plan};
use crate::random::Random;
use crate::sample::{Clinician, billing_provider, clinicians, diagnoses, indicators, line};

/// The lines of a claim, and how often they occur: a third of the claims have two lines.
const KINDS: &[(&[&str], u64)] = &[
    (&["90837"], 30),
    (&["90834"], 22),
    (&["99214"], 10),
    (&["90853"], 5),
    (&["99213", "90833"], 20),
    (&["90834", "90785"], 13),
];

/// The first service of a load; the others lie within the four weeks from it on.
const FIRST_DAY: Date = date(2026, 9, 1);

/// So many claims in good order, each of another member, with numbers unique in the load: the same ones for the same
/// seed. Services lie in September 2026; the four payers of [`PLANS`] take turns by their share.
///
/// ```
/// let claims: Vec<_> = claimflow_simulator::load(3, 1).collect();
/// assert_eq!(claims[2].id.as_str(), "L0000000003");
/// ```
pub fn load(count: usize, seed: u64) -> impl Iterator<Item = Claim> {
    let mut random = Random::new(seed);
    let practice = billing_provider();
    let all = clinicians(8);
    let therapists: Vec<Clinician> =
        all.iter().filter(|c| c.license == "LCSW" || c.license == "PHD").cloned().collect();
    let prescribers: Vec<Clinician> = all.into_iter().filter(Clinician::is_prescriber).collect();
    (1..=count).map(move |number| {
        let codes = random.weighted(KINDS, |row| row.1).map_or(KINDS[0].0, |row| row.0);
        let medical = codes.first().is_some_and(|code| code.starts_with("99"));
        let clinician = random.pick(if medical { &prescribers } else { &therapists });
        claim(number, codes, &practice, clinician, &mut random)
    })
}

fn claim(
    number: usize,
    codes: &'static [&'static str],
    practice: &Provider,
    clinician: Option<&Clinician>,
    random: &mut Random,
) -> Claim {
    let plan = random.weighted(&PLANS, |plan| plan.share).unwrap_or(&PLANS[0]);
    let id = ClaimId::as_received(format!("L{number:010}"));
    // Week days only: four weeks of five days.
    let day = random.below(20) as i64;
    let service_date = FIRST_DAY.saturating_add((day / 5 * 7 + day % 5 - 1).max(0).days());
    let remote = random.percent(40) && !codes.contains(&"90853");
    let license = clinician.map_or("", |clinician| clinician.license);
    let lines = lines(&id, codes, service_date, &modifiers(plan, license, remote));
    Claim {
        charge: lines.iter().map(|line| line.charge).sum(),
        id,
        place_of_service: PlaceOfService::as_received(if remote { "10" } else { "11" }),
        frequency: Text::const_new("1"),
        billing_provider: practice.clone(),
        subscriber: subscriber(number, plan, random),
        payer: plan.payer(),
        indicators: indicators(),
        diagnoses: diagnoses(if random.percent(50) { &["F331"] } else { &["F411", "F4323"] }),
        rendering_provider: clinician.map(|clinician| clinician.provider.clone()),
        lines,
        ..Claim::default()
    }
}

fn modifiers(plan: &Plan, license: &str, remote: bool) -> Vec<Modifier> {
    let video = (remote && !plan.video_modifier.is_empty()).then_some(plan.video_modifier);
    let of_license = plan.license_modifiers.iter().filter(|row| row.0 == license).map(|row| row.1);
    video.into_iter().chain(of_license).map(Modifier::as_received).collect()
}

fn lines(
    id: &ClaimId,
    codes: &'static [&'static str],
    day: Date,
    modifiers: &[Modifier],
) -> Vec<ServiceLine> {
    let numbered = (1_u16..).zip(codes.iter().copied());
    numbered
        .map(|(number, code)| ServiceLine { modifiers: modifiers.to_vec(), ..line(id, number, code, day) })
        .collect()
}

fn subscriber(number: usize, plan: &Plan, random: &mut Random) -> Subscriber {
    const NAMES: &[&str] = &["LOADWICKE", "LOADMERE", "LOADHOLT", "LOADFENN", "LOADSTRAND"];
    let name = Name {
        last: Text::const_new(random.pick(NAMES).copied().unwrap_or("LOADMERE")),
        first: Text::const_new("SAMPLA"),
        ..Name::default()
    };
    Subscriber {
        person: Person {
            name,
            member_id: Text::from(format!("M{number:010}")),
            birth_date: Some(date(1960, 1, 1).saturating_add((random.below(14_000) as i64).days())),
            sex: Text::const_new(if random.percent(50) { "F" } else { "M" }),
            address: None,
        },
        responsibility: Text::const_new("P"),
        relationship: Text::const_new("18"),
        filing_indicator: Text::const_new(plan.filing_indicator),
        ..Subscriber::default()
    }
}

/// The denials of a load, with their remarks.
const DENIALS: &[(GroupCode, &str, &[&str])] = &[
    (GroupCode::CO, "197", &[]),
    (GroupCode::CO, "16", &["N290"]),
    (GroupCode::CO, "252", &["N706"]),
    (GroupCode::CO, "50", &[]),
    (GroupCode::PR, "27", &[]),
    (GroupCode::CO, "B7", &[]),
    (GroupCode::OA, "18", &[]),
];

/// The payment of claims of one payer: seven tenths of the charge with CO-45 and PR-3, and so many of a thousand claims
/// denied in their last line. Balanced at line, claim and transaction; the same for the same claims. `number` makes trace
/// number and the payer's claim numbers unique. The payer is that of the first claim.
pub fn remit<'a>(
    claims: impl IntoIterator<Item = &'a Claim>,
    number: u32,
    on: Date,
    denied_per_mille: u64,
) -> Remittance {
    let mut claims = claims.into_iter().peekable();
    let mut random = Random::new(u64::from(number));
    let mut remittance = Remittance {
        trace_number: Text::from(format!("LOAD{number:09}")),
        originator: Text::const_new("1990000000"),
        credit_debit: Text::const_new("C"),
        method: Text::const_new("ACH"),
        date: Some(on),
        ..Remittance::default()
    };
    if let Some(first) = claims.peek() {
        remittance.payer_name = first.payer.name.clone();
        remittance.payer_id = first.payer.id.clone();
        remittance.payee_id = Text::from(first.billing_provider.npi.as_str());
    }
    for (place, claim) in claims.enumerate() {
        let denial = (random.below(1000) < denied_per_mille).then(|| random.pick(DENIALS)).flatten();
        let payment = payment(claim, format!("P{number}N{place}"), denial);
        remittance.paid += payment.paid;
        remittance.claims.push(payment);
    }
    remittance
}

fn payment(
    claim: &Claim,
    number: String,
    denial: Option<&(GroupCode, &'static str, &'static [&'static str])>,
) -> ClaimPayment {
    let last = claim.lines.len().saturating_sub(1);
    let of_line = |(place, line)| line_payment(line, place == 0, denial.filter(|_| place == last));
    let lines: Vec<LinePayment> = claim.lines.iter().enumerate().map(of_line).collect();
    let paid: Money = lines.iter().map(|line| line.paid).sum();
    let patient = lines.iter().flat_map(|line| &line.adjustments).filter(|own| own.group == GroupCode::PR);
    ClaimPayment {
        claim_id: claim.id.clone(),
        status: Text::const_new(if paid.is_zero() { "4" } else { "1" }),
        charge: claim.charge,
        paid,
        patient_responsibility: patient.map(|own| own.amount).sum(),
        filing_indicator: Text::const_new("12"),
        payer_claim_number: Text::from(number),
        patient: claim.patient_person().clone(),
        rendering_npi: claim.rendering_npi().clone(),
        service_date: claim.service_date(),
        lines,
        ..ClaimPayment::default()
    }
}

/// The copayment is taken once a claim, from its first line.
fn line_payment(
    line: &ServiceLine,
    is_first: bool,
    denial: Option<&(GroupCode, &'static str, &'static [&'static str])>,
) -> LinePayment {
    let own = |group, reason: &'static str, amount| Adjustment {
        group,
        reason: Carc::as_received(Text::const_new(reason)),
        amount,
        quantity: None,
    };
    let contract = Money::from_cents(line.charge.cents() / 10 * 3);
    let copay = if is_first { Money::from_cents(2_000).min(line.charge - contract) } else { Money::ZERO };
    let (paid, adjustments, remarks) = match denial {
        Some((group, reason, remarks)) => (Money::ZERO, vec![own(*group, reason, line.charge)], *remarks),
        None => {
            let mut adjustments = vec![own(GroupCode::CO, "45", contract)];
            if is_first {
                adjustments.push(own(GroupCode::PR, "3", copay));
            }
            (line.charge - contract - copay, adjustments, &[][..])
        }
    };
    LinePayment {
        procedure: line.procedure.clone(),
        modifiers: line.modifiers.clone(),
        charge: line.charge,
        paid,
        units: line.units,
        service_date: line.service_date,
        control_number: line.control_number.clone(),
        adjustments,
        remarks: remarks.iter().map(|remark| Rarc::as_received(Text::const_new(remark))).collect(),
        ..LinePayment::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Weekday;
    use std::collections::HashSet;

    #[test]
    fn every_claim_is_its_own_and_can_be_written() {
        let claims: Vec<Claim> = load(2000, 1).collect();
        assert_eq!(claims, load(2000, 1).collect::<Vec<_>>());
        assert_ne!(claims, load(2000, 2).collect::<Vec<_>>());
        assert_eq!(claims.iter().map(|claim| &claim.id).collect::<HashSet<_>>().len(), 2000);
        assert_eq!(
            claims.iter().map(|claim| &claim.subscriber.person.member_id).collect::<HashSet<_>>().len(),
            2000
        );
        assert_eq!(claims.iter().map(|claim| &claim.payer.id).collect::<HashSet<_>>().len(), 4);
        let two = claims.iter().filter(|claim| claim.lines.len() == 2).count();
        assert!((500..800).contains(&two), "{two}");
        for claim in &claims {
            claimflow_x12::check_837p(claim).unwrap();
            let day = claim.service_date().unwrap();
            assert!(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday), "{day}");
        }
    }

    #[test]
    fn remittances_balance_and_deny_as_asked() {
        let claims: Vec<Claim> = load(4000, 1).filter(|claim| claim.payer.id.as_str() == "60054").collect();
        let remittance = remit(&claims, 7, date(2026, 10, 1), 100);
        assert!(remittance.balances() && remittance.claims.iter().all(ClaimPayment::balances));
        let denied =
            remittance.claims.iter().filter(|claim| claim.lines.iter().any(|line| line.paid.is_zero()));
        let denied = denied.count() * 1000 / remittance.claims.len();
        assert!((70..130).contains(&denied), "{denied}");
        assert!(remit(&claims, 7, date(2026, 10, 1), 0).claims.iter().all(|claim| claim.status == "1"));
        assert!(remit([], 7, date(2026, 10, 1), 0).balances());
    }
}
