//! Which loop a party's NM1 begins, by who it is (NM101).

use crate::p837::order::Loop;

impl Loop {
    /// The loop of a party of the claim, by NM101.
    pub fn of_claim_party(party: &[u8]) -> Option<Self> {
        Some(match party {
            b"DN" | b"P3" => Self::L2310A,
            b"82" => Self::L2310B,
            // 4010 called the place of service by other names.
            b"77" | b"FA" | b"LI" | b"TL" => Self::L2310C,
            b"DQ" => Self::L2310D,
            b"PW" => Self::L2310E,
            b"45" => Self::L2310F,
            _ => return None,
        })
    }

    /// The loop of a party of another payer, by NM101.
    pub fn of_other_payer_party(party: &[u8]) -> Option<Self> {
        Some(match party {
            b"IL" => Self::L2330A,
            b"PR" => Self::L2330B,
            b"DN" | b"P3" => Self::L2330C,
            b"82" => Self::L2330D,
            b"77" => Self::L2330E,
            b"DQ" => Self::L2330F,
            b"85" => Self::L2330G,
            _ => return None,
        })
    }

    /// The loop of a party of a line, by NM101.
    pub fn of_line_party(party: &[u8]) -> Option<Self> {
        Some(match party {
            b"82" => Self::L2420A,
            b"QB" => Self::L2420B,
            b"77" | b"FA" | b"LI" | b"TL" => Self::L2420C,
            b"DQ" => Self::L2420D,
            b"DK" => Self::L2420E,
            b"DN" | b"P3" => Self::L2420F,
            b"PW" => Self::L2420G,
            b"45" => Self::L2420H,
            _ => return None,
        })
    }
}
