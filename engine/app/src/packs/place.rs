//! A pack takes the place of the one before, whole or not at all.
//!
//! The new pack is written beside, then a note says what is about to happen, then two folders are renamed, then the journal
//! says so, and the note goes. Whoever is cut short leaves a note, and the next start finishes or undoes what it tells.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use claimflow_core::Text;
use claimflow_pack::PackFile;
use claimflow_runtime::record::ContentRecord;
use serde::{Deserialize, Serialize};

use crate::exit::{Failure, Result};

/// Where a practice keeps packs that stood in `payers/` before, below its data folder.
const KEPT: &str = "packs";

/// How the folder begins that a pack is written to first.
const STAGING: &str = ".pack-under-way-";

/// What is being done; written before anything changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The pack's name.
    pub name: String,
    /// The folder below the kept packs that the version before goes to; none when there is none.
    pub kept: Option<String>,
    /// Who does it.
    pub actor: Text,
    /// What the journal is to say.
    pub record: ContentRecord,
}

/// The places of one pack in a practice.
pub struct Places {
    root: PathBuf,
    payers: PathBuf,
    kept: PathBuf,
}

impl Places {
    /// Of a practice.
    pub fn of(practice: &Path) -> Self {
        Self {
            root: practice.to_owned(),
            payers: practice.join("payers"),
            kept: crate::wire::data(practice).join(KEPT),
        }
    }

    /// Where a pack stands.
    pub fn live(&self, name: &str) -> PathBuf {
        self.payers.join(name)
    }

    /// Where an earlier version is kept.
    pub fn kept(&self, folder: &str) -> PathBuf {
        self.kept.join(folder)
    }

    /// Where a new one is written first. It begins with a dot, so that no reader takes it for a pack.
    pub fn staging(&self, name: &str) -> PathBuf {
        self.root.join(format!("{STAGING}{name}"))
    }

    fn note(&self) -> PathBuf {
        self.kept.join("under-way.json")
    }

    /// Writes the new pack beside the old one, through to the disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn stage(&self, name: &str, files: &[PackFile]) -> Result<PathBuf> {
        let staging = self.staging(name);
        remove(&staging)?;
        for file in files {
            let place = staging.join(&file.path);
            let folder = place.parent().unwrap_or(&staging);
            fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
            let written = File::create_new(&place)
                .and_then(|mut to| to.write_all(&file.bytes).and_then(|()| to.sync_all()));
            written.map_err(|error| Failure::io("write", &place, &error))?;
            sync(folder);
        }
        sync(&staging);
        sync(&self.root);
        Ok(staging)
    }

    /// The three steps of the exchange, each on its own for the sake of tests that stop between them.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn begin(&self, note: &Note) -> Result<()> {
        fs::create_dir_all(&self.kept).map_err(|error| Failure::io("make", &self.kept, &error))?;
        let text = serde_json::to_vec(note).map_err(|error| Failure::failed(error.to_string()))?;
        super::files::replace_file(&self.note(), &text)?;
        sync(&self.kept);
        Ok(())
    }

    /// Moves the old pack away.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put_away(&self, note: &Note) -> Result<()> {
        let Some(kept) = note.kept.as_deref().map(|folder| self.kept(folder)) else { return Ok(()) };
        remove(&kept)?;
        self.rename(&self.live(&note.name), &kept)
    }

    /// Moves the new pack into its place.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put_in(&self, note: &Note) -> Result<()> {
        self.rename(&self.staging(&note.name), &self.live(&note.name))
    }

    /// Forgets the note: it is done, and in the journal.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn done(&self) -> Result<()> {
        remove(&self.note())?;
        sync(&self.kept);
        Ok(())
    }

    /// True when an exchange was begun and not ended.
    pub fn is_under_way(&self) -> bool {
        self.note().exists()
    }

    /// Takes away what was staged.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn unstage(&self, name: &str) -> Result<()> {
        remove(&self.staging(name))
    }

    /// After a start: undoes an exchange that was cut short before the new pack stood in its place, and takes away what
    /// it left. Gives the note of one that stands, so that the journal can be told when it was not.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn recover(&self) -> Result<Option<Note>> {
        let text = match fs::read(self.note()) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return self.sweep().map(|()| None),
            Err(error) => return Err(Failure::io("read", &self.note(), &error)),
        };
        let note: Note = serde_json::from_slice(&text).map_err(|error| {
            Failure::failed(format!("`{}` cannot be read: {error}", self.note().display()))
                .help("see that the pack in `payers/` is whole, then remove this file")
        })?;
        let (live, staging) = (self.live(&note.name), self.staging(&note.name));
        if !staging.exists() && live.exists() {
            return Ok(Some(note));
        }
        if let (false, Some(kept)) = (live.exists(), &note.kept) {
            self.rename(&self.kept(kept), &live)?;
        }
        self.sweep()?;
        self.done().map(|()| None)
    }

    fn sweep(&self) -> Result<()> {
        let Ok(entries) = fs::read_dir(&self.root) else { return Ok(()) };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name.to_string_lossy().starts_with(STAGING) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        fs::rename(from, to).map_err(|error| Failure::io("move", from, &error))?;
        sync(&self.root);
        sync(&self.payers);
        sync(&self.kept);
        Ok(())
    }
}

/// Writes a folder's list of names through. Systems that cannot do this do it by themselves.
fn sync(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _through = folder.sync_all();
    }
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::io("remove", path, &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Vec<PackFile> {
        vec![PackFile { path: "pack.yaml".into(), bytes: text.into() }]
    }

    fn note(kept: Option<&str>) -> Note {
        let empty = Text::default;
        let record = ContentRecord {
            action: empty(),
            subject: empty(),
            before: empty(),
            after: empty(),
            reason: empty(),
            generation: empty(),
        };
        Note { name: "a".into(), kept: kept.map(Into::into), actor: empty(), record }
    }

    /// Runs the steps up to a crash, then starts anew; what stands then, and whether the journal is to be told.
    fn after(old: bool, steps: usize) -> (Option<String>, bool) {
        let root = tempfile::tempdir().unwrap();
        let places = Places::of(root.path());
        fs::create_dir_all(&places.payers).unwrap();
        if old {
            fs::create_dir(places.live("a")).unwrap();
            fs::write(places.live("a").join("pack.yaml"), "old").unwrap();
        }
        let note = note(old.then_some("a-1.0.0"));
        places.stage("a", &file("new")).unwrap();
        let all: [&dyn Fn() -> Result<()>; 3] =
            [&|| places.begin(&note), &|| places.put_away(&note), &|| places.put_in(&note)];
        all.iter().take(steps).for_each(|step| step().unwrap());
        let told = places.recover().unwrap().is_some();
        assert!(!places.staging("a").exists(), "nothing is left over");
        if told {
            places.done().unwrap();
        }
        assert_eq!(places.recover().unwrap(), None, "a second start finds nothing to do");
        (fs::read_to_string(places.live("a").join("pack.yaml")).ok(), told)
    }

    #[test]
    fn a_crash_leaves_the_old_or_the_new() {
        for steps in 0..3 {
            assert_eq!(after(true, steps), (Some("old".into()), false), "after step {steps}");
            assert_eq!(after(false, steps), (None, false), "after step {steps}");
        }
        assert_eq!(after(true, 3), (Some("new".into()), true));
        assert_eq!(after(false, 3), (Some("new".into()), true));
    }
}
