//! Work that is laid aside, and what falls due when.

use crate::support::Practice;

#[test]
fn pended_work_leaves_the_queue_and_says_when_it_comes_back() {
    let practice = Practice::with_claims();
    let id = practice.ids("held").remove(0);
    let before = practice.run(&["queue", "--json"]).json(0)["items"].as_array().unwrap().len();
    let reason = "payer looks at it, ref 8831";
    let said = practice.run(&["pend", &id, "--until", "2026-10-12", "--reason", reason]);
    assert!(said.ended(0).contains("pended: back 2026-10-12 in 9 days"), "{}", said.out);
    let queue = practice.run(&["queue", "--json"]).json(0);
    let left = queue["items"].as_array().unwrap();
    assert!(left.len() < before && left.iter().all(|item| item["id"] != id.as_str()), "{queue}");

    let pended = practice.run(&["queue", "--pended", "--json"]).json(0);
    let item = &pended["items"][0];
    assert_eq!((&item["id"], &item["pended_until"]), (&id.as_str().into(), &"2026-10-12".into()), "{pended}");
    assert_eq!(item["pended_because"], reason);
    let shown = practice.run(&["queue", "--pended"]);
    assert!(shown.ended(0).contains("back 2026-10-12 in 9 days"), "{}", shown.out);
    let show = practice.run(&["show", &id]);
    assert!(show.ended(0).contains("pended until 2026-10-12"), "{}", show.out);
    assert!(practice.run(&["report", "--json"]).json(0)["pended"]["count"].as_u64().unwrap() >= 1);
    let timers = practice.run(&["timers", "--json"]).json(0);
    assert!(timers["deadlines"].as_u64().unwrap() >= 1, "{timers}");

    let ended = practice.run(&["pend", &id, "--until", "none", "--json"]).json(0);
    assert!(ended["work_items"][0]["pended_until"].is_null(), "{ended}");
    assert!(practice.run(&["queue", "--pended"]).ended(0).contains("Nothing"));
    assert_eq!(practice.run(&["queue", "--json"]).json(0)["items"].as_array().unwrap().len(), before);
}

#[test]
fn pended_work_that_ends_before_its_day_says_so() {
    let practice = Practice::with_claims();
    let id = practice.ids("held").remove(0);
    practice.run(&["pend", &id, "--until", "2026-10-12", "--reason", "payer looks at it"]).ended(0);
    let line =
        |shown: &str| shown.lines().find(|line| line.contains("closed")).map(|line| line.trim().to_owned());
    assert_eq!(line(practice.run(&["show", &id]).ended(0)), None);
    practice.run(&["release", &id, "--reason", "they answered"]).ended(0);
    let told = line(practice.run(&["show", &id]).ended(0));
    assert_eq!(told.as_deref(), Some("work item 1 closed (released); it was pended until 2026-10-12"));
    let timeline = practice.run(&["show", &id, "--json"]).json(0)["timeline"].clone();
    let closed = timeline.as_array().unwrap().iter().find(|event| event["event"] == "closed").unwrap();
    assert_eq!(closed["pended_until"], "2026-10-12");
}

#[test]
fn what_cannot_be_pended_is_told_with_what_can() {
    let practice = Practice::with_claims();
    let id = practice.ids("held").remove(0);
    let pend = |arguments: &[&str]| practice.run(&[&["pend", &id], arguments].concat());
    assert!(pend(&["--until", "2026-10-03", "--reason", "x"]).refused(3).contains("is not a day to come"));
    assert!(pend(&["--until", "2026-12-01"]).refused(2).contains("needs a reason"));
    assert!(
        pend(&["--until", "soon", "--reason", "x"])
            .refused(2)
            .contains("write a date as 2026-12-07, or none")
    );
    assert!(pend(&["--until", "none"]).refused(3).contains("nothing of the claim is pended"));
    let waits = practice.ids("awaiting-acceptance").remove(0);
    let refused = practice.run(&["pend", &waits, "--until", "2026-12-01", "--reason", "x"]);
    assert!(refused.refused(3).contains("has no work item that could be pended"), "{}", refused.err);
}

#[test]
fn timers_show_what_falls_due() {
    let practice = Practice::with_claims();
    let shown = practice.run(&["timers"]);
    assert!(shown.ended(0).starts_with("It is 2026-10-03 00:00 in UTC. "), "{}", shown.out);
    assert!(shown.out.contains("awaiting acceptance"), "{}", shown.out);
    let json = practice.run(&["timers", "--limit", "1", "--json"]).json(0);
    assert_eq!(json["next"].as_array().unwrap().len(), 1, "{json}");
    assert_eq!(json["time_zone"], "UTC");
}
