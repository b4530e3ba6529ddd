//! The four payers of the sample practice.

use claimflow_core::{Payer, PayerId, Text};

use crate::random::Random;

/// A payer, with what a practice needs to know of it to bill it cleanly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Payer id, NM109 of loop 2010BB.
    pub id: &'static str,
    /// Name.
    pub name: &'static str,
    /// Claim filing indicator, SBR09.
    pub filing_indicator: &'static str,
    /// True when outpatient therapy needs an authorization.
    pub(crate) authorizes_therapy: bool,
    /// Licence modifiers it wants on each line, as (licence, modifier).
    pub(crate) license_modifiers: &'static [(&'static str, &'static str)],
    /// Modifier of a video visit, or empty when it wants none.
    pub(crate) video_modifier: &'static str,
    /// The member's part of a visit, in cents.
    pub(crate) copay: i64,
    /// How many of a hundred patients it insures.
    pub(crate) share: u64,
    /// Licences that it enrolls.
    pub(crate) enrolls: &'static [&'static str],
}

/// Optum wants the licence on each line, and `U5` where it is supervised.
const OPTUM_LICENSES: &[(&str, &str)] = &[
    ("PHD", "HP"),
    ("PSYD", "HP"),
    ("LCSW", "HO"),
    ("LPC", "HO"),
    ("LMFT", "HO"),
    ("LMSW", "HO"),
    ("LMSW", "U5"),
];

const EVERY_LICENSE: &[&str] = &["MD", "PMHNP", "PHD", "PSYD", "LCSW", "LPC", "LMFT", "LMSW"];

/// The payers of the sample practice. The ids of the first three are those of the payer packs.
pub const PLANS: [Plan; 4] = [
    Plan {
        id: "60054",
        name: "AETNA",
        filing_indicator: "CI",
        authorizes_therapy: false,
        license_modifiers: &[],
        video_modifier: "95",
        copay: 2500,
        share: 34,
        enrolls: EVERY_LICENSE,
    },
    Plan {
        id: "87726",
        name: "UNITEDHEALTHCARE OPTUM",
        filing_indicator: "CI",
        authorizes_therapy: false,
        license_modifiers: OPTUM_LICENSES,
        video_modifier: "",
        copay: 2000,
        share: 30,
        enrolls: EVERY_LICENSE,
    },
    Plan {
        id: "06102",
        name: "MEDICARE PART B",
        filing_indicator: "MB",
        authorizes_therapy: false,
        license_modifiers: &[],
        video_modifier: "",
        copay: 0,
        share: 14,
        enrolls: &["MD", "PMHNP", "PHD", "PSYD", "LCSW", "LPC", "LMFT"],
    },
    Plan {
        id: "SAMPL1",
        name: "SAMPLE COMMUNITY PLAN",
        filing_indicator: "HM",
        authorizes_therapy: true,
        license_modifiers: &[],
        video_modifier: "95",
        copay: 0,
        share: 22,
        enrolls: EVERY_LICENSE,
    },
];

impl Plan {
    /// The plan with this payer id.
    pub fn find(id: &PayerId) -> Option<&'static Self> {
        PLANS.iter().find(|plan| plan.id == id.as_str())
    }

    /// As a claim names it.
    pub fn payer(&self) -> Payer {
        Payer {
            name: Text::const_new(self.name),
            id: PayerId::as_received(self.id),
            id_kind: Text::const_new("PI"),
            address: None,
        }
    }

    /// An invented member id of this payer's shape; `number` makes it unique within the plan.
    pub(crate) fn member_id(&self, number: u64, random: &mut Random) -> Text {
        let three = random.below(1000);
        Text::from(match self.filing_indicator {
            "MB" => medicare_id(number, random),
            "HM" => format!("SCP{number:06}{three:03}"),
            _ if self.id == "60054" => format!("W{three:03}{number:06}"),
            _ => format!("9{number:06}{three:03}"),
        })
    }
}

/// Of the shape of a Medicare beneficiary identifier. The letter S, which no real one has, keeps it invented.
fn medicare_id(number: u64, random: &mut Random) -> String {
    const LETTERS: &[u8] = b"ACDEFGHJKMNPQRTUVWXY";
    let mut letter = || char::from(*random.pick(LETTERS).unwrap_or(&b'A'));
    let (one, two) = (letter(), letter());
    format!(
        "{}S{one}{}{two}S{}SS{:02}",
        number / 10_000 % 9 + 1,
        number / 1000 % 10,
        number / 100 % 10,
        number % 100
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn member_ids_are_unique() {
        let mut random = Random::new(1);
        for plan in &PLANS {
            let ids: HashSet<Text> = (0..5000).map(|number| plan.member_id(number, &mut random)).collect();
            assert_eq!(ids.len(), 5000, "{}", plan.id);
            assert_eq!(Plan::find(&plan.payer().id), Some(plan));
        }
        assert_eq!(PLANS.iter().map(|plan| plan.share).sum::<u64>(), 100);
    }
}
