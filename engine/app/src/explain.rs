//! Explaining a claim: what each stage decided, as recorded, and what every rule says, judged again.

use std::sync::Arc;

use claimflow_catalog::Generation;
use claimflow_core::event::Event;
use claimflow_core::{
    Change, Denial, Facts, Finding, Hash, Moment, PriorService, RouteQuery, Rules, Stage, Text,
};
use claimflow_rules::{Considered, RuleTrace};
use claimflow_runtime::{ClaimFilter, ClaimView, Practice, StageView};

use crate::exit::Result;
use crate::practice::{Folder, Loaded, check, kept};
use crate::wire::Desk;

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Only this stage.
    pub stage: Option<Stage>,
    /// Only this rule.
    pub rule: Option<&'a str>,
}

/// The last run of one stage.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Stage.
    pub stage: Stage,
    /// When it ran.
    pub at: Moment,
    /// Its outcome.
    pub outcome: Text,
    /// How many rule subjects were looked at.
    pub considered: u32,
    /// The generation of rules that ran.
    pub rules: Hash,
    /// True when other rules are active now.
    pub rules_changed: bool,
    /// True when what is silent is told by the rules that decided then: they are kept, or still active.
    pub by_own_rules: bool,
    /// What fired, as recorded, with who gets it.
    pub fired: Vec<Fired>,
    /// What the rules changed on the claim, as recorded.
    pub changes: Vec<Change>,
    /// Where each denial goes, at the stage that routes.
    pub routed: Vec<Routed>,
    /// Every rule, judged again, but those that fired and are recorded.
    pub judged: Vec<RuleTrace>,
    /// True when judging again gives something else though the rules are the same: the registers say something new.
    pub facts_changed: bool,
}

/// A finding as it was recorded.
#[derive(Debug, Clone)]
pub struct Fired {
    /// The finding.
    pub finding: Finding,
    /// Where the rule's reason is written, when the rule is still there.
    pub source: Text,
    /// Who gets it and why, when it holds the claim.
    pub goes_to: Option<GoesTo>,
}

/// A denial with its way.
#[derive(Debug, Clone)]
pub struct Routed {
    /// The denial.
    pub denial: Denial,
    /// Who gets it and why.
    pub goes_to: GoesTo,
}

/// Who gets something, and where that is written.
#[derive(Debug, Clone)]
pub struct GoesTo {
    /// Owner.
    pub owner: Text,
    /// A row of a routing table, as `routing.csv:12`, or empty: the rule names the owner.
    pub row: Text,
    /// What the author of that row noted.
    pub note: Text,
}

/// What was recorded of a stage's run.
struct Recorded {
    stage: Stage,
    outcome: Text,
    considered: u32,
    changes: Vec<Change>,
    findings: Vec<Finding>,
    /// The denials that followed it.
    denials: Vec<Denial>,
}

/// The last run of each stage, in the order in which they ran.
///
/// # Errors
/// When the store cannot be read.
pub fn explain(desk: &Desk, view: &ClaimView, wanted: Wanted<'_>) -> Result<Vec<Explained>> {
    let recorded = recorded(view);
    let history = history(desk, view)?;
    let runs =
        view.before_stages()?.into_iter().filter(|run| wanted.stage.is_none_or(|stage| stage == run.stage));
    let mut all = Vec::new();
    let mut then = Then { desk, known: Vec::new() };
    for run in runs {
        let Some(own) = recorded.iter().find(|own| own.stage == run.stage) else { continue };
        let rules = then.practice(&run.rules);
        all.push(one(desk, rules.as_deref(), &run, own, &history, wanted.rule));
    }
    if let Some(rule) = wanted.rule {
        all.retain(|own| !own.fired.is_empty() || own.judged.iter().any(|trace| trace.rule == rule));
    }
    Ok(all)
}

/// The generations that decided then.
struct Then<'a> {
    desk: &'a Desk,
    known: Vec<(Hash, Option<Arc<Loaded>>)>,
}

impl Then<'_> {
    /// The practice of that generation, when it is live or kept.
    fn practice(&mut self, hash: &Hash) -> Option<Arc<Loaded>> {
        if hash == self.desk.practice.generation().hash() {
            return Some(Arc::clone(&self.desk.practice));
        }
        if let Some((_, practice)) = self.known.iter().find(|(own, _)| own == hash) {
            return practice.clone();
        }
        let folder = kept::find(&self.desk.folder.root, hash).and_then(|path| Folder::read(&path).ok());
        let practice = folder.and_then(|folder| check(&folder).practice).map(Arc::new);
        self.known.push((hash.clone(), practice.clone()));
        practice
    }
}

fn one(
    desk: &Desk,
    then: Option<&Loaded>,
    run: &StageView,
    own: &Recorded,
    history: &[PriorService],
    rule: Option<&str>,
) -> Explained {
    let generation = then.unwrap_or(&desk.practice).generation();
    let wanted = |id: &str| rule.is_none_or(|rule| rule == id);
    let rules_changed = run.rules != *desk.practice.generation().hash();
    let traces = judge_again(desk, generation, run, history, rule);
    let source = |rule: &str| generation.rules().rule(rule).map(|info| info.source.clone());
    let fired = own.findings.iter().filter(|finding| wanted(&finding.rule)).map(|finding| Fired {
        finding: finding.clone(),
        source: source(&finding.rule).unwrap_or_default(),
        goes_to: finding.level.blocks().then(|| goes_to(desk, run, finding)),
    });
    let known = |trace: &RuleTrace| own.findings.iter().any(|finding| is_of(finding, trace));
    let now_fires =
        |trace: &RuleTrace| matches!(trace.considered, Considered::Fired | Considered::Error { .. });
    let facts_changed =
        !rules_changed && traces.iter().any(|trace| !trace.shadow && known(trace) != now_fires(trace));
    Explained {
        stage: run.stage,
        at: run.at,
        outcome: own.outcome.clone(),
        considered: own.considered,
        rules: run.rules.clone(),
        rules_changed,
        by_own_rules: then.is_some(),
        fired: fired.collect(),
        changes: own.changes.iter().filter(|change| wanted(&change.rule)).cloned().collect(),
        routed: if run.stage == Stage::Route { routed(desk, run, &own.denials) } else { Vec::new() },
        judged: traces.into_iter().filter(|trace| !known(trace)).collect(),
        facts_changed,
    }
}

/// True when a finding and a trace are of one rule on one subject.
fn is_of(finding: &Finding, trace: &RuleTrace) -> bool {
    finding.rule == trace.rule && finding.subject == trace.subject && finding.index == trace.index
}

fn judge_again(
    desk: &Desk,
    generation: &Generation,
    run: &StageView,
    history: &[PriorService],
    rule: Option<&str>,
) -> Vec<RuleTrace> {
    let facts = Facts { history: history.to_vec(), ..desk.practice.facts(&run.state.claim) };
    let input = run.input(&facts, desk.practice.calendar());
    let rules = generation.rules();
    match rule {
        None => rules.explain(&input),
        Some(id) if rules.rule(id).is_some_and(|info| info.stage == run.stage) => {
            rules.explain_rule(id, &input)
        }
        Some(_) => Vec::new(),
    }
}

/// The events of each stage's last run.
fn recorded(view: &ClaimView) -> Vec<Recorded> {
    let mut all: Vec<Recorded> = Vec::new();
    for event in view.chapters.iter().flat_map(|chapter| &chapter.events) {
        match event {
            Event::Evaluated { stage, considered, changes, findings, outcome, .. } => {
                all.retain(|own| own.stage != *stage);
                all.push(Recorded {
                    stage: *stage,
                    outcome: outcome.clone(),
                    considered: *considered,
                    changes: changes.clone(),
                    findings: findings.clone(),
                    denials: Vec::new(),
                });
            }
            Event::Denied { denials } => {
                if let Some(last) = all.last_mut() {
                    last.denials = denials.clone();
                }
            }
            _ => {}
        }
    }
    all
}

/// Who got a finding that holds the claim.
fn goes_to(desk: &Desk, run: &StageView, finding: &Finding) -> GoesTo {
    if !finding.owner.is_empty() {
        return GoesTo { owner: finding.owner.clone(), row: Text::default(), note: Text::default() };
    }
    let query = RouteQuery {
        category: &finding.category,
        payer: run.state.claim.payer.id.as_str(),
        group: "",
        carc: "",
        rarcs: &[],
        stage: finding.stage,
        amount: run.state.billed(),
    };
    by_table(desk, &query)
}

/// Where each denial went: to whom a rule gave it, or where the table sends it.
fn routed(desk: &Desk, run: &StageView, denials: &[Denial]) -> Vec<Routed> {
    let payer = run.state.claim.payer.id.as_str();
    let way = |denial: &Denial| {
        let query = RouteQuery {
            category: &denial.category,
            payer,
            group: denial.group.as_str(),
            carc: denial.carc.as_str(),
            rarcs: &denial.rarcs,
            stage: Stage::Categorize,
            amount: denial.amount,
        };
        let table = by_table(desk, &query);
        if table.owner == denial.owner {
            return table;
        }
        GoesTo { owner: denial.owner.clone(), row: Text::default(), note: Text::default() }
    };
    denials.iter().map(|denial| Routed { denial: denial.clone(), goes_to: way(denial) }).collect()
}

fn by_table(desk: &Desk, query: &RouteQuery<'_>) -> GoesTo {
    let generation = desk.practice.generation();
    let route = generation.route(query);
    GoesTo { owner: route.owner, row: route.row, note: Text::from(generation.routing_note(query)) }
}

/// Services of the same member on claims that came in earlier, newest first: what rules saw as history.
///
/// # Errors
/// When the store cannot be read.
pub fn history(desk: &Desk, view: &ClaimView) -> Result<Vec<PriorService>> {
    let own = &view.summary;
    if own.member == 0 {
        return Ok(Vec::new());
    }
    let all = desk.engine.claims(&ClaimFilter { all: true, ..ClaimFilter::default() })?;
    let others =
        all.into_iter().rev().filter(|other| other.member == own.member && other.number < own.number);
    Ok(others.flat_map(|other| other.prior_services().collect::<Vec<_>>()).collect())
}
