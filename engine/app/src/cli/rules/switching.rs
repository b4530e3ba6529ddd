//! What the commands share that decide about rules in `rules.yaml`: checked and tried first, then written, then noted in
//! the journal.

use std::thread;
use std::time::{Duration, Instant};

use claimflow_catalog::{
    Generation, SWITCHES_PATH, SourceFile, SwitchEntry, SwitchKind, run_cases, set_switch, switch_entries,
};
use claimflow_core::{Diagnostic, Text};
use claimflow_rules::{Mode, RuleInfo};
use claimflow_runtime::record::ContentRecord;
use clap::Args;
use jiff::civil::Date;
use serde::Serialize;

use crate::cli::Global;
use crate::cli::known::unknown;
use crate::decided;
use crate::exit::{Exit, Failure, Result};
use crate::practice::{Folder, Loaded, check, check_for_work, refused};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::hang;
use crate::wire::{Desk, actor};

/// How long a serving process may take to go by what was written before that is told.
const PATIENCE: Duration = Duration::from_secs(20);

/// A rule, or a whole pack.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Target {
    /// The rule's id, or a decision table's
    #[arg(value_name = "RULE")]
    rule: Option<Text>,
    /// All rules of this pack that have no decision of their own
    #[arg(long, value_name = "NAME")]
    pack: Option<Text>,
}

impl Target {
    pub(super) fn named(&self) -> (SwitchKind, &Text) {
        static NONE: Text = Text::const_new("");
        match (&self.rule, &self.pack) {
            (Some(rule), _) => (SwitchKind::Rule, rule),
            (None, pack) => (SwitchKind::Pack, pack.as_ref().unwrap_or(&NONE)),
        }
    }
}

/// What is to be decided about.
pub(super) struct Case<'a> {
    pub(super) kind: SwitchKind,
    pub(super) name: &'a str,
    /// The rules it is about: at least one.
    pub(super) rules: Vec<&'a RuleInfo>,
    /// What stands there now.
    pub(super) entry: Option<SwitchEntry>,
    pub(super) today: Date,
}

impl Case<'_> {
    /// How the rules stand now; `None` when they differ.
    pub(super) fn mode(&self) -> Option<Mode> {
        let mut modes = self.rules.iter().map(|rule| {
            let off = rule.suppressed.iter().any(|own| own.by.starts_with("the practice ("));
            if off { Mode::Off } else { rule.mode }
        });
        let first = modes.next()?;
        modes.all(|own| own == first).then_some(first)
    }

    /// The entry as it is, signed by whoever decides now.
    pub(super) fn signed(&self, reason: &str) -> SwitchEntry {
        let kept = self.entry.clone().unwrap_or_default();
        SwitchEntry {
            by: actor(),
            reason: Text::from(one_line(reason)),
            on: Text::from(self.today.to_string()),
            ..kept
        }
    }
}

/// A text without line breaks, as it can stand in an entry.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Refuses a reason that says nothing.
pub(super) fn need_reason(reason: &str) -> Result<()> {
    if reason.trim().is_empty() {
        return Err(Failure::usage("a decision needs a reason").help("write why after `--reason`"));
    }
    Ok(())
}

/// Refuses a last day that has gone by.
pub(super) fn need_future(until: Option<Date>, today: Date) -> Result<()> {
    match until.filter(|until| *until < today) {
        Some(until) => Err(Failure::usage(format!("`--until {until}` has gone by: today is {today}"))
            .help("name the last day on which it is to hold")),
        None => Ok(()),
    }
}

/// A decision as it is written.
pub(super) struct Order {
    pub(super) action: &'static str,
    pub(super) kind: SwitchKind,
    pub(super) name: Text,
    /// What is to stand there; none: nothing.
    pub(super) entry: Option<SwitchEntry>,
    pub(super) reason: Text,
}

/// What became of it.
#[derive(Debug, Serialize)]
struct Answer {
    action: Text,
    kind: &'static str,
    name: Text,
    before: Option<Text>,
    after: Option<Text>,
    by: Text,
    reason: Text,
    generation: Text,
    /// True when another process serves the practice.
    serving: bool,
    /// True when it decides from now on.
    live: bool,
}

/// Decides about a rule or pack: `order` says what, from how it stands.
pub(super) fn decide(
    global: &Global,
    (kind, name): (SwitchKind, &Text),
    order: impl FnOnce(&Case<'_>) -> Result<Order>,
) -> Result {
    carry_out(global, |desk, generation, text| {
        let rules = rules_of(generation, kind, name)?;
        let entries = switch_entries(text).unwrap_or_default();
        let entry = entries.into_iter().find(|own| own.0 == kind && own.1 == *name).map(|own| own.2);
        order(&Case { kind, name, rules, entry, today: desk.engine.today() })
    })
}

/// The rules of that name.
///
/// # Errors
/// When nothing has it.
pub(super) fn rules_of<'g>(
    generation: &'g Generation,
    kind: SwitchKind,
    name: &str,
) -> Result<Vec<&'g RuleInfo>> {
    let all = || generation.rules().all_rules().map(|rule| -> &RuleInfo { rule });
    let found: Vec<&RuleInfo> = match kind {
        SwitchKind::Rule => all().filter(|rule| rule.id == name || rule.table == name).collect(),
        SwitchKind::Pack => all().filter(|rule| rule.pack == name).collect(),
    };
    if !found.is_empty() {
        return Ok(found);
    }
    let known: Vec<&str> = match kind {
        SwitchKind::Rule => all().flat_map(|rule| [rule.id.as_str(), rule.table.as_str()]).collect(),
        SwitchKind::Pack => generation.packs().iter().map(|pack| pack.name.as_str()).collect(),
    };
    let what = if kind == SwitchKind::Rule { "rule" } else { "pack with rules" };
    let otherwise = "`claimflow rules status` lists the packs, `claimflow rules check` the rules";
    Err(unknown(what, name, known.into_iter().filter(|own| !own.is_empty()), otherwise))
}

/// Checks, tries, writes and notes what `order` makes of the practice's rules and the text of `rules.yaml`.
pub(super) fn carry_out(
    global: &Global,
    order: impl FnOnce(&Desk, &Generation, &str) -> Result<Order>,
) -> Result {
    let desk = global.open()?;
    let answer = {
        let _turn = decided::turn();
        // A serving process may go by other files than those that stand there now.
        let folder = desk.folder.read_again()?;
        let fresh = if crate::guest::is_here() { Some(check_for_work(&folder)?) } else { None };
        let practice = fresh.as_ref().unwrap_or_else(|| desk.practice.as_ref());
        let before = decided::read(&folder.root)?;
        let order = order(&desk, practice.generation(), &before)?;
        let entry = order.entry.as_ref().map(ToString::to_string);
        let after =
            set_switch(&before, order.kind, &order.name, entry.as_deref()).map_err(Failure::failed)?;
        let changed = tried(&folder, &after, &order)?;
        decided::note(&desk.engine, &before, practice.generation().hash())?;
        decided::write(&folder.root, &before, &after)?;
        noted(&desk, &order, &before, entry, changed.generation())?
    };
    let live = !answer.serving || is_live(&desk, &answer.generation);
    tell(&Answer { live, ..answer }, global.json)?;
    desk.close()?;
    Ok(Exit::problems(!live))
}

/// The practice with the new text, once it has been checked and the cases of the pack hold.
fn tried(folder: &Folder, text: &str, order: &Order) -> Result<Loaded> {
    let mut folder = folder.clone();
    folder.sources.retain(|file| file.path != SWITCHES_PATH);
    folder.sources.push(SourceFile::new(SWITCHES_PATH, text));
    let checked = check(&folder);
    let Some(practice) = checked.practice else { return Err(refused(&folder, &checked.diagnostics)) };
    for pack in packs_of(practice.generation(), order) {
        let mut report = run_cases(practice.generation(), &folder.sources, Some(&pack));
        report.results.retain(|case| case.pack == pack);
        let failed = report.failed().map(|case| format!("{}:{}  {}\n", case.file, case.line, case.name));
        let details: String = failed.collect();
        let faulty = report.diagnostics.iter().any(Diagnostic::is_error);
        if faulty || !details.is_empty() {
            let message = format!("cases of the pack `{pack}` do not hold, so nothing was done");
            return Err(Failure::failed(message).help("`claimflow rules test` says why").details(details));
        }
    }
    Ok(practice)
}

fn packs_of(generation: &Generation, order: &Order) -> Vec<Text> {
    let rules = rules_of(generation, order.kind, &order.name).unwrap_or_default();
    let mut packs: Vec<Text> = rules.into_iter().map(|rule| rule.pack.clone()).collect();
    packs.sort();
    packs.dedup();
    packs
}

fn noted(
    desk: &Desk,
    order: &Order,
    before: &str,
    after: Option<String>,
    generation: &Generation,
) -> Result<Answer> {
    let entries = switch_entries(before).unwrap_or_default();
    let old = entries.into_iter().find(|own| own.0 == order.kind && own.1 == order.name);
    let old = old.map(|own| Text::from(own.2.to_string()));
    let after = after.map(Text::from);
    let by = actor();
    desk.engine.note_content(
        &by,
        ContentRecord {
            action: Text::const_new(order.action),
            subject: decided::subject(order.kind, &order.name),
            before: old.clone().unwrap_or_default(),
            after: after.clone().unwrap_or_default(),
            reason: order.reason.clone(),
            generation: generation.hash().clone(),
        },
    )?;
    Ok(Answer {
        action: Text::const_new(order.action),
        kind: if order.kind == SwitchKind::Rule { "rule" } else { "pack" },
        name: order.name.clone(),
        before: old,
        after,
        by,
        reason: order.reason.clone(),
        generation: generation.hash().clone(),
        serving: crate::guest::is_here(),
        live: false,
    })
}

/// Waits until the process that serves decides by these rules.
fn is_live(desk: &Desk, generation: &str) -> bool {
    let start = Instant::now();
    while desk.engine.practice().rules().generation() != generation {
        if start.elapsed() > PATIENCE {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
    true
}

fn tell(answer: &Answer, json: bool) -> Result<()> {
    if json {
        return out::json(answer);
    }
    let (style, width) = (Style::stdout(), page_width());
    let mut text = format!("{}  {}\n", style.strong(&answer.name), style.good(&became(answer)));
    text.push_str(&hang("  ", &format!("{}: {}", answer.by, answer.reason), width));
    let entry = answer.after.as_deref().unwrap_or("no entry any more: as its author wrote");
    text.push_str(&hang("  ", &format!("{SWITCHES_PATH}: {entry}"), width));
    text.push_str(match (answer.serving, answer.live) {
        (true, true) => "  The serving process decides by it from now on.\n",
        (true, false) => {
            "  The serving process does not decide by it yet: `claimflow rules status` says why.\n"
        }
        (false, _) => "  It decides from the next command on.\n",
    });
    out::print(&text)
}

/// What it is now, in words.
fn became(answer: &Answer) -> String {
    let Some(entry) = answer.after.as_deref().and_then(SwitchEntry::parse) else {
        return format!("is as the author of the {} wrote it", answer.kind);
    };
    let mode = entry.mode.map(|mode| match mode {
        Mode::Live => "is live: it acts",
        Mode::Shadow => "is in shadow: it is recorded and never acts",
        Mode::Off => "is off",
    });
    let firm = entry.enforcement.map(|own| format!("is {}", own.as_str()));
    let parts: Vec<String> = mode.map(str::to_owned).into_iter().chain(firm).collect();
    let until = entry.expires.map(|date| format!(", until {date}")).unwrap_or_default();
    format!("{}{until}", parts.join(", and "))
}
