//! What tests put in a disk's place: one in memory that loses its power, tears what was not synced, fills up, fails or
//! lies, all as a seed decides.
//!
//! Only with the feature `testing`; nothing in the program uses it.

use std::path::Path;

use claimflow_runtime::store::StoreError;

use crate::state::State;

mod dice;
mod disk;
mod store;
mod survive;

pub use dice::Dice;
pub use disk::{Lie, SimDisk};
pub use store::{Remembered, SimStore};

/// Marks the state of a data folder as one that a newer version wrote.
///
/// # Errors
/// When it cannot be opened or changed.
pub fn as_newer_state(folder: &Path, version: u64) -> Result<(), StoreError> {
    let state = State::open_unread(folder, 1 << 20)?;
    state.note_format(version)?;
    state.flush()
}
