//! `claimflow outbox status`: claims that wait to go out, and which of them have gone out already.

use claimflow_core::{Moment, Text};
use claimflow_runtime::ToGo;
use clap::Args;
use serde::Serialize;

use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::held::{self, ASIDE, Held, UNFINISHED};
use crate::render::out;
use crate::render::style::Style;
use crate::render::words::{count, moment};
use crate::wire::Desk;

/// Show the claims that wait to go out, and whether sending is held
///
/// After `claimflow restore --at` sending is held: the practice does not know what went out after that moment. Claims that
/// wait are compared with the files that are known to have gone out since, in outbox-after-restore/.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow outbox status
  claimflow outbox status --json")]
pub struct Arguments {}

/// A claim that waits.
#[derive(Debug, Serialize)]
pub struct Waits {
    id: Text,
    sent_as: Text,
    payer: Text,
    /// The file that it went out with already.
    in_file: Option<Text>,
}

/// What waits, and what went out.
#[derive(Debug, Serialize)]
pub struct Answer {
    held: Option<Since>,
    /// Claims that wait.
    pub waiting: Vec<Waits>,
    /// Files that went out, each with how many of its claims wait.
    pub files: Vec<Went>,
}

#[derive(Debug, Serialize)]
struct Since {
    since: Moment,
    as_of: Moment,
    /// True where files may have gone out after the backup was made.
    beyond: bool,
    /// True where the restore was cut off.
    unfinished: bool,
}

/// A file that went out after the moment.
#[derive(Debug, Serialize)]
pub struct Went {
    pub file: Text,
    claims: u64,
    /// Its claims that wait here to go out again; none where the file is not here.
    waiting: Option<usize>,
    /// Its claims that this practice does not know to have gone out.
    pub unknown: u64,
    /// False where the file had been taken away before the backup was made, and only the journal said that it went out.
    pub here: bool,
}

pub fn run(_arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open_anyhow()?;
    let held = held::read(&desk.folder.root);
    let answer = Answer::of(&desk, held.as_ref())?;
    desk.close()?;
    if global.json {
        out::json(&answer)?;
    } else {
        out::print(&shown(&answer, Style::stdout()))?;
    }
    Ok(Exit::Done)
}

impl Answer {
    /// Of a practice.
    ///
    /// # Errors
    /// When the state, or a file that went out, cannot be read.
    pub fn of(desk: &Desk, held: Option<&Held>) -> Result<Self> {
        let root = &desk.folder.root;
        let gone = held::gone(root).map_err(|error| Failure::io("read", &root.join(ASIDE), &error))?;
        let waits = |own: ToGo| {
            let key = own.sent_as.matching_key();
            let is_own = |claim: &(Text, u64)| claim.0 == key && own.is(claim.1);
            let file = gone.iter().find(|file| file.claims.iter().any(is_own));
            Waits {
                id: own.id,
                sent_as: Text::from(own.sent_as.as_str()),
                payer: own.payer,
                in_file: file.map(|file| file.file.clone()),
            }
        };
        let waiting: Vec<Waits> = desk.engine.to_go()?.into_iter().map(waits).collect();
        let mut files = Vec::with_capacity(gone.len());
        for own in &gone {
            let told = desk.engine.known_to_be_gone(&own.file)?;
            let is_told = |own: &&(Text, u64)| told.iter().any(|number| number.matching_key() == own.0);
            files.push(Went {
                file: own.file.clone(),
                claims: own.claims.len() as u64,
                waiting: Some(
                    waiting.iter().filter(|waits| waits.in_file.as_ref() == Some(&own.file)).count(),
                ),
                unknown: (own.claims.len() - own.claims.iter().filter(is_told).count()) as u64,
                here: true,
            });
        }
        for own in held.iter().flat_map(|held| &held.files) {
            if gone.iter().all(|here| here.file != own.file) {
                let told = desk.engine.known_to_be_gone(&own.file)?.len() as u64;
                let (file, claims, unknown) = (own.file.clone(), own.claims, own.claims.saturating_sub(told));
                files.push(Went { file, claims, waiting: None, unknown, here: false });
            }
        }
        let held = held.map(|own| Since {
            since: own.since,
            as_of: own.as_of,
            beyond: own.beyond,
            unfinished: own.unfinished,
        });
        Ok(Self { held, waiting, files })
    }

    /// Claims that went out after the moment, and that this practice does not know to have gone out.
    pub fn unknown(&self) -> u64 {
        self.files.iter().map(|own| own.unknown).sum()
    }
}

fn shown(answer: &Answer, style: Style) -> String {
    let waiting = count(answer.waiting.len() as u64, "claim waits", "claims wait");
    let Some(held) = &answer.held else {
        return format!("Sending is not held; {waiting} for the next file to their payers.\n");
    };
    if held.unfinished {
        return format!(
            "{}  the restore as of {} was cut off: what happened later is still in this practice\n\nNext: {UNFINISHED}\n",
            style.bad("Sending is held"),
            moment(held.as_of),
        );
    }
    let mut text = format!(
        "{}  restored {}, as of {}\n  {waiting} to go out\n",
        style.warn("Sending is held"),
        moment(held.since),
        moment(held.as_of),
    );
    if answer.unknown() > 0 {
        let unknown = count(answer.unknown(), "claim went out", "claims went out");
        text.push_str(&format!(
            "  {} after that moment, and this practice does not know it:\n",
            style.bad(&unknown)
        ));
    }
    for file in answer.files.iter().filter(|file| file.unknown > 0) {
        let unknown = count(file.unknown, "claim", "claims");
        let place = match file.waiting {
            Some(waiting) => format!("{waiting} of which wait here"),
            None => "not here; ask the clearinghouse".to_owned(),
        };
        text.push_str(&format!("    {}  {unknown}, {place}\n", file.file));
    }
    if held.beyond {
        text.push_str(&format!(
            "  What went out after the backup was made is not known here: files of the old outbox are for {}\n",
            style.code("claimflow outbox sent FILE...")
        ));
    }
    if answer.unknown() == 0 {
        text.push_str(&format!("\nNext: {}\n", style.code("claimflow outbox release --reason TEXT")));
        return text;
    }
    text.push_str(&format!(
        "\n1. Take in again what has come in since that moment, and do again what was done to claims.\n\
         2. For the files that reached the clearinghouse: {}\n3. {}\n",
        style.code(&format!("claimflow outbox sent {ASIDE}/FILE...")),
        style.code("claimflow outbox release --reason TEXT"),
    ));
    text
}
