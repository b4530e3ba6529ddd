//! Catching the panics of a library without their noise on the terminal.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Calls it; a panic in it is returned and not reported. What the call has borrowed may be left half-changed, so only
/// calls into something that is thrown away after a panic belong here.
pub(crate) fn catch<T>(call: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    HOOK.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                report(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(call));
    QUIET.set(before);
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_returned_and_the_next_one_is_heard_again() {
        assert_eq!(catch(|| 1).unwrap(), 1);
        assert!(catch(|| panic!("unheard")).is_err());
        assert!(!QUIET.get());
        assert!(panic::catch_unwind(|| panic!("heard, as it should be")).is_err());
    }
}
