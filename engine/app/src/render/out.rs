//! The way out: data on standard output, everything else on standard error.

use std::io::Write;

use serde::Serialize;

use crate::exit::{Failure, Result};

/// Prints data. A reader that has gone away (as `head` does) is no failure.
pub fn print(text: &str) -> Result<()> {
    write(std::io::stdout().lock(), text)
}

/// Prints data as JSON.
pub fn json(value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::failed(format!("the answer cannot be written as JSON: {error}")))?;
    text.push('\n');
    print(&text)
}

/// Says something beside the data. When standard error cannot be written there is nobody to tell.
pub fn say(text: &str) {
    let _told = write(std::io::stderr().lock(), text);
}

fn write(mut to: impl Write, text: &str) -> Result<()> {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("cannot write the answer: {}", crate::exit::reason(&error))))
        }
        _ => Ok(()),
    }
}
