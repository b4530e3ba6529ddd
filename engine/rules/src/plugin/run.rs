//! One call of a script.

use std::sync::Arc;
use std::time::Instant;

use claimflow_core::Text;
use rhai::{AST, CallFnOptions, Dynamic, EvalAltResult, Position, Scope};

use super::engine::{CALLS, ENGINE, Frame, ITEMS, Thrown, VARIABLES, enter};
use super::shape::{from_dynamic, to_dynamic};
use super::{Data, PLUGIN_TEXT, PluginHost, ScriptCall, ScriptFault, ScriptPlugin};
use crate::script::limits;

pub(super) fn run(
    plugin: &ScriptPlugin,
    function: &str,
    call: ScriptCall,
    host: Arc<dyn PluginHost>,
) -> Result<Data, ScriptFault> {
    let Some(entry) = plugin.entries.get(function) else {
        return Err(ScriptFault::lasting(format!("the plugin has no function `{function}`")));
    };
    let ast = AST::new([], plugin.functions.clone());
    let _entered = enter(Frame {
        host,
        constants: plugin.constants.clone(),
        tables: plugin.tables.clone(),
        today: call.today,
        started: Instant::now(),
        limits: call.limits,
    });
    let argument = to_dynamic(Data::Map(call.fields));
    let options = CallFnOptions::new().eval_ast(false).rewind_scope(true);
    let mut scope = Scope::new();
    let result = match entry.parameters {
        0 => ENGINE.call_fn_with_options::<Dynamic>(options, &mut scope, &ast, function, ()),
        _ => ENGINE.call_fn_with_options::<Dynamic>(options, &mut scope, &ast, function, (argument,)),
    };
    match result {
        Ok(value) => from_dynamic(&value)
            .ok_or_else(|| ScriptFault::lasting(format!("`{function}` answers something that is no value"))),
        Err(error) => Err(explain(plugin, function, &error)),
    }
}

/// A failure in the author's words, with its file and line.
fn explain(plugin: &ScriptPlugin, function: &str, error: &EvalAltResult) -> ScriptFault {
    let (mut inner, mut name, mut place) = (error, function, Position::NONE);
    while let EvalAltResult::ErrorInFunctionCall(called, _, cause, _) = inner {
        name = called;
        inner = cause;
    }
    if !inner.position().is_none() {
        place = inner.position();
    }
    let fault = named(inner);
    let at = plugin.places.get(name).map(|(path, shift)| match place.line() {
        Some(line) => format!("{path}:{}", u32::try_from(line).unwrap_or(u32::MAX).saturating_add(*shift)),
        None => format!("{path}, function `{name}`"),
    });
    match at {
        Some(at) => ScriptFault { message: format!("{} ({at})", fault.message), ..fault },
        None => fault,
    }
}

fn named(error: &EvalAltResult) -> ScriptFault {
    match error {
        EvalAltResult::ErrorTerminated(why, _) | EvalAltResult::ErrorRuntime(why, _) => {
            let thrown = why.read_lock::<Thrown>().map(|thrown| thrown.0.clone());
            thrown.unwrap_or_else(|| ScriptFault::lasting(limits::explain(error).to_string()))
        }
        EvalAltResult::ErrorStackOverflow(_) => {
            ScriptFault::lasting(format!("functions call each other more than {CALLS} deep"))
        }
        EvalAltResult::ErrorTooManyVariables(_) => {
            ScriptFault::lasting(format!("a function has more than {VARIABLES} variables"))
        }
        EvalAltResult::ErrorDataTooLarge(what, _) => ScriptFault::lasting(format!(
            "{} grows beyond {PLUGIN_TEXT} bytes or {ITEMS} items",
            what.to_lowercase()
        )),
        EvalAltResult::ErrorPropertyNotFound(name, _) => ScriptFault::lasting(format!(
            "there is no `{}` here; `get(\"...\")` answers () then",
            field(name)
        )),
        other => ScriptFault::lasting(limits::explain(other).to_string()),
    }
}

/// A field's name, as Rhai tells it with more around it.
fn field(told: &str) -> Text {
    Text::from(told.split_whitespace().next().unwrap_or_default().trim_matches(['\'', '`', '"']))
}
