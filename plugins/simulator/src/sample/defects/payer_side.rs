//! What only the payer knows: the practice's registers say that all is well.

use claimflow_core::{PayerId, Text};
use jiff::ToSpan;

use super::DefectKind;
use super::policy::{change_coverage, end_coverage};
use crate::knowledge::ServiceKey;
use crate::sample::world::{Draft, World};

/// Finds a claim that suits and lets the payer know, or believe, something.
pub(super) fn place(world: &mut World, kind: DefectKind) -> Option<()> {
    let draft = world.find(|world, draft| suits(kind, world, draft))?;
    match kind {
        DefectKind::CoverageEndedAtPayer | DefectKind::CarvedOutAtPayer | DefectKind::LimitReachedAtPayer => {
            change_policy(world, kind, draft)?;
        }
        DefectKind::EnrollmentEndedAtPayer => end_enrollment(world, draft)?,
        DefectKind::MemberNotFound => {
            exchange_digits(&mut world.drafts.get_mut(draft)?.claim.subscriber.person.member_id);
        }
        DefectKind::ReceivedBefore => {
            let key = key(world, draft, 0)?;
            world.received.insert(key);
        }
        DefectKind::BundledLine | DefectKind::LineCodingRefused => doubt(world, kind, draft, 1)?,
        _ => doubt(world, kind, draft, 0)?,
    }
    world.spoil(draft, kind, note(kind))
}

fn suits(kind: DefectKind, world: &World, draft: &Draft) -> bool {
    let claim = &draft.claim;
    let one_line = claim.lines.len() == 1;
    match kind {
        DefectKind::BundledLine | DefectKind::LineCodingRefused => {
            claim.lines.len() == 2
                && claim.lines.first().map(|l| &l.procedure) != claim.lines.get(1).map(|l| &l.procedure)
        }
        DefectKind::EnrollmentEndedAtPayer => draft.is_last_of_enrollment,
        DefectKind::AuthorizationNotSeen => one_line && !claim.authorization_number.is_empty(),
        DefectKind::CoverageEndedAtPayer | DefectKind::CarvedOutAtPayer | DefectKind::LimitReachedAtPayer => {
            draft.is_last_visit && world.is_untouched(draft)
        }
        DefectKind::MemberNotFound => one_line && claim.authorization_number.is_empty(),
        DefectKind::TakenBack => one_line && draft.service.is_session(),
        _ => one_line,
    }
}

fn key(world: &World, draft: usize, line: usize) -> Option<ServiceKey> {
    let claim = &world.drafts.get(draft)?.claim;
    ServiceKey::of(claim, claim.lines.get(line)?)
}

fn doubt(world: &mut World, kind: DefectKind, draft: usize, line: usize) -> Option<()> {
    let key = key(world, draft, line)?;
    world.doubts.insert(key, Text::const_new(kind.name()));
    Some(())
}

fn change_policy(world: &mut World, kind: DefectKind, draft: usize) -> Option<()> {
    let date = world.drafts.get(draft)?.date;
    let member = world.member_mut(draft)?;
    member.touched = true;
    let mut rows = member.coverage.clone();
    match kind {
        DefectKind::CoverageEndedAtPayer => end_coverage(&mut rows, date),
        DefectKind::CarvedOutAtPayer => change_coverage(&mut rows, date, |row| {
            row.behavioral_payer_id = PayerId::as_received("BHCO1");
        }),
        _ => change_coverage(&mut rows, date, |row| {
            row.visit_limit = Some(30);
            row.visits_used = Some(30);
        }),
    }
    member.payer_coverage = Some(rows);
    Some(())
}

fn end_enrollment(world: &mut World, draft: usize) -> Option<()> {
    let Draft { claim, date, .. } = world.drafts.get(draft)?;
    let (npi, payer) = (claim.rendering_npi(), &claim.payer.id);
    let mut row = world.enrollments.iter().find(|row| row.npi == *npi && row.payer_id == *payer)?.clone();
    row.to = Some(date.saturating_sub(1.day()));
    world.ended_enrollments.push(row);
    Some(())
}

/// The last two digits that differ change places.
fn exchange_digits(member_id: &mut Text) {
    let mut bytes = member_id.as_bytes().to_vec();
    let differs = |place: &usize| bytes.get(*place) != bytes.get(place + 1);
    if let Some(place) = (1..bytes.len().saturating_sub(1)).rev().find(differs) {
        bytes.swap(place, place + 1);
    } else {
        bytes.push(b'1');
    }
    *member_id = Text::from_utf8_lossy(&bytes);
}

const fn note(kind: DefectKind) -> &'static str {
    match kind {
        DefectKind::BundledLine => "the payer pays the second line as part of the first",
        DefectKind::LineCodingRefused => "the payer does not accept the second line as coded",
        DefectKind::EnrollmentEndedAtPayer => {
            "the payer ended the clinician's enrollment; the register does not show it"
        }
        DefectKind::AuthorizationNotSeen => "authorized and on the claim; the payer does not see it",
        DefectKind::CoverageEndedAtPayer => {
            "the payer ended the coverage backwards; the register shows it in force"
        }
        DefectKind::CarvedOutAtPayer => {
            "another payer handles behavioral health; the register does not show it"
        }
        DefectKind::LimitReachedAtPayer => "the plan's visits were used up with other providers",
        DefectKind::NotCovered => "the plan does not cover the service",
        DefectKind::OtherPlanFirst => "the payer believes that another plan comes first",
        DefectKind::PatientInformation => "the payer waits for an answer of the patient",
        DefectKind::RecordsRequested => "the payer asks for the note",
        DefectKind::NecessityDoubted => "the payer doubts that the service was needed",
        DefectKind::DataMissingAtPayer => "the payer misses the rendering provider's identifier",
        DefectKind::ReceivedBefore => "the service was entered in the payer's portal before",
        DefectKind::FilingLimitMisapplied => "the payer counts the claim as late, which it is not",
        DefectKind::MemberNotFound => "two digits of the member id are exchanged on the claim",
        DefectKind::RefusedAtTheDoor => "the payer's front end does not know the clinician's npi",
        _ => "paid, and later taken back and corrected",
    }
}
