//! `claimflow rules promote`: a rule or pack that was watched acts from now on.

use claimflow_catalog::{SwitchEntry, SwitchKind};
use claimflow_core::Text;
use claimflow_rules::Mode;
use clap::Args;

use super::switching::{Case, Order, Target, decide, need_reason};
use crate::cli::Global;
use crate::exit::{Failure, Result};

/// Let a rule or pack that is in shadow act, with a reason
///
/// The practice's decision is written to `rules.yaml` and, with who decided and why, to the journal. Before that the
/// whole practice is checked with it, and the cases of the pack are run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules promote AET-TELE-95 --reason \"two weeks in shadow, 9 of 12 hits were denied\"
  claimflow rules promote --pack aetna-extra --reason \"tried for a month\"")]
pub struct Arguments {
    #[command(flatten)]
    turned: Turned,
}

/// What is put into another mode, and why.
#[derive(Debug, Args)]
pub(super) struct Turned {
    #[command(flatten)]
    target: Target,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Text,
}

impl Turned {
    /// Puts it there.
    pub(super) fn put(&self, mode: Mode, global: &Global) -> Result {
        need_reason(&self.reason)?;
        decide(global, self.target.named(), |case| turn(case, mode, &self.reason))
    }
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    arguments.turned.put(Mode::Live, global)
}

/// Puts a rule or pack into another mode.
pub(super) fn turn(case: &Case<'_>, mode: Mode, reason: &str) -> Result<Order> {
    let name = case.name;
    if case.mode() == Some(mode) {
        let (how, other) = match mode {
            Mode::Live => ("live", "demote"),
            Mode::Shadow => ("in shadow", "promote"),
            Mode::Off => ("off", "promote"),
        };
        return Err(Failure::failed(format!("`{name}` is {how} already"))
            .help(format!("`claimflow rules {other} {name} --reason TEXT` does the opposite")));
    }
    let entry = case.signed(reason);
    // A last day goes with what is off or enforced otherwise; a rule does not change its mode by itself.
    let expires = entry.expires.filter(|_| entry.enforcement.is_some());
    let entry = SwitchEntry { mode: Some(mode), expires, ..entry };
    let action = match (case.kind, mode) {
        (SwitchKind::Rule, Mode::Live) => "rule promoted",
        (SwitchKind::Rule, Mode::Shadow) => "rule demoted",
        (SwitchKind::Rule, Mode::Off) => "rule disabled",
        (SwitchKind::Pack, Mode::Live) => "pack promoted",
        (SwitchKind::Pack, _) => "pack demoted",
    };
    let reason = entry.reason.clone();
    Ok(Order { action, kind: case.kind, name: Text::from(name), entry: Some(entry), reason })
}
