//! Calls of functions: those of the language, and helpers of the file, which are put in place of their calls.

use rhai::{Expr, FnCallExpr, Position, Stmt};

use super::chain::arguments;
use super::print::print;
use super::types::Kind;
use super::{Lowered, Lowerer, MAX_INLINE, apply};
use crate::catalogue::{Receiver, function_of, functions_of};
use crate::diagnostics::{Code, meant};
use crate::ir::Function;
use crate::parse::RawFunction;
use crate::value::Constant;

/// Functions of Rhai that rules may call as well; they run as scripts.
const PLAIN: [&str; 3] = ["to_string", "len", "parse_int"];

/// True for a function of the language, or one of Rhai that rules may call.
fn is_function(name: &str) -> bool {
    function_of(Receiver::Nothing, name).is_some() || PLAIN.contains(&name)
}

impl Lowerer<'_, '_, '_> {
    pub(super) fn call(&mut self, expr: &Expr, call: &FnCallExpr, position: Position) -> Lowered {
        if let Some(lowered) = self.operator(call, position) {
            return lowered;
        }
        let name = call.name.as_str();
        if let Some(function) = self.env.functions.get(name) {
            return self.helper(expr, call, function, position);
        }
        match name {
            "days_between" => self.days_between(call, position),
            "date" => self.date(call, position),
            "number" => self.number(call, position),
            "table" => {
                self.table_alone(position);
                Lowered::failed()
            }
            "eval" | "print" | "debug" | "Fn" | "call" => {
                self.forbid(position, &format!("`{name}` is"));
                Lowered::failed()
            }
            _ => {
                for arg in &call.args {
                    self.lower(arg);
                }
                if !call.is_operator_call() && !is_function(name) && !closure_call(expr) && !self.lenient {
                    self.unknown_function(name, position);
                }
                self.script(expr)
            }
        }
    }

    fn unknown_function(&mut self, name: &str, position: Position) {
        let own: Vec<&str> = self.env.functions.keys().map(claimflow_core::Text::as_str).collect();
        let names = own.into_iter().chain(functions_of(Receiver::Nothing).map(|function| function.name));
        let help = meant(name, names.collect::<Vec<_>>());
        self.fault(Code::UnknownName, position, format!("there is no function `{name}`"), help);
    }

    fn days_between(&mut self, call: &FnCallExpr, position: Position) -> Lowered {
        self.count("dates", "days_between", 2, call.args.len(), position);
        let mut nodes = Vec::new();
        for arg in &call.args {
            let lowered = self.lower(arg);
            self.require_known(&lowered, arg);
            if !Kind::Date.takes(lowered.ty.kind) {
                let message = format!("`{}` is {}, not a date", print(arg), lowered.ty.kind.as_str());
                self.fault(
                    Code::ArgumentType,
                    arg.start_position(),
                    message,
                    "write a date field, or date(\"2026-01-31\")",
                );
            }
            nodes.push(lowered.node);
        }
        apply(Function::DaysBetween, nodes, Kind::Int)
    }

    fn date(&mut self, call: &FnCallExpr, position: Position) -> Lowered {
        self.count("dates", "date", 1, call.args.len(), position);
        let Some(arg) = call.args.first() else { return Lowered::failed() };
        let lowered = self.lower(arg);
        if let Some(Constant::Text(text)) = lowered.constant() {
            if let Ok(date) = text.parse() {
                return super::constant(Constant::Date(date));
            }
            let message = format!("`{text}` is not a date");
            self.fault(Code::BadDate, arg.start_position(), message, "write it as date(\"2026-01-31\")");
        } else if !Kind::Text.takes(lowered.ty.kind) {
            let message = format!("`date` takes a text, not {}", lowered.ty.kind.as_str());
            self.fault(Code::ArgumentType, arg.start_position(), message, "write date(\"2026-01-31\")");
        }
        apply(Function::ParseDate, vec![lowered.node], Kind::Date)
    }

    fn number(&mut self, call: &FnCallExpr, position: Position) -> Lowered {
        self.count("texts", "number", 1, call.args.len(), position);
        let Some(arg) = call.args.first() else { return Lowered::failed() };
        let lowered = self.lower(arg);
        if lowered.ty.kind == Kind::Any {
            return self.script(&Expr::FnCall(call.clone().into(), position));
        }
        self.require_known(&lowered, arg);
        if !Kind::Text.takes(lowered.ty.kind) {
            let message = format!("`number` takes a text, not {}", lowered.ty.kind.as_str());
            self.fault(Code::ArgumentType, arg.start_position(), message, "a number needs no `number(...)`");
        }
        let mut made = apply(Function::ParseNumber, vec![lowered.node], Kind::Decimal);
        made.ty.nullable = true;
        made
    }

    /// Puts a one-expression helper in place of its call, or leaves the call to Rhai.
    fn helper(
        &mut self,
        expr: &Expr,
        call: &FnCallExpr,
        function: &RawFunction,
        position: Position,
    ) -> Lowered {
        if call.args.len() != function.parameters.len() {
            let message = format!(
                "`{}` takes {}, not {}",
                function.name,
                arguments(function.parameters.len()),
                call.args.len()
            );
            self.fault(Code::ArgumentCount, position, message, "");
            return Lowered::failed();
        }
        let args: Vec<Lowered> = call.args.iter().map(|arg| self.lower(arg)).collect();
        let single = matches!(
            function.body.as_slice(),
            [Stmt::Expr(_) | Stmt::FnCall(..) | Stmt::If(..) | Stmt::Return(Some(_), ..)]
        );
        if !single || function.closures || self.depth >= MAX_INLINE {
            return self.script(expr);
        }
        let locals: Vec<_> = function.parameters.iter().cloned().zip(args).collect();
        let outer = std::mem::replace(&mut self.locals, locals);
        let shift = std::mem::replace(&mut self.shift, function.shift);
        let scripted = std::mem::replace(&mut self.scripted, false);
        self.depth += 1;
        let lowered = self.block(expr, &function.body);
        self.depth -= 1;
        let needs_script = std::mem::replace(&mut self.scripted, scripted);
        self.locals = outer;
        self.shift = shift;
        if needs_script { self.script(expr) } else { lowered }
    }
}

/// True for a closure that captures: Rhai makes it a call of `curry`.
pub(super) fn closure_call(expr: &Expr) -> bool {
    matches!(expr, Expr::FnCall(call, _) if call.name == "curry")
}
