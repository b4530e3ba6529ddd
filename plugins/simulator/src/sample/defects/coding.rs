//! Codes, modifiers, places and units that do not fit.

use claimflow_core::{DiagnosisCode, PlaceOfService, ProcedureCode, Quantity};

use super::DefectKind;
use crate::sample::draft::line;
use crate::sample::services::Service;
use crate::sample::world::{Draft, World};

const LICENSES: &[&str] = &["HO", "HP"];

fn has_any(draft: &Draft, modifiers: &[&str]) -> bool {
    let mut own = draft.claim.lines.iter().flat_map(|line| &line.modifiers);
    own.any(|modifier| modifiers.contains(&modifier.as_str()))
}

/// Finds a claim that suits and miscodes it.
pub(super) fn place(world: &mut World, kind: DefectKind) -> Option<()> {
    let draft = world.find(|_, draft| suits(kind, draft))?;
    let one_of_two = world.random.percent(50);
    let note = world.drafts.get_mut(draft).and_then(|draft| change(kind, draft, one_of_two))?;
    world.spoil(draft, kind, note)
}

fn suits(kind: DefectKind, draft: &Draft) -> bool {
    let remote = draft.claim.place_of_service.as_str() == "10";
    match kind {
        DefectKind::AddOnWithoutPrimary => {
            matches!(draft.service, Service::MedicationWithTherapy | Service::LongCrisis)
        }
        DefectKind::ExcludedCombination => draft.service == Service::Family,
        DefectKind::PlaceOfServiceWrong => remote,
        // Aetna is the payer of which the packs know that it wants one.
        DefectKind::TelehealthModifierMissing => {
            remote && draft.claim.payer.id.as_str() == "60054" && has_any(draft, &["95"])
        }
        DefectKind::LicenseModifierMissing => has_any(draft, LICENSES),
        DefectKind::UnitsWrong => draft.service.is_session() || draft.service == Service::Group,
        _ => draft.service.is_session(),
    }
}

fn change(kind: DefectKind, draft: &mut Draft, one_of_two: bool) -> Option<&'static str> {
    let claim = &mut draft.claim;
    if kind == DefectKind::AddOnWithoutPrimary {
        leave_add_on(draft);
        return Some("the code that the add-on stands on is not on the claim");
    }
    let first = claim.lines.first_mut()?;
    Some(match kind {
        DefectKind::ExcludedCombination => {
            let second = line(&claim.id, 2, "90785", draft.date);
            claim.charge += second.charge;
            claim.lines.push(second);
            "interactive complexity beside a family session"
        }
        DefectKind::PlaceOfServiceWrong => {
            claim.place_of_service = PlaceOfService::as_received("11");
            for line in &mut claim.lines {
                line.modifiers.retain(|modifier| modifier.as_str() != "95");
            }
            "a video visit billed as if it had been in the office"
        }
        DefectKind::LicenseModifierMissing => {
            for line in &mut claim.lines {
                line.modifiers.retain(|modifier| !LICENSES.contains(&modifier.as_str()));
            }
            "the clinician's licence does not stand on the lines"
        }
        DefectKind::TelehealthModifierMissing => {
            for line in &mut claim.lines {
                line.modifiers.retain(|modifier| modifier.as_str() != "95");
            }
            "a video visit without its modifier"
        }
        DefectKind::DiagnosisPointerInvalid => {
            first.diagnosis_pointers = vec![claim.diagnoses.len().min(11) as u8 + 1];
            "a line points to a diagnosis that is not on the claim"
        }
        DefectKind::ProcedureMalformed => {
            first.procedure = ProcedureCode::as_received(if one_of_two { "9083" } else { "9O837" });
            "the procedure code has the wrong shape"
        }
        DefectKind::DiagnosisMalformed => {
            claim.diagnoses.first_mut()?.code =
                DiagnosisCode::as_received(if one_of_two { "F3" } else { "331" });
            "the diagnosis code has the wrong shape"
        }
        _ => {
            first.units = Quantity::whole(2);
            first.charge = first.charge + first.charge;
            claim.charge = claim.lines.iter().map(|line| line.charge).sum();
            "two units of a code that is billed once"
        }
    })
}

/// Removes the primary code and its note.
fn leave_add_on(draft: &mut Draft) {
    let claim = &mut draft.claim;
    claim.lines.remove(0);
    for (place, line) in claim.lines.iter_mut().enumerate() {
        line.number = place as u16 + 1;
    }
    claim.charge = claim.lines.iter().map(|line| line.charge).sum();
    if draft.visits.len() > 1 {
        draft.visits.remove(0);
    }
    for visit in &mut draft.visits {
        visit.line = visit.line.saturating_sub(1);
    }
}
