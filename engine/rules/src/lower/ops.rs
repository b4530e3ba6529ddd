//! Operators: comparisons, membership, logic, arithmetic; and what a condition proves about unknown values.

use rhai::{Expr, FnCallExpr, Position};

use super::print::{is_membership, print};
use super::types::{Kind, Ty};
use super::{Lowered, Lowerer, shapes};
use crate::diagnostics::Code;
use crate::ir::{Arithmetic, Comparison, Node};
use crate::value::Constant;

/// What is known as soon as there is a line.
const LINE_NUMBERS: [&str; 3] = ["line.units", "line.charge", "line.same_day_units"];

/// Expressions that are not `()` when the condition holds.
pub(super) fn proved_known(test: &Node) -> Vec<String> {
    match test {
        Node::IsUnknown { inner, negated: true } => vec![inner.describe()],
        Node::TableKnown(_) => vec![test.describe()],
        Node::Field(entry) if entry.path == "line.known" => LINE_NUMBERS.map(str::to_owned).to_vec(),
        Node::And(parts) => parts.iter().flat_map(proved_known).collect(),
        Node::Not(inner) => refuted_known(inner),
        _ => Vec::new(),
    }
}

/// Expressions that are not `()` when the condition does not hold.
pub(super) fn refuted_known(test: &Node) -> Vec<String> {
    match test {
        Node::IsUnknown { inner, negated: false } => vec![inner.describe()],
        Node::Or(parts) => parts.iter().flat_map(refuted_known).collect(),
        Node::Not(inner) => proved_known(inner),
        _ => Vec::new(),
    }
}

impl Lowerer<'_, '_, '_> {
    /// Warns when a value that may be unknown is used as if it were known.
    pub(super) fn require_known(&mut self, lowered: &Lowered, expr: &Expr) {
        if !lowered.ty.nullable || matches!(lowered.ty.kind, Kind::Unit) {
            return;
        }
        let name = lowered.node.describe();
        if self.known.contains(&name) {
            return;
        }
        let help = match &lowered.node {
            Node::TableHas(table, _) => {
                format!("ask first whether it is known: `table(\"{}\").known && ...`", table.name())
            }
            _ => format!("ask first whether it is known: `{name} != () && ...`"),
        };
        self.fault(
            Code::MayBeUnknown,
            expr.start_position(),
            format!("`{}` may be unknown, and then this rule holds the claim for review", print(expr)),
            help,
        );
    }

    pub(super) fn require_bool(&mut self, lowered: &Lowered, expr: &Expr) {
        self.require_known(lowered, expr);
        if !matches!(lowered.ty.kind, Kind::Bool | Kind::Any) {
            let help = match lowered.ty.kind {
                Kind::Text => format!("compare it, as `{} != \"\"`", print(expr)),
                Kind::Int | Kind::Decimal => format!("compare it, as `{} > 0`", print(expr)),
                Kind::Action => "an action belongs after `fix`".to_owned(),
                _ => "write a comparison".to_owned(),
            };
            self.fault(
                Code::NotCondition,
                expr.start_position(),
                format!("`{}` is {}, not true or false", print(expr), lowered.ty.kind.as_str()),
                help,
            );
        }
    }

    pub(super) fn and(&mut self, parts: &[Expr]) -> Lowered {
        let before = self.known.len();
        let mut nodes = Vec::with_capacity(parts.len());
        for part in parts {
            let node = self.condition(part);
            self.known.extend(proved_known(&node));
            nodes.push(node);
        }
        self.known.truncate(before);
        Lowered::new(Node::And(nodes.into()), Ty::bool())
    }

    pub(super) fn or(&mut self, parts: &[Expr]) -> Lowered {
        let before = self.known.len();
        let mut nodes = Vec::with_capacity(parts.len());
        for part in parts {
            let node = self.condition(part);
            self.known.extend(refuted_known(&node));
            nodes.push(node);
        }
        self.known.truncate(before);
        Lowered::new(Node::Or(nodes.into()), Ty::bool())
    }

    pub(super) fn coalesce(&mut self, parts: &[Expr]) -> Lowered {
        let lowered: Vec<Lowered> = parts.iter().map(|part| self.lower(part)).collect();
        let nullable = lowered.last().is_some_and(|last| last.ty.nullable);
        let mut kinds = lowered.iter().map(|item| item.ty.kind).filter(|kind| *kind != Kind::Unit);
        let first = kinds.next().unwrap_or(Kind::Unit);
        let kind = if kinds.all(|kind| kind == first) {
            first
        } else if lowered.iter().all(|item| item.ty.kind.is_number()) {
            Kind::Decimal
        } else {
            Kind::Any
        };
        let nodes = lowered.into_iter().map(|item| item.node).collect();
        Lowered::new(Node::Coalesce(nodes), Ty { nullable, ..Ty::of(kind) })
    }

    /// An operator, when the call is one.
    pub(super) fn operator(&mut self, call: &FnCallExpr, position: Position) -> Option<Lowered> {
        match call.args.as_slice() {
            [list, item] if is_membership(call) => Some(self.membership(list, item, position)),
            [left, right] if call.is_operator_call() => {
                if let Some(op) = Comparison::parse(&call.name) {
                    return Some(self.comparison(op, left, right, position));
                }
                let op = match call.name.as_str() {
                    "+" => Arithmetic::Add,
                    "-" => Arithmetic::Subtract,
                    "*" => Arithmetic::Multiply,
                    "/" => Arithmetic::Divide,
                    "%" => Arithmetic::Remainder,
                    _ => return None,
                };
                Some(self.arithmetic(op, &call.name, left, right, position))
            }
            [only] if call.is_operator_call() && call.name == "!" => {
                let node = self.condition(only);
                Some(Lowered::new(Node::Not(Box::new(node)), Ty::bool()))
            }
            [only] if call.is_operator_call() && call.name == "-" => Some(self.negation(only)),
            _ => None,
        }
    }

    fn negation(&mut self, inner: &Expr) -> Lowered {
        let lowered = self.lower(inner);
        self.require_known(&lowered, inner);
        if let Some(Constant::Decimal(value)) = lowered.constant() {
            return super::constant(Constant::Decimal(-*value));
        }
        if !lowered.ty.kind.is_number() && lowered.ty.kind != Kind::Any {
            self.not_number(inner, lowered.ty.kind);
        }
        Lowered::new(Node::Negate(Box::new(lowered.node)), Ty::of(lowered.ty.kind))
    }

    fn not_number(&mut self, expr: &Expr, kind: Kind) {
        self.fault(
            Code::MixedTypes,
            expr.start_position(),
            format!("`{}` is {}, not a number", print(expr), kind.as_str()),
            "",
        );
    }

    fn comparison(&mut self, op: Comparison, left: &Expr, right: &Expr, position: Position) -> Lowered {
        let (a, b) = (self.lower(left), self.lower(right));
        let unit = |lowered: &Lowered| {
            matches!(lowered.constant(), Some(Constant::Unit)) && lowered.ty.kind == Kind::Unit
        };
        if unit(&a) || unit(&b) {
            let (inner, expr) = if unit(&b) { (a, left) } else { (b, right) };
            return self.unknown_test(op, inner, expr, position);
        }
        self.require_known(&a, left);
        self.require_known(&b, right);
        let fits = a.ty.kind.equates(b.ty.kind) && (!op.orders() || a.ty.kind.has_order());
        if !fits {
            self.mixed(op, (&a, left), (&b, right), position);
        }
        self.check_shapes(&a, &b, right);
        self.check_shapes(&b, &a, left);
        let literal = |side: &Lowered| side.constant().is_some() && side.ty.kind != Kind::Any;
        if literal(&a) && literal(&b) {
            self.fault(
                Code::NeverChanges,
                position,
                "this compares two constants",
                "compare with a field of the claim",
            );
        }
        Lowered::new(Node::Compare(op, Box::new((a.node, b.node))), Ty::bool())
    }

    fn check_shapes(&mut self, field: &Lowered, literal: &Lowered, at: &Expr) {
        if let Some(Constant::Text(text)) = literal.constant() {
            self.check_shape(field.ty.shape, text, at);
        }
    }

    /// Warns of a code that cannot occur.
    pub(super) fn check_shape(&mut self, shape: crate::catalogue::Shape, text: &str, at: &Expr) {
        if let Some((message, help)) = shapes::impossible(shape, text) {
            self.fault(Code::NeverOccurs, at.start_position(), message, help);
        }
    }

    fn unknown_test(&mut self, op: Comparison, inner: Lowered, expr: &Expr, position: Position) -> Lowered {
        if op.orders() {
            self.fault(
                Code::MixedTypes,
                position,
                format!("nothing is `{}` than unknown", op.as_str()),
                "compare with `()` by `==` or `!=`",
            );
        } else if !inner.ty.nullable && inner.ty.kind != Kind::Any {
            self.fault(
                Code::NeverChanges,
                expr.start_position(),
                format!("`{}` is always known", print(expr)),
                if inner.ty.kind == Kind::Text { "compare with \"\" to see whether it is empty" } else { "" },
            );
        }
        let negated = op == Comparison::NotEqual;
        Lowered::new(Node::IsUnknown { inner: Box::new(inner.node), negated }, Ty::bool())
    }

    fn mixed(
        &mut self,
        op: Comparison,
        left: (&Lowered, &Expr),
        right: (&Lowered, &Expr),
        position: Position,
    ) {
        let (a, b) = (left.0.ty.kind, right.0.ty.kind);
        let help = match (a, b, left.1, right.1) {
            (Kind::Text, k, _, literal) if k.is_number() => {
                format!("codes are text: write \"{}\"", print(literal))
            }
            (k, Kind::Text, literal, _) if k.is_number() && matches!(literal, Expr::IntegerConstant(..)) => {
                format!("codes are text: write \"{}\"", print(literal))
            }
            (k, Kind::Text, _, Expr::StringConstant(text, _)) if k.is_number() => {
                format!("write the number without quotes: {text}")
            }
            (Kind::Date, Kind::Text, _, literal) | (Kind::Text, Kind::Date, literal, _) => {
                format!("write date({})", print(literal))
            }
            (Kind::Bool, _, _, Expr::StringConstant(..)) => "write true or false without quotes".to_owned(),
            (Kind::Text, Kind::Texts | Kind::List, ..) => "use `in` to look for it in a list".to_owned(),
            (Kind::Texts, Kind::Text, list, item) => format!("write `{} in {}`", print(item), print(list)),
            _ => String::new(),
        };
        let message = if a.equates(b) {
            format!("{} has no order: `{}` cannot be used", a.as_str(), op.as_str())
        } else {
            format!("`{}` is {}, `{}` is {}", print(left.1), a.as_str(), print(right.1), b.as_str())
        };
        self.fault(Code::MixedTypes, position, message, help);
    }

    fn membership(&mut self, list: &Expr, item: &Expr, position: Position) -> Lowered {
        let (lists, items) = (self.lower(list), self.lower(item));
        self.require_known(&items, item);
        if lists.ty.kind == Kind::List && items.ty.kind == Kind::Text {
            let quoted: Option<Vec<String>> = match lists.constant() {
                Some(Constant::List(all)) => {
                    Some(all.iter().map(|own| format!("\"{}\"", own.value())).collect())
                }
                _ => None,
            };
            if let Some(quoted) = quoted {
                let message = format!("`{}` is text, and the list holds numbers", print(item));
                let help = format!("codes are text: write {} in [{}]", print(item), quoted.join(", "));
                self.fault(Code::MixedTypes, position, message, help);
                return Lowered::new(Node::Constant(Constant::Bool(true)), Ty::bool());
            }
        }
        self.contains(lists, items, item, position)
    }

    /// `item in list`, or `list.contains(item)`.
    pub(super) fn contains(
        &mut self,
        list: Lowered,
        item: Lowered,
        at: &Expr,
        position: Position,
    ) -> Lowered {
        use crate::ir::Function;
        let fits = match list.ty.kind {
            Kind::Texts | Kind::Text => matches!(item.ty.kind, Kind::Text | Kind::Any),
            Kind::List => item.ty.kind != Kind::Text,
            Kind::Any => true,
            _ => false,
        };
        if !fits {
            let help = match (list.ty.kind, item.ty.kind) {
                (Kind::List, Kind::Text) => {
                    "codes are text: write the items in quotes, as [\"90834\", \"90837\"]"
                }
                (Kind::Texts, _) => "the list holds texts: write the item in quotes",
                _ => "write a list, as [\"02\", \"10\"], after `in`",
            };
            let message =
                format!("{} cannot be looked for in {}", item.ty.kind.as_str(), list.ty.kind.as_str());
            self.fault(Code::MixedTypes, position, message, help);
        }
        if let Some(Constant::Texts(texts)) = list.constant() {
            let texts = texts.clone();
            for text in &texts {
                self.check_shape(item.ty.shape, text, at);
            }
            return Lowered::new(Node::InTexts(Box::new(item.node), texts), Ty::bool());
        }
        if let Some(Constant::Text(text)) = item.constant() {
            let text = text.clone();
            self.check_shape(list.ty.shape, &text, at);
        }
        if list.ty.kind == Kind::Any {
            return Lowered::new(
                Node::Call(Function::ListContains, [list.node, item.node].into()),
                Ty::bool(),
            );
        }
        let function =
            if list.ty.kind == Kind::Text { Function::ContainsText } else { Function::ListContains };
        Lowered::new(Node::Call(function, [list.node, item.node].into()), Ty::bool())
    }

    fn arithmetic(
        &mut self,
        op: Arithmetic,
        sign: &str,
        left: &Expr,
        right: &Expr,
        position: Position,
    ) -> Lowered {
        let (a, b) = (self.lower(left), self.lower(right));
        self.require_known(&a, left);
        self.require_known(&b, right);
        let (x, y) = (a.ty.kind, b.ty.kind);
        let kind = match (x, y) {
            (Kind::Int, Kind::Int) => Kind::Int,
            _ if x.is_number() && y.is_number() => Kind::Decimal,
            (Kind::Text, Kind::Text) if op == Arithmetic::Add => Kind::Text,
            (Kind::Any, _) | (_, Kind::Any) => Kind::Any,
            (Kind::Texts, Kind::Texts) if op == Arithmetic::Add => return self.joined(&a, &b, left),
            _ => {
                let help = match (x, y) {
                    (Kind::Date, Kind::Date) => "use days_between(first, second)",
                    (Kind::Text, _) | (_, Kind::Text) => "put values into a text as `${...}`",
                    _ => "",
                };
                let message = format!("`{sign}` does not take {} and {}", x.as_str(), y.as_str());
                self.fault(Code::MixedTypes, position, message, help);
                Kind::Any
            }
        };
        Lowered::new(Node::Arithmetic(op, Box::new((a.node, b.node))), Ty::of(kind))
    }

    fn joined(&mut self, a: &Lowered, b: &Lowered, at: &Expr) -> Lowered {
        if let (Some(Constant::Texts(a)), Some(Constant::Texts(b))) = (a.constant(), b.constant()) {
            return super::constant(Constant::Texts([a.as_slice(), b.as_slice()].concat()));
        }
        self.fault(
            Code::MixedTypes,
            at.start_position(),
            "lists can be joined in constants only",
            "join them in a `const`",
        );
        Lowered::failed()
    }
}
