//! Policies that changed, and authorizations that do not fit. Each changes from the day of one visit on, so that it
//! touches this visit only.

use claimflow_core::{Authorization, Coverage, PayerId, Quantity, Text};
use jiff::ToSpan;
use jiff::civil::Date;

use super::DefectKind;
use crate::plans::PLANS;
use crate::sample::world::{Draft, Member, World};

/// Finds a member whom it suits and changes the policy.
pub(super) fn place(world: &mut World, kind: DefectKind) -> Option<()> {
    let draft =
        world.find(|world, draft| draft.is_last_visit && world.is_untouched(draft) && suits(kind, draft))?;
    let date = world.drafts.get(draft)?.date;
    let member = world.member_mut(draft)?;
    member.touched = true;
    change_member(kind, member, date);
    let number = member.authorizations.last().map(|row| row.number.clone()).unwrap_or_default();
    change_claim(kind, world.drafts.get_mut(draft)?, number);
    world.spoil(draft, kind, note(kind))
}

fn suits(kind: DefectKind, draft: &Draft) -> bool {
    let authorized = !draft.claim.authorization_number.is_empty();
    match kind {
        DefectKind::AuthorizationMissing
        | DefectKind::AuthorizationExpired
        | DefectKind::AuthorizationExhausted
        | DefectKind::AuthorizationNumberOmitted => authorized,
        _ => !authorized,
    }
}

fn change_member(kind: DefectKind, member: &mut Member, date: Date) {
    let plan = member.plan;
    match kind {
        DefectKind::CoverageInactive => end_coverage(&mut member.coverage, date),
        DefectKind::BenefitsChanged => change_coverage(&mut member.coverage, date, |row| {
            row.authorization_required = Some(true);
        }),
        DefectKind::CarveOut => change_coverage(&mut member.coverage, date, |row| {
            let other = PLANS.iter().find(|other| other.id != plan.id).map_or("", |other| other.id);
            row.behavioral_payer_id = PayerId::as_received(other);
        }),
        DefectKind::BenefitUsedUp => change_coverage(&mut member.coverage, date, |row| {
            row.visit_limit = Some(20);
            row.visits_used = Some(20);
        }),
        DefectKind::PlanOrderWrong | DefectKind::PrimaryDecisionMissing => {
            change_coverage(&mut member.coverage, date, |row| row.responsibility = Text::const_new("S"));
        }
        DefectKind::AuthorizationMissing | DefectKind::AuthorizationExpired => {
            if let Some(row) = member.authorizations.last_mut() {
                row.to = Some(date.saturating_sub(1.day()));
            }
        }
        DefectKind::AuthorizationExhausted => exhaust(&mut member.authorizations, date),
        _ => {}
    }
}

/// The coverage ends the day before.
pub(super) fn end_coverage(rows: &mut [Coverage], date: Date) {
    for row in rows {
        row.to = Some(date.saturating_sub(1.day()));
    }
}

/// The coverage goes on from this day in another way.
pub(crate) fn change_coverage(rows: &mut Vec<Coverage>, date: Date, change: impl FnOnce(&mut Coverage)) {
    let Some(mut row) = rows.last().cloned() else { return };
    end_coverage(rows, date);
    row.from = Some(date);
    change(&mut row);
    rows.push(row);
}

/// A renewed authorization of which nothing is left.
fn exhaust(rows: &mut Vec<Authorization>, date: Date) {
    let Some(mut row) = rows.last().cloned() else { return };
    for earlier in rows.iter_mut() {
        earlier.to = Some(date.saturating_sub(1.day()));
    }
    row.number.push('R');
    row.from = Some(date.saturating_sub(30.days()));
    row.units_approved = Some(Quantity::whole(12));
    row.units_used = Quantity::whole(12);
    rows.push(row);
}

fn change_claim(kind: DefectKind, draft: &mut Draft, authorization: Text) {
    match kind {
        DefectKind::AuthorizationMissing | DefectKind::AuthorizationNumberOmitted => {
            draft.claim.authorization_number = Text::default();
        }
        DefectKind::AuthorizationExhausted => draft.claim.authorization_number = authorization,
        DefectKind::PrimaryDecisionMissing => draft.claim.subscriber.responsibility = Text::const_new("S"),
        _ => {}
    }
}

const fn note(kind: DefectKind) -> &'static str {
    match kind {
        DefectKind::CoverageInactive => "the coverage ended the day before the visit",
        DefectKind::BenefitsChanged => {
            "from this visit on the plan asks for an authorization, and there is none"
        }
        DefectKind::CarveOut => "from this visit on another payer handles behavioral health",
        DefectKind::BenefitUsedUp => "all visits of the plan are used",
        DefectKind::PlanOrderWrong => "the plan is the second one and was billed as the first",
        DefectKind::PrimaryDecisionMissing => "a secondary claim without the primary payer's decision",
        DefectKind::AuthorizationMissing => "the last authorization has ended and the claim has none",
        DefectKind::AuthorizationExpired => "the authorization on the claim ended the day before the visit",
        DefectKind::AuthorizationExhausted => "the authorization on the claim has no units left",
        _ => "the authorization is on file and its number is not on the claim",
    }
}
