//! Fields and methods: `claim.charge`, `line.has_modifier("95")`, `line.procedure.starts_with("9")`.

use claimflow_core::Subject;
use rhai::{Expr, FnCallExpr, Position};

use super::calls::closure_call;
use super::print::print;
use super::types::{Kind, Ty};
use super::{Lowered, Lowerer, apply, usable};
use crate::catalogue::{self, Argument, Entry, EntryKind, Receiver, Type, function_of, functions_of};
use crate::diagnostics::{Code, meant};
use crate::ir::Node;
use crate::value::Constant;

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

    fn entry_field(&mut self, object: &'static str, name: &str, position: Position) -> Lowered {
        let Some(entry) = self.entry(object, name, position) else { return Lowered::failed() };
        if entry.kind != EntryKind::Field {
            self.fault(
                Code::ArgumentCount,
                position,
                format!("`{}` is called with arguments", entry.path),
                format!("write {}", call_of(entry)),
            );
            return Lowered::failed();
        }
        Lowered::new(Node::Field(entry), entry_ty(entry, self.subject))
    }

    /// The catalogue's entry of that name.
    fn entry(&mut self, object: &'static str, name: &str, position: Position) -> Option<&'static Entry> {
        let path = format!("{object}.{name}");
        if let Some(entry) = catalogue::find(&path) {
            // Where the whole object is missing, that has been said already.
            let missing = |subject: &Subject| usable(object, *subject) && !entry.usable_in(*subject);
            if let Some(subject) = self.subject.filter(missing) {
                self.fault(
                    Code::NotHere,
                    position,
                    format!("a rule for each {} cannot use `{path}`", subject.as_str()),
                    format!("it is for {}", subjects(entry)),
                );
            }
            return Some(entry);
        }
        let own = catalogue::catalogue().iter().filter(|entry| entry.object() == object);
        let names: Vec<&str> = own.map(Entry::name).collect();
        let elsewhere = catalogue::catalogue().iter().find(|entry| entry.name() == name);
        let help = match claimflow_core::nearest(name, names.iter().copied()) {
            _ if known_as(name).is_some() => known_as(name).unwrap_or_default().to_owned(),
            Some(near) => format!("did you mean `{object}.{near}`?"),
            None => match elsewhere {
                Some(entry) => format!("did you mean `{}`?", entry.path),
                None => meant(name, names.iter().copied()),
            },
        };
        self.fault(Code::UnknownField, position, format!("there is no `{path}`"), help);
        None
    }

    fn method_of(
        &mut self,
        of: Lowered,
        call: &FnCallExpr,
        position: Position,
        whole: &Expr,
        said: &Expr,
    ) -> Lowered {
        let name = call.name.as_str();
        match of.ty.kind {
            Kind::Object(object) => self.entry_method(object, call, position),
            Kind::Text | Kind::Texts | Kind::List => {
                self.require_known(&of, said);
                let is_closure = |arg: &Expr| matches!(arg, Expr::DynamicConstant(..) | Expr::Stmt(..));
                if call.args.iter().any(|arg| is_closure(arg) || closure_call(arg)) {
                    if !matches!(name, "any" | "all") {
                        return self.no_field("a list", name, position, &["any", "all"]);
                    }
                    return self.script(whole);
                }
                let args: Vec<Lowered> = call.args.iter().map(|arg| self.lower(arg)).collect();
                for (arg, expr) in args.iter().zip(&call.args) {
                    self.require_known(arg, expr);
                }
                if of.ty.kind == Kind::Text {
                    self.check_text_call(name, &args, position);
                    self.native(Receiver::Text, of, name, args).unwrap_or_else(Lowered::failed)
                } else {
                    self.check_list_call(&of, name, &args, position, call)
                }
            }
            Kind::Any => {
                for arg in &call.args {
                    self.lower(arg);
                }
                self.script(whole)
            }
            kind => self.no_field(kind.as_str(), name, position, &[]),
        }
    }

    fn check_text_call(&mut self, name: &str, args: &[Lowered], position: Position) {
        let Some(function) = function_of(Receiver::Text, name) else {
            self.no_field("text", name, position, &names(Receiver::Text));
            return;
        };
        self.count("text", name, function.arguments.len(), args.len(), position);
        if let Some(arg) = args.first().filter(|arg| !matches!(arg.ty.kind, Kind::Text | Kind::Any)) {
            let message = format!("`{name}` takes a text, not {}", arg.ty.kind.as_str());
            self.fault(Code::ArgumentType, position, message, "write the text in quotes");
        }
    }

    pub(super) fn count(&mut self, what: &str, name: &str, takes: usize, given: usize, position: Position) {
        if takes != given {
            self.fault(
                Code::ArgumentCount,
                position,
                format!("`{name}` of {what} takes {}, not {given}", arguments(takes)),
                "",
            );
        }
    }

    /// The call of a function of texts, lists or dates that conditions evaluate themselves.
    fn native(&mut self, of: Receiver, on: Lowered, name: &str, args: Vec<Lowered>) -> Option<Lowered> {
        let function = function_of(of, name)?;
        let nodes = std::iter::once(on.node).chain(args.into_iter().map(|arg| arg.node)).collect();
        Some(apply(function.native?, nodes, Kind::of(function.ty)))
    }

    fn list_call(&mut self, of: &Lowered, name: &str, args: Vec<Lowered>) -> Lowered {
        self.native(Receiver::List, of.clone(), name, args).unwrap_or_else(Lowered::failed)
    }

    fn check_list_call(
        &mut self,
        of: &Lowered,
        name: &str,
        args: &[Lowered],
        position: Position,
        call: &FnCallExpr,
    ) -> Lowered {
        let Some(function) = function_of(Receiver::List, name) else {
            return self.no_field("a list", name, position, &names(Receiver::List));
        };
        self.count("a list", name, function.arguments.len(), args.len(), position);
        match (name, args.first(), call.args.first()) {
            ("contains", Some(item), Some(at)) => self.contains(of.clone(), item.clone(), at, position),
            ("any", Some(list), Some(at)) => {
                if !matches!(list.ty.kind, Kind::Texts | Kind::Any) {
                    let message = format!("`any` takes a list of texts, not {}", list.ty.kind.as_str());
                    self.fault(Code::ArgumentType, at.start_position(), message, "write [\"95\", \"GT\"]");
                }
                self.list_call(of, name, args.to_vec())
            }
            ("all", ..) => {
                self.fault(
                    Code::ArgumentType,
                    position,
                    "`all` takes a test",
                    "write all(|code| code.starts_with(\"F3\"))",
                );
                Lowered::failed()
            }
            _ => self.list_call(of, name, Vec::new()),
        }
    }

    fn entry_method(&mut self, object: &'static str, call: &FnCallExpr, position: Position) -> Lowered {
        let Some(entry) = self.entry(object, &call.name, position) else { return Lowered::failed() };
        if entry.kind == EntryKind::Field {
            self.fault(
                Code::ArgumentCount,
                position,
                format!("`{}` takes no arguments", entry.path),
                format!("write {} without brackets", entry.path),
            );
            return Lowered::failed();
        }
        if entry.kind == EntryKind::Action && !self.in_fix {
            self.fault(
                Code::ActionOutsideFix,
                position,
                format!("`{}` changes the claim", entry.path),
                format!("write fix {}", entry.example),
            );
        }
        let in_fix = std::mem::replace(&mut self.in_fix, false);
        let nodes = self.arguments(entry, call, position);
        self.in_fix = in_fix;
        Lowered::new(Node::Method(entry, nodes.into()), entry_ty(entry, self.subject))
    }

    fn arguments(&mut self, entry: &'static Entry, call: &FnCallExpr, position: Position) -> Vec<Node> {
        if call.args.len() != entry.arguments.len() {
            let message = format!(
                "`{}` takes {}, not {}",
                entry.path,
                arguments(entry.arguments.len()),
                call.args.len()
            );
            let any = catalogue::find(&entry.path.replace("has_", "has_any_"))
                .filter(|any| call.args.len() > 1 && any.path != entry.path);
            let help = match any {
                Some(any) => {
                    let all: Vec<String> = call.args.iter().map(print).collect();
                    format!("write {}([{}]) if one of them will do", any.path, all.join(", "))
                }
                None => format!("write {}", call_of(entry)),
            };
            self.fault(Code::ArgumentCount, position, message, help);
        }
        let mut nodes = Vec::with_capacity(call.args.len());
        for (place, expr) in call.args.iter().enumerate() {
            let lowered = self.lower(expr);
            self.require_known(&lowered, expr);
            if let Some(argument) = entry.arguments.get(place) {
                self.argument(entry, argument, &lowered, expr);
            }
            nodes.push(lowered.node);
        }
        nodes
    }

    fn argument(&mut self, entry: &Entry, argument: &Argument, given: &Lowered, expr: &Expr) {
        let takes = Kind::of(argument.ty);
        if !takes.takes(given.ty.kind) {
            let help = match (takes, given.ty.kind) {
                (Kind::Text, kind) if kind.is_number() => format!("write it in quotes: \"{}\"", print(expr)),
                (Kind::Texts, Kind::Text) => format!("write a list: [{}]", print(expr)),
                _ => format!("as in {}", entry.example),
            };
            let message = format!(
                "`{}` takes {} for {}, not {}",
                entry.path,
                takes.as_str(),
                argument.name,
                given.ty.kind.as_str()
            );
            self.fault(Code::ArgumentType, expr.start_position(), message, help);
        }
        match given.constant().cloned() {
            Some(Constant::Text(text)) => self.check_shape(argument.shape, &text, expr),
            Some(Constant::Texts(texts)) => {
                for text in &texts {
                    self.check_shape(argument.shape, text, expr);
                }
            }
            _ => {}
        }
    }
}

/// What people call a field by another name than the catalogue's.
fn known_as(name: &str) -> Option<&'static str> {
    Some(match name {
        "lines" | "service_lines" => {
            "write `claim.line_count` for how many, or `each line` to look at one after another"
        }
        "cpt" | "hcpcs" | "code" | "procedure_code" => "did you mean `line.procedure`?",
        "pos" => "did you mean `claim.place_of_service`?",
        "dos" | "date_of_service" => "did you mean `claim.service_date`?",
        "dx" | "icd" | "icd10" => "did you mean `claim.diagnoses`, or `claim.has_diagnosis(\"F33\")`?",
        "modifier" | "mod" => "did you mean `line.has_modifier(\"95\")`?",
        "carc" => "did you mean `adjustment.reason`?",
        "rarc" => "did you mean `adjustment.has_remark(\"N130\")`?",
        "amount_billed" | "billed" | "total" => "did you mean `claim.charge`?",
        _ => return None,
    })
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

/// How the entry is called, as its example shows.
fn call_of(entry: &Entry) -> &'static str {
    entry.example.trim_start_matches('!')
}

pub(super) fn arguments(count: usize) -> String {
    match count {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        _ => format!("{count} arguments"),
    }
}

fn subjects(entry: &Entry) -> String {
    entry.subjects.iter().map(|subject| format!("`each {}`", subject.as_str())).collect::<Vec<_>>().join(", ")
}
