//! Whether two rules could contradict each other, by what they do and by their scopes.

use claimflow_core::{Subject, Text};
use claimflow_rules::RuleInfo;
use serde::Serialize;

/// How two rules contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Contradiction {
    /// They give one adjustment or denial different kinds.
    Categories,
    /// They give one problem different owners.
    Owners,
    /// They set one field to different values.
    Values,
    /// One adds what the other removes.
    AddAndRemove,
    /// One corrects what the other still holds the claim for.
    FixAndHold,
}

/// How two rules of one stage and subject could contradict each other; none when they do not, or their scopes do not meet.
pub(super) fn contradiction(a: &RuleInfo, b: &RuleInfo) -> Option<Contradiction> {
    if !scopes_meet(a, b) {
        return None;
    }
    let pairs = || a.outcomes.iter().flat_map(|own| b.outcomes.iter().map(move |other| (own, other)));
    let found = pairs().find_map(|(own, other)| of_outcomes(own, other));
    found.or_else(|| (fixes_and_holds(a, b) || fixes_and_holds(b, a)).then_some(Contradiction::FixAndHold))
}

fn scopes_meet(a: &RuleInfo, b: &RuleInfo) -> bool {
    let meet = |own: &[Text], other: &[Text]| {
        own.is_empty() || other.is_empty() || own.iter().any(|word| other.contains(word))
    };
    let codes = match a.subject {
        // Prefixes and codes with their group are not told apart by equality.
        Subject::Diagnosis | Subject::Adjustment | Subject::Denial => true,
        Subject::Claim | Subject::Line => meet(&a.codes, &b.codes),
    };
    let before = |end: Option<jiff::civil::Date>, start: Option<jiff::civil::Date>| {
        end.zip(start).is_some_and(|(end, start)| end < start)
    };
    meet(&a.payers, &b.payers)
        && codes
        && !before(a.expires, b.effective)
        && !before(b.expires, a.effective)
        && a.overrides != b.id
        && b.overrides != a.id
        // The rows of one table are put in order by its hit policy.
        && (a.table.is_empty() || a.table != b.table)
}

fn of_outcomes(own: &str, other: &str) -> Option<Contradiction> {
    let (word, what) = own.split_once(' ')?;
    let (other_word, other_what) = other.split_once(' ')?;
    match (word, other_word) {
        ("categorize", "categorize") if what != other_what => Some(Contradiction::Categories),
        ("assign", "assign") if what != other_what => Some(Contradiction::Owners),
        ("fix", "fix") => of_fixes(what, other_what),
        _ => None,
    }
}

fn of_fixes(own: &str, other: &str) -> Option<Contradiction> {
    let (action, argument) = call(own)?;
    let (other_action, other_argument) = call(other)?;
    let field = action.split_once("set_").map(|(_, field)| field);
    if field.is_some() && action == other_action && argument != other_argument {
        return Some(Contradiction::Values);
    }
    let opposite = |a: &str, b: &str| a.ends_with(".add_modifier") && b.ends_with(".remove_modifier");
    let opposes =
        argument == other_argument && (opposite(action, other_action) || opposite(other_action, action));
    opposes.then_some(Contradiction::AddAndRemove)
}

/// The name of an action and what it is called with: `line.set_units`, `1`.
fn call(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('(')?;
    Some((name.trim(), rest.trim_end().strip_suffix(')')?.trim()))
}

/// True when one rule corrects a field that the condition of the other, which holds the claim, asks about.
fn fixes_and_holds(fixing: &RuleInfo, holding: &RuleInfo) -> bool {
    let holds = |does: &Text| does.starts_with("hold ") || does.starts_with("deny ");
    if !holding.outcomes.iter().any(holds) {
        return false;
    }
    fixing.outcomes.iter().filter_map(|does| does.strip_prefix("fix ")).filter_map(call).any(
        |(action, argument)| match action.split_once("set_") {
            Some((_, field)) => holding.conditions.iter().any(|part| part.contains(&format!(".{field}"))),
            None => {
                action.ends_with("_modifier")
                    && holding.conditions.iter().any(|part| {
                        part.contains("modifier") && argument.split(',').any(|own| part.contains(own.trim()))
                    })
            }
        },
    )
}
