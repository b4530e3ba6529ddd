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

    pub(super) fn table(&mut self, call: &FnCallExpr, method: &FnCallExpr, position: Position) -> Lowered {
        let name = call.args.first().map(|arg| self.lower(arg));
        let Some(Constant::Text(name)) = name.as_ref().and_then(Lowered::constant) else {
            self.fault(Code::UnknownTable, position, "a table is named by a text", "write table(\"name\")");
            return Lowered::failed();
        };
        let Some(table) = self.env.tables.get(name).cloned() else {
            let names: Vec<&str> = self.env.tables.keys().map(Text::as_str).collect();
            let help = meant(name, names);
            self.fault(Code::UnknownTable, position, format!("there is no table `{name}`"), help);
            return Lowered::failed();
        };
        let mut nodes = Vec::new();
        let mut last = None;
        for arg in &method.args {
            let lowered = self.lower(arg);
            self.require_known(&lowered, arg);
            if !Kind::Text.takes(lowered.ty.kind) {
                let message =
                    format!("table cells are text, `{}` is {}", print(arg), lowered.ty.kind.as_str());
                self.fault(Code::ArgumentType, arg.start_position(), message, "compare texts with texts");
            }
            last = lowered.constant().cloned();
            nodes.push(lowered.node);
        }
        match (method.name.as_str(), nodes.len()) {
            ("has", count) if count >= 1 && count <= table.columns.len() => {
                Lowered::new(Node::TableHas(table, nodes.into()), Ty::bool())
            }
            ("has", count) => {
                let message =
                    format!("table `{name}` has {} columns to look in, not {count}", table.columns.len());
                self.fault(
                    Code::ArgumentCount,
                    position,
                    message,
                    "give the leading columns, in their order",
                );
                Lowered::failed()
            }
            ("get", 2) => self.table_get(&table, nodes, last, position),
            ("get", count) => {
                let message = format!("`get` takes a key and a column, not {}", arguments(count));
                self.fault(
                    Code::ArgumentCount,
                    position,
                    message,
                    "write table(\"name\").get(key, \"column\")",
                );
                Lowered::failed()
            }
            (other, _) => {
                let names: Vec<&str> = functions_of(Receiver::Table).map(|function| function.name).collect();
                self.no_field("a table", other, position, &names)
            }
        }
    }

    fn table_get(
        &mut self,
        table: &Arc<Table>,
        nodes: Vec<Node>,
        column: Option<Constant>,
        position: Position,
    ) -> Lowered {
        let Some(Constant::Text(column)) = column else {
            self.fault(
                Code::UnknownTable,
                position,
                "a column is named by a text",
                "write the column in quotes",
            );
            return Lowered::failed();
        };
        let Some(place) = table.column(&column) else {
            let names: Vec<&str> = table.columns.iter().map(Text::as_str).collect();
            let help = meant(&column, names);
            self.fault(
                Code::UnknownTable,
                position,
                format!("table `{}` has no column `{column}`", table.name),
                help,
            );
            return Lowered::failed();
        };
        let Some(key) = nodes.into_iter().next() else { return Lowered::failed() };
        Lowered::new(
            Node::TableGet(table.clone(), place, Box::new(key)),
            Ty { nullable: true, ..Ty::of(Kind::Text) },
        )
    }
}
