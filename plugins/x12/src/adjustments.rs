//! CAS: what was taken off a charge, in up to six triples of reason, amount and quantity.

use claimflow_core::{Adjustment, Carc, GroupCode};

use crate::fault::Faults;
use crate::text::{money, quantity, shown, text};
use crate::tokenizer::Segment;

const REASONS: [&str; 6] = ["CAS02", "CAS05", "CAS08", "CAS11", "CAS14", "CAS17"];
const AMOUNTS: [&str; 6] = ["CAS03", "CAS06", "CAS09", "CAS12", "CAS15", "CAS18"];
const QUANTITIES: [&str; 6] = ["CAS04", "CAS07", "CAS10", "CAS13", "CAS16", "CAS19"];

/// Appends the adjustments of a CAS segment. Zero and negative amounts count, and a reason may come twice.
pub(crate) fn read_cas(
    segment: &Segment<'_>,
    loop_id: &'static str,
    faults: &mut Faults<'_>,
    into: &mut Vec<Adjustment>,
) {
    let elements = segment.elements::<20>();
    let group: GroupCode = match std::str::from_utf8(elements[1]).unwrap_or_default().parse() {
        Ok(group) => group,
        Err(_) => {
            let at = segment.at(loop_id).element("CAS01");
            faults.bad(at, "bad-adjustment-group", "an adjustment group, CO, PR, OA or PI", elements[1]);
            return;
        }
    };
    // INVARIANT: 20 elements hold the name, the group and six triples.
    let (triples, _) = elements[2..].as_chunks::<3>();
    for (n, [reason, amount, count]) in triples.iter().enumerate() {
        if reason.is_empty() && amount.is_empty() && count.is_empty() {
            continue;
        }
        let at = |names: &[&'static str; 6]| segment.at(loop_id).element(names.get(n).copied().unwrap_or(""));
        if reason.is_empty() {
            faults.bad(at(&REASONS), "bad-adjustment", "a claim adjustment reason code", reason);
        }
        let Some(amount) = money(amount) else {
            faults.bad(at(&AMOUNTS), "bad-amount", "an amount of money", amount);
            continue;
        };
        let quantity = quantity(count);
        if quantity.is_none() && !count.is_empty() {
            faults.bad(at(&QUANTITIES), "bad-quantity", "a number", count);
        }
        into.push(Adjustment { group, reason: Carc::as_received(text(reason)), amount, quantity });
    }
    if elements.more {
        let message = format!(
            "CAS holds more than six triples; `{}` and what follows is left out",
            shown(segment.element(20))
        );
        faults.error(segment.at(loop_id), "too-many-adjustments", message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::separators::Separators;
    use crate::tokenizer::Segments;

    fn read(text: &str) -> (Vec<String>, Vec<&'static str>) {
        let mut faults = Faults::new(text.as_bytes());
        let segment = Segments::new(text.as_bytes(), 0, 0, Separators::default()).next().unwrap();
        let mut list = Vec::new();
        read_cas(&segment, "2110", &mut faults, &mut list);
        let shown = list
            .iter()
            .map(|a| format!("{} {} {} {}", a.group, a.reason, a.amount, a.quantity.unwrap_or_default()))
            .collect();
        (shown, faults.take().iter().map(|fault| fault.code).collect())
    }

    #[test]
    fn six_triples_with_zero_negative_and_repeated_reasons() {
        let (list, faults) = read("CAS*OA*23*516*1*94*-9.00**23*0**1*1**2*2**3*.5*3");
        assert_eq!(list.len(), 6);
        assert_eq!(list[0], "OA 23 516.00 1");
        assert_eq!(list[1], "OA 94 -9.00 0");
        assert_eq!(list[2], "OA 23 0.00 0");
        assert_eq!(list[5], "OA 3 0.50 3");
        assert!(faults.is_empty());
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(read("CAS*XX*1*5").1, ["bad-adjustment-group"]);
        assert_eq!(read("CAS*CO*1*five").1, ["bad-amount"]);
        assert_eq!(read("CAS*CO**5").1, ["bad-adjustment"]);
        assert_eq!(read("CAS*CO*1*5*x").1, ["bad-quantity"]);
        let long = format!("CAS*CO{}", "*1*5*".repeat(7));
        let (list, faults) = read(&long);
        assert_eq!((list.len(), faults), (6, vec!["too-many-adjustments"]));
    }
}
