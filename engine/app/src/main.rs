//! The `claimflow` program.
fn main() {}
