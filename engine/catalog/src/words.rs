//! The words that authors may use for kinds of problems and for those who do something about them.

use claimflow_core::{Category, Diagnostic, Owner};

use crate::sheet::{Row, Sheet};
use crate::yaml::{At, Reader, suggestion};

/// Every category and owner that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) categories: Vec<Category>,
    pub(crate) owners: Vec<Owner>,
    /// True when every word is taken: they were checked once.
    pub(crate) any: bool,
}

impl Words {
    /// Takes every word.
    pub(crate) fn any() -> Self {
        Self { any: true, ..Self::default() }
    }

    #[cfg(test)]
    pub(crate) fn known<const C: usize, const O: usize>(categories: [&str; C], owners: [&str; O]) -> Self {
        Self {
            categories: categories.into_iter().map(Into::into).collect(),
            owners: owners.into_iter().map(Into::into).collect(),
            any: false,
        }
    }

    fn category_help(&self, word: &str) -> String {
        let mut help = suggestion(word, self.categories.iter().map(AsRef::as_ref), "categories are");
        if help.is_empty() {
            "no pack has a `categories.csv`: install the base pack".clone_into(&mut help);
        }
        help
    }

    fn owner_help(&self, word: &str) -> String {
        let help = suggestion(word, self.owners.iter().map(AsRef::as_ref), "owners are");
        if help.starts_with("owners") {
            format!("{help}; add others to `owners` in the settings")
        } else {
            help
        }
    }

    /// Faults a category in YAML that is not known.
    pub(crate) fn check_category(&self, reader: &mut Reader<'_>, at: At, word: &str) {
        if !self.any && !self.categories.iter().any(|own| own == word) {
            reader.fault("W023", at, format!("there is no category `{word}`"), self.category_help(word));
        }
    }

    /// Faults an owner in YAML that is not known.
    pub(crate) fn check_owner(&self, reader: &mut Reader<'_>, at: At, word: &str) {
        if !self.any && !self.owners.iter().any(|own| own == word) {
            reader.fault("W024", at, format!("there is no owner `{word}`"), self.owner_help(word));
        }
    }

    /// The fault of an owner in a table that is not known.
    pub(crate) fn owner_fault(&self, sheet: &Sheet<'_>, row: &Row, column: usize) -> Option<Diagnostic> {
        let word = row.cell(column);
        (!self.owners.iter().any(|own| *own == *word)).then(|| {
            let message = if word.is_empty() {
                "this row names no owner".to_owned()
            } else {
                format!("there is no owner `{word}`")
            };
            sheet.fault("D003", row, column, message, self.owner_help(&word))
        })
    }
}
