//! Cases made of real claims: what the rules saw and said, without anything that tells whose claim it was.

mod hidden;
mod made_up;
#[cfg(test)]
mod tests;
mod told;
mod write;

use claimflow_core::{Claim, RuleInput, Text};
use claimflow_rules::{Considered, Layer, Mode, RuleSet, RuleTrace, Vocabulary, compile};
use serde_json::json;

use self::hidden::{Hidden, hide};
use self::made_up::Manner;
use super::judge::{Bench, Said, judge, said};
use super::run::{below, sample_tables};
use super::{Case, defaults, read};
use crate::generation::Generation;
use crate::packs::gather;
use crate::{SourceFile, Sources};

/// A case made of a real claim. It holds as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedCase {
    /// What it is called: unlike every case of its pack.
    pub name: Text,
    /// The pack to whose cases it belongs.
    pub pack: Text,
    /// It, as an item of a file of cases in YAML.
    pub text: String,
    /// Rules that fire in it.
    pub fires: Vec<Text>,
    /// Weeks by which its dates are earlier than those of the claim; 0: they are the claim's own.
    pub weeks_earlier: u32,
    /// What whoever takes it should know, one sentence each: where it is not as the claim was, and what could not be hidden.
    pub notes: Vec<String>,
}

/// Why no case can be made of a claim.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// No pack has cases that could try it.
    #[error("there is no pack with rules to which the case could belong")]
    NoPack,
    /// The rule is not there.
    #[error("there is no rule `{0}`")]
    NoRule(Text),
    /// What was written does not hold: the claim has something that a case cannot say.
    #[error("the claim cannot be told as a case: {0}")]
    DoesNotHold(String),
    /// What identifies somebody would stand in it.
    #[error("the case would carry something that tells whose claim it is")]
    Identifying,
}

/// Makes cases of real claims.
pub struct CaseRecorder<'a> {
    generation: &'a Generation,
    files: &'a [SourceFile],
    /// The rules that the cases of a pack are tried on.
    rules: Vec<(Text, RuleSet)>,
}

impl<'a> CaseRecorder<'a> {
    /// `files` are those that `generation` was loaded from.
    pub fn new(generation: &'a Generation, files: &'a [SourceFile]) -> Self {
        Self { generation, files, rules: Vec::new() }
    }

    /// Makes a case of what the rules saw: `input` is the claim as it was when its stage ran, with what was known.
    ///
    /// `rule` is the rule that the case is about, fired or not; without one it is about what fired. Dates move back by whole
    /// weeks, NPIs and numbers are made up, facts that play no part are left out; what would make other rules fire stays as
    /// it is, and a note says so.
    ///
    /// # Errors
    /// When there is no such rule, or what rules saw cannot be told in a case.
    pub fn record(&mut self, input: &RuleInput<'_>, rule: Option<&str>) -> Result<RecordedCase, RecordError> {
        let (generation, files) = (self.generation, self.files);
        let pack = pack_of(generation, input, rule)?;
        let payer = generation.packs().iter().find(|own| own.name == pack).and_then(|own| own.payers.first());
        let base =
            defaults::changed(payer, None).map_err(|error| RecordError::DoesNotHold(error.to_string()))?;
        let rules = self.rules_of(&pack)?;
        let bench = Bench { rules, generation, cover: false, quick: false };
        let recorder = Recorder { input, bench, base: &base, payer, rule };
        let (manner, hidden, seen) = recorder.hidden()?;
        let hidden = recorder.without_needless(hidden, &seen);
        let name = recorder.name(&seen, &pack, files);
        let text = write::case(&name, input.stage, &hidden, &base, &recorder.expected(&seen));
        if let Some(reason) = judge(&recorder.read_back(&text)?, bench).reasons.into_iter().next() {
            return Err(RecordError::DoesNotHold(reason));
        }
        let notes = recorder.notes(generation, &pack, manner, &seen);
        let weeks_earlier = u32::try_from(-manner.days / 7).unwrap_or_default();
        Ok(RecordedCase { name, pack, text, fires: seen.fired, weeks_earlier, notes })
    }

    fn rules_of(&mut self, pack: &Text) -> Result<&RuleSet, RecordError> {
        let place = match self.rules.iter().position(|(own, _)| own == pack) {
            Some(place) => place,
            None => {
                let rules = rules_of(self.generation, self.files, pack).ok_or(RecordError::NoPack)?;
                self.rules.push((pack.clone(), rules));
                self.rules.len() - 1
            }
        };
        self.rules.get(place).map(|(_, rules)| rules).ok_or(RecordError::NoPack)
    }
}

/// The pack of the rule; without one that of the uppermost layer among the rules that fired, else that of the payer.
fn pack_of(generation: &Generation, input: &RuleInput<'_>, rule: Option<&str>) -> Result<Text, RecordError> {
    let rules = generation.rules();
    if let Some(rule) = rule {
        let info = rules.rule(rule).ok_or_else(|| RecordError::NoRule(rule.into()))?;
        return Ok(info.pack.clone());
    }
    let fired = fired(&rules.explain(input));
    let uppermost = fired.iter().filter_map(|id| rules.rule(id)).max_by_key(|info| info.layer);
    if let Some(info) = uppermost {
        return Ok(info.pack.clone());
    }
    let payer = &input.claim.payer.id;
    let packs = generation.packs();
    let of_payer = packs.iter().find(|pack| pack.payers.iter().any(|own| own == payer.as_str()));
    let base = packs.iter().find(|pack| pack.layer == Layer::Base);
    of_payer.or(base).or(packs.first()).map(|pack| pack.name.clone()).ok_or(RecordError::NoPack)
}

/// The rules on which the cases of a pack are tried.
fn rules_of(generation: &Generation, files: &[SourceFile], pack: &str) -> Option<RuleSet> {
    let sources: Sources = files.iter().cloned().collect();
    let files = sources.files();
    let gathered = gather(files, generation.settings(), &mut generation.cache().tables, &mut Vec::new());
    let own = gathered.sources.iter().find(|own| own.name == pack)?;
    let mut packs = below(&gathered.sources, own);
    let samples = sample_tables(files, own, &mut Vec::new());
    for own in &mut packs {
        own.mode = Mode::Live;
        if own.name == pack {
            own.tables.extend(samples.iter().cloned());
        }
    }
    let vocabulary = Vocabulary { owners: gathered.words.owners, categories: gathered.words.categories };
    Some(compile(&packs, &vocabulary).rules.as_if_live())
}

fn fired(traces: &[RuleTrace]) -> Vec<Text> {
    let mut fired: Vec<Text> = Vec::new();
    for trace in traces.iter().filter(|own| own.considered == Considered::Fired && !own.shadow) {
        if !fired.contains(&trace.rule) {
            fired.push(trace.rule.clone());
        }
    }
    fired
}

struct Recorder<'a> {
    input: &'a RuleInput<'a>,
    bench: Bench<'a>,
    base: &'a Claim,
    payer: Option<&'a Text>,
    rule: Option<&'a str>,
}

impl Recorder<'_> {
    /// Hides whose claim it is, as thoroughly as leaves the rules saying what they said.
    fn hidden(&self) -> Result<(Manner, Hidden, Said), RecordError> {
        let (fired, held) = self.original();
        let mut first = None;
        for manner in self.manners() {
            let Some((hidden, seen)) = self.tried(manner)? else { continue };
            if seen.fired == fired && seen.held == held {
                return Ok((manner, hidden, seen));
            }
            // Where nothing gives the same, dates stay.
            if manner.days == 0 && first.is_none() {
                first = Some((manner, hidden, seen));
            }
        }
        first.ok_or(RecordError::Identifying)
    }

    /// What fires on the claim as it was, and what holds it, among the pack's cases.
    fn original(&self) -> (Vec<Text>, Vec<Text>) {
        let traces = self.bench.rules.explain(self.input);
        let mut held: Vec<Text> = Vec::new();
        let evaluation = self.bench.rules.evaluate(self.input);
        for finding in evaluation.findings.iter().filter(|finding| finding.level.blocks()) {
            if !held.contains(&finding.category) {
                held.push(finding.category.clone());
            }
        }
        (fired(&traces), held)
    }

    /// Ways to hide it, the most thorough first. By how many weeks depends on the claim, so that one cannot be told from
    /// another's.
    fn manners(&self) -> Vec<Manner> {
        let content = serde_json::to_vec(self.input.claim).unwrap_or_default();
        let hash = blake3::hash(&content);
        let start = i64::from(hash.as_bytes().first().copied().unwrap_or_default());
        let weeks: Vec<i64> = (0..8).map(|next| 1 + (start + next * 3) % 8).collect();
        let mut manners = Vec::new();
        for (own_npis, alike) in [(false, false), (false, true), (true, false), (true, true)] {
            let days = weeks.iter().map(|weeks| -7 * weeks).chain([0]);
            manners.extend(days.map(|days| Manner { days, alike, own_npis }));
        }
        manners
    }

    /// The case hidden in one way, as it reads back, with what rules say of it; `None` when that tells whose claim it is.
    fn tried(&self, manner: Manner) -> Result<Option<(Hidden, Said)>, RecordError> {
        let hidden = hide(self.input, self.base, manner);
        let text = write::case("a case", self.input.stage, &hidden, self.base, &[("held", json!([]))]);
        if self.identifying().any(|own| text.contains(own.as_str())) {
            return Ok(None);
        }
        let seen = said(&self.read_back(&text)?, self.bench);
        Ok(Some((hidden, seen)))
    }

    fn read_back(&self, text: &str) -> Result<Case, RecordError> {
        let (mut cases, faults) = read::read(&SourceFile::new("cases.yaml", text), self.payer);
        match (cases.pop(), faults.into_iter().next()) {
            (Some(case), None) => Ok(case),
            (_, fault) => {
                Err(RecordError::DoesNotHold(fault.map(|own| own.message.clone()).unwrap_or_default()))
            }
        }
    }

    /// Long numbers of the claim and of what is known of it: none of them may stand in the case.
    fn identifying(&self) -> impl Iterator<Item = String> {
        let RuleInput { claim, facts, .. } = self.input;
        let patient = claim.patient.as_ref().map(|own| &own.person);
        let mut texts: Vec<String> = [
            claim.id.as_str(),
            &claim.medical_record_number,
            &claim.authorization_number,
            &claim.payer_claim_number,
            &claim.subscriber.group_number,
        ]
        .map(str::to_owned)
        .to_vec();
        for person in patient.into_iter().chain([&claim.subscriber.person]) {
            texts.push(person.member_id.to_string());
            if let Some(date) = person.birth_date {
                texts.push(date.to_string());
                texts.push(date.strftime("%Y%m%d").to_string());
            }
        }
        texts.extend(claim.lines.iter().map(|line| line.control_number.to_string()));
        texts.extend(facts.authorizations.iter().map(|row| row.number.to_string()));
        texts.into_iter().filter(|own| own.len() >= 6 && own.chars().any(|own| own.is_ascii_digit()))
    }

    /// Leaves out what no rule looks at.
    fn without_needless(&self, hidden: Hidden, seen: &Said) -> Hidden {
        let drops: [fn(&mut Hidden, &Claim); 9] = [
            |own, _| own.facts.history.clear(),
            |own, _| own.facts.coverages.clear(),
            |own, _| own.facts.authorizations.clear(),
            |own, _| own.facts.enrollments.clear(),
            |own, _| own.facts.visits.clear(),
            |own, _| own.claim.subscriber.group_number = Text::default(),
            |own, base| own.claim.billing_provider.taxonomy = base.billing_provider.taxonomy.clone(),
            |own, base| {
                if let (Some(own), Some(base)) = (&mut own.claim.rendering_provider, &base.rendering_provider)
                {
                    own.taxonomy = base.taxonomy.clone();
                }
            },
            |own, _| own.claim.dates.clear(),
        ];
        drops.into_iter().fold(hidden, |hidden, drop| {
            let mut without = hidden.clone();
            drop(&mut without, self.base);
            let text = write::case("a case", self.input.stage, &without, self.base, &[("held", json!([]))]);
            let same = self.read_back(&text).is_ok_and(|case| self.sees_the_same(&case, seen));
            if same { without } else { hidden }
        })
    }

    fn sees_the_same(&self, case: &Case, seen: &Said) -> bool {
        let other = said(case, self.bench);
        let same = |(a, b): (&RuleTrace, &RuleTrace)| {
            a.rule == b.rule && a.considered == b.considered && a.values == b.values && a.changes == b.changes
        };
        other.traces.len() == seen.traces.len()
            && other.traces.iter().zip(&seen.traces).all(same)
            && (&other.first, &other.fixed) == (&seen.first, &seen.fixed)
    }
}
