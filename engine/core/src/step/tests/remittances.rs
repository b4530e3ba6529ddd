//! What payers decide: posting, reversals, corrections, and decisions that come early, twice or in parts.

use super::journey::{Journey, claim, paid_in_full, payment, second_line_denied};
use crate::ClaimPayment;

fn reversal() -> ClaimPayment {
    payment(
        "22",
        "-190.00",
        &[("90837", "-150.00", &["CO-45 -30.00"]), ("90853", "-80.00", &["CO-45 -10.00"])],
    )
}

fn corrected_decision() -> ClaimPayment {
    payment("1", "180.00", &[("90837", "150.00", &["CO-45 40.00"]), ("90853", "80.00", &["CO-45 10.00"])])
}

#[test]
fn a_decision_that_comes_before_the_acceptance_is_posted_at_once() {
    let mut journey = Journey::of(claim());
    journey.submitted();
    journey.remitted("r1", paid_in_full());
    assert_eq!(journey.state.state, "paid");
}

#[test]
fn a_decision_that_comes_before_the_file_went_out_is_kept() {
    let mut journey = Journey::of(claim());
    journey.remitted("r1", paid_in_full());
    journey.check("- : remitted r1");
    assert_eq!(journey.state.paid().to_string(), "0.00");
    journey.submitted();
    journey.check(
        "- : submitted as AB-1 frequency 1
         awaiting-acceptance
         adjudicate: posted 190.00, posted
         categorize: accepted
         paid",
    );
}

#[test]
fn a_decision_that_comes_while_the_claim_is_held_is_kept() {
    let mut held = claim();
    held.place_of_service = "99".parse().unwrap();
    let mut journey = Journey::of(held);
    journey.remitted("r1", paid_in_full());
    assert_eq!((journey.state.state.as_str(), journey.state.arrived.len()), ("held", 1));
    journey.correct("place_of_service", "11");
    assert_eq!((journey.state.state.as_str(), journey.state.arrived.len()), ("awaiting-submission", 1));
    journey.submitted();
    assert_eq!((journey.state.state.as_str(), journey.state.arrived.len()), ("paid", 0));
    assert_eq!(journey.state.paid().to_string(), "190.00");
}

#[test]
fn a_decision_on_a_claim_that_was_written_off_meanwhile_opens_it_again() {
    let mut held = claim();
    held.place_of_service = "99".parse().unwrap();
    let mut journey = Journey::of(held);
    journey.remitted("r1", paid_in_full());
    journey.resolve("written-off");
    assert_eq!(journey.state.state, "paid");
}

#[test]
fn the_same_decision_is_posted_once() {
    let mut journey = Journey::of(claim());
    journey.remitted("r1", paid_in_full());
    journey.remitted("r1", paid_in_full());
    journey.submitted();
    journey.trail();
    journey.remitted("r1", paid_in_full());
    journey.check("");
    assert_eq!(journey.state.paid().to_string(), "190.00");
}

#[test]
fn a_reversal_and_its_correction_in_two_steps() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", paid_in_full());
    journey.trail();
    journey.remitted("r2", reversal());
    journey.check(
        "- : remitted r2
         adjudicate: reversed -190.00, reversed
         awaiting-remittance",
    );
    assert_eq!(journey.state.paid().to_string(), "0.00");
    assert!(journey.state.decision().is_none() && journey.state.adjustments().is_empty());
    journey.remitted("r3", corrected_decision());
    assert_eq!((journey.state.state.as_str(), journey.state.paid().to_string().as_str()), ("paid", "180.00"));
}

#[test]
fn a_reversal_and_its_correction_in_one_step() {
    let mut journey = Journey::of(claim());
    journey.remitted("r1", second_line_denied());
    journey.remitted("r2", payment("22", "-120.00", &[]));
    journey.remitted("r3", corrected_decision());
    journey.trail();
    journey.submitted();
    journey.check(
        "- : submitted as AB-1 frequency 1
         awaiting-acceptance
         adjudicate: posted 120.00, reversed -120.00, posted 180.00, posted
         categorize: accepted
         paid",
    );
    assert_eq!(journey.state.paid().to_string(), "180.00");
}

#[test]
fn a_reversal_takes_denials_away() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", second_line_denied());
    assert_eq!(journey.state.denials.len(), 1);
    journey.remitted("r2", payment("22", "-120.00", &[]));
    assert_eq!(journey.state.state, "awaiting-remittance");
    assert!(journey.state.denials.is_empty() && journey.state.work_items.is_empty());
}

#[test]
fn a_forwarded_claim_goes_on_waiting() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", payment("19", "0.00", &[]));
    assert_eq!(journey.state.state, "awaiting-remittance");
    journey.remitted("r2", paid_in_full());
    assert_eq!(journey.state.state, "paid");
}

#[test]
fn a_forwarded_claim_that_was_paid_is_posted() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", ClaimPayment { status: "19".into(), ..paid_in_full() });
    assert_eq!(journey.state.state, "paid");
}

#[test]
fn what_the_payer_leaves_to_the_patient_is_waited_for() {
    let mut journey = Journey::accepted(claim());
    let copay = payment(
        "1",
        "165.00",
        &[("90837", "150.00", &["CO-45 30.00", "PR-3 25.00"]), ("90853", "80.00", &["CO-45 10.00"])],
    );
    journey.remitted("r1", copay);
    journey.check(
        "- : remitted r1
         adjudicate: posted 165.00, posted
         categorize: accepted
         patient-balance",
    );
    assert_eq!(journey.state.patient_responsibility().to_string(), "25.00");
    journey.days(90);
    journey.take(crate::step::Input::Timer);
    journey.check(
        "- : timer
         patient-follow-up: opened 1 for front_desk due 2026-06-05 230.00: Send a statement.",
    );
    journey.resolve("patient-paid");
    journey.check("- : patient-paid, closed 1 (patient-paid)\npaid");
}

#[test]
fn the_patients_part_of_a_claim_without_adjustments_is_the_claims_own() {
    let mut journey = Journey::accepted(claim());
    let bare =
        ClaimPayment { patient_responsibility: "20.00".parse().unwrap(), ..payment("1", "210.00", &[]) };
    journey.remitted("r1", bare);
    assert_eq!(journey.state.state, "patient-balance");
    assert_eq!(journey.state.patient_responsibility().to_string(), "20.00");
}

#[test]
fn a_claim_paid_with_nothing_owed_is_closed() {
    let mut journey = Journey::accepted(claim());
    let nothing =
        payment("1", "0.00", &[("90837", "150.00", &["CO-45 150.00"]), ("90853", "80.00", &["CO-45 80.00"])]);
    journey.remitted("r1", nothing);
    assert_eq!(journey.state.state, "closed");
}

#[test]
fn a_claim_decided_in_two_parts_keeps_what_the_first_denied() {
    let denied = || payment("4", "0.00", &[("90853", "80.00", &["CO-197 80.00"])]);
    let paid = || payment("1", "120.00", &[("90837", "150.00", &["CO-45 30.00"])]);
    let mut apart = Journey::accepted(claim());
    apart.remitted("r1", denied());
    assert_eq!(apart.state.state, "denied");
    apart.remitted("r2", paid());
    assert_eq!((apart.state.state.as_str(), apart.state.denials.len()), ("denied", 1));
    assert_eq!(apart.state.paid().to_string(), "120.00");

    let mut together = Journey::of(claim());
    together.remitted("r1", denied());
    together.remitted("r2", paid());
    together.submitted();
    assert_eq!((together.state.state.as_str(), together.state.denials.len()), ("denied", 1));
    // A later decision on the same line takes the place of the earlier one.
    together.remitted("r3", payment("1", "70.00", &[("90853", "80.00", &["CO-45 10.00"])]));
    assert_eq!(
        (together.state.state.as_str(), together.state.paid().to_string().as_str()),
        ("paid", "190.00")
    );
}

#[test]
fn one_line_paid_in_two_parts_is_one_line() {
    let mut journey = Journey::accepted(claim());
    let mut split = payment(
        "1",
        "0.00",
        &[
            ("90837", "100.00", &["CO-4 100.00"]),
            ("90837", "50.00", &["CO-4 50.00"]),
            ("90853", "80.00", &["CO-45 80.00"]),
        ],
    );
    for line in &mut split.lines[..2] {
        line.control_number = "1".into();
    }
    journey.remitted("r1", split);
    let lines: Vec<u16> = journey.state.denials.iter().map(|denial| denial.line).collect();
    assert_eq!(lines, [1, 1]);
}
