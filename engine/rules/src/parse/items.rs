//! Cuts a file into rules, constants, functions and `disable` lines, and rules into clauses.

use std::ops::Range;

use super::scan::{Kind, Token};
use crate::catalogue::clause_of;
use crate::diagnostics::{Code, Faults, meant};

/// True for a clause's keyword.
pub(crate) fn is_clause(word: &str) -> bool {
    clause_of(word).is_some()
}

/// True for a clause that takes a bare word.
pub(crate) fn takes_word(keyword: &str) -> bool {
    clause_of(keyword).is_some_and(|clause| clause.takes.is_word())
}

/// True for a clause that takes a text.
pub(crate) fn takes_text(keyword: &str) -> bool {
    clause_of(keyword).is_some_and(|clause| clause.takes.is_text())
}

const STARTERS: [&str; 5] = ["rule", "disable", "const", "fn", "private"];

/// What stands at the top of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Rule,
    Disable,
    Constant,
    Function,
}

/// One item: its tokens, and for a rule those of its clauses.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) kind: ItemKind,
    pub(crate) tokens: Range<usize>,
    pub(crate) clauses: Vec<Range<usize>>,
    /// True when its block is not closed (which is reported).
    pub(crate) unclosed: bool,
}

/// Cuts the file; what belongs to no item is reported.
pub(crate) fn split(text: &str, tokens: &[Token], faults: &mut Faults<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let word = token.text(text);
        let before = faults.errors();
        let (kind, end) = match word {
            ";" => {
                at += 1;
                continue;
            }
            "rule" => (ItemKind::Rule, block_end(text, tokens, at, faults)),
            "fn" | "private" => (ItemKind::Function, block_end(text, tokens, at, faults)),
            "disable" => (ItemKind::Disable, disable_end(text, tokens, at)),
            "const" => (ItemKind::Constant, constant_end(text, tokens, at)),
            _ => {
                let help = format!(
                    "{}; a file holds `rule`, `const`, `fn` and `disable`",
                    meant(word, STARTERS.iter().copied().take(4))
                );
                faults.add_wide(
                    Code::UnknownItem,
                    token.place,
                    word.chars().count(),
                    format!("`{word}` starts nothing"),
                    help,
                );
                at = next_start(text, tokens, at + 1);
                continue;
            }
        };
        let clauses = if kind == ItemKind::Rule { clauses(text, tokens, at..end) } else { Vec::new() };
        items.push(Item { kind, tokens: at..end, clauses, unclosed: faults.errors() > before });
        at = end.max(at + 1);
    }
    items
}

fn starts_item(text: &str, tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| {
        let word = token.text(text);
        let quoted = tokens.get(at + 1).is_some_and(|next| matches!(next.kind, Kind::Text | Kind::Curly));
        token.first
            && STARTERS.contains(&word)
            && (token.place.column == 1 || (matches!(word, "rule" | "disable") && quoted))
    })
}

fn next_start(text: &str, tokens: &[Token], from: usize) -> usize {
    (from..tokens.len()).find(|at| starts_item(text, tokens, *at)).unwrap_or(tokens.len())
}

/// The token after the block that `start` opens; a block that the next item cuts off is reported.
fn block_end(text: &str, tokens: &[Token], start: usize, faults: &mut Faults<'_>) -> usize {
    let mut depth = 0_usize;
    for at in start + 1..tokens.len() {
        if starts_item(text, tokens, at) {
            return unclosed(text, tokens, start, at, faults);
        }
        match tokens.get(at).map_or("", |token| token.text(text)) {
            "{" | "#{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    unclosed(text, tokens, start, tokens.len(), faults)
}

fn unclosed(text: &str, tokens: &[Token], start: usize, end: usize, faults: &mut Faults<'_>) -> usize {
    if let Some(token) = tokens.get(start) {
        let name = tokens.get(start + 1).map_or("", |next| next.text(text)).trim_matches('"');
        faults.add(
            Code::Unclosed,
            token.place,
            format!("{} `{name}` is not closed", token.text(text)),
            "add the missing `}` on a line of its own",
        );
    }
    end
}

fn disable_end(text: &str, tokens: &[Token], start: usize) -> usize {
    let goes_on = |at: usize| {
        tokens.get(at).is_some_and(|token| {
            let word = token.text(text);
            word != ";"
                && (!token.first
                    || matches!(word, "because" | "expires")
                    || !matches!(token.kind, Kind::Word))
        })
    };
    (start + 1..tokens.len()).find(|at| !goes_on(*at)).unwrap_or(tokens.len())
}

fn constant_end(text: &str, tokens: &[Token], start: usize) -> usize {
    let ends = |at: &usize| {
        starts_item(text, tokens, *at) || tokens.get(*at).is_some_and(|token| token.text(text) == ";")
    };
    (start + 1..tokens.len()).find(ends).unwrap_or(tokens.len())
}

/// The clauses of a rule. A clause begins with a clause's keyword, or with any other word that starts a line, where the
/// text before it does not go on.
fn clauses(text: &str, tokens: &[Token], rule: Range<usize>) -> Vec<Range<usize>> {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text(text));
    let Some(open) = rule.clone().find(|at| word(*at) == "{") else { return Vec::new() };
    let mut starts = Vec::new();
    let mut depth = 0_usize;
    let mut end = rule.end;
    for at in open + 1..rule.end {
        let Some(token) = tokens.get(at) else { break };
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close if depth == 0 => {
                end = at;
                break;
            }
            Kind::Close => depth -= 1,
            // A bracket that is never closed must not swallow the clauses below.
            Kind::Word if depth > 0 && token.first && is_clause(token.text(text)) => {
                depth = 0;
                starts.push(at);
            }
            Kind::Word if depth == 0 && begins_clause(text, tokens, at, open, &starts) => starts.push(at),
            _ => {}
        }
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([end]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| start..end).collect()
}

fn begins_clause(text: &str, tokens: &[Token], at: usize, open: usize, starts: &[usize]) -> bool {
    let (Some(token), Some(before)) = (tokens.get(at), tokens.get(at - 1)) else { return false };
    let previous = before.text(text);
    if at == open + 1 || previous == ";" {
        return true;
    }
    let known = is_clause(token.text(text));
    let is_argument = starts.last() == Some(&(at - 1));
    let optional = matches!(previous, "warn" | "note");
    if is_argument {
        return optional && known;
    }
    // A clause's keyword at the start of a line begins a clause even where the line before is not finished.
    let goes_on = before.kind == Kind::Open || (before.kind == Kind::Symbol && !(token.first && known));
    let unquoted = !token.first && starts.last().is_some_and(|start| is_unquoted(text, tokens, *start));
    !goes_on && !unquoted && (known || token.first)
}

/// True for a clause that takes a text and has a bare word instead: the rest of its line belongs to it.
fn is_unquoted(text: &str, tokens: &[Token], start: usize) -> bool {
    tokens.get(start).is_some_and(|keyword| takes_text(keyword.text(text)))
        && tokens.get(start + 1).is_some_and(|argument| argument.kind == Kind::Word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::scan::scan;

    fn check(text: &str) -> (Vec<(ItemKind, Vec<String>)>, Vec<String>) {
        let tokens = scan(text);
        let mut faults = Faults::new("x.rhai");
        let items = split(text, &tokens, &mut faults);
        let shown = |range: &Range<usize>| {
            let from = tokens[range.start].start;
            text[from..tokens[range.end - 1].end].split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let items = items.iter().map(|item| (item.kind, item.clauses.iter().map(shown).collect())).collect();
        (items, faults.list.iter().map(|fault| format!("{} {}", fault.line, fault.message)).collect())
    }

    #[test]
    fn cuts_rules_into_clauses() {
        let (items, faults) = check(
            "const A = [\"1\"];\nrule \"X\" {\n title \"t\" stage scrub; each line\n when a.title == 1\n   && b\n wen x\n warn\n hold documentation\n within 2 days }\nfn f(x) { x }\n",
        );
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(
            items.iter().map(|item| item.0).collect::<Vec<_>>(),
            [ItemKind::Constant, ItemKind::Rule, ItemKind::Function]
        );
        assert_eq!(
            items[1].1,
            [
                "title \"t\"",
                "stage scrub;",
                "each line",
                "when a.title == 1 && b",
                "wen x",
                "warn",
                "hold documentation",
                "within 2 days"
            ]
        );
    }

    #[test]
    fn goes_on_after_an_open_rule_and_unknown_text() {
        let (items, faults) =
            check("rule \"A\" {\n title \"x\"\nrule \"B\" {\n}\nrul \"C\" { }\nrule \"D\" { }");
        assert_eq!(items.len(), 3);
        assert_eq!(faults, ["1 rule `A` is not closed", "5 `rul` starts nothing"]);
    }
}
