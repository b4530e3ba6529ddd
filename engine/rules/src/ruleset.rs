//! An immutable set of compiled rules.

use std::sync::Arc;

use claimflow_core::Text;
use rustc_hash::FxHashMap;

use crate::decisions::Decision;
use crate::index::Index;
use crate::rule::{Rule, RuleInfo};
use crate::switch::Mode;

/// Compiled rules in the order in which they run, with their index. Shared between threads; nothing in it locks.
#[derive(Debug, Default)]
pub struct RuleSet {
    pub(crate) rules: Vec<Arc<Rule>>,
    pub(crate) index: Index,
    pub(crate) decisions: Vec<Decision>,
    /// Rules that are evaluated and never act.
    pub(crate) shadow: Option<Box<Self>>,
    by_id: FxHashMap<Text, u32>,
}

impl RuleSet {
    /// Rules in the order in which they run, with the tables whose rows some of them are.
    pub(crate) fn new(rules: Vec<Arc<Rule>>, decisions: Vec<Decision>) -> Self {
        let (shadow, live): (Vec<Arc<Rule>>, Vec<Arc<Rule>>) =
            rules.into_iter().partition(|rule| rule.info.mode == Mode::Shadow);
        if shadow.is_empty() {
            return Self::of_one_mode(live, decisions);
        }
        let shadow = Some(Box::new(Self::of_one_mode(shadow, decisions.clone())));
        Self { shadow, ..Self::of_one_mode(live, decisions) }
    }

    fn of_one_mode(rules: Vec<Arc<Rule>>, mut decisions: Vec<Decision>) -> Self {
        let index = Index::new(&rules);
        let by_id = (0_u32..).zip(&rules).map(|(place, rule)| (rule.info.id.clone(), place)).collect();
        decisions.iter_mut().for_each(|decision| decision.place(&rules));
        decisions.retain(Decision::has_rows);
        Self { rules, index, decisions, shadow: None, by_id }
    }

    /// True when every rule acts as its author wrote: none is in shadow, and the practice decided nothing about any.
    pub fn is_as_authored(&self) -> bool {
        self.shadow.is_none()
            && self.rules.iter().all(|rule| {
                rule.info.enforced.is_none() && rule.info.suppressed.iter().all(|own| own.until.is_none())
            })
    }

    /// The same rules, those in shadow among those that act.
    #[must_use]
    pub fn as_if_live(mut self) -> Self {
        let Some(shadow) = self.shadow.take() else { return self };
        let Self { rules: hidden, mut decisions, .. } = *shadow;
        let known: Vec<Text> = self.decisions.iter().map(|own| own.id.clone()).collect();
        decisions.retain(|own| !known.contains(&own.id));
        decisions.append(&mut self.decisions);
        let mut rules = self.rules;
        rules.extend(hidden);
        for rule in rules.iter_mut().filter(|rule| rule.info.mode != Mode::Live) {
            Arc::make_mut(rule).info.mode = Mode::Live;
        }
        rules.sort_by_key(|rule| (std::cmp::Reverse(rule.info.priority), rule.info.layer));
        Self::of_one_mode(rules, decisions)
    }

    /// Every rule that acts, in the order in which they run.
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    /// Every rule in shadow, in the order in which they run: evaluated and recorded, and they never act.
    pub fn shadow_rules(&self) -> &[Arc<Rule>] {
        self.shadow.as_ref().map_or(&[], |shadow| shadow.rules.as_slice())
    }

    /// Every rule, those that act first.
    pub fn all_rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().chain(self.shadow_rules()).map(AsRef::as_ref)
    }

    /// The rule of that id, in shadow or not.
    pub fn rule(&self, id: &str) -> Option<&RuleInfo> {
        let shadow = || self.shadow.as_ref().and_then(|shadow| shadow.find(id));
        self.find(id).or_else(shadow).map(|rule| &rule.info)
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Rule> {
        self.at(*self.by_id.get(id)?)
    }

    pub(crate) fn at(&self, place: u32) -> Option<&Rule> {
        self.rules.get(place as usize).map(AsRef::as_ref)
    }
}
