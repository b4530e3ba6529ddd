//! Every code has a page, and the page's examples are what it says.

use super::sample::Block;
use super::{CodePage, all, near};

/// Examples of whole files are tried; these codes' pages show parts of files, names of files, or what takes a whole
/// workflow, register or file of claims to show.
fn is_tried(page: &CodePage) -> bool {
    Block::all(page.page).iter().all(|block| block.file().is_some())
}

#[test]
fn every_code_has_its_page_with_the_same_headings() {
    let pages = all();
    let tables = claimflow_rules::DIAGNOSTICS.iter().chain(claimflow_catalog::DIAGNOSTICS);
    for (code, _, meaning) in tables {
        let page = pages.iter().find(|page| page.code == *code);
        let page = page.unwrap_or_else(|| panic!("docs/codes/{code}.md is missing"));
        assert_eq!(page.meaning, *meaning, "docs/codes/{code}.md has another title");
    }
    for code in (1..=16).map(|number| format!("W{number:03}")).chain(["F010".to_owned(), "F011".to_owned()]) {
        assert!(pages.iter().any(|page| page.code == code), "docs/codes/{code}.md is missing");
    }
    for page in pages {
        let headings: Vec<&str> = page.page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, ["## Avoid", "## Prefer", "## Why"], "{}", page.code);
        assert_eq!(Block::all(page.page).len(), 2, "{}", page.code);
    }
}

#[test]
fn what_to_avoid_has_the_fault_and_what_to_prefer_has_not() {
    let mut wrong = Vec::new();
    let pages: Vec<CodePage> = all().into_iter().filter(is_tried).collect();
    assert!(pages.len() >= 70, "only {} pages are tried", pages.len());
    for page in pages {
        let found: Vec<Vec<String>> = Block::all(page.page)
            .iter()
            .filter_map(Block::checked)
            .map(|(_, faults)| {
                faults.iter().map(|fault| format!("{} {}", fault.code, fault.message)).collect()
            })
            .collect();
        let has = |place: usize| found[place].iter().any(|fault| fault.starts_with(page.code));
        if !has(0) || has(1) {
            wrong.push(format!("{}\n  avoid: {:?}\n  prefer: {:?}", page.code, found[0], found[1]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_code_that_is_not_there_has_a_near_one() {
    assert_eq!(near("r02O"), Some("R020"));
    assert_eq!(near("something"), None);
}
