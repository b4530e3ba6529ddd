//! `claimflow pack rollback`: the version before stands again.

use claimflow_runtime::record::ContentRecord;
use clap::Args;
use serde_json::json;

use super::install::standing;
use crate::cli::Global;
use crate::cli::known::unknown;
use crate::exit::{Exit, Failure, Result};
use crate::packs::{Places, Standing, Trial, exchange, read_folder};
use crate::practice::Folder;
use crate::render::out;

/// Go back to the version of a pack that stood before
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow pack rollback acme-extra --reason \"holds too many claims\"")]
pub struct Arguments {
    /// The pack
    #[arg(value_name = "NAME")]
    name: String,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let name = arguments.name.as_str();
    if arguments.reason.trim().is_empty() {
        return Err(Failure::usage("going back needs a reason").help("add `--reason TEXT`"));
    }
    let desk = global.open()?;
    let root = desk.folder.root.clone();
    let places = Places::of(&root);
    let now = standing(&desk, name)?.ok_or_else(|| {
        let packs = desk.practice.generation().packs().iter().map(|own| own.name.as_str());
        unknown("pack", name, packs, "`claimflow pack list` shows them")
    })?;
    let earlier = earlier(&desk, name)?;
    let kept = places.kept(&format!("{name}-{}", earlier.version));
    let files = read_folder(&kept)?;
    let staged = places.stage(name, &files)?;
    let tried = Folder::read(&root).and_then(|folder| Trial::run(&desk.practice, &folder, name, &staged));
    let trial = match tried {
        Ok(trial) => trial,
        Err(failure) => {
            places.unstage(name)?;
            return Err(failure);
        }
    };
    let record = ContentRecord {
        action: "pack rolled back".into(),
        subject: name.into(),
        before: now.text().into(),
        after: earlier.text().into(),
        reason: arguments.reason.trim().into(),
        generation: trial.practice.generation().hash().to_string().into(),
    };
    exchange(&desk.engine, &root, name, record)?;
    if global.json {
        let answer = json!({ "pack": name, "version": earlier.version, "before": now.version, "changes": trial.changes });
        out::json(&answer)?;
    } else {
        out::print(&format!("{name} {} stands again, in place of {}\n", earlier.version, now.version))?;
    }
    Ok(Exit::Done)
}

/// What stood before the last change, as the journal tells.
fn earlier(desk: &crate::wire::Desk, name: &str) -> Result<Standing> {
    let changes = desk.engine.content_changes()?;
    let last =
        changes.iter().rev().find(|own| own.record.subject == name && own.record.action.starts_with("pack "));
    last.and_then(|own| Standing::parse(&own.record.before)).ok_or_else(|| {
        Failure::failed(format!("no version of `{name}` stood here before this one"))
            .help("to do without the pack, write `mode: off` or `shadow` for its rules into `rules.yaml`")
    })
}
