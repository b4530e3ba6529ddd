//! `claimflow key rotate`: a new data key from now on, and if wanted another master key.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use claimflow_catalog::KeySource;
use claimflow_store::SystemDisk;
use claimflow_store::crypt::{Keyring, Master, write_keyring};
use clap::Args;
use serde_json::json;

use super::encrypt::{name, named};
use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::keys::{self, FILE_VARIABLE, Source};
use crate::render::out;
use crate::render::style::Style;
use crate::wire::{Desk, data};

/// One at a time, also among those that `serve` does for others.
static ONE: Mutex<()> = Mutex::new(());

/// Encrypt with a new data key from now on; with --to-file or --to-command, give the practice another key to open with
///
/// Works while `claimflow serve` runs. What was written before stays readable. Cut short at any moment, the practice
/// opens with the old key, or with the new one, or with both; run it again then.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow key rotate                              a new data key
  claimflow key new ../next.key
  claimflow key rotate --to-file ../next.key        another key for the practice; then keep the old one for backups
  claimflow key rotate --to-command pass show claimflow-next")]
pub struct Arguments {
    /// A file with the new key
    #[arg(long, value_name = "FILE", conflicts_with = "to_command")]
    to_file: Option<PathBuf>,
    /// A program that says the new key, with its arguments
    #[arg(long, value_name = "PROGRAM", num_args = 1.., allow_hyphen_values = true)]
    to_command: Vec<String>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let desk = global.open()?;
    let Some(keyring) = desk.keyring.clone() else {
        return Err(
            Failure::failed("this practice is not encrypted").help("`claimflow key encrypt` encrypts it")
        );
    };
    let to = named(arguments.to_file.as_ref(), &arguments.to_command)?;
    let done = rotate(&desk, &keyring, to.as_ref())?;
    tell(&done, global)?;
    Ok(Exit::Done)
}

struct Done {
    data_key: u32,
    master: Master,
    /// False while the old master key still opens the keyring too.
    finished: bool,
}

fn rotate(desk: &Desk, keyring: &Keyring, to: Option<&KeySource>) -> Result<Done> {
    let root = &desk.folder.root;
    let place = data(root);
    let current = keys::source(&desk.folder.read_again()?)?;
    let current = current.ok_or_else(|| Failure::failed("nothing says where the practice's key is"))?;
    let old = current.read(root)?;
    // What is on the disk counts: it opens with the key that is named, or nothing is changed.
    let secrets = keys::open(&place, &old)?.secrets.with_new_key()?;
    let data_key = secrets.newest().0.0;
    let Some(to) = to else {
        write_keyring(&SystemDisk, &place, &secrets, &[&old])?;
        keyring.renew(secrets)?;
        return Ok(Done { data_key, master: old, finished: true });
    };
    let new = Source::Settings(to.clone()).read(root)?;
    if new == old {
        return Err(
            Failure::usage("the new key is the one that the practice has").help("`claimflow key new FILE`")
        );
    }
    // Both keys open it until the settings name the new one.
    write_keyring(&SystemDisk, &place, &secrets, &[&old, &new])?;
    keyring.renew(secrets.clone())?;
    let finished = matches!(current, Source::Settings(_));
    if finished {
        name(&desk.folder, root, to)?;
        write_keyring(&SystemDisk, &place, &secrets, &[&new])?;
    }
    Ok(Done { data_key, master: new, finished })
}

fn tell(done: &Done, global: &Global) -> Result<()> {
    let print = done.master.print().to_string();
    if global.json {
        return out::json(&json!({ "data_key": done.data_key, "key": print, "finished": done.finished }));
    }
    let style = Style::stdout();
    let mut text = format!("{} from now on\n", style.good(&format!("Data key {} encrypts", done.data_key)));
    if done.finished {
        text.push_str(&format!("  The keyring opens with key {print}, and with no other.\n"));
        text.push_str("  Backups from before open with the key they were made under: keep it as long as you keep them.\n");
    } else {
        text.push_str(&format!(
            "  The keyring opens with key {print}, and with the one before until the practice is opened with the new\n  \
             one: set {FILE_VARIABLE} to the new key and start again.\n"
        ));
    }
    out::print(&text)
}
