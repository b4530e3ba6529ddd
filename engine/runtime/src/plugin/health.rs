//! How plugins are: what they say themselves, and how their last calls went.

use std::sync::{Mutex, PoisonError};

use claimflow_core::{Moment, Text};
use rustc_hash::FxHashMap;

/// Whether a plugin could do something now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It could, as far as it knows.
    Ready,
    /// It could not: why, and what mends it.
    NotReady(String),
}

/// How a plugin's calls went since the program began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PluginHealth {
    /// Calls that came out.
    pub done: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Failed calls since the last that came out.
    pub failed_in_a_row: u64,
    /// When the last one failed.
    pub last_failure: Option<Moment>,
}

/// All plugins' health, by name.
#[derive(Default)]
pub(crate) struct Tallies(Mutex<FxHashMap<Text, PluginHealth>>);

impl Tallies {
    /// Notes how a call went. Tells the log when a plugin begins to fail, and when it is well again; why it fails stands at
    /// the claim, since what a plugin says is not for the log.
    pub fn note(&self, plugin: &Text, failed: bool, at: Moment) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.entry(plugin.clone()).or_default();
        if failed {
            own.failed += 1;
            own.failed_in_a_row += 1;
            own.last_failure = Some(at);
            if own.failed_in_a_row == 3 {
                tracing::warn!(plugin = %plugin, "a plugin has failed three times in a row; `show` a claim that waits for it tells why");
            }
        } else {
            if own.failed_in_a_row >= 3 {
                tracing::info!(plugin = %plugin, "the plugin answers again");
            }
            own.done += 1;
            own.failed_in_a_row = 0;
        }
    }

    /// How the plugin's calls went.
    pub fn of(&self, plugin: &str) -> PluginHealth {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(plugin).cloned().unwrap_or_default()
    }
}
