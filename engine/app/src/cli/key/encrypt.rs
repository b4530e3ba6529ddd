//! `claimflow key encrypt`: turns encryption on for a practice that is there.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claimflow_catalog::{KeySource, SETTINGS_PATH};
use claimflow_runtime::store::StoreError;
use claimflow_store::crypt::{Keyring, has_keyring};
use claimflow_store::{JournalStore, Options};
use clap::Args;
use serde_json::json;

use super::status::journal_words;
use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::keys::{self, Source};
use crate::practice::Folder;
use crate::render::out;
use crate::render::progress::Work;
use crate::render::style::Style;
use crate::render::words::count;
use crate::wire::data;

/// Encrypt a practice's journal and state, with what is there already
///
/// Names the key in claimflow.yaml, makes data/keyring, makes the state anew, and writes the journal's files anew; its
/// chain stays as it is. Cut short, it is run again. Run after `key rotate`, it brings all that is older under the new data
/// key. Stop `claimflow serve` first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow key encrypt --key-file ../practice.key
  claimflow key encrypt --key-command pass show claimflow
  claimflow key encrypt                       with the key that claimflow.yaml or the environment names

Environment:
  CLAIMFLOW_KEY       the key itself
  CLAIMFLOW_KEY_FILE  a file with the key")]
pub struct Arguments {
    /// The file with the key
    #[arg(long, value_name = "FILE", conflicts_with = "key_command")]
    key_file: Option<PathBuf>,
    /// A program that says the key, with its arguments
    #[arg(long, value_name = "PROGRAM", num_args = 1.., allow_hyphen_values = true)]
    key_command: Vec<String>,
}

/// The place of a key as the command line names it; files are seen from where the command was called.
pub(super) fn named(file: Option<&PathBuf>, command: &[String]) -> Result<Option<KeySource>> {
    if let Some(file) = file {
        let path = std::path::absolute(crate::guest::path(file));
        let path = path.map_err(|error| Failure::io("find", file, &error))?;
        let text =
            path.to_str().ok_or_else(|| Failure::usage("the name of the key file must be plain text"))?;
        return Ok(Some(KeySource::File(text.into())));
    }
    let words: Vec<_> = command.iter().map(|word| word.as_str().into()).collect();
    Ok((!words.is_empty()).then_some(KeySource::Command(words)))
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let root = &global.practice;
    let folder = Folder::read(root)?;
    let named = named(arguments.key_file.as_ref(), &arguments.key_command)?;
    let source = match &named {
        Some(named) => Source::Settings(named.clone()),
        None => keys::source(&folder)?.ok_or_else(|| {
            Failure::usage("nothing says where the key is")
                .help("`claimflow key encrypt --key-file FILE`; `claimflow key new FILE` makes a key")
        })?,
    };
    let master = source.read(root)?;
    let place = data(root);
    refuse_lost_keyring(&place)?;
    let work = Work::begin("encrypting the state");
    let store = JournalStore::open_for_rebuild_with(&place, Options::default(), || {
        let opened =
            if has_keyring(&place) { keys::open(&place, &master)? } else { keys::create(&place, &master)? };
        // Named before anything is encrypted: what is encrypted is never without it.
        if let Some(named) = &named {
            name(&folder, root, named)?;
        }
        Ok::<_, Failure>(Some(Arc::new(Keyring::new(opened.secrets)?)))
    })?;
    let records = claimflow_runtime::catch_up(&store)?;
    // What was closed before is written anew under the newest data key; the chain stays as it is.
    store.journal().close_segment()?;
    store.journal().seal_anew(&mut || ControlFlow::Continue(()))?;
    claimflow_runtime::store::Store::flush(&store)?;
    keys::remove_aside(&place)?;
    drop((work, store));
    let journal = journal_words(&place)?;
    if global.json {
        out::json(&json!({
            "key": master.print().to_string(), "records": records, "state": "encrypted", "journal": journal.0
        }))?;
    } else {
        let style = Style::stdout();
        out::print(&format!(
            "{} with key {}: {}\n  journal    {}\n  {}\n",
            style.good("Journal and state are encrypted"),
            master.print(),
            count(records, "record", "records"),
            journal.1,
            style.bad("Who loses the key loses the data: keep a copy of it where the data are not.")
        ))?;
    }
    Ok(Exit::Done)
}

/// Data that are encrypted already and have lost their keyring get no new one.
fn refuse_lost_keyring(place: &Path) -> Result<()> {
    // A state that cannot be read is made anew, which is what happens here anyway.
    if !has_keyring(place) && matches!(in_use(JournalStore::is_state_encrypted(place))?, Some(true)) {
        return Err(Failure::failed("the state is encrypted already, and `data/keyring` is gone")
            .help("put it back from a backup: a new one opens nothing of what is there"));
    }
    Ok(())
}

fn in_use(found: Result<Option<bool>, StoreError>) -> Result<Option<bool>> {
    match found {
        Err(StoreError::State { .. }) => Ok(None),
        other => Ok(other?),
    }
}

/// Names the key in the settings, as one act.
pub(super) fn name(folder: &Folder, root: &Path, source: &KeySource) -> Result<()> {
    let path = root.join(SETTINGS_PATH);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(_) => folder.text(SETTINGS_PATH).unwrap_or_default(),
    };
    let (after, beside) = (keys::with_encryption(&text, source), root.join(".claimflow.yaml.new"));
    if after == text {
        return Ok(());
    }
    let written = std::fs::write(&beside, after).and_then(|()| {
        let file = std::fs::File::open(&beside)?;
        file.set_permissions(std::fs::metadata(&path)?.permissions())?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)?;
        std::fs::File::open(root)?.sync_all()
    });
    written.map_err(|error| Failure::io("write", &path, &error))
}
