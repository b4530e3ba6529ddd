//! One line of each public file.

use std::borrow::Cow;

use jiff::civil::Date;

use super::{ImportKind, Line};
use crate::table::one_row;

/// The row of a line, as the table has it.
pub(super) fn row(kind: ImportKind, line: &str, effective: &str) -> Line {
    match kind {
        ImportKind::NcciPtp => pair(line),
        ImportKind::NcciMue => units(line, effective),
        ImportKind::PlaceOfService => place(line, effective),
        ImportKind::Icd10Cm => diagnosis(line, effective),
        ImportKind::Carc => listed(line, is_reason),
        ImportKind::Rarc => listed(line, is_remark),
    }
}

fn pair(line: &str) -> Line {
    let cells: Vec<&str> = line.split('\t').map(|cell| cell.trim().trim_matches('"')).collect();
    let [first, second, _, from, to, modifier, ..] = cells.as_slice() else { return Err("too few columns") };
    if !is_procedure(first) || !is_procedure(second) {
        return Err("a code that is none");
    }
    let from = day(from)?;
    let to = if matches!(*to, "" | "*") { String::new() } else { day(to)? };
    if !matches!(*modifier, "0" | "1" | "9") {
        return Err("a modifier indicator that is none");
    }
    Ok(format!("{first},{second},{modifier},{from},{to}"))
}

fn units(line: &str, effective: &str) -> Line {
    let cells = one_row(line);
    let [code, units, adjudication, ..] = cells.as_slice() else { return Err("too few columns") };
    if !is_procedure(code) {
        return Err("a code that is none");
    }
    let units: u32 = units.parse().map_err(|_| "units that are no number")?;
    match adjudication.get(..1) {
        Some(kind @ ("1" | "2" | "3")) => Ok(format!("{code},{units},{kind},{effective}")),
        _ => Err("an adjudication indicator that is none"),
    }
}

fn place(line: &str, effective: &str) -> Line {
    let cells = one_row(line);
    let [code, name, ..] = cells.as_slice() else { return Err("too few columns") };
    if code.len() != 2 || !digits(code) {
        return Err("a code that is none");
    }
    Ok(format!("{code},{},{effective}", quoted(name)))
}

fn diagnosis(line: &str, effective: &str) -> Line {
    let part = |from: usize, to: usize| line.get(from..to.min(line.len())).map(str::trim);
    let (Some(number), Some(code), Some(flag), Some(name)) =
        (part(0, 5), part(6, 13), part(14, 15), part(16, 76))
    else {
        return Err("too short");
    };
    let shaped = (3..=7).contains(&code.len())
        && code.starts_with(|c: char| c.is_ascii_uppercase())
        && code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    if !digits(number) || !shaped {
        return Err("a code that is none");
    }
    let billable = match flag {
        "0" => "no",
        "1" => "yes",
        _ => return Err("a flag that is neither 0 nor 1"),
    };
    Ok(format!("{code},{billable},{},{effective}", quoted(name)))
}

/// A code first, and dates in whatever other column: the first is the start, the second the stop.
fn listed(line: &str, is_code: fn(&str) -> bool) -> Line {
    let cells = one_row(line);
    let Some(code) = cells.first().filter(|code| is_code(code)) else { return Err("a code that is none") };
    let mut dates = cells.iter().skip(1).filter_map(|cell| day(cell).ok());
    let (from, to) = (dates.next().unwrap_or_default(), dates.next().unwrap_or_default());
    Ok(format!("{code},{from},{to}"))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_procedure(text: &str) -> bool {
    text.len() == 5
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && text.bytes().filter(u8::is_ascii_digit).count() >= 4
}

fn is_reason(text: &str) -> bool {
    (1..=3).contains(&text.len()) && digits(text.trim_start_matches(['A', 'B', 'D', 'P', 'W', 'Y']))
}

fn is_remark(text: &str) -> bool {
    let number =
        text.strip_prefix("MA").or_else(|| text.strip_prefix('M')).or_else(|| text.strip_prefix('N'));
    number.is_some_and(|number| number.len() <= 3 && digits(number))
}

/// `20260131`, `2026-01-31` or `01/31/2026`.
fn day(text: &str) -> Result<String, &'static str> {
    let wrong = "a date that is none";
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<i16>().ok()).ok_or(wrong);
    let (year, month, day) = if text.len() == 8 && digits(text) {
        (number(text.get(..4))?, number(text.get(4..6))?, number(text.get(6..))?)
    } else if text.contains('/') {
        let mut parts = text.split('/');
        let (month, day) = (number(parts.next())?, number(parts.next())?);
        (number(parts.next())?, month, day)
    } else {
        let mut parts = text.splitn(3, '-');
        (number(parts.next())?, number(parts.next())?, number(parts.next())?)
    };
    let small = |number: i16| i8::try_from(number).map_err(|_| wrong);
    Date::new(year, small(month)?, small(day)?).map(|date| date.to_string()).map_err(|_| wrong)
}

fn quoted(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")).into() } else { text.into() }
}
