//! Workflows while somebody writes them: what can stand at a place, what a word means, where a state is defined. The text is
//! read line by line, so that a file that is not whole yet is helped as well.

mod offers;
mod page;
#[cfg(test)]
mod tests;

use async_lsp::lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, Hover, HoverContents, Location,
    MarkupContent, MarkupKind, Position, TextEdit, Url,
};
use claimflow_catalog::YamlKind;

use self::offers::{Offer, meaning, offers};
use self::page::Page;
use crate::Lines;
use crate::places::word_at;
use crate::workspace::Checked;

/// True for a file that holds a workflow, by its path in the practice folder.
pub fn is_workflow(path: &str) -> bool {
    YamlKind::of(path) == Some(YamlKind::Workflow)
}

/// What can be written at a place of a workflow, the likeliest first.
pub fn workflow_completions(text: &str, at: Position, checked: &Checked) -> Vec<CompletionItem> {
    let lines = Lines::new(text);
    let page = Page::new(text);
    let (place, begun) = page.place(lines.offset(at));
    let range = lines.range(begun);
    let item = |(order, offer): (usize, Offer)| CompletionItem {
        kind: Some(kind(&offer)),
        detail: Some(offer.kind.to_owned()),
        documentation: (!offer.about.is_empty()).then(|| {
            Documentation::MarkupContent(MarkupContent {
                kind: MarkupKind::Markdown,
                value: offer.about.clone(),
            })
        }),
        sort_text: Some(format!("{order:05}")),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: offer.insert })),
        label: offer.label,
        ..CompletionItem::default()
    };
    offers(&page, &place, checked).into_iter().enumerate().map(item).collect()
}

fn kind(offer: &Offer) -> CompletionItemKind {
    match offer.kind {
        "state" => CompletionItemKind::CLASS,
        "action" => CompletionItemKind::FUNCTION,
        "workflow" => CompletionItemKind::MODULE,
        "key" => CompletionItemKind::KEYWORD,
        "variable" => CompletionItemKind::VARIABLE,
        _ => CompletionItemKind::ENUM_MEMBER,
    }
}

/// What the word at a place of a workflow means.
pub fn workflow_hover(text: &str, at: Position, checked: &Checked) -> Option<Hover> {
    let lines = Lines::new(text);
    let page = Page::new(text);
    let offset = lines.offset(at);
    let range = word_at(text, offset)?;
    let value = meaning(&page, &range, checked)?;
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }),
        range: Some(lines.range(range)),
    })
}

/// Where what a workflow names is defined: a state or a variable of the same file, or another workflow.
pub fn workflow_definition(
    path: &str,
    text: &str,
    at: Position,
    checked: &Checked,
    file: &dyn Fn(&str) -> Option<Url>,
) -> Option<Location> {
    let lines = Lines::new(text);
    let page = Page::new(text);
    let range = word_at(text, lines.offset(at))?;
    let word = text.get(range.clone())?;
    if page.place(range.start).0.key() == "call" {
        let uri = file(checked.newest_workflow(word)?)?;
        return Some(Location { uri, range: async_lsp::lsp_types::Range::default() });
    }
    let named = page.states.iter().chain(&page.variables).find(|own| own.name == word)?;
    Some(Location { uri: file(path)?, range: lines.range(named.range.clone()) })
}
