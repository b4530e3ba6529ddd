//! What a transaction is: its code with the guide that it follows.

use std::fmt;

use claimflow_core::Text;
use serde::{Serialize, Serializer};

/// The kind of a transaction. Displayed as people name it: `837P`, `835`, `999`, `TA1`, `277CA`, `270`...
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Professional claims, 005010X222A1 and its neighbours.
    Claims837P,
    /// Remittance advice, 005010X221A1.
    Remittance835,
    /// Answer to the syntax of a group, 005010X231A1.
    Functional999,
    /// Answer to an interchange: a TA1 segment.
    Interchange,
    /// Answer to each claim, 005010X214.
    ClaimStatus277CA,
    /// Named and counted, not read in depth.
    Other {
        /// As people name it, as `270`, `278` or `837I`.
        code: Text,
        /// Implementation guide (ST03, else GS08), or empty.
        version: Text,
    },
}

impl Kind {
    /// From the transaction's code (ST01) and its guide (ST03 or GS08).
    pub(crate) fn detect(code: &str, version: &str) -> Self {
        let other = |code: &str| Self::Other { code: Text::from(code), version: Text::from(version) };
        let follows = |guides: [&str; 2]| guides.iter().any(|guide| version.contains(guide));
        match code {
            "837" if follows(["X222", "X098"]) => Self::Claims837P,
            "837" if follows(["X223", "X096"]) => other("837I"),
            "837" if follows(["X224", "X097"]) => other("837D"),
            "835" => Self::Remittance835,
            "999" => Self::Functional999,
            "277" if version.contains("X214") => Self::ClaimStatus277CA,
            code => other(code),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Claims837P => "837P",
            Self::Remittance835 => "835",
            Self::Functional999 => "999",
            Self::Interchange => "TA1",
            Self::ClaimStatus277CA => "277CA",
            Self::Other { code, .. } => code,
        })
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_as_people_do() {
        for (code, version, name) in [
            ("837", "005010X222A1", "837P"),
            ("837", "005010X222A2", "837P"),
            ("837", "004010X098A1", "837P"),
            ("837", "005010X223A2", "837I"),
            ("837", "005010X224A2", "837D"),
            ("837", "", "837"),
            ("835", "", "835"),
            ("999", "005010X231A1", "999"),
            ("277", "005010X214", "277CA"),
            ("277", "005010X212", "277"),
            ("270", "005010X279A1", "270"),
        ] {
            assert_eq!(Kind::detect(code, version).to_string(), name);
        }
    }
}
