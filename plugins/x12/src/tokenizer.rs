//! Segments and elements over borrowed bytes. Elements are located when asked for.

use memchr::memchr;

use crate::separators::Separators;

/// One segment, without the white space around it and without its terminator.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a> {
    pub bytes: &'a [u8],
    /// Offset of the first byte in the file.
    pub position: usize,
    /// Offset after the terminator.
    pub end: usize,
    /// Ordinal in the file, from 1.
    pub number: u32,
    pub separators: Separators,
    /// False when the file ends before the terminator.
    pub terminated: bool,
}

/// The first `N` elements of a segment, the segment's name at 0; absent ones are empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elements<'a, const N: usize> {
    items: [&'a [u8]; N],
    /// True when the segment has more elements than these.
    pub more: bool,
}

impl<'a, const N: usize> std::ops::Deref for Elements<'a, N> {
    type Target = [&'a [u8]; N];

    fn deref(&self) -> &Self::Target {
        &self.items
    }
}

impl<'a> Segment<'a> {
    /// The segment's name, as `NM1`.
    pub fn id(&self) -> &'a [u8] {
        cut(self.bytes, self.separators.element).0
    }

    /// The first `N` elements, the name included.
    pub fn elements<const N: usize>(&self) -> Elements<'a, N> {
        let mut items = [&[][..]; N];
        let mut rest = Some(self.bytes);
        for item in &mut items {
            let Some(bytes) = rest else { break };
            (*item, rest) = cut(bytes, self.separators.element);
        }
        Elements { items, more: rest.is_some() }
    }

    /// All elements in order, the name first.
    pub fn all(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let separator = self.separators.element;
        self.bytes.split(move |byte| *byte == separator)
    }

    /// The `n`th element, the name being 0; empty when absent.
    pub fn element(&self, n: usize) -> &'a [u8] {
        self.all().nth(n).unwrap_or_default()
    }

    /// The first `N` components of an element; absent ones are empty.
    pub fn components<const N: usize>(&self, element: &'a [u8]) -> Elements<'a, N> {
        Segment {
            bytes: element,
            separators: Separators { element: self.separators.component, ..self.separators },
            ..*self
        }
        .elements()
    }
}

/// What stands before the separator, and what after it, when there is one.
fn cut(bytes: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    // Elements are a few bytes long: a plain loop beats a vectorized search here.
    match bytes.iter().position(|byte| *byte == separator) {
        // INVARIANT: `at` is the position of a byte of `bytes`.
        Some(at) => (&bytes[..at], Some(&bytes[at + 1..])),
        None => (bytes, None),
    }
}

/// Walks over the segments between two offsets of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segments<'a> {
    file: &'a [u8],
    at: usize,
    number: u32,
    separators: Separators,
}

impl<'a> Segments<'a> {
    /// Over `file` from `start`; `number` segments came before. Cut `file` short to stop early: offsets stay true.
    pub fn new(file: &'a [u8], start: usize, number: u32, separators: Separators) -> Self {
        Self { file, at: start.min(file.len()), number, separators }
    }

    /// The same, ending at an offset of the file.
    pub fn until(self, end: usize) -> Self {
        // INVARIANT: the end is cut to the file's length.
        let file = &self.file[..end.min(self.file.len())];
        Self { file, at: self.at.min(file.len()), ..self }
    }

    /// The offset of the next byte to be read.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// How many segments have been read, those before the start included.
    pub fn numbered(&self) -> u32 {
        self.number
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    #[inline]
    fn next(&mut self) -> Option<Segment<'a>> {
        loop {
            // INVARIANT: `at` never passes the end of the file.
            let rest = &self.file[self.at..];
            if rest.is_empty() {
                return None;
            }
            let (length, terminated) = match memchr(self.separators.terminator, rest) {
                Some(at) => (at, true),
                None => (rest.len(), false),
            };
            // INVARIANT: `length` is at most the length of `rest`.
            let raw = &rest[..length];
            let start = raw.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let bytes = raw[start..].trim_ascii_end();
            let position = self.at + start;
            self.at += length + usize::from(terminated);
            if bytes.is_empty() {
                continue;
            }
            self.number = self.number.saturating_add(1);
            return Some(Segment {
                bytes,
                position,
                end: self.at,
                number: self.number,
                separators: self.separators,
                terminated,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(text: &str, terminator: u8) -> Vec<(u32, usize, String)> {
        let separators = Separators { terminator, ..Separators::default() };
        Segments::new(text.as_bytes(), 0, 0, separators)
            .map(|segment| {
                (segment.number, segment.position, String::from_utf8_lossy(segment.bytes).into_owned())
            })
            .collect()
    }

    #[test]
    fn white_space_around_segments_is_none_of_theirs() {
        let want = vec![(1, 0, "A*1".into()), (2, 7, "B*2".into()), (3, 12, "C".into())];
        assert_eq!(walk("A*1 ~\r\nB*2~~C", b'~'), want);
    }

    #[test]
    fn newline_as_terminator() {
        assert_eq!(walk("A*1\r\n\r\nB\n", b'\n'), vec![(1, 0, "A*1".into()), (2, 7, "B".into())]);
        assert_eq!(walk("A*1\r\nB\r\n", b'\r'), vec![(1, 0, "A*1".into()), (2, 5, "B".into())]);
    }

    #[test]
    fn elements_and_components() {
        let text = b"SV1*HC:90837:95*150**1*";
        let segment = Segments::new(text, 0, 0, Separators::default()).next().unwrap();
        assert_eq!(segment.id(), b"SV1");
        let elements = segment.elements::<4>();
        assert_eq!(*elements, [&b"SV1"[..], b"HC:90837:95", b"150", b""]);
        assert!(elements.more);
        assert_eq!(segment.element(4), b"1");
        assert_eq!(segment.element(40), b"");
        let components = segment.components::<4>(elements[1]);
        assert_eq!(*components, [&b"HC"[..], b"90837", b"95", b""]);
        assert!(!components.more);
        assert!(!segment.terminated);
    }
}
