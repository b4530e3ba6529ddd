//! The words that a clause takes, with what each means.

use claimflow_core::{Stage, Subject};

use crate::assist::Word;
use crate::catalogue::{stage_meaning, subject_meaning};
use crate::switch::Mode;

pub(super) fn stages() -> Vec<Word> {
    let word = |stage: Stage| Word { name: stage.as_str().into(), meaning: stage_meaning(stage).into() };
    Stage::ALL.into_iter().map(word).collect()
}

pub(super) fn subjects() -> Vec<Word> {
    let word =
        |subject: Subject| Word { name: subject.as_str().into(), meaning: subject_meaning(subject).into() };
    Subject::ALL.into_iter().map(word).collect()
}

pub(super) fn modes() -> Vec<Word> {
    let word = |(mode, meaning): (Mode, &str)| Word { name: mode.as_str().into(), meaning: meaning.into() };
    [(Mode::Live, "It acts."), (Mode::Shadow, "It is evaluated and recorded, and never acts.")]
        .map(word)
        .into()
}

pub(super) fn units() -> Vec<Word> {
    let word = |(name, meaning): (&str, &str)| Word { name: name.into(), meaning: meaning.into() };
    [
        ("business_days", "Days on which the practice works."),
        ("business_hours", "Hours in which the practice works."),
        ("days", "Days of the calendar."),
    ]
    .map(word)
    .into()
}
