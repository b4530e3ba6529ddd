//! Lookups: `table("name").has(a, ...)` and `table("name").get(key, "column")`.

use std::sync::Arc;

use claimflow_core::Text;
use rhai::{FnCallExpr, Position};

use super::chain::arguments;
use super::print::print;
use super::types::{Kind, Ty};
use super::{Lowered, Lowerer};
use crate::catalogue::{Receiver, functions_of};
use crate::diagnostics::{Code, meant};
use crate::ir::Node;
use crate::table::Table;
use crate::value::Constant;

impl Lowerer<'_, '_, '_> {
    pub(super) fn table_alone(&mut self, position: Position) {
        self.fault(
            Code::UnknownTable,
            position,
            "a table is not a value",
            "look something up: table(\"name\").has(line.procedure) or table(\"name\").get(line.procedure, \"column\")",
        );
    }

    /// `table("name").known`: whether somebody has installed it.
    pub(super) fn table_field(&mut self, call: &FnCallExpr, field: &str, position: Position) -> Lowered {
        let Some(table) = self.table_named(call, position) else { return Lowered::failed() };
        if field != "known" {
            return self.no_table_function(field, position);
        }
        Lowered::new(Node::TableKnown(table), Ty::bool())
    }

    fn table_named(&mut self, call: &FnCallExpr, position: Position) -> Option<Arc<Table>> {
        let name = call.args.first().map(|arg| self.lower(arg));
        let Some(Constant::Text(name)) = name.as_ref().and_then(Lowered::constant) else {
            self.fault(Code::UnknownTable, position, "a table is named by a text", "write table(\"name\")");
            return None;
        };
        let table = self.env.tables.get(name).cloned();
        if table.is_none() {
            let names: Vec<&str> = self.env.tables.keys().map(Text::as_str).collect();
            let help = meant(name, names);
            self.fault(Code::UnknownTable, position, format!("there is no table `{name}`"), help);
        }
        table
    }

    pub(super) fn table(&mut self, call: &FnCallExpr, method: &FnCallExpr, position: Position) -> Lowered {
        let Some(table) = self.table_named(call, position) else { return Lowered::failed() };
        let mut nodes = Vec::new();
        let mut last = None;
        for arg in &method.args {
            let lowered = self.lower(arg);
            self.require_known(&lowered, arg);
            // `has` looks for any text of a list.
            let list = lowered.ty.kind == Kind::Texts && method.name == "has";
            if !list && !Kind::Text.takes(lowered.ty.kind) {
                let message =
                    format!("table cells are text, `{}` is {}", print(arg), lowered.ty.kind.as_str());
                self.fault(Code::ArgumentType, arg.start_position(), message, "compare texts with texts");
            }
            last = lowered.constant().cloned();
            nodes.push(lowered.node);
        }
        match method.name.as_str() {
            "has" => self.table_has(&table, nodes, position),
            "get" => self.table_get(&table, nodes, last, position),
            other => self.no_table_function(other, position),
        }
    }

    fn no_table_function(&mut self, name: &str, position: Position) -> Lowered {
        let names: Vec<&str> = functions_of(Receiver::Table).map(|function| function.name).collect();
        self.no_field("a table", name, position, &names)
    }

    fn table_has(&mut self, table: &Arc<Table>, keys: Vec<Node>, position: Position) -> Lowered {
        let (count, most) = (keys.len(), table.columns().len());
        if count == 0 || (most > 0 && count > most) {
            let message = format!("table `{}` has {most} columns to look in, not {count}", table.name());
            let help = "give the leading columns, in their order";
            self.fault(Code::ArgumentCount, position, message, help);
            return Lowered::failed();
        }
        table.prepare(count);
        // What is not installed is unknown, unless the rule has asked.
        let nullable = !table.is_known() && !self.known.contains(&Node::TableKnown(table.clone()).describe());
        Lowered::new(Node::TableHas(table.clone(), keys.into()), Ty { nullable, ..Ty::bool() })
    }

    fn table_get(
        &mut self,
        table: &Arc<Table>,
        mut keys: Vec<Node>,
        column: Option<Constant>,
        position: Position,
    ) -> Lowered {
        let most = table.columns().len();
        if keys.len() < 2 || (most > 0 && keys.len() > most + 1) {
            let message = format!("`get` takes a key and a column, not {}", arguments(keys.len()));
            let help =
                "write table(\"name\").get(key, \"column\"), with as many keys as leading columns are meant";
            self.fault(Code::ArgumentCount, position, message, help);
            return Lowered::failed();
        }
        let Some(Constant::Text(column)) = column else {
            let message = "a column is named by a text";
            self.fault(Code::UnknownTable, position, message, "write the column in quotes");
            return Lowered::failed();
        };
        let place = table.column(&column);
        if place.is_none() && most > 0 {
            let names: Vec<&str> = table.columns().iter().map(Text::as_str).collect();
            let help = meant(&column, names);
            let message = format!("table `{}` has no column `{column}`", table.name());
            self.fault(Code::UnknownTable, position, message, help);
            return Lowered::failed();
        }
        keys.pop();
        self.warn_of_ambiguity(table, keys.len(), place.unwrap_or(0), &column, position);
        let ty = Ty { nullable: true, ..Ty::of(Kind::Text) };
        Lowered::new(Node::TableGet(table.clone(), place.unwrap_or(0), keys.into()), ty)
    }

    /// Warns when a key has two answers on one day.
    fn warn_of_ambiguity(
        &mut self,
        table: &Table,
        width: usize,
        place: usize,
        column: &str,
        position: Position,
    ) {
        table.prepare(width);
        if let Some((first, second)) = table.ambiguous(width, place) {
            let message = format!(
                "table `{}` has two rows for one key on one day, with different `{column}`: lines {first} and {second}",
                table.name()
            );
            let help = "`get` takes the first; mend the table, or give more of its leading columns as keys";
            self.fault(Code::TableAmbiguous, position, message, help);
        }
    }
}
