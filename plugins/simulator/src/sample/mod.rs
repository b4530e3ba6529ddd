//! A sample practice: a month of visits of invented people, with the claims, the registers, and a list of what is wrong.

mod clinicians;
mod defects;
mod draft;
mod files;
mod orders;
mod people;
mod registers;
mod schedule;
mod services;
mod world;

pub use clinicians::Clinician;
pub(crate) use clinicians::{clinicians, practice as billing_provider};
pub use defects::{DefectKind, KnownTo};
pub(crate) use draft::{diagnoses, indicators, line};
pub use people::identifying_texts;
pub use world::Defect;

use std::collections::{BTreeMap, BTreeSet};

use claimflow_core::{Claim, Person};
use jiff::civil::{Date, date};

use crate::error::SampleError;
use crate::knowledge::PayerKnowledge;
use crate::random::Random;
use crate::sample::world::World;

/// How a practice is made. The same options give the same practice, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleOptions {
    /// Where chance starts.
    pub seed: u64,
    /// How many clinicians; at least one.
    pub clinicians: usize,
    /// How many visits; each becomes a claim.
    pub visits: usize,
    /// A day of the month; the practice works from the first one.
    pub month: Date,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self { seed: 1, clinicians: 8, visits: 400, month: date(2026, 9, 1) }
    }
}

/// A practice. Everybody in it is invented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamplePractice {
    /// The claims, in order of visit; a duplicate stands at the end.
    pub claims: Vec<Claim>,
    /// The same claims as 837P files, one a week: name and bytes.
    pub files: Vec<(String, Vec<u8>)>,
    /// `coverage.csv`, `authorizations.csv`, `enrollments.csv`, `visits.csv`: name and text.
    pub registers: Vec<(String, String)>,
    /// What is wrong, in order of claims. A claim that is not named here is in order.
    pub defects: Vec<Defect>,
    /// The clinicians.
    pub clinicians: Vec<Clinician>,
    knowledge: PayerKnowledge,
}

impl SamplePractice {
    /// What the payers know of the practice's members, authorizations and clinicians.
    pub fn knowledge(&self) -> PayerKnowledge {
        self.knowledge.clone()
    }

    /// Everybody who is treated or insured, each once: what must not show up in logs. See [`identifying_texts`].
    pub fn people(&self) -> Vec<Person> {
        let mut people = BTreeMap::new();
        for claim in &self.claims {
            let persons =
                [Some(&claim.subscriber.person), claim.patient.as_ref().map(|patient| &patient.person)];
            for person in persons.into_iter().flatten() {
                let key = (person.member_id.clone(), person.name.last.clone(), person.name.first.clone());
                people.entry(key).or_insert_with(|| person.clone());
            }
        }
        people.into_values().collect()
    }

    /// The defects as CSV: `claim_id,kind,known_to,category,note`.
    pub fn defects_csv(&self) -> String {
        let mut text = String::from("claim_id,kind,known_to,category,note\n");
        for defect in &self.defects {
            let known_to = if defect.kind.is_visible() { "practice" } else { "payer" };
            let (kind, category) = (defect.kind, defect.kind.category());
            // No field but the note has a comma, and a note has no quote.
            text.push_str(&format!("{},{kind},{known_to},{category},\"{}\"\n", defect.claim_id, defect.note));
        }
        text
    }
}

/// Makes a practice.
///
/// # Errors
/// When a claim cannot be written as 837P, which no options bring about.
pub fn practice(options: &SampleOptions) -> Result<SamplePractice, SampleError> {
    let mut world = found(options);
    orders::enroll(&mut world);
    orders::authorize(&mut world);
    orders::mark_last(&mut world);
    orders::coordinate(&mut world);
    orders::pass_on(&mut world);
    defects::spoil(&mut world);
    finish(world)
}

/// The members, and a draft for each appointment.
fn found(options: &SampleOptions) -> World {
    let month = options.month.first_of_month();
    let practice = billing_provider();
    let clinicians = clinicians(options.clinicians.max(1));
    let mut random = Random::new(options.seed);
    let (members, appointments) = schedule::schedule(month, options.visits, &clinicians, &mut random);
    let mut drafts = Vec::with_capacity(appointments.len());
    for (place, appointment) in appointments.iter().enumerate() {
        let Some(member) = members.get(appointment.member) else { continue };
        let source = draft::Source { practice: &practice, clinicians: &clinicians, member, month };
        drafts.push(draft::draft(&source, appointment, place + 1, &mut random));
    }
    World {
        month,
        practice,
        clinicians,
        members,
        drafts,
        enrollments: Vec::new(),
        ended_enrollments: Vec::new(),
        doubts: BTreeMap::new(),
        received: BTreeSet::new(),
        crossovers: BTreeMap::new(),
        defects: Vec::new(),
        random,
    }
}

fn finish(mut world: World) -> Result<SamplePractice, SampleError> {
    world.defects.sort_by(|a, b| a.claim_id.cmp(&b.claim_id));
    let files = files::files(&world)?;
    let registers = vec![
        ("coverage.csv".to_owned(), registers::coverage(world.members.iter().flat_map(|m| &m.coverage))),
        (
            "authorizations.csv".to_owned(),
            registers::authorizations(world.members.iter().flat_map(|m| &m.authorizations)),
        ),
        ("enrollments.csv".to_owned(), registers::enrollments(world.enrollments.iter())),
        ("visits.csv".to_owned(), registers::visits(world.drafts.iter().flat_map(|d| &d.visits))),
    ];
    Ok(SamplePractice {
        knowledge: knowledge(&world),
        files,
        registers,
        claims: world.drafts.into_iter().map(|draft| draft.claim).collect(),
        defects: world.defects,
        clinicians: world.clinicians,
    })
}

fn knowledge(world: &World) -> PayerKnowledge {
    let mut knowledge = PayerKnowledge::default();
    for member in &world.members {
        let rows = member.payer_coverage.as_ref().unwrap_or(&member.coverage);
        rows.iter().cloned().for_each(|row| knowledge.cover(row));
        member.authorizations.iter().cloned().for_each(|row| knowledge.authorize(row));
    }
    for row in &world.enrollments {
        let ended = world
            .ended_enrollments
            .iter()
            .find(|ended| (&ended.npi, &ended.payer_id) == (&row.npi, &row.payer_id));
        knowledge.enroll(ended.unwrap_or(row).clone());
    }
    world.doubts.iter().for_each(|(service, reason)| knowledge.doubt(service.clone(), reason.clone()));
    world.received.iter().cloned().for_each(|service| knowledge.receive(service));
    for ((payer, member), to) in &world.crossovers {
        knowledge.pass_on(payer.clone(), member.clone(), to.clone());
    }
    knowledge
}
