//! Fields and methods: `claim.charge`, `line.has_modifier("95")`, `line.procedure.starts_with("9")`.

mod calls;
mod fields;

use claimflow_core::Subject;
use rhai::{Expr, FnCallExpr, Position};

use super::types::{Kind, Ty};
use super::{Lowered, Lowerer};
use crate::catalogue::{self, Entry, Receiver, Type, functions_of};
use crate::diagnostics::{Code, meant};
use crate::ir::Node;

/// A part of `a.b.c(d)` after the first.
enum Part<'x> {
    Field(&'x str, Position),
    Call(&'x FnCallExpr, Position),
    Other,
}

fn parts(expr: &Expr) -> (&Expr, Vec<Part<'_>>) {
    let mut list = Vec::new();
    let Expr::Dot(sides, flags, _) = expr else { return (expr, list) };
    if !flags.is_empty() && format!("{flags:?}").contains("NEGATED") {
        list.push(Part::Other);
    }
    let base = &sides.lhs;
    let mut rest = &sides.rhs;
    loop {
        let (one, next) = match rest {
            Expr::Dot(inner, ..) => (&inner.lhs, Some(&inner.rhs)),
            other => (other, None),
        };
        list.push(match one {
            Expr::Property(name, position) => Part::Field(&name.2, *position),
            Expr::MethodCall(call, position) | Expr::FnCall(call, position) => Part::Call(call, *position),
            _ => Part::Other,
        });
        match next {
            Some(more) => rest = more,
            None => return (base, list),
        }
    }
}

/// The node of a field.
pub(super) fn field(path: &'static str) -> Lowered {
    catalogue::find(path)
        .map_or_else(Lowered::failed, |entry| Lowered::new(Node::Field(entry), entry_ty(entry, None)))
}

fn entry_ty(entry: &'static Entry, subject: Option<Subject>) -> Ty {
    // Adjustments and denials of a whole claim have no line: then its numbers are unknown, while its texts are empty.
    let lineless = matches!(subject, Some(Subject::Adjustment | Subject::Denial))
        && entry.object() == "line"
        && matches!(entry.ty, Type::Money | Type::Quantity);
    Ty { kind: Kind::of(entry.ty), nullable: entry.nullable || lineless, shape: entry.shape }
}

impl Lowerer<'_, '_, '_> {
    pub(super) fn chain(&mut self, expr: &Expr) -> Lowered {
        let (base, parts) = parts(expr);
        if parts.iter().any(|part| matches!(part, Part::Other)) {
            return self.script(expr);
        }
        let mut parts = parts.into_iter();
        let mut current = match (base, parts.len()) {
            (Expr::FnCall(call, position), _)
                if call.name == "table" && !self.env.functions.contains_key("table") =>
            {
                match parts.next() {
                    Some(Part::Call(method, _)) => self.table(call, method, *position),
                    Some(Part::Field(name, _)) => self.table_field(call, name, *position),
                    _ => {
                        self.table_alone(*position);
                        Lowered::failed()
                    }
                }
            }
            _ => self.lower(base),
        };
        let mut said = base.clone();
        for part in parts {
            current = match part {
                Part::Field(name, position) => self.field_of(current, name, position, expr, &said),
                Part::Call(call, position) => self.method_of(current, call, position, expr, &said),
                Part::Other => return self.script(expr),
            };
            if matches!(current.node, Node::Script(_)) {
                return current;
            }
            // Messages about a longer chain mean its whole.
            said = expr.clone();
        }
        current
    }

    fn field_of(
        &mut self,
        of: Lowered,
        name: &str,
        position: Position,
        whole: &Expr,
        said: &Expr,
    ) -> Lowered {
        match of.ty.kind {
            Kind::Object(object) => self.entry_field(object, name, position),
            Kind::Any => self.script(whole),
            Kind::Date => {
                self.require_known(&of, said);
                self.native(Receiver::Date, of, name, Vec::new())
                    .unwrap_or_else(|| self.no_field("a date", name, position, &names(Receiver::Date)))
            }
            kind => {
                let receiver = receiver(kind);
                let bare: Vec<&str> = receiver
                    .into_iter()
                    .flat_map(functions_of)
                    .filter(|function| function.arguments.is_empty())
                    .map(|function| function.name)
                    .collect();
                match receiver.filter(|_| bare.contains(&name)) {
                    Some(receiver) => {
                        self.native(receiver, of, name, Vec::new()).unwrap_or_else(Lowered::failed)
                    }
                    None => self.no_field(kind.as_str(), name, position, &bare),
                }
            }
        }
    }

    pub(super) fn no_field(&mut self, what: &str, name: &str, position: Position, names: &[&str]) -> Lowered {
        self.fault(
            Code::UnknownField,
            position,
            format!("{what} has no `{name}`"),
            meant(name, names.iter().copied()),
        );
        Lowered::failed()
    }
}

/// What functions call a value of that kind.
fn receiver(kind: Kind) -> Option<Receiver> {
    match kind {
        Kind::Text => Some(Receiver::Text),
        Kind::Texts | Kind::List => Some(Receiver::List),
        Kind::Date => Some(Receiver::Date),
        _ => None,
    }
}

fn names(of: Receiver) -> Vec<&'static str> {
    functions_of(of).map(|function| function.name).collect()
}

pub(super) fn arguments(count: usize) -> String {
    match count {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        _ => format!("{count} arguments"),
    }
}
