//! What people read of coverage.

use claimflow_catalog::{CaseReport, PartCoverage, RuleCoverage};

use super::measure::{Score, measure};
use super::page::page;
use super::text;
use crate::render::style::Style;

fn rule(id: &str, table: &str, fired: u32, silent: u32, parts: &[(&str, bool, u32, u32)]) -> RuleCoverage {
    let part = |(text, alternative, held, failed): &(&str, bool, u32, u32)| PartCoverage {
        text: (*text).into(),
        alternative: *alternative,
        held: *held,
        failed: *failed,
        decided: 1,
    };
    RuleCoverage {
        rule: id.into(),
        title: "A <title> & \"more\"".into(),
        pack: "own".into(),
        file: "payers/own/rules/a.rhai".into(),
        line: 3,
        table: table.into(),
        fired,
        silent,
        parts: parts.iter().map(part).collect(),
    }
}

fn report() -> CaseReport {
    let rules = vec![
        rule("WHOLE", "", 2, 3, &[("line.units > 1", false, 2, 3)]),
        rule("PARTLY", "", 1, 0, &[("a < 1 || b", false, 1, 0), ("a < 1", true, 1, 0), ("b", true, 0, 0)]),
        rule("DEN:CODING", "DEN", 1, 0, &[]),
        rule("DEN:OTHER", "DEN", 0, 0, &[]),
    ];
    CaseReport { rules, ..CaseReport::default() }
}

#[test]
fn the_summary() {
    let report = report();
    let packs = measure(&report);
    let score: Score = packs.iter().map(|pack| pack.score).sum();
    assert_eq!((score.reached, score.all, score.percent()), (8, 14, 57));
    insta::assert_snapshot!(text(&packs, score, false, Style::PLAIN, 80));
}

#[test]
fn the_page_holds_what_authors_wrote_as_text() {
    let report = report();
    let page = page(&report, &measure(&report));
    assert!(
        page.contains("A &lt;title&gt; &amp; &quot;more&quot;")
            && page.contains("<code>a &lt; 1 || b</code>")
    );
    assert!(!page.contains("<title> &") && !page.contains("://"));
    for closed in ["details", "section", "table", "div"] {
        assert_eq!(
            page.matches(&format!("<{closed}")).count(),
            page.matches(&format!("</{closed}>")).count(),
            "{closed}"
        );
    }
}

#[test]
fn nothing_to_try_is_fully_tried() {
    assert_eq!(Score::default().percent(), 100);
}
