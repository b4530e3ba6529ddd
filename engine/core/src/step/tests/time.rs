//! Due by the practice's own clock, laid aside until a day, escalated when nobody looks.

use jiff::civil::date;

use super::journey::{Journey, claim, payment, remitted};
use crate::calendar::{Calendar, Hours, Zone};
use crate::step::{Input, StepError};
use crate::testing::rules::Stub;
use crate::{Claim, DueIn, Moment, Span};

const HOUR: i64 = 3_600_000;

fn held() -> Claim {
    let mut held = claim();
    held.place_of_service = "99".parse().unwrap();
    held
}

/// A held claim of an office in New York, at nine in the evening of Monday, 2026-03-02, when it is Tuesday in UTC.
fn in_the_evening() -> Journey {
    let mut journey = Journey::with(Stub::default());
    let hours: Hours = "09:00-17:00".parse().unwrap();
    for day in journey.calendar.week.iter_mut().filter(|day| !day.is_empty()) {
        *day = vec![hours];
    }
    journey.calendar.zone = Zone::named("America/New_York").unwrap();
    journey.now = journey.calendar.zone.moment(date(2026, 3, 2), 21 * 60);
    journey.receive(held());
    journey.trail();
    journey
}

fn pend(item: Option<u16>, until: Option<&str>) -> Input {
    Input::Pended { item, until: until.map(|date| date.parse().unwrap()), reason: "called".into() }
}

#[test]
fn the_evening_is_still_today() {
    let mut journey = in_the_evening();
    // Five business days from Monday; over at midnight in New York, after the change of the clocks.
    assert_eq!(journey.state.work_items[0].due, Some(date(2026, 3, 9)));
    assert_eq!(journey.state.deadline.unwrap().to_string(), "2026-03-10T04:00:00Z");
    journey.now = Moment(journey.state.deadline.unwrap().0 - 1);
    journey.take(Input::Timer);
    journey.check("");
    journey.now = journey.now.plus(Span(1));
    journey.take(Input::Timer);
    journey.check("- : timer, reassigned 1 to billing_lead (overdue)");
    assert_eq!(journey.state.deadline, None);
}

#[test]
fn what_is_due_in_hours_escalates_at_the_hour() {
    let rules = Stub::default().with(|_, said| {
        said.findings.iter_mut().for_each(|own| own.within = Some(DueIn::BusinessHours(4)));
    });
    let mut journey = Journey::with(rules);
    journey.calendar = in_the_evening().calendar;
    journey.now = journey.calendar.zone.moment(date(2026, 3, 2), 15 * 60);
    journey.receive(held());
    assert!(journey.trail().ends_with("due 1 at 2026-03-03T16:00:00Z"));
    assert_eq!(journey.state.work_items[0].due, Some(date(2026, 3, 3)));
    journey.now = journey.now.plus(Span(20 * HOUR));
    journey.take(Input::Timer);
    journey.check("- : timer, reassigned 1 to billing_lead (overdue), deadline");
    assert_eq!(journey.state.deadline, None);
}

#[test]
fn pended_work_comes_back_when_the_practice_opens_and_has_the_day() {
    let mut journey = in_the_evening();
    journey.take(pend(None, Some("2026-03-12")));
    journey.check("- : pended 1 until 2026-03-12T13:00:00Z, deadline 2026-03-12T13:00:00Z");
    // Its due date passes, and nobody is bothered.
    journey.days(8);
    journey.take(Input::Timer);
    journey.check("");
    journey.days(2);
    journey.take(Input::Timer);
    journey.check(
        "- : back 1 (its day has come; it was due on 2026-03-09 meanwhile), deadline 2026-03-13T04:00:00Z",
    );
    journey.take(Input::Timer);
    journey.days(1);
    journey.take(Input::Timer);
    journey.check("- : timer, reassigned 1 to billing_lead (overdue)");
}

#[test]
fn what_comes_back_in_time_keeps_its_due_date() {
    let mut journey = in_the_evening();
    journey.take(pend(Some(1), Some("2026-03-05")));
    journey.trail();
    journey.days(3);
    journey.take(Input::Timer);
    journey.check("- : back 1 (its day has come), deadline 2026-03-10T04:00:00Z");
    journey.take(pend(Some(1), Some("2026-03-16")));
    journey.take(pend(Some(1), None));
    journey.check(
        "- : pended 1 until 2026-03-16T13:00:00Z, deadline 2026-03-16T13:00:00Z, back 1 (called), deadline \
         2026-03-10T04:00:00Z",
    );
}

#[test]
fn what_cannot_be_pended_is_refused() {
    let mut journey = in_the_evening();
    let refused = |journey: &mut Journey, input| journey.try_take(input).unwrap_err().to_string();
    assert_eq!(journey.try_take(pend(None, None)), Err(StepError::NotPended));
    assert_eq!(journey.try_take(pend(Some(7), Some("2026-03-12"))), Err(StepError::NoItem { item: 7 }));
    let today = refused(&mut journey, pend(None, Some("2026-03-02")));
    assert!(today.starts_with("`2026-03-02` is not a day to come"), "{today}");
    let far = refused(&mut journey, pend(None, Some("2026-04-02")));
    assert_eq!(
        far,
        "`2026-04-02` is too far away: the workflow lets an item lie for 30 days, until 2026-04-01"
    );
    journey.take(pend(None, Some("2026-04-01")));
    let mut accepted = Journey::accepted(claim());
    let nothing = refused(&mut accepted, pend(None, Some("2026-03-12")));
    assert!(nothing.starts_with("a claim in `awaiting-remittance` has no work item"), "{nothing}");
}

#[test]
fn what_moves_the_claim_ends_it() {
    let mut journey = Journey::accepted(claim());
    journey.remitted("r1", payment("4", "0.00", &[("90837", "150.00", &["CO-4 150.00"])]));
    journey.take(pend(None, Some("2026-03-20")));
    assert_eq!(journey.state.times.len(), 1);
    journey.take(remitted("r2", payment("1", "150.00", &[("90837", "150.00", &[])])));
    assert!(journey.state.times.is_empty() && journey.state.pended_until(1).is_none());
    assert!(journey.state.work_items.is_empty(), "{:?}", journey.state.work_items);
}

#[test]
fn a_limit_in_business_days_ends_when_the_practice_closes() {
    let calendar: Calendar = in_the_evening().calendar;
    let from = calendar.zone.moment(date(2026, 3, 6), 10 * 60);
    assert_eq!(calendar.deadline(from, DueIn::BusinessDays(1)).to_string(), "2026-03-09T21:00:00Z");
}
