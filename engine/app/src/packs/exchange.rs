//! The exchange of a pack for another, with its line in the journal.

use std::path::Path;

use claimflow_runtime::Engine;
use claimflow_runtime::record::ContentRecord;

use super::place::{Note, Places};
use crate::exit::Result;
use crate::practice::own_the_packs;
use crate::wire::actor;

/// What stands in `payers/` under a name, as the journal tells it: version, hash of the content, and who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The version.
    pub version: String,
    /// Hash of the manifest, or `unknown`.
    pub hash: String,
    /// The id of the key, or `unsigned`.
    pub key: String,
}

impl Standing {
    /// As it stands in the journal.
    pub fn text(&self) -> String {
        format!("{} {} {}", self.version, self.hash, self.key)
    }

    /// From the journal.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ').map(str::to_owned);
        Some(Self {
            version: words.next().filter(|word| !word.is_empty())?,
            hash: words.next()?,
            key: words.next()?,
        })
    }
}

/// Puts the staged pack in the place of the one before, and notes it in the journal.
///
/// # Errors
/// When the disk refuses; then the pack before stands as it did.
pub fn exchange(engine: &Engine, practice: &Path, name: &str, record: ContentRecord) -> Result<()> {
    own_the_packs(practice)?;
    let places = Places::of(practice);
    let before = Standing::parse(&record.before);
    let kept = before.filter(|_| places.live(name).exists()).map(|own| format!("{name}-{}", own.version));
    let note = Note { name: name.to_owned(), kept, actor: actor(), record };
    let done = places.begin(&note).and_then(|()| places.put_away(&note)).and_then(|()| places.put_in(&note));
    if let Err(failure) = done {
        places.recover()?;
        return Err(failure);
    }
    settle(engine, practice, Some(note))
}

/// Tells the journal of an exchange that stands, unless it knows.
///
/// # Errors
/// When the journal or the disk refuses; the next start tries again.
pub fn settle(engine: &Engine, practice: &Path, standing: Option<Note>) -> Result<()> {
    let Some(note) = standing else { return Ok(()) };
    let changes = engine.content_changes()?;
    let last = changes.iter().rev().find(|change| change.record.subject == note.record.subject);
    if last.is_none_or(|change| change.record != note.record) {
        match engine.note_content(&note.actor, note.record) {
            // Looking at claims needs no room; what stands is noted the next time.
            Err(error) if error.is_full() => {
                tracing::warn!(%error, "a pack that was put in place is not in the journal yet");
                return Ok(());
            }
            noted => drop(noted?),
        }
    }
    Places::of(practice).done()
}
