//! The sentences that both forms of a backtest say.

use claimflow_core::{Level, Money};
use claimflow_study::{ChangeKind, Count, Report, RuleReport, Verdict};

use crate::render::words::{count, money};

/// What a backtest cannot know.
pub const LIMITS: &[&str] = &[
    "What was known of coverage, authorizations, enrollments and visits at that time is not recorded: today's registers are \
     used, under the live and under the changed rules alike.",
    "A claim that would have been held would have been mended, and might have been denied for something else; a paid claim \
     that would have been held would have been paid later, not less.",
    "Only the stages before submission are replayed, and the payer's first decision counts.",
];

/// Fewer decided claims than this make no percentage to rely on.
const FEW: u64 = 10;

pub(super) fn dollars(amount: Money) -> String {
    format!("${}", money(amount))
}

pub(super) fn claims(number: u64) -> String {
    count(number, "claim", "claims")
}

fn were(number: u64) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

/// The period: `claims with service from 2026-07-01 to 2026-09-30`.
pub(super) fn period(report: &Report) -> String {
    let number = claims(report.all.claims);
    match (report.since, report.until) {
        (Some(since), Some(until)) => format!("{number} with service from {since} to {until}"),
        (Some(since), None) => format!("{number} with service since {since}"),
        (None, Some(until)) => format!("{number} with service until {until}"),
        (None, None) => format!("{number} of the whole history"),
    }
}

/// What became of all claims.
pub(super) fn outline(report: &Report) -> String {
    let all = &report.all;
    let mut text = format!(
        "{}: {} denied at first ({}), {} paid without a denial",
        period(report),
        all.denied,
        dollars(all.denied_amount),
        all.paid
    );
    if all.refused > 0 {
        text.push_str(&format!(", {} refused before adjudication", all.refused));
    }
    text.push_str(&format!(", {} not decided yet, {} never sent.", all.open, all.not_sent));
    if let Some(rate) = all.precision() {
        text.push_str(&format!(" Of the decided ones, {rate} % were denied or refused."));
    }
    text
}

/// What the changed rules would have done as a whole.
pub(super) fn whole(report: &Report) -> Vec<String> {
    if report.live == report.changed {
        let same = "These rules stand in the practice as they are: nothing would come out differently. A rule in shadow is \
                    counted here and acts on no claim.";
        return vec![same.to_owned()];
    }
    if report.changed_claims == 0 {
        return vec!["No claim would have come out differently.".to_owned()];
    }
    let mut all = Vec::new();
    if report.newly_held.claims > 0 {
        let judged = judged(&report.newly_held);
        all.push(format!(
            "{} that the live rules let go would have been held; {judged}",
            claims(report.newly_held.claims)
        ));
    }
    if report.freed.claims > 0 {
        let judged = judged(&report.freed);
        all.push(format!("{} would no longer be held; {judged}", claims(report.freed.claims)));
    }
    let rest = report.changed_claims.saturating_sub(report.newly_held.claims + report.freed.claims);
    if rest > 0 {
        let what = if rest == 1 { "comes" } else { "come" };
        all.push(format!(
            "{} {what} out otherwise: other corrections, or held for other reasons.",
            claims(rest)
        ));
    }
    all
}

/// What the payer did with claims: `9 of them were denied later ($1,350.00) and 3 paid: precision 75 %.`
fn judged(of: &Count) -> String {
    if of.decided() == 0 {
        return "the payer has decided none of them yet.".to_owned();
    }
    let mut text =
        format!("{} of them {} denied later ({})", of.denied, were(of.denied), dollars(of.denied_amount));
    if of.refused > 0 {
        text.push_str(&format!(", {} refused", of.refused));
    }
    text.push_str(&format!(", {} paid", of.paid));
    if let Some(precision) = of.precision() {
        text.push_str(&format!(": precision {precision} %"));
    }
    if of.decided() < FEW {
        text.push_str(&format!(" of {} decided, which is few", of.decided()));
    }
    let waiting: Vec<String> = [(of.open, "not decided"), (of.not_sent, "never sent")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if !waiting.is_empty() {
        text.push_str(&format!(" ({})", waiting.join(", ")));
    }
    text.push('.');
    text
}

/// How a rule differs, in a word or two.
pub(super) const fn change(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::New => "new",
        ChangeKind::Changed => "changed",
        ChangeKind::Affected => "written the same, fires otherwise",
        ChangeKind::Removed => "removed",
        ChangeKind::Same => "as it stands",
    }
}

/// What a payer did first, in a word or two.
pub(super) const fn verdict(of: Verdict) -> &'static str {
    match of {
        Verdict::Denied => "denied",
        Verdict::Refused => "refused",
        Verdict::Paid => "paid",
        Verdict::Open => "not decided",
        Verdict::NotSent => "never sent",
    }
}

fn would(rule: &RuleReport) -> &'static str {
    match rule.level {
        Some(Level::Fix) => "would have been corrected",
        Some(Level::Deny) => "would have been stopped as a predicted denial",
        Some(Level::Error) => "would have been held for review, since the rule cannot be judged on some",
        Some(Level::Hold) => "would have been held",
        Some(Level::Warn) => "would have carried a warning",
        _ => "would have carried a note",
    }
}

/// What a rule would have done.
pub(super) fn of_rule(rule: &RuleReport) -> Vec<String> {
    let mut all = Vec::new();
    if rule.change == ChangeKind::Removed {
        let lost = &rule.lost;
        all.push(if lost.claims == 0 {
            "It fired on no claim of the period.".to_owned()
        } else {
            format!("It fired on {}; {}", claims(lost.claims), judged(lost))
        });
        return all;
    }
    if rule.after.claims == 0 {
        all.push("It fires on no claim of the period.".to_owned());
    } else {
        all.push(format!("{} {}; {}", claims(rule.after.claims), would(rule), judged(&rule.after)));
    }
    if !matches!(rule.change, ChangeKind::New | ChangeKind::Same) {
        all.push(format!(
            "Before the change it fires on {}: {} come to it, {} leave it.",
            claims(rule.before.claims),
            rule.gained.claims,
            rule.lost.claims
        ));
    }
    all.extend(effect(rule));
    if rule.mended > 0 {
        let (verb, they) = if rule.mended == 1 { ("was", "it") } else { ("were", "they") };
        all.push(format!(
            "{} more {verb} so when {they} came in, and {verb} mended before {they} went out.",
            claims(rule.mended)
        ));
    }
    if rule.errors > 0 {
        all.push(format!(
            "On {} it cannot be judged: see what the condition reads there.",
            claims(rule.errors)
        ));
    }
    all
}

/// What the change is worth, and what it costs.
fn effect(rule: &RuleReport) -> Vec<String> {
    let (prevented, amount) = rule.prevented();
    let mut all = Vec::new();
    if prevented > 0 {
        let mut text = format!(
            "It would have prevented {} ({})",
            count(prevented, "denial", "denials"),
            dollars(amount)
        );
        if rule.gained.recovered_amount.cents() > 0 {
            text.push_str(&format!(", of which {} came back later", dollars(rule.gained.recovered_amount)));
        }
        text.push('.');
        all.push(text);
    }
    if rule.acts() && rule.gained.paid > 0 {
        let done = if rule.level == Some(Level::Fix) { "changed" } else { "held" };
        all.push(format!(
            "It would have {done} {} that {} paid as {} ({}).",
            count(rule.gained.paid, "good claim", "good claims"),
            were(rule.gained.paid),
            if rule.gained.paid == 1 { "it was" } else { "they were" },
            dollars(rule.gained.paid_amount)
        ));
    }
    all
}

/// A month's figures in words, for whoever hears a chart rather than sees it.
pub(super) fn month(month: &str, of: &Count) -> String {
    format!(
        "{month}: {}, {} denied, {} refused, {} paid, {} without a decision",
        claims(of.claims),
        of.denied,
        of.refused,
        of.paid,
        of.open + of.not_sent
    )
}
