//! Compiles the guards of workflows, as `outcome == "held" && paid > 0`, to [`GuardExpr`]s.

use claimflow_core::guard::{GuardExpr, GuardOp};
use claimflow_core::{Diagnostic, Money, Text, Value, ValueType};
use rhai::{Expr, FnCallExpr, Position, Stmt};

use crate::diagnostics::{Code, Faults, Place, meant};
use crate::lower::print;
use crate::parse::mends::{Edits, mend_expression};
use crate::parse::scan::scan;
use crate::parse::syntax::PARSER;

/// Compiles a guard that stands at that line and column (from 1) of a file. `variables` are those it may name.
///
/// # Errors
/// Every fault of the guard, at its place in the file.
pub fn compile_guard(
    text: &str,
    path: &str,
    line: u32,
    column: u32,
    variables: &[(&str, ValueType)],
) -> Result<GuardExpr, Vec<Diagnostic>> {
    let mut compiler = Compiler::new(path, variables);
    let guard = compiler
        .parse(text, "this guard is empty", "leave `when` out to go on in any case")
        .and_then(|expr| compiler.convert(&expr));
    placed(guard, compiler.faults.list, line, column)
}

/// What was compiled, or its faults at their places in the file.
pub(crate) fn placed<T>(
    compiled: Option<T>,
    mut faults: Vec<Diagnostic>,
    line: u32,
    column: u32,
) -> Result<T, Vec<Diagnostic>> {
    for fault in &mut faults {
        if fault.line <= 1 {
            fault.column = column + fault.column.saturating_sub(1);
        }
        fault.line = line + fault.line.saturating_sub(1);
    }
    match compiled {
        Some(compiled) if faults.is_empty() => Ok(compiled),
        _ => Err(faults),
    }
}

/// Compiles guards and expressions.
pub(crate) struct Compiler<'v, 'p> {
    variables: &'v [(&'v str, ValueType)],
    pub(crate) faults: Faults<'p>,
}

impl<'v, 'p> Compiler<'v, 'p> {
    pub(crate) fn new(path: &'p str, variables: &'v [(&'v str, ValueType)]) -> Self {
        Self { variables, faults: Faults::new(path) }
    }

    pub(crate) fn fault(
        &mut self,
        code: Code,
        position: Position,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.faults.add(code, Place::from(position), message, help);
    }

    /// Parses a text as one expression; `empty` and `mend` are said where there is none.
    pub(crate) fn parse(&mut self, text: &str, empty: &str, mend: &str) -> Option<Expr> {
        let tokens = scan(text);
        let mut edits = Edits::default();
        mend_expression(text, &tokens, &mut self.faults, &mut edits);
        if tokens.is_empty() {
            let place = Place { line: 1, column: 1 };
            self.faults.add(Code::BadGuard, place, empty, mend);
            return None;
        }
        match PARSER.compile_expression(edits.render(text, 0..text.len())) {
            Ok(ast) => match ast.statements() {
                [Stmt::Expr(expr)] => Some((**expr).clone()),
                [Stmt::FnCall(call, position)] => Some(Expr::FnCall(call.clone(), *position)),
                _ => {
                    let help = "write one value or comparison";
                    self.fault(
                        Code::Syntax,
                        Position::new(1, 1),
                        format!("`{text}` is more than one thing"),
                        help,
                    );
                    None
                }
            },
            Err(error) => {
                let help = "write a comparison, as `outcome == \"held\"`";
                self.fault(Code::Syntax, error.1, format!("`{text}` cannot be read"), help);
                None
            }
        }
    }

    fn convert(&mut self, expr: &Expr) -> Option<GuardExpr> {
        match expr {
            Expr::BoolConstant(true, _) => Some(GuardExpr::Always),
            Expr::BoolConstant(false, _) => Some(GuardExpr::Not(Box::new(GuardExpr::Always))),
            Expr::And(parts, _) => self.all(parts).map(GuardExpr::And),
            Expr::Or(parts, _) => self.all(parts).map(GuardExpr::Or),
            Expr::Variable(parts, ..) if parts.1 == "always" => Some(GuardExpr::Always),
            Expr::Variable(parts, _, position) => self.flag(&parts.1, *position),
            Expr::FnCall(call, position) => self.operation(expr, call, *position),
            Expr::Dot(..) => self.flag(&print(expr), expr.start_position()),
            other => self.not_a_guard(other),
        }
    }

    /// Converts every part, so that the faults of all are found.
    fn all(&mut self, parts: &[Expr]) -> Option<Vec<GuardExpr>> {
        let converted: Vec<Option<GuardExpr>> = parts.iter().map(|part| self.convert(part)).collect();
        converted.into_iter().collect()
    }

    fn not_a_guard(&mut self, expr: &Expr) -> Option<GuardExpr> {
        self.fault(
            Code::BadGuard,
            expr.start_position(),
            format!("`{}` is no guard", print(expr)),
            "compare a variable with a literal, as `outcome == \"held\"`; join with `&&`, `||`, `!`",
        );
        None
    }

    /// What is more than a variable beside a literal, as `paid < fee`.
    fn longer(&mut self, expr: &Expr) -> Option<GuardExpr> {
        let before = self.faults.list.len();
        let own = self.condition(expr)?;
        if own.variables().is_empty() && self.faults.list.len() == before {
            return self.not_a_guard(expr);
        }
        Some(GuardExpr::Holds(own))
    }

    pub(crate) fn kind(&mut self, name: &str, position: Position) -> Option<ValueType> {
        let kind = self.variables.iter().find(|(own, _)| *own == name).map(|(_, kind)| *kind);
        if kind.is_none() {
            let names: Vec<&str> = self.variables.iter().map(|(name, _)| *name).collect();
            let help = meant(name, names);
            self.fault(Code::UnknownName, position, format!("there is no variable `{name}`"), help);
        }
        kind
    }

    fn flag(&mut self, name: &str, position: Position) -> Option<GuardExpr> {
        let kind = self.kind(name, position)?;
        if kind != ValueType::Bool {
            let message = format!("`{name}` is {}, not true or false", kind.words());
            self.fault(
                Code::NotCondition,
                position,
                message,
                format!("compare it, as `{name} == {}`", kind.sample()),
            );
            return None;
        }
        let value = Value::Bool(true);
        Some(GuardExpr::Compare { variable: Text::from(name), op: GuardOp::Equal, value })
    }

    fn operation(&mut self, expr: &Expr, call: &FnCallExpr, position: Position) -> Option<GuardExpr> {
        match call.args.as_slice() {
            [inner] if call.name == "!" => self.convert(inner).map(|inner| GuardExpr::Not(Box::new(inner))),
            [Expr::Array(items, _), item] if call.name == "contains" => match name_of(item) {
                Some((name, at)) if items.iter().all(is_literal) => {
                    let kind = self.kind(&name, at)?;
                    let values: Vec<Option<Value>> =
                        items.iter().map(|item| self.literal(&name, kind, item)).collect();
                    let values = values.into_iter().collect::<Option<_>>()?;
                    Some(GuardExpr::In { variable: name, values })
                }
                _ => self.longer(expr),
            },
            [left, right] => match (name_of(left), name_of(right)) {
                (Some((name, at)), None) if is_literal(right) => {
                    self.comparison(&name, at, &call.name, right, position)
                }
                (None, Some((name, at))) if is_literal(left) => {
                    self.comparison(&name, at, flipped(&call.name), left, position)
                }
                _ => self.longer(expr),
            },
            _ => self.longer(expr),
        }
    }

    fn comparison(
        &mut self,
        name: &str,
        at: Position,
        sign: &str,
        literal: &Expr,
        position: Position,
    ) -> Option<GuardExpr> {
        let kind = self.kind(name, at);
        let Some(op) = GuardOp::parse(sign) else {
            self.fault(
                Code::BadGuard,
                position,
                format!("`{sign}` is no comparison"),
                "use == != < <= > >= or in",
            );
            return None;
        };
        let kind = kind?;
        let value = self.literal(name, kind, literal)?;
        let orders = op.orders();
        if orders && matches!(kind, ValueType::Text | ValueType::Bool) {
            let message = format!("{} has no order: `{sign}` cannot be used", kind.words());
            self.fault(Code::MixedTypes, position, message, "use == or !=");
            return None;
        }
        Some(GuardExpr::Compare { variable: Text::from(name), op, value })
    }

    /// The literal as a value of the variable's kind.
    fn literal(&mut self, name: &str, kind: ValueType, expr: &Expr) -> Option<Value> {
        let value = match (kind, expr) {
            (ValueType::Text, Expr::StringConstant(text, _)) => Some(Value::Text(Text::from(text.as_str()))),
            (ValueType::Int, Expr::IntegerConstant(value, _)) => Some(Value::Int(*value)),
            (ValueType::Bool, Expr::BoolConstant(value, _)) => Some(Value::Bool(*value)),
            (ValueType::Money, Expr::IntegerConstant(value, _)) => {
                value.checked_mul(100).map(|cents| Value::Money(Money::from_cents(cents)))
            }
            (ValueType::Money, Expr::DynamicConstant(value, _)) => {
                value.as_decimal().ok().and_then(Money::from_decimal).map(Value::Money)
            }
            _ => None,
        };
        if value.is_none() {
            let message = format!("`{name}` is {}, `{}` is not", kind.words(), print(expr));
            self.fault(Code::MixedTypes, expr.start_position(), message, format!("write {}", kind.example()));
        }
        value
    }
}

/// The name of a variable or of a field of the claim.
fn name_of(expr: &Expr) -> Option<(Text, Position)> {
    match expr {
        Expr::Variable(parts, _, at) => Some((Text::from(parts.1.as_str()), *at)),
        Expr::Dot(..) => Some((Text::from(print(expr)), expr.start_position())),
        _ => None,
    }
}

const fn is_literal(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::BoolConstant(..)
            | Expr::IntegerConstant(..)
            | Expr::StringConstant(..)
            | Expr::DynamicConstant(..)
    )
}

/// The sign with its sides exchanged.
fn flipped(sign: &str) -> &str {
    match sign {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VARIABLES: &[(&str, ValueType)] = &[
        ("outcome", ValueType::Text),
        ("paid", ValueType::Money),
        ("tries", ValueType::Int),
        ("late", ValueType::Bool),
        ("fee", ValueType::Money),
        ("due", ValueType::Date),
        ("claim.place_of_service", ValueType::Text),
    ];

    fn compile(text: &str) -> Result<String, Vec<String>> {
        compile_guard(text, "w.yaml", 7, 10, VARIABLES).map(|guard| guard.to_string()).map_err(|faults| {
            faults
                .iter()
                .map(|own| format!("{} {}:{} {} | {}", own.code, own.line, own.column, own.message, own.help))
                .collect()
        })
    }

    #[test]
    fn reads_guards() {
        for (text, shown) in [
            ("outcome == \"held\" && paid > 0", "outcome == \"held\" && paid > 0.00"),
            ("150.00 <= paid || !late", "paid >= 150.00 || !(late == true)"),
            ("outcome in [\"paid\", \"denied\"]", "outcome in [\"paid\", \"denied\"]"),
            ("outcome !in [\"paid\"]", "!(outcome in [\"paid\"])"),
            ("true", "always"),
            ("paid < fee || due <= date(\"2026-01-01\")", "paid < fee || due <= date(\"2026-01-01\")"),
            (
                "paid - fee > 10 && claim.place_of_service == \"10\"",
                "(paid - fee) > 10.00 && claim.place_of_service == \"10\"",
            ),
            ("tries >= 3 && (late || paid == 0)", "tries >= 3 && (late == true || paid == 0.00)"),
        ] {
            assert_eq!(compile(text).as_deref(), Ok(shown), "{text}");
        }
    }

    #[test]
    fn faults_have_their_place_and_mend() {
        let faults = compile("outcom == \"held\" and paid > \"1\"").unwrap_err();
        assert_eq!(
            faults,
            [
                "R003 7:27 `and` is not an operator here | write `&&`",
                "R021 7:10 there is no variable `outcom` | did you mean `outcome`?",
                "R023 7:38 `paid` is money, `\"1\"` is not | write an amount, as 150.00",
            ]
        );
        for text in [
            "",
            "outcome",
            "outcome > \"a\"",
            "paid + 1",
            "outcome == ",
            "tries == 1.5",
            "late < true",
            "1 == 1",
        ] {
            assert!(!compile(text).unwrap_err().is_empty(), "{text}");
        }
        assert_eq!(compile("outcome = “held”").unwrap_err().len(), 2);
    }
}
