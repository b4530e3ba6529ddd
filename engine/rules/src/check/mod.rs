//! Compiles packs: every file is parsed and checked, rules find each other across packs, and every fault of every file
//! is reported in one pass. Only rules without errors are in the set that comes out.

pub(crate) mod ask;
mod cache;
mod clauses;
mod links;
mod proof;
mod remarks;
mod rule;
mod sense;
mod switches;

use std::sync::Arc;

use claimflow_core::{Diagnostic, Text};
use rhai::Module;
use rustc_hash::FxHashMap;

pub use self::cache::CompileCache;
use self::cache::{Job, Unit};
use self::rule::Builder;
use crate::decisions::Decision;
use crate::diagnostics::{Code, Faults, fault};
use crate::lower::{Env, Lowerer, evaluate_constants};
use crate::parse::{self, File};
use crate::rule::Rule;
use crate::ruleset::RuleSet;
use crate::script::{ScriptUnit, script_constant};
use crate::source::{PackSource, Script, Vocabulary};
use crate::switch::Switches;
use crate::table::Table;

/// What compiling gives: the rules that can run, and everything that is wrong.
#[derive(Debug)]
pub struct Compiled {
    /// Every rule without errors.
    pub rules: RuleSet,
    /// Every fault, by file and line.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// True when something is wrong enough that the packs must not go live.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Tables by name, as rules see them.
pub(crate) type Tables = FxHashMap<Text, Arc<Table>>;

/// Compiles the packs of a practice, with the owners and categories that rules may name.
pub fn compile(packs: &[PackSource], vocabulary: &Vocabulary) -> Compiled {
    compile_with(packs, vocabulary, &Switches::default())
}

/// The same, with what the practice decides about rules that it did not write.
pub fn compile_with(packs: &[PackSource], vocabulary: &Vocabulary, switches: &Switches) -> Compiled {
    compile_again(packs, vocabulary, switches, &mut CompileCache::new())
}

/// The same, with what was compiled before: a file that has not changed, nor what it sees, is taken from memory. What
/// comes out is the same with any cache.
pub fn compile_again(
    packs: &[PackSource],
    vocabulary: &Vocabulary,
    switches: &Switches,
    cache: &mut CompileCache,
) -> Compiled {
    let mut ordered: Vec<&PackSource> = packs.iter().collect();
    ordered.sort_by_key(|pack| pack.layer);
    let mut diagnostics = Vec::new();
    let tables: Vec<Tables> = ordered.iter().map(|pack| own_tables(pack, &mut diagnostics)).collect();
    let vocabulary = Arc::new(vocabulary.clone());
    let jobs: Vec<Job<'_>> = ordered
        .iter()
        .enumerate()
        .flat_map(|(place, pack)| cache::jobs(pack, &vocabulary, visible(&tables, place, pack)))
        .collect();
    let units = cache.units(&jobs);
    let mut set = Together::default();
    for (job, unit) in jobs.iter().zip(&units) {
        set.add(job, unit);
        diagnostics.extend(unit.diagnostics.iter().cloned());
    }
    let Together { rules, names, disables, decisions } = set;
    let mut rules = links::link(rules, &names, &disables, &mut diagnostics);
    let packs: Vec<&str> = ordered.iter().map(|pack| pack.name.as_str()).collect();
    switches::apply(&mut rules, &names, &packs, switches, &mut diagnostics);
    diagnostics
        .sort_by(|a, b| (&a.path, a.line, a.column, &a.code).cmp(&(&b.path, b.line, b.column, &b.code)));
    Compiled { rules: RuleSet::new(rules, decisions), diagnostics }
}

/// What all files compile to, taken together.
#[derive(Default)]
struct Together<'p> {
    rules: Vec<Arc<Rule>>,
    names: Vec<&'p Name>,
    disables: Vec<Disable<'p>>,
    decisions: Vec<Decision>,
}

impl<'p> Together<'p> {
    fn add(&mut self, job: &Job<'p>, unit: &'p Unit) {
        self.rules.extend(unit.rules.iter().cloned());
        self.names.extend(&unit.names);
        self.decisions.extend(unit.decision.clone());
        let (pack, path) = (job.pack, job.file.path());
        self.disables.extend(unit.disables.iter().map(|raw| Disable { pack, path, raw }));
    }
}

fn own_tables(pack: &PackSource, diagnostics: &mut Vec<Diagnostic>) -> Tables {
    let mut own = Tables::default();
    for table in &pack.tables {
        diagnostics.extend(table.diagnostics().iter().cloned());
        if own.insert(table.name().clone(), table.clone()).is_some() {
            diagnostics.push(fault(
                Code::DuplicateTable,
                table.path(),
                1,
                1,
                format!("pack `{}` has two tables `{}`", pack.name, table.name()),
            ));
        }
    }
    own
}

/// The tables that a pack's rules see: its own, then those of later layers, then those of earlier ones, and last those
/// that it can do without.
fn visible(tables: &[Tables], place: usize, pack: &PackSource) -> Tables {
    let mut seen: Tables =
        pack.optional_tables.iter().map(|table| (table.name().clone(), table.clone())).collect();
    for own in tables.iter().chain(tables.get(place)) {
        seen.extend(own.iter().map(|(name, table)| (name.clone(), table.clone())));
    }
    seen
}

/// `disable "ID" because "..."` of a pack.
#[derive(Debug)]
pub(crate) struct Disable<'p> {
    pub(crate) pack: &'p PackSource,
    pub(crate) path: &'p str,
    pub(crate) raw: &'p parse::RawDisable,
}

/// A rule's id wherever it stands, compiled or not.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) id: Text,
    pub(crate) path: String,
    pub(crate) place: crate::diagnostics::Place,
    pub(crate) layer: crate::source::Layer,
}

struct FileCompiler<'c, 'p> {
    pack: &'p PackSource,
    vocabulary: &'c Vocabulary,
    tables: &'c Tables,
    faults: Faults<'p>,
}

impl<'p> FileCompiler<'_, 'p> {
    fn compile(mut self, script: &'p Script) -> Unit {
        let file = parse::parse(&script.text, &mut self.faults);
        let env = self.environment(&file);
        let mut unit = Unit::default();
        for raw in &file.rules {
            unit.names.push(Name {
                id: raw.id.clone(),
                path: script.path.clone(),
                place: raw.place,
                layer: self.pack.layer,
            });
            let builder = Builder::new(raw, &env, self.pack, self.vocabulary, &mut self.faults);
            unit.rules.extend(builder.build().map(Arc::new));
        }
        unit.disables = file.disables;
        unit.diagnostics = self.faults.list;
        unit
    }

    fn environment(&mut self, file: &File) -> Env {
        let mut functions = Module::new();
        let mut env = Env {
            constants: FxHashMap::default(),
            functions: FxHashMap::default(),
            tables: self.tables.clone(),
            unit: Arc::default(),
        };
        for function in &file.functions {
            functions.merge(&function.module);
            if env.functions.insert(function.name.clone(), function.clone()).is_some() {
                self.faults.add(
                    Code::DuplicateName,
                    function.place,
                    format!("there are two functions `{}`", function.name),
                    "give each its own name",
                );
            }
        }
        evaluate_constants(&file.constants, &mut env, &mut self.faults);
        env.unit = Arc::new(ScriptUnit {
            functions: functions.into(),
            constants: env
                .constants
                .iter()
                .map(|(name, value)| (name.clone(), script_constant(value)))
                .collect(),
            tables: self.tables.clone(),
        });
        for function in &file.functions {
            Lowerer::new(&env, &mut self.faults, None, function.shift).check_function(function);
        }
        env
    }
}
