//! Runs the cases of every pack, on all cores when they are many.

use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use claimflow_core::{Diagnostic, Severity, Text, nearest};
use claimflow_rules::{Layer, Mode, PackSource, RuleSet, Switches, Table, Vocabulary, compile_again};

use super::cover::Tally;
use super::journey::Item;
use super::judge::{Bench, Outcome, judge};
use super::{Case, CaseReport, CaseResult, read};
use crate::generation::Generation;
use crate::packs::gather;
use crate::source::{FileKind, sort};
use crate::table::TableCache;
use crate::yaml::At;
use crate::{SourceFile, Sources};

/// Fewer cases than this a thread are not worth one.
const A_THREAD: usize = 64;

/// Tries the cases among `files` on the rules of `generation`, which `files` were loaded into. `filter` leaves only
/// cases whose file, name, pack or expected rules contain it.
///
/// Settings of the practice (required facts, the NPI check) play no part: a case says what rules do.
pub fn run_cases(generation: &Generation, files: &[SourceFile], filter: Option<&str>) -> CaseReport {
    run(generation, files, Wanted { filter, ..Wanted::default() })
}

/// Tries the cases of plugins alone. `filter` leaves only those whose file, name or plugin contain it.
pub fn run_plugin_cases(generation: &Generation, files: &[SourceFile], filter: Option<&str>) -> CaseReport {
    let sources: Sources = files.iter().cloned().collect();
    let (results, diagnostics) = super::plugin::run(generation, sources.files(), None, filter);
    CaseReport { results, rules: Vec::new(), diagnostics }
}

/// The same as [`run_cases`], with how the cases try every part of every rule's condition. It takes longer: evaluation
/// stops at the first part that does not hold, and this does not.
pub fn cover_cases(generation: &Generation, files: &[SourceFile]) -> CaseReport {
    run(generation, files, Wanted { cover: true, ..Wanted::default() })
}

/// Tries the cases of these packs, to know whether they hold: what stayed silent in them is not counted, which makes it
/// several times as fast as [`run_cases`]. `files` are all that were loaded into `generation`, as there.
pub fn cases_hold(generation: &Generation, files: &[SourceFile], packs: &[Text]) -> CaseReport {
    let mut results = Vec::new();
    let wanted = Wanted { packs: Some(packs), ..Wanted::default() };
    let diagnostics = run_each(generation, files, wanted, &mut |tried| results.push(tried.result()));
    CaseReport { results, rules: Vec::new(), diagnostics }
}

/// Tries the cases of these plugins, to know whether they hold.
pub fn plugin_cases_hold(generation: &Generation, files: &[SourceFile], plugins: &[Text]) -> CaseReport {
    let sources: Sources = files.iter().cloned().collect();
    let (results, diagnostics) = super::plugin::run(generation, sources.files(), Some(plugins), None);
    CaseReport { results, rules: Vec::new(), diagnostics }
}

/// Which cases are tried, and what for.
#[derive(Clone, Copy, Default)]
pub(super) struct Wanted<'w> {
    /// Of these packs only, and only whether they hold; none: of all packs, with what stays silent.
    pub(super) packs: Option<&'w [Text]>,
    /// Those whose file, name, pack or expected rules contain it.
    pub(super) filter: Option<&'w str>,
    /// Whether to judge every part of every condition.
    pub(super) cover: bool,
}

fn run(generation: &Generation, files: &[SourceFile], wanted: Wanted<'_>) -> CaseReport {
    let mut tally = Tally::default();
    let mut results = Vec::new();
    let mut diagnostics = run_each(generation, files, wanted, &mut |tried| {
        tally.add(&tried.outcome, tried.rules);
        results.push(tried.result());
    });
    let (of_plugins, found) = super::plugin::run(generation, files, None, wanted.filter);
    results.extend(of_plugins);
    diagnostics.extend(found);
    CaseReport { results, rules: tally.coverage(generation.rules(), wanted.cover), diagnostics }
}

/// A case that was tried.
pub(super) struct Tried<'a> {
    pub(super) pack: &'a PackSource,
    pub(super) file: &'a str,
    pub(super) case: &'a Case,
    pub(super) rules: &'a RuleSet,
    pub(super) outcome: Outcome,
}

/// Tries every case; gives the faults of their files.
pub(super) fn run_each(
    generation: &Generation,
    files: &[SourceFile],
    wanted: Wanted<'_>,
    each: &mut dyn FnMut(Tried<'_>),
) -> Vec<Diagnostic> {
    let Wanted { packs, filter, cover } = wanted;
    let mut diagnostics = Vec::new();
    let sources: Sources = files.iter().cloned().collect();
    let files = sources.files();
    let mut cache = generation.cache();
    let gathered = gather(files, generation.settings(), &mut cache.tables, &mut Vec::new());
    let vocabulary =
        Vocabulary { owners: gathered.words.owners.clone(), categories: gathered.words.categories.clone() };
    let takes = |pack: &&PackSource| packs.is_none_or(|packs| packs.contains(&pack.name));
    for pack in gathered.sources.iter().filter(takes) {
        let mut cases = read_pack(files, pack, generation, filter, &mut diagnostics);
        cases.sort_by(|a, b| (&a.0, a.1.line).cmp(&(&b.0, b.1.line)));
        if cases.is_empty() {
            continue;
        }
        let own;
        let mut below = below(&gathered.sources, pack);
        let samples = sample_tables(files, pack, &mut diagnostics);
        if let Some(sampled) = below.iter_mut().find(|own| own.name == pack.name) {
            sampled.tables.extend(samples.iter().cloned());
        }
        // Cases say what rules do, whether or not they act yet.
        below.iter_mut().for_each(|own| own.mode = Mode::Live);
        let as_authored = generation.rules().is_as_authored();
        let rules = if below.len() == gathered.sources.len() && samples.is_empty() && as_authored {
            generation.rules()
        } else {
            let switches = Switches::default();
            own = compile_again(&below, &vocabulary, &switches, &mut cache.rules.clone()).rules.as_if_live();
            &own
        };
        let bench = Bench { rules, generation, cover, quick: packs.is_some() };
        for ((file, case), outcome) in cases.iter().zip(judge_all(&cases, bench)) {
            each(Tried { pack, file, case, rules, outcome });
        }
    }
    sort(&mut diagnostics);
    diagnostics
}

/// The packs that a pack's cases run with: those of layers below, and its own. Packs for other payers say nothing of its
/// claims, unless it builds on them.
pub(super) fn below(packs: &[PackSource], pack: &PackSource) -> Vec<PackSource> {
    let takes = |own: &&PackSource| match own.layer.cmp(&pack.layer) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Equal => own.name == pack.name || pack.layer == Layer::Practice,
        std::cmp::Ordering::Greater => false,
    };
    packs.iter().filter(takes).cloned().collect()
}

/// Small tables that a pack's cases bring along, in `cases/tables/NAME.csv`, for those that it can do without: cases must
/// try rules on tables that do not ship.
pub(super) fn sample_tables(
    files: &[SourceFile],
    pack: &PackSource,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Arc<Table>> {
    let mut cache = TableCache::default();
    let folder = format!("payers/{}/cases/tables/", pack.name);
    let named = |file: &&SourceFile| {
        let name = file.path.strip_prefix(&folder)?.strip_suffix(".csv")?;
        pack.optional_tables.iter().any(|own| own.name() == name).then(|| name.to_owned())
    };
    files.iter().filter_map(|file| cache.table(&named(&file)?, file, diagnostics).0).collect()
}

fn read_pack(
    files: &[SourceFile],
    pack: &PackSource,
    generation: &Generation,
    filter: Option<&str>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<(String, Case)> {
    let own = files.iter().filter(|file| FileKind::of(&file.path) == FileKind::Cases { pack: &pack.name });
    let mut all = Vec::new();
    for file in own {
        let (cases, found) = read::read(file, pack.payers.first());
        faults.extend(found);
        for case in cases {
            let before = faults.len();
            unknown_rules(&case, &file.path, generation.rules(), faults);
            unknown_words(&case, &file.path, generation, faults);
            unknown_places(&case, &file.path, pack, generation, faults);
            if faults.len() == before && wanted(&case, &file.path, &pack.name, filter) {
                all.push((file.path.clone(), case));
            }
        }
    }
    all
}

fn wanted(case: &Case, path: &str, pack: &str, filter: Option<&str>) -> bool {
    let Some(filter) = filter else { return true };
    let rules = || case.expects().flat_map(|expect| expect.fires.iter().chain(&expect.silent));
    path.contains(filter)
        || pack.contains(filter)
        || case.name.contains(filter)
        || rules().any(|(rule, _)| rule.contains(filter))
}

fn unknown_rules(case: &Case, path: &str, rules: &RuleSet, faults: &mut Vec<Diagnostic>) {
    for (rule, at) in case.expects().flat_map(|expect| expect.fires.iter().chain(&expect.silent)) {
        if rules.rule(rule).is_none() {
            let near = nearest(rule, rules.all_rules().map(|own| own.id.as_str()));
            faults.push(unknown("rule", rule, *at, path, near));
        }
    }
}

fn unknown(what: &str, word: &str, at: At, path: &str, near: Option<&str>) -> Diagnostic {
    let help =
        near.map_or_else(|| format!("name a {what} that is there"), |near| format!("did you mean `{near}`?"));
    let fault = Diagnostic::error("C004", path, at.line, at.column, format!("there is no {what} `{word}`"));
    fault.length(at.length as usize).help(help)
}

/// Categories and owners that do not exist would make a case fail for a reason that is hard to see.
fn unknown_words(case: &Case, path: &str, generation: &Generation, faults: &mut Vec<Diagnostic>) {
    let categories = || generation.categories().iter().map(|info| info.category.as_str());
    let owners = || generation.settings().owners.iter().map(|info| info.owner.as_str());
    let at = At { line: case.line, column: 1, length: 0 };
    for expect in case.expects() {
        let (owner, category) = match &expect.on_road.work_item {
            Some(Item::Open { owner, category }) => (owner.as_ref(), category.as_ref()),
            _ => (None, None),
        };
        for word in expect.held.iter().flatten().chain(&expect.category).chain(category) {
            if !word.is_empty() && !categories().any(|own| own == word) {
                faults.push(unknown("category", word, at, path, nearest(word, categories())));
            }
        }
        for word in expect.owner.iter().chain(owner).filter(|word| !word.is_empty()) {
            if !owners().any(|own| own == word) {
                faults.push(unknown("owner", word, at, path, nearest(word, owners())));
            }
        }
    }
}

/// A journey through a workflow that does not exist, or to a state that it does not have. A practice need not have the
/// workflow that the cases of a pack from elsewhere go through: these are left out then.
fn unknown_places(
    case: &Case,
    path: &str,
    pack: &PackSource,
    generation: &Generation,
    faults: &mut Vec<Diagnostic>,
) {
    let Some(journey) = &case.journey else { return };
    let Some(workflow) = generation.workflow(&journey.workflow) else {
        let names = generation.workflows().iter().map(|own| own.reference().name.as_str());
        let near = nearest(&journey.workflow, names);
        let mut fault = unknown("workflow", &journey.workflow, journey.at, path, near);
        if pack.layer != Layer::Practice {
            fault.severity = Severity::Warning;
        }
        faults.push(fault);
        return;
    };
    for (state, at) in case.expects().filter_map(|expect| expect.on_road.state.as_ref()) {
        // Within a call, as `appeal/waiting`: the state is one of the workflow that was called.
        let (own, name) = match state.rsplit_once('/') {
            Some((calls, name)) => {
                let called = calls.rsplit('/').next().unwrap_or(calls);
                (generation.workflow(called).unwrap_or(workflow), name)
            }
            None => (workflow, state.as_str()),
        };
        if own.find(name).is_none() {
            let near = nearest(name, own.states().iter().map(|own| own.name.as_str()));
            faults.push(unknown("state", state, *at, path, near));
        }
    }
}

/// Judges every case, in order.
fn judge_all(cases: &[(String, Case)], bench: Bench<'_>) -> Vec<Outcome> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(cases.len().div_ceil(A_THREAD)).max(1);
    let share = cases.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = cases
            .chunks(share)
            .map(|chunk| {
                scope.spawn(move || chunk.iter().map(|(_, case)| judge(case, bench)).collect::<Vec<_>>())
            })
            .collect();
        workers
            .into_iter()
            .zip(cases.chunks(share))
            .flat_map(|(worker, chunk)| worker.join().unwrap_or_else(|_| fallen(chunk)))
            .collect()
    })
}

/// What stands for the cases of a thread that fell: none of them holds.
fn fallen(cases: &[(String, Case)]) -> Vec<Outcome> {
    let reasons = vec!["the case could not be run".to_owned()];
    let outcome = |_| Outcome { reasons: reasons.clone(), ..Outcome::default() };
    cases.iter().map(outcome).collect()
}

impl Tried<'_> {
    fn result(self) -> CaseResult {
        let Self { pack, file, case, outcome, .. } = self;
        CaseResult {
            pack: pack.name.clone(),
            file: file.to_owned(),
            line: case.line,
            name: case.name.clone(),
            stage: case.journey.is_none().then_some(case.stage),
            journey: case.journey.as_ref().map(|own| own.workflow.clone()).unwrap_or_default(),
            reasons: outcome.reasons,
            fired: outcome.fired,
        }
    }
}
