//! When something falls due, as authors write it: `2 business_days`, `30 days`.

use claimflow_core::DueIn;

/// What authors may write, for messages.
pub(crate) const TAKES: &str = "a number of days, as `2 business_days` or `30 days`";

/// Reads `N days` or `N business_days`; the singular is understood too.
pub(crate) fn parse(text: &str) -> Option<DueIn> {
    let (number, unit) = text.trim().split_once(char::is_whitespace)?;
    let number = number.parse().ok()?;
    match unit.trim() {
        "days" | "day" => Some(DueIn::Days(number)),
        "business_days" | "business_day" => Some(DueIn::BusinessDays(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authors_write() {
        assert_eq!(parse("2 business_days"), Some(DueIn::BusinessDays(2)));
        assert_eq!(parse(" 1  day "), Some(DueIn::Days(1)));
        for bad in ["", "2", "days", "2d", "-1 days", "2 weeks", "70000 days", "2 business days"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
