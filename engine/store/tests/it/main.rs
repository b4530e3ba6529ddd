//! The store under use, crashes, damage and company.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod concurrency;
mod crash;
mod damage;
mod encrypted;
mod forget;
mod format;
mod full;
mod keyring;
mod lock;
mod model;
mod sealed;
mod state;
mod store;
mod torn;
