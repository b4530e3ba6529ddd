//! The rule language: packs of rules written in Rhai, checked against a typed catalogue, evaluated natively.
//!
//! [`compile`] turns the text of packs into a [`RuleSet`] and every [`Diagnostic`](claimflow_core::Diagnostic);
//! [`RuleSet::evaluate`] runs one stage's rules on one claim, and [`RuleSet::explain`] tells of each rule why it fired
//! or stayed silent. Nothing here knows files, YAML, tokio, sled or HTTP.

mod catalogue;
mod check;
mod context;
mod diagnostics;
mod evaluate;
mod guard;
mod index;
mod ir;
mod lower;
mod parse;
mod rule;
mod ruleset;
mod script;
mod source;
mod table;
mod trace;
mod value;

pub use catalogue::{Argument, Entry, EntryKind, Shape, Type, catalogue, find as find_entry, objects};
pub use check::{Compiled, compile};
pub use diagnostics::DIAGNOSTICS;
pub use evaluate::RULE_REVIEW;
pub use guard::compile_guard;
pub use rule::{Rule, RuleInfo, Suppression};
pub use ruleset::RuleSet;
pub use source::{Layer, PackSource, Script, TableSource, Vocabulary};
pub use trace::{Considered, RuleTrace};
