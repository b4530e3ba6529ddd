//! Before the payer sees the claim: what holds it, who mends it, and how it goes out.

use super::journey::{Journey, claim, corrected, paid_in_full, remitted};
use crate::event::Effect;
use crate::step::Input;
use crate::testing::rules::Stub;
use crate::{Authorization, Claim, ClaimId, PayerId};

fn without_authorization() -> Claim {
    let mut claim = claim();
    claim.payer.id = PayerId::as_received("AUTH");
    claim
}

fn undocumented() -> Claim {
    let mut claim = claim();
    claim.lines.iter_mut().for_each(|line| line.description = "?".into());
    claim
}

#[test]
fn a_clean_claim_is_paid_without_a_touch() {
    let mut journey = Journey::with(Stub::default());
    journey.receive(claim());
    journey.check(
        "- : received
         eligibility: passed
         authorization: passed
         scrub: passed
         submit: passed, queued as AB-1
         awaiting-submission",
    );
    let key = format!("7/{}", journey.state.sequence - 1);
    assert_eq!(journey.effects, [Effect::Submit { key: key.into() }]);

    journey.submitted();
    journey.check("- : submitted as AB-1 frequency 1\nawaiting-acceptance");
    journey.take(Input::Acknowledged(super::journey::answer(true, "")));
    journey.check("- : accepted\nawaiting-remittance");
    journey.remitted("r1", paid_in_full());
    journey.check(
        "- : remitted r1
         adjudicate: posted 190.00, posted
         categorize: accepted
         paid",
    );
    assert_eq!(journey.state.paid().to_string(), "190.00");
    assert_eq!(journey.state.work_items_opened, 0);
}

#[test]
fn a_correction_in_the_rules_is_made_before_the_claim_goes_out() {
    let mut video = claim();
    video.place_of_service = "10".parse().unwrap();
    let mut journey = Journey::with(Stub::default());
    journey.receive(video);
    journey.check(
        "- : received
         eligibility: passed
         authorization: passed
         scrub: passed TELE-95: line[1].modifiers = 95 TELE-95: line[2].modifiers = 95
         submit: passed, queued as AB-1
         awaiting-submission",
    );
    assert!(journey.state.claim.lines.iter().all(|line| line.has_modifier("95")));
}

#[test]
fn a_held_claim_goes_on_when_it_is_corrected() {
    let mut journey = Journey::with(Stub::default());
    journey.receive(without_authorization());
    journey.check(
        "- : received
         eligibility: passed
         authorization: held
         held: opened 1 for authorization due 2026-03-05 230.00: Get an authorization.",
    );
    journey.correct("authorization_number", "A123");
    journey.check(
        "- : corrected authorization_number = A123, closed 1 (corrected)
         eligibility: passed
         authorization: passed
         scrub: passed
         submit: passed, queued as AB-1
         awaiting-submission",
    );
    assert!(journey.state.findings.is_empty() && journey.state.work_items.is_empty());
}

#[test]
fn a_held_claim_goes_on_when_the_registers_learn_better() {
    let mut journey = Journey::of(without_authorization());
    journey.facts.authorizations.push(Authorization::default());
    journey.take(Input::NewFact);
    journey.check(
        "- : new-fact, closed 1 (new-fact)
         eligibility: passed
         authorization: passed
         scrub: passed
         submit: passed, queued as AB-1
         awaiting-submission",
    );
    journey.take(Input::NewFact);
    journey.check("");
}

#[test]
fn one_owner_gets_one_item_for_all_that_is_wrong() {
    let mut journey = Journey::with(Stub::default());
    journey.receive(undocumented());
    journey.check(
        "- : received
         eligibility: passed
         authorization: passed
         scrub: held
         held: opened 1 for clinician due 2026-03-04 230.00: Describe session 1. (1 more line likewise.)",
    );
    assert_eq!(journey.state.work_items[0].rules, ["DOC-1"]);
}

#[test]
fn a_release_lets_the_claim_go_on_for_good() {
    let mut journey = Journey::of(undocumented());
    journey.take(Input::Released { reason: "seen on paper".into() });
    journey.check(
        "- : released [DOC-1] (seen on paper), closed 1 (released)
         eligibility: passed
         authorization: passed
         scrub: passed
         submit: passed, queued as AB-1
         awaiting-submission",
    );
    assert_eq!(journey.state.released, [("DOC-1".into(), "seen on paper".into())]);
}

#[test]
fn a_release_names_each_rule_once() {
    let mut journey = Journey::with(Stub::default().with(|input, said| {
        use crate::testing::rules::finding;
        if input.stage == crate::Stage::Scrub {
            for rule in ["DOC-2", "DOC-1", "DOC-2"] {
                said.findings.push(finding(rule, input.stage, crate::Level::Hold, "documentation", "Look."));
            }
        }
    }));
    journey.receive(undocumented());
    journey.take(Input::Released { reason: "seen".into() });
    let rules: Vec<&str> = journey.state.released.iter().map(|(rule, _)| rule.as_str()).collect();
    assert_eq!(rules, ["DOC-1", "DOC-2"]);
}

#[test]
fn a_predicted_denial_cannot_be_released_only_corrected() {
    let mut wrong = claim();
    wrong.place_of_service = "99".parse().unwrap();
    let mut journey = Journey::of(wrong);
    let before = journey.state.clone();
    let error = journey.try_take(Input::Released { reason: "please".into() }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "rule `POS-99` predicts a denial and cannot be released: correct what it names"
    );
    assert_eq!(journey.state, before);
    journey.correct("place_of_service", "11");
    assert_eq!(journey.state.state, "awaiting-submission");
}

#[test]
fn a_rule_that_errs_holds_the_claim() {
    for stage in ["eligibility", "authorization", "scrub", "submit"] {
        let mut broken = claim();
        broken.referral_number = format!("ERROR-{stage}").into();
        let mut journey = Journey::with(Stub::default());
        journey.receive(broken);
        assert!(journey.trail().ends_with(&format!(
            "{stage}: held\nheld: opened 1 for triage due 2026-03-03 230.00: \
             Rule `BROKEN` could not be evaluated."
        )));
        assert!(journey.effects.is_empty(), "{stage}");
    }
}

#[test]
fn a_claim_that_waits_for_nobody_cannot_be_corrected() {
    let mut journey = Journey::of(claim());
    assert_eq!(
        journey.try_take(corrected("frequency", "7")).unwrap_err().to_string(),
        "a claim in `awaiting-submission` cannot be corrected; it waits to be: submitted"
    );
}

#[test]
fn a_wrong_correction_changes_nothing() {
    let mut journey = Journey::of(undocumented());
    let before = journey.state.clone();
    let fields =
        vec![("line[1].description".into(), "fine".into()), ("line[2].service_date".into(), "March".into())];
    let error = journey.try_take(Input::Corrected { fields, reason: "".into() }).unwrap_err();
    assert_eq!(error.to_string(), "`line[2].service_date` takes a date, as `2026-03-02`");
    assert_eq!(journey.state, before);
}

#[test]
fn a_replaced_claim_starts_again_with_its_new_content() {
    let mut journey = Journey::of(undocumented());
    journey.take(Input::Replaced { claim: Box::new(claim()), source: "s2".into() });
    journey.check(
        "- : replaced, closed 1 (corrected)
         eligibility: passed
         authorization: passed
         scrub: passed
         submit: passed, queued as AB-1
         awaiting-submission",
    );
    assert_eq!(journey.state.source, "s2");
    let error =
        journey.try_take(Input::Replaced { claim: Box::new(claim()), source: "s3".into() }).unwrap_err();
    assert!(error.to_string().contains("cannot be corrected"), "{error}");
}

#[test]
fn a_claim_comes_in_once() {
    let mut journey = Journey::of(claim());
    let again = Input::Received { claim: Box::new(claim()), source: "s1".into(), history: false };
    assert_eq!(
        journey.try_take(again).unwrap_err().to_string(),
        "`received` cannot happen to a claim that is in state `awaiting-submission`"
    );
}

#[test]
fn a_claim_of_another_system_is_never_sent_by_us() {
    let mut journey = Journey::with(Stub::default());
    journey.take(Input::Received { claim: Box::new(claim()), source: "s1".into(), history: true });
    journey.check("- : received\nawaiting-remittance");
    journey.take(remitted("r1", paid_in_full()));
    assert_eq!(journey.state.state, "paid");
    assert!(journey.effects.is_empty() && journey.state.submissions.is_empty() && journey.state.history);
}

#[test]
fn a_number_that_payers_would_spoil_gives_way_to_our_own() {
    for (own, sent) in [
        ("ab-1", "AB-1"),
        (" ab.1 ", "AB.1"),
        ("ACCOUNT NUMBER 1", "C7"),
        ("123456789012345678901", "C7"),
        ("12345678901234567890", "12345678901234567890"),
        ("", "C7"),
    ] {
        let journey = Journey::of(Claim { id: ClaimId::as_received(own), ..claim() });
        assert_eq!(journey.state.queued_as.as_ref().map(ClaimId::as_str), Some(sent), "{own:?}");
    }
}
