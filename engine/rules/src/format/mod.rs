//! One look for all rules: clauses one on a line, their arguments under each other, one blank line between rules.
//!
//! The order of clauses and the lines of a long condition stay as their author chose them; comments stay where they are. Only
//! space changes, and `;` between clauses goes: the tokens of the result are checked to be those of the text.

mod gap;

use std::ops::Range;

use claimflow_core::Diagnostic;

use self::gap::{Piece, TAB, comments, pieces};
use crate::diagnostics::Faults;
use crate::parse::items::{Item, ItemKind, split};
use crate::parse::scan::{Kind, Token, scan};

/// The file in the one look that all rules have, ending with a line end.
///
/// # Errors
/// The faults of a text that cannot be read: it must be mended first.
pub fn format_rules(path: &str, text: &str) -> Result<String, Vec<Diagnostic>> {
    let mut faults = Faults::new(path);
    crate::parse::parse(text, &mut faults);
    if faults.errors() > 0 {
        faults.list.retain(Diagnostic::is_error);
        return Err(faults.list);
    }
    let sheet = Sheet::new(text);
    let mut made = sheet.file();
    // What stands behind a comment of several lines is set by where the comment ends, which may just have moved: what comes
    // out is what stays when it is formatted once more.
    for _ in 0..ROUNDS {
        let after = Sheet::new(&made);
        // A last look: where the result would say anything else, the text stays as it is.
        if sheet.says() != after.says() {
            break;
        }
        let again = after.file();
        if again == made {
            return Ok(made);
        }
        made = again;
    }
    Ok(text.to_owned())
}

/// How often a text is set anew until nothing of it moves any more; one that never rests stays as it is.
const ROUNDS: usize = 4;

/// Columns by which clauses are indented.
const INDENT: usize = 4;

/// Columns of a keyword, at least: those of `effective`.
const KEYWORD: usize = 9;

struct Sheet<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    items: Vec<Item>,
}

impl<'t> Sheet<'t> {
    fn new(text: &'t str) -> Self {
        let tokens = scan(text);
        let items = split(text, &tokens, &mut Faults::new(""));
        Self { text, tokens, items }
    }

    fn word(&self, at: usize) -> &'t str {
        self.tokens.get(at).map_or("", |token| token.text(self.text))
    }

    fn end(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(self.text.len(), |token| token.end)
    }

    fn start(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(self.text.len(), |token| token.start)
    }

    /// What stands between two places.
    fn between(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    /// The gap before a token.
    fn before(&self, at: usize) -> &'t str {
        let from = at.checked_sub(1).map_or(0, |before| self.end(before));
        self.between(from..self.start(at))
    }

    /// Tokens, comments and clauses, whatever the space between them.
    fn says(&self) -> (Vec<&'t str>, Vec<&'t str>, Vec<&'t str>) {
        let tokens = (0..self.tokens.len()).map(|at| self.word(at)).filter(|word| *word != ";");
        let comments = (0..=self.tokens.len()).flat_map(|at| comments(self.before(at)));
        let clauses = self.items.iter().flat_map(|item| &item.clauses).map(|clause| self.word(clause.start));
        (tokens.collect(), comments.collect(), clauses.collect())
    }

    fn file(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        let mut previous: Option<&Item> = None;
        for item in &self.items {
            self.between_items(&mut out, at, item.tokens.start, previous, Some(item));
            match item.kind {
                ItemKind::Rule => self.rule(&mut out, item),
                _ => self.plain(&mut out, item.tokens.clone()),
            }
            if item.kind == ItemKind::Constant {
                out.push(';');
            }
            at = item.tokens.end;
            previous = Some(item);
        }
        self.between_items(&mut out, at, self.tokens.len(), previous, None);
        let kept = out.trim_end().len();
        out.truncate(kept);
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }

    /// Comments and blank lines between two items; tokens from `at` to `next` are `;` only.
    fn between_items(
        &self,
        out: &mut String,
        at: usize,
        next: usize,
        previous: Option<&Item>,
        item: Option<&Item>,
    ) {
        let blocks = |item: &Item| matches!(item.kind, ItemKind::Rule | ItemKind::Function);
        let mut pieces: Vec<Piece<'_>> = (at..=next).flat_map(|at| pieces(self.before(at))).collect();
        let apart = previous.zip(item).is_some_and(|(one, other)| blocks(one) || blocks(other));
        if apart && !pieces.iter().any(|piece| matches!(piece, Piece::Lines(2..))) {
            let first = pieces.iter().position(|piece| matches!(piece, Piece::Lines(_)));
            match first.and_then(|place| pieces.get_mut(place)) {
                Some(lines) => *lines = Piece::Lines(2),
                None => pieces.push(Piece::Lines(2)),
            }
        }
        if previous.is_some()
            && item.is_some()
            && !pieces.iter().any(|piece| matches!(piece, Piece::Lines(_)))
        {
            pieces.push(Piece::Lines(1));
        }
        for piece in pieces {
            match piece {
                Piece::Lines(_) if out.is_empty() => {}
                Piece::Lines(count) => out.push_str(if count > 1 { "\n\n" } else { "\n" }),
                Piece::Comment(text, _) => {
                    if !out.is_empty() && !out.ends_with('\n') {
                        out.push(' ');
                    }
                    out.push_str(text);
                }
            }
        }
        if item.is_some() && !out.is_empty() && !out.ends_with('\n') {
            out.push(' ');
        }
    }

    fn rule(&self, out: &mut String, item: &Item) {
        let Some(open) = item.tokens.clone().find(|at| self.word(*at) == "{") else { return };
        self.flow(out, item.tokens.start..open + 1, 0, 0);
        let width = item
            .clauses
            .iter()
            .filter(|clause| self.argument(clause).is_some())
            .map(|clause| self.word(clause.start).chars().count())
            .max()
            .unwrap_or(0)
            .max(KEYWORD);
        let mut at = open + 1;
        for clause in &item.clauses {
            self.between_clauses(out, at..clause.start, at > open + 1);
            self.clause(out, clause, width);
            at = self.last(clause) + 1;
        }
        self.between_clauses(out, at..item.tokens.end.saturating_sub(1), at > open + 1);
        out.push('}');
    }

    /// The last token of a clause that is no `;`.
    fn last(&self, clause: &Range<usize>) -> usize {
        clause.clone().rev().find(|at| self.word(*at) != ";").unwrap_or(clause.start)
    }

    /// The first token of a clause's argument.
    fn argument(&self, clause: &Range<usize>) -> Option<usize> {
        (self.last(clause) > clause.start).then_some(clause.start + 1)
    }

    /// Ends the line and begins the next, with the comments between: tokens of the range are `;` only.
    fn between_clauses(&self, out: &mut String, range: Range<usize>, blank: bool) {
        let all: Vec<Piece<'_>> = (range.start..=range.end).flat_map(|at| pieces(self.before(at))).collect();
        let mut blank_wanted = false;
        let mut own_line = false;
        let mut blank = blank;
        for piece in all {
            match piece {
                Piece::Lines(count) => {
                    own_line = true;
                    blank_wanted |= count > 1;
                }
                Piece::Comment(text, _) => {
                    if own_line {
                        out.push_str(if blank_wanted && blank { "\n\n" } else { "\n" });
                        out.push_str(&" ".repeat(INDENT));
                        blank = true;
                    } else {
                        out.push(' ');
                    }
                    out.push_str(text);
                    (blank_wanted, own_line) = (false, false);
                }
            }
        }
        let ends = self.word(range.end) == "}";
        out.push_str(if blank_wanted && !ends && blank { "\n\n" } else { "\n" });
        if !ends {
            out.push_str(&" ".repeat(INDENT));
        }
    }

    fn clause(&self, out: &mut String, clause: &Range<usize>, width: usize) {
        out.push_str(self.word(clause.start));
        let Some(argument) = self.argument(clause) else { return };
        let column = INDENT + width + 1;
        let padding = (width + 1).saturating_sub(self.word(clause.start).chars().count());
        out.push_str(&" ".repeat(padding));
        for comment in comments(self.before(argument)) {
            out.push_str(comment);
            // What follows a comment to the line's end must stand on the next.
            if comment.starts_with("//") {
                out.push('\n');
                out.push_str(&" ".repeat(column));
            } else {
                out.push(' ');
            }
        }
        self.flow(out, argument..self.last(clause) + 1, self.column(argument), column);
    }

    /// Columns before a token on its line, tabs counted in full.
    fn column(&self, at: usize) -> usize {
        let line = self.between(0..self.start(at));
        let line = line.rsplit('\n').next().unwrap_or_default();
        line.chars().map(|c| if c == '\t' { TAB } else { usize::from(!matches!(c, '\r' | '\u{feff}')) }).sum()
    }

    /// Tokens as they stand, each line but the first moved from column `old` to column `new`.
    fn flow(&self, out: &mut String, tokens: Range<usize>, old: usize, new: usize) {
        let moved = |column: usize| (column + new).saturating_sub(old).max(if new > 0 { INDENT } else { 0 });
        for at in tokens.clone() {
            if at > tokens.start {
                let pieces = pieces(self.before(at));
                let mut fresh = false;
                for piece in &pieces {
                    match piece {
                        Piece::Lines(_) => {
                            out.push('\n');
                            fresh = true;
                        }
                        Piece::Comment(text, indent) => {
                            let space = if fresh { moved(*indent) } else { 1 };
                            out.push_str(&" ".repeat(space));
                            out.push_str(text);
                            fresh = false;
                        }
                    }
                }
                if fresh {
                    out.push_str(&" ".repeat(moved(self.column(at))));
                } else if !pieces.is_empty() || self.spaced(at) {
                    out.push(' ');
                }
            }
            out.push_str(self.word(at));
        }
    }

    /// Items that are no rules: their lines as they stand, without space at their ends.
    fn plain(&self, out: &mut String, tokens: Range<usize>) {
        let column = self.column(tokens.start);
        self.flow(out, tokens, column, 0);
    }

    /// True when a space stands before that token.
    fn spaced(&self, at: usize) -> bool {
        const SPACED: [&str; 9] = ["==", "!=", "<=", ">=", "&&", "??", "=", "+=", "-="];
        let (word, before) = (self.word(at), self.word(at - 1));
        if word == "," || word == ";" {
            return false;
        }
        let joins = |sign: &str| SPACED.contains(&sign);
        // `||` begins a closure without parameters, too: there nothing stands before it that it could join.
        let either = (word == "||" && self.is_operand(at - 1))
            || (before == "||" && at > 1 && self.is_operand(at - 2));
        joins(word)
            || joins(before)
            || before == ","
            || either
            || (!self.before(at).is_empty() && !self.tight(at))
    }

    /// True for a token that ends a value.
    fn is_operand(&self, at: usize) -> bool {
        let kind = self.tokens.get(at).map(|token| token.kind);
        matches!(kind, Some(Kind::Close | Kind::Word | Kind::Text | Kind::Number))
    }

    /// True where no space belongs, whatever is written.
    fn tight(&self, at: usize) -> bool {
        let (word, before) = (self.word(at), self.word(at - 1));
        word == ")" || word == "]" || before == "(" || before == "[" || before == "."
    }
}
