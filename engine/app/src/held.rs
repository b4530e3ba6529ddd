//! Sending that is held: a practice that was led back to an earlier moment does not know what went out after it, and sends
//! nothing until somebody has looked.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use claimflow_core::{ClaimId, Moment, Text};
use claimflow_network::FolderOutbox;
use claimflow_runtime::Outbox;
use serde::{Deserialize, Serialize};

use crate::render::out;
use crate::render::style::Style;
use crate::render::words::moment;
use crate::wire::data;

/// Where files of the outbox go that the practice, as it is after a restore to a moment, has never written.
pub const ASIDE: &str = "outbox-after-restore";

/// Since when and why nothing goes out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// When it was restored.
    pub since: Moment,
    /// The moment as of which it was.
    pub as_of: Moment,
    /// Files that went out after that moment, as its own journal says, by name.
    pub sent: Vec<Text>,
}

fn marker(root: &Path) -> PathBuf {
    data(root).join("sending-held.json")
}

/// Holds sending from now on, durably.
///
/// # Errors
/// When that cannot be written.
pub fn hold(root: &Path, held: &Held) -> io::Result<()> {
    let path = marker(root);
    let mut file = File::create(&path)?;
    file.write_all(serde_json::to_string_pretty(held)?.as_bytes())?;
    file.sync_all()?;
    File::open(data(root))?.sync_all()
}

/// Why sending is held; `None` where it is not. A note that cannot be read holds it all the same.
pub fn read(root: &Path) -> Option<Held> {
    match fs::read_to_string(marker(root)) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(_) => Some(Held::default()),
    }
}

/// Lets what waits go out again.
///
/// # Errors
/// When the note cannot be taken away.
pub fn lift(root: &Path) -> io::Result<()> {
    fs::remove_file(marker(root))?;
    File::open(data(root))?.sync_all()
}

/// Says on standard error that sending is held, where it is: it must not stay so.
pub fn warn(root: &Path) {
    let Some(held) = read(root) else { return };
    let style = Style::stderr();
    out::say(&format!(
        "{} this practice was restored as of {}, and nothing goes out until somebody has looked\n  {} `claimflow outbox \
         status` shows what waits, and what may have gone out already; `claimflow outbox release` has it send again\n",
        style.warn("warning:"),
        moment(held.as_of),
        style.code("help:"),
    ));
}

/// A practice's outbox, which holds what is ready while sending is held.
#[derive(Debug, Clone)]
pub struct Out {
    folder: FolderOutbox,
    marker: PathBuf,
}

impl Out {
    /// Of the practice in that folder.
    pub fn of(root: &Path) -> Self {
        Self { folder: FolderOutbox::new(root.join("outbox")), marker: marker(root) }
    }
}

impl Outbox for Out {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        self.folder.put(name, bytes)
    }

    fn holds(&self) -> bool {
        // Where that cannot be said, nothing goes out.
        self.marker.try_exists().unwrap_or(true)
    }
}

/// A file that went out after the moment, with the numbers of its claims.
#[derive(Debug)]
pub struct Gone {
    /// Its name.
    pub file: Text,
    /// The number (CLM01) of each of its claims, as numbers are compared.
    pub claims: Vec<Text>,
}

/// The files that were set aside by a restore, by name, with the claims in them.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn gone(root: &Path) -> io::Result<Vec<Gone>> {
    let entries = match fs::read_dir(root.join(ASIDE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let bytes = fs::read(entry.path())?;
            let file = claimflow_x12::read(&bytes);
            let numbers = file.transactions.iter().flat_map(claimflow_x12::Transaction::claims);
            let claims = numbers.map(|own| ClaimId::matching_key(&own.claim.id)).collect();
            all.push(Gone { file: Text::from(entry.file_name().to_string_lossy()), claims });
        }
    }
    all.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_stays_held_until_it_is_lifted_whatever_the_note_says() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(data(root)).unwrap();
        let out = Out::of(root);
        assert_eq!((read(root), out.holds()), (None, false));
        let held = Held { since: Moment(2), as_of: Moment(1), sent: vec!["a.837".into()] };
        hold(root, &held).unwrap();
        assert_eq!((read(root), out.holds()), (Some(held), true));
        fs::write(marker(root), "{ \"since").unwrap();
        assert_eq!((read(root), out.holds()), (Some(Held::default()), true));
        lift(root).unwrap();
        assert_eq!((read(root), out.holds()), (None, false));
    }
}
