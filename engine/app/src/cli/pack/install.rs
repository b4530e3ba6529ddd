//! `claimflow pack install`: verified, tried on the whole practice, then put in place at once.

use std::path::{Path, PathBuf};

use claimflow_pack::{Limits, Opened, PackError, open};
use claimflow_runtime::Period;
use claimflow_runtime::record::ContentRecord;
use claimflow_study::{Latest, Question, Report, backtest};
use clap::Args;
use semver::Version;
use serde_json::json;

use crate::cli::Global;
use crate::exit::{Exit, Failure, Result};
use crate::packs::{
    Changes, Places, Standing, Trial, claimflow, exchange, keyring, read_archive, read_folder,
};
use crate::practice::Folder;
use crate::render::backtest::outcomes;
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang};
use crate::wire::Desk;

/// Claims that are listed at most.
const MOST_SHOWN: usize = 20;

/// Install a pack, or a new version of one: verified, checked with all rules and cases, then put in place at once
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow pack install acme-extra-1.1.0.cfpack --reason \"new telehealth rules\"
  claimflow pack install acme-extra-1.1.0.cfpack --dry-run
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
    /// Judge the last N claims by the rules before and after, and list those that come out differently
    #[arg(long, value_name = "N", default_value_t = 200)]
    claims: usize,
    /// Only tell what would change, and install nothing
    #[arg(long)]
    dry_run: bool,
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
    let (trial, report) = match tried(&pack, &desk, &staged, arguments.claims) {
        Ok(tried) => tried,
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
    if arguments.dry_run {
        places.unstage(&name)?;
    } else {
        exchange(&desk.engine, &root, &name, record)?;
    }
    let told =
        Told { name: &name, before: before.as_ref(), after: &after, trial: &trial, report: report.as_ref() };
    told.tell(arguments.dry_run, global)?;
    Ok(Exit::Done)
}

/// The pack on the whole practice, and what recent claims would decide differently.
fn tried(pack: &Opened, desk: &Desk, staged: &Path, claims: usize) -> Result<(Trial, Option<Report>)> {
    let folder = Folder::read(&desk.folder.root)?;
    let trial = Trial::run(&desk.practice, &folder, &pack.manifest.name, staged)?;
    says_the_same(pack, &trial)?;
    let report = judged_again(desk, &trial, claims)?;
    Ok((trial, report))
}

/// The last claims by the rules of today and by those with the pack.
fn judged_again(desk: &Desk, trial: &Trial, claims: usize) -> Result<Option<Report>> {
    if claims == 0 {
        return Ok(None);
    }
    let history = desk.engine.history(Period::default())?;
    let question = Question { most_claims: MOST_SHOWN, ..Question::default() };
    let (before, after) = (desk.practice.generation(), trial.practice.generation());
    Ok(Some(backtest(before, after, &Latest::new(&history, claims), &question)?))
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

fn opened(bytes: &[u8], root: &Path, allow_unsigned: bool) -> Result<Opened> {
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

/// What there is to tell of an install.
struct Told<'a> {
    name: &'a str,
    before: Option<&'a Standing>,
    after: &'a Standing,
    trial: &'a Trial,
    report: Option<&'a Report>,
}

impl Told<'_> {
    fn tell(&self, dry: bool, global: &Global) -> Result<()> {
        if global.json {
            let Self { name, before, after, trial, report } = self;
            return out::json(&json!({
                "pack": name, "version": after.version, "before": before.map(|own| &own.version),
                "hash": after.hash, "key": after.key, "cases": trial.cases, "changes": trial.changes,
                "generation": trial.practice.generation().hash().to_string(), "installed": !dry,
                "claims": report.map(|own| own.all.claims),
                "changed_claims": report.map(|own| own.changed_claims),
                "outcomes": report.map(|own| &own.outcomes),
            }));
        }
        let rules = changed_rules(&self.trial.changes);
        out::print(&format!("{}{rules}{}", self.head(dry), self.claims()))
    }

    fn head(&self, dry: bool) -> String {
        let done = if dry { "can be installed; nothing is done yet" } else { "is installed" };
        let instead = self.before.map(|own| format!("  in place of {}", own.version)).unwrap_or_default();
        let what = Style::stdout().good(&format!("{} {} {done}", self.name, self.after.version));
        let cases = count(self.trial.cases as u64, "case holds", "cases hold");
        format!("{what}{instead}\n  checked with all rules; {cases}\n")
    }

    fn claims(&self) -> String {
        let Some(report) = self.report else { return String::new() };
        let last = count(report.all.claims, "claim", "claims");
        let words = match report.changed_claims {
            0 => format!("of the last {last}, none comes out differently before submission"),
            1 => format!("of the last {last}, 1 comes out differently before submission"),
            many => format!("of the last {last}, {many} come out differently before submission"),
        };
        format!("  {words}\n{}", outcomes(report, Style::stdout(), page_width()))
    }
}

fn changed_rules(changes: &Changes) -> String {
    let mut text = String::new();
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
    text
}
