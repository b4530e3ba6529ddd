//! What editors ask while somebody writes rules: faults, completions, explanations, places, formatting; and the
//! language server over it.
//!
//! - [`Workspace::check`] lays what is open in an editor over the files of a folder and tells every fault
//!   ([`Checked`]); [`faults`](published) are these in the editor's words.
//! - [`completions`], [`hover`], [`definition`], [`symbols`], [`workspace_symbols`], [`formatted`] and [`actions`] answer
//!   one question each: text in, answer out.
//! - [`serve`] speaks the Language Server Protocol over any two streams and reads no file itself: the program hands in a
//!   [`Content`].
//!
//! Places: the checker counts lines and columns from 1 and in characters, the rule language in bytes, editors from 0 and in
//! UTF-16 code units. [`Lines`] turns one into the other.

mod actions;
mod completion;
mod content;
mod faults;
mod hover;
mod lines;
mod pipe;
mod places;
mod serve;
mod server;
mod worker;
mod workflow;
mod workspace;

pub use actions::actions;
pub use async_lsp::lsp_types;
pub use completion::completions;
pub use content::{Content, Located, Reading};
pub use faults::published;
pub use hover::hover;
pub use lines::Lines;
pub use places::{definition, formatted, symbols, workspace_symbols};
pub use serve::{ServeError, Timing, serve};
pub use workflow::{is_workflow, workflow_completions, workflow_definition, workflow_hover};
pub use workspace::{Checked, Open, Workspace};
