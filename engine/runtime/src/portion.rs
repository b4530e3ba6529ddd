//! What goes into one durable write: the outcomes of many claims' jobs, gathered.

use claimflow_core::state::ClaimState;

use crate::error::Result;
use crate::pipeline::Done;
use crate::projection::project_request;
use crate::record::Body;
use crate::stepping::{Became, Moved};
use crate::store::Write;
use crate::summary::Summary;

/// A stepped job, not yet committed.
pub(crate) struct Stepped {
    pub tag: usize,
    pub old: Option<Summary>,
    pub outcome: Result<Option<Box<Moved>>>,
}

/// Jobs whose outcomes go into one durable write.
#[derive(Default)]
pub(crate) struct Portion {
    /// Records of claims first, then those besides.
    pub records: Vec<Vec<u8>>,
    /// Of each claim with a record: itself before and after.
    pub summaries: Vec<(Option<Summary>, Summary)>,
    /// Of each claim with a record: itself in full.
    pub states: Vec<Box<ClaimState>>,
    pub also: Vec<Body>,
    /// What is open of plugins' requests from now on.
    pub requests: Vec<Write>,
    /// Claims for which a plugin is to be asked.
    pub asked: Vec<u64>,
    pub done: Vec<Done>,
}

impl Portion {
    pub fn of(batch: Vec<Stepped>) -> Self {
        let most = batch.len();
        let mut portion = Self {
            records: Vec::with_capacity(most),
            summaries: Vec::with_capacity(most),
            states: Vec::with_capacity(most),
            done: Vec::with_capacity(most),
            ..Self::default()
        };
        for Stepped { tag, old, outcome } in batch {
            let result = match outcome {
                Ok(Some(moved)) => portion.add(old, *moved),
                Ok(None) => Ok((old.unwrap_or_default(), Became::Nothing)),
                Err(error) => Err(error),
            };
            portion.done.push(Done { tag, result });
        }
        portion
    }

    fn add(&mut self, old: Option<Summary>, moved: Moved) -> Result<(Summary, Became)> {
        self.also.extend(moved.also);
        if let Some(request) = moved.request {
            self.requests.push(project_request(moved.summary.number, &request.key));
            self.asked.extend(request.is_new.then_some(moved.summary.number));
        }
        let result = moved.refused.map_or_else(|| Ok((moved.summary.clone(), moved.became)), Err);
        if let (Some(record), Some(state)) = (moved.record, moved.state) {
            self.records.push(record);
            self.summaries.push((old, moved.summary));
            self.states.push(state);
        }
        result
    }
}
