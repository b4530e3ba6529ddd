//! Look-ups agree with a naive scan, and faults and warnings name their rows.

use super::*;
use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

const COLUMNS: [&str; 4] = ["first", "second", "note", "effective"];

fn table() -> Table {
    let rows: [&[&str]; 4] = [
        &["90837", "90834", "old", "2025-01-01"],
        &["90837", "90853", " new ", "2026-01-01"],
        &["90791", "90792", "bad", "soon"],
        &["90791"],
    ];
    Table::from_rows("ptp", "tables/ptp.csv", &COLUMNS, rows)
}

#[test]
fn finds_rows_by_leading_columns_and_date() {
    let table = table();
    assert_eq!(table.diagnostics().iter().map(|fault| fault.line).collect::<Vec<_>>(), [4, 5]);
    assert_eq!((table.len(), table.is_empty(), table.is_known()), (2, false, true));
    assert!(table.has(&["90837", "90834"], date(2025, 6, 1)));
    assert!(!table.has(&["90837", "90853"], date(2025, 6, 1)));
    assert!(table.has(&["90837", "90853"], date(2026, 6, 1)));
    assert!(!table.has(&["9083", "790853"], date(2026, 6, 1)));
    assert!(!table.has(&[], date(2026, 6, 1)));
    assert!(!table.has(&["90837", "90834", "old", "x"], date(2026, 6, 1)));
    let column = table.column("note").unwrap();
    assert_eq!(table.get(&["90837"], column, date(2025, 6, 1)), Some("old"));
    assert_eq!(table.get(&["90837", "90853"], column, date(2026, 6, 1)), Some("new"));
    assert_eq!(table.get(&["90000"], column, date(2025, 6, 1)), None);
    assert_eq!(table.column("effective"), None);
    assert_eq!(table.periods().next(), Some((Some(date(2025, 1, 1)), None)));
}

#[test]
fn what_is_not_installed_has_nothing() {
    let table = Table::absent("mue", &["code", "units"]);
    assert!(!table.is_known() && table.is_empty());
    assert!(!table.has(&["90837"], date(2026, 1, 1)));
    assert_eq!(table.column("units"), Some(1));
}

#[test]
fn one_key_may_have_rows_for_different_dates() {
    let columns = ["code", "units", "effective", "expires"];
    let row = |effective, expires| ["90837", "1", effective, expires];
    let lines = |rows: &[[&str; 4]]| {
        let table = Table::from_rows("mue", "mue.csv", &columns, rows.iter().map(<[&str; 4]>::as_slice));
        table.diagnostics().iter().map(|own| (own.code.to_string(), own.line)).collect::<Vec<_>>()
    };
    assert_eq!(lines(&[row("2025-01-01", "2025-12-31"), row("2026-01-01", "")]), []);
    let clash =
        lines(&[row("2025-01-01", "2026-01-01"), row("2024-01-01", "2024-12-31"), row("2026-01-01", "")]);
    assert_eq!(clash, [("T005".to_owned(), 4)]);
}

#[test]
fn rows_that_answer_differently_on_one_day_are_seen() {
    let rows: [&[&str]; 3] =
        [&["90837", "1", "2025-01-01"], &["90834", "1", ""], &["90837", "2", "2026-01-01"]];
    let table = Table::from_rows("mue", "mue.csv", &["code", "units", "effective"], rows);
    assert_eq!(table.ambiguous(1, 1), Some((2, 4)));
    assert_eq!(table.ambiguous(2, 1), None);
}

#[test]
fn many_faults_of_a_kind_are_not_all_told() {
    let rows = vec![["1", "never"]; 100];
    let table = Table::from_rows("t", "t.csv", &["a", "effective"], rows.iter().map(<[&str; 2]>::as_slice));
    assert_eq!(table.diagnostics().len(), 21);
}

fn cell() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "90837", "90834", "90791", "a", "aa"])
}

fn day() -> impl Strategy<Value = Option<i32>> {
    prop::option::of(0..40)
}

fn on(days: i32) -> Date {
    date(2026, 1, 10) + days.days()
}

type Row = ([&'static str; 3], Option<i32>, Option<i32>);

fn naive<'r>(rows: &'r [Row], keys: &[&str], day: i32) -> Option<&'r Row> {
    rows.iter().find(|(cells, from, to)| {
        !keys.is_empty()
            && cells.iter().zip(keys).all(|(cell, key)| cell == key)
            && from.is_none_or(|from| from <= day)
            && to.is_none_or(|to| day <= to)
    })
}

proptest! {
    #[test]
    fn look_ups_agree_with_a_scan(
        rows in prop::collection::vec(([cell(), cell(), cell()], day(), day()), 0..60),
        asked in prop::collection::vec((prop::collection::vec(cell(), 0..4), -2..42), 1..40),
    ) {
        let mut builder = TableBuilder::new("t", "t.csv", &["a", "expires", "b", "effective", "c"]);
        let show = |day: Option<i32>| day.map(|day| on(day).to_string()).unwrap_or_default();
        for (line, (cells, from, to)) in (2_u32..).zip(&rows) {
            let (from, to) = (show(*from), show(*to));
            builder.row(line * 3, &[cells[0], &to, cells[1], &from, cells[2]]).unwrap();
        }
        let table = builder.finish();
        for (keys, day) in &asked {
            let expected = naive(&rows, keys, *day);
            prop_assert_eq!(table.has(keys, on(*day)), expected.is_some());
            for column in 0..3 {
                let cell = expected.map(|(cells, ..)| cells[column]);
                prop_assert_eq!(table.get(keys, column, on(*day)), cell);
            }
        }
        for row in 0..u32::try_from(rows.len()).unwrap() {
            prop_assert_eq!(table.lines.of(row), (row + 2) * 3);
        }
    }
}
