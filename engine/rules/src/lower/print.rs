//! Prints an expression as its author wrote it, but for space: what `explain` shows as the deciding condition.

use rhai::{Expr, FnCallExpr, Stmt};

/// The text of an expression.
pub(crate) fn print(expr: &Expr) -> String {
    match expr {
        Expr::DynamicConstant(value, _) => value.to_string(),
        Expr::BoolConstant(value, _) => value.to_string(),
        Expr::IntegerConstant(value, _) => value.to_string(),
        Expr::CharConstant(value, _) => format!("'{value}'"),
        Expr::StringConstant(text, _) => format!("\"{text}\""),
        Expr::InterpolatedString(parts, _) => interpolated(parts),
        Expr::Array(items, _) => format!("[{}]", list(items)),
        Expr::Unit(_) => "()".to_owned(),
        Expr::Variable(parts, ..) => parts.1.to_string(),
        Expr::ThisPtr(_) => "this".to_owned(),
        Expr::Property(parts, _) => parts.2.to_string(),
        Expr::MethodCall(call, _) => format!("{}({})", call.name, list(&call.args)),
        Expr::FnCall(call, _) => function(call),
        Expr::Dot(sides, ..) => format!("{}.{}", operand(&sides.lhs), print(&sides.rhs)),
        Expr::Index(sides, ..) => format!("{}[{}]", print(&sides.lhs), print(&sides.rhs)),
        Expr::And(parts, _) => joined(parts, " && ", |part| matches!(part, Expr::Or(..))),
        Expr::Or(parts, _) => joined(parts, " || ", |_| false),
        Expr::Coalesce(parts, _) => {
            joined(parts, " ?? ", |part| matches!(part, Expr::And(..) | Expr::Or(..)))
        }
        Expr::Stmt(block) => match block.statements() {
            [Stmt::If(flow, _)] => format!("if {} {{ ... }}", print(&flow.expr)),
            [Stmt::Expr(inner)] => print(inner),
            _ => "{ ... }".to_owned(),
        },
        _ => "...".to_owned(),
    }
}

fn list(items: &[Expr]) -> String {
    items.iter().map(print).collect::<Vec<_>>().join(", ")
}

fn joined(parts: &[Expr], sign: &str, bracket: impl Fn(&Expr) -> bool) -> String {
    let shown = |part| if bracket(part) { format!("({})", print(part)) } else { print(part) };
    parts.iter().map(shown).collect::<Vec<_>>().join(sign)
}

fn interpolated(parts: &[Expr]) -> String {
    let shown = |part: &Expr| match part {
        Expr::StringConstant(text, _) => text.to_string(),
        other => format!("${{{}}}", print(other)),
    };
    format!("`{}`", parts.iter().map(shown).collect::<String>())
}

fn is_operation(expr: &Expr) -> bool {
    match expr {
        Expr::FnCall(call, _) => call.is_operator_call() || is_membership(call),
        Expr::And(..) | Expr::Or(..) | Expr::Coalesce(..) => true,
        _ => false,
    }
}

/// Prints with brackets where an operation is part of another.
fn operand(expr: &Expr) -> String {
    if is_operation(expr) { format!("({})", print(expr)) } else { print(expr) }
}

fn function(call: &FnCallExpr) -> String {
    match call.args.as_slice() {
        [Expr::FnCall(inner, _)] if call.name == "!" && is_membership(inner) => membership(inner, "!in"),
        [_, _] if is_membership(call) => membership(call, "in"),
        [only] if call.is_operator_call() => format!("{}{}", call.name, operand(only)),
        [left, right] if call.is_operator_call() => {
            format!("{} {} {}", operand(left), call.name, operand(right))
        }
        _ => format!("{}({})", call.name, list(&call.args)),
    }
}

/// `x in y` is a call of `contains(y, x)`.
pub(crate) fn is_membership(call: &FnCallExpr) -> bool {
    call.name == "contains" && call.args.len() == 2
}

fn membership(call: &FnCallExpr, sign: &str) -> String {
    match call.args.as_slice() {
        [list, item] => format!("{} {sign} {}", operand(item), operand(list)),
        other => list(other),
    }
}
