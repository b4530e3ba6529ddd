//! Who comes when: members of four plans, each with a pattern of visits through the month.

use std::collections::BTreeMap;

use claimflow_core::{Coverage, Money, Text};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::plans::{PLANS, Plan};
use crate::random::Random;
use crate::sample::clinicians::Clinician;
use crate::sample::people::{address, person, surname};
use crate::sample::services::Service;
use crate::sample::world::Member;

/// A visit that will become a claim.
#[derive(Debug, Clone)]
pub(crate) struct Appointment {
    /// Place of the member.
    pub member: usize,
    /// Place of the clinician.
    pub clinician: usize,
    /// What is done.
    pub service: Service,
    /// The days, one for each line of a program week, else one.
    pub days: Vec<Date>,
    /// When it starts, in minutes since midnight.
    pub start: i64,
}

/// How a member comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    Weekly,
    Biweekly,
    Medication,
    NewPatient,
    NewMedicationPatient,
    Family,
    Group,
    Program,
    Crisis,
    Child,
}

const PATTERNS: &[(Pattern, u64)] = &[
    (Pattern::Weekly, 28),
    (Pattern::Biweekly, 20),
    (Pattern::Medication, 20),
    (Pattern::NewPatient, 7),
    (Pattern::NewMedicationPatient, 3),
    (Pattern::Family, 7),
    (Pattern::Group, 6),
    (Pattern::Program, 3),
    (Pattern::Crisis, 3),
    (Pattern::Child, 3),
];

const DIAGNOSES: &[&[&str]] = &[
    &["F331"],
    &["F411"],
    &["F4312"],
    &["F331", "F411"],
    &["F3181"],
    &["F4323"],
    &["F429"],
    &["F321", "F4010"],
    &["F603", "F331"],
];
const CHILD_DIAGNOSES: &[&[&str]] = &[&["F902"], &["F913"], &["F930"], &["F902", "F411"]];
const SUBSTANCE_DIAGNOSES: &[&[&str]] = &[&["F1020"], &["F1120", "F331"], &["F1420"]];

/// Members of a therapy group.
pub(crate) const GROUP_SIZE: u64 = 8;

/// Makes members with their appointments, until there are so many.
pub(crate) fn schedule(
    month: Date,
    visits: usize,
    clinicians: &[Clinician],
    random: &mut Random,
) -> (Vec<Member>, Vec<Appointment>) {
    let mut planner = Planner {
        month,
        days: weekdays(month),
        clinicians,
        random,
        members: Vec::new(),
        appointments: Vec::new(),
        filled: BTreeMap::new(),
    };
    while planner.appointments.len() < visits {
        planner.add_member();
    }
    planner.appointments.truncate(visits);
    planner.appointments.sort_by_key(|a| (a.days.first().copied(), a.start, a.clinician, a.member));
    (planner.members, planner.appointments)
}

/// Monday to Friday of the month, from its first day on.
fn weekdays(month: Date) -> Vec<Date> {
    let end = month.last_of_month();
    month
        .series(1.day())
        .take_while(|day| *day <= end)
        .filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
        .collect()
}

struct Planner<'a> {
    month: Date,
    days: Vec<Date>,
    clinicians: &'a [Clinician],
    random: &'a mut Random,
    members: Vec<Member>,
    appointments: Vec<Appointment>,
    /// How many appointments a clinician has on a day.
    filled: BTreeMap<(usize, Date), i64>,
}

impl Planner<'_> {
    fn add_member(&mut self) {
        let pattern = self.random.weighted(PATTERNS, |row| row.1).map_or(Pattern::Weekly, |row| row.0);
        let plan = self.random.weighted(&PLANS, |plan| plan.share).unwrap_or(&PLANS[0]);
        // Medicare insures neither children nor, in Part B, this program under this code.
        let plan = match pattern {
            Pattern::Child | Pattern::Program if plan.filing_indicator == "MB" => &PLANS[3],
            _ => plan,
        };
        let clinician = self.clinician(pattern, plan);
        let member = self.member(pattern, plan);
        self.members.push(member);
        for (service, days) in self.visits(pattern) {
            let start = self.start(clinician, service, &days);
            self.appointments.push(Appointment {
                member: self.members.len() - 1,
                clinician,
                service,
                days,
                start,
            });
        }
    }

    fn member(&mut self, pattern: Pattern, plan: &'static Plan) -> Member {
        let number = self.members.len() as u64;
        let surname = surname(number);
        let is_child = pattern == Pattern::Child || (pattern == Pattern::Family && self.random.percent(40));
        let is_child = is_child && plan.filing_indicator != "MB";
        let ages = if plan.filing_indicator == "MB" { (66, 84) } else { (22, 61) };
        let mut subscriber = person(&surname, ages, self.month, self.random);
        subscriber.member_id = plan.member_id(number, self.random);
        subscriber.address = Some(address(self.random));
        let child = is_child.then(|| {
            let mut child = person(&surname, (6, 16), self.month, self.random);
            child.address = subscriber.address.clone();
            child
        });
        let diagnoses = match pattern {
            Pattern::Program => SUBSTANCE_DIAGNOSES,
            _ if is_child => CHILD_DIAGNOSES,
            _ => DIAGNOSES,
        };
        Member {
            plan,
            coverage: vec![self.coverage(plan, &subscriber.member_id, pattern)],
            payer_coverage: None,
            authorizations: Vec::new(),
            group_number: Text::from(format!("G{:04}", self.random.between(1000, 9999))),
            diagnoses: self.random.pick(diagnoses).copied().unwrap_or(&["F331"]),
            remote: pattern != Pattern::Medication && self.random.percent(40),
            subscriber,
            child,
            touched: false,
        }
    }

    fn coverage(&mut self, plan: &Plan, member_id: &Text, pattern: Pattern) -> Coverage {
        Coverage {
            member_id: member_id.clone(),
            payer_id: plan.payer().id,
            status: Text::const_new("active"),
            from: Some(self.month.first_of_year().saturating_sub(1.year())),
            authorization_required: Some(plan.authorizes_therapy || pattern == Pattern::Program),
            copay: (plan.copay > 0).then(|| Money::from_cents(plan.copay)),
            responsibility: Text::const_new("P"),
            verified_on: Some(self.month.saturating_sub(self.random.between(0, 5).days())),
            ..Coverage::default()
        }
    }

    /// A clinician who gives such services and whom the plan enrolls; else the first one who gives them, else anyone.
    fn clinician(&mut self, pattern: Pattern, plan: &Plan) -> usize {
        let medical = matches!(pattern, Pattern::Medication | Pattern::NewMedicationPatient);
        let gives = |place: &usize| self.clinicians.get(*place).is_some_and(|c| c.is_prescriber() == medical);
        let all: Vec<usize> = (0..self.clinicians.len()).filter(gives).collect();
        let enrolled: Vec<usize> = all
            .iter()
            .copied()
            .filter(|place| self.clinicians.get(*place).is_some_and(|c| plan.enrolls.contains(&c.license)))
            .collect();
        self.random.pick(&enrolled).or_else(|| all.first()).copied().unwrap_or(0)
    }

    /// The visits of a pattern: what is done, and on which days.
    fn visits(&mut self, pattern: Pattern) -> Vec<(Service, Vec<Date>)> {
        let days = self.same_weekday(pattern);
        let session = *self
            .random
            .weighted(&[(Service::Session60, 50), (Service::Session45, 38), (Service::Session30, 12)], |s| {
                s.1
            })
            .map_or(&Service::Session60, |row| &row.0);
        let one = |service: Service, day: Option<&Date>| day.map(|day| (service, vec![*day]));
        let any = *self.random.pick(&self.days).unwrap_or(&self.month);
        match pattern {
            Pattern::Weekly => days.iter().filter_map(|day| one(session, Some(day))).collect(),
            Pattern::Biweekly => days.iter().step_by(2).filter_map(|day| one(session, Some(day))).collect(),
            Pattern::Group => days.iter().filter_map(|day| one(Service::Group, Some(day))).collect(),
            Pattern::Child => {
                days.iter().step_by(2).filter_map(|day| one(Service::PlaySession, Some(day))).collect()
            }
            Pattern::NewPatient => {
                let then = |place: usize| if place == 0 { Service::Intake } else { session };
                days.iter().enumerate().filter_map(|(place, day)| one(then(place), Some(day))).collect()
            }
            Pattern::Family => {
                let then =
                    |place: usize| if place == 1 { Service::FamilyWithoutPatient } else { Service::Family };
                days.iter().enumerate().filter_map(|(place, day)| one(then(place), Some(day))).collect()
            }
            Pattern::Medication => vec![(self.medication(), vec![any])],
            Pattern::NewMedicationPatient => vec![(Service::MedicalIntake, vec![any])],
            Pattern::Crisis => {
                let long = self.random.percent(50);
                vec![(if long { Service::LongCrisis } else { Service::Crisis }, vec![any])]
            }
            Pattern::Program => self.program_weeks(),
        }
    }

    fn medication(&mut self) -> Service {
        const KINDS: &[(Service, u64)] = &[
            (Service::MedicationShort, 35),
            (Service::Medication, 35),
            (Service::MedicationWithTherapy, 30),
        ];
        self.random.weighted(KINDS, |row| row.1).map_or(Service::Medication, |row| row.0)
    }

    /// All days of the month that fall on one weekday; groups meet on Tuesdays.
    fn same_weekday(&mut self, pattern: Pattern) -> Vec<Date> {
        const WEEK: &[Weekday] =
            &[Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
        let weekday = match pattern {
            Pattern::Group => Weekday::Tuesday,
            _ => self.random.pick(WEEK).copied().unwrap_or(Weekday::Monday),
        };
        self.days.iter().copied().filter(|day| day.weekday() == weekday).collect()
    }

    /// Two weeks of Monday, Wednesday and Friday.
    fn program_weeks(&mut self) -> Vec<(Service, Vec<Date>)> {
        let end = self.month.last_of_month();
        self.days
            .iter()
            .filter(|day| day.weekday() == Weekday::Monday && day.saturating_add(4.days()) <= end)
            .skip(self.random.below(2) as usize)
            .take(2)
            .map(|monday| {
                let days = [0, 2, 4].map(|after: i64| monday.saturating_add(after.days()));
                (Service::ProgramWeek, days.to_vec())
            })
            .collect()
    }

    /// When the visit starts: one after the other, the group at five, the program at nine.
    fn start(&mut self, clinician: usize, service: Service, days: &[Date]) -> i64 {
        match service {
            Service::Group => 17 * 60,
            Service::ProgramWeek => 9 * 60,
            _ => {
                let day = days.first().copied().unwrap_or(self.month);
                let before = self.filled.entry((clinician, day)).or_default();
                let start = 8 * 60 + (*before % 10) * 60;
                *before += if service == Service::LongCrisis { 2 } else { 1 };
                start
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::clinicians::clinicians;
    use jiff::civil::date;

    #[test]
    fn nobody_is_seen_on_a_weekend_or_twice_a_day() {
        let staff = clinicians(8);
        let (members, appointments) = schedule(date(2026, 9, 1), 400, &staff, &mut Random::new(5));
        assert_eq!(appointments.len(), 400);
        let mut seen = std::collections::HashSet::new();
        for appointment in &appointments {
            for day in &appointment.days {
                assert!(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday));
                assert_eq!((day.year(), day.month()), (2026, 9));
                assert!(seen.insert((appointment.member, *day)));
            }
            let member = &members[appointment.member];
            assert!(member.plan.enrolls.contains(&staff[appointment.clinician].license));
        }
    }

    #[test]
    fn a_practice_of_one_works_too() {
        let (_, appointments) = schedule(date(2026, 2, 1), 30, &clinicians(1), &mut Random::new(5));
        assert_eq!(appointments.len(), 30);
    }
}
