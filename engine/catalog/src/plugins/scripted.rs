//! A plugin in Rhai, as it runs.

use std::sync::{Arc, Mutex};

use claimflow_core::workflow::ActionSpec;
use claimflow_core::{Text, Value, ValueType};
use claimflow_rules::plugin::{Data, PluginLimits, ScriptCall, ScriptFault, ScriptPlugin};

use super::host::CallHost;
use super::{Call, Done, Fault, PluginInfo, Url, World, data};

/// A checked plugin in Rhai. Immutable, shared between threads.
#[derive(Debug, Clone)]
pub struct ScriptedPlugin {
    pub(super) info: PluginInfo,
    pub(super) actions: Vec<ActionSpec>,
    /// The function of each action, in their order.
    pub(super) functions: Vec<Text>,
    pub(super) script: Arc<ScriptPlugin>,
    pub(super) limits: PluginLimits,
    /// The most bytes of an answer from a host.
    pub(super) largest: usize,
    /// Settings by name, as the practice has set them; nothing where it has not.
    pub(super) settings: Vec<(Text, Value)>,
    pub(super) kinds: Vec<ValueType>,
}

impl ScriptedPlugin {
    /// What it says of itself.
    pub fn info(&self) -> &PluginInfo {
        &self.info
    }

    /// What it offers.
    pub fn actions(&self) -> &[ActionSpec] {
        &self.actions
    }

    /// The limits of one call.
    pub fn limits(&self) -> PluginLimits {
        self.limits
    }

    /// Its settings by name; nothing where the practice has set none.
    pub fn settings(&self) -> &[(Text, Value)] {
        &self.settings
    }

    /// The kinds of its settings, by name.
    pub(crate) fn setting_kinds(&self) -> impl Iterator<Item = (Text, ValueType)> {
        self.settings.iter().zip(&self.kinds).map(|((name, _), kind)| (name.clone(), *kind))
    }

    /// The same plugin with other settings, as a case has them; it may talk to the hosts that these name.
    pub(crate) fn set_to(&self, values: &[(Text, Value)]) -> Self {
        let mut own = self.clone();
        for (name, value) in values {
            if let Value::Text(text) = value
                && let Ok(url) = Url::parse(text)
            {
                own.info.grants.http.push(url.address);
            }
            if let Some((_, slot)) = own.settings.iter_mut().find(|(known, _)| known == name) {
                slot.clone_from(value);
            }
        }
        own
    }

    /// Settings that the practice has not set.
    pub fn unset(&self) -> impl Iterator<Item = &Text> {
        self.settings.iter().filter(|(_, value)| !value.is_known()).map(|(name, _)| name)
    }

    /// Does one action.
    ///
    /// # Errors
    /// When the script fails, says so, breaks a limit, or answers what its action does not give.
    pub fn perform(&self, call: &Call, world: Arc<dyn World>) -> Result<Done, Fault> {
        let place = self.actions.iter().position(|own| own.name == call.action);
        let Some((spec, function)) =
            place.and_then(|at| Some((self.actions.get(at)?, self.functions.get(at)?)))
        else {
            return Err(Fault::for_good(format!("the plugin has no action `{}`", call.action)));
        };
        let limits = PluginLimits { time: self.limits.time.min(call.left()), ..self.limits };
        let host = CallHost {
            world,
            grants: self.info.grants.clone(),
            facts: call.facts.clone(),
            largest: self.largest,
            used: Mutex::new(0),
        };
        let script = ScriptCall { fields: self.fields(call), today: call.today, limits };
        let answer = self.script.run(function, script, Arc::new(host)).map_err(fault)?;
        read(spec, &answer)
    }

    fn fields(&self, call: &Call) -> Vec<(Text, Data)> {
        let values = |values: &[(Text, Value)]| {
            Data::Map(values.iter().map(|(name, value)| (name.clone(), data::from_value(value))).collect())
        };
        let spec = self.actions.iter().find(|own| own.name == call.action);
        let inputs = spec.map_or(&[][..], |own| own.inputs.as_slice());
        let inputs = inputs.iter().map(|slot| (slot.name.clone(), data::from_value(call.input(&slot.name))));
        let mut fields: Vec<(Text, Data)> = vec![
            ("key".into(), Data::Text(call.key.clone())),
            ("file_key".into(), Data::text(call.key.replace('/', "-"))),
            ("attempt".into(), Data::Int(i64::from(call.attempt))),
            ("today".into(), Data::Date(call.today)),
            ("inputs".into(), Data::Map(inputs.collect())),
            ("settings".into(), values(&self.settings)),
        ];
        if !self.info.grants.claim.is_empty() {
            fields.push(("claim".into(), data::claim(&call.claim, &self.info.grants.claim)));
        }
        fields
    }
}

fn fault(fault: ScriptFault) -> Fault {
    Fault { reason: fault.message, for_good: !fault.temporary }
}

/// What the action gives, from what the script answers: a map with `outcome` and its outputs.
fn read(spec: &ActionSpec, answer: &Data) -> Result<Done, Fault> {
    let Data::Map(fields) = answer else {
        let message = format!(
            "the script answers {}, and not a map: end it with `#{{ outcome: \"...\" }}`",
            answer.kind()
        );
        return Err(Fault::for_good(message));
    };
    let stranger = fields
        .iter()
        .find(|(name, _)| name != "outcome" && !spec.outputs.iter().any(|slot| slot.name == name));
    if let Some((name, _)) = stranger {
        let names = spec.outputs.iter().map(|slot| slot.name.as_str());
        let near = claimflow_core::nearest(name, names).map(|near| format!("; did you mean `{near}`?"));
        let message = format!("the script answers `{name}`, which is no output{}", near.unwrap_or_default());
        return Err(Fault::for_good(message));
    }
    let outcome = answer.get("outcome").and_then(Data::as_text).unwrap_or_default();
    if !spec.outcomes.is_empty() && !spec.outcomes.iter().any(|own| own == outcome) {
        let all: Vec<String> = spec.outcomes.iter().map(|own| format!("`{own}`")).collect();
        let message = format!("the script's outcome is `{outcome}`; plugin.yaml knows {}", all.join(", "));
        return Err(Fault::for_good(message));
    }
    let mut output = Vec::with_capacity(spec.outputs.len());
    for slot in &spec.outputs {
        let own = answer.get(&slot.name).unwrap_or(&Data::Nothing);
        let value = data::to_value(own, slot.kind)
            .map_err(|wrong| Fault::for_good(format!("the output `{}` {wrong}", slot.name)))?;
        if slot.required && !value.is_known() {
            return Err(Fault::for_good(format!("the script gives no `{}`", slot.name)));
        }
        output.push((slot.name.clone(), value));
    }
    Ok(Done { outcome: outcome.into(), output })
}
