//! docs/authoring-mistakes.md: what the checker says to each mistake is what it says today.

use std::fs;
use std::path::Path;

use claimflow_core::Diagnostic;

use super::sample::Block;
use crate::render::faults::faults;
use crate::render::style::Style;

const WIDTH: usize = 100;

/// What every rule without cases is told, whatever else is wrong.
const BESIDES: [&str; 4] = ["C007", "C008", "R052", "R053"];

fn answer(block: &Block) -> (Vec<Diagnostic>, String) {
    let Some((folder, mut found)) = block.checked() else { return (Vec::new(), String::new()) };
    found.retain(|fault| !BESIDES.contains(&fault.code.as_str()));
    let shown = faults(&found, &|path| folder.text(path), Style::PLAIN, WIDTH);
    let summary = shown.trim_end().rfind('\n').unwrap_or(0);
    (found, shown.get(..summary).unwrap_or_default().trim_end().to_owned())
}

/// The page with the checker's answers of today, and mistakes that it does not see or names without a mend.
fn renewed(page: &str) -> (String, Vec<String>, usize) {
    let mut out = String::new();
    let mut poor = Vec::new();
    let mut count = 0;
    for part in page.split_inclusive("\n## ") {
        let blocks = Block::all(part);
        let Some((mistake, written)) = blocks.first().zip(part.find("```text\n")) else {
            out.push_str(part);
            continue;
        };
        count += 1;
        let title = part.lines().next().unwrap_or_default();
        let (found, text) = answer(mistake);
        if found.is_empty() || found.iter().any(|fault| fault.help.is_empty() || fault.line == 0) {
            poor.push(format!("{title}\n{text}"));
        }
        out.push_str(&part[..written]);
        out.push_str(&format!("```text\n{text}\n```\n"));
        if part.ends_with("\n## ") {
            out.push_str("\n## ");
        }
    }
    (out, poor, count)
}

#[test]
fn every_mistake_is_answered_with_its_place_and_its_mend_as_the_page_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/authoring-mistakes.md");
    let page = fs::read_to_string(&path).unwrap();
    let (renewed, poor, count) = renewed(&page);
    if std::env::var_os("CLAIMFLOW_UPDATE").is_some() {
        fs::write(&path, &renewed).unwrap();
    } else {
        assert!(
            page == renewed,
            "docs/authoring-mistakes.md has drifted: write it anew with CLAIMFLOW_UPDATE=1"
        );
    }
    assert!(count >= 60, "only {count} mistakes");
    assert!(poor.is_empty(), "no place or no mend:\n{}", poor.join("\n\n"));
}
