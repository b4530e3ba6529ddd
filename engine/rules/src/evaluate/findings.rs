//! What a rule that fired, or failed, says of its subject.

use claimflow_core::{Finding, Level, Text};

use super::{ENFORCEMENT, RULE_REVIEW, Values, read_values};
use crate::context::Ctx;
use crate::rule::{Outcome, Rule};
use crate::value::{Fault, Value};

pub(super) fn push_outcomes<'a>(rule: &'a Rule, ctx: &Ctx<'a>, values: Values, findings: &mut Vec<Finding>) {
    let enforced = rule.enforced(ctx.input.as_of);
    let mut left = Some(values);
    for (place, outcome) in rule.outcomes.iter().enumerate() {
        let last = place + 1 == rule.outcomes.len();
        let mut values = if last { left.take() } else { left.clone() }.unwrap_or_default();
        let asked = outcome.level();
        let level = enforced.map_or(asked, |own| own.enforcement.level(asked));
        if let Some(own) = enforced.filter(|_| level != asked) {
            values.push((Text::const_new(ENFORCEMENT), own.told(asked)));
        }
        findings.push(finding(rule, ctx, level, outcome, values));
    }
}

/// The sentence for people: the rule's `ask`, else its title.
pub(crate) fn message<'a>(rule: &'a Rule, ctx: &Ctx<'a>) -> Text {
    let asked = rule.ask.as_ref().and_then(|ask| match ask.eval(ctx).ok()? {
        Value::Owned(text) => Some(text),
        other => other.text().map(Text::from),
    });
    asked.unwrap_or_else(|| rule.title.clone())
}

pub(crate) fn finding<'a>(
    rule: &'a Rule,
    ctx: &Ctx<'a>,
    level: Level,
    outcome: &Outcome,
    values: Values,
) -> Finding {
    let owner = match outcome {
        Outcome::Assign(owner) => owner.clone(),
        _ => rule.owner.clone(),
    };
    let message = match outcome {
        Outcome::Note(text) if !text.is_empty() => text.clone(),
        _ => message(rule, ctx),
    };
    Finding {
        rule: rule.id.clone(),
        pack: rule.label.clone(),
        file: rule.file.clone(),
        source_line: rule.line,
        stage: rule.stage,
        level,
        subject: ctx.subject,
        index: ctx.index,
        category: outcome.category(),
        owner,
        message,
        because: rule.because.clone(),
        within: rule.within,
        values,
    }
}

/// The finding of a rule that could not be evaluated.
pub(crate) fn failed<'a>(rule: &'a Rule, ctx: &Ctx<'a>, fault: &Fault) -> Finding {
    let message = format!("rule `{}` ({}:{}) cannot be decided: {fault}", rule.id, rule.file, rule.line);
    Finding {
        category: Text::const_new(RULE_REVIEW),
        owner: Text::default(),
        message: Text::from(message),
        within: None,
        ..finding(rule, ctx, Level::Error, &Outcome::Note(Text::default()), read_values(rule, ctx))
    }
}
