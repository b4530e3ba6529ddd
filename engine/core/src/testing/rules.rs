//! A stub of a set of rules, driven by closures. The ones that are always there read the claim, so that a correction
//! can mend what they object to.

use crate::{
    Change, DueIn, Evaluation, Finding, Hash, Level, POSTING, Route, RouteQuery, RuleInput, Rules, Stage,
    Subject, field,
};

type Rule = Box<dyn Fn(&RuleInput<'_>, &mut Evaluation) + Send + Sync>;

/// Closures in the shape of a generation of rules.
pub(crate) struct Stub {
    generation: Hash,
    rules: Vec<Rule>,
}

impl Default for Stub {
    /// The rules below, as a small practice might have them.
    fn default() -> Self {
        Self { generation: "g1".into(), rules: Vec::new() }
            .with(modifier_95)
            .with(authorization)
            .with(documentation)
            .with(predicted_denial)
            .with(broken)
            .with(kinds_of_adjustment)
            .with(owner_of_necessity)
    }
}

impl Stub {
    /// One rule more.
    pub(crate) fn with(
        mut self,
        rule: impl Fn(&RuleInput<'_>, &mut Evaluation) + Send + Sync + 'static,
    ) -> Self {
        self.rules.push(Box::new(rule));
        self
    }
}

impl Rules for Stub {
    fn generation(&self) -> &Hash {
        &self.generation
    }

    fn evaluate(&self, input: &RuleInput<'_>) -> Evaluation {
        let mut evaluation = Evaluation::default();
        for rule in &self.rules {
            rule(input, &mut evaluation);
            evaluation.considered += 1;
        }
        evaluation
    }

    fn route(&self, query: &RouteQuery<'_>) -> Route {
        let (owner, days, row) = match query.category {
            "authorization" => ("authorization", 3, "routing.csv:2"),
            "documentation" => ("clinician", 2, "routing.csv:3"),
            "coding" => ("coding", 5, "routing.csv:4"),
            "rejected" => ("billing", 1, "routing.csv:5"),
            _ => ("triage", 1, "routing.csv:6"),
        };
        Route { owner: owner.into(), within: DueIn::BusinessDays(days), row: row.into() }
    }
}

/// What a rule of the stub says of the claim.
pub(crate) fn finding(rule: &str, stage: Stage, level: Level, category: &str, message: &str) -> Finding {
    Finding {
        rule: rule.into(),
        pack: "test 1.0.0".into(),
        file: "rules/test.rhai".into(),
        source_line: 1,
        stage,
        level,
        subject: Subject::Claim,
        index: 0,
        category: category.into(),
        owner: "".into(),
        message: message.into(),
        because: "".into(),
        within: None,
        values: vec![("claim.frequency".into(), "1".into())],
    }
}

/// Video sessions get modifier 95.
fn modifier_95(input: &RuleInput<'_>, said: &mut Evaluation) {
    if input.stage != Stage::Scrub || input.claim.place_of_service.as_str() != "10" {
        return;
    }
    let mut claim = input.claim.clone();
    for line in input.claim.lines.iter().filter(|line| !line.has_modifier("95")) {
        let name = format!("line[{}].modifiers", line.number);
        let change = field::set(&mut claim, &name, "95").unwrap();
        said.changes.push(Change { rule: "TELE-95".into(), ..change });
    }
}

/// Payer `AUTH` wants an authorization.
fn authorization(input: &RuleInput<'_>, said: &mut Evaluation) {
    let wanted = input.claim.payer.id.as_str() == "AUTH" && input.claim.authorization_number.is_empty();
    if input.stage == Stage::Authorization && wanted && input.facts.authorizations.is_empty() {
        let message = "Get an authorization.";
        said.findings.push(finding("AUTH-1", input.stage, Level::Hold, "authorization", message));
    }
}

/// A line described as `?` lacks its note: one finding each.
fn documentation(input: &RuleInput<'_>, said: &mut Evaluation) {
    if input.stage != Stage::Scrub {
        return;
    }
    for line in input.claim.lines.iter().filter(|line| line.description == "?") {
        let ask = format!("Describe session {}.", line.number);
        let said_of_line = finding("DOC-1", input.stage, Level::Hold, "documentation", &ask);
        said.findings.push(Finding { subject: Subject::Line, index: line.number, ..said_of_line });
    }
}

/// Place 99 is denied for certain.
fn predicted_denial(input: &RuleInput<'_>, said: &mut Evaluation) {
    if input.stage == Stage::Scrub && input.claim.place_of_service.as_str() == "99" {
        let message = "Correct the place of service.";
        said.findings.push(finding("POS-99", input.stage, Level::Deny, "coding", message));
    }
}

/// Referral `ERROR-<stage>` breaks a rule of that stage.
fn broken(input: &RuleInput<'_>, said: &mut Evaluation) {
    if input.claim.referral_number.strip_prefix("ERROR-") == Some(input.stage.as_str()) {
        let message = "Rule `BROKEN` could not be evaluated.";
        said.findings.push(finding("BROKEN", input.stage, Level::Error, "rule_error", message));
    }
}

/// The table of adjustment reasons; reason 999 is in no table.
fn kinds_of_adjustment(input: &RuleInput<'_>, said: &mut Evaluation) {
    if input.stage != Stage::Categorize {
        return;
    }
    for (place, adjustment) in (1..).zip(input.adjustments) {
        let (category, ask) = match adjustment.reason.as_str() {
            "1" | "2" | "3" | "45" => (POSTING, ""),
            "197" if input.facts.authorizations.is_empty() => ("authorization", "Get a retro-authorization."),
            "197" => ("authorization_sent_not_seen", "Resend with the number."),
            "4" => ("coding", "Correct the modifier."),
            "50" => ("medical_necessity", "Appeal."),
            _ => continue,
        };
        let kind = finding("CARC-TABLE", input.stage, Level::Categorize, category, ask);
        said.findings.push(Finding { subject: Subject::Adjustment, index: place, ..kind });
    }
}

/// Medical necessity goes to utilization review, whatever the table says.
fn owner_of_necessity(input: &RuleInput<'_>, said: &mut Evaluation) {
    if input.stage != Stage::Route {
        return;
    }
    for (place, denial) in (1..).zip(input.denials) {
        if denial.category == "medical_necessity" {
            let assign = finding("UR-1", input.stage, Level::Assign, "", "");
            let owner = "utilization_review".into();
            said.findings.push(Finding { subject: Subject::Denial, index: place, owner, ..assign });
        }
    }
}
