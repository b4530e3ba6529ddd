//! Which qualifiers a kept segment may have in its loop. Source: ASC X12N 005010X222A1, element notes.

use crate::p837::order::Loop;

/// Loop, segment, and what its first element may be.
type Row = (Loop, &'static str, &'static [&'static str]);

const PROVIDER: &[&str] = &["0B", "1G", "G2", "LU"];

const TABLE: &[Row] = &[
    (Loop::L2010AA, "REF", &["EI", "SY", "0B", "1G"]),
    (Loop::L2010AC, "REF", &["2U", "FY", "NF", "EI"]),
    (Loop::L2010BA, "REF", &["SY", "Y4"]),
    (Loop::L2010BB, "REF", &["2U", "EI", "FY", "NF", "G2", "LU"]),
    (Loop::L2010CA, "REF", &["Y4", "1W", "SY"]),
    (Loop::L2300, "AMT", &["F5"]),
    (
        Loop::L2300,
        "REF",
        &["4N", "F5", "EW", "9F", "G1", "F8", "X4", "9A", "9C", "LX", "D9", "EA", "P4", "1J"],
    ),
    (Loop::L2300, "NTE", &["ADD", "CER", "DCP", "DGN", "TPO"]),
    (Loop::L2300, "CRC", &["07", "E1", "E2", "E3", "75", "ZZ"]),
    (Loop::L2300, "HI", &["ABK", "BK", "BP", "BG"]),
    (Loop::L2310A, "REF", &["0B", "1G", "G2"]),
    (Loop::L2310B, "REF", PROVIDER),
    (Loop::L2310C, "REF", &["0B", "G2", "LU"]),
    (Loop::L2310D, "REF", PROVIDER),
    (Loop::L2320, "AMT", &["D", "A8", "EAF"]),
    (Loop::L2330A, "REF", &["SY"]),
    (Loop::L2330B, "DTP", &["573"]),
    (Loop::L2330B, "REF", &["2U", "EI", "FY", "NF", "G1", "9F", "T4", "F8"]),
    (Loop::L2330C, "REF", &["0B", "1G", "G2"]),
    (Loop::L2330D, "REF", PROVIDER),
    (Loop::L2330E, "REF", &["0B", "G2", "LU"]),
    (Loop::L2330F, "REF", PROVIDER),
    (Loop::L2330G, "REF", &["G2", "LU"]),
    (Loop::L2400, "CRC", &["07", "70", "09"]),
    (Loop::L2400, "DTP", &["472", "471", "607", "463", "461", "304", "738", "739", "011", "455", "454"]),
    (Loop::L2400, "QTY", &["PT", "FL"]),
    (Loop::L2400, "MEA", &["OG", "TR"]),
    (Loop::L2400, "REF", &["9B", "9D", "G1", "6R", "EW", "X4", "F4", "BT", "9F"]),
    (Loop::L2400, "AMT", &["T", "F4"]),
    (Loop::L2400, "NTE", &["ADD", "DCP", "TPO"]),
    (Loop::L2410, "REF", &["VY", "XZ"]),
    (Loop::L2420A, "REF", PROVIDER),
    (Loop::L2420B, "REF", &["0B", "1G", "G2"]),
    (Loop::L2420C, "REF", &["G2", "LU"]),
    (Loop::L2420D, "REF", PROVIDER),
    (Loop::L2420E, "REF", &["0B", "1G", "G2"]),
    (Loop::L2420F, "REF", &["0B", "1G", "G2"]),
    (Loop::L2430, "AMT", &["EAF"]),
    (Loop::L2430, "DTP", &["573"]),
    (Loop::L2440, "LQ", &["AS", "UT"]),
];

impl Loop {
    /// What the first element of a segment may be in this loop; `None` where anything may.
    pub fn qualifiers(self, segment: &[u8]) -> Option<&'static [&'static str]> {
        TABLE.iter().find(|row| row.0 == self && row.1.as_bytes() == segment).map(|row| row.2)
    }

    /// True when the guide uses the segment with this qualifier in this loop.
    pub fn uses(self, segment: &[u8], qualifier: &[u8]) -> bool {
        self.qualifiers(segment).is_none_or(|list| list.iter().any(|known| known.as_bytes() == qualifier))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualifiers_are_of_segments_that_the_loop_has() {
        for (place, segment, _) in TABLE {
            assert!(place.rank(segment.as_bytes()).is_some(), "{} {segment}", place.id());
        }
        assert!(Loop::L2300.uses(b"REF", b"D9"));
        assert!(!Loop::L2300.uses(b"REF", b"BLT"));
        assert!(Loop::L2300.uses(b"K3", b"anything"));
    }
}
