//! A command that another process asked for: while `serve` holds the practice, others send it what they were asked, and it
//! runs here, on a thread of its own, with what it would have had of its own process.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use claimflow_core::Text;
use serde::{Deserialize, Serialize};

use crate::wire::Desk;

/// What a command has of its process: where it was called, by whom, and what it writes to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Terms {
    /// The folder it was called in.
    pub here: PathBuf,
    /// Who called it.
    pub user: Text,
    /// Characters in a line.
    pub width: usize,
    /// Whether standard output and standard error may be coloured.
    pub colour: (bool, bool),
}

/// Where a piece of text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum To {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

struct Guest {
    terms: Terms,
    desk: Desk,
    said: Vec<(To, String)>,
}

thread_local! {
    static GUEST: RefCell<Option<Guest>> = const { RefCell::new(None) };
}

/// Runs a command as a guest of this thread; gives what it answers and everything that it wrote, in order.
pub fn host<T>(terms: Terms, desk: Desk, command: impl FnOnce() -> T) -> (T, Vec<(To, String)>) {
    GUEST.with_borrow_mut(|guest| *guest = Some(Guest { terms, desk, said: Vec::new() }));
    let answer = command();
    let said = GUEST.with_borrow_mut(|guest| guest.take().map(|guest| guest.said).unwrap_or_default());
    (answer, said)
}

fn terms<T>(of: impl FnOnce(&Terms) -> T) -> Option<T> {
    GUEST.with_borrow(|guest| guest.as_ref().map(|guest| of(&guest.terms)))
}

/// The practice that is at work here, for a guest.
pub fn desk() -> Option<Desk> {
    GUEST.with_borrow(|guest| guest.as_ref().map(|guest| guest.desk.clone()))
}

/// Takes what a guest writes; false when there is none, so that the caller writes it itself.
pub fn takes(to: To, text: &str) -> bool {
    GUEST.with_borrow_mut(|guest| match guest {
        Some(guest) => {
            guest.said.push((to, text.to_owned()));
            true
        }
        None => false,
    })
}

/// True while a guest's command runs on this thread.
pub fn is_here() -> bool {
    GUEST.with_borrow(Option::is_some)
}

/// Who acts, for a guest.
pub fn user() -> Option<Text> {
    terms(|terms| terms.user.clone())
}

/// Characters in a line, for a guest.
pub fn width() -> Option<usize> {
    terms(|terms| terms.width)
}

/// Whether a guest's standard output and standard error may be coloured.
pub fn colour() -> Option<(bool, bool)> {
    terms(|terms| terms.colour)
}

/// A path from the command line, as seen from where the command was called.
pub fn path(path: &Path) -> PathBuf {
    terms(|terms| terms.here.join(path)).unwrap_or_else(|| path.to_owned())
}
