//! Plugins written in Rhai: functions that a workflow calls through an action, checked before they go live and run under
//! limits, with nothing but what was granted.
//!
//! A plugin's script has no more than a rule's: no files, no clock, no modules, no `eval`. What it is granted beyond that
//! stands in a [`PluginHost`] that its caller makes, and in the [`HostFunction`]s that its source lists; this crate knows
//! neither what they do nor with whom they talk. A value of [`Data::Sealed`] can be handed on and never be read.

mod check;
mod engine;
mod json;
mod run;
mod shape;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use claimflow_core::{Diagnostic, Text};
use jiff::civil::Date;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::Table;
use crate::parse::SharedModule;
use crate::source::Script;

pub use json::{parse_json, print_json};

/// A value as plugins' scripts hold it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Data {
    /// Nothing: `()`.
    #[default]
    Nothing,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A decimal number, exact; money among them.
    Decimal(Decimal),
    /// Text.
    Text(Text),
    /// A day.
    Date(Date),
    /// A list.
    List(Vec<Data>),
    /// Values by name.
    Map(Vec<(Text, Data)>),
    /// Text with parts that a script may hand on and not read.
    Sealed(Vec<Piece>),
}

/// A part of a sealed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Open(Text),
    /// What stands under that name, known to who takes it alone.
    Secret(Text),
}

/// A function that a plugin's host lends to its scripts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostFunction {
    /// Name, as scripts write it.
    pub name: Text,
    /// The fewest and the most arguments.
    pub arguments: (usize, usize),
    /// True when it may be used.
    pub granted: bool,
    /// What the first argument can be, where it is written as a text; empty for anything.
    pub first: Vec<Text>,
    /// What is to be written where it is not granted, or its first argument is another one.
    pub grant: Text,
}

/// What a plugin's script is called with: the fields of `call`, each with its own fields where these are known.
pub type CallShape = Vec<(Text, Vec<Text>)>;

/// A plugin as written.
#[derive(Debug, Clone, Default)]
pub struct PluginSource {
    /// Name.
    pub name: Text,
    /// Its files.
    pub scripts: Vec<Script>,
    /// The tables that it may look things up in.
    pub tables: Vec<Arc<Table>>,
    /// What its host lends.
    pub host: Vec<HostFunction>,
    /// What `call` holds.
    pub call: CallShape,
    /// What `call` holds for other plugins, with the grant that would add it.
    pub call_refused: Vec<(Text, Text)>,
    /// Names of functions that are called from outside, in any order.
    pub entries: Vec<Text>,
}

/// What a script may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PluginLimits {
    /// How long one call may take, what it waits for included.
    pub time: Duration,
    /// Operations of one call.
    pub operations: u64,
}

impl Default for PluginLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(10), operations: 1_000_000 }
    }
}

/// The most bytes of a text that a script can hold, and so the largest answer or file.
pub const PLUGIN_TEXT: usize = 262_144;

/// What is called from outside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Entry {
    parameters: usize,
}

/// A checked plugin. Shared between threads; nothing in it changes.
pub struct ScriptPlugin {
    name: Text,
    functions: SharedModule,
    constants: FxHashMap<Text, rhai::Dynamic>,
    tables: FxHashMap<Text, Arc<Table>>,
    /// File and line of each function: the positions within it count from there.
    places: FxHashMap<Text, (Arc<str>, u32)>,
    entries: FxHashMap<Text, Entry>,
}

/// One call.
#[derive(Debug, Clone)]
pub struct ScriptCall {
    /// The fields of `call`.
    pub fields: Vec<(Text, Data)>,
    /// The day on which tables are looked up.
    pub today: Date,
    /// Limits.
    pub limits: PluginLimits,
}

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScriptFault {
    /// True when the same call may come out later.
    pub temporary: bool,
    /// Why, in the author's words or ours.
    pub message: String,
}

impl ScriptFault {
    /// One that a later call may not have.
    pub fn temporary(message: impl Into<String>) -> Self {
        Self { temporary: true, message: message.into() }
    }

    /// One that every call has.
    pub fn lasting(message: impl Into<String>) -> Self {
        Self { temporary: false, message: message.into() }
    }
}

/// Does what scripts ask of the world. One host serves one call.
pub trait PluginHost: Send + Sync {
    /// Calls a lent function. What is not granted never comes here; what the arguments say is the host's to check.
    ///
    /// `left` is how long the call still has.
    ///
    /// # Errors
    /// What the script cannot go on with.
    fn call(&self, function: &str, arguments: &[Data], left: Duration) -> Result<Data, ScriptFault>;
}

/// A host that lends nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHost;

impl PluginHost for NoHost {
    fn call(&self, function: &str, _: &[Data], _: Duration) -> Result<Data, ScriptFault> {
        Err(ScriptFault::lasting(format!("`{function}` is not granted")))
    }
}

/// Checks a plugin's files. A plugin is given when there is no error; faults are by file and place, all of them.
pub fn compile_plugin(source: &PluginSource) -> (Option<ScriptPlugin>, Vec<Diagnostic>) {
    check::compile(source)
}

impl ScriptPlugin {
    /// Its name.
    pub fn name(&self) -> &Text {
        &self.name
    }

    /// How many values the function of that name takes; `None` when there is none.
    pub fn parameters(&self, function: &str) -> Option<usize> {
        self.entries.get(function).map(|entry| entry.parameters)
    }

    /// The functions that are there, in order of name.
    pub fn functions(&self) -> Vec<&Text> {
        let mut names: Vec<&Text> = self.entries.keys().collect();
        names.sort_unstable();
        names
    }

    /// Calls a function with `call`, and gives what it answers.
    ///
    /// # Errors
    /// When it fails, says so itself, or breaks a limit; the message names its file and line.
    pub fn run(
        &self,
        function: &str,
        call: ScriptCall,
        host: Arc<dyn PluginHost>,
    ) -> Result<Data, ScriptFault> {
        run::run(self, function, call, host)
    }
}

impl fmt::Debug for ScriptPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptPlugin").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Data {
    /// A text.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    /// The value of that name, of a map.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(fields) => fields.iter().find(|(own, _)| own == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, of one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What it is, in the author's words.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Bool(_) => "true or false",
            Self::Int(_) => "a whole number",
            Self::Decimal(_) => "a number",
            Self::Text(_) => "text",
            Self::Date(_) => "a day",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Sealed(_) => "a secret",
        }
    }
}
