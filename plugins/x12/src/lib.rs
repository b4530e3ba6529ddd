//! X12 for claims: bytes in, words out, and back.

mod ack;
mod adjustments;
mod envelope;
mod fault;
mod inspect;
mod kind;
mod output;
mod p837;
mod r835;
mod separators;
mod text;
mod tokenizer;
mod write;

pub use ack::{
    ClaimAnswer, GroupAnswer, SegmentError, TransactionAnswer, syntax_answers, write_277ca, write_999,
};
pub use envelope::{File, Transaction, read};
pub use fault::Fault;
pub use inspect::{InspectedTransaction, Inspection, inspect};
pub use kind::Kind;
pub use p837::{ClaimReader, ReadClaim, check_837p, write_837p};
pub use r835::{Balanced, write_835};
pub use separators::{Separators, looks_like_x12};
pub use write::{Envelope, Problem, Receiver, Submitter, WriteError, Written};
