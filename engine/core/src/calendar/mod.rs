//! The business calendar: on which days and in which hours a practice works, by the clock on its own wall.
//!
//! Everything is a pure function of the calendar and a moment. Three things always hold, whatever the clocks do: a due
//! moment is never before its start; a later start is never due earlier; and what is counted in business time is due
//! while the practice works, the moments of opening and closing among it.

mod due;
mod holiday;
mod hours;
#[cfg(test)]
mod properties;
mod zone;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

pub use due::{Due, DueIn, DueInError};
pub use holiday::{Holiday, HolidayError, WEEKDAYS, Yearly};
pub use hours::{Hours, HoursError};
pub use zone::{Zone, ZoneError};

use crate::{DAY_MS, Moment, Span};

/// A calendar in which nobody ever works would be a mistake: counting stops after so many days without work.
const MOST_DAYS_OFF: u32 = 366;

/// When a practice works. The default works all day from Monday to Friday, in universal time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Days off besides those on which nobody works anyway.
    pub holidays: Vec<Date>,
    /// Days off that come every year.
    pub yearly: Vec<Yearly>,
    /// The hours of each day of the week, Monday first, in order and apart; none on a day without work.
    pub week: [Vec<Hours>; 7],
    /// Where its clock hangs.
    pub zone: Zone,
}

impl Default for Calendar {
    fn default() -> Self {
        let week = std::array::from_fn(|day| if day < 5 { vec![Hours::ALL_DAY] } else { Vec::new() });
        Self { holidays: Vec::new(), yearly: Vec::new(), week, zone: Zone::UTC }
    }
}

impl Calendar {
    /// With these days off, else as the default.
    pub fn with_holidays(holidays: Vec<Date>) -> Self {
        Self { holidays, ..Self::default() }
    }

    /// The date at a moment, where the practice is: what its people call today.
    pub fn date(&self, at: Moment) -> Date {
        self.zone.date(at)
    }

    /// True on a day on which the practice works.
    pub fn is_business_day(&self, date: Date) -> bool {
        !self.hours_on(date.weekday()).is_empty()
            && !self.holidays.contains(&date)
            && !self.yearly.iter().any(|yearly| yearly.is(date))
    }

    /// When something that is opened at a moment falls due. The day on which it is opened does not count.
    pub fn due(&self, opened: Moment, within: DueIn) -> Due {
        let today = self.date(opened);
        let on = |date| Due { date, at: None };
        match within {
            DueIn::Days(days) => on(today.saturating_add(i64::from(days).days())),
            DueIn::BusinessDays(days) => on(self.business_day(today, days)),
            DueIn::Span(span) if span.0 % DAY_MS == 0 => {
                let days = jiff::Span::new().try_days(span.0 / DAY_MS);
                on(days.and_then(|days| today.checked_add(days)).unwrap_or(Date::MAX))
            }
            DueIn::BusinessHours(_) | DueIn::Span(_) => {
                let at = self.deadline(opened, within);
                // What ends at midnight is due on the day that ends then; what has no time at all, when work begins.
                let last =
                    if within == DueIn::BusinessHours(0) { at } else { Moment(at.0.saturating_sub(1)) };
                Due { date: self.date(last.max(opened)), at: Some(at) }
            }
        }
    }

    /// The moment at which a time that begins now has run out. Days are counted as the clock on the wall shows them, and
    /// business days end when the practice closes.
    pub fn deadline(&self, from: Moment, within: DueIn) -> Moment {
        match within {
            DueIn::Span(span) => from.plus(span),
            DueIn::Days(days) => self.same_time(from, i64::from(days)).max(from),
            DueIn::BusinessDays(days) => self.closing(from, days),
            DueIn::BusinessHours(hours) => self.business_hours(from, Span(i64::from(hours) * 3_600_000)),
        }
    }

    /// The first moment after a date.
    pub fn end_of(&self, date: Date) -> Moment {
        self.zone.moment(date, Hours::ALL_DAY.to())
    }

    /// The moment at which work begins on a date; its first moment when nobody works.
    pub fn opening(&self, date: Date) -> Moment {
        let hours = if self.is_business_day(date) { self.hours_on(date.weekday()) } else { &[] };
        self.zone.moment(date, hours.first().map_or(0, |hours| hours.from()))
    }

    /// True while the practice works, the moments of opening and closing among it.
    pub fn is_open(&self, at: Moment) -> bool {
        let today = self.date(at);
        let days = [today.yesterday().unwrap_or(today), today];
        days.iter().any(|day| self.open(*day).any(|(from, to)| from <= at && at <= to))
    }

    fn hours_on(&self, weekday: Weekday) -> &[Hours] {
        let day = usize::try_from(weekday.to_monday_zero_offset()).unwrap_or_default();
        self.week.get(day).map_or(&[], Vec::as_slice)
    }

    /// The business day so many after a date, which itself does not count; with none, the first from it on.
    fn business_day(&self, from: Date, days: u16) -> Date {
        let (mut date, mut left, mut off) = (from, days, 0);
        if days == 0 && self.is_business_day(from) {
            return from;
        }
        while off < MOST_DAYS_OFF {
            date = date.saturating_add(1.day());
            if self.is_business_day(date) {
                (left, off) = (left.saturating_sub(1), 0);
                if left == 0 {
                    break;
                }
            } else {
                off += 1;
            }
        }
        date
    }

    /// The moment at which the practice closes on the business day so many after today, and never before `from`.
    fn closing(&self, from: Moment, days: u16) -> Moment {
        let mut date = self.business_day(self.date(from), days);
        // A day that is worked to its end closes on that day, not at the first moment of the next.
        let close = |date| self.open(date).last().map(|(_, to)| to.min(Moment(self.end_of(date).0 - 1)));
        // Without a day in between, work may be over for today: then it is the next one's.
        if close(date).is_none_or(|close| close < from) {
            date = self.business_day(date, 1);
        }
        close(date).unwrap_or_else(|| self.end_of(date)).max(from)
    }

    /// So much working time later. Time in which the practice is closed does not count.
    fn business_hours(&self, from: Moment, span: Span) -> Moment {
        let (mut left, mut off, mut date) = (span.0, 0, self.date(from));
        let mut last = from;
        while off < MOST_DAYS_OFF {
            off += 1;
            for (open, close) in self.open(date) {
                let begin = open.max(from);
                if begin > close {
                    continue;
                }
                off = 0;
                if left <= close.0 - begin.0 {
                    return Moment(begin.0 + left);
                }
                left -= close.0 - begin.0;
                last = close;
            }
            date = date.saturating_add(1.day());
        }
        last
    }

    /// The working hours of a date as moments, in order; none on a day off, or on a date that a country has left out.
    fn open(&self, date: Date) -> impl Iterator<Item = (Moment, Moment)> + '_ {
        let hours = if self.is_business_day(date) { self.hours_on(date.weekday()) } else { &[] };
        hours.iter().filter_map(move |hours| {
            let (open, close) = (self.zone.moment(date, hours.from()), self.zone.moment(date, hours.to()));
            (self.date(open) == date).then(|| (open, close.max(open)))
        })
    }

    /// The moment so many days later at which the clock shows the same time.
    fn same_time(&self, from: Moment, days: i64) -> Moment {
        let now = self.zone.datetime(from);
        let date = now.date().saturating_add(days.days());
        let minutes = u16::try_from(i32::from(now.hour()) * 60 + i32::from(now.minute())).unwrap_or(0);
        let rest = i64::from(now.second()) * 1_000 + i64::from(now.millisecond());
        self.zone.moment(date, minutes).plus(Span(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    pub(super) fn office(zone: &str) -> Calendar {
        let day = |text: &str| text.split(' ').map(|hours| hours.parse().unwrap()).collect::<Vec<Hours>>();
        let mut calendar = Calendar { zone: Zone::named(zone).unwrap(), ..Calendar::default() };
        for weekday in &mut calendar.week[..4] {
            *weekday = day("08:30-12:00 13:00-17:00");
        }
        calendar.week[4] = day("08:30-13:00");
        for text in ["07-04", "last monday of may", "fourth thursday of november"] {
            match text.parse().unwrap() {
                Holiday::On(date) => calendar.holidays.push(date),
                Holiday::Every(yearly) => calendar.yearly.push(yearly),
            }
        }
        calendar
    }

    fn at(calendar: &Calendar, text: &str) -> Moment {
        let local: jiff::civil::DateTime = text.parse().unwrap();
        let minutes = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap();
        calendar.zone.moment(local.date(), minutes)
    }

    #[test]
    fn business_days_skip_weekends_and_holidays() {
        let calendar = Calendar::with_holidays(vec![date(2026, 7, 3)]);
        let due = |days| calendar.due(Moment::start_of(date(2026, 7, 2)), days);
        assert_eq!(due(DueIn::BusinessDays(1)), Due { date: date(2026, 7, 6), at: None });
        assert_eq!(due(DueIn::BusinessDays(0)), Due { date: date(2026, 7, 2), at: None });
        assert_eq!(due(DueIn::Days(1)), Due { date: date(2026, 7, 3), at: None });
        assert_eq!(due("2w".parse().unwrap()), Due { date: date(2026, 7, 16), at: None });
    }

    #[test]
    fn today_is_what_the_wall_says() {
        let calendar = office("America/Los_Angeles");
        // Ten in the evening of a Thursday, when it is Friday in universal time.
        let late = at(&calendar, "2026-03-05T22:00");
        assert_eq!((calendar.date(late), late.date()), (date(2026, 3, 5), date(2026, 3, 6)));
        assert_eq!(calendar.due(late, DueIn::BusinessDays(1)).date, date(2026, 3, 6));
    }

    #[test]
    fn hours_are_counted_while_the_practice_works() {
        let calendar = office("America/New_York");
        for (from, hours, to) in [
            ("2026-05-21T16:00", 1, "2026-05-21T17:00"),
            ("2026-05-21T16:00", 2, "2026-05-22T09:30"),
            ("2026-05-21T11:30", 1, "2026-05-21T13:30"),
            // Friday until one, then a weekend and Memorial Day.
            ("2026-05-22T12:00", 4, "2026-05-26T11:30"),
            ("2026-05-23T10:00", 0, "2026-05-26T08:30"),
        ] {
            let deadline = calendar.deadline(at(&calendar, from), DueIn::BusinessHours(hours));
            assert_eq!(deadline, at(&calendar, to), "{from} {hours}");
        }
    }

    #[test]
    fn days_end_when_the_practice_closes() {
        let calendar = office("America/New_York");
        for (from, days, to) in [
            ("2026-05-21T16:00", 0, "2026-05-21T17:00"),
            ("2026-05-21T18:00", 0, "2026-05-22T13:00"),
            ("2026-05-21T16:00", 1, "2026-05-22T13:00"),
            ("2026-05-21T16:00", 2, "2026-05-26T17:00"),
        ] {
            let deadline = calendar.deadline(at(&calendar, from), DueIn::BusinessDays(days));
            assert_eq!(deadline, at(&calendar, to), "{from} {days}");
        }
        // The clock is put forward in the night: two days are an hour shorter, and end at the same time of day.
        let from = at(&calendar, "2026-03-07T16:00");
        assert_eq!(calendar.deadline(from, DueIn::Days(2)), at(&calendar, "2026-03-09T16:00"));
        assert_eq!(calendar.deadline(from, "2d".parse().unwrap()), at(&calendar, "2026-03-09T17:00"));
    }

    #[test]
    fn what_ends_at_midnight_is_due_on_the_day_that_ends() {
        let calendar = Calendar::default();
        let from = Moment::start_of(date(2026, 3, 2));
        let due = calendar.due(from, DueIn::BusinessHours(24));
        assert_eq!(due, Due { date: date(2026, 3, 2), at: Some(Moment::start_of(date(2026, 3, 3))) });
    }

    #[test]
    fn nobody_ever_works_and_counting_ends() {
        let calendar = Calendar { week: Default::default(), ..Calendar::default() };
        let from = Moment::start_of(date(2026, 3, 2));
        assert!(calendar.due(from, DueIn::BusinessDays(u16::MAX)).date > date(2026, 3, 2));
        assert!(calendar.deadline(from, DueIn::BusinessHours(u16::MAX)) >= from);
        assert!(calendar.deadline(from, DueIn::BusinessDays(3)) >= from);
    }

    #[test]
    fn a_date_that_a_country_left_out_has_no_hours() {
        let mut calendar = office("Pacific/Apia");
        calendar.week[4] = vec!["08:30-17:00".parse().unwrap()];
        // Samoa went from Thursday 29 to Saturday 31 December 2011.
        let thursday = at(&calendar, "2011-12-29T16:00");
        let deadline = calendar.deadline(thursday, DueIn::BusinessHours(2));
        assert_eq!(deadline, at(&calendar, "2012-01-02T09:30"));
    }
}
