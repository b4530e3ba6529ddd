//! The schema of cases: the claim's short form, facts as in the registers, and what is expected.

use claimflow_core::{Authorization, Coverage, Enrollment, Stage, Visit};
use serde_json::{Map, Value, json};

use super::parts::{
    date, defined, group, list, money, one_or_list, reference, root, span, text, whole, word,
};
use crate::cases::journey::{ALONE, OUTCOMES};
use crate::claims::{CLAIM, Kind, Shape};
use crate::registers::Register;

pub(super) fn cases() -> Value {
    let mut definitions = Map::new();
    shape(&CLAIM, &mut definitions);
    let named = [
        ("case", case()),
        ("facts", facts()),
        ("visit", register::<Visit>("What the note of a visit shows.")),
        ("coverage", register::<Coverage>("Whether the member is covered.")),
        ("authorization", register::<Authorization>("What the payer has authorized.")),
        ("enrollment", register::<Enrollment>("Whether the clinician is enrolled with the payer.")),
        ("earlier_service", earlier_service()),
        ("adjustment", adjustment()),
        ("event", event()),
        ("rejected", rejected()),
        ("work_item", work_item()),
        ("remittance", remittance(false)),
        ("posted_remittance", remittance(true)),
        ("expect", expect()),
    ];
    // A case's adjustment takes the place of the claim's own, which has another name below.
    definitions.extend(named.into_iter().map(|(name, own)| (name.to_owned(), own)));
    let schema = json!({
        "type": ["array", "null"],
        "description": "Cases: what authors say their rules do.",
        "items": reference("case"),
    });
    root("claimflow cases", schema, definitions)
}

fn case() -> Value {
    let mut schema = group(
        "A case: a claim, what is known, and what the rules are expected to do.",
        &["case"],
        vec![
            ("case", text("What it shows, in a few words.")),
            (
                "stage",
                word(
                    "The stage whose rules run; a case has it or `journey`.",
                    Stage::ALL.iter().map(|stage| stage.as_str()),
                ),
            ),
            ("journey", text("The workflow that the claim goes through; a case has it or `stage`.")),
            ("as_of", date("The day on which they run; left out: two days after the last service.")),
            ("claim", defined("What differs from a valid claim; `null` takes a field away.", "claim")),
            ("facts", defined("What the registers say; left out: nothing is known.", "facts")),
            ("adjustments", list("What the payer adjusted.", &reference("adjustment"))),
            ("submissions", whole("How often the claim has gone out.", 0)),
            (
                "remittance",
                defined("What the payer decided; left out: what goes with the adjustments.", "remittance"),
            ),
            (
                "plugins",
                json!({ "type": "object", "description": "On a journey: what plugins answer, by action, as `fees.look-up: { outcome: found }`." }),
            ),
            ("events", list("What happens on the way, in its order.", &reference("event"))),
            ("expect", defined("What the rules are expected to do.", "expect")),
        ],
    );
    if let Some(fields) = schema.as_object_mut() {
        let kinds = json!([{ "required": ["stage", "expect"] }, { "required": ["journey"] }]);
        fields.insert("anyOf".to_owned(), kinds);
    }
    schema
}

/// A word alone, or one key with what it says.
fn event() -> Value {
    let nothing =
        |value: Value, about: &str| json!({ "description": about, "anyOf": [value, { "type": "null" }] });
    let fields =
        json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "null"] } });
    let mut keyed = group(
        "One thing that happens.",
        &[],
        vec![
            ("accepted", json!({ "description": "The payer takes the claim in." })),
            ("rejected", nothing(reference("rejected"), "The payer refuses it before deciding.")),
            ("remittance", nothing(reference("posted_remittance"), "The payer decides.")),
            ("corrected", nothing(fields, "A person corrects fields, as `place_of_service: \"10\"`.")),
            ("released", text("A person lets it go on, for this reason.")),
            ("new_fact", defined("The registers say more.", "facts")),
            ("resolved", word("A person is done with the work.", OUTCOMES.iter().copied())),
            ("after", span("Time passes, as `3d`.")),
            ("expect", defined("How it should stand by now.", "expect")),
        ],
    );
    if let Some(fields) = keyed.as_object_mut() {
        fields.insert("minProperties".to_owned(), json!(1));
        fields.insert("maxProperties".to_owned(), json!(1));
    }
    json!({ "anyOf": [{ "enum": ALONE }, keyed] })
}

fn rejected() -> Value {
    group(
        "The payer refuses the claim before deciding.",
        &[],
        vec![
            ("statuses", one_or_list("Status codes of the 277CA, as `A7:562`.", &text("A status."))),
            ("message", text("What the payer says.")),
        ],
    )
}

fn work_item() -> Value {
    group(
        "The work item that should be open.",
        &[],
        vec![("owner", text("Who does something about it.")), ("category", text("Its kind."))],
    )
}

fn facts() -> Value {
    let rows = |about: &str, name: &str| one_or_list(about, &reference(name));
    group(
        "What the registers say.",
        &[],
        vec![
            ("visit", rows("The visit's note.", "visit")),
            ("visits", rows("The notes of several visits.", "visit")),
            ("coverage", rows("The member's coverage.", "coverage")),
            ("coverages", rows("Several coverages.", "coverage")),
            ("authorization", rows("The authorization on file.", "authorization")),
            ("authorizations", rows("Several authorizations.", "authorization")),
            ("enrollment", rows("The clinician's enrollment.", "enrollment")),
            ("enrollments", rows("Several enrollments.", "enrollment")),
            ("history", list("Earlier services of the same member.", &reference("earlier_service"))),
        ],
    )
}

/// A row: any single value, or several for a cell that holds several.
fn register<T: Register>(about: &str) -> Value {
    let cell = |takes: &str| {
        json!({
            "type": ["string", "number", "boolean", "array", "null"],
            "description": format!("Takes {takes}."),
        })
    };
    group(about, &[], T::COLUMNS.iter().map(|column| (column.name, cell(column.takes))).collect())
}

fn earlier_service() -> Value {
    group(
        "An earlier service.",
        &["procedure", "date"],
        vec![
            ("procedure", text("Procedure code.")),
            ("date", date("When.")),
            ("claim_id", text("Its claim.")),
        ],
    )
}

fn adjustment() -> Value {
    group(
        "An adjustment (CAS).",
        &["group", "reason", "amount"],
        vec![
            ("group", word("Who bears it.", ["CO", "PR", "OA", "PI", "CR"])),
            ("reason", text("Claim adjustment reason code, as `197`.")),
            ("amount", money("Amount, as `150.00`.")),
            ("remarks", list("Remark codes, as `N290`.", &text("A remark code."))),
            ("line", whole("The service line, from 1; 0 or left out: the claim.", 0)),
        ],
    )
}

fn remittance(posted: bool) -> Value {
    let mut keys = vec![
        ("status", text("Claim status (CLP02), as `1` paid or `4` denied.")),
        ("charge", money("What was billed.")),
        ("paid", money("What was paid.")),
        ("patient_responsibility", money("What the patient owes.")),
        ("payer_claim_number", text("The payer's number of the claim.")),
        ("date", date("The day of the decision.")),
        ("forwarded_to", text("Another payer to whom the claim went on.")),
    ];
    if posted {
        keys.push(("adjustments", list("What the payer adjusted.", &reference("adjustment"))));
    }
    group("What the payer decided.", &[], keys)
}

fn expect() -> Value {
    let words = |about: &str| {
        let item = json!({ "type": ["string", "number"] });
        json!({ "description": about, "anyOf": [{ "type": "array", "items": item }, { "type": ["string", "number", "null"] }] })
    };
    let mut schema = group(
        "What the rules are expected to do; what is not named is not looked at.",
        &[],
        vec![
            ("fires", words("Ids of rules that fire.")),
            ("silent", words("Ids of rules that stay silent.")),
            (
                "fixed",
                json!({
                    "type": "object",
                    "description": "Fields with their values after the corrections, as `\"line[1].modifiers\": \"HO,95\"`.",
                    "additionalProperties": { "type": ["string", "number", "null"] },
                }),
            ),
            (
                "held",
                words("The kinds of problems for which the claim is held, exactly; `[]`: it is not held."),
            ),
            ("category", text("The kind of the first adjustment or denial, else of the first finding.")),
            ("owner", text("Who does something about it.")),
            ("state", text("On a journey: the state in which the claim is.")),
            (
                "work_item",
                json!({
                    "description": "On a journey: the work item that is open; `none`: there is none.",
                    "anyOf": [{ "enum": ["none", null] }, reference("work_item")],
                }),
            ),
            ("sent", whole("On a journey: how often the claim has gone out.", 0)),
        ],
    );
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("minProperties".to_owned(), json!(1));
    }
    schema
}

/// Defines a group of the claim's fields, in the short form of cases.
fn shape(own: &Shape, definitions: &mut Map<String, Value>) {
    let name = defined_as(own);
    if definitions.contains_key(&name) {
        return;
    }
    // The place is taken before it is filled, so that a shape within itself would end here.
    definitions.insert(name.clone(), Value::Null);
    let mut keys = Vec::new();
    for field in own.fields {
        let value = kind(field.kind, definitions);
        keys.push((field.name, json!({ "description": field.about, "anyOf": [value, { "type": "null" }] })));
    }
    let mut schema = group(own.about, &[], keys);
    if let Some(field) = own.fields.iter().find(|field| Some(field.name) == own.short) {
        let alone = kind(field.kind, definitions);
        // Both forms stand side by side, so that an editor offers the fields of the long one.
        schema = json!({ "anyOf": [schema, alone] });
    }
    definitions.insert(name, schema);
}

/// The claim's adjustments of other payers are not the case's own.
fn defined_as(own: &Shape) -> String {
    if own.name == "adjustment" { "claim_adjustment".to_owned() } else { own.name.to_owned() }
}

fn kind(own: Kind, definitions: &mut Map<String, Value>) -> Value {
    let scalar = json!(["string", "number"]);
    match own {
        Kind::Text => json!({ "type": ["string", "number", "boolean"] }),
        Kind::OneOf(words) => {
            let numbers =
                words.iter().filter_map(|word| word.parse::<u64>().ok().map(|number| json!(number)));
            let all: Vec<Value> = words.iter().map(|word| json!(word)).chain(numbers).collect();
            json!({ "enum": all })
        }
        Kind::Flag => json!({ "enum": [true, false, "true", "false"] }),
        Kind::Date => json!({ "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$" }),
        Kind::Money => json!({ "type": scalar, "pattern": "^-?\\d{0,12}(\\.\\d{1,2})?$" }),
        Kind::Quantity => json!({ "type": scalar, "pattern": "^-?\\d{0,12}(\\.\\d{1,3})?$" }),
        Kind::Number(most) => json!({ "type": "integer", "minimum": 0, "maximum": most }),
        Kind::List(item) => {
            let item = kind(*item, definitions);
            json!({ "anyOf": [{ "type": "array", "items": item }, item] })
        }
        Kind::Object(inner) => {
            shape(inner, definitions);
            reference(&defined_as(inner))
        }
    }
}
