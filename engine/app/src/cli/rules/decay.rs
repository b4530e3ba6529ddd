//! `claimflow rules decay`: rules that have outlived their use.

use claimflow_runtime::Period;
use claimflow_study::{Decay, DecayReport, Decayed, ENOUGH, TRIED, decay};
use clap::Args;
use jiff::civil::Date;

use crate::cli::Global;
use crate::exit::{Exit, Result};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::{Cell, Tone, number, page_width, prose, table, words};
use crate::render::words::{count, hang, thousands};

/// List rules that never fire, that people always override, or that only stop what is paid
///
/// What fired, what was released and what was paid is taken from the practice's own history. The exit code is 1 when
/// a rule is listed that fired and should not have; rules that never fired do not change it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules decay
  claimflow rules decay --since 2026-01-01
  claimflow rules decay --json")]
pub struct Arguments {
    /// Only claims with service on this day or later
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    let history = desk.engine.history(Period { since: arguments.since, until: None })?;
    let report = decay(desk.practice.generation(), &history)?;
    if global.json {
        out::json(&report)?;
    } else {
        out::print(&shown(&report, Style::stdout(), page_width()))?;
    }
    desk.close()?;
    let bad = |own: &Decayed| matches!(own.decay, Decay::AlwaysReleased | Decay::OnlyFalseAlarms);
    Ok(Exit::problems(report.decayed.iter().any(bad)))
}

const KINDS: [(Decay, &str); 4] = [
    (Decay::AlwaysReleased, "Always overridden: people released every claim that these held"),
    (Decay::OnlyFalseAlarms, "Only false alarms: the payers paid every claim on which these fired"),
    (Decay::NeverFired, "Never fired, though there were claims enough for their payers and codes"),
    (Decay::FewClaims, "Never fired, and hardly had a claim for their payers and codes"),
];

fn shown(report: &DecayReport, style: Style, width: usize) -> String {
    let mut text =
        format!("{} on {}.\n", count(report.rules, "rule", "rules"), count(report.claims, "claim", "claims"));
    if report.decayed.is_empty() {
        text.push_str("Every rule has fired, and none is always overridden or always wrong.\n");
    }
    for (kind, title) in KINDS {
        let own: Vec<&Decayed> = report.decayed.iter().filter(|own| own.decay == kind).collect();
        if own.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{}\n", style.strong(title)));
        match kind {
            Decay::AlwaysReleased | Decay::OnlyFalseAlarms => {
                own.into_iter().for_each(|rule| text.push_str(&one(rule, style, width)));
            }
            Decay::NeverFired => text.push_str(&silent(&own, style, width)),
            Decay::FewClaims => {
                let ids: Vec<&str> = own.iter().map(|own| own.rule.as_str()).collect();
                text.push_str(&hang("  ", &ids.join(", "), width));
            }
        }
    }
    let note = format!(
        "A rule is called wrong or overridden from {ENOUGH} claims on, and silent from {TRIED} on; rules about denials are \
         counted on claims that were denied."
    );
    text.push_str(&format!("\n{}", style.faint(&hang("", &note, width))));
    text
}

fn silent(rules: &[&Decayed], style: Style, width: usize) -> String {
    let columns = [words("rule"), number("claims"), prose("title"), words("written in")];
    let row = |own: &&Decayed| -> Vec<Cell> {
        vec![
            own.rule.as_str().into(),
            thousands(&own.claims.to_string()).into(),
            own.title.as_str().into(),
            Cell::toned(own.pack.as_str(), Tone::Faint),
        ]
    };
    table(&columns, &rules.iter().map(row).collect::<Vec<_>>(), style, width)
}

fn one(rule: &Decayed, style: Style, width: usize) -> String {
    let place = style.faint(&format!("{}:{}", rule.file, rule.line));
    let mut text = format!("  {}  {place}\n", style.strong(&rule.rule));
    let record = if rule.decay == Decay::AlwaysReleased {
        let reasons: Vec<String> =
            rule.reasons.iter().map(|reason| format!("\u{201c}{reason}\u{201d}")).collect();
        let held = count(rule.held, "claim", "claims");
        format!("{}: held {held} and released each: {}", rule.title, reasons.join(", "))
    } else {
        format!(
            "{}: fired on {}, {} paid and none denied",
            rule.title,
            count(rule.fired.claims, "claim", "claims"),
            rule.fired.paid
        )
    };
    text.push_str(&hang("    ", &record, width));
    text
}
