//! Runs the cases of every pack, on all cores when they are many.

use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use claimflow_core::{Diagnostic, Text, nearest};
use claimflow_rules::{Layer, Mode, PackSource, RuleSet, Table, Vocabulary, compile};
use rustc_hash::FxHashMap;

use super::judge::{Bench, Outcome, judge};
use super::{Case, CaseReport, CaseResult, RuleCoverage, read};
use crate::generation::Generation;
use crate::packs::gather;
use crate::source::{FileKind, sort};
use crate::table::TableCache;
use crate::{SourceFile, Sources};

/// Fewer cases than this a thread are not worth one.
const A_THREAD: usize = 64;

/// Tries the cases among `files` on the rules of `generation`, which `files` were loaded into. `filter` leaves only
/// cases whose file, name, pack or expected rules contain it.
///
/// Settings of the practice (required facts, the NPI check) play no part: a case says what rules do.
pub fn run_cases(generation: &Generation, files: &[SourceFile], filter: Option<&str>) -> CaseReport {
    let sources: Sources = files.iter().cloned().collect();
    let files = sources.files();
    let gathered = gather(files, generation.settings(), &mut generation.table_cache(), &mut Vec::new());
    let vocabulary =
        Vocabulary { owners: gathered.words.owners.clone(), categories: gathered.words.categories.clone() };
    let mut report = CaseReport::default();
    let mut counts: FxHashMap<Text, (u32, u32)> = FxHashMap::default();
    for pack in &gathered.sources {
        let mut cases = read_pack(files, pack, generation, filter, &mut report.diagnostics);
        cases.sort_by(|a, b| (&a.0, a.1.line).cmp(&(&b.0, b.1.line)));
        if cases.is_empty() {
            continue;
        }
        let own;
        let mut below = below(&gathered.sources, pack);
        let samples = sample_tables(files, pack, &mut report.diagnostics);
        if let Some(sampled) = below.iter_mut().find(|own| own.name == pack.name) {
            sampled.tables.extend(samples.iter().cloned());
        }
        // Cases say what rules do, whether or not they act yet.
        below.iter_mut().for_each(|own| own.mode = Mode::Live);
        let as_authored = generation.rules().is_as_authored();
        let rules = if below.len() == gathered.sources.len() && samples.is_empty() && as_authored {
            generation.rules()
        } else {
            own = compile(&below, &vocabulary).rules.as_if_live();
            &own
        };
        for ((file, case), outcome) in cases.iter().zip(judge_all(&cases, rules, generation)) {
            for rule in &outcome.fired {
                counts.entry(rule.clone()).or_default().0 += 1;
            }
            for rule in &outcome.silent {
                counts.entry(rule.clone()).or_default().1 += 1;
            }
            report.results.push(result(pack, file, case, outcome));
        }
    }
    report.rules = coverage(generation.rules(), &counts);
    sort(&mut report.diagnostics);
    report
}

/// The packs that a pack's cases run with: those of layers below, and its own. Packs for other payers say nothing of its
/// claims, unless it builds on them.
fn below(packs: &[PackSource], pack: &PackSource) -> Vec<PackSource> {
    let takes = |own: &&PackSource| match own.layer.cmp(&pack.layer) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Equal => own.name == pack.name || pack.layer == Layer::Practice,
        std::cmp::Ordering::Greater => false,
    };
    packs.iter().filter(takes).cloned().collect()
}

/// Small tables that a pack's cases bring along, in `cases/tables/NAME.csv`, for those that it can do without: cases must
/// try rules on tables that do not ship.
fn sample_tables(
    files: &[SourceFile],
    pack: &PackSource,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Arc<Table>> {
    let mut cache = TableCache::new();
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
            if faults.len() == before && wanted(&case, &file.path, &pack.name, filter) {
                all.push((file.path.clone(), case));
            }
        }
    }
    all
}

fn wanted(case: &Case, path: &str, pack: &str, filter: Option<&str>) -> bool {
    let Some(filter) = filter else { return true };
    let rules = || case.expect.fires.iter().chain(&case.expect.silent);
    path.contains(filter)
        || pack.contains(filter)
        || case.name.contains(filter)
        || rules().any(|(rule, _)| rule.contains(filter))
}

fn unknown_rules(case: &Case, path: &str, rules: &RuleSet, faults: &mut Vec<Diagnostic>) {
    for (rule, at) in case.expect.fires.iter().chain(&case.expect.silent) {
        if rules.rule(rule).is_none() {
            let near = nearest(rule, rules.all_rules().map(|own| own.id.as_str()));
            let help = near.map_or_else(
                || "name a rule that is there".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let fault =
                Diagnostic::error("C004", path, at.line, at.column, format!("there is no rule `{rule}`"));
            faults.push(fault.length(at.length as usize).help(help));
        }
    }
}

/// Categories and owners that do not exist would make a case fail for a reason that is hard to see.
fn unknown_words(case: &Case, path: &str, generation: &Generation, faults: &mut Vec<Diagnostic>) {
    let categories = || generation.categories().iter().map(|info| info.category.as_str());
    let owners = || generation.settings().owners.iter().map(|info| info.owner.as_str());
    let mut check = |word: &Text, what: &str, known: Option<&str>, is_known: bool| {
        if !is_known {
            let fault = Diagnostic::error("C004", path, case.line, 1, format!("there is no {what} `{word}`"));
            faults.push(fault.help(known.map(|near| format!("did you mean `{near}`?")).unwrap_or_default()));
        }
    };
    for word in case.expect.held.iter().flatten().chain(&case.expect.category) {
        check(word, "category", nearest(word, categories()), categories().any(|own| own == word));
    }
    if let Some(word) = &case.expect.owner {
        check(word, "owner", nearest(word, owners()), owners().any(|own| own == word));
    }
}

/// Judges every case, in order.
fn judge_all(cases: &[(String, Case)], rules: &RuleSet, generation: &Generation) -> Vec<Outcome> {
    let bench = Bench { rules, routing: generation.routing() };
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
    cases
        .iter()
        .map(|_| Outcome { reasons: reasons.clone(), fired: Vec::new(), silent: Vec::new() })
        .collect()
}

fn result(pack: &PackSource, file: &str, case: &Case, outcome: Outcome) -> CaseResult {
    CaseResult {
        pack: pack.name.clone(),
        file: file.to_owned(),
        line: case.line,
        name: case.name.clone(),
        stage: case.stage,
        reasons: outcome.reasons,
        fired: outcome.fired,
    }
}

fn coverage(rules: &RuleSet, counts: &FxHashMap<Text, (u32, u32)>) -> Vec<RuleCoverage> {
    rules
        .all_rules()
        .map(|rule| {
            let (fired, silent) = counts.get(&rule.id).copied().unwrap_or_default();
            RuleCoverage {
                rule: rule.id.clone(),
                pack: rule.pack.clone(),
                file: rule.file.clone(),
                line: rule.line,
                fired,
                silent,
            }
        })
        .collect()
}
