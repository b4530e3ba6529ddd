//! A restored practice, led back to a moment.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use claimflow_core::Moment;
use claimflow_runtime::record::{Body, decode};
use claimflow_runtime::store::{Position, Store};
use claimflow_store::crypt::Keyring;
use claimflow_store::{JournalStore, cut_journal};

use crate::exit::{Failure, Result};
use crate::held::{self, ASIDE, Held, SentFile};
use crate::practice::make_private;
use crate::wire::data;

/// What came after the moment, and is not in the practice any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct After {
    /// Records.
    pub records: u64,
    /// Files that had gone out.
    pub sent: Vec<SentFile>,
    /// When claims that were there at the moment were dropped, since their time was over: this journal does not have them.
    pub dropped: Option<Moment>,
}

/// Cuts what happened after a moment from a practice that was just restored. Where claims were dropped after it nothing is
/// cut: what is left would be a journal without its beginning.
///
/// Files that went out after it are taken out of the outbox: the practice does not know them any more, and a new file of
/// the same name would be taken for one that is there already. Sending is held until somebody has looked, also where
/// nothing is cut: what the practice sent after the backup was made is in no journal here.
///
/// # Errors
/// When the journal cannot be read or cut.
pub fn cut_after(root: &Path, moment: Moment, keyring: Option<Arc<Keyring>>) -> Result<After> {
    let after = came_after(root, moment, keyring.clone())?;
    if after.dropped.is_some() {
        return Ok(after);
    }
    // First: what is cut short from here on sends nothing, and knows what had gone out.
    let mut own = held::read(root).unwrap_or_default();
    own.add(&after.sent);
    let hold = |own: &Held| held::hold(root, own).map_err(|error| Failure::io("write", &data(root), &error));
    hold(&own)?;
    if after.records > 0 {
        cut(root, moment, keyring, &after)?;
    }
    own.unfinished = false;
    hold(&own)?;
    Ok(after)
}

fn cut(root: &Path, moment: Moment, keyring: Option<Arc<Keyring>>, after: &After) -> Result<()> {
    let mut beyond = |_: Position, record: &[u8]| decode(record).is_ok_and(|record| record.at > moment);
    cut_journal(&data(root), keyring, &mut beyond)?;
    let aside = root.join(ASIDE);
    for own in &after.sent {
        let file = &own.file;
        let from = root.join("outbox").join(file.as_str());
        if from.exists() {
            make_private(&aside)?;
            let moved = fs::rename(&from, aside.join(file.as_str()));
            moved.map_err(|error| Failure::io("move", &from, &error))?;
        }
    }
    Ok(())
}

fn came_after(root: &Path, moment: Moment, keyring: Option<Arc<Keyring>>) -> Result<After> {
    let mut after = After::default();
    let store =
        JournalStore::open_for_rebuild_with(&data(root), claimflow_store::Options::default(), || {
            Ok::<_, Failure>(keyring)
        })?;
    let start = store.start();
    // What was dropped before the moment, as records that stay say.
    let mut before = Position::default();
    store.replay(Position::default(), &mut |_, bytes| {
        let Ok(record) = decode(bytes) else { return ControlFlow::Continue(()) };
        // What is behind the first batch that is cut goes too, whatever the machine's clock said.
        let is_after = record.at > moment || after.records > 0;
        after.records += u64::from(is_after);
        match record.body {
            Body::Batch(batch) if is_after => after.sent.push(SentFile::of(&batch)),
            Body::Forgotten(forgotten) if !is_after => before = before.max(forgotten.until),
            // A crash, or the moment of the backup, may have left what was to go.
            Body::Forgotten(forgotten) if (before.0 + 1..=start.0).contains(&forgotten.until.0) => {
                after.dropped = after.dropped.or(Some(record.at));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    })?;
    Ok(after)
}
