//! Why an export cannot be made.

use std::io;

use ::parquet::errors::ParquetError;

use crate::schema::Table;

/// Why an export cannot be made. `Display` is the message a person reads.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The journal cannot be read.
    #[error(transparent)]
    Read(#[from] claimflow_runtime::Error),
    /// A table cannot be written.
    #[error("cannot write the table {table}: {source}")]
    Write {
        /// Which.
        table: Table,
        /// The system's reason.
        source: io::Error,
    },
    /// A thread ended by itself.
    #[error("a worker stopped unexpectedly; nothing was changed: run the same command again")]
    Stopped,
}

impl ExportError {
    pub(crate) fn write(table: Table, source: io::Error) -> Self {
        Self::Write { table, source }
    }

    /// What the library of a format says, as the system's own reason where it only hands that on.
    pub(crate) fn parquet(table: Table, error: ParquetError) -> Self {
        let source = match error {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(own) => *own,
                Err(other) => io::Error::other(other),
            },
            other => io::Error::other(other),
        };
        Self::Write { table, source }
    }
}
