//! The page of the workflow language: its examples are checked, and it knows every key and word.

use claimflow_core::ValueType;
use claimflow_core::workflow::{ACTIONS, EVENTS, GUARD_VARIABLES, claim_fields};

use super::state;
use super::tests::prove;

const PAGE: &str = include_str!("../../../../docs/workflows.md");
const APPEAL: &str = include_str!("../../../../workflows/appeal/v1.yaml");

/// The YAML examples of the page that are whole files, with their paths.
fn examples() -> Vec<(String, &'static str)> {
    let blocks = PAGE.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let named = |text: &'static str| {
        let name = text.lines().next()?.strip_prefix("workflow: ")?;
        Some((format!("workflows/{name}/v1.yaml"), text))
    };
    blocks.filter_map(named).collect()
}

#[test]
fn the_examples_of_the_page_check() {
    let own = examples();
    let mut files = vec![("workflows/appeal/v1.yaml", APPEAL)];
    files.extend(own.iter().map(|(path, text)| (path.as_str(), *text)));
    let (workflows, faults) = prove(&files);
    assert_eq!(faults, "");
    let names: Vec<&str> = workflows.iter().map(|own| own.reference().name.as_str()).collect();
    assert_eq!(names, ["appeal", "priced-claim", "kinds", "second-opinion"]);
}

#[test]
fn the_page_knows_every_word_of_the_language() {
    let keys = [super::KEYS, state::KEYS, state::RETRY, state::WAIT, state::WORK_ITEM, state::TRANSITION];
    let words = ACTIONS
        .iter()
        .map(|action| action.name)
        .chain(EVENTS.iter().copied())
        .chain(GUARD_VARIABLES.iter().map(|(name, _)| *name))
        .chain(claim_fields().map(|(name, _)| name))
        .chain(ValueType::ALL.map(ValueType::as_str))
        .chain(keys.into_iter().flatten().copied());
    let told = |word: &str| {
        [format!("`{word}"), format!("{word}:"), format!("{word},"), format!(" {word} ")]
            .iter()
            .any(|way| PAGE.contains(way.as_str()))
    };
    let missing: Vec<&str> = words.filter(|word| !told(word)).collect();
    assert!(missing.is_empty(), "docs/workflows.md does not tell of {missing:?}");
    for code in 1..=16 {
        assert!(PAGE.contains(&format!("| W{code:03} |")), "W{code:03} is not in the table");
    }
}
