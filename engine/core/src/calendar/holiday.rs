//! Days off: dates, and days that come every year.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};

use crate::nearest;

/// A day off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holiday {
    /// Once: `2026-07-03`.
    On(Date),
    /// Every year.
    Every(Yearly),
}

/// A day of every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Yearly {
    /// `07-04`. The 29th of February comes in leap years only.
    Day {
        /// Month, 1 to 12.
        month: i8,
        /// Day of it.
        day: i8,
    },
    /// `last monday of may`, `fourth thursday of november`, `day after fourth thursday of november`.
    Nth {
        /// Which one: 1 to 4, or 0 for the last.
        nth: i8,
        /// Day of the week.
        weekday: Weekday,
        /// Month, 1 to 12.
        month: i8,
        /// True for the day after it.
        after: bool,
    },
}

/// Why a text is no day off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no day off")]
pub struct HolidayError {
    text: String,
    near: Option<(String, &'static str)>,
}

impl HolidayError {
    /// The line that mends it.
    pub fn help(&self) -> String {
        match &self.near {
            Some((word, near)) => format!("did you mean `{near}` where it says `{word}`?"),
            None => {
                "write a date as `2026-07-03`, a day of every year as `07-04`, or as `last monday of may`"
                    .to_owned()
            }
        }
    }
}

/// The words for which of them: the last is 0.
const WHICH: [&str; 5] = ["last", "first", "second", "third", "fourth"];
/// The days of the week, Monday first.
pub const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Yearly {
    /// True when it falls on this date.
    pub fn is(self, date: Date) -> bool {
        match self {
            Self::Day { month, day } => date.month() == month && date.day() == day,
            Self::Nth { nth, weekday, month, after } => {
                let day = if after { date.yesterday().ok() } else { Some(date) };
                day.is_some_and(|day| {
                    let which = (day.day() - 1) / 7 + 1;
                    let last = day.day() + 7 > day.days_in_month();
                    day.month() == month
                        && day.weekday() == weekday
                        && if nth == 0 { last } else { which == nth }
                })
            }
        }
    }
}

impl FromStr for Holiday {
    type Err = HolidayError;

    fn from_str(text: &str) -> Result<Self, HolidayError> {
        if let Ok(date) = text.trim().parse::<Date>() {
            return Ok(Self::On(date));
        }
        day(text.trim()).map_or_else(|| nth(text), |day| Ok(Self::Every(day)))
    }
}

/// `07-04`.
fn day(text: &str) -> Option<Yearly> {
    let (month, day) = text.split_once('-').filter(|(month, day)| month.len() == 2 && day.len() == 2)?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // A leap year, so that the 29th of February is a day.
    Date::new(2028, month, day).ok().map(|_| Yearly::Day { month, day })
}

/// `last monday of may`.
fn nth(text: &str) -> Result<Holiday, HolidayError> {
    let small = text.to_lowercase();
    let mut words: Vec<&str> = small.split_whitespace().collect();
    let after = words.starts_with(&["day", "after"]);
    if after {
        words.drain(..2);
    }
    let fault = |near| HolidayError { text: text.to_owned(), near };
    let [which, weekday, "of", month] = words.as_slice() else { return Err(fault(None)) };
    let place = |word: &str, of: &[&'static str]| {
        of.iter().position(|own| *own == word).ok_or_else(|| {
            fault(
                nearest(word, of.iter().copied())
                    .and_then(|near| of.iter().find(|own| **own == near).map(|own| (word.to_owned(), *own))),
            )
        })
    };
    let nth = place(which, &WHICH)?;
    let weekday = place(weekday, &WEEKDAYS)?;
    let month = place(month, &MONTHS)? + 1;
    let small = |place: usize| i8::try_from(place).map_err(|_| fault(None));
    let weekday = Weekday::from_monday_zero_offset(small(weekday)?).map_err(|_| fault(None))?;
    Ok(Holiday::Every(Yearly::Nth { nth: small(nth)?, weekday, month: small(month)?, after }))
}

impl fmt::Display for Holiday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(date) => date.fmt(f),
            Self::Every(yearly) => yearly.fmt(f),
        }
    }
}

impl fmt::Display for Yearly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Day { month, day } => write!(f, "{month:02}-{day:02}"),
            Self::Nth { nth, weekday, month, after } => {
                let word = |of: &[&'static str], place: i8| {
                    usize::try_from(place).ok().and_then(|place| of.get(place).copied()).unwrap_or_default()
                };
                let day = word(&WEEKDAYS, weekday.to_monday_zero_offset());
                let after = if after { "day after " } else { "" };
                write!(f, "{after}{} {day} of {}", word(&WHICH, nth), word(&MONTHS, month - 1))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn days_of_2026(text: &str) -> Vec<String> {
        let Ok(Holiday::Every(yearly)) = text.parse() else { panic!("{text}") };
        assert_eq!(yearly.to_string(), text);
        let year = date(2026, 1, 1).series(jiff::ToSpan::days(1)).take(365);
        year.filter(|day| yearly.is(*day)).map(|day| day.to_string()).collect()
    }

    #[test]
    fn days_of_every_year() {
        assert_eq!(days_of_2026("07-04"), ["2026-07-04"]);
        assert_eq!(days_of_2026("02-29"), [""; 0]);
        assert_eq!(days_of_2026("last monday of may"), ["2026-05-25"]);
        assert_eq!(days_of_2026("first monday of september"), ["2026-09-07"]);
        assert_eq!(days_of_2026("third monday of january"), ["2026-01-19"]);
        assert_eq!(days_of_2026("fourth thursday of november"), ["2026-11-26"]);
        assert_eq!(days_of_2026("day after fourth thursday of november"), ["2026-11-27"]);
        assert_eq!(days_of_2026("day after last sunday of may"), ["2026-06-01"]);
    }

    #[test]
    fn what_is_none_is_told_with_its_mend() {
        let help = |text: &str| text.parse::<Holiday>().unwrap_err().help();
        assert_eq!("2026-07-03".parse(), Ok(Holiday::On(date(2026, 7, 3))));
        assert_eq!(help("last mondy of may"), "did you mean `monday` where it says `mondy`?");
        assert_eq!(help("forth thursday of november"), "did you mean `fourth` where it says `forth`?");
        for bad in
            ["", "13-01", "02-30", "7-4", "christmas", "fifth monday of may", "last monday", "of of of of"]
        {
            assert!(help(bad).starts_with("write a date as"), "{bad}");
        }
    }
}
