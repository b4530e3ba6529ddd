//! What the expressions of a workflow can read, and the variables that it declares.

use claimflow_core::expr::Expr;
use claimflow_core::guard::{GuardExpr, GuardOp};
use claimflow_core::workflow::{DraftExpr, DraftVariable, GUARD_VARIABLES, Placed, claim_fields};
use claimflow_core::{Money, Text, Value, ValueType};

use super::placed;
use crate::yaml::{self, Entry, Map, Node, Reader};

/// Names that guards and expressions of a workflow can read, with the kinds of their values.
pub(super) struct Scope<'v> {
    names: Vec<(&'v str, ValueType)>,
    variables: &'v [DraftVariable],
}

impl<'v> Scope<'v> {
    pub(super) fn of(variables: &'v [DraftVariable]) -> Self {
        let shipped = GUARD_VARIABLES.iter().copied().chain(claim_fields());
        let mut names: Vec<(&'v str, ValueType)> = Vec::new();
        shipped.for_each(|(name, kind)| names.push((name, kind)));
        variables.iter().for_each(|own| names.push((own.name.value.as_str(), own.kind)));
        Self { names, variables }
    }

    /// Reads a guard. One that cannot be read is told, and stands as a condition all the same.
    pub(super) fn guard(&self, reader: &mut Reader<'_>, node: &Node) -> GuardExpr {
        let Some(text) = reader.text(node, "`when`") else { return unread() };
        let compiled =
            claimflow_rules::compile_guard(text, reader.path(), node.at.line, column(node), &self.names);
        compiled.unwrap_or_else(|faults| {
            reader.extend(faults);
            unread()
        })
    }

    /// Reads an expression; `None` when it cannot be read, which is told.
    fn expression(
        &self,
        reader: &mut Reader<'_>,
        node: &Node,
        wanted: Option<ValueType>,
    ) -> Option<(Expr, ValueType)> {
        let text = reader.text(node, "an expression")?;
        let (path, line) = (reader.path(), node.at.line);
        match claimflow_rules::compile_expression(text, path, line, column(node), &self.names, wanted) {
            Ok(compiled) => Some(compiled),
            Err(faults) => {
                reader.extend(faults);
                None
            }
        }
    }

    /// Reads `set`: variables and their new values.
    pub(super) fn set(&self, reader: &mut Reader<'_>, map: &Map<'_>) -> Vec<DraftExpr> {
        let kind = |name: &str| self.variables.iter().find(|own| own.name.value == name).map(|own| own.kind);
        self.expressions(reader, map, "set", &kind)
    }

    /// Reads `input`: what an action or a workflow takes.
    pub(super) fn input(&self, reader: &mut Reader<'_>, map: &Map<'_>) -> Vec<DraftExpr> {
        self.expressions(reader, map, "input", &|_| None)
    }

    fn expressions(
        &self,
        reader: &mut Reader<'_>,
        map: &Map<'_>,
        key: &str,
        kind: &dyn Fn(&str) -> Option<ValueType>,
    ) -> Vec<DraftExpr> {
        entries(reader, map, key)
            .iter()
            .map(|entry| {
                let value = self.expression(reader, &entry.value, kind(&entry.key));
                let at = entry.value.at;
                DraftExpr { name: name(entry), value: Placed::new(value, at.line, at.column) }
            })
            .collect()
    }
}

/// Reads `keep`: own variables, and what they take of what comes back.
pub(super) fn keep(reader: &mut Reader<'_>, map: &Map<'_>) -> Vec<(Placed<Text>, Placed<Text>)> {
    entries(reader, map, "keep")
        .iter()
        .filter_map(|entry| Some((name(entry), placed(reader, &entry.value, "the name of what comes back")?)))
        .collect()
}

/// The text of a quoted scalar begins after its quote.
fn column(node: &Node) -> u32 {
    node.at.column + u32::from(matches!(node.value, yaml::Value::Scalar { plain: false, .. }))
}

fn name(entry: &Entry) -> Placed<Text> {
    Placed::new(Text::from(entry.key.as_str()), entry.at.line, entry.at.column)
}

fn entries<'n>(reader: &mut Reader<'_>, map: &Map<'n>, key: &str) -> &'n [Entry] {
    let node = map.get(key);
    node.and_then(|node| reader.free_map(node, &format!("`{key}`"))).map_or(&[], |map| map.entries())
}

/// Reads `takes` and `variables`.
pub(super) fn variables(reader: &mut Reader<'_>, map: &Map<'_>) -> Vec<DraftVariable> {
    let mut all: Vec<DraftVariable> = Vec::new();
    for (key, given) in [("takes", true), ("variables", false)] {
        for entry in entries(reader, map, key) {
            if all.iter().any(|own| own.name.value == entry.key) {
                let message = format!("the variable `{}` is there twice", entry.key);
                reader.fault("Y005", entry.at, message, "keep it in `takes` or in `variables`");
                continue;
            }
            all.extend(variable(reader, entry, given));
        }
    }
    all
}

fn variable(reader: &mut Reader<'_>, entry: &Entry, given: bool) -> Option<DraftVariable> {
    let text = reader.text(&entry.value, "a variable")?;
    let plain = matches!(entry.value.value, yaml::Value::Scalar { plain: true, .. });
    let default = if plain { literal(text) } else { Some(Value::Text(Text::from(text))) };
    let kind = ValueType::parse(text).filter(|_| plain);
    match (kind, default) {
        (Some(kind), _) => Some(DraftVariable { name: name(entry), kind, default: Value::None, given }),
        (None, Some(default)) => {
            let kind = default.kind()?;
            Some(DraftVariable { name: name(entry), kind, default, given })
        }
        (None, None) => {
            let help = "write `text`, `number`, `money`, `date` or `bool`, or a first value as `0`, `0.00`, `true`, \
                        `2026-03-02` or `\"text\"`";
            reader.fault("Y004", entry.value.at, format!("`{text}` is no kind of value and no value"), help);
            None
        }
    }
}

/// A first value written without quotes.
fn literal(text: &str) -> Option<Value> {
    match text {
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        _ => {}
    }
    let whole = text.parse().ok().map(Value::Int);
    let money = || text.contains('.').then(|| text.parse::<Money>().ok()).flatten().map(Value::Money);
    whole.or_else(money).or_else(|| text.parse().ok().map(Value::Date))
}

/// Stands for a guard that cannot be read, which is told: it may hold or not, so that the proofs say nothing of what follows.
fn unread() -> GuardExpr {
    GuardExpr::Compare { variable: "payer".into(), op: GuardOp::Equal, value: Value::Text(Text::default()) }
}
