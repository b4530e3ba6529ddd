//! What goes to a payer, and what comes back.

use claimflow_core::event::{Event, Posting, Remitted, Submission};
use claimflow_core::{Acknowledgment, AcknowledgmentKind, Change, Denial, Money};
use serde_json::{Value, json};

use super::rules::{changes_json, changes_words};
use crate::render::words::{money, spoken};

/// An event between us and a payer as data and in words.
pub(super) fn told(event: &Event) -> (Value, String) {
    match event {
        Event::Queued { sent_as, changes } => {
            (json!({ "sent_as": sent_as, "changes": changes_json(changes) }), queued(changes))
        }
        Event::Submitted(submission) => submitted(submission),
        Event::Acknowledged(answer) => acknowledged(answer),
        Event::Remitted(own) => remitted(own),
        Event::Posted(posting) => posted(posting),
        Event::Denied { denials } => denied(denials),
        _ => (json!({}), String::new()),
    }
}

fn queued(changes: &[Change]) -> String {
    let mut words = "queued for the next file to its payer".to_owned();
    if !changes.is_empty() {
        words.push_str(&format!("; {}", changes_words(changes)));
    }
    words
}

fn submitted(submission: &Submission) -> (Value, String) {
    let kind = match submission.frequency.as_str() {
        "7" => ", as a replacement",
        "8" => ", as a void",
        _ => "",
    };
    let words = format!("sent in {} as {}{kind}", submission.file, submission.sent_as);
    let data = json!({
        "file": submission.file, "sent_as": submission.sent_as, "frequency": submission.frequency,
        "interchange": submission.interchange, "group": submission.group, "transaction": submission.transaction,
    });
    (data, words)
}

fn acknowledged(answer: &Acknowledgment) -> (Value, String) {
    let by = match answer.kind {
        AcknowledgmentKind::Interchange => "TA1",
        AcknowledgmentKind::Functional => "999",
        AcknowledgmentKind::Claim => "277CA",
    };
    let what = match (answer.kind, answer.accepted, answer.interim) {
        (AcknowledgmentKind::Claim, _, true) => "received, not decided",
        (_, _, true) => "read without fault, not decided",
        (_, true, _) => "accepted",
        _ => "rejected",
    };
    let mut words = format!("{what} ({by})");
    if !answer.payer_claim_number.is_empty() {
        words.push_str(&format!(", payer's number {}", answer.payer_claim_number));
    }
    if !answer.accepted && !answer.statuses.is_empty() {
        words.push_str(&format!(": {}", answer.statuses.join(", ")));
    }
    let data = json!({
        "kind": by, "accepted": answer.accepted, "interim": answer.interim, "statuses": answer.statuses,
        "payer_claim_number": answer.payer_claim_number,
    });
    (data, words)
}

fn remitted(remitted: &Remitted) -> (Value, String) {
    let payment = &remitted.payment;
    let words = format!("remittance {} came, matched by {}", remitted.trace, remitted.matched_by);
    let data = json!({
        "trace": remitted.trace, "date": remitted.date, "status": payment.status, "paid": payment.paid,
        "matched_by": remitted.matched_by,
    });
    (data, words)
}

fn posted(posting: &Posting) -> (Value, String) {
    let decision = &posting.decision;
    let what = if posting.reversal { "reversal posted: paid" } else { "posted: paid" };
    let mut words = format!("{what} {} of {}", money(decision.paid), money(decision.charge));
    if decision.patient_responsibility != Money::ZERO {
        words.push_str(&format!(", patient {}", money(decision.patient_responsibility)));
    }
    let reasons: Vec<String> = posting
        .adjustments
        .iter()
        .map(|own| format!("{}-{} {}", own.group, own.reason, money(own.amount)))
        .collect();
    if !reasons.is_empty() {
        words.push_str(&format!("; {}", reasons.join(", ")));
    }
    let data = json!({
        "trace": posting.trace, "reversal": posting.reversal, "paid": decision.paid, "charge": decision.charge,
        "patient": decision.patient_responsibility, "status": decision.status, "date": decision.date,
        "payer_claim_number": decision.payer_claim_number, "forwarded_to": decision.forwarded_to,
    });
    (data, words)
}

fn denied(denials: &[Denial]) -> (Value, String) {
    let all: Vec<String> = denials
        .iter()
        .map(|denial| {
            let place = if denial.line == 0 { "claim".to_owned() } else { format!("line {}", denial.line) };
            let reason = format!("{}-{}", denial.group, denial.carc);
            format!("{place} {} {reason} {}", money(denial.amount), spoken(&denial.category))
        })
        .collect();
    let words = if all.is_empty() {
        "no denial is open any more".to_owned()
    } else {
        format!("denied: {}", all.join("; "))
    };
    (json!({ "denials": denials_json(denials) }), words)
}

/// Denials, as `show --json` tells of them.
pub fn denials_json(denials: &[Denial]) -> Vec<Value> {
    denials
        .iter()
        .map(|denial| {
            json!({
                "line": denial.line, "group": denial.group, "carc": denial.carc, "rarcs": denial.rarcs,
                "amount": denial.amount, "category": denial.category, "owner": denial.owner, "rule": denial.rule,
                "action": denial.action, "denied_on": denial.denied_on,
            })
        })
        .collect()
}
