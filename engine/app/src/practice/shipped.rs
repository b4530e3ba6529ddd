//! The content that ships inside the program: workflows and packs. What practices and vendors write looks the same.

use claimflow_catalog::SourceFile;
use include_dir::{Dir, include_dir};

static PAYERS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../payers");
static FEE_SCHEDULE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/fee-schedule");
static ELIGIBILITY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/eligibility-http");
static WORKFLOWS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../workflows");

/// Every file that ships, by its path in a practice folder, in order of path.
pub fn files() -> Vec<SourceFile> {
    let mut files = Vec::new();
    collect(&PAYERS, "payers", &mut files);
    collect(&WORKFLOWS, "workflows", &mut files);
    collect(&FEE_SCHEDULE, "plugins/fee-schedule", &mut files);
    collect(&ELIGIBILITY, "plugins/eligibility-http", &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn collect(folder: &Dir<'_>, prefix: &str, files: &mut Vec<SourceFile>) {
    for file in folder.files() {
        // Snapshots of tests and other binary files are no content.
        if let Some(text) = file.contents_utf8() {
            files.push(SourceFile::new(format!("{prefix}/{}", slashed(file.path())), text));
        }
    }
    for inner in folder.dirs() {
        collect(inner, prefix, files);
    }
}

fn slashed(path: &std::path::Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_and_workflows_are_inside() {
        let files = files();
        for path in [
            "payers/behavioral-health/pack.yaml",
            "payers/routing.csv",
            "workflows/professional-claim/v1.yaml",
        ] {
            assert!(files.iter().any(|file| file.path == path && !file.text.is_empty()), "{path}");
        }
    }
}
