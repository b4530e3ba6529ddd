//! What goes wrong: which kinds, how often, and where.

mod coding;
mod data;
mod kind;
mod notes;
mod payer_side;
mod policy;

pub use kind::{DefectKind, KnownTo};
pub(crate) use policy::change_coverage;

use crate::random::Random;
use crate::sample::world::World;

/// How many of a hundred visits are defective.
const SHARE: usize = 20;

/// Spoils a fifth of the visits, two thirds of them in ways that the practice can see.
pub(crate) fn spoil(world: &mut World) {
    for kind in plan(world.drafts.len(), &mut world.random) {
        if place(world, kind).is_none() {
            // No visit of the kind is left: the commonest defect of all takes its place.
            let instead =
                if kind.is_visible() { DefectKind::StartStopMissing } else { DefectKind::RecordsRequested };
            // The practice may be too small even for that one; it has a defect less then.
            let _ = place(world, instead);
        }
    }
}

/// Which defects so many visits get: each kind once where there is room, then by weight.
fn plan(visits: usize, random: &mut Random) -> Vec<DefectKind> {
    let wanted = visits * SHARE / 100;
    let mut plan = Vec::with_capacity(wanted);
    for (known_to, wanted) in [(KnownTo::Practice, wanted - wanted / 3), (KnownTo::Payer, wanted / 3)] {
        let kinds: Vec<DefectKind> =
            DefectKind::ALL.iter().copied().filter(|kind| kind.known_to() == known_to).collect();
        let mut first = kinds.clone();
        first.sort_by_key(|kind| std::cmp::Reverse(kind.weight()));
        first.truncate(wanted);
        // In the order of the list again: kinds that few visits suit choose first.
        first.sort();
        let more =
            (first.len()..wanted).filter_map(|_| random.weighted(&kinds, |kind| kind.weight()).copied());
        let more: Vec<DefectKind> = more.collect();
        plan.extend(first);
        plan.extend(more);
    }
    plan
}

/// Finds a visit that suits and spoils it; `None` when there is none.
fn place(world: &mut World, kind: DefectKind) -> Option<()> {
    use DefectKind as K;
    match kind {
        K::TreatmentPlanMissing
        | K::GroupDetailsMissing
        | K::StartStopMissing
        | K::NoteUnsigned
        | K::NecessityNotStated
        | K::PlanLinkMissing
        | K::MinutesDoNotMatch => notes::place(world, kind),
        K::AuthorizationMissing
        | K::AuthorizationExpired
        | K::AuthorizationExhausted
        | K::AuthorizationNumberOmitted
        | K::CoverageInactive
        | K::BenefitsChanged
        | K::CarveOut
        | K::BenefitUsedUp
        | K::PlanOrderWrong
        | K::PrimaryDecisionMissing => policy::place(world, kind),
        K::AddOnWithoutPrimary
        | K::ExcludedCombination
        | K::DiagnosisPointerInvalid
        | K::ProcedureMalformed
        | K::DiagnosisMalformed
        | K::UnitsWrong
        | K::PlaceOfServiceWrong
        | K::TelehealthModifierMissing
        | K::LicenseModifierMissing => coding::place(world, kind),
        K::SupervisorMissing
        | K::ClinicianNotEnrolled
        | K::LateFiling
        | K::BirthDateMissing
        | K::MemberIdMissing
        | K::NpiCheckDigit
        | K::DuplicateClaim => data::place(world, kind),
        _ => payer_side::place(world, kind),
    }
}
