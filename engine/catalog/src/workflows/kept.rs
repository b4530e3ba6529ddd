//! Workflows that claims run on and that are no longer among what authors write: kept as they were when they went live.

use claimflow_core::workflow::{Workflow, check_kept};
use claimflow_core::{Diagnostic, Hash};

use super::{Read, read};
use crate::SourceFile;
use crate::source::{FileKind, hash_text};
use crate::words::Words;

/// The workflows among these files, each with the content hash that claims on it carry.
pub fn workflow_files(files: &[SourceFile]) -> impl Iterator<Item = (Hash, &SourceFile)> {
    let workflows = files.iter().filter(|file| FileKind::of(&file.path) == FileKind::Workflow);
    workflows.map(|file| (hash_text(&file.text), file))
}

/// Reads a workflow as it was when it went live, `None` when the text is not the one of that hash.
///
/// It was proved then. What it names that is not there any more (an owner, a category, an action) is no fault now: claims
/// on it go on, and whoever is named gets the work.
///
/// # Errors
/// When it cannot be read at all: every fault.
pub fn read_kept_workflow(path: &str, text: &str, hash: &str) -> Option<Result<Workflow, Vec<Diagnostic>>> {
    (hash_text(text) == hash).then(|| prove(read(&SourceFile::new(path, text), &Words::any())))
}

fn prove(read: Read) -> Result<Workflow, Vec<Diagnostic>> {
    let errors: Vec<Diagnostic> = read.faults.into_iter().filter(Diagnostic::is_error).collect();
    match read.draft {
        Some(draft) if errors.is_empty() => check_kept(&draft),
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "workflow: a\nversion: 1\nstart: s\nstates:\n  s:\n    do: gone.away\n    then: [{ to: t }]\n\
                        \x20 t:\n    work-item: { resume: [resolved], owner: left, category: odd }\n    then: [{ to: u }]\n\
                        \x20 u: { final: true }\n";

    #[test]
    fn what_was_proved_once_is_read_without_what_it_names() {
        let hash = hash_text(TEXT);
        let workflow = read_kept_workflow("w.yaml", TEXT, &hash).expect("the same text").expect("a workflow");
        assert_eq!((workflow.states().len(), &workflow.reference().hash), (3, &hash));
        assert!(read_kept_workflow("w.yaml", &format!("{TEXT}#"), &hash).is_none());
        let broken = "workflow: a\n";
        assert!(read_kept_workflow("w.yaml", broken, &hash_text(broken)).expect("the same text").is_err());
    }
}
