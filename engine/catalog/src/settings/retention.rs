//! How long claims are kept that are over.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

/// How long a claim is kept that is over, as `7y`, `84m` or `2557d`. Settings take a year or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// Years.
    Years(u16),
    /// Months.
    Months(u16),
    /// Days.
    Days(u16),
}

impl Retention {
    /// True for less than a year: payers and courts ask about claims for longer.
    pub const fn is_short(self) -> bool {
        match self {
            Self::Years(years) => years < 1,
            Self::Months(months) => months < 12,
            Self::Days(days) => days < 365,
        }
    }

    /// In words, as `7 years`.
    pub fn words(self) -> String {
        let (number, unit) = match self {
            Self::Years(years) => (years, "year"),
            Self::Months(months) => (months, "month"),
            Self::Days(days) => (days, "day"),
        };
        format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
    }

    /// The first day of what is not old enough to go: what was over before it may.
    ///
    /// ```
    /// use claimflow_catalog::Retention;
    /// use jiff::civil::date;
    ///
    /// assert_eq!(Retention::Years(7).before(date(2034, 2, 28)), date(2027, 2, 28));
    /// assert_eq!(Retention::Months(6).before(date(2026, 8, 31)), date(2026, 2, 28));
    /// ```
    pub fn before(self, today: Date) -> Date {
        today.saturating_sub(self.span())
    }

    /// The day until which is kept what is over since a day.
    pub fn after(self, over: Date) -> Date {
        over.saturating_add(self.span())
    }

    fn span(self) -> Span {
        match self {
            Self::Years(years) => i64::from(years).min(9_999).years(),
            Self::Months(months) => i64::from(months).months(),
            Self::Days(days) => i64::from(days).days(),
        }
    }
}

impl FromStr for Retention {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(())?;
        let number: u16 = number.trim_end().parse().ok().filter(|number| *number > 0).ok_or(())?;
        match unit {
            "y" => Ok(Self::Years(number)),
            "m" => Ok(Self::Months(number)),
            "d" => Ok(Self::Days(number)),
            _ => Err(()),
        }
    }
}

impl std::fmt::Display for Retention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Years(years) => write!(f, "{years}y"),
            Self::Months(months) => write!(f, "{months}m"),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_with_a_unit_and_comes_back_as_it_was() {
        for text in ["7y", "84m", "2557d", "1d"] {
            assert_eq!(text.parse::<Retention>().unwrap().to_string(), text);
        }
        for text in ["", "y", "0y", "7", "-1d", "7 years", "7w", "70000d", "7ÿ"] {
            assert_eq!(text.parse::<Retention>(), Err(()), "{text}");
        }
    }

    #[test]
    fn no_time_reaches_further_back_than_there_are_dates() {
        let today = jiff::civil::date(2026, 1, 1);
        for long in [Retention::Years(u16::MAX), Retention::Months(u16::MAX), Retention::Days(u16::MAX)] {
            assert!(long.before(today) < today);
        }
    }
}
