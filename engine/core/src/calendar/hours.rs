//! The hours of a working day.

use std::fmt;
use std::str::FromStr;

use super::zone::MIDNIGHT;

/// From when to when a practice works, in minutes after midnight by the clock on its wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours {
    from: u16,
    to: u16,
}

/// Why a text says no hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// It is written in another way.
    #[error("`{0}` says no hours: write them as `08:30-17:00`, with 24 hours a day")]
    Form(String),
    /// It ends before it begins.
    #[error("`{0}` ends before it begins: write the earlier time first, and split a night at 24:00")]
    Order(String),
}

impl Hours {
    /// The whole day.
    pub const ALL_DAY: Self = Self { from: 0, to: MIDNIGHT };

    /// Minutes after midnight at which work begins.
    pub const fn from(self) -> u16 {
        self.from
    }

    /// Minutes after midnight at which it ends; 1,440 is the next midnight.
    pub const fn to(self) -> u16 {
        self.to
    }
}

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let form = || HoursError::Form(text.to_owned());
        let (from, to) = text.split_once(['-', '–']).ok_or_else(form)?;
        let (from, to) = (minutes(from).ok_or_else(form)?, minutes(to).ok_or_else(form)?);
        if from >= to {
            return Err(HoursError::Order(text.to_owned()));
        }
        Ok(Self { from, to })
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

/// `08:30`, up to `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    if hour.is_empty() || hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= MIDNIGHT).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authors_write() {
        let hours: Hours = "08:30-17:00".parse().unwrap();
        assert_eq!((hours.from(), hours.to()), (510, 1_020));
        assert_eq!(hours.to_string(), "08:30-17:00");
        assert_eq!("0:00 - 24:00".parse(), Ok(Hours::ALL_DAY));
        for bad in ["", "8-5", "08:30", "8:3-9:00", "08:60-09:00", "25:00-26:00", "24:01-24:30", "a:bc-d:ef"]
        {
            assert!(matches!(bad.parse::<Hours>(), Err(HoursError::Form(_))), "{bad}");
        }
        assert!(matches!("17:00-08:30".parse::<Hours>(), Err(HoursError::Order(_))));
    }
}
