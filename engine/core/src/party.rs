//! People and organizations on a claim.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Npi, PayerId, Text};

/// A postal address. Empty text: not given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    /// First line.
    pub line1: Text,
    /// Second line.
    pub line2: Text,
    /// City.
    pub city: Text,
    /// Two-letter state.
    pub state: Text,
    /// ZIP code, 5 or 9 digits.
    pub postal_code: Text,
    /// Country, only outside the United States.
    pub country: Text,
}

/// The name of a person, or of an organization (then only `last` is set).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Name {
    /// True for an organization (NM102 = 2).
    pub organization: bool,
    /// Last name, or the organization's name.
    pub last: Text,
    /// First name.
    pub first: Text,
    /// Middle name or initial.
    pub middle: Text,
    /// Suffix, as `JR`.
    pub suffix: Text,
}

/// A provider: billing, rendering, referring, supervising, or the place of service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Provider {
    /// Name.
    pub name: Name,
    /// NPI; empty when the file gave none.
    pub npi: Npi,
    /// Provider taxonomy code (PRV03).
    pub taxonomy: Text,
    /// Employer identification number or social security number.
    pub tax_id: Text,
    /// `EI` for an employer identification number, `SY` for a social security number.
    pub tax_id_kind: Text,
    /// Address, where the loop carries one.
    pub address: Option<Address>,
}

/// A person with what identifies them to a payer. Protected health information: `Debug` tells what is known and nothing of
/// what it is, so that no log and no message of a failed test can tell who somebody is.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// Name.
    pub name: Name,
    /// Member id; empty when not given.
    pub member_id: Text,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// `F`, `M` or `U`.
    pub sex: Text,
    /// Address.
    pub address: Option<Address>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = [
            ("name", !self.name.last.is_empty()),
            ("member id", !self.member_id.is_empty()),
            ("birth date", self.birth_date.is_some()),
            ("sex", !self.sex.is_empty()),
            ("address", self.address.is_some()),
        ];
        let known: Vec<&str> = known.into_iter().filter_map(|(what, known)| known.then_some(what)).collect();
        write!(f, "Person({})", known.join(", "))
    }
}

/// The policy holder and the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subscriber {
    /// The person (or organization).
    pub person: Person,
    /// `P` primary, `S` secondary, `T` tertiary (SBR01).
    pub responsibility: Text,
    /// The patient's relationship when the patient is the subscriber: `18` (SBR02).
    pub relationship: Text,
    /// Group or policy number (SBR03).
    pub group_number: Text,
    /// Group name (SBR04).
    pub group_name: Text,
    /// Insurance type, when Medicare is secondary (SBR05).
    pub insurance_type: Text,
    /// Claim filing indicator, as `CI`, `MB`, `MC` (SBR09).
    pub filing_indicator: Text,
}

/// The patient, where not the subscriber.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patient {
    /// The person.
    pub person: Person,
    /// Relationship to the subscriber (PAT01), as `19` child.
    pub relationship: Text,
}

/// The payer a claim goes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Payer {
    /// Name.
    pub name: Text,
    /// Id.
    pub id: PayerId,
    /// `PI` payer identification or `XV` plan id (NM108); empty means `PI`.
    pub id_kind: Text,
    /// Address.
    pub address: Option<Address>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn who_a_person_is_is_not_printed() {
        let person = Person {
            name: Name { last: "QUILLSLOOT".into(), first: "ANNA".into(), ..Name::default() },
            member_id: "W000000001".into(),
            birth_date: Some(date(1990, 2, 3)),
            ..Person::default()
        };
        assert_eq!(format!("{person:?}"), "Person(name, member id, birth date)");
        let subscriber = Subscriber { person, ..Subscriber::default() };
        let printed = format!("{:#?}", crate::Claim { subscriber, ..crate::Claim::default() });
        assert!(
            ["QUILLSLOOT", "ANNA", "W0000", "1990"].iter().all(|own| !printed.contains(own)),
            "{printed}"
        );
    }
}
