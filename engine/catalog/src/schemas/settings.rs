//! The schema of claimflow.yaml.

use serde_json::{Map, Value, json};

use super::parts::{any_keys, form, form_or_number, group, list, root, text, whole, word};
use crate::settings::{NpiCheck, RequiredFact};

pub(super) fn settings() -> Value {
    let facts = RequiredFact::ALL.map(RequiredFact::as_str);
    let checks = [NpiCheck::Warn, NpiCheck::Hold].map(NpiCheck::as_str);
    let schema = part(
        "Settings of the practice. Every key may be left out.",
        vec![
            ("practice", text("The practice's name, as reports show it.")),
            ("submitter", submitter()),
            ("receiver", receiver()),
            ("usage", word("`T` test files, which no payer pays; `P` production.", ["T", "P"])),
            ("owners", owners()),
            ("holidays", holidays()),
            ("time-zone", text("The practice's time zone, as `America/New_York`.")),
            ("calendars", any_keys("When the practice works, by the name of the calendar.", &calendar())),
            (
                "calendar",
                json!({ "type": ["string", "null"], "description": "The name of the calendar that counts." }),
            ),
            ("workflow", text("The workflow on which new claims start: a folder of workflows/.")),
            (
                "waiting-payment",
                form(
                    "After how long a payment that waits for its claim is work: days, as 14d.",
                    "^[0-9]+ ?d$",
                ),
            ),
            ("incidents", text("Who looks after incidents: claims that cannot go on by themselves.")),
            ("require", list("Facts that must be known before a claim goes out.", &json!({ "enum": facts }))),
            ("npi-check", word("What an NPI with a wrong check digit means.", checks)),
            ("listen", form("Where the API and the console listen, as `127.0.0.1:8640`.", ":\\d{1,5}$")),
            ("retention", retention()),
            ("retention-days", whole("Does nothing; `retention` says how long claims are kept.", 0)),
            ("disk", disk()),
            ("encryption", encryption()),
            ("plugins", any_keys("What plugins are set to, by the plugin's name.", &plugin_settings())),
        ],
    );
    root("claimflow settings", schema, Map::new())
}

/// A group of keys that may all be left out.
fn part(about: &str, keys: Vec<(&str, Value)>) -> Value {
    group(about, &[], keys)
}

fn id() -> Value {
    form_or_number("The id that the receiver gave: at most 15 letters and digits.", "^[A-Za-z0-9 -]{0,15}$")
}

fn submitter() -> Value {
    part(
        "Who sends the claim files (1000A).",
        vec![
            ("name", text("Name.")),
            ("id", id()),
            ("contact", text("Whom to call.")),
            ("phone", form_or_number("Telephone number, ten digits.", "^[0-9 ().+-]*$")),
        ],
    )
}

fn receiver() -> Value {
    part("Who receives them (1000B).", vec![("name", text("Name.")), ("id", id())])
}

fn disk() -> Value {
    let keep_free = form_or_number(
        "How much of the disk is kept free, as `500MB` or `2GB`; 0: nothing.",
        "^(0|\\d+ *[MG]B)$",
    );
    part("The disk that the practice is on.", vec![("keep-free", keep_free)])
}

fn owners() -> Value {
    let names = json!({ "type": ["string", "number", "null"], "description": "The name people read." });
    json!({
        "description": "Who does something about problems besides those that are always there: words with the names people read.",
        "anyOf": [
            { "type": "object", "propertyNames": { "pattern": "^[a-z][a-z0-9_]*$" }, "additionalProperties": names },
            { "type": "array", "items": { "type": "string", "pattern": "^[a-z][a-z0-9_]*$" } },
        ],
    })
}

fn encryption() -> Value {
    part(
        "Where the key is that the data are encrypted with: a file or a program.",
        vec![
            ("key-file", text("A file with the key, seen from the practice folder.")),
            (
                "key-command",
                list("A program, and its arguments, that writes the key.", &text("A word of it.")),
            ),
        ],
    )
}

fn retention() -> Value {
    json!({
        "type": ["string", "null"],
        "description": "How long a claim is kept that is over, as 7y, 84m or 2557d; without it, for good.",
        "pattern": "^0*([1-9][0-9]* ?y|(1[2-9]|[2-9][0-9]|[1-9][0-9]{2,}) ?m|(36[5-9]|3[7-9][0-9]|[4-9][0-9]{2}|[1-9][0-9]{3,}) ?d)$",
    })
}

fn holidays() -> Value {
    let one = json!({
        "type": "string",
        "description": "A day off: `2026-07-03`, `07-04` every year, or `last monday of may`.",
        "pattern": "^(\\d{4}-)?\\d{2}-\\d{2}$|^(day after )?(first|second|third|fourth|last) [a-z]+ of [a-z]+$",
    });
    list("Days off besides weekends.", &one)
}

fn calendar() -> Value {
    const HOURS: &str = "^\\s*\\d{1,2}:\\d{2}\\s*[-–]\\s*\\d{1,2}:\\d{2}\\s*$";
    let hours = || {
        let one = form("From when to when, as `08:30-17:00`.", HOURS);
        json!({ "anyOf": [one, list("Several, in order, with pauses between.", &one)] })
    };
    let days = list(
        "Days of the week on which the practice works.",
        &text("A day as `monday`, or several as `monday-friday`."),
    );
    let by_day =
        any_keys("The hours of each day, as `monday-thursday: 08:30-17:00`; other days are free.", &hours());
    group(
        "When the practice works.",
        &[],
        vec![
            ("time-zone", text("The time zone, as `America/New_York`; the practice's without it.")),
            ("days", days),
            ("hours", json!({ "anyOf": [hours(), by_day] })),
            ("holidays", holidays()),
        ],
    )
}

fn plugin_settings() -> Value {
    let secret = group(
        "Where a secret is: in the environment, or in a file.",
        &[],
        vec![
            ("env", text("The name of a variable of the environment.")),
            ("file", text("The path of a file, from the practice's folder.")),
        ],
    );
    group(
        "What a plugin is set to, and granted beyond what it asks for itself.",
        &[],
        vec![
            ("settings", json!({ "type": "object", "description": "Its settings by name." })),
            ("http", list("Hosts that it may talk to, as `api.example.com`.", &json!({ "type": "string" }))),
            ("secrets", any_keys("Where its secrets are, by name.", &secret)),
        ],
    )
}
