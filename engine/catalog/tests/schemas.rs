//! The schemas of YAML in docs/schemas and in the VS Code extension are what the readers take, fit every file that ships,
//! and refuse what the readers refuse. `CLAIMFLOW_UPDATE=1` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use claimflow_catalog::{
    PracticeSettings, SETTINGS_TEMPLATE, SourceFile, YamlKind, load, read_settings, run_cases,
};
use claimflow_core::Diagnostic;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_documented_schemas_are_the_readers() {
    for kind in YamlKind::ALL {
        let schema = serde_json::to_string_pretty(&kind.schema()).expect("a schema is JSON") + "\n";
        for folder in ["docs/schemas", "editors/vscode/schemas"] {
            let path = root().join(folder).join(kind.file());
            if std::env::var_os("CLAIMFLOW_UPDATE").is_some() {
                fs::write(&path, &schema).expect("the folder can be written");
            }
            let documented = fs::read_to_string(&path).unwrap_or_default();
            let name = path.display();
            assert!(documented == schema, "{name} is out of date: run this test with CLAIMFLOW_UPDATE=1");
        }
    }
}

/// What the parts of JSON Schema that these schemas use say of a value. Any other part is a fault of the test.
fn try_on(root: &Value, schema: &Value, value: &Value, place: &str, said: &mut Vec<String>) {
    let Some(parts) = schema.as_object() else { panic!("{place}: a schema that is no object") };
    for (part, own) in parts {
        if !fits(root, schema, part, own, value, place, said) {
            said.push(format!("{place}: {value} does not fit {part} {own}"));
        }
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => panic!("no type {kind}"),
    }
}

fn quietly(root: &Value, schema: &Value, value: &Value) -> bool {
    let mut said = Vec::new();
    try_on(root, schema, value, "", &mut said);
    said.is_empty()
}

fn fits(
    root: &Value,
    schema: &Value,
    part: &str,
    own: &Value,
    value: &Value,
    place: &str,
    said: &mut Vec<String>,
) -> bool {
    let all = || own.as_array().into_iter().flatten();
    match part {
        "$schema" | "title" | "description" | "definitions" => true,
        "type" => match own {
            Value::String(kind) => is_of(kind, value),
            _ => all().any(|kind| is_of(kind.as_str().unwrap_or_default(), value)),
        },
        "enum" => all().any(|own| own == value),
        "const" => own == value,
        "minimum" => value.as_f64() >= own.as_f64(),
        "maximum" => value.as_f64() <= own.as_f64(),
        "maxProperties" => {
            value.as_object().is_none_or(|keys| keys.len() as u64 <= own.as_u64().unwrap_or(0))
        }
        "minProperties" => {
            value.as_object().is_none_or(|keys| keys.len() as u64 >= own.as_u64().unwrap_or(0))
        }
        "pattern" => {
            let pattern = regex_lite::Regex::new(own.as_str().unwrap_or_default()).expect("a pattern");
            value.as_str().is_none_or(|text| pattern.is_match(text))
        }
        "required" => all().all(|key| value.get(key.as_str().unwrap_or_default()).is_some()),
        "anyOf" => all().any(|own| quietly(root, own, value)),
        "allOf" => {
            all().for_each(|own| try_on(root, own, value, place, said));
            true
        }
        "$ref" => {
            let pointer = own.as_str().and_then(|own| own.strip_prefix('#')).expect("a reference within");
            try_on(root, root.pointer(pointer).expect("what it names"), value, place, said);
            true
        }
        "items" => {
            let items = value.as_array().into_iter().flatten().enumerate();
            items.for_each(|(at, item)| try_on(root, own, item, &format!("{place}/{at}"), said));
            true
        }
        "propertyNames" => value
            .as_object()
            .into_iter()
            .flatten()
            .all(|(key, _)| quietly(root, own, &Value::from(key.as_str()))),
        "properties" => {
            for (key, inner) in value.as_object().into_iter().flatten() {
                own.get(key)
                    .into_iter()
                    .for_each(|own| try_on(root, own, inner, &format!("{place}/{key}"), said));
            }
            true
        }
        "additionalProperties" => {
            let known = |key: &str| schema["properties"].get(key).is_some();
            let others = value.as_object().into_iter().flatten().filter(|(key, _)| !known(key));
            others.fold(true, |fits, (key, inner)| {
                if own.is_object() {
                    try_on(root, own, inner, &format!("{place}/{key}"), said);
                }
                fits && own != &Value::Bool(false)
            })
        }
        _ => panic!("{place}: this test does not know `{part}`"),
    }
}

/// What the schema says of a file, each fault with its place in the file.
fn said(kind: YamlKind, text: &str) -> Vec<String> {
    let value: Value = serde_yaml::from_str(text).expect("the text is YAML");
    let (schema, mut said) = (kind.schema(), Vec::new());
    try_on(&schema, &schema, &value, "", &mut said);
    said
}

fn shipped() -> Vec<SourceFile> {
    let mut files = Vec::new();
    for folder in ["payers", "workflows", "plugins/fee-schedule", "plugins/eligibility-http"] {
        walk(&root().join(folder), folder, &mut files);
    }
    files
}

fn walk(folder: &Path, path: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("a folder that ships") {
        let entry = entry.expect("an entry of it");
        let path = format!("{path}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            walk(&entry.path(), &path, files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(SourceFile::new(path, text));
        }
    }
}

#[test]
fn every_file_that_ships_fits_its_schema() {
    let mut kinds = Vec::new();
    for file in shipped() {
        let Some(kind) = YamlKind::of(&file.path) else { continue };
        assert_eq!(said(kind, &file.text), Vec::<String>::new(), "{}", file.path);
        kinds.push(kind);
    }
    for kind in [YamlKind::Workflow, YamlKind::Pack, YamlKind::Case, YamlKind::Plugin] {
        assert!(kinds.contains(&kind), "none of kind {}", kind.name());
    }
    assert_eq!(said(YamlKind::Settings, SETTINGS_TEMPLATE), Vec::<String>::new());
}

/// Every workflow that ships, and every whole one of docs/.
fn workflows() -> Vec<(String, String)> {
    let shipped = shipped().into_iter().filter(|file| YamlKind::of(&file.path) == Some(YamlKind::Workflow));
    let mut all: Vec<(String, String)> =
        shipped.map(|file| (file.path.clone(), file.text.to_string())).collect();
    for entry in fs::read_dir(root().join("docs")).expect("docs are there") {
        let path = entry.expect("an entry of it").path();
        if path.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        let page = fs::read_to_string(&path).expect("a page is text");
        let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
        let whole = blocks.filter(|text| text.contains("workflow: ") && text.contains("\nstates:"));
        all.extend(whole.map(|text| (path.display().to_string(), text.to_owned())));
    }
    all
}

#[test]
fn every_workflow_of_the_docs_fits_and_none_with_an_unknown_key() {
    let all = workflows();
    assert!(all.iter().filter(|(path, _)| path.ends_with(".md")).count() >= 3, "docs have examples");
    let schema = YamlKind::Workflow.schema();
    for (path, text) in all {
        assert_eq!(said(YamlKind::Workflow, &text), Vec::<String>::new(), "{path}");
        let whole: Value = serde_yaml::from_str(&text).expect("the text is YAML");
        let states = whole["states"].as_object().expect("states are a map");
        let mut spots = vec![String::new()];
        for (name, state) in states {
            spots.push(format!("/states/{name}"));
            let nested = ["wait", "work-item", "retry", "then/0"];
            let there = nested.iter().filter(|key| state.pointer(&format!("/{key}")).is_some());
            spots.extend(there.map(|key| format!("/states/{name}/{key}")));
        }
        for spot in spots {
            let mut odd = whole.clone();
            let group = odd.pointer_mut(&spot).and_then(Value::as_object_mut).expect("a group of keys");
            group.insert("nobody-knows".to_owned(), Value::Bool(true));
            let mut said = Vec::new();
            try_on(&schema, &schema, &odd, "", &mut said);
            assert!(!said.is_empty(), "{path}: an unknown key fits at `{spot}`");
        }
    }
}

const WORKFLOW: &str = "workflow: other\nversion: 1\nstart: a\nstates:\n";

/// A file of each kind that both take.
const GOOD: &[(YamlKind, &str)] = &[
    (
        YamlKind::Workflow,
        "workflow: other\nversion: 1\nstart: a\nhistory: a\nstates:\n  a:\n    do: claim.scrub\n    retry: { times: 3, first: 30s, factor: 2, cap: 1h }\n    note: x\n    then: [{ when: 'outcome == \"held\"', to: b }, { to: c }]\n  b:\n    work-item: { resume: corrected, ask: Look., category: coding, owner: billing, within: 2 business_days, escalate-to: billing_lead }\n    then: [{ to: c }]\n  c: { wait: { for: [accepted], at-most: 2d, else: d }, then: [{ to: d }] }\n  d: { final: true, reopen: [remitted], then: [{ to: a }] }\n",
    ),
    (
        YamlKind::Pack,
        "name: mine\nversion: 1.0.0-rc.1\nlayer: practice\npayers: [60054, \"X\"]\neffective: 2026-01-01\nexpires: 2026-12-31\nrequires: { claimflow: \">=0.1\", packs: [behavioral-health] }\nowners: [billing]\nmaintainers: [us]\nlicense: MIT\nsummary: x\ntables: [ncci_ptp]\nmode: shadow\n",
    ),
    (
        YamlKind::Case,
        "- case: everything\n  stage: categorize\n  as_of: 2026-03-05\n  claim:\n    payer: 60054\n    rendering_provider: \"1245319599\"\n    diagnoses: [F331, { code: F32.9 }]\n    frequency: 1\n    patient: null\n    lines: [{ procedure: 90837, modifiers: HO, units: 1, charge: 150.00 }]\n  facts:\n    visit: { start: \"10:00\", signed: true }\n    coverages: [{ status: active, copay: 25 }]\n    authorization: { number: A1, codes: [90834, 90837] }\n    history: [{ procedure: 90791, date: 2026-01-10 }]\n  adjustments: [{ group: CO, reason: 197, amount: 150.00, remarks: [N130], line: 1 }]\n  submissions: 1\n  remittance: { status: 4, paid: 0 }\n  expect: { fires: [], silent: [], fixed: { \"line[1].units\": 1 }, held: [], category: authorization, owner: billing }\n",
    ),
    (
        YamlKind::Settings,
        "practice: Riverside\nsubmitter: { name: R, id: R1, contact: C, phone: (555) 010-0199 }\nreceiver: { name: X, id: R2 }\nusage: P\nowners: { front_desk: Reception, intake: }\nholidays: [2026-07-03, 07-04, last monday of may]\ntime-zone: America/New_York\ncalendar: office\ncalendars:\n  office:\n    hours: { monday-thursday: [08:30-12:00, 13:00-17:00], friday: 08:30-13:00 }\n  short: { days: [monday, wednesday-friday], hours: 08:30-17:00, time-zone: UTC, holidays: [01-01] }\nworkflow: professional-claim\nrequire: [coverage]\nnpi-check: hold\nlisten: \"[::1]:80\"\nretention: 7y\nretention-days: 30\n",
    ),
    (
        YamlKind::RulesSwitches,
        "rules:\n  TELE-PLACE-WITHOUT-MODIFIER: { enforcement: advisory, reason: later, expires: 2027-03-31, by: maria, on: 2026-11-24 }\npacks:\n  aetna: { mode: shadow, reason: new }\n",
    ),
    (
        YamlKind::Plugin,
        "name: mine\nversion: 1.0.0\nabout: x\nactions:\n  look-up:\n    about: x\n    function: look_up\n    inputs: { code: text, limit: { type: money, optional: true, about: x } }\n    outputs: { fee: { type: money, optional: true } }\n    outcomes: [found]\nsettings: { url: text }\ngrants: { claim: [header, lines], registers: [coverage], http: [api.example.com, \"http://127.0.0.1:8080\"], files: [letters/], secrets: [API_TOKEN] }\nlimits: { time: 10s, operations: 1000, answer-bytes: 65536, at-once: 4 }\n",
    ),
];

/// Files that neither takes.
const BAD: &[(YamlKind, &str)] = &[
    (YamlKind::Settings, "retention: 7d\n"),
    (YamlKind::Settings, "retention: 11m\n"),
    (YamlKind::Settings, "calendars: { office: { hours: 8-5 } }\n"),
    (YamlKind::Settings, "calendars: { office: { zone: UTC } }\n"),
    (YamlKind::Settings, "holidays: [christmas]\n"),
    (YamlKind::Workflow, "workflow: other\nversion: 1\nstrat: a\nstates: { a: { final: true } }\n"),
    (YamlKind::Workflow, "workflow: Other Claim\nversion: 1\nstart: a\nstates: { a: { final: true } }\n"),
    (YamlKind::Pack, "name: mine\nversion: 1.0\nlayer: practice\n"),
    (YamlKind::Pack, "name: mine\nversion: 1.0.0\nlayer: payers\n"),
    (YamlKind::Pack, "name: mine\nversion: 1.0.0\nlayer: practice\nsumary: x\n"),
    (YamlKind::Pack, "name: mine\nlayer: practice\nrequires: { pack: [x] }\n"),
    (YamlKind::Pack, "name: mine\nversion: 1.0.0\nlayer: practice\nmode: quiet\n"),
    (YamlKind::Case, "- case: x\n  stage: scub\n  expect: { held: [] }\n"),
    (YamlKind::Case, "- case: x\n  stage: scrub\n  expect: { held: [] }\n  claims: {}\n"),
    (
        YamlKind::Case,
        "- case: x\n  stage: scrub\n  claim: { lines: [{ procedur: \"90837\" }] }\n  expect: { held: [] }\n",
    ),
    (
        YamlKind::Case,
        "- case: x\n  stage: scrub\n  facts: { visit: { minutes: 50 } }\n  expect: { held: [] }\n",
    ),
    (YamlKind::Case, "- case: x\n  stage: scrub\n  expect: {}\n"),
    (
        YamlKind::Case,
        "- case: x\n  journey: professional-claim\n  events: [{ aftre: 3d }]\n  expect: { state: held }\n",
    ),
    (
        YamlKind::Case,
        "- case: x\n  journey: professional-claim\n  events: [{ after: 3d, released: x }]\n  expect: { state: held }\n",
    ),
    (
        YamlKind::Case,
        "- case: x\n  stage: categorize\n  adjustments: [{ group: XX, reason: 1, amount: 1 }]\n  expect: { held: [] }\n",
    ),
    (YamlKind::Settings, "practise: x\n"),
    (YamlKind::Settings, "usage: X\n"),
    (YamlKind::Settings, "owners: [Front Desk]\n"),
    (YamlKind::Settings, "require: [weather]\n"),
    (YamlKind::Settings, "listen: 8640\n"),
    (YamlKind::RulesSwitches, "rules: { A: { mode: maybe, reason: x } }\n"),
    (YamlKind::RulesSwitches, "packs: { aetna: { enforcement: hard, reason: x } }\n"),
    (YamlKind::RulesSwitches, "rules: { A: { mode: off } }\n"),
    (YamlKind::Plugin, "name: mine\nversion: 1.0.0\n"),
    (YamlKind::Plugin, "name: mine\nversion: 1.0\nactions: { look-up: { outcomes: [found] } }\n"),
    (YamlKind::Plugin, "name: mine\nversion: 1.0.0\nactions: { look-up: { outcome: [found] } }\n"),
    (YamlKind::Plugin, "name: mine\nversion: 1.0.0\nactions: { Look Up: { outcomes: [found] } }\n"),
    (YamlKind::Plugin, "name: mine\nversion: 1.0.0\nactions: { look-up: { inputs: { code: word } } }\n"),
    (YamlKind::Plugin, "name: mine\nversion: 1.0.0\nactions: { look-up: { inputs: { Code: text } } }\n"),
    (YamlKind::Plugin, "name: mine\nversion: 1.0.0\nactions: { look-up: {} }\ngrants: { claim: [all] }\n"),
    (YamlKind::Plugin, "name: mine\nversion: 1.0.0\nactions: { look-up: {} }\ngrants: { files: [a/b] }\n"),
    (
        YamlKind::Plugin,
        "name: mine\nversion: 1.0.0\nactions: { look-up: {} }\ngrants: { secrets: [token] }\n",
    ),
    (YamlKind::Plugin, "name: mine\nversion: 1.0.0\nactions: { look-up: {} }\nlimits: { at-once: 33 }\n"),
    (YamlKind::Plugin, "name: mine\nversion: 1.0.0\nactions: { look-up: {} }\nlimits: { time: long }\n"),
];

fn states(state: &str) -> String {
    format!("{WORKFLOW}  a: {{ {state} }}\n  b: {{ final: true }}\n")
}

/// Errors that the readers tell of a file of that kind.
fn told(kind: YamlKind, text: &str) -> Vec<Diagnostic> {
    let path = match kind {
        YamlKind::Workflow => "workflows/other/v1.yaml",
        YamlKind::Pack => "payers/mine/pack.yaml",
        YamlKind::Case => "payers/aetna/cases/own.yaml",
        YamlKind::Settings => {
            return read_settings("claimflow.yaml", text).err().unwrap_or_default();
        }
        YamlKind::RulesSwitches => "rules.yaml",
        YamlKind::Plugin => "plugins/mine/plugin.yaml",
    };
    let mut files = shipped();
    if kind == YamlKind::Plugin {
        files
            .push(SourceFile::new("plugins/mine/mine.rhai", "fn look_up(ask) { #{ outcome: \"found\" } }\n"));
    }
    files.push(SourceFile::new(path, text));
    let loaded = load(&files, &PracticeSettings::default());
    let mut found = loaded.diagnostics;
    if let Some(generation) = &loaded.generation {
        found.extend(run_cases(generation, &files, Some("own.yaml")).diagnostics);
    }
    found.retain(|fault| fault.is_error() && fault.path == path);
    found
}

#[test]
fn what_the_readers_take_fits() {
    for (kind, text) in GOOD {
        assert_eq!(told(*kind, text), [], "{text}");
        assert_eq!(said(*kind, text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_the_readers_refuse_does_not_fit() {
    for (kind, text) in BAD {
        assert!(!told(*kind, text).is_empty(), "the reader takes:\n{text}");
        assert!(!said(*kind, text).is_empty(), "the schema takes:\n{text}");
    }
    for state in [
        "doo: claim.scrub, then: [{ to: b }]",
        "wait: { fro: [accepted] }, then: [{ to: b }]",
        "wait: { for: [acepted], at-most: 2d, else: b }, then: [{ to: b }]",
        "wait: { for: [accepted], at-most: 2 moons, else: b }, then: [{ to: b }]",
        "work-item: { resume: [corrected], within: soon }, then: [{ to: b }]",
        "then: [{ too: b }]",
        "final: no",
    ] {
        let text = states(state);
        assert!(!told(YamlKind::Workflow, &text).is_empty(), "the reader takes:\n{text}");
        assert!(!said(YamlKind::Workflow, &text).is_empty(), "the schema takes:\n{text}");
    }
}
