//! Values from and to Rhai's.

use claimflow_core::Text;
use jiff::civil::Date;
use rhai::{Dynamic, ImmutableString, Map};
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::{Data, Piece};

/// Lists and maps within each other, at most.
pub(super) const DEPTH: usize = 32;

/// A sealed text, as scripts hold it: it has no functions but `+`.
#[derive(Debug, Clone)]
pub(super) struct Sealed(pub(super) Vec<Piece>);

/// For a script.
pub(super) fn to_dynamic(data: Data) -> Dynamic {
    match data {
        Data::Nothing => Dynamic::UNIT,
        Data::Bool(value) => Dynamic::from(value),
        Data::Int(value) => Dynamic::from(value),
        Data::Decimal(value) => Dynamic::from(value),
        Data::Text(text) => Dynamic::from(ImmutableString::from(text.as_str())),
        Data::Date(date) => Dynamic::from(date),
        Data::List(items) => Dynamic::from_array(items.into_iter().map(to_dynamic).collect()),
        Data::Map(fields) => Dynamic::from_map(
            fields
                .into_iter()
                .map(|(name, value)| (name.as_str().into(), to_dynamic(value)))
                .collect::<Map>(),
        ),
        Data::Sealed(pieces) => Dynamic::from(Sealed(pieces)),
    }
}

/// From a script; `None` for what no host can use, as a function.
pub(super) fn from_dynamic(value: &Dynamic) -> Option<Data> {
    within(value, DEPTH)
}

fn within(value: &Dynamic, depth: usize) -> Option<Data> {
    if value.is_unit() {
        return Some(Data::Nothing);
    }
    if let Ok(value) = value.as_bool() {
        return Some(Data::Bool(value));
    }
    if let Ok(value) = value.as_int() {
        return Some(Data::Int(value));
    }
    if let Ok(character) = value.as_char() {
        return Some(Data::text(character.encode_utf8(&mut [0; 4]) as &str));
    }
    if let Some(value) = value.read_lock::<Decimal>() {
        return Some(Data::Decimal(*value));
    }
    if let Some(value) = value.read_lock::<Date>() {
        return Some(Data::Date(*value));
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Some(Data::text(text.as_str()));
    }
    if let Some(sealed) = value.read_lock::<Sealed>() {
        return Some(Data::Sealed(sealed.0.clone()));
    }
    let depth = depth.checked_sub(1)?;
    if let Some(items) = value.read_lock::<rhai::Array>() {
        return items.iter().map(|item| within(item, depth)).collect::<Option<_>>().map(Data::List);
    }
    let fields = value.read_lock::<Map>()?;
    let fields = fields.iter().map(|(name, value)| Some((Text::from(name.as_str()), within(value, depth)?)));
    fields.collect::<Option<_>>().map(Data::Map)
}

/// The pieces of `before` with those of `after` behind them.
pub(super) fn joined(before: &[Piece], after: &[Piece]) -> Sealed {
    Sealed(before.iter().chain(after).cloned().collect())
}

/// The arguments of a call, as data.
pub(super) fn arguments(values: &[&mut Dynamic]) -> Option<SmallVec<[Data; 4]>> {
    values.iter().map(|value| from_dynamic(value)).collect()
}
