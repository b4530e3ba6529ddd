//! Garbage, truncated and mixed files: what is whole comes out, what is broken is faulted, and nothing panics.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod common;

use claimflow_core::Claim;
use claimflow_x12::{
    FAULT_CODES, Fault, File, Inspection, ReadClaim, Transaction, inspect, read, syntax_answers,
};
use common::{HEADER, codes, practice_file, remittance_file, trailer, transaction};
use proptest::prelude::*;

fn claims(file: &File<'_>) -> Vec<ReadClaim> {
    file.transactions.iter().flat_map(Transaction::claims).collect()
}

/// The claims of a transaction, read in so many parts, with all faults.
fn in_parts(transaction: &Transaction<'_>, parts: usize) -> (Vec<Claim>, Vec<Fault>) {
    let mut claims = Vec::new();
    let mut faults = Vec::new();
    for mut chunk in transaction.claim_chunks(parts) {
        for read in chunk.by_ref() {
            claims.push(read.claim);
            faults.extend(read.faults);
        }
        faults.extend(chunk.take_faults());
    }
    (claims, faults)
}

/// Reads in every way there is; every fault must lie in the file.
fn read_all(bytes: &[u8]) -> Inspection {
    let file = read(bytes);
    for transaction in &file.transactions {
        assert_eq!(in_parts(transaction, 3), in_parts(transaction, 1));
        transaction.remittance();
        transaction.acknowledgments();
        assert!(bytes[transaction.position as usize..].starts_with(transaction.bytes));
    }
    syntax_answers(&file);
    let found = inspect(bytes);
    let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    for fault in found.faults.iter().chain(found.transactions.iter().flat_map(|one| &one.faults)) {
        assert!(fault.position as usize <= bytes.len(), "{fault:?}");
        assert!(fault.line as usize <= lines, "{fault:?}");
        assert!(FAULT_CODES.iter().any(|(code, _)| *code == fault.code), "{fault:?}");
    }
    found
}

#[test]
fn a_broken_transaction_leaves_its_neighbours_alone() {
    let good = [transaction("0001"), transaction("0003")];
    let whole = transaction("0002");
    let breaks = [
        ("se-count", whole.replace("SE*46*", "SE*47*"), 3),
        ("se-control", whole.replace("SE*46*0002", "SE*46*0009"), 3),
        ("missing-se", whole.split("SE*46*").next().unwrap().to_owned(), 3),
        ("duplicate-control", whole.replace("0002", "0001"), 3),
    ];
    for (code, broken, count) in breaks {
        let text = format!("{HEADER}{}{broken}{}{}", good[0], good[1], trailer(3));
        let file = read(text.as_bytes());
        assert_eq!(codes(&file.faults), [code]);
        assert_eq!(file.transactions.len(), 3);
        assert_eq!(file.transactions[1].claims().count(), count, "{code}");
        for neighbour in [0, 2] {
            assert!(file.transactions[neighbour].complete);
            for read in file.transactions[neighbour].claims() {
                assert!(read.usable && read.faults.is_empty(), "{code}: {:?}", read.faults);
            }
            assert_eq!(file.faults_of(&file.transactions[neighbour]).count(), 0, "{code}");
        }
    }
}

#[test]
fn wrong_counts_and_numbers_of_the_envelopes() {
    let text = practice_file();
    for (from, to, code) in [
        ("GE*1*", "GE*2*", "ge-count"),
        ("GE*1*77", "GE*1*78", "ge-control"),
        ("IEA*1*", "IEA*9*", "iea-count"),
        ("IEA*1*000000905", "IEA*1*000000906", "iea-control"),
        ("GE*1*77~\n", "", "missing-ge"),
        ("IEA*1*000000905~\n", "", "missing-iea"),
        ("ST*837*0001*", "SE*2*0001~\nST*837*0001*", "stray-se"),
        ("GE*1*77~\n", "GE*1*77~\nNTE*ADD*lost~\n", "segment-outside"),
        ("IEA*1*000000905~\n", "IEA*1*000000905~\nmore text\n", "text-outside"),
    ] {
        let broken = text.replace(from, to);
        let file = read(broken.as_bytes());
        assert_eq!(codes(&file.faults), [code], "{to}");
        assert_eq!(claims(&file).iter().filter(|read| read.usable).count(), 3, "{code}");
    }
}

#[test]
fn an_interchange_without_end_before_another() {
    let text = format!("{}{}", practice_file().replace("GE*1*77~\nIEA*1*000000905~\n", ""), practice_file());
    let file = read(text.as_bytes());
    assert_eq!(codes(&file.faults), ["missing-ge", "missing-iea"]);
    assert_eq!(claims(&file).len(), 6);
}

#[test]
fn claims_that_must_not_be_taken_on() {
    let text = practice_file();
    for (from, to, code) in [
        ("NM1*IL*1*EXAMPLE*PAT****MI*W000000001~\n", "", "missing-subscriber"),
        ("NM1*PR*2*EXAMPLE HEALTH*****PI*60054~\n", "", "missing-payer"),
        ("NM1*85*2*WILLOW COUNSELING*****XX*1234567893~\n", "", "missing-billing-provider"),
        ("CLM*A1*", "CLM**", "missing-claim-number"),
        ("LX*1~\nSV1*HC:90837:95*150*UN*1***1:2~\nDTP*472*D8*20260217~\n", "", "missing-line"),
        ("SV1*HC:90837:95*150*", "SV1*HC:90837:95*x*", "bad-amount"),
    ] {
        let broken = text.replacen(from, to, 1);
        let first = &claims(&read(broken.as_bytes()))[0];
        assert!(!first.usable, "{code}");
        assert!(codes(&first.faults).contains(&code), "{code}: {:?}", codes(&first.faults));
    }
}

#[test]
fn what_is_unusual_is_said_and_kept() {
    let text = practice_file();
    for (from, to, code) in [
        ("HL*2*1*22", "HL*5*1*22", "hl-number"),
        ("HL*2*1*22", "HL*2*7*22", "hl-parent"),
        ("LX*1~\n", "LX*9~\n", "line-number"),
        ("HI*ABK:F331*ABF:F411~\n", "HI*ABK:F331*ABF:F411~\nZZZ*1~\n", "unexpected-segment"),
        ("HI*ABK:F331*ABF:F411~\n", "HI*ABK:F33.1*ABF:F411~\n", "bad-diagnosis-code"),
        ("HI*ABK:F331*ABF:F411~\n", "HI*ABK*F331*ABF:F411~\n", "bad-diagnosis"),
        ("SV1*HC:90837:95*", "SV1*HC:9083:95*", "bad-procedure-code"),
        ("SV1*HC:90837:95*", "SV1*HC:90837:9*", "bad-modifier"),
        ("SV1*HC:90837:95*150*UN*1***1:2", "SV1*HC:90837:95*150*UN*1***1:9", "dangling-pointer"),
        ("SV1*HC:90837:95*150*UN*1***1:2", "SV1*HC:90837:95*150*UN*1***a", "bad-pointer"),
        ("SV1*HC:90837:95*150*UN*1*", "SV1*HC:90837:95*150*UN*one*", "bad-quantity"),
        ("DTP*472*D8*20260217", "DTP*472*D8*20260231", "bad-date"),
        ("CLM*A1*150*", "CLM*A1*151*", "charge-sum"),
        ("11:B:1*", "1:B:1*", "bad-place-of-service"),
        ("11:B:1*", "11:B:*", "bad-frequency"),
        (
            "NM1*PR*2*EXAMPLE HEALTH*****PI*60054~\n",
            "NM1*PR*2*EXAMPLE HEALTH*****PI*60054~\nNM1*QD*1*EXAMPLE~\n",
            "unexpected-segment",
        ),
        ("DMG*D8*19800101*F", "DMG*D8*1980*F", "bad-date"),
        ("CLM*A1*150***", "CLM*A1*150*x**", "unexpected-element"),
        (
            "HL*2*1*22*1~\n",
            "HL*2*1*22*1~\nSBR*P~\nNM1*IL*1*EXAMPLE*LEE****MI*W2~\nHL*3*1*22*1~\n",
            "subscriber-without-claim",
        ),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{code}");
        let first = &claims(&read(broken.as_bytes()))[0];
        assert!(first.usable, "{code}");
        assert!(codes(&first.faults).contains(&code), "{code}: {:?}", codes(&first.faults));
        for fault in &first.faults {
            assert!(
                !fault.message.contains("EXAMPLE") && !fault.message.contains("1980"),
                "{}",
                fault.message
            );
            assert!(
                fault.message.starts_with(|c: char| !c.is_uppercase()
                    || fault.message.starts_with(fault.element)
                    || fault.message.starts_with(fault.segment_id.as_str())),
                "{}",
                fault.message
            );
        }
    }
}

#[test]
fn segments_without_a_place_keep_a_claim_from_being_written() {
    let text = practice_file().replacen("HI*ABK:F331*ABF:F411~\n", "HI*ABK:F331*ABF:F411~\nZZZ*1~\n", 1);
    let claim = &claims(&read(text.as_bytes()))[0].claim;
    let error = claimflow_x12::check_837p(claim).unwrap_err().to_string();
    assert_eq!(
        error,
        "claim `A1` can't be written: `extras` hold a segment `ZZZ` for which 005010X222A1 has no place in loop \
         `unknown`: remove it"
    );
}

#[test]
fn garbage_is_no_x12() {
    for garbage in [&b""[..], b"\0\0\0", b"%PDF-1.7", b"{\"id\":1}", b"ISAAC", b"\xff\xfe\xfd"] {
        let found = read_all(garbage);
        assert_eq!((codes(&found.faults), found.transactions.len()), (vec!["not-x12"], 0));
    }
    let found = read_all(b"ISA*00*          *00*   ");
    assert_eq!(codes(&found.faults), ["bad-isa"]);
}

#[test]
fn cut_anywhere_the_whole_claims_come_out() {
    let text = format!("{HEADER}{}{}{}", transaction("0001"), transaction("0002"), trailer(2));
    let whole = claims(&read(text.as_bytes()));
    for cut in 0..text.len() {
        let bytes = &text.as_bytes()[..cut];
        let found = read_all(bytes);
        let said = !codes(found.faults.iter().chain(found.transactions.iter().flat_map(|one| &one.faults)))
            .is_empty();
        assert!(cut + 1 >= text.len() || said, "{cut}: {}", &text[..cut]);
        let usable: Vec<_> = claims(&read(bytes)).into_iter().filter(|read| read.usable).collect();
        for (n, read) in usable.iter().enumerate() {
            assert_eq!(read.claim, whole[n].claim, "{cut}");
        }
        // A claim is whole once the segment after it has been seen to begin.
        let ends = ["CLM*A2", "HL*3*2", "SE*46*0001", "CLM*A2", "HL*3*2", "SE*46*0002"];
        let mut from = 0;
        let seen = ends.iter().take_while(|end| {
            from = text[from..].find(*end).unwrap() + from + 1;
            from + end.len() <= cut
        });
        assert!(usable.len() >= seen.count(), "{cut}");
    }
}

#[test]
fn a_remittance_that_is_cut_off_is_never_quietly_whole() {
    let claim = "CLP*A1*1*150*100*20*12*PCN1~\nNM1*QC*1*EXAMPLE*PAT~\nSVC*HC:90837*150*100**1~\nCAS*CO*45*30~\nCAS*PR*3*20~\n";
    let text = remittance_file("200", &claim.repeat(2));
    let start = text.find("BPR").unwrap() + 20;
    for cut in start..text.find("SE*").unwrap() + 3 {
        assert!(read_all(&text.as_bytes()[..cut]).has_errors(), "{cut}");
    }
}

#[test]
fn a_mixed_file() {
    let remittance = remittance_file("0", "").replace("LX*1~\n", "").replace("SE*11*", "SE*10*");
    let text = format!("{}{}{}", practice_file(), remittance, "garbage\nISAAC\n");
    let found = read_all(text.as_bytes());
    let kinds: Vec<String> = found.transactions.iter().map(|one| one.kind.to_string()).collect();
    assert_eq!(kinds, ["837P", "835"]);
    assert_eq!(codes(&found.faults), ["text-outside"]);
}

fn samples() -> Vec<Vec<u8>> {
    let mut files: Vec<Vec<u8>> = common::samples(|name| name != "x12_many_claims.txt")
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    files.push(practice_file().into_bytes());
    files
}

#[test]
fn the_sample_of_820_claims_reads_in_parts_as_whole() {
    for path in common::samples(|name| name == "x12_many_claims.txt") {
        let bytes = std::fs::read(&path).unwrap();
        let file = read(&bytes);
        let whole = in_parts(&file.transactions[0], 1);
        assert_eq!(whole.0.len(), 820);
        for parts in [2, 3, 8, 500] {
            assert_eq!(in_parts(&file.transactions[0], parts), whole, "{parts}");
        }
    }
}

#[test]
fn samples_cut_anywhere() {
    for bytes in samples() {
        for cut in (0..bytes.len()).step_by(7) {
            read_all(&bytes[..cut]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        read_all(&bytes);
        read_all(&[HEADER.as_bytes(), &bytes].concat());
    }

    #[test]
    fn no_segments_panic(segments in proptest::collection::vec(
        "(ST|SE|GS|GE|IEA|ISA|HL|NM1|N3|N4|CLM|HI|LX|SV1|DTP|REF|SBR|CAS|SVD|PAT|DMG|OI|AMT|BHT|PRV|LIN|LQ|CLP|SVC|PLB|BPR|N1|AK2|IK5|AK9|TRN|STC|TA1)([*](837|835|999|277|0001|20|22|23|IL|PR|85|QC|82|D8|472|G1|F8|[0-9]{1,9}|11:B:1|HC:90837|ABK:F331|-5|x|[*:^]|)){0,9}",
        0..60,
    )) {
        let body = segments.join("~\n");
        read_all(format!("{HEADER}ST*837*0001*005010X222A1~{body}~").as_bytes());
        read_all(format!("{HEADER}ST*835*0001~{body}~").as_bytes());
        read_all(format!("{HEADER}ST*277*0001*005010X214~{body}~").as_bytes());
    }

    #[test]
    fn no_change_of_a_sample_panics(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..12),
    ) {
        let files = samples();
        let mut bytes = which.get(&files).clone();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.insert(at, b"*:~^\n0A"[usize::from(byte) % 7]),
            }
        }
        read_all(&bytes);
    }
}
