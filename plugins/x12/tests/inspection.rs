//! What `x12 inspect` says of a file.

mod common;

use std::fmt::Write as _;

use claimflow_x12::{Inspection, inspect};
use common::{practice_file, remittance_file};

#[test]
fn the_json_of_an_inspection() {
    let claims = "CLP*A1*1*150*100*20*12*PCN1~\nNM1*QC*1*EXAMPLE*PAT~\nSVC*HC:90837*150*100**1~\nCAS*CO*45*30~\nCAS*PR*3*10~\n";
    let remittance = inspect(remittance_file("100", claims).as_bytes());
    insta::assert_snapshot!("remittance", serde_json::to_string_pretty(&remittance).unwrap());
    let submitted = inspect(practice_file().as_bytes());
    insta::assert_snapshot!("claims", serde_json::to_string_pretty(&submitted).unwrap());
}

/// A line for each transaction, with the codes of its faults counted.
fn board(name: &str, found: &Inspection) -> String {
    let mut board = String::new();
    for one in &found.transactions {
        let balanced = one
            .balanced
            .map_or("-", |b| if b.line && b.claim && b.transaction { "balanced" } else { "unbalanced" });
        let mut codes = common::codes(&one.faults);
        codes.sort_unstable();
        let counted: Vec<String> =
            codes.chunk_by(|a, b| a == b).map(|same| format!("{} {}", same.len(), same[0])).collect();
        let _ = writeln!(
            board,
            "{name}: {} {}, {} claims, {} lines, {} reversals, billed {}, paid {}, {balanced}; {}",
            one.kind,
            one.control,
            one.claims,
            one.lines,
            one.reversals,
            one.billed,
            one.paid,
            counted.join(", ")
        );
    }
    for fault in &found.faults {
        let _ = writeln!(board, "{name}: outside: {}", fault.code);
    }
    board
}

#[test]
fn every_sample_is_named_and_counted() {
    let paths = common::samples(|_| true);
    if paths.is_empty() {
        return;
    }
    let mut whole = String::new();
    for path in paths {
        let found = inspect(&std::fs::read(&path).unwrap());
        assert!(!found.transactions.is_empty(), "{}", path.display());
        assert_eq!(found.interchanges, 1);
        whole += &board(&common::name_of(&path), &found);
    }
    insta::assert_snapshot!("samples", whole);
}
