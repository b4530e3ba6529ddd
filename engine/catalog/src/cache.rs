//! What earlier loads have read and compiled: a change of one file costs that file.

use std::sync::Arc;

use claimflow_rules::{CompileCache, Table};

use crate::table::TableCache;

/// Tables and compiled files, kept between loads and shared by those who clone it. Give the same one to every
/// [`load_with`](crate::load_with) of a practice; it keeps what the last load used. A load gives the same with any cache.
#[derive(Debug, Clone, Default)]
pub struct Cache {
    pub(crate) tables: TableCache,
    pub(crate) rules: CompileCache,
}

impl Cache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tables, by path.
    pub fn tables(&self) -> Vec<&Arc<Table>> {
        self.tables.tables()
    }

    /// How many tables were read and built since it was made, those taken from memory not counted.
    pub fn reads(&self) -> usize {
        self.tables.reads()
    }

    /// How many files of rules and decision tables were compiled since it was made, those taken from memory not counted.
    pub fn compiled(&self) -> usize {
        self.rules.compiled()
    }
}
