//! Workflows that were live, kept as they were: `data/workflows/HASH.yaml`. A claim runs on the very content that it
//! began on, whatever becomes of the file that it came from.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use claimflow_catalog::{Generation, SourceFile, read_kept_workflow, workflow_files};
use claimflow_core::Hash;
use claimflow_core::workflow::Workflow;
use std::collections::HashMap;

use crate::wire::data;

/// The kept workflows of a practice, each read when it is first asked for.
#[derive(Debug, Default)]
pub struct KeptWorkflows {
    all: HashMap<Hash, Kept>,
}

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    read: OnceLock<Option<Arc<Workflow>>>,
}

impl KeptWorkflows {
    /// Those that are kept in a practice's folder. Only their names are read.
    pub fn of(root: &Path) -> Self {
        let entries = fs::read_dir(folder(root)).into_iter().flatten().flatten();
        let kept = entries.filter_map(|entry| {
            let path = entry.path();
            let name = path.file_name()?.to_str()?;
            let hash = Hash::from(name.strip_suffix(".yaml").filter(|hash| !hash.starts_with('.'))?);
            Some((hash, Kept { path, read: OnceLock::new() }))
        });
        Self { all: kept.collect() }
    }

    /// The workflow of that content; `None` when it is not kept, or its file is damaged, which the log tells.
    pub fn get(&self, hash: &str) -> Option<&Arc<Workflow>> {
        self.all.get(hash)?.get(hash)
    }

    /// Takes over what another reading of the practice has in memory: a disk that could not keep it loses no claim.
    pub fn add(&mut self, workflow: &Arc<Workflow>) {
        let kept = Kept { path: PathBuf::new(), read: OnceLock::from(Some(Arc::clone(workflow))) };
        self.all.entry(workflow.reference().hash.clone()).or_insert(kept);
    }

    /// Those that have been read.
    pub fn in_memory(&self) -> impl Iterator<Item = &Arc<Workflow>> {
        self.all.values().filter_map(|kept| kept.read.get()?.as_ref())
    }
}

impl Kept {
    fn get(&self, hash: &str) -> Option<&Arc<Workflow>> {
        let read = || {
            let workflow = read(&self.path, hash);
            workflow.map(Arc::new).map_err(|why| tracing::error!("{}: {why}", self.path.display())).ok()
        };
        self.read.get_or_init(read).as_ref()
    }
}

fn read(path: &Path, hash: &str) -> Result<Workflow, String> {
    let text =
        fs::read_to_string(path).map_err(|error| format!("a kept workflow cannot be read: {error}"))?;
    let workflow = read_kept_workflow(&path.to_string_lossy(), &text, hash)
        .ok_or("a kept workflow is not what it was; put it back from a backup")?;
    workflow.map_err(|faults| {
        let first = faults.first().map(|fault| fault.message.clone()).unwrap_or_default();
        format!("this version of claimflow cannot read a kept workflow: {first}")
    })
}

/// Keeps every workflow among these files that is not kept yet; gives the hashes of those. They are on the disk when this
/// returns: no claim may be on a content that a power cut can lose.
///
/// # Errors
/// When the disk refuses.
pub fn keep(root: &Path, files: &[SourceFile]) -> io::Result<Vec<Hash>> {
    let folder = folder(root);
    let mut kept = Vec::new();
    for (hash, file) in workflow_files(files) {
        let path = folder.join(format!("{hash}.yaml"));
        if path.is_file() {
            continue;
        }
        fs::create_dir_all(&folder)?;
        let new = folder.join(format!(".{hash}.new"));
        let mut out = fs::File::create(&new)?;
        out.write_all(file.text.as_bytes())?;
        out.sync_all()?;
        fs::rename(new, path)?;
        kept.push(hash);
    }
    if !kept.is_empty() {
        fs::File::open(&folder)?.sync_all()?;
    }
    Ok(kept)
}

/// Keeps the workflows of earlier generations, where none has been kept so far: claims may be on them since before.
///
/// # Errors
/// When the disk refuses.
pub fn keep_earlier(root: &Path) -> io::Result<()> {
    let generations = data(root).join("generations");
    if folder(root).is_dir() || !generations.is_dir() {
        return Ok(());
    }
    for generation in fs::read_dir(generations)? {
        let workflows = generation?.path().join("workflows");
        let mut files = Vec::new();
        texts(&workflows, "workflows", &mut files)?;
        keep(root, &files)?;
    }
    Ok(())
}

fn texts(folder: &Path, path: &str, files: &mut Vec<SourceFile>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let (inner, path) = (entry.path(), format!("{path}/{}", entry.file_name().to_string_lossy()));
        if inner.is_dir() {
            texts(&inner, &path, files)?;
        } else if let Ok(text) = fs::read_to_string(&inner) {
            files.push(SourceFile::new(path, text));
        }
    }
    Ok(())
}

/// Where a kept workflow is, for people who want it back, as seen from the practice's folder.
pub fn place(hash: &str) -> String {
    format!("data/workflows/{hash}.yaml")
}

fn folder(root: &Path) -> PathBuf {
    data(root).join("workflows")
}

/// What a generation and an earlier reading have in memory besides what is on the disk.
pub fn of_both(root: &Path, earlier: &Generation, kept: &KeptWorkflows) -> KeptWorkflows {
    let mut all = KeptWorkflows::of(root);
    kept.in_memory().chain(earlier.workflows()).for_each(|workflow| all.add(workflow));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "workflow: a\nversion: 1\nstart: t\nstates:\n  t: { final: true }\n";

    fn files(text: &str) -> Vec<SourceFile> {
        vec![SourceFile::new("workflows/a/v1.yaml", text), SourceFile::new("routing.csv", "no workflow")]
    }

    #[test]
    fn a_workflow_is_kept_once_and_read_as_it_was() {
        let root = tempfile::tempdir().unwrap();
        let hashes = keep(root.path(), &files(TEXT)).unwrap();
        assert_eq!(hashes.len(), 1);
        assert_eq!(keep(root.path(), &files(TEXT)).unwrap(), Vec::<Hash>::new());
        keep(root.path(), &files(&format!("# edited\n{TEXT}"))).unwrap();
        let kept = KeptWorkflows::of(root.path());
        assert_eq!(kept.all.len(), 2);
        assert_eq!(kept.get(&hashes[0]).unwrap().reference().hash, hashes[0]);
        assert!(kept.get("another").is_none());
    }

    #[test]
    fn a_damaged_one_is_none() {
        let root = tempfile::tempdir().unwrap();
        let hashes = keep(root.path(), &files(TEXT)).unwrap();
        fs::write(root.path().join(place(&hashes[0])), "workflow: b\n").unwrap();
        assert!(KeptWorkflows::of(root.path()).get(&hashes[0]).is_none());
    }

    #[test]
    fn what_earlier_generations_hold_is_kept_where_nothing_was() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("data/generations/aaaaaaaa/workflows/a");
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("v1.yaml"), TEXT).unwrap();
        keep_earlier(root.path()).unwrap();
        assert_eq!(KeptWorkflows::of(root.path()).all.len(), 1);
    }
}
