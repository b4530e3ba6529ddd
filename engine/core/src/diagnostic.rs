//! A fault in something a person wrote, with its place and its mend. Every checker speaks in these.

use serde::{Deserialize, Serialize};

use crate::Text;

/// How much a fault matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Advice,
    /// Probably wrong; goes live.
    Warning,
    /// Wrong; does not go live.
    Error,
}

/// One fault. `message` is lower case with the author's text in backticks; `help` says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Stable code, as `R012` (rules), `W003` (workflows), `P001` (packs), `T001` (tables).
    pub code: Text,
    /// Path of the file, relative to the practice folder.
    pub path: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// How many characters the marked text has; 0 when unknown.
    pub length: u32,
    /// What is wrong.
    pub message: String,
    /// What to do, or empty.
    pub help: String,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &str, path: &str, line: u32, column: u32, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code: Text::from(code),
            path: path.to_owned(),
            line,
            column,
            length: 0,
            message: message.into(),
            help: String::new(),
        }
    }

    /// A warning at a place.
    pub fn warning(code: &str, path: &str, line: u32, column: u32, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, path, line, column, message) }
    }

    /// The same with a help line.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The same with the length of the marked text, in characters.
    #[must_use]
    pub fn length(mut self, length: usize) -> Self {
        self.length = u32::try_from(length).unwrap_or(u32::MAX);
        self
    }

    /// True for an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The nearest of `candidates` to what was written, when it is near enough to be what was meant.
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match written.chars().count() {
        0..=2 => 1,
        3..=7 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(written, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_offers_only_what_is_near() {
        let names = ["eligibility", "authorization", "scrub"];
        assert_eq!(nearest("authorisation", names), Some("authorization"));
        assert_eq!(nearest("scub", names), Some("scrub"));
        assert_eq!(nearest("adjudicate", names), None);
    }
}
