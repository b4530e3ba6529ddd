//! Plugins from their files: what they give, what they are refused, and what ships.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use claimflow_core::workflow::StateKind;
use claimflow_core::{Claim, Coverage, Facts, Moment, Text, Value};
use jiff::civil::date;

use super::*;
use crate::testing::report;
use crate::{Generation, PracticeSettings, SourceFile, load, read_settings, run_plugin_cases};

const WORKFLOW: &str = "workflow: professional-claim\nversion: 1\nstart: a\nstates:\n  a: { final: true }\n";

fn files(manifest: &str, script: &str) -> Vec<SourceFile> {
    vec![
        SourceFile::new("workflows/professional-claim/v1.yaml", WORKFLOW),
        SourceFile::new("plugins/mine/plugin.yaml", manifest),
        SourceFile::new("plugins/mine/mine.rhai", script),
    ]
}

fn loaded(manifest: &str, script: &str) -> Arc<ScriptedPlugin> {
    let loaded = load(&files(manifest, script), &PracticeSettings::default());
    let generation = loaded.generation.unwrap_or_else(|| panic!("{}", report(&loaded.diagnostics)));
    generation.plugins()[0].clone()
}

fn call() -> Call {
    let coverage =
        Coverage { member_id: "W1".into(), payer_id: "60054".parse().unwrap(), ..Coverage::default() };
    Call {
        key: "7/3".into(),
        action: "mine.act".into(),
        attempt: 1,
        inputs: vec![("limit".into(), Value::Int(3))],
        claim: Claim::default(),
        facts: Facts { coverages: vec![coverage], ..Facts::default() },
        today: date(2026, 3, 2),
        now: Moment::start_of(date(2026, 3, 2)),
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

const GRANTED: &str = "name: mine\nversion: 1.0.0\nactions:\n  act: { inputs: { limit: number }, outputs: { n: { type: number, optional: true } }, outcomes: [done] }\n\
                       grants: { claim: [lines], registers: [coverage], http: [api.example.com], files: [letters], secrets: [TOKEN] }\n";

fn fails(body: &str) -> Fault {
    let plugin = loaded(GRANTED, &format!("fn act(ask) {{\n{body}\n}}"));
    plugin.perform(&call(), Arc::new(MockWorld::default())).unwrap_err()
}

#[test]
fn a_plugin_uses_what_it_is_granted() {
    let script = "fn act(ask) {
        let rows = register(\"coverage\").find(\"w1\", \"60054\");
        let none = register(\"coverage\").find(\"w2\");
        write_file(\"letters\", ask.file_key + \".txt\", \"x\");
        let answer = http_get(\"https://api.example.com/a\", #{ authorization: \"Bearer \" + secret(\"TOKEN\") });
        #{ outcome: \"done\", n: rows.len() + none.len() + json_parse(answer.body).n + ask.inputs.limit }
    }";
    let plugin = loaded(GRANTED, script);
    let answer = Answer { status: 200, body: "{\"n\": 5}".to_owned(), ..Answer::default() };
    let exchange = Exchange { method: None, url: Text::default(), body: vec![], answer: Ok(answer) };
    let world = Arc::new(MockWorld::new(vec![exchange]));
    // Twice under one key: the same, and one file.
    for _ in 0..2 {
        let done = plugin.perform(&call(), world.clone()).unwrap();
        assert_eq!(done, Done::with_outcome("done").with("n", Value::Int(9)));
    }
    assert_eq!(world.files(), [("letters".into(), "7-3.txt".into(), "x".to_owned())]);
    assert_eq!(plugin.info().signature().len(), "mine 1.0.0 ".len() + 12);
}

#[test]
fn what_is_not_granted_is_refused_while_it_runs_too() {
    for (body, says) in [
        ("let name = \"visits\"; register(name).find()", "register `visits`"),
        ("let name = \"OTHER\"; secret(name)", "secret `OTHER`"),
        ("http_get(\"https://evil.example/\")", "https://evil.example"),
        ("http_get(\"http://api.example.com/\")", "http://api.example.com"),
        ("http_get(\"https://api.example.com@evil.example/\")", "no name of a host"),
        ("http_post(\"https://api.example.com/\", \"\", #{ Host: \"evil\" })", "cannot be set"),
        ("http_get(\"https://api.example.com/\", #{ a: \"x\\r\\ny: z\" })", "plain text"),
        ("let f = \"data\"; write_file(f, \"a\", \"x\")", "folder `data`"),
        ("write_file(\"letters\", \"../a\", \"x\")", "only letters"),
        ("write_file(\"letters\", \".a\", \"x\")", "only letters"),
        ("for n in 0..20 { write_file(\"letters\", `a${n}`, \"x\"); }", "at most"),
    ] {
        let fault = fails(body);
        assert!(fault.for_good && fault.reason.contains(says), "{body}: {fault}");
    }
}

#[test]
fn what_a_script_answers_is_what_its_action_gives() {
    for (body, says) in [
        ("3", "not a map"),
        ("#{ outcome: \"other\" }", "outcome is `other`"),
        ("#{ outcome: \"done\", m: 1 }", "no output; did you mean `n`?"),
        ("#{ outcome: \"done\", n: \"1\" }", "is text, not a whole number"),
        ("#{}", "outcome is ``"),
    ] {
        let fault = fails(body);
        assert!(fault.for_good && fault.reason.contains(says), "{body}: {fault}");
    }
}

#[test]
fn every_fault_of_a_plugin_is_told_at_once() {
    let manifest = "name: other\nversion: 1\nactions:\n  look_up: { inputs: { Limit: money, b: mony }, outputs: { outcome: text } }\n\
                    settings: { url: texts }\ngrants: { claim: [line], registers: [coverages], http: [\"*.x\"], files: [data, a/b], secrets: [pass word] }\n\
                    limits: { time: 3h, operations: 0 }\nmore: 1\n";
    let script = "fn lookup(ask) { http_get(\"https://x.example\"); ask.claim.lines }";
    let text = "plugins:\n  mine: { settings: { ur: x }, secrets: { A: b } }\n  fee: {}\n";
    let settings = read_settings("claimflow.yaml", text);
    let mut told = report(&settings.unwrap_err());
    let text = "plugins:\n  mine: { settings: { ur: x }, secrets: { A: { env: B } } }\n  fee: {}\n";
    let settings = read_settings("claimflow.yaml", text).unwrap();
    told.push_str(&report(&load(&files(manifest, script), &settings).diagnostics));
    insta::assert_snapshot!(told);
}

#[test]
fn another_text_or_setting_is_another_hash() {
    let hash = |manifest: &str, script: &str, settings: &str| {
        let settings = read_settings("claimflow.yaml", settings).unwrap();
        let generation = load(&files(manifest, script), &settings).generation.unwrap();
        (generation.hash().clone(), generation.plugins()[0].info().hash.clone())
    };
    let script = "fn act(ask) { #{ outcome: \"done\" } }";
    let base = hash(GRANTED, script, "");
    let other = hash(GRANTED, "fn act(ask) { #{ outcome: \"done\", n: 1 } }", "");
    assert!(base.0 != other.0 && base.1 != other.1);
    let granted = hash(GRANTED, script, "plugins: { mine: { http: [b.example] } }");
    assert!(base.0 != granted.0 && base.1 == granted.1);
}

fn shipped() -> (Generation, Vec<SourceFile>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for name in ["fee-schedule", "eligibility-http"] {
        walk(&root.join("plugins").join(name), &format!("plugins/{name}"), &mut files);
    }
    // The sample workflows are checked as if they were the practice's own.
    let samples: Vec<SourceFile> = files
        .iter()
        .filter(|file| file.path.contains("/workflow/"))
        .map(|file| {
            let name = file.path.rsplit('/').next().unwrap().trim_end_matches(".yaml");
            SourceFile::new(format!("workflows/{name}/v1.yaml"), file.text.clone())
        })
        .collect();
    assert_eq!(samples.len(), 2);
    files.extend(samples);
    files.push(SourceFile::new("workflows/professional-claim/v1.yaml", WORKFLOW));
    for path in ["pack.yaml", "categories.csv"] {
        let path = format!("payers/behavioral-health/{path}");
        files.push(SourceFile::new(path.clone(), std::fs::read_to_string(root.join(&path)).unwrap()));
    }
    let loaded = load(&files, &PracticeSettings::default());
    (loaded.generation.unwrap_or_else(|| panic!("{}", report(&loaded.diagnostics))), files)
}

fn walk(folder: &Path, path: &str, files: &mut Vec<SourceFile>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = format!("{path}/{}", entry.file_name().to_str().unwrap());
        match entry.path().is_dir() {
            true => walk(&entry.path(), &path, files),
            false => files.push(SourceFile::new(path, std::fs::read_to_string(entry.path()).unwrap())),
        }
    }
}

#[test]
fn what_ships_is_sound_its_cases_hold_and_its_samples_use_it() {
    let (generation, files) = shipped();
    let cases = run_plugin_cases(&generation, &files, None);
    assert_eq!(report(&cases.diagnostics), "");
    let failed: Vec<_> = cases.failed().map(|own| (&own.name, &own.reasons)).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    for plugin in generation.plugins() {
        let tried = cases.results.iter().filter(|own| own.pack == plugin.info().name).count();
        assert!(tried >= 5, "{}", plugin.info().name);
        for spec in plugin.actions() {
            let uses =
                |kind: &StateKind| matches!(kind, StateKind::Work { action, .. } if *action == spec.name);
            let used =
                generation.workflows().iter().any(|own| own.states().iter().any(|state| uses(&state.kind)));
            assert!(used, "no sample uses `{}`", spec.name);
        }
    }
}

#[test]
fn a_case_that_does_not_hold_says_why() {
    let (generation, mut files) = shipped();
    let text = "- case: wrong\n  action: look-up\n  expect: { outcome: over, output: { expected: \"1.00\" } }\n\
                - case: no such action\n  action: lookup\n  expect: { outcome: ovr, files: {} }\n";
    files.push(SourceFile::new("plugins/fee-schedule/cases/wrong.yaml", text));
    let cases = run_plugin_cases(&generation, &files, Some("wrong"));
    let reasons: Vec<_> = cases.results.iter().flat_map(|own| own.reasons.clone()).collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(report(&cases.diagnostics).contains("did you mean `look-up`?"));
}
