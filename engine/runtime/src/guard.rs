//! A panic in the step of one claim is caught at the border of its job, so that one claim never stops a run.
//!
//! Why this is sound: a step works on a state, inputs and events of its own, which are thrown away with it; what it shares
//! with others (rules, workflows, registers) is immutable, or locks itself and does not care whether whoever held the lock
//! ended well. Nothing is written by a step: the journal is written later, by another thread, from steps that ended.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

use claimflow_core::Text;

thread_local! {
    /// True while a step runs whose panic is caught.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    /// Where the last caught panic was.
    static PLACE: RefCell<Text> = const { RefCell::new(Text::const_new("")) };
}

/// Runs one claim's step. What a panic said is not given on, since it may hold what the claim says of its patient; where
/// it was is, when [`quiet_panics`] was called.
pub(crate) fn caught<T>(step: impl FnOnce() -> T) -> Result<T, Text> {
    GUARDED.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(step));
    GUARDED.set(false);
    outcome.map_err(|_| PLACE.take())
}

/// Has panics in the step of a claim noted with their place alone, instead of being printed with all that they say.
/// Others are treated as before.
pub fn quiet_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !GUARDED.get() {
            return usual(panic);
        }
        if let Some(place) = panic.location() {
            let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
            PLACE.set(Text::from(format!("{file}:{}", place.line())));
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::panic, reason = "what is tested is that it is caught")]
    fn a_panic_ends_at_the_guard_and_says_where_but_not_what() {
        quiet_panics();
        assert_eq!(caught(|| 7), Ok(7));
        let place = caught(|| -> u8 { panic!("ALEX ROE, born 1990") }).unwrap_err();
        assert!(place.starts_with("guard.rs:"), "{place}");
        assert_eq!(caught(|| 8), Ok(8));
    }
}
