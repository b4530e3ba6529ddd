//! Constants of a file: calculated once, from literals and earlier constants.

use std::cell::OnceCell;

use claimflow_core::{Claim, Facts, RuleInput, Stage, Subject, Text};
use jiff::civil::Date;

use super::{Env, Lowerer};
use crate::context::Ctx;
use crate::diagnostics::{Code, Faults};
use crate::ir::Node;
use crate::parse::RawConstant;
use crate::value::{Constant, List, Value};

/// A list constant: of texts when all items are texts.
pub(super) fn list(items: Vec<Constant>) -> Constant {
    let texts: Option<Vec<Text>> = items
        .iter()
        .map(|item| match item {
            Constant::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    texts.map_or(Constant::List(items), Constant::Texts)
}

/// Calculates the constants in order into the environment.
pub(crate) fn evaluate_constants(raw: &[RawConstant], env: &mut Env, faults: &mut Faults<'_>) {
    for item in raw {
        if env.constants.contains_key(&item.name) {
            faults.add(
                Code::DuplicateName,
                item.place,
                format!("there are two constants `{}`", item.name),
                "give each its own name",
            );
            continue;
        }
        let before = faults.errors();
        let lowered = Lowerer::new(env, faults, None, item.shift).lower(&item.value);
        if faults.errors() > before {
            continue;
        }
        match fold(&lowered.node) {
            Some(value) => {
                env.constants.insert(item.name.clone(), value);
            }
            None => faults.add(
                Code::BadConstant,
                item.place,
                format!("`{}` is not constant", item.name),
                "use texts, numbers, lists of them, and earlier constants",
            ),
        }
    }
}

/// The constant that an expression over constants is.
fn fold(node: &Node) -> Option<Constant> {
    if let Node::Constant(value) = node {
        return Some(value.clone());
    }
    if !is_constant(node) {
        return None;
    }
    let (claim, facts, snapshot) = (Claim::default(), Facts::default(), OnceCell::new());
    let input = RuleInput {
        stage: Stage::Scrub,
        claim: &claim,
        facts: &facts,
        as_of: Date::default(),
        submissions: 0,
        decision: None,
        adjustments: &[],
        denials: &[],
    };
    let ctx = Ctx::at(&input, &claim, &snapshot, Subject::Claim, 0)?;
    node.eval(&ctx).ok().and_then(|value| owned(&value))
}

fn is_constant(node: &Node) -> bool {
    match node {
        Node::Constant(_) => true,
        Node::Arithmetic(_, sides) => is_constant(&sides.0) && is_constant(&sides.1),
        Node::Negate(inner) => is_constant(inner),
        Node::Concat(parts) => parts.iter().all(is_constant),
        _ => false,
    }
}

fn owned(value: &Value<'_>) -> Option<Constant> {
    Some(match value {
        Value::Unit => Constant::Unit,
        Value::Bool(value) => Constant::Bool(*value),
        Value::Int(value) => Constant::Int(*value),
        Value::Decimal(value) => Constant::Decimal(*value),
        Value::Text(text) => Constant::Text(Text::from(*text)),
        Value::Owned(text) => Constant::Text(text.clone()),
        Value::Date(date) => Constant::Date(*date),
        Value::List(items @ (List::Texts(_) | List::Constants(_))) => {
            list(items.iter().map(|item| owned(&item)).collect::<Option<_>>()?)
        }
        Value::List(_) | Value::Object(_) => return None,
    })
}
