//! The rule language: packs of rules written in Rhai, checked against a typed catalogue, evaluated natively.
//!
//! [`compile`] turns the text of packs into a [`RuleSet`] and every [`Diagnostic`](claimflow_core::Diagnostic);
//! [`RuleSet::evaluate`] runs one stage's rules on one claim, and [`RuleSet::explain`] tells of each rule why it fired
//! or stayed silent. [`compile_guard`] does the same for the guards of workflows, [`compile_expression`] for their values. Nothing here knows files, YAML,
//! tokio, sled or HTTP, and time is an input (a watchdog of scripts measures how long they run, and nothing else).
//!
//! # A rule's way
//! `parse` cuts a file into rules and rules into clauses, mends the common mistakes and lets Rhai parse what is left,
//! so that every fault of a file is found in one pass. `lower` types each expression against the [`catalogue`] and
//! turns it into a tree (`ir`) over the borrowed claim. `check` puts rules together and across packs. `index` finds
//! the rules that can apply; `evaluate` and `trace` run them.
//!
//! # Why not evaluate everything in Rhai
//! Measured on 2 cores of a shared machine with `cargo bench -p claimflow-rules`: 60 applicable rules on one claim take
//! 5 microseconds natively and 95 in Rhai; with 5,000 rules loaded and the same 60 applicable, still 5, as the index
//! passes the others by. Explaining the 60 with all values takes 21, which is why values are recorded for rules that
//! fire only, and a trace is rebuilt on request. What has no native form (helper functions with statements, loops,
//! closures) costs about 2 a rule in Rhai, under limits (`script`). A property test holds both ways to the same answer.
//!
//! ```
//! use claimflow_rules::{Layer, PackSource, Script, Vocabulary, compile};
//!
//! let text = r#"
//!     rule "ONE-UNIT" {
//!         title   "A session is one unit"
//!         stage   scrub
//!         each    line
//!         codes   ["90837"]
//!         when    line.units > 1
//!         fix     line.set_units(1)
//!         because "Sessions are billed by the session, not by time"
//!     }
//! "#;
//! let script = Script { path: "rules/units.rhai".into(), text: text.into() };
//! let pack = PackSource { name: "mine".into(), layer: Layer::Practice, scripts: vec![script], ..PackSource::default() };
//! let compiled = compile(&[pack], &Vocabulary::default());
//! assert!(compiled.diagnostics.is_empty());
//! assert_eq!(compiled.rules.rule("ONE-UNIT").map(|rule| rule.line), Some(2));
//! ```

mod assist;
mod catalogue;
mod check;
mod context;
mod decisions;
mod diagnostics;
mod evaluate;
mod expression;
mod format;
mod guard;
mod index;
mod ir;
mod lower;
mod parse;
mod parts;
pub mod plugin;
mod reference;
mod rule;
mod ruleset;
mod script;
mod source;
mod switch;
mod table;
mod trace;
mod value;

/// The version of Rhai that reads rules and runs scripts: a part of what decides, to be recorded with decisions.
pub const RHAI_VERSION: &str = "1.27.0";

pub use assist::{
    Completion, CompletionKind, Definition, Hover, KnownTable, Outlined, OutlinedKind, Surroundings, Word,
    complete, definition, hover, outline, rule_at,
};
pub use catalogue::{
    Argument, CLAUSES, Clause, ClauseKind, Entry, EntryKind, FUNCTIONS, FunctionEntry, OPERATORS, Operator,
    OperatorKind, Receiver, Shape, Takes, Type, catalogue, clause_of, find as find_entry, function_of,
    functions_of, objects, outcome_allowed, stage_meaning, subject_exists, subject_meaning,
};
pub use check::{CompileCache, Compiled, compile, compile_again, compile_with};
pub use decisions::{CellFault, CellKind, CellValue, CellWord, Condition, RowIndex};
pub use diagnostics::DIAGNOSTICS;
pub use evaluate::RULE_REVIEW;
pub use expression::compile_expression;
pub use format::format_rules;
pub use guard::compile_guard;
pub use parts::{Part, PartsJudged};
pub use reference::{catalogue_json, catalogue_json_schema, reference_markdown, rule_input_json_schema};
pub use rule::{Rule, RuleInfo, Suppression};
pub use ruleset::RuleSet;
pub use source::{DecisionSource, Layer, PackSource, Script, SheetCell, SheetRow, Vocabulary};
pub use switch::{Enforced, Enforcement, Mode, Switch, Switches};
pub use table::{RowFault, Table, TableBuilder};
pub use trace::{Considered, RuleTrace};

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_is_the_one_in_use() {
        let lock = include_str!("../../../Cargo.lock");
        let own = format!("name = \"rhai\"\nversion = \"{}\"", super::RHAI_VERSION);
        assert!(lock.contains(&own), "RHAI_VERSION is not what Cargo.lock says");
    }
}
