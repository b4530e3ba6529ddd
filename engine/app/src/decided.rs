//! What a practice decides about rules that it did not write stands twice: in `rules.yaml`, which decides, and in the
//! journal, which remembers who decided what and why. This keeps the two together.
//!
//! A command writes the file first and the journal then. Whatever the file says and the journal does not, after a crash
//! between the two or after somebody edited the file, is written to the journal the next time that the practice is opened
//! or takes on changed files.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use claimflow_catalog::{SWITCHES_PATH, SwitchEntry, SwitchKind, switch_entries};
use claimflow_core::Text;
use claimflow_runtime::record::ContentRecord;
use claimflow_runtime::{ContentChange, Engine};

use crate::exit::{Failure, Result};
use crate::wire::Desk;

/// Somebody changed an entry of `rules.yaml` in an editor.
pub const EDITED: &str = "rules.yaml edited";
/// The decision before the last one stands again.
pub const UNDONE: &str = "decision undone";
/// What else is decided in `rules.yaml`.
pub const ACTIONS: &[&str] =
    &["rule promoted", "rule demoted", "rule enforced", "rule disabled", "pack promoted", "pack demoted"];

/// Held from reading `rules.yaml` until what was made of it is in the journal: of two commands that one process answers,
/// each must see what the other decided, and who looks for edits must not take a command's for one.
static DECIDING: Mutex<()> = Mutex::new(());

/// Waits for its turn to change `rules.yaml`.
pub fn turn() -> MutexGuard<'static, ()> {
    DECIDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// True for changes of entries in `rules.yaml`.
pub fn is_decision(change: &ContentChange) -> bool {
    let action = change.record.action.as_str();
    action == EDITED || action == UNDONE || ACTIONS.contains(&action)
}

/// How the journal names a rule, or a pack: `AET-TELE-95`, `pack aetna-extra`.
pub fn subject(kind: SwitchKind, name: &str) -> Text {
    match kind {
        SwitchKind::Rule => Text::from(name),
        SwitchKind::Pack => Text::from(format!("pack {name}")),
    }
}

/// What the journal's name of a rule or pack stands for.
pub fn named(subject: &str) -> (SwitchKind, &str) {
    subject.strip_prefix("pack ").map_or((SwitchKind::Rule, subject), |name| (SwitchKind::Pack, name))
}

/// Writes to the journal what `rules.yaml` says and the journal does not, when the file is the one that is at work.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn note_edits(desk: &Desk) -> Result<()> {
    let _turn = turn();
    let at_work = desk.folder.text(SWITCHES_PATH).unwrap_or_default();
    // Who finds another file takes it on later, and notes it then.
    match read(&desk.folder.root) {
        Ok(text) if text == at_work => note(&desk.engine, &text, desk.practice.generation().hash()),
        _ => Ok(()),
    }
}

/// The same for a text of the file, for whoever has the [`turn`].
///
/// # Errors
/// When the journal cannot be read or written.
pub fn note(engine: &Engine, text: &str, generation: &str) -> Result<()> {
    let Some(entries) = switch_entries(text) else { return Ok(()) };
    for record in edits(&entries, &engine.content_changes()?, generation) {
        match engine.note_content("by hand", record) {
            // Looking at claims needs no room; it is noted the next time.
            Err(error) if error.is_full() => {
                tracing::warn!(%error, "an edit of rules.yaml is not in the journal yet");
                return Ok(());
            }
            noted => drop(noted?),
        }
    }
    Ok(())
}

fn edits(
    entries: &[(SwitchKind, Text, SwitchEntry)],
    changes: &[ContentChange],
    generation: &str,
) -> Vec<ContentRecord> {
    let mut known: Vec<(Text, Text)> = Vec::new();
    for change in changes.iter().filter(|change| is_decision(change)) {
        let ContentRecord { subject, after, .. } = &change.record;
        known.retain(|(own, _)| own != subject);
        known.push((subject.clone(), after.clone()));
    }
    known.retain(|(_, after)| !after.is_empty());
    let record = |subject: &Text, before: Text, after: Text, reason: Text| ContentRecord {
        action: Text::const_new(EDITED),
        subject: subject.clone(),
        before,
        after,
        reason,
        generation: Text::from(generation),
    };
    let mut found = Vec::new();
    for (kind, name, entry) in entries {
        let (subject, after) = (subject(*kind, name), Text::from(entry.to_string()));
        let place = known.iter().position(|(own, _)| *own == subject);
        let before = place.map(|place| known.swap_remove(place).1).unwrap_or_default();
        if before != after {
            found.push(record(&subject, before, after, entry.reason.clone()));
        }
    }
    known.sort();
    found.extend(
        known.into_iter().map(|(subject, before)| record(&subject, before, Text::default(), Text::default())),
    );
    found
}

/// The text of `rules.yaml` as it is on the disk; empty when there is none.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read(root: &Path) -> Result<String> {
    let path = root.join(SWITCHES_PATH);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failure::io("read", &path, &error)),
    }
}

/// Puts another text in the place of `rules.yaml`: whoever reads it, whatever happens, finds the old text or the new one.
/// A link stays a link.
///
/// # Errors
/// When the disk refuses, or the text there is no longer `before`.
pub fn write(root: &Path, before: &str, text: &str) -> Result<()> {
    if read(root)? != before {
        return Err(Failure::failed(format!(
            "`{SWITCHES_PATH}` was changed by somebody else meanwhile, so nothing was done"
        ))
        .help("look at what they wrote, and ask again"));
    }
    let path = root.join(SWITCHES_PATH);
    let written = || {
        let path = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let beside = path.with_extension("yaml.new");
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        if let Ok(meta) = fs::metadata(&path) {
            file.set_permissions(meta.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(path.parent().unwrap_or(root))?.sync_all()
    };
    written().map_err(|error| Failure::io("write", &path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_core::Moment;

    fn change(action: &'static str, subject: &str, after: &str) -> ContentChange {
        let record = ContentRecord {
            action: action.into(),
            subject: subject.into(),
            before: Text::default(),
            after: after.into(),
            reason: Text::default(),
            generation: Text::default(),
        };
        ContentChange { at: Moment::default(), actor: "maria".into(), record }
    }

    #[test]
    fn only_what_the_journal_does_not_know_is_an_edit() {
        let text = "rules:\n  A: { mode: live, reason: \"a\" }\n  B: { mode: off, reason: b } # by hand\npacks:\n  p: { mode: shadow, reason: p }\n";
        let entries = switch_entries(text).unwrap();
        let known = [
            change("rule promoted", "A", "{ mode: live, reason: \"a\" }"),
            change("pack promoted", "pack p", "{ mode: live, reason: \"p\" }"),
            change("rule disabled", "C", "{ mode: off, reason: \"c\" }"),
            change("rule disabled", "D", "{ mode: off, reason: \"d\" }"),
            change(UNDONE, "D", ""),
            change("pack installed", "pack q", "1.0.0"),
        ];
        let found = edits(&entries, &known, "hash");
        let short: Vec<_> =
            found.iter().map(|own| (own.subject.as_str(), own.before.as_str(), own.after.as_str())).collect();
        assert_eq!(
            short,
            [
                ("B", "", "{ mode: off, reason: \"b\" }"),
                ("pack p", "{ mode: live, reason: \"p\" }", "{ mode: shadow, reason: \"p\" }"),
                ("C", "{ mode: off, reason: \"c\" }", ""),
            ]
        );
    }

    #[test]
    fn a_file_that_others_changed_is_left_to_them() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "", "rules: {}\n").unwrap();
        assert!(write(folder.path(), "", "packs: {}\n").unwrap_err().message.contains("somebody else"));
        write(folder.path(), "rules: {}\n", "packs: {}\n").unwrap();
        assert_eq!(read(folder.path()).unwrap(), "packs: {}\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
