//! From an appointment to a claim with its note, as a practice in good order would write them.

use claimflow_core::{
    Claim, ClaimId, Diagnosis, DiagnosisCode, Indicators, Modifier, Patient, PlaceOfService, ProcedureCode,
    Provider, Quantity, ServiceLine, Subscriber, Text, Visit,
};
use jiff::ToSpan;
use jiff::civil::{Date, Time};

use crate::random::Random;
use crate::sample::clinicians::Clinician;
use crate::sample::schedule::{Appointment, GROUP_SIZE};
use crate::sample::services::{Procedure, Service, charge};
use crate::sample::world::{Draft, Member};

/// What a draft is made from.
pub(crate) struct Source<'a> {
    /// Who bills.
    pub practice: &'a Provider,
    /// Everybody who treats.
    pub clinicians: &'a [Clinician],
    /// Who is treated.
    pub member: &'a Member,
    /// First day of the month.
    pub month: Date,
}

/// Writes the claim with this number, and its note.
pub(crate) fn draft(
    source: &Source<'_>,
    appointment: &Appointment,
    number: usize,
    random: &mut Random,
) -> Draft {
    let month = source.month;
    let id = ClaimId::as_received(format!("S{:02}{:02}-{number:05}", month.year() % 100, month.month()));
    let service = appointment.service;
    let remote = source.member.remote && service.can_be_remote();
    let mut visits = visits(source, appointment, remote, random);
    for visit in &mut visits {
        visit.claim_id = id.clone();
    }
    let date = appointment.days.first().copied().unwrap_or(month);
    Draft {
        member: appointment.member,
        clinician: appointment.clinician,
        service,
        date,
        claim: claim(source, appointment, id, remote),
        visits,
        defect: None,
        is_reserved: false,
        is_last_visit: false,
        is_last_of_enrollment: false,
    }
}

fn claim(source: &Source<'_>, appointment: &Appointment, id: ClaimId, remote: bool) -> Claim {
    let member = source.member;
    let clinician = source.clinicians.get(appointment.clinician);
    let lines = lines(source, appointment, &id, remote);
    Claim {
        id,
        charge: lines.iter().map(|line| line.charge).sum(),
        place_of_service: PlaceOfService::as_received(if remote { "10" } else { "11" }),
        frequency: Text::const_new("1"),
        billing_provider: source.practice.clone(),
        subscriber: subscriber(member),
        patient: member.child.clone().map(|person| Patient { person, relationship: Text::const_new("19") }),
        payer: member.plan.payer(),
        indicators: indicators(),
        diagnoses: diagnoses(member.diagnoses),
        rendering_provider: clinician.map(|clinician| clinician.provider.clone()),
        supervising_provider: clinician
            .filter(|c| c.is_supervised())
            .and_then(|_| supervisor(source.clinicians)),
        lines,
        ..Claim::default()
    }
}

/// Who supervises: the first clinician with a licence of their own, by preference a psychologist.
fn supervisor(clinicians: &[Clinician]) -> Option<Provider> {
    clinicians
        .iter()
        .find(|clinician| clinician.license == "PHD")
        .or_else(|| clinicians.iter().find(|clinician| !clinician.is_supervised()))
        // Loop 2310D has no place for a taxonomy.
        .map(|clinician| Provider { taxonomy: Text::default(), ..clinician.provider.clone() })
}

fn subscriber(member: &Member) -> Subscriber {
    Subscriber {
        person: member.subscriber.clone(),
        responsibility: Text::const_new("P"),
        relationship: Text::const_new(if member.child.is_some() { "" } else { "18" }),
        group_number: if member.plan.filing_indicator == "MB" {
            Text::default()
        } else {
            member.group_number.clone()
        },
        filing_indicator: Text::const_new(member.plan.filing_indicator),
        ..Subscriber::default()
    }
}

/// Everything signed, assigned and released.
pub(crate) fn indicators() -> Indicators {
    Indicators {
        facility_qualifier: Text::const_new("B"),
        signature_on_file: Text::const_new("Y"),
        assignment: Text::const_new("A"),
        benefits_assigned: Text::const_new("Y"),
        release: Text::const_new("Y"),
        ..Indicators::default()
    }
}

/// The principal diagnosis and the others.
pub(crate) fn diagnoses(codes: &[&'static str]) -> Vec<Diagnosis> {
    codes
        .iter()
        .enumerate()
        .map(|(place, code)| Diagnosis {
            qualifier: Text::const_new(if place == 0 { "ABK" } else { "ABF" }),
            code: DiagnosisCode::as_received(*code),
        })
        .collect()
}

/// A line for one unit, pointing to the principal diagnosis.
pub(crate) fn line(id: &ClaimId, number: u16, code: &'static str, date: Date) -> ServiceLine {
    ServiceLine {
        number,
        procedure: ProcedureCode::as_received(code),
        procedure_qualifier: Text::const_new("HC"),
        charge: charge(code),
        unit_basis: Text::const_new("UN"),
        units: Quantity::whole(1),
        diagnosis_pointers: vec![1],
        service_date: Some(date),
        control_number: Text::from(format!("{id}L{number}")),
        ..ServiceLine::default()
    }
}

fn lines(source: &Source<'_>, appointment: &Appointment, id: &ClaimId, remote: bool) -> Vec<ServiceLine> {
    let plan = source.member.plan;
    let license = source.clinicians.get(appointment.clinician).map_or("", |clinician| clinician.license);
    let of_license = plan.license_modifiers.iter().filter(|row| row.0 == license).map(|row| row.1);
    let video = (remote && !plan.video_modifier.is_empty()).then_some(plan.video_modifier);
    let modifiers: Vec<Modifier> = video.into_iter().chain(of_license).map(Modifier::as_received).collect();
    each_day(appointment)
        .enumerate()
        .map(|(place, (procedure, day))| {
            let mut line = line(id, place as u16 + 1, procedure.code, day);
            line.modifiers.clone_from(&modifiers);
            line.diagnosis_pointers = (1..=source.member.diagnoses.len().min(4) as u8).collect();
            line
        })
        .collect()
}

/// The procedures with their days: one day for all, or one each.
fn each_day(appointment: &Appointment) -> impl Iterator<Item = (&'static Procedure, Date)> {
    let first = appointment.days.first().copied().unwrap_or_default();
    let procedures = appointment.service.procedures();
    procedures
        .iter()
        .enumerate()
        .map(move |(place, procedure)| (procedure, appointment.days.get(place).copied().unwrap_or(first)))
}

/// The rows of the note: one for the whole visit, or one for each line.
fn visits(source: &Source<'_>, appointment: &Appointment, remote: bool, random: &mut Random) -> Vec<Visit> {
    let apart = appointment.service.has_lines_apart();
    let mut start = appointment.start;
    let mut rows = Vec::new();
    for (place, (procedure, day)) in each_day(appointment).enumerate() {
        let minutes = random.between(procedure.minutes.0, procedure.minutes.1);
        let mut visit = visit(source, appointment.service, day, remote, random);
        visit.start = time(start);
        visit.stop = time(start + minutes);
        visit.clinician_npi =
            source.clinicians.get(appointment.clinician).map(|c| c.provider.npi.clone()).unwrap_or_default();
        visit.line = if apart { place as u16 + 1 } else { 0 };
        rows.push(visit);
        if !apart {
            break;
        }
        if appointment.days.len() == 1 {
            start += minutes;
        }
    }
    rows
}

/// A time of day from minutes since midnight.
pub(crate) fn time(minutes: i64) -> Option<Time> {
    Time::new(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()
}

fn visit(source: &Source<'_>, service: Service, day: Date, remote: bool, random: &mut Random) -> Visit {
    let is_group = service == Service::Group;
    let is_family = matches!(service, Service::Family | Service::FamilyWithoutPatient);
    Visit {
        date: Some(day),
        modality: Text::const_new(if remote { "video" } else { "in_person" }),
        patient_location: Text::const_new(if remote { "home" } else { "office" }),
        signed: Some(true),
        treatment_plan_date: service
            .has_plan()
            .then(|| source.month.saturating_sub(random.between(1, 50).days())),
        medical_necessity: Some(true),
        plan_linked: service.has_plan().then_some(true),
        group_size: is_group.then_some(GROUP_SIZE as u32),
        individual_note: is_group.then_some(true),
        patient_present: is_family.then_some(service == Service::Family),
        ..Visit::default()
    }
}
