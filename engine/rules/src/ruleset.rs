//! An immutable set of compiled rules.

use claimflow_core::Text;
use rustc_hash::FxHashMap;

use crate::decisions::Decision;
use crate::index::Index;
use crate::rule::{Rule, RuleInfo};

/// Compiled rules in the order in which they run, with their index. Shared between threads; nothing in it locks.
#[derive(Debug, Default)]
pub struct RuleSet {
    pub(crate) rules: Vec<Rule>,
    pub(crate) index: Index,
    pub(crate) decisions: Vec<Decision>,
    by_id: FxHashMap<Text, u32>,
}

impl RuleSet {
    pub(crate) fn new(rules: Vec<Rule>, mut decisions: Vec<Decision>) -> Self {
        let index = Index::new(&rules);
        let by_id = (0_u32..).zip(&rules).map(|(place, rule)| (rule.info.id.clone(), place)).collect();
        decisions.iter_mut().for_each(|decision| decision.place(&rules));
        Self { rules, index, decisions, by_id }
    }

    /// Every rule, in the order in which they run.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of that id.
    pub fn rule(&self, id: &str) -> Option<&RuleInfo> {
        self.find(id).map(|rule| &rule.info)
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Rule> {
        self.rules.get(*self.by_id.get(id)? as usize)
    }

    pub(crate) fn at(&self, place: u32) -> Option<&Rule> {
        self.rules.get(place as usize)
    }
}
