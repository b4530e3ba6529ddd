//! Conditions in the form in which they are evaluated: a tree over the borrowed context.
//!
//! Reading a field, comparing and searching a constant list allocate nothing. What cannot be put in this form (helper
//! functions with statements, loops, closures) is a [`Node::Script`] and runs in Rhai; both ways agree, which a
//! property test checks.

mod operations;
mod show;

use std::sync::Arc;

use claimflow_core::Text;
use jiff::civil::Date;
use smallvec::SmallVec;

pub(crate) use self::operations::parse_number;
use self::operations::{all, any, arithmetic, call, coalesce, compare, concat, in_texts, negate};
use self::show::show_bool;
pub(crate) use self::show::{show, show_entry};
use crate::catalogue::{Access, Entry, Planned};
use crate::context::Ctx;
use crate::decisions::Cell;
use crate::script::ScriptExpr;
use crate::table::Table;
use crate::value::{Constant, Fault, List, Value};

/// How two values are compared: as in a workflow's guards.
pub(crate) use claimflow_core::guard::GuardOp as Comparison;

/// An operation on numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A function of texts, lists and dates that belongs to no object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    StartsWith,
    EndsWith,
    ContainsText,
    TextLength,
    TextIsEmpty,
    ListContains,
    ListLength,
    ListIsEmpty,
    ListAny,
    Year,
    Month,
    Weekday,
    DaysBetween,
    ParseDate,
    ParseNumber,
}

/// An expression.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Constant(Constant),
    Object(&'static str),
    Field(&'static Entry),
    Method(&'static Entry, Box<[Node]>),
    Compare(Comparison, Box<(Node, Node)>),
    /// `x == ()`, or `x != ()` when negated.
    IsUnknown {
        inner: Box<Node>,
        negated: bool,
    },
    /// A text in a constant list: the common form of a scope.
    InTexts(Box<Node>, Vec<Text>),
    Not(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Coalesce(Box<[Node]>),
    Arithmetic(Arithmetic, Box<(Node, Node)>),
    Negate(Box<Node>),
    If(Box<(Node, Node, Node)>),
    Call(Function, Box<[Node]>),
    TableHas(Arc<Table>, Box<[Node]>),
    /// The column's place, and the keys.
    TableGet(Arc<Table>, usize, Box<[Node]>),
    TableKnown(Arc<Table>),
    Concat(Box<[Node]>),
    List(Box<[Node]>),
    Script(Box<ScriptExpr>),
    /// A cell of a decision table: whether what its column reads fits.
    Cell(Arc<Node>, Box<Cell>),
}

type Values<'a> = SmallVec<[Value<'a>; 2]>;

impl Node {
    /// The value of the expression.
    pub(crate) fn eval<'a>(&'a self, ctx: &Ctx<'a>) -> Result<Value<'a>, Fault> {
        Ok(match self {
            Self::Constant(constant) => constant.value(),
            Self::Object(name) => Value::Object(name),
            Self::Field(entry) => read_field(entry, ctx),
            Self::Method(entry, args) => self.call_method(entry, args, ctx)?,
            Self::Compare(op, sides) => Value::Bool(compare(*op, &sides.0, &sides.1, ctx)?),
            Self::IsUnknown { inner, negated } => Value::Bool(inner.eval(ctx)?.is_unit() != *negated),
            Self::InTexts(inner, texts) => Value::Bool(in_texts(inner, texts, ctx)?),
            Self::Not(inner) => Value::Bool(!inner.test(ctx)?),
            Self::And(parts) => Value::Bool(all(parts, ctx)?),
            Self::Or(parts) => Value::Bool(any(parts, ctx)?),
            Self::Coalesce(parts) => coalesce(parts, ctx)?,
            Self::Arithmetic(op, sides) => arithmetic(*op, sides, ctx)?,
            Self::Negate(inner) => negate(inner, ctx)?,
            Self::If(parts) => {
                if parts.0.test(ctx)? {
                    parts.1.eval(ctx)?
                } else {
                    parts.2.eval(ctx)?
                }
            }
            Self::Call(function, args) => call(*function, args, ctx)?,
            Self::TableHas(table, keys) => self.table_has(table, keys, ctx)?,
            Self::TableGet(table, column, keys) => self.table_get(table, *column, keys, ctx)?,
            Self::TableKnown(table) => {
                ctx.record(|| self.described(), || show_bool(table.is_known()));
                Value::Bool(table.is_known())
            }
            Self::Concat(parts) => concat(parts, ctx)?,
            Self::List(items) => {
                Value::List(List::Values(items.iter().map(|item| item.eval(ctx)).collect::<Result<_, _>>()?))
            }
            Self::Script(script) => script.eval(ctx)?,
            Self::Cell(column, cell) => Value::Bool(cell.fits(&column.eval(ctx)?)),
        })
    }

    /// The truth of a condition.
    pub(crate) fn test<'a>(&'a self, ctx: &Ctx<'a>) -> Result<bool, Fault> {
        match self.eval(ctx)? {
            Value::Bool(value) => Ok(value),
            Value::Unit => Err(Fault::unknown(&self.describe())),
            other => Err(Fault::new(format!("{} is {}, not true or false", self.describe(), other.kind()))),
        }
    }

    /// The value of an expression that must be known.
    fn known<'a>(&'a self, ctx: &Ctx<'a>) -> Result<Value<'a>, Fault> {
        match self.eval(ctx)? {
            Value::Unit => Err(Fault::unknown(&self.describe())),
            value => Ok(value),
        }
    }

    /// True when the value identifies a person.
    pub(crate) fn is_private(&self) -> bool {
        match self {
            Self::Field(entry) | Self::Method(entry, _) => entry.private,
            Self::Arithmetic(_, sides) => sides.0.is_private() || sides.1.is_private(),
            Self::Coalesce(parts) | Self::Concat(parts) | Self::List(parts) => {
                parts.iter().any(Self::is_private)
            }
            Self::If(parts) => parts.1.is_private() || parts.2.is_private(),
            _ => false,
        }
    }

    /// True when a part of it runs in Rhai.
    pub(crate) fn has_script(&self) -> bool {
        let any = |parts: &[Self]| parts.iter().any(Self::has_script);
        match self {
            Self::Script(_) => true,
            Self::Method(_, parts)
            | Self::And(parts)
            | Self::Or(parts)
            | Self::Coalesce(parts)
            | Self::Call(_, parts)
            | Self::TableHas(_, parts)
            | Self::TableGet(_, _, parts)
            | Self::Concat(parts)
            | Self::List(parts) => any(parts),
            Self::Compare(_, sides) | Self::Arithmetic(_, sides) => {
                sides.0.has_script() || sides.1.has_script()
            }
            Self::IsUnknown { inner, .. }
            | Self::InTexts(inner, _)
            | Self::Not(inner)
            | Self::Negate(inner) => inner.has_script(),
            Self::Cell(column, _) => column.has_script(),
            Self::If(parts) => parts.0.has_script() || parts.1.has_script() || parts.2.has_script(),
            Self::Constant(_) | Self::Object(_) | Self::Field(_) | Self::TableKnown(_) => false,
        }
    }

    /// What the action plans to change.
    pub(crate) fn plan<'a>(&'a self, ctx: &Ctx<'a>) -> Result<Planned, Fault> {
        let Self::Method(Entry { access: Access::Action(plan), .. }, args) = self else {
            return Err(Fault::new("this is no action"));
        };
        let values: Values<'_> = args.iter().map(|arg| arg.known(ctx)).collect::<Result<_, _>>()?;
        plan(ctx, &values)
    }

    fn call_method<'a>(
        &'a self,
        entry: &'static Entry,
        args: &'a [Node],
        ctx: &Ctx<'a>,
    ) -> Result<Value<'a>, Fault> {
        let mut values = Values::new();
        for arg in args {
            values.push(arg.known(ctx)?);
        }
        let value = call_entry(entry, ctx, &values);
        ctx.record(|| self.described(), || show_entry(entry, &value));
        Ok(value)
    }

    fn table_has<'a>(&'a self, table: &Table, keys: &'a [Node], ctx: &Ctx<'a>) -> Result<Value<'a>, Fault> {
        let values = known_values(keys, ctx)?;
        let found = table.is_known().then(|| has_any(table, &values, ctx.rule_date()));
        let shown = || found.map_or(Text::const_new("unknown"), show_bool);
        ctx.record(|| self.described(), shown);
        Ok(found.map_or(Value::Unit, Value::Bool))
    }

    fn table_get<'a>(
        &'a self,
        table: &'a Table,
        column: usize,
        keys: &'a [Node],
        ctx: &Ctx<'a>,
    ) -> Result<Value<'a>, Fault> {
        let values = known_values(keys, ctx)?;
        let cell = table.get(&texts(&values), column, ctx.rule_date());
        ctx.record(|| self.described(), || Text::from(cell.unwrap_or("unknown")));
        Ok(cell.map_or(Value::Unit, Value::Text))
    }
}

fn known_values<'a>(nodes: &'a [Node], ctx: &Ctx<'a>) -> Result<Values<'a>, Fault> {
    nodes.iter().map(|node| node.known(ctx)).collect()
}

/// True when a row begins with these cells; where a list stands for a cell, with one of its texts.
pub(crate) fn has_any(table: &Table, values: &[Value<'_>], on: Date) -> bool {
    let Some(place) = values.iter().position(|value| matches!(value, Value::List(_))) else {
        return table.has(&texts(values), on);
    };
    let mut keys: Values<'_> = values.iter().cloned().collect();
    let Some(Value::List(list)) = values.get(place) else { return false };
    list.iter().any(|item| {
        if let Some(key) = keys.get_mut(place) {
            *key = item;
        }
        has_any(table, &keys, on)
    })
}

fn texts<'v>(values: &'v [Value<'_>]) -> SmallVec<[&'v str; 4]> {
    values.iter().map(|value| value.text().unwrap_or_default()).collect()
}

/// Calls a method of the catalogue; fields and actions read as nothing.
pub(crate) fn call_entry<'a>(entry: &Entry, ctx: &Ctx<'a>, args: &[Value<'a>]) -> Value<'a> {
    match entry.access {
        Access::Method(read) => read(ctx, args),
        Access::Field(read) => read(ctx),
        Access::Action(_) => Value::Unit,
    }
}

/// Reads a field of the catalogue and records it.
pub(crate) fn read_field<'a>(entry: &'static Entry, ctx: &Ctx<'a>) -> Value<'a> {
    let Access::Field(read) = entry.access else { return Value::Unit };
    let value = read(ctx);
    ctx.record(|| Text::const_new(entry.path), || show_entry(entry, &value));
    value
}
