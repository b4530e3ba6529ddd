//! Where things stand: definitions, outlines, and the one look of a file.

use std::ops::Range;

use async_lsp::lsp_types::{
    self, DocumentSymbol, Location, Position, SymbolInformation, SymbolKind, TextEdit, Url,
};
use claimflow_rules::{Definition, Outlined, OutlinedKind, format_rules, outline};

use crate::Lines;
use crate::workspace::{Checked, Spot};

/// Where what is named at a place is defined: constants and functions of the same file, rules, and tables. `file` says where
/// a file of the folder is.
pub fn definition(
    path: &str,
    text: &str,
    at: Position,
    checked: &Checked,
    file: &dyn Fn(&str) -> Option<Url>,
) -> Option<Location> {
    let lines = Lines::new(text);
    let offset = lines.offset(at);
    if !path.ends_with(".rhai") {
        let word = word_at(text, offset).and_then(|range| text.get(range))?;
        return located(checked.places.rules.get(word)?, checked, file);
    }
    match claimflow_rules::definition(text, offset)? {
        Definition::Here(range) => Some(Location { uri: file(path)?, range: lines.range(range) }),
        Definition::Rule(id) => located(checked.places.rules.get(&id)?, checked, file),
        Definition::Table(name) => {
            let uri = file(checked.places.tables.get(&name)?)?;
            Some(Location { uri, range: lsp_types::Range::default() })
        }
    }
}

fn located(spot: &Spot, checked: &Checked, file: &dyn Fn(&str) -> Option<Url>) -> Option<Location> {
    let uri = file(&spot.path)?;
    let lines = Lines::new(checked.text(&spot.path).unwrap_or_default());
    let start = lines.position(lines.at(spot.line, spot.column));
    Some(Location { uri, range: lsp_types::Range { start, end: start } })
}

/// The id of a rule around a place of a file that is none of rules: letters, digits and what ids have between them.
pub(crate) fn word_at(text: &str, offset: usize) -> Option<Range<usize>> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
    let (before, after) = text.split_at_checked(offset)?;
    let start = before.trim_end_matches(part).len();
    let end = text.len() - after.trim_start_matches(part).len();
    let word = text.get(start..end)?;
    // A key's or a sentence's own sign at the end is no part of an id.
    let end = end - (word.len() - word.trim_end_matches([':', '.']).len());
    (start < end).then_some(start..end)
}

/// The rules, constants and functions of a file of rules, in their order.
pub fn symbols(text: &str) -> Vec<DocumentSymbol> {
    let lines = Lines::new(text);
    outline(text).iter().map(|own| symbol(&lines, own)).collect()
}

fn symbol(lines: &Lines<'_>, own: &Outlined) -> DocumentSymbol {
    #[expect(deprecated, reason = "the field must be filled until the protocol drops it")]
    DocumentSymbol {
        // Editors refuse a symbol without a name.
        name: if own.name.is_empty() { "(no name)".to_owned() } else { own.name.to_string() },
        detail: Some(own.title.to_string()).filter(|title| !title.is_empty()),
        kind: symbol_kind(own.kind),
        tags: None,
        deprecated: None,
        range: lines.range(own.range.clone()),
        selection_range: lines.range(own.name_range.clone()),
        children: None,
    }
}

const fn symbol_kind(kind: OutlinedKind) -> SymbolKind {
    match kind {
        OutlinedKind::Rule => SymbolKind::CLASS,
        OutlinedKind::Constant => SymbolKind::CONSTANT,
        OutlinedKind::Function => SymbolKind::FUNCTION,
        OutlinedKind::Disable => SymbolKind::KEY,
    }
}

/// The rules of the folder whose id or title contains what was asked for, whatever its case; at most 200, by id.
pub fn workspace_symbols(
    query: &str,
    checked: &Checked,
    file: &dyn Fn(&str) -> Option<Url>,
) -> Vec<SymbolInformation> {
    let wanted = query.to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&wanted);
    let mut rules: Vec<_> =
        checked.places.rules.iter().filter(|(id, spot)| fits(id) || fits(&spot.title)).collect();
    rules.sort_by(|a, b| a.0.cmp(b.0));
    let information = |(id, spot): (&claimflow_core::Text, &Spot)| {
        let location = located(spot, checked, file)?;
        let container_name = Some(spot.title.to_string()).filter(|title| !title.is_empty());
        #[expect(deprecated, reason = "the field must be filled until the protocol drops it")]
        Some(SymbolInformation {
            name: id.to_string(),
            kind: SymbolKind::CLASS,
            tags: None,
            deprecated: None,
            location,
            container_name,
        })
    };
    rules.into_iter().filter_map(information).take(200).collect()
}

/// What brings a file of rules into the one look; nothing when it has that look, or cannot be read.
pub fn formatted(path: &str, text: &str) -> Vec<TextEdit> {
    match format_rules(path, text) {
        Ok(made) if made != text => {
            vec![TextEdit { range: Lines::new(text).range(0..text.len()), new_text: made }]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_between_what_surrounds_them() {
        let word = |marked: &str| {
            let at = marked.find('‸').unwrap();
            let text = marked.replace('‸', "");
            word_at(&text, at).map(|range| text[range].to_owned())
        };
        assert_eq!(word("fires: [BH-UN‸ITS, X]").as_deref(), Some("BH-UNITS"));
        assert_eq!(word("- \"BH-LIMITS:ro‸w-1\"").as_deref(), Some("BH-LIMITS:row-1"));
        assert_eq!(word("fir‸es: x").as_deref(), Some("fires"));
        assert_eq!(word("a  ‸  b"), None);
    }

    #[test]
    fn an_outline_has_names_and_ranges() {
        let text = "const A = [\"é🦀\"];\nrule \"X\" {\n  title \"T\"\n}\n";
        let found = symbols(text);
        let shown: Vec<_> =
            found.iter().map(|own| (own.name.as_str(), own.detail.as_deref(), own.kind)).collect();
        assert_eq!(shown, [("A", None, SymbolKind::CONSTANT), ("X", Some("T"), SymbolKind::CLASS)]);
        assert_eq!(found[1].range.start, Position::new(1, 0));
        assert_eq!(found[0].range.end.line, 0);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_as_it_is() {
        assert_eq!(formatted("x", "rule \"X\" {"), Vec::new());
        let edit = formatted("x", "const   A=[\"1\"];\n").remove(0);
        assert_eq!(edit.new_text, "const A = [\"1\"];\n");
        assert_eq!(edit.range.end, Position::new(1, 0));
        assert_eq!(formatted("x", &edit.new_text), Vec::new());
    }
}
