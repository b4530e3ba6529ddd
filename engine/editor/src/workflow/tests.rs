//! What is offered and explained at places that a `‸` marks.

use std::sync::Arc;

use async_lsp::lsp_types::{HoverContents, Position, Url};
use claimflow_core::ValueType;
use claimflow_core::workflow::{ActionSpec, Slot};
use claimflow_rules::{Surroundings, Word};

use super::*;
use crate::content::Reading;
use crate::workspace::{Open, Workspace};

const TOP: &str = "workflow: mine\nversion: 1\nstart: check\nvariables:\n  fee: 0.00  # allowed\nstates:\n";
const REST: &str =
    "\n  held:\n    work-item: { resume: [corrected] }\n    then: [{ to: check }]\n  end: { final: true }\n";

fn known() -> Checked {
    let lookup = ActionSpec {
        name: "fees.lookup".into(),
        does: "looks up a fee".into(),
        inputs: vec![
            Slot::required("procedure", ValueType::Text).about("a code"),
            Slot::optional("on", ValueType::Date),
        ],
        outputs: vec![Slot::required("allowed", ValueType::Money)],
        outcomes: vec!["found".into(), "missing".into()],
    };
    let open = Open { path: "workflows/appeal/v2.yaml".into(), text: Arc::from("workflow: appeal\n") };
    let mut checked = Workspace::default().check(Reading::default(), &[open]);
    let owners = vec![Word { name: "billing".into(), meaning: "Billing".into() }];
    checked.around = Surroundings { owners, ..Surroundings::default() };
    checked.actions = vec![lookup];
    checked
}

/// The state `check` with these lines; the place that is marked.
fn at(marked: &str) -> (String, Position) {
    let whole = format!("{TOP}  check:\n    {marked}{REST}");
    let offset = whole.find('‸').expect("the text marks the cursor");
    let text = whole.replace('‸', "");
    let position = Lines::new(&text).position(offset);
    (text, position)
}

#[track_caller]
fn offered(marked: &str) -> Vec<String> {
    let (text, position) = at(marked);
    workflow_completions(&text, position, &known()).into_iter().map(|item| item.label).collect()
}

#[test]
fn states_are_offered_where_a_way_leads() {
    let states = ["check", "held", "end"];
    assert_eq!(offered("then: [{ to: ‸"), states);
    assert_eq!(offered("then: [{ when: 'event == \"corrected\"', to: he‸"), states);
    assert_eq!(offered("wait: { for: [remitted], at-most: 2d, else: ‸"), states);
    assert_eq!(offered("on-error: ‸"), states);
    assert_eq!(offered("call: ‸"), ["appeal"]);
}

#[test]
fn actions_come_with_what_they_must_be_given() {
    let (text, position) = at("do: fees‸");
    let items = workflow_completions(&text, position, &known());
    let item = items.iter().find(|item| item.label == "fees.lookup").unwrap();
    let Some(CompletionTextEdit::Edit(edit)) = &item.text_edit else { panic!("{item:?}") };
    assert_eq!(edit.new_text, "fees.lookup\n    input: { procedure: }");
    assert_eq!((edit.range.start.character, edit.range.end.character), (8, 12));
    assert!(items.iter().any(|item| item.label == "claim.scrub"));
}

#[test]
fn events_owners_and_variables_are_offered_where_they_belong() {
    for place in ["wait: { for: [remitted, ‸", "work-item: { resume: [‸", "then: [{ when: 'event == \"‸"]
    {
        let found = offered(place);
        assert!(found.contains(&"remitted".to_owned()) && !found.contains(&"held".to_owned()), "{place}");
    }
    assert_eq!(offered("work-item: { owner: ‸"), ["billing"]);
    let guard = offered("then: [{ when: 'fe‸");
    assert_eq!(guard[0], "fee");
    assert!(guard.contains(&"paid".to_owned()) && guard.contains(&"claim.charge".to_owned()));
    assert_eq!(offered("set: { fee: ‸")[0], "fee");
    assert_eq!(offered("do: fees.lookup\n    then: [{ when: 'outcome == \"‸"), ["found", "missing"]);
    assert!(offered("‸").contains(&"on-error".to_owned()));
}

#[track_caller]
fn explained(marked: &str) -> String {
    let (text, position) = at(marked);
    let found = workflow_hover(&text, position, &known()).expect("something is said");
    let HoverContents::Markup(shown) = found.contents else { panic!("no markup") };
    shown.value
}

#[test]
fn words_are_explained() {
    assert_eq!(explained("then: [{ to: he‸ld }]"), "**held**: state\n\na person acts");
    let action = explained("do: fees.look‸up");
    assert!(
        action.starts_with("**fees.lookup**: action\n\nlooks up a fee\n\nTakes:\n- `procedure`"),
        "{action}"
    );
    assert!(action.contains("- `on`, date, may be left out"), "{action}");
    assert!(explained("time‸out: 30s").starts_with("**timeout**\n\nHow long an attempt may take"));
    assert!(explained("then: [{ when: 'fe‸e > 1', to: end }]").contains("at first `0.00`"));
}

#[test]
fn a_name_leads_to_where_it_is_defined() {
    let found = |marked: &str| {
        let (text, position) = at(marked);
        let file = |path: &str| Url::parse(&format!("file:///p/{path}")).ok();
        let found = workflow_definition("workflows/mine/v1.yaml", &text, position, &known(), &file)?;
        Some((found.uri.path().to_owned(), found.range.start))
    };
    let mine = "/p/workflows/mine/v1.yaml".to_owned();
    assert_eq!(found("then: [{ to: he‸ld }]"), Some((mine.clone(), Position::new(8, 2))));
    assert_eq!(found("then: [{ when: 'f‸ee > 1', to: end }]"), Some((mine, Position::new(4, 2))));
    assert_eq!(found("call: app‸eal"), Some(("/p/workflows/appeal/v2.yaml".to_owned(), Position::new(0, 0))));
    assert_eq!(found("then: [{ to: no‸where }]"), None);
}
