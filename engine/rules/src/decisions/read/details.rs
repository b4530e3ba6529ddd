//! The cells of a row that say what it does, whose it is, when it is in force and what it asks.

use claimflow_core::{DueIn, Owner, Text};
use jiff::civil::Date;
use rhai::Position;

use super::Builder;
use crate::check::ask;
use crate::decisions::columns::Role;
use crate::decisions::head::{self, Head};
use crate::diagnostics::{Code, Faults, meant};
use crate::ir::Node;
use crate::lower::Lowerer;
use crate::rule::Outcome;

impl Builder<'_> {
    pub(super) fn outcomes(&mut self, roles: &[Role], at: usize) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for (column, role) in roles.iter().enumerate() {
            let Role::Outcome(keyword) = role else { continue };
            let text = self.source.rows.get(at).map_or("", |row| row.text(column)).trim();
            if text.is_empty() {
                continue;
            }
            let word = Text::from(text);
            outcomes.push(match *keyword {
                "note" => Outcome::Note(word),
                "assign" => Outcome::Assign(self.owner(at, column)),
                "warn" if text.eq_ignore_ascii_case("yes") => Outcome::Warn(Text::default()),
                keyword => {
                    self.category(at, column);
                    match keyword {
                        "hold" => Outcome::Hold(word),
                        "deny" => Outcome::Deny(word),
                        "warn" => Outcome::Warn(word),
                        _ => Outcome::Categorize(word),
                    }
                }
            });
        }
        if outcomes.is_empty() {
            let columns = roles.iter().position(|role| matches!(role, Role::Outcome(_)));
            let help = "fill one of its `then` cells; for an exception that is in order, add `then note`";
            self.fault(Code::DecisionRow, at, columns.unwrap_or_default(), "this row does nothing", help);
        }
        outcomes
    }

    fn category(&mut self, at: usize, column: usize) {
        let known = &self.vocabulary.categories;
        let word = self.source.rows.get(at).map_or("", |row| row.text(column)).trim();
        if !known.is_empty() && !known.iter().any(|own| own == word) {
            let help = meant(word, known.iter().map(Text::as_str).collect::<Vec<_>>());
            self.fault(Code::UnknownCategory, at, column, format!("there is no category `{word}`"), help);
        }
    }

    /// The owner in a cell, checked.
    pub(in crate::decisions) fn owner(&mut self, at: usize, column: usize) -> Owner {
        let known = &self.vocabulary.owners;
        let word = self.source.rows.get(at).map_or("", |row| row.text(column)).trim();
        if !word.is_empty() && !known.is_empty() && !known.iter().any(|own| own == word) {
            let help = meant(word, known.iter().map(Text::as_str).collect::<Vec<_>>());
            self.fault(Code::UnknownOwner, at, column, format!("there is no owner `{word}`"), help);
        }
        word.into()
    }

    /// The days between which the row is in force: within those of the table, and of the pack.
    pub(super) fn dates(&mut self, head: &Head, roles: &[Role], at: usize) -> (Option<Date>, Option<Date>) {
        let (from, to) = (self.date(roles, at, "effective"), self.date(roles, at, "expires"));
        let latest = [from, head.effective, self.pack.effective].into_iter().flatten().max();
        let earliest = [to, head.expires, self.pack.expires].into_iter().flatten().min();
        if let (Some(from), Some(to)) = (latest, earliest)
            && to < from
        {
            let column = self.column(roles, "expires").or_else(|| self.column(roles, "effective"));
            let message = format!("the row expires on {to}, before it is effective on {from}");
            let help = "give the first day as effective, the last day as expires";
            self.fault(Code::DatesUpsideDown, at, column.unwrap_or_default(), message, help);
        }
        (latest, earliest)
    }

    fn date(&mut self, roles: &[Role], at: usize, name: &str) -> Option<Date> {
        let text = self.detail(roles, at, name)?;
        let date = text.parse().ok();
        if date.is_none() {
            let column = self.column(roles, name).unwrap_or_default();
            let message = format!("`{text}` is not a date");
            self.fault(Code::DecisionCell, at, column, message, "write it as `2026-01-31`");
        }
        date
    }

    pub(super) fn within(&mut self, head: &Head, roles: &[Role], at: usize) -> Option<DueIn> {
        let Some(text) = self.detail(roles, at, "within") else { return head.within };
        let due = head::due(&text);
        if due.is_none() {
            let column = self.column(roles, "within").unwrap_or_default();
            self.fault(Code::DecisionCell, at, column, format!("`{text}` is no length of time"), head::DUE);
        }
        due
    }

    pub(super) fn ask(&mut self, head: &Head, text: &str, roles: &[Role], at: usize) -> Option<Node> {
        if text.is_empty() {
            return None;
        }
        let expr = rhai::Expr::StringConstant(text.into(), Position::new(1, 1));
        let mut faults = Faults::new(&self.source.path);
        let node = ask::lower(&mut Lowerer::new(&self.env, &mut faults, Some(head.subject), 0), &expr);
        let list = faults.list;
        for found in list {
            let (row, column) = match self.column(roles, "ask") {
                Some(column) => (at, column),
                None => (self.head_row("ask"), 1),
            };
            let known = self.found.iter().any(|own| own.message.ends_with(&found.message));
            if !known {
                self.fault(Code::DecisionCell, row, column, found.message, found.help);
            }
        }
        node
    }

    fn head_row(&self, key: &str) -> usize {
        self.source.rows.iter().position(|row| row.text(0).trim() == key).unwrap_or_default()
    }
}
