//! The page on coverage: one file, without scripts and without anything from elsewhere.

use claimflow_catalog::{CaseReport, PartCoverage, RuleCoverage};

use super::measure::{Pack, RuleGaps, Score, Table};
use crate::render::escape::escape;
use crate::render::words::count;

const STYLE: &str = include_str!("page.css");

/// The whole page.
pub(super) fn page(report: &CaseReport, packs: &[Pack<'_>]) -> String {
    let score: Score = packs.iter().map(|pack| pack.score).sum();
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str(&format!("<title>What the cases try</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"));
    out.push_str(&format!("<h1>What the cases try: {} %</h1>\n", score.percent()));
    let cases = count(report.results.len() as u64, "case", "cases");
    let failed = report.failed().count() as u64;
    let holding = match failed {
        0 => "all of them hold".to_owned(),
        failed => count(failed, "does not hold", "do not hold"),
    };
    out.push_str(&format!(
        "<p class=\"soft\">{cases}; {holding}. A rule is tried when a case makes it fire and "
    ));
    out.push_str(
        "another shows it silent; a part of its condition when it is true in one case and false in another; ",
    );
    out.push_str("a row of a decision table when a case hits it.</p>\n");
    out.push_str(&bar(score));
    packs.iter().for_each(|pack| out.push_str(&section(pack)));
    out.push_str("</body>\n</html>\n");
    out
}

fn bar(score: Score) -> String {
    format!("<div class=\"bar\"><i style=\"width:{}%\"></i></div>\n", score.percent())
}

fn section(pack: &Pack<'_>) -> String {
    let mut out = format!("<section>\n<h2>{}: {} %</h2>\n", escape(pack.name), pack.score.percent());
    out.push_str(&format!("<p class=\"soft\">{}</p>\n{}", escape(&pack.counted()), bar(pack.score)));
    pack.gaps.iter().for_each(|gaps| out.push_str(&rule(gaps.rule, &gaps.told())));
    pack.tables.iter().for_each(|own| out.push_str(&table(own)));
    let whole: Vec<&&RuleCoverage> =
        pack.rules.iter().filter(|rule| RuleGaps::of(rule).told().is_empty()).collect();
    if !whole.is_empty() {
        let told = count(whole.len() as u64, "rule is", "rules are");
        out.push_str(&format!(
            "<details><summary class=\"full\">{told} fully tried</summary><div class=\"inner\">\n"
        ));
        whole.iter().for_each(|own| out.push_str(&rule(own, &[])));
        out.push_str("</div></details>\n");
    }
    out.push_str("</section>\n");
    out
}

fn rule(rule: &RuleCoverage, gaps: &[String]) -> String {
    let told = match gaps.len() as u64 {
        0 => "<span class=\"full\">fully tried</span>".to_owned(),
        number => format!("<span class=\"miss\">{number} untried</span>"),
    };
    let mut out = format!(
        "<details><summary><strong>{}</strong> {} {told}</summary><div class=\"inner\">\n",
        escape(&rule.rule),
        escape(&rule.title)
    );
    out.push_str(&format!("<p class=\"soft\">{}:{}</p>\n", escape(&rule.file), rule.line));
    out.push_str(&format!("<p>fires in {}, stays silent in {}</p>\n", cases(rule.fired), cases(rule.silent)));
    if !rule.parts.is_empty() {
        out.push_str(
            "<table><tr><th>part of the condition</th><th>true</th><th>false</th><th>decided</th></tr>\n",
        );
        rule.parts.iter().for_each(|own| out.push_str(&part(own)));
        out.push_str("</table>\n");
    }
    out.push_str("</div></details>\n");
    out
}

fn cases(number: u32) -> String {
    match number {
        0 => "<span class=\"miss\">no case</span>".to_owned(),
        number => count(u64::from(number), "case", "cases"),
    }
}

fn part(part: &PartCoverage) -> String {
    let number = |number: u32| match number {
        0 => "<td class=\"n miss\">never</td>".to_owned(),
        number => format!("<td class=\"n\">{number}</td>"),
    };
    format!(
        "<tr><td{}><code>{}</code></td>{}{}<td class=\"n\">{}</td></tr>\n",
        if part.alternative { " class=\"or\"" } else { "" },
        escape(&part.text),
        number(part.held),
        number(part.failed),
        part.decided
    )
}

fn table(table: &Table<'_>) -> String {
    let hit = table.rows - table.untried.len();
    let class = if table.untried.is_empty() { "full" } else { "miss" };
    let mut out = format!(
        "<details><summary><strong>{}</strong> <span class=\"{class}\">{hit} of {} hit</span></summary>\
         <div class=\"inner\">\n",
        escape(table.id),
        count(table.rows as u64, "row", "rows")
    );
    let rows: Vec<String> = table.untried.iter().map(|row| format!("<code>{}</code>", escape(row))).collect();
    if !rows.is_empty() {
        out.push_str(&format!("<p>No case hits {}</p>\n", rows.join(", ")));
    }
    out.push_str("</div></details>\n");
    out
}
