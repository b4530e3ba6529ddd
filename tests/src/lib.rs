//! Whole-road tests live in `tests/`; this file only names the crate.
