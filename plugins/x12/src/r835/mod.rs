//! 835: remittance advice, 005010X221A1 and what is near enough to it.

mod balance;
mod read;

pub use balance::Balanced;
