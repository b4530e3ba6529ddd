//! Sending that is held: a practice that was led back to an earlier moment does not know what went out after it, and sends
//! nothing until somebody has looked.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use claimflow_core::{ClaimId, Moment, Text};
use claimflow_network::FolderOutbox;
use claimflow_runtime::Outbox;
use claimflow_runtime::record::BatchRecord;
use serde::{Deserialize, Serialize};

use crate::render::out;
use crate::render::style::Style;
use crate::render::words::moment;
use crate::wire::data;

/// Where files of the outbox go that the practice, as it is after a restore to a moment, has never written.
pub const ASIDE: &str = "outbox-after-restore";

/// What to do with a practice whose restore was cut off.
pub const UNFINISHED: &str = "delete the folder and restore it again";

/// Since when and why nothing goes out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// When it was restored.
    pub since: Moment,
    /// The moment as of which it was.
    pub as_of: Moment,
    /// Files that went out after that moment, as its own journal said.
    #[serde(default)]
    pub files: Vec<SentFile>,
    /// True where the practice may have worked on after the backup was made: what went out since is known to nobody here.
    #[serde(default)]
    pub beyond: bool,
    /// True until what happened after the moment is cut: what is found so was cut off while it was restored.
    #[serde(default)]
    pub unfinished: bool,
}

/// A file that went out after the moment. Of its claims only how many they are: this is kept in clear.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentFile {
    /// Its name.
    pub file: Text,
    /// Interchange control number.
    pub interchange: u32,
    /// Group control number.
    pub group: u32,
    /// Control number of its first transaction set.
    pub transaction: u32,
    /// How many transaction sets are in it.
    pub sets: u32,
    /// How many claims are in it.
    pub claims: u64,
}

impl SentFile {
    /// Of a file as the journal has it.
    pub fn of(batch: &BatchRecord) -> Self {
        Self {
            file: batch.file.clone(),
            interchange: batch.interchange,
            group: batch.group,
            transaction: batch.transaction,
            sets: u32::try_from(batch.sizes.len()).unwrap_or(u32::MAX),
            claims: batch.claims.len() as u64,
        }
    }

    /// The same as the journal has it, without its claims.
    pub fn without_claims(&self, now: Moment) -> BatchRecord {
        // No file holds more: what a note that was tampered with says is not believed.
        let sets = self.sets.min(10_000) as usize;
        BatchRecord {
            file: self.file.clone(),
            payer: Text::default(),
            interchange: self.interchange,
            group: self.group,
            transaction: self.transaction,
            sizes: vec![0; sets],
            created: now,
            claims: Vec::new(),
        }
    }
}

impl Held {
    /// Adds files that went out. Of one that is told twice the one with more claims counts.
    pub fn add(&mut self, files: &[SentFile]) {
        for new in files {
            match self.files.iter_mut().find(|own| own.file == new.file) {
                Some(own) if own.claims < new.claims => *own = new.clone(),
                Some(_) => {}
                None => self.files.push(new.clone()),
            }
        }
    }
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
    // All of it or what was there before: a note cut short would no longer say what went out.
    let part = path.with_extension("part");
    let mut file = File::create(&part)?;
    file.write_all(serde_json::to_string_pretty(held)?.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, &path)?;
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
    if held.unfinished {
        out::say(&format!(
            "{} the restore of this practice as of {} was cut off: what happened later is still in it\n  {} {UNFINISHED}\n",
            style.warn("warning:"),
            moment(held.as_of),
            style.code("help:"),
        ));
        return;
    }
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
    /// The number (CLM01) of each of its claims, as numbers are compared, and what tells the claim from others
    /// ([`claimflow_runtime::sameness`]).
    pub claims: Vec<(Text, u64)>,
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
            let claims = numbers
                .map(|own| (ClaimId::matching_key(&own.claim.id), claimflow_runtime::sameness(&own.claim)))
                .collect();
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
        let mut held = Held { since: Moment(2), as_of: Moment(1), ..Held::default() };
        let file = |claims| SentFile { file: "a.837".into(), claims, ..SentFile::default() };
        held.add(&[file(1), file(3), file(2)]);
        assert_eq!(held.files, [file(3)]);
        hold(root, &held).unwrap();
        assert_eq!((read(root), out.holds()), (Some(held), true));
        fs::write(marker(root), "{ \"since").unwrap();
        assert_eq!((read(root), out.holds()), (Some(Held::default()), true));
        lift(root).unwrap();
        assert_eq!((read(root), out.holds()), (None, false));
    }
}
