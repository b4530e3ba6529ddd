//! Everything an author writes: (path, text) of YAML, Rhai and CSV in; one checked, immutable generation, or every
//! fault, out.
//!
//! - [`read_settings`] reads `claimflow.yaml`; [`SETTINGS_TEMPLATE`] documents every key.
//! - [`load`] turns workflows, packs, categories and routing into a [`Generation`], which answers the step's questions.
//! - [`read_registers`] reads what a practice knows besides its claims; [`Registers::facts_for`] picks what is known of one.
//! - [`run_cases`] tries what authors say their rules do; [`cases_hold`] only asks whether it is so.
//! - [`CaseRecorder`] makes a case of a real claim.
//! - [`claims_from_json`] reads claims in the form that [`claim_json_schema`] documents.
//!
//! Nothing here knows the disk, tokio or sled. Every reader tells all faults of a file in one pass, with place and mend,
//! and none panics on any text. Files that can hold what identifies people (registers, claims) have their faults told
//! without repeating what stands in them.
//!
//! # Cases
//! A file of cases is a list. Only `case`, `stage` and `expect` must be there:
//! ```yaml
//! - case: video session without 95 gets it
//!   stage: scrub
//!   as_of: 2026-03-05                  # default: two days after the last service
//!   claim:                             # what differs from a valid claim; `null` takes a field away
//!     payer: "60054"                   # a text alone stands for the id, the code, the NPI
//!     rendering_provider: "1245319599"
//!     diagnoses: [F331]
//!     lines: [{ procedure: "90837", modifiers: [HO], service_date: 2026-03-03 }]
//!   facts:                             # rows as in the registers, one or a list; default: nothing is known
//!     visit: { start: "10:00", stop: "10:55" }
//!     history: [{ procedure: "90791", date: 2026-01-10 }]
//!   adjustments: [{ group: CO, reason: "197", amount: "150.00", remarks: [N130], line: 1 }]
//!   submissions: 1                     # default: 1 from `adjudicate` on, else 0
//!   remittance: { status: "1", paid: "0.00" }   # default: from `adjudicate` on, what goes with the adjustments
//!   expect:
//!     fires: [AET-TELE-95]
//!     silent: [DOC-START-STOP]
//!     fixed: { "line[1].modifiers": "HO,95" }
//!     held: []                         # categories that hold, exactly
//!     category: authorization          # of the first adjustment or denial, else of the first finding
//!     owner: billing
//! ```

mod cache;
mod cases;
mod categories;
mod claims;
mod compare;
mod diagnostics;
mod generation;
mod grid;
mod import;
mod packs;
pub mod plugins;
mod registers;
mod require;
mod routing;
mod schemas;
mod settings;
mod sheet;
mod source;
mod spreadsheet;
mod switches;
mod table;
#[cfg(test)]
mod testing;
mod words;
mod workflows;
mod yaml;

pub use cache::Cache;
pub use cases::{
    CaseInput, CaseRecorder, CaseReport, CaseResult, CaseUpdate, PartCoverage, RecordError, RecordedCase,
    RuleCoverage, UpdatedCase, case_inputs, cases_hold, cover_cases, plugin_cases_hold, run_cases,
    run_plugin_cases, update_cases,
};
pub use categories::{CategoryInfo, Clock};
pub use claims::{claim_json_schema, claims_from_json};
pub use compare::{Area, Difference, compare};
pub use diagnostics::DIAGNOSTICS;
pub use generation::{Generation, Loaded, load, load_offering, load_with};
pub use import::{ImportError, ImportKind, Imported, Skipped, detect as detect_import, import};
pub use packs::PackInfo;
pub use registers::{RegisterCounts, Registers, read_registers};
pub use schemas::{SCHEMA_FOLDER, YamlKind, schema_line};
pub use settings::{
    DEFAULT_OWNERS, KeySource, NpiCheck, OwnerInfo, PluginSettings, PracticeSettings, Receiver, RequiredFact,
    Retention, SETTINGS_PATH, SecretSource, Submitter, TEMPLATE as SETTINGS_TEMPLATE, Usage, read_settings,
};
pub use source::{Open, SourceFile, Sources};
pub use switches::{SWITCHES_PATH, SwitchEntry, SwitchKind, set_switch, switch_entries, switch_text};
pub use workflows::{read_kept_workflow, workflow_files};
