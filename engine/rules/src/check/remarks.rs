//! What is odd about rules that could all run: rules that change nothing beside others, corrections that are undone, and
//! what people will miss. It is asked for when somebody checks rules, not whenever they are loaded.

use claimflow_core::{Diagnostic, Level, Severity, Text};
use rustc_hash::FxHashMap;

use super::proof::Facts;
use crate::diagnostics::{Code, fault};
use crate::ir::Node;
use crate::rule::{Outcome, Rule};
use crate::ruleset::RuleSet;
use crate::value::Constant;

/// A rule is compared with so many others at most, so that thousands of rules for one code are still checked in no time.
const MOST: usize = 64;

impl RuleSet {
    /// What is odd about the rules taken together, by file and line: none of it keeps a rule from running.
    pub fn remarks(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        // Rows of decision tables are compared with each other by their table, when it is compiled.
        let active: Vec<(usize, &Rule)> = self
            .rules
            .iter()
            .map(AsRef::as_ref)
            .enumerate()
            .filter(|(_, rule): &(usize, &Rule)| {
                rule.info.suppressed.is_empty() && rule.info.table.is_empty()
            })
            .collect();
        shadowed(&active, &mut found);
        undone(&active, &mut found);
        for (_, rule) in &active {
            unsaid(rule, &mut found);
        }
        found.sort_by(|a, b| (&a.path, a.line, a.column, &a.code).cmp(&(&b.path, b.line, b.column, &b.code)));
        found
    }
}

/// A remark about the head of a rule.
fn remark(code: Code, rule: &Rule, message: String, help: String) -> Diagnostic {
    let width = rule.info.id.chars().count() + r#"rule """#.len();
    fault(code, &rule.info.file, rule.info.line, 1, message).help(help).length(width)
}

/// What is known where the rule fires.
fn facts(rule: &Rule) -> Facts {
    let mut facts = Facts::of_scope(rule.info.subject, &rule.info.codes, &rule.info.payers);
    for part in &rule.parts {
        facts.assume(part);
    }
    facts
}

type Scope<'r> = (claimflow_core::Stage, claimflow_core::Subject, Option<&'r str>);

/// Rules by stage, subject and each of their codes, so that only those are compared that can meet.
fn by_scope<'r>(rules: &[(usize, &'r Rule)]) -> FxHashMap<Scope<'r>, Vec<(usize, &'r Rule)>> {
    let mut groups: FxHashMap<Scope<'r>, Vec<(usize, &'r Rule)>> = FxHashMap::default();
    for (place, rule) in rules {
        let info = &rule.info;
        let mut add =
            |code| groups.entry((info.stage, info.subject, code)).or_default().push((*place, *rule));
        if info.codes.is_empty() {
            add(None);
        }
        for code in &info.codes {
            add(Some(code));
        }
    }
    groups
}

/// The rules that are considered wherever that one is, by their codes: those for any, and those for its first.
fn meeting<'g, 'r>(
    groups: &'g FxHashMap<Scope<'r>, Vec<(usize, &'r Rule)>>,
    rule: &'r Rule,
) -> impl Iterator<Item = &'g (usize, &'r Rule)> {
    let first = rule.info.codes.first().map(|code| Some(code.as_str()));
    let scopes = std::iter::once(None).chain(first);
    scopes.filter_map(|code| groups.get(&(rule.info.stage, rule.info.subject, code))).flatten()
}

fn shadowed(rules: &[(usize, &Rule)], found: &mut Vec<Diagnostic>) {
    let groups = by_scope(rules);
    for (place, rule) in rules {
        let info = &rule.info;
        let mut known = None;
        let earlier = meeting(&groups, rule).filter(|(at, _)| at != place).take(MOST);
        let by = earlier.into_iter().find(|(at, other)| {
            outdoes(*at, other, *place, rule) && covers(other, rule) && {
                let known = known.get_or_insert_with(|| facts(rule));
                other.parts.iter().all(|part| known.imply(part))
            }
        });
        if let Some((_, other)) = by {
            found.push(remark(
                Code::Shadowed,
                rule,
                format!(
                    "rule `{}` changes nothing: wherever it fires, `{}` {}",
                    info.id,
                    other.id,
                    does(other)
                ),
                format!("take it out, or make `{}` ({}:{}) narrower", other.id, other.file, other.line),
            ));
        }
    }
}

fn does(rule: &Rule) -> String {
    match rule.outcomes.first() {
        Some(Outcome::Hold(category)) => format!("holds the claim for {category} as well"),
        Some(Outcome::Deny(category)) => format!("denies it for {category}"),
        Some(Outcome::Categorize(category)) => format!("gives the category first, {category}"),
        _ => "warns of the same".to_owned(),
    }
}

/// True when the other rule, firing too, leaves nothing to this one's outcomes.
fn outdoes(at: usize, other: &Rule, place: usize, rule: &Rule) -> bool {
    let ([own], true) = (rule.outcomes.as_slice(), rule.fixes.is_empty() && other.fixes.is_empty()) else {
        return false;
    };
    // Two rules that say the very same take turns by their order: only the later is reported.
    let first = at < place;
    let same_owner = rule.owner.is_empty() || rule.owner == other.owner;
    other.outcomes.iter().any(|outcome| {
        let stronger = outcome.level() > own.level() || (outcome.level() == own.level() && first);
        match own {
            Outcome::Hold(category) | Outcome::Warn(category) => {
                let blocks = matches!(outcome.level(), Level::Warn | Level::Hold | Level::Deny);
                blocks && stronger && same_owner && outcome.category() == *category
            }
            Outcome::Deny(category) => {
                outcome.level() == Level::Deny && first && same_owner && outcome.category() == *category
            }
            Outcome::Categorize(_) => outcome.level() == Level::Categorize && outranks(other, rule, first),
            Outcome::Assign(_) | Outcome::Note(_) => false,
        }
    })
}

/// True when the other's category always wins. How specific a code is only counts where both have the same codes.
fn outranks(other: &Rule, rule: &Rule, first: bool) -> bool {
    let (a, b) = ((other.priority, other.layer), (rule.priority, rule.layer));
    a > b || (a == b && first && other.codes == rule.codes)
}

/// True when the other is considered wherever this one is.
fn covers(other: &Rule, rule: &Rule) -> bool {
    let within = |own: &[Text], wide: &[Text]| {
        wide.is_empty() || (!own.is_empty() && own.iter().all(|one| wide.contains(one)))
    };
    let from = other.effective.is_none_or(|from| rule.effective.is_some_and(|own| own >= from));
    let to = other.expires.is_none_or(|to| rule.expires.is_some_and(|own| own <= to));
    from && to && within(&rule.payers, &other.payers) && within(&rule.codes, &other.codes)
}

/// The action and its constant arguments.
fn action(fix: &Node) -> Option<(&'static str, Vec<&str>)> {
    let Node::Method(entry, arguments) = fix else { return None };
    let texts = arguments.iter().map(|argument| match argument {
        Node::Constant(Constant::Text(text)) => Some(text.as_str()),
        _ => None,
    });
    Some((entry.path, texts.collect::<Option<_>>().unwrap_or_default()))
}

/// True when the second correction takes back what the first did, on the same claim or line.
fn undoes(first: &Node, second: &Node) -> bool {
    let (Some((one, a)), Some((two, b))) = (action(first), action(second)) else { return false };
    match (one, two, a.as_slice(), b.as_slice()) {
        ("line.add_modifier", "line.remove_modifier", [a], [b])
        | ("line.remove_modifier", "line.add_modifier", [a], [b]) => a == b,
        ("line.add_modifier", "line.replace_modifier", [a], [b, _])
        | ("line.replace_modifier", "line.remove_modifier", [_, a], [b]) => a == b,
        ("line.replace_modifier", "line.replace_modifier", [a, b], [c, d]) => a == d && b == c,
        (one, two, ..) => one == two && one.contains(".set_") && first.describe() != second.describe(),
    }
}

fn undone(rules: &[(usize, &Rule)], found: &mut Vec<Diagnostic>) {
    let fixing: Vec<(usize, &Rule)> =
        rules.iter().copied().filter(|(_, rule)| !rule.fixes.is_empty()).collect();
    let groups = by_scope(&fixing);
    for (place, rule) in &fixing {
        within(rule, found);
        idle(rule, found);
        let later = meeting(&groups, rule).filter(|(at, _)| at > place).take(MOST);
        for (_, other) in later {
            let pair = rule.fixes.iter().find_map(|one| {
                other
                    .fixes
                    .iter()
                    .find(|two| undoes(one, two) && goes_on(rule, one, other))
                    .map(|two| (one, two))
            });
            if let Some((one, two)) = pair {
                found.push(remark(
                    Code::FixUndone,
                    other,
                    format!("`{}` undoes `{}` of rule `{}`", two.describe(), one.describe(), rule.id),
                    format!("both fire on the same claim: change one of them ({}:{})", rule.file, rule.line),
                ));
            }
        }
    }
}

/// Corrections that the same rule undoes.
fn within(rule: &Rule, found: &mut Vec<Diagnostic>) {
    for (at, one) in rule.fixes.iter().enumerate() {
        if let Some(two) = rule.fixes.iter().skip(at + 1).find(|two| undoes(one, two)) {
            found.push(remark(
                Code::FixUndone,
                rule,
                format!("`{}` undoes `{}` of the same rule", two.describe(), one.describe()),
                "take one of them out".to_owned(),
            ));
        }
    }
}

/// Corrections of what is so already.
fn idle(rule: &Rule, found: &mut Vec<Diagnostic>) {
    let known = facts(rule);
    for (at, fix) in rule.fixes.iter().enumerate() {
        let Some((path, texts)) = action(fix).filter(|_| at == 0) else { continue };
        let carried = |code: &str| known.truth(&format!("line.has_modifier(\"{code}\")"));
        let nothing = match (path, texts.as_slice()) {
            ("line.add_modifier", [code]) => carried(code) == Some(true),
            ("line.remove_modifier" | "line.replace_modifier", [code, ..]) => carried(code) == Some(false),
            (path, [value]) => {
                path.contains(".set_")
                    && known.text(&path.replace(".set_", ".")).is_some_and(|own| own == value)
            }
            _ => false,
        };
        if nothing {
            found.push(remark(
                Code::FixUndone,
                rule,
                format!("`{}` changes nothing: the condition says that it is so already", fix.describe()),
                "look for a missing or a spare `!` in `when`".to_owned(),
            ));
        }
    }
}

/// True when the later rule fires wherever the earlier has made its correction.
fn goes_on(rule: &Rule, fix: &Node, later: &Rule) -> bool {
    let Some((path, texts)) = action(fix) else { return false };
    let mut known = facts(rule);
    if path.ends_with("_modifier") {
        ["modifier", "duplicate"].iter().for_each(|part| known.forget(part));
        match (path, texts.as_slice()) {
            ("line.add_modifier", [code]) => known.set(&format!("line.has_modifier(\"{code}\")"), true),
            ("line.remove_modifier", [code]) => known.set(&format!("line.has_modifier(\"{code}\")"), false),
            ("line.replace_modifier", [old, new]) => {
                known.set(&format!("line.has_modifier(\"{old}\")"), false);
                known.set(&format!("line.has_modifier(\"{new}\")"), true);
            }
            _ => {}
        }
    } else {
        known.forget(path.rsplit(".set_").next().unwrap_or(path));
        // What is worked out from several fields can change with any of them.
        ["authorization", "enrollment", "claim.charge_matches", "duplicate"]
            .iter()
            .for_each(|part| known.forget(part));
    }
    covers(later, rule) && later.parts.iter().all(|part| known.imply(part))
}

/// What people will miss.
fn unsaid(rule: &Rule, found: &mut Vec<Diagnostic>) {
    let stops = rule.outcomes.iter().any(|own| matches!(own, Outcome::Hold(_) | Outcome::Deny(_)));
    if stops && rule.ask.is_none() {
        found.push(remark(
            Code::NobodyAsked,
            rule,
            format!("rule `{}` holds claims and asks nobody for anything", rule.info.id),
            "add ask \"Please ...\": one sentence that says what to do".to_owned(),
        ));
    }
    if rule.info.source.is_empty() && rule.outcomes.iter().any(|own| own.level() != Level::Note) {
        found.push(remark(
            Code::NoSource,
            rule,
            format!("rule `{}` does not say where it is written", rule.info.id),
            "add source \"Payer policy, section 2\", so that somebody can look it up".to_owned(),
        ));
    }
    debug_assert!(found.iter().all(|own| own.severity != Severity::Error), "remarks stop nothing");
}
