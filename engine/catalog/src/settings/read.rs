//! Reads `claimflow.yaml`.

use claimflow_core::{Diagnostic, Text};

use super::{
    KeySource, NpiCheck, OwnerInfo, PracticeSettings, Receiver, RequiredFact, Retention, Submitter, Usage,
};
use crate::yaml::{self, At, Map, Node, Reader, Value};

pub(crate) const SUBMITTER: &[&str] = &["name", "id", "contact", "phone"];
pub(crate) const RECEIVER: &[&str] = &["name", "id"];
pub(crate) const DISK: &[&str] = &["keep-free"];
/// A key that earlier versions wrote and that does nothing.
const RETENTION_DAYS: &str = "retention-days";
pub(crate) const KEYS: &[&str] = &[
    "practice",
    "submitter",
    "receiver",
    "usage",
    "owners",
    "holidays",
    "time-zone",
    "calendars",
    "calendar",
    "workflow",
    "incidents",
    "waiting-payment",
    "require",
    "npi-check",
    "listen",
    "retention",
    RETENTION_DAYS,
    "disk",
    "encryption",
    "plugins",
];
pub(crate) const ENCRYPTION: &[&str] = &["key-file", "key-command"];

/// Reads settings. `Err` holds every fault of the text; an empty text gives the defaults.
pub fn read_settings(path: &str, text: &str) -> Result<PracticeSettings, Vec<Diagnostic>> {
    let (root, faults) = yaml::parse(path, text);
    let mut reader = Reader::new(path, faults);
    let mut settings = PracticeSettings::default();
    if let Some(root) = root.filter(|root| !root.is_null())
        && let Some(map) = reader.map(&root, "the settings", KEYS)
    {
        names(&mut reader, &map, &mut settings);
        owners(&mut reader, &map, &mut settings);
        incidents(&mut reader, &map, &mut settings);
        waiting_payment(&mut reader, &map, &mut settings);
        retention(&mut reader, &map, &mut settings);
        checks(&mut reader, &map, &mut settings);
        settings.encryption = encryption(&mut reader, &map);
        settings.plugins = super::plugins::read(&mut reader, &map);
    }
    if reader.has_errors() {
        return Err(reader.into_faults());
    }
    settings.notes = reader.into_faults();
    Ok(settings)
}

/// Who looks after incidents: one of the owners.
fn incidents(reader: &mut Reader<'_>, map: &Map<'_>, settings: &mut PracticeSettings) {
    let Some(node) = map.get("incidents") else { return };
    let Some(word) = reader.text(node, "`incidents`") else { return };
    if settings.owners.iter().any(|info| info.owner == word) {
        settings.incidents = word.into();
        return;
    }
    let owners: Vec<&str> = settings.owners.iter().map(|info| info.owner.as_str()).collect();
    let help = claimflow_core::nearest(word, owners.iter().copied()).map_or_else(
        || format!("there are: {}", owners.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    reader.fault("S001", node.at, format!("`{word}` is no owner of this practice"), help);
}

/// How long a payment may wait for its claim before it is somebody's work: days, as `14d`.
fn waiting_payment(reader: &mut Reader<'_>, map: &Map<'_>, settings: &mut PracticeSettings) {
    let Some(node) = map.get("waiting-payment") else { return };
    let Some(text) = reader.text(node, "`waiting-payment`") else { return };
    match text.strip_suffix('d').and_then(|days| days.trim().parse().ok()) {
        Some(days) => settings.waiting_payment_days = days,
        None => {
            let help = "write a number of days, as `14d`";
            reader.fault("S001", node.at, format!("`{text}` is no number of days"), help);
        }
    }
}

/// How long claims are kept that are over.
fn retention(reader: &mut Reader<'_>, map: &Map<'_>, settings: &mut PracticeSettings) {
    if let Some(node) = map.get("retention") {
        let read: Option<Retention> = reader.parse(node, "`retention`", "a time, as `7y`, `84m` or `2557d`");
        match read.filter(|time| time.is_short()) {
            None => settings.retention = read,
            // What goes is gone for good: `7d` where `7y` was meant would leave nothing.
            Some(short) => {
                let message = format!("`{short}` is less than a year, and what goes is gone for good");
                reader.fault("S007", node.at, message, "write a year or more, as `7y`, `84m` or `2557d`");
            }
        }
    }
    // Earlier versions wrote it into every practice, where it dropped nothing: it must not begin to by itself.
    if let Some(entry) = map.entry(RETENTION_DAYS) {
        let help = "remove it; `retention: 7y` lets go of claims that have been over for seven years, and without \
                    `retention` everything is kept";
        reader.advice("S006", entry.at, "`retention-days` does nothing, and never did", help);
    }
}

fn set_text(reader: &mut Reader<'_>, map: &Map<'_>, key: &str, target: &mut Text) {
    if let Some(text) = map.get(key).and_then(|node| reader.text(node, &format!("`{key}`"))) {
        *target = text.into();
    }
}

fn names(reader: &mut Reader<'_>, map: &Map<'_>, settings: &mut PracticeSettings) {
    set_text(reader, map, "practice", &mut settings.practice);
    set_text(reader, map, "workflow", &mut settings.workflow);
    if let Some(part) = map.get("submitter").and_then(|node| reader.map(node, "the submitter", SUBMITTER)) {
        settings.submitter = submitter(reader, &part);
    }
    if let Some(part) = map.get("receiver").and_then(|node| reader.map(node, "the receiver", RECEIVER)) {
        let mut receiver = Receiver::default();
        set_text(reader, &part, "name", &mut receiver.name);
        identifier(reader, &part, &mut receiver.id);
        settings.receiver = receiver;
    }
    if let Some(node) = map.get("listen")
        && let Some(address) = reader.parse(node, "`listen`", "an address and a port, as `127.0.0.1:8640`")
    {
        settings.listen = address;
    }
    if let Some(part) = map.get("disk").and_then(|node| reader.map(node, "`disk`", DISK))
        && let Some(node) = part.get("keep-free")
        && let Some(Size(bytes)) = reader.parse(node, "`keep-free`", "a size, as `500MB` or `2GB`")
    {
        settings.keep_free = bytes;
    }
}

/// A size as people write it: a whole number of `MB` or `GB`, or 0.
struct Size(u64);

impl std::str::FromStr for Size {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let units = [("MB", 1_000_000), ("GB", 1_000_000_000)];
        let (number, unit) = units
            .into_iter()
            .find_map(|(name, bytes)| Some((text.strip_suffix(name)?, bytes)))
            .or((text == "0").then_some((text, 1)))
            .ok_or(())?;
        let number: u64 = number.trim_end().parse().map_err(|_| ())?;
        number.checked_mul(unit).map(Size).ok_or(())
    }
}

fn encryption(reader: &mut Reader<'_>, map: &Map<'_>) -> Option<KeySource> {
    let node = map.get("encryption").filter(|node| !node.is_null())?;
    let part = reader.map(node, "`encryption`", ENCRYPTION)?;
    let file = part.get("key-file").and_then(|node| reader.text(node, "`key-file`"));
    let command = part.get("key-command").map(|node| reader.list(node, "`key-command`"));
    match (file, command) {
        (Some(_), Some(_)) => {
            let message = "`encryption` says twice where the key is";
            reader.fault("Y003", node.at, message, "leave `key-file` or `key-command`, and remove the other");
            None
        }
        (Some(""), None) | (None, Some([])) => {
            reader.fault(
                "Y003",
                node.at,
                "`encryption` does not say where the key is",
                "name a file or a program",
            );
            None
        }
        (Some(file), None) => Some(KeySource::File(file.into())),
        (None, Some(parts)) => {
            let words = parts.iter().filter_map(|part| reader.text(part, "a part of `key-command`"));
            Some(KeySource::Command(words.map(Text::from).collect()))
        }
        (None, None) => None,
    }
}

fn submitter(reader: &mut Reader<'_>, map: &Map<'_>) -> Submitter {
    let mut submitter = Submitter::default();
    set_text(reader, map, "name", &mut submitter.name);
    set_text(reader, map, "contact", &mut submitter.contact);
    identifier(reader, map, &mut submitter.id);
    let mut phone = Text::default();
    set_text(reader, map, "phone", &mut phone);
    let digits: Text = phone.chars().filter(char::is_ascii_digit).collect();
    let other = phone.chars().any(|c| !c.is_ascii_digit() && !matches!(c, ' ' | '-' | '(' | ')' | '.' | '+'));
    if let Some(node) = map.get("phone")
        && (other || !(phone.is_empty() || (10..=15).contains(&digits.len())))
    {
        reader.fault("S001", node.at, format!("`{phone}` is not a telephone number"), "write ten digits");
    }
    submitter.phone = digits;
    submitter
}

/// An id that goes into ISA06 or ISA08: fifteen characters at most, none of them a separator.
fn identifier(reader: &mut Reader<'_>, map: &Map<'_>, target: &mut Text) {
    set_text(reader, map, "id", target);
    let fits =
        target.len() <= 15 && target.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'-');
    if let (Some(node), false) = (map.get("id"), fits) {
        let help = "write at most 15 letters and digits, as the receiver gave them";
        reader.fault("S002", node.at, format!("`{target}` does not fit into an X12 header"), help);
    }
}

fn owners(reader: &mut Reader<'_>, map: &Map<'_>, settings: &mut PracticeSettings) {
    let Some(node) = map.get("owners") else { return };
    match &node.value {
        Value::List(items) => {
            for item in items {
                if let Some(word) = reader.text(item, "an owner") {
                    owner(reader, item.at, word, None, settings);
                }
            }
        }
        _ => {
            let Some(map) = reader.free_map(node, "`owners`") else { return };
            for entry in map.entries() {
                let label = Some(&entry.value)
                    .filter(|node| !node.is_null())
                    .and_then(|node| reader.text(node, "the name of an owner"));
                owner(reader, entry.at, &entry.key, label, settings);
            }
        }
    }
}

fn owner(reader: &mut Reader<'_>, at: At, word: &str, label: Option<&str>, settings: &mut PracticeSettings) {
    let is_word = word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && word.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if !is_word {
        let mend = word.trim().to_lowercase().replace([' ', '-'], "_");
        let help = format!("write one word in small letters, as `{mend}`, and the name after a colon");
        reader.fault("S003", at, format!("`{word}` is not a word that rules can use"), help);
        return;
    }
    let label = Text::from(label.unwrap_or(word));
    match settings.owners.iter_mut().find(|info| info.owner == word) {
        Some(info) => info.label = label,
        None => settings.owners.push(OwnerInfo { owner: word.into(), label }),
    }
}

fn checks(reader: &mut Reader<'_>, map: &Map<'_>, settings: &mut PracticeSettings) {
    if let Some(word) = map.get("usage").and_then(|node| reader.word(node, "a kind of file", &["T", "P"])) {
        settings.usage = if word == "P" { Usage::Production } else { Usage::Test };
    }
    settings.calendar = super::calendar::read(reader, map);
    for node in list(reader, map, "require") {
        let words = RequiredFact::ALL.map(RequiredFact::as_str);
        let word = reader.word(node, "a fact that can be required", &words);
        let fact = RequiredFact::ALL.into_iter().find(|fact| Some(fact.as_str()) == word);
        settings.require.extend(fact.filter(|fact| !settings.require.contains(fact)));
    }
    if let Some(node) = map.get("npi-check") {
        settings.npi_check = match reader.word(node, "a way to check NPIs", &["warn", "hold"]) {
            Some("hold") => NpiCheck::Hold,
            _ => NpiCheck::Warn,
        };
    }
}

fn list<'n>(reader: &mut Reader<'_>, map: &Map<'n>, key: &str) -> &'n [Node] {
    map.get(key).map_or(&[], |node| reader.list(node, &format!("`{key}`")))
}

#[cfg(test)]
mod tests {
    use super::super::{SETTINGS_PATH, TEMPLATE};
    use super::*;
    use proptest::prelude::*;

    fn messages(text: &str) -> String {
        let faults = read_settings(SETTINGS_PATH, text).expect_err("faults");
        crate::testing::report(&faults)
    }

    #[test]
    fn everything_is_kept_unless_a_time_of_a_year_or_more_is_written() {
        let kept = |text: &str| read_settings(SETTINGS_PATH, text).unwrap();
        assert_eq!(kept("retention: 7y\n").retention, Some(Retention::Years(7)));
        assert_eq!(kept("retention: null\n").retention, None);
        for text in
            ["retention: 7d\n", "retention: 364d\n", "retention: 11m\n", "retention: 0y\n", "retention: 7\n"]
        {
            assert_eq!(read_settings(SETTINGS_PATH, text).unwrap_err().len(), 1, "{text}");
        }
        // Written into every practice by earlier versions.
        let earlier = kept("retention-days: 2557\n");
        assert_eq!((earlier.retention, earlier.notes.len()), (None, 1));
        assert!(earlier.notes.iter().all(|note| note.severity == claimflow_core::Severity::Advice));
        let both = kept("retention-days: 30\nretention: 84m\n");
        assert_eq!(both.retention, Some(Retention::Months(84)));
    }

    #[test]
    fn the_template_is_what_holds_by_default_and_names_every_key() {
        assert_eq!(read_settings(SETTINGS_PATH, TEMPLATE), Ok(PracticeSettings::default()));
        assert_eq!(read_settings(SETTINGS_PATH, ""), Ok(PracticeSettings::default()));
        for key in KEYS.iter().filter(|key| **key != RETENTION_DAYS) {
            assert!(TEMPLATE.contains(&format!("\n{key}:")), "{key}");
        }
    }

    #[test]
    fn settings_are_read() {
        let text = "practice: Riverside\nusage: P\nsubmitter: { name: R, id: R1, phone: (555) 010-0199 }\n\
                    owners:\n  front_desk: Reception\n  intake:\nholidays: [2026-07-03]\n\
                    require: [coverage, visit, coverage]\nnpi-check: hold\nlisten: \"[::1]:80\"\ndisk: { keep-free: 2 GB }\n";
        let settings = read_settings(SETTINGS_PATH, text).unwrap();
        assert_eq!(settings.submitter.phone, "5550100199");
        assert_eq!(settings.owner_label("front_desk"), "Reception");
        assert_eq!(settings.owner_label("intake"), "intake");
        assert_eq!(settings.owner_label("billing"), "Billing");
        assert_eq!(settings.require, [RequiredFact::Coverage, RequiredFact::Visit]);
        assert_eq!(settings.npi_check, NpiCheck::Hold);
        assert_eq!(settings.keep_free, 2_000_000_000);
        assert_eq!(settings.retention, None);
        assert_ne!(settings.decision_hash(), PracticeSettings::default().decision_hash());
    }

    #[test]
    fn the_key_comes_from_a_file_or_a_program() {
        let read = |text: &str| read_settings(SETTINGS_PATH, text).unwrap().encryption;
        assert_eq!(read("encryption:\n"), None);
        assert_eq!(read("encryption: { key-file: ../a.key }\n"), Some(KeySource::File("../a.key".into())));
        assert_eq!(
            read("encryption: { key-command: [pass, show, claimflow] }\n"),
            Some(KeySource::Command(vec!["pass".into(), "show".into(), "claimflow".into()]))
        );
        let told = messages("encryption: { key-file: a, key-command: [b] }\n");
        assert!(told.contains("`encryption` says twice where the key is"), "{told}");
        let told = messages("encryption: { key-command: [] }\n");
        assert!(told.contains("`encryption` does not say where the key is"), "{told}");
    }

    #[test]
    fn every_fault_is_told_with_its_mend() {
        insta::assert_snapshot!(messages(
            "practise: Riverside\nsubmitter: { nam: R, id: TOO-LONG-FOR-AN-ISA, phone: none }\nreceiver: R\nusage: X\n\
             owners: [Front Desk]\nholidays: [2026-02-30]\nrequire: [coverages, weather]\nnpi-check: maybe\n\
             listen: 8640\nretention-days: -1\nretention: seven years\ndisk: { keep-free: 500 }\n"
        ));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(practice|owners|require|submitter|usage|listen): ?[\\[\\]{}:, a-z\n]{0,40}") {
            let _read = read_settings(SETTINGS_PATH, &text);
        }
    }
}
