//! `claimflow restore`: a practice out of a backup.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use claimflow_core::{Moment, Text};
use claimflow_runtime::{Clock, SystemClock};
use claimflow_store::backup::{Repository, Run};
use claimflow_store::crypt::{Keyring, Master, has_keyring, open_keyring};
use claimflow_store::{Journal, JournalStore, Options, SystemDisk};
use clap::Args;
use serde_json::json;

use super::backup::moment_of;
use super::{Global, parse_moment};
use crate::backup::{After, cut_after, key, open};
use crate::exit::{Exit, Failure, Result};
use crate::held::{self, ASIDE, Held};
use crate::keys;
use crate::practice::{Folder, make_folders, make_private};
use crate::render::out;
use crate::render::progress::Work;
use crate::render::style::Style;
use crate::render::words::{count, moment};
use crate::wire::data;

/// Put a practice back from a backup, into a new folder
///
/// Every piece is checked, then the journal's whole chain, and the state is made anew from it. With `--at` what happened
/// after that moment is left out, and nothing goes out to payers until `claimflow outbox release`. Nothing of the practice
/// that is at work is touched: stop it before the restored one takes its place, so that no claim is sent by both.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow restore /mnt/backup/practice practice-restored
  claimflow restore /mnt/backup/practice practice-restored --run 12
  claimflow restore /mnt/backup/practice practice-restored --at 2026-11-23T17:00:00Z
  claimflow restore /mnt/backup/practice practice-restored --key-file ../practice.key")]
pub struct Arguments {
    /// The folder of the backup
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    /// Where the practice goes: a new or empty folder
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Which run; the last one without it
    #[arg(long, value_name = "N", conflicts_with = "at")]
    run: Option<u32>,
    /// As it was at a moment or before a date, as 2026-11-23T17:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Moment>,
    /// Have it send nothing until `claimflow outbox release`, as with `--at`
    #[arg(long)]
    hold: bool,
    /// The file with the key of the backup
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// What was put back.
struct Restored {
    run: Run,
    records: u64,
    after: After,
    /// True when the moment asked for is later than the last run.
    short: bool,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let named = arguments.key_file.as_deref();
    let repository = open(&arguments.backup, named, None)?;
    let restored = restore(&repository, arguments)?;
    if global.json {
        out::json(&json!({
            "run": restored.run.number,
            "at": restored.run.at,
            "folder": arguments.folder.display().to_string(),
            "records": restored.records,
            "left_out": {
                "records": restored.after.records,
                "sent": names(&restored.after),
                "not_here": missing(&restored.after, &arguments.folder),
            },
            "sending_held": held::read(&arguments.folder).is_some(),
        }))?;
    } else {
        out::print(&told(&restored, arguments))?;
    }
    Ok(Exit::Done)
}

fn restore(repository: &Repository, arguments: &Arguments) -> Result<Restored> {
    let (run, short) = chosen(repository, arguments)?;
    let (into, total) = (&arguments.folder, run.bytes());
    let work = Work::of("restoring", total);
    let holds = |part: &Path| if is_held(arguments) { hold(part, &run, arguments) } else { Ok(()) };
    repository.restore(&run, into, Path::new("data"), &|bytes| work.tell("restoring", bytes), &holds)?;
    drop(work);
    // Folders that held nothing are not in a backup.
    make_folders(into)?;
    if into.join(ASIDE).exists() {
        make_private(&into.join(ASIDE))?;
    }
    let work = Work::begin("checking the journal");
    let keyring = keyring(into, arguments)?;
    let report = Journal::verify_folder_on(&data(into), &SystemDisk, keyring.clone())?;
    if report.head != run.journal.link {
        return Err(Failure::failed(format!(
            "the restored journal does not end where run {} says that it did",
            run.number
        ))
        .help("`claimflow backup FOLDER --check` tells which runs are whole"));
    }
    let after = match arguments.at {
        Some(moment) => cut_after(into, moment, keyring.clone())?,
        None => After::default(),
    };
    drop(work);
    if let Some(dropped) = after.dropped {
        // Made by this command just now, and of no use.
        std::fs::remove_dir_all(into).map_err(|error| Failure::io("remove", into, &error))?;
        return Err(no_longer_there(repository, &run, arguments, dropped)?);
    }
    let work = Work::begin("making the state anew");
    let store =
        JournalStore::open_for_rebuild_with(&data(into), Options::default(), || Ok::<_, Failure>(keyring))?;
    let records = claimflow_runtime::catch_up(&store)?;
    claimflow_runtime::store::Store::flush(&store)?;
    drop((work, store));
    keys::remove_aside(&data(into))?;
    Ok(Restored { run, records, after, short })
}

const fn is_held(arguments: &Arguments) -> bool {
    arguments.hold || arguments.at.is_some()
}

/// Has the restored practice send nothing until somebody has looked. What is known to have gone out, where the run was made
/// of a practice that was held itself, stays known.
fn hold(root: &Path, run: &Run, arguments: &Arguments) -> std::io::Result<()> {
    let since = SystemClock.now();
    let made = moment_of(run).unwrap_or(since);
    let as_of = arguments.at.map_or(made, |moment| moment.min(made));
    let files = held::read(root).map(|before| before.files).unwrap_or_default();
    let beyond = arguments.at.is_none_or(|moment| moment > made);
    held::hold(root, &Held { since, as_of, files, beyond, unfinished: arguments.at.is_some() })
}

fn names(after: &After) -> Vec<&Text> {
    after.sent.iter().map(|own| &own.file).collect()
}

/// Files that went out and that the backup does not hold, since the clearinghouse's program had taken them away.
fn missing<'a>(after: &'a After, root: &Path) -> Vec<&'a Text> {
    let aside = root.join(ASIDE);
    names(after).into_iter().filter(|file| !aside.join(file.as_str()).exists()).collect()
}

/// Claims that were there at the moment were dropped before the run was made: an earlier one has them.
fn no_longer_there(
    repository: &Repository,
    run: &Run,
    arguments: &Arguments,
    dropped: Moment,
) -> Result<Failure> {
    let message = format!(
        "run {} no longer has all that was there at that moment: claims whose time was over were dropped on {}",
        run.number,
        moment(dropped)
    );
    let earlier = repository.numbers()?.into_iter().rfind(|number| *number < run.number);
    let help = match earlier {
        Some(number) => format!(
            "run {number}, made at {}, still has them: `claimflow restore {} {} --run {number}` puts the practice back as it \
             was then",
            repository.run(number)?.at,
            arguments.backup.display(),
            arguments.folder.display()
        ),
        None => "no earlier run of this backup has them; where there is an older backup, restore from that"
            .to_owned(),
    };
    Ok(Failure::failed(message).help(help))
}

/// The run to restore; for a moment the first one that was made after it, and whether there is none.
fn chosen(repository: &Repository, arguments: &Arguments) -> Result<(Run, bool)> {
    let numbers = repository.numbers()?;
    let Some(last) = numbers.last() else {
        return Err(Failure::failed(format!(
            "the backup in `{}` has no run yet",
            arguments.backup.display()
        )));
    };
    let Some(moment) = arguments.at else {
        return Ok((repository.run(arguments.run.unwrap_or(*last))?, false));
    };
    for number in &numbers {
        let run = repository.run(*number)?;
        if moment_of(&run).is_some_and(|made| made >= moment) {
            return Ok((run, false));
        }
    }
    Ok((repository.run(*last)?, true))
}

/// The keyring of the restored practice: with the key that it names itself, else with the one that opened the backup.
fn keyring(root: &Path, arguments: &Arguments) -> Result<Option<Arc<Keyring>>> {
    let place = data(root);
    if !has_keyring(&place) {
        return Ok(None);
    }
    let own = |master: &Master| open_keyring(&SystemDisk, &place, master).ok();
    let by_itself = keys::source(&Folder::read(root)?)?.and_then(|source| source.read(root).ok());
    let by_backup = key(arguments.key_file.as_deref(), None)?;
    let opened = by_itself.as_ref().and_then(own).or_else(|| by_backup.as_ref().and_then(own));
    let opened = opened.ok_or_else(|| {
        Failure::failed("the files are restored, but the practice is encrypted and its key was not found")
            .help(help_without_key(root, arguments))
    })?;
    Ok(Some(Arc::new(Keyring::new(opened.secrets)?)))
}

fn help_without_key(root: &Path, arguments: &Arguments) -> String {
    let (variable, folder) = (keys::FILE_VARIABLE, root.display());
    if arguments.at.is_some() {
        // Nothing was cut yet: made usable as it is, it would be the practice of another moment.
        return format!("delete `{folder}`, set {variable} to the file with its key and restore it again");
    }
    format!("set {variable} to the file with its key and run `claimflow --practice {folder} state rebuild`")
}

fn told(restored: &Restored, arguments: &Arguments) -> String {
    let style = Style::stdout();
    let folder = arguments.folder.display();
    let records = count(restored.records, "record", "records");
    let mut text = format!(
        "{}  run {} of {} into {folder}\n  {records}, chain whole, state made anew\n",
        style.good("Restored"),
        restored.run.number,
        restored.run.at,
    );
    if restored.short {
        text.push_str(&format!(
            "  {} the last run was made before that moment: nothing later is in the backup\n",
            style.warn("note:")
        ));
    }
    let after = &restored.after;
    if after.records > 0 {
        let left = count(after.records, "record", "records");
        text.push_str(&format!("  {left} of what happened later are left out\n"));
    }
    if held::read(&arguments.folder).is_some() {
        text.push_str(&format!(
            "  {}: nothing goes out to payers until `claimflow outbox release`\n",
            style.warn("sending is held")
        ));
    }
    if !after.sent.is_empty() {
        text.push_str(&format!(
            "  {} went out after that moment, and this practice does not know of them:\n",
            style.bad(&count(after.sent.len() as u64, "file", "files"))
        ));
        let missing = missing(after, &arguments.folder);
        for file in names(after) {
            let place = if missing.contains(&file) { "not here" } else { ASIDE };
            text.push_str(&format!("    {file}  {place}\n"));
        }
        text.push_str("  `claimflow outbox sent` says which of them reached the clearinghouse.");
        if !missing.is_empty() {
            text.push_str(" Ask it for those that are not here.");
        }
        text.push('\n');
    }
    text.push_str(&format!("  next: {}\n", style.code(&format!("claimflow --practice {folder} claims"))));
    text
}
