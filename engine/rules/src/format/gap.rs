//! What stands between two tokens: comments, and how many lines end.

/// A comment, or ends of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// A comment as written, without the space around it; how far its line was indented, when it begins one.
    Comment(&'t str, usize),
    /// So many line ends.
    Lines(usize),
}

/// The pieces of a gap, in order.
pub(super) fn pieces(gap: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut rest, mut lines, mut indent) = (gap, 0, 0);
    while let Some(character) = rest.chars().next() {
        let bytes = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block(rest)
        } else {
            match character {
                '\n' => (lines, indent) = (lines + 1, 0),
                '\t' => indent += TAB,
                '\r' | '\u{feff}' => {}
                _ => indent += 1,
            }
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
            continue;
        };
        if lines > 0 {
            found.push(Piece::Lines(lines));
        }
        found.push(Piece::Comment(rest.get(..bytes).unwrap_or_default().trim_end(), indent));
        (lines, indent) = (0, 0);
        rest = rest.get(bytes..).unwrap_or_default();
    }
    if lines > 0 {
        found.push(Piece::Lines(lines));
    }
    found
}

/// Columns of a tab.
pub(super) const TAB: usize = 4;

/// Bytes of a comment that may hold others.
fn block(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth.saturating_sub(1), at + 2);
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The comments of a gap.
pub(super) fn comments(gap: &str) -> impl Iterator<Item = &str> {
    pieces(gap).into_iter().filter_map(|piece| match piece {
        Piece::Comment(text, _) => Some(text),
        Piece::Lines(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_comments_and_line_ends() {
        assert_eq!(pieces("  "), []);
        assert_eq!(
            pieces(" // a \n\n  /* b\n c */ \n"),
            [Piece::Comment("// a", 1), Piece::Lines(2), Piece::Comment("/* b\n c */", 2), Piece::Lines(1),]
        );
    }
}
