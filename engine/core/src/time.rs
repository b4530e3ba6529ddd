//! Moments and spans. Nothing here reads a clock: time is always an input.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A moment, in milliseconds since 1970 in UTC. ISO 8601 text for people, a number in records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

impl Moment {
    /// The UTC date of this moment. What people call today is [`Calendar::date`](crate::Calendar::date).
    pub fn date(self) -> Date {
        self.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// The UTC date and time of this moment.
    pub fn datetime(self) -> jiff::civil::DateTime {
        self.timestamp().to_zoned(jiff::tz::TimeZone::UTC).datetime()
    }

    /// The first moment of a date in UTC.
    pub fn start_of(date: Date) -> Self {
        Self(date.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_millisecond()))
    }

    /// This moment plus a span in milliseconds.
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// As jiff has it; what lies beyond its years is its first or last moment.
    pub(crate) fn timestamp(self) -> Timestamp {
        let end = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_millisecond(self.0).unwrap_or(end)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.timestamp().to_string())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            let timestamp: Timestamp = text.parse().map_err(D::Error::custom)?;
            Ok(Self(timestamp.as_millisecond()))
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}

/// A length of time in milliseconds, written by authors as `30s`, `15m`, `1h`, `2d`, `3w`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span(pub i64);

impl Span {
    /// In words: the largest unit that it is a whole number of, as `90 minutes`.
    pub fn words(self) -> String {
        let units = [(DAY_MS, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second")];
        let whole = |(size, _): &(i64, &str)| self.0 >= *size && self.0 % size == 0;
        let (size, unit) = units.into_iter().find(whole).unwrap_or((1, "millisecond"));
        let count = self.0 / size;
        format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

/// Why a text is not a span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a span of time: write a whole number and a unit, as `30s`, `15m`, `1h`, `2d` or `3w`")]
pub struct SpanError(String);

impl std::str::FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let fault = || SpanError(text.to_owned());
        let unit = match text.chars().last() {
            Some('s') => 1_000,
            Some('m') => 60_000,
            Some('h') => 3_600_000,
            Some('d') => DAY_MS,
            Some('w') => 7 * DAY_MS,
            _ => return Err(fault()),
        };
        // INVARIANT: the last character is one of the ASCII units above, so the cut is on a boundary.
        let number: i64 = text[..text.len() - 1].trim().parse().map_err(|_| fault())?;
        if number < 0 {
            return Err(fault());
        }
        number.checked_mul(unit).map(Self).ok_or_else(fault)
    }
}

/// Whole days from one date to a later one; negative when the second is earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_between_dates() {
        assert_eq!(days_between(date(2026, 2, 27), date(2026, 3, 1)), 2);
    }

    #[test]
    fn spans() {
        assert_eq!("2d".parse(), Ok(Span(2 * DAY_MS)));
        assert_eq!("30s".parse(), Ok(Span(30_000)));
        for bad in ["", "2", "d", "-1d", "2 days", "9999999999999999w", "2é"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }

    #[test]
    fn moments_are_text_for_people() {
        let moment = Moment::start_of(date(2026, 3, 2));
        assert_eq!(moment.to_string(), "2026-03-02T00:00:00Z");
        assert_eq!(moment.date(), date(2026, 3, 2));
    }
}
