//! What stands in a register's cell, as people and spreadsheets write it.

use claimflow_core::{Money, Quantity, Text};
use jiff::civil::{Date, Time};

/// How a cell is read into a field. `None` when the text is not what the field takes.
pub(crate) type Read = Option<()>;

/// A text as it stands.
pub(super) fn text(target: &mut Text, cell: &str) -> Read {
    *target = cell.into();
    Some(())
}

/// A value, or nothing for an empty cell.
fn optional<T>(target: &mut Option<T>, cell: &str, read: impl Fn(&str) -> Option<T>) -> Read {
    if cell.is_empty() {
        *target = None;
        return Some(());
    }
    *target = Some(read(cell)?);
    Some(())
}

/// One of a few words, in small letters; an empty cell is allowed.
pub(super) fn word(target: &mut Text, cell: &str, words: &[&str]) -> Read {
    let cell = cell.to_ascii_lowercase().replace([' ', '-'], "_");
    (cell.is_empty() || words.contains(&cell.as_str())).then(|| *target = cell.into())
}

/// A date: `2026-03-02`, or `3/2/2026` as spreadsheets in the United States turn it into.
fn read_date(cell: &str) -> Option<Date> {
    if let Ok(date) = cell.parse() {
        return Some(date);
    }
    let mut parts = cell.split('/').map(str::parse::<i16>);
    let (month, day, year) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if parts.next().is_some() || year < 1000 {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

pub(super) fn date(target: &mut Option<Date>, cell: &str) -> Read {
    optional(target, cell, read_date)
}

/// A time of day: `14:05`, `9:05`, `14:05:00`, `2:05 PM`.
fn read_time(cell: &str) -> Option<Time> {
    let lower = cell.to_ascii_lowercase();
    let (clock, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(clock), _) => (clock.trim(), Some(0)),
        (_, Some(clock)) => (clock.trim(), Some(12)),
        _ => (lower.as_str(), None),
    };
    let mut parts = clock.split(':').map(str::parse::<i8>);
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let second = parts.next().transpose().ok()?.unwrap_or(0);
    let hour = match half {
        None => hour,
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

pub(super) fn time(target: &mut Option<Time>, cell: &str) -> Read {
    optional(target, cell, read_time)
}

/// `true`, `yes`, `y`, `1` or the opposite; nothing for an empty cell.
fn read_flag(cell: &str) -> Option<bool> {
    match cell.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "1" => Some(true),
        "false" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

pub(super) fn flag(target: &mut Option<bool>, cell: &str) -> Read {
    optional(target, cell, read_flag)
}

pub(super) fn count(target: &mut Option<u32>, cell: &str) -> Read {
    optional(target, cell, |cell| cell.parse().ok())
}

/// Money with or without its sign, as `25.00` or `$1,250.00`.
pub(super) fn money(target: &mut Option<Money>, cell: &str) -> Read {
    let plain = cell.strip_prefix('$').unwrap_or(cell).replace(',', "");
    optional(target, &plain, |cell| cell.parse().ok())
}

pub(super) fn quantity(target: &mut Option<Quantity>, cell: &str) -> Read {
    optional(target, cell, |cell| cell.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date as day, time as clock};

    #[test]
    fn dates_and_times_as_spreadsheets_write_them() {
        assert_eq!(read_date("2026-03-02"), Some(day(2026, 3, 2)));
        assert_eq!(read_date("3/2/2026"), Some(day(2026, 3, 2)));
        for bad in ["", "2026-02-30", "13/1/2026", "3/2/26", "3/2", "2.3.2026", "3/2/2026/1"] {
            assert_eq!(read_date(bad), None, "{bad}");
        }
        assert_eq!(read_time("9:05"), Some(clock(9, 5, 0, 0)));
        assert_eq!(read_time("2:05 PM"), Some(clock(14, 5, 0, 0)));
        assert_eq!(read_time("12:00am"), Some(clock(0, 0, 0, 0)));
        for bad in ["", "9", "25:00", "13:00 PM", "9:5:1:0", "nine"] {
            assert_eq!(read_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn empty_cells_are_unknown() {
        let (mut known, mut amount) = (Some(true), Some(Money::ZERO));
        assert_eq!((flag(&mut known, ""), known), (Some(()), None));
        assert_eq!((flag(&mut known, "maybe"), known), (None, None));
        assert_eq!((money(&mut amount, "$1,250.00"), amount), (Some(()), Some(Money::from_cents(125_000))));
        let mut status = Text::default();
        assert_eq!(
            (word(&mut status, "In Person", &["in_person"]), status.as_str()),
            (Some(()), "in_person")
        );
    }
}
