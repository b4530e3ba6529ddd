//! The clauses that say when a rule is in force.

use jiff::civil::Date;

use super::Builder;
use crate::diagnostics::Code;

impl Builder<'_, '_> {
    /// The rule's dates within those of its pack.
    pub(super) fn dates(&mut self) -> (Option<Date>, Option<Date>) {
        let (effective, expires) = (self.date("effective"), self.date("expires"));
        if let (Some(from), Some(to)) = (effective, expires)
            && to < from
        {
            self.faults.add(
                Code::DatesUpsideDown,
                self.clauses.place("expires").unwrap_or(self.raw.place),
                format!("it expires on {to}, before it is effective on {from}"),
                "give the first day after `effective`, the last day after `expires`",
            );
        }
        let later = |a: Option<Date>, b: Option<Date>| a.max(b);
        let earlier = match (expires, self.pack.expires) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let from = later(effective, self.pack.effective);
        if let (Some(from), Some(to)) = (from, earlier)
            && to < from
            && effective.zip(expires).is_none_or(|(from, to)| from <= to)
        {
            let place = self.clauses.place("effective").filter(|_| effective == Some(from));
            self.faults.add(
                Code::NeverInForce,
                place.or(self.clauses.place("expires")).unwrap_or(self.raw.place),
                format!("no day is within the rule's dates and those of pack `{}`", self.pack.name),
                format!("the pack is in force {}", span(self.pack.effective, self.pack.expires)),
            );
        }
        (from, earlier)
    }

    fn date(&mut self, keyword: &str) -> Option<Date> {
        self.clauses.expr(keyword)?;
        let text = self.text(keyword);
        if text.is_empty() {
            return None;
        }
        let date = text.parse().ok();
        if date.is_none() {
            self.faults.add(
                Code::BadDate,
                self.clauses.place(keyword).unwrap_or(self.raw.place),
                format!("`{text}` is not a date"),
                match read_date(&text) {
                    Some(date) => format!("write {keyword} \"{date}\" (year, month, day)"),
                    None => format!("write {keyword} \"2026-01-31\""),
                },
            );
        }
        date
    }
}

/// `from 2026-01-01 to 2026-12-31`.
fn span(from: Option<Date>, to: Option<Date>) -> String {
    let from = from.map(|date| format!("from {date}"));
    let to = to.map(|date| format!("until {date}"));
    from.into_iter().chain(to).collect::<Vec<_>>().join(" ")
}

/// The date that somebody wrote as `1/31/2026`: the month first, unless there is no such month.
fn read_date(text: &str) -> Option<Date> {
    let mut parts = text.split(['/', '.', '-']).map(|part| part.trim().parse::<i16>().ok());
    let (a, b, year) = (parts.next()??, parts.next()??, parts.next()??);
    let year = if year < 100 { year + 2000 } else { year };
    let (month, day) = if a > 12 { (b, a) } else { (a, b) };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
