//! Answers that come in: 999 and TA1 for what we sent, 277CA for each claim.

use claimflow_core::step::Input;
use claimflow_core::{Acknowledgment, AcknowledgmentKind, ClaimId};
use rustc_hash::FxHashMap;

use super::{FileReport, Ingest};
use crate::books::find_number;
use crate::error::Result;
use crate::projection::read_value;
use crate::record::BatchRecord;

impl Ingest<'_> {
    /// Takes in the answers of one transaction. False when a claim would not take one.
    pub(super) fn acknowledge(
        &mut self,
        answers: &[Acknowledgment],
        control: &str,
        report: &mut FileReport,
    ) -> Result<bool> {
        if answers.is_empty() {
            return Ok(true);
        }
        report.acknowledgments += u32::try_from(answers.len()).unwrap_or(u32::MAX);
        let mut jobs = Vec::new();
        let mut places = FxHashMap::default();
        let mut batches: Option<Vec<BatchRecord>> = None;
        for answer in answers {
            let numbers = match answer.kind {
                AcknowledgmentKind::Claim => self.answered_claim(answer, report)?,
                AcknowledgmentKind::Functional | AcknowledgmentKind::Interchange => {
                    let all = match batches.take() {
                        Some(all) => all,
                        None => self.batches()?,
                    };
                    let numbers = answered_batch(&all, answer, control, report);
                    batches = Some(all);
                    numbers
                }
            };
            for number in numbers {
                let mut answer = answer.clone();
                // That a file is well-formed says nothing yet of its claims.
                answer.interim |= answer.accepted && answer.kind != AcknowledgmentKind::Claim;
                self.add(&mut jobs, &mut places, number, Input::Acknowledged(answer))?;
            }
        }
        Ok(self.run_jobs(jobs, "answers taken in", report)?.is_empty())
    }

    fn answered_claim(&mut self, answer: &Acknowledgment, report: &mut FileReport) -> Result<Vec<u64>> {
        // Answers for the whole file (receiver and provider levels) name no claim.
        if answer.claim_id.is_empty() {
            if !answer.accepted && !answer.interim {
                report.fault("refused-whole", refused_whole(answer));
            }
            return Ok(Vec::new());
        }
        let view = &self.run.engine.view;
        let number = match find_number(view, &answer.claim_id)? {
            Some(number) => Some(number),
            None => self.books.by_payer_number(view, &answer.payer_claim_number)?,
        };
        if number.is_none() {
            report.fault("unknown-claim", unknown(&answer.claim_id));
        }
        Ok(number.into_iter().collect())
    }

    fn batches(&self) -> Result<Vec<BatchRecord>> {
        let all = self.run.engine.view.collect(b"b")?;
        all.iter().map(|(_, value)| Ok(read_value(value)?)).collect()
    }
}

fn unknown(id: &ClaimId) -> String {
    format!("the answer speaks of claim `{id}`, which is not here; was it sent by another system?")
}

fn refused_whole(answer: &Acknowledgment) -> String {
    let statuses: Vec<&str> = answer.statuses.iter().map(|status| &**status).collect();
    format!(
        "a whole file or provider was refused (trace `{}`, status `{}`) without naming its claims; ask the clearinghouse \
         which file it was, mend that, and send its claims again",
        answer.control_number,
        statuses.join(", ")
    )
}

/// The claims that an answer to a file speaks of.
fn answered_batch(
    batches: &[BatchRecord],
    answer: &Acknowledgment,
    control: &str,
    report: &mut FileReport,
) -> Vec<u64> {
    let same = |number: u32| answer.control_number.trim_start_matches('0') == number.to_string();
    let batch = batches.iter().rev().find(|batch| match answer.kind {
        AcknowledgmentKind::Interchange => same(batch.interchange),
        _ => same(batch.group),
    });
    let Some(batch) = batch else {
        report.fault(
            "unknown-submission",
            format!(
                "transaction {control} answers file {}, which was not sent from here",
                answer.control_number
            ),
        );
        return Vec::new();
    };
    let claims = if answer.transaction.is_empty() {
        batch.claims_of(None)
    } else {
        // A number that cannot be ours answers none of our claims, rather than all.
        batch.claims_of(Some(answer.transaction.parse().unwrap_or_default()))
    };
    if claims.is_empty() {
        let text = "is not in the file that the answer names";
        report.fault("unknown-submission", format!("transaction `{}` {text}", answer.transaction));
    }
    claims.iter().map(|(number, _)| *number).collect()
}
