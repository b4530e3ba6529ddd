//! `rules.yaml`: what a practice decides about rules that it did not write.
//!
//! ```yaml
//! rules:
//!   AET-TELE-95: { mode: live, reason: "tried for two weeks", by: maria, on: 2026-11-24 }
//!   DOC-START-STOP: { enforcement: advisory, reason: "the new note form comes in April", expires: 2027-03-31 }
//! packs:
//!   aetna-extra: { mode: shadow, reason: "first a month of watching" }
//! ```

mod edit;
mod entry;
mod read;

pub use edit::{SwitchKind, set_switch, switch_text};
pub use entry::{SwitchEntry, switch_entries};
pub(crate) use read::read;

/// Where a practice decides about rules.
pub const SWITCHES_PATH: &str = "rules.yaml";

/// Keys of the file.
pub(crate) const KEYS: &[&str] = &["rules", "packs"];

/// Keys of an entry about a rule.
pub(crate) const RULE_KEYS: &[&str] = &["mode", "enforcement", "reason", "expires", "by", "on"];

/// Keys of an entry about a pack.
pub(crate) const PACK_KEYS: &[&str] = &["mode", "reason", "expires", "by", "on"];
