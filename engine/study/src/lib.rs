//! What rules would have done: history replayed through changed rules, rules that never fire, rules that contradict.
//!
//! - [`backtest`] judges past claims by the live rules and by changed ones, and holds both against what payers did.
//! - [`decay`] finds rules that never fire, that people always override, or that only stop what is paid.
//! - [`overlaps`] finds pairs of rules that contradict each other, each with a case that makes both fire.
//!
//! Claims come through the trait [`Pasts`], which the runtime's history implements; several threads read at once, and no
//! more than one claim a thread is in memory. Nothing here knows the disk, sled or the command line.
//!
//! # What is replayed
//! The stages before submission. A claim is judged as it was when rules first judged it, and once more as it was when it
//! went out, where people changed it in between. The payer's first decision was on the latter. Facts (coverage,
//! authorizations, enrollments, visits) are not recorded with past decisions: today's registers are used for both sides.

mod backtest;
mod decay;
mod overlap;
mod replay;
#[cfg(test)]
mod testing;
mod walk;

pub use backtest::{
    ChangeKind, ChangedOutcome, ClauseChange, Count, Month, Question, Report, RuleReport, Verdict, backtest,
};
pub use decay::{Decay, DecayReport, Decayed, ENOUGH, TRIED, decay};
pub use overlap::{Contradiction, Overlap, OverlapReport, Party, overlaps};
pub use walk::{Latest, Pasts};
