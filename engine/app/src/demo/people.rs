//! The people of the sample practice: they deal with what came up earlier in the month, and the latest is left.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use claimflow_core::step::{Input, StepError};
use claimflow_core::{ClaimId, Moment, Span, Text};
use claimflow_runtime::{ClaimFilter, Error as Refused, Summary};
use claimflow_simulator::{DefectKind, SamplePractice};

use crate::exit::{Failure, Result};
use crate::wire::Desk;

/// What they did on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Times that somebody did something.
    pub acts: usize,
    /// True when notes were mended: the registers have changed.
    pub notes_mended: bool,
}

/// How somebody deals with a defect.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// The clinician completes the note.
    Note,
    /// A field is corrected.
    Correct(&'static str, &'static str),
    /// It is sent again as it is: the payer overlooked something.
    Resend,
    /// It is let go, with a reason.
    Release,
    /// An appeal is written.
    Appeal,
    /// The money is given up.
    WriteOff,
    /// It is settled elsewhere: with the patient, or with another payer.
    Settle,
}

const fn way(kind: DefectKind) -> Option<Way> {
    use DefectKind as K;
    Some(match kind {
        K::StartStopMissing
        | K::NoteUnsigned
        | K::NecessityNotStated
        | K::PlanLinkMissing
        | K::GroupDetailsMissing => Way::Note,
        K::PlaceOfServiceWrong => Way::Correct("place_of_service", "10"),
        K::UnitsWrong => Way::Correct("line[1].units", "1"),
        K::DiagnosisPointerInvalid => Way::Correct("line[1].diagnosis_pointers", "1"),
        K::AuthorizationNotSeen | K::DataMissingAtPayer => Way::Resend,
        K::RefusedAtTheDoor => Way::Release,
        K::NecessityDoubted | K::RecordsRequested => Way::Appeal,
        K::BundledLine | K::DuplicateClaim | K::ReceivedBefore | K::LateFiling | K::FilingLimitMisapplied => {
            Way::WriteOff
        }
        K::ExcludedCombination | K::AddOnWithoutPrimary | K::MinutesDoNotMatch => Way::Release,
        K::NotCovered | K::LimitReachedAtPayer | K::CoverageEndedAtPayer | K::CarvedOutAtPayer => Way::Settle,
        _ => return None,
    })
}

/// Who they are, and what is left for them.
pub struct People {
    todo: BTreeMap<ClaimId, Way>,
    /// Procedure of the first line of each claim, for the minutes of its note.
    codes: BTreeMap<ClaimId, Text>,
}

/// Work waits this long before somebody gets to it.
const PATIENCE: Span = Span(2 * claimflow_core::DAY_MS);
/// A patient pays this long after the payer has.
const PATIENT_PAYS: Span = Span(8 * claimflow_core::DAY_MS);

impl People {
    /// Of a practice.
    pub fn new(sample: &SamplePractice) -> Self {
        // Claims are numbered in order of visits: what is left is from the last weeks.
        let dealt_with = sample.defects.len() * 3 / 4;
        let todo = sample
            .defects
            .iter()
            .take(dealt_with)
            .enumerate()
            .filter_map(|(place, defect)| {
                // Half of what nothing here can mend is given up; the rest waits until it is overdue.
                let way = way(defect.kind).or_else(|| (place % 2 == 0).then_some(Way::WriteOff))?;
                Some((defect.claim_id.clone(), way))
            })
            .collect();
        let code = |claim: &claimflow_core::Claim| {
            claim.lines.first().map(|line| Text::from(line.procedure.as_str())).unwrap_or_default()
        };
        let codes = sample.claims.iter().map(|claim| (claim.id.clone(), code(claim))).collect();
        Self { todo, codes }
    }

    /// What they do on one morning.
    pub fn work(&mut self, desk: &Desk, root: &Path, now: Moment) -> Result<Done> {
        let mut done = Done::default();
        let waiting = desk.engine.claims(&ClaimFilter::default())?;
        let mut notes = Vec::new();
        for claim in &waiting {
            let ripe = claim.entered.plus(PATIENCE) <= now;
            if ripe
                && !claim.items.is_empty()
                && let Some(way) = self.todo.remove(&claim.id)
            {
                done.acts += 1;
                match way {
                    Way::Note => notes.push(claim.id.clone()),
                    other => act(desk, claim, &other)?,
                }
            }
            let pays = claim.state == "patient-balance" && claim.number % 3 != 0;
            if pays && claim.entered.plus(PATIENT_PAYS) <= now {
                done.acts += 1;
                resolve(desk, claim, "patient-paid", "", "front_desk")?;
            }
        }
        if !notes.is_empty() {
            self.mend_notes(&root.join("registers/visits.csv"), &notes)?;
            done.notes_mended = true;
        }
        Ok(done)
    }

    /// Completes the rows of visits as clinicians complete their notes.
    fn mend_notes(&self, file: &Path, claims: &[ClaimId]) -> Result<()> {
        let text = fs::read_to_string(file).map_err(|error| Failure::io("read", file, &error))?;
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        let mut out = header.join(",");
        out.push('\n');
        for line in lines {
            // The rows of the sample's registers have no quoted cells.
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            let id = cells.first().map(|cell| ClaimId::as_received(cell.as_str())).unwrap_or_default();
            if claims.contains(&id) {
                self.complete(&header, &mut cells, &id);
            }
            out.push_str(&cells.join(","));
            out.push('\n');
        }
        fs::write(file, out).map_err(|error| Failure::io("write", file, &error))
    }

    fn complete(&self, header: &[&str], cells: &mut [String], id: &ClaimId) {
        let mut set = |name: &str, value: &str, only_empty: bool| {
            let place = header.iter().position(|own| *own == name);
            if let Some(cell) = place.and_then(|place| cells.get_mut(place))
                && (!only_empty || cell.is_empty())
            {
                value.clone_into(cell);
            }
        };
        let minutes = match self.codes.get(id).map_or("", Text::as_str) {
            "90832" | "90833" => 30,
            "90834" | "90836" => 45,
            _ => 55,
        };
        set("start", "10:00", false);
        set("stop", &format!("10:{minutes}"), false);
        for name in ["signed", "medical_necessity", "plan_linked"] {
            set(name, "yes", false);
        }
        set("group_size", "8", true);
        set("individual_note", "yes", false);
    }
}

fn act(desk: &Desk, claim: &Summary, way: &Way) -> Result<()> {
    let (input, actor) = match way {
        Way::Correct(field, value) => (
            correct(field, value, "checked with the clinician"),
            claim.next_item().map_or("coding", |item| &item.owner),
        ),
        Way::Resend => {
            let view = desk.engine.show(claim.id.as_str())?;
            let claim = &view.state.claim;
            // Sent again with what was on it already.
            let (field, value) = if claim.authorization_number.is_empty() {
                ("rendering_provider.npi", claim.rendering_npi().as_str())
            } else {
                ("authorization_number", claim.authorization_number.as_str())
            };
            (correct(field, value, "it was on the claim; sent again"), "billing")
        }
        Way::Release => (Input::Released { reason: "checked, and right as it is".into() }, "billing"),
        Way::Appeal => return resolve(desk, claim, "appealed", "the note was sent", "utilization_review"),
        Way::WriteOff => return resolve(desk, claim, "written-off", "not worth an appeal", "billing_lead"),
        Way::Settle => return resolve(desk, claim, "resolved", "settled with the patient", "front_desk"),
        Way::Note => return Ok(()),
    };
    act_if_taken(desk, claim, input, actor)
}

fn correct(field: &str, value: &str, reason: &str) -> Input {
    Input::Corrected { fields: vec![(field.into(), value.into())], reason: reason.into() }
}

fn resolve(desk: &Desk, claim: &Summary, outcome: &'static str, reason: &str, actor: &str) -> Result<()> {
    let input = Input::Resolved { item: None, outcome: Text::const_new(outcome), reason: reason.into() };
    act_if_taken(desk, claim, input, actor)
}

fn act_if_taken(desk: &Desk, claim: &Summary, input: Input, actor: &str) -> Result<()> {
    match desk.engine.act(claim.id.as_str(), input, actor) {
        // It waits elsewhere than where this would help, or must be mended: it stays for somebody else.
        Ok(_) | Err(Refused::Step(StepError::NotTaken { .. } | StepError::NotReleasable { .. })) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
