//! Work items: one per claim and owner, with the exact thing to do and a date.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Step, Stepper};
use crate::event::Event;
use crate::state::TIMER;
use crate::workflow::{StateIndex, StateKind};
use crate::{DAY_MS, DueIn, Finding, Moment, Money, Owner, RouteQuery, Span, Text, WorkItem};

/// One reason why somebody has something to do.
struct Reason {
    owner: Owner,
    within: DueIn,
    category: Text,
    ask: Text,
    rule: Text,
    amount: Money,
    /// True when the amount is the whole claim's, so that two such reasons do not add up.
    whole: bool,
}

impl Stepper<'_> {
    /// Enters a work-item state: findings and denials say who has to do what, else the state itself does.
    pub(super) fn open_items(&mut self, index: StateIndex) -> Step {
        let items = self.items(index);
        let escalates = matches!(
            &self.context.workflow.state(index).kind,
            StateKind::WorkItem { escalate_to, .. } if !escalate_to.is_empty()
        );
        let first_due = items.iter().filter_map(|item| item.due).min();
        let deadline = first_due.filter(|_| escalates).map(end_of);
        self.entered(index, deadline)?;
        for item in items {
            self.emit(Event::Opened(item))?;
        }
        Ok(())
    }

    /// Gives overdue items to whom the state escalates.
    pub(super) fn escalate(&mut self, to: &Owner) -> Step {
        let now = self.context.now;
        let overdue: Vec<u16> = self
            .state
            .work_items
            .iter()
            .filter(|item| item.owner != *to && item.due.is_some_and(|due| end_of(due) <= now))
            .map(|item| item.number)
            .collect();
        self.emit(Event::Happened { name: TIMER.into(), reason: Text::const_new("overdue") })?;
        for item in overdue {
            self.emit(Event::Reassigned { item, owner: to.clone(), reason: Text::const_new("overdue") })?;
        }
        Ok(())
    }

    fn items(&self, index: StateIndex) -> Vec<WorkItem> {
        let mut reasons: Vec<Reason> =
            self.state.denials.iter().map(|denial| self.denial_reason(denial)).collect();
        reasons.extend(self.state.holding().map(|finding| self.finding_reason(finding)));
        if reasons.is_empty() {
            reasons.extend(self.state_reason(index));
        }
        let mut by_owner: BTreeMap<Owner, Vec<Reason>> = BTreeMap::new();
        for reason in reasons {
            by_owner.entry(reason.owner.clone()).or_default().push(reason);
        }
        let first = self.state.work_items_opened + 1;
        (first..)
            .zip(by_owner)
            .map(|(number, (owner, reasons))| self.work_item(number, owner, &reasons))
            .collect()
    }

    fn work_item(&self, number: u16, owner: Owner, reasons: &[Reason]) -> WorkItem {
        let today = self.context.now.date();
        let mut asks: Vec<&str> = Vec::new();
        let mut rules: Vec<Text> = Vec::new();
        for reason in reasons {
            if !reason.ask.is_empty() && !asks.contains(&reason.ask.as_str()) {
                asks.push(&reason.ask);
            }
            if !reason.rule.is_empty() && !rules.contains(&reason.rule) {
                rules.push(reason.rule.clone());
            }
        }
        WorkItem {
            number,
            owner,
            category: reasons.first().map(|reason| reason.category.clone()).unwrap_or_default(),
            ask: Text::from(asks.join(" ")),
            rules,
            due: reasons.iter().map(|reason| self.context.calendar.due(today, reason.within)).min(),
            opened: self.context.now,
            amount: at_stake(reasons),
        }
    }

    fn denial_reason(&self, denial: &crate::Denial) -> Reason {
        let route = self.context.rules.route(&self.query(denial));
        let within = self
            .state
            .findings
            .iter()
            .find(|finding| finding.rule == denial.rule && finding.within.is_some())
            .and_then(|finding| finding.within);
        Reason {
            owner: if denial.owner.is_empty() { route.owner } else { denial.owner.clone() },
            within: within.unwrap_or(route.within),
            category: denial.category.clone(),
            ask: denial.action.clone(),
            rule: denial.rule.clone(),
            amount: denial.amount,
            whole: false,
        }
    }

    fn finding_reason(&self, finding: &Finding) -> Reason {
        let route = self.context.rules.route(&RouteQuery {
            category: &finding.category,
            payer: self.state.claim.payer.id.as_str(),
            group: "",
            carc: "",
            rarcs: &[],
            stage: finding.stage,
            amount: self.state.billed(),
        });
        Reason {
            owner: if finding.owner.is_empty() { route.owner } else { finding.owner.clone() },
            within: finding.within.unwrap_or(route.within),
            category: finding.category.clone(),
            ask: finding.message.clone(),
            rule: finding.rule.clone(),
            amount: self.state.billed(),
            whole: true,
        }
    }

    /// What the state itself says, where no finding and no denial does.
    fn state_reason(&self, index: StateIndex) -> Option<Reason> {
        let StateKind::WorkItem { ask, category, owner, within, .. } =
            &self.context.workflow.state(index).kind
        else {
            return None;
        };
        let route = self.context.rules.route(&RouteQuery {
            category,
            payer: self.state.claim.payer.id.as_str(),
            group: "",
            carc: "",
            rarcs: &[],
            stage: crate::Stage::Submit,
            amount: self.state.billed(),
        });
        let codes = if self.state.refused && !self.state.refusal.is_empty() {
            format!(" Answer: {}.", self.state.refusal.join(", "))
        } else {
            String::new()
        };
        Some(Reason {
            owner: if owner.is_empty() { route.owner } else { owner.clone() },
            within: within.unwrap_or(route.within),
            category: category.clone(),
            ask: Text::from(format!("{ask}{codes}")),
            rule: Text::default(),
            amount: self.state.billed(),
            whole: true,
        })
    }
}

/// Denied amounts add up; the whole claim is at stake only once.
fn at_stake(reasons: &[Reason]) -> Money {
    let denied: Money = reasons.iter().filter(|reason| !reason.whole).map(|reason| reason.amount).sum();
    reasons.iter().filter(|reason| reason.whole).map(|reason| reason.amount).fold(denied, Money::max)
}

/// The first moment after a due date.
fn end_of(due: Date) -> Moment {
    Moment::start_of(due).plus(Span(DAY_MS))
}
