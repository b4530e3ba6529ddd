//! The store of a practice: an append-only journal, which is the truth, and its state in sled.
//!
//! A data folder holds
//! ```text
//! lock                      the number of the process that has it open
//! journal/00000001.cfj ...  the records, in checksummed and hash-chained frames
//! journal/00000001.cfs ...  the same of closed segments, compressed: each stands for the .cfj of its number
//! journal/forgotten         where the journal begins, once its oldest segments were dropped
//! journal/acknowledged      up to where records were acknowledged
//! keyring, keyring.copy     where it is encrypted: the data keys, sealed under the practice's master key
//! state/                    sled: what the records add up to; can be thrown away and made anew
//! state.aside/              the state that the last rebuild replaced
//! ```
//! A copy made while a process writes is whole when `acknowledged` is copied before the segments; `lock` and `state`
//! need no copy; without `keyring` nothing that is encrypted can be read.
//!
//! Must never know: what a record or a key means.

mod background;
pub mod backup;
pub mod crypt;
mod disk;
mod error;
mod journal;
mod lock;
mod quiet;
mod state;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod veil;

pub use background::Upkeep;
pub use disk::{Access, Disk, DiskFile, SystemDisk};
pub use journal::{Forgotten, Journal, JournalOptions, cut_journal};
pub use store::{JournalStore, Options};
