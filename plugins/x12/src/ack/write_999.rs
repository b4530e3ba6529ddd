//! Writes 999s: what a payer says of the syntax of the groups that it got.

use claimflow_core::Text;

use crate::envelope::{File, Transaction};
use crate::fault::Fault;
use crate::kind::Kind;
use crate::output::Output;
use crate::write::Envelope;

const VERSION: &str = "005010X231A1";

/// The answer to a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupAnswer {
    /// Functional code of the group, GS01, as `HC`.
    pub functional_id: Text,
    /// Its control number, GS06.
    pub control_number: Text,
    /// Its implementation guide, GS08.
    pub version: Text,
    /// Each of its transactions.
    pub transactions: Vec<TransactionAnswer>,
}

/// The answer to a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransactionAnswer {
    /// Its code, ST01, as `837`.
    pub code: Text,
    /// Its control number, ST02.
    pub control_number: Text,
    /// Its implementation guide.
    pub version: Text,
    /// Whether it goes on.
    pub accepted: bool,
    /// What is wrong with it.
    pub errors: Vec<SegmentError>,
}

/// An error in a segment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SegmentError {
    /// Name of the segment, as `CLM`.
    pub segment_id: Text,
    /// Its place in the transaction, ST being 1.
    pub position: u32,
    /// Loop, or empty.
    pub loop_id: Text,
    /// Segment syntax error code (IK304), as `3` missing or `8` has element errors.
    pub code: Text,
    /// Number of the claim, or empty.
    pub claim_id: Text,
    /// Element with its error code (IK401, IK403), where one element is meant.
    pub element: Option<(u8, Text)>,
}

/// What a 999 says of the groups of a file with 837P transactions: refused is a transaction in whose envelope or claims
/// an error was found.
pub fn syntax_answers(file: &File<'_>) -> Vec<GroupAnswer> {
    let mut groups: Vec<GroupAnswer> = Vec::new();
    for transaction in &file.transactions {
        let answer = answer(file, transaction);
        match groups.last_mut() {
            Some(group) if group.control_number == transaction.group_control => {
                group.transactions.push(answer);
            }
            _ => groups.push(GroupAnswer {
                functional_id: transaction.functional_id.clone(),
                control_number: transaction.group_control.clone(),
                version: transaction.version.clone(),
                transactions: vec![answer],
            }),
        }
    }
    groups
}

fn answer(file: &File<'_>, transaction: &Transaction<'_>) -> TransactionAnswer {
    let start = transaction.segments.start;
    let mut errors: Vec<SegmentError> = file
        .faults_of(transaction)
        .filter(|fault| fault.is_error())
        .map(|fault| error(fault, start, ""))
        .collect();
    for read in transaction.claims() {
        let faults = read.faults.iter().filter(|fault| fault.is_error());
        errors.extend(faults.map(|fault| error(fault, start, read.claim.id.as_str())));
    }
    let code = match &transaction.kind {
        Kind::Other { code, .. } => code.get(..3).unwrap_or(code),
        Kind::Claims837P => "837",
        Kind::Remittance835 => "835",
        Kind::ClaimStatus277CA => "277",
        Kind::Functional999 | Kind::Interchange => "999",
    };
    TransactionAnswer {
        code: Text::from(code),
        control_number: transaction.control_number.clone(),
        version: transaction.version.clone(),
        accepted: errors.is_empty(),
        errors,
    }
}

fn error(fault: &Fault, start: u32, claim: &str) -> SegmentError {
    let number =
        fault.element.get(fault.segment_id.len()..).and_then(|rest| rest.get(..2)).unwrap_or_default();
    let element = number.parse().ok().map(|number| {
        let code = match fault.code {
            "bad-date" => "8",
            "bad-amount" | "bad-quantity" | "bad-pointer" => "6",
            _ if fault.message.contains("is missing") => "1",
            _ => "7",
        };
        (number, Text::from(code))
    });
    SegmentError {
        segment_id: fault.segment_id.clone(),
        position: fault.segment.saturating_sub(start) + 1,
        loop_id: fault.loop_id.clone(),
        code: Text::from(if element.is_some() { "8" } else { "3" }),
        claim_id: Text::from(claim),
        element,
    }
}

/// Writes a 999 for each group, in one interchange. The envelope's sender is who answers.
pub fn write_999(envelope: &Envelope, groups: &[GroupAnswer]) -> Vec<u8> {
    let mut out = Output::default();
    for (n, group) in groups.iter().enumerate() {
        let control = envelope.transaction_control(n);
        let before = out.segments();
        out.segment("ST").el("999").el(&control).el(VERSION).end();
        out.segment("AK1").el(&group.functional_id).el(&group.control_number).el(&group.version).end();
        for transaction in &group.transactions {
            write_transaction(&mut out, transaction);
        }
        let all = group.transactions.len();
        let accepted = group.transactions.iter().filter(|transaction| transaction.accepted).count();
        let code = match accepted {
            0 => "R",
            some if some < all => "P",
            _ => "A",
        };
        let [all, accepted] = [all, accepted].map(|count| count.to_string());
        out.segment("AK9").el(code).el(&all).el(&all).el(accepted).end();
        let count = out.segments() - before + 1;
        out.segment("SE").el(count.to_string()).el(&control).end();
    }
    envelope.answer_file(&out, groups.len(), "FA", VERSION)
}

fn write_transaction(out: &mut Output, transaction: &TransactionAnswer) {
    out.segment("AK2").el(&transaction.code).el(&transaction.control_number).el(&transaction.version).end();
    for error in &transaction.errors {
        out.segment("IK3")
            .el(&error.segment_id)
            .el(error.position.to_string())
            .el(&error.loop_id)
            .el(&error.code)
            .end();
        if !error.claim_id.is_empty() {
            out.segment("CTX").components(["CLM01", error.claim_id.as_str()]).end();
        }
        if let Some((element, code)) = &error.element {
            out.segment("IK4").el(element.to_string()).el("").el(code).end();
        }
    }
    let ik5 = out.segment("IK5");
    match (transaction.accepted, transaction.errors.is_empty()) {
        (true, true) => ik5.el("A").end(),
        (true, false) => ik5.el("E").el("5").end(),
        (false, _) => ik5.el("R").el("5").end(),
    }
}
