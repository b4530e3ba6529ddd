//! The demonstration: a month in seconds, with everything that should be seen in it, and nobody who should not.

use std::collections::BTreeSet;
use std::path::PathBuf;

use claimflow_simulator::{SampleOptions, SamplePractice, identifying_texts};
use serde_json::Value;

use crate::support::{Ran, command, run};

struct Played {
    _folder: tempfile::TempDir,
    root: PathBuf,
    answer: Value,
    log: String,
}

/// Plays a demonstration with everything logged.
fn play(seed: &str) -> Played {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    let output = command()
        .args(["demo", "--practice", root.to_str().unwrap(), "--seed", seed, "--json"])
        .env("CLAIMFLOW_LOG", "trace")
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{log}");
    let answer = serde_json::from_slice(&output.stdout).unwrap();
    Played { _folder: folder, root, answer, log }
}

impl Played {
    fn run(&self, arguments: &[&str]) -> Ran {
        let today = self.answer["board"]["date"].as_str().unwrap();
        let mut all = vec!["--practice", self.root.to_str().unwrap(), "--clock", today];
        all.extend_from_slice(arguments);
        run(&all)
    }

    fn claims(&self) -> Vec<Value> {
        let claims = self.run(&["claims", "--all", "--json"]).json(0);
        claims["claims"].as_array().unwrap().clone()
    }
}

fn sample(seed: u64) -> SamplePractice {
    claimflow_simulator::practice(&SampleOptions { seed, ..SampleOptions::default() }).unwrap()
}

/// Where the text of a person shows up.
fn exposed<'a>(text: &str, people: &'a [String]) -> Vec<&'a String> {
    people.iter().filter(|own| text.contains(own.as_str())).collect()
}

#[test]
fn a_month_is_played_and_everything_in_it_is_explained() {
    let played = play("1");
    let claims = played.claims();
    let sample = sample(1);
    assert_eq!(claims.len(), sample.claims.len());
    let states: BTreeSet<&str> = claims.iter().map(|claim| claim["state"].as_str().unwrap()).collect();
    for state in ["held", "awaiting-remittance", "denied", "paid", "patient-balance", "written-off"] {
        assert!(states.contains(state), "no claim is {state}: {states:?}");
    }
    let people: Vec<String> = sample.people().iter().flat_map(identifying_texts).collect();
    // A name of the trade that is also a surname would be found everywhere.
    assert_eq!(exposed(&played.log, &people), Vec::<&String>::new());
    for claim in claims.iter().filter(|claim| ["held", "denied"].contains(&claim["state"].as_str().unwrap()))
    {
        let id = claim["id"].as_str().unwrap();
        let explained = played.run(&["explain", id, "--json"]).json(0);
        let fired = explained["stages"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|stage| stage["fired"].as_array().unwrap());
        let telling = fired.filter(|own| {
            ["hold", "deny", "categorize"].contains(&own["level"].as_str().unwrap())
                && !own["values"].as_object().unwrap().is_empty()
                && !own["because"].as_str().unwrap().is_empty()
        });
        assert!(telling.count() > 0, "{id} is not explained: {explained}");
        let text = [played.run(&["explain", id, "--all"]).out, played.run(&["show", id]).out].concat();
        assert_eq!(exposed(&text, &people), Vec::<&String>::new(), "{id}");
    }
    for arguments in [&["queue", "--limit", "1000"][..], &["claims", "--all"], &["report"]] {
        let ran = played.run(arguments);
        assert_eq!(exposed(ran.ended(0), &people), Vec::<&String>::new(), "{arguments:?}");
    }
    played.run(&["journal", "verify"]).ended(0);
}

#[test]
fn what_it_names_to_try_works() {
    let played = play("7");
    let next = played.answer["next"].as_array().unwrap();
    assert_eq!(next.len(), 3, "{next:?}");
    for command in next {
        let mut words = command.as_str().unwrap().split(' ');
        assert_eq!(words.next(), Some("claimflow"));
        let words: Vec<&str> = words.collect();
        assert!(!run(&words).ended(0).is_empty(), "{command}");
    }
}

#[test]
fn the_same_seed_gives_the_same_month() {
    let (one, other, third) = (play("3"), play("3"), play("4"));
    assert_eq!(one.answer["board"], other.answer["board"]);
    assert_eq!(one.claims(), other.claims());
    assert_ne!(one.answer["board"], third.answer["board"]);
}
