//! The road of a professional claim, as the shipped workflow describes it. The core reads no YAML, so it is built here.

use crate::guard::{GuardExpr, GuardOp};
use crate::workflow::{
    Draft, DraftAsks, DraftKind, DraftState, DraftTransition, Offered, Placed, Workflow, check,
};
use crate::{DAY_MS, DueIn, Money, Span, Text, Value};

/// A name without a place: these drafts are read from no file.
pub(crate) fn at(name: &str) -> Placed<Text> {
    Placed::new(name.into(), 1, 1)
}

fn names(words: &str) -> Vec<Placed<Text>> {
    words.split_whitespace().map(at).collect()
}

/// `variable == "text"`.
pub(crate) fn is(variable: &str, text: &str) -> GuardExpr {
    GuardExpr::Compare { variable: variable.into(), op: GuardOp::Equal, value: Value::Text(text.into()) }
}

fn positive(variable: &str) -> GuardExpr {
    GuardExpr::Compare { variable: variable.into(), op: GuardOp::Greater, value: Value::Money(Money::ZERO) }
}

/// An unconditional transition.
pub(crate) fn to(target: &str) -> DraftTransition {
    DraftTransition { when: None, to: at(target) }
}

/// A transition under a guard.
pub(crate) fn when(guard: GuardExpr, target: &str) -> DraftTransition {
    DraftTransition { when: Some(guard), to: at(target) }
}

fn on(event: &str, target: &str) -> DraftTransition {
    when(is("event", event), target)
}

fn state(name: &str, kind: DraftKind, then: Vec<DraftTransition>) -> DraftState {
    DraftState { name: at(name), kind, note: at(""), set: Vec::new(), then }
}

/// A state that does something at once.
pub(crate) fn work(name: &str, action: &str, then: Vec<DraftTransition>) -> DraftState {
    state(name, DraftKind::Work { action: at(action), asks: DraftAsks::default() }, then)
}

/// A state that asks a plugin.
pub(crate) fn asks(name: &str, action: &str, asks: DraftAsks, then: Vec<DraftTransition>) -> DraftState {
    state(name, DraftKind::Work { action: at(action), asks }, then)
}

/// A state that goes through another workflow.
pub(crate) fn calls(name: &str, workflow: &str, asks: DraftAsks, then: Vec<DraftTransition>) -> DraftState {
    state(name, DraftKind::Call { workflow: at(workflow), asks }, then)
}

/// A state that only chooses.
pub(crate) fn choice(name: &str, then: Vec<DraftTransition>) -> DraftState {
    state(name, DraftKind::Choice, then)
}

/// A state that waits, at most so many days.
pub(crate) fn wait(
    name: &str,
    events: &str,
    days: i64,
    otherwise: &str,
    then: Vec<DraftTransition>,
) -> DraftState {
    let kind = DraftKind::Wait {
        events: names(events),
        at_most: Some(DueIn::Span(Span(days * DAY_MS))),
        otherwise: Some(at(otherwise)),
    };
    state(name, kind, then)
}

/// A state where a person acts; findings and denials say who.
pub(crate) fn person(name: &str, resume: &str, then: Vec<DraftTransition>) -> DraftState {
    asked(name, ["", "", ""], 0, resume, then)
}

/// A state where a person acts: category, owner and what to do, in so many days.
pub(crate) fn asked(
    name: &str,
    [category, owner, ask]: [&str; 3],
    days: u16,
    resume: &str,
    then: Vec<DraftTransition>,
) -> DraftState {
    let kind = DraftKind::WorkItem {
        resume: names(resume),
        ask: ask.into(),
        category: category.into(),
        owner: owner.into(),
        within: (days > 0).then_some(DueIn::BusinessDays(days)),
        escalate_to: "billing_lead".into(),
        pend_at_most: Some(DueIn::Days(30)),
    };
    state(name, kind, then)
}

/// An end, with the events that open the claim again.
pub(crate) fn end(name: &str, reopen: &str, then: Vec<DraftTransition>) -> DraftState {
    state(name, DraftKind::Final { reopen: names(reopen), result: Text::default() }, then)
}

/// A draft of these states.
pub(crate) fn draft(start: &str, states: Vec<DraftState>) -> Draft {
    Draft {
        path: "workflows/test.yaml".to_owned(),
        hash: "w1".into(),
        name: "professional-claim".into(),
        version: 1,
        start: at(start),
        history: None,
        variables: Vec::new(),
        states,
    }
}

/// The whole road.
pub(crate) fn professional_claim() -> Draft {
    let mut states = before_submission();
    states.extend(after_submission());
    states.extend(decided());
    states.extend(denied());
    states.extend(ended());
    Draft { history: Some(at("awaiting-remittance")), ..draft("eligibility", states) }
}

/// The whole road, checked.
pub(crate) fn checked() -> Workflow {
    check(&professional_claim(), Offered::default()).unwrap()
}

fn before_submission() -> Vec<DraftState> {
    let held = || when(is("outcome", "held"), "held");
    vec![
        work("eligibility", "eligibility.verify", vec![held(), to("authorization")]),
        work("authorization", "authorization.check", vec![held(), to("scrub")]),
        work("scrub", "claim.scrub", vec![held(), to("submit")]),
        work("submit", "claim.submit", vec![held(), to("awaiting-submission")]),
        wait("awaiting-submission", "submitted", 2, "submission-overdue", vec![to("awaiting-acceptance")]),
        asked(
            "submission-overdue",
            ["rejected", "billing", "Look at the outbox."],
            1,
            "submitted released corrected",
            vec![on("submitted", "awaiting-acceptance"), to("eligibility")],
        ),
        person(
            "held",
            "corrected released new-fact written-off",
            vec![on("written-off", "written-off"), to("eligibility")],
        ),
    ]
}

fn after_submission() -> Vec<DraftState> {
    vec![
        wait(
            "awaiting-acceptance",
            "accepted rejected remitted",
            2,
            "status-inquiry",
            vec![on("rejected", "rejected"), on("remitted", "adjudicate"), to("awaiting-remittance")],
        ),
        asked(
            "status-inquiry",
            ["rejected", "billing", "Ask the clearinghouse."],
            1,
            "accepted rejected remitted released corrected",
            vec![
                on("rejected", "rejected"),
                on("remitted", "adjudicate"),
                on("corrected", "eligibility"),
                to("awaiting-remittance"),
            ],
        ),
        asked(
            "rejected",
            ["rejected", "billing", "Correct it and send it again as an original."],
            2,
            "corrected released new-fact written-off",
            vec![on("written-off", "written-off"), to("eligibility")],
        ),
        wait(
            "awaiting-remittance",
            "remitted rejected",
            45,
            "remittance-overdue",
            vec![on("rejected", "rejected"), to("adjudicate")],
        ),
        asked(
            "remittance-overdue",
            ["rejected", "billing", "Ask the payer for the status."],
            3,
            "remitted rejected corrected resolved written-off",
            vec![
                on("remitted", "adjudicate"),
                on("rejected", "rejected"),
                on("written-off", "written-off"),
                on("corrected", "eligibility"),
                to("awaiting-remittance"),
            ],
        ),
    ]
}

fn decided() -> Vec<DraftState> {
    let undecided = GuardExpr::In {
        variable: "outcome".into(),
        values: vec![Value::Text("reversed".into()), Value::Text("forwarded".into())],
    };
    vec![
        work(
            "adjudicate",
            "remittance.adjudicate",
            vec![when(undecided, "awaiting-remittance"), to("categorize")],
        ),
        work(
            "categorize",
            "denial.categorize",
            vec![
                when(is("outcome", "denied"), "route"),
                when(positive("patient_responsibility"), "patient-balance"),
                when(positive("paid"), "paid"),
                to("closed"),
            ],
        ),
        work("route", "denial.route", vec![to("denied")]),
    ]
}

fn denied() -> Vec<DraftState> {
    vec![
        person(
            "denied",
            "corrected appealed written-off resolved remitted new-fact",
            vec![
                on("remitted", "adjudicate"),
                on("appealed", "appealed"),
                on("written-off", "written-off"),
                on("corrected", "eligibility"),
                on("new-fact", "categorize"),
                when(positive("patient_responsibility"), "patient-balance"),
                to("closed"),
            ],
        ),
        wait(
            "appealed",
            "remitted written-off corrected",
            60,
            "appeal-overdue",
            vec![on("remitted", "adjudicate"), on("corrected", "eligibility"), to("written-off")],
        ),
        asked(
            "appeal-overdue",
            ["medical_necessity", "utilization_review", "Call, or appeal again."],
            3,
            "remitted appealed written-off resolved",
            vec![
                on("remitted", "adjudicate"),
                on("appealed", "appealed"),
                on("written-off", "written-off"),
                to("closed"),
            ],
        ),
    ]
}

fn ended() -> Vec<DraftState> {
    vec![
        wait(
            "patient-balance",
            "patient-paid written-off remitted",
            90,
            "patient-follow-up",
            vec![on("remitted", "adjudicate"), on("written-off", "written-off"), to("paid")],
        ),
        asked(
            "patient-follow-up",
            ["benefit_limit", "front_desk", "Send a statement."],
            5,
            "patient-paid written-off resolved remitted",
            vec![on("remitted", "adjudicate"), on("written-off", "written-off"), to("paid")],
        ),
        end("paid", "remitted", vec![to("adjudicate")]),
        end("written-off", "remitted", vec![to("adjudicate")]),
        end("closed", "remitted", vec![to("adjudicate")]),
    ]
}
