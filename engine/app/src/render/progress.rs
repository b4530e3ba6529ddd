//! Progress of long work, on standard error and only on a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line that says what is being done and how far it is.
pub struct Work {
    bar: ProgressBar,
}

impl Work {
    /// Begins; shows nothing when standard error is no terminal.
    pub fn begin(what: &str) -> Self {
        let watched = std::io::stderr().is_terminal() && !crate::guest::is_here();
        let bar = if watched { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar }
    }

    /// Begins work of a known length.
    pub fn of(what: &str, length: u64) -> Self {
        let work = Self::begin(what);
        work.bar.set_length(length);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {bar:32} {pos}/{len}") {
            work.bar.set_style(style);
        }
        work
    }

    /// Says what is being done and how many are done.
    pub fn tell(&self, what: &str, done: u64) {
        self.bar.set_position(done);
        self.bar.set_message(format!("{what} {done}"));
    }

    /// One more is done.
    pub fn step(&self, what: &str) {
        self.bar.inc(1);
        self.bar.set_message(what.to_owned());
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
