//! Why claims in a state cannot land, and what mends it.

use crate::Text;

/// Why claims in a state cannot land.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingFault {
    /// The new version has no such state, and nobody says which to take.
    #[error("the new version has no state `{from}`, and {claims} {} in it", if *.claims == 1 { "claim is" } else { "claims are" })]
    NotMapped {
        /// State.
        from: Text,
        /// Claims in it.
        claims: u64,
        /// A state that is much like it, or empty.
        suggestion: Text,
    },
    /// A map names a state that the new version does not have.
    #[error("the new version has no state `{to}`, which `{from}` is mapped to")]
    NoTarget {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
        /// One with a name much like it, or empty.
        suggestion: Text,
    },
    /// A map names a state that the old version does not have.
    #[error("the old version has no state `{from}`, which is mapped to `{to}`")]
    NoSource {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
        /// One with a name much like it, or empty.
        suggestion: Text,
    },
    /// The target does its work at once.
    #[error("`{to}` does its work as soon as a claim comes there ({}), so claims in `{from}` would have it done again", worded(.action))]
    Redo {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
        /// The action, or empty for a choice.
        action: Text,
    },
    /// Claims wait there for a plugin or another workflow, and the target is not about the same.
    #[error("claims in `{from}` wait for `{what}` to be done, which `{to}` is not about")]
    UnderWay {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
        /// The action, or the workflow that is called.
        what: Text,
    },
    /// Open claims would end.
    #[error("`{to}` is an end, and claims in `{from}` are not at theirs: what they wait for would be lost")]
    Ends {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
    },
    /// Ended claims would be open.
    #[error("`{from}` is an end and `{to}` is none: claims that are done with would be open again")]
    Reopens {
        /// State.
        from: Text,
        /// Its target.
        to: Text,
    },
}

fn worded(action: &str) -> String {
    if action.is_empty() { "it chooses where to go on".to_owned() } else { format!("`{action}`") }
}

impl MappingFault {
    /// What mends it, in a sentence; empty when nothing does.
    pub fn help(&self) -> String {
        match self {
            Self::NotMapped { from, suggestion, .. } if suggestion.is_empty() => {
                format!("say where they go: `--map {from}=STATE`")
            }
            Self::NotMapped { from, suggestion, .. } => {
                format!("the state most like it is `{suggestion}`: `--map {from}={suggestion}`")
            }
            Self::NoTarget { suggestion, .. } | Self::NoSource { suggestion, .. }
                if !suggestion.is_empty() =>
            {
                format!("did you mean `{suggestion}`?")
            }
            Self::NoTarget { .. } | Self::NoSource { .. } => {
                "`claimflow workflow list` shows the states".to_owned()
            }
            Self::Redo { from, to, .. } => {
                format!("map `{from}` to a state that waits, or say `--redo {to}` when that is what you want")
            }
            Self::UnderWay { from, what, .. } => {
                format!("map `{from}` to a state for `{what}`, or wait until that is done for these claims")
            }
            Self::Ends { from, .. } => {
                format!(
                    "map `{from}` to a state that waits or that somebody works on; write off what is to end"
                )
            }
            Self::Reopens { from, .. } => format!("map `{from}` to an end"),
        }
    }
}
