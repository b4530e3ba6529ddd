//! Tests of mappings.

use crate::testing::road::{asked, at, checked, draft, end, person, professional_claim, to, wait, work};
use crate::workflow::{
    DeadlineIs, Draft, DraftKind, Items, Landing, MappingFault, Offered, Remark, Workflow, check, map_states,
};
use crate::{DAY_MS, DueIn, Span, Text};

fn second(change: impl FnOnce(&mut Draft)) -> Workflow {
    let mut draft = Draft { version: 2, hash: "w2".into(), ..professional_claim() };
    change(&mut draft);
    check(&draft, Offered::default()).unwrap()
}

fn rename(draft: &mut Draft, old: &str, new: &str) {
    let swap = |placed: &mut crate::workflow::Placed<Text>| {
        if placed.value == old {
            placed.value = new.into();
        }
    };
    for state in &mut draft.states {
        swap(&mut state.name);
        state.then.iter_mut().for_each(|transition| swap(&mut transition.to));
        if let DraftKind::Wait { otherwise: Some(otherwise), .. } = &mut state.kind {
            swap(otherwise);
        }
    }
}

fn mapped(
    to: &Workflow,
    held: &[&str],
    orders: &[(&str, &str)],
    redo: &[&str],
) -> Result<Vec<Landing>, Vec<MappingFault>> {
    let held: Vec<(Text, u64)> = held.iter().map(|name| ((*name).into(), 2)).collect();
    let orders: Vec<(Text, Text)> = orders.iter().map(|(old, new)| ((*old).into(), (*new).into())).collect();
    let redo: Vec<Text> = redo.iter().map(|name| (*name).into()).collect();
    map_states(Some(&checked()), to, &held, &orders, &redo)
}

fn only(to: &Workflow, held: &str, orders: &[(&str, &str)], redo: &[&str]) -> Landing {
    mapped(to, &[held], orders, redo).unwrap().remove(0)
}

#[test]
fn the_same_state_changes_nothing() {
    let same = second(|_| ());
    for state in checked().states().iter().filter(|state| !state.is_immediate()) {
        let landing = only(&same, &state.name, &[], &[]);
        assert_eq!((&landing.to, landing.remarks), (&state.name, vec![]), "{}", state.name);
    }
}

#[test]
fn what_has_not_begun_begins_in_the_new_version() {
    let landing = only(&second(|draft| rename(draft, "held", "mend")), "", &[], &[]);
    assert_eq!((&*landing.from, &*landing.to, landing.items), ("", "", Items::Keep));
}

#[test]
fn every_state_with_claims_needs_a_place() {
    let renamed = second(|draft| {
        rename(draft, "status-inquiry", "status-enquiry");
        rename(draft, "held", "mend");
        rename(draft, "paid", "done");
    });
    let faults = mapped(&renamed, &["status-inquiry", "held", "denied", "paid"], &[], &[]).unwrap_err();
    let told: Vec<String> = faults.iter().map(|fault| format!("{fault}: {}", fault.help())).collect();
    assert_eq!(
        told,
        [
            "the new version has no state `status-inquiry`, and 2 claims are in it: the state most like it is \
             `status-enquiry`: `--map status-inquiry=status-enquiry`",
            "the new version has no state `held`, and 2 claims are in it: the state most like it is `mend`: \
             `--map held=mend`",
            "the new version has no state `paid`, and 2 claims are in it: the state most like it is `done`: \
             `--map paid=done`",
        ]
    );
    let orders = [("status-inquiry", "status-enquiry"), ("held", "mend"), ("paid", "done")];
    let landings = mapped(&renamed, &["status-inquiry", "held", "denied", "paid"], &orders, &[]).unwrap();
    assert!(landings.iter().all(|landing| landing.remarks.is_empty()), "{landings:?}");
}

#[test]
fn maps_that_name_what_is_not_there_are_faults() {
    let same = second(|_| ());
    let faults = mapped(&same, &["held"], &[("hold", "held"), ("held", "apealed")], &[]).unwrap_err();
    let told: Vec<String> = faults.iter().map(|fault| format!("{fault}: {}", fault.help())).collect();
    assert_eq!(
        told,
        [
            "the old version has no state `hold`, which is mapped to `held`: did you mean `held`?",
            "the new version has no state `apealed`, which `held` is mapped to: did you mean `appealed`?",
        ]
    );
}

#[test]
fn work_is_not_done_twice_and_no_claim_is_lost() {
    let same = second(|_| ());
    let orders = [("awaiting-acceptance", "submit"), ("held", "closed"), ("paid", "held")];
    let faults = mapped(&same, &["awaiting-acceptance", "held", "paid"], &orders, &[]).unwrap_err();
    let told: Vec<String> = faults.iter().map(|fault| format!("{fault}: {}", fault.help())).collect();
    assert_eq!(
        told,
        [
            "`submit` does its work as soon as a claim comes there (`claim.submit`), so claims in `awaiting-acceptance` \
             would have it done again: map `awaiting-acceptance` to a state that waits, or say `--redo submit` when that \
             is what you want",
            "`closed` is an end, and claims in `held` are not at theirs: what they wait for would be lost: map `held` to a \
             state that waits or that somebody works on; write off what is to end",
            "`paid` is an end and `held` is none: claims that are done with would be open again: map `paid` to an end",
        ]
    );
    let landing = only(&same, "awaiting-acceptance", &orders, &["submit"]);
    assert!(landing.redo);
    assert_eq!(landing.remarks, [Remark::Redone("claim.submit".into())]);
}

#[test]
fn what_is_other_in_the_new_state_is_told() {
    let other = second(|draft| {
        for state in &mut draft.states {
            match (state.name.value.as_str(), &mut state.kind) {
                ("awaiting-remittance", DraftKind::Wait { events, at_most, otherwise }) => {
                    events.truncate(1);
                    *at_most = Some(DueIn::Span(Span(30 * DAY_MS)));
                    *otherwise = Some(at("status-inquiry"));
                    state.then.remove(0);
                }
                ("status-inquiry", DraftKind::WorkItem { owner, ask, .. }) => {
                    *owner = "coding".into();
                    *ask = "Look.".into();
                }
                ("denied", DraftKind::WorkItem { escalate_to, .. }) => *escalate_to = Text::default(),
                _ => {}
            }
        }
        draft.states.retain(|state| state.name.value != "remittance-overdue");
    });
    let wait = only(&other, "awaiting-remittance", &[], &[]);
    assert_eq!((wait.items, wait.deadline), (Items::Close, DeadlineIs::From(DueIn::Span(Span(30 * DAY_MS)))));
    assert_eq!(
        wait.remarks,
        [
            Remark::Then("remittance-overdue".into(), "status-inquiry".into()),
            Remark::Waits(Some(DueIn::Span(Span(45 * DAY_MS))), Some(DueIn::Span(Span(30 * DAY_MS)))),
            Remark::EventsLost(vec!["rejected".into()]),
        ]
    );
    let item = only(&other, "status-inquiry", &[], &[]);
    assert_eq!((item.items, item.deadline), (Items::Reopen, DeadlineIs::OfItems));
    assert_eq!(item.remarks, [Remark::ItemsReopened(vec!["what to do", "owner"])]);
    let denied = only(&other, "denied", &[], &[]);
    assert_eq!((denied.items, denied.deadline), (Items::Keep, DeadlineIs::OfItems));
    let opened = only(&other, "awaiting-acceptance", &[("awaiting-acceptance", "status-inquiry")], &[]);
    assert_eq!((opened.items, opened.deadline), (Items::Open, DeadlineIs::OfItems));
    let closed = only(&other, "held", &[("held", "awaiting-acceptance")], &[]);
    assert_eq!(closed.items, Items::Close);
    assert!(closed.remarks.contains(&Remark::ItemsClosed));
}

#[test]
fn a_lost_content_maps_by_name_alone() {
    let small = draft(
        "scrub",
        vec![
            work("scrub", "claim.scrub", vec![to("held")]),
            person("held", "corrected", vec![to("waiting")]),
            wait("waiting", "remitted", 3, "asked", vec![to("end")]),
            asked("asked", ["rejected", "billing", "Look."], 1, "resolved", vec![to("end")]),
            end("end", "", vec![]),
        ],
    );
    let small = check(&small, Offered::default()).unwrap();
    let held: Vec<(Text, u64)> = ["held", "waiting", "end"].map(|name| (name.into(), 1)).to_vec();
    let landings = map_states(None, &small, &held, &[], &[]).unwrap();
    let kept: Vec<(Items, DeadlineIs)> = landings.iter().map(|own| (own.items, own.deadline)).collect();
    let expected = [
        (Items::Keep, DeadlineIs::OfItems),
        (Items::Close, DeadlineIs::From(DueIn::Span(Span(3 * DAY_MS)))),
        (Items::Close, DeadlineIs::None),
    ];
    assert_eq!(kept, expected);
}
