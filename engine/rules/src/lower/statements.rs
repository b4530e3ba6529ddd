//! Statements: `if` within an expression, and the bodies of helper functions.

use claimflow_core::Text;
use rhai::{Expr, Stmt};

use super::types::Ty;
use super::{Lowered, Lowerer, ops};
use crate::ir::Node;
use crate::parse::RawFunction;

impl Lowerer<'_, '_, '_> {
    pub(super) fn block(&mut self, expr: &Expr, statements: &[Stmt]) -> Lowered {
        match statements {
            [Stmt::Expr(inner)] => self.lower(inner),
            [Stmt::FnCall(call, position)] => {
                let inner = Expr::FnCall(call.clone(), *position);
                self.lower(&inner)
            }
            [Stmt::If(flow, _)] if !flow.branch.is_empty() => {
                let test = self.condition(&flow.expr);
                let before = self.known.len();
                self.known.extend(ops::proved_known(&test));
                let then = self.block(expr, flow.body.statements());
                self.known.truncate(before);
                let other = self.block(expr, flow.branch.statements());
                let ty = if then.ty.kind == other.ty.kind {
                    Ty { nullable: then.ty.nullable || other.ty.nullable, ..then.ty }
                } else {
                    Ty::any()
                };
                Lowered::new(Node::If(Box::new((test, then.node, other.node))), ty)
            }
            [Stmt::Return(Some(inner), ..)] if self.depth > 0 => self.lower(inner),
            other => {
                self.check_statements(other);
                self.script(expr)
            }
        }
    }

    /// Checks a function on its own: whatever its parameters are.
    pub(crate) fn check_function(&mut self, function: &RawFunction) {
        self.lenient = function.closures;
        for name in &function.parameters {
            self.locals.push((name.clone(), Lowered::failed()));
        }
        self.depth += 1;
        self.check_statements(&function.body);
        self.depth -= 1;
        self.locals.clear();
    }

    fn check_statements(&mut self, statements: &[Stmt]) {
        let before = self.locals.len();
        for statement in statements {
            self.check_statement(statement);
        }
        self.locals.truncate(before);
    }

    fn check_statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Expr(expr) => drop(self.lower(expr)),
            Stmt::FnCall(call, position) => drop(self.lower(&Expr::FnCall(call.clone(), *position))),
            Stmt::Var(parts, ..) => {
                self.lower(&parts.1);
                self.locals.push((Text::from(parts.0.name.as_str()), Lowered::failed()));
            }
            Stmt::If(flow, _) | Stmt::While(flow, _) | Stmt::Do(flow, ..) => {
                if !flow.expr.is_unit() {
                    self.lower(&flow.expr);
                }
                self.check_statements(flow.body.statements());
                self.check_statements(flow.branch.statements());
            }
            Stmt::For(parts, _) => {
                self.lower(&parts.2.expr);
                let names = [Some(&parts.0), parts.1.as_ref()];
                let before = self.locals.len();
                for name in names.into_iter().flatten() {
                    self.locals.push((Text::from(name.name.as_str()), Lowered::failed()));
                }
                self.check_statements(parts.2.body.statements());
                self.locals.truncate(before);
            }
            Stmt::Block(block) => self.check_statements(block.statements()),
            Stmt::Return(_, flags, position) if flags.intersects(rhai::ASTFlags::BREAK) => {
                self.forbid(*position, "`throw` is");
            }
            Stmt::Return(Some(expr), ..) => drop(self.lower(expr)),
            Stmt::Assignment(parts) => {
                if !matches!(parts.1.lhs, Expr::Variable(..)) {
                    self.forbid(parts.1.lhs.start_position(), "assignments to parts of a value are");
                }
                self.lower(&parts.1.rhs);
            }
            Stmt::Import(_, position) | Stmt::Export(_, position) => {
                self.forbid(*position, "`import` and `export` are");
            }
            Stmt::TryCatch(_, position) => self.forbid(*position, "`try` and `catch` are"),
            _ => {}
        }
    }
}
