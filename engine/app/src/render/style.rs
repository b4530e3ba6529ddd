//! Colour and weight, used sparingly and only on a terminal: nothing is said by colour alone.

use std::io::IsTerminal;

use crate::guest;

/// Whether text may be coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    colour: bool,
}

impl Style {
    /// No colour, for tests.
    #[cfg(test)]
    pub const PLAIN: Self = Self { colour: false };

    /// For standard output.
    pub fn stdout() -> Self {
        let own = || std::io::stdout().is_terminal() && wanted();
        Self { colour: guest::colour().map_or_else(own, |(out, _)| out) }
    }

    /// For standard error.
    pub fn stderr() -> Self {
        let own = || std::io::stderr().is_terminal() && wanted();
        Self { colour: guest::colour().map_or_else(own, |(_, err)| err) }
    }

    /// True when colour is used.
    pub const fn is_coloured(self) -> bool {
        self.colour
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// What carries the eye: titles, ids.
    pub fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What may be passed over.
    pub fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// What is wrong or late.
    pub fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// What is well.
    pub fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// What waits for somebody.
    pub fn warn(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// What can be typed.
    pub fn code(self, text: &str) -> String {
        self.paint("36", text)
    }
}

/// The convention of <https://no-color.org>, and terminals that cannot.
fn wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_plain() {
        assert_eq!(Style::PLAIN.bad("late"), "late");
        assert_eq!(Style { colour: true }.bad("late"), "\u{1b}[31mlate\u{1b}[0m");
        assert_eq!(Style { colour: true }.bad(""), "");
    }
}
