//! What a script may use: operations, depth, sizes and time. Breaking a limit is an error of the rule.
//!
//! Rhai's own limits do not hold alone. What it does not check is closed off elsewhere: maps and assignments to parts
//! of a value are refused by the checker, the input is immutable, and what comes out is converted to a few plain kinds.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rhai::{Dynamic, Engine, EvalAltResult};

use crate::value::Fault;

/// Operations of one condition.
const OPERATIONS: u64 = 100_000;
/// Calls within calls.
const CALLS: usize = 24;
/// Characters of a text, and items of a list.
const TEXT: usize = 16_384;
const ITEMS: usize = 2_048;
const VARIABLES: usize = 64;
/// A watchdog only: the limit on operations is met long before it, on any machine that is not stuck.
const TIME: Duration = Duration::from_secs(2);
/// How often the watchdog looks.
const LOOK_EVERY: u64 = 256;

thread_local! {
    static STARTED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Marks that a script runs; the mark goes when this is dropped.
pub(super) struct Running(Option<Instant>);

pub(super) fn start() -> Running {
    Running(STARTED.replace(Some(Instant::now())))
}

impl Drop for Running {
    fn drop(&mut self) {
        STARTED.set(self.0);
    }
}

/// Sets the limits of an engine.
pub(super) fn limit(engine: &mut Engine) {
    engine
        .set_max_operations(OPERATIONS)
        .set_max_call_levels(CALLS)
        .set_max_string_size(TEXT)
        .set_max_array_size(ITEMS)
        .set_max_map_size(1)
        .set_max_variables(VARIABLES)
        .set_max_modules(0);
    engine.on_progress(|operations| {
        if operations % LOOK_EVERY != 0 {
            return None;
        }
        let late = STARTED.get().is_some_and(|started| started.elapsed() > TIME);
        late.then(|| Dynamic::from("it takes too long"))
    });
}

/// A failure of a script in the author's words.
pub(super) fn explain(error: &EvalAltResult) -> Fault {
    match error {
        EvalAltResult::ErrorInFunctionCall(name, _, inner, _) => {
            let inner = explain(inner);
            Fault::new(if inner.0.contains("in function") {
                inner.0.into()
            } else {
                format!("{inner} (in function `{name}`)")
            })
        }
        EvalAltResult::ErrorTooManyOperations(_) => Fault::new(format!(
            "it takes more than {OPERATIONS} operations: look for a loop that does not end"
        )),
        EvalAltResult::ErrorStackOverflow(_) => {
            Fault::new(format!("functions call each other more than {CALLS} deep"))
        }
        EvalAltResult::ErrorTooManyVariables(_) => {
            Fault::new(format!("it has more than {VARIABLES} variables"))
        }
        EvalAltResult::ErrorDataTooLarge(what, _) => {
            Fault::new(format!("{} grows beyond {TEXT} characters or {ITEMS} items", what.to_lowercase()))
        }
        EvalAltResult::ErrorTerminated(why, _) => Fault::new(why.to_string()),
        EvalAltResult::ErrorRuntime(why, _) => Fault::new(why.to_string()),
        EvalAltResult::ErrorFunctionNotFound(what, _) => {
            Fault::new(format!("there is no function `{}`", what.split(" (").next().unwrap_or_default()))
        }
        EvalAltResult::ErrorVariableNotFound(name, _) => {
            Fault::new(format!("`{name}` stands for nothing here"))
        }
        EvalAltResult::ErrorMismatchDataType(wanted, found, _) => {
            Fault::new(format!("it needs {} and gets {}", plain(wanted), plain(found)))
        }
        EvalAltResult::ErrorArithmetic(..) => {
            Fault::new("the result of a calculation is too large, or divides by zero")
        }
        _ => Fault::new("the script cannot go on"),
    }
}

/// A type's name without its path.
fn plain(name: &str) -> String {
    match name.rsplit("::").next().unwrap_or(name) {
        "Unknown" => "a value that is not known here".to_owned(),
        "()" => "nothing".to_owned(),
        other => other.to_lowercase(),
    }
}
