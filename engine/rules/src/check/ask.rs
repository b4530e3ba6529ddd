//! The text that a person reads: `ask "Please add ... of ${line.service_date}."`.

use rhai::{Expr, Position};

use crate::diagnostics::Code;
use crate::ir::Node;
use crate::lower::{Lowerer, types::Kind};
use crate::parse::syntax::PARSER;
use crate::value::Constant;

/// Lowers the text; parts in `${...}` are filled in when the rule fires.
pub(crate) fn lower(lowerer: &mut Lowerer<'_, '_, '_>, expr: &Expr) -> Option<Node> {
    let nodes = match expr {
        Expr::StringConstant(text, position) => parts(lowerer, text, *position),
        other => {
            let lowered = lowerer.lower(other);
            if !matches!(lowered.ty.kind, Kind::Text) {
                lowerer.fault(
                    Code::NotText,
                    other.start_position(),
                    "`ask` takes a text",
                    "write ask \"...\"",
                );
                return None;
            }
            match lowered.node {
                Node::Concat(nodes) => nodes.into_vec(),
                node => vec![node],
            }
        }
    };
    for node in &nodes {
        check(lowerer, node, expr.start_position());
    }
    Some(Node::Concat(nodes.into()))
}

fn check(lowerer: &mut Lowerer<'_, '_, '_>, node: &Node, position: Position) {
    if node.is_private() {
        lowerer.fault(
            Code::PrivateShown,
            position,
            format!("`{}` identifies a person and is shown masked", node.describe()),
            "name the date of service or the claim instead",
        );
    }
    if node.has_script() {
        lowerer.fault(
            Code::Forbidden,
            position,
            "a text for people cannot run helper functions with statements",
            "put fields into the text, as `${line.service_date}`",
        );
    }
}

fn parts(lowerer: &mut Lowerer<'_, '_, '_>, text: &str, position: Position) -> Vec<Node> {
    let plain = |part: &str| Node::Constant(Constant::Text(part.into()));
    let mut nodes = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(open) = rest.find("${") else {
            nodes.push(plain(rest));
            break;
        };
        let inside = rest.get(open + 2..).unwrap_or_default();
        let Some(close) = inside.find('}') else {
            lowerer.fault(Code::Unclosed, position, "`${` is not closed", "add the missing `}`");
            break;
        };
        nodes.push(plain(rest.get(..open).unwrap_or_default()));
        let before = text.get(..at + open + 2).unwrap_or_default().chars().count();
        nodes.push(part(lowerer, inside.get(..close).unwrap_or_default(), position, before));
        at += open + 2 + close + 1;
    }
    nodes.retain(|node| !matches!(node, Node::Constant(Constant::Text(text)) if text.is_empty()));
    nodes
}

/// Lowers one `${...}` at its true place: `before` characters into the text.
fn part(lowerer: &mut Lowerer<'_, '_, '_>, source: &str, position: Position, before: usize) -> Node {
    let line = position.line().unwrap_or(1);
    let column = position.position().unwrap_or(1) + before;
    let padded = format!("{}{source}", " ".repeat(column));
    let lines = u32::try_from(line.saturating_sub(1)).unwrap_or(0);
    lowerer.shift += lines;
    let node = match PARSER.compile_expression(padded) {
        Ok(ast) => match ast.statements() {
            [rhai::Stmt::Expr(expr)] => lowerer.lower(expr).node,
            [rhai::Stmt::FnCall(call, at)] => lowerer.lower(&Expr::FnCall(call.clone(), *at)).node,
            _ => Node::Constant(Constant::Unit),
        },
        Err(error) => {
            let help = "put a field there, as `${line.service_date}`";
            lowerer.fault(Code::Syntax, error.1, format!("`{source}` cannot be read"), help);
            Node::Constant(Constant::Unit)
        }
    };
    lowerer.shift -= lines;
    node
}
