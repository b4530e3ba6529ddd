//! Decision tables: a sheet of rows, each of which is a rule, found through native indexes.
//!
//! A row compiles to a [`Rule`] named `TABLE:ROW`, so that findings, `explain`, cases, `disable` and `overrides` treat
//! it as one. What differs is how it is found: not by evaluating its condition, but by [`Decision::hits`], which asks
//! the indexed columns for the rows that fit and lets the hit policy choose among those in force.

mod cell;
mod columns;
mod head;
mod index;
mod overlap;
#[cfg(test)]
mod property;
mod read;
mod rows;

use std::sync::Arc;

use claimflow_core::{RuleInput, Subject, Text};
use smallvec::SmallVec;

pub(crate) use self::cell::Cell;
use self::index::{ColumnIndex, all, rows_of};
pub(crate) use self::read::build;
pub use self::rows::{CellFault, CellKind, CellValue, CellWord, Condition, RowIndex};
use crate::context::Ctx;
use crate::index::Candidate;
use crate::ir::Node;
use crate::rule::Rule;
use crate::ruleset::RuleSet;
use crate::value::{Fault, Value};

/// Which of the rows that fit decide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Hit {
    /// The first.
    #[default]
    First,
    /// Every one.
    All,
    /// The only one: a second is a fault.
    Unique,
}

impl Hit {
    const WORDS: [&'static str; 3] = ["first", "all", "unique"];

    fn parse(word: &str) -> Option<Self> {
        match word {
            "first" => Some(Self::First),
            "all" => Some(Self::All),
            "unique" => Some(Self::Unique),
            _ => None,
        }
    }
}

/// A column of conditions.
#[derive(Debug)]
struct Column {
    node: Arc<Node>,
    cells: Vec<Cell>,
    index: ColumnIndex,
}

/// A compiled table.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    pub(crate) id: Text,
    hit: Hit,
    pub(crate) stage: claimflow_core::Stage,
    pub(crate) subject: Subject,
    payers: Vec<Text>,
    /// In the order in which they are asked: what leaves few rows first.
    columns: Arc<[Column]>,
    /// For each row the place of its rule; `None` for a row that is left out.
    places: Vec<Option<u32>>,
}

/// Places of rules.
pub(crate) type Places = SmallVec<[u32; 4]>;

/// Why a table cannot decide, and the place of the rule that says so.
pub(crate) type Undecided = (u32, Fault);

impl Decision {
    /// True when any row has its rule in the set.
    pub(crate) fn has_rows(&self) -> bool {
        self.places.iter().any(Option::is_some)
    }

    /// Takes down where the rows' rules stand.
    pub(crate) fn place(&mut self, rules: &[Arc<Rule>]) {
        for (place, rule) in (0_u32..).zip(rules).filter(|(_, rule)| rule.info.table == self.id) {
            if let Some(own) = self.places.get_mut(rule.row as usize) {
                *own = Some(place);
            }
        }
    }

    /// True when the table is for the input's stage and payer.
    pub(crate) fn applies(&self, input: &RuleInput<'_>) -> bool {
        let payer = input.claim.payer.id.as_str();
        self.stage == input.stage && (self.payers.is_empty() || self.payers.iter().any(|own| own == payer))
    }

    fn first(&self) -> u32 {
        self.places.iter().flatten().next().copied().unwrap_or_default()
    }

    /// The rules of the rows that decide about the subject.
    pub(crate) fn hits(&self, set: &RuleSet, ctx: &Ctx<'_>) -> Result<Places, Undecided> {
        let mut rows = all(self.places.len());
        for column in self.columns.iter() {
            let value = column.node.eval(ctx).map_err(|fault| (self.first(), fault))?;
            column.index.keep(&value, &mut rows);
            if rows.iter().all(|word| *word == 0) {
                return Ok(Places::new());
            }
        }
        let mut hits = Places::new();
        for row in rows_of(&rows) {
            let Some(place) = self.places.get(row as usize).copied().flatten() else { continue };
            if !set.at(place).is_some_and(|rule| set.runs(rule, ctx)) {
                continue;
            }
            if let (Hit::Unique, Some(earlier)) = (self.hit, hits.first()) {
                let id = |place| set.at(place).map_or("", |rule| rule.id.as_str());
                let message = format!(
                    "`{}` fits as well, and only one row of `{}` may (hit unique)",
                    id(place),
                    self.id
                );
                return Err((*earlier, Fault::new(message)));
            }
            hits.push(place);
            if self.hit == Hit::First {
                break;
            }
        }
        Ok(hits)
    }

    /// The row that comes nearest to fitting: the one with the fewest cells that do not, the first of equals.
    fn nearest(&self, set: &RuleSet, ctx: &Ctx<'_>) -> Option<u32> {
        let values: Vec<Value<'_>> =
            self.columns.iter().map(|column| column.node.eval(ctx)).collect::<Result<_, _>>().ok()?;
        let failing = |row: usize| {
            let cells = self.columns.iter().zip(&values);
            cells.filter(|(column, value)| !column.cells.get(row).is_some_and(|own| own.fits(value))).count()
        };
        let rows = self.places.iter().enumerate().filter_map(|(row, place)| Some((row, (*place)?)));
        let in_force = rows.filter(|(_, place)| set.at(*place).is_some_and(|rule| set.runs(rule, ctx)));
        in_force.min_by_key(|(row, _)| failing(*row)).map(|(_, place)| place)
    }

    /// What `explain` shows of the table for one subject: the rows that decide, else the one that comes nearest.
    pub(crate) fn shown(&self, set: &RuleSet, ctx: &Ctx<'_>) -> (Places, Option<Fault>) {
        match self.hits(set, ctx) {
            Ok(hits) if hits.is_empty() => (self.nearest(set, ctx).into_iter().collect(), None),
            Ok(hits) => (hits, None),
            Err((place, fault)) => (Places::from_elem(place, 1), Some(fault)),
        }
    }
}

/// The candidate that a row's rule is.
pub(crate) fn candidate(set: &RuleSet, place: u32, ctx: &Ctx<'_>) -> Candidate {
    let specificity = set.at(place).map_or(0, |rule| rule.specificity);
    Candidate { rule: place, subject: ctx.subject, index: ctx.index, specificity }
}
