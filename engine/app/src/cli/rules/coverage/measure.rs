//! Counts what the cases try, pack by pack.

use std::iter::Sum;

use claimflow_catalog::{CaseReport, PartCoverage, RuleCoverage};

use crate::render::words::count;

/// How much of what can be tried is tried: for a rule that it fires and that it stays silent, for a part that it holds and
/// that it does not, for a row of a decision table that it is hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) reached: usize,
    pub(super) all: usize,
}

impl Score {
    fn of(reached: impl IntoIterator<Item = bool>) -> Self {
        reached.into_iter().fold(Self::default(), |sum, own| Self {
            reached: sum.reached + usize::from(own),
            all: sum.all + 1,
        })
    }

    /// In whole percent, rounded down: 100 means everything.
    pub(super) fn percent(self) -> u64 {
        let (reached, all) = (self.reached as u64, self.all as u64);
        (reached * 100).checked_div(all).unwrap_or(100)
    }
}

impl Sum for Score {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, own| Self {
            reached: sum.reached + own.reached,
            all: sum.all + own.all,
        })
    }
}

/// One pack.
pub(super) struct Pack<'r> {
    pub(super) name: &'r str,
    pub(super) score: Score,
    /// Its rules but for rows of decision tables, in file order.
    pub(super) rules: Vec<&'r RuleCoverage>,
    /// Rules that are not fully tried, the worst first.
    pub(super) gaps: Vec<RuleGaps<'r>>,
    pub(super) tables: Vec<Table<'r>>,
}

/// One decision table.
pub(super) struct Table<'r> {
    pub(super) id: &'r str,
    pub(super) rows: usize,
    /// Names of rows that no case hits.
    pub(super) untried: Vec<&'r str>,
}

/// What the cases leave untried of one rule.
pub(super) struct RuleGaps<'r> {
    pub(super) rule: &'r RuleCoverage,
    pub(super) parts: Vec<&'r PartCoverage>,
}

impl<'r> RuleGaps<'r> {
    pub(super) fn of(rule: &'r RuleCoverage) -> Self {
        Self { rule, parts: rule.parts.iter().filter(|part| !part.is_tried()).collect() }
    }

    fn number(&self) -> usize {
        self.told().len()
    }

    /// One sentence for each gap.
    pub(super) fn told(&self) -> Vec<String> {
        let rule = self.rule;
        let never = |reached: u32, what: &str| (reached == 0).then(|| format!("no case makes it {what}"));
        let mut all: Vec<String> =
            [never(rule.fired, "fire"), never(rule.silent, "stay silent")].into_iter().flatten().collect();
        all.extend(self.parts.iter().map(|part| part_gap(part)));
        all
    }
}

fn part_gap(part: &PartCoverage) -> String {
    let what = match (part.held > 0, part.failed > 0) {
        (false, false) => "is neither true nor false in any case",
        (false, true) => "is true in no case",
        _ => "is false in no case",
    };
    format!("`{}` {what}", part.text)
}

impl Pack<'_> {
    /// What was tried, in numbers.
    pub(super) fn counted(&self) -> String {
        let parts = self.rules.iter().flat_map(|rule| &rule.parts);
        let (mut tried, mut all) = (0, 0);
        for part in parts {
            all += 1;
            tried += usize::from(part.is_tried());
        }
        let whole = self.rules.len() - self.gaps.len();
        let mut text = format!("{whole} of {}", count(self.rules.len() as u64, "rule", "rules"));
        text.push_str(&format!(", {tried} of {}", count(all, "part", "parts")));
        let rows: usize = self.tables.iter().map(|table| table.rows).sum();
        let missed: usize = self.tables.iter().map(|table| table.untried.len()).sum();
        if rows > 0 {
            text.push_str(&format!(", {} of {}", rows - missed, count(rows as u64, "row", "rows")));
        }
        text
    }
}

fn score(rule: &RuleCoverage) -> Score {
    if !rule.table.is_empty() {
        return Score::of([rule.fired > 0]);
    }
    let parts = rule.parts.iter().flat_map(|part| [part.held > 0, part.failed > 0]);
    Score::of([rule.fired > 0, rule.silent > 0].into_iter().chain(parts))
}

/// The packs by name, each with what is not tried.
pub(super) fn measure(report: &CaseReport) -> Vec<Pack<'_>> {
    let mut rules: Vec<&RuleCoverage> = report.rules.iter().collect();
    rules.sort_by(|a, b| (&a.pack, &a.file, a.line).cmp(&(&b.pack, &b.file, b.line)));
    let mut packs: Vec<Pack<'_>> = Vec::new();
    for rule in rules {
        if packs.last().is_none_or(|pack| pack.name != rule.pack) {
            packs.push(Pack {
                name: &rule.pack,
                score: Score::default(),
                rules: Vec::new(),
                gaps: Vec::new(),
                tables: Vec::new(),
            });
        }
        if let Some(pack) = packs.last_mut() {
            add(pack, rule);
        }
    }
    packs.iter_mut().for_each(|pack| pack.gaps.sort_by_key(|gaps| std::cmp::Reverse(gaps.number())));
    packs
}

fn add<'r>(pack: &mut Pack<'r>, rule: &'r RuleCoverage) {
    pack.score = [pack.score, score(rule)].into_iter().sum();
    if rule.table.is_empty() {
        let gaps = RuleGaps::of(rule);
        pack.rules.push(rule);
        pack.gaps.extend((gaps.number() > 0).then_some(gaps));
        return;
    }
    if pack.tables.iter().all(|table| table.id != rule.table) {
        pack.tables.push(Table { id: &rule.table, rows: 0, untried: Vec::new() });
    }
    if let Some(table) = pack.tables.iter_mut().find(|table| table.id == rule.table) {
        table.rows += 1;
        let row = rule.rule.strip_prefix(&*rule.table).and_then(|rest| rest.strip_prefix(':'));
        table.untried.extend((rule.fired == 0).then(|| row.unwrap_or(&rule.rule)));
    }
}
