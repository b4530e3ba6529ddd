//! When something falls due, as authors write it.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Moment, Span};

/// How long something may take: `2 business_days`, `4 business_hours`, `30 days`, `2d`, `36h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DueIn {
    /// Calendar days.
    Days(u16),
    /// Days on which the practice works.
    BusinessDays(u16),
    /// Hours in which the practice works.
    BusinessHours(u16),
    /// So much time, day and night.
    Span(Span),
}

/// Why a text does not say how long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not {TAKES}", TAKES = DueIn::TAKES)]
pub struct DueInError(String);

impl DueIn {
    /// What authors may write, for messages.
    pub const TAKES: &'static str =
        "a length of time, as `2 business_days`, `4 business_hours`, `30 days`, `2d` or `36h`";
}

impl FromStr for DueIn {
    type Err = DueInError;

    fn from_str(text: &str) -> Result<Self, DueInError> {
        let fault = || DueInError(text.trim().to_owned());
        let Some((number, unit)) = text.trim().split_once(char::is_whitespace) else {
            return text.trim().parse().map(Self::Span).map_err(|_| fault());
        };
        let number = number.parse().map_err(|_| fault())?;
        match unit.trim() {
            "days" | "day" => Ok(Self::Days(number)),
            "business_days" | "business_day" => Ok(Self::BusinessDays(number)),
            "business_hours" | "business_hour" => Ok(Self::BusinessHours(number)),
            _ => Err(fault()),
        }
    }
}

impl fmt::Display for DueIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match *self {
            Self::Days(number) => (number, "day"),
            Self::BusinessDays(number) => (number, "business day"),
            Self::BusinessHours(number) => (number, "business hour"),
            Self::Span(span) => return f.write_str(&span.words()),
        };
        write!(f, "{number} {unit}{}", if number == 1 { "" } else { "s" })
    }
}

/// When something falls due: a date; and a moment on it, where it is counted in hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Due {
    /// The date, as the practice's wall calendar has it.
    pub date: Date,
    /// The moment; without one there is time until the end of that date.
    pub at: Option<Moment>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DAY_MS;

    #[test]
    fn what_authors_write() {
        for (text, due, words) in [
            ("2 business_days", DueIn::BusinessDays(2), "2 business days"),
            (" 1  day ", DueIn::Days(1), "1 day"),
            ("4 business_hours", DueIn::BusinessHours(4), "4 business hours"),
            ("2d", DueIn::Span(Span(2 * DAY_MS)), "2 days"),
            ("36h", DueIn::Span(Span(36 * 3_600_000)), "36 hours"),
        ] {
            assert_eq!(text.parse(), Ok(due), "{text}");
            assert_eq!(due.to_string(), words);
        }
        for bad in ["", "2", "days", "-1 days", "2 weeks", "70000 days", "2 business days", "2é"] {
            let error = bad.parse::<DueIn>().unwrap_err();
            assert_eq!(error.to_string(), format!("`{bad}` is not {}", DueIn::TAKES));
        }
    }
}
