//! What changed rules would have done, for people: as text, and as a page for a browser.

mod chart;
mod html;
mod sentences;
mod text;

pub use html::page;
pub use sentences::LIMITS;
pub use text::{outcomes, text};
