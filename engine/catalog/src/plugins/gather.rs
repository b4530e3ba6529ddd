//! Gathers the files of plugins, and checks each.

use std::collections::BTreeMap;
use std::sync::Arc;

use claimflow_core::workflow::ActionSpec;
use claimflow_core::{Diagnostic, Text, Value};
use claimflow_rules::plugin::{HostFunction, PluginLimits, PluginSource, ScriptPlugin, compile_plugin};
use claimflow_rules::{Script, Table};

use super::manifest::{self, Manifest};
use super::{ClaimPart, PluginInfo, RegisterName, ScriptedPlugin};
use crate::SourceFile;
use crate::settings::{PluginSettings, PracticeSettings, SETTINGS_PATH};
use crate::source::{FileKind, hash_files};
use crate::table::TableCache;
use crate::yaml::{self, At, Reader, suggestion};

/// Every plugin of a practice, and what they offer, faulty ones too.
#[derive(Debug, Default)]
pub(crate) struct GatheredPlugins {
    pub(crate) plugins: Vec<Arc<ScriptedPlugin>>,
    /// What workflows may `do`: also what a plugin with faults offers, so that each fault is told where it is.
    pub(crate) offered: Vec<ActionSpec>,
}

#[derive(Default)]
struct Folder<'a> {
    manifest: Option<&'a SourceFile>,
    scripts: Vec<&'a SourceFile>,
    tables: Vec<(&'a str, &'a SourceFile)>,
}

/// Reads and checks every plugin.
pub(crate) fn gather(
    files: &[SourceFile],
    settings: &PracticeSettings,
    tables: &mut TableCache,
    faults: &mut Vec<Diagnostic>,
) -> GatheredPlugins {
    let mut gathered = GatheredPlugins::default();
    let folders = folders(files);
    strangers(&folders, settings, faults);
    for (name, folder) in folders {
        let before = faults.len();
        let manifest = read_manifest(name, &folder, faults);
        gathered.offered.extend(manifest.actions.iter().map(|(spec, ..)| spec.clone()));
        let own = settings.plugins.iter().find(|own| own.name == name);
        let plugin = check(name, &folder, manifest, own, tables, faults);
        let whole = !faults.iter().skip(before).any(Diagnostic::is_error);
        gathered.plugins.extend(plugin.filter(|_| whole).map(Arc::new));
    }
    gathered
}

fn folders(files: &[SourceFile]) -> Vec<(&str, Folder<'_>)> {
    let mut folders: BTreeMap<&str, Folder<'_>> = BTreeMap::new();
    for file in files {
        let kind = FileKind::of(&file.path);
        let Some(plugin) = kind.plugin() else { continue };
        let folder = folders.entry(plugin).or_default();
        match kind {
            FileKind::Plugin { .. } => folder.manifest = Some(file),
            FileKind::PluginScript { .. } => folder.scripts.push(file),
            FileKind::PluginTable { name, .. } => folder.tables.push((name, file)),
            _ => {}
        }
    }
    for folder in folders.values_mut() {
        folder.scripts.sort_by(|a, b| a.path.cmp(&b.path));
        folder.tables.sort_by(|a, b| a.0.cmp(b.0));
    }
    folders.into_iter().collect()
}

/// Settings for plugins that are not there.
fn strangers(folders: &[(&str, Folder<'_>)], settings: &PracticeSettings, faults: &mut Vec<Diagnostic>) {
    for own in &settings.plugins {
        if !folders.iter().any(|(name, _)| *name == own.name) {
            let message = format!("there is no plugin `{}`", own.name);
            let help = suggestion(&own.name, folders.iter().map(|(name, _)| *name), "plugins are");
            faults.push(settings_fault(own.at, message).help(help));
        }
    }
}

fn settings_fault(at: At, message: String) -> Diagnostic {
    Diagnostic::error("G006", SETTINGS_PATH, at.line, at.column, message).length(at.length as usize)
}

fn read_manifest(name: &str, folder: &Folder<'_>, faults: &mut Vec<Diagnostic>) -> Manifest {
    let Some(file) = folder.manifest else {
        let path = format!("plugins/{name}/plugin.yaml");
        let fault =
            Diagnostic::error("G001", &path, 0, 0, format!("the plugin `{name}` has no `plugin.yaml`"));
        faults.push(fault.help("write one with `name`, `version` and `actions`"));
        return Manifest::default();
    };
    let (root, found) = yaml::parse(&file.path, &file.text);
    let mut reader = Reader::new(&file.path, found);
    let manifest = match &root {
        Some(root) => manifest::read(&mut reader, root, name),
        None => {
            if !reader.has_errors() {
                let help = format!("begin with `name: {name}`");
                reader.fault("G001", At::default(), "the file is empty", help);
            }
            Manifest::default()
        }
    };
    faults.extend(reader.into_faults());
    manifest
}

fn check(
    name: &str,
    folder: &Folder<'_>,
    mut manifest: Manifest,
    own: Option<&PluginSettings>,
    cache: &mut TableCache,
    faults: &mut Vec<Diagnostic>,
) -> Option<ScriptedPlugin> {
    let mut tables = Vec::new();
    let mut parts: Vec<(&str, String)> = Vec::new();
    for (name, file) in &folder.tables {
        let (table, hash) = cache.table(name, file, faults);
        parts.push((&file.path, hash.to_string()));
        faults.extend(table.iter().flat_map(|table| table.diagnostics().iter().cloned()));
        tables.extend(table);
    }
    let texts = folder.manifest.iter().chain(&folder.scripts);
    parts.extend(texts.map(|file| (file.path.as_str(), file.text.to_string())));
    let settings = configured(&mut manifest, own, faults);
    let (script, found) = compile_plugin(&source(name, folder, &manifest, tables));
    faults.extend(found);
    let script = script.filter(|script| entries(&manifest, script, folder, faults))?;
    let limits = PluginLimits { time: manifest.limits.time, operations: manifest.limits.operations };
    let info = PluginInfo {
        name: name.into(),
        version: manifest.version,
        about: manifest.about,
        hash: hash_files(parts.iter().map(|(path, text)| (*path, text.as_str()))),
        grants: manifest.grants,
        timeout: manifest.limits.time,
        at_once: manifest.limits.at_once,
    };
    let (actions, functions) =
        manifest.actions.into_iter().map(|(spec, function, _)| (spec, function)).unzip();
    let kinds = manifest.settings.iter().map(|(_, kind)| *kind).collect();
    let (script, largest) = (Arc::new(script), manifest.limits.answer_bytes);
    Some(ScriptedPlugin { info, actions, functions, script, limits, largest, settings, kinds })
}

/// The plugin's settings as the practice has set them; hosts that the practice grants are added.
fn configured(
    manifest: &mut Manifest,
    own: Option<&PluginSettings>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<(Text, Value)> {
    let mut values: Vec<(Text, Value)> =
        manifest.settings.iter().map(|(name, _)| (name.clone(), Value::None)).collect();
    let Some(own) = own else { return values };
    manifest.grants.http.extend(own.http.iter().cloned());
    for (name, written, at) in &own.values {
        let kind = manifest.settings.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind);
        let Some(kind) = kind else {
            let names = manifest.settings.iter().map(|(name, _)| name.as_str());
            let help = suggestion(name, names, "its settings are");
            faults.push(
                settings_fault(*at, format!("the plugin `{}` has no setting `{name}`", own.name)).help(help),
            );
            continue;
        };
        match super::data::read_value(kind, written) {
            Some(value) => {
                if let Some((_, slot)) = values.iter_mut().find(|(known, _)| known == name) {
                    *slot = value;
                }
            }
            None => {
                let message = format!("`{name}` is {}, and this is not", kind.words());
                faults.push(settings_fault(*at, message).help(format!("write {}", kind.example())));
            }
        }
    }
    for (name, _, at) in own.secrets.iter().filter(|(name, ..)| !manifest.grants.secrets.contains(name)) {
        let help = suggestion(name, manifest.grants.secrets.iter().map(Text::as_str), "it asks for");
        faults.push(
            settings_fault(*at, format!("the plugin `{}` asks for no secret `{name}`", own.name)).help(help),
        );
    }
    values
}

/// Faults actions whose function is not there, or takes something else.
fn entries(
    manifest: &Manifest,
    script: &ScriptPlugin,
    folder: &Folder<'_>,
    faults: &mut Vec<Diagnostic>,
) -> bool {
    let mut whole = true;
    for (spec, function, at) in &manifest.actions {
        let message = match script.parameters(function) {
            Some(1) => continue,
            None => format!("`{}` is done by the function `{function}`, which no script has", spec.name),
            Some(_) => {
                format!("the function `{function}` takes one value, what is asked: `fn {function}(ask)`")
            }
        };
        let names: Vec<&str> = script.functions().into_iter().map(Text::as_str).collect();
        let help = match claimflow_core::nearest(function, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "write `fn {function}(ask) {{ #{{ outcome: \"done\" }} }}` into a script beside plugin.yaml"
            ),
        };
        let path = folder.manifest.map_or("", |file| file.path.as_str());
        let fault = Diagnostic::error("G003", path, at.line, at.column, message);
        faults.push(fault.length(at.length as usize).help(help));
        whole = false;
    }
    whole
}

fn source(name: &str, folder: &Folder<'_>, manifest: &Manifest, tables: Vec<Arc<Table>>) -> PluginSource {
    let scripts =
        folder.scripts.iter().map(|file| Script { path: file.path.clone(), text: file.text.clone() });
    let inputs = manifest.actions.iter().flat_map(|(spec, ..)| &spec.inputs);
    let names =
        |names: &[(Text, claimflow_core::ValueType)]| names.iter().map(|(name, _)| name.clone()).collect();
    let none = || vec![Text::const_new("-")];
    let or_none = |list: Vec<Text>| if list.is_empty() { none() } else { list };
    let mut call = vec![
        ("key".into(), vec![]),
        ("file_key".into(), vec![]),
        ("attempt".into(), vec![]),
        ("today".into(), vec![]),
        ("inputs".into(), or_none(inputs.map(|slot| slot.name.clone()).collect())),
        ("settings".into(), or_none(names(&manifest.settings))),
    ];
    let mut call_refused = Vec::new();
    let parts: Vec<Text> = manifest.grants.claim.iter().map(|part| Text::const_new(part.as_str())).collect();
    if parts.is_empty() {
        let all = ClaimPart::ALL.map(ClaimPart::as_str).join(", ");
        call_refused.push(("claim".into(), Text::from(format!("grants: {{ claim: [...] }} of {all}"))));
    } else {
        call.push(("claim".into(), parts));
    }
    PluginSource {
        name: name.into(),
        scripts: scripts.collect(),
        tables,
        host: lent(manifest),
        call,
        call_refused,
        entries: manifest.actions.iter().map(|(_, function, _)| function.clone()).collect(),
    }
}

/// What the plugin's host lends it.
fn lent(manifest: &Manifest) -> Vec<HostFunction> {
    let grants = &manifest.grants;
    let function = |name: &str, arguments, granted, first: Vec<Text>, grant: &str| HostFunction {
        name: name.into(),
        arguments,
        granted,
        first,
        grant: format!("grants: {{ {grant} }}").into(),
    };
    let registers: Vec<Text> = grants.registers.iter().map(|own| Text::const_new(own.as_str())).collect();
    let all = RegisterName::ALL.map(RegisterName::as_str).join(", ");
    // A host that the practice grants is known when the settings are read; a plugin with an address to be set may ask.
    let http = !grants.http.is_empty() || !manifest.settings.is_empty();
    vec![
        function("register", (1, 1), !registers.is_empty(), registers, &format!("registers: [...] of {all}")),
        function("secret", (1, 1), !grants.secrets.is_empty(), grants.secrets.clone(), "secrets: [NAME]"),
        function("http_get", (1, 2), http, vec![], "http: [api.example.com]"),
        function("http_post", (2, 3), http, vec![], "http: [api.example.com]"),
        function("write_file", (3, 3), !grants.files.is_empty(), grants.files.clone(), "files: [FOLDER]"),
    ]
}
