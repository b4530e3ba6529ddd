//! Invented people. The names are put together from syllables so that they belong to nobody and can be searched for in
//! logs without finding ordinary words.

use claimflow_core::{Address, Name, Person, Text};
use jiff::ToSpan;
use jiff::civil::Date;

use crate::random::Random;

const FIRST_SYLLABLES: &[&str] = &[
    "QUILL", "VANDER", "OSTER", "BRAMBLE", "THISTLE", "MARROW", "PELLIN", "DRAVEN", "KESTER", "LUNDRI",
    "HOLLIN", "ZABRIS",
];
const LAST_SYLLABLES: &[&str] =
    &["SLOOT", "MERE", "WICKE", "HOLT", "QVIST", "BORNE", "FENN", "GARDE", "STRAND", "OVICH"];
const FEMALE: &[&str] = &[
    "ALMARIE", "BRISENDA", "CORALYN", "DELPHIE", "ELOWYNE", "FENELLA", "GISELKA", "HESTRIA", "ISOLDINE",
    "JORUNNA",
];
const MALE: &[&str] = &[
    "ALDRICUS",
    "BARNABUS",
    "CASPIEN",
    "DORIANT",
    "EVANDERO",
    "FLORIMOND",
    "GIDEONN",
    "HARALDUR",
    "IVORAN",
    "JASPERIN",
];
const STREETS: &[&str] =
    &["ALDER LANE", "BIRCH ROAD", "CEDAR COURT", "DOGWOOD DRIVE", "ELM STREET", "FIR AVENUE"];
const TOWNS: &[(&str, &str)] =
    &[("SPRINGFIELD", "627041234"), ("RIVERTON", "625611102"), ("LAKEVIEW", "627072203")];

/// The surname of the household with this number.
pub(crate) fn surname(number: u64) -> Text {
    let first = FIRST_SYLLABLES.get((number % FIRST_SYLLABLES.len() as u64) as usize).unwrap_or(&"QUILL");
    let last = LAST_SYLLABLES
        .get((number / FIRST_SYLLABLES.len() as u64 % LAST_SYLLABLES.len() as u64) as usize)
        .unwrap_or(&"SLOOT");
    Text::from(format!("{first}{last}"))
}

/// A person of an age between the two, on a day of the reference year. No member id.
pub(crate) fn person(surname: &Text, ages: (i64, i64), on: Date, random: &mut Random) -> Person {
    let female = random.percent(55);
    let first = random.pick(if female { FEMALE } else { MALE }).copied().unwrap_or("JORUNNA");
    let days = random.between(ages.0 * 366, ages.1 * 365 + 180);
    Person {
        name: Name { last: surname.clone(), first: Text::const_new(first), ..Name::default() },
        birth_date: Some(on.saturating_sub(days.days())),
        sex: Text::const_new(if female { "F" } else { "M" }),
        ..Person::default()
    }
}

/// An address in an invented street.
pub(crate) fn address(random: &mut Random) -> Address {
    let street = random.pick(STREETS).copied().unwrap_or("ELM STREET");
    let (city, postal_code) = random.pick(TOWNS).copied().unwrap_or(("SPRINGFIELD", "627041234"));
    Address {
        line1: Text::from(format!("{} {street}", random.between(100, 980))),
        city: Text::const_new(city),
        state: Text::const_new("IL"),
        postal_code: Text::const_new(postal_code),
        ..Address::default()
    }
}

/// Texts that identify the person and must not show up where no person should: last name, member id, and the birth date
/// in both forms in which it is written.
pub fn identifying_texts(person: &Person) -> Vec<String> {
    let mut texts = vec![person.name.last.to_string(), person.member_id.to_string()];
    if let Some(date) = person.birth_date {
        texts.push(date.to_string());
        texts.push(date.strftime("%Y%m%d").to_string());
    }
    texts.retain(|text| !text.is_empty());
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_core::days_between;
    use jiff::civil::date;

    #[test]
    fn ages_are_kept() {
        let mut random = Random::new(3);
        let today = date(2026, 9, 1);
        for _ in 0..500 {
            let birth = person(&surname(4), (6, 12), today, &mut random).birth_date.unwrap();
            assert!((6 * 365..13 * 366).contains(&days_between(birth, today)), "{birth}");
        }
    }

    #[test]
    fn identifying_texts_are_all_there() {
        let mut person = person(&surname(0), (30, 40), date(2026, 9, 1), &mut Random::new(3));
        person.member_id = "W000000001".into();
        person.birth_date = Some(date(1990, 2, 3));
        assert_eq!(identifying_texts(&person), ["QUILLSLOOT", "W000000001", "1990-02-03", "19900203"]);
    }
}
