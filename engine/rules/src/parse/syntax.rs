//! The rule syntax as Rhai custom syntax: clauses in any order, `;` optional, each with its position.

use std::sync::LazyLock;

use claimflow_core::Stage;
use rhai::{
    Dynamic, Engine, EvalAltResult, Expr, ImmutableString, LexError, OptimizationLevel, ParseError,
    ParseErrorType, Position,
};

use super::items::{is_clause, takes_word};

/// How deep expressions may nest.
const MAX_DEPTH: usize = 96;

/// The parser. It knows the syntax and no functions: nothing is evaluated with it.
pub(crate) static PARSER: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = Engine::new_raw();
    configure(&mut engine);
    engine
});

/// Settings that every engine of this crate shares.
pub(crate) fn configure(engine: &mut Engine) {
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_max_expr_depths(MAX_DEPTH, MAX_DEPTH);
    engine.set_strict_variables(false);
    engine.register_custom_syntax_with_state_raw("rule", next_symbol, false, |_, _, _| {
        Err(Box::new(EvalAltResult::ErrorRuntime("a rule is not a value".into(), Position::NONE)))
    });
}

fn unexpected(found: &str, expected: &str) -> ParseError {
    let shown = if found == "{EOF}" { "the end".to_owned() } else { format!("`{found}`") };
    let error = LexError::ImproperSymbol(found.to_owned(), format!("expected {expected}, found {shown}"));
    ParseError(ParseErrorType::BadInput(error).into(), Position::NONE)
}

/// Answers what comes next in a rule. The state lists what each input is: `id`, then for each clause `key` and its
/// arguments (`word`, `expr`).
#[expect(clippy::unnecessary_wraps, reason = "the shape that custom syntax asks for")]
fn request(
    state: &mut Vec<Dynamic>,
    tag: &'static str,
    marker: &str,
) -> Result<Option<ImmutableString>, ParseError> {
    state.push(tag.into());
    Ok(Some(marker.into()))
}

fn next_symbol(
    symbols: &[ImmutableString],
    ahead: &str,
    state: &mut Dynamic,
) -> Result<Option<ImmutableString>, ParseError> {
    if state.is_unit() {
        *state = Dynamic::from_array(Vec::new());
    }
    let Ok(mut guard) = state.as_array_mut() else { return Err(unexpected(ahead, "a rule")) };
    let tags = &mut *guard;
    let last = symbols.last().map_or("", |symbol| symbol.as_str());
    let tag = tags.last().and_then(|tag| tag.clone().into_immutable_string().ok()).unwrap_or_default();
    match tag.as_str() {
        "" if ahead.starts_with('"') => request(tags, "id", "$string$"),
        "" => Err(unexpected(ahead, "an id in quotes after `rule`")),
        "id" if last != "{" => Ok(Some("{".into())),
        "key" => argument(last, ahead, tags),
        "within" => request(tags, "word", "$token$"),
        "end" => Ok(None),
        _ => clause(ahead, tags),
    }
}

fn clause(ahead: &str, tags: &mut Vec<Dynamic>) -> Result<Option<ImmutableString>, ParseError> {
    match ahead {
        ";" => Ok(Some(";".into())),
        "}" => {
            tags.push("end".into());
            Ok(Some("}".into()))
        }
        word if is_clause(word) => request(tags, "key", "$token$"),
        _ => Err(unexpected(ahead, "a clause, as `when` or `hold`, or `}`")),
    }
}

fn argument(
    keyword: &str,
    ahead: &str,
    tags: &mut Vec<Dynamic>,
) -> Result<Option<ImmutableString>, ParseError> {
    // `stage categorize`: the one stage that is called like a clause.
    let is_stage = keyword == "stage" && Stage::parse(ahead).is_some();
    let ends = matches!(ahead, "}" | ";") || (is_clause(ahead) && !is_stage);
    match keyword {
        "note" if ahead.starts_with('"') => request(tags, "expr", "$expr$"),
        "note" => clause(ahead, retag(tags)),
        "warn" if ends => clause(ahead, retag(tags)),
        "within" => request(tags, "within", "$token$"),
        _ if ends => Err(unexpected(ahead, &format!("something after `{keyword}`"))),
        _ if takes_word(keyword) => request(tags, "word", "$token$"),
        _ => request(tags, "expr", "$expr$"),
    }
}

/// A keyword without an argument: the next clause follows at once.
fn retag(tags: &mut Vec<Dynamic>) -> &mut Vec<Dynamic> {
    tags.pop();
    tags.push("bare".into());
    tags
}

/// A clause as parsed.
#[derive(Debug, Clone)]
pub(crate) struct RawClause {
    pub(crate) keyword: String,
    pub(crate) position: Position,
    /// Words are string constants.
    pub(crate) arguments: Vec<Expr>,
}

/// The id and the clauses of a parsed rule.
pub(crate) fn clauses(custom: &rhai::CustomExpr) -> Option<(Expr, Vec<RawClause>)> {
    let tags = custom.state.clone().into_array().ok()?;
    let mut inputs = custom.inputs.iter();
    let mut id = None;
    let mut clauses: Vec<RawClause> = Vec::new();
    for tag in tags {
        match tag.into_immutable_string().ok()?.as_str() {
            "id" => id = inputs.next().cloned(),
            "key" | "bare" => {
                let Expr::StringConstant(keyword, position) = inputs.next()? else { return None };
                clauses.push(RawClause {
                    keyword: keyword.to_string(),
                    position: *position,
                    arguments: Vec::new(),
                });
            }
            "end" => break,
            _ => clauses.last_mut()?.arguments.push(inputs.next()?.clone()),
        }
    }
    Some((id?, clauses))
}
