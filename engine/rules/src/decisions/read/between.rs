//! What rows mean for each other: names given twice, rows that overlap, and rows that never decide.

use claimflow_core::Text;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Builder, Read};
use crate::check::Name;
use crate::decisions::head::Head;
use crate::decisions::overlap::{Compared, conflicts};
use crate::decisions::{Column, ColumnIndex, Hit};
use crate::diagnostics::{Code, Place};

impl Builder<'_> {
    pub(super) fn names_twice(&mut self, rows: &[Read]) {
        let mut seen: FxHashMap<Text, u32> = FxHashMap::default();
        for row in rows {
            let number = self.source.rows.get(row.at).map_or(0, |own| own.number);
            if let Some(earlier) = seen.insert(row.rule.info.id.clone(), number) {
                let message = format!("row {earlier} has the name `{}` already", row.rule.info.id);
                self.fault(Code::DecisionRow, row.at, 0, message, "give each row its own name");
            }
        }
    }

    pub(super) fn conflicts(&mut self, hit: Hit, rows: &[Read], columns: &[Column]) {
        if self.errors > 0 {
            return;
        }
        let compared: Vec<Compared<'_>> = rows
            .iter()
            .map(|row| Compared {
                cells: row.cells.iter().collect(),
                effective: row.rule.info.effective,
                expires: row.rule.info.expires,
            })
            .collect();
        let indexes: Vec<&ColumnIndex> = columns.iter().map(|column| &column.index).collect();
        for (later, earlier) in conflicts(hit, &compared, &indexes) {
            let (Some(later), Some(earlier)) = (rows.get(later), rows.get(earlier)) else { continue };
            let number = self.source.rows.get(earlier.at).map_or(0, |row| row.number);
            let id = &earlier.rule.info.id;
            if hit == Hit::Unique {
                let message = format!("a claim can fit this row and row {number} (`{id}`)");
                let help = "make their cells exclude each other, or write `hit,first` above the columns";
                self.fault(Code::RowsOverlap, later.at, 0, message, help);
            } else {
                let message =
                    format!("this row never decides: row {number} (`{id}`) takes all it would take");
                self.fault(Code::RowNeverDecides, later.at, 0, message, "move it up, or remove it");
            }
        }
    }

    /// The ids that this sheet gives: the table's, and one a row.
    pub(super) fn names(&self, head: &Head, rows: &[Read]) -> Vec<Name> {
        if head.id.is_empty() {
            return Vec::new();
        }
        let name = |id: &Text, line: u32| Name {
            id: id.clone(),
            path: self.source.path.clone(),
            place: Place { line, column: 1 },
            layer: self.pack.layer,
        };
        let mut seen = FxHashSet::default();
        let own = rows.iter().filter(|row| seen.insert(&row.rule.info.id));
        let own: Vec<Name> = own.map(|row| name(&row.rule.info.id, row.rule.info.line)).collect();
        std::iter::once(name(&head.id, head.line)).chain(own).collect()
    }
}
