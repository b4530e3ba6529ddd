//! The whole language as authors write it, and every proof of it with its place and mend.

use claimflow_core::expr::Expr;
use claimflow_core::workflow::{ActionSpec, Called, Offered, Slot, StateKind, Workflow, check_calls};
use claimflow_core::{Span, Value, ValueType};

use crate::SourceFile;
use crate::testing::report;
use crate::words::Words;

fn words() -> Words {
    Words::known(
        ["coding", "rejected", "medical_necessity"],
        ["billing", "billing_lead", "utilization_review"],
    )
}

fn fees() -> ActionSpec {
    ActionSpec {
        name: "fees.lookup".into(),
        inputs: vec![Slot::required("procedure", ValueType::Text), Slot::optional("on", ValueType::Date)],
        outputs: vec![Slot::required("allowed", ValueType::Money), Slot::optional("note", ValueType::Text)],
        outcomes: vec!["found".into(), "missing".into()],
        ..ActionSpec::default()
    }
}

/// Reads and proves these files together.
pub(super) fn prove(files: &[(&str, &str)]) -> (Vec<Workflow>, String) {
    let sources: Vec<SourceFile> = files.iter().map(|(path, text)| SourceFile::new(*path, *text)).collect();
    let read: Vec<super::Read> = sources.iter().map(|file| super::read(file, &words())).collect();
    let drafts = || read.iter().filter_map(|read| read.draft.as_ref());
    let (mut faults, calls) = (check_calls(drafts()), Called::all(drafts()));
    let offered = Offered { actions: &[fees()], calls: &calls };
    let mut workflows = Vec::new();
    for own in read {
        let (workflow, found) = own.prove(offered);
        workflows.extend(workflow);
        faults.extend(found);
    }
    (workflows, report(&faults))
}

const APPEAL: &str = "\
workflow: appeal
version: 1
start: waiting
takes:
  level: number
variables:
  answer: \"\"
states:
  waiting:
    note: level ${level}
    wait: { for: [remitted], at-most: 30d, else: silent }
    then: [{ to: answered }]
  answered: { final: true, result: won }
  silent: { final: true }
";

const WHOLE: &str = "\
workflow: whole
version: 1
start: price
variables:
  fee: 0.00
  level: 0
  asked: date
  answer: text
  urgent: false
states:
  price:
    set: { asked: as_of, urgent: 'claim.charge > 500 && payer == \"60054\"' }
    do: fees.lookup
    input: { procedure: claim.first_procedure, on: asked }
    keep: { fee: allowed }
    retry: { times: 5, first: 10s, factor: 3, cap: 10m, jitter: 20% }
    timeout: 30s
    on-error: by-hand
    then:
      - { when: 'outcome == \"found\" && fee < billed', to: appeal }
      - { to: done }
  by-hand:
    note: 'asked on ${asked}: ${error}'
    work-item: { resume: [resolved], owner: billing, ask: Look the fee up. }
    then: [{ to: done }]
  appeal:
    set: { level: level + 1 }
    call: appeal
    input: { level: level }
    keep: { answer: answer }
    then:
      - { when: 'outcome == \"won\" || level >= 2', to: done }
      - { to: by-hand }
  done: { final: true }
";

#[test]
fn every_key_of_the_language_is_read() {
    let (workflows, faults) =
        prove(&[("workflows/appeal/v1.yaml", APPEAL), ("workflows/whole/v1.yaml", WHOLE)]);
    assert_eq!(faults, "");
    let [appeal, whole] = workflows.as_slice() else { panic!("two workflows") };
    let state = |name: &str| whole.state(whole.find(name).unwrap());
    let StateKind::Work { asks: Some(asks), .. } = &state("price").kind else { panic!("a plugin is asked") };
    assert_eq!(asks.retry.map(|retry| (retry.times, retry.first, retry.jitter)), Some((5, Span(10_000), 20)));
    assert_eq!(asks.timeout, Some(Span(30_000)));
    assert_eq!(asks.on_error, whole.find("by-hand"));
    assert_eq!(asks.input[1], ("on".into(), Expr::Variable("asked".into())));
    assert_eq!(asks.keep, [("fee".into(), "allowed".into())]);
    assert_eq!(state("price").set.len(), 2);
    assert!(matches!(&state("appeal").kind, StateKind::Call { workflow, .. } if workflow == "appeal"));
    assert_eq!(whole.variable("urgent").unwrap().default, Value::Bool(false));
    assert_eq!(whole.variable("asked").unwrap().default, Value::None);
    assert_eq!(appeal.variable("level").unwrap().kind, ValueType::Int);
    let answered = &appeal.state(appeal.find("answered").unwrap()).kind;
    assert!(matches!(answered, StateKind::Final { result, .. } if result == "won"));
}

#[test]
fn every_mistake_has_its_place_and_mend() {
    let text = "\
workflow: whole
version: 1
start: price
takes: { fee: 1 }
variables:
  fee: 0.00
  Level: 0
  outcome: \"\"
  asked: date
  kind: amount
  money: money
states:
  price:
    set: { asket: as_of, money: 'asked', fee: paid }
    do: fees.lookup
    input: { procedur: claim.first_procedure, on: '3' }
    keep: { money: note, moneys: allowd }
    retry: { times: 0, first: 1h, factor: 0, cap: 10m, jitter: 200% }
    timeout: 0s
    on-error: by-hnd
    then:
      - { when: 'outcome == \"fund\"', to: stage }
      - { when: 'money > 3', to: stage }
      - { to: done }
  stage:
    do: claim.scrub
    input: { a: '1' }
    keep: { money: b }
    on-error: done
    then:
      - { when: 'outcome in [\"held\", \"hold\"]', to: called }
      - { to: done }
  called:
    call: apeal
    retry: { times: 1 }
    then: [{ to: again }]
  again:
    call: appeal
    input: { levels: '1' }
    then: [{ when: 'outcome == \"answered\"', to: done }, { to: done }]
  waits:
    note: ${mony} is due
    result: x
    timeout: soon
    wait: { for: [remitted], at-most: 1d, else: done }
    then: [{ to: done }]
  done: { final: true }
";
    let (workflows, faults) =
        prove(&[("workflows/appeal/v1.yaml", APPEAL), ("workflows/whole/v1.yaml", text)]);
    assert_eq!(workflows.len(), 1);
    insta::assert_snapshot!(faults);
}

#[test]
fn a_variable_is_set_on_every_way_to_where_it_is_read() {
    let text = "\
workflow: whole
version: 1
start: fork
variables: { fee: money, seen: date, note: text }
states:
  fork:
    then: [{ when: 'paid > 0', to: price }, { to: early }]
  early:
    set: { seen: as_of }
    then: [{ to: late }]
  price:
    do: fees.lookup
    input: { procedure: claim.first_procedure, on: seen }
    keep: { fee: allowed, note: note }
    on-error: failed
    then: [{ when: 'note == \"x\" || fee > 0', to: late }, { to: priced }]
  failed:
    note: the fee is ${fee}
    then: [{ to: late }]
  priced:
    set: { fee: fee + 1, seen: as_of }
    then: [{ when: 'days_between(seen, as_of) > 1', to: late }, { to: late }]
  late:
    then: [{ when: 'seen == as_of', to: done }, { to: done }]
  done: { final: true }
";
    let (workflows, faults) = prove(&[("workflows/whole/v1.yaml", text)]);
    assert_eq!(workflows.len(), 0);
    insta::assert_snapshot!(faults);
}
