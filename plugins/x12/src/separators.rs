//! The four characters an interchange is written with, read from its ISA header by structure, never by searching text.

use memchr::memmem;

/// The separators of one interchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separators {
    /// Between elements: the byte after `ISA`.
    pub element: u8,
    /// Between the components of an element: ISA16.
    pub component: u8,
    /// Between repetitions of an element: ISA11 from 00402 on; before that ISA11 is `U` and nothing repeats.
    pub repetition: Option<u8>,
    /// After each segment.
    pub terminator: u8,
}

impl Default for Separators {
    /// `*`, `:`, `^` and `~`.
    fn default() -> Self {
        Self { element: b'*', component: b':', repetition: Some(b'^'), terminator: b'~' }
    }
}

/// What an ISA header says about the interchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Isa {
    pub separators: Separators,
    /// False when the header is not the 106 characters that the standard fixes.
    pub regular: bool,
}

/// Where the sixteen element separators stand in a header of 106 characters.
const PLACES: [usize; 16] = [3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103];

/// Longest header that is looked at when the fixed places do not hold.
const MAX_IRREGULAR: usize = 200;

/// Reads the header at the start of `bytes`; `None` when there is none.
pub(crate) fn read_isa(bytes: &[u8]) -> Option<Isa> {
    let [b'I', b'S', b'A', element, ..] = *bytes else { return None };
    if element.is_ascii_alphanumeric() || matches!(element, b' ' | b'\r' | b'\n') || !element.is_ascii() {
        return None;
    }
    let mut separators_at = [0_usize; 16];
    let mut found = 0;
    for (at, byte) in bytes.iter().enumerate().take(MAX_IRREGULAR) {
        if *byte == element {
            *separators_at.get_mut(found)? = at;
            found += 1;
            if found == 16 {
                break;
            }
        }
    }
    if found < 16 {
        return None;
    }
    let field = |n: usize| bytes.get(separators_at.get(n - 1)? + 1..*separators_at.get(n)?);
    let version = field(12)?;
    let after = separators_at.last()? + 1;
    let component = *bytes.get(after)?;
    // Some writers put spaces before the terminator.
    let terminator = *bytes.get(after + 1..)?.iter().find(|byte| **byte != b' ')?;
    let plausible = version.len() == 5
        && version.iter().all(u8::is_ascii_digit)
        && component != element
        && terminator != element
        && terminator != component
        && [component, terminator].iter().all(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    if !plausible {
        return None;
    }
    let repetition = match field(11)? {
        [byte] if version >= b"00402".as_slice() && !byte.is_ascii_alphanumeric() && *byte != b' ' => {
            Some(*byte)
        }
        _ => None,
    };
    Some(Isa {
        separators: Separators { element, component, repetition, terminator },
        regular: separators_at == PLACES && bytes.get(105) == Some(&terminator),
    })
}

/// The next place at or after `from` where a header stands. A text such as a patient called `ISAAC` is none.
pub(crate) fn find_isa(bytes: &[u8], from: usize) -> Option<(usize, Isa)> {
    let rest = bytes.get(from..)?;
    memmem::find_iter(rest, b"ISA").find_map(|at| Some((from + at, read_isa(rest.get(at..)?)?)))
}

/// How many bytes of byte order mark and white space stand at the start.
pub(crate) fn leading_space(bytes: &[u8]) -> usize {
    let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    mark + bytes.iter().skip(mark).take_while(|byte| byte.is_ascii_whitespace() || **byte == 0).count()
}

/// How far a header is looked for behind other text.
const MAX_PREFACE: usize = 4096;

/// True when the bytes begin as an X12 file does: `ISA`, after a byte order mark or white space. Some files put a few
/// lines of text before it: a whole header at the beginning of a line counts too, within the first 4,096 bytes.
///
/// A quick look for choosing a reader; [`read`](crate::read) says what is wrong with the rest.
///
/// ```
/// assert!(claimflow_x12::looks_like_x12(b"\xef\xbb\xbfISA*00*..."));
/// assert!(!claimflow_x12::looks_like_x12(b"{\"id\": \"ISAAC\"}"));
/// assert!(!claimflow_x12::looks_like_x12(b"ISAAC NEWTON"));
/// ```
pub fn looks_like_x12(bytes: &[u8]) -> bool {
    match bytes.get(leading_space(bytes)..) {
        Some([b'I', b'S', b'A', separator, ..]) => !separator.is_ascii_alphanumeric(),
        _ => {
            let start = bytes.get(..bytes.len().min(MAX_PREFACE)).unwrap_or_default();
            find_isa(start, 0)
                .is_some_and(|(at, _)| at > 0 && matches!(bytes.get(at - 1), Some(b'\n' | b'\r')))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA: &[u8] =
        b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260302*1200*^*00501*000000001*0*T*:~";

    #[test]
    fn the_fixed_header() {
        assert_eq!(ISA.len(), 106);
        let isa = read_isa(ISA).unwrap();
        assert!(isa.regular);
        assert_eq!(isa.separators, Separators::default());
    }

    #[test]
    fn other_separators_and_terminators() {
        let text = String::from_utf8(ISA.to_vec()).unwrap();
        for (element, component, repetition, terminator) in
            [("|", ">", "^", "\n"), ("^", "|", "!", "\r"), ("+", ">", "~", "'")]
        {
            let other = text
                .replace('~', "\u{1}")
                .replace('^', repetition)
                .replace(':', component)
                .replace('*', element)
                .replace('\u{1}', terminator);
            let isa = read_isa(other.as_bytes()).unwrap();
            assert!(isa.regular, "{other}");
            assert_eq!(isa.separators.element, element.as_bytes()[0]);
            assert_eq!(isa.separators.component, component.as_bytes()[0]);
            assert_eq!(isa.separators.terminator, terminator.as_bytes()[0]);
            assert_eq!(isa.separators.repetition, Some(repetition.as_bytes()[0]));
        }
    }

    #[test]
    fn isa11_of_4010_is_no_separator() {
        let text = String::from_utf8(ISA.to_vec()).unwrap().replace("*^*00501*", "*U*00401*");
        assert_eq!(read_isa(text.as_bytes()).unwrap().separators.repetition, None);
    }

    #[test]
    fn a_header_of_the_wrong_length_is_read_and_marked() {
        let text = String::from_utf8(ISA.to_vec())
            .unwrap()
            .replace("SENDER         ", "SENDER")
            .replace(":~", ":  ~");
        let isa = read_isa(text.as_bytes()).unwrap();
        assert!(!isa.regular);
        assert_eq!(isa.separators, Separators::default());
    }

    #[test]
    fn isaac_is_not_a_header() {
        let text = b"NM1*IL*1*ISAAC*ISA*~ISA*not a header at all~ISAAC*00*";
        assert_eq!(find_isa(text, 0), None);
        let mut more = text.to_vec();
        more.extend_from_slice(ISA);
        assert_eq!(find_isa(&more, 0).map(|(at, _)| at), Some(text.len()));
        assert!(!looks_like_x12(b"ISAAC"));
        assert!(looks_like_x12(b" \r\nISA*00"));
        assert!(looks_like_x12(&[b"Example 1\n\n", ISA].concat()));
        assert!(!looks_like_x12(&[b"Example 1 ", ISA].concat()));
    }
}
