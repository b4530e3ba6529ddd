//! Gathers the files of packs into what the rule language compiles.

use std::sync::Arc;

use claimflow_core::{Diagnostic, Hash};
use claimflow_rules::{DecisionSource, PackSource, Script, Table};
use rustc_hash::FxHashMap;

use super::{Manifest, PackInfo, manifest};
use crate::SourceFile;
use crate::categories::{self, CategoryInfo};
use crate::grid;
use crate::import::ImportKind;
use crate::settings::PracticeSettings;
use crate::source::{FileKind, hash_files};
use crate::table::TableCache;
use crate::words::Words;
use crate::yaml::{self, At, Reader, suggestion};

/// Every pack, ready to be compiled, and the words that its rules may use.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) sources: Vec<PackSource>,
    pub(crate) infos: Vec<PackInfo>,
    pub(crate) categories: Vec<CategoryInfo>,
    pub(crate) words: Words,
    /// Content hash of each table by its path.
    pub(crate) tables: FxHashMap<String, Hash>,
}

/// One pack's files.
#[derive(Default)]
struct Folder<'a> {
    manifest: Option<&'a SourceFile>,
    categories: Option<&'a SourceFile>,
    scripts: Vec<&'a SourceFile>,
    tables: Vec<(&'a str, &'a SourceFile)>,
    decisions: Vec<(&'a str, &'a SourceFile)>,
}

/// Reads every pack. A pack with a faulty manifest is gathered all the same, so that the faults of its rules are told in
/// the same pass.
pub(crate) fn gather(
    files: &[SourceFile],
    settings: &PracticeSettings,
    cache: &mut TableCache,
    faults: &mut Vec<Diagnostic>,
) -> Gathered {
    let mut words = Words {
        any: false,
        categories: Vec::new(),
        owners: settings.owners.iter().map(|info| info.owner.clone()).collect(),
    };
    let mut packs: Vec<(&str, Folder<'_>, Manifest)> = folders(files)
        .into_iter()
        .map(|(name, folder)| {
            let manifest = read_manifest(name, &folder, &words, faults);
            (name, folder, manifest)
        })
        .collect();
    packs.sort_by(|a, b| (a.2.layer, a.0).cmp(&(b.2.layer, b.0)));
    required(&packs, faults);
    let mut gathered = Gathered::default();
    for (_, folder, manifest) in packs {
        if let Some(file) = folder.categories {
            for info in categories::read(file, &words, faults) {
                add_category(&mut gathered.categories, info);
            }
        }
        let mut tables = Vec::new();
        for (name, file) in &folder.tables {
            let (table, hash) = cache.table(name, file, faults);
            gathered.tables.insert(file.path.clone(), hash);
            tables.extend(table);
        }
        gathered.infos.push(info(&folder, &manifest, &gathered.tables));
        gathered.sources.push(source(&folder, manifest, tables));
    }
    words.categories = gathered.categories.iter().map(|info| info.category.clone()).collect();
    gathered.words = words;
    gathered
}

fn folders(files: &[SourceFile]) -> Vec<(&str, Folder<'_>)> {
    let mut folders: Vec<(&str, Folder<'_>)> = Vec::new();
    let mut places: FxHashMap<&str, usize> = FxHashMap::default();
    for file in files {
        let kind = FileKind::of(&file.path);
        let Some(pack) = kind.pack() else { continue };
        let place = *places.entry(pack).or_insert_with(|| {
            folders.push((pack, Folder::default()));
            folders.len() - 1
        });
        // INVARIANT: a place is the index of a folder that was pushed above.
        let Some((_, folder)) = folders.get_mut(place) else { continue };
        match kind {
            FileKind::Pack { .. } => folder.manifest = Some(file),
            FileKind::Categories { .. } => folder.categories = Some(file),
            FileKind::Script { .. } => folder.scripts.push(file),
            FileKind::Table { name, .. } => folder.tables.push((name, file)),
            FileKind::Decision { name, .. } => folder.decisions.push((name, file)),
            _ => {}
        }
    }
    for (_, folder) in &mut folders {
        folder.scripts.sort_by(|a, b| a.path.cmp(&b.path));
        folder.tables.sort_by(|a, b| a.0.cmp(b.0));
        folder.decisions.sort_by(|a, b| a.1.path.cmp(&b.1.path));
    }
    folders
}

fn read_manifest(name: &str, folder: &Folder<'_>, words: &Words, faults: &mut Vec<Diagnostic>) -> Manifest {
    let Some(file) = folder.manifest else {
        let path = format!("payers/{name}/pack.yaml");
        let fault = Diagnostic::error("P001", &path, 0, 0, format!("the pack `{name}` has no `pack.yaml`"));
        faults.push(fault.help("write one with `name`, `version`, `layer` and `payers`"));
        return Manifest { name: name.into(), ..Manifest::default() };
    };
    let (root, found) = yaml::parse(&file.path, &file.text);
    let mut reader = Reader::new(&file.path, found);
    let manifest = match &root {
        Some(root) => manifest::read(&mut reader, root, name, words),
        None => {
            if !reader.has_errors() {
                reader.fault(
                    "P001",
                    At::default(),
                    "the file is empty",
                    format!("begin with `name: {name}`"),
                );
            }
            Manifest { name: name.into(), ..Manifest::default() }
        }
    };
    faults.extend(reader.into_faults());
    manifest
}

/// Faults packs that build on packs that are not there.
fn required(packs: &[(&str, Folder<'_>, Manifest)], faults: &mut Vec<Diagnostic>) {
    let names = || packs.iter().map(|(name, ..)| *name);
    for (_, folder, manifest) in packs {
        for (needed, at) in &manifest.requires {
            if let (Some(file), false) = (folder.manifest, names().any(|name| name == needed)) {
                let message = format!("the pack builds on `{needed}`, which is not installed");
                let fault = Diagnostic::error("P005", &file.path, at.line, at.column, message);
                faults.push(fault.length(at.length as usize).help(suggestion(
                    needed,
                    names(),
                    "installed are",
                )));
            }
        }
    }
}

/// A later layer's row of a category replaces an earlier one's.
fn add_category(categories: &mut Vec<CategoryInfo>, info: CategoryInfo) {
    match categories.iter_mut().find(|own| own.category == info.category) {
        Some(own) => *own = info,
        None => categories.push(info),
    }
}

fn info(folder: &Folder<'_>, manifest: &Manifest, tables: &FxHashMap<String, Hash>) -> PackInfo {
    let files = folder.manifest.iter().chain(&folder.categories).chain(&folder.scripts);
    let files = files.copied().chain(folder.tables.iter().chain(&folder.decisions).map(|(_, file)| *file));
    PackInfo {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        layer: manifest.layer,
        payers: manifest.payers.clone(),
        effective: manifest.effective,
        expires: manifest.expires,
        requires: manifest.requires.iter().map(|(name, _)| name.clone()).collect(),
        owners: manifest.owners.clone(),
        license: manifest.license.clone(),
        summary: manifest.summary.clone(),
        path: format!("payers/{}/pack.yaml", manifest.name),
        rules: 0,
        hash: hash_files(files.map(|file| (file.path.as_str(), content(file, tables)))),
    }
}

fn source(folder: &Folder<'_>, manifest: Manifest, tables: Vec<Arc<Table>>) -> PackSource {
    PackSource {
        name: manifest.name,
        version: manifest.version,
        layer: manifest.layer,
        payers: manifest.payers,
        scripts: folder
            .scripts
            .iter()
            .map(|file| Script { path: file.path.clone(), text: file.text.clone() })
            .collect(),
        tables,
        optional_tables: manifest
            .tables
            .iter()
            .map(|name| Arc::new(Table::absent(name.clone(), columns_of(name))))
            .collect(),
        decisions: folder.decisions.iter().map(|(name, file)| decision(name, file)).collect(),
        mode: manifest.mode,
        effective: manifest.effective,
        expires: manifest.expires,
    }
}

fn decision(name: &str, file: &SourceFile) -> DecisionSource {
    DecisionSource { name: name.into(), path: file.path.clone(), rows: grid::rows(&file.text) }
}

/// What stands for a file in the hash of several: its text, and for a table the hash of its content.
pub(crate) fn content<'f>(file: &'f SourceFile, tables: &'f FxHashMap<String, Hash>) -> &'f str {
    tables.get(&file.path).map_or(&*file.text, Hash::as_str)
}

/// The columns that a table of that name has when an importer writes it; none: any.
fn columns_of(name: &str) -> &'static [&'static str] {
    ImportKind::parse(name).map_or(&[], |kind| kind.columns())
}
