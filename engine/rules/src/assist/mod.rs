//! What editors ask while somebody writes rules: completions, explanations, where things stand. Pure: a file's text and a
//! place in bytes go in, words come out, and a text that cannot be read yet is no fault.

mod complete;
mod cursor;
mod describe;
mod hover;
mod outline;
mod values;

use claimflow_core::Text;

pub use self::complete::{Completion, CompletionKind, complete};
pub(crate) use self::describe::{signature, subjects_of};
pub use self::hover::{Hover, hover};
pub use self::outline::{Definition, Outlined, OutlinedKind, definition, outline, rule_at};
use crate::ruleset::RuleSet;
use crate::source::Vocabulary;

/// A word that rules may use, and what it means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub name: Text,
    /// What it means, or empty.
    pub meaning: Text,
}

/// A table that rules may look into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownTable {
    /// Its name.
    pub name: Text,
    /// Names of its columns, in their order.
    pub columns: Vec<Text>,
}

/// The words of a practice that a file's rules may use besides the catalogue's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Categories.
    pub categories: Vec<Word>,
    /// Owners.
    pub owners: Vec<Word>,
    /// Payers: ids with their names.
    pub payers: Vec<Word>,
    /// Rules: ids with their titles.
    pub rules: Vec<Word>,
    /// Tables.
    pub tables: Vec<KnownTable>,
}

impl Surroundings {
    /// Categories and owners of the vocabulary, and the rules of the set; payers and tables are the caller's to add.
    pub fn new(vocabulary: &Vocabulary, rules: &RuleSet) -> Self {
        let plain = |name: &Text| Word { name: name.clone(), meaning: Text::default() };
        Self {
            categories: vocabulary.categories.iter().map(plain).collect(),
            owners: vocabulary.owners.iter().map(plain).collect(),
            rules: rules
                .rules()
                .iter()
                .map(|rule| Word { name: rule.id.clone(), meaning: rule.title.clone() })
                .collect(),
            ..Self::default()
        }
    }
}
