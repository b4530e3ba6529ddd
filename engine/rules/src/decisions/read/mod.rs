//! Turns the cells of a sheet into the rules of its rows. Every fault names its cell, and all are told in one pass.

mod between;
mod details;

use std::sync::Arc;

use claimflow_core::{Diagnostic, Text};
use rustc_hash::FxHashMap;

use super::columns::{self, Role};
use super::head::{self, Head};
use super::{Column, ColumnIndex, Decision, cell};
use crate::check::{Name, Tables};
use crate::diagnostics::{Code, fault};
use crate::ir::Node;
use crate::lower::Env;
use crate::rule::{Outcome, Rule, RuleInfo};
use crate::source::{DecisionSource, PackSource, SheetRow, Vocabulary};

/// What a sheet gives.
#[derive(Default)]
pub(crate) struct Built {
    pub(crate) rules: Vec<Rule>,
    pub(crate) names: Vec<Name>,
    pub(crate) decision: Option<Decision>,
}

pub(super) struct Builder<'b> {
    pub(super) source: &'b DecisionSource,
    pub(super) pack: &'b PackSource,
    vocabulary: &'b Vocabulary,
    pub(super) env: Env,
    found: &'b mut Vec<Diagnostic>,
    errors: usize,
}

/// A row as read: its rule, and its cells by the number of their column.
struct Read {
    rule: Rule,
    cells: Vec<cell::Cell>,
    at: usize,
}

/// Compiles a sheet. A sheet with any error has no decision: half a table would decide wrongly.
pub(crate) fn build(
    source: &DecisionSource,
    pack: &PackSource,
    vocabulary: &Vocabulary,
    tables: &Tables,
    found: &mut Vec<Diagnostic>,
) -> Built {
    let env = Env {
        constants: FxHashMap::default(),
        functions: FxHashMap::default(),
        tables: tables.clone(),
        unit: Arc::default(),
    };
    Builder { source, pack, vocabulary, env, found, errors: 0 }.build()
}

impl Builder<'_> {
    /// Tells a fault of a cell.
    pub(super) fn fault(
        &mut self,
        code: Code,
        row: usize,
        column: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let empty = SheetRow::default();
        let own = self.source.rows.get(row).unwrap_or(&empty);
        let cell = own.cell_name(column);
        let at = own.cells.get(column).or(own.cells.last());
        let width = own.text(column).chars().count();
        let place = at.map_or(1, |cell| cell.column.max(1));
        let message = format!("cell {cell}: {}", message.into());
        let found = fault(code, &self.source.path, own.line.max(1), place, message).length(width).help(help);
        self.errors += usize::from(found.is_error());
        self.found.push(found);
    }

    fn build(mut self) -> Built {
        let at = self
            .source
            .rows
            .iter()
            .position(|row| columns::names_columns(row.cells.iter().map(|cell| cell.text.as_str())));
        let Some(at) = at else {
            let help = "name the columns in one row, among them what a row does, as `then hold`";
            let message = "the table has no row of columns: no cell begins with `then`";
            self.found.push(fault(Code::DecisionShape, &self.source.path, 1, 1, message).help(help));
            return Built::default();
        };
        let head = head::read(&mut self, at);
        let roles = columns::read(&mut self, at, head.subject);
        let rows = self.rows(&head, &roles, at + 1);
        if rows.is_empty() && self.errors == 0 {
            self.fault(Code::DecisionShape, at, 0, "the table has no rows", "write one below the columns");
        }
        self.names_twice(&rows);
        let columns = table_columns(&roles, &rows);
        self.conflicts(head.hit, &rows, &columns);
        let names = self.names(&head, &rows);
        if self.errors > 0 {
            return Built { names, ..Built::default() };
        }
        let decision = decision(&head, columns, rows.len());
        Built { rules: rows.into_iter().map(|row| row.rule).collect(), names, decision: Some(decision) }
    }

    fn rows(&mut self, head: &Head, roles: &[Role], from: usize) -> Vec<Read> {
        let mut rows = Vec::new();
        for at in from..self.source.rows.len() {
            let Some(row) = self.source.rows.get(at) else { break };
            if row.is_blank() || row.text(0).trim_start().starts_with('#') {
                continue;
            }
            let beyond = (roles.len()..row.cells.len()).find(|column| !row.text(*column).trim().is_empty());
            if let Some(column) = beyond {
                let message = format!("this row has more cells than the {} columns above", roles.len());
                let help = "put a text with a comma into double quotes, and several values into one cell";
                self.fault(Code::DecisionRow, at, column, message, help);
                continue;
            }
            let number = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            let read = self.row(head, roles, at, number);
            rows.push(read);
        }
        rows
    }

    fn row(&mut self, head: &Head, roles: &[Role], at: usize, number: u32) -> Read {
        let (cells, parts, conditions) = self.conditions(roles, at);
        let outcomes = self.outcomes(roles, at);
        let (effective, expires) = self.dates(head, roles, at);
        let ask = self.detail(roles, at, "ask").unwrap_or_else(|| head.ask.clone());
        let ask = self.ask(head, &ask, roles, at);
        let info = RuleInfo {
            conditions,
            outcomes: outcomes.iter().map(Outcome::describe).collect(),
            effective,
            expires,
            ..self.info(head, roles, at)
        };
        let owner = match self.column(roles, "owner") {
            Some(column) if self.detail(roles, at, "owner").is_some() => self.owner(at, column),
            _ => head.owner.clone(),
        };
        let within = self.within(head, roles, at);
        let label = Text::from(format!("{} {}", self.pack.name, self.pack.version));
        let (fixes, specificity) = (Vec::new(), specificity(roles, &cells));
        let rule = Rule { info, parts, fixes, outcomes, owner, ask, within, label, row: number, specificity };
        Read { rule, cells, at }
    }

    /// What a row says in words, and what it takes from the head.
    fn info(&self, head: &Head, roles: &[Role], at: usize) -> RuleInfo {
        let or = |name: &str, other: &Text| self.detail(roles, at, name).unwrap_or_else(|| other.clone());
        let (line, number) = self.source.rows.get(at).map_or((0, 0), |row| (row.line, row.number));
        let name = or("row", &Text::from(number.to_string()));
        RuleInfo {
            id: Text::from(format!("{}:{name}", head.id)),
            title: or("title", &head.title),
            pack: self.pack.name.clone(),
            version: self.pack.version.clone(),
            layer: self.pack.layer,
            file: Text::from(self.source.path.as_str()),
            line,
            stage: head.stage,
            subject: head.subject,
            codes: Vec::new(),
            payers: head.payers.clone(),
            conditions: Vec::new(),
            outcomes: Vec::new(),
            because: or("because", &head.because),
            source: or("source", &head.source),
            effective: None,
            expires: None,
            priority: head.priority,
            overrides: Text::default(),
            mode: self.pack.mode,
            enforced: None,
            suppressed: Vec::new(),
            table: head.id.clone(),
        }
    }

    /// The cells of the columns of conditions, and the parts of the rule's condition with their texts.
    fn conditions(&mut self, roles: &[Role], at: usize) -> (Vec<cell::Cell>, Vec<Node>, Vec<Text>) {
        let (mut cells, mut parts, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (column, role) in roles.iter().enumerate() {
            let Role::Condition { name, node, ty } = role else { continue };
            let text = self.source.rows.get(at).map_or("", |row| row.text(column)).trim();
            let own = cell::parse(text, *ty).unwrap_or_else(|(message, help)| {
                self.fault(Code::DecisionCell, at, column, message, help);
                cell::Cell::default()
            });
            if !own.is_any() {
                texts.push(Text::from(format!("{name}: {text}")));
                parts.push(Node::Cell(node.clone(), Box::new(own.clone())));
            }
            cells.push(own);
        }
        (cells, parts, texts)
    }

    fn column(&self, roles: &[Role], name: &str) -> Option<usize> {
        roles.iter().position(|role| matches!(role, Role::Detail(own) if *own == name))
    }

    fn detail(&self, roles: &[Role], at: usize, name: &str) -> Option<Text> {
        let text = self.source.rows.get(at)?.text(self.column(roles, name)?).trim();
        (!text.is_empty()).then(|| text.into())
    }
}

/// The columns of conditions in the order of the sheet.
fn table_columns(roles: &[Role], rows: &[Read]) -> Vec<Column> {
    let nodes = roles.iter().filter_map(|role| match role {
        Role::Condition { node, .. } => Some(node.clone()),
        _ => None,
    });
    let column = |(place, node)| {
        let cells: Vec<cell::Cell> =
            rows.iter().map(|row| row.cells.get(place).cloned().unwrap_or_default()).collect();
        Column { node, index: ColumnIndex::new(&cells), cells }
    };
    nodes.enumerate().map(column).collect()
}

fn decision(head: &Head, mut columns: Vec<Column>, rows: usize) -> Decision {
    columns.retain(|column| column.cells.iter().any(|cell| !cell.is_any()));
    columns.sort_by_key(|column| column.index.breadth());
    Decision {
        id: head.id.clone(),
        hit: head.hit,
        stage: head.stage,
        subject: head.subject,
        payers: head.payers.clone(),
        columns: columns.into(),
        places: vec![None; rows],
    }
}

/// How specific a row's categorization is: as for the `codes` of a rule, more for a code, most for one group and code.
fn specificity(roles: &[Role], cells: &[cell::Cell]) -> u8 {
    let conditions = roles.iter().filter_map(|role| match role {
        Role::Condition { name, .. } => Some(name.as_str()),
        _ => None,
    });
    let own = |paths: &[&str]| {
        let mut all = conditions.clone().zip(cells);
        all.find(|(name, cell)| paths.contains(name) && !cell.is_any() && !cell.negated).map(|(_, cell)| cell)
    };
    let reason = own(&["adjustment.reason", "denial.reason", "line.procedure", "diagnosis.code"]);
    let one_group = own(&["adjustment.group", "denial.group"]).is_some_and(|cell| cell.tests.len() == 1);
    if own(&["adjustment.key", "denial.key"]).is_some() || (reason.is_some() && one_group) {
        2
    } else {
        u8::from(reason.is_some())
    }
}
