//! Denials: their kinds, their owners, and the ways out.

use super::journey::{Journey, claim, paid_in_full, payment, second_line_denied};
use crate::step::Input;
use crate::{Authorization, ClaimPayment};

/// Both lines denied: one for the coder, one for utilization review.
fn two_owners() -> ClaimPayment {
    payment("4", "0.00", &[("90837", "150.00", &["CO-4 150.00"]), ("90853", "80.00", &["CO-50 80.00"])])
}

#[test]
fn a_denied_line_gets_a_kind_an_owner_and_a_date() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", second_line_denied());
    journey.check(
        "- : remitted r1
         adjudicate: posted 120.00, posted
         categorize: denied, denied [line 2 CO-197 80.00 authorization ()]
         route: routed, denied [line 2 CO-197 80.00 authorization (authorization)]
         denied: opened 1 for authorization due 2026-03-05 80.00: Get a retro-authorization.",
    );
    let denial = &journey.state.denials[0];
    assert_eq!(
        (denial.rule.as_str(), denial.denied_on),
        ("CARC-TABLE", Some(jiff::civil::date(2026, 3, 20)))
    );
}

#[test]
fn a_corrected_denial_goes_out_as_a_replacement_with_the_payers_number() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", second_line_denied());
    journey.trail();
    journey.correct("authorization_number", "A123");
    journey.check(
        "- : corrected authorization_number = A123, closed 1 (corrected)
         eligibility: passed
         authorization: passed
         scrub: passed
         submit: passed, queued as AB-1R2 frequency = 7 payer_claim_number = PCN1
         awaiting-submission",
    );
    assert!(journey.state.denials.is_empty());
    journey.submitted();
    journey.check("- : submitted as AB-1R2 frequency 7\nawaiting-acceptance");
    journey.remitted("r2", payment("22", "-120.00", &[]));
    journey.remitted("r3", paid_in_full());
    assert_eq!((journey.state.state.as_str(), journey.state.paid().to_string().as_str()), ("paid", "190.00"));
}

#[test]
fn a_claim_for_another_payer_is_an_original_there() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", second_line_denied());
    journey.correct("authorization_number", "A123");
    journey.submitted();
    journey.remitted("r2", second_line_denied());
    journey.trail();
    journey.correct("payer.id", "87726");
    journey.check(
        "- : corrected payer.id = 87726, closed 2 (corrected)
         eligibility: passed
         authorization: passed
         scrub: passed
         submit: passed, queued as AB-1R3 frequency = 1 payer_claim_number =
         awaiting-submission",
    );
}

#[test]
fn each_owner_gets_one_item_and_the_last_to_be_done_moves_the_claim() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", two_owners());
    journey.check(
        "- : remitted r1
         adjudicate: posted 0.00, posted
         categorize: denied, denied [line 1 CO-4 150.00 coding (); line 2 CO-50 80.00 medical_necessity ()]
         route: routed, denied [line 1 CO-4 150.00 coding (coding); \
         line 2 CO-50 80.00 medical_necessity (utilization_review)]
         denied: opened 1 for coding due 2026-03-09 150.00: Correct the modifier., \
         opened 2 for utilization_review due 2026-03-03 80.00: Appeal.",
    );
    let done =
        |item: u16| Input::Resolved { item: Some(item), outcome: "resolved".into(), reason: "done".into() };
    journey.take(done(1));
    journey.check("- : resolved, closed 1 (done)");
    assert_eq!(journey.try_take(done(1)).unwrap_err().to_string(), "the claim has no open work item 1");
    journey.take(done(2));
    journey.check("- : resolved, closed 2 (done)\nclosed");
}

#[test]
fn an_appeal_of_one_item_is_not_forgotten_when_the_other_is_done() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", two_owners());
    journey.take(Input::Resolved { item: Some(2), outcome: "appealed".into(), reason: "sent".into() });
    assert_eq!(journey.state.state, "denied");
    journey.take(Input::Resolved { item: Some(1), outcome: "written-off".into(), reason: "small".into() });
    assert_eq!(journey.state.state, "appealed");
}

#[test]
fn an_adjustment_that_no_table_knows_goes_to_triage_never_to_posting() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", payment("4", "0.00", &[("90837", "150.00", &["OA-999 150.00"])]));
    let denial = &journey.state.denials[0];
    assert_eq!((denial.category.as_str(), denial.owner.as_str()), ("uncategorized", "triage"));
}

#[test]
fn the_facts_can_change_the_kind_of_a_denial() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", second_line_denied());
    journey.facts.authorizations.push(Authorization::default());
    journey.trail();
    journey.take(Input::NewFact);
    journey.check(
        "- : new-fact, closed 1 (new-fact)
         categorize: denied, denied [line 2 CO-197 80.00 authorization_sent_not_seen ()]
         route: routed, denied [line 2 CO-197 80.00 authorization_sent_not_seen (triage)]
         denied: opened 2 for triage due 2026-03-03 80.00: Resend with the number.",
    );
}

#[test]
fn a_denial_that_the_facts_take_away_is_gone() {
    use crate::testing::rules::{Stub, finding};
    use crate::{Finding, Level, POSTING, Stage, Subject};
    let forgiving = Stub::default().with(|input, said| {
        if input.stage == Stage::Categorize && !input.facts.authorizations.is_empty() {
            said.findings.clear();
            for place in 1..=2 {
                let posting = finding("POST", input.stage, Level::Categorize, POSTING, "");
                said.findings.push(Finding { subject: Subject::Adjustment, index: place, ..posting });
            }
        } else if input.stage == Stage::Categorize {
            said.findings.push(finding("LOOK", input.stage, Level::Hold, "coding", "Look at it."));
        }
    });
    let mut journey = Journey::accepted(claim());
    journey.rules = forgiving;
    journey.remitted("r1", second_line_denied());
    assert_eq!(journey.state.work_items.len(), 2);
    journey.facts.authorizations.push(Authorization::default());
    journey.trail();
    journey.take(Input::NewFact);
    journey.check(
        "- : new-fact, closed 1 (new-fact), closed 2 (new-fact)
         categorize: accepted, no denials
         paid",
    );
    assert!(journey.state.denials.is_empty());
}

#[test]
fn a_rule_that_errs_after_the_decision_is_somebodys_work() {
    for stage in ["adjudicate", "categorize", "route"] {
        let mut journey = Journey::accepted(claim());
        journey.state.claim.referral_number = format!("ERROR-{stage}").into();
        let decision = if stage == "route" { second_line_denied() } else { paid_in_full() };
        journey.remitted("r1", decision);
        assert_eq!(journey.state.state, "denied", "{stage}");
        let asks: Vec<&str> = journey.state.work_items.iter().map(|item| item.ask.as_str()).collect();
        assert!(asks.contains(&"Rule `BROKEN` could not be evaluated."), "{stage}: {asks:?}");
    }
}

#[test]
fn an_appeal_that_is_won_is_posted() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", two_owners());
    journey.resolve("appealed");
    assert_eq!(journey.state.state, "appealed");
    journey.remitted("r2", paid_in_full());
    assert_eq!((journey.state.state.as_str(), journey.state.paid().to_string().as_str()), ("paid", "190.00"));
    assert!(journey.state.denials.is_empty());
}

#[test]
fn a_denial_can_be_written_off_and_still_be_paid_later() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", two_owners());
    journey.resolve("written-off");
    assert_eq!(journey.state.state, "written-off");
    journey.remitted("r2", paid_in_full());
    assert_eq!(journey.state.state, "paid");
}
