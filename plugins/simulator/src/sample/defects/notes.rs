//! Notes that lack something.

use super::DefectKind;
use crate::sample::draft::time;
use crate::sample::services::Service;
use crate::sample::world::{Draft, World};

/// Finds a note that suits and leaves something out of it.
pub(super) fn place(world: &mut World, kind: DefectKind) -> Option<()> {
    let draft = world.find(|_, draft| suits(kind, draft))?;
    let one_of_two = world.random.percent(50);
    let note = world.drafts.get_mut(draft).and_then(|draft| change(kind, draft, one_of_two))?;
    world.spoil(draft, kind, note)
}

fn suits(kind: DefectKind, draft: &Draft) -> bool {
    match kind {
        DefectKind::TreatmentPlanMissing => draft.service == Service::ProgramWeek,
        DefectKind::GroupDetailsMissing => draft.service == Service::Group,
        DefectKind::StartStopMissing => draft.service.is_timed(),
        DefectKind::PlanLinkMissing => draft.service.is_session() || draft.service == Service::Family,
        DefectKind::MinutesDoNotMatch => matches!(draft.service, Service::Session60 | Service::Session45),
        _ => true,
    }
}

fn change(kind: DefectKind, draft: &mut Draft, one_of_two: bool) -> Option<&'static str> {
    if kind == DefectKind::TreatmentPlanMissing {
        for visit in &mut draft.visits {
            visit.treatment_plan_date = None;
            visit.plan_linked = None;
        }
        return Some("no treatment plan was in force in this week of the program");
    }
    // The last row is the one of the therapy where a medical visit stands before it.
    let visit = draft.visits.last_mut()?;
    Some(match kind {
        DefectKind::GroupDetailsMissing if one_of_two => {
            visit.group_size = None;
            "the group note does not say how many members there were"
        }
        DefectKind::GroupDetailsMissing => {
            visit.individual_note = Some(false);
            "the group note says nothing of this member"
        }
        DefectKind::StartStopMissing if one_of_two => {
            visit.start = None;
            visit.stop = None;
            "start and stop time are missing in the note"
        }
        DefectKind::StartStopMissing => {
            visit.stop = None;
            "the stop time is missing in the note"
        }
        DefectKind::NoteUnsigned => {
            visit.signed = Some(false);
            "the note is not signed"
        }
        DefectKind::NecessityNotStated => {
            visit.medical_necessity = Some(false);
            "the note does not say why the service was needed"
        }
        DefectKind::PlanLinkMissing => {
            visit.plan_linked = Some(false);
            "the note is not linked to a goal of the treatment plan"
        }
        _ => {
            let start = visit.start?;
            let minutes = if draft.service == Service::Session60 { 45 } else { 30 };
            visit.stop = time(i64::from(start.hour()) * 60 + i64::from(start.minute()) + minutes);
            "the minutes of the note belong to a shorter code"
        }
    })
}
