//! A workflow changes under the claims that run on it.

use std::fs;

use crate::support::Practice;

const FILE: &str = "workflows/professional-claim/v1.yaml";
const SECOND: &str = "workflows/professional-claim/v2.yaml";

/// Contents change whenever what ships does, and the file they were read from tells nothing more.
fn without_hashes(text: &str) -> String {
    let is_hash = |word: &str| word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let mut plain = String::new();
    for piece in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let rest = &piece[word.len()..];
        let digits = word.bytes().all(|b| b.is_ascii_digit());
        plain.push_str(if is_hash(word) && !digits { "HASH" } else { word });
        plain.push_str(rest);
    }
    plain
}

fn first(practice: &Practice) -> String {
    fs::read_to_string(practice.path(FILE)).unwrap()
}

/// The second version: `held` is called `mend`, the wait for an acceptance is a day, and another one asks.
fn second(practice: &Practice) -> String {
    first(practice)
        .replace("version: 1\n", "version: 2\n")
        .replace("to: held }", "to: mend }")
        .replace("  held:\n", "  mend:\n")
        .replace(
            "for: [accepted, rejected, remitted], at-most: 2d",
            "for: [accepted, rejected, remitted], at-most: 1d",
        )
}

fn on(practice: &Practice, version: &str) -> usize {
    let claims = practice.run(&["claims", "--workflow", version, "--json"]).json(0);
    claims["claims"].as_array().unwrap().len()
}

#[test]
fn an_edit_in_place_leaves_claims_on_the_version_as_it_was() {
    let practice = Practice::with_claims();
    let before = on(&practice, "professional-claim@1");
    fs::write(practice.path(FILE), format!("# a note\n{}", first(&practice))).unwrap();
    let told = practice.run(&["queue", "--limit", "1"]);
    told.ended(0);
    let edited = "version 1 of `professional-claim` was edited: 60 claims stay on it as it was; `claimflow workflow migrate \
                  professional-claim --from 1 --to 1` moves them\n";
    assert_eq!(told.err, edited);
    assert_eq!(practice.run(&["queue", "--limit", "1"]).err, "", "it is told once");
    insta::assert_snapshot!(without_hashes(practice.run(&["workflow", "list"]).ended(0)));
    let held = practice.ids("held");
    let shown = practice.run(&["workflow", "graph", "--claim", &held[0]]).ended(0).to_owned();
    assert!(shown.contains("held"), "{shown}");
    let moved =
        practice.run(&["workflow", "migrate", "--from", "1", "--to", "1", "--apply", "--json"]).json(0);
    assert_eq!(moved["claims"].as_array().unwrap().len(), before);
    assert_eq!(moved["batch"], "M1");
    let none = practice.run(&["workflow", "migrate", "--from", "1", "--to", "1", "--apply"]);
    assert_eq!(none.ended(0), "No claim is to be moved to version 1 of professional-claim.\n");
}

#[test]
fn what_would_strand_claims_is_refused_with_the_list() {
    let practice = Practice::with_claims();
    let text = first(&practice);
    let other = second(&practice).replace("version: 2\n", "version: 1\n");
    fs::write(practice.path(FILE), other).unwrap();
    insta::assert_snapshot!(without_hashes(practice.run(&["queue"]).refused(3)));
    fs::remove_file(practice.path(FILE)).unwrap();
    fs::write(practice.path(SECOND), text.replace("version: 1\n", "version: 2\n")).unwrap();
    insta::assert_snapshot!(without_hashes(practice.run(&["claims"]).refused(3)));
    // Looking at it and moving the claims is what helps, so that can be done.
    assert!(practice.run(&["workflow", "list"]).ended(0).contains("its file is gone"));
    practice.run(&["workflow", "migrate", "--apply"]).ended(0);
    practice.run(&["claims"]).ended(0);
    let refused = practice.run(&["workflow", "migrate", "--back", "M1", "--apply"]);
    assert!(
        refused.refused(3).contains("put `workflows/professional-claim/v1.yaml` back first"),
        "{}",
        refused.err
    );
}

#[test]
fn claims_move_to_a_second_version_and_back() {
    let practice = Practice::with_claims();
    fs::write(practice.path(SECOND), second(&practice)).unwrap();
    let told = practice.run(&["claims"]);
    let beside = "new claims start on version 2 of `professional-claim`: 60 claims stay on earlier ones; `claimflow workflow \
                  migrate professional-claim` moves them\n";
    assert_eq!(told.err, beside);
    let before: Vec<String> = practice.ids("held");
    assert!(before.len() > 1, "{before:?}");
    let shown = practice.run(&["show", &before[0], "--json"]).json(0);
    insta::assert_snapshot!("needs a map", practice.run(&["workflow", "migrate"]).refused(3));
    let map = ["workflow", "migrate", "--map", "held=mend"];
    insta::assert_snapshot!("dry run", practice.run(&map).ended(0));
    assert_eq!(on(&practice, "professional-claim@2"), 0, "nothing was moved");

    let mut apply = map.to_vec();
    apply.extend(["--apply", "--reason", "shorter waits"]);
    insta::assert_snapshot!("applied", practice.run(&apply).ended(0));
    assert_eq!(on(&practice, "professional-claim@1"), 0);
    let timeline = practice.run(&["show", &before[0]]).ended(0).to_owned();
    let line = timeline.lines().find(|line| line.contains("moved from")).unwrap();
    let moved = "moved from version 1 of professional-claim to version 2 (M1): held → mend";
    assert!(line.contains(moved), "{line}");
    assert!(timeline.contains("shorter waits"), "{timeline}");
    practice.run(&["explain", &before[0]]).ended(0);
    practice.run(&["journal", "verify"]).ended(0);

    // One goes on in the new version, the others go back.
    let released = practice.run(&["release", &before[0], "--reason", "seen"]);
    assert_eq!(released.code, 0, "{}", released.err);
    insta::assert_snapshot!("back", practice.run(&["workflow", "migrate", "--back", "M1"]).ended(1));
    let back = practice.run(&["workflow", "migrate", "--back", "M1", "--apply", "--json"]).json(1);
    let stayed: Vec<&str> = back["claims"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|claim| !claim["error"].is_null())
        .map(|claim| claim["id"].as_str().unwrap())
        .collect();
    assert_eq!(stayed, [before[0].as_str()]);
    assert_eq!(practice.ids("held").len(), before.len() - 1);
    let again = practice.run(&["show", &before[1], "--json"]).json(0);
    assert_eq!(again["state"], "held");
    assert_eq!(shown["state"], "held");
    practice.run(&["state", "rebuild"]).ended(0);
    assert_eq!(on(&practice, "professional-claim@2"), 1, "the counts and the state follow from the journal");
}
