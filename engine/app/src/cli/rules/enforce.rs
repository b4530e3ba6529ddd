//! `claimflow rules enforce`: how firmly a rule stands in this practice.

use claimflow_catalog::{SwitchEntry, SwitchKind};
use claimflow_core::Text;
use claimflow_rules::{Enforcement, Mode};
use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::switching::{Case, Order, decide, need_future, need_reason};
use crate::cli::Global;
use crate::exit::{Failure, Result};

/// Set how firmly a rule stands, whatever its author wrote
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules enforce DOC-START-STOP advisory --until 2027-03-31 --reason \"the new note form comes in April\"
  claimflow rules enforce AET-TELE-95 hard --reason \"Aetna has denied every one\"")]
pub struct Arguments {
    /// The rule's id, or a decision table's
    #[arg(value_name = "RULE")]
    rule: Text,
    /// How firmly
    #[arg(value_name = "HOW")]
    how: How,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Text,
    /// Last day of it; after that the rule stands as its author wrote
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum How {
    /// It warns
    Advisory,
    /// It holds, and a person can release the claim with a reason
    Overridable,
    /// It holds, and only a correction lets the claim go on
    Hard,
}

impl How {
    const fn enforcement(self) -> Enforcement {
        match self {
            Self::Advisory => Enforcement::Advisory,
            Self::Overridable => Enforcement::Overridable,
            Self::Hard => Enforcement::Hard,
        }
    }
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    need_reason(&arguments.reason)?;
    decide(global, (SwitchKind::Rule, &arguments.rule), |case| order(case, arguments))
}

fn order(case: &Case<'_>, arguments: &Arguments) -> Result<Order> {
    need_future(arguments.until, case.today)?;
    let name = case.name;
    let stands = |outcome: &Text| ["hold", "deny", "warn"].iter().any(|word| outcome.starts_with(word));
    if !case.rules.iter().any(|rule| rule.outcomes.iter().any(stands)) {
        return Err(Failure::failed(format!("`{name}` neither warns nor holds nor denies"))
            .help("only such rules can stand more or less firmly"));
    }
    let entry = case.signed(&arguments.reason);
    if entry.mode == Some(Mode::Off) && entry.expires != arguments.until {
        let until = entry.expires.map_or_else(|| "for good".to_owned(), |date| format!("until {date}"));
        return Err(Failure::failed(format!(
            "`{name}` is off {until}, so how firmly it stands is no question"
        ))
        .help(format!("let it act first: `claimflow rules promote {name} --reason TEXT`")));
    }
    let enforcement = Some(arguments.how.enforcement());
    let entry = SwitchEntry { enforcement, expires: arguments.until, ..entry };
    let reason = entry.reason.clone();
    let action = "rule enforced";
    Ok(Order { action, kind: SwitchKind::Rule, name: Text::from(name), entry: Some(entry), reason })
}
