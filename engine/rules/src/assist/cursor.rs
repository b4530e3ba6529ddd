//! Where in a file a place stands: in which item, in which clause, after what.

use std::ops::Range;

use claimflow_core::Subject;

use crate::catalogue::{Clause, Entry, Receiver, Type, clause_of, find, function_of, objects};
use crate::diagnostics::Faults;
use crate::parse::items::{Item, ItemKind, split};
use crate::parse::scan::{Kind, Token, scan};

/// A file cut into tokens and items.
pub(super) struct Sheet<'t> {
    pub(super) text: &'t str,
    pub(super) tokens: Vec<Token>,
    pub(super) items: Vec<Item>,
}

/// What the value before a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Object(&'static str),
    Value(Receiver),
    Unknown,
}

/// A part of `a.b(c).d`: its name, and whether it is called.
#[derive(Debug, Clone, Copy)]
struct Part<'t> {
    name: &'t str,
    kind: PartKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartKind {
    Name,
    Call,
    Text,
    List,
}

impl<'t> Sheet<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let tokens = scan(text);
        let items = split(text, &tokens, &mut Faults::new(""));
        Self { text, tokens, items }
    }

    pub(super) fn word(&self, at: usize) -> &'t str {
        self.tokens.get(at).map_or("", |token| token.text(self.text))
    }

    pub(super) fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// The token at that place, a name that ends there included.
    pub(super) fn token_at(&self, offset: usize) -> Option<usize> {
        let inside = |token: &Token| token.start <= offset && offset < token.end;
        let ends = |token: &Token| token.end == offset && token.kind == Kind::Word;
        let found = self.tokens.iter().position(inside);
        found.or_else(|| self.tokens.iter().position(ends))
    }

    /// How many tokens end at or before that place.
    pub(super) fn before(&self, offset: usize) -> usize {
        self.tokens.partition_point(|token| token.end <= offset)
    }

    /// The text in quotes around that place.
    pub(super) fn quoted_at(&self, offset: usize) -> Option<usize> {
        self.tokens.iter().position(|token| match token.kind {
            Kind::Text | Kind::Curly => token.start < offset && offset < token.end,
            Kind::Unclosed => token.start < offset && offset <= token.end,
            _ => false,
        })
    }

    /// True within a comment.
    pub(super) fn in_comment(&self, offset: usize) -> bool {
        let start =
            self.before(offset).checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |t| t.end);
        let Some(gap) = self.text.get(start..offset) else { return false };
        let line = gap.rsplit('\n').next().unwrap_or_default();
        line.contains("//") || gap.matches("/*").count() > gap.matches("*/").count()
    }

    /// The bytes of an item.
    pub(super) fn range_of(&self, item: &Item) -> Range<usize> {
        let start = self.tokens.get(item.tokens.start).map_or(0, |token| token.start);
        let end = item.tokens.end.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(start, |t| t.end);
        start..end.max(start)
    }

    /// The item around that place; one that is not closed goes on to the next.
    pub(super) fn item_at(&self, offset: usize) -> Option<&Item> {
        let item = self.items.iter().rev().find(|item| self.range_of(item).start <= offset)?;
        let range = self.range_of(item);
        let open = item.unclosed || matches!(item.kind, ItemKind::Disable | ItemKind::Constant);
        let ended = self.before(offset).checked_sub(1).is_some_and(|at| self.word(at) == ";")
            && item.kind == ItemKind::Constant;
        (offset < range.end || (open && !ended)).then_some(item)
    }

    /// The clause that the token at `at` (a count of tokens before) belongs to: its first token.
    pub(super) fn clause_start(&self, item: &Item, before: usize) -> Option<usize> {
        item.clauses.iter().map(|clause| clause.start).rfind(|start| *start < before)
    }

    /// The clause by the keyword at that token.
    pub(super) fn clause(&self, start: usize) -> Option<&'static Clause> {
        clause_of(self.word(start))
    }

    /// What the rule looks at; `None` outside rules.
    pub(super) fn subject(&self, item: Option<&Item>) -> Option<Subject> {
        let item = item.filter(|item| item.kind == ItemKind::Rule)?;
        let each = item.clauses.iter().find(|clause| self.word(clause.start) == "each");
        Some(each.and_then(|clause| Subject::parse(self.word(clause.start + 1))).unwrap_or(Subject::Claim))
    }

    /// How many brackets are open at that count of tokens, since `from`.
    pub(super) fn depth(&self, from: usize, before: usize) -> usize {
        let kinds = self.tokens.get(from..before).unwrap_or_default();
        kinds.iter().fold(0_usize, |depth, token| match token.kind {
            Kind::Open => depth + 1,
            Kind::Close => depth.saturating_sub(1),
            _ => depth,
        })
    }

    /// The token that opens the bracket that the token at `close` closes.
    pub(super) fn opening(&self, close: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in (0..=close).rev() {
            match self.kind(at)? {
                Kind::Close => depth += 1,
                Kind::Open => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The parts of the chain that ends with the token at `last`, and the place of its first token.
    fn chain(&self, last: usize) -> (Vec<Part<'t>>, usize) {
        let mut parts = Vec::new();
        let mut at = last;
        loop {
            let (part, first) = match self.kind(at) {
                Some(Kind::Word) => (Part { name: self.word(at), kind: PartKind::Name }, at),
                Some(Kind::Text) => (Part { name: "", kind: PartKind::Text }, at),
                Some(Kind::Close) => match self.opening(at) {
                    Some(open)
                        if self.word(open) == "(" && open > 0 && self.kind(open - 1) == Some(Kind::Word) =>
                    {
                        (Part { name: self.word(open - 1), kind: PartKind::Call }, open - 1)
                    }
                    Some(open) if self.word(open) == "[" => (Part { name: "", kind: PartKind::List }, open),
                    _ => break,
                },
                _ => break,
            };
            parts.insert(0, part);
            at = first;
            match at.checked_sub(1) {
                Some(point) if self.word(point) == "." && point > 0 => at = point - 1,
                _ => break,
            }
        }
        (parts, at)
    }

    /// What the chain that ends with the token at `last` is.
    pub(super) fn base(&self, last: usize) -> Base {
        let (parts, _) = self.chain(last);
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else { return Base::Unknown };
        parts.fold(self.first(first), |base, part| match base {
            Base::Object(object) => find(&format!("{object}.{}", part.name)).map_or(Base::Unknown, base_of),
            Base::Value(of) => function_of(of, part.name).map_or(Base::Unknown, |own| base_of_type(own.ty)),
            Base::Unknown => Base::Unknown,
        })
    }

    fn first(&self, part: Part<'_>) -> Base {
        match part.kind {
            PartKind::Text => Base::Value(Receiver::Text),
            PartKind::List => Base::Value(Receiver::List),
            PartKind::Call if part.name == "table" => Base::Value(Receiver::Table),
            PartKind::Call => {
                function_of(Receiver::Nothing, part.name).map_or(Base::Unknown, |own| base_of_type(own.ty))
            }
            PartKind::Name if part.name == "as_of" => Base::Value(Receiver::Date),
            PartKind::Name => match objects().iter().find(|object| **object == part.name) {
                Some(object) => Base::Object(object),
                None => self.constant(part.name),
            },
        }
    }

    fn constant(&self, name: &str) -> Base {
        let own = self
            .items
            .iter()
            .find(|item| item.kind == ItemKind::Constant && self.word(item.tokens.start + 1) == name);
        match own.map(|item| (self.word(item.tokens.start + 3), self.kind(item.tokens.start + 3))) {
            Some(("[", _)) => Base::Value(Receiver::List),
            Some((_, Some(Kind::Text))) => Base::Value(Receiver::Text),
            Some(("date", _)) => Base::Value(Receiver::Date),
            _ => Base::Unknown,
        }
    }

    /// The entry that the chain ending with the token at `last` reads or calls.
    pub(super) fn entry(&self, last: usize) -> Option<&'static Entry> {
        let (parts, _) = self.chain(last);
        match parts.as_slice() {
            [object, name] => find(&format!("{}.{}", object.name, name.name)),
            _ => None,
        }
    }
}

fn base_of(entry: &'static Entry) -> Base {
    base_of_type(entry.ty)
}

const fn base_of_type(ty: Type) -> Base {
    match ty {
        Type::Text => Base::Value(Receiver::Text),
        Type::Texts => Base::Value(Receiver::List),
        Type::Date => Base::Value(Receiver::Date),
        Type::Line => Base::Object("line"),
        _ => Base::Unknown,
    }
}
