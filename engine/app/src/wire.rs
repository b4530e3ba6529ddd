//! Wiring: a practice folder, its store, a clock and an outbox become a running engine.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use claimflow_catalog::Generation;
use claimflow_core::workflow::ActionSpec;
use claimflow_core::{Moment, Text};
use claimflow_network::{Http, PluginFiles};
use claimflow_runtime::plugin::{Scripted, Worlds};
use claimflow_runtime::store::Store;
use claimflow_runtime::{Clock, Engine, FixedClock, Plugin, Plugins, SystemClock};
use claimflow_store::crypt::Keyring;
use claimflow_store::{JournalStore, Options};

use crate::exit::Result;
use crate::keys;
use crate::packs;
use crate::practice::{Folder, Loaded, check, kept, refused, workflows};
use crate::render::style::Style;
use crate::render::words::count;
use crate::stranded;

/// What a command works with. Cheap to copy: what is behind it is shared.
#[derive(Clone)]
pub struct Desk {
    /// The running engine.
    pub engine: Arc<Engine>,
    /// The practice as it was read.
    pub practice: Arc<Loaded>,
    /// Its files.
    pub folder: Arc<Folder>,
    /// The keys that its data are encrypted with.
    pub keyring: Option<Arc<Keyring>>,
}

/// The clock of a command: the machine's, or one that stands where it was put.
pub fn clock(fixed: Option<Moment>) -> Arc<dyn Clock> {
    match fixed {
        Some(at) => Arc::new(FixedClock::at(at)),
        None => Arc::new(SystemClock),
    }
}

impl Desk {
    /// Opens a practice for work.
    ///
    /// # Errors
    /// When the practice has errors or would strand claims, or its store is in use or damaged.
    pub fn open(root: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let desk = Self::open_anyhow(root, clock)?;
        match stranded::refused(&stranded::stranded(&desk.engine, &desk.practice)?) {
            Some(failure) => Err(failure),
            None => Ok(desk),
        }
    }

    /// The same, also when claims are in a state or on a version that is gone: for looking at them and moving them.
    ///
    /// # Errors
    /// When the practice has errors, or its store is in use or damaged.
    pub fn open_anyhow(root: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let mut folder = Folder::read(root)?;
        // The lock before the check: who is told that another process is at work can have that process do it, with the
        // rules that are live there, even while somebody is in the middle of writing others.
        let options = Options { mend_state: true, ..Options::default() };
        let store = JournalStore::open_with(&data(root), options, || keys::keyring(&folder))?;
        if store.was_made_anew() {
            crate::render::out::say(&format!(
                "{} the claim state was damaged, as a crash can leave it; it is made anew from the journal, and nothing is lost\n",
                Style::stderr().warn("warning:"),
            ));
        }
        let keyring = store.keyring().cloned();
        let store: Arc<dyn Store> = Arc::new(store);
        let cut_short = packs::Places::of(root).is_under_way();
        let standing = packs::Places::of(root).recover()?;
        if cut_short {
            folder = Folder::read(root)?;
        }
        if let Err(error) = workflows::keep_earlier(root) {
            tracing::warn!(%error, "workflows of earlier rules cannot be kept for the claims on them");
        }
        let (folder, practice) = sound(folder)?;
        let practice = Arc::new(practice);
        store.keep_free(practice.settings().keep_free);
        keep(&folder, &practice);
        let new = workflows::keep(root, &folder.sources).unwrap_or_else(|error| {
            tracing::warn!(%error, "the workflows cannot be kept as they are now: do not edit them before they can");
            Vec::new()
        });
        let outbox = Arc::new(crate::held::Out::of(root));
        let own: Arc<dyn claimflow_runtime::Practice> = practice.clone();
        let engine = Engine::open(store, own, clock, outbox)?;
        packs::settle(&engine, root, standing)?;
        let desk = Self { engine: Arc::new(engine), practice, folder: Arc::new(folder), keyring };
        crate::decided::note_edits(&desk)?;
        for line in stranded::told(&desk.engine, desk.practice.generation(), &new) {
            crate::render::out::say(&format!("{line}\n"));
        }
        crate::held::warn(root);
        Ok(desk)
    }

    /// Puts a practice that was read anew in the place of the one before.
    pub fn replace(&mut self, folder: Folder, practice: Loaded) {
        self.practice = Arc::new(practice);
        self.folder = Arc::new(folder);
        self.engine.keep_free(self.practice.settings().keep_free);
        self.engine.set_practice(self.practice.clone());
    }

    /// Does what plugins are asked by what a command did, until only what is tried again later is open. Within `serve`,
    /// which does that on its own, it is at once done.
    ///
    /// # Errors
    /// When the store fails.
    pub fn perform(&self) -> Result<()> {
        if !crate::guest::is_here() {
            self.engine.perform_requests()?;
        }
        Ok(())
    }

    /// Writes everything through and lets go of the store.
    ///
    /// # Errors
    /// When the disk refuses; the journal is safe.
    pub fn close(self) -> Result<()> {
        Ok(self.engine.close()?)
    }
}

/// The practice as it is on the disk; where it has errors, as it last was without any.
///
/// Whatever works on claims goes on under the generation that decided last, as `serve` does when a file is broken while it
/// runs: somebody who is in the middle of writing a rule keeps nobody from the queue. That is said on standard error with
/// every command, since it must not stay so.
fn sound(folder: Folder) -> Result<(Folder, Loaded)> {
    let checked = check(&folder);
    if let Some(practice) = checked.practice {
        crate::practice::tell(&checked.diagnostics);
        return Ok((folder, practice));
    }
    let refusal = || refused(&folder, &checked.diagnostics);
    let kept = kept::last(&folder.root).ok_or_else(refusal)?;
    let mut before = Folder::read(&kept)?;
    // Registers are no part of a generation: the rows of today count.
    before.registers.clone_from(&folder.registers);
    before.root.clone_from(&folder.root);
    let practice = check(&before).practice.ok_or_else(refusal)?;
    let errors = checked.diagnostics.iter().filter(|fault| fault.is_error());
    let first = errors.clone().next().map(|fault| {
        let help = if fault.help.is_empty() { String::new() } else { format!("; {}", fault.help) };
        format!("{}:{}:{}: {}{help}", fault.path, fault.line, fault.column, fault.message)
    });
    let hash: String = practice.generation().hash().chars().take(12).collect();
    crate::render::out::say(&format!(
        "{} the practice's files have {}, so the last rules without any decide (generation {hash})\n  {}\n  {} `claimflow rules check` shows all of them\n",
        Style::stderr().warn("warning:"),
        count(errors.count() as u64, "error", "errors"),
        first.unwrap_or_default(),
        Style::stderr().code("help:"),
    ));
    Ok((before, practice))
}

/// Plugins that are a part of the program. Others come with the practice, in Rhai.
fn own_plugins() -> Vec<Arc<dyn Plugin>> {
    Vec::new()
}

/// What the program's own plugins offer, for workflows to be checked against.
pub fn offered() -> Vec<ActionSpec> {
    own_plugins().iter().flat_map(|plugin| plugin.actions().to_vec()).collect()
}

/// Every plugin of a practice: the program's own, and those of its generation.
pub fn plugins(root: &Path, generation: &Generation) -> Plugins {
    static HTTP: LazyLock<Arc<Http>> = LazyLock::new(Arc::default);
    let files = Arc::new(PluginFiles::new(root));
    let worlds = Worlds { http: HTTP.clone(), files: files.clone(), secrets: files };
    let scripted = generation.plugins().iter().map(|plugin| {
        let own = generation.settings().plugins.iter().find(|own| own.name == plugin.info().name);
        Arc::new(Scripted::new(plugin.clone(), own, &worlds)) as Arc<dyn Plugin>
    });
    Plugins::new(own_plugins().into_iter().chain(scripted))
}

/// Keeps the generation that decides from now on. A disk that refuses it keeps no claim waiting.
pub fn keep(folder: &Folder, practice: &Loaded) {
    if let Err(error) = kept::keep(folder, practice.generation().hash()) {
        tracing::warn!(%error, "the rules that decide now cannot be kept for later questions");
    }
}

/// Where a practice keeps its journal and state.
pub fn data(root: &Path) -> PathBuf {
    root.join("data")
}

/// Who acts, for the journal: the system's user.
pub fn actor() -> Text {
    if let Some(user) = crate::guest::user() {
        return user;
    }
    let name = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    Text::from(name.ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "someone".to_owned()))
}
