//! A backtest as one page for a browser: no script, nothing loaded from anywhere, every text escaped.

use claimflow_core::Moment;
use claimflow_study::{ChangedOutcome, Count, Report, RuleReport};

use super::chart::{LEGEND, bars};
use super::sentences::{LIMITS, change, dollars, of_rule, outline, verdict, whole};
use crate::render::escape::escape;
use crate::render::words::{moment, thousands};

const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #1d2329; --paper: #ffffff; --faint: #5b6670; --line: #d5dade;
  --denied: #b42318; --refused: #b76e00; --paid: #1f6f54; --open: #8a949c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --paper: #15191d; --faint: #9aa5ae; --line: #353d44;
  --denied: #f0786c; --refused: #e0a64a; --paid: #5cbf98; --open: #77828b; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.faint { color: var(--faint); fill: var(--faint); } code { font-size: .92em; overflow-wrap: anywhere; }
.lead { font-size: 1.1rem; } p { margin: .4rem 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; margin: .6rem 0; font-size: .92rem; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--faint); font-weight: 500; } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
svg text { font-size: 11px; fill: var(--ink); text-anchor: middle; } svg text.faint { fill: var(--faint); }
svg .ground { stroke: var(--line); }
rect.denied { fill: var(--denied); } rect.refused { fill: var(--refused); } rect.paid { fill: var(--paid); }
rect.open { fill: var(--open); } .legend { font-size: .85rem; }
.legend span { margin-right: 1.2rem; } .legend span::before { content: \"\"; display: inline-block; width: .7rem;
  height: .7rem; margin-right: .4rem; }
.legend .denied::before { background: var(--denied); } .legend .refused::before { background: var(--refused); }
.legend .paid::before { background: var(--paid); } .legend .open::before { background: var(--open); }
.id { white-space: nowrap; }
.tag { border: 1px solid var(--line); border-radius: .3rem; padding: 0 .4rem; font-size: .8rem; font-weight: 400; }
";

/// The page. `practice` is its name, `notes` are sentences about how the changed files were laid.
pub fn page(report: &Report, practice: &str, at: Moment, notes: &[String]) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Backtest of changed rules</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>What the changed rules would have done</h1>\n<p class=\"faint\">{} · made {} · rules {} against {}</p>\n",
        escape(practice),
        escape(&moment(at)),
        escape(short(&report.changed)),
        escape(short(&report.live))
    );
    for sentence in whole(report) {
        html.push_str(&format!("<p class=\"lead\">{}</p>\n", escape(&sentence)));
    }
    html.push_str(&paragraph(&outline(report)));
    for note in notes {
        html.push_str(&paragraph(&format!("Note: {note}.")));
    }
    html.push_str("<h2>All claims by month of service</h2>\n");
    html.push_str(&chart(&bars(&report.months)));
    if !report.rules.is_empty() {
        html.push_str(&summary(&report.rules));
    }
    for rule in &report.rules {
        html.push_str(&one(rule));
    }
    html.push_str(&outcomes(report));
    html.push_str("<h2>What this cannot tell</h2>\n<ul>\n");
    for limit in LIMITS {
        html.push_str(&format!("<li>{}</li>\n", escape(limit)));
    }
    html.push_str("</ul>\n</body>\n</html>\n");
    html
}

/// As much of a hash as people compare.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape(text))
}

fn chart(svg: &str) -> String {
    if svg.is_empty() {
        paragraph("No claims.")
    } else {
        format!("<div class=\"scroll\">{svg}</div>\n{LEGEND}")
    }
}

fn precision(of: &Count) -> String {
    of.precision().map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"))
}

fn summary(rules: &[RuleReport]) -> String {
    let mut html = String::from(
        "<h2>Rule by rule</h2>\n<div class=\"scroll\"><table>\n<tr><th>rule</th><th></th><th class=\"n\">claims</th>\
         <th class=\"n\">denied</th><th class=\"n\">denied $</th><th class=\"n\">refused</th><th class=\"n\">paid</th>\
         <th class=\"n\">no decision</th><th class=\"n\">precision</th><th class=\"n\">denials prevented</th></tr>\n",
    );
    for rule in rules {
        let of = &rule.after;
        let figure = |number: u64| thousands(&number.to_string());
        let cells = [
            figure(of.claims),
            figure(of.denied),
            dollars(of.denied_amount),
            figure(of.refused),
            figure(of.paid),
            figure(of.open + of.not_sent),
            precision(of),
            format!("{} ({})", figure(rule.prevented().0), dollars(rule.prevented().1)),
        ];
        html.push_str(&format!("<tr><td>{}</td><td>{}</td>", escape(&rule.rule), change(rule.change)));
        for cell in cells {
            html.push_str(&format!("<td class=\"n\">{}</td>", escape(&cell)));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</table></div>\n");
    html
}

fn one(rule: &RuleReport) -> String {
    let mut html = format!(
        "<h2>{} <span class=\"tag\">{}</span></h2>\n<p>{}: {} <span class=\"faint\">{}:{}</span></p>\n",
        escape(&rule.rule),
        change(rule.change),
        escape(&rule.title),
        escape(&rule.does.join("; ")),
        escape(&rule.file),
        rule.line
    );
    if !rule.clauses.is_empty() {
        html.push_str(
            "<div class=\"scroll\"><table>\n<tr><th>clause</th><th>before</th><th>after</th></tr>\n",
        );
        for own in &rule.clauses {
            html.push_str(&format!(
                "<tr><td>{}</td><td><code>{}</code></td><td><code>{}</code></td></tr>\n",
                escape(own.clause),
                escape(&own.before),
                escape(&own.after)
            ));
        }
        html.push_str("</table></div>\n");
    }
    for sentence in of_rule(rule) {
        html.push_str(&paragraph(&sentence));
    }
    if !rule.months.is_empty() {
        html.push_str(&chart(&bars(&rule.months)));
    }
    html
}

fn outcomes(report: &Report) -> String {
    if report.outcomes.is_empty() {
        return String::new();
    }
    let mut html = String::from(
        "<h2>Claims that come out differently</h2>\n<div class=\"scroll\"><table>\n<tr><th>claim</th><th>service</th>\
         <th class=\"n\">billed</th><th>now</th><th>then</th><th>payer</th></tr>\n",
    );
    for own in &report.outcomes {
        html.push_str(&row(own));
    }
    html.push_str("</table></div>\n");
    let left = report.changed_claims.saturating_sub(report.outcomes.len() as u64);
    if left > 0 {
        html.push_str(&paragraph(&format!("And {} more.", thousands(&left.to_string()))));
    }
    html
}

fn row(own: &ChangedOutcome) -> String {
    format!(
        "<tr><td class=\"id\">{}</td><td class=\"id\">{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td><td>{} {}</td></tr>\n",
        escape(&own.id),
        own.service,
        escape(&dollars(own.billed)),
        escape(&own.before),
        escape(&own.after),
        verdict(own.verdict),
        escape(&own.codes.join(" "))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_taken_for_markup() {
        assert_eq!(
            escape("<b a=\"1\" b='2'>&\u{1b}"),
            "&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;\u{fffd}"
        );
    }
}
