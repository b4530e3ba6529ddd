//! The rows of one claim.

use claimflow_core::event::Event;
use claimflow_core::state::ClaimState;
use claimflow_core::step::StepError;
use claimflow_core::{Calendar, Claim, Finding, Moment, Text, WorkItem};
use claimflow_runtime::{PastClaim, Period, Result};

use crate::cell::{Cell, Texts};
use crate::denials::{Dated, History};
use crate::people::{Names, StandIns};
use crate::schema::Table;

/// What goes into an export, and how.
#[derive(Clone)]
pub struct Selection {
    /// Which tables, each once.
    pub tables: Vec<Table>,
    /// Claims whose first day of service lies in it; one without a day of service is told by the day on which it came in.
    pub period: Period,
    /// What counts as a day.
    pub calendar: Calendar,
    /// Whether to tell who patients are.
    pub patients: bool,
    /// Stand-ins for members.
    pub stand_ins: StandIns,
}

/// A claim folded, with what only its history tells.
struct Told<'p> {
    past: &'p PastClaim,
    state: ClaimState,
    received: Moment,
    denials: History,
    /// The state of the workflow after each event.
    places: Vec<Text>,
    names: Names,
}

impl Selection {
    fn has(&self, table: Table) -> bool {
        self.tables.contains(&table)
    }

    /// Gives every row of a claim, with its table, in the order of the table's columns; false and nothing for a claim
    /// that is not of the period.
    pub(crate) fn rows(&self, past: &PastClaim, give: &mut dyn FnMut(Table, &[Cell<'_>])) -> Result<bool> {
        let told = self.told(past)?;
        let came = || self.calendar.date(told.received);
        if !self.period.takes(told.state.claim.service_date().unwrap_or_else(came)) {
            return Ok(false);
        }
        if self.has(Table::Claims) {
            self.claim(&told, give);
        }
        if self.has(Table::Lines) {
            lines(&told.state.claim, give);
        }
        if self.has(Table::Denials) {
            for denial in told.denials.all() {
                give(Table::Denials, &denial_cells(&told.state.claim, denial));
            }
        }
        if self.has(Table::Events) {
            self.events(&told, give);
        }
        Ok(true)
    }

    fn told<'p>(&self, past: &'p PastClaim) -> Result<Told<'p>> {
        let (events, dated) = (self.has(Table::Events), self.has(Table::Denials));
        let mut told = Told {
            past,
            state: ClaimState::default(),
            received: past.chapters.first().map_or(Moment::default(), |first| first.at),
            denials: History::default(),
            places: Vec::new(),
            names: Names::default(),
        };
        for chapter in &past.chapters {
            for event in &chapter.events {
                told.state.apply(chapter.at, event).map_err(StepError::from)?;
                if events {
                    told.places.push(told.state.state.clone());
                }
                if let (true, Event::Received { claim, .. } | Event::Replaced { claim, .. }) = (events, event)
                {
                    told.names.add(claim);
                }
            }
            if dated {
                told.denials.note(chapter.at, &told.state);
            }
        }
        if events {
            told.names.add(&told.state.claim);
        }
        Ok(told)
    }

    fn claim(&self, told: &Told<'_>, give: &mut dyn FnMut(Table, &[Cell<'_>])) {
        let (state, claim) = (&told.state, &told.state.claim);
        let item: Option<&WorkItem> =
            state.work_items.iter().min_by_key(|item| (item.due.is_none(), item.due));
        let stand_in = self.stand_ins.of(claim);
        let mut cells = vec![
            Cell::Text(claim.id.as_str()),
            Cell::Text(&state.state),
            Cell::Text(&state.workflow.name),
            Cell::whole(state.workflow.version),
            Cell::text(&claim.payer.id),
            item.map_or(Cell::Empty, |item| Cell::text(&item.owner)),
            item.map_or(Cell::Empty, |item| Cell::text(&item.category)),
            Cell::date(item.and_then(|item| item.due)),
            Cell::Money(state.billed()),
            Cell::Money(state.paid()),
            Cell::Money(state.patient_responsibility()),
            Cell::Money(state.denials.iter().map(|denial| denial.amount).sum()),
            Cell::whole(state.submissions.len()),
            Cell::Moment(state.entered),
            Cell::moment(state.deadline),
            Cell::Moment(told.received),
            Cell::date(claim.service_date()),
            Cell::text(&claim.place_of_service),
            Cell::text(claim.rendering_npi()),
            Cell::texts(claim.diagnoses.iter().map(|own| &own.code)),
            stand_in.as_ref().map_or(Cell::Empty, Cell::text),
        ];
        if self.patients {
            cells.extend(patient(claim));
        }
        give(Table::Claims, &cells);
    }

    fn events(&self, told: &Told<'_>, give: &mut dyn FnMut(Table, &[Cell<'_>])) {
        let mut number = 0_usize;
        for chapter in &told.past.chapters {
            for event in &chapter.events {
                let said = reason(event);
                let said = if self.patients { said.into() } else { told.names.hide(said) };
                let detail = Detail::of(event);
                let place = told.places.get(number);
                number += 1;
                give(
                    Table::Events,
                    &[
                        Cell::Text(told.state.claim.id.as_str()),
                        Cell::whole(number),
                        Cell::Moment(chapter.at),
                        Cell::text(&chapter.actor),
                        Cell::Text(event.name()),
                        place.map_or(Cell::Empty, Cell::text),
                        Cell::text(detail.stage),
                        Cell::text(detail.outcome),
                        Cell::Texts(detail.fired),
                        Cell::text(detail.rules),
                        Cell::text(detail.workflow),
                        detail.paid,
                        detail.patient,
                        Cell::text(&said),
                    ],
                );
            }
        }
    }
}

/// Who the patient is.
fn patient(claim: &Claim) -> [Cell<'_>; 10] {
    let person = claim.patient_person();
    let address = person.address.as_ref();
    [
        Cell::text(&claim.subscriber.person.member_id),
        Cell::text(&person.name.last),
        Cell::text(&person.name.first),
        Cell::date(person.birth_date),
        Cell::text(&person.sex),
        Cell::text(&claim.medical_record_number),
        address.map_or(Cell::Empty, |own| Cell::text(&own.line1)),
        address.map_or(Cell::Empty, |own| Cell::text(&own.city)),
        address.map_or(Cell::Empty, |own| Cell::text(&own.state)),
        address.map_or(Cell::Empty, |own| Cell::text(&own.postal_code)),
    ]
}

fn lines(claim: &Claim, give: &mut dyn FnMut(Table, &[Cell<'_>])) {
    for line in &claim.lines {
        let place = claim.place_of(line);
        let cells = [
            Cell::Text(claim.id.as_str()),
            Cell::whole(line.number),
            Cell::text(&line.procedure),
            Cell::texts(&line.modifiers),
            Cell::Money(line.charge),
            Cell::Quantity(line.units),
            Cell::text(&place),
            Cell::date(line.service_date),
            Cell::Wholes(&line.diagnosis_pointers),
        ];
        give(Table::Lines, &cells);
    }
}

fn denial_cells<'a>(claim: &'a Claim, Dated { denial, opened, closed }: &'a Dated) -> [Cell<'a>; 11] {
    [
        Cell::Text(claim.id.as_str()),
        if denial.line == 0 { Cell::Empty } else { Cell::whole(denial.line) },
        Cell::Text(denial.group.as_str()),
        Cell::Text(denial.carc.as_str()),
        Cell::texts(&denial.rarcs),
        Cell::Money(denial.amount),
        Cell::text(&denial.category),
        Cell::text(&denial.owner),
        Cell::text(&denial.rule),
        Cell::Moment(*opened),
        Cell::moment(*closed),
    ]
}

/// What an event says beside its name.
struct Detail<'e> {
    stage: &'e str,
    outcome: &'e str,
    fired: Texts<'e>,
    rules: &'e str,
    workflow: &'e str,
    paid: Cell<'e>,
    patient: Cell<'e>,
}

impl<'e> Detail<'e> {
    const NOTHING: Self = Self {
        stage: "",
        outcome: "",
        fired: Texts::new_const(),
        rules: "",
        workflow: "",
        paid: Cell::Empty,
        patient: Cell::Empty,
    };

    fn of(event: &'e Event) -> Self {
        match event {
            Event::Received { workflow, .. } => Self { workflow: &workflow.hash, ..Self::NOTHING },
            Event::Migrated(migration) => Self { workflow: &migration.to.workflow.hash, ..Self::NOTHING },
            Event::Called { workflow, .. } => Self { workflow: &workflow.hash, ..Self::NOTHING },
            Event::Evaluated { stage, rules, findings, outcome, .. } => {
                Self { stage: stage.as_str(), rules, outcome, fired: fired(findings), ..Self::NOTHING }
            }
            Event::Shadowed { stage, rules, findings } => {
                Self { stage: stage.as_str(), rules, fired: fired(findings), ..Self::NOTHING }
            }
            Event::Performed { outcome, .. } | Event::Returned { outcome, .. } => {
                Self { outcome, ..Self::NOTHING }
            }
            Event::Posted(posting) => Self {
                paid: Cell::Money(posting.decision.paid),
                patient: Cell::Money(posting.decision.patient_responsibility),
                ..Self::NOTHING
            },
            Event::Happened { name, .. } => Self { outcome: name, ..Self::NOTHING },
            Event::Released { rules, .. } => {
                Self { fired: rules.iter().map(Text::as_str).collect(), ..Self::NOTHING }
            }
            _ => Self::NOTHING,
        }
    }
}

/// Why, as whoever did it gave it; empty for events without a reason.
fn reason(event: &Event) -> &str {
    match event {
        Event::Closed { reason, .. }
        | Event::Reassigned { reason, .. }
        | Event::Corrected { reason, .. }
        | Event::Released { reason, .. }
        | Event::Happened { reason, .. }
        | Event::Failed { reason, .. }
        | Event::Pended { reason, .. }
        | Event::Unfit { what: reason } => reason,
        Event::Migrated(migration) => &migration.reason,
        _ => "",
    }
}

/// The rules behind findings, each once.
fn fired(findings: &[Finding]) -> Texts<'_> {
    let mut all = Texts::new();
    for finding in findings {
        if !all.contains(&finding.rule.as_str()) {
            all.push(&finding.rule);
        }
    }
    all
}
