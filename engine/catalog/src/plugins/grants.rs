//! What a plugin may use beyond its inputs.

use claimflow_core::{Claim, Facts, Text};

use super::Address;

/// What a plugin asks for, and is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Parts of the claim that it sees.
    pub claim: Vec<ClaimPart>,
    /// Registers of which it sees the claim's rows.
    pub registers: Vec<RegisterName>,
    /// Hosts that it may talk to.
    pub http: Vec<Address>,
    /// Folders of the practice that it may write files into.
    pub files: Vec<Text>,
    /// Names of secrets that it may hand on in headers.
    pub secrets: Vec<Text>,
}

/// A part of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimPart {
    /// Number, charge, place of service, frequency and date of service.
    Header,
    /// The payer.
    Payer,
    /// Who was treated: member id, name, birth date, sex.
    Member,
    /// Billing and rendering provider.
    Providers,
    /// Diagnoses.
    Diagnoses,
    /// Service lines.
    Lines,
}

/// A register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisterName {
    /// `coverage.csv`.
    Coverage,
    /// `authorizations.csv`.
    Authorizations,
    /// `enrollments.csv`.
    Enrollments,
    /// `visits.csv`.
    Visits,
}

impl ClaimPart {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Header, Self::Payer, Self::Member, Self::Providers, Self::Diagnoses, Self::Lines];

    /// The word that authors write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Payer => "payer",
            Self::Member => "member",
            Self::Providers => "providers",
            Self::Diagnoses => "diagnoses",
            Self::Lines => "lines",
        }
    }
}

impl RegisterName {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Coverage, Self::Authorizations, Self::Enrollments, Self::Visits];

    /// The word that authors write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Authorizations => "authorizations",
            Self::Enrollments => "enrollments",
            Self::Visits => "visits",
        }
    }
}

impl Grants {
    /// The claim with the granted parts; all else is as if it were not there.
    pub fn claim(&self, claim: &Claim) -> Claim {
        let mut seen = Claim::default();
        for part in &self.claim {
            match part {
                ClaimPart::Header => {
                    seen.id = claim.id.clone();
                    seen.charge = claim.charge;
                    seen.place_of_service = claim.place_of_service.clone();
                    seen.frequency = claim.frequency.clone();
                    seen.dates = claim.dates.clone();
                }
                ClaimPart::Payer => seen.payer = claim.payer.clone(),
                ClaimPart::Member => {
                    seen.subscriber = claim.subscriber.clone();
                    seen.patient = claim.patient.clone();
                }
                ClaimPart::Providers => {
                    seen.billing_provider = claim.billing_provider.clone();
                    seen.rendering_provider = claim.rendering_provider.clone();
                }
                ClaimPart::Diagnoses => seen.diagnoses = claim.diagnoses.clone(),
                ClaimPart::Lines => seen.lines = claim.lines.clone(),
            }
        }
        seen
    }

    /// What the granted registers know.
    pub fn facts(&self, facts: &Facts) -> Facts {
        let mut seen = Facts::default();
        for register in &self.registers {
            match register {
                RegisterName::Coverage => seen.coverages.clone_from(&facts.coverages),
                RegisterName::Authorizations => seen.authorizations.clone_from(&facts.authorizations),
                RegisterName::Enrollments => seen.enrollments.clone_from(&facts.enrollments),
                RegisterName::Visits => seen.visits.clone_from(&facts.visits),
            }
        }
        seen
    }

    /// What it may use, in a line for people; empty for a plugin that needs nothing.
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        let mut add = |what: &str, names: Vec<String>| {
            if !names.is_empty() {
                parts.push(format!("{what} {}", names.join(", ")));
            }
        };
        add("claim", self.claim.iter().map(|part| part.as_str().to_owned()).collect());
        add("registers", self.registers.iter().map(|own| own.as_str().to_owned()).collect());
        add("http", self.http.iter().map(ToString::to_string).collect());
        add("files", self.files.iter().map(|own| format!("{own}/")).collect());
        add("secrets", self.secrets.iter().map(ToString::to_string).collect());
        parts.join("; ")
    }
}
