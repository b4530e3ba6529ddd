//! Work items: one per claim and owner, with the exact thing to do and a date.

use std::collections::BTreeMap;

use super::{Step, Stepper};
use crate::event::Event;
use crate::workflow::{StateIndex, StateKind};
use crate::{DueIn, Finding, Moment, Money, Owner, RouteQuery, Text, WorkItem};

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
        let escalates_to = match &self.context.workflow.state(index).kind {
            StateKind::WorkItem { escalate_to, .. } => escalate_to.as_str(),
            _ => "",
        };
        let overdue = items.iter().filter(|(item, _)| !escalates_to.is_empty() && item.owner != escalates_to);
        let calendar = self.context.calendar;
        let overdue =
            overdue.filter_map(|(item, at)| at.or_else(|| item.due.map(|due| calendar.end_of(due))));
        let deadline = overdue.min();
        self.entered(index, deadline)?;
        for (item, due) in items {
            self.open(item, due)?;
        }
        Ok(())
    }

    /// Opens an item; `due` is the hour at which it falls due, where it does not have the whole day.
    pub(super) fn open(&mut self, item: WorkItem, due: Option<Moment>) -> Step {
        let number = item.number;
        self.emit(Event::Opened(item))?;
        due.map_or(Ok(()), |at| self.emit(Event::DueAt { item: number, at }))
    }

    /// Gives an item to another owner. One who already has an item of this claim gets both as one, which lies aside only
    /// where both did.
    pub(super) fn hand_over(&mut self, item: u16, owner: &Owner, reason: Text) -> Step {
        self.emit(Event::Reassigned { item, owner: owner.clone(), reason })?;
        let theirs: Vec<WorkItem> =
            self.state.work_items.iter().filter(|item| item.owner == *owner).cloned().collect();
        let number = self.next_number();
        let Some(joined) = theirs.iter().cloned().reduce(|a, b| join(a, b, self.state.billed())) else {
            return Ok(());
        };
        if theirs.len() < 2 {
            return Ok(());
        }
        let first = theirs.iter().min_by_key(|item| self.overdue_from(item).unwrap_or(Moment(i64::MAX)));
        let hour = |item: &WorkItem| self.state.times.iter().find(|time| time.item == item.number)?.due;
        let due = first.and_then(hour);
        let aside: Option<Vec<Moment>> =
            theirs.iter().map(|item| self.state.pended_until(item.number)).collect();
        let until = aside.and_then(|until| until.into_iter().min());
        for item in theirs {
            let reason = Text::from(format!("joined into item {number}"));
            self.emit(Event::Closed { item: item.number, reason })?;
        }
        self.open(WorkItem { number, ..joined }, due)?;
        let Some(until) = until else { return Ok(()) };
        self.emit(Event::Pended { item: number, until: Some(until), reason: Text::const_new("as before") })
    }

    fn next_number(&self) -> u16 {
        self.state.work_items_opened.saturating_add(1)
    }

    pub(super) fn items(&self, index: StateIndex) -> Vec<(WorkItem, Option<Moment>)> {
        let mut reasons: Vec<Reason> = Vec::new();
        if !self.speaks_for_itself(index) {
            reasons.extend(self.state.denials.iter().map(|denial| self.denial_reason(denial)));
            reasons.extend(self.state.holding().map(|finding| self.finding_reason(finding)));
        }
        if reasons.is_empty() {
            reasons.extend(self.state_reason(index));
        }
        let mut by_owner: BTreeMap<Owner, Vec<Reason>> = BTreeMap::new();
        for reason in reasons {
            by_owner.entry(reason.owner.clone()).or_default().push(reason);
        }
        (self.next_number()..=u16::MAX)
            .zip(by_owner)
            .map(|(number, (owner, reasons))| self.work_item(number, owner, &reasons))
            .collect()
    }

    /// True where the state says what to do and no stage has said anything new: its findings and denials have had their
    /// item already, as a denial that was appealed.
    fn speaks_for_itself(&self, index: StateIndex) -> bool {
        let kind = &self.context.workflow.state(index).kind;
        !self.judged && matches!(kind, StateKind::WorkItem { ask, .. } if !ask.is_empty())
    }

    fn work_item(&self, number: u16, owner: Owner, reasons: &[Reason]) -> (WorkItem, Option<Moment>) {
        let (calendar, now) = (self.context.calendar, self.context.now);
        let due = reasons.iter().map(|reason| calendar.due(now, reason.within));
        let due = due.min_by_key(|due| (due.date, due.at.unwrap_or(Moment(i64::MAX))));
        let mut rules: Vec<Text> = Vec::new();
        for reason in reasons {
            if !reason.rule.is_empty() && !rules.contains(&reason.rule) {
                rules.push(reason.rule.clone());
            }
        }
        let item = WorkItem {
            number,
            owner,
            category: reasons.first().map(|reason| reason.category.clone()).unwrap_or_default(),
            ask: asked(reasons),
            rules,
            due: due.map(|due| due.date),
            opened: now,
            amount: at_stake(reasons),
        };
        (item, due.and_then(|due| due.at))
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

/// What to do, each rule's request once: for three lines of one kind nobody reads three sentences that differ in a date.
fn asked(reasons: &[Reason]) -> Text {
    let mut asks: Vec<(&Reason, usize)> = Vec::new();
    for reason in reasons.iter().filter(|reason| !reason.ask.is_empty()) {
        let same =
            |told: &Reason| told.ask == reason.ask || (!told.rule.is_empty() && told.rule == reason.rule);
        match asks.iter_mut().find(|(told, _)| same(told)) {
            // The very same sentence says all there is to say.
            Some((told, more)) => *more += usize::from(told.ask != reason.ask),
            None => asks.push((reason, 0)),
        }
    }
    let sentences: Vec<String> = asks
        .into_iter()
        .map(|(reason, more)| match more {
            0 => reason.ask.to_string(),
            1 => format!("{} (1 more line likewise.)", reason.ask),
            more => format!("{} ({more} more lines likewise.)", reason.ask),
        })
        .collect();
    Text::from(sentences.join(" "))
}

/// Denied amounts add up; the whole claim is at stake only once.
fn at_stake(reasons: &[Reason]) -> Money {
    let denied: Money = reasons.iter().filter(|reason| !reason.whole).map(|reason| reason.amount).sum();
    reasons.iter().filter(|reason| reason.whole).map(|reason| reason.amount).fold(denied, Money::max)
}

/// Two items of one owner as one; denied amounts add up, but never to more than was billed.
fn join(first: WorkItem, second: WorkItem, billed: Money) -> WorkItem {
    let ask = match (first.ask.contains(second.ask.as_str()), second.ask.contains(first.ask.as_str())) {
        (true, _) => first.ask,
        (_, true) => second.ask,
        _ => Text::from(format!("{} {}", first.ask, second.ask)),
    };
    let mut rules = first.rules;
    rules.extend(second.rules.into_iter().filter(|rule| !rules.contains(rule)).collect::<Vec<_>>());
    let most = billed.max(first.amount).max(second.amount);
    WorkItem {
        ask,
        rules,
        due: [first.due, second.due].into_iter().flatten().min(),
        opened: first.opened.min(second.opened),
        amount: most.min(first.amount + second.amount),
        number: first.number,
        owner: first.owner,
        category: first.category,
    }
}
