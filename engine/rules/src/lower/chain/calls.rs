//! Methods: of the catalogue's objects, of texts and of lists.

use rhai::{Expr, FnCallExpr, Position};

use super::{arguments, entry_ty, names};
use crate::catalogue::{self, Argument, Entry, EntryKind, Receiver, function_of};
use crate::diagnostics::Code;
use crate::ir::Node;
use crate::lower::calls::closure_call;
use crate::lower::print::print;
use crate::lower::types::Kind;
use crate::lower::{Lowered, Lowerer, apply};
use crate::value::Constant;

impl Lowerer<'_, '_, '_> {
    pub(super) fn method_of(
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

    pub(in crate::lower) fn count(
        &mut self,
        what: &str,
        name: &str,
        takes: usize,
        given: usize,
        position: Position,
    ) {
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
    pub(super) fn native(
        &mut self,
        of: Receiver,
        on: Lowered,
        name: &str,
        args: Vec<Lowered>,
    ) -> Option<Lowered> {
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

/// How the entry is called, as its example shows.
pub(super) fn call_of(entry: &Entry) -> &'static str {
    entry.example.trim_start_matches('!')
}
