//! Connectors: how files come in and go out. The folder connector: an inbox that others put files into, and an outbox
//! that others take them from.
//!
//! Must never know: what is in a file.

mod inbox;
mod outbox;
mod watch;

pub use inbox::{Fate, Inbox, InboxError};
pub use outbox::FolderOutbox;
pub use watch::{Watch, WatchError};
