//! `claimflow plugin list`: what workflows can ask for besides the stages, what it may use, and whether it could now.

use claimflow_core::workflow::{ActionSpec, Slot};
use claimflow_runtime::Practice;
use claimflow_runtime::plugin::{Health, Plugin};
use clap::Args;
use serde_json::{Value, json};

use crate::cli::Global;
use crate::cli::rules::shown_faults;
use crate::exit::{Exit, Result};
use crate::practice::{Checked, Folder, check};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::hang;

/// List the plugins of the practice: what they offer, what they may use, and whether they are ready
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow plugin list
  claimflow plugin list --json")]
pub struct Arguments {}

pub fn run(_arguments: &Arguments, global: &Global) -> Result {
    let folder = Folder::read_content(&global.practice)?;
    let Checked { practice, diagnostics } = check(&folder);
    let Some(practice) = practice else {
        let errors: Vec<_> = diagnostics.into_iter().filter(claimflow_core::Diagnostic::is_error).collect();
        if global.json {
            out::json(&json!({ "diagnostics": errors, "plugins": [] }))?;
        } else {
            out::print(&shown_faults(&folder, &errors))?;
        }
        return Ok(Exit::Problems);
    };
    let plugins = practice.plugins().map(claimflow_runtime::Plugins::all).unwrap_or_default();
    if global.json {
        let rows: Vec<Value> = plugins.iter().map(|own| row(own.as_ref())).collect();
        out::json(&json!({ "plugins": rows }))?;
    } else {
        let (style, width) = (Style::stdout(), page_width());
        let text: Vec<String> = plugins.iter().map(|own| shown(own.as_ref(), style, width)).collect();
        out::print(&text.join("\n"))?;
    }
    Ok(Exit::Done)
}

fn row(plugin: &dyn Plugin) -> Value {
    let info = plugin.info();
    let grants = &info.grants;
    let problem = match plugin.health() {
        Health::Ready => None,
        Health::NotReady(why) => Some(why),
    };
    json!({
        "plugin": info.name, "version": info.version, "hash": info.hash, "about": info.about,
        "ready": problem.is_none(), "problem": problem,
        "actions": plugin.actions().iter().map(action_json).collect::<Vec<_>>(),
        "grants": {
            "claim": grants.claim.iter().map(|own| own.as_str()).collect::<Vec<_>>(),
            "registers": grants.registers.iter().map(|own| own.as_str()).collect::<Vec<_>>(),
            "http": grants.http.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "files": grants.files, "secrets": grants.secrets,
        },
        "timeout_seconds": info.timeout.as_secs_f64(), "at_once": info.at_once,
    })
}

fn action_json(spec: &ActionSpec) -> Value {
    let slots = |slots: &[Slot]| {
        let one = |slot: &Slot| json!({ "name": slot.name, "type": slot.kind.as_str(), "optional": !slot.required, "about": slot.about });
        slots.iter().map(one).collect::<Vec<_>>()
    };
    json!({
        "action": spec.name, "about": spec.does, "inputs": slots(&spec.inputs), "outputs": slots(&spec.outputs),
        "outcomes": spec.outcomes,
    })
}

fn shown(plugin: &dyn Plugin, style: Style, width: usize) -> String {
    let info = plugin.info();
    let hash = info.hash.get(..12).unwrap_or(&info.hash);
    let health = match plugin.health() {
        Health::Ready => style.good("ready"),
        Health::NotReady(_) => style.warn("not ready"),
    };
    let mut text =
        format!("{}  {}  {}  {health}\n", style.strong(&info.name), info.version, style.faint(hash));
    if !info.about.is_empty() {
        text.push_str(&hang("  ", &info.about, width));
    }
    if let Health::NotReady(why) = plugin.health() {
        text.push_str(&hang("  not ready: ", &why, width));
    }
    let uses = info.grants.words();
    text.push_str(&hang(
        "  may use: ",
        if uses.is_empty() { "nothing but its inputs" } else { &uses },
        width,
    ));
    for spec in plugin.actions() {
        text.push_str(&hang("  do: ", &spoken(spec), width));
    }
    text
}

fn spoken(spec: &ActionSpec) -> String {
    let names = |slots: &[Slot]| slots.iter().map(|slot| slot.name.as_str()).collect::<Vec<_>>().join(", ");
    let mut text = spec.name.to_string();
    for (word, list) in [
        ("takes", names(&spec.inputs)),
        ("gives", names(&spec.outputs)),
        ("comes out", spec.outcomes.join(", ")),
    ] {
        if !list.is_empty() {
            text.push_str(&format!("; {word} {list}"));
        }
    }
    text
}
