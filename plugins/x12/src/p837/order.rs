//! The loops of 005010X222A1 in guide order, and the segments each may hold, in order.
//!
//! Source: ASC X12N 005010X222A1, "Transaction Set Listing". Only names and their order; no descriptions.

/// A loop, in the order in which the guide has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Loop {
    Header,
    L2000A,
    L2010AA,
    L2010AB,
    L2010AC,
    L2000B,
    L2010BA,
    L2010BB,
    L2000C,
    L2010CA,
    L2300,
    L2310A,
    L2310B,
    L2310C,
    L2310D,
    L2310E,
    L2310F,
    L2320,
    L2330A,
    L2330B,
    L2330C,
    L2330D,
    L2330E,
    L2330F,
    L2330G,
    L2400,
    L2410,
    L2420A,
    L2420B,
    L2420C,
    L2420D,
    L2420E,
    L2420F,
    L2420G,
    L2420H,
    L2430,
    L2440,
    /// Not in the guide.
    Unknown,
}

/// How many loops there are.
pub(crate) const LOOPS: usize = Loop::Unknown as usize + 1;

type Row = (Loop, &'static str, &'static [&'static str]);

const PROVIDER: &[&str] = &["NM1", "PRV", "REF"];
const REFERRING: &[&str] = &["NM1", "REF"];
const PLACE: &[&str] = &["NM1", "N3", "N4"];

/// INVARIANT: one row for each loop, in the order of the enum; a test holds it.
const TABLE: [Row; LOOPS] = [
    (Loop::Header, "HEADER", &["BHT"]),
    (Loop::L2000A, "2000A", &["HL", "PRV", "CUR"]),
    (Loop::L2010AA, "2010AA", &["NM1", "N3", "N4", "REF", "PER"]),
    (Loop::L2010AB, "2010AB", PLACE),
    (Loop::L2010AC, "2010AC", &["NM1", "N3", "N4", "REF"]),
    (Loop::L2000B, "2000B", &["HL", "SBR", "PAT"]),
    (Loop::L2010BA, "2010BA", &["NM1", "N3", "N4", "DMG", "REF", "PER"]),
    (Loop::L2010BB, "2010BB", &["NM1", "N3", "N4", "REF"]),
    (Loop::L2000C, "2000C", &["HL", "PAT"]),
    (Loop::L2010CA, "2010CA", &["NM1", "N3", "N4", "DMG", "REF", "PER"]),
    (
        Loop::L2300,
        "2300",
        &["CLM", "DTP", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CR1", "CR2", "CRC", "HI", "HCP"],
    ),
    (Loop::L2310A, "2310A", REFERRING),
    (Loop::L2310B, "2310B", PROVIDER),
    (Loop::L2310C, "2310C", &["NM1", "N3", "N4", "REF", "PER"]),
    (Loop::L2310D, "2310D", REFERRING),
    (Loop::L2310E, "2310E", PLACE),
    (Loop::L2310F, "2310F", PLACE),
    (Loop::L2320, "2320", &["SBR", "CAS", "AMT", "OI", "MOA"]),
    (Loop::L2330A, "2330A", &["NM1", "N3", "N4", "REF"]),
    (Loop::L2330B, "2330B", &["NM1", "N3", "N4", "DTP", "REF"]),
    (Loop::L2330C, "2330C", REFERRING),
    (Loop::L2330D, "2330D", REFERRING),
    (Loop::L2330E, "2330E", REFERRING),
    (Loop::L2330F, "2330F", REFERRING),
    (Loop::L2330G, "2330G", REFERRING),
    (
        Loop::L2400,
        "2400",
        &[
            "LX", "SV1", "SV5", "PWK", "CR1", "CR3", "CRC", "DTP", "QTY", "MEA", "CN1", "REF", "AMT", "K3",
            "NTE", "PS1", "HCP",
        ],
    ),
    (Loop::L2410, "2410", &["LIN", "CTP", "REF"]),
    (Loop::L2420A, "2420A", PROVIDER),
    (Loop::L2420B, "2420B", REFERRING),
    (Loop::L2420C, "2420C", &["NM1", "N3", "N4", "REF"]),
    (Loop::L2420D, "2420D", REFERRING),
    (Loop::L2420E, "2420E", &["NM1", "N3", "N4", "REF", "PER"]),
    (Loop::L2420F, "2420F", REFERRING),
    (Loop::L2420G, "2420G", PLACE),
    (Loop::L2420H, "2420H", PLACE),
    (Loop::L2430, "2430", &["SVD", "CAS", "DTP", "AMT"]),
    (Loop::L2440, "2440", &["LQ", "FRM"]),
    (Loop::Unknown, "unknown", &[]),
];

impl Loop {
    const fn row(self) -> &'static Row {
        // INVARIANT: the table has a row for each loop.
        &TABLE[self as usize]
    }

    /// The guide's name, as `2010AA`.
    pub const fn id(self) -> &'static str {
        self.row().1
    }

    /// The loop with this name.
    pub fn named(id: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == id).map(|row| row.0)
    }

    /// The segment's place within the loop, from 0; `None` when the loop has no such segment.
    pub fn rank(self, segment: &[u8]) -> Option<u8> {
        // INVARIANT: no loop lists more than 255 segments.
        self.row().2.iter().position(|name| same(name.as_bytes(), segment)).map(|at| at as u8)
    }

    /// The loop that holds this one, when a segment that it lacks may have been meant for that.
    pub const fn parent(self) -> Option<Self> {
        match self {
            Self::L2010AA | Self::L2010AB | Self::L2010AC => Some(Self::L2000A),
            Self::L2010BA | Self::L2010BB => Some(Self::L2000B),
            Self::L2010CA => Some(Self::L2000C),
            Self::L2310A | Self::L2310B | Self::L2310C | Self::L2310D | Self::L2310E | Self::L2310F => {
                Some(Self::L2300)
            }
            Self::L2330A
            | Self::L2330B
            | Self::L2330C
            | Self::L2330D
            | Self::L2330E
            | Self::L2330F
            | Self::L2330G => Some(Self::L2320),
            Self::L2320 => Some(Self::L2300),
            Self::L2410
            | Self::L2420A
            | Self::L2420B
            | Self::L2420C
            | Self::L2420D
            | Self::L2420E
            | Self::L2420F
            | Self::L2420G
            | Self::L2420H
            | Self::L2430
            | Self::L2440 => Some(Self::L2400),
            _ => None,
        }
    }

    /// True for the loops of a service line.
    pub const fn is_line(self) -> bool {
        self as usize >= Self::L2400 as usize && self as usize <= Self::L2440 as usize
    }

    /// True for a repetition of a loop that the claim's words describe: what they lack is merged in, or follows in
    /// guide order. Other loops are kept whole, as they came.
    pub const fn has_words(self, repetition: u16) -> bool {
        match self {
            Self::L2320 | Self::L2330A | Self::L2330B | Self::L2430 => true,
            Self::Header
            | Self::L2000A
            | Self::L2010AA
            | Self::L2010AB
            | Self::L2000B
            | Self::L2010BA
            | Self::L2010BB
            | Self::L2000C
            | Self::L2010CA
            | Self::L2300
            | Self::L2310A
            | Self::L2310B
            | Self::L2310C
            | Self::L2310D
            | Self::L2400
            | Self::L2420A
            | Self::L2420D => repetition == 1,
            _ => false,
        }
    }
}

/// Equality of two short names, without the call that comparing slices is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

/// Segments whose elements may have components; in all others the component separator is plain text.
pub(crate) fn has_components(segment: &[u8]) -> bool {
    matches!(
        segment,
        b"CLM" | b"HI" | b"SV1" | b"SV5" | b"SVD" | b"REF" | b"CTP" | b"SVC" | b"STC" | b"PLB" | b"LIN"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_follows_the_enum() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, at);
            assert_eq!(Loop::named(row.1), Some(row.0));
        }
    }

    #[test]
    fn ranks() {
        assert_eq!(Loop::L2300.rank(b"CLM"), Some(0));
        assert!(Loop::L2300.rank(b"NTE") < Loop::L2300.rank(b"HI"));
        assert_eq!(Loop::L2300.rank(b"SV1"), None);
    }
}
