//! How rules of different packs meet: unique ids, `overrides` and `disable` of earlier layers.

use std::sync::Arc;

use claimflow_core::{Diagnostic, Text, nearest};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Disable, Name};
use crate::diagnostics::{Code, fault};
use crate::rule::{Rule, Suppression};
use crate::source::Layer;

/// Checks the rules against each other, marks what is switched off, and puts them into the order in which they run:
/// priority (the highest first), layer, then as they stand in their files.
pub(super) fn link(
    rules: Vec<Arc<Rule>>,
    names: &[&Name],
    disables: &[Disable<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Arc<Rule>> {
    duplicates(names, diagnostics);
    // Of two rules of one id the first stands, so that the other faults of the practice are found with it.
    let mut seen = FxHashSet::default();
    let mut rules: Vec<Arc<Rule>> =
        rules.into_iter().filter(|rule| seen.insert(rule.info.id.clone())).collect();
    let layers: FxHashMap<&str, Layer> = names.iter().map(|name| (name.id.as_str(), name.layer)).collect();
    let mut suppressions: Vec<(Text, Suppression)> = Vec::new();
    rules.retain(|rule| {
        let info = &rule.info;
        if info.overrides.is_empty() {
            return true;
        }
        let place = (info.file.as_str(), info.line);
        let sound = check("overrides", &info.overrides, info.layer, place, &layers, diagnostics);
        if sound {
            suppressions.push((info.overrides.clone(), replaced_by(rule)));
        }
        sound
    });
    for disable in disables {
        let place = (disable.path, disable.raw.place.line);
        if check("disable", &disable.raw.id, disable.pack.layer, place, &layers, diagnostics) {
            suppressions.push((disable.raw.id.clone(), disabled_by(disable)));
        }
    }
    suppress(&mut rules, suppressions);
    rules.sort_by_key(|rule| (std::cmp::Reverse(rule.info.priority), rule.info.layer));
    rules
}

/// Marks the rules that are switched off. The id of a decision table stands for every row of it.
fn suppress(rules: &mut [Arc<Rule>], suppressions: Vec<(Text, Suppression)>) {
    if suppressions.is_empty() {
        return;
    }
    let mut by_name: FxHashMap<Text, Vec<(usize, Suppression)>> = FxHashMap::default();
    for (place, (id, suppression)) in suppressions.into_iter().enumerate() {
        by_name.entry(id).or_default().push((place, suppression));
    }
    for rule in rules {
        let names = [&rule.info.id, &rule.info.table];
        let mut own: Vec<&(usize, Suppression)> =
            names.into_iter().filter_map(|name| by_name.get(name)).flatten().collect();
        if !own.is_empty() {
            own.sort_by_key(|(place, _)| *place);
            Arc::make_mut(rule).info.suppressed.extend(own.into_iter().map(|(_, own)| own.clone()));
        }
    }
}

fn replaced_by(rule: &Rule) -> Suppression {
    Suppression {
        by: rule.info.id.clone(),
        because: rule.info.because.clone(),
        replaced: true,
        payers: rule.info.payers.clone(),
        effective: rule.info.effective,
        expires: rule.info.expires,
        until: None,
    }
}

fn disabled_by(disable: &Disable<'_>) -> Suppression {
    Suppression {
        by: disable.pack.name.clone(),
        because: disable.raw.because.clone(),
        replaced: false,
        payers: disable.pack.payers.clone(),
        effective: disable.pack.effective,
        expires: match (disable.raw.expires, disable.pack.expires) {
            (Some(own), Some(pack)) => Some(own.min(pack)),
            (own, pack) => own.or(pack),
        },
        until: None,
    }
}

/// Reports ids that stand more than once.
fn duplicates(names: &[&Name], diagnostics: &mut Vec<Diagnostic>) {
    let mut first: FxHashMap<&str, &Name> = FxHashMap::default();
    for name in names {
        if let Some(earlier) = first.get(name.id.as_str()) {
            diagnostics.push(
                fault(
                    Code::DuplicateRule,
                    &name.path,
                    name.place.line,
                    name.place.column,
                    format!("rule `{}` is there already: {}:{}", name.id, earlier.path, earlier.place.line),
                )
                .help(format!(
                    "give it its own id; to replace the other from a later layer, add overrides \"{}\"",
                    name.id
                )),
            );
        } else {
            first.insert(&name.id, name);
        }
    }
}

fn check(
    what: &str,
    id: &str,
    layer: Layer,
    (path, line): (&str, u32),
    layers: &FxHashMap<&str, Layer>,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let Some(other) = layers.get(id) else {
        let near = nearest(id, layers.keys().copied());
        let help = near.map_or_else(
            || "look the id up with `rules check`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        diagnostics.push(
            fault(Code::UnknownRule, path, line, 1, format!("`{what}` names `{id}`, which is no rule"))
                .help(help),
        );
        return false;
    };
    if *other < layer {
        return true;
    }
    diagnostics.push(
        fault(
            Code::LayerOrder,
            path,
            line,
            1,
            format!("a {} rule cannot {} `{id}`, a {} rule", layer.as_str(), verb(what), other.as_str()),
        )
        .help("only a later layer can: base, payer, vendor, practice"),
    );
    false
}

fn verb(what: &str) -> &str {
    if what == "overrides" { "override" } else { "disable" }
}
