//! The store under use, crashes, damage and company.

mod concurrency;
mod crash;
mod damage;
mod format;
mod full;
mod lock;
mod model;
mod simdisk;
mod state;
mod store;
mod torn;
