//! Reads files of rules. Every fault of a file is found in one pass: a file is cut into items and rules into clauses
//! before Rhai parses them one by one, and a clause that cannot be read is left out of its rule and reported.

pub(crate) mod items;
pub(crate) mod mends;
pub(crate) mod scan;
pub(crate) mod syntax;

use claimflow_core::Text;
use jiff::civil::Date;
use rhai::{AST, ASTNode, Expr, LexError, Module, ParseErrorType, Position, Shared, Stmt};

/// A module that many share.
pub(crate) type SharedModule = Shared<Module>;

use self::items::{Item, ItemKind};
use self::mends::Edits;
use self::scan::{Kind, Token};
use self::syntax::PARSER;
pub(crate) use self::syntax::RawClause;
use crate::diagnostics::{Code, Faults, Place};
use crate::script;
use crate::script::refuse::{FILE_BYTES, too_much};

/// A rule as written.
#[derive(Debug)]
pub(crate) struct RawRule {
    pub(crate) id: Text,
    pub(crate) place: Place,
    /// Lines before it in its file: positions within it count from its first line.
    pub(crate) shift: u32,
    pub(crate) clauses: Vec<RawClause>,
    /// Keywords of clauses that are there but could not be read.
    pub(crate) broken: Vec<String>,
    /// Functions that the parser made of closures.
    pub(crate) closures: SharedModule,
    /// Errors found while reading it.
    pub(crate) errors: usize,
}

/// `disable "ID" because "..."`, with or without `expires "2026-12-31"`.
#[derive(Debug)]
pub(crate) struct RawDisable {
    pub(crate) id: Text,
    pub(crate) because: Text,
    /// Last service date for which it holds.
    pub(crate) expires: Option<Date>,
    pub(crate) place: Place,
}

/// A constant.
#[derive(Debug)]
pub(crate) struct RawConstant {
    pub(crate) name: Text,
    pub(crate) value: Expr,
    pub(crate) place: Place,
    pub(crate) shift: u32,
}

/// A helper function.
#[derive(Debug, Clone)]
pub(crate) struct RawFunction {
    pub(crate) name: Text,
    pub(crate) parameters: Vec<Text>,
    pub(crate) body: Vec<Stmt>,
    /// True when the body makes closures: their statements are then among the body's.
    pub(crate) closures: bool,
    pub(crate) module: SharedModule,
    pub(crate) place: Place,
    pub(crate) shift: u32,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) rules: Vec<RawRule>,
    pub(crate) disables: Vec<RawDisable>,
    pub(crate) constants: Vec<RawConstant>,
    pub(crate) functions: Vec<RawFunction>,
}

/// What a file is part of, which decides what it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// A pack of rules.
    Rules,
    /// A plugin: functions and constants; its answers are maps.
    Plugin,
}

/// Reads a file of rules.
pub(crate) fn parse(text: &str, faults: &mut Faults<'_>) -> File {
    parse_as(text, Profile::Rules, faults)
}

/// Reads a file of that profile.
pub(crate) fn parse_as(text: &str, profile: Profile, faults: &mut Faults<'_>) -> File {
    let mut file = File::default();
    if text.len() > FILE_BYTES {
        let message = format!("this file is larger than {} KB", FILE_BYTES / 1024);
        let help = "split it; keep long lists of codes in tables";
        faults.add(Code::Forbidden, Place { line: 1, column: 1 }, message, help);
        return file;
    }
    let tokens = scan::scan(text);
    for item in items::split(text, &tokens, faults) {
        let own = tokens.get(item.tokens.clone()).unwrap_or_default();
        if let Some((token, what)) = too_much(text, own) {
            let help =
                "split it into several rules, constants or functions; `x in [...]` says what many `||` say";
            faults.add(Code::Forbidden, token.place, what, help);
            continue;
        }
        let before = faults.errors();
        let mut edits = Edits::default();
        mends::mend(text, &tokens, &item, faults, &mut edits);
        let reader = Reader { text, tokens: &tokens, item: &item, edits, before, profile };
        match item.kind {
            ItemKind::Rule | ItemKind::Disable if profile == Profile::Plugin => reader.rule_in_plugin(faults),
            ItemKind::Rule => file.rules.extend(reader.rule(faults)),
            ItemKind::Disable => file.disables.extend(reader.disable(faults)),
            ItemKind::Constant => file.constants.extend(reader.constant(faults)),
            ItemKind::Function => file.functions.extend(reader.function(faults)),
        }
    }
    file
}

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
    item: &'t Item,
    edits: Edits,
    /// Errors of the file before this item.
    before: usize,
    profile: Profile,
}

impl Reader<'_> {
    fn own(&self) -> &[Token] {
        self.tokens.get(self.item.tokens.clone()).unwrap_or_default()
    }

    fn place(&self) -> Place {
        self.own().first().map_or(Place { line: 1, column: 1 }, |token| token.place)
    }

    fn shift(&self) -> u32 {
        self.place().line.saturating_sub(1)
    }

    /// Parses the item's text as it now stands, at its true columns; lines count from the item's first.
    fn compile(&self) -> Result<AST, rhai::ParseError> {
        let (Some(first), Some(last)) = (self.own().first(), self.own().last()) else {
            return Ok(AST::empty());
        };
        let mut source = " ".repeat(first.place.column.saturating_sub(1) as usize);
        source.push_str(&self.edits.render(self.text, first.start..last.end));
        if self.item.unclosed {
            source.push('}');
        }
        PARSER.compile(source)
    }

    /// The true place of a position in the item's text.
    fn true_place(&self, position: Position) -> Place {
        if position.is_none() {
            return self.place();
        }
        let place = Place::from(position);
        Place { line: place.line + self.place().line - 1, ..place }
    }

    /// Reports what the parsed text must not have.
    fn refuse(&self, ast: &AST, faults: &mut Faults<'_>) {
        let (help, of) = match self.profile {
            Profile::Rules => (
                "rules read the claim and answer; keep lists of values in a `const` or a table, and shared conditions in \
                 functions of the same file",
                "the rule language",
            ),
            Profile::Plugin => (
                "a plugin reads what it is called with and answers with a new map; lists grow with `push`",
                "what plugins can use",
            ),
        };
        for found in script::refuse::refused(ast, self.profile) {
            let message = format!("{} not part of {of}", found.what);
            faults.add(Code::Forbidden, self.true_place(found.position), message, help);
        }
    }

    fn rule_in_plugin(&self, faults: &mut Faults<'_>) {
        let help = "rules belong to a pack, in `payers/PACK/rules`; a plugin's file holds `fn` and `const`";
        faults.add(Code::Forbidden, self.place(), "a plugin has no rules", help);
    }

    fn report(&self, error: &rhai::ParseError, faults: &mut Faults<'_>) {
        let (message, help) = explain(&error.0);
        faults.add(Code::Syntax, self.true_place(error.1), message, help);
    }

    fn rule(mut self, faults: &mut Faults<'_>) -> Option<RawRule> {
        let mut broken: Vec<String> = Vec::new();
        let ast = loop {
            match self.compile() {
                Ok(ast) => break ast,
                Err(error) => {
                    self.report(&error, faults);
                    let place = self.true_place(error.1);
                    broken.push(self.leave_out(place)?);
                }
            }
        };
        self.refuse(&ast, faults);
        let custom = match ast.statements() {
            [Stmt::Expr(expr)] => match &**expr {
                Expr::Custom(custom, _) => custom,
                _ => return None,
            },
            _ => return None,
        };
        let (id, clauses) = syntax::clauses(custom)?;
        let Expr::StringConstant(id, _) = id else { return None };
        let parsed = |word: &str| clauses.iter().any(|clause| clause.keyword == word);
        for clause in &self.item.clauses {
            let word = self.tokens.get(clause.start).map_or("", |token| token.text(self.text));
            if !parsed(word) {
                broken.push(word.to_owned());
            }
        }
        Some(RawRule {
            id: Text::from(id.as_str()),
            place: self.place(),
            shift: self.shift(),
            clauses,
            broken,
            closures: ast.shared_lib().clone(),
            errors: faults.errors() - self.before,
        })
    }

    /// Blanks the clause at that place, or the one before it; answers its keyword. `None` when there is none left.
    fn leave_out(&mut self, place: Place) -> Option<String> {
        let clause = self
            .item
            .clauses
            .iter()
            .rev()
            .find(|clause| self.tokens.get(clause.start).is_some_and(|token| token.place <= place))?;
        let (first, last) = (self.tokens.get(clause.start)?, self.tokens.get(clause.end.checked_sub(1)?)?);
        let range = first.start..last.end;
        let keyword = first.text(self.text).to_owned();
        if self.edits.render(self.text, range.clone()).trim().is_empty() {
            return None;
        }
        self.edits.blank(self.text, range);
        Some(keyword)
    }

    fn disable(self, faults: &mut Faults<'_>) -> Option<RawDisable> {
        let Some(id) = self.text_after("disable") else {
            faults.add(
                Code::Syntax,
                self.place(),
                "`disable` names no rule",
                "write disable \"RULE-ID\" because \"...\"",
            );
            return None;
        };
        let Some(because) = self.text_after("because").filter(|text| !text.trim().is_empty()) else {
            faults.add(
                Code::NoReason,
                self.place(),
                format!("`{id}` is disabled without a reason"),
                format!("write disable \"{id}\" because \"...\""),
            );
            return None;
        };
        let expires = match self.text_after("expires").map(|text| text.parse::<Date>().map_err(|_| text)) {
            Some(Err(text)) => {
                faults.add(
                    Code::BadDate,
                    self.place(),
                    format!("`{text}` is not a date"),
                    "write expires \"2026-12-31\": the last date of service for which the rule is off",
                );
                return None;
            }
            Some(Ok(date)) => Some(date),
            None => None,
        };
        Some(RawDisable { id, because, expires, place: self.place() })
    }

    /// The quoted text that follows a word of this item.
    fn text_after(&self, word: &str) -> Option<Text> {
        let mut own = self.own().iter().skip_while(|token| token.text(self.text) != word).skip(1);
        own.next()
            .filter(|token| matches!(token.kind, Kind::Text | Kind::Curly))
            .map(|token| unquote(token.text(self.text)))
    }

    fn constant(self, faults: &mut Faults<'_>) -> Option<RawConstant> {
        let ast = self.compile().map_err(|error| self.report(&error, faults)).ok()?;
        self.refuse(&ast, faults);
        match ast.statements() {
            [Stmt::Var(parts, ..)] => {
                let (name, value) = (Text::from(parts.0.name.as_str()), parts.1.clone());
                Some(RawConstant { name, value, place: self.place(), shift: self.shift() })
            }
            _ => {
                faults.add(
                    Code::Syntax,
                    self.place(),
                    "this constant cannot be read",
                    "write const NAME = \"value\";",
                );
                None
            }
        }
    }

    fn function(self, faults: &mut Faults<'_>) -> Option<RawFunction> {
        let ast = self.compile().map_err(|error| self.report(&error, faults)).ok()?;
        self.refuse(&ast, faults);
        let name =
            self.own().iter().skip_while(|token| token.text(self.text) != "fn").nth(1)?.text(self.text);
        let parameters = ast.iter_functions().find(|function| function.name == name)?.params;
        let mut body = Vec::new();
        ast.walk(&mut |path: &[ASTNode<'_>]| {
            if let [ASTNode::Stmt(statement)] = path {
                body.push((*statement).clone());
            }
            true
        });
        Some(RawFunction {
            name: Text::from(name),
            parameters: parameters.iter().map(|name| Text::from(*name)).collect(),
            body,
            closures: ast.iter_functions().count() > 1,
            module: ast.shared_lib().clone(),
            place: self.place(),
            shift: self.shift(),
        })
    }
}

/// A parser's error in the author's words: what is wrong, and what to do.
fn explain(error: &ParseErrorType) -> (String, String) {
    let text = error.to_string();
    let mut characters = text.chars();
    let lower: String =
        characters.next().into_iter().flat_map(char::to_lowercase).chain(characters).collect();
    let help = match error {
        ParseErrorType::BadInput(LexError::ImproperSymbol(..)) => "",
        ParseErrorType::BadInput(LexError::UnterminatedString) => "end the text with a straight `\"`",
        ParseErrorType::MissingToken(..) => "look for a missing bracket, comma or quote just before",
        ParseErrorType::ExprTooDeep => {
            return (
                "this expression has too many parts in a row or within each other".to_owned(),
                "split it into several rules or functions; `x in [...]` says what many `||` say".to_owned(),
            );
        }
        ParseErrorType::UnexpectedEOF => "something is not closed: look for a missing `}`, `]`, `)` or quote",
        _ => "look at what stands just before this place",
    };
    (lower.replace('\'', "`"), help.to_owned())
}

/// The text within quotes.
fn unquote(written: &str) -> Text {
    let mut inner = written.chars();
    inner.next();
    inner.next_back();
    Text::from(inner.as_str())
}
