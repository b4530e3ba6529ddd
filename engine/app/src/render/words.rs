//! Numbers, money and dates as people read them.

use claimflow_core::{Moment, Money, Zone};
use jiff::civil::Date;

/// A count with its noun: `1 claim`, `3 claims`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(&number.to_string()), if number == 1 { one } else { many })
}

/// Money with separators: `12,345.60`.
pub fn money(amount: Money) -> String {
    thousands(&amount.to_string())
}

/// Groups the digits before the point by three.
pub fn thousands(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) =
        rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut text = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// A moment as the clock on the practice's wall shows it: `2026-03-02 09:30`.
pub fn local(at: Moment, zone: &Zone) -> String {
    zone.datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A moment in universal time, without its seconds: `2026-03-02 09:30`.
pub fn moment(at: Moment) -> String {
    let text = at.to_string();
    // INVARIANT: a moment is ISO 8601 in UTC; what is cut is found first, so another form is shown whole.
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) => format!("{date} {time}"),
        _ => text,
    }
}

/// A due date with what it means today: `2026-03-04, in 2 days`.
pub fn due(due: Option<Date>, today: Date) -> String {
    let Some(due) = due else { return "no date".to_owned() };
    match claimflow_core::days_between(today, due) {
        0 => format!("{due} today"),
        1 => format!("{due} tomorrow"),
        late if late < 0 => format!("{due} {} late", days(-late)),
        ahead => format!("{due} in {}", days(ahead)),
    }
}

fn days(number: i64) -> String {
    if number == 1 { "1 day".to_owned() } else { format!("{number} days") }
}

/// A state, category or owner as people read it: `front_desk` becomes `front desk`.
pub fn spoken(word: &str) -> String {
    word.replace(['_', '-'], " ")
}

/// How many columns a text takes on a terminal; every character counts as one.
pub fn width(text: &str) -> usize {
    text.chars().count()
}

/// Breaks a text at spaces into lines of at most `columns`; a longer word stays whole.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text wrapped and indented: the first line by `first`, the others by as many spaces.
pub fn hang(first: &str, text: &str, columns: usize) -> String {
    let indent = width(first);
    let mut out = String::new();
    for (place, line) in wrap(text, columns.saturating_sub(indent).max(20)).iter().enumerate() {
        if place == 0 {
            out.push_str(first);
        } else {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn numbers() {
        assert_eq!(thousands("1234567.50"), "1,234,567.50");
        assert_eq!(thousands("-123456"), "-123,456");
        assert_eq!(thousands("12"), "12");
        assert_eq!(count(1, "claim", "claims"), "1 claim");
        assert_eq!(count(1200, "claim", "claims"), "1,200 claims");
    }

    #[test]
    fn due_dates() {
        let today = date(2026, 3, 2);
        assert_eq!(due(Some(date(2026, 3, 2)), today), "2026-03-02 today");
        assert_eq!(due(Some(date(2026, 3, 1)), today), "2026-03-01 1 day late");
        assert_eq!(due(Some(date(2026, 3, 9)), today), "2026-03-09 in 7 days");
        assert_eq!(due(None, today), "no date");
    }

    #[test]
    fn text_hangs_under_its_first_line() {
        assert_eq!(hang("  - ", "one two three four five six", 24), "  - one two three four\n    five six\n");
    }
}
