//! Mistakes that every author makes: curly quotes, `and` for `&&`, `=` for `==`, forgotten quotes.
//!
//! Each is reported with its mend and then mended in place, character for character, so that the parser finds the
//! other faults of the file at their true positions.

use std::ops::Range;

use super::items::{Item, ItemKind, is_clause, takes_text, takes_word};
use super::scan::{Kind, Token};
use crate::catalogue::CLAUSES;
use crate::diagnostics::{Code, Faults, meant};

/// Replacements of parts of the text, in order, each as long (in characters) as what it replaces.
#[derive(Debug, Default)]
pub(crate) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    pub(crate) fn replace(&mut self, range: Range<usize>, with: String) {
        self.0.push((range, with));
        self.0.sort_by_key(|(range, _)| range.start);
    }

    /// Replaces a part by space, keeping its lines.
    pub(crate) fn blank(&mut self, text: &str, range: Range<usize>) {
        let part = text.get(range.clone()).unwrap_or_default();
        let blank = part.chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        self.0.retain(|(own, _)| own.start < range.start || own.end > range.end);
        self.replace(range, blank);
    }

    /// That part of the text with the replacements made.
    pub(crate) fn render(&self, text: &str, range: Range<usize>) -> String {
        let mut out = String::with_capacity(range.len());
        let mut at = range.start;
        for (own, with) in &self.0 {
            if own.start >= at && own.end <= range.end {
                out.push_str(text.get(at..own.start).unwrap_or_default());
                out.push_str(with);
                at = own.end;
            }
        }
        out.push_str(text.get(at..range.end).unwrap_or_default());
        out
    }
}

/// Reports and mends the common mistakes of an expression on its own.
pub(crate) fn mend_expression(text: &str, tokens: &[Token], faults: &mut Faults<'_>, edits: &mut Edits) {
    for token in tokens {
        quotes(text, *token, faults, edits);
    }
    operators(text, tokens, faults, edits);
}

/// Reports and mends the common mistakes of one item.
pub(crate) fn mend(text: &str, tokens: &[Token], item: &Item, faults: &mut Faults<'_>, edits: &mut Edits) {
    for token in tokens.get(item.tokens.clone()).unwrap_or_default() {
        quotes(text, *token, faults, edits);
    }
    if item.kind == ItemKind::Rule {
        for clause in &item.clauses {
            mend_clause(text, tokens, clause, faults, edits);
        }
    }
}

fn quotes(text: &str, token: Token, faults: &mut Faults<'_>, edits: &mut Edits) {
    let written = token.text(text);
    let inner = written.get(first_width(written)..written.len() - last_width(written)).unwrap_or_default();
    let width = written.chars().count();
    let straight = format!("\"{inner}\"");
    match token.kind {
        Kind::Curly if width > 1 => {
            faults.add_wide(
                Code::CurlyQuote,
                token.place,
                width,
                format!("{written} is in curly quotes"),
                format!("write {straight} in straight quotes"),
            );
            edits.replace(token.start..token.end, straight);
        }
        Kind::Text if written.starts_with('\'') => {
            faults.add_wide(
                Code::CurlyQuote,
                token.place,
                width,
                format!("{written} is in single quotes"),
                format!("write {straight} in double quotes"),
            );
            edits.replace(token.start..token.end, straight);
        }
        _ => {}
    }
}

fn first_width(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

fn last_width(text: &str) -> usize {
    if text.chars().nth(1).is_none() { 0 } else { text.chars().next_back().map_or(0, char::len_utf8) }
}

fn mend_clause(
    text: &str,
    tokens: &[Token],
    clause: &Range<usize>,
    faults: &mut Faults<'_>,
    edits: &mut Edits,
) {
    let own = tokens.get(clause.clone()).unwrap_or_default();
    let (Some(keyword), Some(last)) = (own.first(), own.last()) else { return };
    let word = keyword.text(text);
    let is_told = if is_clause(word) {
        is_open_ended(text, own, faults)
            || sets_by_sign(text, own, faults)
            || wants_quotes(text, own, faults)
            || is_unfinished(text, own, faults)
    } else {
        unknown_clause(text, own, faults);
        true
    };
    if is_told {
        edits.blank(text, keyword.start..last.end);
    } else if takes_word(word) {
        bare_word(text, own, word, faults, edits);
    } else if matches!(word, "when" | "fix" | "codes" | "payers") {
        operators(text, own, faults, edits);
    }
}

/// Tells of a text or bracket that is not closed.
fn is_open_ended(text: &str, own: &[Token], faults: &mut Faults<'_>) -> bool {
    if let Some(open) = own.iter().find(|token| is_open(text, token)) {
        let help = "end it with a straight `\"` on the same line";
        faults.add(Code::Unclosed, open.place, "this text is not closed", help);
        return true;
    }
    let Some(open) = unmatched(own, text) else { return false };
    let sign = open.text(text);
    let close = match sign {
        "[" => "]",
        "(" => ")",
        _ => "}",
    };
    let message = format!("this `{sign}` is not closed");
    faults.add(Code::Unclosed, open.place, message, format!("add the missing `{close}`"));
    true
}

/// Tells of `fix line.units = 2`.
fn sets_by_sign(text: &str, own: &[Token], faults: &mut Faults<'_>) -> bool {
    let (Some(keyword), Some(last)) = (own.first(), own.last()) else { return false };
    let Some(sign) = own.iter().find(|token| keyword.text(text) == "fix" && token.text(text) == "=") else {
        return false;
    };
    let target = text.get(keyword.end..sign.start).unwrap_or_default().trim();
    let value = text.get(sign.end..last.end).unwrap_or_default().trim();
    let help = format!("write fix {}", setting(target, value));
    faults.add(Code::SingleEquals, sign.place, "`=` sets nothing here: an action does", help);
    true
}

/// Tells of a text that stands there without quotes.
fn wants_quotes(text: &str, own: &[Token], faults: &mut Faults<'_>) -> bool {
    let (Some(keyword), Some(last)) = (own.first(), own.last()) else { return false };
    let word = keyword.text(text);
    if !takes_text(word) || !lacks_quotes(own, text) {
        return false;
    }
    let second = own.get(1);
    let words = text.get(second.map_or(last.end, |token| token.start)..last.end).unwrap_or_default();
    faults.add_wide(
        Code::MissingQuotes,
        second.map_or(keyword.place, |token| token.place),
        words.chars().count(),
        format!("`{word}` takes a text in quotes"),
        format!("write {word} \"{}\"", words.trim_end_matches(';')),
    );
    true
}

/// Tells of a clause that ends with an operator.
fn is_unfinished(text: &str, own: &[Token], faults: &mut Faults<'_>) -> bool {
    let (Some(keyword), Some(end)) = (own.first(), unfinished(own, text)) else { return false };
    let message = format!("`{}` ends with `{}`", keyword.text(text), end.text(text));
    faults.add(Code::Syntax, end.place, message, "write what follows, or take it out");
    true
}

/// The operator with which the clause ends, when it does.
fn unfinished<'o>(own: &'o [Token], text: &str) -> Option<&'o Token> {
    let last = own.iter().rev().find(|token| token.text(text) != ";")?;
    let operator = last.kind == Kind::Symbol || matches!(last.text(text), "and" | "or" | "not");
    operator.then_some(last)
}

/// The first bracket of the clause that is not closed in it.
fn unmatched<'o>(own: &'o [Token], text: &str) -> Option<&'o Token> {
    let mut open: Vec<&Token> = Vec::new();
    for token in own {
        match token.kind {
            Kind::Open => open.push(token),
            Kind::Close => {
                open.pop();
            }
            _ => {}
        }
    }
    open.into_iter().next().filter(|token| token.text(text) != "#{")
}

/// The action that sets a field.
fn setting(target: &str, value: &str) -> String {
    match crate::catalogue::find(target).filter(|entry| !entry.set_by.is_empty()) {
        Some(entry) => format!("{}({value})", entry.set_by),
        None => {
            "with an action, as `claim.set_place_of_service(\"10\")`; `claimflow rules fields` lists them"
                .to_owned()
        }
    }
}

fn is_open(text: &str, token: &Token) -> bool {
    token.kind == Kind::Unclosed || (token.kind == Kind::Curly && token.text(text).chars().count() == 1)
}

fn unknown_clause(text: &str, own: &[Token], faults: &mut Faults<'_>) {
    let Some(keyword) = own.first() else { return };
    let word = keyword.text(text);
    faults.add_wide(
        Code::UnknownClause,
        keyword.place,
        word.chars().count(),
        format!("there is no clause `{word}`"),
        meant(word, CLAUSES.iter().map(|clause| clause.keyword)),
    );
}

/// True when the clause's text starts with a bare word that is not a constant's name on its own.
fn lacks_quotes(own: &[Token], text: &str) -> bool {
    let args: Vec<&Token> = own.iter().skip(1).filter(|token| token.text(text) != ";").collect();
    let constant = |token: &Token| {
        token.text(text).chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    match args.as_slice() {
        [] => false,
        [first, rest @ ..] => match first.kind {
            Kind::Word => !(constant(first) && rest.first().is_none_or(|next| next.text(text) == "+")),
            Kind::Number => true,
            _ => false,
        },
    }
}

fn bare_word(text: &str, own: &[Token], word: &str, faults: &mut Faults<'_>, edits: &mut Edits) {
    let Some(argument) = own.get(1).filter(|token| matches!(token.kind, Kind::Text | Kind::Curly)) else {
        return;
    };
    let written = argument.text(text);
    let inner: String = written.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    faults.add_wide(
        Code::QuotedWord,
        argument.place,
        written.chars().count(),
        format!("`{word}` takes a bare word"),
        format!("write {word} {inner}"),
    );
    let padded = format!("{inner:<width$}", width = written.chars().count());
    edits.blank(text, argument.start..argument.end);
    edits.0.retain(|(range, _)| range.start != argument.start);
    edits.replace(argument.start..argument.end, padded);
}

fn operators(text: &str, own: &[Token], faults: &mut Faults<'_>, edits: &mut Edits) {
    for (place, token) in own.iter().enumerate() {
        let before =
            place.checked_sub(1).and_then(|before| own.get(before)).map_or("", |token| token.text(text));
        let after = own.get(place + 1).map_or("", |token| token.text(text));
        let written = token.text(text);
        let mend = match (token.kind, written.to_ascii_lowercase().as_str()) {
            _ if before == "." || after == "." => continue,
            (Kind::Word, "and") => "&&",
            (Kind::Word, "or") => "||",
            (Kind::Word, "not") if after == "in" => "!",
            (Kind::Word, "not") => "!",
            (Kind::Word, "true" | "false") if written.chars().any(char::is_uppercase) => {
                continue_with(Code::WordOperator, text, token, &written.to_ascii_lowercase(), faults, edits);
                continue;
            }
            (Kind::Symbol, "=>") => {
                continue_with(Code::WordOperator, text, token, ">=", faults, edits);
                continue;
            }
            (Kind::Symbol, "<") if after == ">" => {
                two_signs(text, own, place, "!=", faults, edits);
                continue;
            }
            (Kind::Symbol, "=") if after == "<" => {
                two_signs(text, own, place, "<=", faults, edits);
                continue;
            }
            (Kind::Symbol, "$") => {
                amount(text, own, place, 2, faults, edits);
                continue;
            }
            (Kind::Symbol, ",") if is_thousands(text, own, place) => {
                amount(text, own, place - 1, 3, faults, edits);
                continue;
            }
            (Kind::Symbol, "=") => "==",
            _ => continue,
        };
        let code = if mend == "==" { Code::SingleEquals } else { Code::WordOperator };
        continue_with(code, text, token, mend, faults, edits);
    }
}

/// Two signs that stand for one, as `<>`.
fn two_signs(
    text: &str,
    own: &[Token],
    place: usize,
    mend: &str,
    faults: &mut Faults<'_>,
    edits: &mut Edits,
) {
    if let (Some(first), Some(second)) = (own.get(place), own.get(place + 1)) {
        let both = Token { end: second.end, ..*first };
        continue_with(Code::WordOperator, text, &both, mend, faults, edits);
    }
}

/// True for the comma of `1,500` outside brackets.
fn is_thousands(text: &str, own: &[Token], place: usize) -> bool {
    let open = own.iter().take(place).filter(|token| token.kind == Kind::Open).count();
    let closed = own.iter().take(place).filter(|token| token.kind == Kind::Close).count();
    let (Some(before), Some(comma), Some(after)) =
        (place.checked_sub(1).and_then(|at| own.get(at)), own.get(place), own.get(place + 1))
    else {
        return false;
    };
    let digits = after.text(text).split('.').next().unwrap_or_default();
    open == closed
        && before.kind == Kind::Number
        && after.kind == Kind::Number
        && (before.end, comma.end) == (comma.start, after.start)
        && digits.len() == 3
}

/// An amount as it stands on paper: `$150`, `1,500`.
fn amount(
    text: &str,
    own: &[Token],
    place: usize,
    tokens: usize,
    faults: &mut Faults<'_>,
    edits: &mut Edits,
) {
    let parts = own.get(place..place + tokens).unwrap_or_default();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return };
    let written = text.get(first.start..last.end).unwrap_or_default();
    let width = written.chars().count();
    let number: String = written.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    faults.add_wide(
        Code::BadNumber,
        first.place,
        width,
        format!("`{written}` is not a number here"),
        format!("write {number}, without a currency sign and without commas"),
    );
    edits.replace(first.start..last.end, format!("{number:<width$}"));
}

fn continue_with(
    code: Code,
    text: &str,
    token: &Token,
    mend: &str,
    faults: &mut Faults<'_>,
    edits: &mut Edits,
) {
    let written = token.text(text);
    let width = written.chars().count();
    faults.add_wide(
        code,
        token.place,
        width,
        format!("`{written}` is not an operator here"),
        format!("write `{mend}`"),
    );
    if written == "=" {
        // `=` becomes `==` over the space beside it, so that no column moves.
        let after = text.get(token.end..).unwrap_or_default();
        let end = token.end + usize::from(after.starts_with(' '));
        edits.replace(token.start..end, mend.to_owned());
    } else {
        edits.replace(token.start..token.end, format!("{mend:<width$}"));
    }
}
