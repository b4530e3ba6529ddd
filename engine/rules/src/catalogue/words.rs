//! The bare words of clauses that never change: stages and subjects, with what they mean.

use claimflow_core::{Stage, Subject};

/// What a stage is for, in a sentence.
pub const fn stage_meaning(stage: Stage) -> &'static str {
    match stage {
        Stage::Eligibility => "Is the member covered on the date of service?",
        Stage::Authorization => "Is an authorization needed, and is it there?",
        Stage::Scrub => "Will the payer take the claim as it is? Corrections belong here.",
        Stage::Submit => "The claim is ready to go out.",
        Stage::Adjudicate => "What did the payer decide?",
        Stage::Categorize => "What kind of adjustment or denial is it?",
        Stage::Route => "Who does something about it, and by when?",
    }
}

/// What a rule for each subject looks at, in a sentence.
pub const fn subject_meaning(subject: Subject) -> &'static str {
    match subject {
        Subject::Claim => "The claim as a whole, once.",
        Subject::Line => "Each service line of the claim.",
        Subject::Diagnosis => "Each diagnosis of the claim.",
        Subject::Adjustment => "Each adjustment of the payer's decision; `line` is the line it belongs to.",
        Subject::Denial => "Each denial; `line` is the line it belongs to.",
    }
}

/// True when a claim can have such a subject at that stage: there is no adjustment before the payer has decided.
pub fn subject_exists(subject: Subject, stage: Stage) -> bool {
    !matches!(subject, Subject::Adjustment | Subject::Denial) || stage >= Stage::Adjudicate
}

/// True when rules with that subject may have the outcome: categories are given to adjustments and denials only.
pub fn outcome_allowed(keyword: &str, subject: Subject) -> bool {
    keyword != "categorize" || matches!(subject, Subject::Adjustment | Subject::Denial)
}
