//! Questions people ask: which claims, what of one, who has to do what, how it stands as a whole.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use claimflow_core::event::Event;
use claimflow_core::state::ClaimState;
use claimflow_core::workflow::WorkflowRef;
use claimflow_core::{Calendar, Denial, Facts, Finding, Moment, Money, RuleInput, Text, WorkItem};
use jiff::civil::Date;

use crate::books::each_summary;
use crate::engine::Engine;
use crate::error::Result;
use crate::incident::Cause;
use crate::load::{Chapter, chapters, fold};
use crate::projection::{ParkedEntry, read_value};
use crate::record::{Body, ParkedReason, ParkedRecord, RecordError, decode};
use crate::store::Position;
use crate::summary::Summary;

/// Which claims.
#[derive(Debug, Clone, Default)]
pub struct ClaimFilter {
    /// Final ones too.
    pub all: bool,
    /// Only in this state.
    pub state: Option<Text>,
    /// Only for this payer.
    pub payer: Option<Text>,
    /// Only with a work item of this owner.
    pub owner: Option<Text>,
    /// Only with a work item or denial of this category.
    pub category: Option<Text>,
    /// Only on this workflow: a part that is empty (or zero) is any.
    pub workflow: Option<WorkflowRef>,
    /// Only in one of these states; none are all.
    pub states: Vec<Text>,
    /// The first so many.
    pub limit: Option<usize>,
}

/// Everything about one claim.
#[derive(Debug, Clone)]
pub struct ClaimView {
    /// In short.
    pub summary: Summary,
    /// Its state.
    pub state: ClaimState,
    /// What happened, oldest first.
    pub chapters: Vec<Chapter>,
}

/// A remittance that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// Its key.
    pub key: Text,
    /// Why it waits.
    pub reason: ParkedReason,
    /// The claim that it is for, as numbers are matched; empty for a whole remittance.
    pub claim_id: Text,
    /// Check or EFT trace number.
    pub trace: Text,
    /// Its record, with the time it came; `None` where that cannot be read.
    pub record: Option<(Moment, ParkedRecord)>,
}

/// How it stands as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Board {
    /// Claims and their charges by state.
    pub states: BTreeMap<Text, (u64, Money)>,
    /// Work items and what is at stake by category and owner.
    pub items: BTreeMap<(Text, Text), (u64, Money)>,
    /// Denied lines and amounts by category.
    pub denials: BTreeMap<Text, (u64, Money)>,
    /// Claims in all.
    pub claims: u64,
    /// Of these, final.
    pub ended: u64,
    /// Charged, paid, left to patients.
    pub billed: Money,
    /// Paid by payers.
    pub paid: Money,
    /// Left to patients.
    pub patient: Money,
    /// Work items that are overdue and not laid aside.
    pub overdue: u64,
    /// Work items that are laid aside, and what is at stake.
    pub pended: (u64, Money),
    /// Remittances that wait: for their claim, and because they do not balance.
    pub parked: (u64, u64),
    /// Claims that cannot go on by themselves.
    pub incidents: u64,
}

impl ClaimFilter {
    fn takes(&self, summary: &Summary) -> bool {
        let is = |wanted: &Option<Text>, own: &str| wanted.as_ref().is_none_or(|wanted| wanted == own);
        let owner = |wanted: &Text| summary.items.iter().any(|item| item.owner == *wanted);
        let category = |wanted: &Text| {
            summary.items.iter().any(|item| item.category == *wanted)
                || summary.denials.iter().any(|(own, _)| own == wanted)
        };
        let workflow = |wanted: &WorkflowRef| {
            let WorkflowRef { name, version, hash } = &summary.workflow;
            (wanted.name.is_empty() || wanted.name == *name)
                && (wanted.version == 0 || wanted.version == *version)
                && hash.starts_with(wanted.hash.as_str())
        };
        (self.all || !summary.is_final || self.state.is_some())
            && self.workflow.as_ref().is_none_or(workflow)
            && (self.states.is_empty() || self.states.contains(&summary.state))
            && is(&self.state, &summary.state)
            && is(&self.payer, summary.payer.as_str())
            && self.owner.as_ref().is_none_or(owner)
            && self.category.as_ref().is_none_or(category)
    }
}

impl Engine {
    /// Claims by number.
    pub fn claims(&self, filter: &ClaimFilter) -> Result<Vec<Summary>> {
        let mut all = Vec::new();
        each_summary(&self.view, &mut |summary| {
            if filter.takes(&summary) {
                all.push(summary);
            }
            if filter.limit.is_some_and(|limit| all.len() >= limit) {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(all)
    }

    /// Claims of these internal numbers, in order.
    pub fn summaries(&self, numbers: &[u64]) -> Result<Vec<Summary>> {
        let mut all = Vec::with_capacity(numbers.len());
        for number in numbers {
            all.extend(self.summary(*number)?.map(|(_, summary)| summary));
        }
        Ok(all)
    }

    /// Everything about one claim.
    pub fn show(&self, id: &str) -> Result<ClaimView> {
        let (head, summary) = self.find(id)?;
        let chapters = chapters(self.store.as_ref(), head)?;
        Ok(ClaimView { summary, state: fold(&chapters)?, chapters })
    }

    /// Remittances that wait. One whose record cannot be read is there with what the state knows of it.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn parked(&self) -> Result<Vec<Parked>> {
        let mut all = Vec::new();
        for (key, value) in self.view.collect(b"p")? {
            let ParkedEntry { position, reason, claim_id, trace } = read_value(&value)?;
            let key = Text::from(String::from_utf8_lossy(key.get(1..).unwrap_or_default()));
            let record = match self.parked_at(position) {
                Ok(record) => Some(record),
                Err(error) if Cause::of(&error).is_some() => None,
                Err(error) => return Err(error),
            };
            all.push(Parked { key, reason, claim_id, trace, record });
        }
        Ok(all)
    }

    /// The record of a remittance that waits, with the time it came.
    pub(crate) fn parked_at(&self, position: Position) -> Result<(Moment, ParkedRecord)> {
        let record = decode(&self.store.read(position)?)?;
        match record.body {
            Body::Parked(parked) => Ok((record.at, parked)),
            _ => {
                let what = "a parked remittance is another kind of record".to_owned();
                Err(RecordError::Malformed(what).into())
            }
        }
    }

    /// How it stands as a whole.
    pub fn board(&self) -> Result<Board> {
        let today = self.today();
        let mut board = Board { incidents: self.incident_count(), ..Board::default() };
        let pended = self.pended()?;
        each_summary(&self.view, &mut |summary| {
            board.add(&summary, pended.get(&summary.number).map_or(&[], Vec::as_slice), today);
            ControlFlow::Continue(())
        })?;
        for (_, value) in self.view.collect(b"p")? {
            let entry: ParkedEntry = read_value(&value)?;
            match entry.reason {
                ParkedReason::NoClaim => board.parked.0 += 1,
                ParkedReason::Unbalanced | ParkedReason::Unreadable => board.parked.1 += 1,
            }
        }
        Ok(board)
    }
}

impl Board {
    fn add(&mut self, summary: &Summary, pended: &[(u16, Moment)], today: Date) {
        self.claims += 1;
        self.ended += u64::from(summary.is_final);
        self.billed += summary.billed;
        self.paid += summary.paid;
        self.patient += summary.patient;
        add(self.states.entry(summary.state.clone()).or_default(), summary.billed);
        for item in &summary.items {
            add(self.items.entry((item.category.clone(), item.owner.clone())).or_default(), item.amount);
            if pended.iter().any(|(own, _)| *own == item.number) {
                add(&mut self.pended, item.amount);
            } else {
                self.overdue += u64::from(item.due.is_some_and(|due| due < today));
            }
        }
        for (category, amount) in &summary.denials {
            add(self.denials.entry(category.clone()).or_default(), *amount);
        }
    }
}

fn add(entry: &mut (u64, Money), amount: Money) {
    entry.0 += 1;
    entry.1 += amount;
}

impl ClaimView {
    /// Findings of the latest run, those that hold first.
    pub fn findings(&self) -> Vec<&Finding> {
        let mut all: Vec<&Finding> = self.state.findings.iter().collect();
        all.sort_by_key(|finding| !finding.level.blocks());
        all
    }

    /// Open denials.
    pub fn denials(&self) -> &[Denial] {
        &self.state.denials
    }

    /// The work item that falls due first.
    pub fn work_item(&self) -> Option<&WorkItem> {
        self.state.work_items.iter().min_by_key(|item| (item.due.is_none(), item.due))
    }

    /// The claim as it was when each stage last ran, with what had been decided by then: what explaining needs.
    ///
    /// # Errors
    /// When the chapters do not add up.
    pub fn before_stages(&self) -> Result<Vec<StageView>> {
        let mut state = ClaimState::default();
        let mut views: Vec<StageView> = Vec::new();
        for chapter in &self.chapters {
            for event in &chapter.events {
                if let Event::Evaluated { stage, rules, .. } = event {
                    views.retain(|view| view.stage != *stage);
                    views.push(StageView {
                        stage: *stage,
                        at: chapter.at,
                        rules: rules.clone(),
                        state: state.clone(),
                    });
                }
                state.apply(chapter.at, event).map_err(claimflow_core::step::StepError::from)?;
            }
        }
        Ok(views)
    }
}

/// A claim as it was when a stage last ran.
#[derive(Debug, Clone)]
pub struct StageView {
    /// Stage.
    pub stage: claimflow_core::Stage,
    /// When it ran.
    pub at: Moment,
    /// The generation of rules that ran.
    pub rules: Text,
    /// The claim before it.
    pub state: ClaimState,
}

impl StageView {
    /// What rules are asked of the claim at this stage, as they were then.
    pub fn input<'a>(&'a self, facts: &'a Facts, calendar: &Calendar) -> RuleInput<'a> {
        RuleInput::of(&self.state, self.stage, facts, calendar.date(self.at))
    }
}
