//! What the clearinghouse and the payer say before they decide.

use super::journey::{Journey, answer, claim, remitted, second_line_denied};
use crate::step::Input;
use crate::{Acknowledgment, AcknowledgmentKind, ClaimId};

fn sent() -> Journey {
    let mut journey = Journey::of(claim());
    journey.submitted();
    journey.trail();
    journey
}

#[test]
fn a_rejected_claim_goes_back_as_an_original_under_a_new_number() {
    let mut journey = sent();
    journey.take(Input::Acknowledged(answer(false, "A7:562:85")));
    journey.check(
        "- : rejected
         rejected: opened 1 for billing due 2026-03-04 230.00: \
         Correct it and send it again as an original. Answer: A7:562:85.",
    );
    journey.correct("billing_provider.npi", "1234567893");
    journey.check(
        "- : corrected billing_provider.npi = 1234567893, closed 1 (corrected)
         eligibility: passed
         authorization: passed
         scrub: passed
         submit: passed, queued as AB-1R2
         awaiting-submission",
    );
    journey.submitted();
    journey.check("- : submitted as AB-1R2 frequency 1\nawaiting-acceptance");
    assert!(!journey.state.refused && journey.state.refusal.is_empty());
}

#[test]
fn a_claim_accepted_by_the_one_can_be_rejected_by_the_other() {
    let mut journey = sent();
    journey.take(Input::Acknowledged(Acknowledgment {
        kind: AcknowledgmentKind::Functional,
        ..answer(true, "")
    }));
    journey.check("- : accepted\nawaiting-remittance");
    journey.take(Input::Acknowledged(answer(false, "A3:21")));
    assert_eq!(journey.state.state, "rejected");
}

#[test]
fn an_interim_answer_moves_nothing_and_takes_back_nothing() {
    let mut journey = sent();
    let interim = Acknowledgment { interim: true, ..answer(false, "A1:19") };
    journey.take(Input::Acknowledged(interim.clone()));
    journey.check("- : acknowledged");
    assert!(!journey.state.refused);
    journey.take(Input::Acknowledged(answer(false, "A7:562")));
    journey.take(Input::Acknowledged(interim));
    assert!(journey.state.refused);
    assert_eq!(journey.state.refusal, ["A7:562"]);
}

#[test]
fn an_answer_to_an_earlier_submission_does_not_refuse_the_later_one() {
    let mut journey = sent();
    let refusal = Acknowledgment { claim_id: ClaimId::as_received("AB-1"), ..answer(false, "A7:562") };
    journey.take(Input::Acknowledged(refusal.clone()));
    journey.correct("billing_provider.npi", "1234567893");
    journey.submitted();
    journey.trail();
    journey.take(Input::Acknowledged(refusal));
    journey.check("- : unfit: an answer to `AB-1` came after the claim had gone out again as `AB-1R2`");
    assert_eq!(journey.state.state, "awaiting-acceptance");
    assert!(!journey.state.refused);

    let group = |number: &str, accepted| Acknowledgment {
        kind: AcknowledgmentKind::Functional,
        control_number: number.into(),
        ..answer(accepted, "")
    };
    journey.take(Input::Acknowledged(group("1", false)));
    assert_eq!(journey.state.state, "awaiting-acceptance");
    journey.take(Input::Acknowledged(group("2", true)));
    assert_eq!(journey.state.state, "awaiting-remittance");
}

#[test]
fn a_file_that_is_told_of_twice_took_the_claim_along_once() {
    let mut journey = Journey::of(claim());
    let submission = journey.submission();
    journey.take(Input::Submitted(submission.clone()));
    journey.trail();
    journey.take(Input::Submitted(submission));
    journey.check("");
    assert_eq!(journey.state.submissions.len(), 1);
}

/// A file of answers that a crash cut short is taken in again.
#[test]
fn an_answer_that_is_told_twice_is_kept_once() {
    let mut journey = sent();
    let interim = Acknowledgment { interim: true, ..answer(false, "A1:19") };
    let all = [interim, answer(true, "A2:20")];
    all.iter().for_each(|answer| journey.take(Input::Acknowledged(answer.clone())));
    journey.check("- : acknowledged, accepted\nawaiting-remittance");
    all.iter().for_each(|answer| journey.take(Input::Acknowledged(answer.clone())));
    journey.check("");
}

#[test]
fn no_answer_becomes_work_and_a_late_one_ends_it() {
    let mut journey = sent();
    journey.days(1);
    journey.take(Input::Timer);
    journey.check("");
    journey.days(1);
    journey.take(Input::Timer);
    journey.check(
        "- : timer
         status-inquiry: opened 1 for billing due 2026-03-05 230.00: Ask the clearinghouse.",
    );
    journey.take(Input::Acknowledged(answer(true, "")));
    journey.check("- : accepted, closed 1 (accepted)\nawaiting-remittance");
}

#[test]
fn the_waits_end_in_work_not_in_silence() {
    let mut journey = Journey::of(claim());
    journey.days(2);
    journey.take(Input::Timer);
    assert_eq!(journey.state.state, "submission-overdue");
    journey.submitted();
    journey.take(Input::Acknowledged(answer(true, "")));
    journey.days(45);
    journey.take(Input::Timer);
    assert_eq!(journey.state.state, "remittance-overdue");
    journey.resolve("resolved");
    assert_eq!(journey.state.state, "awaiting-remittance");
    journey.take(remitted("r1", second_line_denied()));
    journey.resolve("appealed");
    journey.days(60);
    journey.trail();
    journey.take(Input::Timer);
    journey.check(
        "- : timer
         appeal-overdue: opened 4 for utilization_review due 2026-06-22 230.00: Call, or appeal again.",
    );
}
