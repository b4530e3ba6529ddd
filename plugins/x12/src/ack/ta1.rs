//! TA1: the answer to an interchange. It stands outside any transaction.

use claimflow_core::{Acknowledgment, AcknowledgmentKind};
use jiff::civil::Date;

use crate::ack::blank;
use crate::fault::Faults;
use crate::text::{date, shown, text};
use crate::tokenizer::Segment;

/// Reads a TA1 segment. Status: the note code of TA105, as `TA1:000`.
pub(crate) fn read(segment: &Segment<'_>, faults: &mut Faults<'_>) -> Acknowledgment {
    let elements = segment.elements::<6>();
    let mut ack = blank(AcknowledgmentKind::Interchange);
    ack.control_number = text(elements[1]);
    ack.date = short_date(elements[2]);
    match elements[4] {
        b"A" | b"E" => ack.accepted = true,
        b"R" => {}
        other => {
            let message =
                format!("TA104 should be `A`, `E` or `R`, but is `{}`; taken as refused", shown(other));
            faults.error(segment.at("").element("TA104"), "bad-code", message);
        }
    }
    if !elements[5].is_empty() {
        ack.statuses.push(text(&[b"TA1:", elements[5]].concat()));
    }
    ack
}

/// A date written as `YYMMDD`, of this century.
fn short_date(bytes: &[u8]) -> Option<Date> {
    date(&[b"20", bytes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::separators::Separators;
    use crate::tokenizer::Segments;
    use jiff::civil::date as day;

    fn read_one(text: &str) -> (Acknowledgment, usize) {
        let mut faults = Faults::new(text.as_bytes());
        let segment = Segments::new(text.as_bytes(), 0, 0, Separators::default()).next().unwrap();
        (read(&segment, &mut faults), faults.take().len())
    }

    #[test]
    fn accepted_refused_and_unreadable() {
        let (ack, faults) = read_one("TA1*000000905*260302*1253*A*000~");
        assert!(ack.accepted && faults == 0);
        assert_eq!((ack.control_number.as_str(), ack.date), ("000000905", Some(day(2026, 3, 2))));
        assert_eq!(ack.statuses, ["TA1:000"]);
        let (ack, faults) = read_one("TA1*000000905*260302*1253*R*006~");
        assert!(!ack.accepted && faults == 0);
        let (ack, faults) = read_one("TA1*000000905~");
        assert!(!ack.accepted && faults == 1);
    }
}
