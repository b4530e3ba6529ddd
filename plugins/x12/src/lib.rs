//! X12 for claims: bytes in, words out, and back.

mod ack;
mod adjustments;
mod envelope;
mod fault;
mod inspect;
mod kind;
mod p837;
mod r835;
mod separators;
mod text;
mod tokenizer;

pub use envelope::{File, Transaction, read};
pub use fault::Fault;
pub use inspect::{InspectedTransaction, Inspection, inspect};
pub use kind::Kind;
pub use p837::{ClaimReader, ReadClaim};
pub use r835::Balanced;
pub use separators::{Separators, looks_like_x12};
