//! Claims with missing or wrong data, and who was not enrolled.

use claimflow_core::{ClaimId, Npi, ServiceLine, Text, Visit};
use jiff::ToSpan;

use super::DefectKind;
use crate::sample::world::{Draft, World};

/// Finds a claim that suits and takes something away.
pub(super) fn place(world: &mut World, kind: DefectKind) -> Option<()> {
    let draft = world.find(|world, draft| suits(kind, world, draft))?;
    match kind {
        DefectKind::ClinicianNotEnrolled => end_enrollment(world, draft),
        DefectKind::DuplicateClaim => duplicate(world, draft),
        DefectKind::LateFiling => late(world, draft),
        _ => {
            let note = take_away(kind, world.drafts.get_mut(draft)?);
            world.spoil(draft, kind, note)
        }
    }
}

fn suits(kind: DefectKind, world: &World, draft: &Draft) -> bool {
    let claim = &draft.claim;
    match kind {
        DefectKind::SupervisorMissing => claim.supervising_provider.is_some(),
        DefectKind::ClinicianNotEnrolled => draft.is_last_of_enrollment,
        DefectKind::DuplicateClaim => claim.lines.len() == 1,
        // Moved back by a year: no evaluation of a new patient, and no authorization that would not be in force.
        DefectKind::LateFiling => {
            draft.service.is_session() && claim.authorization_number.is_empty() && world.is_untouched(draft)
        }
        DefectKind::BirthDateMissing | DefectKind::MemberIdMissing => {
            claim.patient.is_none() && claim.authorization_number.is_empty()
        }
        _ => true,
    }
}

fn take_away(kind: DefectKind, draft: &mut Draft) -> &'static str {
    let claim = &mut draft.claim;
    match kind {
        DefectKind::SupervisorMissing => {
            claim.supervising_provider = None;
            "the clinician works under supervision and the claim names no supervisor"
        }
        DefectKind::BirthDateMissing => {
            claim.subscriber.person.birth_date = None;
            claim.subscriber.person.sex = Text::default();
            "the birth date is missing"
        }
        DefectKind::MemberIdMissing => {
            claim.subscriber.person.member_id = Text::default();
            "the member id is missing"
        }
        _ => {
            if let Some(provider) = &mut claim.rendering_provider {
                provider.npi = with_wrong_check_digit(&provider.npi);
            }
            "the last digit of the rendering provider's npi is wrong"
        }
    }
}

fn with_wrong_check_digit(npi: &Npi) -> Npi {
    let text = npi.as_str();
    let (first, last) = text.split_at(text.len().saturating_sub(1));
    let wrong = last.bytes().next().map_or(0, |digit| (digit.saturating_sub(b'0') + 1) % 10);
    Npi::as_received(format!("{first}{wrong}"))
}

fn end_enrollment(world: &mut World, draft: usize) -> Option<()> {
    let Draft { claim, date, .. } = world.drafts.get(draft)?;
    let ended = date.saturating_sub(1.day());
    let (npi, payer) = (claim.rendering_npi().clone(), claim.payer.id.clone());
    let row = world.enrollments.iter_mut().find(|row| row.npi == npi && row.payer_id == payer)?;
    row.to = Some(ended);
    world.spoil(
        draft,
        DefectKind::ClinicianNotEnrolled,
        "the clinician's enrollment ended the day before the visit",
    )
}

fn late(world: &mut World, draft: usize) -> Option<()> {
    let back = world.random.between(385, 430).days();
    let draft_mut = world.drafts.get_mut(draft)?;
    for ServiceLine { service_date, .. } in &mut draft_mut.claim.lines {
        *service_date = service_date.map(|date| date.saturating_sub(back));
    }
    for Visit { date, treatment_plan_date, .. } in &mut draft_mut.visits {
        *date = date.map(|date| date.saturating_sub(back));
        *treatment_plan_date = treatment_plan_date.map(|date| date.saturating_sub(back));
    }
    world.spoil(draft, DefectKind::LateFiling, "a visit of more than a year ago that was never billed")
}

fn duplicate(world: &mut World, original: usize) -> Option<()> {
    let mut copy = world.drafts.get(original)?.clone();
    let first = copy.claim.id.clone();
    let id = ClaimId::as_received(format!("{first}D"));
    for line in &mut copy.claim.lines {
        line.control_number = Text::from(format!("{id}L{}", line.number));
    }
    for visit in &mut copy.visits {
        visit.claim_id = id.clone();
    }
    copy.claim.id = id;
    world.drafts.push(copy);
    // The original stays clean, and nothing else may happen to either of the two.
    world.members.get_mut(world.drafts.get(original)?.member)?.touched = true;
    world.drafts.get_mut(original)?.is_reserved = true;
    let last = world.drafts.len() - 1;
    world.spoil(last, DefectKind::DuplicateClaim, format!("the same visit as claim {first}"))
}
