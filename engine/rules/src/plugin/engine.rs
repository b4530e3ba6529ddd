//! The engine of plugins' scripts: what rules' scripts have, maps, JSON, and what the call's host lends.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use claimflow_core::Text;
use jiff::civil::Date;
use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, Map, Position};
use rust_decimal::{Decimal, RoundingStrategy};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::shape::{Sealed, from_dynamic, joined, to_dynamic};
use super::{Data, PLUGIN_TEXT, Piece, PluginHost, PluginLimits, ScriptFault};
use crate::Table;
use crate::ir::parse_number;
use crate::script::engine::{bare, common, strict};
use crate::script::{failure, limits};

/// Calls within calls.
pub(super) const CALLS: usize = 12;
/// Items of a list and fields of a map, those within them included.
pub(super) const ITEMS: usize = 4_096;
/// Variables of one function.
pub(super) const VARIABLES: usize = 32;
/// The clock is looked at after so many operations.
const BETWEEN_LOOKS: u64 = 256;

type Outcome = Result<Dynamic, Box<EvalAltResult>>;

/// What the script that runs on this thread sees besides its arguments.
pub(super) struct Frame {
    pub(super) host: Arc<dyn PluginHost>,
    pub(super) constants: FxHashMap<Text, Dynamic>,
    pub(super) tables: FxHashMap<Text, Arc<Table>>,
    pub(super) today: Date,
    pub(super) started: Instant,
    pub(super) limits: PluginLimits,
}

thread_local! {
    static FRAMES: RefCell<Vec<Arc<Frame>>> = const { RefCell::new(Vec::new()) };
}

/// Makes a frame the thread's own until it is dropped, also when a host panics.
pub(super) struct Entered;

pub(super) fn enter(frame: Frame) -> Entered {
    FRAMES.with_borrow_mut(|frames| frames.push(Arc::new(frame)));
    Entered
}

impl Drop for Entered {
    fn drop(&mut self) {
        FRAMES.with_borrow_mut(Vec::pop);
    }
}

fn current() -> Result<Arc<Frame>, Box<EvalAltResult>> {
    FRAMES.with_borrow(|frames| frames.last().cloned()).ok_or_else(|| failure("no plugin runs"))
}

impl Frame {
    fn left(&self) -> Option<Duration> {
        self.limits.time.checked_sub(self.started.elapsed()).filter(|left| !left.is_zero())
    }
}

/// A table by its name.
#[derive(Debug, Clone)]
struct TableHandle(Text);

/// A register by its name.
#[derive(Debug, Clone)]
struct RegisterHandle(Text);

/// A fault that a host or the script itself names, on its way through Rhai.
#[derive(Debug, Clone)]
pub(super) struct Thrown(pub(super) ScriptFault);

fn thrown(fault: ScriptFault) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(Thrown(fault)), Position::NONE))
}

/// The engine. It holds no state: what a script sees is its thread's frame.
pub(super) static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = bare();
    engine
        .set_max_operations(0)
        .set_max_call_levels(CALLS)
        .set_max_string_size(PLUGIN_TEXT)
        .set_max_array_size(ITEMS)
        .set_max_map_size(ITEMS)
        .set_max_variables(VARIABLES)
        .set_max_modules(0)
        .set_fail_on_invalid_map_property(true);
    engine.on_progress(progress);
    limits::guard(&mut engine, PLUGIN_TEXT);
    common(&mut engine);
    strict::comparisons(&mut engine);
    maps(&mut engine);
    texts(&mut engine);
    tables(&mut engine);
    lent(&mut engine);
    variables(&mut engine);
    engine
});

fn progress(operations: u64) -> Option<Dynamic> {
    let frame = current().ok()?;
    if operations > frame.limits.operations {
        let most = frame.limits.operations;
        let message = format!("it takes more than {most} operations: look for a loop that does not end");
        return Some(Dynamic::from(Thrown(ScriptFault::lasting(message))));
    }
    let look = operations.is_multiple_of(BETWEEN_LOOKS);
    (look && frame.left().is_none()).then(|| Dynamic::from(Thrown(late(&frame))))
}

fn late(frame: &Frame) -> ScriptFault {
    ScriptFault::temporary(format!("it takes longer than {} ms", frame.limits.time.as_millis()))
}

fn maps(engine: &mut Engine) {
    engine.register_fn("get", |map: &mut Map, name: ImmutableString| -> Dynamic {
        map.get(name.as_str()).cloned().unwrap_or(Dynamic::UNIT)
    });
    engine.register_fn("contains", |map: &mut Map, name: ImmutableString| map.contains_key(name.as_str()));
    engine.register_fn("keys", |map: &mut Map| -> rhai::Array {
        map.keys().map(|name| Dynamic::from(ImmutableString::from(name.as_str()))).collect()
    });
    engine.register_fn("len", |map: &mut Map| i64::try_from(map.len()).unwrap_or(i64::MAX));
}

fn texts(engine: &mut Engine) {
    engine.register_fn("json_parse", |text: ImmutableString| -> Outcome {
        super::parse_json(&text).map(to_dynamic).map_err(failure)
    });
    engine.register_fn("json_print", |value: Dynamic| -> Result<ImmutableString, Box<EvalAltResult>> {
        let data = from_dynamic(&value).ok_or_else(|| failure("this cannot be written as JSON"))?;
        let text = super::print_json(&data).map_err(failure)?;
        if text.len() > PLUGIN_TEXT {
            let what = "Length of string".to_owned();
            return Err(Box::new(EvalAltResult::ErrorDataTooLarge(what, Position::NONE)));
        }
        Ok(text.into())
    });
    // A wrong answer is for people to look into; one that may come right later is tried again.
    engine.register_fn("fail", |message: ImmutableString| -> Outcome {
        Err(thrown(ScriptFault::lasting(shortened(&message))))
    });
    engine.register_fn("try_again", |message: ImmutableString| -> Outcome {
        Err(thrown(ScriptFault::temporary(shortened(&message))))
    });
    engine.register_fn("number", |text: ImmutableString| -> Dynamic {
        parse_number(&text).map_or(Dynamic::UNIT, Dynamic::from)
    });
    engine.register_fn("round", |value: Decimal, places: i64| {
        let places = u32::try_from(places.clamp(0, 28)).unwrap_or_default();
        value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
    });
    engine.register_fn("round", |value: i64, _: i64| value);
    engine.register_fn("to_string", |value: Decimal| value.to_string());
    engine.register_type_with_name::<Sealed>("secret");
    for sign in ["==", "!="] {
        engine.register_fn(sign, |_: Sealed, _: Dynamic| -> Outcome {
            Err(failure("a secret cannot be compared"))
        });
        engine.register_fn(sign, |_: Dynamic, _: Sealed| -> Outcome {
            Err(failure("a secret cannot be compared"))
        });
    }
    engine.register_fn("+", |text: ImmutableString, sealed: Sealed| {
        joined(&[Piece::Open(text.as_str().into())], &sealed.0)
    });
    engine.register_fn("+", |sealed: Sealed, text: ImmutableString| {
        joined(&sealed.0, &[Piece::Open(text.as_str().into())])
    });
}

/// The longest reason that is kept.
const REASON: usize = 300;

fn shortened(text: &str) -> String {
    text.chars().take(REASON).collect()
}

fn tables(engine: &mut Engine) {
    engine.register_fn("table", |name: ImmutableString| TableHandle(name.as_str().into()));
    engine.register_get("known", |table: &mut TableHandle| -> Result<bool, Box<EvalAltResult>> {
        Ok(table.table()?.1.is_known())
    });
    for count in 1..=4 {
        engine.register_raw_fn("has", handle_and::<TableHandle>(count), |_, args| {
            let (table, keys) = split::<TableHandle>(args)?;
            let (frame, table) = table.table()?;
            let keys: SmallVec<[&str; 4]> = keys.iter().map(Text::as_str).collect();
            Ok(table.has(&keys, frame.today))
        });
    }
    for count in 2..=5 {
        engine.register_raw_fn("get", handle_and::<TableHandle>(count), |_, args| {
            let (table, keys) = split::<TableHandle>(args)?;
            let (frame, table) = table.table()?;
            let Some((column, keys)) = keys.split_last() else { return Ok(Dynamic::UNIT) };
            let place = table
                .column(column)
                .ok_or_else(|| failure(format!("the table `{}` has no column `{column}`", table.name())))?;
            let keys: SmallVec<[&str; 4]> = keys.iter().map(Text::as_str).collect();
            let cell = table.get(&keys, place, frame.today).map(ImmutableString::from);
            Ok(cell.map_or(Dynamic::UNIT, Dynamic::from))
        });
    }
}

/// The kinds of a handle and so many texts after it.
fn handle_and<T: 'static>(count: usize) -> Vec<std::any::TypeId> {
    let text = std::any::TypeId::of::<ImmutableString>();
    std::iter::once(std::any::TypeId::of::<T>()).chain(std::iter::repeat_n(text, count)).collect()
}

/// A handle, and the texts after it.
fn split<T>(args: &mut [&mut Dynamic]) -> Result<(T, SmallVec<[Text; 4]>), Box<EvalAltResult>>
where
    T: rhai::Variant + Clone,
{
    let Some((first, rest)) = args.split_first() else { return Err(failure("nothing to look at")) };
    let handle = first.read_lock::<T>().map(|handle| handle.clone());
    let handle = handle.ok_or_else(|| failure("nothing to look at"))?;
    let texts = rest.iter().map(|value| {
        let text = value.read_lock::<ImmutableString>().map(|text| Text::from(text.as_str()));
        text.ok_or_else(|| failure("what is looked up is text"))
    });
    Ok((handle, texts.collect::<Result<_, _>>()?))
}

impl TableHandle {
    fn table(&self) -> Result<(Arc<Frame>, Arc<Table>), Box<EvalAltResult>> {
        let frame = current()?;
        let table = frame.tables.get(&self.0).cloned();
        table.map(|table| (frame, table)).ok_or_else(|| failure(format!("there is no table `{}`", self.0)))
    }
}

/// What a host may lend, by name, with the fewest and the most arguments.
pub(super) const LENT: [(&str, usize, usize); 5] =
    [("register", 1, 1), ("secret", 1, 1), ("http_get", 1, 2), ("http_post", 2, 3), ("write_file", 2, 3)];

/// Functions that the host does. `register` only names one; `find` then asks.
fn lent(engine: &mut Engine) {
    engine.register_fn("register", |name: ImmutableString| RegisterHandle(name.as_str().into()));
    engine.register_fn("secret", |name: ImmutableString| -> Outcome {
        ask("secret", &[Data::text(name.as_str())])
    });
    for count in 0..=2 {
        engine.register_raw_fn("find", handle_and::<RegisterHandle>(count), |_, args| {
            let (register, keys) = split::<RegisterHandle>(args)?;
            let keys = keys.into_iter().map(Data::Text);
            ask("find", &std::iter::once(Data::Text(register.0)).chain(keys).collect::<Vec<_>>())
        });
    }
    for (name, least, most) in LENT {
        if matches!(name, "register" | "secret") {
            continue;
        }
        for count in least..=most {
            let any = vec![std::any::TypeId::of::<Dynamic>(); count];
            engine.register_raw_fn(name, any, move |_, args| {
                let data = super::shape::arguments(args)
                    .ok_or_else(|| failure(format!("`{name}` takes texts, numbers, lists and maps")))?;
                ask(name, &data)
            });
        }
    }
}

fn ask(function: &'static str, arguments: &[Data]) -> Outcome {
    let frame = current()?;
    let Some(left) = frame.left() else { return Err(thrown(late(&frame))) };
    let answer = frame.host.call(function, arguments, left).map_err(thrown)?;
    if frame.left().is_none() {
        return Err(thrown(late(&frame)));
    }
    Ok(to_dynamic(answer))
}

/// Constants by name, wherever a script stands: within functions too.
fn variables(engine: &mut Engine) {
    #[expect(
        deprecated,
        reason = "marked as volatile, not as deprecated; the version of rhai is pinned by the lock file"
    )]
    engine.on_var(|name, _, context| {
        if context.scope().contains(name) {
            return Ok(None);
        }
        Ok(current().ok().and_then(|frame| frame.constants.get(name).cloned()))
    });
}
