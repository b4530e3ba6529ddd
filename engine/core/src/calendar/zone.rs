//! Time zones by name, from the database that is built in: the machine's own does not matter, so that the same claim has
//! the same due date on every machine.

use std::fmt;
use std::sync::LazyLock;

use jiff::civil::{Date, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::{Moment, nearest};

/// The built-in database. Names are looked up when settings are read, never while a claim is stepped.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone with its name in the IANA database, as `America/New_York`. Cheap to copy.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Why a text names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no time zone")]
pub struct ZoneError {
    name: String,
    near: Option<String>,
}

impl ZoneError {
    /// The line that mends it: the nearest name, or how names look.
    pub fn help(&self) -> String {
        match &self.near {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "write a region and a city, as `America/New_York`, `America/Chicago` or `America/Los_Angeles`"
                    .to_owned()
            }
        }
    }
}

impl Zone {
    /// Universal time: no summer time, no offset.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone of that name; capitals do not matter.
    ///
    /// # Errors
    /// When there is none, with the nearest name.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        let name = name.trim();
        let fault = || ZoneError { name: name.to_owned(), near: near(name) };
        match DATABASE.get(name) {
            Ok(zone) if zone == TimeZone::unknown() => Err(fault()),
            Ok(zone) => Ok(Self(zone)),
            Err(_) => Err(fault()),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The date that people there write at a moment.
    pub fn date(&self, at: Moment) -> Date {
        self.datetime(at).date()
    }

    /// What a clock on the wall there shows at a moment.
    pub fn datetime(&self, at: Moment) -> jiff::civil::DateTime {
        self.0.to_datetime(at.timestamp())
    }

    /// The moment at which a clock there shows so many minutes after midnight of a date; 1,440 is the next midnight.
    ///
    /// An hour that the clock goes through twice means the first time; one that it leaves out is so much later as it
    /// leaves out.
    pub fn moment(&self, date: Date, minutes: u16) -> Moment {
        let (date, minutes) = match minutes {
            MIDNIGHT.. => (date.tomorrow().unwrap_or(Date::MAX), 0),
            minutes => (date, minutes),
        };
        // Under 1,440 minutes are under 24 hours: both numbers fit.
        let hour = i8::try_from(minutes / 60).unwrap_or(0);
        let minute = i8::try_from(minutes % 60).unwrap_or(0);
        let time = Time::new(hour, minute, 0, 0).unwrap_or(Time::midnight());
        let zoned = self.0.to_zoned(date.to_datetime(time));
        zoned.map_or(Moment(i64::MAX), |zoned| Moment(zoned.timestamp().as_millisecond()))
    }
}

/// Minutes in a day as clocks show it.
pub const MIDNIGHT: u16 = 1_440;

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Zone").field(&self.name()).finish()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        Self::named(text)
    }
}

/// The nearest name: as a whole, else by its city alone, as people write `Chicago` or `New York`.
fn near(written: &str) -> Option<String> {
    let names: Vec<String> = DATABASE.available().map(|name| name.as_str().to_owned()).collect();
    let spelled: String = written
        .split('/')
        .map(|part| part.split([' ', '_']).map(capital).collect::<Vec<_>>().join("_"))
        .collect::<Vec<_>>()
        .join("/");
    let whole = names.iter().map(String::as_str);
    if let Some(near) = nearest(&spelled, whole) {
        return Some(near.to_owned());
    }
    let city = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted = city(&spelled);
    let cities: Vec<String> = names.iter().map(|name| city(name)).collect();
    let near = nearest(&wanted, cities.iter().map(String::as_str))?;
    names.iter().find(|name| city(name) == near).cloned()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn names_and_the_nearest_of_them() {
        assert_eq!(Zone::named("america/new_york").unwrap().name(), "America/New_York");
        assert_eq!(Zone::named("UTC").unwrap(), Zone::UTC);
        let help = |name: &str| Zone::named(name).unwrap_err().help();
        assert_eq!(help("America/New York"), "did you mean `America/New_York`?");
        assert_eq!(help("America/Chicgo"), "did you mean `America/Chicago`?");
        assert_eq!(help("los angeles"), "did you mean `America/Los_Angeles`?");
        assert!(help("our time").starts_with("write a region and a city"));
        assert!(Zone::named("").is_err());
        assert!(Zone::named("Etc/Unknown").is_err());
    }

    #[test]
    fn clocks_that_jump() {
        let zone = Zone::named("America/New_York").unwrap();
        let at = |date, minutes| zone.moment(date, minutes).to_string();
        // 02:30 is left out on this day, and 01:30 comes twice on that.
        assert_eq!(at(date(2026, 3, 8), 150), "2026-03-08T07:30:00Z");
        assert_eq!(at(date(2026, 11, 1), 90), "2026-11-01T05:30:00Z");
        assert_eq!(zone.moment(date(2026, 3, 7), MIDNIGHT), zone.moment(date(2026, 3, 8), 0));
        // Late in the evening it is tomorrow elsewhere.
        let late = zone.moment(date(2026, 3, 2), 22 * 60);
        assert_eq!((zone.date(late), late.date()), (date(2026, 3, 2), date(2026, 3, 3)));
        assert_eq!(zone.moment(Date::MAX, MIDNIGHT).0, zone.moment(Date::MAX, 0).0);
    }
}
