//! Names given on the command line: a name that nothing has is wrong usage, and the answer is the nearest that there is.
//!
//! An empty list under a mistyped name would say that there is nothing to do. What is counted by the thousand and comes
//! from outside, as claims and payments, is no such name: asking for one that is not there is no wrong usage.

use claimflow_core::{Text, nearest};
use claimflow_rules::RuleSet;

use crate::exit::{Failure, Result};
use crate::wire::Desk;

/// Refuses a name that is none of those there are.
///
/// # Errors
/// When it is none of `all`.
pub(super) fn known(what: &str, word: &str, all: &[&str]) -> Result<()> {
    if all.contains(&word) {
        return Ok(());
    }
    Err(unknown(what, word, all.iter().copied(), &format!("there are: {}", all.join(", "))))
}

/// The refusal of a name, with the nearest of those there are; `otherwise` is the mend where none is near.
pub(super) fn unknown<'a>(
    what: &str,
    word: &str,
    all: impl IntoIterator<Item = &'a str>,
    otherwise: &str,
) -> Failure {
    let near = nearest(word, all).map(|near| format!("did you mean `{near}`?"));
    Failure::usage(format!("there is no {what} `{word}`")).help(near.unwrap_or_else(|| otherwise.to_owned()))
}

/// Refuses an owner that the practice does not have.
///
/// # Errors
/// When no owner of claimflow.yaml has that name.
pub(super) fn known_owner(owner: &str, desk: &Desk) -> Result<()> {
    let owners = desk.practice.settings().owners.iter().map(|info| info.owner.as_str());
    known("owner", owner, &owners.collect::<Vec<_>>())
}

/// The refusal of a rule's id.
pub(super) fn unknown_rule(rule: &str, rules: &RuleSet) -> Failure {
    let ids = rules.all_rules().map(|own| own.id.as_str());
    unknown("rule", rule, ids, "`claimflow rules check` counts the rules of each pack")
}

/// Refuses a workflow that is neither live nor has claims on it.
///
/// # Errors
/// When none is called so.
pub(super) fn known_workflow(name: &str, desk: &Desk) -> Result<()> {
    let counts = desk.engine.state_counts();
    let live = desk.practice.generation().workflows().iter().map(|own| &own.reference().name);
    known("workflow", name, &distinct(live.chain(counts.iter().map(|own| &own.workflow.name))))
}

/// Refuses a state that no live workflow has and no claim is in.
///
/// # Errors
/// When none is called so.
pub(super) fn known_state(name: &str, desk: &Desk) -> Result<()> {
    let counts = desk.engine.state_counts();
    let workflows = desk.practice.generation().workflows();
    let live = workflows.iter().flat_map(|own| own.states()).map(|own| &own.name);
    known("state", name, &distinct(live.chain(counts.iter().map(|own| &own.state))))
}

/// Each once, in order of first appearance.
fn distinct<'a>(names: impl Iterator<Item = &'a Text>) -> Vec<&'a str> {
    let mut all = Vec::new();
    for name in names {
        if !all.contains(&name.as_str()) {
            all.push(name.as_str());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn a_name_that_nothing_has_is_wrong_usage_and_the_nearest_is_told() {
        let owners = ["billing", "front_desk"];
        assert!(known("owner", "billing", &owners).is_ok());
        let near = known("owner", "biling", &owners).unwrap_err();
        assert_eq!((near.exit, near.help.as_str()), (Exit::Usage, "did you mean `billing`?"));
        let far = known("owner", "NOBODY", &owners).unwrap_err();
        assert_eq!(far.message, "there is no owner `NOBODY`");
        assert_eq!(far.help, "there are: billing, front_desk");
    }
}
