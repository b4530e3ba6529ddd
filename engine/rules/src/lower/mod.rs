//! Checks the types of expressions against the catalogue and lowers them to [`Node`]s, in one pass.
//!
//! Every fault is reported at its place; an expression with a fault still gets a node, so that the rest is checked too
//! (rules with faults are never evaluated). Helper functions that are one expression are put in place of their calls;
//! what has no node form becomes a [`Node::Script`].

#[cfg(test)]
mod agreement;
mod calls;
mod chain;
mod constants;
mod ops;
pub(crate) mod print;
pub(crate) mod shapes;
mod statements;
mod tables;
pub(crate) mod types;

use std::sync::Arc;

use claimflow_core::{Subject, Text};
use rhai::{ASTNode, Expr};
use rustc_hash::FxHashMap;

pub(crate) use self::constants::evaluate_constants;
pub(crate) use self::print::print;
use self::types::{Kind, Ty};
use crate::catalogue::{EntryKind, catalogue, objects};
use crate::diagnostics::{Code, Faults, Place, meant};
use crate::ir::{Function, Node};
use crate::parse::{RawFunction, SharedModule};
use crate::script::{ScriptExpr, ScriptUnit};
use crate::table::Table;
use crate::value::Constant;

/// What expressions of one file can name besides the catalogue.
pub(crate) struct Env {
    pub(crate) constants: FxHashMap<Text, Constant>,
    pub(crate) functions: FxHashMap<Text, RawFunction>,
    /// Tables by name, the pack's own first.
    pub(crate) tables: FxHashMap<Text, Arc<Table>>,
    /// The file's functions and constants, as scripts see them.
    pub(crate) unit: Arc<ScriptUnit>,
}

impl Env {
    /// Tables alone.
    pub(crate) fn bare(tables: FxHashMap<Text, Arc<Table>>) -> Self {
        Self {
            constants: FxHashMap::default(),
            functions: FxHashMap::default(),
            tables,
            unit: Arc::default(),
        }
    }
}

/// A lowered expression.
#[derive(Debug, Clone)]
pub(crate) struct Lowered {
    pub(crate) node: Node,
    pub(crate) ty: Ty,
}

impl Lowered {
    pub(crate) const fn new(node: Node, ty: Ty) -> Self {
        Self { node, ty }
    }

    fn failed() -> Self {
        Self::new(Node::Constant(Constant::Unit), Ty::any())
    }

    /// The constant that this expression is.
    pub(crate) fn constant(&self) -> Option<&Constant> {
        match &self.node {
            Node::Constant(constant) => Some(constant),
            _ => None,
        }
    }
}

/// How deep helper functions are put in place of their calls.
const MAX_INLINE: usize = 12;

/// Lowers the expressions of one rule, or checks those of a function.
pub(crate) struct Lowerer<'e, 'f, 'p> {
    pub(crate) env: &'e Env,
    pub(crate) faults: &'f mut Faults<'p>,
    /// The rule's subject; `None` in a function, which any rule may call.
    pub(crate) subject: Option<Subject>,
    /// Functions that the parser made of the rule's closures.
    pub(crate) closures: Option<SharedModule>,
    /// Lines before the item in its file.
    pub(crate) shift: u32,
    /// Expressions known not to be `()` here, as text.
    pub(crate) known: Vec<String>,
    /// Parameters and local variables in sight.
    locals: Vec<(Text, Lowered)>,
    depth: usize,
    /// True while an action may be called.
    in_fix: bool,
    /// Set when something within a function has no node form.
    scripted: bool,
    /// Names of all kinds are taken as known: within bodies whose closures are not told apart.
    lenient: bool,
}

impl<'e, 'f, 'p> Lowerer<'e, 'f, 'p> {
    pub(crate) fn new(
        env: &'e Env,
        faults: &'f mut Faults<'p>,
        subject: Option<Subject>,
        shift: u32,
    ) -> Self {
        Self {
            env,
            faults,
            subject,
            closures: None,
            shift,
            known: Vec::new(),
            locals: Vec::new(),
            depth: 0,
            in_fix: false,
            scripted: false,
            lenient: false,
        }
    }

    pub(crate) fn place(&self, position: rhai::Position) -> Place {
        let place = Place::from(position);
        Place { line: place.line.max(1) + self.shift, ..place }
    }

    pub(crate) fn fault(
        &mut self,
        code: Code,
        position: rhai::Position,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let place = self.place(position);
        self.faults.add(code, place, message, help);
    }

    /// Lowers an expression that must be true or false.
    pub(crate) fn condition(&mut self, expr: &Expr) -> Node {
        let lowered = self.lower(expr);
        self.require_bool(&lowered, expr);
        lowered.node
    }

    /// Lowers the call of an action.
    pub(crate) fn action(&mut self, expr: &Expr) -> Option<Node> {
        self.in_fix = true;
        let lowered = self.lower(expr);
        self.in_fix = false;
        if lowered.ty.kind == Kind::Action {
            return Some(lowered.node);
        }
        let actions = catalogue().iter().filter(|entry| entry.kind == EntryKind::Action);
        let names: Vec<&str> = actions.map(|entry| entry.example).take(4).collect();
        self.fault(
            Code::FixNotAction,
            expr.start_position(),
            format!("`{}` changes nothing", print(expr)),
            format!("call an action, as `{}`", names.join("`, `")),
        );
        None
    }

    /// Lowers any expression.
    pub(crate) fn lower(&mut self, expr: &Expr) -> Lowered {
        match expr {
            Expr::BoolConstant(value, _) => constant(Constant::Bool(*value)),
            Expr::IntegerConstant(value, _) => constant(Constant::Int(*value)),
            Expr::StringConstant(text, _) => constant(Constant::Text(Text::from(text.as_str()))),
            Expr::Unit(_) => constant(Constant::Unit),
            Expr::DynamicConstant(value, _) => match value.as_decimal() {
                Ok(value) => constant(Constant::Decimal(value)),
                Err(_) => self.script(expr),
            },
            Expr::InterpolatedString(parts, _) => self.interpolated(parts),
            Expr::Array(items, position) => self.array(items, *position),
            Expr::Variable(parts, _, position) => self.variable(&parts.1, *position),
            Expr::FnCall(call, position) => self.call(expr, call, *position),
            Expr::Dot(..) => self.chain(expr),
            Expr::And(parts, _) => self.and(parts),
            Expr::Or(parts, _) => self.or(parts),
            Expr::Coalesce(parts, position) => {
                if self.depth > 0 {
                    self.forbid_coalesce(*position);
                }
                self.coalesce(parts)
            }
            Expr::Stmt(block) => self.block(expr, block.statements()),
            Expr::Map(_, position) => {
                self.forbid(*position, "`#{ }` maps are");
                Lowered::failed()
            }
            _ => self.script(expr),
        }
    }

    /// To Rhai a field that is not known is no `()`, so that its comparisons can fail: `??` would pass it on.
    fn forbid_coalesce(&mut self, position: rhai::Position) {
        self.fault(
            Code::Forbidden,
            position,
            "`??` works in a rule's own condition only, not in functions or beside their calls",
            "write if x != () { x } else { 0 }",
        );
    }

    /// Takes as known from here on what the condition proves to be.
    pub(crate) fn learn(&mut self, condition: &Node) {
        self.known.extend(ops::proved_known(condition));
    }

    fn forbid(&mut self, position: rhai::Position, what: &str) {
        self.fault(
            Code::Forbidden,
            position,
            format!("{what} not part of the rule language"),
            "rules read the claim and answer; keep lists of values in a `const` or a table, and shared conditions in \
             functions of the same file",
        );
    }

    /// Leaves the expression to Rhai.
    fn script(&mut self, expr: &Expr) -> Lowered {
        let mut coalesces = false;
        expr.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
            coalesces |= matches!(path.last(), Some(ASTNode::Expr(Expr::Coalesce(..))));
            !coalesces
        });
        if coalesces {
            self.forbid_coalesce(expr.start_position());
        }
        if self.depth > 0 || !self.locals.is_empty() {
            self.scripted = true;
        }
        let script = ScriptExpr::new(expr.clone(), print(expr), self.env.unit.clone(), self.closures.clone());
        Lowered::new(Node::Script(Box::new(script)), Ty::any())
    }

    fn interpolated(&mut self, parts: &[Expr]) -> Lowered {
        let nodes = parts.iter().map(|part| self.lower(part).node).collect();
        Lowered::new(Node::Concat(nodes), Ty::of(Kind::Text))
    }

    fn array(&mut self, items: &[Expr], position: rhai::Position) -> Lowered {
        let lowered: Vec<Lowered> = items.iter().map(|item| self.lower(item)).collect();
        let first = lowered.first().map_or(Kind::Text, |item| item.ty.kind);
        if let Some(odd) = lowered.iter().find(|item| !first.equates(item.ty.kind)) {
            self.fault(
                Code::MixedTypes,
                position,
                format!("this list mixes {} and {}", first.as_str(), odd.ty.kind.as_str()),
                "give all items one kind; codes are text, as \"90837\"",
            );
        }
        let kind = if first == Kind::Text { Kind::Texts } else { Kind::List };
        let constants: Option<Vec<Constant>> = lowered.iter().map(|item| item.constant().cloned()).collect();
        let node = match constants {
            Some(constants) => Node::Constant(constants::list(constants)),
            None => Node::List(lowered.into_iter().map(|item| item.node).collect()),
        };
        Lowered::new(node, Ty::of(kind))
    }

    fn variable(&mut self, name: &str, position: rhai::Position) -> Lowered {
        if let Some((_, lowered)) = self.locals.iter().rev().find(|(own, _)| own == name) {
            return lowered.clone();
        }
        if let Some(value) = self.env.constants.get(name) {
            return constant(value.clone());
        }
        if name == "as_of" {
            return chain::field("as_of");
        }
        if let Some(object) = objects().iter().copied().find(|object| *object == name) {
            return self.object(object, position);
        }
        if !self.lenient {
            let names: Vec<&str> =
                objects().iter().copied().chain(self.env.constants.keys().map(Text::as_str)).collect();
            let help = if self.env.functions.contains_key(name) {
                format!("call the function, as `{name}(...)`")
            } else {
                meant(name, names.iter().copied())
            };
            self.fault(Code::UnknownName, position, format!("`{name}` stands for nothing here"), help);
        }
        Lowered::failed()
    }

    fn object(&mut self, name: &'static str, position: rhai::Position) -> Lowered {
        let usable =
            |subject| catalogue().iter().any(|entry| entry.object() == name && entry.usable_in(subject));
        if let Some(subject) = self.subject.filter(|subject| !usable(*subject)) {
            let subjects: Vec<String> = Subject::ALL
                .into_iter()
                .filter(|subject| usable(*subject))
                .map(|subject| format!("`each {}`", subject.as_str()))
                .collect();
            self.fault(
                Code::NotHere,
                position,
                format!("a rule for each {} has no `{name}`", subject.as_str()),
                format!("write {} to look at one", subjects.join(" or ")),
            );
        }
        Lowered::new(Node::Object(name), Ty::of(Kind::Object(name)))
    }
}

/// True when rules that look at that subject have the object.
fn usable(object: &str, subject: Subject) -> bool {
    catalogue().iter().any(|entry| entry.object() == object && entry.usable_in(subject))
}

/// A constant with its type.
pub(crate) fn constant(value: Constant) -> Lowered {
    let kind = Kind::of_constant(&value);
    Lowered::new(Node::Constant(value), Ty { nullable: kind == Kind::Unit, ..Ty::of(kind) })
}

/// A call of a function of the language.
fn apply(function: Function, args: Vec<Node>, kind: Kind) -> Lowered {
    Lowered::new(Node::Call(function, args.into()), Ty::of(kind))
}
