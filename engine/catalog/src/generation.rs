//! A generation: everything that authors wrote, checked, and never changed again.

use std::sync::Arc;

use claimflow_core::workflow::{ActionSpec, Called, Offered, Workflow, WorkflowRef, Workflows, check_calls};
use claimflow_core::{Diagnostic, Evaluation, Hash, Route, RouteQuery, RuleInput, Rules};
use claimflow_rules::{CompileCache, RuleSet, RuleTrace, Switches, Table, Vocabulary};
use rustc_hash::FxHashMap;

use crate::cache::Cache;
use crate::categories::CategoryInfo;
use crate::packs::{Gathered, PackInfo, content, gather};
use crate::plugins::{self, ScriptedPlugin};
use crate::require;
use crate::routing::{self, Routing};
use crate::settings::{PracticeSettings, SETTINGS_PATH};
use crate::source::{FileKind, hash_files, sort};
use crate::words::Words;
use crate::yaml::suggestion;
use crate::{SourceFile, Sources};

/// What loading gives: a generation, or what keeps it from going live.
#[derive(Debug)]
pub struct Loaded {
    /// None when there is any error.
    pub generation: Option<Generation>,
    /// Every fault of every file, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The categories that could be read, whether or not there is a generation: what editors offer meanwhile.
    pub categories: Vec<CategoryInfo>,
    /// The packs that could be read, in the order of their layers, without the counts of their rules.
    pub packs: Vec<PackInfo>,
}

/// One checked, immutable set of workflows, rules, tables and routing. Shared between threads; nothing in it locks.
#[derive(Debug)]
pub struct Generation {
    hash: Hash,
    settings: PracticeSettings,
    workflows: Vec<Arc<Workflow>>,
    by_hash: FxHashMap<Hash, usize>,
    rules: RuleSet,
    routing: Routing,
    categories: Vec<CategoryInfo>,
    packs: Vec<PackInfo>,
    plugins: Vec<Arc<ScriptedPlugin>>,
    cache: Cache,
}

/// Checks and compiles everything: workflows, packs with their rules and tables, categories and routing.
///
/// When a path is there twice, the later file stands, so shipped files come first and a practice's own after them.
/// Registers, settings, cases and other files among `files` are left alone. All faults of all files are told in one
/// pass; warnings and advice do not keep a generation from going live.
pub fn load(files: &[SourceFile], settings: &PracticeSettings) -> Loaded {
    load_with(files, settings, &mut Cache::new())
}

/// The same as [`load`], with what the load before has read and compiled: a table or a file of rules that has not
/// changed is shared between the generations, and neither read nor compiled again.
pub fn load_with(files: &[SourceFile], settings: &PracticeSettings, cache: &mut Cache) -> Loaded {
    load_offering(files, settings, &[], cache)
}

/// The same, where plugins that are a part of the program offer these actions, besides those of plugins among the files.
pub fn load_offering(
    files: &[SourceFile],
    settings: &PracticeSettings,
    offered: &[ActionSpec],
    cache: &mut Cache,
) -> Loaded {
    let sources: Sources = files.iter().cloned().collect();
    let files = sources.files();
    let mut faults = Vec::new();
    let gathered = gather(files, settings, &mut cache.tables, &mut faults);
    let plugins = plugins::gather(files, settings, &mut cache.tables, &mut faults);
    cache.tables.sweep();
    let switches = switches(files, &mut faults);
    let rules = compile(&gathered, &switches, &mut cache.rules, &mut faults);
    let offered: Vec<ActionSpec> = offered.iter().chain(&plugins.offered).cloned().collect();
    let workflows = workflows(files, settings, &gathered.words, &offered, &mut faults);
    let routing = routing(files, &gathered.words, &mut faults);
    sort(&mut faults);
    let (categories, packs) = (gathered.categories.clone(), gathered.infos.clone());
    let generation = (!faults.iter().any(Diagnostic::is_error)).then(|| Generation {
        hash: hash(files, settings, &gathered.tables),
        settings: settings.clone(),
        by_hash: workflows
            .iter()
            .enumerate()
            .map(|(place, own)| (own.reference().hash.clone(), place))
            .collect(),
        workflows,
        packs: count_rules(gathered.infos, &rules),
        rules,
        routing,
        categories: gathered.categories,
        plugins: plugins.plugins,
        cache: cache.clone(),
    });
    Loaded { generation, diagnostics: faults, categories, packs }
}

/// What the practice decides about rules that it did not write.
fn switches(files: &[SourceFile], faults: &mut Vec<Diagnostic>) -> Switches {
    let own = files.iter().find(|file| FileKind::of(&file.path) == FileKind::Switches);
    let (switches, found) = own.map(crate::switches::read).unwrap_or_default();
    faults.extend(found);
    switches
}

fn compile(
    gathered: &Gathered,
    switches: &Switches,
    cache: &mut CompileCache,
    faults: &mut Vec<Diagnostic>,
) -> RuleSet {
    let vocabulary =
        Vocabulary { owners: gathered.words.owners.clone(), categories: gathered.words.categories.clone() };
    let compiled = claimflow_rules::compile_again(&gathered.sources, &vocabulary, switches, cache);
    faults.extend(compiled.diagnostics);
    compiled.rules
}

fn count_rules(mut infos: Vec<PackInfo>, rules: &RuleSet) -> Vec<PackInfo> {
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    for rule in rules.all_rules() {
        *counts.entry(rule.pack.as_str()).or_default() += 1;
    }
    for info in &mut infos {
        info.rules = counts.get(info.name.as_str()).copied().unwrap_or_default();
    }
    infos
}

fn workflows(
    files: &[SourceFile],
    settings: &PracticeSettings,
    words: &Words,
    offered: &[ActionSpec],
    faults: &mut Vec<Diagnostic>,
) -> Vec<Arc<Workflow>> {
    let mut workflows: Vec<Arc<Workflow>> = Vec::new();
    let mut whole = true;
    let written = files.iter().filter(|file| FileKind::of(&file.path) == FileKind::Workflow);
    let read: Vec<_> = written.map(|file| (file, crate::workflows::read(file, words))).collect();
    let drafts = || read.iter().filter_map(|(_, read)| read.draft.as_ref());
    faults.extend(check_calls(drafts()));
    let calls = Called::all(drafts());
    let offered = Offered { actions: offered, calls: &calls };
    for (file, read) in read {
        let (workflow, found) = read.prove(offered);
        faults.extend(found);
        let Some(workflow) = workflow else {
            whole = false;
            continue;
        };
        let (name, version) = (&workflow.reference().name, workflow.reference().version);
        if workflows.iter().any(|own| own.reference().name == *name && own.reference().version == version) {
            let message = format!("version {version} of `{name}` is there twice");
            faults.push(
                Diagnostic::error("W025", &file.path, 1, 1, message).help("give it the next version number"),
            );
        }
        workflows.push(Arc::new(workflow));
    }
    start_takes_nothing(&calls, &settings.workflow, faults);
    let names = || workflows.iter().map(|own| own.reference().name.as_str());
    if whole && !names().any(|name| name == settings.workflow) {
        let message = format!("new claims start on the workflow `{}`, which is not there", settings.workflow);
        let help = suggestion(&settings.workflow, names(), "workflows are");
        faults.push(Diagnostic::error("S004", SETTINGS_PATH, 0, 0, message).help(help));
    }
    workflows
}

/// New claims come with nothing but themselves.
fn start_takes_nothing(calls: &[Called], name: &str, faults: &mut Vec<Diagnostic>) {
    let start = calls.iter().find(|own| own.spec.name == name);
    let Some(slot) = start.and_then(|own| own.spec.inputs.iter().find(|slot| slot.required)) else { return };
    let message = format!("new claims start on the workflow `{name}`, which takes `{}`", slot.name);
    let help = format!("give `{}` a default there, or start on the workflow that calls `{name}`", slot.name);
    faults.push(Diagnostic::error("S004", SETTINGS_PATH, 0, 0, message).help(help));
}

/// A practice's own rows come before those that ship.
fn routing(files: &[SourceFile], words: &Words, faults: &mut Vec<Diagnostic>) -> Routing {
    let of = |kind| files.iter().filter(move |file| FileKind::of(&file.path) == kind);
    let rules = of(FileKind::Routing)
        .chain(of(FileKind::ShippedRouting))
        .flat_map(|file| routing::read(file, words, faults))
        .collect();
    Routing::new(rules)
}

fn hash(files: &[SourceFile], settings: &PracticeSettings, tables: &FxHashMap<String, Hash>) -> Hash {
    let settings = settings.decision_hash();
    let deciding = files.iter().filter(|file| FileKind::of(&file.path).decides());
    let deciding = deciding.map(|file| (file.path.as_str(), content(file, tables)));
    hash_files(deciding.chain([(SETTINGS_PATH, settings.as_str())]))
}

impl Generation {
    /// Content hash of everything that can change a decision, in hexadecimal.
    pub fn hash(&self) -> &Hash {
        &self.hash
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &PracticeSettings {
        &self.settings
    }

    /// The latest version of a workflow.
    pub fn workflow(&self, name: &str) -> Option<&Arc<Workflow>> {
        self.workflows
            .iter()
            .filter(|own| own.reference().name == name)
            .max_by_key(|own| own.reference().version)
    }

    /// The workflow on which new claims start: the latest version of the one that the settings name.
    pub fn start_workflow(&self) -> Option<&Arc<Workflow>> {
        self.workflow(&self.settings.workflow)
    }

    /// The very workflow that a claim runs on: the one of that hash, else the same version of the same name, which
    /// somebody has edited in place.
    pub fn workflow_by(&self, reference: &WorkflowRef) -> Option<&Arc<Workflow>> {
        self.by_hash.get(&reference.hash).and_then(|place| self.workflows.get(*place)).or_else(|| {
            self.workflows.iter().find(|own| {
                own.reference().name == reference.name && own.reference().version == reference.version
            })
        })
    }

    /// The workflow of exactly this content.
    pub fn workflow_of(&self, hash: &str) -> Option<&Arc<Workflow>> {
        self.by_hash.get(hash).and_then(|place| self.workflows.get(*place))
    }

    /// Every version of every workflow.
    pub fn workflows(&self) -> &[Arc<Workflow>] {
        &self.workflows
    }

    /// The compiled rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Every kind of problem.
    pub fn categories(&self) -> &[CategoryInfo] {
        &self.categories
    }

    /// The name people read for a category; the word itself when it is not known.
    pub fn category_label<'a>(&'a self, category: &'a str) -> &'a str {
        self.categories
            .iter()
            .find(|info| info.category == category)
            .map_or(category, |info| info.label.as_str())
    }

    /// The packs in the order of their layers.
    pub fn packs(&self) -> &[PackInfo] {
        &self.packs
    }

    /// The plugins in Rhai, by name.
    pub fn plugins(&self) -> &[Arc<ScriptedPlugin>] {
        &self.plugins
    }

    /// The reference tables of all packs, by path.
    pub fn tables(&self) -> Vec<&Arc<Table>> {
        self.cache.tables()
    }

    /// What it was made from, for loading again: tables and compiled files that stay the same are shared.
    pub fn cache(&self) -> Cache {
        self.cache.clone()
    }

    /// What became of every rule that was considered at the input's stage, in the order in which they run; what the
    /// settings ask for comes last. It tells what [`evaluate`](Rules::evaluate) on the same input did.
    pub fn explain(&self, input: &RuleInput<'_>) -> Vec<RuleTrace> {
        let mut traces = self.rules.explain(input);
        let mut findings = Vec::new();
        require::findings(&self.settings, input, &mut findings);
        traces.extend(findings.into_iter().map(require::trace));
        traces
    }

    /// The routing tables.
    pub(crate) fn routing(&self) -> &Routing {
        &self.routing
    }

    /// What the author of the routing row that decides has noted, or empty.
    pub fn routing_note(&self, query: &RouteQuery<'_>) -> &str {
        self.routing.note(query)
    }
}

impl Workflows for Generation {
    fn version(&self, reference: &WorkflowRef) -> Option<&Workflow> {
        self.workflow_by(reference).map(AsRef::as_ref)
    }

    fn newest(&self, name: &str) -> Option<&Workflow> {
        self.workflow(name).map(AsRef::as_ref)
    }
}

impl Rules for Generation {
    fn generation(&self) -> &Hash {
        &self.hash
    }

    fn evaluate(&self, input: &RuleInput<'_>) -> Evaluation {
        let mut evaluation = self.rules.evaluate(input);
        require::findings(&self.settings, input, &mut evaluation.findings);
        evaluation
    }

    fn route(&self, query: &RouteQuery<'_>) -> Route {
        self.routing.route(query)
    }
}
