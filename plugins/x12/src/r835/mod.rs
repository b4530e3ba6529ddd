//! 835: remittance advice, 005010X221A1 and what is near enough to it.

mod balance;
mod read;
mod write;

pub use balance::Balanced;
pub use write::write_835;
