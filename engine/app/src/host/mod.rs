//! One practice, one process that holds it, and many that ask: `serve` answers commands through a socket in the data folder.
//!
//! A request and its answer are one line of JSON each. The socket is for the user who serves and nobody else.

mod answer;
mod ask;

pub use answer::{Host, Now};
pub use ask::{answers, ask};

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::guest::{Terms, To};

/// A request or answer longer than this is none.
const LONGEST: u64 = 64 << 20;

/// What a command asks.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    /// Version of the program that asks: another one may know other commands.
    version: String,
    /// Its arguments, the program's name first.
    arguments: Vec<String>,
    /// What it has of its process.
    terms: Terms,
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
struct Reply {
    /// Exit code.
    exit: u8,
    /// What the command wrote, in order.
    said: Vec<(To, String)>,
}

/// Where the socket of a practice is.
fn socket(practice: &Path) -> PathBuf {
    crate::wire::data(practice).join("serve.sock")
}
