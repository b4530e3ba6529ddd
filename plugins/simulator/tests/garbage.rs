//! Whatever bytes come, nothing panics and nothing unbalanced goes out.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use claimflow_simulator::{Payer, PayerKnowledge, SampleOptions, practice};
use jiff::civil::date;
use proptest::prelude::*;

fn file() -> Vec<u8> {
    let options = SampleOptions { visits: 12, ..SampleOptions::default() };
    practice(&options).unwrap().files.into_iter().next().unwrap().1
}

fn receive(bytes: &[u8]) {
    let mut payer = Payer::new(1, PayerKnowledge::default()).unwrap();
    for (name, bytes) in payer.receive(bytes, date(2026, 10, 2)).remittances {
        for transaction in &claimflow_x12::read(&bytes).transactions {
            assert!(transaction.remittance().0.balances(), "{name}");
        }
    }
}

#[test]
fn cut_off_anywhere() {
    let file = file();
    for end in (0..file.len()).step_by(7) {
        receive(&file[..end]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        receive(&bytes);
    }

    #[test]
    fn a_file_with_bytes_changed(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = file();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        receive(&bytes);
    }

    #[test]
    fn a_file_with_texts_exchanged(
        place in any::<prop::sample::Index>(),
        text in prop::sample::select(vec!["~", "*", ":", "99999999999", "-1", "0.001", "", "CLM*A*1~", "HL*9*9*9*9~"]),
    ) {
        let mut bytes = file();
        let place = place.index(bytes.len());
        bytes.splice(place..place, text.bytes());
        receive(&bytes);
    }
}
