//! What a practice decides about rules that it did not write: whether they act, and how firmly.

use claimflow_core::{Level, Text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Whether a rule acts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It acts.
    #[default]
    Live,
    /// It is evaluated and recorded, and never acts.
    Shadow,
    /// It is not evaluated.
    Off,
}

impl Mode {
    /// All, in the order in which a rule goes through them.
    pub const ALL: [Self; 3] = [Self::Shadow, Self::Live, Self::Off];

    /// The word that authors write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Shadow => "shadow",
            Self::Off => "off",
        }
    }

    /// From the word that authors write.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == word)
    }
}

/// How firmly a rule stands, whatever its author wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// It warns.
    Advisory,
    /// It holds, and a person can release the claim with a reason.
    Overridable,
    /// It holds, and only a correction lets the claim go on.
    Hard,
}

impl Enforcement {
    /// All, from the loosest on.
    pub const ALL: [Self; 3] = [Self::Advisory, Self::Overridable, Self::Hard];

    /// The word that authors write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Advisory => "advisory",
            Self::Overridable => "overridable",
            Self::Hard => "hard",
        }
    }

    /// From the word that authors write.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == word)
    }

    /// The level at which a rule stands that its author gave `asked`. Only what warns, holds or denies is enforced.
    pub(crate) const fn level(self, asked: Level) -> Level {
        match (asked, self) {
            (Level::Warn | Level::Hold | Level::Deny, Self::Advisory) => Level::Warn,
            (Level::Warn | Level::Hold | Level::Deny, Self::Overridable) => Level::Hold,
            (Level::Warn | Level::Hold | Level::Deny, Self::Hard) => Level::Deny,
            (other, _) => other,
        }
    }
}

/// How firmly a practice wants a rule to stand, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Enforced {
    /// How firmly.
    pub enforcement: Enforcement,
    /// The reason given.
    pub because: Text,
    /// Where it is written, as `rules.yaml:4`.
    pub place: Text,
    /// Last day of it: after that, what the author wrote stands again. The day is that of the decision, not of service.
    pub until: Option<Date>,
}

impl Enforced {
    /// What a finding says of it: `advisory instead of hold (rules.yaml:4: the payer is late with its update)`.
    pub(crate) fn told(&self, asked: Level) -> Text {
        let Self { enforcement, because, place, .. } = self;
        Text::from(format!("{} instead of {} ({place}: {because})", enforcement.as_str(), asked.as_str()))
    }
}

/// One entry of a practice about a rule or a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Switch {
    /// Rule id, or name of a pack.
    pub name: Text,
    /// Whether it acts; none: as its author wrote.
    pub mode: Option<Mode>,
    /// How firmly it stands; none: as its author wrote.
    pub enforcement: Option<Enforcement>,
    /// The reason given.
    pub because: Text,
    /// Last day, of a rule that is off or enforced otherwise. The day is that of the decision, not of service.
    pub until: Option<Date>,
    /// Line in the file, from 1.
    pub line: u32,
    /// Column in the line, from 1.
    pub column: u32,
}

/// What a practice decides about rules and packs, in a file of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Switches {
    /// The file, relative to the practice folder.
    pub path: String,
    /// About rules.
    pub rules: Vec<Switch>,
    /// About packs: for each of their rules that has no mode of its own in the file.
    pub packs: Vec<Switch>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_warns_holds_or_denies_is_enforced() {
        assert_eq!(Enforcement::Advisory.level(Level::Deny), Level::Warn);
        assert_eq!(Enforcement::Overridable.level(Level::Deny), Level::Hold);
        assert_eq!(Enforcement::Hard.level(Level::Warn), Level::Deny);
        assert_eq!(Enforcement::Hard.level(Level::Note), Level::Note);
        for own in Enforcement::ALL {
            assert_eq!(Enforcement::parse(own.as_str()), Some(own));
        }
    }
}
