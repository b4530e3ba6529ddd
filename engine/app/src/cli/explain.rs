//! `claimflow explain`: why a claim is where it is, rule by rule.

use claimflow_core::{Stage, Text};
use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;

use super::Global;
use super::known::unknown_rule;
use crate::exit::{Exit, Result};
use crate::explain::{Wanted, explain};
use crate::render::explained::{json, text};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;

/// Say why a claim is where it is: each rule that was considered, fired or not, with the values it read
///
/// What fired is told as it was recorded when it was decided, and stands for good. What stayed silent is told by judging
/// again with today's rules and registers; where either has changed since, that is said.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow explain CLAIM0042
  claimflow explain CLAIM0042 --stage scrub --all
  claimflow explain CLAIM0042 --rule AET-TELE-95
  claimflow explain CLAIM0042 --json")]
pub struct Arguments {
    /// The claim's number (CLM01)
    #[arg(value_name = "ID")]
    id: Text,
    /// Only this stage
    #[arg(long, value_name = "STAGE", value_parser = stages())]
    stage: Option<Stage>,
    /// Only this rule, also when it is for other claims
    #[arg(long, value_name = "RULE")]
    rule: Option<Text>,
    /// All silent rules of every stage, not only those that came nearest
    #[arg(long)]
    all: bool,
}

fn stages() -> impl TypedValueParser<Value = Stage> {
    PossibleValuesParser::new(Stage::ALL.map(Stage::as_str))
        .try_map(|word| Stage::parse(&word).ok_or("no such stage"))
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    let view = desk.engine.show(&arguments.id)?;
    if let Some(rule) = &arguments.rule {
        refuse_unknown(rule, &desk, &view)?;
    }
    let wanted = Wanted { stage: arguments.stage, rule: arguments.rule.as_deref() };
    let stages = explain(&desk, &view, wanted)?;
    if global.json {
        out::json(&json(&view, &stages))?;
    } else {
        let everything = arguments.all || arguments.rule.is_some() || arguments.stage.is_some();
        let zone = &desk.practice.settings().calendar.zone;
        out::print(&text(&view, &stages, everything, Style::stdout(), page_width(), zone))?;
    }
    desk.close()?;
    Ok(Exit::Done)
}

fn refuse_unknown(rule: &Text, desk: &crate::wire::Desk, view: &claimflow_runtime::ClaimView) -> Result<()> {
    let rules = desk.practice.generation().rules();
    // A rule that is gone may still have decided something.
    if rules.rule(rule).is_some() || view.state.findings.iter().any(|finding| finding.rule == *rule) {
        return Ok(());
    }
    Err(unknown_rule(rule, rules))
}
