//! What `claimflow.yaml` says of plugins.

use std::fmt::Write;

use claimflow_core::Text;

use crate::plugins::Address;
use crate::plugins::manifest::addresses;
use crate::yaml::{At, Map, Reader, Value};

pub(crate) const PLUGIN: &[&str] = &["settings", "http", "secrets"];
pub(crate) const SECRET: &[&str] = &["env", "file"];

/// What a practice says of one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginSettings {
    /// Its name.
    pub name: Text,
    /// Hosts that it may talk to, besides those that it asks for itself.
    pub http: Vec<Address>,
    pub(crate) at: At,
    /// Settings by name, as written.
    pub(crate) values: Vec<(Text, Text, At)>,
    /// Where its secrets are; one that is not named is in the environment under its own name.
    pub(crate) secrets: Vec<(Text, SecretSource, At)>,
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// In the environment, under this name.
    Env(Text),
    /// In a file: its whole text, without space around it. Relative to the practice folder.
    File(String),
}

impl PluginSettings {
    /// Where a secret of that name is.
    pub fn secret(&self, name: &str) -> SecretSource {
        let own = self.secrets.iter().find(|(own, ..)| own == name);
        own.map_or_else(|| SecretSource::Env(name.into()), |(_, source, _)| source.clone())
    }

    /// The part that can change what the plugin does. Where its secrets are does not.
    pub(crate) fn deciding(&self) -> String {
        let mut text = format!("plugin {}", self.name);
        for (name, value, _) in &self.values {
            // Writing into a text cannot fail.
            let _written = write!(text, " {name}={value:?}");
        }
        for address in &self.http {
            let _written = write!(text, " {address}");
        }
        text.push('\n');
        text
    }
}

/// Reads `plugins`.
pub(super) fn read(reader: &mut Reader<'_>, map: &Map<'_>) -> Vec<PluginSettings> {
    let Some(own) = map.get("plugins").and_then(|node| reader.free_map(node, "`plugins`")) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for entry in own.entries() {
        let Some(map) = reader.map(&entry.value, "a plugin's settings", PLUGIN) else { continue };
        let mut plugin = PluginSettings {
            name: entry.key.as_str().into(),
            http: addresses(reader, &map, "http"),
            at: entry.at,
            values: Vec::new(),
            secrets: Vec::new(),
        };
        if let Some(own) = map.get("settings").and_then(|node| reader.free_map(node, "`settings`")) {
            for entry in own.entries() {
                let text = reader.text(&entry.value, "a setting").map(Text::from);
                plugin.values.extend(text.map(|text| (entry.key.as_str().into(), text, entry.value.at)));
            }
        }
        if let Some(own) = map.get("secrets").and_then(|node| reader.free_map(node, "`secrets`")) {
            for entry in own.entries() {
                let source = secret(reader, entry);
                plugin.secrets.extend(source.map(|source| (entry.key.as_str().into(), source, entry.at)));
            }
        }
        all.push(plugin);
    }
    all
}

/// `{ env: NAME }` or `{ file: secrets/token }`. Anything else may be the secret itself, and is not repeated.
fn secret(reader: &mut Reader<'_>, entry: &crate::yaml::Entry) -> Option<SecretSource> {
    let help =
        "write `{ env: NAME }` or `{ file: path/to/file }`; the secret itself does not belong into this file";
    if !matches!(entry.value.value, Value::Map(_)) {
        reader.fault("G006", entry.at, format!("`{}` does not say where the secret is", entry.key), help);
        return None;
    }
    let map = reader.map(&entry.value, "a secret", SECRET)?;
    let text = |reader: &mut Reader<'_>, key: &str| {
        map.get(key).and_then(|node| reader.text(node, &format!("`{key}`"))).map(str::to_owned)
    };
    match (text(reader, "env"), text(reader, "file")) {
        (Some(name), None) => Some(SecretSource::Env(name.into())),
        (None, Some(path)) => Some(SecretSource::File(path)),
        _ => {
            reader.fault("G006", entry.at, format!("`{}` is in one place", entry.key), help);
            None
        }
    }
}
