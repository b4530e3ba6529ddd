//! docs/time.md: every worked example holds by the calendar that the page itself writes.

use claimflow_catalog::{SETTINGS_PATH, read_settings};
use claimflow_core::{Calendar, DueIn, Moment};
use jiff::civil::DateTime;

const PAGE: &str = include_str!("../../../docs/time.md");

/// The rows of the table whose columns are these.
fn rows<'p>(columns: &str) -> Vec<Vec<&'p str>> {
    let after = PAGE.split_once(columns).unwrap_or_else(|| panic!("a table `{columns}`")).1;
    let lines = after.lines().skip(2).take_while(|line| line.starts_with('|'));
    lines
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect()
}

fn calendar() -> Calendar {
    let yaml = PAGE.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("settings");
    read_settings(SETTINGS_PATH, yaml).expect("settings without faults").calendar
}

/// `Thu 2026-05-21 09:00` in the calendar's zone.
fn moment(calendar: &Calendar, text: &str) -> Moment {
    let local =
        DateTime::strptime("%a %Y-%m-%d %H:%M", text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let minutes = i64::from(local.hour()) * 60 + i64::from(local.minute());
    let minutes = u16::try_from(minutes).unwrap_or_else(|error| panic!("{text}: {error}"));
    calendar.zone.moment(local.date(), minutes)
}

fn shown(calendar: &Calendar, at: Moment) -> String {
    calendar.zone.datetime(at).strftime("%a %Y-%m-%d %H:%M").to_string()
}

#[test]
fn due_dates_are_as_the_page_says() {
    let calendar = calendar();
    let rows = rows("| opened | within | due |");
    assert!(rows.len() > 10);
    for row in rows {
        let [opened, within, wanted] = row[..] else { panic!("{row:?}") };
        let within: DueIn = within.parse().unwrap();
        let due = calendar.due(moment(&calendar, opened), within);
        let date = due.date.strftime("%a %Y-%m-%d").to_string();
        assert_eq!(due.at.map_or(date, |at| shown(&calendar, at)), wanted, "{opened} {within}");
    }
}

#[test]
fn limits_are_as_the_page_says() {
    let calendar = calendar();
    let rows = rows("| from | at-most | until |");
    assert!(rows.len() > 5);
    for row in rows {
        let [from, most, wanted] = row[..] else { panic!("{row:?}") };
        let most: DueIn = most.parse().unwrap();
        let until = calendar.deadline(moment(&calendar, from), most);
        assert_eq!(shown(&calendar, until), wanted, "{from} {most}");
    }
}
