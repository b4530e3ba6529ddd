//! Made-up numbers, NPIs and birth dates: the same one for the same real one, and never a real one.

use claimflow_core::{Claim, Facts, Npi, Provider, RuleInput, Text};
use jiff::ToSpan;
use jiff::civil::Date;

/// How closely what is made up follows what is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    /// Days by which every date moves.
    pub(super) days: i64,
    /// True when made-up numbers keep the length and the kinds of characters of the real ones.
    pub(super) alike: bool,
    /// True when NPIs stay as they are.
    pub(super) own_npis: bool,
}

/// Ages from here on are one age: few people have them.
const OLDEST: i16 = 90;

/// A code as it stands; a text that cannot be one, since somebody may have written a name there, with other characters.
pub(super) fn code(text: impl AsRef<str>, longest: usize) -> Text {
    let text = text.as_ref();
    let is_short = text.len() <= longest && text.chars().all(|own| own.is_ascii_alphanumeric() || own == '.');
    let is_code =
        text.is_empty() || is_short && (text.len() <= 3 || text.chars().any(|own| own.is_ascii_digit()));
    if is_code { Text::from(text) } else { alike(text, 0) }
}

/// A text of the same length and kinds of characters that begins with the same one; its digits tell `number`.
fn alike(text: &str, number: usize) -> Text {
    let mut rest = number;
    let mut made: Vec<char> = text
        .chars()
        .rev()
        .map(|own| match own {
            '0'..='9' => {
                let digit = u32::try_from(rest % 10).ok().and_then(|digit| char::from_digit(digit, 10));
                rest /= 10;
                digit.unwrap_or('0')
            }
            own if own.is_lowercase() => 'x',
            own if own.is_alphabetic() => 'X',
            own => own,
        })
        .collect();
    if let (Some(first), Some(own)) = (text.chars().next(), made.last_mut())
        && first.is_ascii_alphabetic()
    {
        *own = first;
    }
    made.into_iter().rev().collect()
}

/// What stands for what.
#[derive(Debug)]
pub(super) struct MadeUp {
    manner: Manner,
    numbers: Vec<(Text, Text)>,
    npis: Vec<(Npi, Npi)>,
    /// NPIs that the claim and its facts carry: none of them may be made up.
    real_npis: Vec<Npi>,
}

impl MadeUp {
    pub(super) fn new(claim: &Claim, facts: &Facts, manner: Manner) -> Self {
        let of_lines =
            claim.lines.iter().flat_map(|line| [&line.rendering_provider, &line.supervising_provider]);
        let providers = [&claim.rendering_provider, &claim.referring_provider, &claim.supervising_provider];
        let providers = providers.into_iter().chain(of_lines).flatten();
        let npis = providers.chain([&claim.billing_provider]).map(|own: &Provider| own.npi.clone());
        let visits = facts.visits.iter().map(|row| row.clinician_npi.clone());
        let real_npis = npis.chain(visits).collect();
        Self { manner, numbers: Vec::new(), npis: Vec::new(), real_npis }
    }

    /// Instead of an id of which a claim has one.
    pub(super) fn like(&self, real: impl AsRef<str>, made_up: &str) -> Text {
        let real = real.as_ref();
        if real.is_empty() {
            Text::default()
        } else if self.manner.alike {
            alike(real, 1)
        } else {
            made_up.into()
        }
    }

    /// Instead of a number of which there may be several: `AUTH1`, `AUTH2`.
    pub(super) fn number(&mut self, real: &Text, prefix: &str) -> Text {
        if real.is_empty() {
            return Text::default();
        }
        if let Some((_, made)) = self.numbers.iter().find(|(own, _)| own == real) {
            return made.clone();
        }
        let mut next = self.numbers.iter().filter(|(_, made)| made.starts_with(prefix)).count() + 1;
        let make = |next: usize| {
            if self.manner.alike { alike(real, next) } else { Text::from(format!("{prefix}{next}")) }
        };
        let taken = |made: &Text| self.numbers.iter().any(|(real, own)| real == made || own == made);
        let mut made = make(next);
        while taken(&made) && next < 100 {
            next += 1;
            made = make(next);
        }
        self.numbers.push((real.clone(), made.clone()));
        made
    }

    /// Instead of an NPI: one whose check digit holds when that of the real one does. `usual` is taken when it is free.
    pub(super) fn npi(&mut self, real: &Npi, usual: Option<&Npi>) -> Npi {
        if real.is_empty() || self.manner.own_npis {
            return real.clone();
        }
        if let Some((_, made)) = self.npis.iter().find(|(own, _)| own == real) {
            return made.clone();
        }
        let made = if real.check_digit_holds() {
            let free =
                |npi: &Npi| !self.real_npis.contains(npi) && !self.npis.iter().any(|(_, own)| own == npi);
            usual.cloned().into_iter().chain(sequence()).find(free).unwrap_or_default()
        } else {
            Npi::as_received(unsound(real))
        };
        self.npis.push((real.clone(), made.clone()));
        made
    }
}

/// NPIs whose check digit holds.
fn sequence() -> impl Iterator<Item = Npi> {
    (1..1000).filter_map(|next| Npi::with_check_digit(&format!("190000{next:03}")))
}

/// Something as long that is no NPI either.
fn unsound(real: &Npi) -> Text {
    let made = alike(real.as_str(), 1);
    let holds = Npi::as_received(made.clone()).check_digit_holds();
    if holds { alike(real.as_str(), 2) } else { made }
}

/// Birth dates of the same age on every day of service.
#[derive(Debug)]
pub(super) struct Birthdays {
    /// Days of service, and where the case moves them.
    days: Vec<(Date, Date)>,
}

impl Birthdays {
    pub(super) fn new(input: &RuleInput<'_>, manner: Manner) -> Self {
        let mut dates: Vec<Date> = input.claim.lines.iter().filter_map(|line| line.service_date).collect();
        if dates.is_empty() {
            dates.push(input.as_of);
        }
        dates.sort_unstable();
        dates.dedup();
        let days = dates.into_iter().map(|date| (date, date.saturating_add(manner.days.days()))).collect();
        Self { days }
    }

    /// Another birth date; `usual` where it gives the same age.
    pub(super) fn other(&self, real: Date, usual: Option<Date>) -> Date {
        let Some((first, moved)) = self.days.first() else { return real };
        let years = age(real, *first).min(OLDEST);
        let birthday = moved.saturating_sub(i32::from(years).years());
        let apart = |other: Date| (other.month(), other.day()) != (real.month(), real.day());
        let as_old_on = |other: Date, (date, moved): &(Date, Date)| {
            age(real, *date).min(OLDEST) == age(other, *moved).min(OLDEST)
        };
        let as_old = |other: Date| self.days.iter().all(|day| as_old_on(other, day));
        // A birth date in the middle of the year of life tells nothing of the real one.
        let near = (120..365).chain(0..120).map(|days: i32| birthday.saturating_sub(days.days()));
        let candidates = usual.into_iter().chain(near);
        // Where services lie a year apart, the real day may be the only one that gives all ages: it is told to nobody.
        let same = candidates.clone().find(|other| apart(*other) && as_old(*other));
        let first = self.days.first();
        let at_first = |other: &Date| apart(*other) && first.is_some_and(|day| as_old_on(*other, day));
        same.or_else(|| candidates.clone().find(at_first)).unwrap_or(birthday)
    }
}

/// Full years; below zero before the birth.
fn age(birth: Date, on: Date) -> i16 {
    let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
    on.year() - birth.year() - i16::from(!had_birthday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    const PLAIN: Manner = Manner { days: 0, alike: false, own_npis: false };

    fn made_up(manner: Manner) -> MadeUp {
        MadeUp::new(&Claim::default(), &Facts::default(), manner)
    }

    #[test]
    fn codes_stay_and_words_do_not() {
        for own in ["90837", "F33.1", "HO", "11", "1", "", "101YM0800X"] {
            assert_eq!(code(own, 10), own);
        }
        assert_eq!(code("QUILLSLOOT", 10), "QXXXXXXXXX");
        assert_eq!(code("W000000001", 8), "W000000000");
    }

    #[test]
    fn the_same_number_is_made_up_once() {
        let mut own = made_up(PLAIN);
        let made = ["7781", "9-A", "7781"].map(|real| own.number(&real.into(), "AUTH"));
        assert_eq!(made, ["AUTH1", "AUTH2", "AUTH1"]);
        let mut own = made_up(Manner { alike: true, ..PLAIN });
        assert_eq!(["7781", "7782"].map(|real| own.number(&real.into(), "AUTH")), ["0001", "0002"]);
        assert_eq!(own.like("W4711-x", "SAMPLE0001"), "W0001-x");
        assert_eq!(own.like("", "SAMPLE0001"), "");
    }

    #[test]
    fn npis_are_sound_when_the_real_ones_are() {
        let mut own = made_up(PLAIN);
        let real = Npi::with_check_digit("155555555").unwrap();
        let usual = Npi::as_received("1234567893");
        assert_eq!(own.npi(&real, Some(&usual)), usual);
        assert_eq!(own.npi(&real, None), usual);
        let other = own.npi(&Npi::with_check_digit("166666666").unwrap(), Some(&usual));
        assert!(other.check_digit_holds() && other != usual);
        assert!(!own.npi(&Npi::as_received("1666666660"), None).check_digit_holds());
        assert_eq!(own.npi(&Npi::as_received("12-3"), None).as_str(), "00-1");
    }

    #[test]
    fn the_real_day_is_not_told_where_it_alone_gives_all_ages() {
        let (birth, first, second) = (date(1949, 4, 21), date(2025, 4, 21), date(2026, 4, 20));
        let days = Birthdays { days: vec![(first, first), (second, second)] };
        let other = days.other(birth, None);
        assert_ne!((birth.month(), birth.day()), (other.month(), other.day()));
        assert_eq!(age(birth, first), age(other, first));
    }

    proptest! {
        #[test]
        fn another_birth_date_has_the_same_age(
            born in 0..40_000_i32, served in 0..1_500_i32, later in 0..400_i32, weeks in -8..=8_i64,
        ) {
            let birth = date(1915, 1, 1).saturating_add(born.days());
            let first = date(2024, 1, 1).saturating_add(served.days());
            let second = first.saturating_add(later.days());
            prop_assume!(birth <= first);
            let moved = |own: Date| own.saturating_add((weeks * 7).days());
            let days = Birthdays { days: vec![(first, moved(first)), (second, moved(second))] };
            let other = days.other(birth, Some(date(1990, 1, 31)));
            let capped = |birth, on| age(birth, on).min(OLDEST);
            prop_assert_eq!(capped(birth, first), capped(other, moved(first)));
            // Where the birthday lies between the services, it may be that no other day does.
            if later < 300 && capped(birth, first) == capped(birth, second) {
                prop_assert_eq!(capped(birth, second), capped(other, moved(second)));
            }
            prop_assert_ne!((birth.month(), birth.day()), (other.month(), other.day()));
        }
    }
}
