//! What the settings ask for besides the packs' rules: facts that must be known, and NPIs that must be right.

use claimflow_core::{Claim, Finding, Level, Npi, RuleInput, ServiceLine, Stage, Subject, Text};
use claimflow_rules::{Considered, RuleTrace};

use crate::settings::{NpiCheck, PracticeSettings, RequiredFact, SETTINGS_PATH};

/// The findings of the settings at the input's stage; `settings` stands for the pack in them.
pub(crate) fn findings(settings: &PracticeSettings, input: &RuleInput<'_>, findings: &mut Vec<Finding>) {
    for fact in &settings.require {
        match (fact, input.stage) {
            (RequiredFact::Coverage, Stage::Eligibility) => coverage(input, findings),
            (RequiredFact::Authorization, Stage::Authorization) => authorization(input, findings),
            (RequiredFact::Enrollment, Stage::Scrub) => enrollment(input, findings),
            (RequiredFact::Visit, Stage::Scrub) => visit(input, findings),
            _ => {}
        }
    }
    if settings.npi_check == NpiCheck::Hold && input.stage == Stage::Scrub {
        npi(input.claim, findings);
    }
}

/// The trace of such a finding: it always fired.
pub(crate) fn trace(finding: Finding) -> RuleTrace {
    RuleTrace {
        outcome: Text::from(format!("{} {}", finding.level.as_str(), finding.category)),
        rule: finding.rule,
        title: finding.message,
        pack: finding.pack,
        file: finding.file,
        line: finding.source_line,
        stage: finding.stage,
        subject: finding.subject,
        index: finding.index,
        considered: Considered::Fired,
        values: finding.values,
        changes: Vec::new(),
        layer: claimflow_rules::Layer::Practice,
        shadow: false,
        enforced: Text::default(),
    }
}

fn hold(rule: &'static str, stage: Stage, index: u16, category: &'static str, message: String) -> Finding {
    Finding {
        rule: Text::const_new(rule),
        pack: Text::const_new("settings"),
        file: Text::const_new(SETTINGS_PATH),
        source_line: 0,
        stage,
        level: Level::Hold,
        subject: if index == 0 { Subject::Claim } else { Subject::Line },
        index,
        category: Text::const_new(category),
        owner: Text::default(),
        message: message.into(),
        because: Text::const_new("the practice requires it"),
        within: None,
        values: Vec::new(),
    }
}

fn known(finding: Finding, what: &'static str) -> Finding {
    Finding { values: vec![(Text::const_new(what), Text::const_new("false"))], ..finding }
}

fn coverage(input: &RuleInput<'_>, findings: &mut Vec<Finding>) {
    if input.facts.coverage(input.claim).is_none() {
        let message =
            "Nothing is known of the member's coverage. Ask the payer, and add a row to the register.";
        let finding = hold("REQUIRE-COVERAGE", input.stage, 0, "eligibility", message.to_owned());
        findings.push(known(finding, "coverage.known"));
    }
}

fn authorization(input: &RuleInput<'_>, findings: &mut Vec<Finding>) {
    let needless =
        input.facts.coverage(input.claim).is_some_and(|row| row.authorization_required == Some(false));
    if input.facts.authorizations.is_empty() && !needless {
        let message = "Nothing is known of an authorization. Ask the payer whether one is needed, and add it to the register.";
        let finding = hold("REQUIRE-AUTHORIZATION", input.stage, 0, "authorization", message.to_owned());
        findings.push(known(finding, "authorization.known"));
    }
}

fn enrollment(input: &RuleInput<'_>, findings: &mut Vec<Finding>) {
    let mut seen: Vec<&Npi> = Vec::new();
    for line in &input.claim.lines {
        let npi = &input.claim.rendering_provider_of(line).npi;
        if !seen.contains(&npi) && input.facts.enrollment(input.claim, Some(line)).is_none() {
            let message = format!(
                "Nothing is known of the enrollment of NPI {npi} with this payer. Check it, and add a row to the register."
            );
            let finding = hold("REQUIRE-ENROLLMENT", input.stage, line.number, "credentialing", message);
            findings.push(known(finding, "enrollment.known"));
        }
        seen.push(npi);
    }
}

fn visit(input: &RuleInput<'_>, findings: &mut Vec<Finding>) {
    for line in &input.claim.lines {
        if input.facts.visit(Some(line)).is_none() {
            let message = format!(
                "Nothing is known of the visit{}. Add its row to the register, or see whether the record exports it.",
                on(line)
            );
            let finding = hold("REQUIRE-VISIT", input.stage, line.number, "claim_data", message);
            findings.push(known(finding, "visit.known"));
        }
    }
}

fn on(line: &ServiceLine) -> String {
    line.service_date.map(|date| format!(" of {date}")).unwrap_or_default()
}

fn npi(claim: &Claim, findings: &mut Vec<Finding>) {
    let mut seen: Vec<&Npi> = Vec::new();
    let rendering = claim.lines.iter().map(|line| (line.number, &claim.rendering_provider_of(line).npi));
    for (index, npi) in std::iter::once((0, &claim.billing_provider.npi)).chain(rendering) {
        if !npi.is_empty() && !seen.contains(&npi) && !npi.check_digit_holds() {
            let message = format!("NPI {npi} fails its check digit. Compare it with the NPI registry.");
            let finding = hold("REQUIRE-NPI", Stage::Scrub, index, "claim_data", message);
            findings.push(Finding { values: vec![("npi".into(), npi.as_str().into())], ..finding });
        }
        seen.push(npi);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_core::{Coverage, Facts, Visit};
    use jiff::civil::date;

    fn fired(settings: &PracticeSettings, stage: Stage, claim: &Claim, facts: &Facts) -> Vec<(String, u16)> {
        let as_of = date(2026, 3, 5);
        let input = RuleInput {
            stage,
            claim,
            facts,
            as_of,
            submissions: 0,
            decision: None,
            adjustments: &[],
            denials: &[],
        };
        let mut found = Vec::new();
        findings(settings, &input, &mut found);
        found.iter().map(|finding| (finding.rule.to_string(), finding.index)).collect()
    }

    #[test]
    fn unknown_facts_hold_only_where_they_are_required() {
        let line = |number| ServiceLine { number, ..ServiceLine::default() };
        let mut claim = Claim { lines: vec![line(1), line(2)], ..Claim::default() };
        claim.billing_provider.npi = Npi::as_received("1234567890");
        let mut facts = Facts { visits: vec![Visit { line: 2, ..Visit::default() }], ..Facts::default() };
        let lax = PracticeSettings::default();
        let strict = PracticeSettings {
            require: RequiredFact::ALL.to_vec(),
            npi_check: NpiCheck::Hold,
            ..PracticeSettings::default()
        };
        for stage in Stage::ALL {
            assert!(fired(&lax, stage, &claim, &facts).is_empty());
        }
        let rule = |name: &str, index| (name.to_owned(), index);
        assert_eq!(fired(&strict, Stage::Eligibility, &claim, &facts), [rule("REQUIRE-COVERAGE", 0)]);
        assert_eq!(fired(&strict, Stage::Authorization, &claim, &facts), [rule("REQUIRE-AUTHORIZATION", 0)]);
        assert_eq!(
            fired(&strict, Stage::Scrub, &claim, &facts),
            [rule("REQUIRE-ENROLLMENT", 1), rule("REQUIRE-VISIT", 1), rule("REQUIRE-NPI", 0)]
        );
        facts.coverages.push(Coverage { authorization_required: Some(false), ..Coverage::default() });
        assert!(fired(&strict, Stage::Authorization, &claim, &facts).is_empty());
    }
}
