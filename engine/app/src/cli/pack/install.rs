//! `claimflow pack install`: verified, tried on the whole practice, then put in place at once.

use std::path::PathBuf;

use claimflow_pack::{Limits, Opened, PackError, open};
use claimflow_runtime::record::ContentRecord;
use clap::Args;
use semver::Version;
use serde_json::json;

use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::packs::{Places, Standing, Trial, claimflow, exchange, keyring, read_archive, read_folder};
use crate::practice::Folder;
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang};
use crate::wire::Desk;

/// Install a pack, or a new version of one: verified, checked with all rules and cases, then put in place at once
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow pack install acme-extra-1.1.0.cfpack --reason \"new telehealth rules\"
  claimflow pack install own-0.1.0.cfpack --allow-unsigned --reason \"our own draft\"")]
pub struct Arguments {
    /// The pack
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Take a pack that nobody signed; a wrong signature or a revoked key is refused all the same
    #[arg(long, requires = "reason")]
    allow_unsigned: bool,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Take an older version than the one that is installed
    #[arg(long)]
    downgrade: bool,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    if arguments.allow_unsigned && arguments.reason.trim().is_empty() {
        return Err(Failure::usage("an unsigned pack needs a reason").help("add `--reason TEXT`"));
    }
    let bytes = read_archive(&crate::guest::path(&arguments.file))?;
    let desk = global.open()?;
    let root = desk.folder.root.clone();
    let pack = opened(&bytes, &root, arguments.allow_unsigned)?;
    let name = pack.manifest.name.clone();
    let places = Places::of(&root);
    let before = standing(&desk, &name)?;
    if !is_newer(&pack, before.as_ref(), &places, arguments.downgrade)? {
        return nothing_done(&pack, global);
    }
    needs(&pack, &desk)?;
    let staged = places.stage(&name, &pack.files)?;
    let tried = Folder::read(&root)
        .and_then(|folder| Trial::run(&desk.practice, &folder, &name, &staged))
        .and_then(|trial| says_the_same(&pack, &trial).map(|()| trial));
    let trial = match tried {
        Ok(trial) => trial,
        Err(failure) => {
            places.unstage(&name)?;
            return Err(failure);
        }
    };
    let after = Standing {
        version: pack.manifest.version.to_string(),
        hash: pack.hash.clone(),
        key: pack.signed_by.clone().unwrap_or_else(|| "unsigned".to_owned()),
    };
    let record = ContentRecord {
        action: "pack installed".into(),
        subject: name.as_str().into(),
        before: before.as_ref().map(Standing::text).unwrap_or_default().into(),
        after: after.text().into(),
        reason: arguments.reason.trim().into(),
        generation: trial.practice.generation().hash().to_string().into(),
    };
    exchange(&desk.engine, &root, &name, record)?;
    tell(&name, before.as_ref(), &after, &trial, global)?;
    Ok(Exit::Done)
}

fn nothing_done(pack: &Opened, global: &Global) -> Result {
    let (name, version) = (&pack.manifest.name, pack.manifest.version.to_string());
    if global.json {
        out::json(&json!({ "pack": name, "version": version, "before": version, "hash": pack.hash }))?;
    } else {
        out::print(&format!("{name} {version} is installed already: nothing done\n"))?;
    }
    Ok(Exit::Done)
}

fn opened(bytes: &[u8], root: &std::path::Path, allow_unsigned: bool) -> Result<Opened> {
    let (keys, limits) = (keyring(root)?, Limits::default());
    match open(bytes, Some(&keys), &claimflow(), &limits) {
        Err(PackError::Unsigned) if allow_unsigned => Ok(open(bytes, None, &claimflow(), &limits)?),
        other => Ok(other?),
    }
}

/// What stands there now: the version from its `pack.yaml`, the rest from the journal when it tells of this version.
pub(super) fn standing(desk: &Desk, name: &str) -> Result<Option<Standing>> {
    let packs = desk.practice.generation().packs();
    let Some(info) = packs.iter().find(|info| info.name == name) else { return Ok(None) };
    let changes = desk.engine.content_changes()?;
    let told =
        changes.iter().rev().find(|own| own.record.subject == name && own.record.action.starts_with("pack "));
    let told =
        told.and_then(|own| Standing::parse(&own.record.after)).filter(|own| own.version == info.version);
    let unknown =
        || Standing { version: info.version.to_string(), hash: "unknown".into(), key: "unknown".into() };
    Ok(Some(told.unwrap_or_else(unknown)))
}

/// False when exactly this is there. An older version needs to be asked for; another content of the same version is not
/// taken at all: a version says one thing.
fn is_newer(pack: &Opened, before: Option<&Standing>, places: &Places, downgrade: bool) -> Result<bool> {
    let Some(before) = before else { return Ok(true) };
    let (name, version) = (&pack.manifest.name, &pack.manifest.version);
    let Ok(there) = Version::parse(&before.version) else { return Ok(true) };
    // A practice without packs of its own runs on those that ship, whose files are not in its folder.
    let live = places.live(name);
    if *version == there {
        if live.is_dir() && read_folder(&live)? == pack.files {
            return Ok(false);
        }
        let message = format!("`{name}` {version} is installed with other content");
        return Err(Failure::failed(message).help(
            "if nobody here changed the pack, ask the vendor why; a changed pack needs a new version",
        ));
    }
    if *version < there && !downgrade {
        return Err(Failure::failed(format!("`{name}` {there} is installed, and {version} is older"))
            .help("add `--downgrade` to take it all the same"));
    }
    Ok(true)
}

fn needs(pack: &Opened, desk: &Desk) -> Result<()> {
    let packs = desk.practice.generation().packs();
    for (name, wanted) in &pack.manifest.requires.packs {
        let found = packs.iter().find(|info| info.name == name.as_str());
        let Some(found) = found else {
            let message = format!("`{}` needs the pack `{name}`, which is not installed", pack.manifest.name);
            return Err(Failure::failed(message).help(format!("install `{name}` first")));
        };
        if !Version::parse(&found.version).is_ok_and(|own| wanted.matches(&own)) {
            let own = &pack.manifest.name;
            let message = format!("`{own}` needs `{name}` {wanted}, and {} is installed", found.version);
            return Err(Failure::failed(message).help(format!("install another version of `{name}` first")));
        }
    }
    Ok(())
}

/// The archive and the `pack.yaml` in it are about the same pack.
fn says_the_same(pack: &Opened, trial: &Trial) -> Result<()> {
    let manifest = &pack.manifest;
    let packs = trial.practice.generation().packs();
    let same = packs.iter().any(|info| {
        info.name == manifest.name.as_str()
            && info.version == manifest.version.to_string().as_str()
            && info.layer.as_str() == manifest.layer
    });
    if same {
        return Ok(());
    }
    let message =
        format!("the manifest of `{}` and its `pack.yaml` name another version or layer", manifest.name);
    Err(Failure::failed(message).help("ask the vendor to build it anew with `claimflow pack build`"))
}

fn tell(
    name: &str,
    before: Option<&Standing>,
    after: &Standing,
    trial: &Trial,
    global: &Global,
) -> Result<()> {
    let changes = &trial.changes;
    let generation = trial.practice.generation().hash();
    if global.json {
        return out::json(&json!({
            "pack": name, "version": after.version, "before": before.map(|own| &own.version), "hash": after.hash,
            "key": after.key, "cases": trial.cases, "changes": changes, "generation": generation.to_string(),
        }));
    }
    let mut text = format!(
        "{}  {}\n",
        Style::stdout().good(&format!("{name} {} is installed", after.version)),
        before.map(|own| format!("in place of {}", own.version)).unwrap_or_default()
    );
    text.push_str(&format!(
        "  checked with all rules; {}\n",
        count(trial.cases as u64, "case holds", "cases hold")
    ));
    for (what, ids) in
        [("new rules", &changes.added), ("rules gone", &changes.removed), ("rules changed", &changes.changed)]
    {
        if !ids.is_empty() {
            text.push_str(&hang(&format!("  {what}: "), &ids.join(", "), page_width()));
        }
    }
    for (what, pairs) in [
        ("still switched off or replaced here", &changes.still_overridden),
        ("switched off or replaced here, and gone from the pack", &changes.overrides_without_rule),
    ] {
        let shown: Vec<String> = pairs.iter().map(|(rule, by)| format!("{rule} (by {by})")).collect();
        if !shown.is_empty() {
            text.push_str(&hang(&format!("  {what}: "), &shown.join(", "), page_width()));
        }
    }
    out::print(&text)
}
