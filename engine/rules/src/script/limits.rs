//! What a script may use: operations, depth, sizes and time. Breaking a limit is an error of the rule.
//!
//! Rhai's own limits do not hold alone. What they do not count is refused before anything runs (`refuse`): maps,
//! assignments to parts of a value, functions kept as values. What makes a large value from small ones at once is replaced by
//! a function that looks first. The input is immutable, and what comes out is converted to a few plain kinds.
//!
//! What is alive at once is then bounded: [`CALLS`] scopes of [`VARIABLES`] values, each at most [`TEXT`] bytes and
//! [`ITEMS`] items, is below 64 MB, which a test with a counting allocator confirms.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, Position};

use crate::value::Fault;

/// Operations of one condition.
const OPERATIONS: u64 = 100_000;
/// Calls within calls.
const CALLS: usize = 16;
/// Bytes of a text, and items of a list, those of lists within it included.
pub(super) const TEXT: usize = 16_384;
const ITEMS: usize = 1_024;
/// Variables of one function.
const VARIABLES: usize = 32;
/// How long a script may run that has made so many operations already. Scripts of fewer operations answer the same on a
/// machine that is loaded: what they do takes far less, whatever it is. A rule that fails is run once more to record what it
/// read, so that both together stay below 100 ms.
const TIME: Duration = Duration::from_millis(40);
const UNTIMED: u64 = 2_048;

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
        if operations < UNTIMED {
            return None;
        }
        let late = STARTED.get().is_some_and(|started| started.elapsed() > TIME);
        late.then(|| Dynamic::from("it takes too long"))
    });
}

/// Functions that make a large value from small ones, replaced by such that look first.
/// `longest` is what a text may have, in bytes.
pub(crate) fn guard(engine: &mut Engine, longest: usize) {
    engine.register_fn(
        "replace",
        move |text: &mut ImmutableString, find: ImmutableString, with: ImmutableString| {
            let count = if find.is_empty() { text.len() + 1 } else { text.matches(find.as_str()).count() };
            if text.len().saturating_add(count.saturating_mul(with.len())) > longest {
                let what = "Length of string".to_owned();
                return Err(Box::new(EvalAltResult::ErrorDataTooLarge(what, Position::NONE)));
            }
            *text = text.replace(find.as_str(), with.as_str()).into();
            Ok(())
        },
    );
    engine.register_fn("replace", move |text: &mut ImmutableString, find: char, with: ImmutableString| {
        let count = text.chars().filter(|own| *own == find).count();
        if text.len().saturating_add(count.saturating_mul(with.len())) > longest {
            let what = "Length of string".to_owned();
            return Err(Box::new(EvalAltResult::ErrorDataTooLarge(what, Position::NONE)));
        }
        *text = text.replace(find, with.as_str()).into();
        Ok(())
    });
}

/// A failure of a script in the author's words.
pub(crate) fn explain(error: &EvalAltResult) -> Fault {
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
            Fault::new(format!("{} grows beyond {TEXT} bytes or {ITEMS} items", what.to_lowercase()))
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
        EvalAltResult::ErrorDataRace(name, _) => Fault::new(format!(
            "`{name}` is used within a test that walks it: put a copy into another variable"
        )),
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
