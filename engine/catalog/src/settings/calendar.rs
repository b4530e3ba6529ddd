//! The calendars of `claimflow.yaml`: named ones, and the one by which the practice works.

use claimflow_core::calendar::{Holiday, Hours, WEEKDAYS};
use claimflow_core::{Calendar, Zone, nearest};

use crate::yaml::{At, Entry, Map, Node, Reader, Value};

pub(crate) const CALENDAR: &[&str] = &["time-zone", "days", "hours", "holidays"];

/// Reads the practice's calendar: what stands at the top of the file, under what the calendar of its name says.
pub(super) fn read(reader: &mut Reader<'_>, map: &Map<'_>) -> Calendar {
    let mut base = Calendar::default();
    if let Some(node) = map.get("time-zone") {
        zone(reader, node, &mut base);
    }
    for node in list(reader, map, "holidays") {
        holiday(reader, node, &mut base);
    }
    let calendars = map.get("calendars").and_then(|node| reader.free_map(node, "`calendars`"));
    let entries: &[Entry] = calendars.map_or(&[], |calendars| calendars.entries());
    let named: Vec<(&str, Calendar)> =
        entries.iter().map(|entry| (entry.key.as_str(), calendar(reader, entry, &base))).collect();
    chosen(reader, map, named).unwrap_or(base)
}

/// The calendar that counts: the one that `calendar` names, or the only one there is.
fn chosen(reader: &mut Reader<'_>, map: &Map<'_>, mut named: Vec<(&str, Calendar)>) -> Option<Calendar> {
    let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if let Some(node) = map.get("calendar") {
        let wanted = reader.text(node, "`calendar`")?;
        if let Some(place) = names.iter().position(|name| *name == wanted) {
            return Some(named.swap_remove(place).1);
        }
        let help = match nearest(wanted, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "describe it under `calendars`, or remove the line".to_owned(),
            None => format!("calendars are {list}"),
        };
        reader.fault("S005", node.at, format!("there is no calendar `{wanted}`"), help);
        return None;
    }
    if named.len() > 1 {
        let at = map.entry("calendars").map_or(map.at, |entry| entry.at);
        let help = format!("add a line `calendar: {}` beside `calendars`", names.first().unwrap_or(&"NAME"));
        reader.fault("S005", at, format!("which calendar counts is not said; there are {list}"), help);
        return None;
    }
    named.pop().map(|(_, calendar)| calendar)
}

/// One calendar; what it does not say is as in `base`.
fn calendar(reader: &mut Reader<'_>, entry: &Entry, base: &Calendar) -> Calendar {
    let mut own = base.clone();
    let Some(map) = reader.map(&entry.value, &format!("the calendar `{}`", entry.key), CALENDAR) else {
        return own;
    };
    if let Some(node) = map.get("time-zone") {
        zone(reader, node, &mut own);
    }
    for node in list(reader, &map, "holidays") {
        holiday(reader, node, &mut own);
    }
    week(reader, &map, &mut own);
    own
}

fn zone(reader: &mut Reader<'_>, node: &Node, calendar: &mut Calendar) {
    match reader.text(node, "`time-zone`").map(Zone::named) {
        Some(Ok(zone)) => calendar.zone = zone,
        Some(Err(error)) => reader.fault("S005", node.at, error.to_string(), error.help()),
        None => {}
    }
}

fn holiday(reader: &mut Reader<'_>, node: &Node, calendar: &mut Calendar) {
    let Some(text) = reader.text(node, "a day off") else { return };
    match text.parse::<Holiday>() {
        Ok(Holiday::On(date)) => calendar.holidays.push(date),
        Ok(Holiday::Every(yearly)) => calendar.yearly.push(yearly),
        Err(error) => reader.fault("S005", node.at, error.to_string(), error.help()),
    }
}

/// On which days the practice works, and when.
fn week(reader: &mut Reader<'_>, map: &Map<'_>, calendar: &mut Calendar) {
    let (days, hours) = (map.get("days"), map.get("hours"));
    if let Some(Node { value: Value::Map(_), .. }) = hours {
        if let Some(entry) = map.entry("days") {
            let help = "keep `hours` with a line for each day, and remove `days`";
            reader.fault("S005", entry.at, "`hours` says already on which days the practice works", help);
        }
        calendar.week = by_day(reader, hours);
        return works(reader, map.at, calendar);
    }
    let hours = hours.map_or_else(|| vec![Hours::ALL_DAY], |node| several(reader, node));
    let mut on = [true, true, true, true, true, false, false];
    if days.is_some() {
        on = [false; 7];
        for node in list(reader, map, "days") {
            let word = reader.text(node, "a day of the week");
            for day in word.and_then(|word| day(reader, node.at, word)).into_iter().flatten() {
                on = set(on, day);
            }
        }
    }
    calendar.week = on.map(|works| if works { hours.clone() } else { Vec::new() });
    works(reader, map.at, calendar);
}

fn set(mut on: [bool; 7], day: usize) -> [bool; 7] {
    if let Some(own) = on.get_mut(day) {
        *own = true;
    }
    on
}

/// `hours` with a line for each day; days without one are free.
fn by_day(reader: &mut Reader<'_>, node: Option<&Node>) -> [Vec<Hours>; 7] {
    let mut week: [Vec<Hours>; 7] = Default::default();
    let Some(map) = node.and_then(|node| reader.free_map(node, "`hours`")) else { return week };
    for entry in map.entries() {
        let hours = several(reader, &entry.value);
        for day in day(reader, entry.at, &entry.key).into_iter().flatten() {
            if let Some(own) = week.get_mut(day) {
                own.clone_from(&hours);
            }
        }
    }
    week
}

/// `08:30-17:00`, or a list with pauses between.
fn several(reader: &mut Reader<'_>, node: &Node) -> Vec<Hours> {
    let nodes = if matches!(node.value, Value::List(_)) {
        reader.list(node, "`hours`")
    } else {
        std::slice::from_ref(node)
    };
    let mut all: Vec<Hours> = Vec::new();
    for node in nodes {
        let Some(text) = reader.text(node, "the hours of a day") else { continue };
        match text.parse::<Hours>() {
            Ok(hours) if all.last().is_some_and(|before| before.to() > hours.from()) => {
                let help = "write the hours of a day in order, with a pause between them";
                reader.fault(
                    "S005",
                    node.at,
                    format!("`{hours}` begins before the hours before it end"),
                    help,
                );
            }
            Ok(hours) => all.push(hours),
            Err(error) => reader.fault("S005", node.at, error.to_string(), ""),
        }
    }
    all
}

/// The days that `monday` or `monday-thursday` means, Monday being 0.
fn day(reader: &mut Reader<'_>, at: At, word: &str) -> Option<Vec<usize>> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let mut place = |word: &str| {
        let word = word.trim().to_lowercase();
        let place = WEEKDAYS.iter().position(|day| *day == word);
        if place.is_none() {
            let help = match nearest(&word, WEEKDAYS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write a day as `monday`, or several as `monday-thursday`".to_owned(),
            };
            reader.fault("S005", at, format!("`{word}` is no day of the week"), help);
        }
        place
    };
    let (first, last) = (place(first)?, place(last)?);
    if first <= last { Some((first..=last).collect()) } else { Some((first..7).chain(0..=last).collect()) }
}

fn works(reader: &mut Reader<'_>, at: At, calendar: &Calendar) {
    if !reader.has_errors() && calendar.week.iter().all(Vec::is_empty) {
        let help = "name at least one day on which somebody works";
        reader.fault("S005", at, "nobody ever works in this calendar, so that nothing would fall due", help);
    }
}

fn list<'n>(reader: &mut Reader<'_>, map: &Map<'n>, key: &str) -> &'n [Node] {
    map.get(key).map_or(&[], |node| reader.list(node, &format!("`{key}`")))
}

#[cfg(test)]
mod tests {
    use super::super::{SETTINGS_PATH, read_settings};
    use claimflow_core::{DueIn, Moment, Zone};
    use jiff::civil::date;

    fn messages(text: &str) -> String {
        crate::testing::report(&read_settings(SETTINGS_PATH, text).expect_err("faults"))
    }

    #[test]
    fn calendars_are_read() {
        let text = "time-zone: America/New_York\nholidays: [2026-07-03]\ncalendar: office\ncalendars:\n  office:\n    \
                    hours: { monday-thursday: [08:30-12:00, 13:00-17:00], friday: 08:30-13:00 }\n    \
                    holidays: [07-04, last monday of may]\n  night: { days: [friday-monday], hours: 20:00-24:00, \
                    time-zone: america/chicago }\n";
        let calendar = read_settings(SETTINGS_PATH, text).unwrap().calendar;
        assert_eq!(calendar.zone, Zone::named("America/New_York").unwrap());
        assert_eq!((calendar.holidays.len(), calendar.yearly.len()), (1, 2));
        let friday = calendar.zone.moment(date(2026, 5, 22), 12 * 60);
        assert_eq!(calendar.deadline(friday, DueIn::BusinessHours(2)).to_string(), "2026-05-26T13:30:00Z");
        let night =
            read_settings(SETTINGS_PATH, &text.replace("calendar: office", "calendar: night")).unwrap();
        assert_eq!(night.calendar.week.iter().filter(|day| !day.is_empty()).count(), 4);
        assert_eq!(night.calendar.zone.name(), "America/Chicago");
        assert!(night.calendar.is_business_day(date(2026, 5, 25)) && night.calendar.yearly.is_empty());
    }

    #[test]
    fn old_files_mean_what_they_meant() {
        let settings = read_settings(SETTINGS_PATH, "holidays: [2026-07-03]\n").unwrap();
        let due = settings.calendar.due(Moment::start_of(date(2026, 7, 2)), DueIn::BusinessDays(1));
        assert_eq!(due.date, date(2026, 7, 6));
    }

    #[test]
    fn every_fault_is_told_with_its_mend() {
        insta::assert_snapshot!(messages(
            "time-zone: America/New York\nholidays: [2026-02-30, last mondy of may, christmas]\ncalendar: ofice\n\
             calendars:\n  office:\n    days: [mon]\n    hours: { monday: 8-5, tuseday: 17:00-08:00, friday: \
             [08:00-12:00, 11:00-13:00] }\n  other: { hours: '08:30', time-zone: our time, weekend: [] }\n"
        ));
        insta::assert_snapshot!(messages("calendars: { office: {}, home: {} }\n"));
        insta::assert_snapshot!(messages("calendars: { office: { days: [] } }\n"));
        insta::assert_snapshot!(messages("calendar: office\n"));
    }
}
