//! Compiles the expressions of workflows, as `claim.charge - paid`, to [`Expr`]s with the kind of their value.

use claimflow_core::expr::{Expr as Own, MathOp};
use claimflow_core::guard::GuardOp;
use claimflow_core::{Diagnostic, Money, Text, Value, ValueType};
use rhai::{Expr, FnCallExpr, Position, Stmt};

use crate::diagnostics::Code;
use crate::guard::{Compiler, placed};
use crate::lower::print;

/// An expression with the kind of its value.
type Typed = (Own, ValueType);

/// Compiles an expression that stands at that line and column (from 1) of a file. `variables` are the names it may read,
/// `wanted` the kind of value that its place takes; `None` when any will do.
///
/// # Errors
/// Every fault of the expression, at its place in the file.
pub fn compile_expression(
    text: &str,
    path: &str,
    line: u32,
    column: u32,
    variables: &[(&str, ValueType)],
    wanted: Option<ValueType>,
) -> Result<(Own, ValueType), Vec<Diagnostic>> {
    let mut compiler = Compiler::new(path, variables);
    let compiled = compiler
        .parse(text, "this expression is empty", "write a value, as `claim.charge`")
        .and_then(|expr| {
            let (own, kind) = compiler.typed(&expr)?;
            compiler.as_wanted(own, kind, wanted, expr.start_position())
        });
    placed(compiled, compiler.faults.list, line, column)
}

impl Compiler<'_, '_> {
    pub(crate) fn typed(&mut self, expr: &Expr) -> Option<Typed> {
        match expr {
            Expr::BoolConstant(value, _) => Some((Own::Value(Value::Bool(*value)), ValueType::Bool)),
            Expr::IntegerConstant(value, _) => Some((Own::Value(Value::Int(*value)), ValueType::Int)),
            Expr::StringConstant(text, _) => {
                Some((Own::Value(Value::Text(Text::from(text.as_str()))), ValueType::Text))
            }
            Expr::DynamicConstant(value, position) => {
                let money = value.as_decimal().ok().and_then(Money::from_decimal);
                if money.is_none() {
                    let message = format!("`{}` is not an amount of money", print(expr));
                    self.fault(Code::MixedTypes, *position, message, "write at most two decimals, as 150.00");
                }
                money.map(|money| (Own::Value(Value::Money(money)), ValueType::Money))
            }
            Expr::Variable(parts, _, position) => self.variable(&parts.1, *position),
            Expr::Dot(..) => self.variable(&print(expr), expr.start_position()),
            Expr::And(parts, _) => Some((Own::And(self.conditions(parts)?), ValueType::Bool)),
            Expr::Or(parts, _) => Some((Own::Or(self.conditions(parts)?), ValueType::Bool)),
            Expr::FnCall(call, position) => self.call(expr, call, *position),
            Expr::Stmt(block) => match block.statements() {
                [one] => self.statement(expr, one),
                _ => self.unfit(expr),
            },
            other => self.unfit(other),
        }
    }

    fn variable(&mut self, name: &str, position: Position) -> Option<Typed> {
        let kind = self.kind(name, position)?;
        Some((Own::Variable(Text::from(name)), kind))
    }

    fn unfit(&mut self, expr: &Expr) -> Option<Typed> {
        let message = format!("`{}` cannot be worked out here", print(expr));
        self.fault(
            Code::BadGuard,
            expr.start_position(),
            message,
            "use variables, fields of the claim and literals with + - *, comparisons, `&&`, `||`, `!`, `in` and `if`",
        );
        None
    }

    /// `if a { b } else { c }`, or a value in brackets.
    fn statement(&mut self, expr: &Expr, statement: &Stmt) -> Option<Typed> {
        match statement {
            Stmt::Expr(inner) => self.typed(inner),
            Stmt::FnCall(call, position) => self.typed(&Expr::FnCall(call.clone(), *position)),
            Stmt::If(flow, position) => {
                let (when, one, other) = (
                    self.condition(&flow.expr),
                    self.only(expr, flow.body.statements()),
                    self.only(expr, flow.branch.statements()),
                );
                let (when, one, other) = (when?, one?, other?);
                let (one, other) = alike(one, other);
                if one.1 != other.1 {
                    self.mixed("if", one.1, other.1, *position);
                    return None;
                }
                Some((Own::If { when: Box::new(when), sides: Box::new((one.0, other.0)) }, one.1))
            }
            _ => self.unfit(expr),
        }
    }

    fn only(&mut self, expr: &Expr, statements: &[Stmt]) -> Option<Typed> {
        match statements {
            [one] => self.statement(expr, one),
            _ => self.unfit(expr),
        }
    }

    /// Converts every part, so that the faults of all are found.
    fn conditions(&mut self, parts: &[Expr]) -> Option<Vec<Own>> {
        let all: Vec<Option<Own>> = parts.iter().map(|part| self.condition(part)).collect();
        all.into_iter().collect()
    }

    /// An expression that is true or false.
    pub(crate) fn condition(&mut self, expr: &Expr) -> Option<Own> {
        let (own, kind) = self.typed(expr)?;
        if kind == ValueType::Bool {
            return Some(own);
        }
        let message = format!("`{}` is {}, not true or false", print(expr), kind.words());
        let help = format!("compare it, as `{} == {}`", print(expr), kind.sample());
        self.fault(Code::NotCondition, expr.start_position(), message, help);
        None
    }

    fn call(&mut self, expr: &Expr, call: &FnCallExpr, position: Position) -> Option<Typed> {
        match (call.name.as_str(), call.args.as_slice()) {
            ("!", [inner]) => Some((Own::Not(Box::new(self.condition(inner)?)), ValueType::Bool)),
            ("-", [inner]) => self.negative(inner, position),
            ("date", [Expr::StringConstant(text, at)]) => self.date(text, *at),
            ("days_between", [from, to]) => {
                let (from, to) = (self.typed(from), self.typed(to));
                self.math(MathOp::Subtract, to?, from?, position)
            }
            ("contains", [Expr::Array(items, _), item]) => self.one_of(item, items, position),
            (sign, [left, right]) => self.sides(expr, sign, [left, right], position),
            _ => self.unfit(expr),
        }
    }

    fn sides(&mut self, expr: &Expr, sign: &str, sides: [&Expr; 2], position: Position) -> Option<Typed> {
        let (op, math) = (GuardOp::parse(sign), MathOp::parse(sign));
        if op.is_none() && math.is_none() {
            return self.unfit(expr);
        }
        let [left, right] = sides.map(|side| self.typed(side));
        let (left, right) = (left?, right?);
        match (op, math) {
            (Some(op), _) => self.compare(op, left, right, position),
            (None, Some(math)) => self.math(math, left, right, position),
            (None, None) => None,
        }
    }

    fn negative(&mut self, inner: &Expr, position: Position) -> Option<Typed> {
        let own = self.typed(inner)?;
        let nothing = match own.1 {
            ValueType::Money => (Own::Value(Value::Money(Money::ZERO)), ValueType::Money),
            _ => (Own::Value(Value::Int(0)), ValueType::Int),
        };
        self.math(MathOp::Subtract, nothing, own, position)
    }

    fn date(&mut self, text: &str, position: Position) -> Option<Typed> {
        let day = text.parse().ok();
        if day.is_none() {
            let help = "write year, month and day, as date(\"2026-03-02\")";
            self.fault(Code::MixedTypes, position, format!("`{text}` is not a day"), help);
        }
        day.map(|day| (Own::Value(Value::Date(day)), ValueType::Date))
    }

    fn one_of(&mut self, item: &Expr, items: &[Expr], position: Position) -> Option<Typed> {
        let item = self.typed(item);
        let list: Vec<Option<Typed>> = items.iter().map(|own| self.typed(own)).collect();
        let (item, list) = (item?, list.into_iter().collect::<Option<Vec<_>>>()?);
        let mut values = Vec::with_capacity(list.len());
        for own in list {
            let (value, kind) = beside(own, item.1);
            if kind != item.1 {
                self.mixed("in", item.1, kind, position);
                return None;
            }
            values.push(value);
        }
        Some((Own::In { item: Box::new(item.0), list: values }, ValueType::Bool))
    }

    fn compare(&mut self, op: GuardOp, left: Typed, right: Typed, position: Position) -> Option<Typed> {
        let (left, right) = alike(left, right);
        if left.1 != right.1 {
            self.mixed(op.as_str(), left.1, right.1, position);
            return None;
        }
        if op.orders() && matches!(left.1, ValueType::Text | ValueType::Bool) {
            let message = format!("{} has no order: `{}` cannot be used", left.1.words(), op.as_str());
            self.fault(Code::MixedTypes, position, message, "use == or !=");
            return None;
        }
        Some((Own::Compare { op, sides: Box::new((left.0, right.0)) }, ValueType::Bool))
    }

    fn math(&mut self, op: MathOp, left: Typed, right: Typed, position: Position) -> Option<Typed> {
        // `paid * 2` stays a number of times; `paid + 2` adds two dollars.
        let (left, right) = match op {
            MathOp::Multiply => (left, right),
            _ => alike(left, right),
        };
        let Some(kind) = op.kind(left.1, right.1) else {
            self.mixed(op.as_str(), left.1, right.1, position);
            return None;
        };
        Some((Own::Math { op, sides: Box::new((left.0, right.0)) }, kind))
    }

    fn mixed(&mut self, sign: &str, left: ValueType, right: ValueType, position: Position) {
        let message = format!("`{sign}` cannot take {} and {}", left.words(), right.words());
        self.fault(Code::MixedTypes, position, message, "use values of one kind on both sides");
    }

    fn as_wanted(
        &mut self,
        own: Own,
        kind: ValueType,
        wanted: Option<ValueType>,
        position: Position,
    ) -> Option<Typed> {
        let Some(wanted) = wanted else { return Some((own, kind)) };
        let (own, kind) = if wanted == ValueType::Money { dollars((own, kind)) } else { (own, kind) };
        if kind == wanted {
            return Some((own, kind));
        }
        let message = format!("this is {}, and {} belongs here", kind.words(), wanted.words());
        self.fault(Code::MixedTypes, position, message, format!("write {}", wanted.example()));
        None
    }
}

/// A whole number written beside money is money.
fn beside(own: Typed, other: ValueType) -> Typed {
    if other == ValueType::Money { dollars(own) } else { own }
}

/// Two values as they stand beside each other.
fn alike(left: Typed, right: Typed) -> (Typed, Typed) {
    let (one, other) = (left.1, right.1);
    (beside(left, other), beside(right, one))
}

/// A literal whole number as dollars.
fn dollars(own: Typed) -> Typed {
    match own.0 {
        Own::Value(Value::Int(whole)) => match whole.checked_mul(100) {
            Some(cents) => (Own::Value(Value::Money(Money::from_cents(cents))), ValueType::Money),
            None => own,
        },
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VARIABLES: &[(&str, ValueType)] = &[
        ("outcome", ValueType::Text),
        ("paid", ValueType::Money),
        ("claim.charge", ValueType::Money),
        ("claim.service_date", ValueType::Date),
        ("as_of", ValueType::Date),
        ("tries", ValueType::Int),
        ("late", ValueType::Bool),
    ];

    fn compile(text: &str, wanted: Option<ValueType>) -> Result<String, Vec<String>> {
        compile_expression(text, "w.yaml", 7, 10, VARIABLES, wanted)
            .map(|(own, kind)| format!("{}: {own}", kind.as_str()))
            .map_err(|faults| {
                faults
                    .iter()
                    .map(|own| {
                        format!("{} {}:{} {} | {}", own.code, own.line, own.column, own.message, own.help)
                    })
                    .collect()
            })
    }

    #[test]
    fn reads_expressions() {
        for (text, shown) in [
            ("claim.charge - paid", "money: claim.charge - paid"),
            ("paid + 2", "money: paid + 2.00"),
            ("paid * 2", "money: paid * 2"),
            ("-tries", "number: 0 - tries"),
            ("\"a\" + outcome", "text: \"a\" + outcome"),
            ("as_of + 30", "date: as_of + 30"),
            ("days_between(claim.service_date, as_of) > 90", "bool: (as_of - claim.service_date) > 90"),
            ("date(\"2026-01-01\")", "date: date(\"2026-01-01\")"),
            ("late && paid < claim.charge", "bool: late && paid < claim.charge"),
            ("tries in [1, 2]", "bool: tries in [1, 2]"),
            ("if late { paid } else { 0 }", "money: if late { paid } else { 0.00 }"),
            ("!late || false", "bool: !(late) || false"),
        ] {
            assert_eq!(compile(text, None).as_deref(), Ok(shown), "{text}");
        }
        assert_eq!(compile("150", Some(ValueType::Money)).as_deref(), Ok("money: 150.00"));
    }

    #[test]
    fn faults_have_their_place_and_mend() {
        let mut all = String::new();
        for text in [
            "",
            "claim.charg",
            "paid + outcome",
            "outcome < \"b\"",
            "paid / 2",
            "if late { paid } else { outcome }",
            "paid && late",
            "1.555",
            "date(\"soon\")",
            "outcome = \"a\"",
            "loop { 1 }",
        ] {
            let faults = compile(text, None).unwrap_err();
            assert!(!faults.is_empty(), "{text}");
            all.push_str(&format!("{text}\n  {}\n", faults.join("\n  ")));
        }
        all.push_str(&compile("outcome", Some(ValueType::Money)).unwrap_err().join("\n"));
        insta::assert_snapshot!(all);
    }
}
