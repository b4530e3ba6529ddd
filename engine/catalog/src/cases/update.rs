//! Rewrites what failing cases expect to what happens, in place: everything else in the file stays as its author wrote it.

mod page;
#[cfg(test)]
mod tests;

use claimflow_core::Text;

use self::page::Page;
use super::Expect;
use super::run::{Tried, Wanted, run_each};
use crate::generation::Generation;
use crate::yaml::{Entry, Node, Value, parse};
use crate::{SourceFile, Sources};

/// One file of cases, rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseUpdate {
    /// File within the practice folder.
    pub path: String,
    /// Its new text.
    pub text: String,
    /// The cases whose expectations changed, by line.
    pub cases: Vec<UpdatedCase>,
}

/// One case whose expectations changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdatedCase {
    /// What the author calls it.
    pub name: Text,
    /// Line at which it begins, from 1.
    pub line: u32,
    /// Each change: key, text before (empty for a new key), text after.
    pub changes: Vec<(String, String, String)>,
}

/// An expectation as written, and as it should be; none where it holds.
type Mended = Option<(Expect, Expect)>;

/// A case that does not hold: its file, line and name, and its expectations.
type Failing = (String, u32, Text, Vec<Mended>);

/// Rewrites what the failing cases of the files that `wanted` takes expect to what happens. A case that would not hold
/// even so (a rule that fails, an event that cannot happen) is left as it is.
pub fn update_cases(
    generation: &Generation,
    files: &[SourceFile],
    filter: Option<&str>,
    wanted: &dyn Fn(&str) -> bool,
) -> Vec<CaseUpdate> {
    let mut failing: Vec<Failing> = Vec::new();
    run_each(generation, files, Wanted { filter, ..Wanted::default() }, &mut |tried: Tried<'_>| {
        if !tried.outcome.reasons.is_empty() && wanted(tried.file) {
            let Tried { file, case, outcome, .. } = tried;
            let pairs = case.expects().cloned().zip(outcome.actual);
            let mended = pairs.map(|(written, actual)| Some((written, actual?))).collect();
            failing.push((file.to_owned(), case.line, case.name.clone(), mended));
        }
    });
    let sources: Sources = files.iter().cloned().collect();
    let mut updates: Vec<CaseUpdate> = Vec::new();
    for file in sources.files() {
        let own: Vec<_> = failing.iter().filter(|(path, ..)| *path == file.path).collect();
        let mut update =
            CaseUpdate { path: file.path.clone(), text: file.text.to_string(), cases: Vec::new() };
        // From the last case to the first, so that places further up stay what they are.
        for (_, line, name, actual) in own.into_iter().rev() {
            let Some((text, changes)) = rewritten(&update.text, *line, actual) else { continue };
            if !changes.is_empty() && holds(generation, files, &update.path, &text, *line) {
                update.text = text;
                update.cases.insert(0, UpdatedCase { name: name.clone(), line: *line, changes });
            }
        }
        updates.extend((!update.cases.is_empty()).then_some(update));
    }
    updates
}

/// True when the case that begins at `line` of the new text holds.
fn holds(generation: &Generation, files: &[SourceFile], path: &str, text: &str, line: u32) -> bool {
    let mut files = files.to_vec();
    files.push(SourceFile::new(path, text));
    let mut holds = false;
    let only = Wanted { filter: Some(path), ..Wanted::default() };
    run_each(generation, &files, only, &mut |tried: Tried<'_>| {
        if tried.file == path && tried.case.line == line {
            holds = tried.outcome.reasons.is_empty();
        }
    });
    holds
}

type Changes = Vec<(String, String, String)>;

/// The text with the expectations of the case at `line` as they should be.
fn rewritten(text: &str, line: u32, mended: &[Mended]) -> Option<(String, Changes)> {
    let (root, _) = parse("", text);
    let Value::List(cases) = root?.value else { return None };
    let case = cases.into_iter().find(|node| node.at.line == line)?;
    let mut page = Page::new(text);
    for (node, mended) in expects(&case).into_iter().zip(mended) {
        if let Some((written, actual)) = mended {
            page.expect(node, written, actual)?;
        }
    }
    page.finish()
}

/// The nodes of a case's expectations: those on the way, then the last.
fn expects(case: &Node) -> Vec<&Node> {
    let mut all = Vec::new();
    if let Some(Entry { value: Node { value: Value::List(events), .. }, .. }) = entry(case, "events") {
        all.extend(events.iter().filter_map(|event| entry(event, "expect")).map(|own| &own.value));
    }
    all.extend(entry(case, "expect").map(|own| &own.value));
    all
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    let Value::Map(entries) = &node.value else { return None };
    entries.iter().find(|entry| entry.key == key)
}
