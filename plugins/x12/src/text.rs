//! From the bytes of an element to the words' types.

use claimflow_core::{Money, Quantity, Text};
use jiff::civil::Date;

/// The element as text. Bytes that are not UTF-8 are read as Latin-1, as older systems write names.
pub(crate) fn text(bytes: &[u8]) -> Text {
    if bytes.is_empty() {
        return Text::const_new("");
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Text::from(text),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// A date written as `CCYYMMDD`.
pub(crate) fn date(bytes: &[u8]) -> Option<Date> {
    if bytes.len() != 8 {
        return None;
    }
    let (year, rest) = bytes.split_at(4);
    let (month, day) = rest.split_at(2);
    let part = |digits: &[u8]| number(digits).and_then(|value| i16::try_from(value).ok());
    Date::new(part(year)?, i8::try_from(part(month)?).ok()?, i8::try_from(part(day)?).ok()?).ok()
}

/// A range written as `CCYYMMDD-CCYYMMDD`.
pub(crate) fn date_range(bytes: &[u8]) -> Option<(Date, Date)> {
    let (from, to) = bytes.split_at_checked(8)?;
    let to = to.strip_prefix(b"-")?;
    Some((date(from)?, date(to)?))
}

/// An amount of money.
pub(crate) fn money(bytes: &[u8]) -> Option<Money> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// A quantity.
pub(crate) fn quantity(bytes: &[u8]) -> Option<Quantity> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// A whole number without sign.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 18 {
        return None;
    }
    bytes
        .iter()
        .try_fold(0_u64, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0')))
}

/// How the text of an element is shown in a message: at most forty characters.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let whole = String::from_utf8_lossy(bytes);
    if whole.chars().count() <= 40 {
        whole.into_owned()
    } else {
        whole.chars().take(39).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;

    #[test]
    fn dates() {
        assert_eq!(date(b"20260302"), Some(day(2026, 3, 2)));
        for bad in [&b"20261301"[..], b"20260229", b"260302", b"2026-3-2", b"", b"2026030a", b"00000000"] {
            assert_eq!(date(bad), None, "{}", shown(bad));
        }
        assert_eq!(date_range(b"20260301-20260302"), Some((day(2026, 3, 1), day(2026, 3, 2))));
        assert_eq!(date_range(b"20260301 20260302"), None);
        assert_eq!(date_range(b"20260301"), None);
    }

    #[test]
    fn latin_1_is_kept() {
        assert_eq!(text(b"MU\xd1OZ"), "MUÑOZ");
        assert_eq!(text("MUÑOZ".as_bytes()), "MUÑOZ");
    }

    #[test]
    fn long_texts_are_cut_in_messages() {
        assert_eq!(shown(&[b'x'; 100]).chars().count(), 40);
        assert_eq!(number(b"0042"), Some(42));
        assert_eq!(number(b"99999999999999999999"), None);
        assert_eq!(number(b"-1"), None);
    }
}
