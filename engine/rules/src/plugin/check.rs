//! Checks a plugin's files: syntax, names, what is called and with how much, and what is not granted. All faults of all
//! files are found in one pass.

use std::sync::Arc;

use claimflow_core::{Diagnostic, Text};
use rhai::{AST, ASTNode, Expr, FnCallExpr, Module, Position, Stmt};
use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::LENT;
use super::{Entry, PluginSource, ScriptPlugin};
use crate::catalogue::FUNCTIONS;
use crate::diagnostics::{Code, Faults, Place, meant};
use crate::lower::{Env, evaluate_constants};
use crate::parse::{File, Profile, RawFunction, parse_as};
use crate::script::script_constant;

/// Functions of the plugin profile, and those of Rhai's own texts, lists and numbers, with any count of arguments.
const KNOWN: &[&str] = &[
    // Plugins' own.
    "json_parse",
    "json_print",
    "fail",
    "try_again",
    "keys",
    "contains",
    "get",
    "has",
    "find",
    "table",
    "round",
    "number",
    // Of lists.
    "push",
    "pop",
    "shift",
    "insert",
    "remove",
    "reverse",
    "sort",
    "filter",
    "map",
    "reduce",
    "some",
    "all",
    "any",
    "index_of",
    "len",
    "is_empty",
    "append",
    "extract",
    "dedup",
    "zip",
    "pad",
    "truncate",
    "chop",
    "clear",
    // Of texts and numbers.
    "to_string",
    "to_upper",
    "to_lower",
    "make_upper",
    "make_lower",
    "trim",
    "sub_string",
    "split",
    "replace",
    "starts_with",
    "ends_with",
    "crop",
    "chars",
    "range",
    "abs",
    "sign",
    "is_zero",
    "type_of",
];

/// See [`super::compile_plugin`].
pub(super) fn compile(source: &PluginSource) -> (Option<ScriptPlugin>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let files: Vec<(&str, File, Faults<'_>)> = source
        .scripts
        .iter()
        .map(|script| {
            let mut faults = Faults::new(&script.path);
            let file = parse_as(&script.text, Profile::Plugin, &mut faults);
            (script.path.as_str(), file, faults)
        })
        .collect();
    let names = Names::of(source, &files);
    let mut plugin = Built::default();
    let mut env =
        Env::bare(source.tables.iter().map(|table| (table.name().clone(), table.clone())).collect());
    for (path, file, mut faults) in files {
        evaluate_constants(&file.constants, &mut env, &mut faults);
        for function in &file.functions {
            plugin.add(path, function, &mut faults);
            Walk { source, names: &names, function, faults: &mut faults }.all();
        }
        diagnostics.extend(faults.list);
    }
    let whole = !diagnostics.iter().any(Diagnostic::is_error);
    let constants =
        env.constants.iter().map(|(name, value)| (name.clone(), script_constant(value))).collect();
    let made = whole.then(|| ScriptPlugin {
        name: source.name.clone(),
        functions: plugin.functions.into(),
        constants,
        tables: env.tables,
        places: plugin.places,
        entries: plugin.entries,
    });
    (made, diagnostics)
}

#[derive(Default)]
struct Built {
    functions: Module,
    places: FxHashMap<Text, (Arc<str>, u32)>,
    entries: FxHashMap<Text, Entry>,
}

impl Built {
    fn add(&mut self, path: &str, function: &RawFunction, faults: &mut Faults<'_>) {
        self.functions.merge(&function.module);
        self.places.insert(function.name.clone(), (path.into(), function.shift));
        let entry = Entry { parameters: function.parameters.len() };
        if self.entries.insert(function.name.clone(), entry).is_some() {
            let message = format!("there are two functions `{}`", function.name);
            faults.add(Code::DuplicateName, function.place, message, "give each its own name");
        }
    }
}

/// The names that every function of the plugin sees.
struct Names {
    functions: FxHashMap<Text, usize>,
    constants: FxHashSet<Text>,
    tables: Vec<Text>,
}

impl Names {
    fn of(source: &PluginSource, files: &[(&str, File, Faults<'_>)]) -> Self {
        let functions = files.iter().flat_map(|(_, file, _)| &file.functions);
        let constants = files.iter().flat_map(|(_, file, _)| &file.constants);
        Self {
            functions: functions.map(|own| (own.name.clone(), own.parameters.len())).collect(),
            constants: constants.map(|own| own.name.clone()).collect(),
            tables: source.tables.iter().map(|table| table.name().clone()).collect(),
        }
    }
}

/// Walks one function.
struct Walk<'w, 'p> {
    source: &'w PluginSource,
    names: &'w Names,
    function: &'w RawFunction,
    faults: &'w mut Faults<'p>,
}

impl Walk<'_, '_> {
    fn all(&mut self) {
        let ast = AST::new([], self.function.module.clone());
        let declared = declared(&ast);
        let call = self.call_name();
        ast.walk(&mut |path: &[ASTNode<'_>]| {
            match path.last() {
                Some(ASTNode::Expr(Expr::Variable(parts, _, position))) => {
                    self.variable(&parts.1, *position, &declared);
                }
                Some(
                    ASTNode::Expr(Expr::FnCall(call, position)) | ASTNode::Stmt(Stmt::FnCall(call, position)),
                ) => {
                    self.called(call, *position);
                }
                Some(ASTNode::Expr(Expr::MethodCall(call, position))) => self.method(call, *position),
                Some(ASTNode::Expr(expr @ Expr::Dot(..))) => self.fields(expr, call.as_deref()),
                _ => {}
            }
            true
        });
    }

    /// What the function calls the call: its only parameter, where it is one that is called from outside.
    fn call_name(&self) -> Option<String> {
        let entered = self.source.entries.contains(&self.function.name);
        match self.function.parameters.as_slice() {
            [only] if entered => Some(only.to_string()),
            _ => None,
        }
    }

    fn place(&self, position: Position) -> Place {
        if position.is_none() {
            return self.function.place;
        }
        let place = Place::from(position);
        Place { line: place.line + self.function.shift, ..place }
    }

    fn fault(&mut self, code: Code, position: Position, message: String, help: String) {
        let place = self.place(position);
        self.faults.add(code, place, message, help);
    }

    fn variable(&mut self, name: &str, position: Position, declared: &FxHashSet<Text>) {
        let known = declared.contains(name) || self.names.constants.contains(name) || name == "this";
        if !known {
            let choices: Vec<&str> = declared.iter().chain(&self.names.constants).map(Text::as_str).collect();
            let help = meant(name, choices);
            self.fault(Code::UnknownName, position, format!("`{name}` stands for nothing here"), help);
        }
    }

    fn called(&mut self, call: &FnCallExpr, position: Position) {
        let (name, count) = (call.name.as_str(), call.args.len());
        if call.op_token.is_some() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return;
        }
        if let Some(wanted) = self.names.functions.get(name).copied() {
            if wanted != count {
                let message = format!("`{name}` takes {wanted} values, and gets {count}");
                self.fault(Code::ArgumentCount, position, message, String::new());
            }
            return;
        }
        if LENT.iter().any(|(lent, ..)| *lent == name) {
            return self.lent(call, position);
        }
        if name == "table" {
            return self.table(call, position);
        }
        self.known(name, position);
    }

    fn method(&mut self, call: &FnCallExpr, position: Position) {
        if !self.names.functions.contains_key(call.name.as_str()) {
            self.known(call.name.as_str(), position);
        }
    }

    fn known(&mut self, name: &str, position: Position) {
        let known = KNOWN.contains(&name)
            || FUNCTIONS.iter().any(|own| own.name == name)
            // The parser makes functions of closures, and names of its own for what operators do.
            || name.starts_with("anon$")
            || name.contains('$')
            // Told as refused already.
            || matches!(name, "eval" | "print" | "debug" | "Fn" | "call" | "curry");
        if known {
            return;
        }
        let own = self.names.functions.keys().map(Text::as_str);
        let choices: Vec<&str> =
            own.chain(KNOWN.iter().copied()).chain(LENT.iter().map(|(name, ..)| *name)).collect();
        let help = claimflow_core::nearest(name, choices).map(|near| format!("did you mean `{near}`?"));
        self.fault(
            Code::UnknownField,
            position,
            format!("there is no function `{name}`"),
            help.unwrap_or_default(),
        );
    }

    fn lent(&mut self, call: &FnCallExpr, position: Position) {
        let (name, count) = (call.name.as_str(), call.args.len());
        let lent = self.source.host.iter().find(|own| own.name == name).cloned().unwrap_or_default();
        if !lent.granted {
            let help = format!("plugin.yaml must ask for it: {}", lent.grant);
            let help = if lent.grant.is_empty() { String::new() } else { help };
            return self.fault(Code::NotGranted, position, format!("`{name}` is not granted"), help);
        }
        let (least, most) = lent.arguments;
        if !(least..=most).contains(&count) {
            let wanted = if least == most { least.to_string() } else { format!("{least} to {most}") };
            let message = format!("`{name}` takes {wanted} values, and gets {count}");
            return self.fault(Code::ArgumentCount, position, message, String::new());
        }
        if let (Some(Expr::StringConstant(text, at)), false) = (call.args.first(), lent.first.is_empty())
            && !lent.first.iter().any(|own| own == text.as_str())
        {
            let choices: Vec<&str> = lent.first.iter().map(Text::as_str).collect();
            let help = format!("{}; plugin.yaml must ask for it: {}", meant(text, choices), lent.grant);
            self.fault(Code::NotGranted, *at, format!("`{text}` is not granted"), help);
        }
    }

    fn table(&mut self, call: &FnCallExpr, position: Position) {
        match call.args.first() {
            Some(Expr::StringConstant(text, at))
                if !self.names.tables.iter().any(|own| own == text.as_str()) =>
            {
                let help = meant(text, self.names.tables.iter().map(Text::as_str).collect::<Vec<_>>());
                let message = format!("the plugin has no table `{text}`");
                let help = if help.is_empty() {
                    "put it into the plugin's folder `tables/`".to_owned()
                } else {
                    help
                };
                self.fault(Code::UnknownTable, *at, message, help);
            }
            Some(Expr::StringConstant(..)) => {}
            _ => self.fault(
                Code::UnknownTable,
                position,
                "a table's name is written out".to_owned(),
                "write table(\"name\")".to_owned(),
            ),
        }
    }

    /// `call.inputs.member_id`: each name must be one that the call has.
    fn fields(&mut self, expr: &Expr, call: Option<&str>) {
        let (Some(call), Expr::Dot(sides, ..)) = (call, expr) else { return };
        let Expr::Variable(parts, ..) = &sides.lhs else { return };
        if parts.1 != call {
            return;
        }
        let (first, rest) = match &sides.rhs {
            Expr::Dot(inner, ..) => (&inner.lhs, Some(&inner.rhs)),
            other => (other, None),
        };
        let Expr::Property(name, position) = first else { return };
        let Some(shape) = self.source.call.iter().find(|(own, _)| own == name.2.as_str()) else {
            return self.no_field(call, &name.2, *position);
        };
        let second = match rest {
            Some(Expr::Dot(inner, ..)) => Some(&inner.lhs),
            other => other,
        };
        if let (Some(Expr::Property(inner, at)), false) = (second, shape.1.is_empty())
            && !shape.1.iter().any(|own| own == inner.2.as_str())
        {
            let help = meant(&inner.2, shape.1.iter().map(Text::as_str).collect::<Vec<_>>());
            let message = format!("there is no `{call}.{}.{}`", name.2, inner.2);
            self.fault(Code::UnknownField, *at, message, help);
        }
    }

    fn no_field(&mut self, call: &str, name: &str, position: Position) {
        let message = format!("there is no `{call}.{name}`");
        match self.source.call_refused.iter().find(|(own, _)| own == name) {
            Some((_, grant)) => {
                let help = format!("plugin.yaml must ask for it: {grant}");
                self.fault(Code::NotGranted, position, format!("`{call}.{name}` is not granted"), help);
            }
            None => {
                let names: Vec<&str> = self.source.call.iter().map(|(name, _)| name.as_str()).collect();
                self.fault(Code::UnknownField, position, message, meant(name, names));
            }
        }
    }
}

/// Every name that a function makes: parameters, variables, what loops walk by, and what closures take.
fn declared(ast: &AST) -> FxHashSet<Text> {
    let mut names: FxHashSet<Text> = FxHashSet::default();
    for function in ast.iter_functions() {
        names.extend(function.params.iter().map(|name| Text::from(*name)));
    }
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        match path.last() {
            Some(ASTNode::Stmt(Stmt::Var(parts, ..))) => {
                names.insert(parts.0.name.as_str().into());
            }
            Some(ASTNode::Stmt(Stmt::For(parts, ..))) => {
                names.insert(parts.0.name.as_str().into());
                names.extend(parts.1.iter().map(|counter| Text::from(counter.name.as_str())));
            }
            _ => {}
        }
        true
    });
    names
}
