//! `claimflow key status`: what is encrypted, with which keys, and what is not.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use claimflow_store::crypt::{has_keyring, keyring_masters};
use claimflow_store::{JournalStore, SystemDisk};
use clap::Args;
use serde_json::{Value, json};

use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::keys;
use crate::practice::Folder;
use crate::render::out;
use crate::render::style::Style;
use crate::wire::data;

/// Say what of the practice is encrypted, by which key, and what is not
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow key status
  claimflow key status --json")]
pub struct Arguments {}

/// Where the flags of a journal file stand.
const FLAGS: usize = 64;

/// Folders of a practice that hold patients' data as they came or go.
const PLAIN: &[(&str, &str)] = &[
    ("inbox", "files that come in, and those that were taken in (inbox/done)"),
    ("outbox", "claim files for the clearinghouse"),
    ("registers", "coverage, authorizations, visits"),
];

/// What there is to say.
struct Status {
    source: Option<keys::Source>,
    /// Short names of the keys, the newest last; none where nothing is encrypted.
    masters: Vec<String>,
    state: &'static str,
    /// As a word and in words.
    journal: (&'static str, String),
    /// Folders that other users of the machine can look into.
    open: Vec<String>,
}

pub fn run(_arguments: &Arguments, global: &Global) -> Result {
    let root = &global.practice;
    let status = Status::of(root)?;
    if global.json {
        out::json(&status.json())?;
    } else {
        out::print(&status.text(root, Style::stdout()))?;
    }
    Ok(Exit::problems(status.has_problems()))
}

impl Status {
    fn of(root: &Path) -> Result<Self> {
        let place = data(root);
        let source = keys::source(&Folder::read(root)?)?;
        let masters = match has_keyring(&place) {
            true => keyring_masters(&SystemDisk, &place)?.iter().map(ToString::to_string).collect(),
            false => Vec::new(),
        };
        let (state, journal) = (state(&place)?, journal_words(&place)?);
        let folders = std::iter::once("data").chain(PLAIN.iter().map(|(name, _)| *name));
        let is_open = |name: &&str| {
            fs::metadata(root.join(name)).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
        };
        let open = folders.filter(is_open).map(str::to_owned).collect();
        Ok(Self { source, masters, state, journal, open })
    }

    fn has_problems(&self) -> bool {
        let plain = self.state == "plain" || self.journal.0 == "plain";
        !self.open.is_empty() || (!self.masters.is_empty() && plain)
    }

    fn json(&self) -> Value {
        json!({
            "encrypted": !self.masters.is_empty(),
            "key_from": self.source.as_ref().map(keys::Source::words),
            "keys": self.masters,
            "state": self.state,
            "journal": self.journal.0,
            "plain": PLAIN.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            "open_to_others": self.open,
        })
    }

    fn text(&self, root: &Path, style: Style) -> String {
        let mut text = self.headline(style);
        text.push_str(&format!("  state      {}\n  journal    {}\n", self.state, self.journal.1));
        for (name, what) in PLAIN {
            text.push_str(&format!("  {name:<10} plain: {what}\n"));
        }
        if !self.open.is_empty() {
            let all: Vec<String> =
                self.open.iter().map(|name| root.join(name).display().to_string()).collect();
            let warning = style.bad("warning:");
            text.push_str(&format!("{warning} other users can look into: `chmod 700 {}`\n", all.join(" ")));
        }
        text
    }

    fn headline(&self, style: Style) -> String {
        let keys = self.masters.join(" and ");
        match (&self.source, self.masters.as_slice()) {
            (_, []) => format!("{}\n", style.strong("This practice is not encrypted")),
            (Some(source), [key]) => {
                format!("{} by key {key}, from {}\n", style.good("Encrypted"), source.words())
            }
            (Some(source), _) => format!(
                "{} by keys {keys}, from {}: the practice is on its way from the first to the last\n",
                style.good("Encrypted"),
                source.words()
            ),
            (None, _) => {
                format!("{} by key {keys}, and nothing says where it is\n", style.bad("Encrypted"))
            }
        }
    }
}

/// `encrypted`, `plain` or `none`.
fn state(place: &Path) -> Result<&'static str> {
    if let Some(desk) = crate::guest::desk() {
        return Ok(if desk.keyring.is_some() { "encrypted" } else { "plain" });
    }
    Ok(match JournalStore::is_state_encrypted(place)? {
        Some(true) => "encrypted",
        Some(false) => "plain",
        None => "none",
    })
}

/// Whether the journal is encrypted, as a word and in words.
pub(super) fn journal_words(place: &Path) -> Result<(&'static str, String)> {
    let folder = place.join("journal");
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(("none", "none".to_owned())) };
    let (mut plain, mut sealed) = (0_usize, 0_usize);
    for entry in entries {
        let path = entry.map_err(|error| Failure::io("read", &folder, &error))?.path();
        if path.extension().is_none_or(|ending| !ending.to_string_lossy().starts_with("cf")) {
            continue;
        }
        match is_sealed(&path) {
            true => sealed += 1,
            false => plain += 1,
        }
    }
    Ok(match (plain, sealed) {
        (0, 0) => ("none", "none".to_owned()),
        (0, _) => ("encrypted", "encrypted".to_owned()),
        (_, 0) => (
            "plain",
            "plain: it holds all that happened; only the disk's own encryption protects it".to_owned(),
        ),
        _ => {
            ("partly", format!("{sealed} of {} files encrypted; the others are from before", plain + sealed))
        }
    })
}

/// Whether a file of the journal is encrypted: a flag in its head, which files of the first format do not have.
fn is_sealed(path: &Path) -> bool {
    let mut head = [0; FLAGS + 4];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    let number =
        |at: usize| head.get(at..).and_then(|bytes| bytes.first_chunk()).map(|own| u32::from_le_bytes(*own));
    read.is_ok()
        && number(8).is_some_and(|format| format > 1)
        && number(FLAGS).is_some_and(|flags| flags & 1 == 1)
}
