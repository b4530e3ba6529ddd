//! Changed rules laid over the live ones: a rule file, a pack or a practice folder, in the place of what it changes.

use std::path::{Component, Path};

use claimflow_catalog::{Generation, SETTINGS_PATH, SourceFile, Sources, load_with, read_settings};
use claimflow_core::Diagnostic;

use crate::exit::{Failure, Result};
use crate::practice::Folder;
use crate::wire::Desk;

/// The pack that rule files of no pack come into.
const LOOSE: &str = "changed-rules";

/// The live files with the changed ones in their places.
#[derive(Debug)]
pub struct Overlay {
    /// All files.
    pub folder: Folder,
    /// Paths of the changed ones within a practice, as `payers/aetna/rules/telehealth.rhai`.
    pub laid: Vec<String>,
    /// What a reader should know of how they were laid, one sentence each.
    pub notes: Vec<String>,
}

/// What checking an overlay gives.
#[derive(Debug)]
pub struct Tried {
    /// The rules; none when there are errors.
    pub generation: Option<Generation>,
    /// Every fault of every file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Overlay {
    /// Lays a file or folder over the live files of a practice.
    ///
    /// A file at `payers/...` replaces the live one of the same path. A pack's folder (with `pack.yaml`) replaces the pack
    /// of that name, and a practice's folder all packs, as far as it has its own. A rule file of no pack replaces the live file
    /// that has one of its rules; without one, its rules come on top, in a pack of the practice.
    ///
    /// # Errors
    /// When there is no such file or folder, it cannot be read, or holds nothing that decides.
    pub fn new(live: &Folder, path: &Path) -> Result<Self> {
        let mut overlay = Self { folder: live.clone(), laid: Vec::new(), notes: Vec::new() };
        if path.is_dir() {
            overlay.lay_folder(path)?;
        } else if path.exists() {
            overlay.lay_file(path)?;
        } else {
            return Err(Failure::failed(format!("there is no file or folder `{}`", path.display()))
                .help("name a rule file, a pack's folder or a practice folder"));
        }
        if overlay.laid.is_empty() {
            return Err(Failure::failed(format!("`{}` holds no rules", path.display()))
                .help("name a rule file (.rhai), a pack's folder or a practice folder"));
        }
        Ok(overlay)
    }

    fn lay_folder(&mut self, path: &Path) -> Result<()> {
        if path.join(SETTINGS_PATH).is_file() || path.join("payers").is_dir() {
            return self.lay_practice(path);
        }
        let inner = within_practice(path);
        let manifest = ["pack.yaml", "pack.yml"].iter().map(|name| path.join(name)).find(|own| own.is_file());
        if let Some(manifest) = manifest {
            let name = pack_name(&manifest)?.unwrap_or_else(|| file_name(path));
            self.drop_below(&format!("payers/{name}/"));
            return self.lay_all(Folder::read_at(path, &format!("payers/{name}"))?);
        }
        match inner {
            Some(inner) => self.lay_all(Folder::read_at(path, &inner)?),
            None => {
                for source in Folder::read_at(path, "loose")?.sources {
                    if source.path.ends_with(".rhai") {
                        self.lay_loose(&file_name(Path::new(&source.path)), &source.text);
                    }
                }
                Ok(())
            }
        }
    }

    fn lay_practice(&mut self, path: &Path) -> Result<()> {
        let mut practice = Folder::read_content(path)?;
        let own = practice.own.clone();
        for name in ["payers", "workflows"] {
            if own.contains(&name) {
                self.drop_below(&format!("{name}/"));
            } else {
                // What ships does not replace what the practice has.
                let prefix = format!("{name}/");
                practice.sources.retain(|file| !file.path.starts_with(&prefix));
            }
        }
        self.lay_all(practice)
    }

    fn lay_all(&mut self, read: Folder) -> Result<()> {
        self.folder.faults.extend(read.faults);
        for source in read.sources {
            self.lay(source);
        }
        Ok(())
    }

    fn lay_file(&mut self, path: &Path) -> Result<()> {
        match within_practice(path) {
            Some(inner) => self.lay_all(Folder::read_at(path, &inner)?),
            None if path.extension().is_some_and(|end| end == "rhai") => {
                let read = Folder::read_at(path, &file_name(path))?;
                self.folder.faults.extend(read.faults);
                for source in &read.sources {
                    self.lay_loose(&file_name(path), &source.text);
                }
                Ok(())
            }
            None => Err(Failure::failed(format!(
                "`{}` is no rule file, and does not lie in a pack",
                path.display()
            ))
            .help("name a rule file (.rhai), or the folder of the pack that it belongs to")),
        }
    }

    /// A rule file that lies in no pack.
    fn lay_loose(&mut self, name: &str, text: &str) {
        let twins: Vec<String> = self
            .folder
            .sources
            .iter()
            .filter(|file| file.path.ends_with(".rhai") && share_a_rule(&file.text, text))
            .map(|file| file.path.clone())
            .collect();
        if let [twin] = twins.as_slice() {
            self.notes.push(format!("`{name}` stands in for `{twin}`: they have rules of the same id"));
            self.lay(SourceFile::new(twin.clone(), text));
            return;
        }
        let manifest = format!("payers/{LOOSE}/pack.yaml");
        if !self.folder.sources.iter().any(|file| file.path == manifest) {
            let pack = format!(
                "name: {LOOSE}\nversion: 0.0.0\nlayer: practice\nsummary: rules that are being tried\n"
            );
            self.folder.sources.push(SourceFile::new(manifest, pack));
        }
        self.lay(SourceFile::new(format!("payers/{LOOSE}/rules/{name}"), text));
    }

    fn lay(&mut self, source: SourceFile) {
        self.laid.push(source.path.clone());
        match self.folder.sources.iter_mut().find(|own| own.path == source.path) {
            Some(own) => *own = source,
            None => self.folder.sources.push(source),
        }
    }

    fn drop_below(&mut self, prefix: &str) {
        self.folder.sources.retain(|file| !file.path.starts_with(prefix));
    }

    /// Checks and compiles the files.
    pub fn check(&self, desk: &Desk) -> Tried {
        let mut diagnostics = self.folder.faults.clone();
        let live = desk.practice.generation();
        let written = self.folder.sources.iter().find(|file| file.path == SETTINGS_PATH);
        let settings = match written.map(|file| read_settings(SETTINGS_PATH, &file.text)) {
            Some(Ok(settings)) => settings,
            Some(Err(found)) => {
                diagnostics.extend(found);
                live.settings().clone()
            }
            None => live.settings().clone(),
        };
        let sources: Sources = self.folder.sources.iter().cloned().collect();
        let loaded = load_with(sources.files(), &settings, &mut live.cache());
        diagnostics.extend(loaded.diagnostics);
        let sound = !diagnostics.iter().any(Diagnostic::is_error);
        Tried { generation: loaded.generation.filter(|_| sound), diagnostics }
    }
}

/// Where a file or folder lies within a practice: from the last `payers` of its path on.
fn within_practice(path: &Path) -> Option<String> {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let parts: Vec<String> = full
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    let start = parts.iter().rposition(|part| part == "payers")?;
    let inner = parts.get(start..)?;
    (inner.len() > 1).then(|| inner.join("/"))
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The name that a manifest gives its pack.
fn pack_name(manifest: &Path) -> Result<Option<String>> {
    let text = std::fs::read_to_string(manifest).map_err(|error| Failure::io("read", manifest, &error))?;
    let name = text.lines().find_map(|line| line.strip_prefix("name:"));
    let name = name.map(|name| name.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']));
    let harmless = |name: &&str| !name.is_empty() && !name.contains(['/', '\\']) && *name != "..";
    Ok(name.filter(harmless).map(str::to_owned))
}

/// True when two rule files have a rule of the same id.
fn share_a_rule(one: &str, other: &str) -> bool {
    let ids = |text: &str| -> Vec<String> {
        let rules = text.lines().filter_map(|line| line.trim_start().strip_prefix("rule"));
        rules.filter_map(|rest| Some(rest.split('"').nth(1)?.to_owned())).collect()
    };
    let own = ids(one);
    ids(other).iter().any(|id| own.contains(id))
}
