//! X12 for claims: bytes in, words out, and back. Knows no files and nothing of the engine's loop.
//!
//! | in | out |
//! |---|---|
//! | [`read`]: interchanges, groups and transactions of any file, never failing | [`write_837p`], [`check_837p`] |
//! | [`Transaction::claims`], [`Transaction::claim_chunks`]: 837P, a claim at a time | [`write_835`] |
//! | [`Transaction::remittance`]: 835, with its three balances checked | [`write_999`], [`syntax_answers`] |
//! | [`Transaction::acknowledgments`], [`File::acks`]: 999, 277CA, TA1 | [`write_277ca`] |
//! | [`inspect`]: what is in a file, at a glance | |
//!
//! Whatever is wrong is a [`Fault`] with segment, byte, line, loop, element, a stable code and a sentence. A broken
//! transaction leaves its neighbours alone. Nothing is dropped in silence: a segment of a claim that has no word of its
//! own is kept in [`Claim::extras`](claimflow_core::Claim::extras) with its place, and the writer puts it back there;
//! what can't be kept is faulted.
//!
//! What is kept follows three conventions. A segment of a loop that words describe is kept whole, or, where words hold
//! a part of it, as a segment in which the elements with words are empty (`SV1*********Y`: an emergency). A loop that no
//! word describes is kept whole, as it came. Loops are named as the guide names them, `HEADER` for the transaction's
//! BHT and `unknown` for what the guide has no place for; a claim that holds such a segment is not written.
//!
//! Written is always 005010X222A1 with `*`, `:`, `^` and `~`, unless a text holds one of these: then another character
//! that no text of the file holds takes its place.
//!
//! Guides: ASC X12N 005010X222A1 (837P), 005010X221A1 (835), 005010X231A1 (999), 005010X214 (277CA).

mod ack;
mod adjustments;
mod codes;
mod components;
mod envelope;
mod fault;
mod inspect;
mod kind;
mod output;
mod p837;
mod r835;
mod scan;
mod separators;
mod text;
mod tokenizer;
mod write;

pub use ack::{
    ClaimAnswer, GroupAnswer, SegmentError, TransactionAnswer, syntax_answers, write_277ca, write_999,
};
pub use codes::FAULT_CODES;
pub use envelope::{File, Transaction};
pub use fault::Fault;
pub use inspect::{InspectedTransaction, Inspection, inspect};
pub use kind::Kind;
pub use p837::{ClaimReader, ReadClaim, check_837p, write_837p};
pub use r835::{Balanced, write_835};
pub use scan::read;
pub use separators::{Separators, looks_like_x12};
pub use write::{Envelope, Problem, Receiver, Submitter, WriteError, Written};
