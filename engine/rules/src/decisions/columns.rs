//! The row that names the columns: fields of the catalogue, outcomes, and details of a row.

use std::sync::Arc;

use claimflow_core::{Subject, Text};

use super::read::Builder;
use crate::diagnostics::{Code, Faults, meant};
use crate::ir::Node;
use crate::lower::Lowerer;
use crate::lower::types::{Kind, Ty};
use crate::parse::syntax::PARSER;

/// The outcomes that a row can have.
pub(super) const OUTCOMES: &[&str] = &["hold", "deny", "warn", "categorize", "assign", "note"];

/// What a row can say of itself.
pub(super) const DETAILS: &[&str] =
    &["row", "title", "owner", "ask", "within", "because", "source", "effective", "expires"];

/// What a column is for.
#[derive(Debug, Clone)]
pub(super) enum Role {
    Condition {
        name: Text,
        node: Arc<Node>,
        ty: Ty,
    },
    Outcome(&'static str),
    Detail(&'static str),
    /// A note of the author: a name that begins with `#`, or nothing in the whole column.
    Comment,
}

/// True when a cell of the row begins with `then`: the row that names the columns.
pub(super) fn names_columns(cells: impl Iterator<Item = impl AsRef<str>>) -> bool {
    cells.into_iter().any(|cell| cell.as_ref().trim().to_ascii_lowercase().starts_with("then "))
}

/// Reads the names of the columns.
pub(super) fn read(builder: &mut Builder<'_>, place: usize, subject: Subject) -> Vec<Role> {
    let Some(row) = builder.source.rows.get(place) else { return Vec::new() };
    let mut roles: Vec<Role> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for column in 0..row.cells.len() {
        let name = row.text(column).trim();
        let spaced: Vec<&str> = name.split_whitespace().collect();
        let plain = spaced.join(" ");
        if !name.is_empty() && !name.starts_with('#') && names.contains(&plain) {
            let help = "keep one of them; several values stand in one cell, as `02, 10`";
            builder.fault(
                Code::DecisionColumn,
                place,
                column,
                format!("the column `{name}` is there twice"),
                help,
            );
        }
        names.push(plain);
        let role = match spaced.as_slice() {
            [] => blank(builder, place, column),
            [first, ..] if first.starts_with('#') => Role::Comment,
            [then, word] if then.eq_ignore_ascii_case("then") => outcome(builder, place, column, word),
            [word] if DETAILS.contains(word) => {
                Role::Detail(DETAILS.iter().find(|own| *own == word).copied().unwrap_or_default())
            }
            _ => condition(builder, place, column, name, subject),
        };
        roles.push(role);
    }
    roles
}

fn blank(builder: &mut Builder<'_>, place: usize, column: usize) -> Role {
    let mut below = builder.source.rows.iter().skip(place + 1);
    if below.any(|row| !row.text(column).trim().is_empty()) {
        let help = "name it, or begin its name with `#` when it is a note";
        builder.fault(Code::DecisionColumn, place, column, "this column has no name", help);
    }
    Role::Comment
}

fn outcome(builder: &mut Builder<'_>, place: usize, column: usize, word: &str) -> Role {
    if let Some(known) = OUTCOMES.iter().find(|own| **own == word) {
        return Role::Outcome(known);
    }
    let help = if word == "fix" {
        "a table finds and names; write a rule for what corrects a claim".to_owned()
    } else {
        meant(word, OUTCOMES.iter().copied())
    };
    builder.fault(Code::DecisionColumn, place, column, format!("a row cannot `{word}`"), help);
    Role::Comment
}

fn condition(builder: &mut Builder<'_>, place: usize, column: usize, name: &str, subject: Subject) -> Role {
    let lowered = match PARSER.compile_expression(name) {
        Ok(ast) => {
            let expr = match ast.statements() {
                [rhai::Stmt::Expr(expr)] => Some((**expr).clone()),
                [rhai::Stmt::FnCall(call, at)] => Some(rhai::Expr::FnCall(call.clone(), *at)),
                _ => None,
            };
            let mut faults = Faults::new(&builder.source.path);
            let lowered =
                expr.map(|expr| Lowerer::new(&builder.env, &mut faults, Some(subject), 0).lower(&expr));
            let found = faults.list;
            if let Some(first) = found.into_iter().find(claimflow_core::Diagnostic::is_error) {
                let help = near_detail(name).unwrap_or(first.help);
                builder.fault(Code::DecisionColumn, place, column, first.message, help);
                return Role::Comment;
            }
            lowered
        }
        Err(_) => None,
    };
    let named = lowered.as_ref().is_some_and(|lowered| {
        let value = matches!(
            lowered.ty.kind,
            Kind::Bool | Kind::Int | Kind::Decimal | Kind::Text | Kind::Date | Kind::Texts
        );
        value && !lowered.node.has_script() && !matches!(lowered.node, Node::Constant(_))
    });
    match lowered.filter(|_| named) {
        Some(lowered) => Role::Condition { name: name.into(), node: Arc::new(lowered.node), ty: lowered.ty },
        None => {
            let help = near_detail(name).unwrap_or_else(|| {
                "name a field, as `line.procedure` or `line.has_modifier(\"95\")`, or begin with `#`"
                    .to_owned()
            });
            builder.fault(Code::DecisionColumn, place, column, format!("`{name}` is no column"), help);
            Role::Comment
        }
    }
}

fn near_detail(name: &str) -> Option<String> {
    claimflow_core::nearest(name, DETAILS.iter().copied()).map(|near| format!("did you mean `{near}`?"))
}
