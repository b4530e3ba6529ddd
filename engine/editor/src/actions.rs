//! Mends that an editor can make: what a fault's help says to write instead.

use std::collections::HashMap;
use std::ops::Range;

use async_lsp::lsp_types::{
    self, CodeAction, CodeActionKind, CodeActionOrCommand, TextEdit, Url, WorkspaceEdit,
};
use claimflow_core::{Diagnostic, nearest};

use crate::{Lines, published};

/// The mends for the faults that touch a range of a file, as edits of the text as it stands.
pub fn actions(
    text: &str,
    faults: &[&Diagnostic],
    within: lsp_types::Range,
    file: &Url,
) -> Vec<CodeActionOrCommand> {
    let lines = Lines::new(text);
    let touched = |range: &lsp_types::Range| range.start <= within.end && within.start <= range.end;
    let mend = |fault: &&Diagnostic| {
        let edit = mend(text, &lines, fault)?;
        Some((fault.to_owned().clone(), edit))
    };
    let near = faults.iter().filter(|fault| touched(&lines.range(lines.marked(fault))));
    near.filter_map(mend).map(|(fault, edit)| action(text, &fault, edit, file)).collect()
}

fn action(text: &str, fault: &Diagnostic, edit: TextEdit, file: &Url) -> CodeActionOrCommand {
    let title = format!("Write `{}`", edit.new_text);
    let changes = HashMap::from([(file.clone(), vec![edit])]);
    CodeActionOrCommand::CodeAction(CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(published(text, &[fault], file, false)),
        edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
        is_preferred: Some(true),
        ..CodeAction::default()
    })
}

/// What to write in place of what, when the help says it word for word. The text may have changed since the fault was found:
/// what the fault is about must still stand there.
fn mend(text: &str, lines: &Lines<'_>, fault: &Diagnostic) -> Option<TextEdit> {
    let marked = lines.marked(fault);
    let written = text.get(marked.clone()).filter(|written| !written.is_empty())?;
    let edit = |range: Range<usize>, new_text| TextEdit { range: lines.range(range), new_text };
    if let Some(meant) = between(&fault.help, "did you mean `", "`?") {
        let range = wrong(text, &marked, &fault.message, meant)?;
        let (before, written) = (text.get(..range.start)?, text.get(range.clone())?);
        let (from, new) = nearest_part(before, written, meant)?;
        return Some(edit(range.start + from..range.end, new));
    }
    let new_text = literal(&fault.help, written)?;
    let is_named = names(&fault.message).any(|name| name == written) || bare(new_text) == bare(written);
    is_named.then(|| edit(marked, new_text.to_owned()))
}

/// What a message names in backticks.
fn names(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2).filter(|name| !name.is_empty())
}

/// Where the wrong word stands: of those that the message names, the one nearest to what was meant. It is what is marked, or
/// stands behind it on its line.
fn wrong(text: &str, marked: &Range<usize>, message: &str, meant: &str) -> Option<Range<usize>> {
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned).unwrap_or_default();
    let short = last(meant);
    let wrong = names(message)
        .find(|name| nearest(&short, [last(name).as_str()]).is_some() || nearest(meant, [*name]).is_some())?;
    let written = bare(text.get(marked.clone())?);
    if bare(wrong) == written || last(wrong) == written || last(written) == wrong {
        return Some(marked.clone());
    }
    let line = text.get(marked.start..)?.lines().next()?;
    let at = marked.start + line.find(wrong)?;
    Some(at..at + wrong.len())
}

fn between<'h>(help: &'h str, start: &str, end: &str) -> Option<&'h str> {
    help.strip_prefix(start)?.split_once(end).map(|(meant, _)| meant)
}

/// Without the quotes around it.
fn bare(written: &str) -> &str {
    written.trim_matches(['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}'])
}

/// Which part of what is written the suggestion is for, as bytes from its beginning, and what goes there: quotes stay, and a
/// name behind a point is not given its object a second time.
fn nearest_part(before: &str, written: &str, meant: &str) -> Option<(usize, String)> {
    let inner = bare(written);
    if inner.len() < written.len() {
        let open = written.chars().next()?;
        return Some((0, if meant.starts_with(open) { meant.to_owned() } else { format!("\"{meant}\"") }));
    }
    if let Some((object, name)) = meant.rsplit_once('.') {
        let behind = before.trim_end().strip_suffix('.');
        return Some((0, if behind.is_some_and(|b| b.ends_with(object)) { name } else { meant }.to_owned()));
    }
    // `line.unitz`, and `units` is meant: the last name is the wrong one.
    let from = written.rfind('.').map_or(0, |point| point + 1);
    Some((from, meant.to_owned()))
}

/// The text of a help that is nothing but `write X`: a sign in backticks, or the same text in straight quotes.
fn literal<'h>(help: &'h str, written: &str) -> Option<&'h str> {
    let rest = help.strip_prefix("write ")?;
    if let Some(sign) = rest.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        let plain = !sign.contains('`') && !sign.contains(char::is_whitespace);
        return Some(sign).filter(|_| plain);
    }
    let text = ["", " in straight quotes", " in double quotes"].into_iter().find_map(|end| {
        let text = rest.strip_suffix(end)?;
        (text.len() > 1 && text.starts_with('"') && text.ends_with('"')).then_some(text)
    })?;
    (bare(text) == bare(written)).then_some(text)
}
