//! Changes of what decides, other than edits of files: who installed which pack, who promoted which rule, and why.

use claimflow_core::{Moment, Text};

use crate::engine::Engine;
use crate::error::Result;
use crate::keys;
use crate::record::{Body, ContentRecord, decode};
use crate::store::Position;

/// A change of what decides, with when and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentChange {
    /// When.
    pub at: Moment,
    /// By whom.
    pub actor: Text,
    /// What.
    pub record: ContentRecord,
}

impl Engine {
    /// Writes a change of what decides to the journal. It is durable when this returns.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn note_content(&self, actor: &str, record: ContentRecord) -> Result<()> {
        let mut books = self.books();
        self.append(&mut books, actor, vec![Body::Content(record)])?;
        Ok(self.view.apply()?)
    }

    /// Every change of what decides, oldest first.
    ///
    /// # Errors
    /// When the journal or the state cannot be read.
    pub fn content_changes(&self) -> Result<Vec<ContentChange>> {
        let mut all = Vec::new();
        for (key, _) in self.view.collect(keys::CONTENT)? {
            let Some(position) = key.get(1..).and_then(|bytes| bytes.try_into().ok()) else { continue };
            let record = decode(&self.store.read(Position(u64::from_be_bytes(position)))?)?;
            if let Body::Content(content) = record.body {
                all.push(ContentChange { at: record.at, actor: record.actor, record: content });
            }
        }
        // Those that outlived a part of the journal that was dropped stand behind later ones.
        all.sort_by_key(|change| change.at);
        Ok(all)
    }
}
