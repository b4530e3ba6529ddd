//! 837P: professional claims, 005010X222A1 and what is near enough to it (X222, X222A2, 004010X098A1).

mod checks;
mod chunks;
mod claim;
mod context;
mod entities;
mod extras;
mod lines;
mod order;
mod other_payers;
mod parties;
mod qualifiers;
mod read;
mod write;

pub use read::{ClaimReader, ReadClaim};
pub(crate) use write::write_cas;
pub use write::{check_837p, write_837p};
