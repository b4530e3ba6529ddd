//! Plugins: what they are to the loop, and all of them in one place.

mod health;
mod scripted;
mod worlds;

use std::sync::Arc;

use claimflow_core::workflow::ActionSpec;
use rustc_hash::FxHashMap;

pub use claimflow_catalog::plugins::{
    Address, Answer, Call, ClaimPart, Done, Fault, Grants, Method, PluginInfo, RegisterName, Request, Url,
    World,
};
pub(crate) use health::Tallies;
pub use health::{Health, PluginHealth};
pub use scripted::Scripted;
pub use worlds::{FilePort, HttpPort, NoFiles, NoHttp, SecretPort, Worlds};

/// Something that does what a workflow's states ask for.
///
/// # What it owes
/// A call can come twice under one key: after a crash between the act and its record, and where an answer was lost. What
/// is done under a key a second time must change nothing and give what it gave at first. Panics are caught, and count as
/// failed for good.
pub trait Plugin: Send + Sync {
    /// What it says of itself.
    fn info(&self) -> &PluginInfo;

    /// What it offers. The name of each action begins with the plugin's and a `.`.
    fn actions(&self) -> &[ActionSpec];

    /// Does one action. It is called outside all locks, on a thread of its own, by no more than [`PluginInfo::at_once`] at
    /// a time; an answer after the call's deadline is of no more use.
    ///
    /// # Errors
    /// When it cannot be done: for a while, or for good.
    fn perform(&self, call: &Call) -> Result<Done, Fault>;

    /// Whether it could do something now, as far as it knows without trying.
    fn health(&self) -> Health {
        Health::Ready
    }
}

/// The plugins of a practice. Immutable: a change is another one.
#[derive(Default, Clone)]
pub struct Plugins {
    all: Vec<Arc<dyn Plugin>>,
    /// Place of the plugin by its actions.
    by_action: FxHashMap<String, usize>,
}

impl Plugins {
    /// All of these. Of two plugins of one name the later stands.
    pub fn new(plugins: impl IntoIterator<Item = Arc<dyn Plugin>>) -> Self {
        let mut all: Vec<Arc<dyn Plugin>> = Vec::new();
        for plugin in plugins {
            all.retain(|own| own.info().name != plugin.info().name);
            all.push(plugin);
        }
        all.sort_by(|a, b| a.info().name.cmp(&b.info().name));
        let by_action = all
            .iter()
            .enumerate()
            .flat_map(|(place, own)| own.actions().iter().map(move |spec| (spec.name.to_string(), place)))
            .collect();
        Self { all, by_action }
    }

    /// Each, in order of name.
    pub fn all(&self) -> &[Arc<dyn Plugin>] {
        &self.all
    }

    /// The one that offers an action.
    pub fn offering(&self, action: &str) -> Option<&Arc<dyn Plugin>> {
        self.by_action.get(action).and_then(|place| self.all.get(*place))
    }

    /// What they offer.
    pub fn actions(&self) -> impl Iterator<Item = &ActionSpec> {
        self.all.iter().flat_map(|own| own.actions())
    }
}
