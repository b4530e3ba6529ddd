//! A payer and a sample practice to practise against.
//!
//! [`practice`] makes a month of a practice of invented people, with documented defects; [`Payer`] answers its 837P files
//! with 999, 277CA and 835 files as payers do; [`load`] makes claims by the million for benchmarks. All of it is decided
//! by a seed: no clock, no files, no network.

mod error;
mod knowledge;
mod load;
mod payer;
mod plans;
mod random;
mod sample;

pub use error::{SampleError, TableError, TableFault};
pub use knowledge::{PayerKnowledge, ServiceKey};
pub use load::{load, remit};
pub use payer::{Answers, Payer};
pub use plans::{PLANS, Plan};
pub use sample::{
    Clinician, Defect, DefectKind, KnownTo, SampleOptions, SamplePractice, identifying_texts, practice,
};
