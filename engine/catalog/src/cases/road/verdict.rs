//! Compares how a claim on its road stands with what its author expects.

use std::sync::PoisonError;

use claimflow_core::{Level, Text, field};
use claimflow_rules::{Considered, RULE_REVIEW, RuleTrace};

use super::super::Expect;
use super::super::journey::Item;
use super::super::judge::{shown, why, with};
use super::Road;

impl Road<'_> {
    /// Tells everything that is not as expected; `when` begins each sentence.
    pub(super) fn compare(&mut self, expect: &Expect, when: &str) {
        let reasons: Vec<String> = [
            self.errors(expect),
            self.fires(expect),
            self.fixed(expect),
            self.held(expect),
            self.problem(expect),
            self.stands(expect),
        ]
        .concat();
        self.actual.push((!reasons.is_empty()).then(|| self.actually(expect)));
        self.reasons.extend(reasons.into_iter().map(|reason| format!("{when}{reason}")));
    }

    /// What the case would have to expect here to hold.
    fn actually(&self, expect: &Expect) -> Expect {
        let mut actual = expect.clone();
        {
            let seen = self.stand.seen.lock().unwrap_or_else(PoisonError::into_inner);
            actual.go_by(&with(&seen.traces, |own| *own == Considered::Fired));
        }
        for (name, value) in &mut actual.fixed {
            *value = field::get(&self.state.claim, name).unwrap_or_default();
        }
        if let Some(held) = &mut actual.held {
            *held = self.state.holding().map(|finding| finding.category.clone()).collect();
            held.sort_unstable();
            held.dedup();
        }
        let denial = self.state.denials.first().map(|own| (own.category.clone(), own.owner.clone()));
        let item = self.state.work_items.first().map(|own| (own.category.clone(), own.owner.clone()));
        let (category, owner) = denial.or_else(|| item.clone()).unwrap_or_default();
        actual.category = actual.category.map(|_| category);
        actual.owner = actual.owner.map(|_| owner);
        let on_road = &mut actual.on_road;
        on_road.state = on_road.state.take().map(|(_, at)| (self.state.state.clone(), at));
        on_road.sent = on_road.sent.map(|_| self.state.submissions.len());
        if on_road.work_item.as_ref().is_some_and(|own| !self.has(own)) {
            let open =
                item.map(|(category, owner)| Item::Open { owner: Some(owner), category: Some(category) });
            on_road.work_item = Some(open.unwrap_or(Item::None));
        }
        actual
    }

    /// A rule that fails is never what an author means, unless the case says so.
    fn errors(&self, expect: &Expect) -> Vec<String> {
        if expect.held.as_ref().is_some_and(|held| held.iter().any(|word| word == RULE_REVIEW)) {
            return Vec::new();
        }
        let failed = self.state.findings.iter().filter(|finding| finding.level == Level::Error);
        failed.map(|finding| finding.message.to_string()).collect()
    }

    fn fires(&self, expect: &Expect) -> Vec<String> {
        let seen = self.stand.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |rule: &Text| seen.traces.iter().filter(|own| own.rule == *rule).collect::<Vec<_>>();
        let is_fired = |trace: &&&RuleTrace| trace.considered == Considered::Fired;
        let mut reasons = Vec::new();
        for (rule, _) in &expect.fires {
            let traces = of(rule);
            if traces.iter().find(is_fired).is_none() {
                let reason = traces.last().map_or_else(
                    || "no stage that the claim passed looks at it".to_owned(),
                    |trace| format!("at `{}` {}", trace.stage.as_str(), why(trace)),
                );
                reasons.push(format!("`{rule}` should fire, and {reason}"));
            }
        }
        for (rule, _) in &expect.silent {
            if let Some(trace) = of(rule).iter().find(is_fired) {
                reasons.push(format!("`{rule}` should stay silent, and fires at `{}`", trace.stage.as_str()));
            }
        }
        reasons
    }

    fn fixed(&self, expect: &Expect) -> Vec<String> {
        let mut reasons = Vec::new();
        for (name, expected) in &expect.fixed {
            let found =
                field::get(&self.state.claim, name).unwrap_or_else(|error| Text::from(error.to_string()));
            if found != *expected {
                let (expected, found) = (shown(expected), shown(&found));
                reasons.push(format!("`{name}` should be set to {expected}, and is {found}"));
            } else if !self.changes.iter().any(|change| change.field == *name) {
                reasons.push(format!("`{name}` should be set to {}, and no rule sets it", shown(expected)));
            }
        }
        reasons
    }

    fn held(&self, expect: &Expect) -> Vec<String> {
        let Some(expected) = &expect.held else { return Vec::new() };
        let mut held: Vec<(&Text, &Text)> = Vec::new();
        for finding in self.state.holding() {
            if !held.iter().any(|(category, _)| **category == finding.category) {
                held.push((&finding.category, &finding.rule));
            }
        }
        let over = held.iter().filter(|(category, _)| !expected.contains(category));
        let missing = expected.iter().filter(|word| !held.iter().any(|(category, _)| category == word));
        over.map(|(category, rule)| format!("nothing should hold it for `{category}`, and `{rule}` does"))
            .chain(missing.map(|category| format!("it should be held for `{category}`, and is not")))
            .collect()
    }

    /// Category and owner: of the first denial, else of the first thing that somebody has to do.
    fn problem(&self, expect: &Expect) -> Vec<String> {
        let denial = self.state.denials.first().map(|own| (&own.category, &own.owner));
        let found = denial.or_else(|| self.state.work_items.first().map(|own| (&own.category, &own.owner)));
        let told = |what: &str, expected: &Option<Text>, found: Option<&Text>| {
            let expected = expected.as_ref()?;
            let found = found.map_or("", Text::as_str);
            (expected != found).then(|| format!("the {what} should be `{expected}`, and is {}", shown(found)))
        };
        let category = told("category", &expect.category, found.map(|own| own.0));
        category.into_iter().chain(told("owner", &expect.owner, found.map(|own| own.1))).collect()
    }

    /// State, work item, and how often it went out.
    fn stands(&self, expect: &Expect) -> Vec<String> {
        let expect = &expect.on_road;
        let mut reasons = Vec::new();
        if let Some((expected, _)) = &expect.state
            && *expected != self.state.state
        {
            reasons.push(format!("the claim should be in `{expected}`, and is in `{}`", self.state.state));
        }
        if let Some(expected) = &expect.work_item
            && !self.has(expected)
        {
            reasons.push(format!("{}, and {}", wanted(expected), self.open_items()));
        }
        let sent = self.state.submissions.len();
        if let Some(expected) = expect.sent.filter(|expected| *expected != sent) {
            reasons.push(format!(
                "it should have gone out {}, and went out {}",
                times(expected),
                times(sent)
            ));
        }
        reasons
    }

    fn has(&self, expected: &Item) -> bool {
        match expected {
            Item::None => self.state.work_items.is_empty(),
            Item::Open { owner, category } => self.state.work_items.iter().any(|own| {
                owner.as_ref().is_none_or(|owner| *owner == own.owner)
                    && category.as_ref().is_none_or(|category| *category == own.category)
            }),
        }
    }

    fn open_items(&self) -> String {
        let told = |own: &claimflow_core::WorkItem| format!("`{}` has `{}`", own.owner, own.category);
        match self.state.work_items.as_slice() {
            [] => "nobody has anything to do".to_owned(),
            items => items.iter().map(told).collect::<Vec<_>>().join(", "),
        }
    }
}

fn wanted(item: &Item) -> String {
    match item {
        Item::None => "nobody should have anything to do".to_owned(),
        Item::Open { owner, category } => {
            let owner = owner.as_ref().map_or_else(|| "somebody".to_owned(), |own| format!("`{own}`"));
            match category {
                Some(category) => format!("{owner} should have `{category}` to do"),
                None => format!("{owner} should have something to do"),
            }
        }
    }
}

fn times(number: usize) -> String {
    match number {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        number => format!("{number} times"),
    }
}
