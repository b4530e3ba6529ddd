//! The engine that runs scripts: the catalogue's names, strict comparisons, limits, and nothing else.

use std::any::TypeId;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use claimflow_core::{Text, days_between};
use jiff::civil::Date;
use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicFnPackage, BasicIteratorPackage, BasicStringPackage,
    LogicPackage, MoreStringPackage, Package,
};
use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, ImmutableString, NativeCallContext};
use rust_decimal::Decimal;

use super::handle::{Handle, Outcome, TableHandle, Unknown, failure};
use super::{current, limits};
use crate::catalogue::{self, EntryKind};
use crate::ir::parse_number;
use crate::parse::syntax::configure;
use crate::value::{Constant, Value};

/// The engine. It holds no state: what a script looks at is its thread's frame.
pub(super) static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = bare();
    limits::limit(&mut engine);
    limits::guard(&mut engine, limits::TEXT);
    names(&mut engine);
    common(&mut engine);
    tables(&mut engine);
    strict::comparisons(&mut engine);
    variables(&mut engine);
    engine
});

/// An engine with the plain functions of texts, lists and numbers, and no limits yet.
pub(crate) fn bare() -> Engine {
    let mut engine = Engine::new_raw();
    configure(&mut engine);
    for package in [
        ArithmeticPackage::new().as_shared_module(),
        BasicStringPackage::new().as_shared_module(),
        MoreStringPackage::new().as_shared_module(),
        BasicIteratorPackage::new().as_shared_module(),
        BasicFnPackage::new().as_shared_module(),
        LogicPackage::new().as_shared_module(),
        BasicArrayPackage::new().as_shared_module(),
    ] {
        engine.register_global_module(package);
    }
    engine.set_max_strings_interned(0);
    engine.set_fast_operators(false);
    engine.on_print(|_| {}).on_debug(|_, _, _| {});
    engine.register_type_with_name::<Unknown>("Unknown");
    engine.register_type_with_name::<Date>("date");
    engine
}

fn distinct(kind: EntryKind) -> BTreeSet<(&'static str, usize)> {
    let own = catalogue::catalogue().iter().filter(|entry| entry.kind == kind);
    own.map(|entry| (entry.name(), entry.arguments.len())).collect()
}

fn names(engine: &mut Engine) {
    engine.register_type_with_name::<Handle>("object");
    for (name, _) in distinct(EntryKind::Field) {
        engine.register_get(name, move |handle: &mut Handle| handle.read(name));
    }
    for (name, count) in distinct(EntryKind::Method) {
        match count {
            1 => engine.register_fn(name, move |handle: &mut Handle, a: Dynamic| handle.call(name, &[a])),
            _ => engine.register_fn(name, move |handle: &mut Handle, a: Dynamic, b: Dynamic| {
                handle.call(name, &[a, b])
            }),
        };
    }
}

fn date_part(engine: &mut Engine, name: &'static str, part: fn(Date) -> i64) {
    engine.register_get(name, move |date: &mut Date| part(*date));
}

/// Functions of dates, numbers and lists.
pub(crate) fn common(engine: &mut Engine) {
    date_part(engine, "year", |date| i64::from(date.year()));
    date_part(engine, "month", |date| i64::from(date.month()));
    date_part(engine, "weekday", |date| i64::from(date.weekday().to_monday_one_offset()));
    engine.register_fn("days_between", |from: Date, to: Date| days_between(from, to));
    engine.register_fn("date", |text: ImmutableString| -> Outcome {
        text.parse::<Date>().map(Dynamic::from).map_err(|_| failure("this is not a date"))
    });
    engine.register_fn("number", |text: ImmutableString| -> Dynamic {
        let name = format!("number(\"{text}\")");
        super::handle::to_dynamic(&parse_number(&text).map_or(Value::Unit, Value::Decimal), &name)
    });
    engine.register_fn("to_string", |date: &mut Date| date.to_string());
    engine.register_fn("any", |list: &mut Array, others: Array| {
        list.iter().any(|item| others.iter().any(|other| same_text(item, other)))
    });
    engine.register_fn("any", |context: NativeCallContext, list: &mut Array, test: FnPtr| {
        some_item(&context, list, &test, true)
    });
    engine.register_fn("all", |context: NativeCallContext, list: &mut Array, test: FnPtr| {
        some_item(&context, list, &test, false).map(|found| !found)
    });
    engine.register_fn("is_empty", |list: &mut Array| list.is_empty());
    engine.register_get("is_empty", |list: &mut Array| list.is_empty());
    engine.register_get("is_empty", |text: &mut ImmutableString| text.is_empty());
}

/// Look-ups in the tables of a pack.
fn tables(engine: &mut Engine) {
    engine.register_fn("table", |name: ImmutableString| TableHandle(name.as_str().into()));
    engine.register_fn("has", |table: &mut TableHandle, a: Dynamic| table.has(&[a]));
    engine.register_fn("has", |table: &mut TableHandle, a: Dynamic, b: Dynamic| table.has(&[a, b]));
    engine.register_fn("has", |table: &mut TableHandle, a: Dynamic, b: Dynamic, c: Dynamic| {
        table.has(&[a, b, c])
    });
    engine.register_fn("has", |table: &mut TableHandle, a: Dynamic, b: Dynamic, c: Dynamic, d: Dynamic| {
        table.has(&[a, b, c, d])
    });
    engine.register_get("known", |table: &mut TableHandle| table.known());
    engine.register_fn("get", |table: &mut TableHandle, a: Dynamic, column: Dynamic| table.get(&[a, column]));
    engine.register_fn("get", |table: &mut TableHandle, a: Dynamic, b: Dynamic, column: Dynamic| {
        table.get(&[a, b, column])
    });
    engine.register_fn(
        "get",
        |table: &mut TableHandle, a: Dynamic, b: Dynamic, c: Dynamic, column: Dynamic| {
            table.get(&[a, b, c, column])
        },
    );
}

/// True when the test answers `wanted` for some item.
fn some_item(
    context: &NativeCallContext<'_>,
    list: &[Dynamic],
    test: &FnPtr,
    wanted: bool,
) -> Result<bool, Box<EvalAltResult>> {
    for item in list {
        if test.call_within_context::<bool>(context, (item.clone(),))? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

fn same_text(a: &Dynamic, b: &Dynamic) -> bool {
    match (a.read_lock::<ImmutableString>(), b.read_lock::<ImmutableString>()) {
        (Some(a), Some(b)) => *a == *b,
        _ => false,
    }
}

/// Objects and constants by name, wherever a script stands: within functions too.
fn variables(engine: &mut Engine) {
    #[expect(
        deprecated,
        reason = "marked as volatile, not as deprecated; the version of rhai is pinned by the lock file"
    )]
    engine.on_var(|name, _, context| {
        if context.scope().contains(name) {
            return Ok(None);
        }
        let Some(frame) = current() else { return Ok(None) };
        if let Some(value) = frame.unit.constants.get(name) {
            return Ok(Some(value.clone()));
        }
        if name == "as_of" {
            let today = frame.owned.as_of;
            frame.record(Text::const_new("as_of"), Text::from(today.to_string()));
            return Ok(Some(Dynamic::from(today)));
        }
        let object = catalogue::objects().iter().find(|object| **object == name);
        Ok(object.map(|object| Dynamic::from(Handle(object))))
    });
}

/// A constant for scripts.
pub(crate) fn constant(value: &Constant) -> Dynamic {
    super::handle::to_dynamic(&value.value(), "")
}

pub(crate) mod strict {
    //! Comparisons of values of different kinds, and with what is not known, are errors rather than `false`.

    use super::{Date, Decimal, Dynamic, Engine, Handle, ImmutableString, TypeId, Unknown, failure};

    const ORDERS: [&str; 4] = ["<", "<=", ">", ">="];
    const EQUALITIES: [&str; 2] = ["==", "!="];

    /// Comparisons and calculations of the kinds that scripts meet.
    pub(crate) fn comparisons(engine: &mut Engine) {
        let kinds = [
            TypeId::of::<bool>(),
            TypeId::of::<i64>(),
            TypeId::of::<Decimal>(),
            TypeId::of::<ImmutableString>(),
            TypeId::of::<Date>(),
            TypeId::of::<Unknown>(),
            TypeId::of::<()>(),
            TypeId::of::<Handle>(),
            TypeId::of::<rhai::Array>(),
            TypeId::of::<rhai::Map>(),
        ];
        for a in kinds {
            for b in kinds {
                pair(engine, a, b);
            }
        }
        dates(engine);
        unknown_operands(engine, &kinds);
    }

    fn is_number(kind: TypeId) -> bool {
        kind == TypeId::of::<i64>() || kind == TypeId::of::<Decimal>()
    }

    fn is_nothing(kind: TypeId) -> bool {
        kind == TypeId::of::<()>()
    }

    fn is_unknown(kind: TypeId) -> bool {
        kind == TypeId::of::<Unknown>()
    }

    fn pair(engine: &mut Engine, a: TypeId, b: TypeId) {
        let equates = (a == b || (is_number(a) && is_number(b))) && !is_unknown(a);
        let has_order = equates && a != TypeId::of::<bool>() && !is_nothing(a);
        for sign in EQUALITIES {
            if is_nothing(a) || is_nothing(b) {
                let same = (is_nothing(a) || is_unknown(a)) && (is_nothing(b) || is_unknown(b));
                let answer = same == (sign == "==");
                engine.register_raw_fn(sign, [a, b], move |_, _| Ok(Dynamic::from(answer)));
            } else if !equates {
                engine.register_raw_fn(sign, [a, b], |_, args| Err::<Dynamic, _>(mixed(args)));
            }
        }
        for sign in ORDERS {
            if !has_order {
                engine.register_raw_fn(sign, [a, b], |_, args| Err::<Dynamic, _>(mixed(args)));
            }
        }
    }

    fn mixed(args: &[&mut Dynamic]) -> Box<rhai::EvalAltResult> {
        for arg in args {
            if let Some(unknown) = arg.read_lock::<Unknown>() {
                return failure(crate::value::Fault::unknown(&unknown.0).to_string());
            }
        }
        failure("values of different kinds are compared")
    }

    fn dates(engine: &mut Engine) {
        engine.register_fn("==", |a: Date, b: Date| a == b);
        engine.register_fn("!=", |a: Date, b: Date| a != b);
        engine.register_fn("<", |a: Date, b: Date| a < b);
        engine.register_fn("<=", |a: Date, b: Date| a <= b);
        engine.register_fn(">", |a: Date, b: Date| a > b);
        engine.register_fn(">=", |a: Date, b: Date| a >= b);
    }

    /// Calculations with what is not known.
    fn unknown_operands(engine: &mut Engine, kinds: &[TypeId]) {
        let unknown = TypeId::of::<Unknown>();
        for sign in ["+", "-", "*", "/", "%"] {
            for kind in kinds {
                engine.register_raw_fn(sign, [unknown, *kind], |_, args| Err::<Dynamic, _>(mixed(args)));
                engine.register_raw_fn(sign, [*kind, unknown], |_, args| Err::<Dynamic, _>(mixed(args)));
            }
        }
        engine.register_raw_fn("!", [unknown], |_, args| Err::<Dynamic, _>(mixed(args)));
        engine.register_raw_fn("-", [unknown], |_, args| Err::<Dynamic, _>(mixed(args)));
    }
}
