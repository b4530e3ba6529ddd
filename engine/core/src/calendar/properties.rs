//! What must hold of every calendar, over whole years in several zones, through every change of the clocks.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{Calendar, Holiday, Hours, Zone};
use crate::{DueIn, Moment, Span};

/// North and south of the equator, half hours, a change of 30 minutes, a change at midnight, and none.
const ZONES: [&str; 10] = [
    "UTC",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Santiago",
    "Africa/Cairo",
    "Pacific/Auckland",
];

fn hours() -> impl Strategy<Value = Vec<Hours>> {
    let cuts = proptest::collection::btree_set(0_u16..=96, 0..=5);
    cuts.prop_map(|cuts| {
        let cuts: Vec<u16> = cuts.into_iter().collect();
        let text = |quarter: u16| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
        let pairs = cuts.chunks_exact(2);
        pairs.filter_map(|pair| format!("{}-{}", text(pair[0]), text(pair[1])).parse().ok()).collect()
    })
}

fn calendar() -> impl Strategy<Value = Calendar> {
    let off = proptest::collection::vec(0_i64..400, 0..8);
    let yearly = proptest::sample::subsequence(
        vec!["01-01", "07-04", "12-25", "last monday of may", "day after fourth thursday of november"],
        0..=5,
    );
    let zone = proptest::sample::select(&ZONES[..]);
    let week = proptest::array::uniform7(hours());
    (off, yearly, zone, week).prop_map(|(off, yearly, zone, week)| {
        let holidays = off.into_iter().map(|day| date(2026, 1, 1).saturating_add(day.days())).collect();
        let every = |text: &str| match text.parse() {
            Ok(Holiday::Every(yearly)) => Some(yearly),
            _ => None,
        };
        let yearly = yearly.into_iter().filter_map(every).collect();
        let zone = Zone::named(zone).unwrap();
        Calendar { holidays, yearly, week, zone }
    })
}

/// Any moment of a year, often close to a full quarter of an hour.
fn moment() -> impl Strategy<Value = Moment> {
    (0_i64..366 * 96, prop_oneof![Just(0_i64), Just(-1), Just(1), 0_i64..900_000])
        .prop_map(|(quarter, rest)| Moment::start_of(date(2026, 1, 1)).plus(Span(quarter * 900_000 + rest)))
}

fn business() -> impl Strategy<Value = DueIn> {
    prop_oneof![(0_u16..15).prop_map(DueIn::BusinessDays), (0_u16..60).prop_map(DueIn::BusinessHours)]
}

fn any_due() -> impl Strategy<Value = DueIn> {
    let plain = (0_u16..40).prop_map(DueIn::Days);
    let span = (0_i64..100).prop_map(|hours| DueIn::Span(Span(hours * 3_600_000)));
    prop_oneof![business(), plain, span]
}

fn works(calendar: &Calendar) -> bool {
    calendar.week.iter().any(|day| !day.is_empty())
}

#[test]
fn no_time_at_all_is_due_when_work_begins() {
    let mut calendar = Calendar { week: Default::default(), zone: Zone::default(), ..Calendar::default() };
    calendar.week[1] = vec!["00:00-00:15".parse().unwrap()];
    let monday = Moment::start_of(date(2026, 1, 5));
    assert_eq!(calendar.due(monday, DueIn::BusinessHours(0)).date, date(2026, 1, 6));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_is_due_before_it_begins(calendar in calendar(), from in moment(), within in any_due()) {
        prop_assert!(calendar.deadline(from, within) >= from);
        let due = calendar.due(from, within);
        prop_assert!(due.date >= calendar.date(from));
        prop_assert!(due.at.is_none_or(|at| at >= from));
    }

    #[test]
    fn who_begins_later_is_not_due_earlier(
        calendar in calendar(), a in moment(), b in moment(), near in 0_i64..10_000_000, within in any_due()
    ) {
        let c = a.plus(Span(near));
        for (first, second) in [(a.min(b), a.max(b)), (a, c)] {
            prop_assert!(calendar.deadline(first, within) <= calendar.deadline(second, within));
            prop_assert!(calendar.due(first, within).date <= calendar.due(second, within).date);
        }
    }

    #[test]
    fn business_time_runs_out_while_the_practice_works(
        calendar in calendar(), from in moment(), within in business()
    ) {
        prop_assume!(works(&calendar));
        let deadline = calendar.deadline(from, within);
        prop_assert!(calendar.is_open(deadline), "{from} {within} {deadline}");
        let due = calendar.due(from, within).date;
        prop_assert!(calendar.is_business_day(due), "{due}");
    }

    #[test]
    fn business_time_adds_up(calendar in calendar(), from in moment(), a in 1_u16..20, b in 1_u16..20) {
        prop_assume!(works(&calendar));
        for unit in [DueIn::BusinessDays, DueIn::BusinessHours] {
            let there = calendar.deadline(calendar.deadline(from, unit(a)), unit(b));
            prop_assert_eq!(there, calendar.deadline(from, unit(a + b)));
        }
    }

    #[test]
    fn business_hours_are_hours_of_work(calendar in calendar(), from in moment(), hours in 0_u16..40) {
        prop_assume!(works(&calendar));
        let to = calendar.deadline(from, DueIn::BusinessHours(hours));
        let days = calendar.date(from).series(1.day()).take_while(|day| *day <= calendar.date(to));
        let worked: i64 = days
            .flat_map(|day| calendar.open(day).collect::<Vec<_>>())
            .map(|(open, close)| (close.min(to).0 - open.max(from).0).max(0))
            .sum();
        prop_assert_eq!(worked, i64::from(hours) * 3_600_000);
    }
}

/// Every hour of a year in every zone: the same date until its end, and never an earlier one again.
#[test]
fn days_follow_each_other_in_every_zone() {
    for name in ZONES {
        let calendar = Calendar { zone: Zone::named(name).unwrap(), ..Calendar::default() };
        let mut before = Date::MIN;
        for hour in 0..366 * 24 {
            let at = Moment::start_of(date(2026, 1, 1)).plus(Span(hour * 3_600_000));
            let today = calendar.date(at);
            assert!(today >= before, "{name} {at}");
            assert!(calendar.end_of(today) > at, "{name} {at}");
            assert_eq!(calendar.date(calendar.end_of(today)), today.tomorrow().unwrap(), "{name} {at}");
            before = today;
        }
    }
}
