//! JSON Schemas (draft-07) of the YAML that authors write, for editors that know YAML: keys, words and what they mean while
//! somebody writes. The checker knows more; tests hold the keys to those that the readers take.

mod authors;
mod cases;
mod parts;
mod plugins;
mod settings;

use serde_json::Value;

use crate::settings::SETTINGS_PATH;
use crate::source::FileKind;
use crate::switches::SWITCHES_PATH;

/// The folder of a practice in which its schemas stand.
pub const SCHEMA_FOLDER: &str = "schemas";

/// A kind of file with its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YamlKind {
    /// `workflows/NAME/vN.yaml`.
    Workflow,
    /// `payers/PACK/pack.yaml`.
    Pack,
    /// `payers/PACK/cases/*.yaml`.
    Case,
    /// `claimflow.yaml`.
    Settings,
    /// `rules.yaml`.
    RulesSwitches,
    /// `plugins/NAME/plugin.yaml`.
    Plugin,
}

impl YamlKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Workflow, Self::Pack, Self::Case, Self::Settings, Self::RulesSwitches, Self::Plugin];

    /// The schema's name, as `rules-switches`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workflow => "workflow",
            Self::Pack => "pack",
            Self::Case => "case",
            Self::Settings => "settings",
            Self::RulesSwitches => "rules-switches",
            Self::Plugin => "plugin",
        }
    }

    /// The schema's file, as `rules-switches.schema.json`.
    pub fn file(self) -> String {
        format!("{}.schema.json", self.name())
    }

    /// The kind of a file by its path in a practice folder; `None` for one that has no schema.
    pub fn of(path: &str) -> Option<Self> {
        match FileKind::of(path) {
            FileKind::Workflow => Some(Self::Workflow),
            FileKind::Pack { .. } => Some(Self::Pack),
            FileKind::Cases { .. } => Some(Self::Case),
            FileKind::Plugin { .. } => Some(Self::Plugin),
            _ if path == SETTINGS_PATH => Some(Self::Settings),
            _ if path == SWITCHES_PATH => Some(Self::RulesSwitches),
            _ => None,
        }
    }

    /// The schema.
    pub fn schema(self) -> Value {
        match self {
            Self::Workflow => authors::workflow(),
            Self::Pack => authors::pack(),
            Self::Case => cases::cases(),
            Self::Settings => settings::settings(),
            Self::RulesSwitches => authors::switches(),
            Self::Plugin => plugins::plugin(),
        }
    }
}

/// The first line that tells an editor where the schema of a file is, with its line end; `None` for a file without one.
/// The path leads from the file to [`SCHEMA_FOLDER`] at the top of the practice folder.
pub fn schema_line(path: &str) -> Option<String> {
    let kind = YamlKind::of(path)?;
    let up = "../".repeat(path.matches('/').count());
    Some(format!("# yaml-language-server: $schema={up}{SCHEMA_FOLDER}/{}\n", kind.file()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::plugins::manifest as plugin_reader;
    use crate::registers::Register;
    use crate::{cases as case_reader, packs, settings, switches, workflows};
    use claimflow_core::{Authorization, Coverage, Enrollment, Visit};

    fn keys<'v>(schema: &'v Value, pointer: &str) -> BTreeSet<&'v str> {
        let group = schema.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
        assert_eq!(group["additionalProperties"], false, "{pointer} takes any key");
        group["properties"].as_object().unwrap().keys().map(String::as_str).collect()
    }

    fn same(kind: YamlKind, pointer: &str, known: &[&str]) {
        let schema = kind.schema();
        let known: BTreeSet<&str> = known.iter().copied().collect();
        assert_eq!(keys(&schema, pointer), known, "{} {pointer}", kind.name());
    }

    #[test]
    fn the_keys_are_those_that_the_readers_take() {
        use workflows::state;
        same(YamlKind::Workflow, "", workflows::KEYS);
        same(YamlKind::Workflow, "/definitions/state", state::KEYS);
        same(YamlKind::Workflow, "/definitions/retry", state::RETRY);
        same(YamlKind::Workflow, "/definitions/wait", state::WAIT);
        same(YamlKind::Workflow, "/definitions/work_item", state::WORK_ITEM);
        same(YamlKind::Workflow, "/definitions/transition", state::TRANSITION);
        same(YamlKind::Pack, "", packs::manifest::KEYS);
        same(YamlKind::Pack, "/properties/requires", packs::manifest::REQUIRES);
        same(YamlKind::Settings, "", settings::read::KEYS);
        same(YamlKind::Settings, "/properties/submitter", settings::read::SUBMITTER);
        same(YamlKind::Settings, "/properties/receiver", settings::read::RECEIVER);
        same(YamlKind::Settings, "/properties/encryption", settings::read::ENCRYPTION);
        let plugin = "/properties/plugins/additionalProperties";
        same(YamlKind::Settings, plugin, settings::plugins::PLUGIN);
        let secret = format!("{plugin}/properties/secrets/additionalProperties");
        same(YamlKind::Settings, &secret, settings::plugins::SECRET);
        same(YamlKind::Plugin, "", plugin_reader::KEYS);
        same(YamlKind::Plugin, "/definitions/action", plugin_reader::ACTION);
        same(YamlKind::Plugin, "/definitions/value/anyOf/1", plugin_reader::SLOT);
        same(YamlKind::Plugin, "/properties/grants", plugin_reader::GRANTS);
        same(YamlKind::Plugin, "/properties/limits", plugin_reader::LIMITS);
        same(YamlKind::RulesSwitches, "", switches::KEYS);
        same(YamlKind::RulesSwitches, "/definitions/rule", switches::RULE_KEYS);
        same(YamlKind::RulesSwitches, "/definitions/pack", switches::PACK_KEYS);
    }

    #[test]
    fn the_keys_of_cases_are_those_that_their_reader_takes() {
        use case_reader::{facts, journey, read};
        fn columns<T: Register>() -> Vec<&'static str> {
            T::COLUMNS.iter().map(|column| column.name).collect()
        }
        same(YamlKind::Case, "/definitions/case", read::KEYS);
        same(YamlKind::Case, "/definitions/adjustment", read::ADJUSTMENT);
        same(YamlKind::Case, "/definitions/remittance", read::REMITTANCE);
        same(YamlKind::Case, "/definitions/expect", read::EXPECT);
        same(YamlKind::Case, "/definitions/event/anyOf/1", journey::EVENTS);
        same(YamlKind::Case, "/definitions/rejected", journey::REJECTED);
        same(YamlKind::Case, "/definitions/work_item", journey::ITEM);
        let posted: Vec<&str> = read::REMITTANCE.iter().copied().chain(["adjustments"]).collect();
        same(YamlKind::Case, "/definitions/posted_remittance", &posted);
        same(YamlKind::Case, "/definitions/facts", facts::KEYS);
        same(YamlKind::Case, "/definitions/earlier_service", facts::PRIOR);
        same(YamlKind::Case, "/definitions/visit", &columns::<Visit>());
        same(YamlKind::Case, "/definitions/coverage", &columns::<Coverage>());
        same(YamlKind::Case, "/definitions/authorization", &columns::<Authorization>());
        same(YamlKind::Case, "/definitions/enrollment", &columns::<Enrollment>());
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_key_is_explained() {
        for kind in YamlKind::ALL {
            let schema = kind.schema();
            for part in schema.to_string().split("#/definitions/").skip(1) {
                let name = part.split('"').next().unwrap();
                assert!(schema["definitions"][name].is_object(), "{}: {name}", kind.name());
            }
            explained(&schema, kind.name());
        }
    }

    fn explained(schema: &Value, place: &str) {
        if let Some(properties) = schema["properties"].as_object() {
            for (key, own) in properties {
                let place = format!("{place}.{key}");
                assert!(own["description"].as_str().is_some_and(|text| !text.is_empty()), "{place}");
                explained(own, &place);
            }
        }
        for (name, own) in schema["definitions"].as_object().into_iter().flatten() {
            explained(own, &format!("{place}#{name}"));
        }
    }

    #[test]
    fn the_first_line_leads_from_the_file_to_the_schemas() {
        let line = |path| schema_line(path);
        let to = |path: &str| Some(format!("# yaml-language-server: $schema={path}\n"));
        assert_eq!(line("claimflow.yaml"), to("schemas/settings.schema.json"));
        assert_eq!(line("payers/aetna/pack.yaml"), to("../../schemas/pack.schema.json"));
        assert_eq!(line("payers/aetna/cases/a/b.yaml"), to("../../../../schemas/case.schema.json"));
        assert_eq!(line("plugins/fees/plugin.yaml"), to("../../schemas/plugin.schema.json"));
        assert_eq!(line("workflows/x/v1.yaml"), to("../../schemas/workflow.schema.json"));
        assert_eq!(line("rules.yaml"), to("schemas/rules-switches.schema.json"));
        assert_eq!(line("payers/aetna/rules/a.rhai"), None);
    }
}
