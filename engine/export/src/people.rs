//! Who patients are, and how an export keeps it to itself: a stand-in for the member, and reasons without the names of the
//! claim's own people.

use std::borrow::Cow;

use claimflow_core::{Claim, Person};

/// What stands in the place of what tells who somebody is.
const HIDDEN: &str = "\u{2022}\u{2022}\u{2022}\u{2022}";

/// Makes stand-ins for members: the same for the same member and payer under one key, and nothing that leads back
/// without it.
#[derive(Clone)]
pub struct StandIns {
    key: [u8; 32],
}

impl StandIns {
    /// Under a secret that is random (32 bytes and more) and kept where the claims are.
    pub fn new(secret: &[u8]) -> Self {
        Self { key: blake3::derive_key("claimflow export: stand-ins for members", secret) }
    }

    /// 16 hexadecimal digits; `None` when the claim has no member id.
    pub fn of(&self, claim: &Claim) -> Option<String> {
        let member = claim.subscriber.person.member_id.trim();
        if member.is_empty() {
            return None;
        }
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(member.to_ascii_uppercase().as_bytes());
        hasher.update(&[0]);
        hasher.update(claim.payer.id.as_str().as_bytes());
        let text = hasher.finalize().to_hex();
        text.get(..16).map(str::to_owned)
    }
}

/// What tells who the people of a claim are, in lower case.
#[derive(Debug, Default)]
pub(crate) struct Names {
    all: Vec<String>,
}

impl Names {
    /// Adds the people of a claim.
    pub(crate) fn add(&mut self, claim: &Claim) {
        self.person(&claim.subscriber.person);
        if let Some(patient) = &claim.patient {
            self.person(&patient.person);
        }
        self.text(&claim.medical_record_number);
    }

    fn person(&mut self, person: &Person) {
        let name = &person.name;
        for text in [&name.last, &name.first, &name.middle, &person.member_id] {
            self.text(text);
        }
        if let Some(address) = &person.address {
            self.text(&address.line1);
            self.text(&address.line2);
        }
        if let Some(born) = person.birth_date {
            for form in ["%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%-m/%-d/%Y", "%m/%d/%y", "%B %-d, %Y"] {
                self.text(&born.strftime(form).to_string());
            }
        }
    }

    fn text(&mut self, text: &str) {
        // One letter, as a middle initial, is a word of every sentence.
        let names = text.len() > 1 && !text.contains('\u{2022}');
        if names && !self.all.iter().any(|own| own.eq_ignore_ascii_case(text)) {
            self.all.push(text.to_ascii_lowercase());
        }
    }

    /// A text without them.
    pub(crate) fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut hidden = Cow::Borrowed(text);
        for name in self.all.iter().filter(|name| name.len() <= text.len()) {
            while let Some(at) = find_word(&hidden, name) {
                hidden.to_mut().replace_range(at..at + name.len(), HIDDEN);
            }
        }
        hidden
    }
}

/// Where a name (in lower case) stands in a text as a word of its own.
fn find_word(text: &str, name: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let free = |side: Option<char>| side.is_none_or(|c| !c.is_alphanumeric());
    lower.match_indices(name).map(|(at, _)| at).find(|at| {
        let (before, after) = (lower.get(..*at), lower.get(*at + name.len()..));
        free(before.and_then(|text| text.chars().next_back()))
            && free(after.and_then(|text| text.chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_core::{Name, PayerId, Subscriber};
    use jiff::civil::date;

    fn claim(member: &str, payer: &str) -> Claim {
        let person = Person {
            name: Name { last: "QUILLSLOOT".into(), first: "ANN".into(), ..Name::default() },
            member_id: member.into(),
            birth_date: Some(date(1990, 2, 3)),
            ..Person::default()
        };
        let payer = claimflow_core::Payer { id: PayerId::as_received(payer), ..Default::default() };
        Claim { subscriber: Subscriber { person, ..Subscriber::default() }, payer, ..Claim::default() }
    }

    #[test]
    fn a_stand_in_tells_members_apart_and_nothing_else() {
        let own = StandIns::new(&[7; 32]);
        let of = |member: &str, payer: &str| own.of(&claim(member, payer)).unwrap();
        assert_eq!(of("W1", "A"), of(" w1 ", "A"));
        assert_ne!(of("W1", "A"), of("W1", "B"));
        assert_ne!(of("W1", "A"), of("W2", "A"));
        assert_ne!(Some(of("W1", "A")), StandIns::new(&[8; 32]).of(&claim("W1", "A")), "another practice");
        assert_eq!(of("W1", "A").len(), 16);
        assert_eq!(own.of(&claim("", "A")), None);
    }

    #[test]
    fn a_reason_names_none_of_the_claims_people() {
        let mut names = Names::default();
        names.add(&claim("W1234", "A"));
        let hide = |text| names.hide(text).into_owned();
        assert_eq!(hide("Ann Quillsloot called, w1234, born 2/3/1990"), "•••• •••• called, ••••, born ••••");
        assert_eq!(hide("planned: Annex W12345, ANN."), "planned: Annex W12345, ••••.");
        assert_eq!(hide("é Quillsloot é"), "é •••• é");
    }
}
