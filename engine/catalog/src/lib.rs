//! Everything an author writes: (path, text) of YAML, Rhai and CSV in; one checked, immutable generation, or every
//! fault, out.

mod cases;
mod categories;
mod claims;
mod diagnostics;
mod due;
mod generation;
mod packs;
mod registers;
mod require;
mod routing;
mod settings;
mod sheet;
mod source;
#[cfg(test)]
mod testing;
mod words;
mod workflows;
mod yaml;

pub use cases::{CaseReport, CaseResult, RuleCoverage, run_cases};
pub use categories::{CategoryInfo, Clock};
pub use claims::{claim_json_schema, claims_from_json};
pub use diagnostics::DIAGNOSTICS;
pub use generation::{Generation, Loaded, load};
pub use packs::PackInfo;
pub use registers::{RegisterCounts, Registers, read_registers};
pub use settings::{
    DEFAULT_OWNERS, NpiCheck, OwnerInfo, PracticeSettings, Receiver, RequiredFact, SETTINGS_PATH, Submitter,
    TEMPLATE as SETTINGS_TEMPLATE, Usage, read_settings,
};
pub use source::{SourceFile, Sources};
