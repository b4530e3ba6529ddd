//! What a claim must be so that it can be written at all: the last check before it is queued.
//!
//! A claim that cannot be expressed as 837P is held with every field that is missing, so that one claim never keeps a
//! payer's whole file from going out.

use claimflow_core::{
    Category, Claim, Evaluation, Finding, Hash, Level, Route, RouteQuery, RuleInput, Rules, Stage, Subject,
    Text,
};
use claimflow_x12::{WriteError, check_837p};

/// Rules, with that check at the stage `submit`.
pub(crate) struct Sendable<'a>(pub &'a dyn Rules);

impl Rules for Sendable<'_> {
    fn generation(&self) -> &Hash {
        self.0.generation()
    }

    fn evaluate(&self, input: &RuleInput<'_>) -> Evaluation {
        let mut evaluation = self.0.evaluate(input);
        if input.stage == Stage::Submit {
            evaluation.considered += 1;
            evaluation.findings.extend(unsendable(input.claim));
        }
        evaluation
    }

    fn route(&self, query: &RouteQuery<'_>) -> Route {
        self.0.route(query)
    }

    fn unknown_category(&self) -> Category {
        self.0.unknown_category()
    }
}

fn unsendable(claim: &Claim) -> Option<Finding> {
    let Err(WriteError::Claim { problems, .. }) = check_837p(claim) else { return None };
    Some(Finding {
        rule: Text::const_new("837P"),
        pack: Text::from(concat!("claimflow ", env!("CARGO_PKG_VERSION"))),
        file: Text::default(),
        source_line: 0,
        stage: Stage::Submit,
        level: Level::Deny,
        subject: Subject::Claim,
        index: 0,
        category: Text::const_new("claim_data"),
        owner: Text::default(),
        message: Text::from(format!("The claim cannot be written as 837P: {}.", spoken_problems(&problems))),
        because: Text::const_new("A payer's system refuses a file with such a claim"),
        within: None,
        values: problems.iter().map(|p| (Text::from(spoken(&p.field)), Text::from(&*p.problem))).collect(),
    })
}

/// What keeps a claim from being written: fields by the names that `correct` takes, never their values.
pub(crate) fn spoken_problems(problems: &[claimflow_x12::Problem]) -> String {
    let each: Vec<String> =
        problems.iter().map(|problem| format!("{} {}", spoken(&problem.field), problem.problem)).collect();
    each.join("; ")
}

/// A field by the name that `correct` takes.
fn spoken(field: &str) -> String {
    field
        .replace(".person.name.last", ".last_name")
        .replace(".person.name.first", ".first_name")
        .replace(".person.", ".")
}
