//! Cuts a script into tokens, so that faults can be found clause by clause where a parser would stop at the first.

use crate::diagnostics::Place;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword.
    Word,
    /// A text in straight or back quotes.
    Text,
    /// A text in curly quotes.
    Curly,
    /// A text that does not end.
    Unclosed,
    Number,
    Open,
    Close,
    /// An operator, comma, period or semicolon.
    Symbol,
}

/// A token: its place, and its bytes in the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) place: Place,
    /// True when nothing but space stands before it on its line.
    pub(crate) first: bool,
}

impl Token {
    pub(crate) fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    place: Place,
    first: bool,
    tokens: Vec<Token>,
}

/// The tokens of a script; comments and space are left out.
pub(crate) fn scan(text: &str) -> Vec<Token> {
    let mut scanner =
        Scanner { text, at: 0, place: Place { line: 1, column: 1 }, first: true, tokens: Vec::new() };
    while scanner.step() {}
    scanner.tokens
}

const SYMBOLS: [&str; 22] = [
    "===", "!==", "..=", "&&", "||", "==", "!=", "<=", ">=", "=>", "??", "?.", "+=", "-=", "*=", "/=", "%=",
    "..", "::", "#{", "->", "**",
];

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, bytes: usize) {
        let Some(passed) = self.text.get(self.at..self.at + bytes) else {
            self.at = self.text.len();
            return;
        };
        for character in passed.chars() {
            if character == '\n' {
                self.place = Place { line: self.place.line + 1, column: 1 };
                self.first = true;
            } else {
                self.place.column += 1;
            }
        }
        self.at += bytes;
    }

    fn take(&mut self, kind: Kind, bytes: usize) {
        let (start, place, first) = (self.at, self.place, self.first);
        self.advance(bytes);
        self.first = false;
        self.tokens.push(Token { kind, start, end: self.at, place, first });
    }

    /// Takes one token or skips space; false at the end.
    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(character) = rest.chars().next() else { return false };
        let width = character.len_utf8();
        if character.is_whitespace() || character == '\u{feff}' {
            self.advance(width);
        } else if rest.starts_with("//") {
            self.advance(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.advance(comment(rest));
        } else if character.is_alphabetic() || character == '_' {
            self.take(Kind::Word, run(rest, |c| c.is_alphanumeric() || c == '_'));
        } else if character.is_ascii_digit() {
            self.take(Kind::Number, number(rest));
        } else if let '"' | '`' | '\'' = character {
            let (bytes, closed) = quoted(rest, character);
            self.take(if closed { Kind::Text } else { Kind::Unclosed }, bytes);
        } else if let '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' | '\u{ab}' = character {
            self.take(Kind::Curly, curly(rest));
        } else {
            self.symbol(character, width);
        }
        true
    }

    fn symbol(&mut self, character: char, width: usize) {
        match character {
            '(' | '[' | '{' => self.take(Kind::Open, width),
            ')' | ']' | '}' => self.take(Kind::Close, width),
            _ => {
                let rest = self.rest();
                let long =
                    SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)).map_or(width, |s| s.len());
                let kind = if rest.starts_with("#{") { Kind::Open } else { Kind::Symbol };
                self.take(kind, long);
            }
        }
    }
}

fn run(text: &str, keep: impl Fn(char) -> bool) -> usize {
    text.find(|c| !keep(c)).unwrap_or(text.len())
}

/// Digits, one point followed by a digit, and letters as in `0x1f`; a range `1..3` is not part of it.
fn number(text: &str) -> usize {
    let whole = run(text, |c| c.is_alphanumeric() || c == '_');
    let rest = text.get(whole..).unwrap_or_default();
    let mut after = rest.chars();
    match (after.next(), after.next()) {
        (Some('.'), Some(digit)) if digit.is_ascii_digit() => {
            whole + 1 + run(rest.get(1..).unwrap_or_default(), |c| c.is_alphanumeric() || c == '_')
        }
        _ => whole,
    }
}

/// Bytes of a comment that may hold others.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// Bytes of a quoted text, and whether it ends. Only back-quoted text may run over lines.
fn quoted(text: &str, quote: char) -> (usize, bool) {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if quote != '`' => {
                characters.next();
            }
            '\n' if quote != '`' => return (at, false),
            _ if character == quote => return (at + quote.len_utf8(), true),
            _ => {}
        }
    }
    (text.len(), false)
}

/// Bytes up to the closing curly quote, or of the quote alone when it does not close on its line.
fn curly(text: &str) -> usize {
    let line = text.split('\n').next().unwrap_or_default();
    let opening = line.chars().next().map_or(0, char::len_utf8);
    line.char_indices()
        .skip(1)
        .find(|(_, c)| matches!(c, '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' | '\u{bb}' | '"'))
        .map_or(opening, |(at, c)| at + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<&str> {
        scan(text).iter().map(|token| token.text(text)).collect()
    }

    #[test]
    fn cuts_what_authors_write() {
        assert_eq!(
            words("when a.b == \"x y\" && !c // tail\n  /* a /* b */ c */ fix d(1.5)"),
            ["when", "a", ".", "b", "==", "\"x y\"", "&&", "!", "c", "fix", "d", "(", "1.5", ")"]
        );
        assert_eq!(words("“curly” x"), ["“curly”", "x"]);
        assert_eq!(scan("title \"open\nstage scrub")[1].kind, Kind::Unclosed);
        let second = scan("a\n  b")[1];
        assert_eq!((second.place, second.first), (Place { line: 2, column: 3 }, true));
    }

    proptest! {
        #[test]
        fn never_panics_and_tokens_are_in_order(text in "\\PC{0,80}|[\"'`/*{}()“”\\\\ a\n.#]{0,60}") {
            let mut end = 0;
            for token in scan(&text) {
                prop_assert!(token.start >= end && token.end > token.start);
                prop_assert!(text.get(token.start..token.end).is_some());
                end = token.end;
            }
        }
    }
}
