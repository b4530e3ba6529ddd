//! Who has what to do: work items, incidents, and remittances that wait, as queues.

use std::ops::ControlFlow;

use claimflow_core::{DueIn, Moment, Money, RouteQuery, Stage, Text};

use crate::engine::Engine;
use crate::error::Result;
use crate::incident::IncidentFilter;
use crate::pended::Pended;
use crate::practice::Practice;
use crate::query::Parked;
use crate::record::{ParkedReason, ParkedRecord};
use crate::summary::ItemSummary;

/// The state of a queue's row for a payment that has waited long for its claim.
pub const WAITING_PAYMENT: &str = "waiting-for-its-claim";

/// The state and the category of a queue's row for a remittance that waits and whose record cannot be read.
pub const UNREADABLE_RECORD: &str = "unreadable_record";

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// The category under which an incident is in the queue; its item has the number 0.
pub const INCIDENT: &str = "incident";

/// One row of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// Claim, or `835:` and a trace number for a remittance that waits.
    pub id: Text,
    /// State of the claim.
    pub state: Text,
    /// Payer.
    pub payer: Text,
    /// The item.
    pub item: ItemSummary,
    /// When it comes back, while it is laid aside.
    pub pended: Option<Moment>,
}

impl Engine {
    /// Open work items, by due date, then by what is at stake; those that are laid aside are left out.
    pub fn queue(&self, owner: Option<&str>) -> Result<Vec<QueueRow>> {
        let mut rows = self.rows(owner)?;
        rows.retain(|row| row.pended.is_none());
        rows.extend(self.parked_rows(owner)?);
        rows.extend(self.incident_rows(owner)?);
        rows.sort_by(|a, b| {
            let key = |row: &QueueRow| (row.item.due.is_none(), row.item.due, -row.item.amount.cents());
            key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
        });
        Ok(rows)
    }

    /// Work items that are laid aside, by the day on which they come back, then by what is at stake.
    pub fn queue_pended(&self, owner: Option<&str>) -> Result<Vec<QueueRow>> {
        let mut rows = Vec::new();
        let pended = self.pended()?;
        let mut numbers: Vec<u64> = pended.keys().copied().collect();
        numbers.sort_unstable();
        self.add_rows(&numbers, owner, &pended, &mut rows)?;
        rows.retain(|row| row.pended.is_some());
        rows.sort_by(|a, b| {
            let key = |row: &QueueRow| (row.pended, -row.item.amount.cents());
            key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
        });
        Ok(rows)
    }

    fn rows(&self, owner: Option<&str>) -> Result<Vec<QueueRow>> {
        let mut rows = Vec::new();
        let mut numbers: Vec<u64> = Vec::new();
        self.view.scan(b"w", &mut |key, _| {
            if let Some((own, number, _)) = crate::keys::parse_item(key)
                && owner.is_none_or(|owner| owner == own)
            {
                numbers.push(number);
            }
            ControlFlow::Continue(())
        })?;
        numbers.sort_unstable();
        numbers.dedup();
        self.add_rows(&numbers, owner, &self.pended()?, &mut rows)?;
        Ok(rows)
    }

    fn add_rows(
        &self,
        numbers: &[u64],
        owner: Option<&str>,
        pended: &Pended,
        rows: &mut Vec<QueueRow>,
    ) -> Result<()> {
        for summary in self.summaries(numbers)? {
            let items = summary.items.iter().filter(|item| owner.is_none_or(|owner| item.owner == owner));
            let aside = pended.get(&summary.number).map_or(&[][..], Vec::as_slice);
            rows.extend(items.map(|item| QueueRow {
                id: Text::from(summary.id.as_str()),
                state: summary.state.clone(),
                payer: Text::from(summary.payer.as_str()),
                item: item.clone(),
                pended: aside.iter().find(|(own, _)| *own == item.number).map(|(_, until)| *until),
            }));
        }
        Ok(())
    }

    /// Claims with open incidents, for whom the practice has named: due on the next working day.
    fn incident_rows(&self, owner: Option<&str>) -> Result<Vec<QueueRow>> {
        let practice = self.practice();
        let responsible = practice.incident_owner();
        if owner.is_some_and(|owner| owner != responsible) {
            return Ok(Vec::new());
        }
        let all = self.incidents(&IncidentFilter::default())?.into_iter();
        let row = |row: crate::incident::IncidentRow| {
            let day = DueIn::BusinessDays(1);
            let due = row.since().map(|since| practice.calendar().due(since, day).date);
            let (owner, category) = (Text::from(responsible), Text::const_new(INCIDENT));
            let item = ItemSummary { number: 0, owner, category, due, amount: row.amount() };
            let (state, payer) = row
                .summary
                .map(|summary| (summary.state, Text::from(summary.payer.as_str())))
                .unwrap_or_default();
            QueueRow { id: row.id, state, payer, item, pended: None }
        };
        Ok(all.map(row).collect())
    }

    fn parked_rows(&self, owner: Option<&str>) -> Result<Vec<QueueRow>> {
        let practice = self.practice();
        let all = self.parked()?;
        let rows = all.iter().filter_map(|own| match &own.record {
            Some((at, parked)) => self.parked_row(practice.as_ref(), *at, parked),
            None => Some(self.unreadable_row(practice.as_ref(), own)),
        });
        Ok(rows.filter(|row| owner.is_none_or(|owner| row.item.owner == owner)).collect())
    }

    /// The row of a remittance that waits; `None` for a payment that has not waited long.
    fn parked_row(&self, practice: &dyn Practice, at: Moment, parked: &ParkedRecord) -> Option<QueueRow> {
        let late = at.0.saturating_add(i64::from(practice.waiting_payment_days()) * DAY);
        let waits = parked.reason == ParkedReason::NoClaim;
        if waits && self.now().0 < late {
            return None;
        }
        let category = Text::const_new("unbalanced_remittance");
        let (payer, amount) = (parked.remittance.payer_id.as_str(), parked.remittance.paid);
        let route = practice.rules().route(&RouteQuery {
            category: &category,
            payer,
            group: "",
            carc: "",
            rarcs: &[],
            stage: Stage::Adjudicate,
            amount,
        });
        let from = if waits { Moment(late) } else { at };
        let due = Some(practice.calendar().due(from, route.within).date);
        let category = if waits { Text::const_new("waiting_payment") } else { category };
        Some(QueueRow {
            id: parked_name(parked.reason, &parked.key, &parked.trace),
            state: Text::const_new(match parked.reason {
                ParkedReason::Unbalanced => "unbalanced",
                ParkedReason::Unreadable => "unreadable",
                ParkedReason::NoClaim => WAITING_PAYMENT,
            }),
            payer: Text::from(payer),
            item: ItemSummary { number: 1, owner: route.owner, category, due, amount },
            pended: None,
        })
    }

    /// The row of one whose record is damaged: what it says is not known, so whoever looks after incidents has it at once.
    fn unreadable_row(&self, practice: &dyn Practice, own: &Parked) -> QueueRow {
        let (owner, category) = (Text::from(practice.incident_owner()), Text::const_new(UNREADABLE_RECORD));
        QueueRow {
            id: parked_name(own.reason, &own.key, &own.trace),
            state: category.clone(),
            payer: Text::default(),
            item: ItemSummary { number: 1, owner, category, due: Some(self.today()), amount: Money::ZERO },
            pended: None,
        }
    }
}

/// What a queue calls a remittance that waits. Several payments of one can wait: each is named by its own key.
fn parked_name(reason: ParkedReason, key: &Text, trace: &Text) -> Text {
    let name = if reason == ParkedReason::NoClaim { key } else { trace };
    Text::from(format!("{}{name}", crate::work::PARKED_PREFIX))
}
