//! What people do with claims that wait for them.

use crate::support::Practice;

/// The first held claim with this defect.
fn held_for(practice: &Practice, rule: &str) -> Option<String> {
    practice.ids("held").into_iter().find(|id| {
        let shown = practice.run(&["show", id, "--json"]).json(0);
        shown["findings"].as_array().unwrap().iter().any(|own| own["rule"] == rule && own["level"] == "hold")
    })
}

#[test]
fn init_makes_a_practice_that_works() {
    let practice = Practice::new();
    for path in [
        "claimflow.yaml",
        "routing.csv",
        "README.md",
        "payers/aetna/pack.yaml",
        "workflows",
        "inbox",
        "outbox",
    ] {
        assert!(practice.path(path).exists(), "{path}");
    }
    let settings = std::fs::read_to_string(practice.path("claimflow.yaml")).unwrap();
    assert!(
        settings.lines().filter(|line| line.starts_with('#')).count() > 10,
        "the settings explain themselves"
    );
    assert!(practice.run(&["claims"]).ended(0).contains("No claims"));
    assert!(practice.run(&["queue"]).ended(0).contains("Nothing to do"));
}

#[test]
fn a_released_claim_goes_out_and_keeps_the_reason() {
    let practice = Practice::with_claims();
    let id = practice.ids("held").remove(0);
    let ran = practice.run(&["release", &id, "--reason", "confirmed by phone"]);
    assert!(ran.code == 0 || ran.err.contains("cannot be released"), "{}", ran.err);
    if ran.code == 0 {
        let shown = practice.run(&["show", &id]);
        assert!(shown.ended(0).contains("confirmed by phone"), "{}", shown.out);
    }
}

#[test]
fn a_written_off_claim_ends() {
    let practice = Practice::with_claims();
    let id = practice.ids("held").remove(0);
    let ended =
        practice.run(&["resolve", &id, "--as", "written-off", "--reason", "too old", "--json"]).json(0);
    assert_eq!(ended["state"], "written-off");
    assert!(!practice.run(&["queue", "--json"]).ended(0).contains(&id));
}

#[test]
fn a_mended_note_lets_its_claim_go_on() {
    let practice = Practice::with_claims();
    let rule = "DOC-START-STOP";
    let Some(id) = held_for(&practice, rule) else {
        println!("skipped: the first week of the sample has no claim without times");
        return;
    };
    // The clinician completes the note, and the register says so.
    let file = practice.path("registers/visits.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let place = |name: &str| header.iter().position(|own| *own == name).unwrap();
    let mended: Vec<String> = text
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if cells[0] == id {
                cells[place("start")] = "10:00";
                cells[place("stop")] = "10:55";
            }
            cells.join(",")
        })
        .collect();
    std::fs::write(&file, mended.join("\n")).unwrap();
    let empty = practice.file("nothing.json", b"[]");
    let moved = practice.run(&["ingest", "--json", &empty]).json(0);
    assert!(moved["moved_besides"]["registers"].as_u64().unwrap() >= 1, "{moved}");
    let shown = practice.run(&["show", &id, "--json"]).json(0);
    assert!(!shown["findings"].as_array().unwrap().iter().any(|own| own["rule"] == rule), "{shown}");
}

#[test]
fn a_correction_is_on_the_timeline_and_private_values_are_not_shown() {
    let practice = Practice::with_claims();
    let id = practice.ids("held").remove(0);
    let fields = ["line[1].units=1", "subscriber.member_id=QX77123456"];
    practice.run(&["correct", &id, fields[0], fields[1], "--reason", "from the card"]).ended(0);
    let shown = practice.run(&["show", &id]);
    assert!(shown.ended(0).contains("from the card"), "{}", shown.out);
    let data = practice.run(&["show", &id, "--json"]);
    for text in [shown.ended(0), data.ended(0)] {
        assert!(!text.contains("QX77123456") && text.contains("••••56"), "{text}");
    }
}

#[test]
fn changed_rules_are_said_when_explaining() {
    let practice = Practice::with_claims();
    let id = practice.ids("held").remove(0);
    let file = practice.path("payers/aetna/tables/aetna_precertification.csv");
    let mut text = std::fs::read_to_string(&file).unwrap();
    let last = text.lines().last().unwrap().to_owned();
    text.push_str(&last.replacen(last.split(',').next().unwrap(), "99999", 1));
    text.push('\n');
    std::fs::write(&file, text).unwrap();
    let explained = practice.run(&["explain", &id]);
    assert!(explained.ended(0).contains("by the rules that decided then"), "{}", explained.out);
    // Where the generation that decided is not kept any more, today's rules tell what stays silent.
    std::fs::remove_dir_all(practice.path("data/generations")).unwrap();
    let explained = practice.run(&["explain", &id]);
    assert!(explained.ended(0).contains("the rules have changed since"), "{}", explained.out);
}

#[test]
fn a_rule_for_other_claims_says_for_which() {
    let practice = Practice::with_claims();
    let id = practice.ids("held").remove(0);
    let shown = practice.run(&["show", &id, "--json"]).json(0);
    let fired = shown["findings"][0]["rule"].as_str().unwrap().to_owned();
    let one = practice.run(&["explain", &id, "--rule", &fired]);
    assert!(one.ended(0).contains("because") && one.out.contains("read"), "{}", one.out);
    let near = practice.run(&["explain", &id, "--rule", "DOC-STRAT-STOP"]);
    assert!(near.refused(2).contains("did you mean `DOC-START-STOP`?"), "{}", near.err);
}
