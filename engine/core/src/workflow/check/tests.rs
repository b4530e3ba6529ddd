//! Each fault once, all faults of a draft together, and a draft that has none.

use super::check;
use crate::guard::GuardExpr;
use crate::testing::road::{at, choice, draft, end, is, person, professional_claim, to, wait, when, work};
use crate::workflow::{ActionSpec, Draft, DraftKind, DraftState, Offered, Placed, StateKind};

/// The faults as people read them: place, code, message, and the help below. States stand one a line, from line 10, and
/// transitions in columns 20, 30...
#[track_caller]
fn faults(draft: Draft, expected: &[&str]) {
    let told: Vec<String> = match check(&placed(draft), offered(&[remind()])) {
        Ok(_) => Vec::new(),
        Err(faults) => faults
            .iter()
            .map(|f| format!("{}:{} {} {} | {}", f.line, f.column, f.code, f.message, f.help))
            .collect(),
    };
    assert_eq!(told, expected);
}

fn offered(actions: &[ActionSpec]) -> Offered<'_> {
    Offered { actions, calls: &[] }
}

fn remind() -> ActionSpec {
    ActionSpec { name: "clinic.remind".into(), ..ActionSpec::default() }
}

fn placed(mut draft: Draft) -> Draft {
    fn put<T>(name: &mut Placed<T>, line: u32, column: u32) {
        (name.line, name.column) = (line, column);
    }
    put(&mut draft.start, 3, 8);
    draft.history.iter_mut().for_each(|history| put(history, 4, 10));
    for (line, state) in (10..).zip(&mut draft.states) {
        put(&mut state.name, line, 3);
        for (place, transition) in (2..).zip(&mut state.then) {
            put(&mut transition.to, line, place * 10);
        }
        if let DraftKind::Wait { otherwise: Some(otherwise), .. } = &mut state.kind {
            put(otherwise, line, 16);
        }
        match &mut state.kind {
            DraftKind::Work { action, .. } => put(action, line, 12),
            DraftKind::Wait { events, .. } | DraftKind::WorkItem { resume: events, .. } => {
                events.iter_mut().for_each(|event| put(event, line, 14));
            }
            _ => {}
        }
    }
    draft
}

/// `scrub` that leads to `closed`, and what is given between them.
fn around(middle: Vec<DraftState>) -> Vec<DraftState> {
    let first =
        work("scrub", "claim.scrub", vec![to(middle.first().map_or("closed", |s| s.name.value.as_str()))]);
    std::iter::once(first).chain(middle).chain([end("closed", "", vec![])]).collect()
}

#[test]
fn the_whole_road_passes() {
    let workflow = check(&professional_claim(), Offered::default()).unwrap();
    assert_eq!(workflow.states().len(), 23);
    assert_eq!(workflow.state(workflow.start()).name, "eligibility");
    assert_eq!(workflow.state(workflow.history()).name, "awaiting-remittance");
    let appealed = workflow.state(workflow.find("appealed").unwrap());
    let StateKind::Wait { deadline: Some((span, otherwise)), .. } = &appealed.kind else {
        panic!("{:?} waits", appealed.kind)
    };
    let span = crate::DueIn::Span(crate::Span(60 * crate::DAY_MS)) == *span;
    assert_eq!((span, workflow.state(*otherwise).name.as_str()), (true, "appeal-overdue"));
    assert!(workflow.find("nowhere").is_none());
}

#[test]
fn a_small_road_passes_with_an_action_of_a_plugin() {
    let small = around(vec![work("remind", "clinic.remind", vec![to("closed")])]);
    let workflow = check(&draft("scrub", small), offered(&[remind()])).unwrap();
    assert_eq!(workflow.history(), workflow.start());
}

#[test]
fn w001_a_target_that_is_not_there() {
    let mut lost = draft("scub", around(vec![wait("sent", "remitted", 2, "close", vec![to("paid")])]));
    lost.history = Some(at("sent "));
    faults(
        lost,
        &[
            "3:8 W001 there is no state `scub` | did you mean `scrub`?",
            "4:10 W001 there is no state `sent ` | did you mean `sent`?",
            "11:16 W001 there is no state `close` | did you mean `closed`?",
            "11:20 W001 there is no state `paid` | add the state, or name one that is there",
        ],
    );
}

#[test]
fn w002_a_state_that_no_claim_reaches() {
    let island = person("island", "released", vec![to("closed")]);
    let mut states = around(vec![]);
    states.push(island);
    faults(
        draft("scrub", states),
        &["12:3 W002 no claim can ever reach `island` | lead a transition there, or remove it"],
    );
    // A way out of an end that nothing opens again is no way.
    let mut states = around(vec![]);
    states[1] = end("closed", "", vec![to("after")]);
    states.push(person("after", "released", vec![to("closed")]));
    faults(
        draft("scrub", states),
        &[
            "11:20 W010 `closed` is final and nothing opens it again: `then` is never reached \
             | add `reopen: [remitted]`, or remove `then`",
            "12:3 W002 no claim can ever reach `after` | lead a transition there, or remove it",
        ],
    );
}

#[test]
fn w003_a_state_from_which_no_claim_ends() {
    let middle = vec![
        choice("fork", vec![when(is("payer", "60054"), "round"), to("closed")]),
        wait("round", "remitted", 2, "round", vec![to("round")]),
    ];
    faults(
        draft("scrub", around(middle)),
        &["12:3 W003 a claim in `round` can never end: no final state follows \
           | add a transition on the way to a final state"],
    );
}

#[test]
fn w004_states_that_go_round_without_waiting() {
    let middle = vec![
        choice("fork", vec![when(is("payer", "60054"), "spin"), to("closed")]),
        work("spin", "claim.scrub", vec![when(is("outcome", "held"), "fork"), to("closed")]),
        choice("own", vec![when(is("payer", "1"), "own"), to("lost")]),
    ];
    faults(
        draft("scrub", around(middle)),
        &[
            "11:3 W004 `fork`, `spin` lead into each other without waiting: a claim would go round for ever \
             | put a `wait` or a `work-item` between them",
            "13:3 W004 `own` leads into itself without waiting: a claim would go round for ever \
             | put a `wait` or a `work-item` between them",
            "13:30 W001 there is no state `lost` | add the state, or name one that is there",
        ],
    );
}

#[test]
fn w005_a_last_transition_with_a_condition_or_none_at_all() {
    let middle =
        vec![choice("fork", vec![when(is("payer", "60054"), "closed")]), person("held", "released", vec![])];
    faults(
        draft("scrub", around(middle)),
        &[
            "11:20 W005 the last transition of `fork` has a condition \
             | end with `- { to: STATE }`, which always holds",
            "12:3 W005 `held` leads nowhere | add `then:` with at least `- { to: STATE }`",
        ],
    );
    let always = choice("fork", vec![when(GuardExpr::Always, "closed")]);
    faults(draft("scrub", around(vec![always])), &[]);
}

#[test]
fn w006_an_action_that_nobody_offers() {
    let middle =
        vec![work("scan", "claim.scrib", vec![to("mail")]), work("mail", "letter.send", vec![to("closed")])];
    faults(
        draft("scrub", around(middle)),
        &[
            "11:12 W006 no plugin offers the action `claim.scrib` | did you mean `claim.scrub`?",
            "12:12 W006 no plugin offers the action `letter.send` | actions are eligibility.verify, \
             authorization.check, claim.scrub, claim.submit, remittance.adjudicate, denial.categorize, \
             denial.route, clinic.remind",
        ],
    );
}

#[test]
fn w007_events_that_never_come() {
    let middle = vec![
        person("held", "corected fixed", vec![when(is("event", "released"), "open"), to("open")]),
        person("open", "", vec![when(is("event", "released"), "closed"), to("closed")]),
    ];
    faults(
        draft("scrub", around(middle)),
        &[
            "11:14 W007 there is no event `corected` | did you mean `corrected`?",
            "11:14 W007 there is no event `fixed` | events are submitted, accepted, rejected, remitted, \
             corrected, released, new-fact, resolved, appealed, written-off, patient-paid",
            "11:20 W007 `event == \"released\"` never holds: `held` does not wait for it \
             | it waits for corected, fixed",
            "12:3 W007 nothing ends `open` | name at least one event",
            "12:20 W007 `event == \"released\"` never holds: `open` does not wait for it \
             | only a `wait`, a `work-item` or a `final` that reopens has events",
        ],
    );
    let typo =
        person("held", "released written-off", vec![when(is("event", "writen-off"), "closed"), to("closed")]);
    faults(
        draft("scrub", around(vec![typo])),
        &["11:20 W007 `event == \"writen-off\"` never holds: `held` does not wait for it \
           | did you mean `written-off`?"],
    );
}

#[test]
fn w008_two_states_of_one_name() {
    let middle = vec![choice("fork", vec![to("closed")]), choice("fork", vec![to("closed")])];
    faults(
        draft("scrub", around(middle)),
        &["12:3 W008 the state `fork` is there twice | give each state its own name"],
    );
}

#[test]
fn w009_no_end_and_no_deadline() {
    faults(
        draft(
            "scrub",
            vec![
                work("scrub", "claim.scrub", vec![to("held")]),
                person("held", "released", vec![to("scrub")]),
            ],
        ),
        &["3:8 W009 no state is final, so no claim could ever end \
           | add a state such as `closed: { final: true }`"],
    );
    let mut middle = vec![
        wait("sent", "remitted", 2, "closed", vec![to("more")]),
        wait("more", "remitted", 2, "closed", vec![to("closed")]),
    ];
    for (state, cut) in middle.iter_mut().zip([true, false]) {
        if let DraftKind::Wait { at_most, otherwise, .. } = &mut state.kind {
            *otherwise = None;
            *at_most = at_most.filter(|_| cut);
        }
    }
    faults(
        draft("scrub", around(middle)),
        &[
            "11:3 W009 `sent` has a deadline but says not what follows it | add `else: STATE` to `wait`",
            "12:3 W009 `more` waits without a deadline: a claim could stay there for ever \
             | add `at-most: 45d` and `else: STATE` to `wait`",
        ],
    );
}

#[test]
fn w010_transitions_that_are_never_reached() {
    let middle = vec![choice("fork", vec![to("closed"), when(is("payer", "1"), "closed"), to("closed")])];
    faults(
        draft("scrub", around(middle)),
        &[
            "11:20 W010 what follows `to: closed` is never reached | give it a condition, or move it to the end",
        ],
    );
}

#[test]
fn all_faults_of_a_draft_are_told_in_one_pass() {
    let middle = vec![
        work("scan", "claim.scrib", vec![to("nowhere"), to("scan")]),
        person("held", "corected", vec![when(is("payer", "1"), "closed")]),
        choice("scan", vec![]),
    ];
    let mut broken = draft("scrub", around(middle));
    broken.states.pop();
    let codes = |draft: Draft| -> Vec<String> {
        check(&draft, Offered::default()).unwrap_err().iter().map(|fault| fault.code.to_string()).collect()
    };
    let mut all = codes(broken);
    all.sort();
    assert_eq!(all, ["W001", "W001", "W004", "W005", "W005", "W006", "W007", "W008", "W009", "W010"]);
    assert!(check(&professional_claim(), Offered::default()).is_ok());
    assert!(check(&draft("", vec![]), Offered::default()).is_err());
}
