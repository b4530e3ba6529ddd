//! What can be written at a place, in an editor's words.

use async_lsp::lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, InsertTextFormat, MarkupContent,
    MarkupKind, Position, TextEdit,
};
use claimflow_rules::{Completion, CompletionKind, Surroundings, complete};

use crate::Lines;

/// What can be written at a place of a file of rules, the likeliest first. With `snippets` the cursor goes where writing goes
/// on; without, it goes behind what was written.
pub fn completions(text: &str, at: Position, around: &Surroundings, snippets: bool) -> Vec<CompletionItem> {
    let lines = Lines::new(text);
    let offers = complete(text, lines.offset(at), around);
    offers.iter().enumerate().map(|(place, offer)| item(&lines, place, offer, snippets)).collect()
}

fn item(lines: &Lines<'_>, place: usize, offer: &Completion, snippets: bool) -> CompletionItem {
    let inside = snippets && offer.caret < offer.insert.len();
    let written = if inside { snippet(offer) } else { offer.insert.clone() };
    let edit = TextEdit { range: lines.range(offer.replace.clone()), new_text: written };
    let documentation = (!offer.documentation.is_empty()).then(|| {
        let value = offer.documentation.clone();
        Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })
    });
    CompletionItem {
        label: offer.label.clone(),
        kind: Some(kind(offer.kind)),
        detail: Some(offer.detail.clone()).filter(|detail| !detail.is_empty()),
        documentation,
        // Editors sort by this; the order is the list's own.
        sort_text: Some(format!("{place:05}")),
        insert_text_format: inside.then_some(InsertTextFormat::SNIPPET),
        text_edit: Some(CompletionTextEdit::Edit(edit)),
        ..CompletionItem::default()
    }
}

/// What is written, with `$0` where the cursor goes.
fn snippet(offer: &Completion) -> String {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}");
    let (before, after) = offer.insert.split_at_checked(offer.caret).unwrap_or((&offer.insert, ""));
    format!("{}$0{}", escaped(before), escaped(after))
}

const fn kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Starter => CompletionItemKind::SNIPPET,
        CompletionKind::Clause => CompletionItemKind::KEYWORD,
        CompletionKind::Word => CompletionItemKind::ENUM_MEMBER,
        CompletionKind::Object => CompletionItemKind::MODULE,
        CompletionKind::Field => CompletionItemKind::FIELD,
        CompletionKind::Method => CompletionItemKind::METHOD,
        CompletionKind::Action => CompletionItemKind::EVENT,
        CompletionKind::Constant => CompletionItemKind::CONSTANT,
        CompletionKind::Helper => CompletionItemKind::FUNCTION,
        CompletionKind::Operator => CompletionItemKind::OPERATOR,
        CompletionKind::Rule => CompletionItemKind::REFERENCE,
        CompletionKind::Table => CompletionItemKind::STRUCT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(marked: &str) -> (String, Position) {
        let offset = marked.find('‸').expect("the text marks the cursor");
        let text = marked.replace('‸', "");
        let position = Lines::new(&text).position(offset);
        (text, position)
    }

    #[test]
    fn the_cursor_goes_where_writing_goes_on() {
        let (text, position) = at("// 🦀 above\nrule \"X\" {\n  each line\n  when line.has_mod‸\n}");
        let items = completions(&text, position, &Surroundings::default(), true);
        let item = items.iter().find(|item| item.label == "has_modifier").unwrap();
        let Some(CompletionTextEdit::Edit(edit)) = &item.text_edit else { panic!("{item:?}") };
        assert_eq!(edit.new_text, "has_modifier($0)");
        assert_eq!((edit.range.start, edit.range.end), (Position::new(3, 12), position));
        assert_eq!(item.insert_text_format, Some(InsertTextFormat::SNIPPET));
        let items = completions(&text, position, &Surroundings::default(), false);
        let item = items.iter().find(|item| item.label == "has_modifier").unwrap();
        let Some(CompletionTextEdit::Edit(edit)) = &item.text_edit else { panic!("{item:?}") };
        assert_eq!((edit.new_text.as_str(), item.insert_text_format), ("has_modifier()", None));
    }

    #[test]
    fn braces_and_dollars_of_what_is_written_stay_as_they_are() {
        let (text, position) = at("‸");
        let items = completions(&text, position, &Surroundings::default(), true);
        let rule = items.iter().find(|item| item.label == "rule").unwrap();
        let Some(CompletionTextEdit::Edit(edit)) = &rule.text_edit else { panic!("{rule:?}") };
        assert!(edit.new_text.starts_with("rule \"$0\" {\n"), "{}", edit.new_text);
        assert!(edit.new_text.trim_end().ends_with("\\}"), "{}", edit.new_text);
        assert!(items.windows(2).all(|pair| pair[0].sort_text < pair[1].sort_text));
    }
}
