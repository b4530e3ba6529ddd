//! Tables that were read before: a practice whose rules change reads its hundred-megabyte table once.

use std::sync::Arc;

use claimflow_core::{Diagnostic, Hash};
use claimflow_rules::Table;
use rustc_hash::FxHashMap;

use crate::SourceFile;
use crate::source::hash_text;

/// Tables by path and content, kept between loads.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableCache {
    entries: FxHashMap<String, Entry>,
    reads: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    /// What tells whether the file is still the same: the hash of its text, or its handle's stamp.
    stamp: Option<String>,
    table: Arc<Table>,
    hash: Hash,
    used: bool,
}

impl TableCache {
    /// The tables, by path.
    pub(crate) fn tables(&self) -> Vec<&Arc<Table>> {
        let mut tables: Vec<&Arc<Table>> = self.entries.values().map(|entry| &entry.table).collect();
        tables.sort_by(|a, b| a.path().cmp(b.path()));
        tables
    }

    /// How many tables were read and built since it was made, those taken from memory not counted.
    pub(crate) fn reads(&self) -> usize {
        self.reads
    }

    /// The table of a file with the hash of its content: from memory when the file is the same as before.
    pub(crate) fn table(
        &mut self,
        name: &str,
        file: &SourceFile,
        faults: &mut Vec<Diagnostic>,
    ) -> (Option<Arc<Table>>, Hash) {
        let stamp = if file.is_bulk() {
            file.stamp().map(|stamp| format!("stamp {stamp}"))
        } else {
            Some(format!("hash {}", hash_text(&file.text)))
        };
        if let Some(entry) = self.entries.get_mut(&file.path)
            && stamp.is_some()
            && stamp == entry.stamp
        {
            entry.used = true;
            return (Some(entry.table.clone()), entry.hash.clone());
        }
        self.reads += 1;
        let reading = super::read(name, file);
        faults.extend(reading.faults);
        let table = reading.table.map(Arc::new);
        if let Some(table) = &table {
            let (table, hash) = (table.clone(), reading.hash.clone());
            self.entries.insert(file.path.clone(), Entry { stamp, table, hash, used: true });
        }
        (table, reading.hash)
    }

    /// Forgets what was not used since the last time.
    pub(crate) fn sweep(&mut self) {
        self.entries.retain(|_, entry| std::mem::take(&mut entry.used));
    }
}
