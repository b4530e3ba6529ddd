//! Workflows in YAML: read into a draft, with every fault of the file, and proved by the core before they go live.

mod asks;
mod kept;
#[cfg(test)]
mod page;
mod scope;
pub(crate) mod state;
#[cfg(test)]
mod tests;

pub use kept::{read_kept_workflow, workflow_files};

use claimflow_core::workflow::{Draft, DraftState, Offered, Placed, Workflow, check};
use claimflow_core::{Diagnostic, Text};

use self::scope::Scope;
use crate::SourceFile;
use crate::source::hash_text;
use crate::words::Words;
use crate::yaml::{self, Map, Node, Reader};

pub(crate) const KEYS: &[&str] = &["workflow", "version", "start", "history", "takes", "variables", "states"];

/// Proofs that only mean something when the whole file could be read.
const NEEDS_WHOLE: &[&str] = &["W002", "W003", "W004", "W013"];

/// A workflow as it was read, with what was found meanwhile.
pub(crate) struct Read {
    /// What could be read; `None` when nothing can be said of it.
    pub(crate) draft: Option<Draft>,
    faults: Vec<Diagnostic>,
}

/// Reads one workflow.
pub(crate) fn read(file: &SourceFile, words: &Words) -> Read {
    let (root, faults) = yaml::parse(&file.path, &file.text);
    let mut reader = Reader::new(&file.path, faults);
    let draft = match &root {
        Some(root) => read_draft(&mut reader, root, file, words),
        None => {
            if !reader.has_errors() {
                reader.fault("W020", yaml::At::default(), "the file is empty", "begin with `workflow: NAME`");
            }
            None
        }
    };
    Read { draft, faults: reader.into_faults() }
}

impl Read {
    /// Proves it. Warnings can stand beside a workflow; an error never does.
    pub(crate) fn prove(self, offered: Offered<'_>) -> (Option<Workflow>, Vec<Diagnostic>) {
        let Self { draft, mut faults } = self;
        let whole = !faults.iter().any(Diagnostic::is_error);
        let proved = match draft.map(|draft| check(&draft, offered)) {
            Some(Ok(workflow)) => Some(workflow),
            Some(Err(found)) => {
                let told = |fault: &Diagnostic| whole || !NEEDS_WHOLE.contains(&fault.code.as_str());
                faults.extend(found.into_iter().filter(told));
                None
            }
            None => None,
        };
        faults.sort_by_key(|fault| (fault.line, fault.column));
        (proved.filter(|_| whole), faults)
    }
}

fn read_draft(reader: &mut Reader<'_>, root: &Node, file: &SourceFile, words: &Words) -> Option<Draft> {
    let map = reader.map(root, "a workflow", KEYS)?;
    let name = reader.need(&map, "the workflow", "workflow", "NAME").and_then(|node| name(reader, node));
    let version = reader.need(&map, "the workflow", "version", "1").and_then(|node| version(reader, node));
    let start =
        reader.need(&map, "the workflow", "start", "STATE").and_then(|node| placed(reader, node, "`start`"));
    let history = map.get("history").and_then(|node| placed(reader, node, "`history`"));
    let variables = scope::variables(reader, &map);
    let states = states(reader, &map, words, &Scope::of(&variables))?;
    if let (Some(name), Some(version)) = (&name, version) {
        match_path(reader, &map, name, version);
    }
    // A missing start is already told; the first state stands in for it so that the proofs say nothing of it.
    let first = states.first().map_or_else(|| Placed::new(Text::default(), 0, 0), |state| state.name.clone());
    Some(Draft {
        path: file.path.clone(),
        hash: hash_text(&file.text),
        name: name.unwrap_or_default(),
        version: version.unwrap_or_default(),
        start: start.unwrap_or(first),
        history,
        variables,
        states,
    })
}

fn name(reader: &mut Reader<'_>, node: &Node) -> Option<Text> {
    let text = reader.text(node, "the name of a workflow")?;
    let fits = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !fits {
        let help = "write small letters, digits and hyphens, as `professional-claim`";
        reader.fault("W021", node.at, format!("`{text}` is not the name of a workflow"), help);
        return None;
    }
    Some(text.into())
}

fn version(reader: &mut Reader<'_>, node: &Node) -> Option<u32> {
    let version = reader.parse::<u32>(node, "the version of a workflow", "a whole number, as `1`")?;
    if version == 0 {
        reader.fault("W021", node.at, "versions count from 1", "write `version: 1`");
    }
    Some(version).filter(|version| *version > 0)
}

/// Warns when the file stands where another workflow or version is expected.
fn match_path(reader: &mut Reader<'_>, map: &Map<'_>, name: &str, version: u32) {
    let path = reader.path();
    let expected = format!("workflows/{name}/v{version}.yaml");
    let same = path == expected || path.replace(".yml", ".yaml") == expected;
    if !same {
        let at = map.entry("workflow").map_or(map.at, |entry| entry.value.at);
        let message = format!("this is version {version} of `{name}`, and its file has another name");
        reader.warning("W022", at, message, format!("move it to `{expected}`"));
    }
}

fn states(
    reader: &mut Reader<'_>,
    map: &Map<'_>,
    words: &Words,
    scope: &Scope<'_>,
) -> Option<Vec<DraftState>> {
    let node = reader.need(map, "the workflow", "states", "")?;
    let entries = reader.free_map(node, "`states`")?.entries();
    if entries.is_empty() {
        reader.fault("W020", node.at, "there is no state", "add at least a first and a final one");
        return None;
    }
    Some(entries.iter().map(|entry| state::read(reader, entry, words, scope)).collect())
}

/// A text with its place.
fn placed(reader: &mut Reader<'_>, node: &Node, what: &str) -> Option<Placed<Text>> {
    reader.text(node, what).map(|text| Placed::new(text.into(), node.at.line, node.at.column))
}

/// A list of texts with their places; one text alone is a list of one.
fn placed_list(reader: &mut Reader<'_>, map: &Map<'_>, key: &str) -> Vec<Placed<Text>> {
    let what = format!("`{key}`");
    let Some(node) = map.get(key) else { return Vec::new() };
    if let yaml::Value::Scalar { .. } = node.value {
        return placed(reader, node, &what).into_iter().collect();
    }
    reader.list(node, &what).iter().filter_map(|item| placed(reader, item, "an event")).collect()
}

#[cfg(test)]
mod shapes {
    use super::*;
    use crate::testing::report;
    use claimflow_core::workflow::StateKind;
    use proptest::prelude::*;

    const PATH: &str = "workflows/professional-claim/v1.yaml";

    fn read(path: &str, text: &str) -> (Option<Workflow>, String) {
        let words = Words::known(["coding", "rejected"], ["billing", "billing_lead"]);
        let read = super::read(&SourceFile::new(path, text), &words);
        let (workflow, faults) = read.prove(Offered::default());
        (workflow, report(&faults))
    }

    #[test]
    fn every_construct_is_read() {
        let text = "workflow: professional-claim\nversion: 1\nstart: scrub\nhistory: waiting\nstates:\n  scrub:\n\
                    \x20   do: claim.scrub\n    retry: { times: 6, first: 30s, factor: 2, cap: 1h }\n\
                    \x20   then: [{ when: 'outcome == \"held\"', to: held }, { to: choose }]\n\
                    \x20 choose:\n    then: [{ when: billed > 0, to: waiting }, { to: done }]\n\
                    \x20 waiting:\n    wait: { for: submitted, at-most: 2d, else: held }\n    then: [{ to: done }]\n\
                    \x20 held:\n    note: a person looks\n    work-item: { resume: [corrected], ask: Look., category: coding,\n\
                    \x20     owner: billing, within: 2 business_days, escalate-to: billing_lead }\n    then: [{ to: scrub }]\n\
                    \x20 done: { final: true }\n";
        let (workflow, faults) = read(PATH, text);
        assert_eq!(faults, "");
        let workflow = workflow.expect("a workflow");
        assert_eq!(workflow.states().len(), 5);
        assert_eq!(workflow.state(workflow.history()).name, "waiting");
        let kind = |name: &str| &workflow.state(workflow.find(name).unwrap()).kind;
        assert!(matches!(kind("scrub"), StateKind::Work { asks: None, .. }));
        assert!(
            matches!(kind("waiting"), StateKind::Wait { events, deadline: Some(_) } if events == &["submitted"])
        );
        assert!(matches!(kind("held"), StateKind::WorkItem { within: Some(_), .. }));
        let other = read("workflows/other/v1.yaml", text);
        assert!(other.0.is_some() && other.1.contains("warning W022"), "{}", other.1);
    }

    #[test]
    fn different_mistakes_of_one_file_are_all_told() {
        let text = "workflow: professional-claim\nversion: one\nstart: scrubb\nstates:\n  scrub:\n    do: claim.scrib\n\
                    \x20   then:\n      - { when: 'outcom == \"held\"', to: held }\n      - { too: done }\n\
                    \x20 held:\n    work-item: { resume: [correct], category: codng, owner: bill, within: soon }\n\
                    \x20   wait: { for: [accepted], at-most: 2 days }\n    then: [{ to: scrub }]\n\
                    \x20 odd: { nota: x }\n  done: { final: yes please }\n";
        let (workflow, faults) = read(PATH, text);
        assert!(workflow.is_none());
        insta::assert_snapshot!(faults);
    }

    #[test]
    fn shapes_that_are_no_workflow() {
        let all: String = [
            "",
            "- a\n",
            "workflow: [x]\nversion: 0\nstates: none\n",
            "workflow: A B\nstates: {}\n",
            "a: [\n",
        ]
        .map(|text| read(PATH, text).1)
        .join("--\n");
        insta::assert_snapshot!(all);
    }

    proptest! {
        #[test]
        fn no_text_panics(tail in "[a-z:{}\\[\\], \n'-]{0,80}", cut in 0_usize..400) {
            let text = "workflow: a\nversion: 1\nstart: s\nstates:\n  s:\n    wait: { for: [submitted], at-most: 2d, else: t }\n\
                        \x20   then: [{ when: 'paid > 0', to: t }]\n  t: { final: true }\n";
            let head: String = text.chars().take(cut).collect();
            read(PATH, &format!("{head}{tail}"));
        }
    }
}
