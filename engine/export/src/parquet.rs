//! Parquet files: row groups of bounded size, compressed by zstd.

use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::ByteArray;
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;

use crate::columns::{Columns, Filled, Values};
use crate::schema::{Column, Kind};

/// A row group is closed when it has so many rows.
const ROWS: u64 = 131_072;

/// Or about so many bytes, whichever comes first.
const BYTES: usize = 32 << 20;

/// The schema of a table in Parquet's own notation.
pub fn schema(name: &str, columns: &[Column]) -> String {
    let columns: String = columns.iter().map(field).collect();
    format!("message {name} {{\n{columns}}}\n")
}

fn field(column: &Column) -> String {
    let name = column.name;
    let one = |kind: Kind| match kind {
        Kind::Text | Kind::Texts => ("BINARY", " (STRING)".to_owned()),
        Kind::Whole | Kind::Wholes => ("INT64", String::new()),
        Kind::Decimal(places) => ("INT64", format!(" (DECIMAL(18,{places}))")),
        Kind::Date => ("INT32", " (DATE)".to_owned()),
        Kind::Moment => ("INT64", " (TIMESTAMP(MICROS,true))".to_owned()),
    };
    let (physical, logical) = one(column.kind);
    let is = if column.optional { "OPTIONAL" } else { "REQUIRED" };
    match column.kind {
        Kind::Texts | Kind::Wholes => format!(
            "  REQUIRED GROUP {name} (LIST) {{\n    REPEATED GROUP list {{\n      REQUIRED {physical} element{logical};\n    }}\n  }}\n"
        ),
        _ => format!("  {is} {physical} {name}{logical};\n"),
    }
}

/// Writes one table.
pub(crate) struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Column>,
    /// Rows of the row group that is filling.
    pending: Columns,
}

impl<W: Write + Send> Writer<W> {
    pub(crate) fn new(to: W, name: &str, columns: Vec<Column>) -> Result<Self> {
        let schema = parse_message_type(&schema(name, &columns))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_max_row_group_row_count(None)
            .set_created_by(concat!("claimflow ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let file = SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties))?;
        let pending = Columns::new(&columns);
        Ok(Self { file, columns, pending })
    }

    pub(crate) fn take(&mut self, rows: Columns) -> Result<()> {
        self.pending.append(rows);
        if self.pending.rows >= ROWS || self.pending.bytes >= BYTES { self.group() } else { Ok(()) }
    }

    /// Closes a row group.
    fn group(&mut self) -> Result<()> {
        let rows = std::mem::replace(&mut self.pending, Columns::new(&self.columns));
        if rows.rows == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for filled in rows.all {
            let mut column = group.next_column()?.ok_or_else(unlike)?;
            write(column.untyped(), filled)?;
            column.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// Writes what is left, and the end of the file.
    pub(crate) fn finish(mut self) -> Result<W> {
        self.group()?;
        self.file.into_inner()
    }
}

fn write(to: &mut ColumnWriter<'_>, mut filled: Filled) -> Result<()> {
    let values = filled.take_values();
    let (defined, repeated) = filled.levels();
    match (to, values) {
        (ColumnWriter::ByteArrayColumnWriter(to), Values::Texts { bytes, ends }) => {
            to.write_batch(&texts(bytes, &ends), defined, repeated)?
        }
        (ColumnWriter::Int64ColumnWriter(to), Values::Wide(all)) => {
            to.write_batch(&all, defined, repeated)?
        }
        (ColumnWriter::Int32ColumnWriter(to), Values::Days(all)) => {
            to.write_batch(&all, defined, repeated)?
        }
        _ => return Err(unlike()),
    };
    Ok(())
}

/// Each text as a part of the one buffer that they share.
fn texts(bytes: Vec<u8>, ends: &[usize]) -> Vec<ByteArray> {
    let whole = ByteArray::from(bytes);
    let mut start = 0;
    let one = |end: &usize| {
        let text = whole.slice(start, end - start);
        start = *end;
        text
    };
    ends.iter().map(one).collect()
}

fn unlike() -> ParquetError {
    ParquetError::General("the columns are not those of the schema".to_owned())
}
