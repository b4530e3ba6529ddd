//! What is refused before anything runs, wherever it stands: within closures too, which are not typed.
//!
//! What the limits of a running script cannot hold must not be written at all: maps and parts of values that are assigned
//! to (their growth is not counted), functions kept as values (they hold what they captured, uncounted), and whatever leaves
//! the script. Expressions that nest too deep would overflow the stack of whoever reads them.

use rhai::{AST, ASTFlags, ASTNode, Expr, Position, Stmt};

use crate::parse::Profile;
use crate::parse::scan::{Kind, Token};

/// Bytes of a file of rules.
pub(crate) const FILE_BYTES: usize = 1 << 20;

/// Operators in a row: each makes an expression one deeper.
const OPERATORS: usize = 64;

/// Tokens of a rule, constant or function.
const TOKENS: usize = 40_000;

/// Branches of `else if`: each makes a statement one deeper.
const BRANCHES: usize = 32;

/// Functions of lists that run a closure and let go of it.
const TAKE_CLOSURES: [&str; 8] = ["any", "all", "some", "filter", "map", "find", "index_of", "reduce"];

/// Something that is refused: what it is, as `maps are`, and its place in the text that was parsed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) what: &'static str,
    pub(crate) position: Position,
}

/// Everything in the parsed text that is refused.
///
/// Plugins may write maps: what they are called with and what they answer are some, and the size of one is held where it
/// is made, since parts of values are never assigned to.
pub(crate) fn refused(ast: &AST, profile: Profile) -> Vec<Refused> {
    let mut found = Vec::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        let here = match path.last() {
            Some(ASTNode::Expr(Expr::Map(..))) if profile == Profile::Plugin => None,
            Some(ASTNode::Expr(expr)) => expression(expr, path),
            Some(ASTNode::Stmt(statement)) => self::statement(statement),
            _ => None,
        };
        found.extend(here.map(|(what, position)| Refused { what, position }));
        true
    });
    found
}

fn expression(expr: &Expr, path: &[ASTNode<'_>]) -> Option<(&'static str, Position)> {
    match expr {
        Expr::Map(_, position) => Some(("`#{ }` maps are", *position)),
        Expr::DynamicConstant(value, position) if value.is_fnptr() => kept(path).then_some((KEPT, *position)),
        Expr::FnCall(call, position) if call.name == "curry" => kept(path).then_some((KEPT, *position)),
        Expr::FnCall(call, position) | Expr::MethodCall(call, position) => called(&call.name, *position),
        _ => None,
    }
}

const KEPT: &str = "functions kept as values are";

/// True for a closure that is not the argument of a function that runs it at once.
fn kept(path: &[ASTNode<'_>]) -> bool {
    // A closure that captures stands in a block of its own.
    let holder = path.iter().rev().skip(1).find(|node| {
        !matches!(node, ASTNode::Expr(Expr::Stmt(_)) | ASTNode::Stmt(Stmt::Expr(_) | Stmt::Block(_)))
    });
    match holder {
        Some(ASTNode::Expr(Expr::MethodCall(call, _))) => !TAKE_CLOSURES.contains(&call.name.as_str()),
        Some(ASTNode::Expr(Expr::FnCall(call, _))) => call.name != "curry",
        _ => true,
    }
}

fn called(name: &str, position: Position) -> Option<(&'static str, Position)> {
    let what = match name {
        "eval" => "`eval` is",
        "print" => "`print` is",
        "debug" => "`debug` is",
        "Fn" => "`Fn` is",
        "call" => "`call` is",
        "curry" => "`curry` is",
        _ => return None,
    };
    Some((what, position))
}

fn statement(statement: &Stmt) -> Option<(&'static str, Position)> {
    match statement {
        Stmt::FnCall(call, position) => called(&call.name, *position),
        Stmt::Import(_, position) | Stmt::Export(_, position) => {
            Some(("`import` and `export` are", *position))
        }
        Stmt::TryCatch(_, position) => Some(("`try` and `catch` are", *position)),
        Stmt::Return(_, flags, position) if flags.intersects(ASTFlags::BREAK) => {
            Some(("`throw` is", *position))
        }
        Stmt::Assignment(parts) if !matches!(parts.1.lhs, Expr::Variable(..)) => {
            Some(("assignments to parts of a value are", parts.1.lhs.start_position()))
        }
        _ => None,
    }
}

/// What is too much, and at which token, in an item that must not even be parsed.
pub(crate) fn too_much(text: &str, tokens: &[Token]) -> Option<(Token, String)> {
    if let Some(token) = tokens.get(TOKENS) {
        return Some((*token, format!("this is longer than {TOKENS} words and signs")));
    }
    // Operators in a row, for each bracket that is open.
    let mut rows = vec![0_usize];
    let mut branches = 0_usize;
    let mut before: Option<&Token> = None;
    for token in tokens {
        let word = token.text(text);
        branches += usize::from(token.kind == Kind::Word && word == "else");
        count(&mut rows, token, word, before);
        if rows.last().is_some_and(|row| *row > OPERATORS) {
            return Some((*token, format!("there are more than {OPERATORS} operators in a row")));
        }
        if branches > BRANCHES {
            return Some((*token, format!("there are more than {BRANCHES} branches of `else`")));
        }
        before = Some(token);
    }
    None
}

fn count(rows: &mut Vec<usize>, token: &Token, word: &str, before: Option<&Token>) {
    let goes_on = before.is_none_or(|before| matches!(before.kind, Kind::Symbol | Kind::Open));
    let follows = before.is_some_and(|before| before.kind == Kind::Close);
    let nested = rows.len() > 1;
    let Some(row) = rows.last_mut() else { return };
    match token.kind {
        Kind::Open => {
            *row += usize::from(follows);
            rows.push(0);
        }
        // The outermost stays, whatever is closed too often.
        Kind::Close if nested => drop(rows.pop()),
        Kind::Symbol if matches!(word, "," | ";" | "&&" | "||") => *row = 0,
        Kind::Symbol => *row += 1,
        Kind::Word if word == "in" => *row += 1,
        Kind::Word if word != "else" && !goes_on => *row = 0,
        _ => {}
    }
}
