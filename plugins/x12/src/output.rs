//! Builds a file: segments first with placeholders for the separators, then with four characters that no text of the
//! file contains.

use claimflow_core::{Money, Quantity, Text};
use jiff::civil::Date;

use crate::separators::Separators;

// Placeholders: the control characters made for this, which no text may hold.
const ELEMENT: u8 = 0x1d;
const COMPONENT: u8 = 0x1f;
const REPETITION: u8 = 0x1e;
const TERMINATOR: u8 = 0x1c;

/// A text that can't be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadText {
    /// As `NM103`.
    pub element: String,
    pub problem: &'static str,
}

/// Segments that are being written.
#[derive(Debug, Default)]
pub(crate) struct Output {
    buffer: Vec<u8>,
    segments: u64,
    bad: Vec<BadText>,
}

/// A segment that is being written.
pub(crate) struct SegmentOut<'o> {
    out: &'o mut Output,
    start: usize,
}

impl Output {
    /// Begins a segment; [`SegmentOut::end`] ends it.
    pub fn segment(&mut self, id: &str) -> SegmentOut<'_> {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(id.as_bytes());
        SegmentOut { out: self, start }
    }

    /// How many segments have been written.
    pub fn segments(&self) -> u64 {
        self.segments
    }

    /// Takes what could not be sent as it is since it was last asked.
    pub fn take_bad(&mut self) -> Vec<BadText> {
        std::mem::take(&mut self.bad)
    }

    /// Puts a kept segment out again: `*` between its elements and, where it has components, `:` and `^`.
    pub fn raw(&mut self, segment: &str, components: bool) {
        let mut elements = segment.split('*');
        let mut out = self.segment(elements.next().unwrap_or_default());
        for element in elements {
            out = out.raw_element(element, components);
        }
        out.end();
    }

    /// Marks each byte that the segments hold.
    pub fn mark(&self, used: &mut [bool; 256]) {
        for byte in &self.buffer {
            // INVARIANT: there is a place for each byte.
            used[usize::from(*byte)] = true;
        }
    }

    /// Appends the segments to `file` with these separators, a line each.
    pub fn write_to(&self, file: &mut Vec<u8>, separators: Separators) {
        file.reserve(self.buffer.len() + self.segments as usize);
        for byte in &self.buffer {
            match *byte {
                ELEMENT => file.push(separators.element),
                COMPONENT => file.push(separators.component),
                REPETITION => file.push(separators.repetition.unwrap_or(b'^')),
                TERMINATOR => file.extend_from_slice(&[separators.terminator, b'\n']),
                other => file.push(other),
            }
        }
    }
}

impl SegmentOut<'_> {
    /// The next element.
    pub fn el(self, text: impl AsRef<str>) -> Self {
        self.out.buffer.push(ELEMENT);
        self.text(text.as_ref())
    }

    /// Elements that are left empty.
    pub fn blank(self, count: usize) -> Self {
        self.out.buffer.extend(std::iter::repeat_n(ELEMENT, count));
        self
    }

    /// The next element, an amount without needless zeros.
    pub fn money(self, amount: Money) -> Self {
        let text = amount.to_string();
        let short = text.strip_suffix(".00").unwrap_or_else(|| text.strip_suffix('0').unwrap_or(&text));
        self.el(short)
    }

    /// The next element, a quantity.
    pub fn quantity(self, quantity: Quantity) -> Self {
        self.el(quantity.to_string())
    }

    /// The next element, a date as CCYYMMDD.
    pub fn date(self, date: Date) -> Self {
        self.el(compact(date))
    }

    /// The next element, of components.
    pub fn components<'t>(self, parts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut out = self.blank(1);
        for (n, part) in parts.into_iter().enumerate() {
            if n > 0 {
                out.out.buffer.push(COMPONENT);
            }
            out = out.text(part);
        }
        out
    }

    /// The next element, as a kept segment has it.
    pub fn raw_element(self, text: &str, components: bool) -> Self {
        if !components {
            return self.el(text);
        }
        let mut out = self.blank(1);
        for (n, repetition) in text.split('^').enumerate() {
            if n > 0 {
                out.out.buffer.push(REPETITION);
            }
            for (n, component) in repetition.split(':').enumerate() {
                if n > 0 {
                    out.out.buffer.push(COMPONENT);
                }
                out = out.text(component);
            }
        }
        out
    }

    fn text(self, text: &str) -> Self {
        if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            self.out.buffer.extend_from_slice(text.as_bytes());
        } else {
            let element = self.element_name();
            let problem =
                "has characters that X12 can't carry: write it without accents, line breaks and the like";
            self.out.bad.push(BadText { element, problem });
        }
        self
    }

    /// Name of the element that is being written, as `NM103`.
    fn element_name(&self) -> String {
        // INVARIANT: the segment starts within the buffer.
        let written = &self.out.buffer[self.start..];
        let id = written.split(|byte| *byte == ELEMENT).next().unwrap_or_default();
        let number = written.iter().filter(|byte| **byte == ELEMENT).count();
        format!("{}{number:02}", String::from_utf8_lossy(id))
    }

    /// Ends the segment after filling elements that are empty from `overlay`, a kept segment.
    pub fn end_over(self, overlay: Option<&str>) {
        let Some(overlay) = overlay else { return self.end() };
        // INVARIANT: the segment starts within the buffer.
        let written = self.out.buffer.split_off(self.start);
        let written: Vec<&[u8]> = written.split(|byte| *byte == ELEMENT).collect();
        let kept: Vec<&str> = overlay.split('*').collect();
        let start = self.out.buffer.len();
        let mut out = SegmentOut { out: &mut *self.out, start };
        for n in 0..written.len().max(kept.len()) {
            if n > 0 {
                out = out.blank(1);
            }
            match written.get(n) {
                Some(bytes) if !bytes.is_empty() => out.out.buffer.extend_from_slice(bytes),
                _ => out = out.text(kept.get(n).copied().unwrap_or_default()),
            }
        }
        out.end();
    }

    /// Ends the segment: trailing empty elements and components are left off.
    pub fn end(self) {
        let buffer = &mut self.out.buffer;
        while buffer.len() > self.start && matches!(buffer.last(), Some(&ELEMENT | &COMPONENT | &REPETITION))
        {
            buffer.pop();
        }
        trim_components(buffer, self.start);
        // INVARIANT: the segment starts within the buffer.
        too_long(&buffer[self.start..], &mut self.out.bad);
        buffer.push(TERMINATOR);
        self.out.segments += 1;
    }
}

/// Leaves off empty components at the end of each element.
fn trim_components(buffer: &mut Vec<u8>, start: usize) {
    // INVARIANT: the segment starts within the buffer.
    let needless = |pair: &[u8]| matches!(pair, [COMPONENT, ELEMENT]);
    if !buffer[start..].windows(2).any(needless) {
        return;
    }
    let segment = buffer.split_off(start);
    for byte in segment {
        if byte == ELEMENT {
            while buffer.len() > start && buffer.last() == Some(&COMPONENT) {
                buffer.pop();
            }
        }
        buffer.push(byte);
    }
}

/// The most characters of an element, by segment: element 1 first, 0 where it is not limited here.
/// Source: ASC X12N 005010X222A1, element dictionary.
const LIMITS: &[(&str, &[usize])] = &[
    ("NM1", &[3, 1, 60, 35, 25, 10, 10, 2, 80]),
    ("N1", &[3, 60, 2, 80]),
    ("N3", &[55, 55]),
    ("N4", &[30, 2, 15, 3]),
    ("REF", &[3, 50]),
    ("PER", &[2, 60, 2, 256, 2, 256, 2, 256]),
    ("CLM", &[38, 18]),
    ("SBR", &[1, 2, 50, 60, 3]),
    ("PRV", &[3, 3, 50]),
    ("NTE", &[3, 80]),
    ("K3", &[80]),
    ("SV1", &[0, 18, 2, 15, 2]),
    ("SVD", &[80, 18]),
    ("CLP", &[38, 2, 18, 18, 18, 2, 50]),
    ("TRN", &[2, 50, 10]),
];

fn too_long(segment: &[u8], bad: &mut Vec<BadText>) {
    let mut elements = segment.split(|byte| *byte == ELEMENT);
    let id = elements.next().unwrap_or_default();
    let Some((id, limits)) = LIMITS.iter().find(|(name, _)| name.as_bytes() == id) else { return };
    for (n, (element, limit)) in elements.zip(*limits).enumerate() {
        if *limit > 0 && element.len() > *limit {
            let element = format!("{id}{:02}", n + 1);
            bad.push(BadText { element, problem: "is longer than 005010X222A1 allows" });
        }
    }
}

/// The separators that a file's texts leave free, the usual ones when possible. `used` has a place for each byte.
pub(crate) fn free_separators(mut used: [bool; 256]) -> Option<Separators> {
    let mut pick = |candidates: &[u8]| {
        // INVARIANT: there is a place for each byte.
        let found = candidates.iter().copied().find(|byte| !used[usize::from(*byte)])?;
        used[usize::from(found)] = true;
        Some(found)
    };
    Some(Separators {
        element: pick(b"*|!+")?,
        component: pick(b":><\\;")?,
        repetition: Some(pick(b"^%{`")?),
        terminator: pick(b"~}'[")?,
    })
}

/// A date as CCYYMMDD.
pub(crate) fn compact(date: Date) -> Text {
    Text::from(format!("{:04}{:02}{:02}", date.year(), date.month(), date.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(out: &Output) -> String {
        let mut file = Vec::new();
        let mut used = [false; 256];
        out.mark(&mut used);
        out.write_to(&mut file, free_separators(used).unwrap());
        String::from_utf8(file).unwrap()
    }

    #[test]
    fn trailing_empties_are_left_off() {
        let mut out = Output::default();
        out.segment("NM1").el("85").el("2").blank(3).end();
        out.segment("SV1").components(["HC", "90837", "", ""]).money(Money::from_cents(15050)).el("").end();
        assert_eq!(written(&out), "NM1*85*2~\nSV1*HC:90837*150.5~\n");
        assert_eq!(out.segments(), 2);
    }

    #[test]
    fn separators_avoid_the_texts() {
        let mut out = Output::default();
        out.raw("NTE*ADD*from 9:00 to 10:00 ~", false);
        out.raw("HI*BG:01*BG:02", true);
        assert_eq!(written(&out), "NTE*ADD*from 9:00 to 10:00 ~}\nHI*BG>01*BG>02}\n");
    }

    #[test]
    fn overlays_fill_gaps_only() {
        let mut out = Output::default();
        out.segment("SV1").components(["HC", "1"]).el("2").end_over(Some("SV1**no*******Y"));
        assert_eq!(written(&out), "SV1*HC:1*2*******Y~\n");
    }

    #[test]
    fn texts_that_cannot_be_sent_are_named() {
        let mut out = Output::default();
        out.segment("NM1").el("IL").el("1").el("Muñoz").end();
        out.segment("N4").el("x".repeat(31)).end();
        let bad: Vec<_> = out.take_bad().into_iter().map(|bad| bad.element).collect();
        assert_eq!(bad, ["NM103", "N401"]);
    }
}
