//! A plugin changes while claims go through it.

use std::fs;

use crate::serve::{Serving, until};
use crate::support::Practice;

const PLUGIN: &str = "name: own\nversion: 1.0.0\nactions:\n  look:\n    outcomes: [first, second]\n";

const WORKFLOW: &str = "workflow: looks
version: 1
start: look
states:
  look:
    do: own.look
    then:
      - { when: 'outcome == \"first\"', to: first }
      - { to: second }
  first: { final: true }
  second: { final: true }
";

fn script(outcome: &str) -> String {
    format!("fn look(ask) {{\n    #{{ outcome: \"{outcome}\" }}\n}}\n")
}

/// A practice whose claims go through a plugin of its own.
fn practice() -> Practice {
    let practice = Practice::new();
    for (path, text) in [
        ("plugins/own/plugin.yaml", PLUGIN),
        ("plugins/own/own.rhai", &script("first")),
        ("workflows/looks/v1.yaml", WORKFLOW),
    ] {
        let path = practice.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let settings = fs::read_to_string(practice.path("claimflow.yaml")).unwrap();
    let other = settings.replace("workflow: professional-claim", "workflow: looks");
    assert_ne!(settings, other);
    fs::write(practice.path("claimflow.yaml"), other).unwrap();
    practice
}

/// Takes the n-th file of the sample in; waits until nobody asks the plugin any more. Gives how many claims it brought.
fn take(practice: &Practice, place: usize) -> usize {
    let before = practice.run(&["claims", "--all", "--json"]).json(0)["claims"].as_array().unwrap().len();
    let (name, bytes) = &practice.sample.files[place];
    let file = practice.file(name, bytes);
    practice.run(&["ingest", &file]).ended(0);
    until("the plugin has answered", || practice.ids("look").is_empty());
    practice.run(&["claims", "--all", "--json"]).json(0)["claims"].as_array().unwrap().len() - before
}

#[test]
fn a_changed_script_is_what_the_next_claim_meets_and_a_broken_one_is_not() {
    let practice = practice();
    let serving = Serving::start(&practice);
    let path = practice.path("plugins/own/own.rhai");
    let first = take(&practice, 0);
    assert_eq!((practice.ids("first").len(), practice.ids("second").len()), (first, 0));

    fs::write(&path, script("second")).unwrap();
    until("the new script is live", || serving.said().contains("changed files are live"));
    let second = take(&practice, 1);
    assert_eq!((practice.ids("first").len(), practice.ids("second").len()), (first, second));

    fs::write(&path, "fn look(ask) {\n    #{ outcome: \"first\" \n").unwrap();
    until("the broken script is told", || serving.said().contains("have errors; the last good rules stay"));
    let status = practice.run(&["rules", "status"]);
    assert!(status.ended(1).contains("plugins/own/own.rhai"), "{}", status.out);
    let third = take(&practice, 2);
    assert_eq!((practice.ids("first").len(), practice.ids("second").len()), (first, second + third));

    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    let id = practice.ids("second").remove(0);
    let timeline = practice.run(&["show", &id, "--json"]).json(0)["timeline"].clone();
    let performed = timeline.as_array().unwrap().iter().find(|event| event["event"] == "performed").unwrap();
    assert!(performed["by"].as_str().unwrap().starts_with("own 1.0.0"), "{performed}");
}

#[test]
fn a_case_of_a_plugin_that_does_not_hold_keeps_the_last_good_script() {
    let practice = practice();
    let cases = practice.path("plugins/own/cases/own.yaml");
    fs::create_dir_all(cases.parent().unwrap()).unwrap();
    fs::write(&cases, "- case: every claim is the first\n  action: look\n  expect: { outcome: first }\n")
        .unwrap();
    let serving = Serving::start(&practice);
    let path = practice.path("plugins/own/own.rhai");
    fs::write(&path, script("second")).unwrap();
    until("the case is told", || {
        serving.said().contains("cases of changed packs or plugins do not hold; the last good rules stay")
    });
    let status = practice.run(&["rules", "status"]);
    assert!(status.ended(1).contains("the case `every claim is the first` does not hold"), "{}", status.out);
    let first = take(&practice, 0);
    assert_eq!(practice.ids("first").len(), first);
    // With a case that fits it, it goes live.
    fs::write(&cases, "- case: every claim is the second\n  action: look\n  expect: { outcome: second }\n")
        .unwrap();
    until("the new script is live", || practice.run(&["rules", "status"]).code == 0);
    let second = take(&practice, 1);
    assert_eq!(practice.ids("second").len(), second);
    assert_eq!(serving.stop().0, Some(0));
}

#[test]
fn a_begun_plugin_leads_editors_to_its_schema() {
    let practice = Practice::new();
    practice.run(&["plugin", "new", "limits"]).ended(0);
    practice.run(&["plugin", "new", "fees", "--like", "fee-schedule"]).ended(0);
    for name in ["limits", "fees"] {
        let text = fs::read_to_string(practice.path(&format!("plugins/{name}/plugin.yaml"))).unwrap();
        let to = "# yaml-language-server: $schema=../../schemas/plugin.schema.json\n";
        assert!(text.starts_with(to), "{text}");
        practice.run(&["plugin", "check", name]).ended(0);
        practice.run(&["plugin", "test", name]).ended(0);
    }
    assert!(practice.path("schemas/plugin.schema.json").is_file());
}
