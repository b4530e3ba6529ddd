//! Conditions that can never hold, or always do.

use rhai::Expr;

use super::proof::Facts;
use crate::diagnostics::{Code, Faults, Place};
use crate::ir::{Comparison, Node};
use crate::lower::print::{is_membership, print};
use crate::value::Constant;

/// Checks the parts of `when`, each with its node, under what the rule's scope says already. `shift` counts the lines
/// before the rule.
pub(super) fn check(when: &Expr, nodes: &[Node], scope: &Facts, shift: u32, faults: &mut Faults<'_>) {
    let parts = match when {
        Expr::And(parts, _) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    let mut facts = scope.clone();
    for (at, (part, node)) in parts.iter().zip(nodes).enumerate() {
        let place = Place::from(start(part));
        let place = Place { line: place.line.max(1) + shift, ..place };
        let text = print(part);
        if matches!(node, Node::Or(_)) && Facts::always(node) {
            let help = "a value is always unlike one of two: write `&&`, or `!(... in [...])`";
            faults.add_wide(Code::NeverChanges, place, width(&text), format!("`{text}` always holds"), help);
        }
        if facts.assume(node) {
            continue;
        }
        let earlier = parts.iter().zip(nodes).take(at).rev().find(|(_, own)| contradict(own, node, scope));
        let (message, help) = match earlier {
            Some((other, own)) => (
                format!("`{text}` cannot hold together with `{}`", print(other)),
                mend(own, node, &print(other), &text),
            ),
            None if !scope.clone().assume(node) && !alone(node) => {
                (format!("`{text}` cannot hold for what this rule looks at"), outside(node, scope))
            }
            None => {
                (format!("`{text}` can never hold"), "look at `&&` and `||`, and at `<` and `>`".to_owned())
            }
        };
        faults.add_wide(Code::NeverFires, place, width(&text), message, help);
        return;
    }
}

/// Where an expression begins: Rhai gives the place of the sign.
fn start(expr: &Expr) -> rhai::Position {
    match expr {
        Expr::FnCall(call, position) => match call.args.as_slice() {
            [_, item] if is_membership(call) => start(item),
            [left, _] if call.is_operator_call() => start(left),
            _ => *position,
        },
        Expr::Dot(sides, ..) => start(&sides.lhs),
        Expr::And(parts, _) | Expr::Or(parts, _) => parts.first().map_or(expr.position(), start),
        other => other.start_position(),
    }
}

/// What the scope leaves, for a part that asks for something else.
fn outside(node: &Node, scope: &Facts) -> String {
    for (name, what) in
        [("claim.payer", "the pack or the rule is for payer"), ("line.procedure", "`codes` leaves")]
    {
        let mut without = scope.clone();
        without.forget(name);
        if let Some(left) = scope.among(name).filter(|_| without.assume(node)) {
            let left: Vec<String> = left.iter().take(8).map(|text| format!("\"{text}\"")).collect();
            return format!("{what} {}: add the other there, or take this out", left.join(", "));
        }
    }
    "compare with `codes` and `payers`, of the rule and of its pack".to_owned()
}

/// How many characters to mark.
fn width(text: &str) -> usize {
    text.chars().count()
}

/// True when the node cannot hold whatever the scope.
fn alone(node: &Node) -> bool {
    !Facts::default().assume(node)
}

fn contradict(a: &Node, b: &Node, scope: &Facts) -> bool {
    let mut facts = scope.clone();
    facts.assume(a) && !facts.assume(b)
}

/// How two parts that exclude each other are mended.
fn mend(a: &Node, b: &Node, first: &str, second: &str) -> String {
    if let (Some((name, one)), Some((_, other))) = (equals(a), equals(b)) {
        return format!("write `{name} in [\"{one}\", \"{other}\"]` if either will do");
    }
    format!("take one of them out, or write `({first}) || ({second})` if either will do")
}

/// The field and the text of `field == "text"`.
fn equals(node: &Node) -> Option<(String, &str)> {
    let Node::Compare(Comparison::Equal, sides) = node else { return None };
    match (&sides.0, &sides.1) {
        (field @ Node::Field(_), Node::Constant(Constant::Text(text))) => Some((field.describe(), text)),
        _ => None,
    }
}
