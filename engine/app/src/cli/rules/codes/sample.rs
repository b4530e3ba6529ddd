//! A small practice with one file of an author, as pages and documents show it.

use claimflow_catalog::SourceFile;
use claimflow_core::Diagnostic;

use crate::cli::rules::check::examine;
use crate::practice::Folder;

/// A fenced block of Markdown: what stands behind the fence, and its text.
#[derive(Debug, Clone)]
pub struct Block {
    pub info: String,
    pub text: String,
}

/// The file that the rules of an example are in.
const RULES: &str = "payers/mine/rules/mine.rhai";

const PACK: &str =
    "name: mine\nversion: 1.0.0\nlayer: practice\npayers: [\"60054\"]\neffective: 2020-01-01\n";

impl Block {
    /// Every block of a page.
    pub fn all(page: &str) -> Vec<Self> {
        let mut blocks: Vec<Self> = Vec::new();
        let mut open = false;
        for line in page.lines() {
            match line.strip_prefix("```") {
                Some(info) if !open => {
                    blocks.push(Self { info: info.to_owned(), text: String::new() });
                    open = true;
                }
                Some(_) => open = false,
                None if open => {
                    if let Some(block) = blocks.last_mut() {
                        block.text.push_str(line);
                        block.text.push('\n');
                    }
                }
                None => {}
            }
        }
        blocks
    }

    /// The file that the block is, and its text; `None` for one that is no whole file. Clauses alone are put into a rule.
    pub fn file(&self) -> Option<(String, String)> {
        match self.info.split_once(' ') {
            Some((_, path)) => Some((path.to_owned(), self.text.clone())),
            None if self.info == "rhai" => Some((RULES.to_owned(), rule(&self.text))),
            None => None,
        }
    }

    /// What the checker says to the file, and the practice it is in.
    pub fn checked(&self) -> Option<(Folder, Vec<Diagnostic>)> {
        let (path, text) = self.file()?;
        let folder = practice(&path, text);
        let found = examine(&folder).diagnostics;
        let own = found.into_iter().filter(|fault| fault.path == path || fault.path == "claimflow.yaml");
        let own = own.collect();
        Some((folder, own))
    }
}

fn rule(clauses: &str) -> String {
    let has = |word: &str| clauses.lines().any(|line| line.trim_start().starts_with(word));
    let mut text = "rule \"MINE\" {\n".to_owned();
    if !has("title") {
        text.push_str("title \"What must be so\"\nbecause \"The payer asks for it\"\n");
        if !has("source") {
            text.push_str("source \"Payer policy, section 2\"\n");
        }
    }
    if !has("stage") {
        text.push_str("stage scrub\n");
    }
    text.push_str(clauses);
    text.push_str("}\n");
    text
}

fn practice(path: &str, text: String) -> Folder {
    let mut sources = vec![
        SourceFile::new("claimflow.yaml", "practice: Example\n"),
        SourceFile::new("payers/mine/pack.yaml", PACK),
    ];
    let shipped = crate::practice::shipped_files();
    let wanted = |file: &SourceFile| {
        file.path.starts_with("workflows/")
            || matches!(
                file.path.as_str(),
                "payers/behavioral-health/pack.yaml" | "payers/behavioral-health/categories.csv"
            )
    };
    sources.extend(shipped.into_iter().filter(wanted));
    sources.retain(|file| file.path != path);
    sources.push(SourceFile::new(path, text));
    let mut folder = Folder::default();
    folder.sources = sources;
    folder
}
