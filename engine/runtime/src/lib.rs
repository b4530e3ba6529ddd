//! The one loop: load, step, commit, perform effects, timers, recovery. Owns the traits that stores implement.

pub mod store;
