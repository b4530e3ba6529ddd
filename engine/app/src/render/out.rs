//! The way out: data on standard output, everything else on standard error.

use std::borrow::Cow;
use std::io::Write;

use serde::Serialize;

use crate::exit::{Failure, Result};
use crate::guest::{self, To};

/// Prints data. A reader that has gone away (as `head` does) is no failure.
pub fn print(text: &str) -> Result<()> {
    if guest::takes(To::Out, text) {
        return Ok(());
    }
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
    if !guest::takes(To::Err, text) {
        let _told = write(std::io::stderr().lock(), text);
    }
}

fn write(mut to: impl Write, text: &str) -> Result<()> {
    let text = harmless(text);
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("cannot write the answer: {}", crate::exit::reason(&error))))
        }
        _ => Ok(()),
    }
}

/// Text from files may hold codes that move a terminal's cursor or change its title: only our own colours go through.
fn harmless(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let colour = colour_length(rest);
        if colour > 0 {
            clean.push_str(rest.get(..colour).unwrap_or_default());
            rest = rest.get(colour..).unwrap_or_default();
        } else {
            clean.push(if plain(c) { c } else { '\u{fffd}' });
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    Cow::Owned(clean)
}

/// Length of the colour code (`ESC [ digits ; digits m`) that a text begins with, or 0.
fn colour_length(text: &str) -> usize {
    let Some(code) = text.strip_prefix("\u{1b}[") else { return 0 };
    match code.find(|c: char| !c.is_ascii_digit() && c != ';') {
        Some(end) if code.get(end..).is_some_and(|tail| tail.starts_with('m')) => end + 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_reach_the_terminal() {
        assert_eq!(harmless("plain\ntext"), "plain\ntext");
        assert_eq!(harmless("\u{1b}[1;31mred\u{1b}[0m"), "\u{1b}[1;31mred\u{1b}[0m");
        assert_eq!(harmless("a\u{1b}[2Jb\u{1b}]0;title\u{7}c"), "a\u{fffd}[2Jb\u{fffd}]0;title\u{fffd}c");
    }
}
