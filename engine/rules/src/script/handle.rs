//! Values as scripts hold them: plain ones as Rhai's own, objects of the catalogue as handles on the input.

use claimflow_core::Text;
use jiff::civil::Date;
use rhai::{Array, Dynamic, EvalAltResult, ImmutableString, Position};
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::current;
use crate::catalogue::{self, EntryKind, Type};
use crate::ir::{call_entry, has_any, show_entry};
use crate::value::{List, Value};

/// An object of the catalogue, as `claim` or `line`.
#[derive(Debug, Clone)]
pub(super) struct Handle(pub(super) &'static str);

/// A value that is not known, with the name under which it was read.
#[derive(Debug, Clone)]
pub(super) struct Unknown(pub(super) Text);

/// A table by its name.
#[derive(Debug, Clone)]
pub(super) struct TableHandle(pub(super) Text);

pub(super) type Outcome = Result<Dynamic, Box<EvalAltResult>>;

/// A failure with that sentence.
pub(crate) fn failure(text: impl Into<String>) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(text.into()), Position::NONE))
}

/// A value for a script; `name` is kept with what is not known.
pub(super) fn to_dynamic(value: &Value<'_>, name: &str) -> Dynamic {
    match value {
        Value::Unit => Dynamic::from(Unknown(Text::from(name))),
        Value::Bool(value) => Dynamic::from(*value),
        Value::Int(value) => Dynamic::from(*value),
        Value::Decimal(value) => Dynamic::from(*value),
        Value::Text(text) => Dynamic::from(ImmutableString::from(*text)),
        Value::Owned(text) => Dynamic::from(ImmutableString::from(text.as_str())),
        Value::Date(date) => Dynamic::from(*date),
        Value::Object(name) => Dynamic::from(Handle(name)),
        Value::List(list) => Dynamic::from_array(list.iter().map(|item| to_dynamic(&item, name)).collect()),
    }
}

/// A script's value; `None` for kinds that rules cannot use.
pub(super) fn from_dynamic(value: Dynamic) -> Option<Value<'static>> {
    if value.is_unit() || value.is::<Unknown>() {
        return Some(Value::Unit);
    }
    if let Ok(value) = value.as_bool() {
        return Some(Value::Bool(value));
    }
    if let Ok(value) = value.as_int() {
        return Some(Value::Int(value));
    }
    if let Some(value) = value.read_lock::<Decimal>() {
        return Some(Value::Decimal(*value));
    }
    if let Some(value) = value.read_lock::<Date>() {
        return Some(Value::Date(*value));
    }
    if let Some(handle) = value.read_lock::<Handle>() {
        return Some(Value::Object(handle.0));
    }
    if value.is_string() {
        let text = value.into_immutable_string().ok()?;
        return Some(Value::Owned(Text::from(text.as_str())));
    }
    let items: Array = value.into_array().ok()?;
    Some(Value::List(List::Values(items.into_iter().map(from_dynamic).collect::<Option<_>>()?)))
}

impl Handle {
    /// Reads a field.
    pub(super) fn read(&self, name: &str) -> Outcome {
        let path = format!("{}.{name}", self.0);
        let entry = catalogue::find(&path)
            .filter(|entry| entry.kind == EntryKind::Field)
            .ok_or_else(|| failure(format!("there is no `{path}`")))?;
        let frame = current().ok_or_else(|| failure("no rule runs"))?;
        frame
            .with_ctx(|ctx| {
                let value = call_entry(entry, ctx, &[]);
                frame.record(Text::const_new(entry.path), show_entry(entry, &value));
                to_dynamic(&value, entry.path)
            })
            .ok_or_else(|| failure(format!("there is no `{}` here", self.0)))
    }

    /// Calls a method.
    pub(super) fn call(&self, name: &str, args: &[Dynamic]) -> Outcome {
        let path = format!("{}.{name}", self.0);
        let entry = catalogue::find(&path)
            .filter(|entry| entry.kind == EntryKind::Method && entry.arguments.len() == args.len())
            .ok_or_else(|| failure(format!("there is no `{path}` with {} arguments", args.len())))?;
        let mut values: SmallVec<[Value<'static>; 2]> = SmallVec::new();
        for (arg, argument) in args.iter().zip(entry.arguments) {
            let value =
                from_dynamic(arg.clone()).filter(|value| fits(argument.ty, value)).ok_or_else(|| {
                    failure(format!("`{path}` takes {} for {}", argument.ty.as_str(), argument.name))
                })?;
            values.push(value);
        }
        let frame = current().ok_or_else(|| failure("no rule runs"))?;
        let shown = values.iter().map(shown_argument).collect::<Vec<_>>().join(", ");
        let name = Text::from(format!("{path}({shown})"));
        frame
            .with_ctx(|ctx| {
                let value = call_entry(entry, ctx, &values);
                frame.record(name.clone(), show_entry(entry, &value));
                to_dynamic(&value, &name)
            })
            .ok_or_else(|| failure(format!("there is no `{}` here", self.0)))
    }
}

fn shown_argument(value: &Value<'_>) -> String {
    match value {
        Value::List(list) => {
            format!("[{}]", list.iter().map(|item| shown_argument(&item)).collect::<Vec<_>>().join(", "))
        }
        _ => value.text().map_or_else(|| value.to_string(), |text| format!("\"{text}\"")),
    }
}

fn fits(ty: Type, value: &Value<'_>) -> bool {
    match ty {
        Type::Bool => matches!(value, Value::Bool(_)),
        Type::Int => matches!(value, Value::Int(_)),
        Type::Money | Type::Number | Type::Quantity => value.decimal().is_some(),
        Type::Text => value.text().is_some(),
        Type::Date => matches!(value, Value::Date(_)),
        Type::Texts => matches!(value, Value::List(_)),
        Type::Line => matches!(value, Value::Object("line")),
        Type::Nothing => false,
    }
}

impl TableHandle {
    /// True when a row begins with these cells; a list stands for any of its texts.
    pub(super) fn has(&self, keys: &[Dynamic]) -> Outcome {
        let keys = keys.iter().map(cells).collect::<Result<SmallVec<[Value<'_>; 4]>, _>>()?;
        let name = format!("table(\"{}\").has(...)", self.0);
        self.look(|table, on| {
            let found = table.is_known().then(|| Value::Bool(has_any(table, &keys, on)));
            to_dynamic(&found.unwrap_or(Value::Unit), &name)
        })
    }

    /// The cell of a column in the row that begins with those keys: the last argument names the column.
    pub(super) fn get(&self, arguments: &[Dynamic]) -> Outcome {
        let texts = texts(arguments)?;
        let shown = texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ");
        let name = format!("table(\"{}\").get({shown})", self.0);
        let Some((column, keys)) = texts.split_last() else {
            return Err(failure("a key and a column are needed"));
        };
        let keys: SmallVec<[&str; 4]> = keys.iter().map(Text::as_str).collect();
        self.look(|table, on| {
            let cell = table.column(column).and_then(|place| table.get(&keys, place, on));
            to_dynamic(&cell.map_or(Value::Unit, Value::Text), &name)
        })
    }

    /// True when the table is installed.
    pub(super) fn known(&self) -> Outcome {
        self.look(|table, _| Dynamic::from(table.is_known()))
    }

    fn look(&self, read: impl FnOnce(&crate::table::Table, Date) -> Dynamic) -> Outcome {
        let frame = current().ok_or_else(|| failure("no rule runs"))?;
        let table = frame
            .unit
            .tables
            .get(&self.0)
            .ok_or_else(|| failure(format!("there is no table `{}`", self.0)))?;
        frame.with_ctx(|ctx| read(table, ctx.rule_date())).ok_or_else(|| failure("no rule runs"))
    }
}

/// A text or a list of texts.
fn cells(key: &Dynamic) -> Result<Value<'static>, Box<EvalAltResult>> {
    match from_dynamic(key.clone()) {
        Some(value) if value.text().is_some() => Ok(value),
        Some(Value::List(list)) if list.iter().all(|item| item.text().is_some()) => Ok(Value::List(list)),
        _ => Err(failure("table cells are text")),
    }
}

fn texts(values: &[Dynamic]) -> Result<Vec<Text>, Box<EvalAltResult>> {
    values
        .iter()
        .map(|value| {
            let text = value.clone().into_immutable_string().map_err(|_| failure("table cells are text"))?;
            Ok(Text::from(text.as_str()))
        })
        .collect()
}
