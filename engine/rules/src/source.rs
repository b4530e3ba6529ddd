//! What authors write, as text: packs with their scripts and tables, and the words that rules may use.

use std::sync::Arc;

use claimflow_core::{Category, Owner, Text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::switch::Mode;
use crate::table::Table;

/// Where a pack stands: a later layer may disable or override the rules of earlier ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// What every practice starts from.
    #[default]
    Base,
    /// One payer's rules.
    Payer,
    /// A vendor's pack.
    Vendor,
    /// The practice's own.
    Practice,
}

impl Layer {
    /// The word that people read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Payer => "payer",
            Self::Vendor => "vendor",
            Self::Practice => "practice",
        }
    }
}

/// A file of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Path relative to the practice folder, as diagnostics and findings show it.
    pub path: String,
    /// The file's text, shared.
    pub text: Arc<str>,
}

/// A decision table: a sheet of cells, as it stands in `decisions/NAME.csv` or `.xlsx`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionSource {
    /// Name of the file without its ending.
    pub name: Text,
    /// Path relative to the practice folder.
    pub path: String,
    /// Rows in order; empty ones may be left out.
    pub rows: Vec<SheetRow>,
}

/// A row of a sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetRow {
    /// Number in the sheet, from 1, as spreadsheets count it.
    pub number: u32,
    /// Line in the file's text, from 1.
    pub line: u32,
    /// Cells in order.
    pub cells: Vec<SheetCell>,
}

/// A cell of a sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetCell {
    /// Its text.
    pub text: Text,
    /// Column of its first character in its line, in characters, from 1.
    pub column: u32,
}

impl SheetRow {
    /// The text of a cell, counted from 0; empty when the row ends before it.
    pub fn text(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.text.as_str())
    }

    /// True when nothing is written in the row.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.text.trim().is_empty())
    }

    /// The name of a cell as spreadsheets show it, as `C12`; columns count from 0.
    pub fn cell_name(&self, column: usize) -> String {
        let mut letters = Vec::new();
        let mut left = column + 1;
        while left > 0 {
            left -= 1;
            letters.push(char::from(b'A' + u8::try_from(left % 26).unwrap_or_default()));
            left /= 26;
        }
        letters.reverse();
        format!("{}{}", String::from_iter(letters), self.number.max(1))
    }
}

/// A pack: rules and tables that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackSource {
    /// Name, as `behavioral-health`.
    pub name: Text,
    /// Version, as `1.2.0`.
    pub version: Text,
    /// Layer.
    pub layer: Layer,
    /// Payer ids its rules are for; none: every payer.
    pub payers: Vec<Text>,
    /// Files of rules.
    pub scripts: Vec<Script>,
    /// Tables, shared with whoever read them.
    pub tables: Vec<Arc<Table>>,
    /// Tables that its rules may ask for though nobody has installed them, as [`Table::absent`] makes them: those of
    /// that name in any pack stand in for them.
    pub optional_tables: Vec<Arc<Table>>,
    /// Decision tables.
    pub decisions: Vec<DecisionSource>,
    /// First service date its rules apply to.
    pub effective: Option<Date>,
    /// Last service date its rules apply to.
    pub expires: Option<Date>,
    /// Whether its rules act, where they do not say so themselves.
    pub mode: Mode,
}

/// The words that rules may use besides the catalogue's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Owners. None: owners are not checked.
    pub owners: Vec<Owner>,
    /// Categories. None: categories are not checked.
    pub categories: Vec<Category>,
}
