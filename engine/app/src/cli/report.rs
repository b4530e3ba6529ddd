//! `claimflow report`: how it stands as a whole.

use clap::Args;
use serde_json::Value;

use super::Global;
use crate::exit::{Exit, Result};
use crate::render::board::Page;
use crate::render::out;
use crate::render::style::Style;
use crate::wire::Desk;

/// Show how the practice stands: claims by state, work by owner, denials by kind, money
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow report
  claimflow report --json")]
pub struct Arguments {}

pub fn run(_arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    let (text, data) = board(&desk)?;
    if global.json {
        out::json(&data)?;
    } else {
        out::print(&text)?;
    }
    desk.close()?;
    Ok(Exit::Done)
}

/// The board of a practice, for people and for programs.
pub(super) fn board(desk: &Desk) -> Result<(String, Value)> {
    let settings = desk.practice.settings();
    let board = desk.engine.board()?;
    let page = Page {
        board: &board,
        practice: &settings.practice,
        today: desk.engine.today(),
        owner: &|owner| settings.owner_label(owner).to_owned(),
    };
    Ok((page.text(Style::stdout()), page.json()))
}
