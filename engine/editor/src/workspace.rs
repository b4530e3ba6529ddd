//! A folder as it is on the disk, with what is open in an editor laid over it: checked, with every fault.

use std::collections::HashMap;
use std::sync::Arc;

use claimflow_catalog::{
    Cache, CaseReport, Generation, PackInfo, PracticeSettings, SETTINGS_PATH, SourceFile, Sources, load_with,
    read_registers, read_settings, run_cases,
};
use claimflow_core::workflow::ActionSpec;
use claimflow_core::{Diagnostic, Text};
use claimflow_rules::{KnownTable, OutlinedKind, Surroundings, Word, outline};

use crate::content::Reading;

/// A file that is open in an editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Its path within the folder.
    pub path: String,
    /// Its text as it stands in the editor.
    pub text: Arc<str>,
}

/// A folder that is checked again and again.
#[derive(Debug, Default)]
pub struct Workspace {
    cache: Cache,
    settings: PracticeSettings,
    generation: Option<Arc<Generation>>,
}

/// What one check found.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// Every fault of every file, and cases that do not hold.
    pub faults: Vec<Diagnostic>,
    /// The words that rules may use.
    pub around: Surroundings,
    /// Where rules and tables stand.
    pub places: Places,
    /// What plugins offer to workflows.
    pub actions: Vec<ActionSpec>,
    /// The files that were checked.
    files: HashMap<String, Arc<str>>,
}

/// Where rules and tables stand.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// By the rule's id.
    pub rules: HashMap<Text, Spot>,
    /// By the table's name: its file.
    pub tables: HashMap<Text, String>,
}

/// A place in a file of the folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spot {
    /// Path of the file.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Title of what stands there.
    pub title: Text,
}

impl Checked {
    /// The text of a file as it was checked.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|text| &**text)
    }

    /// Names of the workflows in the folder.
    pub fn workflows(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.versions().map(|(name, _, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The file of a workflow's newest version.
    pub fn newest_workflow(&self, name: &str) -> Option<&str> {
        let own = self.versions().filter(|(own, _, _)| *own == name);
        own.max_by_key(|(_, version, _)| *version).map(|(_, _, path)| path)
    }

    /// Name, version and path of each workflow, as its path tells.
    fn versions(&self) -> impl Iterator<Item = (&str, u32, &str)> {
        self.files.keys().filter_map(|path| {
            let (name, file) = path.strip_prefix("workflows/")?.split_once('/')?;
            let (version, _) = file.strip_prefix('v')?.split_once('.')?;
            Some((name, version.parse().ok()?, path.as_str()))
        })
    }
}

impl Workspace {
    /// Checks the folder as `claimflow rules check` and `rules test` do. While an error keeps the rules from running, cases
    /// are read against the last rules that could run, and told only what is wrong with them as they are written.
    pub fn check(&mut self, reading: Reading, open: &[Open]) -> Checked {
        let Reading { sources, registers, mut faults } = reading;
        faults.retain(|fault| !open.iter().any(|own| own.path == fault.path));
        let (of_registers, of_sources): (Vec<&Open>, Vec<&Open>) = open
            .iter()
            .filter(|own| is_content(&own.path))
            .partition(|own| own.path.starts_with("registers/"));
        let sources = laid_over(sources, &of_sources);
        let registers = laid_over(registers, &of_registers);
        self.read_settings(&sources, &mut faults);
        let loaded = load_with(&sources, &self.settings, &mut self.cache);
        faults.extend(loaded.diagnostics);
        faults.extend(read_registers(&registers).1);
        let places = places(&sources, loaded.generation.as_ref());
        let around = self.around(&loaded.categories, &loaded.packs, &places);
        let current = loaded.generation.is_some();
        if let Some(generation) = loaded.generation {
            faults.extend(generation.rules().remarks());
            self.generation = Some(Arc::new(generation));
        }
        if let Some(generation) = &self.generation {
            let report = run_cases(generation, &sources, None);
            faults.extend(if current { of_cases(report) } else { as_written(report) });
        }
        let texts = sources.into_iter().chain(registers).filter(|file| !file.is_bulk());
        let files = texts.map(|file| (file.path, file.text)).collect();
        let plugins = self.generation.iter().flat_map(|generation| generation.plugins());
        let actions = plugins.flat_map(|plugin| plugin.actions().iter().cloned()).collect();
        Checked { faults, around, places, actions, files }
    }

    /// While the settings have errors, the last ones that could be read stand.
    fn read_settings(&mut self, sources: &[SourceFile], faults: &mut Vec<Diagnostic>) {
        let text = sources.iter().find(|file| file.path == SETTINGS_PATH).map_or("", |file| &*file.text);
        match read_settings(SETTINGS_PATH, text) {
            Ok(mut settings) => {
                faults.append(&mut settings.notes);
                self.settings = settings;
            }
            Err(found) => faults.extend(found),
        }
    }

    fn around(
        &self,
        categories: &[claimflow_catalog::CategoryInfo],
        packs: &[PackInfo],
        places: &Places,
    ) -> Surroundings {
        let word = |name: &Text, meaning: &Text| Word { name: name.clone(), meaning: meaning.clone() };
        let mut rules: Vec<Word> = places.rules.iter().map(|(id, spot)| word(id, &spot.title)).collect();
        rules.sort_by(|a, b| a.name.cmp(&b.name));
        let of_pack = |pack: &PackInfo| -> Vec<Word> {
            let meaning = if pack.summary.is_empty() { &pack.name } else { &pack.summary };
            pack.payers.iter().map(|payer| word(payer, meaning)).collect()
        };
        let mut payers: Vec<Word> = packs.iter().flat_map(of_pack).collect();
        payers.sort_by(|a, b| a.name.cmp(&b.name));
        payers.dedup_by(|a, b| a.name == b.name);
        let table = |table: &&Arc<claimflow_rules::Table>| KnownTable {
            name: table.name().clone(),
            columns: table.columns().to_vec(),
        };
        Surroundings {
            categories: categories.iter().map(|own| word(&own.category, &own.label)).collect(),
            owners: self.settings.owners.iter().map(|own| word(&own.owner, &own.label)).collect(),
            payers,
            rules,
            tables: self.cache.tables().iter().map(table).collect(),
        }
    }
}

/// True for the kinds of files that the catalog reads as text.
fn is_content(path: &str) -> bool {
    [".yaml", ".yml", ".rhai", ".csv"].iter().any(|ending| path.ends_with(ending))
}

fn laid_over(files: Vec<SourceFile>, open: &[&Open]) -> Vec<SourceFile> {
    let open = open.iter().map(|own| SourceFile::new(own.path.clone(), own.text.clone()));
    let sources: Sources = files.into_iter().chain(open).collect();
    sources.files().to_vec()
}

/// Where rules and tables stand: from the texts, so that a file with faults has its places too; rows of decision tables from
/// the compiled rules.
fn places(sources: &[SourceFile], generation: Option<&Generation>) -> Places {
    let mut places = Places::default();
    for file in sources.iter().filter(|file| file.path.starts_with("payers/")) {
        if file.path.ends_with(".rhai") {
            let rules = outline(&file.text).into_iter().filter(|own| own.kind == OutlinedKind::Rule);
            places.rules.extend(rules.map(|rule| {
                let (path, title) = (file.path.clone(), rule.title);
                (rule.name, Spot { path, line: rule.line, column: rule.column, title })
            }));
        } else if let Some(name) = table_name(&file.path) {
            places.tables.insert(name.into(), file.path.clone());
        }
    }
    for rule in generation.map_or(&[][..], |generation| generation.rules().rules()) {
        let spot =
            || Spot { path: rule.file.to_string(), line: rule.line, column: 1, title: rule.title.clone() };
        places.rules.entry(rule.id.clone()).or_insert_with(spot);
    }
    places
}

/// The name of the table in `payers/PACK/tables/NAME.csv`.
fn table_name(path: &str) -> Option<&str> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["payers", _, "tables", file] => file.strip_suffix(".csv").or_else(|| file.strip_suffix(".xlsx")),
        _ => None,
    }
}

/// Everything that cases tell: their faults, what none of them tries, and which do not hold.
fn of_cases(report: CaseReport) -> Vec<Diagnostic> {
    let mut found = report.untried();
    found.extend(report.failed().map(|case| {
        let message = format!("the case `{}` does not hold: {}", case.name, case.reasons.join("; "));
        Diagnostic::warning("", &case.file, case.line, 1, message)
            .help("`claimflow rules test` shows each rule that was considered")
    }));
    found.extend(report.diagnostics);
    found
}

/// What is wrong with cases whatever the rules are.
fn as_written(report: CaseReport) -> Vec<Diagnostic> {
    report.diagnostics.into_iter().filter(|fault| fault.code != "C004").collect()
}
