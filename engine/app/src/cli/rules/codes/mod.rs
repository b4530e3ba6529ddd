//! Every code that a fault can have, with its page: what to avoid, what to write instead, and why.

#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod sample;

use claimflow_core::{Severity, nearest};
use include_dir::{Dir, include_dir};

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/codes");

/// A code with what is written of it.
#[derive(Debug, Clone, Copy)]
pub struct CodePage {
    /// The code, as `R012`.
    pub code: &'static str,
    /// What it means, in one line.
    pub meaning: &'static str,
    /// The whole page, in Markdown.
    pub page: &'static str,
}

impl CodePage {
    /// How much such a fault matters, unless it says otherwise.
    pub fn severity(&self) -> Severity {
        let known = claimflow_rules::DIAGNOSTICS.iter().chain(claimflow_catalog::DIAGNOSTICS);
        known
            .into_iter()
            .find(|(code, ..)| *code == self.code)
            .map_or(Severity::Error, |(_, severity, _)| *severity)
    }
}

/// Every code, in order.
pub fn all() -> Vec<CodePage> {
    let mut pages: Vec<CodePage> = PAGES
        .files()
        .filter_map(|file| {
            let code = file.path().file_stem()?.to_str()?;
            let page = file.contents_utf8()?;
            let meaning = page.lines().next()?.strip_prefix("# ")?.strip_prefix(code)?.strip_prefix(": ")?;
            Some(CodePage { code, meaning, page })
        })
        .collect();
    pages.sort_by_key(|page| page.code);
    pages
}

/// The code nearest to what was written.
pub fn near(written: &str) -> Option<&'static str> {
    let written = written.to_ascii_uppercase();
    nearest(&written, all().iter().map(|page| page.code))
}
