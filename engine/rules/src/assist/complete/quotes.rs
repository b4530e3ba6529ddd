//! Within quotes: a name or code, or an expression in `${...}`.

use super::{Completion, Place, word_start};
use crate::assist::Surroundings;
use crate::assist::cursor::Sheet;
use crate::assist::values::values_at;
use crate::parse::items::Item;

/// Within quotes: a name or code, or a field in `${...}`.
pub(super) fn in_quotes(
    sheet: &Sheet<'_>,
    at: usize,
    offset: usize,
    around: &Surroundings,
) -> Vec<Completion> {
    let Some(token) = sheet.tokens.get(at) else { return Vec::new() };
    let typed = sheet.text.get(token.start + 1..offset).unwrap_or_default();
    let inside = typed
        .rfind("${")
        .map(|open| open + 2)
        .filter(|from| !typed.get(*from..).unwrap_or_default().contains('}'));
    let item = sheet.item_at(token.start);
    if let Some(from) = inside {
        return in_braces(sheet, item, token.start + 1 + from, offset, around);
    }
    let Some(values) = values_at(sheet, at, around) else { return Vec::new() };
    let place = Place { sheet, around, start: token.start + 1, offset, at, item };
    values.words.iter().map(|word| place.value(&values, word, &word.name)).collect()
}

/// Within `${...}`: an expression of its own.
fn in_braces(
    sheet: &Sheet<'_>,
    item: Option<&Item>,
    from: usize,
    offset: usize,
    around: &Surroundings,
) -> Vec<Completion> {
    let typed = sheet.text.get(from..offset).unwrap_or_default();
    // A sheet of its own, in which the expression stands alone after a keyword.
    let alone = format!("when {typed}");
    let inner = Sheet::new(&alone);
    let start = word_start(&alone);
    let place =
        Place { sheet: &inner, around, start, offset: alone.len(), at: inner.before(start), item: None };
    let before = place.at.saturating_sub(1);
    let subject = sheet.subject(item);
    let mut offers = match inner.word(before) {
        "." => before.checked_sub(1).map_or_else(Vec::new, |last| place.members(last, subject, false)),
        _ => place.names(subject, false),
    };
    let replace = offset - (alone.len() - start)..offset;
    for offer in &mut offers {
        offer.replace = replace.clone();
    }
    offers
}
