//! A checked practice as the engine uses it.

use std::sync::Arc;

use claimflow_catalog::{
    Cache, Generation, PracticeSettings, Registers, SETTINGS_PATH, SourceFile, Usage, read_registers,
    read_settings,
};
use claimflow_core::workflow::{Workflow, WorkflowRef};
use claimflow_core::{Calendar, Claim, Diagnostic, Facts, Rules, Text};
use claimflow_runtime::{Plugins, Practice, Sender};

use crate::exit::{Failure, Result};
use crate::practice::Folder;
use crate::practice::workflows::{self, KeptWorkflows};
use crate::render::faults::faults;
use crate::render::style::Style;
use crate::render::table::page_width;

/// One reading of a practice folder: what can run, and what is wrong.
pub struct Checked {
    /// What can run; none when an error keeps it from going live.
    pub practice: Option<Loaded>,
    /// Every fault of every file, the registers' among them.
    pub diagnostics: Vec<Diagnostic>,
}

/// Rules, workflows, registers and settings of a practice at one time.
pub struct Loaded {
    generation: Generation,
    registers: Arc<Registers>,
    sender: Sender,
    plugins: Plugins,
    kept: KeptWorkflows,
}

impl Loaded {
    /// The active generation.
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    /// Its generation alone.
    pub fn into_generation(self) -> Generation {
        self.generation
    }

    /// The workflow of exactly this content: live, or kept as it was when it was live.
    pub fn exactly(&self, hash: &str) -> Option<&Arc<Workflow>> {
        self.generation.workflow_of(hash).or_else(|| self.kept.get(hash))
    }

    /// The settings.
    pub fn settings(&self) -> &PracticeSettings {
        self.generation.settings()
    }
}

impl Practice for Loaded {
    fn rules(&self) -> &dyn Rules {
        &self.generation
    }

    fn workflow_for_new(&self) -> Result<&Workflow, Text> {
        let name = || self.settings().workflow.clone();
        self.generation.start_workflow().map(AsRef::as_ref).ok_or_else(name)
    }

    fn workflow(&self, reference: &WorkflowRef) -> Option<&Workflow> {
        let exactly = self.exactly(&reference.hash).map(AsRef::as_ref);
        // Where the content is lost, the version as it is now stands in; opening the practice has told so.
        exactly.or_else(|| self.generation.workflow_by(reference).map(AsRef::as_ref))
    }

    fn newest_workflow(&self, name: &str) -> Option<&Workflow> {
        self.generation.workflow(name).map(AsRef::as_ref)
    }

    fn facts(&self, claim: &Claim) -> Facts {
        self.registers.facts_for(claim)
    }

    fn registers_hash(&self) -> &str {
        self.registers.hash()
    }

    fn calendar(&self) -> &Calendar {
        &self.settings().calendar
    }

    fn sender(&self) -> &Sender {
        &self.sender
    }

    fn waiting_payment_days(&self) -> u32 {
        self.settings().waiting_payment_days
    }

    fn incident_owner(&self) -> &str {
        &self.settings().incidents
    }

    fn plugins(&self) -> Option<&Plugins> {
        Some(&self.plugins)
    }
}

/// Checks a practice folder.
///
/// Faults of single register rows do not keep it from running: the row is left out, and what it said is unknown.
pub fn check(folder: &Folder) -> Checked {
    check_with(folder, &mut Cache::new(), None, KeptWorkflows::of(&folder.root))
}

/// The same, after an earlier reading: what has not changed since is neither read nor compiled again, and what was told
/// of registers then is not told again.
pub fn check_again(folder: &Folder, earlier: &Folder, practice: &Loaded) -> Checked {
    let same = (folder.registers == earlier.registers).then(|| Arc::clone(&practice.registers));
    let kept = workflows::of_both(&folder.root, &practice.generation, &practice.kept);
    check_with(folder, &mut practice.generation.cache(), same, kept)
}

fn check_with(
    folder: &Folder,
    cache: &mut Cache,
    registers: Option<Arc<Registers>>,
    kept: KeptWorkflows,
) -> Checked {
    let mut diagnostics = folder.faults.clone();
    let settings = settings(&folder.sources, &mut diagnostics);
    let used = settings.clone().unwrap_or_default();
    let loaded = claimflow_catalog::load_offering(&folder.sources, &used, &crate::wire::offered(), cache);
    diagnostics.extend(loaded.diagnostics);
    let stopped = diagnostics.iter().any(Diagnostic::is_error);
    let registers = registers.unwrap_or_else(|| {
        let (registers, found) = read_registers(&folder.registers);
        diagnostics.extend(found);
        Arc::new(registers)
    });
    let practice = match (settings, loaded.generation) {
        (Some(settings), Some(generation)) if !stopped => {
            let plugins = crate::wire::plugins(&folder.root, &generation);
            Some(Loaded { generation, registers, sender: sender(&settings), plugins, kept })
        }
        _ => None,
    };
    Checked { practice, diagnostics }
}

/// Checks a practice folder for running claims.
///
/// # Errors
/// When it has errors: each is shown with its line.
pub fn check_for_work(folder: &Folder) -> Result<Loaded> {
    let checked = check(folder);
    tell(&checked.diagnostics);
    checked.practice.ok_or_else(|| refused(folder, &checked.diagnostics))
}

/// The failure that errors in a practice lead to.
pub fn refused(folder: &Folder, diagnostics: &[Diagnostic]) -> Failure {
    let errors: Vec<Diagnostic> = diagnostics.iter().filter(|fault| fault.is_error()).cloned().collect();
    let texts = |path: &str| folder.text(path);
    let message = format!("the practice `{}` has errors, so nothing was done", folder.root.display());
    Failure::failed(message)
        .help("mend what is shown above; `claimflow rules check` shows it again")
        .details(faults(&errors, &texts, Style::stderr(), page_width()))
}

/// Says in the log what does not keep the practice from running.
pub(crate) fn tell(diagnostics: &[Diagnostic]) {
    for fault in diagnostics.iter().filter(|fault| !fault.is_error()) {
        let place = format!("{}:{}", fault.path, fault.line);
        tracing::debug!(code = %fault.code, place, "{}", fault.message);
    }
}

fn settings(files: &[SourceFile], diagnostics: &mut Vec<Diagnostic>) -> Option<PracticeSettings> {
    let text = files.iter().find(|file| file.path == SETTINGS_PATH).map_or("", |file| &*file.text);
    match read_settings(SETTINGS_PATH, text) {
        Ok(mut settings) => {
            diagnostics.append(&mut settings.notes);
            Some(settings)
        }
        Err(found) => {
            diagnostics.extend(found);
            None
        }
    }
}

fn sender(settings: &PracticeSettings) -> Sender {
    let PracticeSettings { submitter, receiver, .. } = settings;
    Sender {
        sender_id: submitter.id.clone(),
        sender_qualifier: Text::const_new("ZZ"),
        receiver_id: receiver.id.clone(),
        receiver_qualifier: Text::const_new("ZZ"),
        submitter_name: submitter.name.clone(),
        submitter_id: submitter.id.clone(),
        contact_name: submitter.contact.clone(),
        contact_phone: submitter.phone.clone(),
        receiver_name: receiver.name.clone(),
        production: settings.usage == Usage::Production,
    }
}
