//! Everything an author writes: (path, text) of YAML, Rhai and CSV in; one checked, immutable generation, or every
//! fault, out.

mod due;
mod registers;
mod settings;
mod sheet;
mod source;
#[cfg(test)]
mod testing;
mod yaml;

pub use registers::{RegisterCounts, Registers, read_registers};
pub use settings::{
    DEFAULT_OWNERS, NpiCheck, OwnerInfo, PracticeSettings, Receiver, RequiredFact, SETTINGS_PATH, Submitter,
    TEMPLATE as SETTINGS_TEMPLATE, Usage, read_settings,
};
pub use source::{SourceFile, Sources};
