//! Plugins: what they are, what they ask for, and those that are written in Rhai.
//!
//! A plugin offers actions that a workflow's states can `do`. One in Rhai is a folder `plugins/NAME` with `plugin.yaml`,
//! scripts, tables and cases; it is checked with everything else and goes live with the generation. What it may use
//! beyond its call stands in its [`Grants`], and what it does with them goes through a [`World`] that its caller makes:
//! nothing here reads a file or talks to anyone.

mod address;
mod call;
mod data;
mod gather;
mod grants;
mod host;
pub(crate) mod manifest;
mod mock;
mod scripted;
#[cfg(test)]
mod tests;

pub use address::{Address, Url};
pub use call::{Call, Done, Fault};
pub(crate) use data::read_value;
pub(crate) use gather::gather;
pub use grants::{ClaimPart, Grants, RegisterName};
pub use host::{Answer, Method, Request, World};
pub use mock::{Exchange, MockWorld};
pub use scripted::ScriptedPlugin;

use std::time::Duration;

use claimflow_core::{Hash, Text};

/// What a plugin says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginInfo {
    /// Name: what stands before the `.` in the names of its actions.
    pub name: Text,
    /// Version, as `1.0.0`.
    pub version: Text,
    /// What it does, in a line.
    pub about: Text,
    /// Content hash of everything that decides what it does; empty for one that is a part of the program.
    pub hash: Hash,
    /// What it may use.
    pub grants: Grants,
    /// How long one call may take.
    pub timeout: Duration,
    /// How many calls may be under way at once.
    pub at_once: usize,
}

impl Default for PluginInfo {
    fn default() -> Self {
        Self {
            name: Text::default(),
            version: Text::const_new("0.1.0"),
            about: Text::default(),
            hash: Hash::default(),
            grants: Grants::default(),
            timeout: Duration::from_secs(10),
            at_once: 4,
        }
    }
}

impl PluginInfo {
    /// Which plugin did something, as records keep it: name, version, and the beginning of its hash.
    pub fn signature(&self) -> Text {
        let hash = self.hash.get(..12).unwrap_or(&self.hash);
        let joined = if hash.is_empty() { String::new() } else { format!(" {hash}") };
        Text::from(format!("{} {}{joined}", self.name, self.version))
    }
}
