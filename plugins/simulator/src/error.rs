//! What can go wrong.

use claimflow_x12::WriteError;

/// Why a sample practice could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// A claim could not be written.
    #[error("the sample's claims can't be written: {0}")]
    Write(#[from] WriteError),
}

/// Why a table of the payer could not be read. Every fault of a table, one a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct TableError {
    /// The faults, in order of lines.
    pub faults: Vec<TableFault>,
}

/// One fault of a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table} line {line}: {message}")]
pub struct TableFault {
    /// Name of the table, as `decisions.csv`.
    pub table: &'static str,
    /// Line, from 1; 0 where the reader could not tell.
    pub line: u64,
    /// What is wrong and how to mend it.
    pub message: String,
}
