//! What the word at a place means, in an editor's words.

use async_lsp::lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};
use claimflow_rules::Surroundings;

use crate::Lines;
use crate::places::word_at;

/// What the word at a place means: fields, functions, clauses and words of the rule language in a file of rules, ids of rules
/// in any other file.
pub fn hover(path: &str, text: &str, at: Position, around: &Surroundings) -> Option<Hover> {
    let lines = Lines::new(text);
    let offset = lines.offset(at);
    let (markdown, range) = if path.ends_with(".rhai") {
        let found = claimflow_rules::hover(text, offset, around)?;
        (found.markdown, found.range)
    } else {
        let range = word_at(text, offset)?;
        let word = text.get(range.clone())?;
        let rule = around.rules.iter().find(|rule| rule.name == word)?;
        (format!("**{}**: rule\n\n{}", rule.name, rule.meaning), range)
    };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: markdown }),
        range: Some(lines.range(range)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_rules::Word;

    #[test]
    fn rules_are_explained_where_cases_name_them() {
        let rules = vec![Word { name: "BH-UNITS".into(), meaning: "A session is one unit".into() }];
        let around = Surroundings { rules, ..Surroundings::default() };
        let text = "- case: x\n  expect: { fires: [BH-UNITS] }\n";
        let found = hover("payers/a/cases/x.yaml", text, Position::new(1, 22), &around).unwrap();
        let HoverContents::Markup(shown) = found.contents else { panic!("no markup") };
        assert_eq!(shown.value, "**BH-UNITS**: rule\n\nA session is one unit");
        assert_eq!(found.range.map(|range| (range.start.character, range.end.character)), Some((20, 28)));
        assert_eq!(hover("payers/a/cases/x.yaml", text, Position::new(1, 5), &around), None);
    }

    #[test]
    fn fields_are_explained_in_rules() {
        let text = "rule \"X\" {\n  each line\n  when line.units > 1\n}";
        let found =
            hover("payers/a/rules/x.rhai", text, Position::new(2, 14), &Surroundings::default()).unwrap();
        let HoverContents::Markup(shown) = found.contents else { panic!("no markup") };
        assert!(shown.value.starts_with("**line.units**"), "{}", shown.value);
    }
}
