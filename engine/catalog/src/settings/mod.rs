//! `claimflow.yaml`: what a practice says of itself. Every field has a default; [`TEMPLATE`] documents each one.

pub(crate) mod calendar;
pub(crate) mod plugins;
pub(crate) mod read;
mod retention;

pub use plugins::{PluginSettings, SecretSource};
pub use read::read_settings;
pub use retention::Retention;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use claimflow_core::{Calendar, Diagnostic, Hash, Owner, Text};

use crate::source::hash_text;

/// The path of the settings within a practice folder.
pub const SETTINGS_PATH: &str = "claimflow.yaml";

/// Settings as `claimflow init` writes them: every field with its default and what it means.
pub const TEMPLATE: &str = include_str!("template.yaml");

/// Settings of a practice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PracticeSettings {
    /// Name of the practice.
    pub practice: Text,
    /// Who sends the files (1000A of the 837P).
    pub submitter: Submitter,
    /// Who receives them (1000B): the clearinghouse or the payer.
    pub receiver: Receiver,
    /// Test or production files (ISA15).
    pub usage: Usage,
    /// Who does something about problems, with the names people read; the well-known ones are always among them.
    pub owners: Vec<OwnerInfo>,
    /// The days and hours in which the practice works, and where its clock hangs.
    pub calendar: Calendar,
    /// Workflow on which new claims start.
    pub workflow: Text,
    /// Who looks after claims that cannot go on by themselves.
    pub incidents: Owner,
    /// After so many days a payment that waits for its claim is in the queue.
    pub waiting_payment_days: u32,
    /// Facts that must be known: a claim for which one is unknown is held.
    pub require: Vec<RequiredFact>,
    /// What an NPI with a wrong check digit means.
    pub npi_check: NpiCheck,
    /// Where the API and the console listen.
    pub listen: SocketAddr,
    /// How long a claim is kept that is over; everything for good without.
    pub retention: Option<Retention>,
    /// Bytes of the disk that are kept free: with fewer left, nothing more is taken in. 0: until the disk is full.
    pub keep_free: u64,
    /// Where the key is that the practice's data are encrypted with.
    pub encryption: Option<KeySource>,
    /// What plugins are set to, and granted beyond what they ship with.
    pub plugins: Vec<PluginSettings>,
    /// What is worth knowing about the text they were read from, and keeps nothing from running.
    pub notes: Vec<Diagnostic>,
}

/// Where a master key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file, seen from the practice folder.
    File(Text),
    /// What a program with its arguments writes on standard output.
    Command(Vec<Text>),
}

/// Who sends the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submitter {
    /// Name (NM103).
    pub name: Text,
    /// Id given by the receiver (NM109, ISA06, GS02).
    pub id: Text,
    /// Whom to call (PER02).
    pub contact: Text,
    /// Telephone number, digits only (PER04).
    pub phone: Text,
}

/// Who receives the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receiver {
    /// Name (NM103).
    pub name: Text,
    /// Id (NM109, ISA08, GS03).
    pub id: Text,
}

/// Whether files are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Usage {
    /// `T`: a trial, which no payer pays.
    #[default]
    Test,
    /// `P`: production.
    Production,
}

impl Usage {
    /// The code of ISA15.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "T",
            Self::Production => "P",
        }
    }
}

/// An owner with the name people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerInfo {
    /// The word that rules, workflows and tables use.
    pub owner: Owner,
    /// The name people read.
    pub label: Text,
}

/// A kind of fact that a practice can require.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequiredFact {
    /// A coverage row of the member with the payer.
    Coverage,
    /// An enrollment row of each rendering provider with the payer.
    Enrollment,
    /// A visit row for each service line.
    Visit,
    /// An authorization row of the member with the payer.
    Authorization,
}

impl RequiredFact {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Coverage, Self::Enrollment, Self::Visit, Self::Authorization];

    /// The word that authors write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Enrollment => "enrollment",
            Self::Visit => "visit",
            Self::Authorization => "authorization",
        }
    }
}

/// What an NPI with a wrong check digit means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NpiCheck {
    /// Only what the packs' rules say: the base pack warns.
    #[default]
    Warn,
    /// The claim is held.
    Hold,
}

impl NpiCheck {
    /// The word that authors write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Hold => "hold",
        }
    }
}

/// The owners that every practice has, with the names people read.
pub const DEFAULT_OWNERS: &[(&str, &str)] = &[
    ("billing", "Billing"),
    ("billing_lead", "Billing lead"),
    ("front_desk", "Front desk"),
    ("authorization", "Authorizations"),
    ("coding", "Coding"),
    ("credentialing", "Credentialing"),
    ("utilization_review", "Utilization review"),
    ("clinician", "Clinician"),
    ("patient", "Patient"),
    ("posting", "Payment posting"),
    ("triage", "Triage"),
];

impl Default for PracticeSettings {
    fn default() -> Self {
        Self {
            practice: Text::default(),
            submitter: Submitter::default(),
            receiver: Receiver::default(),
            usage: Usage::default(),
            owners: DEFAULT_OWNERS
                .iter()
                .map(|(owner, label)| OwnerInfo { owner: (*owner).into(), label: (*label).into() })
                .collect(),
            calendar: Calendar::default(),
            workflow: Text::const_new("professional-claim"),
            incidents: Owner::const_new("billing_lead"),
            waiting_payment_days: 14,
            require: Vec::new(),
            npi_check: NpiCheck::default(),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8640),
            retention: None,
            keep_free: 500_000_000,
            encryption: None,
            plugins: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl PracticeSettings {
    /// The name people read for an owner; the word itself when it is not known.
    pub fn owner_label<'a>(&'a self, owner: &'a str) -> &'a str {
        self.owners.iter().find(|info| info.owner == owner).map_or(owner, |info| &info.label)
    }

    /// A content hash of the settings that can change a decision: owners, the calendar, required facts, the NPI check,
    /// plugins. A new
    /// telephone number does not make a new generation of rules.
    pub(crate) fn decision_hash(&self) -> Hash {
        let owners: Vec<&str> = self.owners.iter().map(|info| info.owner.as_str()).collect();
        let holidays: Vec<String> = self.calendar.holidays.iter().map(ToString::to_string).collect();
        let require: Vec<&str> = self.require.iter().map(|fact| fact.as_str()).collect();
        hash_text(&format!(
            "owners {}\nholidays {}\nrequire {}\nnpi {}\n{}",
            owners.join(","),
            holidays.join(","),
            require.join(","),
            self.npi_check.as_str(),
            format_args!(
                "{}{}",
                self.calendar_words(),
                self.plugins.iter().map(PluginSettings::deciding).collect::<String>()
            ),
        ))
    }

    /// The calendar besides its holidays in words that differ when it does; none for one that is as it is by default, so
    /// that a practice keeps the generation it had before calendars could say more.
    fn calendar_words(&self) -> String {
        let calendar = &self.calendar;
        let plain = Calendar::with_holidays(calendar.holidays.clone());
        if *calendar == plain {
            return String::new();
        }
        let yearly: Vec<String> = calendar.yearly.iter().map(ToString::to_string).collect();
        let day = |hours: &Vec<_>| hours.iter().map(ToString::to_string).collect::<Vec<_>>().join("+");
        let week: Vec<String> = calendar.week.iter().map(day).collect();
        format!("zone {}\nyearly {}\nweek {}\n", calendar.zone, yearly.join(","), week.join(","))
    }
}
