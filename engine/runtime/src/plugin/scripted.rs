//! A plugin in Rhai, as the loop sees it.

use std::sync::Arc;

use claimflow_catalog::PluginSettings;
use claimflow_catalog::SecretSource;
use claimflow_catalog::plugins::ScriptedPlugin;
use claimflow_core::workflow::ActionSpec;

use super::worlds::PluginWorld;
use super::{Call, Done, Fault, Health, Plugin, PluginInfo, Worlds};

/// See the module.
pub struct Scripted {
    plugin: Arc<ScriptedPlugin>,
    world: Arc<PluginWorld>,
}

impl Scripted {
    /// A plugin that reaches the world through these ports; its secrets are where the practice says.
    pub fn new(plugin: Arc<ScriptedPlugin>, settings: Option<&PluginSettings>, worlds: &Worlds) -> Self {
        let names = plugin.info().grants.secrets.iter();
        let secrets = names
            .map(|name| {
                let source = settings.map_or_else(|| SecretSource::Env(name.clone()), |own| own.secret(name));
                (name.to_string(), source)
            })
            .collect();
        let world = Arc::new(PluginWorld { worlds: worlds.clone(), secrets });
        Self { plugin, world }
    }
}

impl Plugin for Scripted {
    fn info(&self) -> &PluginInfo {
        self.plugin.info()
    }

    fn actions(&self) -> &[ActionSpec] {
        self.plugin.actions()
    }

    fn perform(&self, call: &Call) -> Result<Done, Fault> {
        let world: Arc<PluginWorld> = Arc::clone(&self.world);
        self.plugin.perform(call, world)
    }

    fn health(&self) -> Health {
        let name = &self.plugin.info().name;
        if let Some(unset) = self.plugin.unset().next() {
            let place = format!("plugins: {{ {name}: {{ settings: {{ {unset}: ... }} }} }}");
            return Health::NotReady(format!(
                "its setting `{unset}` is not set; write into claimflow.yaml: {place}"
            ));
        }
        self.world.missing().map_or(Health::Ready, Health::NotReady)
    }
}
