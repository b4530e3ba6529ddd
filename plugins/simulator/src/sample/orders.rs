//! What is in good order and still special: authorizations, secondary claims, claims that the payer passes on.

use claimflow_core::{
    Adjustment, Authorization, Carc, GroupCode, LineAdjudication, Money, OtherPayer, Quantity, Text,
};
use jiff::ToSpan;

use crate::plans::{PLANS, Plan};
use crate::sample::services::Service;
use crate::sample::world::{Draft, World};

/// Authorizes the members whose plan wants it, and writes the numbers on their claims.
pub(super) fn authorize(world: &mut World) {
    for place in 0..world.members.len() {
        let units = world.random.between(4, 10);
        // INVARIANT: `place` counts the members.
        let member = &mut world.members[place];
        if !member.coverage.iter().any(|row| row.authorization_required == Some(true)) {
            continue;
        }
        let own = || world.drafts.iter().filter(|draft| draft.member == place);
        let mut codes: Vec<_> =
            own().flat_map(|d| d.claim.lines.iter().map(|l| l.procedure.clone())).collect();
        codes.sort();
        codes.dedup();
        let row = Authorization {
            number: Text::from(format!("AU{:07}", 2_600_000 + place)),
            member_id: member.subscriber.member_id.clone(),
            payer_id: member.plan.payer().id,
            status: Text::const_new("approved"),
            codes,
            from: Some(world.month.saturating_sub(40.days())),
            to: Some(world.month.saturating_add(75.days())),
            units_approved: Some(Quantity::whole(30)),
            units_used: Quantity::whole(units),
        };
        for draft in world.drafts.iter_mut().filter(|draft| draft.member == place) {
            draft.claim.authorization_number = row.number.clone();
        }
        member.authorizations.push(row);
    }
}

/// Enrolls every clinician with the plans that take the licence.
pub(super) fn enroll(world: &mut World) {
    for clinician in &world.clinicians {
        for plan in PLANS.iter().filter(|plan| plan.enrolls.contains(&clinician.license)) {
            world.enrollments.push(claimflow_core::Enrollment {
                npi: clinician.provider.npi.clone(),
                payer_id: plan.payer().id,
                from: Some(world.month.first_of_year().saturating_sub(2.years())),
                to: None,
                status: Text::const_new("active"),
                license: Text::const_new(clinician.license),
            });
        }
    }
}

/// Marks the last visit of each member, and of each clinician with each payer.
pub(super) fn mark_last(world: &mut World) {
    let dates: Vec<_> =
        world.drafts.iter().map(|d| (d.member, d.clinician, d.claim.payer.id.clone(), d.date)).collect();
    let mut of_member = std::collections::BTreeMap::new();
    let mut of_enrollment = std::collections::BTreeMap::new();
    for (member, clinician, payer, date) in &dates {
        of_member.entry(*member).or_insert_with(Vec::new).push(*date);
        of_enrollment.entry((*clinician, payer)).or_insert_with(Vec::new).push(*date);
    }
    let is_alone_and_last = |all: Option<&Vec<_>>, date| {
        all.is_some_and(|all| all.iter().filter(|other| **other >= date).count() == 1)
    };
    for (draft, (member, clinician, payer, date)) in world.drafts.iter_mut().zip(&dates) {
        draft.is_last_visit = is_alone_and_last(of_member.get(member), *date);
        draft.is_last_of_enrollment = is_alone_and_last(of_enrollment.get(&(*clinician, payer)), *date);
    }
}

/// One claim in two hundred is for a second plan and carries the first one's decision.
pub(super) fn coordinate(world: &mut World) {
    for _ in 0..world.drafts.len().div_ceil(200) {
        let suits = |world: &World, draft: &Draft| {
            draft.is_last_visit
                && world.is_untouched(draft)
                && draft.service.is_session()
                && draft.claim.authorization_number.is_empty()
                && draft.claim.subscriber.filing_indicator != "MB"
        };
        let Some(place) = world.find(suits) else { return };
        let Some(draft) = world.drafts.get_mut(place) else { return };
        let date = draft.date;
        make_secondary(draft);
        draft.is_reserved = true;
        if let Some(member) = world.member_mut(place) {
            member.touched = true;
            super::defects::change_coverage(&mut member.coverage, date, |row| {
                row.responsibility = Text::const_new("S");
            });
        }
    }
}

fn make_secondary(draft: &mut Draft) {
    let claim = &mut draft.claim;
    let primary = PLANS.iter().find(|plan| plan.id != claim.payer.id.as_str()).unwrap_or(&PLANS[0]);
    claim.subscriber.responsibility = Text::const_new("S");
    let mut paid = Money::ZERO;
    for line in &mut claim.lines {
        let (decision, own) = adjudicated(line, primary, draft.date.saturating_add(12.days()));
        paid += own;
        line.adjudications.push(decision);
    }
    let mut person = claim.subscriber.person.clone();
    // The first plan knows the member under another number.
    person.member_id = Text::from(format!("P{}", person.member_id));
    // Loop 2330A has no place for birth date and sex.
    person.birth_date = None;
    person.sex = Text::default();
    claim.other_payers.push(OtherPayer {
        responsibility: Text::const_new("P"),
        relationship: Text::const_new(if claim.patient.is_some() { "19" } else { "18" }),
        filing_indicator: Text::const_new(primary.filing_indicator),
        paid: Some(paid),
        subscriber: person,
        payer: primary.payer(),
        ..OtherPayer::default()
    });
}

/// The first plan allows 80 of 100 and leaves a quarter of that to the patient.
fn adjudicated(
    line: &claimflow_core::ServiceLine,
    primary: &Plan,
    on: jiff::civil::Date,
) -> (LineAdjudication, Money) {
    let charge = line.charge.cents();
    let (reduced, left) = (Money::from_cents(charge / 5), Money::from_cents(charge / 5));
    let paid = line.charge - reduced - left;
    let adjustment = |group, reason, amount| Adjustment {
        group,
        reason: Carc::as_received(reason),
        amount,
        quantity: None,
    };
    let decision = LineAdjudication {
        payer_id: Text::const_new(primary.id),
        paid,
        procedure: Text::from(format!("HC:{}", line.procedure)),
        units: line.units,
        adjustments: vec![adjustment(GroupCode::CO, "45", reduced), adjustment(GroupCode::PR, "2", left)],
        date: Some(on),
        ..LineAdjudication::default()
    };
    (decision, paid)
}

/// Medicare passes the claims of one member in ten on to a supplementary plan.
pub(super) fn pass_on(world: &mut World) {
    let mut count = 0;
    for (place, member) in world.members.iter().enumerate() {
        let visits = world.drafts.iter().any(|d| d.member == place && d.service != Service::Crisis);
        if member.plan.filing_indicator != "MB" || !visits {
            continue;
        }
        if count % 10 == 0 {
            let key = (member.plan.payer().id, member.subscriber.member_id.clone());
            world.crossovers.insert(key, Text::const_new("SUPP1"));
        }
        count += 1;
    }
}
