//! Carries out what a practice decides about rules: in shadow or live, off, or enforced otherwise.

use std::sync::Arc;

use claimflow_core::{Diagnostic, Text, nearest};

use super::Name;
use crate::diagnostics::{Code, fault};
use crate::rule::{Outcome, Rule, Suppression};
use crate::switch::{Enforced, Enforcement, Mode, Switch, Switches};

/// Applies the switches; those that name nothing are told.
pub(super) fn apply(
    rules: &mut [Arc<Rule>],
    names: &[&Name],
    packs: &[&str],
    switches: &Switches,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let tell = |switch: &Switch, message: String, help: String| {
        fault(Code::BadSwitch, &switches.path, switch.line, switch.column, message).help(help)
    };
    for switch in &switches.packs {
        if !packs.contains(&switch.name.as_str()) {
            let help = meant(&switch.name, packs.iter().copied());
            diagnostics.push(tell(switch, format!("there is no pack `{}`", switch.name), help));
        }
        for rule in rules.iter_mut().filter(|rule| rule.info.pack == switch.name) {
            let own = switches.rules.iter().any(|own| own.mode.is_some() && is_for(own, rule));
            if !own {
                turn(Arc::make_mut(rule), switch, switches);
            }
        }
    }
    for switch in &switches.rules {
        let table = rules.iter().any(|rule| rule.info.table == switch.name);
        if !table && !names.iter().any(|name| name.id == switch.name) {
            let help = meant(&switch.name, names.iter().map(|name| name.id.as_str()));
            diagnostics.push(tell(switch, format!("there is no rule `{}`", switch.name), help));
        }
        for rule in rules.iter_mut().filter(|rule| is_for(switch, rule)) {
            turn(Arc::make_mut(rule), switch, switches);
            if let Some(message) = enforce(Arc::make_mut(rule), switch, switches) {
                let help = "give its `warn` a category in the rule, or let it be `advisory`";
                diagnostics.push(tell(switch, message, help.to_owned()));
            }
        }
    }
}

/// A switch is for the rule of its name, or for all rows of the decision table of its name.
fn is_for(switch: &Switch, rule: &Rule) -> bool {
    rule.info.id == switch.name || (!rule.info.table.is_empty() && rule.info.table == switch.name)
}

fn meant<'c>(name: &str, known: impl IntoIterator<Item = &'c str>) -> String {
    nearest(name, known).map_or_else(
        || "take the entry out, or install the pack that has it".to_owned(),
        |near| format!("did you mean `{near}`?"),
    )
}

fn turn(rule: &mut Rule, switch: &Switch, switches: &Switches) {
    match switch.mode {
        Some(Mode::Off) => rule.info.suppressed.push(Suppression {
            by: Text::from(format!("the practice ({}:{})", switches.path, switch.line)),
            because: switch.because.clone(),
            replaced: false,
            payers: Vec::new(),
            effective: None,
            expires: None,
            until: switch.until,
        }),
        Some(mode) => rule.info.mode = mode,
        None => {}
    }
}

/// Sets how firmly the rule stands; says why that cannot be.
fn enforce(rule: &mut Rule, switch: &Switch, switches: &Switches) -> Option<String> {
    let enforcement = switch.enforcement?;
    let bare = |own: &Outcome| matches!(own, Outcome::Warn(category) if category.is_empty());
    if enforcement != Enforcement::Advisory && rule.outcomes.iter().any(bare) {
        return Some(format!("`{}` only warns, and has no category under which it could hold", rule.info.id));
    }
    rule.info.enforced = Some(Enforced {
        enforcement,
        because: switch.because.clone(),
        place: Text::from(format!("{}:{}", switches.path, switch.line)),
        until: switch.until,
    });
    None
}
