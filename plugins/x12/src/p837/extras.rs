//! Segments without a word of their own: kept with their place, and put in one order so that equal claims are equal.

use claimflow_core::{ExtraSegment, Text};

use crate::fault::Faults;
use crate::p837::order::{Loop, has_components};
use crate::separators::Separators;
use crate::text::text;
use crate::tokenizer::{Elements, Segment};

/// An extra with its place as numbers.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub key: Key,
    pub segment: Text,
}

/// The order of extras: by line, loop, repetition, then place within the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub line: u16,
    pub place: Loop,
    pub repetition: u16,
    /// Rank in a loop that words describe; 0 in loops that are kept whole, where the order is theirs.
    pub rank: u8,
}

impl Key {
    /// The key of a segment at a place.
    pub fn new(place: Loop, line: u16, repetition: u16, segment: &[u8]) -> Self {
        let rank = if place.has_words(repetition) { place.rank(segment).unwrap_or(u8::MAX) } else { 0 };
        Self { line, place, repetition, rank }
    }
}

/// The extras of a claim in their order.
pub(crate) fn in_order(mut placed: Vec<Placed>) -> Vec<ExtraSegment> {
    if !placed.is_sorted_by_key(|extra| extra.key) {
        placed.sort_by_key(|extra| extra.key);
    }
    placed
        .into_iter()
        .map(|extra| ExtraSegment {
            place: Text::from(extra.key.place.id()),
            line: extra.key.line,
            repetition: extra.key.repetition,
            segment: extra.segment,
        })
        .collect()
}

/// The segment with the standard separators, trailing empty elements left off.
pub(crate) fn canonical(segment: &Segment<'_>, loop_id: &str, faults: &mut Faults<'_>) -> Text {
    let separators = segment.separators;
    let end = segment.bytes.iter().rposition(|byte| *byte != separators.element).map_or(0, |at| at + 1);
    // INVARIANT: `end` is at most the segment's length.
    let bytes = &segment.bytes[..end];
    let standard = Separators { terminator: separators.terminator, ..Separators::default() };
    if separators == standard {
        return text(bytes);
    }
    let components = has_components(segment.id());
    let mut clash = false;
    let mapped: Vec<u8> = bytes
        .iter()
        .map(|byte| match *byte {
            byte if byte == separators.element => b'*',
            byte if components && byte == separators.component => b':',
            byte if components && Some(byte) == separators.repetition => b'^',
            b'*' => {
                clash = true;
                b' '
            }
            b':' | b'^' if components => {
                clash = true;
                b' '
            }
            byte => byte,
        })
        .collect();
    if clash {
        let message = "a text holds `*`, `:` or `^`, which separate elements in the form it is kept in; a space was put \
                       instead";
        faults.warn(segment.at(loop_id), "separator-in-text", message);
    }
    text(&mapped)
}

/// What a segment says beyond the elements that have words (`held`): those the guide has (`kept`) are returned as a
/// segment in which the others are empty; the rest is faulted. Both masks have bit `n` for element `n`.
pub(crate) fn leftover<const N: usize>(
    segment: &Segment<'_>,
    elements: &Elements<'_, N>,
    held: u32,
    kept: u32,
    loop_id: &str,
    faults: &mut Faults<'_>,
) -> Option<Text> {
    let nothing = !elements.more
        && elements.iter().enumerate().all(|(n, bytes)| bytes.is_empty() || (held | 1) & (1 << n) != 0);
    if nothing { None } else { leftover_slow(segment, held, kept, loop_id, faults) }
}

#[cold]
fn leftover_slow(
    segment: &Segment<'_>,
    held: u32,
    kept: u32,
    loop_id: &str,
    faults: &mut Faults<'_>,
) -> Option<Text> {
    let bit = |mask: u32, n: usize| n < 32 && mask & (1 << n) != 0;
    let mut overlay: Vec<u8> = segment.id().to_vec();
    let mut any = false;
    for (n, bytes) in segment.all().enumerate().skip(1) {
        overlay.push(b'*');
        if bytes.is_empty() || bit(held, n) {
            continue;
        }
        if bit(kept, n) {
            any = true;
            overlay.extend(
                bytes.iter().map(|byte| if matches!(byte, b'*' | b':' | b'^') { b' ' } else { *byte }),
            );
        } else {
            let message = format!(
                "element {n} of {} has no use in this loop of 005010X222A1; its value is left out",
                text(segment.id())
            );
            faults.warn(segment.at(loop_id), "unexpected-element", message);
        }
    }
    let end = overlay.iter().rposition(|byte| *byte != b'*').map_or(0, |at| at + 1);
    overlay.truncate(end);
    any.then(|| text(&overlay))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::Segments;

    fn segment<'a>(bytes: &'a str, separators: Separators) -> Segment<'a> {
        Segments::new(bytes.as_bytes(), 0, 0, separators).next().unwrap()
    }

    #[test]
    fn kept_in_standard_separators() {
        let other = Separators { element: b'|', component: b'>', repetition: None, terminator: b'\n' };
        let mut faults = Faults::new(b"");
        let keep = |text: &str, faults: &mut Faults<'_>| {
            canonical(&segment(text, other), "2300", faults).to_string()
        };
        assert_eq!(keep("HI|BG>01|BG>02||", &mut faults), "HI*BG:01*BG:02");
        assert_eq!(keep("NTE|ADD|from 9:00 > to 10:00 ^", &mut faults), "NTE*ADD*from 9:00 > to 10:00 ^");
        assert!(faults.take().is_empty());
        assert_eq!(keep("NTE|ADD|5*3", &mut faults), "NTE*ADD*5 3");
        assert_eq!(faults.take().len(), 1);
    }

    #[test]
    fn leftovers_are_kept_or_faulted_never_dropped() {
        let mut faults = Faults::new(b"");
        let line = segment("SV1*HC:99213*40*UN*1*11**1**Y*no", Separators::default());
        let held = 0b1011_1111;
        let rest = leftover(&line, &line.elements::<8>(), held, 1 << 9, "2400", &mut faults);
        assert_eq!(rest.as_deref(), Some("SV1*********Y"));
        let list = faults.take();
        assert_eq!((list.len(), list[0].code), (1, "unexpected-element"));
    }
}
