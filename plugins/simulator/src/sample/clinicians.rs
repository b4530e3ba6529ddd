//! The practice and its clinicians.

use claimflow_core::{Address, Name, Npi, Provider, Text};

/// A clinician of the practice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clinician {
    /// As claims name them.
    pub provider: Provider,
    /// Licence, as `LCSW`.
    pub license: &'static str,
}

/// Licence, taxonomy code (NUCC code set), invented last and first name.
const ROSTER: &[(&str, &str, &str, &str)] = &[
    ("MD", "2084P0800X", "ARDENWALD", "MIREILLE"),
    ("PMHNP", "363LP0808X", "BALTHASARE", "TORBEN"),
    ("PHD", "103TC0700X", "CRESSINGTON", "OONA"),
    ("LCSW", "1041C0700X", "DUNMARROWE", "PETRA"),
    ("LPC", "101YM0800X", "EGGLESFIELD", "ROLAND"),
    ("LMFT", "106H00000X", "FARNABYE", "SUNNIVA"),
    ("LMSW", "104100000X", "GRIMSTEAD", "TAMSIN"),
    ("PSYD", "103TC0700X", "HALVERSANT", "ULRICH"),
];

impl Clinician {
    /// True for a licence that prescribes and gives medical services.
    pub(crate) fn is_prescriber(&self) -> bool {
        matches!(self.license, "MD" | "PMHNP")
    }

    /// True for a licence that works under supervision.
    pub(crate) fn is_supervised(&self) -> bool {
        self.license == "LMSW"
    }
}

/// So many clinicians: the roster again and again, with NPIs of their own.
pub(crate) fn clinicians(count: usize) -> Vec<Clinician> {
    ROSTER.iter().cycle().take(count).enumerate().map(|(number, row)| clinician(number, row)).collect()
}

fn clinician(number: usize, row: &(&'static str, &'static str, &'static str, &'static str)) -> Clinician {
    let (license, taxonomy, last, first) = *row;
    let name = Name { last: Text::const_new(last), first: Text::const_new(first), ..Name::default() };
    let provider =
        Provider { name, npi: npi(number + 1), taxonomy: Text::const_new(taxonomy), ..Provider::default() };
    Clinician { provider, license }
}

fn npi(number: usize) -> Npi {
    Npi::with_check_digit(&format!("19990{:04}", number % 10_000)).unwrap_or_default()
}

/// The practice as it bills.
pub(crate) fn practice() -> Provider {
    Provider {
        name: Name {
            organization: true,
            last: Text::const_new("SAMPLE BEHAVIORAL HEALTH GROUP"),
            ..Name::default()
        },
        npi: npi(0),
        taxonomy: Text::const_new("261QM0801X"),
        tax_id: Text::const_new("990000017"),
        tax_id_kind: Text::const_new("EI"),
        address: Some(Address {
            line1: Text::const_new("200 SAMPLE PLAZA"),
            line2: Text::const_new("SUITE 8"),
            city: Text::const_new("SPRINGFIELD"),
            state: Text::const_new("IL"),
            postal_code: Text::const_new("627014321"),
            ..Address::default()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_npi_is_valid_and_its_own() {
        let clinicians = clinicians(40);
        let npis: HashSet<&Npi> = clinicians.iter().map(|clinician| &clinician.provider.npi).collect();
        assert_eq!(npis.len(), 40);
        assert!(npis.iter().all(|npi| npi.check_digit_holds()));
        assert!(practice().npi.check_digit_holds() && !npis.contains(&practice().npi));
    }
}
