//! What happened to claims, as tables for analysts: NDJSON and Parquet.
//!
//! Four tables, described once in [`Table::columns`]: claims, lines, denials and events. [`export`] reads claims one at a
//! time through the trait [`Source`], which the runtime's [`Standing`](claimflow_runtime::Standing) implements, on as many
//! threads as there are cores; no more than a few hundred claims are in memory, and for Parquet one row group a table.
//!
//! Who patients are is left out unless it was asked for: a keyed stand-in takes the member's place, and what people gave as
//! reasons is freed of the names of the claim's own people. Nothing here knows the disk, sled or the command line.

mod cell;
mod columns;
mod denials;
mod error;
mod export;
mod ndjson;
mod output;
mod parquet;
mod people;
mod rows;
mod schema;
#[cfg(test)]
mod tests;

pub use error::ExportError;
pub use export::{Exported, Source, export};
pub use output::{Format, Written};
pub use parquet::schema as parquet_schema;
pub use people::StandIns;
pub use rows::Selection;
pub use schema::{Column, Kind, NoTable, Table};
