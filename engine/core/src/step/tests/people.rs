//! Owners: overdue items, reassignment, and never two items for one.

use super::journey::{Journey, claim, payment};
use crate::step::Input;
use crate::{Claim, ClaimPayment};

/// Both lines denied: coding has it until March 9th, utilization review until March 3rd.
fn two_owners() -> ClaimPayment {
    payment("4", "0.00", &[("90837", "150.00", &["CO-4 150.00"]), ("90853", "80.00", &["CO-50 80.00"])])
}

fn denied() -> Journey {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", two_owners());
    journey.trail();
    journey
}

fn reassign(item: u16, owner: &str) -> Input {
    Input::Reassigned { item, owner: owner.into(), reason: "knows it".into() }
}

#[test]
fn an_overdue_item_is_escalated_once() {
    let mut held: Claim = claim();
    held.place_of_service = "99".parse().unwrap();
    let mut journey = Journey::of(held);
    journey.days(7);
    journey.take(Input::Timer);
    journey.check("");
    journey.days(1);
    journey.take(Input::Timer);
    journey.check("- : timer, reassigned 1 to billing_lead (overdue)");
    for _ in 0..3 {
        journey.days(30);
        journey.take(Input::Timer);
        journey.check("");
    }
}

#[test]
fn each_item_is_escalated_on_its_own_day() {
    let mut journey = denied();
    journey.days(2);
    journey.take(Input::Timer);
    journey.check("- : timer, reassigned 2 to billing_lead (overdue)");
    journey.take(Input::Timer);
    journey.check("");
    journey.days(6);
    journey.take(Input::Timer);
    journey.check(
        "- : timer, reassigned 1 to billing_lead (overdue), closed 1 (joined into item 3), \
         closed 2 (joined into item 3), opened 3 for billing_lead due 2026-03-03 230.00: \
         Correct the modifier. Appeal.",
    );
    journey.take(Input::Timer);
    journey.check("");
    assert_eq!(journey.state.deadline, None);
}

#[test]
fn an_item_given_to_someone_who_has_one_is_joined_to_it() {
    let mut journey = denied();
    journey.take(reassign(1, "utilization_review"));
    journey.check(
        "- : reassigned 1 to utilization_review (knows it), closed 1 (joined into item 3), \
         closed 2 (joined into item 3), opened 3 for utilization_review due 2026-03-03 230.00: \
         Correct the modifier. Appeal.",
    );
    journey.take(reassign(3, "utilization_review"));
    journey.check("");
    journey.take(reassign(3, "coding"));
    journey.check("- : reassigned 3 to coding (knows it)");
    assert_eq!(
        journey.try_take(reassign(1, "coding")).unwrap_err().to_string(),
        "the claim has no open work item 1"
    );
}

#[test]
fn items_that_both_lie_aside_do_so_as_one_and_one_of_two_does_not() {
    let pend = |item, until: &str| {
        let until = Some(until.parse().unwrap());
        Input::Pended { item: Some(item), until, reason: "called".into() }
    };
    let mut journey = denied();
    journey.take(pend(1, "2026-03-12"));
    journey.take(pend(2, "2026-03-10"));
    journey.trail();
    let both = journey.state.clone();
    journey.take(reassign(1, "utilization_review"));
    journey.check(
        "- : reassigned 1 to utilization_review (knows it), closed 1 (joined into item 3), \
         closed 2 (joined into item 3), opened 3 for utilization_review due 2026-03-03 230.00: \
         Correct the modifier. Appeal., pended 3 until 2026-03-10T00:00:00Z",
    );
    assert_eq!(journey.state.deadline, journey.state.pended_until(3));

    journey.state = both;
    journey.take(Input::Pended { item: Some(2), until: None, reason: "they called".into() });
    journey.take(reassign(1, "utilization_review"));
    journey.trail();
    assert_eq!(journey.state.pended_until(3), None, "half of it is to be done now");
}
