//! `claimflow report`: how it stands as a whole.

use clap::Args;

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
    print_board(&desk, global.json)?;
    desk.close()?;
    Ok(Exit::Done)
}

/// Prints the board of a practice.
pub(super) fn print_board(desk: &Desk, json: bool) -> Result<()> {
    let settings = desk.practice.settings();
    let board = desk.engine.board()?;
    let page = Page {
        board: &board,
        practice: &settings.practice,
        today: desk.engine.now().date(),
        owner: &|owner| settings.owner_label(owner).to_owned(),
    };
    if json { out::json(&page.json()) } else { out::print(&page.text(Style::stdout())) }
}
