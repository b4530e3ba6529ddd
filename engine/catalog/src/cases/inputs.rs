//! What cases try rules on, for others who try rules; and such an input written as a case.

use std::fmt::Write as _;

use claimflow_core::{Claim, Decision, Facts, PostedAdjustment, RuleInput, Stage, Text};
use jiff::civil::Date;
use serde_json::Value;

use super::{defaults, read};
use crate::SourceFile;
use crate::generation::Generation;
use crate::packs::gather;
use crate::source::FileKind;

/// What one stage of rules is tried on: a made-up claim with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseInput {
    /// Pack of the case.
    pub pack: Text,
    /// Stage.
    pub stage: Stage,
    /// Day of the decision.
    pub as_of: Date,
    /// The claim.
    pub claim: Claim,
    /// What is known besides.
    pub facts: Facts,
    /// How often it has gone out.
    pub submissions: u32,
    /// The payer's decision.
    pub decision: Option<Decision>,
    /// Its adjustments.
    pub adjustments: Vec<PostedAdjustment>,
}

impl CaseInput {
    /// As rules take it.
    pub fn rule_input(&self) -> RuleInput<'_> {
        RuleInput {
            stage: self.stage,
            claim: &self.claim,
            facts: &self.facts,
            as_of: self.as_of,
            submissions: self.submissions,
            decision: self.decision.as_ref(),
            adjustments: &self.adjustments,
            denials: &[],
        }
    }

    /// The case in YAML: what differs from the claim that cases start from, with rules that are expected to fire.
    /// None when it cannot be written so that it reads the same.
    pub fn yaml(&self, name: &str, payer: Option<&Text>, fires: &[Text]) -> Option<String> {
        let base = serde_json::to_value(defaults::changed(payer, None).ok()?).ok()?;
        let own = serde_json::to_value(&self.claim).ok()?;
        let mut text = format!("- case: {}\n", quoted(name));
        let _ = write!(text, "  stage: {}\n  as_of: {}\n", self.stage.as_str(), self.as_of);
        if let Some(claim) = difference(&base, &own) {
            let _ = writeln!(text, "  claim: {claim}");
        }
        let mut facts = serde_json::to_value(&self.facts).ok()?;
        drop_nothings(&mut facts);
        if facts.as_object().is_some_and(|facts| !facts.is_empty()) {
            let _ = writeln!(text, "  facts: {facts}");
        }
        if !self.adjustments.is_empty() {
            let _ = writeln!(text, "  adjustments: {}", serde_json::to_string(&self.adjustments).ok()?);
        }
        let fires = serde_json::to_string(fires).ok()?;
        let _ = writeln!(text, "  submissions: {}\n  expect:\n    fires: {fires}", self.submissions);
        self.reads_the_same(&text, payer).then_some(text)
    }

    fn reads_the_same(&self, text: &str, payer: Option<&Text>) -> bool {
        let (cases, faults) = read::read(&SourceFile::new("case.yaml", text), payer);
        faults.is_empty()
            && cases.first().is_some_and(|case| {
                (&case.claim, &case.facts, &case.adjustments, &case.decision)
                    == (&self.claim, &self.facts, &self.adjustments, &self.decision)
            })
    }
}

/// Takes away what says nothing: no value, an empty text, an empty list.
fn drop_nothings(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(drop_nothings);
            fields.retain(|_, own| !is_nothing(own));
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nothings),
        _ => {}
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The fields of `own` that differ from `base`; a list is written whole.
fn difference(base: &Value, own: &Value) -> Option<Value> {
    match (base, own) {
        (Value::Object(base), Value::Object(own)) => {
            let gone =
                base.keys().filter(|key| !own.contains_key(*key)).map(|key| (key.clone(), Value::Null));
            let differing = own.iter().filter_map(|(key, value)| {
                let difference = match base.get(key) {
                    Some(before) => difference(before, value),
                    None => Some(value.clone()),
                };
                difference.map(|difference| (key.clone(), difference))
            });
            let fields: serde_json::Map<String, Value> = gone.chain(differing).collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        (base, own) => (base != own).then(|| own.clone()),
    }
}

/// What the cases among `files` try rules on, by file and line. Cases with a fault are left out.
pub fn case_inputs(generation: &Generation, files: &[SourceFile]) -> Vec<CaseInput> {
    let gathered = gather(files, generation.settings(), &mut generation.cache().tables, &mut Vec::new());
    let mut all = Vec::new();
    for pack in &gathered.sources {
        let kind = FileKind::Cases { pack: &pack.name };
        let mut own: Vec<&SourceFile> =
            files.iter().filter(|file| FileKind::of(&file.path) == kind).collect();
        own.sort_by(|a, b| a.path.cmp(&b.path));
        for file in own {
            let cases = read::read(file, pack.payers.first()).0;
            all.extend(cases.into_iter().map(|case| CaseInput {
                pack: pack.name.clone(),
                stage: case.stage,
                as_of: case.as_of,
                claim: case.claim,
                facts: case.facts,
                submissions: case.submissions,
                decision: case.decision,
                adjustments: case.adjustments,
            }));
        }
    }
    all
}
