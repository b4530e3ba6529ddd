//! A backtest as text.

use claimflow_study::{ChangedOutcome, ClauseChange, Month, Report, RuleReport};

use super::sentences::{LIMITS, change, dollars, of_rule, outline, verdict, whole};
use crate::render::style::Style;
use crate::render::table::{Cell, Tone, number, prose, table, words};
use crate::render::words::{hang, thousands};

/// Claims that come out differently and are shown on a terminal.
const SHOWN: usize = 20;

/// The report, at most `width` columns wide. `notes` are sentences about how the changed files were laid.
pub fn text(report: &Report, notes: &[String], style: Style, width: usize) -> String {
    let mut text = hang("", &outline(report), width);
    for note in notes {
        text.push_str(&hang("note: ", note, width));
    }
    text.push('\n');
    for sentence in whole(report) {
        text.push_str(&hang("", &sentence, width));
    }
    for rule in &report.rules {
        text.push_str(&rule_text(rule, style, width));
    }
    text.push_str(&outcomes(report, style, width));
    text.push_str(&format!("\n{}\n", style.strong("What this cannot tell")));
    for limit in LIMITS {
        text.push_str(&hang("  - ", limit, width));
    }
    text
}

fn rule_text(rule: &RuleReport, style: Style, width: usize) -> String {
    let mut text = format!(
        "\n{}  {}  {}\n",
        style.strong(&rule.rule),
        change(rule.change),
        style.faint(&format!("{}:{}", rule.file, rule.line))
    );
    text.push_str(&hang("  ", &format!("{}: {}", rule.title, rule.does.join("; ")), width));
    for ClauseChange { clause, before, after } in &rule.clauses {
        let shown = |text: &str| if text.is_empty() { "(none)".to_owned() } else { text.to_owned() };
        text.push_str(&hang(
            &format!("  {clause}: "),
            &format!("{} → {}", shown(before), shown(after)),
            width,
        ));
    }
    for sentence in of_rule(rule) {
        text.push_str(&hang("  ", &sentence, width));
    }
    if rule.months.len() > 1 {
        text.push('\n');
        text.push_str(&months(&rule.months, style, width));
    }
    text
}

fn months(months: &[Month], style: Style, width: usize) -> String {
    let columns = [
        words("month"),
        number("claims"),
        number("denied"),
        number("refused"),
        number("paid"),
        number("no decision"),
        number("denied $"),
    ];
    let figure = |number: u64| Cell::from(thousands(&number.to_string()));
    let rows: Vec<Vec<Cell>> = months
        .iter()
        .map(|own| {
            let of = &own.count;
            vec![
                own.month.as_str().into(),
                figure(of.claims),
                figure(of.denied),
                figure(of.refused),
                figure(of.paid),
                figure(of.open + of.not_sent),
                crate::render::words::money(of.denied_amount).into(),
            ]
        })
        .collect();
    table(&columns, &rows, style, width)
}

/// The claims that come out differently, as a table.
pub fn outcomes(report: &Report, style: Style, width: usize) -> String {
    if report.outcomes.is_empty() {
        return String::new();
    }
    let columns =
        [words("claim"), words("service"), number("billed"), prose("now"), prose("then"), words("payer")];
    let row = |own: &ChangedOutcome| -> Vec<Cell> {
        let payer = if own.codes.is_empty() {
            verdict(own.verdict).to_owned()
        } else {
            format!("{} {}", verdict(own.verdict), own.codes.join(" "))
        };
        let tone = if own.codes.is_empty() { Tone::Plain } else { Tone::Bad };
        vec![
            own.id.as_str().into(),
            own.service.to_string().into(),
            dollars(own.billed).into(),
            own.before.as_str().into(),
            own.after.as_str().into(),
            Cell::toned(payer, tone),
        ]
    };
    let rows: Vec<Vec<Cell>> = report.outcomes.iter().take(SHOWN).map(row).collect();
    let mut text = format!("\n{}\n", style.strong("Claims that come out differently"));
    text.push_str(&table(&columns, &rows, style, width));
    let left = report.changed_claims.saturating_sub(rows.len() as u64);
    if left > 0 {
        text.push_str(&format!(
            "  and {} more; `--json` and `--html` list them\n",
            thousands(&left.to_string())
        ));
    }
    text
}
