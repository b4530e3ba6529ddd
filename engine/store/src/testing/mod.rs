//! What tests put in a disk's place: one in memory that loses its power, tears what was not synced, fills up, fails or
//! lies, all as a seed decides.
//!
//! Only with the feature `testing`; nothing in the program uses it.

mod dice;
mod disk;
mod store;
mod survive;

pub use dice::Dice;
pub use disk::{Lie, SimDisk};
pub use store::{Remembered, SimStore};
