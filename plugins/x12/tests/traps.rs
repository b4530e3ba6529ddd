//! The traps of real files, one test each.

mod common;

use claimflow_core::{Claim, Money, Severity};
use claimflow_x12::{ReadClaim, check_837p, inspect, looks_like_x12, read, write_837p};
use common::{HEADER, codes, practice_file, remittance_file, trailer, transaction};

fn claims(text: impl AsRef<[u8]>) -> Vec<ReadClaim> {
    read(text.as_ref()).transactions.iter().flat_map(claimflow_x12::Transaction::claims).collect()
}

fn words(text: impl AsRef<[u8]>) -> Vec<Claim> {
    claims(text).into_iter().map(|read| read.claim).collect()
}

/// Claims and faults of a file in which nothing is wrong.
#[test]
fn the_file_that_the_traps_are_set_in_is_clean() {
    let text = practice_file();
    let file = read(text.as_bytes());
    assert_eq!(file.faults, []);
    let list = claims(&text);
    assert!(list.iter().all(|read| read.usable && read.faults.is_empty()), "{list:#?}");
    let ids: Vec<&str> = list.iter().map(|read| read.claim.id.as_str()).collect();
    assert_eq!(ids, ["A1", "A2", "A3"]);
    assert!(list[2].claim.patient.is_some());
    assert_eq!(list[1].position as usize, text.find("CLM*A2").unwrap());
    assert_eq!(list[1].segment as usize, text[..text.find("CLM*A2").unwrap()].matches('~').count() + 1);
}

#[test]
fn separators_terminators_and_white_space_of_every_kind() {
    let plain = practice_file();
    let want = words(&plain);
    let other = |element: &str, component: &str, repetition: &str, terminator: &str| {
        plain
            .replace('~', "\u{1}")
            .replace('^', repetition)
            .replace(':', component)
            .replace('*', element)
            .replace("\u{1}\n", terminator)
    };
    let variants = [
        ("no newline", plain.replace('\n', "")),
        ("newline after the terminator", plain.replace("~\n", "~\r\n")),
        ("spaces before the terminator", plain.replace("~\n", "  ~\n")),
        ("newline as terminator", plain.replace("~\n", "\n")),
        ("carriage return and newline as terminator", plain.replace("~\n", "\r\n")),
        ("byte order mark", format!("\u{feff}{plain}")),
        ("leading blank lines", format!("\r\n \n{plain}")),
        ("bars", other("|", ">", "!", "\n")),
        ("carets", other("^", "|", "!", "~")),
        ("plus signs and quotes", other("+", ":", "%", "'\n")),
        ("empty segments", plain.replace("~\n", "~\n~\n")),
    ];
    for (name, text) in variants {
        assert!(looks_like_x12(text.as_bytes()), "{name}");
        assert_eq!(words(&text), want, "{name}");
        let faults: Vec<_> = read(text.as_bytes()).faults;
        // Spaces in front of the terminator make the header longer than it should be.
        let known = if name == "spaces before the terminator" { vec!["isa-length"] } else { vec![] };
        assert_eq!(codes(&faults), known, "{name}");
    }
}

#[test]
fn a_last_segment_without_terminator() {
    let text = practice_file();
    let file = read(text.trim_end().trim_end_matches('~').as_bytes());
    assert_eq!(codes(&file.faults), ["unterminated"]);
    assert!(file.transactions[0].complete);
}

#[test]
fn isa11_of_4010_separates_nothing() {
    let text = practice_file()
        .replace("*^*00501*", "*U*00401*")
        .replace("005010X222A1", "004010X098A1")
        .replace("NM1*82*1*CLINICIAN*ALEX****XX*1987654328", "NM1*82*1*UUU*ALEX****24*123456789");
    let list = claims(&text);
    assert_eq!(list.len(), 3);
    let rendering = list[1].claim.rendering_provider.as_ref().unwrap();
    assert_eq!((rendering.name.last.as_str(), rendering.tax_id.as_str()), ("UUU", "123456789"));
    assert_eq!(codes(&list[1].faults), ["legacy-identifier"]);
}

#[test]
fn a_patient_called_isaac_begins_no_interchange() {
    let text = practice_file().replace("NM1*QC*1*EXAMPLE*SAM", "NM1*QC*1*ISAAC*ISA").replace(
        "N3*2 RIVER ROAD~\nN4*ALBANY*NY*12207~\nDMG*D8*2010",
        "N3*ISA*ISA*00~\nN4*ALBANY*NY*12207~\nDMG*D8*2010",
    );
    let file = read(text.as_bytes());
    assert_eq!((file.interchanges, codes(&file.faults).len()), (1, 0));
    assert_eq!(words(&text)[2].patient.as_ref().unwrap().person.name.last, "ISAAC");
    assert!(!looks_like_x12(b"ISAAC EXAMPLE"));
}

#[test]
fn many_interchanges_groups_and_transactions() {
    let bars = practice_file().replace('*', "|");
    let two = format!("{HEADER}{}{}{}", transaction("0001"), transaction("0002"), trailer(2));
    let group = "GS*HC*PRACTICE01*CLEARINGHOUSE*20260302*1200*78*X*005010X222A1~\n";
    let two_groups = format!(
        "{HEADER}{}GE*1*77~\n{group}{}GE*1*78~\nIEA*2*000000905~\n",
        transaction("0001"),
        transaction("0001")
    );
    let text = format!("{two}\r\n{bars}{two_groups}");
    let file = read(text.as_bytes());
    assert_eq!(file.faults, []);
    assert_eq!((file.interchanges, file.transactions.len()), (3, 5));
    assert_eq!(claims(&text).len(), 15);
    let groups: Vec<&str> =
        file.transactions.iter().map(|transaction| transaction.group_control.as_str()).collect();
    assert_eq!(groups, ["77", "77", "77", "77", "78"]);
    // The same content has the same bytes in whatever envelope it comes.
    assert_eq!(file.transactions[0].bytes, file.transactions[3].bytes);
}

#[test]
fn a_lines_authorization_and_place_count_only_where_they_differ() {
    let line = "SV1*HC:90837:95*150*UN*1***1:2~\nDTP*472*D8*20260217~\n";
    let same =
        practice_file().replace(line, &format!("{}REF*G1*AUTH1~\n", line.replace("*1***1", "*1*11**1")));
    assert_eq!(words(&same), words(practice_file()));
    let other =
        practice_file().replace(line, &format!("{}REF*G1*AUTH2~\n", line.replace("*1***1", "*1*10**1")));
    let claim = &words(&other)[0];
    assert_eq!(claim.lines[0].authorization_number, "AUTH2");
    assert_eq!(claim.lines[0].place_of_service.as_str(), "10");
    let mut repeated = claim.clone();
    repeated.lines[0].authorization_number = "AUTH1".into();
    repeated.lines[0].place_of_service = claim.place_of_service.clone();
    let written = write_837p(&common::envelope(), &[&repeated]).unwrap();
    let text = String::from_utf8(written.bytes).unwrap();
    assert_eq!(text.matches("REF*G1*").count(), 1, "{text}");
    assert!(text.contains("*UN*1***1"), "{text}");
}

#[test]
fn a_replacement_or_void_needs_the_payers_number() {
    for frequency in ["7", "8"] {
        let text = practice_file().replacen("11:B:1", &format!("11:B:{frequency}"), 1);
        let bare = &claims(&text)[0];
        assert!(bare.usable);
        assert_eq!(codes(&bare.faults), ["missing-payer-claim-number"]);
        let refusal = check_837p(&bare.claim).unwrap_err().to_string();
        assert!(refusal.contains("goes again as an original"), "{refusal}");
        let whole = &claims(text.replace("REF*G1*AUTH1~\n", "REF*G1*AUTH1~\nREF*F8*PCN1~\n"))[0];
        assert!(whole.faults.is_empty());
        assert!(check_837p(&whole.claim).is_ok());
    }
}

#[test]
fn claim_numbers_that_payers_harm() {
    let list = claims(
        practice_file().replace("CLM*A1*", "CLM*ABCDEFGHIJKLMNOPQRSTU*").replace("CLM*A2*", "CLM*a2*"),
    );
    assert_eq!(codes(&list[0].faults), ["claim-number-length"]);
    assert_eq!(codes(&list[1].faults), ["claim-number-case"]);
    assert!(list.iter().flat_map(|read| &read.faults).all(|fault| fault.severity == Severity::Warning));
    assert!(list.iter().all(|read| read.usable));
}

#[test]
fn an_npi_with_a_wrong_check_digit_is_only_warned_about() {
    let list = claims(practice_file().replace("1234567893", "1234567890").replace("1987654328", "98765"));
    // The billing provider is said once, with the first claim below it.
    assert_eq!(codes(&list[0].faults), ["npi-check-digit"]);
    assert_eq!(codes(&list[1].faults), ["bad-npi"]);
    assert!(list[2].faults.is_empty());
    assert!(list.iter().flat_map(|read| &read.faults).all(|fault| fault.severity == Severity::Warning));
}

#[test]
fn adjustments_reported_for_claim_and_lines_are_not_posted_twice() {
    let claim = "CLP*A1*1*150*100*20*12*PCN1~\nCAS*CO*45*30~\nCAS*PR*3*20~\n";
    let lines = "NM1*QC*1*EXAMPLE*PAT****MI*W1~\nSVC*HC:90837*150*100**1~\nDTM*472*20260217~\nCAS*CO*45*30~\nCAS*PR*3*20~\n";
    let text = remittance_file("100", &format!("{claim}{lines}"));
    let (_, faults) = read(text.as_bytes()).transactions[0].remittance();
    assert_eq!(codes(&faults), ["unbalanced-doubled"]);
    assert_eq!(
        faults[0].message,
        "claim `A1`: the same adjustments are reported for the claim and for its lines; post them once"
    );
    let balanced = inspect(text.as_bytes()).transactions[0].balanced.unwrap();
    assert_eq!((balanced.line, balanced.claim, balanced.transaction), (true, false, true));
    // Different ones at both levels are as they should be.
    let both = text.replace("CAS*CO*45*30~\nCAS*PR*3*20~\nNM1", "NM1").replace("CAS*PR*3*20~\nSE", "SE");
    let both = both.replace("CLP*A1*1*150*100*20*12*PCN1~\n", "CLP*A1*1*150*100*20*12*PCN1~\nCAS*PR*3*20~\n");
    let both = both.replace("SVC*HC:90837*150*100", "SVC*HC:90837*150*120").replace("SE*18*", "SE*16*");
    let (_, faults) = read(both.as_bytes()).transactions[0].remittance();
    assert_eq!(codes(&faults), [] as [&str; 0], "{both}");
}

#[test]
fn the_three_balances() {
    let claim = "CLP*A1*1*150*100*20*12*PCN1~\nNM1*QC*1*EXAMPLE*PAT~\nSVC*HC:90837*150*100**1~\nCAS*CO*45*30~\nCAS*PR*3*20~\n";
    let broken = |paid: &str, from: &str, to: &str| {
        let text = remittance_file(paid, &claim.replace(from, to));
        let found = inspect(text.as_bytes());
        let balanced = found.transactions[0].balanced.unwrap();
        (codes(&found.transactions[0].faults), balanced.line, balanced.claim, balanced.transaction)
    };
    assert_eq!(broken("100", "", ""), (vec![], true, true, true));
    assert_eq!(broken("90", "", ""), (vec!["unbalanced-transaction"], true, true, false));
    let line = ("SVC*HC:90837*150*100", "SVC*HC:90837*160*100");
    assert_eq!(broken("100", line.0, line.1), (vec!["unbalanced-line"], false, true, true));
    assert_eq!(broken("100", "CLP*A1*1*150", "CLP*A1*1*155"), (vec!["unbalanced-claim"], true, false, true));
}

#[test]
fn a_reversal_and_its_correction_with_the_money_held_by_plb() {
    let claims = "CLP*A1*22*-150*-100**12*PCN1~\nNM1*QC*1*EXAMPLE*PAT~\nSVC*HC:90837*-150*-100**-1~\nCAS*CO*45*-30~\nCAS*PR*3*-20~\n\
CLP*A1*1*150*0**12*PCN2~\nNM1*QC*1*EXAMPLE*PAT~\nSVC*HC:90837*150*0**1~\nCAS*CO*197*150*1*45*0**23*-0~\n\
PLB*1234567893*20261231*WO:PCN1*-100~\n";
    let text = remittance_file("0", claims);
    let file = read(text.as_bytes());
    let (remittance, faults) = file.transactions[0].remittance();
    assert_eq!(codes(&faults), [] as [&str; 0]);
    assert!(remittance.claims[0].is_reversal() && !remittance.claims[1].is_reversal());
    assert_eq!(remittance.claims[0].adjusted(), Money::from_cents(-5_000));
    assert_eq!(remittance.claims[1].lines[0].adjustments.len(), 3);
    let plb = &remittance.provider_adjustments[0];
    assert_eq!(
        (plb.reason.as_str(), plb.reference.as_str(), plb.amount),
        ("WO", "PCN1", Money::from_cents(-10_000))
    );
    let inspected = &inspect(text.as_bytes()).transactions[0];
    assert_eq!((inspected.claims, inspected.reversals), (2, 1));
}

#[test]
fn claim_numbers_come_back_as_the_payer_sends_them() {
    let text = remittance_file("0", "CLP* a1 *4*150*0**12*PCN1~\nCAS*CO*29*150~\nNM1*QC*1*EXAMPLE*PAT~\n");
    let (remittance, faults) = read(text.as_bytes()).transactions[0].remittance();
    assert_eq!(codes(&faults), [] as [&str; 0]);
    assert_eq!(remittance.claims[0].claim_id.as_str(), " a1 ");
    assert_eq!(remittance.claims[0].claim_id.matching_key(), "A1");
}

#[test]
fn claim_statuses() {
    for status in ["1", "2", "3", "4", "19", "20", "21", "22", "5"] {
        let text = remittance_file(
            "0",
            &format!("CLP*A1*{status}*150*0**12*PCN1~\nCAS*CO*29*150~\nNM1*QC*1*EXAMPLE*PAT~\n"),
        );
        let (remittance, faults) = read(text.as_bytes()).transactions[0].remittance();
        assert_eq!(codes(&faults), if status == "5" { vec!["bad-claim-status"] } else { vec![] });
        assert_eq!(remittance.claims[0].is_forwarded(), matches!(status, "19" | "20" | "21"));
    }
}

#[test]
fn amounts_are_decimals_or_faults() {
    for bad in ["1e2", "150.005", "NaN", "1,50", "", "99999999999999999999"] {
        let list = claims(practice_file().replace("CLM*A1*150*", &format!("CLM*A1*{bad}*")));
        assert!(!list[0].usable && list[1].usable && list[2].usable, "{bad}");
        assert_eq!(codes(&list[0].faults), ["bad-amount"], "{bad}");
    }
    let exact = words(
        practice_file()
            .replace("CLM*A1*150*", "CLM*A1*0.1*")
            .replace("SV1*HC:90837:95*150*", "SV1*HC:90837:95*.10*"),
    );
    assert_eq!(exact[0].charge, Money::from_cents(10));
    assert_eq!(exact[0].lines[0].charge, Money::from_cents(10));
}

#[test]
fn a_wrong_component_separator_in_the_header() {
    let text = format!("{HEADER}{}{}", transaction("0001").replace(':', ">"), trailer(1));
    let list = claims(&text);
    assert_eq!(list[0].claim.lines[0].procedure.as_str(), "90837");
    assert_eq!(list[0].claim.frequency, "1");
    assert!(codes(&list[0].faults).contains(&"component-separator"));
}

#[test]
fn latin_1_names_are_read() {
    let mut bytes = practice_file().into_bytes();
    let at = bytes.windows(7).position(|window| window == b"EXAMPLE").unwrap();
    bytes[at + 6] = 0xd1;
    assert_eq!(words(&bytes)[0].subscriber.person.name.last, "EXAMPLÑ");
}

#[test]
fn text_before_the_header_is_skipped_and_said() {
    let text = format!("Example 1 - ISAAC has no coverage\n\n{}", practice_file());
    assert!(looks_like_x12(text.as_bytes()));
    let file = read(text.as_bytes());
    assert_eq!(codes(&file.faults), ["text-outside"]);
    assert_eq!(words(&text), words(practice_file()));
}

#[test]
fn a_second_referring_provider_may_come_first() {
    let refer = "NM1*P3*1*FIRST*ALEX~\nREF*1G*X1~\nNM1*DN*1*SECOND*ALEX~\nREF*1G*X2~\n";
    let text = practice_file().replacen("LX*1~\n", &format!("{refer}LX*1~\n"), 1);
    let claim = &words(&text)[0];
    assert_eq!(claim.referring_provider.as_ref().unwrap().name.last, "SECOND");
    let written = write_837p(&common::envelope(), &[claim]).unwrap().bytes;
    assert_eq!(&words(&written)[0], claim);
    let text = String::from_utf8(written).unwrap();
    assert!(text.contains("NM1*DN*1*SECOND*ALEX~\nREF*1G*X2~\nNM1*P3*1*FIRST*ALEX~\nREF*1G*X1~"), "{text}");
}

/// Readers can be handed to threads.
#[test]
fn readers_are_send() {
    fn is_send<T: Send>(_: &T) {}
    let text = practice_file();
    let file = read(text.as_bytes());
    is_send(&file.transactions[0]);
    is_send(&file.transactions[0].claims());
}
